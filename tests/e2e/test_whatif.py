#!/usr/bin/env python3
"""kubestep whatif and SchedulingReviews: where pods would land, and that nothing comes of asking."""
import json
import os
import subprocess
import unittest

import harness
from harness import find_kubectl, pod, poll, replica_set

NS = "/api/v1/namespaces/default"
REVIEWS = "/apis/sim.kubestep.dev/v1/schedulingreviews"
MOST_ALLOCATED = """apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: default-scheduler
  pluginConfig:
  - name: NodeResourcesFit
    args:
      scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 1}, {name: memory, weight: 1}]}
  plugins:
    score:
      disabled: [{name: NodeResourcesBalancedAllocation}, {name: PodTopologySpread}]
"""


def review(*workload, **spec):
    return {"apiVersion": "sim.kubestep.dev/v1", "kind": "SchedulingReview", "spec": {"workload": list(workload), **spec}}


class WhatIf(harness.Test):
    UP = ("--nodes", "3")

    @classmethod
    def setUpClass(cls):
        """node-3 is the emptiest, and each node has a pod that is less important than others may be."""
        super().setUpClass()
        text = cls.api.get("/api/v1/nodes/node-1")["status"]["allocatable"]["cpu"]
        cls.cpu = int(text[:-1]) if text.endswith("m") else 1000 * int(text)
        for name, value in (("low", -10), ("high", 1000)):
            cls.api.post("/apis/scheduling.k8s.io/v1/priorityclasses", {"metadata": {"name": name}, "value": value})
        for node, percent in (("node-1", 60), ("node-2", 40), ("node-3", 20)):
            cls.api.post(NS + "/pods", cls.pod("on-" + node, percent, nodeName=node, priorityClassName="low"))
        poll("they run", lambda: all(p["status"].get("phase") == "Running" for p in cls.pods().values()))
        cls.cluster.kubestep("clock", "settle")

    @classmethod
    def pod(cls, name, percent, **spec):
        """Of one node's cpu."""
        return pod(name, cpu="%dm" % (cls.cpu * percent // 100), **spec)

    @classmethod
    def pods(cls):
        return {p["metadata"]["name"]: p for p in cls.api.get("/api/v1/pods")["items"]}

    def everything(self):
        """All objects with their revisions, but for leases, which are renewed, and what the cluster counts of requests."""
        found, paths = {}, ["/api/v1"]
        for group in self.api.get("/apis")["groups"]:
            paths += ["/apis/" + v["groupVersion"] for v in group["versions"]]
        for path in paths:
            for r in self.api.get(path)["resources"]:
                if "list" not in r["verbs"] or r["name"] in ("leases", "clocks", "componentstatuses"):
                    continue
                for item in self.api.get(path + "/" + r["name"])["items"]:
                    m = item["metadata"]
                    found[path, r["name"], m.get("namespace"), m["name"]] = m.get("resourceVersion")
        return found

    def setUp(self):
        self.before = self.everything()

    def nothing_changed(self):
        self.assertEqual(self.everything(), self.before)

    def whatif(self, *objects, args=(), code=0):
        """The results, and the text for people."""
        file = self.home.write("whatif.json", {"apiVersion": "v1", "kind": "List", "items": list(objects)})
        text = self.cluster.kubestep("whatif", "-f", file, *args, code=code)
        return self.cluster.kubestep("whatif", "-f", file, "-o", "json", *args, code=code).json()["results"], text

    def test_a_pod_lands_where_it_was_said(self):
        results, text = self.whatif(self.pod("web", 10))
        self.assertEqual([r["name"] for r in results], ["In force"])
        row = results[0]["placements"][0]
        self.assertEqual([row["namespace"], row["pod"], row["node"], row["feasible"], row["evaluated"]], ["default", "web", "node-3", 3, 3])
        self.assertIn("node-3", text.out)
        self.assertTrue(text.out.endswith("\nNothing was changed.\n"), text)
        self.nothing_changed()
        self.api.post(NS + "/pods", self.pod("web", 10))
        self.addCleanup(self.api.call, "DELETE", NS + "/pods/web?gracePeriodSeconds=0")
        self.assertEqual(poll("it is placed", lambda: self.pods()["web"]["spec"].get("nodeName")), "node-3")
        decision = poll("its decision", lambda: [d for d in self.api.get("/apis/sim.kubestep.dev/v1/decisions")["items"]
                                                 if d["spec"]["pod"] == "web"])[0]["status"]
        self.assertEqual(row["score"], decision["score"])  # the very same cycle

    def test_a_pod_that_fits_nowhere(self):
        results, text = self.whatif(self.pod("big", 90, nodeSelector={"disk": "ssd"}), code=1)
        self.assertEqual([results[0].get("placed", 0), results[0]["unschedulable"]], [0, 1])
        row = results[0]["placements"][0]
        self.assertNotIn("node", row)
        self.assertTrue(row["message"].startswith("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."), row)
        self.assertEqual(row["filters"], [{"plugin": "NodeAffinity", "reason": "node(s) didn't match Pod's node affinity/selector", "nodes": 3}])
        self.assertIn("0/3 nodes are available", " ".join(text.out.split()))
        self.nothing_changed()

    def test_whom_it_would_drive_out(self):
        results, text = self.whatif(self.pod("vip", 90, priorityClassName="high"))
        row = results[0]["placements"][0]
        self.assertEqual(row["victims"], [{"namespace": "default", "name": "on-" + row["node"], "priority": -10}])
        self.assertIn("on-" + row["node"], text.out)
        self.nothing_changed()
        for name, p in self.pods().items():
            self.assertNotIn("deletionTimestamp", p["metadata"], name)
            self.assertEqual(p["status"]["phase"], "Running")
        made = {"apiVersion": "apps/v1", "kind": "Deployment", **{k: v for k, v in replica_set("vips", 3).items() if k not in ("apiVersion", "kind")}}
        made["spec"]["template"]["spec"] = self.pod("x", 90, priorityClassName="high")["spec"]
        results, _ = self.whatif(made)  # its pods get their priority from the class, too
        self.assertEqual(sorted(v["name"] for r in results[0]["placements"] for v in r["victims"]), ["on-node-1", "on-node-2", "on-node-3"])
        self.nothing_changed()

    def test_replicas(self):
        made = replica_set("many", 1)
        made["spec"]["template"]["spec"] = self.pod("x", 30, priorityClassName="low")["spec"]  # nobody has to go
        results, text = self.whatif(made, args=("--replicas", "6"), code=1)
        nodes = [r.get("node", "") for r in results[0]["placements"]]
        self.assertEqual([results[0]["placed"], results[0]["unschedulable"], len(nodes)], [5, 1, 6])
        self.assertEqual(sorted(nodes), ["", "node-1", "node-2", "node-2", "node-3", "node-3"])
        self.nothing_changed()
        results, text = self.whatif(made, args=("--fill",))
        self.assertEqual([results[0]["placed"], results[0]["more"]], [1, 4])
        for count in (-1, 10001, 1 << 31, 1 << 40):
            self.cluster.kubestep("whatif", "-f", self.home.write("rs.json", made), "--replicas", str(count), code=1)
        made["spec"]["replicas"] = (1 << 31) - 1
        answer = self.cluster.kubestep("whatif", "-f", self.home.write("rs.json", made), "-o", "json", code=1)
        self.assertLess(len(answer.out) + len(answer.err), 4 << 20)
        self.nothing_changed()

    def test_another_configuration(self):
        file = self.home.write("most.yaml", MOST_ALLOCATED)
        made = replica_set("packed", 4)
        made["spec"]["template"]["spec"] = self.pod("x", 10)["spec"]
        results, text = self.whatif(made, args=("--compare", file))
        self.assertEqual([r["name"] for r in results], ["In force", "Compared"])
        spread, packed = ({p["node"] for p in r["placements"]} for r in results)
        self.assertEqual(packed, {"node-1"})
        self.assertEqual(spread, {"node-1", "node-2", "node-3"})
        deviation = [next(b for b in r["balance"] if b["resource"] == "cpu")["after"]["deviationPercent"] for r in results]
        self.assertLess(deviation[0], deviation[1])
        self.assertEqual(results[0]["balance"][0]["before"], results[1]["balance"][0]["before"])
        for word in ("In force", "Compared"):
            self.assertIn(word, text.out)
        given, _ = self.whatif(made, args=("--config", file))
        self.assertEqual(given[0]["name"], "Given")
        self.assertEqual(given[0]["placements"], results[1]["placements"])
        self.nothing_changed()
        bad = self.home.write("bad.yaml", MOST_ALLOCATED + "percentageOfNodesToScore: 101\n")
        for option, field in (("--config", "configuration"), ("--compare", "compareWith")):
            r = self.cluster.kubestep("whatif", "-f", self.home.write("rs.json", made), option, bad, code=1)
            self.assertIn("spec.%s.percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]" % field, r.err)
        self.nothing_changed()

    def test_manifests(self):
        """Several documents, what makes no pods, namespaces, standard input, and what the API server refuses."""
        self.api.post("/api/v1/namespaces", {"metadata": {"name": "other"}})
        self.addCleanup(self.api.call, "DELETE", "/api/v1/namespaces/other")
        text = "\n---\n".join(json.dumps(o) for o in (
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "svc"}}, self.pod("a", 1),
            dict(self.pod("b", 1), metadata={"name": "b", "namespace": "default"})))
        r = self.cluster.kubestep("whatif", "-f", "-", "-n", "other", "-o", "json", stdin=text)
        self.assertEqual([p["namespace"] + "/" + p["pod"] for p in r.json()["results"][0]["placements"]], ["other/a", "default/b"])
        self.assertIn("left out, for it makes no pods: Service svc", r.err)
        for text, want in (("", "nothing in the manifests makes pods"), ("a: [", "yaml"), (json.dumps(pod("A")), 'Pod "A" is invalid: metadata.name: '),
                           (json.dumps(dict(pod("a"), specs=1)), 'unknown field "specs"'),
                           (json.dumps(pod("a", priorityClassName="gone")), "no PriorityClass with name gone was found")):
            self.assertIn(want, self.cluster.kubestep("whatif", "-f", "-", stdin=text, code=1).err)
        self.assertIn("-f FILE says", self.cluster.kubestep("whatif", code=2).err)

    @unittest.skipUnless(find_kubectl(), "there is no kubectl")
    def test_kubectl(self):
        file = self.home.write("review.json", dict(review(self.pod("web", 10), fill=True), metadata={"name": "asked"}))
        self.assertEqual(self.kubectl("create", "-f", file).out, "schedulingreview.sim.kubestep.dev/asked created\n")
        text = self.kubectl("create", "-f", file, "-o", "yaml").out
        for line in ("  results:\n", "node: node-3\n", "  more: "):
            self.assertIn(line, text)
        self.assertIn("MethodNotAllowed", self.kubectl("get", "schedulingreviews", code=1).err)
        self.assertIn("schedulingreviews", self.kubectl("api-resources", "--verbs=create").out)
        self.assertIn("placements", self.kubectl("explain", "schedulingreviews.status.results").out)
        bad = self.home.write("bad.json", review(pod("A")))
        self.assertIn("metadata.name", self.kubectl("create", "-f", bad, code=1).err)
        self.nothing_changed()


