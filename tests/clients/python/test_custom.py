#!/usr/bin/env python3
"""test_custom.py - the Python client on kinds of its own: definition, create, patches of each kind, apply, status, scale, list, watch.
Reads: KUBECONFIG."""
import json
import unittest

import kubernetes
from kubernetes import client, dynamic, watch
from kubernetes.client.rest import ApiException

NAMESPACE = "custom-python"
GROUP, VERSION, PLURAL = "python.example.com", "v1", "trees"
JSON_PATCH, MERGE_PATCH = "application/json-patch+json", "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"


def props(**properties):
    return client.V1JSONSchemaProps(type="object", properties=properties)


def definition():
    integer, text = client.V1JSONSchemaProps(type="integer", minimum=0), client.V1JSONSchemaProps(type="string")
    # A dictionary: that a list's items may be one schema, this client's models do not know.
    texts = client.V1JSONSchemaProps(type="array", items={"type": "string"})
    schema = props(spec=props(replicas=integer, colour=client.V1JSONSchemaProps(type="string", default="green"), leaves=texts),
                   status=props(replicas=integer, phase=text))
    parts = client.V1CustomResourceSubresources(status={}, scale=client.V1CustomResourceSubresourceScale(
        spec_replicas_path=".spec.replicas", status_replicas_path=".status.replicas"))
    version = client.V1CustomResourceDefinitionVersion(name=VERSION, served=True, storage=True, subresources=parts,
                                                       schema=client.V1CustomResourceValidation(open_apiv3_schema=schema))
    names = client.V1CustomResourceDefinitionNames(plural=PLURAL, kind="Tree", short_names=["tr"])
    return client.V1CustomResourceDefinition(
        metadata=client.V1ObjectMeta(name="%s.%s" % (PLURAL, GROUP)),
        spec=client.V1CustomResourceDefinitionSpec(group=GROUP, scope="Namespaced", names=names, versions=[version]))


def established(d):
    return any(c.type == "Established" and c.status == "True" for c in d.status.conditions or [])


def tree(name, **spec):
    return {"apiVersion": "%s/%s" % (GROUP, VERSION), "kind": "Tree", "metadata": {"name": name}, "spec": spec}


