#!/usr/bin/env python3
"""client.py - one real client against a cluster of its own: gets it from its registry, builds it, runs its tests.

Usage: client.py CLIENT --bin DIR --work DIR
Reads: the project in the folder of that name.   Writes: --work (and the caches of go, npm and pip).
Exits 77 and says why when a toolchain is missing or its registry cannot be reached.
"""
import glob
import os
import shutil
import subprocess
import sys
import time

SKIPPED = 77
FETCH_S, TEST_S = 600, 300
HERE = os.path.dirname(os.path.abspath(__file__))
TESTKIT = os.path.join(os.path.dirname(os.path.dirname(HERE)), "testkit")
E2E = os.path.join(os.path.dirname(HERE), "e2e")


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def takes_minutes(what):
    """Not run by itself: CI has half an hour for everything."""
    if os.environ.get("KUBESTEP_CLIENTS") != "all":
        skip("getting %s takes minutes: KUBESTEP_CLIENTS=all runs it" % what)


def need(tool):
    return shutil.which(tool) or skip("no %s on this machine" % tool)


def fetch(argv, **more):
    """A step that needs a registry; without one the test is skipped."""
    try:
        p = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           timeout=FETCH_S, **more)
    except subprocess.TimeoutExpired:
        skip("%s: no answer in %d s" % (" ".join(argv[:3]), FETCH_S))
    if p.returncode:
        lines = p.stdout.strip().splitlines() or ["exit code %d" % p.returncode]
        skip("%s: %s" % (" ".join(argv[:3]), lines[-1]))
    return p.stdout


def run(argv, timeout=TEST_S, **more):
    code = subprocess.run(argv, stdin=subprocess.DEVNULL, timeout=timeout, **more).returncode
    if code:
        sys.exit("exit code %d: %s" % (code, " ".join(argv)))


def in_cluster(argv, **more):
    """With KUBECONFIG of a private cluster that ends with the command."""
    run([os.path.join(BIN, "kubestep"), "run", "--", *argv], **more)


def project(name, files):
    """A copy of the project in the work directory: what builds leave must not lie in the tree."""
    os.makedirs(WORK, exist_ok=True)
    for pattern in files:
        for path in glob.glob(os.path.join(HERE, name, pattern)):
            if os.path.isdir(path):
                shutil.copytree(path, os.path.join(WORK, os.path.basename(path)), dirs_exist_ok=True)
            else:
                shutil.copy(path, WORK)
    return WORK


def venv(requirements):
    python = os.path.join(WORK, "venv", "bin", "python")
    if not os.path.exists(python):
        fetch([sys.executable, "-m", "venv", os.path.join(WORK, "venv")])
    fetch([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements], cwd=WORK)
    return python


def go_modules(name, *more):
    need("go")
    folder = project(name, ["*.go", "go.mod", "go.sum", *more])
    env = dict(os.environ, GOTOOLCHAIN="local", GOFLAGS="-mod=mod")
    fetch(["go", "mod", "download"], cwd=folder, env=env)
    return folder, env


def build(argv, **more):
    """The first time a Go program compiles all that it needs, which takes minutes."""
    run(argv, FETCH_S, **more)


def go_tests(name, *more):
    folder, env = go_modules(name, *more)
    build(["go", "test", "-c", "-o", "clients.test", "."], cwd=folder, env=env)
    in_cluster([os.path.join(folder, "clients.test"), "-test.v", "-test.timeout=240s"], cwd=folder)


def test_go():
    go_tests("go")


def test_operator():
    go_tests("operator", "crds")


def test_helm():
    takes_minutes("Helm")
    kubectl = need("kubectl")
    folder, env = go_modules("helm", "*.py", "chart")
    helm = os.path.join(folder, "helm")
    build(["go", "build", "-o", helm, "helm.sh/helm/v4/cmd/helm"], cwd=folder, env=env)
    # Helm's own files, and what it believes of the cluster (discovery is kept): not those of whoever runs this.
    env = dict(os.environ, HELM=helm, KUBECTL=kubectl, HOME=os.path.join(folder, "home"))
    in_cluster([sys.executable, "test_helm.py", "-v"], cwd=folder, env=env)