class Restart(harness.Test):
    UP = None

    def test_the_scheduler_is_gone(self):
        """Who asks is told so at once, and is answered again when it is back."""
        cluster = self.home.up("--nodes", "1")
        ask = lambda: cluster.api.call("POST", REVIEWS, review(pod("web")))
        poll("it answers", lambda: ask()[0] == 201)
        pid = cluster.status()["scheduler"]["pid"]
        with open("/proc/%d/cmdline" % pid) as f:
            argv = [a for a in f.read().split("\0") if a and "-fd" not in a]
        harness.end(pid)
        poll("nobody answers", lambda: ask()[0] == 503)
        self.assertEqual(ask()[1]["message"], "no scheduler is connected")
        r = cluster.kubestep("whatif", "-f", self.home.write("pod.json", pod("web")), code=3)
        self.assertIn("no scheduler is connected", r.err)
        argv[0] = harness.program("scheduler")
        with open(self.home.path("again.log"), "w") as log, subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=log) as again:
            self.addCleanup(harness.end, again.pid)
            # A question may be lost with the connection it went to; who asks hears of it after 30 s.
            answer = poll("it answers", lambda: ask()[0] == 201 and ask(), 3 * harness.PATIENCE)
            self.assertEqual(answer[1]["status"]["results"][0]["placed"], 1)
            harness.end(again.pid)


