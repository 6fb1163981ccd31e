// client.test.mjs - the JavaScript client: discovery, create, list with paging, watch, informer, Table, patches, scale, errors.
// Reads: KUBECONFIG.
import assert from 'node:assert/strict';
import https from 'node:https';
import { before, test } from 'node:test';
import * as k8s from '@kubernetes/client-node';

const namespace = 'from-javascript';
const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);

const pod = (name) => ({
  metadata: { name, labels: { app: name } },
  spec: { containers: [{ name: 'c', image: 'nginx' }] },
});

before(() => core.createNamespace({ body: { metadata: { name: namespace } } }));

test('discovery', async () => {
  const { groups } = await config.makeApiClient(k8s.ApisApi).getAPIVersions();
  for (const name of ['apps', 'batch', 'networking.k8s.io', 'storage.k8s.io'])
    assert.ok(groups.some((g) => g.name === name), name);
  const { resources } = await core.getAPIResources();
  assert.ok(resources.some((r) => r.name === 'pods/log'));
});

test('list in pages', async () => {
  const names = Array.from({ length: 25 }, (_, n) => `page-${String(n).padStart(2, '0')}`);
  for (const name of names)
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels: { pages: 'yes' } }, data: { name } } });
  const found = [];
  let _continue;
  do {
    const page = await core.listNamespacedConfigMap({ namespace, limit: 10, labelSelector: 'pages=yes', _continue });
    found.push(...page.items.map((c) => c.metadata.name));
    _continue = page.metadata._continue;
  } while (_continue);
  assert.deepEqual(found, names);
});

test('a pod runs, seen by a watch', async () => {
  const { metadata } = await core.listNamespacedPod({ namespace });
  const seen = [];
  let deleted = false;
  let gone;
  const done = new Promise((resolve, reject) => {
    gone = { resolve, reject };
  });
  const watch = new k8s.Watch(config);
  const request = await watch.watch(
    `/api/v1/namespaces/${namespace}/pods`,
    { resourceVersion: metadata.resourceVersion, labelSelector: 'app=watched', timeoutSeconds: 30 },
    (type, object) => {
      seen.push(type);
      if (object.status?.phase === 'Running' && !deleted) {
        deleted = true;
        core.deleteNamespacedPod({ namespace, name: 'watched', gracePeriodSeconds: 0 }).catch(gone.reject);
      }
      if (type === 'DELETED') gone.resolve();
    },
    (error) => gone.reject(error ?? new Error(`the watch ended after ${seen}`)),
  );
  const made = await core.createNamespacedPod({ namespace, body: pod('watched') });
  assert.equal(made.spec.restartPolicy, 'Always');
  await done;
  request.abort();
  assert.equal(seen[0], 'ADDED');
  assert.equal(seen.at(-1), 'DELETED');
});

test('an informer follows', async () => {
  const list = () => core.listNamespacedSecret({ namespace });
  const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/secrets`, list);
  const added = new Promise((resolve, reject) => {
    informer.on('add', (o) => o.metadata.name === 'informed' && resolve(o));
    informer.on('error', reject);
  });
  await informer.start();
  await core.createNamespacedSecret({ namespace, body: { metadata: { name: 'informed' }, stringData: { key: 'value' } } });
  const secret = await added;
  assert.equal(Buffer.from(secret.data.key, 'base64').toString(), 'value');
  await informer.stop();
});

// The typed client does not ask for Tables: as a web console does, by hand.
test('a Table', async () => {
  await core.createNamespacedPod({ namespace, body: pod('in-a-table') });
  const options = { headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } };
  await config.applyToHTTPSOptions(options);
  const url = `${config.getCurrentCluster().server}/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Din-a-table`;
  const text = await new Promise((resolve, reject) => {
    https
      .get(url, options, (answer) => {
        let body = '';
        answer.on('data', (chunk) => (body += chunk)).on('end', () => resolve(body));
      })
      .on('error', reject);
  });
  const table = JSON.parse(text);
  assert.equal(table.kind, 'Table');
  assert.deepEqual(table.rows.map((r) => r.cells[0]), ['in-a-table']);
});

test('patches of a Deployment, of its scale and its status', async () => {
  const apps = config.makeApiClient(k8s.AppsV1Api);
  const { JsonPatch, MergePatch, StrategicMergePatch } = k8s.PatchStrategy;
  const as = (kind) => k8s.setHeaderOptions('Content-Type', kind);
  const at = { namespace, name: 'web' };
  const spec = { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: pod('web') };
  spec.template.metadata = { labels: { app: 'web' } };
  await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'web' }, spec } });
  const containers = async (kind, body) => {
    const patched = await apps.patchNamespacedDeployment({ ...at, body }, as(kind));
    return patched.spec.template.spec.containers.map((c) => c.name).sort();
  };
  const template = (list) => ({ spec: { template: { spec: { containers: list } } } });
  assert.deepEqual(await containers(StrategicMergePatch, template([{ name: 'side', image: 's' }])), ['c', 'side']);
  assert.deepEqual(await containers(StrategicMergePatch, template([{ name: 'side', $patch: 'delete' }])), ['c']);
  assert.deepEqual(await containers(MergePatch, template([{ name: 'a', image: 'a' }])), ['a']);
  const path = '/spec/template/spec/containers/-';
  assert.deepEqual(await containers(JsonPatch, [{ op: 'add', path, value: { name: 'z', image: 'z' } }]), ['a', 'z']);
  const scale = await apps.patchNamespacedDeploymentScale({ ...at, body: { spec: { replicas: 2 } } }, as(MergePatch));
  assert.equal(scale.spec.replicas, 2);
  const status = { status: { conditions: [{ type: 'Ours', status: 'True' }] }, spec: { replicas: 7 } };
  const told = await apps.patchNamespacedDeploymentStatus({ ...at, body: status }, as(StrategicMergePatch));
  assert.equal(told.spec.replicas, 2);
  assert.ok(told.status.conditions.some((c) => c.type === 'Ours'));
});

test('errors', async () => {
  await assert.rejects(core.readNamespacedPod({ namespace, name: 'nobody' }), (e) => e.code === 404);
  await assert.rejects(core.createNamespacedPod({ namespace, body: pod('Bad_Name') }), (e) => {
    assert.equal(e.code, 422);
    assert.deepEqual(JSON.parse(e.body).details.causes.map((c) => c.field), ['metadata.name']);
    return true;
  });
});
