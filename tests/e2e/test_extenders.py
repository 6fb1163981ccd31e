#!/usr/bin/env python3
"""A scheduler whose configuration names extenders: real servers that filter, score, preempt and bind, that are down, slow, hostile, or
want TLS."""
import json
import os
import signal
import sys
import threading
import time

import harness
from harness import pod, poll

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from extender import Extender  # noqa: E402

NS = "/api/v1/namespaces/default"
EVENTS = "/apis/events.k8s.io/v1/namespaces/default/events"
DECISIONS = "/apis/sim.kubestep.dev/v1/namespaces/default/decisions"
NODES = ["node-1", "node-2", "node-3"]


def only(*nodes, why="no room for ghosts", field="FailedNodes"):
    """A filter that lets pass these nodes, of names."""
    def answer(body):
        return {"NodeNames": [n for n in body["NodeNames"] if n in nodes], field: {n: why for n in body["NodeNames"] if n not in nodes}}
    return answer


class Extenders(harness.Test):
    @classmethod
    def setUpClass(cls):
        cls.home = harness.Home()
        cls.addClassCleanup(cls.home.close)
        cls.first, cls.second = Extender(), Extender()
        cls.addClassCleanup(cls.first.close)
        cls.addClassCleanup(cls.second.close)
        cls.file = cls.home.write("config.json", cls.config([]))
        cls.cluster = cls.home.up("--nodes", "3", "--scheduler-config", cls.file)
        cls.api, cls.kubectl = cls.cluster.api, cls.cluster.kubectl

    @staticmethod
    def config(extenders):
        return {"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration", "extenders": extenders}

    def log(self):
        with open(os.path.join(self.cluster.dir, "logs", "scheduler.log")) as f:
            return f.read()

    def use(self, *extenders, answer="new configuration"):
        """The scheduler reads a configuration with these."""
        self.home.write("config.json", self.config(list(extenders)))
        was = len(self.log())
        os.kill(self.cluster.status()["scheduler"]["pid"], signal.SIGHUP)
        poll("the scheduler's word", lambda: answer in self.log()[was:])
        return self.log()[was:]

    def at(self, extender, **more):
        return {"urlPrefix": "http://127.0.0.1:%d/" % extender.port, "nodeCacheCapable": True, "httpTimeout": "20s", **more}

    def make(self, name, **spec):
        self.api.post(NS + "/pods", pod(name, **spec))
        self.addCleanup(self.kubectl, "delete", "pod", name, "--now", "--ignore-not-found")

    def get(self, name):
        return self.api.get(NS + "/pods/" + name)

    def lands(self, name):
        return poll(name + " has a node", lambda: self.get(name)["spec"].get("nodeName"))

    def failure(self, name):
        """(reason, message) of the condition, which is what the event says too."""
        def seen():
            for c in self.get(name)["status"].get("conditions", []):
                if c["type"] == "PodScheduled" and c["status"] == "False":
                    return c["reason"], c["message"]
            return None
        reason, message = poll(name + " fails", seen)
        notes = poll("its event", lambda: [e["note"] for e in self.api.get(EVENTS)["items"]
                                           if e["reason"] == "FailedScheduling" and e["regarding"]["name"] == name])
        self.assertIn(message, notes)
        return reason, message

    def decision(self, name):
        return poll("its decision", lambda: [d for d in self.api.get(DECISIONS)["items"] if d["spec"]["pod"] == name])[-1]

    def node_of(self, decision, node):
        return [n for n in decision["status"]["nodes"] if n["name"] == node][0]

    # ---- Filter ----

    def test_filter_by_names(self):
        self.first.script(filter=only("node-2"))
        self.use(self.at(self.first, filterVerb="filter"))
        self.make("named")
        self.assertEqual(self.lands("named"), "node-2")
        asked = self.first.questions("filter", "named")
        self.assertEqual(len(asked), 1)
        self.assertEqual(sorted(asked[0]["NodeNames"]), NODES)
        self.assertIsNone(asked[0]["Nodes"])
        self.assertEqual(asked[0]["Pod"]["spec"]["containers"][0]["image"], "nginx")
        self.assertNotIn("kind", asked[0]["Pod"])
        url = self.at(self.first)["urlPrefix"]
        d = self.decision("named")
        refused = self.node_of(d, "node-1")
        self.assertFalse(refused["feasible"])
        self.assertEqual(refused["filters"][-1], {"plugin": url, "code": "Unschedulable", "reasons": ["no room for ghosts"]})
        self.assertEqual(self.node_of(d, "node-2")["filters"][-1], {"plugin": url, "code": "Success"})
        self.assertEqual(d["status"]["extenders"][0]["url"], url)
        self.assertGreater(d["status"]["extenders"][0]["filterNanos"], 0)
        why = self.cluster.kubestep("why", "pod/named").out
        self.assertIn("no room for ghosts", why)
        self.assertIn("the only one of 3 nodes that fits", why)

    def test_filter_whole_nodes(self):
        def answer(body):
            return {"Nodes": {"items": [n for n in body["Nodes"]["items"] if n["metadata"]["labels"]["ghosts"] == "welcome"]},
                    "FailedNodes": {}}
        for node in NODES:
            self.kubectl("label", "node", node, "--overwrite", "ghosts=" + ("welcome" if node == "node-3" else "no"))
        self.first.script(filter=answer)
        self.use(self.at(self.first, filterVerb="filter", nodeCacheCapable=False))
        self.make("whole")
        self.assertEqual(self.lands("whole"), "node-3")
        node = self.first.questions("filter", "whole")[0]["Nodes"]["items"][0]
        self.assertIn("conditions", node["status"])
        self.assertNotIn("managedFields", node["metadata"])
        self.assertNotIn("apiVersion", node)
        for node in NODES:
            self.kubectl("label", "node", node, "--overwrite", "ghosts=" + ("welcome" if node == "node-1" else "no"))
        self.make("changed")
        self.assertEqual(self.lands("changed"), "node-1")

    def test_nothing_passes_and_then_it_does(self):
        self.first.script(filter=only(field="FailedAndUnresolvableNodes"))
        self.use(self.at(self.first, filterVerb="filter"))
        self.make("stuck")
        self.assertEqual(self.failure("stuck"), (
            "Unschedulable", "0/3 nodes are available: 3 no room for ghosts. no new claims to deallocate, preemption: 0/3 nodes are "
            "available: 3 Preemption is not helpful for scheduling."))
        self.first.script(filter=only("node-1"))
        self.kubectl("label", "node", "node-2", "--overwrite", "some=change")  # anything may help
        self.assertEqual(self.lands("stuck"), "node-1")
        waited = poll("a second decision", lambda: [d for d in self.api.get(DECISIONS)["items"]
                                                    if d["spec"]["pod"] == "stuck" and d["status"]["result"] == "Scheduled"])[0]
        self.assertEqual(waited["status"]["queue"]["waitedFor"], ["Extender"])
        self.assertEqual(waited["status"]["queue"]["wokenBy"], "NodeUpdateNodeLabel")

    def test_it_is_asked_about_what_it_manages(self):
        self.first.script(filter=only("node-2"))
        self.use(self.at(self.first, filterVerb="filter", managedResources=[{"name": "example.com/ghosts", "ignoredByScheduler": True}]))
        self.make("plain")
        self.lands("plain")
        self.assertEqual(self.first.questions("filter", "plain"), [])
        p = pod("haunted")
        p["spec"]["containers"][0]["resources"] = {"requests": {"example.com/ghosts": "1"}, "limits": {"example.com/ghosts": "1"}}
        self.api.post(NS + "/pods", p)
        self.addCleanup(self.kubectl, "delete", "pod", "haunted", "--now")
        self.assertEqual(self.lands("haunted"), "node-2")  # no node has any; the scheduler does not look

    # ---- Prioritize ----

    def test_points(self):
        self.first.script(prioritize=lambda b: [{"host": n, "score": 10 if n == "node-3" else 0} for n in b["NodeNames"]])
        self.second.script(prioritize=lambda b: [{"Host": "node-1", "Score": 3}, {"Host": "nowhere", "Score": 1000}])
        self.use(self.at(self.first, prioritizeVerb="prioritize", weight=50), self.at(self.second, prioritizeVerb="prioritize", weight=2))
        self.make("scored")
        self.assertEqual(self.lands("scored"), "node-3")
        d = self.decision("scored")
        scores = {s["plugin"]: s for s in self.node_of(d, "node-3")["scores"]}
        ours = scores[self.at(self.first)["urlPrefix"]]
        self.assertEqual((ours["raw"], ours["normalized"], ours["weight"], ours["weighted"]), (10, 100, 50, 5000))
        self.assertEqual(d["status"]["score"], sum(s["weighted"] for s in scores.values()))
        other = {s["plugin"]: s for s in self.node_of(d, "node-1")["scores"]}[self.at(self.second)["urlPrefix"]]
        self.assertEqual((other["raw"], other["weighted"]), (3, 60))
        self.assertIn("Extender", self.cluster.kubestep("why", "pod/scored").out)

    # ---- Failures ----

    def test_down(self):
        gone = Extender()
        gone.close()
        self.use(self.at(gone, filterVerb="filter"))
        self.make("waits")
        self.assertEqual(self.failure("waits"), ("SchedulerError", 'Post "http://127.0.0.1:%d/filter": dial tcp 127.0.0.1:%d: connect: '
                                                 'connection refused' % (gone.port, gone.port)))
        self.use(self.at(gone, filterVerb="filter", prioritizeVerb="score", weight=1, bindVerb="bind", ignorable=True))
        self.lands("waits")
        d = [d for d in self.api.get(DECISIONS)["items"] if d["spec"]["pod"] == "waits"][-1]
        self.assertIn("connection refused", d["status"]["extenders"][0]["error"])
        self.assertIn("was passed over: Post", self.cluster.kubestep("why", "pod/waits").out)

    def test_hostile(self):
        hangs = threading.Event()
        self.addCleanup(hangs.set)
        url = "http://127.0.0.1:%d" % self.first.port
        rows = {
            "status": ((500, "no"), "failed filter with extender at URL %s/filter, code 500" % url),
            "words": ((200, "<html>"), "invalid character '<' looking for beginning of value"),
            "type": ((200, '{"NodeNames":"node-1"}'),
                     "json: cannot unmarshal string into Go struct field ExtenderFilterResult.NodeNames of type []string"),
            "stranger": ({"NodeNames": ["node-9"]},
                         'extender "%s/" claims a filtered node "node-9" which is not found in the input node list' % url),
            "error": ({"NodeNames": NODES, "Error": "the ghosts are out"}, "the ghosts are out"),
            "huge": ((200, " " * (5 << 20)), 'Post "%s/filter": ' % url),
            "hangs": (None, 'Post "%s/filter": context deadline exceeded (Client.Timeout exceeded while awaiting headers)' % url),
        }
        self.use(self.at(self.first, filterVerb="filter", httpTimeout="500ms"))
        for name, (answer, want) in rows.items():
            with self.subTest(name):
                self.first.script(filter=lambda body, answer=answer: answer or (hangs.wait(20) and (200, "{}")))
                self.make(name)
                reason, message = self.failure(name)
                self.assertEqual(reason, "SchedulerError")
                self.assertTrue(message.startswith(want) if name == "huge" else message == want, message)
                self.kubectl("delete", "pod", name, "--now")
        hangs.set()
        self.first.script(filter=only("node-1"))
        self.make("after")
        self.assertEqual(self.lands("after"), "node-1")

    # ---- Bind ----

    def bind(self, body):
        status, answer = self.api.call("POST", "%s/pods/%s/binding" % (NS, body["PodName"]), {
            "apiVersion": "v1", "kind": "Binding", "metadata": {"name": body["PodName"], "uid": body["PodUID"]},
            "target": {"kind": "Node", "name": body["Node"]}})
        return {} if status == 201 else {"Error": json.dumps(answer)}

    def test_bind(self):
        self.first.script(filter=only("node-2"), bind=self.bind)
        self.use(self.at(self.first, filterVerb="filter", bindVerb="bind"))
        self.make("bound")
        self.assertEqual(self.lands("bound"), "node-2")
        self.assertEqual(self.first.questions("bind", "bound"), [
            {"PodName": "bound", "PodNamespace": "default", "PodUID": self.get("bound")["metadata"]["uid"], "Node": "node-2"}])
        poll("it runs", lambda: self.get("bound")["status"].get("phase") == "Running")
        notes = poll("its event", lambda: [e["note"] for e in self.api.get(EVENTS)["items"]
                                           if e["reason"] == "Scheduled" and e["regarding"]["name"] == "bound"])
        self.assertEqual(notes, ["Successfully assigned default/bound to node-2"])
        self.assertEqual(self.decision("bound")["status"]["node"], "node-2")
        self.first.script(filter=only("node-2"), bind=lambda body: {"Error": "the ghosts do not bind"})
        self.make("unbound")
        self.assertEqual(self.failure("unbound"), ("SchedulerError", "the ghosts do not bind"))
        self.first.script(filter=only("node-3"), bind=self.bind)
        self.assertEqual(self.lands("unbound"), "node-3")  # after its back-off

    # ---- Preempt ----

    def fill(self, node, name, priority):
        text = self.api.get("/api/v1/nodes/" + node)["status"]["allocatable"]["cpu"]
        milli = int(text[:-1]) if text.endswith("m") else 1000 * int(text)
        self.make(name, cpu="%dm" % (milli - 400), nodeName=node, priorityClassName=priority, terminationGracePeriodSeconds=0)
        poll(name + " runs", lambda: self.get(name)["status"].get("phase") == "Running")
        return "%dm" % (milli - 400)

    def test_preempt(self):
        for name, value in (("low", 10), ("high", 1000)):
            self.kubectl("apply", "-f", self.home.write(name + ".json", {
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": value}))
        self.use()
        for node in NODES:
            cpu = self.fill(node, "on-" + node, "low")
        uids = {node: self.get("on-" + node)["metadata"]["uid"] for node in NODES}
        self.first.script(preempt=lambda b: {"NodeNameToMetaVictims": {"node-2": b["NodeNameToMetaVictims"]["node-2"]}})
        self.use(self.at(self.first, preemptVerb="preempt"))
        self.make("vip", cpu=cpu, priorityClassName="high")
        self.assertEqual(self.lands("vip"), "node-2")
        asked = self.first.questions("preempt", "vip")[0]
        self.assertEqual(asked["NodeNameToMetaVictims"], {n: {"Pods": [{"UID": uids[n]}], "NumPDBViolations": 0} for n in NODES})
        self.assertIsNone(asked["NodeNameToVictims"])
        plan = [d for d in self.api.get(DECISIONS)["items"] if d["spec"]["pod"] == "vip"][0]["status"]
        self.assertEqual((plan["preemption"]["node"], plan["preemption"]["candidateCount"]), ("node-2", 1))
        self.assertGreater(plan["extenders"][0]["preemptNanos"], 0)
        # Whole pods; nobody may go.
        self.first.script(preempt=lambda b: {"NodeNameToMetaVictims": {}})
        self.use(self.at(self.first, preemptVerb="preempt", nodeCacheCapable=False))
        self.make("late", cpu=cpu, priorityClassName="high")
        self.assertEqual(self.failure("late"), (
            "Unschedulable", "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: no candidate node for "
            "preemption"))
        asked = self.first.questions("preempt", "late")[0]
        self.assertEqual(sorted(asked["NodeNameToVictims"]), ["node-1", "node-3"])
        victim = asked["NodeNameToVictims"]["node-1"]["Pods"][0]
        self.assertEqual((victim["metadata"]["uid"], victim["spec"]["nodeName"]), (uids["node-1"], "node-1"))
        self.first.script(preempt=lambda b: {"NodeNameToMetaVictims": {"node-1": {"Pods": [{"UID": "nobody"}]}}})
        self.make("later", cpu=cpu, priorityClassName="high")
        self.assertEqual(self.failure("later"), (
            "Unschedulable", "0/3 nodes are available: 3 Insufficient cpu. preemption: extender: http://127.0.0.1:%d/ claims to preempt pod "
            "(UID: &{nobody}) on node: node-1, but the pod is not found on that node" % self.first.port))

    # ---- TLS ----

    def test_tls(self):
        pki = os.path.join(self.cluster.dir, "pki")
        server = Extender(filter=only("node-3")).tls(os.path.join(pki, "server.crt"), os.path.join(pki, "server.key"))
        self.addCleanup(server.close)
        over = dict(urlPrefix="https://127.0.0.1:%d" % server.port, filterVerb="filter")
        self.use(self.at(server, **over, tlsConfig={"caFile": os.path.join(pki, "ca.crt")}))
        self.make("trusted")
        self.assertEqual(self.lands("trusted"), "node-3")
        self.use(self.at(server, **over))
        self.make("distrusted")
        self.assertEqual(self.failure("distrusted"), (
            "SchedulerError", 'Post "https://127.0.0.1:%d/filter": tls: failed to verify certificate: x509: certificate signed by unknown '
            'authority' % server.port))
        self.use(self.at(server, **over, enableHTTPS=True))  # without an authority it believes everybody
        self.assertEqual(self.lands("distrusted"), "node-3")
        said = self.use(self.at(server, **over, tlsConfig={"caFile": "/nowhere/ca.crt"}), answer="the configuration stays as it was")
        self.assertIn("couldn't build extenders: open /nowhere/ca.crt: no such file or directory", said)


class Ending(harness.Test):
    UP = None

    def test_nobody_waits_for_it_at_the_end(self):
        extender, hangs = Extender(), threading.Event()
        self.addCleanup(extender.close)
        self.addCleanup(hangs.set)
        extender.script(filter=lambda body: hangs.wait(60) and {})
        config = Extenders.config([{"urlPrefix": "http://127.0.0.1:%d" % extender.port, "filterVerb": "filter", "httpTimeout": "10m"}])
        cluster = self.home.up("--nodes", "1", "--scheduler-config", self.home.write("config.json", config))
        cluster.api.post(NS + "/pods", pod("waits"))
        poll("it is asked", lambda: extender.questions("filter", "waits"))
        began = time.monotonic()
        cluster.down()
        self.assertLess(time.monotonic() - began, 5)


if __name__ == "__main__":
    harness.main()
