// custom.test.mjs - the JavaScript client on kinds of its own: definition, create, patches of each kind, apply, status, scale, list, watch.
// Reads: KUBECONFIG.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as k8s from '@kubernetes/client-node';

const namespace = 'custom-javascript';
const [group, version, plural] = ['javascript.example.com', 'v1', 'lamps'];
const at = { group, version, plural, namespace };
const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);
const definitions = config.makeApiClient(k8s.ApiextensionsV1Api);
const lamps = config.makeApiClient(k8s.CustomObjectsApi);
const { JsonPatch, MergePatch, StrategicMergePatch, ServerSideApply } = k8s.PatchStrategy;

const as = (kind) => k8s.setHeaderOptions('Content-Type', kind);
const lamp = (name, spec) => ({ apiVersion: `${group}/${version}`, kind: 'Lamp', metadata: { name }, spec });
const make = (name, spec) => lamps.createNamespacedCustomObject({ ...at, body: lamp(name, spec) });
const patch = (name, kind, body, more = {}) => lamps.patchNamespacedCustomObject({ ...at, name, body, ...more }, as(kind));
const code = (want) => (error) => {
  assert.equal(error.code, want, error.body);
  return true;
};

const integer = { type: 'integer', minimum: 0 };
const text = { type: 'string' };
const bulb = { type: 'object', required: ['name'], properties: { name: text, watts: integer } };
const bulbs = { type: 'array', items: bulb, x_kubernetes_list_type: 'map', x_kubernetes_list_map_keys: ['name'] };
const schema = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: { bulbs, replicas: integer, colour: { ...text, _default: 'white' } } },
    status: { type: 'object', properties: { replicas: integer, lit: { type: 'boolean' } } },
  },
};

