"""aggregated.py - a small aggregated API server for tests: group stones.example.com/v1 with one kind, Pebble, over TLS. It
believes who asks only from a client whose certificate the front proxy's CA has signed, as k8s.io/apiserver does.

Needs: openssl. Reads and writes: a directory for its certificates; objects are kept in memory."""
import base64
import hashlib
import http.server
import json
import os
import queue
import re
import socket
import ssl
import subprocess
import threading
import uuid

import harness
from harness import poll

GROUP, VERSION = "stones.example.com", "v1"
GV = GROUP + "/" + VERSION
NAME = VERSION + "." + GROUP
PEBBLES = "/apis/%s/namespaces/default/pebbles" % GV
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


def own_address():
    """An address of this machine that is not on loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))  # sends nothing
            address = s.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") or address == "0.0.0.0" else address


def make_certificate(directory, name):
    """(CA's PEM, certificate file, key file) for a server of that name."""
    path = lambda f: os.path.join(directory, f)
    run = lambda *a: subprocess.run(["openssl", *a], check=True, capture_output=True, timeout=60)
    for who in ("ca", "serving"):
        run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path(who + ".key"))
    run("req", "-x509", "-new", "-key", path("ca.key"), "-subj", "/CN=stones-ca", "-days", "2", "-out", path("ca.crt"))
    run("req", "-new", "-key", path("serving.key"), "-subj", "/CN=stones", "-out", path("serving.csr"))
    with open(path("ext"), "w") as f:
        f.write("subjectAltName=DNS:%s\n" % name)
    run("x509", "-req", "-in", path("serving.csr"), "-CA", path("ca.crt"), "-CAkey", path("ca.key"), "-CAcreateserial",
        "-days", "2", "-extfile", path("ext"), "-out", path("serving.crt"))
    with open(path("ca.crt")) as f:
        return f.read(), path("serving.crt"), path("serving.key")


def pebble(name, **spec):
    return {"apiVersion": GV, "kind": "Pebble", "metadata": {"name": name}, "spec": spec or {"colour": "grey"}}


