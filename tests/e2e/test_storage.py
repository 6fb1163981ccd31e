"""test_storage.py - claims, volumes and classes as people use them: a claim is bound and a pod runs with it, what is in
use stays, a volume outlives its claim when it is to; HorizontalPodAutoscalers as kubectl shows them."""
import json

import harness
from harness import pod, poll


def claim(name, size="1Gi", **spec):
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **spec}}


def volume(name, size="1Gi", **spec):
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
            "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": size}, "hostPath": {"path": "/tmp/" + name},
                     "storageClassName": "manual", **spec}}


def user(name, claim_name):
    return pod(name, volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": claim_name}}])


def storage_class(name, **more):
    return {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name},
            "provisioner": "kubestep.dev/hostpath", **more}


class Storage(harness.Test):
    def apply(self, *objects):
        body = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        self.kubectl("apply", "-f", "-", stdin=json.dumps(body))

    def field(self, what, path):
        return self.kubectl("get", *what.split("/"), "-o", "jsonpath={%s}" % path).out

    def wait_for(self, what, path, value):
        return poll("%s %s is %s" % (what, path, value), lambda: self.field(what, path) == value)

    def gone(self, what):
        poll("%s is gone" % what, lambda: self.kubectl("get", *what.split("/"), "--ignore-not-found", "-o", "name").out == "")

    def events_of(self, name):
        return self.kubectl("get", "events", "--field-selector", "involvedObject.name=" + name,
                            "-o", "jsonpath={range .items[*]}{.reason}: {.message}{\"\\n\"}{end}").out

    def test_a_claim_is_bound_and_used(self):
        self.apply(claim("data"), user("web", "data"))
        self.wait_for("pvc/data", ".status.phase", "Bound")
        self.wait_for("pod/web", ".status.phase", "Running")
        name = self.field("pvc/data", ".spec.volumeName")
        self.assertEqual(name, "pvc-" + self.field("pvc/data", ".metadata.uid"))
        head, row = self.kubectl("get", "pvc", "data").out.splitlines()
        self.assertTrue(head.startswith("NAME   STATUS   VOLUME"), head)
        self.assertEqual(row.split()[:6], ["data", "Bound", name, "1Gi", "RWO", "standard"])
        row = self.kubectl("get", "pv", name).out.splitlines()[1]
        self.assertEqual(row.split()[:7], [name, "1Gi", "RWO", "Delete", "Bound", "default/data", "standard"])
        told = poll("the event", lambda: self.events_of("data"))
        self.assertIn("ProvisioningSucceeded: Successfully provisioned volume %s using kubestep.dev/hostpath" % name, told)
        text = self.kubectl("describe", "pvc", "data").out
        for part in ("Status:        Bound", "StorageClass:  standard", "web", "pv.kubernetes.io/bind-completed: yes",
                     "Finalizers:    [kubernetes.io/pvc-protection]", "ProvisioningSucceeded"):
            self.assertIn(part, text)
        self.assertIn("standard (default)", self.kubectl("get", "sc").out)
        # In use: both stay until the pod is gone; then the volume goes with its claim.
        self.kubectl("delete", "pvc", "data", "--wait=false")
        self.kubectl("delete", "pv", name, "--wait=false")
        self.assertEqual(self.kubectl("get", "pvc", "data").out.splitlines()[1].split()[1], "Terminating")
        self.assertEqual(self.kubectl("get", "pv", name).out.splitlines()[1].split()[4], "Terminating")
        self.kubectl("delete", "pod", "web", "--grace-period=0", "--force")
        self.gone("pvc/data")
        self.gone("pv/" + name)

    def test_a_pod_waits_for_its_claim(self):
        self.apply(user("early", "later"), claim("unbound", storageClassName="manual"), user("waits", "unbound"))
        why = '.status.conditions[?(@.type=="PodScheduled")].message'
        self.wait_for("pod/early", why, '0/3 nodes are available: persistentvolumeclaim "later" not found. not found')
        self.wait_for("pod/waits", why, "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found")
        self.apply(claim("later"), volume("for-unbound"))
        self.wait_for("pod/early", ".status.phase", "Running")
        self.wait_for("pod/waits", ".status.phase", "Running")
        self.assertEqual(self.field("pvc/unbound", ".spec.volumeName"), "for-unbound")
        self.kubectl("delete", "pod", "early", "waits", "--grace-period=0", "--force")
        self.kubectl("delete", "pvc", "later", "unbound")

    def test_the_smallest_that_fits_and_retained(self):
        for name, size in (("v10", "10Gi"), ("v3", "3Gi"), ("v1", "1Gi")):
            self.apply(volume(name, size, storageClassName="sized"))
            self.wait_for("pv/" + name, ".status.phase", "Available")
        self.apply(claim("two", "2Gi", storageClassName="sized"))
        self.wait_for("pvc/two", ".status.phase", "Bound")
        self.assertEqual(self.field("pvc/two", ".spec.volumeName"), "v3")
        self.assertEqual(self.field("pvc/two", ".status.capacity.storage"), "3Gi")
        self.kubectl("delete", "pvc", "two")
        self.wait_for("pv/v3", ".status.phase", "Released")  # Retain, by default
        # Nobody gets it until a person says so.
        self.apply(claim("again", "2Gi", storageClassName="sized"))
        self.wait_for("pvc/again", ".spec.volumeName", "v10")
        self.kubectl("patch", "pv", "v3", "-p", '{"spec":{"claimRef":null}}')
        self.wait_for("pv/v3", ".status.phase", "Available")
        self.kubectl("delete", "pvc", "again")
        self.kubectl("delete", "pv", "v10", "v3", "v1")

    def test_a_volume_that_is_reserved(self):
        self.apply(volume("mine", claimRef={"namespace": "default", "name": "reserved"}))
        self.wait_for("pv/mine", ".status.phase", "Available")
        self.apply(claim("thief", storageClassName="manual"), claim("reserved", storageClassName="manual"))
        self.wait_for("pvc/reserved", ".spec.volumeName", "mine")
        self.assertEqual(self.field("pvc/thief", ".status.phase"), "Pending")
        self.kubectl("delete", "pvc", "thief", "reserved")
        self.kubectl("delete", "pv", "mine")

    def test_the_first_consumer(self):
        self.apply(storage_class("late", volumeBindingMode="WaitForFirstConsumer"), claim("slow", storageClassName="late"))
        poll("it waits", lambda: "WaitForFirstConsumer: waiting for first consumer to be created before binding" in self.events_of("slow"))
        self.assertEqual(self.field("pvc/slow", ".status.phase"), "Pending")
        self.apply(user("first", "slow"))
        self.wait_for("pvc/slow", ".status.phase", "Bound")
        self.wait_for("pod/first", ".status.phase", "Running")
        node = self.field("pvc/slow", r".metadata.annotations.volume\.kubernetes\.io/selected-node")
        self.assertEqual(node, self.field("pod/first", ".spec.nodeName"))
        self.kubectl("delete", "pod", "first", "--grace-period=0", "--force")
        self.kubectl("delete", "pvc", "slow")

    def test_a_volume_of_one_node(self):
        node = self.kubectl("get", "nodes", "-o", "jsonpath={.items[*].metadata.name}").out.split()[-1]
        local = {"nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
            {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}]}}}
        self.apply(storage_class("local", provisioner="kubernetes.io/no-provisioner", volumeBindingMode="WaitForFirstConsumer"),
                   volume("disk", storageClassName="local", **local), claim("first", storageClassName="local"),
                   claim("second", storageClassName="local"))
        self.wait_for("pv/disk", ".status.phase", "Available")
        self.apply(user("one", "first"))
        self.wait_for("pod/one", ".status.phase", "Running")
        self.assertEqual(self.field("pod/one", ".spec.nodeName"), node)
        self.assertEqual(self.field("pvc/first", ".spec.volumeName"), "disk")
        self.assertEqual(self.field("pvc/first", r".metadata.annotations.volume\.kubernetes\.io/selected-node"), "")
        self.assertEqual(self.field("pv/disk", r".metadata.annotations.pv\.kubernetes\.io/bound-by-controller"), "yes")
        self.apply(user("two", "second"))
        poll("it says why", lambda: self.field("pod/two", '.status.conditions[?(@.type=="PodScheduled")].message').startswith(
            "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind."))
        self.apply(volume("more", storageClassName="local"))
        self.wait_for("pod/two", ".status.phase", "Running")
        self.kubectl("delete", "pod", "one", "two", "--grace-period=0", "--force")
        self.kubectl("delete", "pvc", "first", "second")
        self.kubectl("delete", "pv", "disk", "more")
        self.kubectl("delete", "sc", "local")

    def test_who_makes_volumes_elsewhere(self):
        selected = r".metadata.annotations.volume\.kubernetes\.io/selected-node"
        self.apply(storage_class("ext", provisioner="example.com/ext", volumeBindingMode="WaitForFirstConsumer"),
                   claim("ext", storageClassName="ext"), user("ext", "ext"))
        node = poll("a node is chosen", lambda: self.field("pvc/ext", selected))
        # The pod is not there before its volume is, but says where it is going to be.
        self.wait_for("pod/ext", ".status.nominatedNodeName", node)
        self.assertEqual(self.field("pod/ext", ".spec.nodeName"), "")
        # Who should have made it could not: another node is looked for.
        poll("the provisioner is told", lambda: self.field("pvc/ext", r".metadata.annotations.volume\.kubernetes\.io/storage-provisioner"))
        self.kubectl("annotate", "pvc", "ext", "volume.kubernetes.io/selected-node-")
        poll("it says so", lambda: 'running PreBind plugin "VolumeBinding": binding volumes: provisioning failed for PVC "ext"'
             in self.events_of("ext"))
        poll("a node is chosen again", lambda: self.field("pvc/ext", selected))
        uid = self.field("pvc/ext", ".metadata.uid")
        self.apply(volume("made", storageClassName="ext", claimRef={"namespace": "default", "name": "ext", "uid": uid}))
        self.wait_for("pod/ext", ".status.phase", "Running")
        self.assertEqual(self.field("pod/ext", ".spec.nodeName"), self.field("pvc/ext", selected))
        self.assertEqual(self.field("pod/ext", ".status.nominatedNodeName"), "")
        self.kubectl("delete", "pod", "ext", "--grace-period=0", "--force")
        self.kubectl("delete", "pvc", "ext")
        self.kubectl("delete", "pv", "made")
        self.kubectl("delete", "sc", "ext")

    def test_a_default_that_comes_later(self):
        self.kubectl("annotate", "sc", "standard", "storageclass.kubernetes.io/is-default-class=false", "--overwrite")
        try:
            self.apply(claim("patient"))
            poll("it says why", lambda: "FailedBinding: no persistent volumes available for this claim and no storage class is set"
                 in self.events_of("patient"))
        finally:
            self.kubectl("annotate", "sc", "standard", "storageclass.kubernetes.io/is-default-class=true", "--overwrite")
        self.wait_for("pvc/patient", ".status.phase", "Bound")
        self.assertEqual(self.field("pvc/patient", ".spec.storageClassName"), "standard")
        self.kubectl("delete", "pvc", "patient")

    def test_many_at_once(self):
        self.apply(*[volume("m%d" % i, storageClassName="many") for i in range(20)])
        self.apply(*[claim("m%d" % i, storageClassName="many") for i in range(20)])
        used = poll("all are bound", lambda: (lambda names: len(names) == 20 and names)(
            [n for n in self.kubectl("get", "pvc", "-o", 'jsonpath={.items[?(@.spec.storageClassName=="many")].spec.volumeName}').out.split()]))
        self.assertEqual(len(set(used)), 20)
        self.kubectl("delete", "pvc", *["m%d" % i for i in range(20)])
        self.kubectl("delete", "pv", *["m%d" % i for i in range(20)])


