#!/usr/bin/env python3
"""An aggregated API: its server is one of ours in Python (aggregated.py), everything else goes through the cluster."""
import base64
import http.client
import json
import os
import ssl
import unittest

import aggregated
import harness
from harness import needs_kubectl, poll

GV = aggregated.GV
NAME = aggregated.NAME
PEBBLES = aggregated.PEBBLES
pebble = aggregated.pebble


class Aggregation(aggregated.Test):
    # ---- Requests ----

    def test_objects(self):
        made = self.api.post(PEBBLES, pebble("one"))
        self.assertEqual(made["metadata"]["namespace"], "default")
        status, answer = self.api.call("POST", PEBBLES, pebble("one"))
        self.assertEqual((status, answer["reason"]), (409, "AlreadyExists"))
        made["spec"]["colour"] = "red"
        self.assertEqual(self.api.call("PUT", PEBBLES + "/one", made)[0], 200)
        self.assertEqual(self.api.get(PEBBLES + "/one")["spec"]["colour"], "red")
        self.assertEqual(self.api.get(PEBBLES + "?labelSelector=a%3Db")["kind"], "PebbleList")
        self.assertEqual(self.server.requests(PEBBLES)[-1]["query"], "labelSelector=a%3Db")
        self.api.get(PEBBLES + "?limit=2&b=%20%2b+&a&limit=1&c=%zz")  # as net/url reads and writes it
        self.assertEqual(self.server.requests(PEBBLES)[-1]["query"], "a=&b=+%2B+&limit=2&limit=1")
        self.assertEqual(self.api.call("DELETE", PEBBLES + "/one")[0], 200)
        self.assertEqual(self.api.call("GET", PEBBLES + "/one")[0], 404)
        self.assertEqual(self.api.call("GET", "/apis/%s/nothing" % GV), (404, "404 page not found\n"))

    def test_who_asks(self):
        """The server is told who asks, and by nobody but us: what a client claims is not passed on."""
        false = {"X-Remote-User": "root", "X-Remote-Group": "system:masters", "X-Remote-Extra-Scope": "all",
                 "X-Remote-Uid": "1", "X-Own": "kept", "Connection": "keep-alive, X-Hop", "X-Hop": "gone"}
        self.assertEqual(self.api.call("GET", PEBBLES, headers=false)[0], 200)
        seen = self.server.requests(PEBBLES)[-1]
        self.assertEqual(seen["proxy"], ["front-proxy-client"])
        names = [k.lower() for k, _ in seen["headers"]]
        values = lambda name: [v for k, v in seen["headers"] if k.lower() == name]
        self.assertEqual(values("x-remote-user"), ["kubernetes-admin"])
        self.assertEqual(values("x-remote-group"), ["system:masters", "system:authenticated"])
        self.assertEqual(values("x-own"), ["kept"])
        self.assertEqual(values("x-forwarded-uri"), [PEBBLES])
        self.assertEqual(values("host"), ["localhost:%d" % self.server.port])
        self.assertEqual(len(values("audit-id")), 1)
        for gone in ("x-hop", "x-remote-extra-scope", "x-remote-uid", "authorization"):
            self.assertNotIn(gone, names)

    def test_who_asks_for_another(self):
        head = {"Impersonate-User": "jane", "Impersonate-Group": "quarry"}
        self.assertEqual(self.api.call("GET", PEBBLES, headers=head)[0], 200)
        headers = self.server.requests(PEBBLES)[-1]["headers"]
        self.assertEqual([v for k, v in headers if k == "X-Remote-User"], ["jane"])
        self.assertEqual([v for k, v in headers if k == "X-Remote-Group"], ["quarry", "system:authenticated"])
        self.assertFalse([k for k, _ in headers if k.lower().startswith("impersonate")])

    def test_long_answer(self):
        """Longer than what is collected: it comes as a stream, whole."""
        for n in (10, 1 << 20, 9 << 20):
            status, text = self.api.call("GET", "/apis/%s/large?n=%d" % (GV, n))
            self.assertEqual((status, len(text)), (200, n))

    def test_redirect(self):
        self.assertEqual(self.api.call("GET", "/apis/%s/moved" % GV),
                         (502, "the backend attempted to redirect this request, which is not permitted\n"))

    def test_client_leaves(self):
        """Whoever hangs up ends the request of the server, too; and nobody else waits for those that hang."""
        waiting = [self.api.socket() for _ in range(40)]
        for s in waiting:
            s.sendall(b"GET /apis/%s/hang HTTP/1.1\r\nHost: x\r\n\r\n" % GV.encode())
        poll("all of them hang", lambda: self.server.state.hanging == 40)
        self.assertEqual(self.api.call("GET", PEBBLES)[0], 200)
        self.api.get("/api/v1/namespaces/default")
        for s in waiting:
            s.close()
        poll("none hangs", lambda: self.server.state.hanging == 0)

    def test_watch(self):
        c = self.api.connection()
        c.request("GET", PEBBLES + "?timeoutSeconds=77&watch=true", headers={"Accept": "application/json"})
        answer = c.getresponse()
        self.assertEqual(answer.status, 200)
        mine = lambda: "timeoutSeconds=77&watch=true" in self.server.state.queries  # the garbage collector has one, too
        poll("the server has a watcher", mine)
        self.api.post(PEBBLES, pebble("seen"))
        event = json.loads(answer.readline())
        self.assertEqual((event["type"], event["object"]["metadata"]["name"]), ("ADDED", "seen"))
        self.api.call("DELETE", PEBBLES + "/seen")
        self.assertEqual(json.loads(answer.readline())["type"], "DELETED")
        answer.close()
        c.close()
        poll("the server has none", lambda: not mine())

    def test_trust(self):
        """What a server reads to know us is there, and comes back."""
        path = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"
        data = self.api.get(path)["data"]
        for key, file in (("client-ca-file", "ca"), ("requestheader-client-ca-file", "front-proxy-ca")):
            with open(os.path.join(self.cluster.dir, "pki", file + ".crt")) as f:
                self.assertEqual(data.pop(key), f.read())
        self.assertEqual(data, {"requestheader-allowed-names": '["front-proxy-client"]',
                                "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
                                "requestheader-group-headers": '["X-Remote-Group"]',
                                "requestheader-username-headers": '["X-Remote-User"]'})
        uid = self.api.get(path)["metadata"]["uid"]
        self.assertEqual(self.api.call("DELETE", path)[0], 200)
        poll("it is back", lambda: self.api.call("GET", path)[1].get("metadata", {}).get("uid") not in (None, uid))

    def test_trust_may_be_read(self):
        """The Role for servers that are aggregated, and who has it from the beginning."""
        path = "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/"
        name = "extension-apiserver-authentication-reader"
        role = self.api.get(path + "roles/" + name)
        self.assertEqual(role["rules"], [{"verbs": ["get", "list", "watch"], "apiGroups": [""], "resources": ["configmaps"],
                                          "resourceNames": ["extension-apiserver-authentication"]}])
        self.assertEqual(role["metadata"]["labels"], {"kubernetes.io/bootstrapping": "rbac-defaults"})
        self.assertEqual(role["metadata"]["annotations"], {"rbac.authorization.kubernetes.io/autoupdate": "true"})
        binding = self.api.get(path + "rolebindings/system::" + name)
        self.assertEqual(binding["roleRef"], {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name})
        self.assertEqual([(s["kind"], s["name"]) for s in binding["subjects"]],
                         [("User", "system:kube-controller-manager"), ("User", "system:kube-scheduler")])

    def test_front_proxy(self):
        """A server in front of ours says for whom it asks; only the front proxy's certificate makes that true."""
        pki = os.path.join(self.cluster.dir, "pki")
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        claims = {"X-Remote-User": "jane", "X-Remote-Group": "dev", "X-Remote-Uid": "7", "X-Remote-Extra-Acme.com%2fRoom": "one"}

        def whoami(certificate, headers):
            tls = ssl.create_default_context(cafile=os.path.join(pki, "ca.crt"))
            if certificate:
                tls.load_cert_chain(os.path.join(pki, certificate + ".crt"), os.path.join(pki, certificate + ".key"))
            c = http.client.HTTPSConnection("127.0.0.1", self.api.port, context=tls, timeout=harness.PATIENCE)
            status, answer = self.api.call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review, headers, c)
            c.close()
            return answer["status"]["userInfo"] if status == 201 else status
        self.assertEqual(whoami("front-proxy-client", claims),
                         {"username": "jane", "groups": ["dev", "system:authenticated"], "extra": {"acme.com/room": ["one"]}})
        self.assertEqual(whoami("admin", claims)["username"], "kubernetes-admin")
        self.assertEqual(whoami("front-proxy-client", {}), 401)
        self.assertEqual(whoami(None, claims), 401)

    def test_who_writes_the_condition(self):
        self.register(versionPriority=26)
        self.wait("True", "Passed")
        path = "/apis/apiregistration.k8s.io/v1/apiservices/" + NAME
        entries = self.api.get(path)["metadata"]["managedFields"]
        mine = [e for e in entries if e.get("subresource") == "status"]
        self.assertEqual([(e["manager"], e["operation"], e["apiVersion"]) for e in mine],
                         [("kube-apiserver", "Update", "apiregistration.k8s.io/v1")])
        item = {".": {}, "f:lastTransitionTime": {}, "f:message": {}, "f:reason": {}, "f:status": {}, "f:type": {}}
        self.assertEqual(mine[0]["fieldsV1"], {"f:status": {"f:conditions": {".": {}, 'k:{"type":"Available"}': item}}})

    # ---- Discovery ----

    def test_discovery(self):
        version = self.version()
        self.assertEqual([r["resource"] for r in version["resources"]], ["pebbles"])
        names = [g["name"] for g in self.api.get("/apis")["groups"]]
        at = names.index(aggregated.GROUP)  # 1500: behind all of Kubernetes' own, before ours of 1000
        self.assertEqual(names[0], "apiregistration.k8s.io")
        self.assertEqual(names[at - 1:at + 2], ["flowcontrol.apiserver.k8s.io", aggregated.GROUP, "sim.kubestep.dev"])
        self.assertEqual([g["metadata"]["name"] for g in self.groups()], names)
        group = {"kind": "APIGroup", "apiVersion": "v1", "name": aggregated.GROUP,
                 "versions": [{"groupVersion": GV, "version": "v1"}],
                 "preferredVersion": {"groupVersion": GV, "version": "v1"}}
        self.assertEqual(self.api.get("/apis/" + aggregated.GROUP), group)
        self.assertEqual(self.api.get("/apis/" + GV)["groupVersion"], GV)

    def test_openapi(self):
        index = self.api.get("/openapi/v3")["paths"]
        self.assertIn("apis/apps/v1", index)
        self.assertEqual(index["apis/" + GV]["serverRelativeURL"], "/openapi/v3/apis/%s?hash=AB12" % GV)
        self.assertIn("com.example.stones.v1.Pebble", self.api.get("/openapi/v3/apis/" + GV)["components"]["schemas"])

    def test_openapi_v2(self):
        """One document of all: what a name means that two servers use says the path that refers to it."""
        path, kind = "/apis/%s/namespaces/{namespace}/pebbles" % GV, "com.example.stones.v1.Pebble"
        meta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
        read = lambda: self.api.get("/openapi/v2")
        poll("it is there", lambda: path in read()["paths"])
        doc = read()
        self.assertIn("/api/v1/namespaces/{namespace}/pods", doc["paths"])
        self.assertEqual(doc["info"]["title"], "Kubernetes")
        self.assertNotIn("/apis/", [p for p in doc["paths"] if doc["paths"][p].get("get", {}).get("operationId") == "readGroups"])
        self.assertNotIn("Groups", doc["definitions"])
        self.assertEqual(doc["definitions"][kind]["properties"]["metadata"]["$ref"], "#/definitions/" + meta + "_v2")
        self.assertEqual(doc["definitions"][meta + "_v2"]["description"], "Another one.")
        self.assertNotEqual(doc["definitions"][meta]["description"], "Another one.")
        seen = self.server.requests("/openapi/v2")[-1]["headers"]
        self.assertEqual([v for k, v in seen if k == "X-Remote-User"], ["system:aggregator"])
        self.assertEqual([v for k, v in seen if k == "X-Remote-Group"], [])
        c = self.api.connection()
        c.request("GET", "/openapi/v2", headers={"Accept": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"})
        answer = c.getresponse()
        self.assertIn(kind.encode(), answer.read())
        c.request("GET", "/openapi/v2", headers={"If-None-Match": answer.headers["ETag"],
                                                 "Accept": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"})
        self.assertEqual(c.getresponse().status, 304)
        c.close()
        # Who knows what it said before is not asked for it again, and what it says then counts.
        self.server.state.swagger_etag = '"S2"'
        self.server.state.swagger["definitions"][kind]["description"] = "A Pebble, revised."
        self.register(versionPriority=28)
        poll("it is new", lambda: read()["definitions"][kind].get("description"))
        self.assertIn('"S1"', [v for k, v in self.server.requests("/openapi/v2")[-1]["headers"] if k == "If-None-Match"])
        # A document that is broken leaves the former one; who goes takes it away.
        self.server.state.swagger, self.server.state.swagger_etag = {"swagger": 2, "paths": 7}, '"S3"'
        before = len(self.server.requests("/openapi/v2"))
        self.register(versionPriority=29)
        poll("it was asked", lambda: len(self.server.requests("/openapi/v2")) > before)
        self.assertEqual(read()["definitions"][kind]["description"], "A Pebble, revised.")
        self.assertEqual(self.api.call("DELETE", "/apis/apiregistration.k8s.io/v1/apiservices/" + NAME)[0], 200)
        poll("it is gone", lambda: path not in read()["paths"])
        self.server.state.swagger = aggregated.swagger()
        self.register()

    @needs_kubectl(27, "explain reads OpenAPI v2")
    def test_kubectl(self):
        path = self.home.write("pebble.json", pebble("k"))
        poll("OpenAPI is there", lambda: "apis/" + GV in self.api.get("/openapi/v3")["paths"])
        r = self.kubectl("create", "-f", path)
        self.assertIn("pebble.stones.example.com/k created", r.out)
        self.assertIn("Warning: stones are heavy", r.err)
        self.assertIn("k", self.kubectl("get", "pb", "-o", "name").out)
        self.assertIn("pebbles", self.kubectl("api-resources", "--api-group", aggregated.GROUP).out)
        self.assertIn("How it looks when wet", self.kubectl("explain", "pebbles.spec.colour").out)
        self.assertRegex(self.kubectl("get", "apiservice", NAME).out, r"default/stones +True")
        self.kubectl("delete", "-f", path)

    # ---- Availability ----

    def test_server_ends(self):
        self.server.close()
        self.addCleanup(self.wait, "True", "Passed")
        self.addCleanup(self.server.again)
        status, text = self.api.call("GET", PEBBLES)
        self.assertEqual(status, 503)
        self.assertRegex(text, r"^error trying to reach service: dial tcp localhost:\d+: connect: connection refused\n$")
        self.register(versionPriority=21)  # whatever changes in the spec is a reason to look
        c = self.wait("False", "FailedDiscoveryCheck")
        url = "https://localhost:%d/apis/%s" % (self.server.port, GV)
        self.assertEqual(c["message"], 'failing or missing response from %s: Get "%s": dial tcp localhost:%d: connect: '
                         "connection refused" % (url, url, self.server.port))
        self.assertEqual(self.api.call("GET", PEBBLES), (503, "service unavailable\n"))
        poll("stale", lambda: self.version() == {"version": "v1", "freshness": "Stale"})
        self.assertIn(aggregated.GROUP, [g["name"] for g in self.api.get("/apis")["groups"]])

    def test_namespace_stays(self):
        """Nobody can say whether a server that does not answer has something in a namespace."""
        self.api.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "held"}})
        self.server.state.broken.add("/apis/" + GV)
        self.addCleanup(self.wait, "True", "Passed")
        self.addCleanup(self.server.state.broken.clear)
        self.register(versionPriority=24)
        self.wait("False", "FailedDiscoveryCheck")
        poll("stale", lambda: self.version()["freshness"] == "Stale")
        self.assertEqual(self.api.call("DELETE", "/api/v1/namespaces/held")[0], 200)

        def failure():
            conditions = self.api.get("/api/v1/namespaces/held")["status"].get("conditions", [])
            return next((c for c in conditions if c["reason"] == "DiscoveryFailed"), None)
        self.assertEqual(poll("the condition", failure)["message"],
                         "Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server "
                         "APIs: %s: stale GroupVersion discovery: %s" % (GV, GV))
        self.server.state.broken.clear()
        poll("the namespace is gone", lambda: self.api.call("GET", "/api/v1/namespaces/held")[0] == 404)

    def test_broken_discovery(self):
        self.server.state.broken.add("/apis/" + GV)
        self.addCleanup(self.wait, "True", "Passed")
        self.addCleanup(self.server.state.broken.clear)
        self.register(versionPriority=22)
        self.assertTrue(self.wait("False", "FailedDiscoveryCheck")["message"].endswith("/apis/%s: 500" % GV))

    def test_wrong_certificate(self):
        self.addCleanup(self.wait, "True", "Passed")
        self.addCleanup(self.register)
        other = os.path.join(self.cluster.dir, "pki", "ca.crt")
        with open(other, "rb") as f:
            self.register(caBundle=base64.b64encode(f.read()).decode())
        self.assertIn("tls: failed to verify certificate: x509: certificate signed by unknown authority",
                      self.wait("False", "FailedDiscoveryCheck")["message"])
        self.register(caBundle=None, insecureSkipTLSVerify=True)
        self.wait("True", "Passed")

    def test_service(self):
        """Endpoints instead of a name: the Service goes, comes, has none, has one."""
        services, slices = "/api/v1/namespaces/default/services", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
        self.addCleanup(self.wait, "True", "Passed")
        self.addCleanup(self.register)
        where = {"namespace": "default", "name": "quarry", "port": 443}
        self.register(service=where, caBundle=None, insecureSkipTLSVerify=True)
        c = self.wait("False", "ServiceNotFound")
        self.assertEqual(c["message"], 'service/quarry in "default" is not present')
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "quarry"},
                   "spec": {"ports": [{"name": "https", "port": 8443}]}}
        made = self.api.post(services, service)
        self.addCleanup(self.api.call, "DELETE", services + "/quarry")
        c = self.wait("False", "ServicePortError")
        self.assertEqual(c["message"], 'service/quarry in "default" is not listening on port 443')
        made["spec"]["ports"][0].update(port=443, targetPort=443)
        self.assertEqual(self.api.call("PUT", services + "/quarry", made)[0], 200)
        c = self.wait("False", "EndpointsNotFound")
        self.assertEqual(c["message"], 'cannot find endpointslices for service/quarry in "default"')
        address = aggregated.own_address()
        if not address:
            self.skipTest("this machine has no address but loopback, which an EndpointSlice must not name")
        piece = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                 "metadata": {"name": "quarry-1", "labels": {"kubernetes.io/service-name": "quarry"}},
                 "ports": [{"name": "https", "port": self.server.port}],
                 "endpoints": [{"addresses": [address], "conditions": {"ready": False}}]}
        made = self.api.post(slices, piece)
        self.addCleanup(self.api.call, "DELETE", slices + "/quarry-1")
        c = self.wait("False", "MissingEndpoints")
        self.assertEqual(c["message"], 'endpointslices for service/quarry in "default" have no addresses with port name "https"')
        made["endpoints"][0]["conditions"]["ready"] = True
        self.assertEqual(self.api.call("PUT", slices + "/quarry-1", made)[0], 200)
        self.wait("True", "Passed")
        self.assertEqual(self.api.call("GET", PEBBLES)[0], 200)
        seen = dict(self.server.requests(PEBBLES)[-1]["headers"])
        self.assertEqual(seen["Host"], "%s:%d" % (address, self.server.port))

    def test_legacy_discovery(self):
        self.server.state.aggregated = False
        self.addCleanup(setattr, self.server.state, "aggregated", True)
        self.register(versionPriority=23)
        poll("asked the old way", lambda: self.server.requests("/apis/" + GV)[-1]["headers"] and
             self.version()["freshness"] == "Current")
        self.assertEqual(self.version()["resources"],
                         [{"resource": "pebbles", "responseKind": {"group": aggregated.GROUP, "version": "v1", "kind": "Pebble"},
                           "scope": "Namespaced", "singularResource": "pebble", "verbs": aggregated.VERBS, "shortNames": ["pb"]}])

    def test_condition_is_kept(self):
        """Who writes another condition finds the true one again."""
        path = "/apis/apiregistration.k8s.io/v1/apiservices/%s" % NAME
        obj = self.api.get(path)
        obj["status"]["conditions"][0].update(status="False", reason="Whim", message="because")
        self.assertEqual(self.api.call("PUT", path + "/status", obj)[0], 200)
        self.wait("True", "Passed")

    def test_gone(self):
        path = "/apis/apiregistration.k8s.io/v1/apiservices/%s" % NAME
        self.addCleanup(self.wait, "True", "Passed")
        self.addCleanup(self.register)
        self.assertEqual(self.api.call("DELETE", path)[0], 200)
        poll("not listed", lambda: aggregated.GROUP not in [g["name"] for g in self.api.get("/apis")["groups"]])
        self.assertEqual(self.api.call("GET", PEBBLES)[0], 404)


