#!/usr/bin/env python3
"""contention.py - many writers of the same objects: no unconditional write is lost, revisions have no gap.

    contention.py --apiserver build/bin/apiserver
"""
import argparse
import http.client
import json
import tempfile
import threading

import run

WRITERS, WRITES = 8, 25
MERGE = "application/merge-patch+json"


class Client:
    def __init__(self, server):
        self.c = http.client.HTTPSConnection("127.0.0.1", server.port, context=server.tls, timeout=60)

    def __call__(self, method, path, body=None, media="application/json"):
        self.c.request(method, path, body=None if body is None else json.dumps(body), headers={"Content-Type": media})
        answer = self.c.getresponse()
        return answer.status, json.loads(answer.read())


def in_parallel(server, work):
    """work(client, i) in WRITERS threads; their results, or the first exception."""
    results, errors = [None] * WRITERS, []

    def body(i):
        try:
            results[i] = work(Client(server), i)
        except Exception as e:  # noqa: BLE001 - reported below
            errors.append(e)

    threads = [threading.Thread(target=body, args=(i,)) for i in range(WRITERS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        raise errors[0]
    return results


def patches_are_not_lost(server):
    maps = "/api/v1/namespaces/default/configmaps"
    client = Client(server)
    _, first = client("POST", maps, {"metadata": {"name": "shared"}})

    def work(c, i):
        for k in range(WRITES):
            code, answer = c("PATCH", maps + "/shared", {"data": {f"k{i}-{k}": "x"}}, MERGE)
            assert code == 200, answer

    in_parallel(server, work)
    _, last = client("GET", maps + "/shared")
    assert len(last["data"]) == WRITERS * WRITES, len(last["data"])
    made = int(last["metadata"]["resourceVersion"]) - int(first["metadata"]["resourceVersion"])
    assert made == WRITERS * WRITES, f"{made} revisions for {WRITERS * WRITES} writes"


def conditional_writes_win_once(server):
    maps = "/api/v1/namespaces/default/configmaps"
    _, obj = Client(server)("POST", maps, {"metadata": {"name": "once"}})

    def work(c, i):
        mine = dict(obj, data={"winner": str(i)})
        return c("PUT", maps + "/once", mine)[0]

    codes = in_parallel(server, work)
    assert sorted(codes) == [200] + [409] * (WRITERS - 1), codes


def one_create_wins(server):
    maps = "/api/v1/namespaces/default/configmaps"
    codes = in_parallel(server, lambda c, i: c("POST", maps, {"metadata": {"name": "race"}})[0])
    assert sorted(codes) == [201] + [409] * (WRITERS - 1), codes


def one_binding_wins(server):
    pods = "/api/v1/namespaces/default/pods"
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    Client(server)("POST", pods, pod)
    bind = lambda c, i: c("POST", pods + "/p/binding", {"metadata": {"name": "p"}, "target": {"name": f"n{i}"}})[0]
    codes = in_parallel(server, bind)
    assert sorted(codes) == [201] + [409] * (WRITERS - 1), codes


def a_collection_goes_while_it_changes(server):
    maps = "/api/v1/namespaces/kube-public/configmaps"
    client = Client(server)
    for k in range(40):
        client("POST", maps, {"metadata": {"name": f"c{k}"}})

    def work(c, i):
        if i == 0:
            return c("DELETE", maps)[0]
        return {c("PATCH", f"{maps}/c{k}", {"data": {f"w{i}": str(k)}}, MERGE)[0] for k in range(40)}

    results = in_parallel(server, work)
    assert results[0] == 200, results
    assert all(codes <= {200, 404} for codes in results[1:]), results
    assert client("GET", maps)[1]["items"] == []


CASES = [patches_are_not_lost, conditional_writes_win_once, one_create_wins, one_binding_wins,
         a_collection_goes_while_it_changes]


def main():
    p = argparse.ArgumentParser(description="Many writers of the same objects.")
    p.add_argument("--apiserver", required=True)
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        server = run.Server(a.apiserver, directory)
        try:
            for case in CASES:
                case(server)
                print(f"{case.__name__}: ok")
        finally:
            code = server.stop()
    assert code == 0, f"the server ended with {code}"


if __name__ == "__main__":
    main()