class Autoscalers(harness.Test):
    def test_autoscale(self):
        self.kubectl("apply", "-f", "-", stdin=json.dumps(harness.replica_set("web", 1)))
        self.kubectl("autoscale", "rs", "web", "--min=2", "--max=5", "--cpu-percent=70")
        row = self.kubectl("get", "hpa").out.splitlines()[1]
        self.assertIn("ReplicaSet/web", row)
        self.assertRegex(row, r"(cpu: )?<unknown>/70%\s+2\s+5\s+0")
        text = self.kubectl("describe", "hpa", "web").out
        self.assertRegex(text, r"Min replicas:\s+2\n")
        # kubectl 1.20 knows v1 alone, and says it so.
        self.assertRegex(text, r"resource cpu on pods +\(as a percentage of request\): +<unknown> / 70%|Target CPU utilization: +70%")
        self.assertIn('"apiVersion": "autoscaling/v2"', self.kubectl("get", "horizontalpodautoscalers.v2.autoscaling", "web", "-o", "json").out)
        self.assertIn("targetCPUUtilizationPercentage: 70", self.kubectl("get", "horizontalpodautoscalers.v1.autoscaling", "web", "-o", "yaml").out)
        self.kubectl("patch", "horizontalpodautoscalers.v1.autoscaling", "web", "--type=merge", "-p", '{"spec":{"targetCPUUtilizationPercentage":60}}')
        target = self.kubectl("get", "horizontalpodautoscalers.v2.autoscaling", "web", "-o", "jsonpath={.spec.metrics[0].resource.target.averageUtilization}").out
        self.assertEqual(target, "60")


if __name__ == "__main__":
    harness.need("kubectl")
    harness.main()
