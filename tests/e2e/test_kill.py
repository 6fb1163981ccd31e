#!/usr/bin/env python3
"""kill -9 of the API server under write load, again and again: what was acknowledged is there, and the rest goes on."""
import http.client
import signal
import socket
import sqlite3
import subprocess
import threading
import unittest

import harness
from harness import PATIENCE, Api, Home, alive, pod, poll, program, run

KILLS = 22
WRITERS = 4
WRITES_BETWEEN = 25  # acknowledged ones, before the next kill
CONFIGMAPS = "/api/v1/namespaces/default/configmaps"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Plane:
    """The four processes, started by hand so that one of them can be started again."""

    def __init__(self, home):
        self.home, self.port, self.store = home, free_port(), home.path("store.db")
        self.apiserver, self.others, self.api = None, {}, None

    def start(self, name, *flags):
        with open(self.home.path(name + ".log"), "a") as log:
            return subprocess.Popen([program(name), *flags], env=self.home.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start_apiserver(self):
        self.apiserver = self.start("apiserver", "--secure-port=%d" % self.port, "--cert-dir=" + self.home.path("pki"),
                                    "--kubeconfig-dir=" + self.home.dir, "--store=" + self.store)
        poll("the API server is ready", self.ready)

    def ready(self):
        if self.apiserver.poll() is not None:
            raise AssertionError("the API server ended: " + self.log("apiserver"))
        try:
            self.api = self.api or Api(self.port, self.home.path("pki"))
            return self.api.call("GET", "/readyz") == (200, "ok")
        except OSError:
            return False

    def start_others(self):
        for name in ("kubelet-sim", "scheduler", "controllers"):
            self.others[name] = self.start(name, "--kubeconfig=" + self.home.path(name + ".kubeconfig"))

    def log(self, name):
        with open(self.home.path(name + ".log")) as f:
            return f.read()[-3000:]

    def kill_apiserver(self):
        self.apiserver.kill()
        self.apiserver.wait()


class Writer(threading.Thread):
    """Creates, updates and deletes ConfigMaps without end and remembers what was acknowledged."""

    def __init__(self, plane, number):
        super().__init__(daemon=True)
        self.plane, self.number, self.stop = plane, number, threading.Event()
        self.there, self.gone, self.acknowledged, self.revisions, self.odd = {}, set(), 0, [], []

    def run(self):
        connection, count = None, 0
        while not self.stop.is_set():
            count += 1
            connection = connection or self.plane.api.connection()
            try:
                self.write(connection, "w%d-%d" % (self.number, count), count)
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = None  # nothing was acknowledged
                self.stop.wait(0.01)
        if connection:
            connection.close()

    def call(self, connection, want, *request):
        status, body = self.plane.api.call(*request, connection=connection)
        if status != want:
            self.odd.append((request[:2], status, body))
        return body if status == want else None

    def write(self, connection, name, count):
        made = self.call(connection, 201, "POST", CONFIGMAPS, {"metadata": {"name": name}, "data": {"n": str(count)}})
        if made is None:
            return
        self.note(name, made)
        if count % 5 == 0:
            changed = self.call(connection, 200, "PUT", CONFIGMAPS + "/" + name, {"metadata": {"name": name}, "data": {"n": "changed"}})
            if changed is None:
                return
            self.note(name, changed)
        if count % 7 == 0:
            self.there.pop(name)  # whether it goes is not known before the answer
            if self.call(connection, 200, "DELETE", CONFIGMAPS + "/" + name) is not None:
                self.gone.add(name)
                self.acknowledged += 1

    def note(self, name, obj):
        self.there[name] = obj
        self.revisions.append(int(obj["metadata"]["resourceVersion"]))
        self.acknowledged += 1


class Kill(unittest.TestCase):
    def test_kill_under_write_load(self):
        home = Home()
        self.addCleanup(home.close)
        plane = Plane(home)
        plane.start_apiserver()
        plane.start_others()
        poll("the nodes are there", lambda: len(plane.api.get("/api/v1/nodes")["items"]) == 3)
        writers = [Writer(plane, n) for n in range(WRITERS)]
        for w in writers:
            w.start()
        self.addCleanup(lambda: [w.stop.set() for w in writers])
        for _ in range(KILLS):
            before = sum(w.acknowledged for w in writers)
            poll("writes go on", lambda: sum(w.acknowledged for w in writers) >= before + WRITES_BETWEEN)
            plane.kill_apiserver()
            plane.start_apiserver()
        for w in writers:
            w.stop.set()
        for w in writers:
            w.join(PATIENCE)
        self.check_writes(plane, writers)
        self.check_components(plane)
        self.check_store(plane)

    def check_writes(self, plane, writers):
        there = {o["metadata"]["name"]: o for o in plane.api.get(CONFIGMAPS)["items"]}
        for w in writers:
            # A change that was never answered may have happened, at a later revision.
            lost = [n for n, o in w.there.items() if n not in there or
                    int(there[n]["metadata"]["resourceVersion"]) < int(o["metadata"]["resourceVersion"])]
            self.assertEqual(lost, [])
            differs = [n for n, o in w.there.items()
                       if there[n]["metadata"]["resourceVersion"] == o["metadata"]["resourceVersion"] and there[n]["data"] != o["data"]]
            self.assertEqual(differs, [])
            self.assertEqual([n for n in w.gone if n in there], [])
            self.assertEqual(w.revisions, sorted(set(w.revisions)))
            self.assertEqual(w.odd, [])
        every = [r for w in writers for r in w.revisions]
        self.assertEqual(len(every), len(set(every)), "a revision was given out twice")

    def check_components(self, plane):
        """They found back by themselves: a pod created now gets to run, a ReplicaSet gets its pods."""
        self.assertEqual([n for n, p in plane.others.items() if p.poll() is not None], [])
        plane.api.post("/api/v1/namespaces/default/pods", pod("afterwards"))
        plane.api.post("/apis/apps/v1/namespaces/default/replicasets", harness.replica_set("set", 2))
        poll("the pod runs", lambda: plane.api.get("/api/v1/namespaces/default/pods/afterwards")["status"]["phase"] == "Running")
        path = "/apis/apps/v1/namespaces/default/replicasets/set"
        poll("its pods are ready", lambda: plane.api.get(path)["status"].get("readyReplicas") == 2)

    def check_store(self, plane):
        """No gap in the revisions, and the tables agree with each other."""
        for p in [*plane.others.values(), plane.apiserver]:
            p.send_signal(signal.SIGTERM)
        for p in [*plane.others.values(), plane.apiserver]:
            self.assertEqual(p.wait(PATIENCE), 0)
        run([program("apiserver"), "--fsck", plane.store])
        db = sqlite3.connect("file:%s?mode=ro" % plane.store, uri=True)
        self.addCleanup(db.close)
        self.check_revisions(db)

    def check_revisions(self, db):
        compacted = db.execute("select value from meta where name = 'compacted_rev'").fetchone()
        first = max(int(compacted[0]) + 1 if compacted else 2, 2)  # an empty store is at revision 1, as etcd's
        there = {rev for rev, in db.execute("select rev from event where rev >= ?", (first,))}
        missing = [rev for rev in range(first, max(there) + 1) if rev not in there]
        # Only Leases drop their older versions at once: each is counted in the version of the one that is kept.
        leases = db.execute("select max(version), count(*) from event where cast(key as text) like '/registry/leases/%' group by key")
        self.assertEqual(len(missing), sum(version - rows for version, rows in leases), missing)


if __name__ == "__main__":
    harness.main()
