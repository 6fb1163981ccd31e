#!/usr/bin/env python3
"""kubectl's verbs over all kinds: every generator of create, and what one does with objects of every kind."""
import json
import re
import unittest

import harness
from harness import needs_kubectl, poll

IMAGE = "nginx:1.25"
# What to create, as `kubectl create ARGS`, and what it is then called.
GENERATORS = {
    "configmap/g": "configmap g --from-literal=a=b",
    "secret/g": "secret generic g --from-literal=a=b",
    "secret/g-docker": "secret docker-registry g-docker --docker-server=r --docker-username=u --docker-password=p",
    "serviceaccount/g": "serviceaccount g",
    "deployment.apps/g": "deployment g --image=%s" % IMAGE,
    "job.batch/g": "job g --image=busybox -- true",
    "cronjob.batch/g": "cronjob g --image=busybox --schedule=*/5_*_*_*_* -- true",
    "service/g-ip": "service clusterip g-ip --tcp=80:8080",
    "service/g-port": "service nodeport g-port --tcp=80",
    "service/g-lb": "service loadbalancer g-lb --tcp=80",
    "service/g-name": "service externalname g-name --external-name=example.com",
    "role.rbac.authorization.k8s.io/g": "role g --verb=get --resource=pods",
    "rolebinding.rbac.authorization.k8s.io/g": "rolebinding g --role=g --user=u",
    "clusterrole.rbac.authorization.k8s.io/g": "clusterrole g --verb=get,list --resource=nodes",
    "clusterrolebinding.rbac.authorization.k8s.io/g": "clusterrolebinding g --clusterrole=g --group=h",
    "resourcequota/g": "quota g --hard=pods=50,cpu=100",
    "poddisruptionbudget.policy/g": "poddisruptionbudget g --selector=app=g --min-available=1",
    "priorityclass.scheduling.k8s.io/g": "priorityclass g --value=1000",
    "ingress.networking.k8s.io/g": "ingress g --rule=example.com/*=g-ip:80",
    "namespace/g": "namespace g",
}
KINDS_120_LACKS = ("ingress", "cronjob", "poddisruptionbudget", "priorityclass")  # it asks for beta versions that are gone


