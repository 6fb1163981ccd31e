#!/usr/bin/env python3
"""A component that waits for its caches, with an API server that answers nothing, still ends when it is told to."""
import http.server
import signal
import subprocess
import threading
import unittest

import harness
from harness import PATIENCE, Home, program

KUBECONFIG = """apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "http://127.0.0.1:%d"}}]
users: [{name: u, user: {token: x}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
current-context: c
"""


class Mute(http.server.BaseHTTPRequestHandler):
    """Tells its version; whoever lists waits for ever."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path != "/version":
            self.server.asked.set()
            self.server.over.wait()
            self.close_connection = True
            return
        body = b'{"major":"1","minor":"36"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_GET

    def log_message(self, format, *args):
        pass


class Ends(unittest.TestCase):
    def serve(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mute)
        server.daemon_threads = True
        server.asked, server.over = threading.Event(), threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.addCleanup(server.over.set)
        return server

    def test_ends_while_caches_fill(self):
        home = Home()
        self.addCleanup(home.close)
        for name in ("controllers", "scheduler", "kubelet-sim"):
            server = self.serve()
            with open(home.path("mute.kubeconfig"), "w") as f:
                f.write(KUBECONFIG % server.server_address[1])
            with self.subTest(name), open(home.path("log"), "w") as log:
                p = subprocess.Popen([program(name), "--kubeconfig=" + home.path("mute.kubeconfig")], env=home.env,
                                     stdin=subprocess.DEVNULL, stdout=log, stderr=log)
                self.addCleanup(p.kill)
                self.assertTrue(server.asked.wait(PATIENCE), "it asks for nothing")
                p.send_signal(signal.SIGTERM)
                self.assertEqual(p.wait(PATIENCE), 0)


if __name__ == "__main__":
    harness.main()
