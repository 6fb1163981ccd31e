#!/usr/bin/env python3
"""A scheduler with a KubeSchedulerConfiguration: profiles by scheduler name, files that are refused, and a file that changes (SIGHUP)."""
import os
import signal

import harness
from harness import pod, poll

NS = "/api/v1/namespaces/default"
EVENTS = "/apis/events.k8s.io/v1/namespaces/default/events"
HEAD = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"


def profile(name, node):
    """All of its pods go to one node."""
    return """
- schedulerName: %s
  plugins:
    multiPoint:
      disabled: [{name: ImageLocality}]
    score:
      enabled: [{name: NodeAffinity, weight: 7}]
  pluginConfig:
  - name: NodeAffinity
    args:
      addedAffinity:
        requiredDuringSchedulingIgnoredDuringExecution:
          nodeSelectorTerms:
          - matchFields: [{key: metadata.name, operator: In, values: [%s]}]
""" % (name, node)


def config(*profiles, more=""):
    return HEAD + more + "profiles:\n- schedulerName: default-scheduler\n" + "".join(profiles)


class SchedulerConfig(harness.Test):
    @classmethod
    def setUpClass(cls):
        cls.home = harness.Home()
        cls.addClassCleanup(cls.home.close)
        cls.file = cls.home.write("config.yaml", config(profile("second", "node-2")))
        cls.cluster = cls.home.up("--nodes", "3", "--scheduler-config", cls.file)
        cls.api, cls.kubectl = cls.cluster.api, cls.cluster.kubectl

    def setUp(self):
        self.reload(config(profile("second", "node-2")), "new configuration")

    def log(self):
        with open(os.path.join(self.cluster.dir, "logs", "scheduler.log")) as f:
            return f.read()

    def reload(self, text, answer):
        """Until the log says so; what it said from then on."""
        self.home.write("config.yaml", text)
        was = len(self.log())
        os.kill(self.cluster.status()["scheduler"]["pid"], signal.SIGHUP)
        poll("the scheduler's word", lambda: answer in self.log()[was:])
        return self.log()[was:]

    def make(self, name, scheduler):
        self.api.post(NS + "/pods", pod(name, schedulerName=scheduler))
        self.addCleanup(self.kubectl, "delete", "pod", name, "--now", "--ignore-not-found")

    def node_of(self, name):
        return self.api.get(NS + "/pods/" + name)["spec"].get("nodeName")

    def lands(self, name):
        return poll(name + " has a node", lambda: self.node_of(name))

    def event(self, reason, name):
        return poll("an event", lambda: [e for e in self.api.get(EVENTS)["items"]
                                         if e["reason"] == reason and e["regarding"]["name"] == name])[0]

    def test_each_profile_has_its_pods(self):
        for i in range(4):
            self.make("second-%d" % i, "second")
            self.assertEqual(self.lands("second-%d" % i), "node-2")
        self.make("first", "default-scheduler")
        self.assertIn(self.lands("first"), ("node-1", "node-3"))  # as much as is left there
        self.assertEqual(self.event("Scheduled", "second-0")["reportingController"], "second")
        self.assertEqual(self.event("Scheduled", "first")["reportingController"], "default-scheduler")
        decision = poll("a decision", lambda: [
            d for d in self.api.get("/apis/sim.kubestep.dev/v1/namespaces/default/decisions")["items"] if d["spec"]["pod"] == "second-0"])
        self.assertEqual(decision[0]["spec"]["profile"], "second")
        refused = [n for n in decision[0]["status"]["nodes"] if not n["feasible"]]
        self.assertEqual(sorted(n["name"] for n in refused), ["node-1", "node-3"])
        self.assertEqual(refused[0]["filters"][-1]["reasons"], ["node(s) didn't match scheduler-enforced node affinity"])

    def test_a_good_file_counts(self):
        self.make("stuck", "third")  # nobody's yet
        self.make("early", "second")
        self.assertEqual(self.lands("early"), "node-2")
        self.assertIsNone(self.node_of("stuck"))
        self.reload(config(profile("second", "node-3"), profile("third", "node-1")), "new configuration")
        self.assertEqual(self.lands("stuck"), "node-1")
        self.make("late", "second")
        self.assertEqual(self.lands("late"), "node-3")

    def test_who_waits_is_tried_anew(self):
        self.reload(config(profile("second", "node-9")), "new configuration")
        self.make("waiting", "second")
        failed = self.event("FailedScheduling", "waiting")
        self.assertEqual(failed["reportingController"], "second")
        self.assertEqual(failed["note"], "0/3 nodes are available: 3 node(s) didn't match scheduler-enforced node affinity. no new claims to deallocate, "
                                         "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.")
        self.reload(config(profile("second", "node-1")), "new configuration")
        self.assertEqual(self.lands("waiting"), "node-1")

    def test_a_name_that_goes_is_let_go(self):
        self.reload(config(profile("second", "node-9")), "new configuration")
        self.make("waiting", "second")
        self.event("FailedScheduling", "waiting")
        self.reload(config(), "new configuration")
        self.make("other", "default-scheduler")
        self.lands("other")
        self.assertIsNone(self.node_of("waiting"))
        self.reload(config(profile("second", "node-3")), "new configuration")
        self.assertEqual(self.lands("waiting"), "node-3")

    def test_a_bad_file_changes_nothing(self):
        said = self.reload(config(profile("second", "node-1"), more="parallelism: 0\npercentageOfNodesToScore: 101\n"),
                           "the configuration stays as it was")
        for want in ("parallelism: Invalid value: 0: should be an integer value greater than zero",
                     "percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]"):
            self.assertIn("config.yaml: " + want, said)
        self.make("still", "second")
        self.assertEqual(self.lands("still"), "node-2")
        self.assertIn('unknown field "foo"', self.reload(HEAD + "foo: 1\n", "the configuration stays as it was"))

    def test_up_refuses_a_bad_file(self):
        bad = self.home.write("bad.yaml", HEAD + "profiles:\n- plugins: {filter: {enabled: [{name: Nope}]}}\n")
        r = self.home.kubestep("up", "--name", "bad", "--scheduler-config", bad, code=1)
        self.assertIn('bad.yaml: initializing profiles: creating profile for scheduler name default-scheduler: '
                      'FilterPlugin "Nope" does not exist', r.err)
        r = self.home.kubestep("up", "--name", "bad", "--scheduler-config", self.home.path("none.yaml"), code=1)
        self.assertIn("none.yaml: No such file", r.err)


if __name__ == "__main__":
    harness.main()
