#!/usr/bin/env python3
"""SIGTERM with a thousand open watches: every process is gone within a second, and every watcher is told."""
import resource
import signal
import os
import time
import unittest

import harness
from harness import PATIENCE, alive, pod, poll

WATCHES = 1000
PATHS = ("/api/v1/pods", "/api/v1/namespaces/default/configmaps", "/api/v1/nodes", "/api/v1/events", "/apis/apps/v1/replicasets")
GONE_S = 1.0


def allow_files(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        print("skipped: at most %d open files are allowed here" % hard)
        raise SystemExit(harness.SKIPPED)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count) if soft != resource.RLIM_INFINITY else soft, hard))


class Watches(unittest.TestCase):
    def setUp(self):
        self.home = harness.Home()
        self.addCleanup(self.home.close)
        self.cluster = self.home.up()

    def open_watch(self, path):
        s = self.cluster.api.socket()
        self.addCleanup(s.close)
        s.sendall(("GET %s?watch=true&allowWatchBookmarks=true HTTP/1.1\r\nHost: localhost\r\n\r\n" % path).encode())
        return s

    def test_terminate_with_open_watches(self):
        watches = [self.open_watch(PATHS[i % len(PATHS)]) for i in range(WATCHES)]
        for s in watches:
            self.assertTrue(s.recv(12).startswith(b"HTTP/1.1 200"))
        self.cluster.api.post("/api/v1/namespaces/default/pods", pod("seen"))
        seen = b""
        while b'"name":"seen"' not in seen:  # they are live; the socket's timeout is the deadline
            seen += watches[0].recv(65536)
        pids = [c["pid"] for c in self.cluster.status().values()]
        started = time.monotonic()
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        poll("all are gone", lambda: not any(alive(pid) for pid in pids))
        took = time.monotonic() - started
        self.assertLess(took, GONE_S, "seconds until the last process was gone")
        for s in watches[::50]:
            while s.recv(65536):  # an orderly end, not a reset
                pass
        self.home.kubestep("down")
        self.home.kubestep("fsck")

    def test_down_with_open_watches(self):
        watches = [self.open_watch(PATHS[i % len(PATHS)]) for i in range(100)]
        for s in watches:
            self.assertTrue(s.recv(12).startswith(b"HTTP/1.1 200"))
        started = time.monotonic()
        pids = self.cluster.down()
        self.assertFalse([pid for pid in pids if alive(pid)])
        self.assertLess(time.monotonic() - started, 2 * GONE_S)


if __name__ == "__main__":
    allow_files(WATCHES + 500)
    harness.main()
