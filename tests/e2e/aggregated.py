"""aggregated.py - a small aggregated API server for tests: group stones.example.com/v1 with one kind, Pebble, over TLS. It
believes who asks only from a client whose certificate the front proxy's CA has signed, as k8s.io/apiserver does.

Needs: openssl. Reads and writes: a directory for its certificates; objects are kept in memory."""
import http.server
import json
import os
import queue
import socket
import ssl
import subprocess
import threading
import uuid

GROUP, VERSION = "stones.example.com", "v1"
GV = GROUP + "/" + VERSION
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
            return self.answer(200, b"x" * int(query), "text/plain")
        if rest == ["moved"]:
            return self.answer(302, b"", headers=[("Location", "https://example.com/")])
        if rest == ["hang"]:
            return state.hang(self)
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
        if self.command == "DELETE":
            for obj in state.list(ns):
                state.remove(obj)
            return self.answer(200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})
        if "watch=true" in query or "watch=1" in query:
            return self.watch(ns)
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

    def watch(self, ns):
        state, events = self.server.state, queue.Queue()
        with state.lock:
            state.watchers.append(events)
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
            self.close_connection = True


class State:
    def __init__(self):
        self.lock = threading.Lock()
        self.objects, self.watchers, self.seen, self.rv = {}, [], [], 1
        self.broken, self.aggregated = set(), True
        self.hanging, self.release = 0, threading.Event()

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
        for w in self.watchers:
            w.put({"type": kind, "object": obj})

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
            self.objects.pop((obj["metadata"]["namespace"], obj["metadata"]["name"]), None)
            self.tell("DELETED", obj)

    def discovery(self):
        kind = {"group": GROUP, "version": VERSION, "kind": "Pebble"}
        resource = {"resource": "pebbles", "responseKind": kind, "scope": "Namespaced", "singularResource": "pebble",
                    "verbs": VERBS, "shortNames": ["pb"]}
        return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {},
                "items": [{"metadata": {"name": GROUP}, "versions": [{"version": VERSION, "resources": [resource],
                                                                      "freshness": "Current"}]}]}

    def legacy_discovery(self):
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": GV,
                "resources": [{"name": "pebbles", "singularName": "pebble", "namespaced": True, "kind": "Pebble",
                               "verbs": VERBS, "shortNames": ["pb"]}]}


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
