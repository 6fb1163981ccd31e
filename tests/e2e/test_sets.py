#!/usr/bin/env python3
"""StatefulSets and DaemonSets with real kubectl: order, names, claims, updates, history, nodes that come, change and go."""
import json

import harness
from harness import PATIENCE, needs_kubectl, pod, poll


def stateful_set(replicas, **spec):
    labels = {"app": "web"}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"},
            "spec": {"replicas": replicas, "serviceName": "web", "selector": {"matchLabels": labels},
                     "template": {"metadata": {"labels": labels}, "spec": pod("x")["spec"]}, **spec}}


def daemon_set(**spec):
    labels = {"app": "agent"}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"},
            "spec": {"selector": {"matchLabels": labels},
                     "template": {"metadata": {"labels": labels}, "spec": {**pod("x")["spec"], **spec}}}}


def is_ready(p):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in p["status"].get("conditions", []))


class Sets(harness.Test):
    def setUp(self):
        """Each test has a namespace of its own."""
        self.ns = "t-" + self._testMethodName.replace("test_", "").replace("_", "-")
        self.kubectl("create", "namespace", self.ns)
        self.pods_path = "/api/v1/namespaces/%s/pods" % self.ns
        self.since = self.api.get(self.pods_path)["metadata"]["resourceVersion"]

    def k(self, *args, **more):
        return self.kubectl("-n", self.ns, *args, **more)

    def apply(self, obj):
        self.k("apply", "-f", self.home.write(self.ns + ".json", obj))

    def patch(self, what, spec):
        self.k("patch", what, "--type=merge", "-p", json.dumps({"spec": spec}))

    def rollout(self, verb, what, *more):
        wait = ("--timeout=%ds" % PATIENCE,) if verb == "status" else ()
        return self.k("rollout", verb, what, *more, *wait).out

    def get(self, what):
        return json.loads(self.k("get", what, "-o", "json").out)

    def pods(self):
        return {p["metadata"]["name"]: p for p in self.api.get(self.pods_path)["items"]}

    def ready(self, names):
        want = set(names)
        poll("just %s, all ready" % sorted(want), lambda: set(self.pods()) == want and all(map(is_ready, self.pods().values())))

    def history(self):
        """What has happened to pods since the last call: (event, pod) in order."""
        _, text = self.api.call("GET", self.pods_path + "?watch=true&timeoutSeconds=1&resourceVersion=" + self.since)
        events = [json.loads(line) for line in (text if isinstance(text, str) else json.dumps(text)).splitlines()]
        self.since = self.api.get(self.pods_path)["metadata"]["resourceVersion"]
        return [(e["type"], e["object"]) for e in events if e["type"] in ("ADDED", "MODIFIED", "DELETED")]

    def order(self):
        """"+web-0 *web-0 -web-2": pods created, ready for the first time, told to go."""
        told, said = [], set()
        for kind, p in self.history():
            name, uid = p["metadata"]["name"], p["metadata"]["uid"]
            going = kind == "DELETED" or "deletionTimestamp" in p["metadata"]
            mark = "-" if going else "+" if kind == "ADDED" else "*" if is_ready(p) else None
            if mark and (mark, uid) not in said:
                said.add((mark, uid))
                told.append(mark + name)
        return " ".join(told)

    # ---- StatefulSet ----

    def test_ordered(self):
        self.apply(stateful_set(3))
        self.rollout("status", "sts/web")
        self.ready(["web-0", "web-1", "web-2"])
        self.assertEqual(self.order(), "+web-0 *web-0 +web-1 *web-1 +web-2 *web-2")
        self.k("scale", "sts/web", "--replicas=1")
        self.ready(["web-0"])
        self.assertEqual(self.order(), "-web-2 -web-1")
        p = self.pods()["web-0"]
        self.assertEqual((p["spec"]["hostname"], p["spec"]["subdomain"]), ("web-0", "web"))
        self.assertEqual(p["metadata"]["labels"]["apps.kubernetes.io/pod-index"], "0")
        self.assertRegex(self.k("get", "sts").out, r"NAME +READY +AGE\nweb +1/1 ")
        events = self.k("get", "events").out
        self.assertIn("create Pod web-1 in StatefulSet web successful", events)
        self.assertIn("delete Pod web-2 in StatefulSet web successful", events)

    def test_parallel(self):
        self.apply(stateful_set(4, podManagementPolicy="Parallel"))
        self.ready(["web-%d" % i for i in range(4)])
        self.assertEqual([w for w in self.order().split() if w[0] == "+"], ["+web-%d" % i for i in range(4)])

    def test_claims(self):
        spec = pod("x")["spec"]
        spec["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        self.apply(stateful_set(2, template={"metadata": {"labels": {"app": "web"}}, "spec": spec}, volumeClaimTemplates=[
            {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]))
        poll("the first claim", lambda: "data-web-0" in self.k("get", "pvc", "-o", "name").out)
        poll("its pod", lambda: "web-0" in self.pods())
        self.assertEqual(self.pods()["web-0"]["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"], "data-web-0")
        poll("the event", lambda: "create Claim data-web-0 Pod web-0 in StatefulSet web success" in self.k("get", "events").out)

    def test_claims_go_with_pods_and_set(self):
        self.apply(stateful_set(2, persistentVolumeClaimRetentionPolicy={"whenScaled": "Delete", "whenDeleted": "Delete"},
                                podManagementPolicy="Parallel", volumeClaimTemplates=[
            {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]))
        kept = lambda: [c["metadata"] for c in self.get("pvc")["items"] if "deletionTimestamp" not in c["metadata"]]
        owned = lambda: {c["name"]: [o["kind"] for o in c.get("ownerReferences", [])] for c in kept()}
        poll("claims of the set", lambda: owned() == {"data-web-0": ["StatefulSet"], "data-web-1": ["StatefulSet"]})
        self.patch("sts/web", {"replicas": 1})
        poll("one claim", lambda: owned() == {"data-web-0": ["StatefulSet"]})
        self.k("delete", "sts", "web")
        poll("none", lambda: kept() == [] and self.pods() == {})

    def test_a_deleted_pod_comes_back_with_its_name(self):
        self.apply(stateful_set(2))
        self.ready(["web-0", "web-1"])
        uid = self.pods()["web-0"]["metadata"]["uid"]
        self.k("delete", "pod", "web-0", "--wait=false")  # kubectl may take the next web-0 for this one
        poll("another web-0", lambda: self.pods().get("web-0", {}).get("metadata", {}).get("uid", uid) != uid)
        self.ready(["web-0", "web-1"])

    def test_update_from_the_top_to_the_partition(self):
        self.apply(stateful_set(3, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}))
        self.ready(["web-0", "web-1", "web-2"])
        self.order()
        self.k("set", "image", "sts/web", "c=nginx:2")
        self.rollout("status", "sts/web")
        images = {n: p["spec"]["containers"][0]["image"] for n, p in self.pods().items()}
        self.assertEqual(images, {"web-0": "nginx", "web-1": "nginx:2", "web-2": "nginx:2"})
        self.assertEqual(self.order(), "-web-2 +web-2 *web-2 -web-1 +web-1 *web-1")
        status = self.get("sts/web")["status"]
        self.assertEqual((status["updatedReplicas"], status["currentReplicas"]), (2, 1))
        self.assertNotEqual(status["updateRevision"], status["currentRevision"])
        self.k("delete", "pod", "web-0", "--wait=false")  # kubectl may take the next web-0 for this one
        self.ready(["web-0", "web-1", "web-2"])
        self.assertEqual(self.pods()["web-0"]["spec"]["containers"][0]["image"], "nginx")
        self.patch("sts/web", {"updateStrategy": {"rollingUpdate": {"partition": 0}}})
        poll("the end of the update", lambda: self.get("sts/web")["status"]["currentRevision"] == status["updateRevision"])

    def test_history_of_a_stateful_set(self):
        self.apply(stateful_set(2))
        self.ready(["web-0", "web-1"])
        for image in ("nginx:2", "nginx:3"):
            self.k("set", "image", "sts/web", "c=" + image)
            self.rollout("status", "sts/web")
        self.check_history("sts/web", "StatefulSet")

    def check_history(self, what, kind):
        self.assertEqual([line.split()[0] for line in self.rollout("history", what).splitlines()[2:] if line], ["1", "2", "3"])
        self.assertRegex(self.rollout("history", what, "--revision=2"), r"Image:\s+nginx:2\n")
        self.rollout("undo", what)
        self.rollout("status", what)
        images = {p["spec"]["containers"][0]["image"] for p in self.pods().values() if "deletionTimestamp" not in p["metadata"]}
        self.assertEqual(images, {"nginx:2"})
        self.assertEqual([line.split()[0] for line in self.rollout("history", what).splitlines()[2:] if line], ["1", "3", "4"])
        self.rollout("undo", what, "--to-revision=1")
        self.rollout("status", what)
        poll("the first image", lambda: {p["spec"]["containers"][0]["image"] for p in self.pods().values()} == {"nginx"})
        revisions = json.loads(self.k("get", "controllerrevisions", "-o", "json").out)["items"]
        self.assertEqual(sorted(r["revision"] for r in revisions), [3, 4, 5])
        self.assertEqual({r["metadata"]["ownerReferences"][0]["kind"] for r in revisions}, {kind})

    # ---- DaemonSet ----

    def nodes_of_pods(self):
        return sorted(p["spec"].get("nodeName", "") for p in self.pods().values() if "deletionTimestamp" not in p["metadata"])

    def on_nodes(self, *names):
        poll("pods on %s" % (names,), lambda: self.nodes_of_pods() == sorted(names) and all(map(is_ready, self.pods().values())))

    def test_one_pod_per_node(self):
        self.apply(daemon_set())
        self.rollout("status", "ds/agent")
        self.on_nodes("node-1", "node-2", "node-3")
        p = next(iter(self.pods().values()))
        self.assertIn({"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"}, p["spec"]["tolerations"])
        self.assertEqual(p["metadata"]["labels"]["pod-template-generation"], "1")
        self.assertRegex(self.k("get", "ds").out, r"agent +3 +3 +3 +3 +3 +<none> ")
        self.k("delete", "pod", "--all", "--wait=false")
        self.on_nodes("node-1", "node-2", "node-3")

    def test_labels_of_nodes(self):
        self.apply(daemon_set(nodeSelector={"disk": "ssd"}))
        poll("nothing wanted", lambda: self.get("ds/agent")["status"].get("observedGeneration") == 1)
        self.assertEqual(self.pods(), {})
        self.k("label", "node", "node-2", "disk=ssd")
        self.on_nodes("node-2")
        self.k("label", "node", "node-3", "disk=ssd")
        self.on_nodes("node-2", "node-3")
        self.k("label", "node", "node-2", "disk-")
        self.on_nodes("node-3")
        self.assertRegex(self.k("get", "ds").out, r"agent +1 +1 +1 +1 +1 +disk=ssd ")

    def test_taints(self):
        self.apply(daemon_set())
        self.on_nodes("node-1", "node-2", "node-3")
        self.k("taint", "node", "node-1", "k=v:NoSchedule")
        poll("one less wanted", lambda: self.get("ds/agent")["status"]["desiredNumberScheduled"] == 2)
        self.assertEqual(self.nodes_of_pods(), ["node-1", "node-2", "node-3"])  # it may stay
        self.assertEqual(self.get("ds/agent")["status"]["numberMisscheduled"], 1)
        self.k("taint", "node", "node-1", "k:NoSchedule-", "k=v:NoExecute")
        self.on_nodes("node-2", "node-3")
        self.k("taint", "node", "node-1", "k:NoExecute-")
        self.on_nodes("node-1", "node-2", "node-3")

    def test_cordon_does_not_stop_it(self):
        self.k("cordon", "node-1")
        self.apply(daemon_set())
        self.on_nodes("node-1", "node-2", "node-3")
        self.k("uncordon", "node-1")

    def test_update_one_by_one(self):
        self.apply(daemon_set())
        self.on_nodes("node-1", "node-2", "node-3")
        self.order()
        self.k("set", "image", "ds/agent", "c=nginx:2")
        self.rollout("status", "ds/agent")
        marks = "".join(word[0] for word in self.order().split())
        self.assertEqual(marks, "-+*" * 3)

    def test_surge(self):
        self.apply({**daemon_set(), "spec": {**daemon_set()["spec"], "updateStrategy": {
            "type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}}})
        self.on_nodes("node-1", "node-2", "node-3")
        self.order()
        self.k("set", "image", "ds/agent", "c=nginx:2")
        self.rollout("status", "ds/agent")
        self.on_nodes("node-1", "node-2", "node-3")
        self.assertEqual("".join(word[0] for word in self.order().split()), "+*-" * 3)

    def test_history_of_a_daemon_set(self):
        self.apply(daemon_set())
        self.on_nodes("node-1", "node-2", "node-3")
        for image in ("nginx:2", "nginx:3"):
            self.k("set", "image", "ds/agent", "c=" + image)
            self.rollout("status", "ds/agent")
        self.check_history("ds/agent", "DaemonSet")

    # ---- Clients ----

    @needs_kubectl(27, "explain asks for /openapi/v2")
    def test_explain(self):
        self.assertIn("volumeClaimTemplates", self.k("explain", "sts.spec").out)
        self.assertIn("maxSurge", self.k("explain", "ds.spec.updateStrategy.rollingUpdate").out)


if __name__ == "__main__":
    harness.need("kubectl")
    harness.main()
