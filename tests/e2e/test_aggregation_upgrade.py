#!/usr/bin/env python3
"""Upgrades of an aggregated API: its server (aggregated.py) speaks WebSocket, or bytes of its own, or does not want to."""
import base64
import hashlib
import os
import select
import socket
import ssl
import threading

import aggregated
import harness
from harness import poll

POD = aggregated.PEBBLES + "/a/"


class Raw:
    """A request on a connection of its own, and what comes of it."""

    def __init__(self, api, path, protocol="SPDY/3.1", method="POST", headers=()):
        self.socket = api.socket()
        lines = ["%s %s HTTP/1.1" % (method, path), "Host: x", "Connection: keep-alive, Upgrade", "Upgrade: " + protocol, "Content-Length: 0",
                 *("%s: %s" % h for h in headers)]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        for line in iter(self.file.readline, b"\r\n"):
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()

    def close(self):
        self.file.close()
        self.socket.close()

    def body(self):
        """With a length, or up to the end."""
        n = self.headers.get("content-length")
        return self.file.read(int(n) if n else -1)


def both_ways(s, text):
    """Sends it while it takes in as much. By one thread: Python's TLS sockets are not made for two."""
    got, left = bytearray(), memoryview(text)
    s.setblocking(False)
    while len(got) < len(text):
        reads, writes, _ = select.select([s], [s] if left else [], [], harness.PATIENCE)
        if not reads and not writes:
            break
        try:
            left = left[s.send(left[:16384]):] if writes else left
        except ssl.SSLWantWriteError:
            pass
        try:
            some = s.recv(65536)
        except ssl.SSLWantReadError:
            continue
        if not some:
            break
        got += some
    return bytes(got)


