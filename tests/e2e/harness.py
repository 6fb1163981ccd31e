"""harness.py - what the end-to-end tests share: private clusters, programs with a deadline, an API client, terminals.

Reads: --bin DIR (the built programs), KUBECTL.   Writes: only below temporary directories, which are removed.
A test file ends with `harness.main()`; it exits 77 and says why when something that it needs is not on this machine.
"""
import atexit
import functools
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SKIPPED = 77
PATIENCE = 30  # seconds: what a loaded machine may need for anything that takes milliseconds
COMPONENTS = ("apiserver", "kubelet-sim", "scheduler", "controllers")
GARBAGE = ("unable to decode", "cannot unmarshal", "no kind ", "memcache.go", "Unhandled Error", "couldn't get",
           "converting ", "failed to decode", "unexpected EOF", "invalid character", "proto:", "panic", "malformed")


def bin_dir():
    return os.path.abspath(sys.argv[sys.argv.index("--bin") + 1] if "--bin" in sys.argv else "build/bin")


def program(name):
    return os.path.join(bin_dir(), name)


def find_kubectl():
    return os.environ.get("KUBECTL") or shutil.which("kubectl")


@functools.lru_cache(maxsize=None)
def kubectl_minor():
    """30 for kubectl 1.30. Debian's own package is 1.20."""
    out = subprocess.run([find_kubectl(), "version", "--client", "-o", "json"], capture_output=True, text=True, timeout=60).stdout
    return int(re.match(r"\d+", json.loads(out)["clientVersion"]["minor"]).group())


def needs_kubectl(minor, why):
    """A test for kubectl 1.MINOR and later."""
    def wrap(test):
        @functools.wraps(test)
        def run_or_skip(self, *args):
            if kubectl_minor() < minor:
                self.skipTest("kubectl 1.%d: %s" % (kubectl_minor(), why))
            return test(self, *args)
        return run_or_skip
    return wrap


def need(*tools):
    """Ends the test as skipped when a tool is missing."""
    for tool in tools:
        if not (find_kubectl() if tool == "kubectl" else shutil.which(tool)):
            print("skipped: no %s on this machine" % tool)
            sys.exit(SKIPPED)


def poll(what, condition, seconds=PATIENCE):
    """The first true value of condition(); fails when there is none in time."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("not in %d s: %s" % (seconds, what))
        pause.wait(0.01)


# ---- Processes ----

def alive(pid):
    """Runs, and is no zombie."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def end(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def processes_in(text):
    """The processes whose command line or environment holds text (a private directory); not ourselves."""
    found, needle = [], text.encode()
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open("/proc/%s/cmdline" % entry, "rb") as f:
                line = f.read()
            with open("/proc/%s/environ" % entry, "rb") as f:
                line += f.read()
        except OSError:
            continue
        if needle in line and alive(int(entry)):
            found.append(int(entry))
    return found


class Result:
    def __init__(self, argv, code, out, err):
        self.argv, self.code, self.out, self.err = argv, code, out, err

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return "%s\nexit code %s\n--- stdout\n%s\n--- stderr\n%s" % (" ".join(self.argv), self.code, self.out, self.err)


def run(argv, env=None, stdin=None, seconds=PATIENCE, code=0, cwd=None):
    """Runs a program; fails when it does not end in time or not with this exit code (None: any)."""
    try:
        p = subprocess.run(argv, env=env, cwd=cwd, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds, text=True, errors="replace")
    except subprocess.TimeoutExpired as late:
        raise AssertionError("still runs after %d s: %s\n%s" % (seconds, " ".join(argv), late.stdout)) from None
    result = Result(argv, p.returncode, p.stdout, p.stderr)
    if code is not None and p.returncode != code:
        raise AssertionError("want exit code %d: %s" % (code, result))
    return result


# ---- A home: a directory in which clusters live ----

