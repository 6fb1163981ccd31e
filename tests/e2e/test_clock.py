#!/usr/bin/env python3
"""kubestep clock: time is moved, and what would have happened meanwhile happens."""
import datetime
import threading
import unittest

import harness
from harness import pod, poll


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Clock(harness.Test):
    def clock(self, *args, **more):
        return self.cluster.kubestep("clock", *args, "-o", "json", **more).json()

    def now(self):
        return when(self.clock("show")["status"]["now"])

    def leases(self):
        items = self.api.get("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases")["items"]
        return {l["metadata"]["name"]: when(l["spec"]["renewTime"]) for l in items}

    def test_an_hour_passes_and_no_lease_is_missed(self):
        before = self.now()
        seen = self.api.get("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases")["metadata"]["resourceVersion"]
        self.assertGreaterEqual((when(self.clock("advance", "1h")["status"]["now"]) - before).total_seconds(), 3600)
        now = self.now()
        for name, renewed in self.leases().items():
            self.assertLess((now - renewed).total_seconds(), 40, name)
        for node in self.api.get("/api/v1/nodes")["items"]:
            ready = [c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready"]
            self.assertEqual(ready, ["True"], node["metadata"]["name"])
        renewals = int(self.api.get("/api/v1/nodes")["metadata"]["resourceVersion"]) - int(seen)
        self.assertGreater(renewals, 3 * 60, "3 nodes renew every 10 s or so, all the hour long")

    def test_settle_waits_for_what_is_under_way(self):
        self.api.post("/api/v1/namespaces/default/pods", pod("settled"))
        self.clock("settle")
        self.assertEqual(self.api.get("/api/v1/namespaces/default/pods/settled")["status"]["phase"], "Running")

    def test_pause_and_rate(self):
        self.assertTrue(self.clock("pause")["spec"]["paused"])
        stood = self.now()
        self.assertEqual(self.now(), stood)
        self.assertEqual((when(self.clock("advance", "90s")["status"]["now"]) - stood).total_seconds(), 90)
        self.assertEqual(self.clock("rate", "50")["spec"]["rate"], 50)
        self.assertFalse(self.clock("resume")["spec"]["paused"])
        poll("time runs", lambda: (self.now() - stood).total_seconds() > 91)
        self.clock("rate", "1")

    def test_one_advance_at_a_time(self):
        codes = []
        def go():
            codes.append(self.api.call("POST", "/apis/sim.kubestep.dev/v1/clocks/cluster/advance", {"duration": "2h"})[0])
        threads = [threading.Thread(target=go) for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertIn(201, codes)
        self.assertLessEqual(set(codes), {201, 409})

    def test_bad_use(self):
        for args in (("advance",), ("advance", "x"), ("rate", "fast"), ("rate", "-1"), ("stop",), ("pause", "1")):
            r = self.cluster.kubestep("clock", *args, code=None)
            self.assertIn(r.code, (1, 2), args)
            self.assertTrue(r.err, args)


if __name__ == "__main__":
    harness.main()
