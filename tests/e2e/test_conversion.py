#!/usr/bin/env python3
"""Custom resources that a webhook converts: a server on loopback keeps `size` in v1 and `spec.dimensions.size` in v2."""
import base64
import copy
import json
import os
import socket
import sys

import harness
from harness import needs_kubectl, poll

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from extender import Extender  # noqa: E402

GROUP, KIND = "boxes.example.org", "Box"
V1 = {"type": "object", "properties": {"spec": {"type": "object", "properties": {
    "size": {"type": "integer"}, "color": {"type": "string", "default": "red"}}}}}
V2 = {"type": "object", "properties": {"spec": {"type": "object", "properties": {
    "color": {"type": "string"},
    "dimensions": {"type": "object", "properties": {"size": {"type": "integer"}}}}}}}


def convert_one(obj, to):
    obj = copy.deepcopy(obj)
    spec = obj.get("spec", {})
    if obj["apiVersion"] != to:
        if to.endswith("/v2"):
            spec["dimensions"] = {"size": spec.pop("size", 0)}
        else:
            spec["size"] = spec.pop("dimensions", {}).get("size", 0)
    obj["apiVersion"] = to
    return obj


def answer(change=None):
    def converted(review):
        request = review["request"]
        out = {"kind": "ConversionReview", "apiVersion": review["apiVersion"], "response": {
            "uid": request["uid"], "result": {"status": "Success"},
            "convertedObjects": [convert_one(o, request["desiredAPIVersion"]) for o in request["objects"]]}}
        if change:
            change(out["response"])
        return out
    return converted


