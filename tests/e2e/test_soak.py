#!/usr/bin/env python3
"""An hour of the cluster's time with workloads that come, change and go: memory stays flat, nothing is left behind."""
import unittest

import harness
from harness import poll

WARM_UP_MINUTES, MINUTES = 20, 60
KEEP = 5  # Deployments at a time
GROWTH = 1.25  # of a process's resident size after the warm-up; the history's bound is reached before
SLACK_KB = 4096  # an allocator's arenas come and go
# What the API server keeps of the past (rings, walks, decisions, an hour's Events) fills up for hours, to a bound.
API_SERVER_KB = 72 * 1024


def resident_kb(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(next(line for line in f if line.startswith("VmRSS:")).split()[1])


def deployment(name, replicas, image):
    labels = {"app": name}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels},
                     "template": {"metadata": {"labels": labels},
                                  "spec": {"containers": [{"name": "c", "image": image}]}}}}


class Soak(harness.Test):
    DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"

    def sizes(self):
        return {name: resident_kb(c["pid"]) for name, c in self.cluster.status().items()}

    def minute(self, n):
        self.api.post(self.DEPLOYMENTS, deployment("d-%d" % n, 2 + n % 4, "nginx:1.%d" % n))
        if n >= 1:
            patch = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "httpd:2.%d" % n}]}}}}
            code, _ = self.api.call("PATCH", "%s/d-%d" % (self.DEPLOYMENTS, n - 1), patch,
                                    {"Content-Type": "application/strategic-merge-patch+json"})
            self.assertEqual(code, 200)
        if n >= KEEP:
            code, _ = self.api.call("DELETE", "%s/d-%d" % (self.DEPLOYMENTS, n - KEEP))
            self.assertEqual(code, 200)
        self.cluster.kubestep("clock", "advance", "1m")

    def test_an_hour(self):
        for n in range(WARM_UP_MINUTES):
            self.minute(n)
        warm = self.sizes()
        for n in range(WARM_UP_MINUTES, MINUTES):
            self.minute(n)
        self.cluster.kubestep("clock", "settle")
        for name, size in self.sizes().items():
            bound = API_SERVER_KB if name == "apiserver" else warm[name] * GROWTH + SLACK_KB
            self.assertLess(size, bound, "%s: %d kB after the warm-up, %d kB now" % (name, warm[name], size))
        names = {"d-%d" % n for n in range(MINUTES - KEEP, MINUTES)}
        self.assertEqual({d["metadata"]["name"] for d in self.api.get(self.DEPLOYMENTS)["items"]}, names)

        def apps(path):
            return {o["metadata"]["labels"]["app"] for o in self.api.get(path)["items"]}
        poll("what the deleted ones owned is gone", lambda: apps("/apis/apps/v1/namespaces/default/replicasets") == names)
        poll("and their pods", lambda: apps("/api/v1/namespaces/default/pods") == names)
        for d in self.api.get(self.DEPLOYMENTS)["items"]:
            self.assertEqual(d["status"].get("availableReplicas"), d["spec"]["replicas"], d["metadata"]["name"])


if __name__ == "__main__":
    harness.main()
