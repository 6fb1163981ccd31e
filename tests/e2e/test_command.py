#!/usr/bin/env python3
"""The kubestep command: clusters come and go without a trace, exit codes and JSON are what scripts rely on."""
import json
import os
import re
import signal
import socket
import subprocess
import unittest

import harness
from harness import COMPONENTS, PATIENCE, Home, alive, find_kubectl, pod, poll, processes_in, program, run


class Command(unittest.TestCase):
    def setUp(self):
        self.home = Home()
        self.addCleanup(self.home.close)
        self.kubestep = self.home.kubestep

    def assert_nothing_left(self):
        self.assertEqual(processes_in(self.home.dir), [])

    # ---- up, status, down ----

    def test_up_and_down(self):
        r = self.kubestep("up", "--nodes", "2")
        self.assertRegex(r.out, r'^Cluster "default" is up: 2 nodes, https://127\.0\.0\.1:\d+, \d+ ms\.\n')
        kubeconfig = re.search(r"(?m)^export KUBECONFIG=(.*)$", r.out)[1]
        self.assertTrue(kubeconfig.startswith(self.home.dir))
        status = self.kubestep("status", "-o", "json").json()
        self.assertEqual(sorted(c["name"] for c in status["components"]), sorted(COMPONENTS))
        self.assertTrue(all(c["ready"] and alive(c["pid"]) for c in status["components"]))
        self.assertEqual((status["name"], status["kubeconfig"], status["nodes"]), ("default", kubeconfig, 2))
        self.assertIn("apiserver", self.kubestep("status").out)
        self.assertEqual(self.kubestep("up", "-o", "env").out, "KUBECONFIG=%s\n" % kubeconfig)  # it is up already
        self.kubestep("down")
        self.assert_nothing_left()
        self.kubestep("status", code=3)
        self.assertEqual(os.stat(os.path.dirname(kubeconfig)).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(kubeconfig).st_mode & 0o777, 0o600)

    def test_nodes_are_ready_when_up_returns(self):
        cluster = self.home.up("--nodes", "5")
        nodes = cluster.api.get("/api/v1/nodes")["items"]
        ready = [c["status"] for n in nodes for c in n["status"]["conditions"] if c["type"] == "Ready"]
        self.assertEqual(ready, ["True"] * 5)
        self.assertEqual(cluster.api.call("GET", "/readyz"), (200, "ok"))

    def test_data_stays_over_down_and_up(self):
        cluster = self.home.up()
        made = cluster.api.post("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "kept"}, "data": {"a": "b"}})
        cluster.down()
        cluster = self.home.up("--port", "0")
        self.assertEqual(cluster.api.get("/api/v1/namespaces/default/configmaps/kept"), made)
        self.kubestep("down", "--purge")
        self.assertFalse(os.path.exists(cluster.dir))
        cluster = self.home.up()
        self.assertEqual(cluster.api.call("GET", "/api/v1/namespaces/default/configmaps/kept")[0], 404)

    def test_several_side_by_side(self):
        one, two = self.home.up("--name", "one"), self.home.up("--name", "two", "--nodes", "1")
        self.assertNotEqual(one.api.port, two.api.port)
        one.api.post("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "mine"}})
        self.assertEqual(two.api.call("GET", "/api/v1/namespaces/default/configmaps/mine")[0], 404)
        listed = self.kubestep("list", "-o", "json").json()["clusters"]
        self.assertEqual([(c["name"], c["state"], c["nodes"]) for c in listed], [("one", "running", 3), ("two", "running", 1)])
        one.down()
        listed = self.kubestep("list", "-o", "json").json()["clusters"]
        self.assertEqual([(c["name"], c["state"]) for c in listed], [("one", "stopped"), ("two", "running")])
        self.assertRegex(self.kubestep("list").out, r"(?m)^two +running ")
        two.api.get("/api/v1/nodes")

    def test_ephemeral(self):
        cluster = self.home.up("--ephemeral")
        self.assertNotEqual(cluster.name, "default")
        self.assertFalse([f for f in os.listdir(cluster.dir) if f.startswith("store.db")])
        cluster.api.get("/api/v1/nodes")
        cluster.down()
        self.assertFalse(os.path.exists(cluster.dir))
        self.assert_nothing_left()

    def test_store_in_memory(self):
        cluster = self.home.up("--store", "memory")
        self.assertFalse([f for f in os.listdir(cluster.dir) if f.startswith("store.db")])
        self.assertIn("in memory", self.kubestep("fsck", code=1).err)

    def test_store_elsewhere_and_readable_with_sqlite(self):
        import sqlite3
        path = self.home.path("elsewhere.db")
        self.home.up("--store", path).down()
        db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
        self.assertTrue(db.execute("select count(*) from sqlite_master").fetchone()[0])
        db.close()

    def test_foreground(self):
        for sig in (signal.SIGINT, signal.SIGTERM):
            p = subprocess.Popen([program("kubestep"), "up", "--foreground"], env=self.home.env, stdout=subprocess.PIPE, text=True)
            for line in p.stdout:
                if line.startswith("export "):
                    break
            pids = [c["pid"] for c in self.kubestep("status", "-o", "json").json()["components"]]
            p.send_signal(sig)
            p.communicate(timeout=PATIENCE)
            self.assertEqual(p.returncode, 0)
            self.assertFalse([pid for pid in pids if alive(pid)])

    def test_a_component_that_ended_is_told(self):
        cluster = self.home.up()
        victim = cluster.status()["scheduler"]["pid"]
        harness.end(victim)
        poll("it is gone", lambda: not alive(victim))
        r = self.kubestep("status", "-o", "json", code=1)
        self.assertEqual([c["name"] for c in r.json()["components"] if not c["ready"]], ["scheduler"])
        self.assertRegex(self.kubestep("status", code=1).out, r"(?m)^scheduler +\d+ +NO$")
        self.kubestep("down")
        self.assert_nothing_left()

    def test_port(self):
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen()
            port = busy.getsockname()[1]
            r = self.kubestep("up", "--port", str(port), code=1)
            self.assertIn("port %d: Address already in use" % port, r.err)
            self.assert_nothing_left()
            self.kubestep("status", code=3)
        cluster = self.home.up("--port", str(port))
        self.assertEqual(cluster.api.port, port)

    def test_a_start_that_fails_shows_the_log(self):
        with open(self.home.path("broken.db"), "w") as f:
            f.write("this is no database" * 1000)
        r = self.kubestep("up", "--store", self.home.path("broken.db"), code=1)
        self.assertIn("apiserver ended while starting; the end of ", r.err)
        self.assertIn("broken.db", r.err.partition("the end of")[2])
        self.assertRegex(r.err, r"(?m)^  next: kubestep ")
        self.assert_nothing_left()
        r = self.kubestep("up", "--node-cpu", "many", code=1)
        self.assertIn("kubelet-sim ended while starting", r.err)
        self.assertIn("quantities must match", r.err)
        self.assert_nothing_left()

    def test_merge_kubeconfig(self):
        os.mkdir(self.home.path(".kube"))
        mine = {"apiVersion": "v1", "kind": "Config", "current-context": "work", "preferences": {},
                "clusters": [{"name": "work", "cluster": {"server": "https://example.com"}}],
                "users": [{"name": "me", "user": {"token": "secret"}}],
                "contexts": [{"name": "work", "context": {"cluster": "work", "user": "me"}}]}
        self.home.write(".kube/config", mine)
        self.home.up("--name", "first")
        with open(self.home.path(".kube/config")) as f:
            self.assertEqual(json.load(f), mine)  # not without being asked
        self.home.up("--name", "second", "--merge-kubeconfig")
        with open(self.home.path(".kube/config")) as f:
            text = f.read()
        for want in ("https://example.com", "token: secret", "kubestep-second", "name: work"):
            self.assertIn(want, text)
        if find_kubectl():
            kubectl = lambda *a: run([find_kubectl(), *a], env=self.home.env).out
            self.assertEqual(sorted(kubectl("config", "get-contexts", "-o", "name").split()), ["kubestep-second", "work"])
            self.assertIn("node/node-1", kubectl("--context", "kubestep-second", "get", "nodes", "-o", "name"))

    def test_bearer_tokens(self):
        path = self.home.write("tokens", 'abc,alice,1,"system:masters"\n')
        cluster = self.home.up("--token-auth-file", path)
        import ssl
        import urllib.request
        tls = ssl.create_default_context(cafile=os.path.join(cluster.dir, "pki", "ca.crt"))
        ask = lambda token: urllib.request.urlopen(urllib.request.Request(
            "https://127.0.0.1:%d/api/v1/nodes" % cluster.api.port, headers={"Authorization": "Bearer " + token}), context=tls)
        self.assertEqual(ask("abc").status, 200)
        with self.assertRaises(urllib.error.HTTPError) as refused:
            ask("abd")
        self.assertEqual(refused.exception.code, 401)

    # ---- Exit codes and words ----

    def test_usage(self):
        for args in (["nope"], ["up", "--nope"], ["up", "--nodes", "x"], ["up", "--flow", "odd"], ["up", "--name", "Not/Good"], ["logs"],
                     ["report"], ["snapshot", "keep", "x"], ["run"], ["why"], ["status", "-o", "xml"], ["down", "extra"]):
            r = self.kubestep(*args, code=2)
            self.assertTrue(r.err.startswith("kubestep"), r)
            self.assertRegex(r.err, r"--help|want", r)
        self.assert_nothing_left()

    def test_help(self):
        top = self.kubestep("--help").out
        for verb in re.findall(r"(?m)^  ([a-z]+)  +", top):
            out = self.kubestep(verb, "--help").out
            self.assertTrue(out.startswith("Usage: kubestep " + verb), out)
        self.assertIn("kubestep", self.kubestep("--version").out)

    def test_no_cluster(self):
        for args in (["status"], ["logs", "apiserver"], ["why", "pod/x"], ["trace", "pod/x"], ["down"], ["fsck"], ["report", "x"]):
            r = self.kubestep(*args, code=3)
            self.assertRegex(r.err, r"(?m)^  next: kubestep ", r)
        self.assertEqual(self.kubestep("list", "-o", "json").json(), {"clusters": []})
        self.assertIn("kubestep up", self.kubestep("list").out)

    # ---- What it keeps ----

    def test_logs(self):
        cluster = self.home.up()
        for name in COMPONENTS:
            self.kubestep("logs", name)
        self.assertIn("serving on 127.0.0.1:%d" % cluster.api.port, self.kubestep("logs", "apiserver").out)
        self.kubestep("logs", "../state.json", code=3)
        p = subprocess.Popen([program("kubestep"), "logs", "-f", "apiserver"], env=self.home.env, stdout=subprocess.PIPE, text=True)
        self.addCleanup(p.communicate)
        self.addCleanup(p.kill)
        self.assertIn("serving on", p.stdout.readline())
        victim = cluster.status()["scheduler"]["pid"]
        harness.end(victim)
        for line in p.stdout:  # ctest's timeout is the deadline
            if "component scheduler left" in line:
                break

    def test_report(self):
        cluster = self.home.up()
        cluster.kubestep("walk", "-f", self.home.write("pod.json", pod("web")))
        self.kubestep("report", self.home.path("report"))
        files = sorted(os.path.relpath(os.path.join(d, f), self.home.path("report")) for d, _, fs in os.walk(self.home.path("report")) for f in fs)
        for want in ["logs/%s.log" % c for c in COMPONENTS] + ["objects/pods.json", "objects/events.json", "objects/nodes.json",
                     "objects/walks.sim.kubestep.dev.json", "objects/decisions.sim.kubestep.dev.json"]:
            self.assertIn(want, files)
        for kind in ("pods.json", "walks.sim.kubestep.dev.json", "decisions.sim.kubestep.dev.json"):
            with open(self.home.path("report", "objects", kind)) as f:
                self.assertEqual(len(json.load(f)["items"]), 1)
        for f in files:
            with open(self.home.path("report", f)) as text:
                self.assertNotIn("PRIVATE KEY", text.read())

    def test_report_of_many(self):
        """More objects than one page has, and a Decision for each pod."""
        cluster = self.home.up()
        for i in range(520):
            cluster.api.post("/api/v1/namespaces/default/pods", pod("p%d" % i))
        list_of = "/apis/sim.kubestep.dev/v1/namespaces/default/decisions?fieldSelector=metadata.name%3Dp519-1"
        poll("the last decision", lambda: cluster.api.get(list_of)["items"])
        self.kubestep("report", self.home.path("many"))
        for kind in ("pods.json", "decisions.sim.kubestep.dev.json"):
            with open(self.home.path("many", "objects", kind)) as f:
                names = [o["metadata"]["name"] for o in json.load(f)["items"]]
            self.assertGreaterEqual(len(names), 520)
            self.assertEqual(len(names), len(set(names)))

    def test_fsck_and_snapshots(self):
        cluster, saved = self.home.up(), self.home.path("saved.db")
        post = lambda name: cluster.api.post("/api/v1/namespaces/default/configmaps", {"metadata": {"name": name}})
        before = post("before")
        self.kubestep("snapshot", "save", saved)  # while it runs
        post("after")
        self.assertIn("is running", self.kubestep("snapshot", "restore", saved, code=1).err)
        self.assertIn("is running", self.kubestep("fsck", code=1).err)
        cluster.down()
        self.kubestep("fsck")
        self.kubestep("fsck", saved)
        self.kubestep("snapshot", "save", self.home.path("stopped.db"))
        self.kubestep("fsck", self.home.path("stopped.db"))
        self.kubestep("snapshot", "restore", saved)
        self.kubestep("fsck")
        cluster = self.home.up()
        self.assertEqual(cluster.api.get("/api/v1/namespaces/default/configmaps/before"), before)
        self.assertEqual(cluster.api.call("GET", "/api/v1/namespaces/default/configmaps/after")[0], 404)
        cluster.api.post("/api/v1/namespaces/default/pods", pod("web"))
        poll("the pod runs", lambda: cluster.api.get("/api/v1/namespaces/default/pods/web")["status"]["phase"] == "Running")
        cluster.down()
        bad = self.home.write("bad.db", "no database")
        self.kubestep("fsck", bad, code=1)
        self.kubestep("snapshot", "restore", bad, code=1)
        self.kubestep("fsck")  # a restore that is refused changes nothing

    # ---- run ----

    def test_run_passes_on_the_exit_code(self):
        for code in (0, 1, 42):
            self.kubestep("run", "--", "sh", "-c", "exit %d" % code, code=code)
        self.kubestep("run", "--", "sh", "-c", "kill -KILL $$", code=128 + signal.SIGKILL)
        self.kubestep("run", "--", "no-such-program", code=127)
        r = self.kubestep("run", "--nodes", "2", "--", "sh", "-c", 'kubestep why pod/x; echo "$KUBECONFIG"')
        self.assertTrue(r.out.strip().startswith(self.home.dir))
        self.assertIn("no scheduling decision", r.err)  # it was asked: KUBECONFIG names the cluster
        self.assertFalse(os.path.exists(os.path.dirname(r.out.strip())))
        self.assert_nothing_left()
        self.assertEqual(os.listdir(self.home.path("home", "clusters")), [])

    def test_run_passes_options_of_the_command(self):
        self.assertEqual(self.kubestep("run", "--", "echo", "--nodes", "-x").out, "--nodes -x\n")
        self.assertEqual(self.kubestep("run", "echo", "--nodes").out, "--nodes\n")
        self.assertEqual(self.kubestep("run", "--", "cat", stdin="through").out, "through")

    def started_run(self, script):
        """kubestep run of a shell script that says "up" and more."""
        p = subprocess.Popen([program("kubestep"), "run", "--", "sh", "-c", script], env=self.home.env, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
        self.addCleanup(p.communicate)
        self.addCleanup(p.kill)
        self.assertEqual(p.stdout.readline(), "up\n")
        return p

    def gone(self):
        return not processes_in(self.home.dir) and not os.listdir(self.home.path("home", "clusters"))

    def test_run_passes_on_signals(self):
        for sig in ("INT", "TERM", "HUP", "USR1"):
            # Not `read`: a signal just before it would be looked at only after it.
            p = self.started_run("trap 'echo got; exit 7' %s; echo up; while :; do sleep 0.05; done" % sig)
            p.send_signal(getattr(signal, "SIG" + sig))
            self.assertIn("got", p.communicate(timeout=PATIENCE)[0])
            self.assertEqual(p.returncode, 7)
            poll("nothing is left", self.gone)

    def test_run_killed_leaves_nothing(self):
        p = self.started_run("echo up; exec cat")
        self.assertGreaterEqual(len(processes_in(self.home.dir)), 6)
        p.kill()
        p.communicate(timeout=PATIENCE)
        poll("nothing is left: %s" % processes_in(self.home.dir), self.gone)

    def test_up_stops_what_an_ended_cluster_left(self):
        cluster = self.home.up()
        pids = {n: c["pid"] for n, c in cluster.status().items()}
        harness.end(pids["apiserver"])
        poll("it is gone", lambda: not alive(pids["apiserver"]))
        self.kubestep("status", code=3)
        again = self.home.up()
        self.assertFalse([pid for pid in pids.values() if alive(pid)])
        self.assertTrue(all(c["ready"] for c in again.status().values()))


if __name__ == "__main__":
    harness.main()
