"""A Kubernetes cluster for pytest: up in about a tenth of a second, gone with the process, even if that is killed.

    pytest_plugins = ["kubestep"]                       # in conftest.py

    def test_operator(kubestep):                        # shared by all tests, as it was after its start for each
        kubernetes.config.load_kube_config(kubestep.kubeconfig)

    def test_alone(kubestep_start):                     # private clusters, with flags of `kubestep run`
        cluster = kubestep_start("--nodes=5")

Needs the command kubestep: in PATH, or named by KUBESTEP. Without pytest: `with Cluster("--nodes=5") as cluster:`.
"""
import os
import subprocess

try:
    import pytest
except ImportError:
    pytest = None

COMMAND = os.environ.get("KUBESTEP", "kubestep")
SAY = 'echo "$KUBESTEP_CLUSTER"; echo "$KUBECONFIG"; exec cat >&2'


class Cluster:
    """One that runs. kubeconfig: path of a file. name: as `kubestep --name` takes it."""

    def __init__(self, *flags):
        # It ends when our end of its stdin closes.
        self.process = subprocess.Popen([COMMAND, "run", *flags, "--", "sh", "-c", SAY], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.name, self.kubeconfig = (self.process.stdout.readline().strip() for _ in range(2))
        if not self.kubeconfig:
            raise RuntimeError("kubestep run: exit code %d" % self.process.wait())

    def reset(self):
        """Takes back all that was written since the start; watches of clients end with 410 and list anew."""
        subprocess.run([COMMAND, "reset", "--name", self.name], check=True, stdout=subprocess.DEVNULL)

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


if pytest:
    @pytest.fixture(scope="session")
    def kubestep_session():
        """One cluster for the whole run, never reset."""
        with Cluster() as cluster:
            yield cluster

    @pytest.fixture
    def kubestep(kubestep_session):
        """The cluster of the run, as it was after its start."""
        kubestep_session.reset()
        return kubestep_session

    @pytest.fixture
    def kubestep_start():
        """Starts private clusters, which end with the test."""
        clusters = []

        def start(*flags):
            clusters.append(Cluster(*flags))
            return clusters[-1]
        yield start
        for cluster in clusters:
            cluster.stop()
