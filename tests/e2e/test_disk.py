#!/usr/bin/env python3
"""A disk that is full: writes are refused with a reason, reads go on, nothing is half-written, and space brings all back.

The limit on the size of a file (RLIMIT_FSIZE, of the API server alone) stands for the full disk."""
import os
import resource
import subprocess
import unittest

import harness
from harness import Cluster, Home, pod, poll, program

CM = "/api/v1/namespaces/default/configmaps"
ROOM = 2 << 20       # bytes that the store may still grow by
WRITES_MAX = 100     # of 256 KB each: far more than fits
BLOCK = "x" * (256 << 10)


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.home = Home()
        self.addCleanup(self.home.close)
        # An ignored SIGXFSZ is inherited (Python ignores it): a write then fails as on a full disk.
        p = subprocess.run([program("kubestep"), "up", "-o", "json"], env=self.home.env, stdout=subprocess.PIPE, restore_signals=False, check=True)
        self.cluster = Cluster(self.home, harness.Result(["up"], 0, p.stdout, "").json())
        self.api = self.cluster.api

    def limit(self, size):
        resource.prlimit(self.cluster.status()["apiserver"]["pid"], resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def create(self, name, data):
        return self.api.call("POST", CM, {"metadata": {"name": name}, "data": {"d": data}})

    def test_full_disk(self):
        store = os.path.join(self.cluster.dir, "store.db")
        self.limit(max(os.path.getsize(store), os.path.getsize(store + "-wal")) + ROOM)
        kept, refused = [], None
        for i in range(WRITES_MAX):
            status, body = self.create("c%03d" % i, BLOCK)
            if status != 201:
                refused = (status, body)
                break
            kept.append(body["metadata"]["name"])
        self.assertTrue(refused, "nothing was refused")
        self.assertEqual(refused[0], 500, refused)
        self.assertEqual((refused[1]["kind"], refused[1]["reason"]), ("Status", "InternalError"))
        self.assertRegex(refused[1]["message"], r"(?i)disk|full|I/O|write|store|space")
        self.check_reads(kept)
        self.assertEqual(self.create("again", BLOCK)[0], 500)
        self.check_reads(kept)
        self.limit(resource.RLIM_INFINITY)
        made = poll("writes go on", lambda: (lambda s, b: b if s == 201 else None)(*self.create("space", "there is")))
        kept.append(made["metadata"]["name"])
        self.check_reads(kept)
        self.api.post("/api/v1/namespaces/default/pods", pod("web"))
        poll("a pod runs", lambda: self.api.get("/api/v1/namespaces/default/pods/web")["status"]["phase"] == "Running")
        self.assertTrue(all(c["ready"] for c in self.cluster.status().values()))
        self.cluster.down()
        self.home.kubestep("fsck")
        self.cluster = self.home.up()
        self.api = self.cluster.api
        self.check_reads(kept)

    def check_reads(self, kept):
        got = self.api.get(CM + "?fieldSelector=metadata.name!=kube-root-ca.crt")["items"]
        self.assertEqual(sorted(o["metadata"]["name"] for o in got), sorted(kept))
        self.assertTrue(all(o["data"]["d"] in (BLOCK, "there is") for o in got))


if __name__ == "__main__":
    harness.main()
