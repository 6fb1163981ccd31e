#!/usr/bin/env python3
"""kubestep reset: a cluster is as it was after `kubestep up`, whatever was going on in it."""
import json
import unittest

import harness
from harness import pod, poll, replica_set

KINDS = ("/api/v1/pods", "/api/v1/namespaces", "/api/v1/configmaps", "/api/v1/serviceaccounts", "/api/v1/services",
         "/api/v1/nodes", "/apis/apps/v1/replicasets", "/apis/apps/v1/deployments", "/apis/batch/v1/jobs",
         "/apis/discovery.k8s.io/v1/endpointslices", "/apis/rbac.authorization.k8s.io/v1/clusterroles")
ROUNDS = 8


def deployment(name, replicas):
    d = replica_set(name, replicas)
    d["kind"] = "Deployment"
    return d


class Reset(harness.Test):
    UP = ("--nodes", "3")

    def names(self):
        return {(k, o["metadata"].get("namespace"), o["metadata"]["name"], o["metadata"]["uid"])
                for k in KINDS for o in self.api.get(k)["items"]}

    def reset(self):
        out = self.cluster.kubestep("reset", "-o", "json").json()
        self.assertEqual(out["name"], self.cluster.name)

    def test_nothing_is_left(self):
        self.reset()
        before = self.names()
        for i in range(ROUNDS):
            self.api.post("/apis/apps/v1/namespaces/default/deployments", deployment("web", 30))
            self.api.post("/api/v1/namespaces", {"metadata": {"name": "team"}})
            self.api.post("/api/v1/namespaces/team/configmaps", {"metadata": {"name": "settings"}})
            self.api.call("PATCH", "/api/v1/nodes/node-1", {"metadata": {"labels": {"disk": "ssd"}}},
                          {"Content-Type": "application/merge-patch+json"})
            self.api.call("DELETE", "/api/v1/namespaces/default/serviceaccounts/default")
            if i % 2:  # else in the middle of it all
                poll("pods", lambda: len(self.api.get("/api/v1/namespaces/default/pods")["items"]) == 30)
            self.reset()
            self.assertEqual(self.names(), before, "round %d" % i)
            self.assertNotIn("disk", self.api.get("/api/v1/nodes/node-1")["metadata"]["labels"])
        self.cluster.kubestep("clock", "settle")
        self.assertEqual(self.names(), before, "nothing comes back later")
        for kind in ("walks", "decisions", "steppers"):
            self.assertEqual(self.api.get("/apis/sim.kubestep.dev/v1/" + kind)["items"], [], kind)

    def test_it_works_afterwards(self):
        self.api.post("/api/v1/namespaces/default/pods", pod("one"))
        self.reset()
        self.api.post("/apis/apps/v1/namespaces/default/deployments", deployment("web", 5))
        poll("five pods run", lambda: self.api.get("/apis/apps/v1/namespaces/default/deployments/web")
             .get("status", {}).get("readyReplicas") == 5)
        self.api.post("/api/v1/namespaces/default/pods", pod("one"))
        poll("the pod runs", lambda: self.api.get("/api/v1/namespaces/default/pods/one")["status"]["phase"] == "Running")
        self.reset()

    def test_watches_end_with_410(self):
        c = self.api.connection()
        c.request("GET", "/api/v1/configmaps?watch=true&resourceVersion=0", headers={"Accept": "application/json"})
        stream = c.getresponse()
        self.api.post("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "seen"}})
        self.reset()
        events = [json.loads(line) for line in stream.read().splitlines()]
        self.assertIn("seen", [e["object"]["metadata"].get("name") for e in events if e["type"] == "ADDED"])
        self.assertEqual((events[-1]["type"], events[-1]["object"]["code"], events[-1]["object"]["reason"]),
                         ("ERROR", 410, "Expired"))
        c.close()

    def test_who_may(self):
        self.api.post("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "guest"}})
        token = self.api.post("/api/v1/namespaces/default/serviceaccounts/guest/token",
                              {"spec": {}})["status"]["token"]
        plain = self.cluster.kubectl("--token", token, "--client-certificate=", "--client-key=", "create", "--raw",
                                     "/apis/sim.kubestep.dev/v1/reset", "-f", "/dev/null", code=None)
        self.assertNotEqual(plain.code, 0, plain)
        self.assertIn("orbidden", plain.err)
        self.reset()


if __name__ == "__main__":
    harness.need("kubectl")
    harness.main()
