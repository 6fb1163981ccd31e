#!/usr/bin/env python3
"""kubestep step: a scheduling cycle stops at each plugin, in scripts; breakpoints; who waits meanwhile; nobody stays parked."""
import os
import queue
import re
import signal
import subprocess
import threading
import unittest

import harness
from harness import PATIENCE, pod, poll, program

PODS = "/api/v1/namespaces/default/pods"
STEPPERS = "/apis/sim.kubestep.dev/v1/steppers"
PRE_FILTER = [("NodeAffinity", "Skip"), ("NodePorts", "Skip"), ("NodeResourcesFit", "Success"), ("VolumeRestrictions", "Skip"),
              ("NodeVolumeLimits", "Skip"), ("VolumeBinding", "Skip"), ("VolumeZone", "Skip"), ("PodTopologySpread", "Skip"),
              ("InterPodAffinity", "Skip"), ("DynamicResources", "Skip"), ("NodeDeclaredFeatures", "Skip")]
FILTER = ["NodeUnschedulable", "NodeName", "TaintToleration", "NodeResourcesFit"]
PRE_SCORE = [("NodeAffinity", "Skip"), ("NodeResourcesFit", "Success"), ("PodTopologySpread", "Skip"), ("InterPodAffinity", "Skip"),
             ("NodeResourcesBalancedAllocation", "Success")]
SCORE = ["TaintToleration", "NodeResourcesFit", "NodeResourcesBalancedAllocation", "ImageLocality"]
ALL_FIRST = [("PreEnqueue", "SchedulingGates", "Success"), ("PreEnqueue", "DefaultPreemption", "Success")]
BOUND = 20  # parks in a row that a test lets go without asking


