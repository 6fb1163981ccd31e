#!/usr/bin/env python3
"""test_client.py - the Python client: discovery, create, list with paging, watch, Table, errors, dynamic client.
Reads: KUBECONFIG."""
import json
import ssl
import unittest
import urllib.request

import kubernetes
from kubernetes import client, dynamic, watch
from kubernetes.client.rest import ApiException

NAMESPACE = "from-python"


def pod(name):
    return client.V1Pod(metadata=client.V1ObjectMeta(name=name, labels={"app": name}),
                        spec=client.V1PodSpec(containers=[client.V1Container(name="c", image="nginx")]))


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        kubernetes.config.load_kube_config()
        cls.core, cls.apps = client.CoreV1Api(), client.AppsV1Api()
        cls.core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))

    def test_discovery(self):
        groups = {g.name for g in client.ApisApi().get_api_versions().groups}
        self.assertLessEqual({"apps", "batch", "rbac.authorization.k8s.io", "storage.k8s.io", "networking.k8s.io"}, groups)
        self.assertIn("pods/status", [r.name for r in self.core.get_api_resources().resources])
        self.assertEqual(client.VersionApi().get_code().major, "1")

    def test_pages(self):
        names = ["page-%02d" % n for n in range(25)]
        for name in names:
            self.core.create_namespaced_config_map(NAMESPACE, client.V1ConfigMap(
                metadata=client.V1ObjectMeta(name=name, labels={"pages": "yes"}), data={"n": name}))
        found, token, revisions = [], None, set()
        while True:
            page = self.core.list_namespaced_config_map(NAMESPACE, limit=10, _continue=token, label_selector="pages=yes")
            found += [c.metadata.name for c in page.items]
            revisions.add(page.metadata.resource_version)
            token = page.metadata._continue
            if not token:
                break
            self.assertEqual(len(page.items), 10)
        self.assertEqual(found, names)
        self.assertEqual(len(revisions), 1, "pages of one list are of one revision")

    def test_a_pod_runs_and_is_watched(self):
        before = self.core.list_namespaced_pod(NAMESPACE).metadata.resource_version
        made = self.core.create_namespaced_pod(NAMESPACE, pod("watched"))
        self.assertEqual(made.spec.restart_policy, "Always")
        seen, deleted = [], False
        w = watch.Watch()
        for event in w.stream(self.core.list_namespaced_pod, NAMESPACE, resource_version=before, timeout_seconds=30,
                              field_selector="metadata.name=watched"):
            seen.append(event["type"])
            if event["object"].status.phase == "Running" and not deleted:
                deleted = True
                self.core.delete_namespaced_pod("watched", NAMESPACE, grace_period_seconds=0)
            if event["type"] == "DELETED":
                w.stop()
        self.assertEqual((seen[0], seen[-1]), ("ADDED", "DELETED"))
        self.assertEqual(set(seen[1:-1]), {"MODIFIED"})

    def test_table(self):
        self.core.create_namespaced_pod(NAMESPACE, pod("in-a-table"))
        # The typed client does not ask for Tables: as a console does, by hand.
        c = client.Configuration.get_default_copy()
        tls = ssl.create_default_context(cafile=c.ssl_ca_cert)
        tls.load_cert_chain(c.cert_file, c.key_file)
        request = urllib.request.Request(
            "%s/api/v1/namespaces/%s/pods?labelSelector=app%%3Din-a-table" % (c.host, NAMESPACE),
            headers={"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"})
        with urllib.request.urlopen(request, context=tls, timeout=30) as answer:
            text = answer.read()
        table = json.loads(text)
        self.assertEqual(table["kind"], "Table")
        columns = [c["name"] for c in table["columnDefinitions"]]
        self.assertEqual(columns[:5], ["Name", "Ready", "Status", "Restarts", "Age"])
        self.assertEqual([r["cells"][0] for r in table["rows"]], ["in-a-table"])

    def test_errors(self):
        with self.assertRaises(ApiException) as missing:
            self.core.read_namespaced_pod("nobody", NAMESPACE)
        self.assertEqual(missing.exception.status, 404)
        with self.assertRaises(ApiException) as bad:
            self.core.create_namespaced_pod(NAMESPACE, pod("Bad_Name"))
        self.assertEqual(bad.exception.status, 422)
        causes = json.loads(bad.exception.body)["details"]["causes"]
        self.assertEqual([c["field"] for c in causes], ["metadata.name"])

    def test_patch_and_scale(self):
        labels = {"app": "py"}
        self.apps.create_namespaced_deployment(NAMESPACE, client.V1Deployment(
            metadata=client.V1ObjectMeta(name="py"), spec=client.V1DeploymentSpec(
                replicas=1, selector=client.V1LabelSelector(match_labels=labels), template=client.V1PodTemplateSpec(
                    metadata=client.V1ObjectMeta(labels=labels), spec=pod("x").spec))))
        self.apps.patch_namespaced_deployment_scale("py", NAMESPACE, {"spec": {"replicas": 3}})
        for event in watch.Watch().stream(self.apps.list_namespaced_deployment, NAMESPACE, timeout_seconds=30):
            if event["object"].status.available_replicas == 3:
                return
        self.fail("never three available")

    def test_dynamic(self):
        found = dynamic.DynamicClient(client.ApiClient()).resources.get(api_version="batch/v1", kind="CronJob")
        body = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"},
                "spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": {"template": {"spec": {
                    "restartPolicy": "OnFailure", "containers": [{"name": "c", "image": "busybox"}]}}}}}}
        self.assertEqual(found.create(body=body, namespace=NAMESPACE).spec.concurrencyPolicy, "Allow")
        self.assertEqual([c.metadata.name for c in found.get(namespace=NAMESPACE).items], ["tick"])


if __name__ == "__main__":
    unittest.main()
