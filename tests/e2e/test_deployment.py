#!/usr/bin/env python3
"""Deployments as kubectl drives them: rollouts, their history, pauses, failures; ReplicationControllers and scale."""
import unittest

import harness
from harness import poll

ROLLED_OUT = 'deployment "%s" successfully rolled out'


class Deployments(harness.Test):
    @classmethod
    def setUpClass(cls):
        harness.need("kubectl")
        super().setUpClass()

    def create(self, name, replicas=3, image="nginx:1"):
        self.kubectl("create", "deployment", name, "--image=" + image, "--replicas=%d" % replicas)
        self.rolled_out(name)

    def rolled_out(self, name):
        self.assertIn(ROLLED_OUT % name, self.kubectl("rollout", "status", "deploy/" + name, "--timeout=60s").out)

    def get(self, name, kind="deploy"):
        return self.kubectl("get", kind, name, "-o", "json").json()

    def sets(self, name):
        """The ReplicaSets of a Deployment by their revisions."""
        items = self.kubectl("get", "rs", "-l", "app=" + name, "-o", "json").json()["items"]
        return {int(s["metadata"]["annotations"]["deployment.kubernetes.io/revision"]): s for s in items}

    def condition(self, name, kind="Progressing"):
        return next((c for c in self.get(name)["status"].get("conditions", []) if c["type"] == kind), {})

    def image(self, name):
        return self.get(name)["spec"]["template"]["spec"]["containers"][0]["image"]

    def revisions(self, name):
        lines = self.kubectl("rollout", "history", "deploy/" + name).out.splitlines()
        return [l.split()[0] for l in lines if l[:1].isdigit()]

    def test_create_and_look(self):
        self.create("look", 4)
        d = self.get("look")
        self.assertEqual(d["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "1")
        counts = {k: v for k, v in d["status"].items() if isinstance(v, int)}
        self.assertEqual(counts, {"observedGeneration": 1, "replicas": 4, "updatedReplicas": 4, "readyReplicas": 4,
                                  "availableReplicas": 4, "terminatingReplicas": 0})
        self.assertEqual(self.kubectl("get", "deploy", "look", "--no-headers").out.split()[:4], ["look", "4/4", "4", "4"])
        rs = self.sets("look")[1]
        digest = rs["metadata"]["labels"]["pod-template-hash"]
        self.assertEqual(rs["metadata"]["name"], "look-" + digest)
        self.assertRegex(digest, "^[bcdfghjklmnpqrstvwxz2456789]+$")
        pods = self.kubectl("get", "pods", "-l", "pod-template-hash=" + digest, "-o", "name").out.split()
        self.assertEqual(len(pods), 4)
        text = self.kubectl("describe", "deploy", "look").out
        self.assertRegex(text, r"ScalingReplicaSet .* deployment-controller +Scaled up replica set look-%s from 0 to 4" % digest)
        self.assertRegex(text, r"Progressing +True +NewReplicaSetAvailable")
        self.assertRegex(text, r"NewReplicaSet: +look-%s \(4/4 replicas created\)" % digest)

    def test_rollout_and_undo(self):
        self.create("web", 4)
        self.kubectl("set", "image", "deploy/web", "nginx=nginx:2")
        self.rolled_out("web")
        self.kubectl("annotate", "deploy/web", "kubernetes.io/change-cause=two")
        self.kubectl("set", "image", "deploy/web", "nginx=nginx:3")
        self.rolled_out("web")
        self.assertEqual(self.revisions("web"), ["1", "2", "3"])
        self.assertIn("Image:\tnginx:2", self.kubectl("rollout", "history", "deploy/web", "--revision=2").out.replace(" ", ""))
        self.kubectl("rollout", "undo", "deploy/web", "--to-revision=1")
        self.rolled_out("web")
        self.assertEqual((self.image("web"), self.revisions("web")), ("nginx:1", ["2", "3", "4"]))
        self.kubectl("rollout", "undo", "deploy/web")
        self.rolled_out("web")
        self.assertEqual((self.image("web"), self.revisions("web")), ("nginx:3", ["2", "4", "5"]))
        sets = self.sets("web")
        self.assertEqual([s["spec"]["replicas"] for _, s in sorted(sets.items())], [0, 0, 4])
        self.assertEqual(sets[5]["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"], "3")
        self.assertEqual(self.get("web")["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "5")

    def test_restart(self):
        self.create("again", 2)
        before = self.kubectl("get", "pods", "-l", "app=again", "-o", "name").out.split()
        self.kubectl("rollout", "restart", "deploy/again")
        self.rolled_out("again")
        def replaced():
            now = self.kubectl("get", "pods", "-l", "app=again", "-o", "name").out.split()
            return len(now) == 2 and not set(now) & set(before)
        poll("both pods are new", replaced)

    def test_pause_and_resume(self):
        self.create("still", 3)
        self.kubectl("rollout", "pause", "deploy/still")
        self.kubectl("set", "image", "deploy/still", "nginx=nginx:2")
        self.kubectl("scale", "deploy/still", "--replicas=5")
        poll("a paused Deployment is scaled", lambda: self.get("still")["status"].get("availableReplicas") == 5)
        self.assertEqual(list(self.sets("still")), [1])
        self.assertEqual(self.condition("still")["reason"], "DeploymentPaused")
        self.kubectl("rollout", "resume", "deploy/still")
        self.rolled_out("still")
        self.assertEqual({n: s["spec"]["replicas"] for n, s in self.sets("still").items()}, {1: 0, 2: 5})

    def test_recreate(self):
        self.create("once", 3)
        self.kubectl("patch", "deploy", "once", "-p", '{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}')
        self.kubectl("set", "image", "deploy/once", "nginx=nginx:2")
        self.rolled_out("once")
        pods = self.kubectl("get", "pods", "-l", "app=once", "-o", "json").json()["items"]
        self.assertEqual({p["spec"]["containers"][0]["image"] for p in pods}, {"nginx:2"})
        told = [e["message"] for e in self.kubectl("get", "events", "-o", "json").json()["items"]
                if e["involvedObject"]["name"] == "once" and e["reason"] == "ScalingReplicaSet"]
        self.assertEqual([m.split()[1] for m in told], ["up", "down", "up"])

    def test_scale(self):
        self.create("size", 1)
        self.kubectl("scale", "deploy/size", "--current-replicas=1", "--replicas=6")
        self.rolled_out("size")
        self.assertEqual(len(self.kubectl("get", "pods", "-l", "app=size", "-o", "name").out.split()), 6)
        refused = self.kubectl("scale", "deploy/size", "--current-replicas=1", "--replicas=2", code=None)
        self.assertIn("Expected replicas to be 1, was 6", refused.err)
        self.kubectl("scale", "deploy/size", "--replicas=0")
        poll("no pods", lambda: not self.kubectl("get", "pods", "-l", "app=size", "-o", "name").out)
        self.assertEqual(self.kubectl("get", "deploy", "size", "--no-headers").out.split()[:4], ["size", "0/0", "0", "0"])

    def test_history_ends(self):
        self.create("short", 1)
        self.kubectl("patch", "deploy", "short", "-p", '{"spec":{"revisionHistoryLimit":1}}')
        for n in (2, 3, 4):
            self.kubectl("set", "image", "deploy/short", "nginx=nginx:%d" % n)
            self.rolled_out("short")
        poll("one former set is kept", lambda: sorted(self.sets("short")) == [3, 4])

    def test_replication_controller(self):
        self.kubectl("create", "-f", "-", stdin='{"apiVersion":"v1","kind":"ReplicationController","metadata":{"name":"rc"},'
                     '"spec":{"replicas":2,"template":{"metadata":{"labels":{"app":"rc"}},"spec":{"containers":['
                     '{"name":"c","image":"nginx"}]}}}}')
        poll("its pods are ready", lambda: self.get("rc", "rc")["status"].get("readyReplicas") == 2)
        self.kubectl("scale", "rc/rc", "--replicas=3")
        poll("and a third", lambda: self.get("rc", "rc")["status"].get("readyReplicas") == 3)
        self.assertEqual(self.kubectl("get", "rc", "rc", "--no-headers").out.split()[:4], ["rc", "3", "3", "3"])
        self.assertRegex(self.kubectl("describe", "rc", "rc").out, r"SuccessfulCreate .* replication-controller +Created pod: rc-")


class Deadline(harness.Test):
    """The cluster's clock decides when a rollout has taken too long."""

    @classmethod
    def setUpClass(cls):
        harness.need("kubectl")
        super().setUpClass()

    def reason(self):
        d = self.kubectl("get", "deploy", "late", "-o", "json").json()
        return next((c["reason"] for c in d["status"].get("conditions", []) if c["type"] == "Progressing"), "")

    def test_a_rollout_that_cannot_end(self):
        self.kubectl("create", "deployment", "late", "--image=nginx:1", "--replicas=2")
        self.kubectl("rollout", "status", "deploy/late", "--timeout=60s")
        self.kubectl("set", "image", "deploy/late", "nginx=%s" % BROKEN)
        poll("it has begun", lambda: self.reason() == "ReplicaSetUpdated")
        self.cluster.kubestep("clock", "advance", "11m", seconds=120)
        poll("the deadline has passed", lambda: self.reason() == "ProgressDeadlineExceeded")
        status = self.kubectl("rollout", "status", "deploy/late", code=None)
        self.assertEqual((status.code, status.err.strip()),
                         (1, 'error: deployment "late" exceeded its progress deadline'))
        self.assertEqual(self.kubectl("get", "deploy", "late", "-o", "jsonpath={.status.availableReplicas}").out, "2")
        self.kubectl("rollout", "undo", "deploy/late")
        self.assertIn(ROLLED_OUT % "late", self.kubectl("rollout", "status", "deploy/late", "--timeout=60s").out)


# No image has such a name: its containers never start.
BROKEN = "NOT/an-image"

if __name__ == "__main__":
    harness.main()