class Home:
    """A private KUBESTEP_HOME (and HOME). close() ends every process that was started in it."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="kubestep-e2e-")
        self.env = {k: v for k, v in os.environ.items() if k not in ("KUBECONFIG", "XDG_STATE_HOME")}
        self.env.update(KUBESTEP_HOME=os.path.join(self.dir, "home"), HOME=self.dir, LC_ALL="C", TERM="xterm",
                        PATH=bin_dir() + ":" + os.environ["PATH"])
        atexit.register(self.close)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text if isinstance(text, str) else json.dumps(text))
        return self.path(name)

    def kubestep(self, *args, **more):
        return run([program("kubestep"), *args], **{"env": self.env, **more})

    def up(self, *args):
        return Cluster(self, self.kubestep("up", "-o", "json", *args).json())

    def close(self):
        for pid in processes_in(self.dir):
            end(pid)
        shutil.rmtree(self.dir, ignore_errors=True)


class Api:
    """HTTPS as the administrator whose certificate lies in a pki directory."""

    def __init__(self, port, pki):
        self.port = port
        self.tls = ssl.create_default_context(cafile=os.path.join(pki, "ca.crt"))
        self.tls.load_cert_chain(os.path.join(pki, "admin.crt"), os.path.join(pki, "admin.key"))

    def socket(self, seconds=PATIENCE):
        return self.tls.wrap_socket(socket.create_connection(("127.0.0.1", self.port), seconds), server_hostname="localhost")

    def connection(self):
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.tls, timeout=PATIENCE)

    def call(self, method, path, body=None, headers=None, connection=None):
        """(status, parsed JSON or text)"""
        c = connection or self.connection()
        head = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        c.request(method, path, body, head)
        answer = c.getresponse()
        text = answer.read()
        if not connection:
            c.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text.decode(errors="replace")

    def get(self, path):
        status, body = self.call("GET", path)
        assert status == 200, (path, status, body)
        return body

    def post(self, path, body):
        status, answer = self.call("POST", path, body)
        assert status == 201, (path, status, answer)
        return answer


class Cluster:
    def __init__(self, home, facts):
        self.home, self.facts, self.name = home, facts, facts["name"]
        self.kubeconfig = facts["kubeconfig"]
        self.dir = os.path.dirname(self.kubeconfig)
        self.env = dict(home.env, KUBECONFIG=self.kubeconfig)
        self.api = Api(int(facts["server"].rpartition(":")[2]), os.path.join(self.dir, "pki"))

    def kubestep(self, *args, **more):
        return self.home.kubestep(*args, "--name", self.name, **more)

    def kubectl(self, *args, **more):
        """kubectl; besides the exit code it may not stumble over an answer."""
        r = run([find_kubectl(), *args], **{"env": self.env, **more})
        for bad in GARBAGE:
            if bad in r.err:
                raise AssertionError("kubectl stumbles (%r): %s" % (bad, r))
        return r

    def status(self):
        return {c["name"]: c for c in self.kubestep("status", "-o", "json", code=None).json()["components"]}

    def down(self):
        pids = [c["pid"] for c in self.status().values()]
        self.kubestep("down")
        return pids


def pod(name, **spec):
    """A Pod with one container."""
    cpu = spec.pop("cpu", "10m")
    labels = spec.pop("labels", {"app": name})
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
            "spec": {"containers": [{"name": "c", "image": "nginx", "resources": {"requests": {"cpu": cpu}}}], **spec}}


def replica_set(name, replicas):
    labels = {"app": name}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels},
                     "template": {"metadata": {"labels": labels}, "spec": pod("x")["spec"]}}}


class Test(unittest.TestCase):
    """One cluster for the tests of a class. UP: options of `kubestep up`; None: only a home."""
    UP = ()
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.home = Home()
        cls.addClassCleanup(cls.home.close)
        if cls.UP is not None:
            cls.cluster = cls.home.up(*cls.UP)
            cls.kubectl, cls.api = cls.cluster.kubectl, cls.cluster.api

    @classmethod
    def tearDownClass(cls):
        """No component may have ended by itself."""
        if cls.UP is not None:
            dead = [n for n, c in cls.cluster.status().items() if not c["ready"]]
            logs = "".join(cls.cluster.kubestep("logs", n).out[-2000:] for n in dead)
            assert not dead, "ended by themselves: %s\n%s" % (dead, logs)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # a test that is cut off ends its clusters, too
    if "--bin" in sys.argv:
        at = sys.argv.index("--bin")
        argv = sys.argv[:at] + sys.argv[at + 2:]
    else:
        argv = sys.argv
    unittest.main(argv=argv, verbosity=2)