class Conversion(harness.Test):
    def setUp(self):
        pki = os.path.join(self.cluster.dir, "pki")
        self.server = Extender(convert=answer()).tls(os.path.join(pki, "server.crt"), os.path.join(pki, "server.key"))
        self.addCleanup(self.server.close)
        with open(os.path.join(pki, "ca.crt"), "rb") as f:
            self.ca = base64.b64encode(f.read()).decode()

    def define(self, plural, reviews=("v1",), **client):
        """Its objects' path in a version."""
        group = plural + "." + GROUP
        client = client or {"url": "https://127.0.0.1:%d/convert" % self.server.port, "caBundle": self.ca}
        self.api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
            "metadata": {"name": "%s.%s" % (plural, group)}, "spec": {
                "group": group, "scope": "Namespaced", "names": {"plural": plural, "kind": KIND},
                "conversion": {"strategy": "Webhook", "webhook": {
                    "conversionReviewVersions": list(reviews), "clientConfig": client}},
                "versions": [
                    {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": V1},
                     "selectableFields": [{"jsonPath": ".spec.size"}]},
                    {"name": "v2", "served": True, "storage": False, "schema": {"openAPIV3Schema": V2},
                     "selectableFields": [{"jsonPath": ".spec.dimensions.size"}]}]}})
        self.group = group
        at = "/apis/%s/%%s/namespaces/default/%s" % (group, plural)
        poll("the kind", lambda: all(self.api.call("GET", at % v)[0] == 200 for v in ("v1", "v2")))
        return lambda version, name=None: at % version + ("/" + name if name else "")

    def move(self, plural, url):
        status, body = self.call("PATCH", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/%s.%s" % (plural, self.group), {
            "spec": {"conversion": {"webhook": {"clientConfig": {"url": url}}}}}, {"Content-Type": "application/merge-patch+json"})
        self.assertEqual(status, 200, body)

    def make(self, at, name, size):
        return self.api.post(at("v1"), {"apiVersion": self.group + "/v1", "kind": KIND, "metadata": {"name": name},
                                        "spec": {"size": size}})

    def fails(self, method, path, text, body=None, headers=None):
        status, told = self.call(method, path, body, headers)
        self.assertEqual((status, told["message"]), (500, text))
        self.assertNotIn("reason", told)

    def call(self, *args):
        return self.api.call(*args)

    def test_reads(self):
        at = self.define("reads")
        made = self.api.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/reads." + self.group)
        self.assertIn(("kube-apiserver", "Update", "status"), [
            (m["manager"], m["operation"], m.get("subresource")) for m in made["metadata"]["managedFields"]])
        made = self.make(at, "a", 3)
        self.make(at, "b", 4)
        got = self.api.get(at("v2", "a"))
        self.assertEqual((got["apiVersion"], got["spec"]), (self.group + "/v2", {"color": "red", "dimensions": {"size": 3}}))
        self.assertEqual(got["metadata"], made["metadata"])
        verb, review = self.server.asked[0]  # the garbage collector reads v2, too, and may have been the first
        self.assertEqual((verb, review["kind"], review["apiVersion"]), (
            "convert", "ConversionReview", "apiextensions.k8s.io/v1"))
        self.assertEqual(review["request"]["desiredAPIVersion"], self.group + "/v2")
        self.assertNotIn("resourceVersion", review["request"]["objects"][0]["metadata"])
        sizes = [o["spec"]["dimensions"]["size"] for o in self.api.get(at("v2"))["items"]]
        self.assertEqual(sizes, [3, 4])
        picked = self.api.get(at("v2") + "?fieldSelector=spec.dimensions.size%3D4")["items"]
        self.assertEqual([o["metadata"]["name"] for o in picked], ["b"])
        self.assertEqual([o["metadata"]["name"] for o in self.api.get(at("v1") + "?fieldSelector=spec.size%3D3")["items"]], ["a"])

    def test_writes(self):
        at = self.define("writes", reviews=("v1beta1",))
        v2 = {"apiVersion": self.group + "/v2", "kind": KIND, "metadata": {"name": "a"}, "spec": {"dimensions": {"size": 5}}}
        made = self.api.post(at("v2"), v2)
        self.assertEqual(made["spec"], {"color": "red", "dimensions": {"size": 5}})
        self.assertEqual(self.server.asked[0][1]["apiVersion"], "apiextensions.k8s.io/v1beta1")
        self.assertEqual(self.api.get(at("v1", "a"))["spec"], {"size": 5, "color": "red"})
        merge = {"Content-Type": "application/merge-patch+json"}
        status, patched = self.call("PATCH", at("v2", "a"), {"spec": {"dimensions": {"size": 6}}}, merge)
        self.assertEqual((status, patched["spec"]["dimensions"]), (200, {"size": 6}))
        self.assertEqual(patched["metadata"]["generation"], 2)
        self.assertEqual(self.api.get(at("v1", "a"))["spec"]["size"], 6)
        patched["spec"]["dimensions"]["size"] = 7
        status, put = self.call("PUT", at("v2", "a"), patched, None)
        self.assertEqual((status, put["spec"]["dimensions"]), (200, {"size": 7}))
        again = self.call("PUT", at("v2", "a"), put, None)[1]
        self.assertEqual(again["metadata"]["resourceVersion"], put["metadata"]["resourceVersion"])
        tried = self.call("PATCH", at("v2", "a") + "?dryRun=All", {"spec": {"dimensions": {"size": 9}}}, merge)[1]
        self.assertEqual(tried["spec"]["dimensions"], {"size": 9})
        tried = self.call("POST", at("v2") + "?dryRun=All", dict(v2, metadata={"generateName": "x-"}), None)[1]
        self.assertEqual(tried["spec"]["dimensions"], {"size": 5})
        self.assertEqual(self.api.get(at("v1", "a"))["spec"]["size"], 7)
        put["metadata"]["finalizers"] = ["example.org/hold"]
        self.assertEqual(self.call("PUT", at("v2", "a"), put, None)[0], 200)
        status, marked = self.call("DELETE", at("v2", "a"), None, None)
        self.assertEqual((status, marked["apiVersion"], marked["spec"]["dimensions"]), (200, self.group + "/v2", {"size": 7}))
        self.assertEqual(self.api.get(at("v1", "a"))["spec"]["size"], 7)
        self.call("PATCH", at("v2", "a"), {"metadata": {"finalizers": None}}, merge)
        self.assertEqual(self.call("GET", at("v2", "a"), None, None)[0], 404)
        self.make(at, "b", 1)
        status, gone = self.call("DELETE", at("v2"), None, None)
        self.assertEqual((status, [o["spec"]["dimensions"] for o in gone["items"]]), (200, [{"size": 1}]))

    def test_watch(self):
        at = self.define("watched")
        self.make(at, "a", 1)
        c = self.api.connection()
        self.addCleanup(c.close)
        c.request("GET", at("v2") + "?watch=1")
        stream = c.getresponse()
        event = json.loads(stream.readline())
        self.assertEqual((event["type"], event["object"]["spec"]["dimensions"]), ("ADDED", {"size": 1}))
        self.make(at, "b", 2)
        event = json.loads(stream.readline())
        self.assertEqual((event["object"]["apiVersion"], event["object"]["spec"]["dimensions"]), (self.group + "/v2", {"size": 2}))
        self.server.script(convert=lambda _: (500, "boom"))
        self.make(at, "c", 3)
        event = json.loads(stream.readline())
        self.assertEqual((event["type"], event["object"]["code"]), ("ERROR", 500))
        self.assertIn("conversion webhook for %s/v1, Kind=Box failed: an error" % self.group, event["object"]["message"])

    def test_failures(self):
        at = self.define("failing")
        # From the first on: what the garbage collector had converted would be there for others, too.
        self.server.script(convert=lambda _: (500, "boom"))
        self.make(at, "a", 1)
        path, gvk = at("v2", "a"), "conversion webhook for %s/v1, Kind=Box " % self.group

        def told(text, change=None, **on):
            self.server.script(convert=answer(change), **on)
            self.fails("GET", path, gvk + text)

        self.fails("GET", path, gvk + 'failed: an error on the server ("boom") has prevented the request from succeeding')
        self.server.script()
        self.fails("GET", path, gvk + "failed: the server could not find the requested resource")
        self.server.script(convert=lambda _: (200, "{"))
        self.fails("GET", path, gvk + "failed: couldn't get version/kind; json parse error: unexpected end of JSON input")
        told('returned 0 objects, expected 1', lambda r: r.update(convertedObjects=[]))
        told("failed: no way", lambda r: r.update(result={"status": "Failure", "message": "no way"}))
        told("failed: response.result.status was '', not 'Success'", lambda r: r.update(result={}))
        told("returned invalid object at index 0: invalid groupVersion (expected %s/v2, received %s/v1)" % (self.group, self.group),
             lambda r: r["convertedObjects"][0].update(apiVersion=self.group + "/v1"))
        told("returned invalid object at index 0: invalid kind (expected Box, received Bag)",
             lambda r: r["convertedObjects"][0].update(kind="Bag"))
        told("returned invalid object: must have the same name: a != b",
             lambda r: r["convertedObjects"][0]["metadata"].update(name="b"))
        told("returned invalid metadata: invalid metadata.labels of type string in converted object",
             lambda r: r["convertedObjects"][0]["metadata"].update(labels="x"))
        told("returned invalid metadata: metadata.labels: Invalid value: \"-\": name part must consist of alphanumeric characters, "
             "'-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', "
             "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
             lambda r: r["convertedObjects"][0]["metadata"].update(labels={"-": "x"}))
        self.server.script(convert=answer(lambda r: r.update(uid="x")))
        status, body = self.call("GET", path, None, None)
        self.assertRegex(body["message"], r'failed: expected response.uid="[0-9a-f-]{36}", got "x"$')
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
        self.move("failing", "https://127.0.0.1:%d/convert" % port)
        refused = 'failed: Post "https://127.0.0.1:%d/convert?timeout=30s": dial tcp 127.0.0.1:%d: connect: connection refused' % (
            port, port)
        self.fails("GET", path, gvk + refused)
        self.fails("GET", at("v2"), gvk + refused)
        self.fails("PATCH", path, gvk + refused, {"spec": {}}, {"Content-Type": "application/merge-patch+json"})
        self.assertEqual(self.api.get(at("v1", "a"))["spec"]["size"], 1)
        new = {"apiVersion": self.group + "/v2", "kind": KIND, "metadata": {"name": "n"}}
        self.fails("POST", at("v2"), gvk.replace("/v1", "/v2") + refused, new)

    def test_slow_server_holds_nobody_up(self):
        at = self.define("slow")
        self.make(at, "a", 1)
        deaf = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(deaf.close)
        self.move("slow", "https://127.0.0.1:%d/" % deaf.getsockname()[1])
        waiting = [self.api.connection() for _ in range(20)]
        for c in waiting:
            self.addCleanup(c.close)
            c.request("GET", at("v2", "a"))
        for i in range(20):
            self.make(at, "free-%d" % i, i)
        self.assertEqual(len(self.api.get(at("v1"))["items"]), 21)

    def test_service(self):
        at = self.define("services", service={"namespace": "default", "name": "hook", "path": "/convert", "port": self.server.port})
        self.make(at, "a", 1)
        gvk = 'conversion webhook for %s/v1, Kind=Box failed: Post "https://hook.default.svc:%d/convert?timeout=30s": ' % (
            self.group, self.server.port)
        self.fails("GET", at("v2", "a"), gvk + 'service "hook" not found')

    @needs_kubectl(22, "--server-side is beta")
    def test_apply(self):
        at = self.define("applied")

        def apply(version, spec, *args, code=0):
            return self.kubectl("apply", "--server-side", *args, "-f", "-", code=code, stdin=json.dumps(
                {"apiVersion": "%s/%s" % (self.group, version), "kind": KIND, "metadata": {"name": "a"}, "spec": spec}))
        apply("v2", {"dimensions": {"size": 2}})
        self.assertEqual(self.api.get(at("v1", "a"))["spec"]["size"], 2)
        apply("v2", {"dimensions": {"size": 3}})
        r = apply("v2", {"dimensions": {"size": 4}}, "--field-manager=other", code=1)
        self.assertIn('conflict with "kubectl": .spec.dimensions.size', r.err)
        apply("v2", {"dimensions": {"size": 4}}, "--field-manager=other", "--force-conflicts")
        self.assertEqual(self.api.get(at("v1", "a"))["spec"]["size"], 4)


if __name__ == "__main__":
    harness.main()