def read_exactly(read, n):
    data = b""
    while len(data) < n:
        more = read(n - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def read_frame(read):
    """(opcode, payload) of one WebSocket frame."""
    head = read_exactly(read, 2)
    n = head[1] & 127
    if n > 125:
        n = int.from_bytes(read_exactly(read, 2 if n == 126 else 8), "big")
    mask = read_exactly(read, 4) if head[1] & 128 else b"\0\0\0\0"
    data = read_exactly(read, n)
    key = mask * (n // 4 + 1)
    return head[0] & 15, (int.from_bytes(data, "big") ^ int.from_bytes(key[:n], "big")).to_bytes(n, "big")


def frame(opcode, payload, mask=b""):
    n = len(payload)
    size = bytes([n]) if n < 126 else b"\x7e" + n.to_bytes(2, "big") if n < 65536 else b"\x7f" + n.to_bytes(8, "big")
    if mask:
        size = bytes([size[0] | 128]) + size[1:] + mask
        key = mask * (n // 4 + 1)
        payload = (int.from_bytes(payload, "big") ^ int.from_bytes(key[:n], "big")).to_bytes(n, "big")
    return bytes([128 | opcode]) + size + payload


def openapi():
    meta = {"type": "object", "description": "Name, labels and the like."}
    pebble = {"type": "object", "description": "A Pebble is a small stone.",
              "properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": meta,
                             "spec": {"type": "object", "properties": {"colour": {"type": "string",
                                                                                  "description": "How it looks when wet."}}}},
              "x-kubernetes-group-version-kind": [{"group": GROUP, "version": VERSION, "kind": "Pebble"}]}
    patch = {"x-kubernetes-group-version-kind": {"group": GROUP, "version": VERSION, "kind": "Pebble"},
             "parameters": [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}], "responses": {}}
    path = "/apis/%s/namespaces/{namespace}/pebbles/{name}" % GV
    return {"openapi": "3.0.0", "info": {"title": "Stones", "version": "1"}, "paths": {path: {"patch": patch}},
            "components": {"schemas": {"com.example.stones.v1.Pebble": pebble}}}


def swagger():
    """OpenAPI v2: a path of this version and one of another, a definition that everybody has and one of its own."""
    def path(name):
        return {"get": {"operationId": "read" + name, "responses": {"200": {"description": "OK", "schema": {"$ref": "#/definitions/" + name}}}}}
    pebble = {"type": "object", "properties": {"metadata": {"$ref": "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}},
              "x-kubernetes-group-version-kind": [{"group": GROUP, "kind": "Pebble", "version": VERSION}]}
    return {"swagger": "2.0", "info": {"title": "Stones", "version": "1"},
            "paths": {PEBBLES.replace("default", "{namespace}"): path("com.example.stones.v1.Pebble"), "/apis/": path("Groups")},
            "definitions": {"com.example.stones.v1.Pebble": pebble, "Groups": {"type": "object"},
                            "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": {"type": "object", "description": "Another one."}}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    # ---- Answers ----

    def answer(self, code, body, media="application/json", headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def status(self, code, reason, message):
        self.answer(code, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
                           "reason": reason, "code": code})

    # ---- Requests ----

    def handle_any(self):
        state = self.server.state
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        cert = self.connection.getpeercert()
        names = [v for part in (cert or {}).get("subject", ()) for k, v in part if k == "commonName"]
        with state.lock:
            state.seen.append({"method": self.command, "path": path, "query": query, "proxy": names,
                               "headers": [(k, v) for k, v in self.headers.items()]})
        if "front-proxy-client" not in names:
            return self.status(401, "Unauthorized", "Unauthorized")
        segments = path.strip("/").split("/")
        if path in state.broken:
            return self.status(500, "InternalError", "broken on purpose")
        if path == "/apis" and "apidiscovery" in self.headers.get("Accept", "") and state.aggregated:
            return self.answer(200, state.discovery(), DISCOVERY)
        if path == "/apis":
            return self.status(406, "NotAcceptable", "only legacy discovery")
        if path == "/apis/" + GV:
            return self.answer(200, state.legacy_discovery())
        if path == "/openapi/v3":
            return self.answer(200, {"paths": {"apis/" + GV: {"serverRelativeURL": "/openapi/v3/apis/%s?hash=AB12" % GV}}})
        if path == "/openapi/v2":
            if self.headers.get("If-None-Match") == state.swagger_etag:
                return self.answer(304, b"")
            return self.answer(200, state.swagger, headers=[("ETag", state.swagger_etag)])
        if path == "/openapi/v3/apis/" + GV:
            return self.answer(200, openapi())
        if segments[:3] == ["apis", GROUP, VERSION]:
            return self.resource(segments[3:], query, body)
        self.answer(404, b"404 page not found\n", "text/plain")

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = handle_any

    def resource(self, rest, query, body):
        state = self.server.state
        ns = rest[1] if rest[:1] == ["namespaces"] else None
        rest = rest[2:] if ns else rest
        if rest == ["large"]:
            return self.answer(200, b"x" * int(query[2:]), "text/plain")
        if rest == ["moved"]:
            return self.answer(302, b"", headers=[("Location", "https://example.com/")])
        if rest == ["hang"]:
            return state.hang(self)
        if len(rest) == 3 and rest[2] in UPGRADES:
            return UPGRADES[rest[2]](self, query)
        if rest[:1] != ["pebbles"] or len(rest) > 2:
            return self.answer(404, b"404 page not found\n", "text/plain")
        if len(rest) == 2:
            return self.one(ns, rest[1], body)
        if self.command == "POST":
            obj = json.loads(body)
            obj["metadata"]["namespace"] = ns
            if not state.put(obj, new=True):
                return self.status(409, "AlreadyExists", 'pebbles.%s "%s" already exists' % (GROUP, obj["metadata"]["name"]))
            return self.answer(201, obj, headers=[("Warning", '299 - "stones are heavy"')])
        if self.command == "DELETE" and "deletecollection" not in state.verbs:
            return self.status(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        if self.command == "DELETE":
            for obj in state.list(ns):
                state.remove(obj)
            return self.answer(200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})
        if "watch=true" in query or "watch=1" in query:
            return self.watch(ns, query)
        self.answer(200, {"kind": "PebbleList", "apiVersion": GV, "metadata": {"resourceVersion": str(state.rv)},
                          "items": state.list(ns)})

    def one(self, ns, name, body):
        state = self.server.state
        obj = state.objects.get((ns, name))
        if not obj:
            return self.status(404, "NotFound", 'pebbles.%s "%s" not found' % (GROUP, name))
        if self.command == "DELETE":
            state.remove(obj)
        if self.command == "PUT":
            obj = json.loads(body)
            state.put(obj)
        self.answer(200, obj)

    def watch(self, ns, query):
        state, events = self.server.state, queue.Queue()
        since = re.search(r"resourceVersion=(\d+)", query)
        with state.lock:
            for event in state.told:
                if since and int(event["object"]["metadata"]["resourceVersion"]) > int(since[1]):
                    events.put(event)
            state.watchers.append(events)
            state.queries.append(query)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        self.connection.settimeout(0.05)
        try:
            while True:
                try:
                    event = events.get(timeout=0.05)
                except queue.Empty:
                    try:
                        if self.connection.recv(1) == b"":
                            break  # who asked has left
                    except (TimeoutError, socket.timeout, ssl.SSLWantReadError):
                        pass
                    continue
                if event is None:
                    break
                if ns in (None, event["object"]["metadata"].get("namespace")):
                    line = json.dumps(event).encode() + b"\n"
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                    self.wfile.flush()
        except OSError:
            pass
        finally:
            with state.lock:
                state.watchers.remove(events)
                state.queries.remove(query)
            self.close_connection = True


    # ---- Upgrades ----

    def switch(self, protocol, headers=()):
        """What is read and written from now on is no HTTP."""
        self.send_response_only(101)
        for name, value in (("Upgrade", protocol), ("Connection", "Upgrade"), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()
        self.close_connection = True
        with self.server.state.lock:
            self.server.state.upgraded += 1

    def left(self):
        with self.server.state.lock:
            self.server.state.upgraded -= 1

    def chat(self, _):
        """A WebSocket that says everything back."""
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.switch("websocket", [("Sec-WebSocket-Accept", accept)])
        try:
            while True:
                opcode, data = read_frame(self.rfile.read)
                self.wfile.write(frame(opcode, data))
                self.wfile.flush()
                if opcode == 8:
                    break
        except (EOFError, OSError):
            pass
        self.left()

    def echo(self, _):
        """As SPDY: says bytes back, in capitals; its first ones come with the head. Ends after "bye"."""
        self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\nConnection: Upgrade\r\nX-Stone: flat\r\n\r\nhi ")
        self.wfile.flush()
        self.close_connection = True
        with self.server.state.lock:
            self.server.state.upgraded += 1
        heard = 0
        try:
            while True:
                data = self.rfile.read1(65536)
                if not data:
                    break
                heard += len(data)
                self.wfile.write(data.upper())
                self.wfile.flush()
                if data.endswith(b"bye"):
                    break
        except OSError:
            pass
        with self.server.state.lock:
            self.server.state.heard = heard
        self.left()

    def gush(self, query):
        """Says more than anybody takes, until that is stopped."""
        self.switch("SPDY/3.1")
        try:
            for _ in range(int(query[2:])):
                self.wfile.write(b"x" * 65536)
                self.server.state.gushed += 65536
        except OSError:
            pass
        self.left()

    def refuse(self, query):
        query = query[2:]
        if query == "chunked":
            self.send_response(403)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            return self.wfile.write(b"3\r\nnot\r\n6;a=b\r\n today\r\n0\r\nX-Late: 1\r\n\r\n")
        if query == "odd":
            self.close_connection = True
            return self.wfile.write(b"no http at all\r\n\r\n")
        if query == "nothing":
            self.close_connection = True
            return None
        self.answer(int(query), {"no": "thanks"}, headers=[("X-Stone", "wet")])


UPGRADES = {"chat": Handler.chat, "echo": Handler.echo, "gush": Handler.gush, "refuse": Handler.refuse}


class State:
    def __init__(self):
        self.lock = threading.Lock()
        self.objects, self.watchers, self.told, self.seen, self.rv = {}, [], [], [], 1
        self.verbs, self.queries = list(VERBS), []  # queries: of the watches that are open
        self.broken, self.aggregated = set(), True
        self.hanging, self.release = 0, threading.Event()
        self.swagger, self.swagger_etag = swagger(), '"S1"'
        self.upgraded, self.heard, self.gushed = 0, 0, 0

    def hang(self, handler):
        """Answers nothing until release, or until whoever asked has left."""
        with self.lock:
            self.hanging += 1
        handler.connection.settimeout(0.05)
        while not self.release.is_set():
            try:
                if handler.connection.recv(1) == b"":
                    break
            except (TimeoutError, socket.timeout, ssl.SSLWantReadError):
                continue
            except OSError:
                break
        with self.lock:
            self.hanging -= 1
        handler.close_connection = True

    def list(self, ns):
        return [o for (n, _), o in sorted(self.objects.items()) if ns in (None, n)]

    def tell(self, kind, obj):
        event = {"type": kind, "object": json.loads(json.dumps(obj))}
        self.told.append(event)
        for w in self.watchers:
            w.put(event)

    def put(self, obj, new=False):
        with self.lock:
            key = obj["metadata"]["namespace"], obj["metadata"]["name"]
            if new and key in self.objects:
                return False
            self.rv += 1
            obj["metadata"].update(resourceVersion=str(self.rv), uid=obj["metadata"].get("uid") or str(uuid.uuid4()),
                                   creationTimestamp="2026-01-01T00:00:00Z")
            self.tell("MODIFIED" if key in self.objects else "ADDED", obj)
            self.objects[key] = obj
            return True

    def remove(self, obj):
        with self.lock:
            self.rv += 1
            obj["metadata"]["resourceVersion"] = str(self.rv)
            self.objects.pop((obj["metadata"]["namespace"], obj["metadata"]["name"]), None)
            self.tell("DELETED", obj)

    def discovery(self):
        kind = {"group": GROUP, "version": VERSION, "kind": "Pebble"}
        resource = {"resource": "pebbles", "responseKind": kind, "scope": "Namespaced", "singularResource": "pebble",
                    "verbs": self.verbs, "shortNames": ["pb"]}
        return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {},
                "items": [{"metadata": {"name": GROUP}, "versions": [{"version": VERSION, "resources": [resource],
                                                                      "freshness": "Current"}]}]}

    def legacy_discovery(self):
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": GV,
                "resources": [{"name": "pebbles", "singularName": "pebble", "namespaced": True, "kind": "Pebble",
                               "verbs": self.verbs, "shortNames": ["pb"]}]}


class Server:
    """Listens on all addresses of this machine."""

    def __init__(self, directory, proxy_ca, name, port=0):
        self.ca, cert, key = make_certificate(directory, name)
        self.state = State()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(cert, key)
        tls.load_verify_locations(proxy_ca)
        tls.verify_mode = ssl.CERT_OPTIONAL
        self.tls = tls
        self.listen(port)

    def listen(self, port):
        class Listener(http.server.ThreadingHTTPServer):
            daemon_threads, allow_reuse_address, request_queue_size = True, True, 64
            clients = set()

            def get_request(self):
                s, address = super().get_request()
                return self.tls.wrap_socket(s, server_side=True, do_handshake_on_connect=False), address

            def process_request(self, request, address):
                self.clients.add(request)
                super().process_request(request, address)

            def shutdown_request(self, request):
                self.clients.discard(request)
                super().shutdown_request(request)

            def handle_error(self, request, address):
                pass

        self.httpd = Listener(("", port), Handler)
        self.httpd.tls, self.httpd.state = self.tls, self.state
        self.port = self.httpd.server_address[1]
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()

    def close(self):
        """Nobody listens any more, and who was connected is cut off."""
        self.httpd.shutdown()
        self.httpd.server_close()
        for s in list(self.httpd.clients):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def again(self):
        self.listen(self.port)

    def requests(self, path):
        with self.state.lock:
            return [s for s in self.state.seen if s["path"] == path]


class Test(harness.Test):
    """A cluster with such a server, which it reaches through an ExternalName."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.directory = cls.home.path("stones")
        os.mkdir(cls.directory)
        cls.server = Server(cls.directory, os.path.join(cls.cluster.dir, "pki", "front-proxy-ca.crt"), "stones.default.svc")
        cls.addClassCleanup(cls.server.close)
        cls.api.post("/api/v1/namespaces/default/services", {
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "stones"},
            "spec": {"type": "ExternalName", "externalName": "localhost"}})
        cls.register()

    @classmethod
    def register(cls, **spec):
        wanted = {"group": GROUP, "version": VERSION, "groupPriorityMinimum": 1500, "versionPriority": 20,
                  "caBundle": base64.b64encode(cls.server.ca.encode()).decode(),
                  "service": {"namespace": "default", "name": "stones", "port": cls.server.port}}
        wanted.update(spec)
        obj = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": NAME},
               "spec": {k: v for k, v in wanted.items() if v is not None}}
        path = "/apis/apiregistration.k8s.io/v1/apiservices"
        status, there = cls.api.call("GET", path + "/" + NAME)
        if status == 200:
            obj["metadata"]["resourceVersion"] = there["metadata"]["resourceVersion"]
            status, answer = cls.api.call("PUT", path + "/" + NAME, obj)
            assert status == 200, answer
        else:
            cls.api.post(path, obj)

    def setUp(self):
        self.wait("True", "Passed")
        poll("discovery is current", lambda: self.version()["freshness"] == "Current", 3 * harness.PATIENCE)  # asked every minute

    def condition(self):
        status = self.api.get("/apis/apiregistration.k8s.io/v1/apiservices/" + NAME).get("status", {})
        return next(iter(status.get("conditions", [])), {})

    def wait(self, status, reason):
        def met():
            c = self.condition()
            return c if (c.get("status"), c.get("reason")) == (status, reason) else None
        try:
            return poll("the condition", met)
        except AssertionError:
            raise AssertionError("want %s %s, have %s" % (status, reason, self.condition())) from None

    def groups(self):
        status, doc = self.api.call("GET", "/apis", headers={"Accept": DISCOVERY})
        self.assertEqual(status, 200, doc)
        return doc["items"]

    def version(self):
        return next(g for g in self.groups() if g["metadata"]["name"] == GROUP)["versions"][0]
