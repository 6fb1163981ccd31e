"""test_openapi.py - /openapi/v2 as clients take it: by Accept, by ETag, and as protobuf, which a small decoder of its own
reads and compares with the JSON. What an older kubectl does with it: validate, explain, diff."""
import json
import unittest

import harness
from harness import find_kubectl, kubectl_minor, pod

PROTO = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"


# ---- Protobuf, by the numbers of gnostic's openapiv2/OpenAPIv2.proto ----

def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at


def fields(data):
    """[(number, value)] of one message: bytes or an integer."""
    at, found = 0, []
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 2:
            n, at = varint(data, at)
            assert at + n <= len(data), "cut short"
            found.append((tag >> 3, data[at:at + n]))
            at += n
        else:
            assert tag & 7 == 0, "wire type %d" % (tag & 7)
            value, at = varint(data, at)
            found.append((tag >> 3, value))
    return found


def every(data, number):
    return [v for n, v in fields(data) if n == number]


def text(data, number):
    values = every(data, number)
    return values[-1].decode() if values else None


def named(data, number):
    """Members of a map: NamedX {name 1, value 2}."""
    return {text(m, 1): every(m, 2)[0] for m in every(data, number)}


def extensions(data, number):
    return {name: json.loads(text(value, 2)) for name, value in named(data, number).items()}


def schema(data):
    out = {**extensions(data, 31)}
    for name, number in (("$ref", 1), ("format", 2), ("description", 4)):
        if every(data, number):
            out[name] = text(data, number)
    if every(data, 19):
        out["required"] = [v.decode() for v in every(data, 19)]
    if every(data, 20):
        out["enum"] = [json.loads(text(v, 2)) for v in every(data, 20)]
    for v in every(data, 21):
        out["additionalProperties"] = schema(every(v, 1)[0])
    for v in every(data, 22):
        out["type"] = text(v, 1)
    for v in every(data, 23):
        out["items"] = schema(every(v, 1)[0])
    for v in every(data, 25):
        out["properties"] = {name: schema(s) for name, s in named(v, 1).items()}
    return out


def parameter(item):
    inside = every(item, 1)[0]
    for body in every(inside, 1):
        return {"name": text(body, 2), "in": text(body, 3), "required": bool(every(body, 4)[0]), "schema": schema(every(body, 5)[0])}
    sort, data = fields(every(inside, 2)[0])[0]
    name_of = {"query": 3, "path": 4}
    out = {"in": text(data, 2), "name": text(data, 4), "type": text(data, {3: 6, 4: 5}[sort])}
    assert name_of[out["in"]] == sort
    if every(data, 1):
        out["required"] = bool(every(data, 1)[0])
    if every(data, {3: 20, 4: 19}[sort]):
        out["uniqueItems"] = True
    return out


def operation(data):
    out = {**extensions(data, 13), "description": text(data, 3), "operationId": text(data, 5)}
    for name, number in (("tags", 1), ("produces", 6), ("consumes", 7), ("schemes", 10)):
        out[name] = [v.decode() for v in every(data, number)]
    out["parameters"] = [parameter(p) for p in every(data, 8)]
    out["responses"] = {}
    for code, value in named(every(data, 9)[0], 1).items():
        answer = every(value, 1)[0]
        out["responses"][code] = {"description": text(answer, 1), "schema": schema(every(every(answer, 2)[0], 1)[0])}
    return out


def path_item(data):
    methods = {"get": 2, "put": 3, "post": 4, "delete": 5, "patch": 8}
    out = {name: operation(every(data, number)[0]) for name, number in methods.items() if every(data, number)}
    out["parameters"] = [parameter(p) for p in every(data, 9)]
    return out


def document(data):
    info = every(data, 2)[0]
    return {"swagger": text(data, 1), "info": {"title": text(info, 1), "version": text(info, 2)},
            "paths": {name: path_item(p) for name, p in named(every(data, 8)[0], 2).items()},
            "definitions": {name: schema(s) for name, s in named(every(data, 9)[0], 1).items()}}