class Upgrade(aggregated.Test):
    def raw(self, path, **more):
        r = Raw(self.api, POD + path, **more)
        self.addCleanup(r.close)
        return r

    def over(self):
        poll("nobody is connected", lambda: self.server.state.upgraded == 0)

    def test_websocket(self):
        key = base64.b64encode(os.urandom(16)).decode()
        r = self.raw("chat", protocol="websocket", method="GET",
                     headers=[("Sec-WebSocket-Key", key), ("Sec-WebSocket-Version", "13"), ("Origin", "http://x"),
                              ("Sec-WebSocket-Protocol", "v5.channel.k8s.io, v4.channel.k8s.io")])
        self.assertEqual(r.status, 101)
        accept = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        self.assertEqual(r.headers["sec-websocket-accept"], base64.b64encode(accept).decode())
        for n in (0, 5, 300, 100000):
            r.socket.sendall(aggregated.frame(2, b"m" * n, os.urandom(4)))
            self.assertEqual(aggregated.read_frame(r.file.read), (2, b"m" * n))
        seen = self.server.requests(POD + "chat")[-1]["headers"]
        values = lambda name: [v for k, v in seen if k.lower() == name]
        self.assertEqual(values("sec-websocket-protocol"), ["v5.channel.k8s.io,v4.channel.k8s.io"])
        r.socket.sendall(aggregated.frame(8, b"", os.urandom(4)))
        self.assertEqual(aggregated.read_frame(r.file.read), (8, b""))
        self.assertEqual(r.file.read(), b"")
        self.over()

    def test_bytes(self):
        """The server's first bytes, then both ways; its end is the client's."""
        r = self.raw("echo?a=b", headers=[("X-Remote-User", "root"), ("X-Own", "kept"), ("X-Stream-Protocol-Version", "v4.channel.k8s.io")])
        self.assertEqual((r.status, r.headers["upgrade"], r.headers["x-stone"]), (101, "SPDY/3.1", "flat"))
        self.assertNotIn("audit-id", r.headers)  # the server's answer, byte for byte
        self.assertEqual(r.file.read(3), b"hi ")
        for word in (b"one", b"two" * 1000):
            r.socket.sendall(word)
            self.assertEqual(r.file.read(len(word)), word.upper())
        seen = self.server.requests(POD + "echo")[-1]
        values = lambda name: [v for k, v in seen["headers"] if k.lower() == name]
        self.assertEqual((seen["method"], seen["query"], seen["proxy"]), ("POST", "a=b", ["front-proxy-client"]))
        self.assertEqual(values("connection"), ["keep-alive, Upgrade"])
        self.assertEqual(values("upgrade"), ["SPDY/3.1"])
        self.assertEqual(values("x-remote-user"), ["kubernetes-admin"])
        self.assertEqual(values("x-own"), ["kept"])
        self.assertEqual(values("host"), ["localhost:%d" % self.server.port])
        self.assertEqual(values("content-length"), ["0"])
        self.assertEqual(values("x-forwarded-for"), ["127.0.0.1"])
        self.assertEqual(values("x-forwarded-uri"), [])
        self.assertEqual(len(values("audit-id")), 1)
        r.socket.sendall(b"bye")
        self.assertEqual(r.file.read(), b"BYE")
        self.over()

    def test_client_leaves(self):
        """What it has sent before arrives."""
        r = self.raw("echo")
        r.file.read(3)
        r.socket.sendall(b"z" * 40000)
        r.file.read(40000)
        r.socket.sendall(b"y" * 500)
        r.close()
        self.over()
        self.assertEqual(self.server.state.heard, 40500)

    def test_many(self):
        """Side by side, a megabyte each way at once, and no thread each."""
        pid = self.cluster.status()["apiserver"]["pid"]
        threads = lambda: len(os.listdir("/proc/%d/task" % pid))
        self.raw("echo").close()
        before, all_of_them, wrong = threads(), [self.raw("echo") for _ in range(20)], []
        self.assertLessEqual(threads(), before + 8)
        text = bytes(range(97, 123)) * 40330

        def talk(r):
            if r.file.read(3) != b"hi " or both_ways(r.socket, text) != text.upper():
                wrong.append(r)
        talking = [threading.Thread(target=talk, args=(r,)) for r in all_of_them]
        for t in talking:
            t.start()
        for t in talking:
            t.join()
        self.assertEqual(wrong, [])
        self.assertEqual(self.server.state.upgraded, 20)
        for r in all_of_them:
            r.close()
        self.over()

    def test_slow_client(self):
        """Who does not read makes the server wait; nothing is piled up in between."""
        r = self.raw("gush?n=2000")
        self.assertEqual(r.status, 101)
        state, last = self.server.state, [-1]

        def stands_still():
            was, last[0] = last[0], state.gushed
            threading.Event().wait(0.2)
            return was == state.gushed
        poll("it waits", stands_still)
        self.assertLess(state.gushed, 40 << 20)
        self.assertEqual(len(r.file.read(8 << 20)), 8 << 20)
        r.close()
        self.over()

    def test_refused(self):
        """An error is the server's own; anything else that is no upgrade is none to pass on."""
        for code in (400, 404, 503):
            r = self.raw("refuse?n=%d" % code)
            self.assertEqual((r.status, r.headers["x-stone"], r.body()), (code, "wet", b'{"no": "thanks"}'))
            self.assertEqual(r.file.read(), b"")
        r = self.raw("refuse?n=chunked")
        self.assertEqual((r.status, r.headers["transfer-encoding"]), (403, "chunked"))
        self.assertEqual(r.body(), b"3\r\nnot\r\n6;a=b\r\n today\r\n0\r\nX-Late: 1\r\n\r\n")
        for query, text in (("200", "invalid upgrade response: status code 200"), ("302", "invalid upgrade response: status code 302"),
                            ("odd", 'malformed HTTP status code "http"'), ("nothing", "unexpected EOF")):
            r = self.raw("refuse?n=" + query)
            self.assertEqual((r.status, r.body().decode()), (503, text + "\n"), query)
            self.assertEqual(r.headers["content-type"], "text/plain; charset=utf-8")

    def test_nobody_there(self):
        self.server.close()
        self.addCleanup(self.wait, "True", "Passed")
        self.addCleanup(self.server.again)
        r = self.raw("echo")
        self.assertEqual(r.status, 503)
        self.assertRegex(r.body().decode(), r"^error dialing backend: dial tcp localhost:\d+: connect: connection refused\n$")

    def test_silent_server(self):
        """Who gives up while the server says nothing ends its request, too."""
        s = self.api.socket()
        s.sendall(b"GET /apis/%s/hang HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" % aggregated.GV.encode())
        poll("it hangs", lambda: self.server.state.hanging == 1)
        s.shutdown(socket.SHUT_RDWR)
        s.close()
        poll("it does not", lambda: self.server.state.hanging == 0)


if __name__ == "__main__":
    harness.need("openssl")
    harness.main()