def with_kubectl(kubectl, tests):
    """The end-to-end tests of kubectl, with this one."""
    for test in tests:
        run([sys.executable, os.path.join(E2E, "test_%s.py" % test), "--bin", BIN], env=dict(os.environ, KUBECTL=kubectl))


def test_kubectl():
    folder, env = go_modules("kubectl")
    # What release builds are told by their flags.
    version = fetch(["go", "list", "-m", "-f", "{{.Version}}", "k8s.io/kubectl"], cwd=folder, env=env).strip()
    minor = version.split(".")[1]
    told = {"gitMajor": "1", "gitMinor": minor, "gitVersion": "v1" + version[2:]}
    flags = " ".join("-X k8s.io/component-base/version.%s=%s" % fact for fact in told.items())
    build(["go", "build", "-ldflags", flags, "-o", "kubectl", "."], cwd=folder, env=env)
    with_kubectl(os.path.join(folder, "kubectl"), ["kubectl", "openapi", "verbs"])


def test_debian_kubectl():
    need("apt-get")
    need("dpkg")
    os.makedirs(WORK, exist_ok=True)
    kubectl = os.path.join(WORK, "usr", "bin", "kubectl")
    if not os.path.exists(kubectl):
        fetch(["apt-get", "download", "kubernetes-client"], cwd=WORK)
        found = glob.glob(os.path.join(WORK, "kubernetes-client_*.deb")) or skip("apt-get downloaded nothing")
        run(["dpkg", "-x", found[0], WORK])
    if not os.path.exists(kubectl):
        skip("Debian's package holds no kubectl")
    with_kubectl(kubectl, ["kubectl", "openapi", "verbs"])


def test_python():
    folder = project("python", ["*.py", "requirements.txt"])
    in_cluster([venv(["-r", "requirements.txt"]), "-m", "unittest", "-v", "test_client", "test_custom"], cwd=folder)


def test_javascript():
    need("node")
    need("npm")
    folder = project("javascript", ["*.mjs", "package.json"])
    fetch(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"], cwd=folder)
    in_cluster(["node", "--test", "client.test.mjs", "custom.test.mjs"], cwd=folder)


def test_java():
    takes_minutes("fabric8's libraries")
    need("java")
    need("mvn")
    folder = project("java", ["*.java", "pom.xml"])
    # Only the libraries: java itself compiles a program of one file.
    fetch(["mvn", "-B", "-q", "dependency:copy-dependencies", "-DoutputDirectory=libs"], cwd=folder)
    in_cluster(["java", "-cp", "libs/*", "Client.java"], cwd=folder)


def test_rust():
    takes_minutes("kube-rs")
    need("cargo")
    folder = project("rust", ["src", "Cargo.toml", "Cargo.lock"])
    fetch(["cargo", "fetch", "--locked"], cwd=folder)
    build(["cargo", "test", "--no-run", "--locked"], cwd=folder)
    in_cluster(["cargo", "test", "--locked"], cwd=folder)


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
    run(["go", "test", "-count=1", "-v", "."], cwd=WORK, env=dict(env, GOTOOLCHAIN="local"))
    none_left(home)


def test_testkit_python():
    env, home = kit("python", "*.py")
    run([venv(["pytest==8.4.2"]), "-m", "pytest", "-v", "test_kit.py"], cwd=WORK, env=env)
    none_left(home)


def test_testkit_node():
    need("node")
    env, home = kit("node", "*.mjs")
    run(["node", "--test", "kit.test.mjs"], cwd=WORK, env=env)
    none_left(home)


if __name__ == "__main__":
    BIN = os.path.abspath(sys.argv[sys.argv.index("--bin") + 1])
    WORK = os.path.abspath(sys.argv[sys.argv.index("--work") + 1])
    globals()["test_" + sys.argv[1].replace("-", "_")]()
