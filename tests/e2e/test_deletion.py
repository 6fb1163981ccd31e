#!/usr/bin/env python3
"""Deletion with real kubectl: cascades, finalizers, namespaces, selectors, and what watches see of it."""
import json

import harness
from harness import PATIENCE, poll, pod, replica_set


class Deletion(harness.Test):
    def setUp(self):
        self.ns = "d-" + self._testMethodName.replace("test_", "").replace("_", "-")
        self.kubectl("create", "namespace", self.ns)

    def k(self, *args, **more):
        return self.kubectl("-n", self.ns, *args, **more)

    def apply(self, *objects):
        for o in objects:
            self.k("apply", "-f", "-", stdin=json.dumps(o))

    def config_map(self, name, **meta):
        self.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **meta}})

    def items(self, what, *more):
        return self.k("get", what, *more, "-o", "json").json()["items"]

    def names(self, what, *more):
        return sorted(o["metadata"]["name"] for o in self.items(what, *more))

    def get(self, what):
        return self.k("get", what, "-o", "json").json()

    def gone(self, what):
        return "not found" in self.k("get", what, code=None).err

    def set_of(self, name, replicas):
        self.apply(replica_set(name, replicas))
        return poll("the pods of " + name, lambda: len(self.items("pods", "-l", "app=" + name)) == replicas
                    and self.items("pods", "-l", "app=" + name))

    def unhold(self, what):
        self.k("patch", what, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')

    # ---- Cascades ----

    def test_background(self):
        self.set_of("web", 3)
        self.k("delete", "rs", "web", "--timeout=%ds" % PATIENCE)
        poll("the pods go", lambda: not self.items("pods"))

    def test_foreground_waits_for_the_pods(self):
        pods = self.set_of("web", 2)
        held = pods[0]["metadata"]["name"]
        self.k("patch", "pod", held, "--type=merge", "-p", '{"metadata":{"finalizers":["example.com/hold"]}}')
        self.k("delete", "rs", "web", "--cascade=foreground", "--wait=false")
        poll("the free pod goes", lambda: self.names("pods") == [held])
        rs = self.get("rs/web")
        self.assertEqual(rs["metadata"]["finalizers"], ["foregroundDeletion"])
        self.assertIn("deletionTimestamp", rs["metadata"])
        self.unhold("pod/" + held)
        poll("then the set", lambda: self.gone("rs/web"))
        self.assertEqual(self.items("pods"), [])

    def test_foreground_with_wait(self):
        self.set_of("web", 3)
        self.k("delete", "rs", "web", "--cascade=foreground", "--timeout=%ds" % PATIENCE)
        self.assertEqual(self.items("pods"), [])

    def test_orphan_and_adoption(self):
        uids = {p["metadata"]["uid"] for p in self.set_of("web", 2)}
        self.k("delete", "rs", "web", "--cascade=orphan", "--timeout=%ds" % PATIENCE)
        pods = self.items("pods")
        self.assertEqual({p["metadata"]["uid"] for p in pods}, uids)
        self.assertFalse(any(p["metadata"].get("ownerReferences") or "deletionTimestamp" in p["metadata"] for p in pods))
        self.set_of("web", 2)
        poll("adopted", lambda: all(p["metadata"].get("ownerReferences") for p in self.items("pods")))
        self.assertEqual({p["metadata"]["uid"] for p in self.items("pods")}, uids)

    # ---- The same two levels deep ----

    def deployment(self, replicas):
        """Made; its ReplicaSet and pods are there."""
        o = replica_set("web", replicas)
        self.apply({**o, "kind": "Deployment"})
        poll("the pods", lambda: len(self.items("pods")) == replicas)
        return self.items("rs")[0]["metadata"]["name"]

    def test_deployment_background(self):
        self.deployment(3)
        self.k("delete", "deploy", "web", "--timeout=%ds" % PATIENCE)
        poll("all go", lambda: not self.items("rs") and not self.items("pods"))

    def test_deployment_foreground(self):
        self.deployment(2)
        self.k("delete", "deploy", "web", "--cascade=foreground", "--timeout=%ds" % PATIENCE)
        self.assertEqual(self.items("rs") + self.items("pods"), [])

    def test_deployment_orphan(self):
        rs = self.deployment(2)
        self.k("delete", "deploy", "web", "--cascade=orphan", "--timeout=%ds" % PATIENCE)
        kept = self.get("rs/" + rs)
        self.assertNotIn("ownerReferences", kept["metadata"])
        self.assertNotIn("deletionTimestamp", kept["metadata"])
        self.assertEqual([p["metadata"]["ownerReferences"][0]["name"] for p in self.items("pods")], [rs, rs])

    # ---- Owners of any kind ----

    def owner(self, name, **more):
        o = self.get("cm/" + name)
        return {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": o["metadata"]["uid"], **more}

    def test_any_kind_owns_any_kind(self):
        self.config_map("top")
        self.config_map("middle", ownerReferences=[self.owner("top")])
        self.apply({"apiVersion": "v1", "kind": "Secret",
                    "metadata": {"name": "leaf", "ownerReferences": [self.owner("middle")]}})
        self.k("delete", "cm", "top")
        poll("the leaf goes", lambda: self.gone("secret/leaf"))
        self.assertTrue(self.gone("cm/middle"))

    def test_two_owners(self):
        self.config_map("one")
        self.config_map("two")
        self.config_map("child", ownerReferences=[self.owner("one"), self.owner("two")])
        self.k("delete", "cm", "one")
        poll("one reference goes", lambda: [r["name"] for r in self.get("cm/child")["metadata"]["ownerReferences"]] == ["two"])
        self.k("delete", "cm", "two")
        poll("the child goes", lambda: self.gone("cm/child"))

    def test_an_owner_that_never_was(self):
        self.config_map("child", ownerReferences=[
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "nobody", "uid": "00000000-0000-0000-0000-000000000000"}])
        poll("the child goes", lambda: self.gone("cm/child"))

    def test_an_owner_in_another_namespace(self):
        other = self.ns + "-other"
        self.kubectl("create", "namespace", other)
        self.kubectl("-n", other, "create", "configmap", "far")
        uid = self.kubectl("-n", other, "get", "cm", "far", "-o", "jsonpath={.metadata.uid}").out
        self.config_map("child", ownerReferences=[{"apiVersion": "v1", "kind": "ConfigMap", "name": "far", "uid": uid}])
        poll("the child goes", lambda: self.gone("cm/child"))
        self.assertEqual(self.kubectl("-n", other, "get", "cm", "far", "-o", "jsonpath={.metadata.uid}").out, uid)
        text = "ownerRef [v1/ConfigMap, namespace: %s, name: far, uid: %s] does not exist in namespace \"%s\"" % (
            self.ns, uid, self.ns)
        event = poll("the event", lambda: [e for e in self.items("events") if e["reason"] == "OwnerRefInvalidNamespace"])[0]
        self.assertEqual(event["message"], text)
        self.assertEqual(event["source"]["component"], "garbage-collector-controller")
        self.assertEqual(event["involvedObject"]["kind"], "ConfigMap")

    def test_a_namespaced_owner_of_a_cluster_scoped_object(self):
        self.config_map("owner")
        pv = {"apiVersion": "v1", "kind": "PersistentVolume",
              "metadata": {"name": self.ns, "ownerReferences": [self.owner("owner")]},
              "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}}}
        self.apply(pv)
        self.k("delete", "cm", "owner")
        self.config_map("marker", ownerReferences=[
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "nobody", "uid": "00000000-0000-0000-0000-000000000001"}])
        poll("the collector has been at work", lambda: self.gone("cm/marker"))
        self.assertFalse(self.gone("pv/" + self.ns))
        self.k("delete", "pv", self.ns, "--wait=false")

    # ---- Pods, many objects ----

    def test_force(self):
        self.apply(pod("web", terminationGracePeriodSeconds=600))
        self.k("wait", "--for=condition=Ready", "pod/web", "--timeout=%ds" % PATIENCE)
        r = self.k("delete", "pod", "web", "--grace-period=0", "--force", "--timeout=%ds" % PATIENCE)
        self.assertIn("force deleted", r.out)
        self.assertTrue(self.gone("pod/web"))

    def test_all_and_by_label(self):
        for name, label in (("a", "x"), ("b", "x"), ("c", "y")):
            self.config_map(name, labels={"l": label})
        out = self.k("delete", "cm", "-l", "l=x").out
        self.assertEqual(sorted(out.split("\n"))[1:], ['configmap "a" deleted', 'configmap "b" deleted'])
        self.assertIn("c", self.names("cm"))
        self.k("delete", "cm", "--all")
        self.assertNotIn("c", self.names("cm"))

    def test_dry_run(self):
        self.config_map("a")
        self.k("delete", "cm", "a", "--dry-run=server")
        self.assertFalse(self.gone("cm/a"))

    def test_finalizers_hold(self):
        self.config_map("a", finalizers=["example.com/hold"])
        self.k("delete", "cm", "a", "--wait=false")
        self.assertIn("deletionTimestamp", self.get("cm/a")["metadata"])
        self.unhold("cm/a")
        self.assertTrue(self.gone("cm/a"))

    def test_watches_see_the_deletions_revision(self):
        path = "/api/v1/namespaces/%s/configmaps" % self.ns
        made = int(self.api.post(path, {"metadata": {"name": "a"}})["metadata"]["resourceVersion"])
        self.api.post(path, {"metadata": {"name": "b"}})
        status, _ = self.api.call("DELETE", path + "/a")
        self.assertEqual(status, 200)
        after = int(self.api.post(path, {"metadata": {"name": "c"}})["metadata"]["resourceVersion"])
        c = self.api.connection()
        c.request("GET", "%s?watch=1&fieldSelector=metadata.name%%3Da&resourceVersion=%d" % (path, made))
        event = json.loads(c.getresponse().readline())
        c.close()
        self.assertEqual(event["type"], "DELETED")
        self.assertTrue(made + 1 < int(event["object"]["metadata"]["resourceVersion"]) < after)

    # ---- Namespaces ----

    def conditions(self, ns):
        return {c["type"]: c for c in self.kubectl("get", "ns", ns, "-o", "json").json()["status"].get("conditions", [])}

    def test_namespace_with_content(self):
        self.set_of("web", 3)
        self.config_map("a")
        self.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}})
        self.kubectl("delete", "ns", self.ns, "--timeout=%ds" % PATIENCE)
        self.assertIn("not found", self.kubectl("get", "ns", self.ns, code=None).err)
        self.assertEqual(self.api.get("/api/v1/namespaces/%s/pods" % self.ns)["items"], [])

    def test_namespace_that_something_holds(self):
        self.config_map("held", finalizers=["example.com/hold"])
        self.config_map("free")
        self.kubectl("delete", "ns", self.ns, "--wait=false")
        held = poll("the condition", lambda: self.conditions(self.ns).get("NamespaceFinalizersRemaining"))
        self.assertEqual((held["status"], held["reason"]), ("True", "SomeFinalizersRemain"))
        self.assertEqual(held["message"],
                         "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances")
        left = self.conditions(self.ns)["NamespaceContentRemaining"]
        self.assertEqual(left["message"], "Some resources are remaining: configmaps. has 1 resource instances")
        self.assertEqual(self.names("cm"), ["held"])
        self.unhold("cm/held")
        poll("the namespace goes", lambda: "not found" in self.kubectl("get", "ns", self.ns, code=None).err)

    def test_namespace_pods_go_first(self):
        self.apply(pod("web"))
        self.k("patch", "pod", "web", "--type=merge", "-p", '{"metadata":{"finalizers":["example.com/hold"]}}')
        self.config_map("later")
        self.kubectl("delete", "ns", self.ns, "--wait=false")
        poll("the condition", lambda: self.conditions(self.ns).get("NamespaceContentRemaining", {}).get("status") == "True")
        self.assertIn("later", self.names("cm"))
        self.unhold("pod/web")
        poll("the namespace goes", lambda: "not found" in self.kubectl("get", "ns", self.ns, code=None).err)


if __name__ == "__main__":
    harness.need("kubectl")
    harness.main()
