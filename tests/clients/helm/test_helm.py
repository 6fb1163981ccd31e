#!/usr/bin/env python3
"""test_helm.py - Helm with the chart of this folder: install, upgrade, rollback, test, uninstall, template for kubectl.
Reads: KUBECONFIG, HELM, KUBECTL (the programs), chart/."""
import json
import os
import subprocess
import unittest

HELM, KUBECTL = os.environ["HELM"], os.environ["KUBECTL"]
CHART = os.path.join(os.path.dirname(os.path.abspath(__file__)), "chart")
WAIT = ["--wait", "--timeout", "60s"]


def run(argv, stdin=None, code=0):
    p = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=90)
    if p.returncode != code:
        raise AssertionError("%s: exit code %d\n%s%s" % (" ".join(argv), p.returncode, p.stdout, p.stderr))
    return p.stdout if code == 0 else p.stderr


def helm(*args, **more):
    return run([HELM, *args], **more)


def get(kind, name, namespace):
    return json.loads(run([KUBECTL, "get", kind, name, "-n", namespace, "-o", "json"]))


def kubectl(*args, **more):
    return run([KUBECTL, *args], **more)


def image(namespace, name="site"):
    return get("deployment", name, namespace)["spec"]["template"]["spec"]["containers"][0]["image"]


class Helm(unittest.TestCase):
    def install(self, namespace, *more):
        out = helm("install", "site", CHART, "-n", namespace, "--create-namespace", *WAIT, *more)
        self.assertIn("STATUS: deployed", out)
        self.assertIn("site says hello with 2 replicas, revision 1.", out)

    def history(self, namespace):
        found = json.loads(helm("history", "site", "-n", namespace, "-o", "json"))
        return [(r["revision"], r["status"]) for r in found]

    def life(self, namespace, *more):
        self.install(namespace, *more)
        self.assertEqual(get("deployment", "site", namespace)["status"]["availableReplicas"], 2)
        self.assertEqual(get("page", "site", namespace)["spec"], {"title": "hello", "lines": ["one", "hello"]})
        self.assertEqual(get("job", "site-pre-install", namespace)["status"]["succeeded"], 1)
        self.assertEqual(get("configmap", "site-config", namespace)["data"]["kubernetes"][:6], "v1.36.")
        found = json.loads(helm("list", "-n", namespace, "-o", "json"))
        self.assertEqual([(r["name"], r["status"], r["chart"]) for r in found], [("site", "deployed", "web-0.1.0")])
        helm("upgrade", "site", CHART, "-n", namespace, "--set", "replicas=3,greeting=moin,image=nginx:1.28", *WAIT)
        deployment = get("deployment", "site", namespace)
        self.assertEqual((deployment["status"]["availableReplicas"], image(namespace)), (3, "nginx:1.28"))
        self.assertEqual(get("page", "site", namespace)["spec"], {"title": "moin", "lines": ["one", "moin"]})
        self.assertEqual(get("job", "site-post-upgrade", namespace)["status"]["succeeded"], 1)
        helm("rollback", "site", "1", "-n", namespace, *WAIT)
        deployment = get("deployment", "site", namespace)
        self.assertEqual((deployment["spec"]["replicas"], image(namespace)), (2, "nginx:1.27"))
        self.assertEqual(get("configmap", "site-config", namespace)["data"]["greeting"], "hello")
        self.assertEqual(get("page", "site", namespace)["spec"]["title"], "hello")
        self.assertEqual(self.history(namespace), [(1, "superseded"), (2, "superseded"), (3, "deployed")])
        self.assertIn("Phase:          Succeeded", helm("test", "site", "-n", namespace, "--timeout", "60s"))
        self.assertIn("site", helm("get", "manifest", "site", "-n", namespace))
        helm("uninstall", "site", "-n", namespace, *WAIT)
        self.assertEqual(json.loads(helm("list", "-n", namespace, "-o", "json")), [])
        left = kubectl("get", "deployments,services,configmaps,pages,pods", "-n", namespace, "-l", "app=site", "-o", "name")
        self.assertEqual(left, "")

    def test_applied_by_the_server(self):
        self.life("server", "--server-side=true")

    def test_patched_by_the_client(self):
        self.life("client", "--server-side=false")

    # What another has changed: kept where the chart does not change, overwritten where it does.
    def test_three_way_merge(self):
        self.install("merge", "--server-side=false")
        kubectl("annotate", "deployment", "site", "-n", "merge", "by=hand")
        kubectl("scale", "deployment", "site", "-n", "merge", "--replicas=5")
        kubectl("patch", "page", "site", "-n", "merge", "--type=merge", "-p", '{"spec":{"title":"by hand"},"metadata":{"labels":{"by":"hand"}}}')
        kubectl("patch", "deployment", "site", "-n", "merge", "-p",
                '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"sidecar:1"}]}}}}')
        helm("upgrade", "site", CHART, "-n", "merge", "--server-side=false", "--set", "greeting=moin,image=nginx:1.28")
        deployment = get("deployment", "site", "merge")
        self.assertEqual(deployment["metadata"]["annotations"]["by"], "hand")
        self.assertEqual(deployment["spec"]["replicas"], 2)
        self.assertEqual({c["name"]: c["image"] for c in deployment["spec"]["template"]["spec"]["containers"]},
                         {"web": "nginx:1.28", "side": "sidecar:1"})
        page = get("page", "site", "merge")
        self.assertEqual((page["spec"]["title"], page["metadata"]["labels"]["by"]), ("moin", "hand"))

    # Fields that another manager has taken are a conflict to an upgrade by server-side apply, until it is forced.
    def test_conflict(self):
        self.install("conflict", "--server-side=true")
        theirs = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: site, namespace: conflict}\nspec: {replicas: 5}\n"
        kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=autoscaler", "-f", "-", stdin=theirs)
        upgrade = ["upgrade", "site", CHART, "-n", "conflict", "--set", "replicas=3"]
        self.assertIn('conflict with "autoscaler"', helm(*upgrade, code=1))
        self.assertEqual(get("deployment", "site", "conflict")["spec"]["replicas"], 5)
        helm(*upgrade, "--force-conflicts")
        self.assertEqual(get("deployment", "site", "conflict")["spec"]["replicas"], 3)

    def test_template(self):
        text = helm("template", "site", CHART, "--include-crds", "--no-hooks")
        definition, rest = [d for d in text.split("\n---\n") if "CustomResourceDefinition" in d], text
        self.assertEqual(len(definition), 1)
        kubectl("apply", "--server-side", "-f", "-", stdin=definition[0])
        kubectl("wait", "--for=condition=Established", "crd/pages.helm.example.com", "--timeout=30s")
        kubectl("create", "namespace", "template")
        first = kubectl("apply", "--server-side", "-n", "template", "-f", "-", stdin=rest)
        again = kubectl("apply", "--server-side", "-n", "template", "-f", "-", stdin=rest)
        self.assertEqual(first, again)
        self.assertEqual(len(first.splitlines()), 5)
        kubectl("rollout", "status", "deployment/site", "-n", "template", "--timeout=60s")


if __name__ == "__main__":
    unittest.main()