class Verbs(harness.Test):
    def test_generators(self):
        """create each; then all of them got in every form, described, labelled, patched, deleted."""
        names = [n for n in GENERATORS if harness.kubectl_minor() >= 27 or not n.startswith(KINDS_120_LACKS)]
        short = [name.split("/")[1] for name in names]
        for name in names:
            with self.subTest(name):
                self.kubectl("create", *[a.replace("_", " ") for a in GENERATORS[name].split()])
        self.assertEqual(self.kubectl("get", *names, "-o", "name").out.split(), names)
        wide = self.kubectl("get", *names, "-o", "wide").out
        got = self.kubectl("get", *names, "-o", "json").json()["items"]
        self.assertEqual([item["metadata"]["name"] for item in got], short)
        self.kubectl("get", *names, "-o", "yaml")
        described = self.kubectl("describe", *names).out
        self.assertEqual(re.findall(r"(?m)^Name: +(g\S*)$", described), short)
        for name in names:
            self.assertRegex(wide, r"(?m)^%s " % re.escape(name))
        self.kubectl("label", *names, "x=y")
        self.kubectl("annotate", *names, "x=y")
        patched = self.kubectl("patch", *names, "--type=merge", "-p", '{"metadata":{"labels":{"x":"z"}}}', "-o", "jsonpath={.metadata.labels.x} ")
        self.assertEqual(patched.out.split(), ["z"] * len(names))
        self.assertIn("deployment.apps/g", self.kubectl("get", "all").out)
        self.kubectl("delete", *reversed(names))
        self.assertEqual(self.kubectl("get", *names, code=1).err.count("not found"), len(names))

    def test_tls_secret_from_files(self):
        pki = self.cluster.dir + "/pki/"
        self.kubectl("create", "secret", "tls", "t", "--cert=" + pki + "admin.crt", "--key=" + pki + "admin.key")
        self.assertEqual(self.kubectl("get", "secret", "t", "-o", "jsonpath={.type}").out, "kubernetes.io/tls")

    def test_create_dry_runs(self):
        text = self.kubectl("create", "deployment", "dry", "--image=" + IMAGE, "--dry-run=client", "-o", "yaml").out
        self.assertIn("kind: Deployment", text)
        self.kubectl("create", "deployment", "dry", "--image=" + IMAGE, "--dry-run=server")
        self.assertIn("not found", self.kubectl("get", "deployment", "dry", code=1).err)

    def test_set(self):
        self.kubectl("create", "deployment", "s", "--image=" + IMAGE)
        self.kubectl("set", "image", "deployment/s", "nginx=nginx:1.26")
        self.kubectl("set", "env", "deployment/s", "A=b")
        self.kubectl("set", "resources", "deployment/s", "--limits=cpu=200m,memory=64Mi")
        self.kubectl("set", "serviceaccount", "deployment/s", "default")
        c = self.kubectl("get", "deployment", "s", "-o", "json").json()["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual((c["image"], c["env"], c["resources"]["limits"]["cpu"]), ("nginx:1.26", [{"name": "A", "value": "b"}], "200m"))
        self.assertIn("A=b", self.kubectl("set", "env", "deployment/s", "--list").out)
        self.kubectl("delete", "deployment", "s")

    def test_expose_run_autoscale(self):
        self.kubectl("run", "r", "--image=" + IMAGE, "--port=80", "--labels=app=r")
        self.kubectl("expose", "pod", "r", "--port=80", "--name=r-svc")
        self.kubectl("wait", "--for=condition=Ready", "pod/r", "--timeout=%ds" % harness.PATIENCE)
        poll("endpoints", lambda: self.kubectl("get", "endpoints", "r-svc", "-o", "jsonpath={.subsets[0].addresses[0].ip}").out)
        self.kubectl("create", "deployment", "a", "--image=" + IMAGE)
        self.kubectl("autoscale", "deployment", "a", "--min=1", "--max=3", "--cpu-percent=50" if harness.kubectl_minor() < 36 else "--cpu=50%")
        self.assertIn("Deployment/a", self.kubectl("get", "hpa", "a").out)
        self.assertIn("a", self.kubectl("describe", "hpa", "a").out)
        self.kubectl("delete", "pod/r", "service/r-svc", "deployment/a", "hpa/a")

    def test_wait(self):
        self.kubectl("create", "deployment", "w", "--image=" + IMAGE)
        self.kubectl("wait", "--for=condition=Available", "deployment/w", "--timeout=%ds" % harness.PATIENCE)
        if harness.kubectl_minor() >= 23:
            self.kubectl("wait", "--for=jsonpath={.status.readyReplicas}=1", "deployment/w", "--timeout=%ds" % harness.PATIENCE)
        self.kubectl("delete", "deployment", "w", "--wait=false")
        gone = None if harness.kubectl_minor() < 23 else 0  # an old one takes "it is gone already" for an error
        self.kubectl("wait", "--for=delete", "deployment/w", "--timeout=%ds" % harness.PATIENCE, code=gone)

    def test_cluster_info(self):
        self.assertIn("is running at", self.kubectl("cluster-info").out)
        dump = self.kubectl("cluster-info", "dump", "--namespaces=default").out
        self.assertIn('"kind": "NodeList"', dump)

    def test_discovery_has_every_group(self):
        versions = set(self.kubectl("api-versions").out.split())
        self.assertLessEqual({"v1", "apps/v1", "batch/v1", "autoscaling/v1", "autoscaling/v2", "policy/v1", "storage.k8s.io/v1",
                              "networking.k8s.io/v1", "rbac.authorization.k8s.io/v1", "scheduling.k8s.io/v1",
                              "discovery.k8s.io/v1", "authentication.k8s.io/v1", "coordination.k8s.io/v1",
                              "events.k8s.io/v1"}, versions)

    @needs_kubectl(27, "explain reads /openapi/v3 from then on")
    def test_explain_every_kind(self):
        for line in self.kubectl("api-resources", "--no-headers").out.splitlines():
            name, version = line.split()[0], line.split()[-3]
            with self.subTest(name, version=version):
                out = self.kubectl("explain", name, "--api-version=" + version, "--recursive").out
                self.assertIn("FIELDS:", out)
                self.assertIn("  apiVersion", out)

    @needs_kubectl(27, "explain reads /openapi/v3 from then on")
    def test_explain_shows_values(self):
        """Those that upstream publishes, in its order; not all that are checked are among them."""
        out = self.kubectl("explain", "pod.spec.tolerations", "--recursive").out
        self.assertIn("enum: Equal, Exists, Gt, Lt\n", out)
        self.assertIn("enum: NoExecute, NoSchedule, PreferNoSchedule\n", out)
        self.assertNotIn("enum", self.kubectl("explain", "pod.spec.containers.resizePolicy", "--recursive").out)

    @needs_kubectl(27, "before, kubectl itself looks, by /openapi/v2")
    def test_typo_in_what_is_there(self):
        """The refusal quotes the patch that kubectl made, without its lists and their order."""
        web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "typo"},
               "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "typo"}},
                        "template": {"metadata": {"labels": {"app": "typo"}}, "spec": {"containers": [{"name": "c", "image": IMAGE}]}}}}
        self.kubectl("apply", "-f", self.home.write("typo.json", web))
        web["spec"]["replicaz"] = 1
        web["spec"]["template"]["spec"]["containers"][0]["imag"] = "x"
        r = self.kubectl("apply", "-f", self.home.write("typo.json", web), code=1)
        self.assertIn('patch: Invalid value: "map[metadata:map[annotations:map[kubectl.kubernetes.io/last-applied-configuration:', r.err)
        self.assertIn('spec:map[replicaz:1 template:map[spec:map[]]]]": strict decoding error: unknown field "spec.replicaz", '
                      'unknown field "spec.template.spec.containers[0].imag"\n', r.err)
        self.kubectl("delete", "deployment", "typo")

    def test_what_comes_later_says_so(self):
        self.kubectl("run", "later", "--image=" + IMAGE)
        self.kubectl("wait", "--for=condition=Ready", "pod/later", "--timeout=%ds" % harness.PATIENCE)
        self.assertIn("this version of kubestep does not serve running commands in containers yet", self.kubectl("exec", "later", "--", "true", code=1).err)
        self.assertIn("Metrics API not available", self.kubectl("top", "pod", code=1).err)
        self.kubectl("delete", "pod", "later", "--grace-period=0", "--force")

    @needs_kubectl(27, "it has no whoami")
    def test_whoami(self):
        self.assertIn("kubernetes-admin", self.kubectl("auth", "whoami").out)

    def test_events(self):
        self.kubectl("create", "deployment", "e", "--image=" + IMAGE)
        poll("events", lambda: "ScalingReplicaSet" in self.kubectl("get", "events", "--field-selector=involvedObject.name=e").out)
        if harness.kubectl_minor() >= 23:
            self.assertIn("ScalingReplicaSet", self.kubectl("alpha" if harness.kubectl_minor() < 26 else "events",
                                                            *(["events"] if harness.kubectl_minor() < 26 else []), "--for=deployment/e").out)
        self.assertIn("ScalingReplicaSet", poll("described", lambda: self.kubectl("describe", "deployment", "e").out))
        self.kubectl("delete", "deployment", "e")

    def test_list_of_kinds_in_one_file(self):
        items = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "l-%d" % i}} for i in range(3)]
        path = self.home.write("list.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        self.kubectl("create", "-f", path)
        self.kubectl("apply", "-f", path)
        self.kubectl("replace", "-f", path)
        self.kubectl("delete", "-f", path)


if __name__ == "__main__":
    harness.main()
