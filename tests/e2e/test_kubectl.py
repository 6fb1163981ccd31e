#!/usr/bin/env python3
"""Real kubectl against a real cluster: every verb that this API level serves, none of which may hang or stumble."""
import json
import subprocess
import unittest

import harness
from harness import PATIENCE, find_kubectl, kubectl_minor, pod, poll, replica_set


class Kubectl(harness.Test):
    def setUp(self):
        """Each test has a namespace of its own."""
        self.ns = "t-" + self._testMethodName.replace("test_", "").replace("_", "-")
        self.kubectl("create", "namespace", self.ns)

    def k(self, *args, **more):
        return self.kubectl("-n", self.ns, *args, **more)

    def file(self, obj):
        return self.home.write(self.ns + ".json", obj)

    def running(self, name="web", **spec):
        self.k("apply", "-f", self.file(pod(name, **spec)))
        self.k("wait", "--for=condition=Ready", "pod/" + name, "--timeout=%ds" % PATIENCE)

    def wait_gone(self, what):
        """wait --for=delete; before 1.27 it fails for what is gone already."""
        if kubectl_minor() >= 27:
            self.k("wait", "--for=delete", what, "--timeout=%ds" % PATIENCE)
        else:
            poll(what + " is gone", lambda: "not found" in self.k("get", what, code=None).err)

    def wait_field(self, what, path, value):
        """wait --for=jsonpath, which came with 1.23."""
        if kubectl_minor() >= 27:
            self.k("wait", "--for=jsonpath=%s=%s" % (path, value), what, "--timeout=%ds" % PATIENCE)
        else:
            poll("%s of %s" % (path, what), lambda: self.field(what, path) == value)

    def field(self, what, path):
        return self.k("get", what, "-o", "jsonpath=" + path).out

    def test_apply_is_idempotent(self):
        path = self.file(pod("web"))
        self.assertEqual(self.k("apply", "-f", path).out, "pod/web created\n")
        self.assertEqual(self.k("apply", "-f", path).out, "pod/web unchanged\n")
        path = self.file(pod("web", labels={"app": "other"}))
        self.assertEqual(self.k("apply", "-f", path).out, "pod/web configured\n")
        self.assertEqual(self.field("pod/web", "{.metadata.labels}"), '{"app":"other"}')

    def test_apply_from_stdin_yaml(self):
        text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: 'yes'}\n---\n" \
               "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"
        self.assertEqual(self.k("apply", "-f", "-", stdin=text).out, "configmap/a created\nconfigmap/b created\n")
        self.assertEqual(self.field("cm/a", "{.data.x}"), "yes")

    def test_create_refuses_twice(self):
        path = self.file(pod("web"))
        self.k("create", "-f", path)
        r = self.k("create", "-f", path, code=1)
        self.assertIn('Error from server (AlreadyExists): error when creating', r.err)
        self.assertIn('pods "web" already exists', r.err)

    def test_validation_is_told(self):
        bad = pod("Web_1")
        r = self.k("create", "-f", self.file(bad), code=1)
        self.assertIn('The Pod "Web_1" is invalid: metadata.name: Invalid value: "Web_1": a lowercase RFC 1123 subdomain', r.err)
        bad = pod("web")
        bad["spec"]["contaners"] = []
        r = self.k("create", "-f", self.file(bad), code=1)
        # Before 1.27 kubectl itself looks, by /openapi/v2.
        own = kubectl_minor() < 27
        self.assertIn('ValidationError(Pod.spec): unknown field "contaners" in io.k8s.api.core.v1.PodSpec' if own
                      else 'unknown field "spec.contaners"', r.err)
        self.k("get", "pod", "web", code=1)

    def test_warnings_are_shown(self):
        old = self.file(pod("old", nodeSelector={"beta.kubernetes.io/os": "linux"}, imagePullSecrets=[{"name": ""}]))
        told = ['Warning: spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
                'Warning: spec.imagePullSecrets[0].name: invalid empty name ""']
        for how in (["--dry-run=server"], []):
            self.assertEqual(self.k("create", "-f", old, *how).err.splitlines(), told)
        self.assertEqual(self.k("create", "-f", self.file(pod("new"))).err, "")

    def test_get_outputs(self):
        self.running()
        line = self.k("get", "pods").out.splitlines()
        self.assertEqual(line[0].split(), ["NAME", "READY", "STATUS", "RESTARTS", "AGE"])
        self.assertEqual(line[1].split()[:4], ["web", "1/1", "Running", "0"])
        head, row = (text.split() for text in self.k("get", "pods", "-o", "wide").out.splitlines())
        self.assertEqual(head[:7], ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"])
        self.assertRegex(row[6], r"^node-[123]$")
        self.assertRegex(row[5], r"^10\.244\.")
        self.assertEqual(self.k("get", "pods", "-o", "name").out, "pod/web\n")
        self.assertEqual(self.k("get", "pods", "--no-headers", "-o", "custom-columns=N:.metadata.name").out, "web\n")
        self.assertEqual(self.field("pod/web", "{.status.phase}"), "Running")
        one = self.k("get", "pod", "web", "-o", "json").json()
        self.assertEqual((one["apiVersion"], one["kind"], one["metadata"]["namespace"]), ("v1", "Pod", self.ns))
        self.assertIn("\n  name: web\n", self.k("get", "pod", "web", "-o", "yaml").out)
        several = self.k("get", "pods", "-o", "json").json()
        self.assertEqual((several["kind"], len(several["items"])), ("List", 1))
        self.assertEqual(self.k("get", "pod", "web", "-o", "go-template={{.spec.nodeName}}").out, row[6])

    def test_get_what_is_not_there(self):
        self.assertEqual(self.k("get", "pod", "nope", code=1).err, 'Error from server (NotFound): pods "nope" not found\n')
        self.assertIn("No resources found in %s namespace." % self.ns, self.k("get", "pods").err)
        self.assertIn("the server doesn't have a resource type \"gadgets\"", self.k("get", "gadgets", code=1).err)

    def test_selectors(self):
        self.running("a", labels={"app": "x", "tier": "front"})
        self.k("apply", "-f", self.file(pod("b", labels={"app": "x", "tier": "back"}, nodeSelector={"no": "where"})))
        names = lambda *args: self.k("get", "pods", "-o", "name", *args).out.split()
        self.assertEqual(names("-l", "app=x"), ["pod/a", "pod/b"])
        self.assertEqual(names("-l", "app=x,tier!=back"), ["pod/a"])
        self.assertEqual(names("-l", "tier in (back,other)"), ["pod/b"])
        self.assertEqual(names("-l", "!tier"), [])
        self.assertEqual(names("--field-selector", "status.phase=Running"), ["pod/a"])
        self.assertEqual(names("--field-selector", "spec.nodeName="), ["pod/b"])
        self.assertEqual(names("--field-selector", "metadata.name=b,status.phase!=Running"), ["pod/b"])
        r = self.k("get", "pods", "--field-selector", "spec.hostname=x", code=1)
        self.assertIn("field label not supported: spec.hostname", r.err)
        r = self.k("get", "pods", "-l", "a in (", code=1)
        self.assertIn("unable to parse requirement", r.err)

    def test_all_namespaces(self):
        self.k("create", "configmap", "here")
        out = self.kubectl("get", "configmaps", "-A").out
        self.assertEqual(out.split()[:4], ["NAMESPACE", "NAME", "DATA", "AGE"])
        self.assertRegex(out, r"(?m)^%s +here +0 " % self.ns)
        self.assertRegex(self.kubectl("get", "cm,ns", "-A").out, r"(?m)^ +namespace/default +Active ")

    def test_get_watch_sees_the_pod_come(self):
        self.k("apply", "-f", self.file(pod("before", nodeSelector={"no": "node"})))
        p = subprocess.Popen([find_kubectl(), "-n", self.ns, "get", "pods", "-w", "--output-watch-events"], text=True,
                             env=self.cluster.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:  # ctest's timeout is the deadline
            self.assertEqual(p.stdout.readline().split()[:4], ["EVENT", "NAME", "READY", "STATUS"])
            self.assertEqual(p.stdout.readline().split()[:4], ["ADDED", "before", "0/1", "Pending"])
            self.k("apply", "-f", self.file(pod("web")))
            seen = []
            for line in p.stdout:
                seen.append(line.split()[:4])
                if "1/1" in line:
                    break
            self.assertIn(["ADDED", "web", "0/1", "Pending"], seen)
            self.assertEqual(seen[-1], ["MODIFIED", "web", "1/1", "Running"])
            self.k("delete", "pod", "web")
            for line in p.stdout:
                if line.startswith("DELETED"):
                    break
        finally:
            p.kill()
            p.communicate()

    def test_describe(self):
        self.running()
        out = self.k("describe", "pod", "web").out
        for want in (r"Name: +web\n", r"Node: +node-\d/", r"Status: +Running\n", r"Ready: +True\n", r"QoS Class: +Burstable\n",
                     r"cpu: +10m\n", r"Events:\n", r"Normal +Scheduled .* Successfully assigned %s/web to node-" % self.ns,
                     r"Normal +Started "):
            self.assertRegex(out, want)
        node = self.field("pod/web", "{.spec.nodeName}")
        out = self.kubectl("describe", "node", node).out
        for want in (r"Name: +%s\n" % node, r"Ready +True .* KubeletReady ", r"PodCIDR: +10\.244\.", r"HolderIdentity: +%s\n" % node,
                     r"%s +web +10m" % self.ns):
            self.assertRegex(out, want)
        self.kubectl("describe", "nodes")
        self.kubectl("describe", "namespace", self.ns)
        self.k("describe", "cm,secrets,sa")

    def test_label_and_annotate(self):
        self.k("create", "configmap", "a")
        self.k("label", "cm", "a", "x=1", "y=2")
        self.assertIn("already has a value", self.k("label", "cm", "a", "x=3", code=1).err)
        self.k("label", "cm", "a", "x=3", "y-", "--overwrite")
        self.assertEqual(self.field("cm/a", "{.metadata.labels}"), '{"x":"3"}')
        self.k("annotate", "cm", "a", "note=some text")
        self.assertEqual(self.field("cm/a", "{.metadata.annotations.note}"), "some text")
        self.k("label", "cm", "--all", "all=yes")
        self.assertIn("configmap/a", self.k("get", "cm", "-l", "all=yes", "-o", "name").out)

    def test_patch(self):
        self.running()
        self.k("patch", "pod", "web", "-p", '{"spec":{"containers":[{"name":"c","image":"nginx:2"}]}}')
        self.assertEqual(self.field("pod/web", "{.spec.containers[*].image}"), "nginx:2")
        self.k("patch", "pod", "web", "--type=merge", "-p", '{"metadata":{"labels":{"a":"1","app":null}}}')
        self.assertEqual(self.field("pod/web", "{.metadata.labels}"), '{"a":"1"}')
        self.k("patch", "pod", "web", "--type=json", "-p", '[{"op":"replace","path":"/metadata/labels/a","value":"2"}]')
        self.assertEqual(self.field("pod/web", "{.metadata.labels.a}"), "2")
        r = self.k("patch", "pod", "web", "--type=json", "-p", '[{"op":"test","path":"/metadata/labels/a","value":"3"}]', code=1)
        self.assertIn("The request is invalid", r.err)
        self.assertIn("(no change)", self.k("patch", "pod", "web", "-p", '{"metadata":{"labels":{"a":"2"}}}').out)
        self.assertIn("pod updates may not change fields", self.k("patch", "pod", "web", "-p", '{"spec":{"nodeName":"x"}}', code=1).err)

    def test_delete(self):
        self.running()
        self.k("delete", "pod", "web")
        self.k("get", "pod", "web", code=1)
        self.running()
        self.assertIn("force deleted", self.k("delete", "pod", "web", "--force", "--grace-period=0").out)
        for name in "abc":
            self.k("create", "configmap", name)
        self.k("delete", "cm", "--all")
        self.assertEqual(self.k("get", "cm", "-o", "name").out, "")
        self.assertIn('configmaps "a" not found', self.k("delete", "cm", "a", code=1).err)
        self.k("delete", "cm", "a", "--ignore-not-found")
        self.running("x", labels={"l": "1"})
        self.k("delete", "pods", "-l", "l=1")
        self.wait_gone("pod/x")

    def test_delete_waits_for_finalizers(self):
        held = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["example.com/wait"]}}
        self.k("create", "-f", self.file(held))
        self.k("delete", "cm", "held", "--wait=false")
        self.assertTrue(self.field("cm/held", "{.metadata.deletionTimestamp}"))
        self.k("patch", "cm", "held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        self.wait_gone("cm/held")

    def test_wait(self):
        self.k("apply", "-f", self.file(pod("never", nodeSelector={"no": "where"})))
        self.k("wait", "--for=condition=PodScheduled=false", "pod/never", "--timeout=%ds" % PATIENCE)
        r = self.k("wait", "--for=condition=Ready", "pod/never", "--timeout=1s", code=1)
        self.assertIn("timed out waiting for the condition on pods/never", r.err)
        self.wait_field("pod/never", "{.status.phase}", "Pending")

    def test_discovery(self):
        out = self.kubectl("api-resources").out
        for want in (r"(?m)^pods +po +v1 +true +Pod$", r"(?m)^nodes +no +v1 +false +Node$", r"(?m)^replicasets +rs +apps/v1 +true +ReplicaSet$",
                     r"(?m)^walks +sim.kubestep.dev/v1 +true +Walk$"):
            self.assertRegex(out, want)
        self.assertIn("configmaps\n", self.kubectl("api-resources", "--verbs=list,deletecollection", "-o", "name").out)
        self.assertEqual(self.kubectl("api-resources", "--api-group=coordination.k8s.io", "-o", "name").out, "leases.coordination.k8s.io\n")
        versions = self.kubectl("api-versions").out.split()
        for want in ("v1", "apps/v1", "coordination.k8s.io/v1", "events.k8s.io/v1", "sim.kubestep.dev/v1"):
            self.assertIn(want, versions)
        self.assertRegex(self.kubectl("version").out, r"Server Version: .*v1\.36\.\d+\+kubestep")
        self.assertEqual(self.kubectl("version", "-o", "json").json()["serverVersion"]["minor"], "36")

    def test_cluster_info(self):
        if "services" not in self.kubectl("api-resources", "-o", "name").out.split():
            self.skipTest("kubectl asks for Services, which this API level has not")
        self.assertIn("Kubernetes control plane", self.kubectl("cluster-info").out)

    def test_raw(self):
        self.assertEqual(self.kubectl("get", "--raw", "/healthz").out, "ok")
        self.assertIn("[+]ping ok", self.kubectl("get", "--raw", "/readyz?verbose").out)
        self.assertEqual(json.loads(self.kubectl("get", "--raw", "/api/v1/namespaces/" + self.ns).out)["metadata"]["name"], self.ns)
        self.assertIn("apiserver_", self.kubectl("get", "--raw", "/metrics").out)
        self.assertEqual(json.loads(self.kubectl("get", "--raw", "/api").out)["versions"], ["v1"])
        self.assertIn("could not find the requested resource", self.kubectl("get", "--raw", "/nope", code=1).err)

    def test_explain(self):
        out = self.kubectl("explain", "pod.spec.containers").out
        self.assertRegex(out, r"KIND: +Pod\nVERSION: +v1\n")
        self.assertRegex(out, r"(FIELD|RESOURCE): containers <\[\](Container|Object)>")
        self.assertRegex(out, r"image\s+<string>")
        self.assertIn("replicas", self.kubectl("explain", "rs", "--recursive").out)
        self.assertIn('field "nope" does not exist', self.kubectl("explain", "pod.nope", code=1).err)

    def test_diff(self):
        self.k("apply", "-f", self.file(pod("web")))
        self.k("diff", "-f", self.file(pod("web")))
        r = self.k("diff", "-f", self.file(pod("web", labels={"app": "new"})), code=1)
        self.assertIn("+    app: new\n", r.out)
        self.assertEqual(self.field("pod/web", "{.metadata.labels.app}"), "web")  # a dry run
        r = self.k("diff", "-f", self.file(pod("fresh")), code=1)
        self.assertIn("+  name: fresh\n", r.out)

    def test_replace(self):
        self.k("create", "configmap", "a", "--from-literal=x=1", "--from-literal=y=2")
        new = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "3"}}
        self.assertEqual(self.k("replace", "-f", self.file(new)).out, "configmap/a replaced\n")
        self.assertEqual(self.field("cm/a", "{.data}"), '{"x":"3"}')
        new["metadata"]["resourceVersion"] = "1"
        r = self.k("replace", "-f", self.file(new), code=1)
        self.assertIn("the object has been modified; please apply your changes to the latest version and try again", r.err)
        self.running()
        self.k("replace", "--force", "-f", self.file(pod("web", labels={"n": "2"})))
        self.assertEqual(self.field("pod/web", "{.metadata.labels}"), '{"n":"2"}')

    def test_edit(self):
        self.k("create", "configmap", "a", "--from-literal=x=before")
        env = dict(self.cluster.env, EDITOR="sed -i s/before/after/")
        self.assertEqual(self.k("edit", "cm", "a", env=env).out, "configmap/a edited\n")
        self.assertEqual(self.field("cm/a", "{.data.x}"), "after")
        self.assertIn("no changes made", self.k("edit", "cm", "a", env=env).err)

    def test_run_and_create(self):
        self.assertEqual(self.k("run", "web", "--image=nginx", "--labels=a=b", "--env=X=1").out, "pod/web created\n")
        self.k("wait", "--for=condition=Ready", "pod/web", "--timeout=%ds" % PATIENCE)
        if kubectl_minor() >= 27:  # it looked for dryRun in /openapi/v2
            self.assertIn("image: nginx", self.k("run", "dry", "--image=nginx", "--dry-run=server", "-o", "yaml").out)
        self.k("get", "pod", "dry", code=1)
        self.k("create", "secret", "generic", "s", "--from-literal=p=q")
        self.assertEqual(self.field("secret/s", "{.data.p} {.type}"), "cQ== Opaque")
        self.k("create", "sa", "robot")
        self.assertEqual(sorted(self.k("get", "sa", "-o", "name").out.split()), ["serviceaccount/default", "serviceaccount/robot"])
        self.assertRegex(self.k("get", "secrets").out, r"(?m)^s +Opaque +1 ")

    def test_replica_set(self):
        self.k("apply", "-f", self.file(replica_set("web", 3)))
        self.wait_field("rs/web", "{.status.readyReplicas}", "3")
        self.assertEqual(self.k("get", "rs").out.splitlines()[1].split()[:4], ["web", "3", "3", "3"])
        victim = self.k("get", "pods", "-o", "name").out.split()[0]
        self.k("delete", victim)
        self.wait_field("rs/web", "{.status.readyReplicas}", "3")
        self.assertNotIn(victim, self.k("get", "pods", "-o", "name").out)
        self.assertIn("SuccessfulCreate", self.k("describe", "rs", "web").out)
        self.k("patch", "rs", "web", "-p", '{"spec":{"replicas":1}}')
        poll("one pod is left", lambda: len(self.k("get", "pods", "-o", "name").out.split()) == 1)

    def test_scale(self):
        self.k("apply", "-f", self.file(replica_set("web", 1)))
        if self.k("get", "--raw", "/apis/apps/v1/namespaces/%s/replicasets/web/scale" % self.ns, code=None).code:
            self.skipTest("the scale subresource is not served")
        self.assertEqual(self.k("scale", "rs", "web", "--replicas=2").out, "replicaset.apps/web scaled\n")
        self.wait_field("rs/web", "{.status.readyReplicas}", "2")

    def test_orphan_is_adopted(self):
        self.running("orphan", labels={"app": "web"})
        self.k("apply", "-f", self.file(replica_set("web", 1)))
        poll("the pod has an owner", lambda: self.field("pod/orphan", "{.metadata.ownerReferences[0].name}") == "web")
        self.assertEqual(self.k("get", "pods", "-o", "name").out, "pod/orphan\n")

    def test_delete_namespace_with_content(self):
        self.running()
        self.k("create", "configmap", "a")
        self.k("apply", "-f", self.file(replica_set("set", 2)))
        self.kubectl("delete", "namespace", self.ns, "--timeout=%ds" % PATIENCE)
        self.assertIn("not found", self.kubectl("get", "namespace", self.ns, code=1).err)
        self.assertEqual(self.kubectl("get", "pods,cm,rs,events", "-A", "-o", "name", "--field-selector", "metadata.namespace=" + self.ns).out, "")

    def test_deleted_service_account_comes_back(self):
        uid = poll("the account is there", lambda: self.k("get", "sa", "default", "--ignore-not-found", "-o", "jsonpath={.metadata.uid}").out)
        self.k("delete", "sa", "default")
        poll("a new account is there", lambda: self.k("get", "sa", "default", "--ignore-not-found", "-o", "jsonpath={.metadata.uid}").out
             not in ("", uid))

    def test_events(self):
        self.running()
        self.assertRegex(self.k("get", "events").out, r"Normal +Scheduled +pod/web +Successfully assigned")
        if kubectl_minor() >= 27:  # the verb came late
            self.assertIn("Scheduled", self.k("events", "--for", "pod/web").out)
        self.assertIn("Scheduled", self.k("get", "events.events.k8s.io").out)
        only = self.k("get", "events", "--field-selector", "involvedObject.name=web,reason=Scheduled", "-o", "name").out
        self.assertEqual(len(only.split()), 1)

    def test_nodes(self):
        rows = [line.split() for line in self.kubectl("get", "nodes").out.splitlines()[1:]]
        self.assertEqual([r[:3] for r in rows], [["node-%d" % i, "Ready", "<none>"] for i in (1, 2, 3)])
        self.kubectl("cordon", "node-1")
        self.assertIn("Ready,SchedulingDisabled", self.kubectl("get", "node", "node-1").out)
        self.kubectl("uncordon", "node-1")
        self.kubectl("taint", "node", "node-1", "k=v:PreferNoSchedule")
        self.kubectl("taint", "node", "node-1", "k-")

    def test_long_lists_in_pages(self):
        for i in range(120):  # kubectl reads the API's description again for each object
            self.api.post("/api/v1/namespaces/%s/configmaps" % self.ns, {"metadata": {"name": "c%03d" % i}})
        names = self.k("get", "cm", "-o", "name", "--chunk-size=7").out.split()
        self.assertEqual(names, ["configmap/c%03d" % i for i in range(120)])


if __name__ == "__main__":
    harness.need("kubectl")
    harness.main()
