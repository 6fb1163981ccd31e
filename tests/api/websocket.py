#!/usr/bin/env python3
"""websocket.py - watches over WebSocket, seen by a client that shares no code with the server.

    websocket.py --apiserver build/bin/apiserver
"""
import argparse
import base64
import hashlib
import json
import os
import socket
import struct
import tempfile

import run
from contention import Client

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
MAPS = "/api/v1/namespaces/default/configmaps"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Socket:
    """One connection: the handshake, then frames."""

    def __init__(self, server, path, headers=(), without=(), tls=None):
        self.s = (tls or server.tls).wrap_socket(
            socket.create_connection(("127.0.0.1", server.port), timeout=20), server_hostname="127.0.0.1")
        self.buffer = b""
        key = base64.b64encode(os.urandom(16)).decode()
        sent = {"Host": "localhost", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": key, "Origin": "https://localhost"}
        sent.update(headers)
        lines = ["%s: %s" % kv for kv in sent.items() if kv[0] not in without]
        self.s.sendall(("GET %s HTTP/1.1\r\n%s\r\n\r\n" % (path, "\r\n".join(lines))).encode())
        head = self.until(b"\r\n\r\n").decode().split("\r\n")
        self.code = int(head[0].split()[1])
        self.headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in head[1:] if line)}
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        assert self.code != 101 or self.headers["sec-websocket-accept"] == accept, self.headers

    def more(self):
        data = self.s.recv(65536)
        if not data:
            raise EOFError
        self.buffer += data

    def until(self, end):
        while end not in self.buffer:
            self.more()
        at = self.buffer.index(end) + len(end)
        out, self.buffer = self.buffer[:at], self.buffer[at:]
        return out

    def take(self, n):
        while len(self.buffer) < n:
            self.more()
        out, self.buffer = self.buffer[:n], self.buffer[n:]
        return out

    def body(self):
        return self.take(int(self.headers["content-length"]))

    def frame(self):
        """(opcode, payload) of the next one; every frame of the server is whole and not masked."""
        first, second = self.take(2)
        assert first & 0xf0 == 0x80 and not second & 0x80, (first, second)
        n = second
        if n == 126:
            n = struct.unpack(">H", self.take(2))[0]
            assert n > 125
        elif n == 127:
            n = struct.unpack(">Q", self.take(8))[0]
            assert n > 0xffff
        return first & 15, self.take(n)

    def event(self):
        op, payload = self.frame()
        assert op == TEXT, (op, payload)
        return json.loads(payload)

    def send(self, op, payload=b"", fin=True, masked=True):
        mask = os.urandom(4) if masked else b""
        n = len(payload)
        length = bytes([n]) if n < 126 else b"\x7e" + struct.pack(">H", n) if n < 65536 else b"\x7f" + struct.pack(">Q", n)
        head = bytes([op | (0x80 if fin else 0), length[0] | (0x80 if masked else 0)]) + length[1:] + mask
        if masked:
            payload = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
        self.s.sendall(head + payload)

    def ends(self, status):
        """The server closes with this status, and then the connection."""
        op, payload = self.frame()
        assert (op, payload) == (CLOSE, struct.pack(">H", status)), (op, payload)
        try:
            assert self.s.recv(1) == b""
        except OSError:
            pass  # a reset is an end, too
        self.s.close()


def make(server, name, **more):
    code, made = Client(server)("POST", MAPS, dict({"metadata": {"name": name}}, **more))
    assert code == 201, made
    return made["metadata"]["resourceVersion"]


def seen(event):
    return event["type"], event["object"]["metadata"].get("name")