class Custom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kubernetes.config.load_kube_config()
        client.CoreV1Api().create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))
        definitions = client.ApiextensionsV1Api()
        made = definitions.create_custom_resource_definition(definition())
        for event in watch.Watch().stream(definitions.list_custom_resource_definition, timeout_seconds=30,
                                          field_selector="metadata.name=" + made.metadata.name):
            if established(event["object"]):
                break
        cls.trees, cls.at = client.CustomObjectsApi(), (GROUP, VERSION, NAMESPACE, PLURAL)
        cls.dynamic = dynamic.DynamicClient(client.ApiClient()).resources.get(api_version="%s/%s" % (GROUP, VERSION), kind="Tree")

    def make(self, name, **spec):
        return self.trees.create_namespaced_custom_object(*self.at, tree(name, **spec))

    def patch(self, name, body, kind):
        return self.dynamic.patch(body=body, name=name, namespace=NAMESPACE, content_type=kind).to_dict()

    def refused(self, status, call, *args, **more):
        with self.assertRaises((ApiException, dynamic.exceptions.DynamicApiError)) as refusal:
            call(*args, **more)
        self.assertEqual(refusal.exception.status, status)
        return json.loads(refusal.exception.body)

    def test_life(self):
        made = self.make("oak", replicas=1, unknown=True)
        self.assertEqual(made["spec"], {"replicas": 1, "colour": "green"})
        before = self.trees.list_namespaced_custom_object(*self.at, field_selector="metadata.name=oak")
        self.assertEqual([t["metadata"]["name"] for t in before["items"]], ["oak"])
        made["spec"]["colour"] = "red"
        replaced = self.trees.replace_namespaced_custom_object(*self.at, "oak", made)
        self.assertEqual((replaced["spec"]["colour"], replaced["metadata"]["generation"]), ("red", 2))
        made["spec"]["colour"] = "blue"
        self.refused(409, self.trees.replace_namespaced_custom_object, *self.at, "oak", made)
        self.trees.delete_namespaced_custom_object(*self.at, "oak")
        seen = []
        w = watch.Watch()
        for event in w.stream(self.trees.list_namespaced_custom_object, *self.at, timeout_seconds=30,
                              field_selector="metadata.name=oak", resource_version=before["metadata"]["resourceVersion"]):
            seen.append(event["type"])
            if event["type"] == "DELETED":
                w.stop()
        self.assertEqual(seen, ["MODIFIED", "DELETED"])

    def test_pages(self):
        for n in range(7):
            self.make("page-%d" % n)
            self.trees.patch_namespaced_custom_object(*self.at, "page-%d" % n, {"metadata": {"labels": {"pages": "yes"}}})
        names, token = [], None
        while token != "":
            page = self.trees.list_namespaced_custom_object(*self.at, label_selector="pages=yes", limit=3, _continue=token)
            names += [t["metadata"]["name"] for t in page["items"]]
            token = page["metadata"].get("continue", "")
        self.assertEqual(names, ["page-%d" % n for n in range(7)])
        self.trees.delete_collection_namespaced_custom_object(*self.at, label_selector="pages=yes")
        self.assertEqual(self.trees.list_namespaced_custom_object(*self.at, label_selector="pages=yes")["items"], [])

    def test_patches(self):
        self.make("elm", leaves=["a", "b"])
        merged = self.patch("elm", {"spec": {"leaves": ["c"], "colour": "red"}}, MERGE_PATCH)
        self.assertEqual(merged["spec"], {"leaves": ["c"], "colour": "red"})
        jumped = self.patch("elm", [{"op": "add", "path": "/spec/leaves/-", "value": "d"}, {"op": "remove", "path": "/spec/colour"}], JSON_PATCH)
        self.assertEqual(jumped["spec"], {"leaves": ["c", "d"], "colour": "green"})  # its default is back
        self.refused(415, self.patch, "elm", {"spec": {}}, STRATEGIC_PATCH)
        causes = self.refused(422, self.patch, "elm", {"spec": {"replicas": -1}}, MERGE_PATCH)["details"]["causes"]
        # The schema has a minimum, and a Scale its own rule.
        self.assertEqual([c["field"] for c in causes], ["spec.replicas", ".spec.replicas"])

    def test_apply(self):
        def apply(manager, force=False, **spec):
            return self.dynamic.server_side_apply(body=tree("ash", **spec), name="ash", namespace=NAMESPACE, field_manager=manager,
                                                  force_conflicts=force).to_dict()
        first = apply("one", replicas=2, leaves=["a"])
        self.assertEqual(apply("one", replicas=2, leaves=["a"])["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"])
        causes = self.refused(409, apply, "two", replicas=3)["details"]["causes"]
        self.assertEqual([(c["reason"], c["field"]) for c in causes], [("FieldManagerConflict", ".spec.replicas")])
        forced = apply("two", True, replicas=3)
        self.assertEqual(forced["spec"], {"replicas": 3, "leaves": ["a"], "colour": "green"})
        self.assertEqual(sorted(m["manager"] for m in forced["metadata"]["managedFields"]), ["one", "two"])
        self.assertEqual(apply("one", replicas=3)["spec"], {"replicas": 3, "colour": "green"})

    def test_status_and_scale(self):
        self.make("fir", replicas=1)
        told = self.trees.patch_namespaced_custom_object_status(*self.at, "fir", {"status": {"replicas": 1, "phase": "grown"}, "spec": {"replicas": 8}})
        self.assertEqual((told["status"]["phase"], told["spec"]["replicas"], told["metadata"]["generation"]), ("grown", 1, 1))
        told["status"]["phase"] = "old"
        self.trees.replace_namespaced_custom_object_status(*self.at, "fir", told)
        self.assertEqual(self.trees.get_namespaced_custom_object_status(*self.at, "fir")["status"]["phase"], "old")
        scale = self.trees.get_namespaced_custom_object_scale(*self.at, "fir")
        self.assertEqual((scale["kind"], scale["spec"]["replicas"], scale["status"]["replicas"]), ("Scale", 1, 1))
        self.trees.patch_namespaced_custom_object_scale(*self.at, "fir", {"spec": {"replicas": 4}})
        grown = self.trees.get_namespaced_custom_object(*self.at, "fir")
        self.assertEqual((grown["spec"]["replicas"], grown["metadata"]["generation"]), (4, 2))

    # Every patch, and apply, where the kinds are built in.
    def test_built_in(self):
        core, body = client.CoreV1Api(), {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}
        body["spec"] = {"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}], "selector": {"app": "s"}}
        services = dynamic.DynamicClient(client.ApiClient()).resources.get(api_version="v1", kind="Service")
        services.server_side_apply(body=body, namespace=NAMESPACE, field_manager="python")
        patch = {"spec": {"ports": [{"port": 81, "$patch": "delete"}, {"name": "c", "port": 82}]}}
        patched = core.patch_namespaced_service("s", NAMESPACE, patch)
        self.assertEqual(sorted(p.name for p in patched.spec.ports), ["a", "c"])
        del body["spec"]["ports"][1]
        applied = services.server_side_apply(body=body, namespace=NAMESPACE, field_manager="python")
        self.assertEqual(sorted(p.name for p in applied.spec.ports), ["a", "c"])
        jumped = core.patch_namespaced_service("s", NAMESPACE, [{"op": "add", "path": "/spec/ports/-", "value": {"name": "e", "port": 84}}])
        self.assertEqual(sorted(p.name for p in jumped.spec.ports), ["a", "c", "e"])
        merged = services.patch(body={"spec": {"ports": [{"name": "d", "port": 83}]}}, name="s", namespace=NAMESPACE, content_type=MERGE_PATCH)
        self.assertEqual([p.name for p in merged.spec.ports], ["d"])


if __name__ == "__main__":
    unittest.main()
