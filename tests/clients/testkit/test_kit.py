"""testkit/python as a project would use it. Reads: KUBESTEP."""
import os
import subprocess

pytest_plugins = ["kubestep"]
MANIFEST = "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec: {containers: [{name: c, image: nginx}]}\n"


def walk(cluster, folder):
    manifest = folder / "pod.yaml"
    manifest.write_text(MANIFEST)
    subprocess.run([os.environ["KUBESTEP"], "walk", "-f", manifest, "--name", cluster.name], check=True)


def test_first(kubestep, tmp_path):
    walk(kubestep, tmp_path)


def test_second_begins_anew(kubestep, tmp_path):
    walk(kubestep, tmp_path)  # the name is free again


def test_private(kubestep, kubestep_start, tmp_path):
    one, two = kubestep_start("--nodes=1"), kubestep_start("--nodes=2")
    assert len({one.name, two.name, kubestep.name}) == 3
    for cluster in one, two, kubestep:
        walk(cluster, tmp_path)
        assert os.path.exists(cluster.kubeconfig)
    one.stop()
    assert not os.path.exists(one.kubeconfig)
    two.reset()
    walk(two, tmp_path)
