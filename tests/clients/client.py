#!/usr/bin/env python3
"""client.py - one real client against a cluster of its own: gets it from its registry, builds it, runs our tests of it.

What others have made (modules of Python and JavaScript, jars, kubectl, Helm, the crates of kube-rs) is kept in
$XDG_CACHE_HOME/kubestep/clients (~/.cache/kubestep/clients), one folder for each state of all that went into it: lock files, tools,
flags. So only the first run on a machine takes minutes, and the folder may be removed at any time. What was not used for 30
days goes by itself. Where nothing can be written there, --work keeps it. Our own tests are compiled anew each time.

Reads: the project in the folder of that name.   Writes: --work, that cache, and those of go, npm, pip, maven and cargo.
Exits with 77 and says why when a toolchain is missing or its registry cannot be reached.
"""
import argparse
import contextlib
import fcntl
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
FETCH_S, TEST_S = 900, 300
KEPT_DAYS = 30
HERE = os.path.dirname(os.path.abspath(__file__))
TESTKIT = os.path.join(os.path.dirname(os.path.dirname(HERE)), "testkit")
E2E = os.path.join(os.path.dirname(HERE), "e2e")
# The same for all Go programs: what they share is compiled once.
GO = dict(os.environ, GOTOOLCHAIN="local", GOFLAGS="-buildvcs=false")


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def need(tool):
    return shutil.which(tool) or skip("no %s on this machine" % tool)


def fetch(argv, wrong="\0", **more):
    """A step that needs a registry; without one the test is skipped. Words that tell of a fault of ours make it fail."""
    try:
        p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           timeout=FETCH_S, **more)
    except subprocess.TimeoutExpired:
        skip("%s: no answer in %d s" % (" ".join(argv[:3]), FETCH_S))
    if p.returncode:
        if wrong in p.stdout:
            sys.exit(p.stdout)
        lines = p.stdout.strip().splitlines() or ["exit code %d" % p.returncode]
        skip("%s: %s" % (" ".join(argv[:3]), lines[-1]))
    return p.stdout


def run(argv, timeout=TEST_S, **more):
    code = subprocess.run(argv, stdin=subprocess.DEVNULL, timeout=timeout, **more).returncode
    if code:
        sys.exit("exit code %d: %s" % (code, " ".join(argv)))


def build(argv, **more):
    """The first time a program compiles all that it needs, which takes minutes."""
    run(argv, FETCH_S, **more)


def said_by(*argv):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=GO).stdout


def in_cluster(argv, **more):
    """With KUBECONFIG of a private cluster that ends with the command."""
    run([os.path.join(BIN, "kubestep"), "run", "--", *argv], **more)


def project(name, files):
    """A copy of the project in the work directory: what builds leave must not lie in the tree."""
    copied(name, files, WORK)
    return WORK


def copied(name, files, to):
    """As new files: cargo would take one with an old date for the one that it compiled last time, of another checkout maybe."""
    os.makedirs(to, exist_ok=True)
    for pattern in files:
        for path in glob.glob(os.path.join(HERE, name, pattern)):
            if os.path.isdir(path):
                shutil.copytree(path, os.path.join(to, os.path.basename(path)), copy_function=shutil.copy, dirs_exist_ok=True)
            else:
                shutil.copy(path, to)


# ---- The cache ----

def contents(*files):
    """Facts for a key: each file's text."""
    out = []
    for file in files:
        with open(os.path.join(HERE, file)) as f:
            out.append(f.read())
    return out


def roots():
    return [os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "kubestep", "clients"),
            os.path.join(WORK, "kept")]


def forget_old(root):
    for entry in os.scandir(root):
        with contextlib.suppress(OSError):
            if time.time() - entry.stat().st_mtime > KEPT_DAYS * 24 * 3600:
                shutil.rmtree(entry.path, ignore_errors=True)


def entry_of(name, facts):
    """(the root that can be used, the folder of that name made of these facts, is it there?)"""
    key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
    for root in roots():
        place = os.path.join(root, "%s-%s" % (name, key))
        if os.path.isdir(place):
            with contextlib.suppress(OSError):
                os.utime(place)
            return root, place, True
        with contextlib.suppress(OSError):
            os.makedirs(root, exist_ok=True)
            os.rmdir(tempfile.mkdtemp(dir=root))
            return root, place, False
    sys.exit("cannot write to %s" % WORK)


