#!/usr/bin/env python3
"""reads.py - lists in pages while others write show one revision; reads of a revision to come wait for it.

    reads.py --apiserver build/bin/apiserver [--seed N]
"""
import argparse
import http.client
import json
import random
import tempfile
import threading
import time
import urllib.parse

import run
from contention import Client

NAMESPACES = "/api/v1/namespaces"
MAPS = "/api/v1/configmaps"
PLACES = ["a", "b"]
ROUNDS = 40


def path(place, name=""):
    return "%s/%s/configmaps%s" % (NAMESPACES, place, "/" + name if name else "")


def churn(server, seed, stop):
    """Creates, changes and deletes for as long as the test reads."""
    rnd, client = random.Random(seed), Client(server)
    while not stop.is_set():
        place, name = rnd.choice(PLACES), "m%d" % rnd.randrange(60)
        kind = rnd.randrange(3)
        if kind == 0:
            client("DELETE", path(place, name))
        else:
            body = {"metadata": {"name": name, "labels": {"even": str(rnd.randrange(2))}}, "data": {"x": str(rnd.random())}}
            if client("POST", path(place), body)[0] == 409 and kind == 2:
                client("PUT", path(place, name), body)


def keys(items):
    return [(i["metadata"]["namespace"], i["metadata"]["name"], i["metadata"]["resourceVersion"]) for i in items]


def pages(client, base, limit, selector):
    """All items page by page, the revision, and what the last but one page says of the rest."""
    query, items, revision, token, expect = {"limit": limit}, [], None, None, None
    if selector:
        query["labelSelector"] = selector
    while True:
        if token:
            query["continue"] = token
        code, got = client("GET", base + "?" + urllib.parse.urlencode(query))
        assert code == 200, got
        assert len(got["items"]) <= limit
        if expect is not None:
            left = len(got["items"]) + got["metadata"].get("remainingItemCount", 0)
            assert left == expect, (left, expect)
        revision = revision or got["metadata"]["resourceVersion"]
        assert got["metadata"]["resourceVersion"] == revision
        items += got["items"]
        token = got["metadata"].get("continue")
        expect = got["metadata"].get("remainingItemCount")
        assert bool(token) == (expect is not None) or selector, got["metadata"]
        assert expect is None or not selector
        if not token:
            return keys(items), revision


def consistent_pages(server, seed):
    rnd, client, stop = random.Random(seed), Client(server), threading.Event()
    for place in PLACES:
        assert client("POST", NAMESPACES, {"metadata": {"name": place}})[0] == 201
        for i in range(0, 60, 2):
            client("POST", path(place), {"metadata": {"name": "m%d" % i, "labels": {"even": "1"}}})
    writers = [threading.Thread(target=churn, args=(server, seed + i, stop)) for i in range(3)]
    for w in writers:
        w.start()
    try:
        for _ in range(ROUNDS):
            base = rnd.choice([MAPS] + [path(p) for p in PLACES])
            selector = rnd.choice([None, "even=1", "even!=1"])
            got, revision = pages(client, base, rnd.choice([1, 2, 7, 30, 500]), selector)
            query = {"resourceVersion": revision, "resourceVersionMatch": "Exact"}
            if selector:
                query["labelSelector"] = selector
            code, whole = client("GET", base + "?" + urllib.parse.urlencode(query))
            assert code == 200 and whole["metadata"] == {"resourceVersion": revision}, whole["metadata"]
            assert got == keys(whole["items"]), (base, selector, revision)
    finally:
        stop.set()
        for w in writers:
            w.join()


def ask(server, at, answers):
    c = http.client.HTTPSConnection("127.0.0.1", server.port, context=server.tls, timeout=30)
    began = time.monotonic()
    c.request("GET", at)
    answer = c.getresponse()
    text = answer.read()
    answers.append((at, answer.status, text, time.monotonic() - began))


def reads_wait(server):
    """Of many that ask for the revision that comes next, all are answered when it comes, whatever they ask."""
    client = Client(server)
    now = int(client("POST", path("default"), {"metadata": {"name": "now"}})[1]["metadata"]["resourceVersion"])
    queries = ["resourceVersion=%d" % (now + 1), "resourceVersion=%d&resourceVersionMatch=Exact" % (now + 1),
               "resourceVersion=%d&resourceVersionMatch=NotOlderThan&limit=500" % (now + 1), "resourceVersion=%d&limit=1" % (now + 1)]
    paths = [path("default") + "?" + q for q in queries] * 5 + [path("default", "now") + "?" + queries[0]] * 5
    answers = []
    threads = [threading.Thread(target=ask, args=(server, p, answers)) for p in paths]
    for t in threads:
        t.start()
    threads[0].join(0.3)
    assert not answers, answers[:1]
    client("PUT", path("default", "now"), {"metadata": {"name": "now"}, "data": {"seen": "yes"}})
    for t in threads:
        t.join()
    for at, code, text, took in answers:
        assert code == 200, (at, code, text)
        assert took < 2.9, (at, took)  # not by the clock
        assert b'"seen":"yes"' in text or "limit=1" in at, (at, text)
    answers = []
    ask(server, path("default") + "?resourceVersion=%d" % (now + 1000), answers)
    _, code, text, took = answers[0]
    status = json.loads(text)
    assert code == 504 and status["details"] == {
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}], "retryAfterSeconds": 1}, status
    assert 2.9 < took < 10, took


def main():
    p = argparse.ArgumentParser(description="Consistent pages, and reads of the future.")
    p.add_argument("--apiserver", required=True)
    p.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    a = p.parse_args()
    print("seed", a.seed, flush=True)
    with tempfile.TemporaryDirectory() as directory:
        server = run.Server(a.apiserver, directory)
        consistent_pages(server, a.seed)
        print("ok: pages are of one revision")
        reads_wait(server)
        print("ok: reads wait for their revision")
        code = server.stop()
        assert code == 0, code


if __name__ == "__main__":
    main()
