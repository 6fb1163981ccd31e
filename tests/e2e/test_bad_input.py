#!/usr/bin/env python3
"""What a hostile or broken client may send at the socket: upstream's status and words, and nothing has changed."""
import json
import re
import unittest

import harness

CM = "/api/v1/namespaces/default/configmaps"
JSON = "application/json"


class BadInput(harness.Test):
    UP = ("--ephemeral", "--nodes", "1")

    def setUp(self):
        self.before = self.contents()
        self.addCleanup(self.assert_unchanged)

    def contents(self):
        """Everything but what the cluster does by itself."""
        return [self.api.get(p)["items"] for p in (CM, "/api/v1/pods", "/api/v1/namespaces", "/api/v1/secrets", "/apis/apps/v1/replicasets")]

    def assert_unchanged(self):
        self.assertEqual(self.contents(), self.before)
        self.assertEqual(self.api.call("GET", "/readyz"), (200, "ok"))

    def status(self, want, *request):
        """The message of the Status that answers."""
        code, body = self.api.call(*request)
        self.assertEqual(code, want, body)
        self.assertEqual((body["kind"], body["apiVersion"], body["status"], body["code"]), ("Status", "v1", "Failure", want))
        return body["message"]

    def raw(self, data):
        """All that comes back when these bytes are sent as they are, until the server closes."""
        with self.api.socket() as s:
            s.sendall(data)
            s.settimeout(harness.PATIENCE)
            got = b""
            while True:
                more = s.recv(65536)
                got += more
                head, _, body = got.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: *(\d+)", head)
                if not more or (length and len(body) >= int(length[1])):
                    return got

    def post(self, body, *headers):
        head = ["POST %s HTTP/1.1" % CM, "Host: localhost", *headers]
        if not any(h.lower().startswith(("content-length", "transfer-encoding")) for h in headers):
            head.append("Content-Length: %d" % len(body))
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body

    # ---- Bodies ----

    def test_not_json(self):
        for body in (b"hello", b"{", b'{"metadata":}', b'{"a":1}}', b"\x00\x01", b"[1,2", b'{"metadata":{"name":"a"}', b"'x'"):
            self.assertTrue(self.status(400, "POST", CM, body), body)

    def test_not_an_object(self):
        for body in (b"[]", b"1", b'"text"', b"null", b"true"):
            code, answer = self.api.call("POST", CM, body)
            self.assertIn(code, (400, 422), (body, answer))

    def test_empty(self):
        self.status(400, "POST", CM, b"")

    def test_truncated(self):
        """A body that is shorter than announced: the connection ends, nothing is taken for the whole."""
        with self.api.socket() as s:
            s.sendall(self.post(b'{"metadata":{"name":"half"}}', "Content-Length: 400"))
        with self.api.socket() as s:
            s.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"metadata\":" % CM.encode())

    def test_too_large(self):
        text = json.dumps({"metadata": {"name": "big"}, "data": {"x": "y" * (4 << 20)}})
        message = self.status(413, "POST", CM, text)
        self.assertIn("limit is 3145728", message)
        nearly = {"metadata": {"name": "big"}, "data": {"x": "y" * (2 << 20)}}
        self.assertIn("Too long: may not be more than 1048576 bytes", self.status(422, "POST", CM, nearly))

    def test_too_deep(self):
        for text in ("[" * 10000, '{"a":' * 10000, '{"metadata":{"name":"a"},"x":' + "[" * 10000 + "]" * 10000 + "}"):
            self.status(400, "POST", CM, text)

    def test_bad_utf8(self):
        for bad in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82"):
            code, answer = self.api.call("POST", CM + "?dryRun=All", b'{"metadata":{"name":"u"},"data":{"k":"' + bad + b'"}}')
            self.assertIn(code, (201, 400), (bad, answer))  # upstream replaces it by U+FFFD
            code, answer = self.api.call("POST", CM + "?dryRun=All", b'{"metadata":{"name":"' + bad + b'"}}')
            self.assertIn(code, (400, 422), (bad, answer))

    def test_wrong_types(self):
        for body in ('{"metadata":{"name":1}}', '{"metadata":[]}', '{"data":"x","metadata":{"name":"a"}}', '{"data":{"a":{}},"metadata":{"name":"a"}}'):
            self.status(400, "POST", CM, body)

    def test_wrong_kind(self):
        self.status(400, "POST", CM, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}})
        self.status(400, "POST", CM, {"apiVersion": "v2", "kind": "ConfigMap", "metadata": {"name": "a"}})
        self.status(400, "POST", CM, {"apiVersion": "v1", "kind": "Gadget", "metadata": {"name": "a"}})

    def test_wrong_names(self):
        self.assertIn("name or generateName is required", self.status(422, "POST", CM, {"metadata": {}}))
        self.status(422, "POST", CM, {"metadata": {"name": "A_b"}})
        self.status(422, "POST", CM, {"metadata": {"name": "a" * 254}})
        self.assertIn("does not match the namespace", self.status(400, "POST", CM, {"metadata": {"name": "a", "namespace": "other"}}))
        self.assertIn('namespaces "nowhere" not found', self.status(404, "POST", "/api/v1/namespaces/nowhere/configmaps", {"metadata": {"name": "a"}}))

    # ---- Paths, verbs, media types ----

    def test_unknown_paths(self):
        for path in ("/nope", "/api/v2", "/api/v1/gadgets", "/apis/apps/v1/namespaces/default/gadgets/x", "/apis/no.group/v1",
                     "/api/v1/namespaces/default/pods/x/nope", "/api/v1/namespaces/default/pods/x/status/y/z"):
            code, _ = self.api.call("GET", path)
            self.assertEqual(code, 404, path)
        self.assertEqual(self.status(404, "GET", CM + "/nope"), 'configmaps "nope" not found')
        self.assertEqual(self.status(404, "GET", "/api/v1/gadgets"), "the server could not find the requested resource")

    def test_unknown_verbs(self):
        for verb, path in (("POST", CM + "/x"), ("PUT", CM), ("PATCH", CM), ("BREW", CM), ("DELETE", "/api/v1/namespaces"), ("POST", "/api/v1/bindings")):
            code, answer = self.api.call(verb, path, {})
            self.assertIn(code, (405, 404, 400, 422, 403), (verb, path, answer))
            self.assertNotEqual(code // 100, 2)
        self.assertEqual(self.status(405, "PUT", CM, {}), "the server does not allow this method on the requested resource")

    def test_media_types(self):
        body = '{"metadata":{"name":"a"}}'
        message = self.status(415, "POST", CM, body, {"Content-Type": "text/plain"})
        self.assertIn("the body of the request was in an unknown format", message)
        self.status(406, "GET", CM, None, {"Accept": "text/html"})
        self.status(415, "PATCH", CM + "/x", body, {"Content-Type": JSON})
        self.status(400, "POST", CM, b"k8s\x00\xff\xff\xff\xff\xff", {"Content-Type": "application/vnd.kubernetes.protobuf"})
        self.status(400, "POST", CM, b"nope", {"Content-Type": "application/vnd.kubernetes.protobuf"})
        self.status(400, "POST", CM, "a: [1", {"Content-Type": "application/yaml"})
        self.status(400, "POST", CM, "a: &x [*x, *x]\nb: *y", {"Content-Type": "application/yaml"})

    # ---- Parameters ----

    def test_selectors(self):
        for query in ("labelSelector=a%20in%20(", "labelSelector=%3D%3D", "labelSelector=a%3Db%3Dc", "labelSelector=-a", "fieldSelector=x",
                      "fieldSelector=metadata.uid%3Dx", "fieldSelector=metadata.name%3E1"):
            self.assertTrue(self.status(400, "GET", CM + "?" + query), query)

    def test_continue_and_limits(self):
        for query in ("limit=1&continue=nonsense", "limit=1&continue=eyJ2Ijo", "limit=x", "limit=-1", "resourceVersion=x", "resourceVersion=-1",
                      "resourceVersion=5&resourceVersionMatch=Maybe", "resourceVersionMatch=Exact", "timeoutSeconds=soon&watch=1"):
            code, answer = self.api.call("GET", CM + "?" + query)
            self.assertIn(code, (400, 422) if query != "limit=-1" else (200, 400, 422), (query, answer))
        self.assertIn("continue key is not valid", self.status(400, "GET", CM + "?continue=nonsense"))
        self.assertIn("Too large resource version", self.status(504, "GET", CM + "?resourceVersion=99999999"))

    def test_escapes_in_paths(self):
        for path in (CM + "/%00", CM + "/%", CM + "/a%2fb", CM + "/..", CM + "/%2e%2e", CM + "/%ff", "/api/v1/namespaces/../secrets", "//api//v1//pods",
                     CM + "?labelSelector=%zz", CM + "/" + "a" * 5000):
            answer = self.raw(("GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path).encode())
            self.assertRegex(answer, rb"^HTTP/1\.1 (200|30[17]|400|404|414)", path)

    def test_options_of_writes(self):
        body = {"metadata": {"name": "a"}}
        for query in ("dryRun=Some", "fieldValidation=Maybe", "dryRun="):
            code, answer = self.api.call("POST", CM + "?fieldManager=x&" + query, body)
            if query == "dryRun=":
                self.api.call("DELETE", CM + "/a")
                continue
            self.assertIn(code, (400, 422), (query, answer))

    # ---- HTTP itself ----

    def test_smuggling(self):
        both = self.raw(self.post(b"0\r\n\r\n", "Content-Length: 5", "Transfer-Encoding: chunked", "Connection: close"))
        self.assertNotRegex(both, rb"^HTTP/1\.1 2")
        two = self.raw(self.post(b"{}", "Content-Length: 2", "Content-Length: 3", "Connection: close"))
        self.assertRegex(two, rb"^(HTTP/1\.1 4|$)")
        for length in (b"-1", b"99999999999999999999999", b"0x10", b"1 2"):
            answer = self.raw(b"POST " + CM.encode() + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + length + b"\r\n\r\n")
            self.assertRegex(answer, rb"^(HTTP/1\.1 4|$)", length)

    def test_broken_http(self):
        for data in (b"\r\n\r\n\r\n\r\nNOPE\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00" * 10 + b"\r\n\r\n",
                     b"GET /api HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200000 + b"\r\n\r\n", b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\n\r\n"):
            with self.api.socket(5) as s:
                try:
                    s.sendall(data)
                    s.recv(65536)
                except OSError:
                    pass  # hung up on, or still being waited for: either is fine, serving goes on

    def test_plain_http_on_the_tls_port(self):
        import socket
        with socket.create_connection(("127.0.0.1", self.api.port), harness.PATIENCE) as s:
            s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            try:
                s.recv(100)
            except OSError:
                pass

    def test_watches_with_bad_parameters(self):
        for query, want in (("resourceVersion=x", 500),  # so upstream: its cache gives this error no status
                            ("labelSelector=a%20in%20(", 400), ("sendInitialEvents=true", 422),
                            ("resourceVersionMatch=Exact&resourceVersion=1", 422)):
            code, answer = self.api.call("GET", CM + "?watch=1&timeoutSeconds=1&" + query)
            self.assertEqual(code, want, (query, answer))


if __name__ == "__main__":
    harness.main()