before(async () => {
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };
  const versions = [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: schema }, subresources: { status: {}, scale } }];
  const name = `${plural}.${group}`;
  const spec = { group, scope: 'Namespaced', names: { plural, kind: 'Lamp' }, versions };
  await definitions.createCustomResourceDefinition({ body: { metadata: { name }, spec } });
  for (;;) {
    const { status } = await definitions.readCustomResourceDefinition({ name });
    if (status.conditions?.some((c) => c.type === 'Established' && c.status === 'True')) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

test('made, replaced, listed in pages, watched, deleted', async () => {
  const made = await make('desk', { replicas: 1, unknown: true });
  assert.deepEqual(made.spec, { replicas: 1, colour: 'white' });
  const { metadata } = await lamps.listNamespacedCustomObject(at);
  const seen = [];
  const watch = new k8s.Watch(config);
  const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}`;
  const query = { resourceVersion: metadata.resourceVersion, fieldSelector: 'metadata.name=desk', timeoutSeconds: 30 };
  let request;
  const gone = new Promise((resolve, reject) => {
    const saw = (type) => seen.push(type) && type === 'DELETED' && resolve();
    const ended = (error) => reject(error ?? new Error(`the watch ended after ${seen}`));
    watch.watch(path, query, saw, ended).then((r) => (request = r), reject);
  });
  made.spec.colour = 'red';
  await lamps.replaceNamespacedCustomObject({ ...at, name: 'desk', body: made });
  await assert.rejects(lamps.replaceNamespacedCustomObject({ ...at, name: 'desk', body: { ...made, spec: {} } }), code(409));
  await lamps.deleteNamespacedCustomObject({ ...at, name: 'desk' });
  await gone;
  request.abort();
  assert.deepEqual(seen, ['MODIFIED', 'DELETED']);
});

test('list in pages', async () => {
  const names = ['page-0', 'page-1', 'page-2', 'page-3', 'page-4'];
  for (const name of names) {
    await make(name, {});
    await patch(name, MergePatch, { metadata: { labels: { pages: 'yes' } } });
  }
  const found = [];
  let _continue;
  do {
    const page = await lamps.listNamespacedCustomObject({ ...at, labelSelector: 'pages=yes', limit: 2, _continue });
    found.push(...page.items.map((o) => o.metadata.name));
    _continue = page.metadata.continue;
  } while (_continue);
  assert.deepEqual(found, names);
});

test('patches', async () => {
  await make('wall', { bulbs: [{ name: 'a' }] });
  const merged = await patch('wall', MergePatch, { spec: { bulbs: [{ name: 'b' }], colour: 'red' } });
  assert.deepEqual(merged.spec, { bulbs: [{ name: 'b' }], colour: 'red' });
  const jumped = await patch('wall', JsonPatch, [
    { op: 'test', path: '/spec/colour', value: 'red' },
    { op: 'add', path: '/spec/bulbs/0/watts', value: 7 },
    { op: 'remove', path: '/spec/colour' },
  ]);
  assert.deepEqual(jumped.spec, { bulbs: [{ name: 'b', watts: 7 }], colour: 'white' });
  await assert.rejects(patch('wall', StrategicMergePatch, { spec: {} }), code(415));
  await assert.rejects(patch('wall', MergePatch, { spec: { bulbs: [{ name: 'b' }, { name: 'b' }] } }), code(422));
  await assert.rejects(patch('wall', JsonPatch, [{ op: 'test', path: '/spec/colour', value: 'red' }]), code(422));
});

test('apply', async () => {
  const apply = (fieldManager, spec, more) => patch('hall', ServerSideApply, lamp('hall', spec), { fieldManager, ...more });
  await apply('one', { bulbs: [{ name: 'a', watts: 5 }] });
  const both = await apply('two', { bulbs: [{ name: 'b', watts: 6 }], colour: 'red' });
  assert.deepEqual(both.spec.bulbs.map((b) => b.name), ['a', 'b']);
  const again = await apply('two', { bulbs: [{ name: 'b', watts: 6 }], colour: 'red' });
  assert.equal(again.metadata.resourceVersion, both.metadata.resourceVersion);
  await assert.rejects(apply('one', { bulbs: [{ name: 'b', watts: 9 }] }), (error) => {
    assert.deepEqual(JSON.parse(error.body).details.causes.map((c) => c.field), ['.spec.bulbs[name="b"].watts']);
    return code(409)(error);
  });
  const forced = await apply('one', { bulbs: [{ name: 'b', watts: 9 }] }, { force: true });
  assert.deepEqual(forced.spec, { bulbs: [{ name: 'b', watts: 9 }], colour: 'red' });
});

test('status and scale', async () => {
  await make('roof', { replicas: 1 });
  const name = 'roof';
  const body = { status: { replicas: 1, lit: true }, spec: { replicas: 8 } };
  const lit = await lamps.patchNamespacedCustomObjectStatus({ ...at, name, body }, as(MergePatch));
  assert.deepEqual([lit.status, lit.spec.replicas, lit.metadata.generation], [{ replicas: 1, lit: true }, 1, 1]);
  lit.status.lit = false;
  await lamps.replaceNamespacedCustomObjectStatus({ ...at, name, body: lit });
  const scale = await lamps.getNamespacedCustomObjectScale({ ...at, name });
  assert.deepEqual([scale.kind, scale.spec.replicas, scale.status.replicas], ['Scale', 1, 1]);
  scale.spec.replicas = 3;
  await lamps.replaceNamespacedCustomObjectScale({ ...at, name, body: scale });
  const after = await lamps.getNamespacedCustomObject({ ...at, name });
  assert.deepEqual([after.spec.replicas, after.status.lit], [3, false]);
});

// The client that knows kinds by discovery, on a built-in kind and on one of ours.
test('objects of any kind', async () => {
  const client = k8s.KubernetesObjectApi.makeApiClient(config);
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'any', namespace }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
  await client.patch(pod, undefined, undefined, 'javascript', true, ServerSideApply);
  const more = { ...pod, spec: { containers: [{ name: 'c', image: 'httpd' }] } };
  const patched = await client.patch(more, undefined, undefined, undefined, undefined, StrategicMergePatch);
  assert.deepEqual(patched.spec.containers.map((c) => c.image), ['httpd']);
  const own = lamp('any', { colour: 'red' });
  own.metadata.namespace = namespace;
  assert.equal((await client.create(own)).spec.colour, 'red');
  assert.equal((await client.read(own)).metadata.name, 'any');
  const blue = await client.patch({ ...own, spec: { colour: 'blue' } }, undefined, undefined, undefined, undefined, MergePatch);
  assert.equal(blue.spec.colour, 'blue');
  await client.delete(own);
  await assert.rejects(client.read(own), code(404));
});
