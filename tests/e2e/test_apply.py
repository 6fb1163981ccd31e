#!/usr/bin/env python3
"""Server-side apply with a real kubectl: conflicts, force, diff, the move from client-side apply, and the managers that
commands and components of the cluster leave in an object."""
import json

import harness
from harness import needs_kubectl, poll

MAPS = "/api/v1/namespaces/default/configmaps/"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments/"


def config_map(name, **data):
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})


class Apply(harness.Test):
    def managers(self, path):
        return {(m["manager"], m["operation"], m.get("subresource", "")): m["fieldsV1"]
                for m in self.api.get(path)["metadata"]["managedFields"]}

    def apply(self, text, *args, code=0):
        return self.kubectl("apply", "--server-side", *args, "-f", "-", stdin=text, code=code)

    @needs_kubectl(22, "--server-side is beta")
    def test_conflict_and_force(self):
        self.apply(config_map("c", a="1"))
        self.kubectl("patch", "cm", "c", "--type=merge", "-p", '{"data":{"a":"2"}}')
        r = self.apply(config_map("c", a="3"), code=1)
        self.assertIn('Apply failed with 1 conflict: conflict with "kubectl-patch" using v1: .data.a', r.err)
        self.apply(config_map("c", a="3"), "--force-conflicts")
        self.assertEqual(self.api.get(MAPS + "c")["data"], {"a": "3"})
        self.assertEqual(list(self.managers(MAPS + "c")), [("kubectl", "Apply", "")])

    @needs_kubectl(22, "--server-side is beta")
    def test_what_is_left_out_goes(self):
        self.apply(config_map("g", a="1", b="2"))
        before = self.api.get(MAPS + "g")
        self.apply(config_map("g", a="1", b="2"))
        self.assertEqual(self.api.get(MAPS + "g"), before)
        self.apply(config_map("g", b="2"))
        self.assertEqual(self.api.get(MAPS + "g")["data"], {"b": "2"})

    @needs_kubectl(22, "--server-side is beta")
    def test_diff(self):
        self.apply(config_map("d", a="1"))
        same = self.kubectl("diff", "--server-side", "-f", "-", stdin=config_map("d", a="1"))
        self.assertEqual(same.out, "")
        r = self.kubectl("diff", "--server-side", "-f", "-", stdin=config_map("d", a="2"), code=1)
        self.assertIn('+  a: "2"', r.out)
        self.assertEqual(self.api.get(MAPS + "d")["data"], {"a": "1"})

    @needs_kubectl(26, "it moves the fields of client-side apply")
    def test_from_client_side(self):
        self.kubectl("apply", "-f", "-", stdin=config_map("m", a="1", b="2"))
        self.assertIn(("kubectl-client-side-apply", "Update", ""), self.managers(MAPS + "m"))
        self.apply(config_map("m", a="5"))
        self.assertEqual(self.api.get(MAPS + "m")["data"], {"a": "5"})
        self.assertNotIn(("kubectl-client-side-apply", "Update", ""), self.managers(MAPS + "m"))

    def test_managers(self):
        self.kubectl("create", "deployment", "web", "--image=nginx")
        self.kubectl("scale", "deployment", "web", "--replicas=2")
        self.kubectl("label", "deployment", "web", "x=y")
        poll("the status", lambda: self.api.get(DEPLOYMENTS + "web").get("status", {}).get("readyReplicas") == 2)
        found = self.managers(DEPLOYMENTS + "web")
        for name in ("kubectl-create", "Update", ""), ("kubectl-label", "Update", ""), ("kubectl", "Update", "scale"), (
                "kube-controller-manager", "Update", "status"):
            self.assertIn(name, found)
        self.assertEqual(found[("kubectl", "Update", "scale")], {"f:spec": {"f:replicas": {}}})
        pod = self.api.get("/api/v1/namespaces/default/pods?labelSelector=app%3Dweb")["items"][0]
        self.assertEqual([(m["manager"], m.get("subresource")) for m in pod["metadata"]["managedFields"]],
                         [("kube-controller-manager", None), ("kubelet", "status")])
        shown = self.kubectl("get", "deployment", "web", "-o", "yaml").out
        self.assertNotIn("managedFields", shown)
        self.assertIn("managedFields", self.kubectl("get", "deployment", "web", "-o", "yaml", "--show-managed-fields").out)


if __name__ == "__main__":
    harness.main()
