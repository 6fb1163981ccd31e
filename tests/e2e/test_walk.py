#!/usr/bin/env python3
"""The fifteen steps: kubestep walk, trace and why, as text and as JSON, in both orders, also of pods that get nowhere."""
import json
import os
import re
import subprocess
import unittest

import harness
from harness import PATIENCE, pod, poll, program, replica_set

SLUGS = ["request-received", "persisted", "offered-to-scheduler", "nodes-requested", "nodes-read", "nodes-returned",
         "placement-computed", "placement-returned", "placement-persisted", "handed-to-kubelet", "container-created",
         "wrapped-as-pod", "status-reported", "status-persisted", "client-told"]
FROM_TO = ["client apiserver", "apiserver store", "apiserver scheduler", "scheduler apiserver", "apiserver store", "apiserver scheduler",
           "scheduler", "scheduler apiserver", "apiserver store", "apiserver kubelet", "kubelet runtime", "kubelet", "kubelet apiserver",
           "apiserver store", "apiserver client"]
INSIDE = {7, 12}      # steps within one component: no message
CACHED = {4, 5, 6}    # real flow: from the scheduler's cache
BIG = "1000"          # more CPUs than a node has


class Walk(harness.Test):
    def setUp(self):
        self.pod_name = self._testMethodName.replace("test_", "").replace("_", "-")

    def walk(self, *args, code=0, **more):
        return self.cluster.kubestep("walk", *args, code=code, **more)

    def file(self, **spec):
        return self.home.write(self.pod_name + ".json", pod(self.pod_name, **spec))

    def steps(self, r):
        """The numbers of the step lines of a text."""
        return [int(n) for n in re.findall(r"(?m)^ *(?:[0-9.]+|-) [ *]([ 0-9]{2}) [a-z-]+ ", r.out)]

    def check_steps(self, walk, flow, upto=15):
        steps = walk["steps"]
        self.assertEqual(walk["flow"], flow)
        self.assertEqual([s["number"] for s in steps if s["number"] <= upto], list(range(1, upto + 1)))
        ms = [s["ms"] for s in steps if "ms" in s]
        self.assertTrue(all(m >= 0 for m in ms), ms)
        self.assertEqual(ms[0], 0)
        for s in steps:
            n = s["number"]
            self.assertEqual(s["slug"], SLUGS[n - 1])
            self.assertEqual(" ".join(filter(None, [s["from"], s.get("to")])), FROM_TO[n - 1])
            cached = flow == "real" and n in CACHED
            self.assertEqual(s["message"], not (n in INSIDE or cached), s)
            self.assertEqual("ms" in s, not cached and not s.get("pending"), s)
        return {s["number"]: s for s in steps}

    # ---- Pods that get there ----

    def test_textbook_text(self):
        r = self.walk("-f", self.file())
        self.assertEqual(self.steps(r), list(range(1, 16)))
        self.assertIn("Textbook order", r.out)
        self.assertRegex(r.out, r"pod/textbook-text is Running on node-\d\.")
        self.assertRegex(r.out, r"(?m)^ *[0-9.]+ \*15 client-told .* 201, held [0-9.]+ ms$")
        self.assertEqual(max(len(line) for line in r.out.splitlines() if " -> " in line) < 100, True)
        starred = [int(n) for n in re.findall(r"(?m)^ *(?:[0-9.]+|-) \*([ 0-9]{2}) ", r.out)]
        self.assertEqual(starred, [3, 4, 5, 6, 10, 11, 12, 15])
        self.assertIn("Next: kubestep walk --step --replace -f ", r.out)

    def test_textbook_json(self):
        s = self.check_steps(self.walk("-f", self.file(), "-o", "json").json(), "textbook")
        self.assertEqual((s[1]["verb"], s[1]["path"]), ("POST", "/api/v1/namespaces/default/pods"))
        self.assertLess(s[2]["revision"], s[9]["revision"])
        self.assertLess(s[9]["revision"], s[14]["revision"])
        self.assertEqual((s[5]["count"], s[6]["count"], s[7]["nodes"]), (3, 3, 3))
        self.assertEqual((s[15]["how"], s[15]["code"]), ("response", 201))
        times = [s[n]["ms"] for n in (1, 2, 3, 4, 7, 8, 9, 10, 13, 14, 15)]
        self.assertEqual(times, sorted(times))
        got = self.api.get("/api/v1/namespaces/default/pods/" + self.pod_name)
        self.assertEqual((got["status"]["phase"], got["spec"]["nodeName"]), ("Running", s[7]["node"]))

    def test_real_text(self):
        r = self.walk("--flow", "real", "-f", self.file())
        self.assertEqual(self.steps(r), list(range(1, 16)))
        self.assertNotIn("*", r.out)
        self.assertRegex(r.out, r"(?m)^ +- +4 nodes-requested .*from its cache")
        self.assertRegex(r.out, r" 2 persisted .*\(answered 201\)")

    def test_real_json(self):
        s = self.check_steps(self.walk("--flow", "real", "-f", self.file(), "-o", "json").json(), "real")
        self.assertEqual(s[2]["code"], 201)
        self.assertIn("revision", s[4])
        self.assertIn(s[15]["how"], ("read", "watch"))

    def test_from_stdin(self):
        r = self.walk("-f", "-", stdin=json.dumps(pod(self.pod_name)))
        self.assertEqual(self.steps(r)[-1], 15)

    def test_existing_pod(self):
        path = self.file()
        self.walk("-f", path)
        r = self.walk("-f", path, code=1)
        self.assertIn("pod/existing-pod exists already", r.err)
        self.assertIn("kubestep walk --replace -f " + path, r.err)
        before = self.api.get("/api/v1/namespaces/default/pods/" + self.pod_name)["metadata"]["uid"]
        for flow in ("textbook", "real", "textbook"):
            self.check_steps(self.walk("--replace", "-f", path, "-o", "json", "--flow", flow).json(), flow)
            now = self.api.get("/api/v1/namespaces/default/pods/" + self.pod_name)["metadata"]["uid"]
            self.assertNotEqual(now, before)
            before = now

    def test_replace_when_there_is_none(self):
        self.assertEqual(self.steps(self.walk("--replace", "-f", self.file()))[-1], 15)

    def test_other_namespace(self):
        self.api.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "elsewhere"}})
        poll("its account", lambda: self.api.call("GET", "/api/v1/namespaces/elsewhere/serviceaccounts/default")[0] == 200)
        walk = self.walk("-n", "elsewhere", "-f", self.file(), "-o", "json").json()
        self.assertEqual(walk["namespace"], "elsewhere")
        self.check_steps(walk, "textbook")
        trace = self.cluster.kubestep("trace", "pod/" + self.pod_name, "-n", "elsewhere", "-o", "json").json()
        self.assertEqual(trace["steps"], walk["steps"])

    def next_pod(self, *args):
        """kubestep walk --next, once it waits."""
        p = subprocess.Popen([program("kubestep"), "walk", "--next", *args], env=self.home.env, text=True, stdout=subprocess.PIPE)
        self.addCleanup(p.kill)
        poll("a stepper waits", lambda: self.api.get("/apis/sim.kubestep.dev/v1/steppers")["items"])
        return p

    def test_next(self):
        for flow in ("textbook", "real"):
            p = self.next_pod("--flow", flow, "-o", "json")
            status, _ = self.api.call("POST", "/api/v1/namespaces/default/pods", pod("next-" + flow))
            self.assertEqual(status, 201)
            out = p.communicate(timeout=PATIENCE)[0]
            self.assertEqual(p.returncode, 0, out)
            walk = json.loads(out)
            self.assertEqual(walk["pod"], "next-" + flow)
            self.check_steps(walk, flow)
            poll("no stepper is left", lambda: not self.api.get("/apis/sim.kubestep.dev/v1/steppers")["items"])

    def test_deployment_and_its_service(self):
        """What pods may need is created first, then what makes them; the walk is of the first pod."""
        example = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "deployment.yaml")
        out = self.walk("-f", example).out
        self.assertLess(out.index("created Service/web"), out.index("created Deployment/web; its controller creates the pods"))
        self.assertRegex(out, r"pod/web-[a-z0-9]+-[a-z0-9]+ is Running on node-\d")

    def test_nothing_that_leads_to_a_pod(self):
        for text, why in (({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}, "nothing in it leads to a pod"),
                          ({"apiVersion": "v1", "kind": "Nope", "metadata": {"name": "x"}}, 'no kind "Nope" in version "v1"')):
            self.assertIn(why, self.walk("-f", self.home.write("no.json", text), code=2).err)
        self.assertEqual(self.api.call("GET", "/api/v1/namespaces/default/configmaps/x")[0], 404)

    def test_replica_set_prelude(self):
        path = self.home.write("rs.json", replica_set(self.pod_name, 2))
        r = self.walk("-f", path)
        self.assertIn("client created ReplicaSet/replica-set-prelude; its controller creates the pods", r.out)
        self.assertEqual(self.steps(r), list(range(1, 16)))
        self.assertRegex(r.out, r"pod/replica-set-prelude-[a-z0-9]{5} is Running on node-")

    # ---- Pods that do not ----

    def test_unschedulable(self):
        path = self.file(cpu=BIG)
        for flow in ("textbook", "real"):
            r = self.walk("--replace", "--flow", flow, "-f", path, code=1)
            self.assertEqual([n for n in self.steps(r) if n < 15], [1, 2, 3, 4, 5, 6, 7])
            self.assertIn("pod/unschedulable stands at step 7, placement-computed: FailedScheduling: "
                          "0/3 nodes are available: 3 Insufficient cpu.", r.out)
            self.assertIn("Next: kubestep why pod/unschedulable", r.out)
            walk = self.walk("--replace", "--flow", flow, "-f", path, "-o", "json", code=1).json()
            s = self.check_steps(walk, flow, upto=7)
            self.assertEqual((s[7]["fit"], s[7]["nodes"], s[7]["why"]), (0, 3, ["3 Insufficient cpu"]))
            self.assertEqual((walk["phase"], walk["reason"]), ("Ended", "FailedScheduling"))
        r = self.cluster.kubestep("why", "pod/unschedulable")
        self.assertIn("pod/unschedulable is on no node: 0/3 nodes are available: 3 Insufficient cpu.", r.out)
        self.assertIn("NodeResourcesFit: Insufficient cpu", r.out)

    def test_timeout(self):
        gated = self.file(schedulerName="somebody-else")
        r = self.walk("-f", gated, "--flow", "real", "--timeout", "300ms", code=4)
        self.assertRegex(r.err, r"after 300 ms the walk stands at step \d+, [a-z-]+\n")
        self.assertRegex(r.err, r"(?m)^  next: kubestep ")

    def test_refused_pod(self):
        bad = pod("Not_A_Name")
        r = self.walk("-f", self.home.write("bad.json", bad), code=1)
        self.assertIn("Invalid value", r.err)

    def test_usage(self):
        for args in ([], ["-f", "a", "--next"], ["-f", self.file(), "--flow", "slow"], ["--nope"], ["-f", self.file(), "-o", "xml"]):
            self.assertTrue(self.walk(*args, code=2).err)
        self.assertIn("/no/such/file", self.walk("-f", "/no/such/file", code=1).err)
        self.walk("-f", self.home.write("empty.yaml", "\n"), code=2)
        self.walk("-f", self.home.write("broken.yaml", "a: [1"), code=2)
        r = self.walk("-f", self.home.write("node.json", {"apiVersion": "v1", "kind": "Gadget", "metadata": {"name": "x"}}), code=None)
        self.assertIn(r.code, (1, 2))
        self.assertIn("Gadget", r.err)

    # ---- Afterwards ----

    def test_trace_of_any_client(self):
        self.api.post("/api/v1/namespaces/default/pods", pod(self.pod_name))

        def told():
            self.api.get("/api/v1/namespaces/default/pods/" + self.pod_name)
            walk = self.cluster.kubestep("trace", "pod/" + self.pod_name, "-o", "json").json()
            return walk if walk["phase"] == "Done" and not walk["steps"][-1].get("pending") else None
        walk = poll("the pod has run and was read", told)
        self.check_steps(walk, "real")
        r = self.cluster.kubestep("trace", "pod/" + self.pod_name)
        self.assertEqual(self.steps(r), list(range(1, 16)))
        self.assertEqual(self.cluster.kubestep("trace", self.pod_name).out, r.out)
        self.assertIn("not found", self.cluster.kubestep("trace", "pod/nope", code=1).err)
        self.cluster.kubestep("trace", code=2)

    def test_why(self):
        walk = self.walk("-f", self.file(), "-o", "json").json()
        node = walk["steps"][6]["node"]
        r = self.cluster.kubestep("why", "pod/" + self.pod_name)
        self.assertRegex(r.out, r"^pod/why is on %s: \d+ points" % node)
        self.assertIn("300 = 100 x weight 3  TaintToleration", r.out)
        self.assertIn("scheduler/plugins/taint_toleration.c", r.out)
        d = self.cluster.kubestep("why", "pod/" + self.pod_name, "-o", "json").json()
        self.assertEqual((d["status"]["node"], d["status"]["feasible"]), (node, 3))
        for group in d["status"]["nodes"]:
            self.assertEqual(sum(s["weighted"] for s in group["scores"]), group["total"])
        self.assertIn("no scheduling decision", self.cluster.kubestep("why", "pod/nope", code=1).err)

    def test_walks_are_no_history(self):
        """Looking does not change what is looked at."""
        self.walk("-f", self.file())
        revision = lambda: self.api.get("/api/v1/namespaces/default/configmaps")["metadata"]["resourceVersion"]
        quiet = poll("a moment without writes", lambda: (lambda a, b: a if a == b else None)(revision(), revision()))
        self.cluster.kubestep("trace", "pod/" + self.pod_name)
        self.cluster.kubestep("why", "pod/" + self.pod_name)
        self.api.get("/apis/sim.kubestep.dev/v1/walks")
        self.assertLessEqual(int(revision()) - int(quiet), 3)  # leases may beat meanwhile


class WithoutCluster(harness.Test):
    UP = None

    def test_starts_a_throw_away_one(self):
        r = self.home.kubestep("walk", "-f", self.home.write("pod.json", pod("web")))
        self.assertRegex(r.out, r'^No cluster "default": started a throw-away one \(3 nodes, \d+ ms\)\.\n')
        self.assertRegex(r.out, r"pod/web is Running on node-\d\.")
        self.assertEqual(harness.processes_in(self.home.dir), [])
        self.assertEqual(self.home.kubestep("list", "-o", "json").json(), {"clusters": []})

    def test_json_is_only_json(self):
        walk = self.home.kubestep("walk", "-o", "json", "-f", self.home.write("pod.json", pod("web"))).json()
        self.assertEqual(len(walk["steps"]), 15)
        self.assertEqual(harness.processes_in(self.home.dir), [])


if __name__ == "__main__":
    harness.main()