class Session:
    """One kubestep step whose stdin and stdout are pipes."""

    def __init__(self, test, *args):
        self.test = test
        argv = [program("kubestep"), "step", "--name", test.cluster.name, "--timeout", "%ds" % PATIENCE, *args]
        self.p = subprocess.Popen(argv, env=test.home.env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        test.addCleanup(self.close)
        self.first = self.line()  # it waits: the scheduler knows of it

    def read(self):
        for line in self.p.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def line(self):
        return self.lines.get(timeout=PATIENCE)

    def say(self, text):
        self.p.stdin.write(text + "\n")
        self.p.stdin.flush()

    def stop(self):
        """(pod, point, plugin, node, verdict, the rest) of the next line."""
        line = self.line()
        m = re.fullmatch(r"default/(\S+) (\S+) (\S+) (\S+) ([A-Za-z]+)(.*)", line or "")
        self.test.assertTrue(m, "a stop: %s" % line)
        return m.groups()

    def go(self, command):
        self.say(command)
        return self.stop()

    def until(self, pattern, command="n"):
        """Steps until a line looks like this."""
        for _ in range(200):
            line = self.line()
            if re.search(pattern, line or ""):
                return line
            self.test.assertIsNotNone(line, pattern)
            self.say(command)
        raise AssertionError("never: " + pattern)

    def end(self):
        """The rest of its output; it has ended."""
        rest = []
        while (line := self.line()) is not None:
            rest.append(line)
        self.p.wait(timeout=PATIENCE)
        return rest

    def close(self):
        if self.p.poll() is None:
            self.p.kill()
        self.p.wait()
        self.p.stdin.close()
        self.p.stdout.close()


class Step(harness.Test):
    UP = ("--nodes", "2")

    def setUp(self):
        self.pod_name = self._testMethodName.replace("test_", "").replace("_", "-")
        self.addCleanup(self.clean)

    def clean(self):
        poll("no stepper is left", lambda: not self.steppers())
        for p in self.api.get(PODS)["items"]:
            self.api.call("DELETE", PODS + "/" + p["metadata"]["name"] + "?gracePeriodSeconds=0")
        poll("no pod is left", lambda: not self.api.get(PODS)["items"])

    def steppers(self):
        return self.api.get(STEPPERS)["items"]

    def create(self, name=None, **spec):
        return self.api.post(PODS, pod(name or self.pod_name, **spec))

    def node_of(self, name=None):
        status, got = self.api.call("GET", PODS + "/" + (name or self.pod_name))
        return got["spec"].get("nodeName") if status == 200 else None

    # ---- What stops, and in which order ----

    def test_each_call(self):
        """A pod that is placed among two nodes: every point and plugin in upstream's order."""
        s = Session(self, "pod/" + self.pod_name)
        self.assertIn("Waiting for pod/each-call to be created", s.first)
        self.create()
        seen = []
        while True:
            line = s.line()
            if " is on " in line:
                break
            m = re.fullmatch(r"default/each-call (\S+) (\S+) (\S+) (\S+)( \d+)?", line)
            self.assertTrue(m, line)
            seen.append(m.groups())
            self.assertIsNone(self.node_of() if m[1] != "Bind" else None, line)
            s.say("n")
        want = [(point, plugin, "-", verdict) for point, plugin, verdict in ALL_FIRST]
        want += [("PreFilter", p, "-", v) for p, v in PRE_FILTER]
        self.assertEqual([t[:4] for t in seen[:len(want)]], want)
        rest = seen[len(want):]
        nodes = [t[2] for t in rest[:2 * len(FILTER):len(FILTER)]]  # where filtering begins moves on from pod to pod
        self.assertEqual(sorted(nodes), ["node-1", "node-2"])
        want = [("Filter", p, n, "Success") for n in nodes for p in FILTER]
        want += [("PreScore", p, "-", v) for p, v in PRE_SCORE]
        want += [("Score", p, n, "Success") for p in SCORE for n in nodes]
        want += [("NormalizeScore", "TaintToleration", "-", "Success"), ("Reserve", "VolumeBinding", self.node_of(), "Success"),
                 ("Bind", "DefaultBinder", self.node_of(), "Success")]
        self.assertEqual([t[:4] for t in rest], want)
        self.assertTrue(all((t[4] is not None) == (t[0] == "Score") for t in seen), seen)
        self.assertEqual(line, "default/each-call is on " + self.node_of())
        self.assertEqual(s.end(), [])
        self.assertEqual(s.p.returncode, 0)

    def test_points(self):
        """p goes to the next extension point; what is found there is that of the decision that is kept."""
        s = Session(self, "pod/" + self.pod_name)
        self.create()
        points = [s.stop()[1]]
        while points[-1] != "Bind":
            points.append(s.go("p")[1])
        self.assertEqual(points, ["PreEnqueue", "PreFilter", "Filter", "PreScore", "Score", "NormalizeScore", "Reserve", "Bind"])
        s.say("p")
        self.assertRegex(s.end()[-1], r"^default/points is on node-\d$")
        d = self.cluster.kubestep("why", "pod/points", "-o", "json").json()
        self.assertEqual((d["status"]["result"], d["status"]["feasible"]), ("Scheduled", 2))

    def test_looking(self):
        """w shows nodes and points as far as they are known; looking does not go on."""
        s = Session(self, "pod/" + self.pod_name)
        self.create()
        self.assertEqual(s.stop()[1:3], ("PreEnqueue", "SchedulingGates"))
        s.say("w")
        self.assertIn("nothing yet", s.line())
        s.say("n")
        s.until(r" Filter NodeUnschedulable ")
        s.say("n")
        first = s.stop()
        s.say("w")
        self.assertEqual(s.line(), "so far: 0 of 2 nodes looked at, 0 fit")
        self.assertRegex(s.line(), "^NODES +FIT")
        self.assertRegex(s.line(), r"^%s +\.\." % first[3])
        s.say("p")
        self.assertEqual(s.stop()[1], "PreScore")
        s.say("w")
        self.assertEqual(s.line(), "so far: 2 of 2 nodes looked at, 2 fit")
        self.assertRegex(s.line(), "^NODES +FIT")
        self.assertRegex(s.line(), r"^node-\d,node-\d +yes")
        s.say("p")
        self.assertEqual(s.stop()[1], "Score")
        s.say("p")
        self.assertEqual(s.stop()[1], "NormalizeScore")
        s.say("w")
        self.assertEqual(s.line(), "so far: 2 of 2 nodes looked at, 2 fit")
        self.assertRegex(s.line(), "^NODES +FIT +Taints")
        self.assertRegex(s.line(), r"^node-\d,node-\d +yes +100x3 +~\d+x1")
        s.say("s")
        self.assertEqual(s.line(), "TaintToleration is in scheduler/plugins/taint_toleration.c")
        s.say("nonsense")
        self.assertRegex(s.line(), "^commands: ")
        self.assertIsNone(self.node_of())
        s.say("q")
        self.assertRegex(s.end()[-1], r"^default/looking is on node-\d$")

    def test_a_pod_that_fits_nowhere(self):
        s = Session(self, "pod/" + self.pod_name)
        self.create(cpu="1000")
        self.assertRegex(s.until(r" PostFilter DefaultPreemption"), r"PostFilter DefaultPreemption - Unschedulable: preemption: 0/2 nodes are available")
        s.say("n")
        self.assertRegex(s.end()[-1], r"^default/a-pod-that-fits-nowhere is on no node: 0/2 nodes are available: 2 Insufficient cpu")
        self.assertEqual(s.p.returncode, 1)

    # ---- Breakpoints ----

    def test_break_on_a_verdict(self):
        """Pods that do not meet it pass; of those that do one comes after the other."""
        s = Session(self, "--break", "plugin=NodeResourcesFit,verdict=UnschedulableAndUnresolvable", "--break", "pod=named-*,point=Score,node=node-2")
        self.create("small")
        poll("it passes", lambda: self.node_of("small"))
        self.create("big-1", cpu="1000")
        at = s.stop()
        self.assertEqual(at[:3] + at[4:5], ("big-1", "Filter", "NodeResourcesFit", "UnschedulableAndUnresolvable"))
        self.assertEqual(at[5], ": Insufficient cpu")
        self.create("named-1")
        other = {"node-1": "node-2", "node-2": "node-1"}[at[3]]
        self.assertEqual(s.go("c")[:5], ("big-1", "Filter", "NodeResourcesFit", other, "UnschedulableAndUnresolvable"))
        s.say("c")
        self.assertRegex(s.line(), "^default/big-1 is on no node")
        self.assertEqual(s.stop()[:4], ("named-1", "Score", "TaintToleration", "node-2"))
        self.assertEqual(s.go("c")[:4], ("named-1", "Score", "NodeResourcesFit", "node-2"))
        s.say("b point=Bind")
        self.assertEqual(s.go("p")[1:4], ("Score", "NodeResourcesBalancedAllocation", "node-2"))  # sooner than the next point
        self.assertEqual(s.go("c")[1:4], ("Score", "ImageLocality", "node-2"))
        self.assertEqual(s.go("p")[1], "NormalizeScore")
        self.assertEqual(s.go("c")[1], "Bind")
        self.assertEqual(self.steppers()[0]["spec"]["breakpoints"][2], {"point": "Bind"})
        s.say("c")
        self.assertRegex(s.line(), r"^default/named-1 is on node-\d$")
        self.create("last")
        self.assertEqual(s.stop()[:3], ("last", "Bind", "DefaultBinder"))
        s.say("q")
        s.end()
        self.assertEqual(s.p.returncode, 0)

    def test_words_that_are_none(self):
        for spec, why in (("plugin=NodeAfinity", 'no plugin "NodeAfinity"; there are SchedulingGates, '),
                          ("point=Filters", 'no point "Filters"; there are PreEnqueue, PreFilter, Filter, '),
                          ("verdict=bad", 'no verdict "bad"; there are Success, '), ("nodes=x", 'no key "nodes"; there are '),
                          ("point=Score,plugin=NodeName", "plugin NodeName is not asked at Score"),
                          ("point=Permit", "no plugin is asked at Permit"), ("web", '"web" is no breakpoint')):
            self.assertIn(why, self.cluster.kubestep("step", "--break", spec, code=2).err)

    def test_the_server_checks_too(self):
        def post(*breakpoints):
            return self.api.call("POST", STEPPERS, {"metadata": {"name": "x"}, "spec": {"points": True, "breakpoints": list(breakpoints)}})
        for b, why in (({"plugin": "Nope"}, 'spec.breakpoints[0].plugin: Unsupported value: "Nope": supported values: "SchedulingGates", '),
                       ({"point": "Permit"}, 'spec.breakpoints[0].point: Invalid value: "Permit": no plugin is asked there'),
                       ({"point": "Score", "plugin": "NodeName"}, "plugin NodeName is not asked there"),
                       ({"node": "A B"}, "spec.breakpoints[0].node: Invalid value"), ({"nodes": "a"}, "a breakpoint has point, plugin"),
                       ({"verdict": 3}, "must be a text"), ("x", "spec.breakpoints[0]: Invalid value")):
            status, got = post(b)
            self.assertEqual(status, 422, got)
            self.assertIn(why, got["message"])
        status, got = post(*[{}] * 17)
        self.assertEqual(status, 422)
        self.assertIn("spec.breakpoints: Too many: 17: must have at most 16 items", got["message"])

    # ---- Others ----

    def test_others_go(self):
        s = Session(self, "pod/" + self.pod_name)
        self.create()
        s.stop()
        self.create("bystander")
        poll("the other is placed meanwhile", lambda: self.node_of("bystander"))
        self.assertIsNone(self.node_of())
        s.say("q")
        self.assertRegex(s.end()[-1], r"is on node-\d$")

    def test_others_wait(self):
        s = Session(self, "pod/" + self.pod_name, "--others", "wait")
        self.create()
        s.stop()
        self.create("bystander")
        for _ in range(3):  # time that others would need many times over
            s.say("n")
            s.stop()
            self.create("later-" + str(_))
        self.assertIsNone(self.node_of("bystander"))
        self.assertIsNone(self.node_of("later-0"))
        s.say("q")
        s.end()
        poll("all are placed afterwards", lambda: all(self.node_of(n) for n in ("bystander", "later-0", "later-2")))

    def test_one_after_the_other(self):
        """Without a name the next pod is stopped when one is through."""
        s = Session(self, "--others", "wait")
        for name in ("a", "b"):
            self.create(name)
        for name in ("a", "b"):
            self.assertEqual(s.stop()[:2], (name, "PreEnqueue"))
            s.say("c")
            self.assertRegex(s.line(), "^default/%s is on " % name)
        s.p.stdin.close()
        self.create("c")
        self.assertEqual(s.stop()[0], "c")  # no more commands: it goes on by itself
        self.assertRegex(s.end()[-1], "^default/c is on ")

    # ---- The cluster moves on ----

    def test_the_node_vanishes(self):
        self.api.post("/api/v1/nodes", {"metadata": {"name": "extra", "labels": {"extra": "yes"}}, "status": {"allocatable": {
            "cpu": "8", "memory": "8Gi", "pods": "110"}, "capacity": {"cpu": "8", "memory": "8Gi", "pods": "110"}}})
        term = {"weight": 100, "preference": {"matchExpressions": [{"key": "extra", "operator": "Exists"}]}}
        s = Session(self, "pod/" + self.pod_name)
        self.create(tolerations=[{"operator": "Exists"}], priority=0,
                    affinity={"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [term]}})
        self.assertRegex(s.until(r" Reserve "), "VolumeBinding extra Success")
        self.assertEqual(self.api.call("DELETE", "/api/v1/nodes/extra")[0], 200)
        poll("the scheduler knows", lambda: self.knows_nodes(2))
        s.say("n")
        self.assertRegex(s.line(), r" Recheck - (node-\d) Success: the cluster moved on meanwhile: \1 instead of extra, which is gone$")
        s.say("n")
        self.assertRegex(s.until(r" is on "), r"is on (node-\d): the cluster moved on meanwhile: \1 instead of extra, which is gone$")

    def knows_nodes(self, count):
        """A pod that nobody steps is decided among so many nodes."""
        name = "probe-%d" % len(self.api.get(PODS)["items"])
        self.create(name)
        poll("placed", lambda: self.node_of(name))
        status = poll("its decision", lambda: self.api.call("GET", "/apis/sim.kubestep.dev/v1/namespaces/default/decisions/%s-1" % name))
        return status[0] == 200 and status[1]["status"]["allNodes"] == count

    def test_the_node_refuses_now(self):
        s = Session(self, "pod/" + self.pod_name)
        self.create()
        node = s.until(r" Reserve ").split()[3]
        cordon = {"spec": {"unschedulable": True}}
        head = {"Content-Type": "application/merge-patch+json"}
        self.assertEqual(self.api.call("PATCH", "/api/v1/nodes/" + node, cordon, head)[0], 200)
        self.addCleanup(self.api.call, "PATCH", "/api/v1/nodes/" + node, {"spec": {"unschedulable": None}}, head)
        other = {"node-1": "node-2", "node-2": "node-1"}[node]
        for i in range(BOUND):  # the scheduler knows when others avoid the node
            self.create("other-%d" % i)
            poll("placed", lambda: self.node_of("other-%d" % i))
        s.say("c")
        self.assertRegex(s.until(r" is on ", "c"), r"is on %s: .* instead of %s, which does not fit any more \(NodeUnschedulable: " % (other, node))

    # ---- Nobody stays parked ----

    def test_the_command_is_killed(self):
        s = Session(self, "pod/" + self.pod_name)
        self.create()
        s.stop()
        self.assertEqual(len(self.steppers()[0]["status"]["parked"]), 1)
        s.p.kill()
        poll("the pod goes on by itself", self.node_of)

    def test_interrupted(self):
        s = Session(self, "pod/" + self.pod_name)
        self.create()
        s.stop()
        s.p.send_signal(signal.SIGINT)
        self.assertEqual(s.p.wait(timeout=PATIENCE), 130)
        self.assertEqual(self.steppers(), [])
        poll("the pod goes on by itself", self.node_of)

    def test_the_pod_is_deleted(self):
        s = Session(self, "pod/" + self.pod_name)
        self.create()
        s.stop()
        self.assertEqual(self.api.call("DELETE", PODS + "/" + self.pod_name)[0], 200)
        poll("nothing stands", lambda: not self.steppers()[0]["status"]["parked"])
        s.say("n")
        rest = s.end()
        self.assertIn("it has gone on by itself", rest)
        self.assertRegex(rest[-1], "^default/the-pod-is-deleted is on no node: the pod is gone")

    def test_it_is_placed_already(self):
        self.create()
        poll("placed", self.node_of)
        r = self.cluster.kubestep("step", "pod/" + self.pod_name, code=1)
        self.assertRegex(r.err, r"pod/it-is-placed-already is on node-\d already")


class Ends(harness.Test):
    """What ends while a pod stands."""
    UP = None

    def stand(self, *up):
        self.cluster = self.home.up(*up)
        self.api = self.cluster.api
        s = Session(self, "pod/web")
        self.api.post(PODS, pod("web"))
        s.stop()
        return s

    def test_the_scheduler_is_told_to_stop(self):
        s = self.stand("--name", "stops")
        pid = self.cluster.status()["scheduler"]["pid"]
        os.kill(pid, signal.SIGTERM)
        poll("it ends", lambda: not harness.alive(pid), seconds=5)
        poll("nothing stands", lambda: not self.api.get(STEPPERS)["items"][0]["status"]["parked"])
        s.close()

    def test_the_api_server_dies(self):
        s = self.stand("--name", "dies")
        harness.end(self.cluster.status()["apiserver"]["pid"])
        s.say("n")
        self.assertIn("lost the watch on the stepper", "\n".join(s.end()))
        self.assertEqual(s.p.returncode, 3)

    def test_in_the_textbook_flow_with_a_slow_clock(self):
        """Steps 4 to 6 are requests then; the clock stands still."""
        self.cluster = self.home.up("--name", "textbook", "--flow", "textbook")
        self.api = self.cluster.api
        self.cluster.kubestep("clock", "pause")
        s = Session(self, "pod/web")
        threading.Thread(target=self.api.call, args=("POST", PODS, pod("web")), daemon=True).start()
        self.assertEqual(s.stop()[1], "PreEnqueue")
        s.say("p")
        self.assertEqual(s.stop()[1], "PreFilter")
        s.say("q")
        self.assertRegex(s.end()[-1], r"^default/web is on node-\d$")


if __name__ == "__main__":
    harness.main()
