"""extender.py - a scheduler extender, or another webhook, that a test scripts: answers by verb, and what it was asked.

Reads: POSTs of a scheduler on loopback.   Writes: answers.
"""
import http.server
import json
import ssl
import threading


class Extender:
    """`on[verb]` is called with the request's JSON and returns an answer: JSON, or (status, text). asked: [(verb, JSON)]."""

    def __init__(self, **on):
        self.on, self.asked, self.lock = on, [], threading.Lock()
        extender = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                verb = self.path.lstrip("/").partition("?")[0]
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with extender.lock:
                    extender.asked.append((verb, body))
                    answer = extender.on.get(verb)
                answer = answer(body) if answer else (404, "no such verb")
                status, text = answer if isinstance(answer, tuple) else (200, json.dumps(answer))
                data = text.encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    self.close_connection = True  # it waited no longer

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                """A scheduler that waits no longer closes the connection."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def tls(self, cert, key):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        return self

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def script(self, **on):
        """Other answers from now on; what was asked before is forgotten."""
        with self.lock:
            self.on, self.asked = on, []

    def questions(self, verb, pod):
        with self.lock:
            return [b for v, b in self.asked if v == verb and pod in (b.get("PodName"), b.get("Pod", {}).get("metadata", {}).get("name"))]
