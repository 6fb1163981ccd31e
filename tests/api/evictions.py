#!/usr/bin/env python3
"""evictions.py - many evictions at once never spend more of a disruption budget than there is.

    evictions.py --apiserver build/bin/apiserver [--seed N]

Rounds of a random size: pods that are ready, a budget, WRITERS clients that evict them in random order, some as a dry
run, while one more client rewrites the budget's status as its controller would. After each round what is left of the
budget, what it remembers and what is going away must agree.
"""
import argparse
import random
import tempfile

import run
from contention import MERGE, WRITERS, Client, in_parallel

PODS = "/api/v1/namespaces/default/pods"
BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
ROUNDS = 12


def pod(name, label):
    return {"metadata": {"name": name, "labels": {"round": label}},
            "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "i"}]}}


def eviction(name):
    return {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}


def make(client, label, count, allowed):
    names = ["%s-%d" % (label, i) for i in range(count)]
    for name in names:
        assert client("POST", PODS, pod(name, label))[0] == 201
        ready = {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}
        assert client("PATCH", "%s/%s/status" % (PODS, name), ready, MERGE)[0] == 200
    spec = {"minAvailable": count - allowed, "selector": {"matchLabels": {"round": label}}}
    code, made = client("POST", BUDGETS, {"metadata": {"name": label}, "spec": spec})
    assert code == 201, made
    status = {"observedGeneration": 1, "disruptionsAllowed": allowed, "currentHealthy": count,
              "desiredHealthy": count - allowed, "expectedPods": count}
    assert client("PATCH", "%s/%s/status" % (BUDGETS, label), {"status": status}, MERGE)[0] == 200
    return names


def resync(client, label, count, allowed):
    """One turn of the controller: counts from a list of pods, writes with the revision that it read before."""
    _, budget = client("GET", "%s/%s" % (BUDGETS, label))
    _, pods = client("GET", "%s?labelSelector=round=%s" % (PODS, label))
    status = budget["status"]
    here = [p["metadata"]["name"] for p in pods["items"] if "deletionTimestamp" not in p["metadata"]]
    waits = {n: t for n, t in status.get("disruptedPods", {}).items() if n in here}
    healthy = len([n for n in here if n not in waits])
    status.update(disruptedPods=waits, currentHealthy=healthy, disruptionsAllowed=max(healthy - (count - allowed), 0))
    return client("PUT", "%s/%s/status" % (BUDGETS, label), budget)[0]


def one_round(server, rnd, number):
    label, count = "r%d" % number, rnd.randint(2, 14)
    allowed = rnd.randint(0, count)
    names = make(Client(server), label, count, allowed)
    orders = [rnd.sample(names, count) for _ in range(WRITERS)]
    dry = [rnd.random() < 0.2 for _ in range(WRITERS)]

    def work(client, i):
        if i == 0:
            assert all(resync(client, label, count, allowed) in (200, 409) for _ in range(count))
            return []
        query = "?dryRun=All" if dry[i] else ""
        return [client("POST", "%s/%s/eviction%s" % (PODS, n, query), eviction(n))[0] for n in orders[i]]

    codes = {c for row in in_parallel(server, work) for c in row}
    assert codes <= {201, 404, 429}, codes
    client = Client(server)
    _, pods = client("GET", "%s?labelSelector=round=%s" % (PODS, label))
    going = [p["metadata"]["name"] for p in pods["items"] if "deletionTimestamp" in p["metadata"]]
    assert len(pods["items"]) == count, "a pod with a grace period stays until its kubelet is done with it"
    assert len(going) <= allowed, "%d of %d evicted, %d were allowed" % (len(going), count, allowed)
    _, budget = client("GET", "%s/%s" % (BUDGETS, label))
    assert set(budget["status"].get("disruptedPods", {})) <= set(going), (budget["status"], going)
    assert budget["status"]["disruptionsAllowed"] + len(going) <= max(allowed, 0), (budget["status"], going)
    real = sum(not d for d in dry[1:])
    assert not real or len(going) == allowed, "%d went, %d could have" % (len(going), allowed)


def main():
    p = argparse.ArgumentParser(description="Many evictions at once.")
    p.add_argument("--apiserver", required=True)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    rnd = random.Random(a.seed)
    with tempfile.TemporaryDirectory() as directory:
        server = run.Server(a.apiserver, directory)
        try:
            for number in range(ROUNDS):
                one_round(server, rnd, number)
            print("%d rounds: ok" % ROUNDS)
        finally:
            code = server.stop()
    assert code == 0, "the server ended with %s" % code


if __name__ == "__main__":
    main()