class Restart(unittest.TestCase):
    def test_restart(self):
        """A cluster that starts again knows its aggregated APIs with the first request, and its certificates are the same."""
        home = harness.Home()
        self.addCleanup(home.close)
        cluster = home.up("--nodes", "0")
        os.mkdir(home.path("stones"))
        server = aggregated.Server(home.path("stones"), os.path.join(cluster.dir, "pki", "front-proxy-ca.crt"), "stones.default.svc")
        self.addCleanup(server.close)
        cluster.api.post("/api/v1/namespaces/default/services", {
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "stones"},
            "spec": {"type": "ExternalName", "externalName": "localhost"}})
        cluster.api.post("/apis/apiregistration.k8s.io/v1/apiservices", {
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": NAME},
            "spec": {"group": aggregated.GROUP, "version": aggregated.VERSION, "groupPriorityMinimum": 1500, "versionPriority": 20,
                     "insecureSkipTLSVerify": True,
                     "service": {"namespace": "default", "name": "stones", "port": server.port}}})
        poll("it is there", lambda: cluster.api.call("GET", PEBBLES)[0] == 200)
        cluster.down()
        cluster = home.up("--nodes", "0")
        self.assertEqual(cluster.api.call("GET", PEBBLES)[0], 200)


if __name__ == "__main__":
    harness.need("openssl", "kubectl")
    harness.main()