def kept(name, facts, make):
    """A folder that make(folder) fills unless it is kept already. It has its name only when it is whole."""
    root, place, there = entry_of(name, facts)
    if there:
        return place
    forget_old(root)
    new = tempfile.mkdtemp(prefix=".%s-" % name, dir=root)
    try:
        make(new)
        with contextlib.suppress(OSError):  # another run may have been first
            os.rename(new, place)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return place


@contextlib.contextmanager
def workshop(name, facts):
    """A kept folder for a build that goes on where the last one ended, for one run at a time."""
    root, place, there = entry_of(name, facts)
    if not there:
        forget_old(root)
        os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield place


# ---- Go: all in one module, so that they share versions ----

def go_modules():
    need("go")
    fetch(["go", "mod", "download"], cwd=HERE, env=GO)


def go_tests(name):
    go_modules()
    os.makedirs(WORK, exist_ok=True)
    program = os.path.join(WORK, "clients.test")
    build(["go", "test", "-c", "-o", program, "./" + name], cwd=HERE, env=GO)
    in_cluster([program, "-test.v", "-test.timeout=240s"], cwd=os.path.join(HERE, name))


def go_program(name, package, flags=""):
    """The program of a package, from the cache or compiled."""
    need("go")

    def make(folder):
        go_modules()
        build(["go", "build", "-ldflags", "-s -w " + flags, "-o", os.path.join(folder, name), package], cwd=HERE, env=GO)

    facts = [package, flags, said_by("go", "version"), said_by("go", "env", "GOOS", "GOARCH"), contents("go.mod", "go.sum", "kubectl/main.go")]
    return os.path.join(kept(name, facts, make), name)


def test_go():
    go_tests("go")


def test_operator():
    go_tests("operator")


def test_helm():
    kubectl = need("kubectl")
    helm = go_program("helm", "helm.sh/helm/v4/cmd/helm")
    folder = project("helm", ["*.py", "chart"])
    # Helm's own files, and what it believes of the cluster (discovery is kept): not those of whoever runs this.
    env = dict(os.environ, HELM=helm, KUBECTL=kubectl, HOME=os.path.join(folder, "home"))
    in_cluster([sys.executable, "test_helm.py", "-v"], cwd=folder, env=env)


def with_kubectl(kubectl, tests):
    """The end-to-end tests of kubectl, with this one."""
    for test in tests:
        run([sys.executable, os.path.join(E2E, "test_%s.py" % test), "--bin", BIN], env=dict(os.environ, KUBECTL=kubectl))


def test_kubectl():
    # What release builds are told by their flags.
    version = re.search(r"k8s\.io/kubectl v0(\.(\d+)\S*)", contents("go.mod")[0])
    told = {"gitMajor": "1", "gitMinor": version.group(2), "gitVersion": "v1" + version.group(1)}
    flags = " ".join("-X k8s.io/component-base/version.%s=%s" % fact for fact in told.items())
    with_kubectl(go_program("kubectl", "./kubectl", flags), ["kubectl", "openapi", "verbs"])


def test_debian_kubectl():
    need("apt-get")
    need("dpkg")

    def make(folder):
        fetch(["apt-get", "download", "kubernetes-client"], cwd=folder)
        found = glob.glob(os.path.join(folder, "kubernetes-client_*.deb")) or skip("apt-get downloaded nothing")
        run(["dpkg", "-x", found[0], folder])
        os.remove(found[0])
        if not os.path.exists(os.path.join(folder, "usr", "bin", "kubectl")):
            skip("Debian's package holds no kubectl")

    place = kept("debian-kubectl", said_by("apt-cache", "show", "--no-all-versions", "kubernetes-client"), make)
    with_kubectl(os.path.join(place, "usr", "bin", "kubectl"), ["kubectl", "openapi", "verbs"])


# ---- Other languages ----

