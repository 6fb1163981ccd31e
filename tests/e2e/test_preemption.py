#!/usr/bin/env python3
"""Preemption with real kubectl: an important pod takes the place of a less important one, one that may not preempt waits; gates; and
what the Decisions tell of it."""
import harness
from harness import pod, poll

NS = "/api/v1/namespaces/default"
DECISIONS = "/apis/sim.kubestep.dev/v1/namespaces/default/decisions"


class Preemption(harness.Test):
    UP = ("--nodes", "1")

    def setUp(self):
        for name, value, policy in (("low", 10, "PreemptLowerPriority"), ("high", 1000, "PreemptLowerPriority"),
                                    ("polite", 1000, "Never")):
            self.kubectl("apply", "-f", self.home.write(name + "-class.json", {
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": value,
                "preemptionPolicy": policy}))

    def get(self, name):
        return self.api.get(NS + "/pods/" + name)

    def condition(self, name, kind="PodScheduled"):
        found = [c for c in self.get(name).get("status", {}).get("conditions", []) if c["type"] == kind]
        return found[0] if found else {}

    def milli(self):
        """All of the node's cpu but a little."""
        text = self.api.get("/api/v1/nodes")["items"][0]["status"]["allocatable"]["cpu"]
        return (int(text[:-1]) if text.endswith("m") else 1000 * int(text)) - 100

    def make(self, name, of, milli, **spec):
        p = pod(name, **{"priorityClassName": of, "terminationGracePeriodSeconds": 0, **spec})
        p["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "%dm" % milli}}
        self.kubectl("apply", "-f", self.home.write(name + ".json", p))
        self.addCleanup(self.kubectl, "delete", "pod", name, "--now", "--ignore-not-found")

    def runs(self, name):
        poll(name + " runs", lambda: self.get(name)["status"].get("phase") == "Running")

    def events(self, reason, name):
        return [e for e in self.api.get("/apis/events.k8s.io/v1/namespaces/default/events")["items"]
                if e["reason"] == reason and e["regarding"]["name"] == name]

    def decisions(self, name):
        return [d for d in self.api.get(DECISIONS)["items"] if d["spec"]["pod"] == name]

    def test_an_important_pod_gets_its_place(self):
        self.make("victim", "low", self.milli())
        self.runs("victim")
        victim = self.get("victim")
        node = victim["spec"]["nodeName"]
        self.make("chosen", "high", self.milli())
        self.runs("chosen")
        chosen = self.get("chosen")
        self.assertEqual(chosen["spec"]["nodeName"], node)
        self.assertIn('pods "victim" not found', self.kubectl("get", "pod", "victim", code=1).err)
        event = poll("the victim's event", lambda: self.events("Preempted", "victim"))[0]
        self.assertEqual(event["note"], "Preempted by pod %s on node %s" % (chosen["metadata"]["uid"], node))
        self.assertEqual((event["type"], event["action"]), ("Normal", "Preempting"))
        self.assertEqual(event["regarding"]["uid"], victim["metadata"]["uid"])
        self.assertEqual((event["related"]["kind"], event["related"]["name"]), ("Pod", "chosen"))
        failed = poll("the failure's event", lambda: self.events("FailedScheduling", "chosen"))
        self.assertEqual(failed[0]["note"], "0/1 nodes are available: 1 Insufficient cpu.")
        first, last = poll("two decisions", lambda: len(self.decisions("chosen")) == 2 and self.decisions("chosen"))
        self.assertEqual(first["status"]["result"], "Unschedulable")
        plan = first["status"]["preemption"]
        self.assertEqual((plan["node"], plan["candidateCount"]), (node, 1))
        self.assertEqual(plan["candidates"][0]["victims"], [{"namespace": "default", "name": "victim", "priority": 10}])
        self.assertEqual(last["status"]["queue"]["wokenBy"], "AssignedPodDelete")
        self.assertEqual(last["status"]["queue"]["waitedFor"][0], "NodeResourcesFit")
        self.assertEqual((last["status"]["result"], last["status"]["node"]), ("Scheduled", node))
        self.why_tells(node)

    def why(self, *args):
        r = self.cluster.kubestep("why", *args)
        for line in r.out.splitlines()[1:]:
            self.assertLessEqual(len(line), 80, line)
        return r.out

    def why_tells(self, node):
        """Of the attempt that made room, and of the one that used it."""
        text = self.why("chosen", "--attempt", "1")
        self.assertRegex(text, r"(?m)^Preemption: room is made on %s\. Of 1 node where victims might help" % node)
        self.assertRegex(text, r"(?m)^  %s +1 victim of priority 10: default/victim <- chosen$" % node)
        self.assertRegex(text, r"(?m)^ +[0-9.]+ ms +Active +UnschedulablePodAdd$")
        text = self.why("pod/chosen")
        self.assertNotIn("Preemption:", text)
        self.assertRegex(text, r"(?m)^In the queue, until attempt 2, [0-9.]+ m?s after the pod came:$")
        self.assertRegex(text, r"(?m)^ +[0-9.]+ m?s +(Unschedulable|Backoff) +ScheduleAttemptFailure; refused by NodeResourcesFit")
        self.assertRegex(text, r"(?m)^ +[0-9.]+ m?s +Active +(AssignedPodDelete|PopFromBackoffQ)$")
        self.assertIn("\nPreemption: 1 victim of priority 10: default/victim; it was chosen.\n",
                      self.why("chosen", "--attempt", "1", "--node", node))

    def test_the_status_meanwhile(self):
        """A victim that takes its time: the pod waits for it, and its place is kept."""
        self.make("slow", "low", self.milli(), terminationGracePeriodSeconds=30)
        self.runs("slow")
        node = self.get("slow")["spec"]["nodeName"]
        self.kubectl("annotate", "node", node, "sim.kubestep.dev/dead=true")  # nobody there ends it
        self.addCleanup(self.kubectl, "annotate", "node", node, "sim.kubestep.dev/dead-", code=None)
        self.make("waits", "high", self.milli())
        poll("a place is kept", lambda: self.get("waits")["status"].get("nominatedNodeName") == node)
        self.assertIn(node, self.kubectl("get", "pod", "waits", "-o", "wide").out)
        target = poll("the victim's condition", lambda: self.condition("slow", "DisruptionTarget"))
        self.assertEqual((target["status"], target["reason"], target["message"]),
                         ("True", "PreemptionByScheduler",
                          "default-scheduler: preempting to accommodate a higher priority pod"))
        poll("the victim leaves", lambda: "deletionTimestamp" in self.get("slow")["metadata"])
        self.assertNotIn("nodeName", self.get("waits")["spec"])
        self.make("late", "low", self.milli())
        poll("it is refused", lambda: self.condition("late").get("reason") == "Unschedulable")
        self.kubectl("annotate", "node", node, "sim.kubestep.dev/dead-")
        self.runs("waits")
        self.assertNotIn("nodeName", self.get("late")["spec"])
        self.assertIn("preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
                      self.condition("late")["message"])
        self.assertRegex(self.why("late", "--attempt", "1"),
                         r"(?s)\nPreemption: 0/1 nodes are available: .*\nNo victims help on these nodes:\n  %s +No preemption" % node)

    def test_one_that_does_not_preempt(self):
        self.make("first", "low", self.milli())
        self.runs("first")
        uid = self.get("first")["metadata"]["uid"]
        self.make("polite", "polite", self.milli())
        poll("it is refused", lambda: self.condition("polite").get("reason") == "Unschedulable")
        self.assertTrue(self.condition("polite")["message"].endswith("preemption: not eligible due to preemptionPolicy=Never."))
        self.assertRegex(self.kubectl("describe", "pod", "polite").out, "preemptionPolicy=Never")
        self.assertEqual(self.get("first")["metadata"]["uid"], uid)
        self.assertIn("\nPreemption: not eligible due to preemptionPolicy=Never.\n", self.why("polite"))
        self.kubectl("delete", "pod", "first", "--now")
        self.runs("polite")

    def test_gates(self):
        self.make("gated", "low", 10, schedulingGates=[{"name": "example.com/a"}, {"name": "example.com/b"}])
        self.assertIn("SchedulingGated", self.kubectl("get", "pod", "gated").out)
        self.make("free", "low", 10)
        self.runs("free")
        self.assertEqual(self.decisions("gated"), [])
        for left in ('[{"name":"example.com/b"}]', "null"):
            self.assertNotIn("nodeName", self.get("gated")["spec"])
            self.kubectl("patch", "pod", "gated", "--type=merge", "-p", '{"spec":{"schedulingGates":%s}}' % left)
        self.runs("gated")
        queue = poll("a decision", lambda: self.decisions("gated"))[0]["status"]["queue"]
        self.assertEqual(queue["wokenBy"], "UnschedulablePodUpdatePodSchedulingGatesEliminated")
        self.assertEqual([(m["to"], m.get("plugins")) for m in queue["moves"]],
                         [("Gated", ["SchedulingGates"]), ("Active", ["SchedulingGates"])])
        self.assertRegex(self.why("gated"), r"(?m)^ +[0-9.]+ m?s +Gated +UnschedulablePodAdd; refused by SchedulingGates$")


if __name__ == "__main__":
    harness.main()