def events_are_messages(server):
    make(server, "one")
    w = Socket(server, MAPS + "?watch=true&allowWatchBookmarks=true")
    assert w.code == 101 and w.headers["upgrade"].lower() == "websocket" and w.headers["connection"] == "Upgrade"
    assert "sec-websocket-protocol" not in w.headers and "transfer-encoding" not in w.headers
    assert seen(w.event()) == ("ADDED", "one")
    end = w.event()
    assert end["type"] == "BOOKMARK" and end["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    for size in (10, 100, 1000, 70000, 300000):  # every form of a length
        make(server, "s%d" % size, data={"x": "y" * size})
        event = w.event()
        assert seen(event) == ("ADDED", "s%d" % size) and len(event["object"]["data"]["x"]) == size
    w.send(PING, b"are you there?")
    assert w.frame() == (PONG, b"are you there?")
    w.send(TEXT, b"nobody", fin=False)  # data is passed over, in fragments and with a ping among them
    w.send(PING)
    w.send(0, b"listens" * 20000)
    w.send(PONG, b"nor to this")
    w.send(BINARY, b"")
    assert w.frame() == (PONG, b"")
    make(server, "last")
    assert seen(w.event()) == ("ADDED", "last")
    w.send(CLOSE, struct.pack(">H", 1001) + b"going")
    w.ends(1000)


def many_share_the_bytes(server):
    now = make(server, "before")
    plain = Client(server).c
    plain.request("GET", MAPS + "?watch=true&timeoutSeconds=4&resourceVersion=" + now)
    sockets = [Socket(server, MAPS + "?watch=true&timeoutSeconds=4&resourceVersion=" + now) for _ in range(5)]
    names = ["n%d" % i for i in range(50)]
    for name in names:
        make(server, name)
    for w in sockets:
        assert [seen(w.event()) for _ in names] == [("ADDED", n) for n in names]
    lines = plain.getresponse().read().splitlines()
    assert [seen(json.loads(line)) for line in lines] == [("ADDED", n) for n in names]
    for w in sockets:
        w.ends(1000)  # its time is over


def errors_are_events(server):
    for query, code in (("resourceVersion=9999999&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", 504),):
        w = Socket(server, MAPS + "?watch=true&" + query)
        assert w.code == 101
        event = w.event()
        assert event["type"] == "ERROR" and event["object"]["code"] == code, event
        w.ends(1000)


def tables(server):
    w = Socket(server, MAPS + "?watch=true", {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"})
    first, second = w.event(), w.event()
    assert first["object"]["columnDefinitions"] and not second["object"]["columnDefinitions"]
    w.send(CLOSE)
    while w.frame()[0] == TEXT:
        pass


def protobuf(server):
    """Messages are binary, and without the length that a plain stream puts before each event."""
    media = {"Accept": "application/vnd.kubernetes.protobuf"}
    now = make(server, "proto")
    w = Socket(server, MAPS + "?watch=true&resourceVersion=" + now, media)
    plain = Client(server).c
    plain.request("GET", MAPS + "?watch=true&timeoutSeconds=1&resourceVersion=" + now, headers=media)
    make(server, "proto2")
    op, message = w.frame()
    assert op == BINARY and message.startswith(b"\x0a\x05ADDED\x12") and b"k8s\0" in message and b"proto2" in message, message
    assert plain.getresponse().read() == struct.pack(">I", len(message)) + message
    w.send(CLOSE)
    w.ends(1000)


def subprotocols(server):
    w = Socket(server, MAPS + "?watch=true", {"Sec-WebSocket-Protocol": "mine"})
    assert w.code == 101 and w.headers["sec-websocket-protocol"] == "mine"
    token = "base64url.bearer.authorization.k8s.io." + base64.urlsafe_b64encode(b"sesame").decode().rstrip("=")
    for protocols, code in ((token + ", mine", 101), (token, 401), (token + "x, mine", 401), ("mine", 401)):
        w = Socket(server, MAPS + "?watch=true", {"Sec-WebSocket-Protocol": protocols}, tls=server.plain)
        assert w.code == code, (protocols, w.code)
        assert code != 101 or w.headers["sec-websocket-protocol"] == "mine"


def bad_handshakes(server):
    for headers, without, code, body in (
        ({"Sec-WebSocket-Version": "8"}, (), 400, b"missing or bad WebSocket Version"),
        ({}, ("Sec-WebSocket-Version",), 400, b"missing or bad WebSocket Version"),
        ({}, ("Sec-WebSocket-Key",), 400, b"mismatch challenge/response"),
        ({}, ("Origin",), 403, b""),
        ({"Origin": "null"}, (), 403, b""),
        ({"Sec-WebSocket-Protocol": "a, b"}, (), 400, b""),
    ):
        w = Socket(server, MAPS + "?watch=true", headers, without)
        assert w.code == code and w.body() == body, (headers, without, w.code)
        assert code != 400 or w.headers["sec-websocket-version"] == "13"
    for path, headers, without in ((MAPS, {}, ()), (MAPS + "?watch=true&timeoutSeconds=1", {"Upgrade": "h2c"}, ())):
        assert Socket(server, path, headers, without).code == 200  # not a watch, not a WebSocket
    assert Socket(server, MAPS + "?watch=true&resourceVersion=x").code == 500


def bad_frames(server):
    now = make(server, "frames")
    raw = lambda data: lambda w: w.s.sendall(data)  # noqa: E731
    for what, bad, status in (
        ("not masked", lambda w: w.send(TEXT, b"x", masked=False), 1002),
        ("a reserved bit", raw(b"\xc1\x80\0\0\0\0"), 1002),
        ("an unknown opcode", raw(b"\x83\x80\0\0\0\0"), 1002),
        ("a ping in fragments", lambda w: w.send(PING, b"x", fin=False), 1002),
        ("a long ping", lambda w: w.send(PING, b"x" * 126), 1002),
        ("half a status", lambda w: w.send(CLOSE, b"\x03"), 1002),
        ("a continuation of nothing", lambda w: w.send(0, b"x"), 1002),
        ("more than 32 MB", raw(b"\x82\xff\0\0\0\0\x02\0\0\x01\0\0\0\0"), 1009),
    ):
        w = Socket(server, MAPS + "?watch=true&resourceVersion=" + now)
        bad(w)
        try:
            w.ends(status)
        except AssertionError as e:
            raise AssertionError(what) from e


def a_flood_of_pings(server):
    """Whoever pings and does not read gets what fits, and costs nobody else anything."""
    now = make(server, "flood")
    w = Socket(server, MAPS + "?watch=true&resourceVersion=" + now)
    w.s.settimeout(0.2)
    ping = bytes([0x80 | PING, 0x80 | 125, 0, 0, 0, 0]) + b"p" * 125
    try:
        for _ in range(400):
            w.s.sendall(ping * 100)
    except (OSError, TimeoutError):
        pass
    make(server, "after-the-flood")
    w.s.close()


def main():
    p = argparse.ArgumentParser(description="Watches over WebSocket.")
    p.add_argument("--apiserver", required=True)
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        server = run.Server(a.apiserver, directory)
        for test in (events_are_messages, many_share_the_bytes, errors_are_events, tables, protobuf, subprotocols,
                     bad_handshakes, bad_frames, a_flood_of_pings):
            test(server)
            print("ok:", test.__name__.replace("_", " "), flush=True)
        left = Socket(server, MAPS + "?watch=true&allowWatchBookmarks=true&resourceVersion=" + make(server, "left"))
        code = server.stop()
        assert code == 0, code
        left.ends(1000)  # the server's end is an orderly one
        print("ok: the end of the server")


if __name__ == "__main__":
    main()
