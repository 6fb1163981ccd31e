#!/usr/bin/env python3
"""What attempts found, in the annotations that kube-scheduler-simulator gives to pods: read as its tools read them."""
import json

import harness
from harness import pod, poll

NS = "/api/v1/namespaces/default"
PREFIX = "kube-scheduler-simulator.sigs.k8s.io/"
BY_PLUGIN = ("bind", "permit", "permit-result-timeout", "prebind", "prefilter", "prefilter-result-status", "prescore", "reserve")
BY_NODE = ("filter", "finalscore", "postfilter", "score")
FILTERS = {"NodeName", "NodeResourcesFit", "NodeUnschedulable", "TaintToleration"}
SCORES = {"DynamicResources", "ImageLocality", "NodeResourcesBalancedAllocation", "NodeResourcesFit", "TaintToleration"}


class Annotations(harness.Test):
    UP = ("--nodes", "3", "--result-annotations")

    def setUp(self):
        self.kubectl("taint", "node", "node-1", "dedicated=gpu:NoSchedule", "--overwrite")

    def make(self, name, **spec):
        p = pod(name, **spec)
        p["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "100m", "memory": "64Mi"}}
        p["metadata"]["annotations"] = {"example.com/own": "kept"}
        self.kubectl("apply", "-f", self.home.write(name + ".json", p))
        self.addCleanup(self.kubectl, "delete", "pod", name, "--now", "--ignore-not-found")

    def annotations(self, name):
        return self.api.get(NS + "/pods/" + name)["metadata"].get("annotations", {})

    def results(self, name, attempts=1):
        """By short names, once so many attempts are told of; each value parsed, but for the node."""
        poll("results of " + name, lambda: len(json.loads(self.annotations(name).get(PREFIX + "result-history", "[]"))) == attempts)
        found = self.annotations(name)
        self.assertEqual(found["example.com/own"], "kept")
        ours = {k[len(PREFIX):]: v for k, v in found.items() if k.startswith(PREFIX)}
        history = json.loads(ours.pop("result-history"))
        self.assertEqual(history[-1], {PREFIX + k: v for k, v in ours.items()})
        self.assertEqual(set(ours), {k if "result" in k else k + "-result" for k in BY_PLUGIN + BY_NODE} | {"selected-node"})
        parsed = {k: v if k == "selected-node" else json.loads(v) for k, v in ours.items()}
        for k, v in ours.items():  # as Go writes it: by key, no spaces
            if k != "selected-node":
                self.assertEqual(v, json.dumps(parsed[k], sort_keys=True, separators=(",", ":")))
        return parsed, history

    def test_a_pod_that_is_placed(self):
        self.make("placed")
        r, _ = self.results("placed")
        node = self.api.get(NS + "/pods/placed")["spec"]["nodeName"]
        self.assertEqual(r["selected-node"], node)
        self.assertEqual(r["bind-result"], {"DefaultBinder": "success"})
        self.assertEqual(r["reserve-result"], {"DynamicResources": "success", "VolumeBinding": "success"})
        self.assertEqual(r["prebind-result"], {"DynamicResources": "success", "VolumeBinding": "success"})
        for nothing in ("permit-result", "permit-result-timeout", "postfilter-result", "prefilter-result"):
            self.assertEqual(r[nothing], {})
        self.assertEqual(r["prefilter-result-status"]["NodeResourcesFit"], "success")
        self.assertEqual(r["prefilter-result-status"]["NodePorts"], "")  # it had nothing to say
        self.assertEqual((r["prescore-result"]["TaintToleration"], r["prescore-result"]["NodeAffinity"]), ("success", ""))
        self.assertEqual(set(r["filter-result"]), {"node-1", "node-2", "node-3"})
        self.assertEqual(r["filter-result"]["node-1"], {
            "NodeName": "passed", "NodeUnschedulable": "passed", "TaintToleration": "node(s) had untolerated taint(s)"})
        for n in ("node-2", "node-3"):
            self.assertEqual(set(r["filter-result"][n].values()), {"passed"})
            self.assertLessEqual(FILTERS, set(r["filter-result"][n]))
            self.assertEqual(set(r["score-result"][n]) & SCORES, SCORES)
            self.assertEqual((r["score-result"][n]["TaintToleration"], r["finalscore-result"][n]["TaintToleration"]), ("0", "300"))
            self.assertEqual(set(r["score-result"][n]), set(r["finalscore-result"][n]))
        totals = {n: sum(map(int, v.values())) for n, v in r["finalscore-result"].items()}
        self.assertEqual(totals[node], max(totals.values()))
        self.assertEqual(self.api.get("/apis/sim.kubestep.dev/v1/namespaces/default/decisions/placed-1")["status"]["score"], totals[node])

    def test_one_that_waits(self):
        self.make("waits", nodeSelector={"disk": "ssd"})
        r, _ = self.results("waits")
        self.assertEqual((r["selected-node"], r["score-result"], r["bind-result"], r["reserve-result"], r["prescore-result"]),
                         ("", {}, {}, {}, {}))
        self.assertEqual(r["postfilter-result"], {"node-1": {}, "node-2": {}, "node-3": {}})
        self.assertEqual(r["filter-result"]["node-2"]["NodeAffinity"], "node(s) didn't match Pod's node affinity/selector")
        self.assertNotIn("NodeResourcesFit", r["filter-result"]["node-2"])  # nobody asked it any more
        self.kubectl("label", "node", "node-2", "disk=ssd", "--overwrite")
        r, history = self.results("waits", attempts=2)
        self.assertEqual((r["selected-node"], r["score-result"], r["prefilter-result-status"]["NodeAffinity"]), ("node-2", {}, "success"))
        self.assertEqual([h[PREFIX + "selected-node"] for h in history], ["", "node-2"])

    def test_one_that_preempts(self):
        self.kubectl("apply", "-f", self.home.write("high.json", {
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 1000}))
        self.kubectl("label", "node", "node-3", "only=this", "--overwrite")
        text = self.api.get("/api/v1/nodes/node-3")["status"]["allocatable"]["cpu"]
        milli = (int(text[:-1]) if text.endswith("m") else 1000 * int(text)) - 100
        ask = {"containers": [{"name": "c", "image": "i"}], "nodeSelector": {"only": "this"}, "terminationGracePeriodSeconds": 0}
        for name, more in (("victim", {}), ("chosen", {"priorityClassName": "high"})):
            p = pod(name, **ask, **more)
            p["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "%dm" % milli}}
            p["metadata"]["annotations"] = {"example.com/own": "kept"}
            self.kubectl("apply", "-f", self.home.write(name + ".json", p))
            self.addCleanup(self.kubectl, "delete", "pod", name, "--now", "--ignore-not-found")
            poll(name + " has its place", lambda: self.api.get(NS + "/pods/" + name)["spec"].get("nodeName"))
        _, history = self.results("chosen", attempts=2)
        first = json.loads(history[0][PREFIX + "postfilter-result"])
        self.assertEqual(first, {"node-1": {}, "node-2": {}, "node-3": {"DefaultPreemption": "preemption victim"}})
        self.assertEqual(json.loads(history[0][PREFIX + "filter-result"])["node-3"]["NodeResourcesFit"], "Insufficient cpu")

    def test_none_without_the_flag(self):
        self.assertIn("--result-annotations", self.home.kubestep("up", "--help").out)
        other = self.home.up("--name", "plain", "--nodes", "1")
        other.api.post(NS + "/pods", pod("web"))
        poll("it runs", lambda: other.api.get(NS + "/pods/web")["status"].get("phase") == "Running")
        self.assertEqual(other.api.get(NS + "/pods/web")["metadata"].get("annotations", {}), {})


if __name__ == "__main__":
    harness.main()
