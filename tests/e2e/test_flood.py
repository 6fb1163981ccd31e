#!/usr/bin/env python3
"""Many pods at once in the textbook's flow, whose cycles run side by side: no node gets more than it has."""
import threading

import harness
from harness import pod, poll

NS = "/api/v1/namespaces/default"
AT_ONCE = 48
ROUNDS = 8  # two that meet are rare


def milli(text):
    return int(text[:-1]) if text.endswith("m") else 1000 * int(text)


class Flood(harness.Test):
    UP = ("--nodes", "3", "--flow", "textbook")

    def create(self, name, milli_each, together):
        """The answer comes when the pod runs: those that do not fit have none."""
        c = self.api.connection()
        c.connect()
        together.wait()
        try:
            self.api.call("POST", NS + "/pods", pod(name, cpu="%dm" % milli_each), connection=c)
        except OSError:
            pass
        finally:
            c.close()

    def decided(self):
        return {d["spec"]["pod"] for d in self.api.get("/apis/sim.kubestep.dev/v1/namespaces/default/decisions")["items"]}

    def flood(self, nodes, each, prefix):
        """Returns what is used of each node when every pod has been looked at."""
        together = threading.Barrier(AT_ONCE)
        names = {prefix + str(i) for i in range(AT_ONCE)}
        for name in names:
            threading.Thread(target=self.create, args=(name, each, together), daemon=True).start()
        poll("every pod was looked at", lambda: names <= self.decided())
        pods = self.api.get(NS + "/pods")["items"]
        return {n: each * len([p for p in pods if p["spec"].get("nodeName") == n]) for n in nodes}

    def clear(self):
        self.api.call("DELETE", NS + "/pods?gracePeriodSeconds=0")
        poll("all pods are gone", lambda: not self.api.get(NS + "/pods")["items"])

    def test_nodes_are_not_overcommitted(self):
        nodes = {n["metadata"]["name"]: milli(n["status"]["allocatable"]["cpu"]) for n in self.api.get("/api/v1/nodes")["items"]}
        each = max(nodes.values()) // 3  # three fit on a node
        for i in range(ROUNDS):
            self.assertEqual(self.flood(nodes, each, "flood-%d-" % i), {n: 3 * each for n in nodes})
            self.clear()


if __name__ == "__main__":
    harness.main()