class OpenApi(harness.Test):
    def fetch(self, **headers):
        c = self.api.connection()
        c.request("GET", "/openapi/v2", headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = c.getresponse()
        body = answer.read()
        c.close()
        return answer, body

    def test_protobuf_says_what_json_says(self):
        answer, body = self.fetch(Accept=PROTO)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.getheader("Content-Type"), "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
        plain, text_body = self.fetch(Accept="application/json")
        self.assertEqual(plain.getheader("Content-Type"), "application/json")
        want, have = json.loads(text_body), document(body)
        self.assertGreater(len(want["definitions"]), 300)
        for part in ("paths", "definitions"):
            self.assertEqual(list(have[part]), list(want[part]))
            for name in want[part]:
                self.assertEqual(have[part][name], want[part][name], name)
        self.assertEqual(have, want)

    def test_a_known_document_is_not_sent_again(self):
        for accept in (PROTO, "application/json"):
            first, _ = self.fetch(Accept=accept)
            again, body = self.fetch(Accept=accept, If_None_Match=first.getheader("ETag"))
            self.assertEqual((again.status, body), (304, b""))
            self.assertIsNone(again.getheader("Content-Type"))  # or a cache would take it for the document's

    def test_accept(self):
        self.assertEqual(self.fetch(Accept="text/html")[0].status, 406)
        self.assertEqual(self.fetch(Accept="*/*")[0].getheader("Content-Type"), "application/json")
        self.assertEqual(self.fetch(Accept="text/html, %s;q=0.9" % PROTO)[0].status, 200)

    def test_references_resolve_and_ids_differ(self):
        doc = json.loads(self.fetch()[1])
        seen = set()
        for item in doc["paths"].values():
            for op in item.values():
                if isinstance(op, dict):
                    self.assertNotIn(op["operationId"], seen)
                    seen.add(op["operationId"])
        for id in ("createCoreV1NamespacedPod", "readAppsV1NamespacedDeploymentStatus", "deleteCoreV1CollectionNode",
                   "listRbacAuthorizationV1RoleForAllNamespaces", "createCoreV1NamespacedPodBinding"):
            self.assertIn(id, seen)

        def walk(node):
            for key, value in node.items() if isinstance(node, dict) else enumerate(node):
                if key == "$ref" and isinstance(value, str):  # JSON schemas of CRDs have a member of that name
                    self.assertTrue(value.startswith("#/definitions/") and value[len("#/definitions/"):] in doc["definitions"], value)
                elif isinstance(value, (dict, list)):
                    walk(value)
        walk(doc)


@unittest.skipUnless(find_kubectl() and kubectl_minor() < 27, "only a kubectl before 1.27 works by /openapi/v2 alone; set KUBECTL")
class OlderKubectl(harness.Test):
    def test_apply_validates_by_itself(self):
        bad = pod("web")
        bad["spec"]["containers"][0]["imagee"] = "x"
        r = self.kubectl("apply", "-f", self.home.write("bad.json", bad), code=1)
        self.assertIn('error: error validating "', r.err)
        self.assertIn('unknown field "imagee" in io.k8s.api.core.v1.Container', r.err)

    def test_apply_merges_by_key(self):
        two = pod("two")
        two["spec"]["containers"].append({"name": "d", "image": "busybox"})
        self.kubectl("apply", "-f", self.home.write("two.json", two))
        two["spec"]["containers"][1]["image"] = "busybox:2"
        path = self.home.write("two.json", two)
        self.assertIn("(server dry run)", self.kubectl("apply", "--dry-run=server", "-f", path).out)
        self.assertIn("+  - image: busybox:2", self.kubectl("diff", "-f", path, code=1).out)
        self.kubectl("apply", "-f", path)
        self.assertEqual(self.kubectl("get", "pod", "two", "-o", "jsonpath={.spec.containers[*].image}").out, "nginx busybox:2")

    def test_a_list_is_validated_by_its_items(self):
        items = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "1"}}]
        self.kubectl("apply", "-f", self.home.write("list.json", {"apiVersion": "v1", "kind": "List", "items": items}))

    def test_explain(self):
        self.assertIn("accessModes", self.kubectl("explain", "pvc.spec").out)


if __name__ == "__main__":
    harness.main()