class Turns(harness.Test):
    """Deterministic mode: the same seed has the same history, whatever is asked meanwhile."""
    UP = None
    NODES, PODS = 6, 8

    def start(self, name, *args):
        log = open(self.home.path(name + ".log"), "w")
        self.addCleanup(log.close)
        ready, write = os.pipe()
        p = subprocess.Popen([harness.program(name), "--seed=5", "--ready-fd=%d" % write, *args], pass_fds=[write],
                             stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(p.wait)
        self.addCleanup(p.terminate)
        os.close(write)
        with os.fdopen(ready) as told:
            line = told.readline()
        with open(log.name) as text:
            self.assertTrue(line, "%s did not start: %s" % (name, text.read()))
        return line.split()

    def history(self, asks):
        """What became of some pods: uid, place, the event's uid."""
        directory = self.home.path("asks" if asks else "silent")
        os.mkdir(directory)
        words = self.start("apiserver", "--store=memory", "--secure-port=0", "--turns", "--cert-dir=" + directory, "--kubeconfig-dir=" + directory)
        api = harness.Api(int(words[1]), directory)
        for i in range(self.NODES):
            api.post("/api/v1/nodes", {"metadata": {"name": "n%d" % i}, "status": {"allocatable": {"cpu": "8", "memory": "8Gi", "pods": "20"}}})
            api.call("PATCH", "/api/v1/nodes/n%d" % i, {"spec": {"taints": None}}, {"Content-Type": "application/merge-patch+json"})
        self.start("scheduler", "--kubeconfig=%s/scheduler.kubeconfig" % directory)
        poll("its lease", lambda: api.call("GET", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler")[0] == 200)
        found = []
        for i in range(self.PODS):
            if asks:
                results = api.post(REVIEWS, review(replica_set("rs", 5), pod("x"), fill=True, compareWith=json.loads(
                    '{"apiVersion":"kubescheduler.config.k8s.io/v1","kind":"KubeSchedulerConfiguration"}')))["status"]["results"]
                self.assertEqual([r["placed"] for r in results], [6, 6])
            name = "p%d" % i
            uid = api.post(NS + "/pods", pod(name))["metadata"]["uid"]
            node = poll("it is placed", lambda: api.get(NS + "/pods/" + name)["spec"].get("nodeName"))
            events = poll("its event", lambda: [e for e in api.get(NS + "/events")["items"] if e["involvedObject"]["name"] == name])
            found.append((name, uid, node, [e["metadata"]["uid"] for e in events]))
        return found

    def test_history(self):
        silent = self.history(False)
        self.assertGreater(len({node for _, _, node, _ in silent}), 2)
        self.assertEqual(self.history(True), silent)


if __name__ == "__main__":
    harness.main()