def venv(*packages):
    """An interpreter that has them."""
    def make(folder):
        fetch([sys.executable, "-m", "venv", folder])
        fetch([os.path.join(folder, "bin", "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])

    return os.path.join(kept("python", [sys.version, os.path.realpath(sys.executable), packages], make), "bin", "python")


def test_python():
    folder = project("python", ["*.py"])
    python = venv(*contents("python/requirements.txt")[0].split())
    in_cluster([python, "-m", "unittest", "-v", "test_client", "test_custom"], cwd=folder)


def test_javascript():
    need("node")
    need("npm")
    folder = project("javascript", ["*.mjs", "package.json"])

    def make(to):
        copied("javascript", ["package.json"], to)
        fetch(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"], cwd=to)

    modules = os.path.join(kept("javascript", contents("javascript/package.json"), make), "node_modules")
    link = os.path.join(folder, "node_modules")
    if not os.path.islink(link) or os.readlink(link) != modules:
        shutil.rmtree(link, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.remove(link)
        os.symlink(modules, link)
    in_cluster(["node", "--test", "client.test.mjs", "custom.test.mjs"], cwd=folder)


def test_java():
    need("java")
    need("mvn")
    folder = project("java", ["*.java"])

    def make(to):
        copied("java", ["pom.xml"], to)
        fetch(["mvn", "-B", "-q", "dependency:copy-dependencies", "-DoutputDirectory=libs"], cwd=to)

    libs = os.path.join(kept("java", contents("java/pom.xml"), make), "libs")
    # Java itself compiles a program of one file.
    in_cluster(["java", "-cp", os.path.join(libs, "*"), "Client.java"], cwd=folder)


def test_rust():
    need("cargo")
    os.makedirs(WORK, exist_ok=True)
    program = os.path.join(WORK, "clients.test")
    facts = [said_by("rustc", "-vV"), contents("rust/Cargo.toml", "rust/Cargo.lock")]
    with workshop("rust", facts) as folder:
        source = os.path.join(folder, "source")
        shutil.rmtree(source, ignore_errors=True)
        copied("rust", ["src", "Cargo.toml", "Cargo.lock"], source)
        env = dict(os.environ, CARGO_TARGET_DIR=os.path.join(folder, "target"))
        fetch(["cargo", "fetch", "--locked"], wrong="--locked was passed", cwd=source, env=env)
        argv = ["cargo", "test", "--lib", "--no-run", "--locked", "--message-format=json-render-diagnostics"]
        told = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, cwd=source, env=env, timeout=FETCH_S, check=True)
        made = [json.loads(line).get("executable") for line in told.stdout.splitlines()]
        shutil.copy(next(filter(None, made)), program)
    in_cluster([program])


# ---- Our helpers for tests ----

def kit(language, *more):
    """A work directory with testkit/LANGUAGE and our tests of it, and an environment with clusters of its own."""
    project(os.path.join(TESTKIT, language), ["*"])
    project("testkit", more)
    home = os.path.join(WORK, "home")
    return dict(os.environ, KUBESTEP=os.path.join(BIN, "kubestep"), KUBESTEP_HOME=home), home


def none_left(home):
    """Who guards a cluster tidies up after the process that had it."""
    until = time.monotonic() + 30
    while glob.glob(os.path.join(home, "clusters", "*")):
        if time.monotonic() > until:
            sys.exit("left behind: %s" % os.listdir(os.path.join(home, "clusters")))
        time.sleep(0.05)


def test_testkit_go():
    need("go")
    env, home = kit("go")
    run(["go", "test", "-count=1", "-v", "."], cwd=WORK, env=dict(env, GOTOOLCHAIN=GO["GOTOOLCHAIN"], GOFLAGS=GO["GOFLAGS"]))
    none_left(home)


def test_testkit_python():
    env, home = kit("python", "*.py")
    run([venv("pytest==8.4.2"), "-m", "pytest", "-v", "test_kit.py"], cwd=WORK, env=env)
    none_left(home)


def test_testkit_node():
    need("node")
    env, home = kit("node", "*.mjs")
    run(["node", "--test", "kit.test.mjs"], cwd=WORK, env=env)
    none_left(home)


def main():
    global BIN, WORK
    tests = sorted(name[5:].replace("_", "-") for name in globals() if name.startswith("test_"))
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("client", choices=tests)
    p.add_argument("--bin", required=True, help="where the programs are")
    p.add_argument("--work", required=True, help="a folder to write to; what is there of the last run is used again")
    a = p.parse_args()
    BIN, WORK = os.path.abspath(a.bin), os.path.abspath(a.work)
    globals()["test_" + a.client.replace("-", "_")]()


if __name__ == "__main__":
    main()
