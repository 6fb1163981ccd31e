#!/usr/bin/env python3
"""Nodes with real kubectl: a dead node and its pods, cordon, drain and disruption budgets, taints; and kubectl create for the kinds
that stand beside pods."""
import json
import threading

import harness
from harness import kubectl_minor, poll, replica_set

NS = "/api/v1/namespaces/default"


class Nodes(harness.Test):
    def advance(self, duration):
        self.cluster.kubestep("clock", "advance", duration)

    def nodes(self):
        return {n["metadata"]["name"]: n for n in self.api.get("/api/v1/nodes")["items"]}

    def is_ready(self, node):
        return [c["status"] for c in self.nodes()[node]["status"]["conditions"] if c["type"] == "Ready"] == ["True"]

    def pods(self, app):
        return self.api.get(NS + "/pods?labelSelector=app=" + app)["items"]

    def running(self, app, count):
        """The pods of a set, once so many run and are ready."""
        def ready():
            here = [p for p in self.pods(app) if "deletionTimestamp" not in p["metadata"] and
                    any(c["type"] == "Ready" and c["status"] == "True" for c in p["status"].get("conditions", []))]
            return here if len(here) == count else None
        return poll("%d pods of %s run" % (count, app), ready)

    def make_set(self, name, replicas, **spec):
        rs = replica_set(name, replicas)
        rs["spec"]["template"]["spec"].update(terminationGracePeriodSeconds=0, **spec)
        self.kubectl("apply", "-f", self.home.write(name + ".json", rs))
        self.addCleanup(self.kubectl, "delete", "rs", name, "--wait=false")
        return self.running(name, replicas)

    def events(self, reason):
        return [e for e in self.api.get("/api/v1/events")["items"] if e["reason"] == reason]

    # ---- A node that dies ----

    def test_a_dead_node(self):
        pods = self.make_set("dead", 3)
        node = pods[0]["spec"]["nodeName"]
        lost = {p["metadata"]["name"] for p in pods if p["spec"]["nodeName"] == node}
        self.kubectl("annotate", "node", node, "sim.kubestep.dev/dead=true")
        self.addCleanup(self.kubectl, "annotate", "node", node, "sim.kubestep.dev/dead-", code=None)
        self.advance("40s")
        self.assertTrue(self.is_ready(node), "too early")
        self.advance("30s")
        poll("the node is not ready", lambda: not self.is_ready(node))
        self.assertIn("NotReady", self.kubectl("get", "node", node).out)
        others = [n for n in self.nodes() if n != node]
        self.assertTrue(all(self.is_ready(n) for n in others))
        effects = poll("both taints", lambda: [e for e in [sorted(
            (t["effect"], t["key"]) for t in self.nodes()[node]["spec"].get("taints", []))] if len(e) == 2])[0]
        self.assertEqual(effects, [("NoExecute", "node.kubernetes.io/unreachable"),
                                   ("NoSchedule", "node.kubernetes.io/unreachable")])
        poll("its pods are not ready", lambda: all(
            c["status"] == "False" for p in self.pods("dead") if p["metadata"]["name"] in lost
            for c in p["status"]["conditions"] if c["type"] == "Ready"))
        self.advance("320s")
        here = self.running("dead", 3)
        self.assertNotIn(node, {p["spec"]["nodeName"] for p in here})
        going = [p for p in self.pods("dead") if p["metadata"]["name"] in lost]
        for p in going:  # nobody is there to end them
            self.assertIn("deletionTimestamp", p["metadata"])
            self.assertIn("DeletionByTaintManager", [c.get("reason") for c in p["status"]["conditions"]])
        self.assertTrue(self.events("TaintManagerEviction") and self.events("NodeNotReady"))
        # it comes back, and with it the end of its old pods
        self.kubectl("annotate", "node", node, "sim.kubestep.dev/dead-")
        poll("the node is back", lambda: self.is_ready(node) and not self.nodes()[node]["spec"].get("taints"))
        poll("its old pods are gone", lambda: not [p for p in self.pods("dead") if p["metadata"]["name"] in lost])

    def test_a_node_that_comes_back_in_time(self):
        pods = self.make_set("back", 3)
        node, before = pods[0]["spec"]["nodeName"], {p["metadata"]["uid"] for p in pods}
        self.kubectl("annotate", "node", node, "sim.kubestep.dev/dead=true")
        self.addCleanup(self.kubectl, "annotate", "node", node, "sim.kubestep.dev/dead-", code=None)
        self.advance("70s")
        poll("its pods are not ready", lambda: any(
            c["type"] == "Ready" and c["status"] == "False" for p in self.pods("back") for c in p["status"]["conditions"]))
        self.kubectl("annotate", "node", node, "sim.kubestep.dev/dead-")
        poll("the node is back", lambda: self.is_ready(node) and not self.nodes()[node]["spec"].get("taints"))
        self.assertEqual({p["metadata"]["uid"] for p in self.running("back", 3)}, before)
        self.advance("400s")
        self.assertEqual({p["metadata"]["uid"] for p in self.running("back", 3)}, before)

    def test_a_node_that_is_deleted(self):
        self.kubectl("apply", "-f", self.home.write("extra.json", {
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": "extra"},
            "status": {"capacity": {"cpu": "4", "memory": "4Gi", "pods": "10"}}}))
        pod = harness.pod("orphan", nodeName="extra")
        self.kubectl("apply", "-f", self.home.write("orphan.json", pod))
        self.kubectl("delete", "node", "extra")
        poll("it is told", lambda: self.events("RemovingNode"))
        self.advance("60s")
        poll("its pod is gone", lambda: self.api.call("GET", NS + "/pods/orphan")[0] == 404)

    # ---- Taints and cordons ----

    def test_cordon_and_uncordon(self):
        self.assertIn("cordoned", self.kubectl("cordon", "node-3").out)
        self.assertIn("Ready,SchedulingDisabled", self.kubectl("get", "node", "node-3").out)
        poll("the taint", lambda: [t["key"] for t in self.nodes()["node-3"]["spec"].get("taints", [])] ==
             ["node.kubernetes.io/unschedulable"])
        here = self.make_set("cordon", 4)
        self.assertNotIn("node-3", {p["spec"]["nodeName"] for p in here})
        self.assertIn("uncordoned", self.kubectl("uncordon", "node-3").out)
        poll("no taint", lambda: not self.nodes()["node-3"]["spec"].get("taints"))
        poll("the kubelet tells", lambda: self.events("NodeNotSchedulable") and self.events("NodeSchedulable"))

    def test_a_taint_that_is_tolerated_for_a_while(self):
        tolerations = [{"key": "mine", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}]
        here = self.make_set("taint", 3, tolerations=tolerations)
        node = here[0]["spec"]["nodeName"]
        first = {p["metadata"]["uid"] for p in here if p["spec"]["nodeName"] == node}
        self.kubectl("taint", "node", node, "mine=1:NoExecute")
        self.addCleanup(self.kubectl, "taint", "node", node, "mine-", code=None)
        self.advance("30s")
        self.assertTrue(first <= {p["metadata"]["uid"] for p in self.running("taint", 3)})
        self.advance("40s")
        poll("they were replaced", lambda: not first & {p["metadata"]["uid"] for p in self.running("taint", 3)})
        # a pod that tolerates nothing goes at once
        self.kubectl("taint", "node", node, "mine-")
        here = self.make_set("strict", 3)
        strict = {p["metadata"]["uid"] for p in here if p["spec"]["nodeName"] == node}
        self.kubectl("taint", "node", node, "other:NoExecute")
        self.addCleanup(self.kubectl, "taint", "node", node, "other-", code=None)
        poll("none is left there", lambda: node not in {p["spec"].get("nodeName") for p in self.pods("strict")})
        self.assertFalse(strict & {p["metadata"]["uid"] for p in self.running("strict", 3)})

    # ---- Draining ----

    def make_budget(self, name, least):
        """Not by kubectl create: 1.20's writes policy/v1beta1."""
        self.api.post("/apis/policy/v1/namespaces/default/poddisruptionbudgets", {
            "metadata": {"name": name}, "spec": {"minAvailable": least, "selector": {"matchLabels": {"app": name}}}})
        self.addCleanup(self.kubectl, "delete", "pdb", name)

    def test_drain_waits_for_the_budget(self):
        self.make_set("guarded", 3)
        self.make_budget("guarded", 3)
        budget = "/apis/policy/v1/namespaces/default/poddisruptionbudgets/guarded"
        status = poll("the budget is known", lambda: [s for s in [self.api.get(budget)["status"]]
                                                      if s.get("observedGeneration") == 1 and s["currentHealthy"] == 3])[0]
        self.assertEqual((status["disruptionsAllowed"], status["desiredHealthy"], status["expectedPods"]), (0, 3, 3))
        node = self.pods("guarded")[0]["spec"]["nodeName"]
        drain = ("drain", node, "--ignore-daemonsets", "--force", "--delete-emptydir-data")
        self.addCleanup(self.kubectl, "uncordon", node)
        refused = self.kubectl(*drain, "--timeout=1s", code=1)
        self.assertIn("Cannot evict pod as it would violate the pod's disruption budget", refused.err)
        self.assertIn("SchedulingDisabled", self.kubectl("get", "node", node).out)
        self.assertIn(node, {p["spec"].get("nodeName") for p in self.pods("guarded")})
        self.kubectl("patch", "pdb", "guarded", "-p", '{"spec":{"minAvailable":2}}')
        # evictions go one by one as replacements become ready; kubectl tries again every 5 s
        self.assertIn("drained", self.kubectl(*drain, "--timeout=60s", seconds=90).out)
        self.assertNotIn(node, {p["spec"]["nodeName"] for p in self.running("guarded", 3)})
        self.assertIn("N/A", self.kubectl("get", "pdb", "guarded").out)

    def test_evictions_at_once(self):
        """More evictions than the budget allows, while the controller counts: at no time too few pods are left."""
        names = [p["metadata"]["name"] for p in self.make_set("crowd", 8)]
        self.make_budget("crowd", 6)
        poll("the budget is known", lambda: self.api.get(
            "/apis/policy/v1/namespaces/default/poddisruptionbudgets/crowd")["status"]["disruptionsAllowed"] == 2)
        codes, lowest, done = [], [8], threading.Event()

        def evict(name):
            body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
            codes.append(self.api.call("POST", "%s/pods/%s/eviction" % (NS, name), body)[0])

        def watch():
            while not done.is_set():
                left = [p for p in self.pods("crowd") if "deletionTimestamp" not in p["metadata"] and
                        any(c["type"] == "Ready" and c["status"] == "True" for c in p["status"].get("conditions", []))]
                lowest[0] = min(lowest[0], len(left))

        watcher = threading.Thread(target=watch)
        watcher.start()
        threads = [threading.Thread(target=evict, args=(n,)) for n in names]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.running("crowd", 8)
        done.set()
        watcher.join()
        self.assertLessEqual(set(codes), {201, 429})
        self.assertGreaterEqual(codes.count(201), 2)
        self.assertGreaterEqual(lowest[0], 6)

    # ---- What kubectl creates ----

    def test_kubectl_creates(self):
        made = (
            ("priorityclass", "fast", "--value=100", "--description=quick"),
            ("quota", "small", "--hard=pods=20,cpu=10"),
            ("role", "reader", "--verb=get,list", "--resource=pods"),
            ("clusterrole", "checker", "--verb=get", "--non-resource-url=/healthz"),
            ("rolebinding", "readers", "--role=reader", "--user=anna", "--serviceaccount=default:default"),
            ("clusterrolebinding", "checkers", "--clusterrole=checker", "--group=ops"),
            ("pdb", "half", "--selector=app=none", "--max-unavailable=50%"),
        )
        if kubectl_minor() < 21:  # it writes policy/v1beta1
            made = made[:-1]
        for args in made:
            self.assertIn("created", self.kubectl("create", *args).out)
            kind, name = args[0], args[1]
            kind = {"quota": "resourcequota"}.get(kind, kind)
            self.addCleanup(self.kubectl, "delete", kind, name)
            self.assertIn(name, self.kubectl("get", kind, name).out)
            self.assertIn(name, self.kubectl("describe", kind, name).out)
        self.assertRegex(self.kubectl("get", "priorityclass").out, r"fast +100 +false")
        self.assertRegex(self.kubectl("get", "rolebinding", "readers", "-o", "wide").out, r"Role/reader .*anna .*default/default")
        self.kubectl("run", "quick", "--image=nginx", "--overrides", json.dumps({"spec": {"priorityClassName": "fast"}}))
        self.addCleanup(self.kubectl, "delete", "pod", "quick", "--wait=false")
        self.assertEqual(self.api.get(NS + "/pods/quick")["spec"]["priority"], 100)

    @harness.needs_kubectl(28, "auth whoami is newer")
    def test_who_am_i(self):
        out = self.kubectl("auth", "whoami").out
        self.assertIn("kubernetes-admin", out)
        self.assertIn("system:masters", out)


if __name__ == "__main__":
    harness.need("kubectl")
    harness.main()
