#!/usr/bin/env python3
"""reviewers.py - SchedulingReviews with a scheduler that this test plays: answered, refused, left alone, answered wrongly.

    reviewers.py --apiserver build/bin/apiserver
"""
import argparse
import http.client
import json
import queue
import socket
import tempfile
import threading
import time

import run

BASE = "/apis/sim.kubestep.dev/v1/"
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
WAITING = 16  # REVIEWS_MAX


def call(server, method, path, body=None, who="admin", patience=60):
    c = http.client.HTTPSConnection("127.0.0.1", server.port, context=server.context(who), timeout=patience)
    c.request(method, BASE + path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
    answer = c.getresponse()
    text = answer.read()
    c.close()
    return answer.status, json.loads(text)


def review(**spec):
    return {"kind": "SchedulingReview", "apiVersion": "sim.kubestep.dev/v1", "spec": {"workload": [POD], **spec}}


class Asked:
    """A review under way."""

    def __init__(self, server, body=None):
        self.server, self.body, self.got = server, body or review(), None
        self.thread = threading.Thread(target=self.ask)
        self.thread.start()

    def ask(self):
        self.got = call(self.server, "POST", "schedulingreviews", self.body)

    def answer(self):
        self.thread.join(60)
        assert self.got, "no answer"
        return self.got


class Scheduler:
    """The control stream of one."""

    def __init__(self, server):
        self.server = server
        self.c = http.client.HTTPSConnection("127.0.0.1", server.port, context=server.context("scheduler"), timeout=60)
        self.c.request("GET", BASE + "control?component=scheduler")
        self.lines = self.c.getresponse()
        assert self.lines.status == 200
        assert "clock" in json.loads(self.lines.readline())
        self.questions = queue.Queue()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        """Until the stream ends."""
        try:
            for line in self.lines:
                if "review" in json.loads(line):
                    self.questions.put(json.loads(line)["review"])
        except (OSError, ValueError, http.client.HTTPException):
            pass

    def question(self):
        return self.questions.get(timeout=60)

    def tell(self, body, who="scheduler"):
        return call(self.server, "POST", "control/reviewed", body, who)

    def leave(self):
        self.lines.fp.raw._sock.shutdown(socket.SHUT_RDWR)  # wakes the reader
        self.reader.join()
        self.lines.close()
        self.c.close()


def message(got):
    return got[0], got[1]["reason"], got[1]["message"]


NOBODY = (503, "ServiceUnavailable", "no scheduler is connected")


def nobody(server):
    assert message(Asked(server).answer()) == NOBODY


def answered(server, scheduler):
    asked = Asked(server, review(replicas=3, seed=-5, fill=True, compareWith={"a": [1]}))
    q = scheduler.question()
    pod = q["workload"][0]
    assert [q["replicas"], q["seed"], q["fill"], q["compareWith"]] == [3, -5, True, {"a": [1]}], q
    assert "configuration" not in q
    assert [pod["apiVersion"], pod["kind"], pod["metadata"]["namespace"]] == ["v1", "Pod", "default"], pod
    assert pod["spec"]["schedulerName"] == "default-scheduler" and pod["spec"]["priority"] == 0, pod  # defaults, admission
    code, refused = scheduler.tell({"id": q["id"], "results": []}, "controllers")
    assert code == 403 and asked.got is None, refused
    results = [{"name": "In force", "placed": 1, "placements": [{"pod": "web", "node": "n<1>"}], "unknown": 1}]
    assert scheduler.tell({"id": q["id"], "results": results})[0] == 201
    code, got = asked.answer()
    del results[0]["unknown"]
    assert (code, got["status"]) == (201, {"results": results}), got
    assert got["spec"]["workload"] == [POD], got  # as it was sent
    assert scheduler.tell({"id": q["id"], "results": results})[0] == 404
    for nonsense in ({}, {"id": 0}, {"id": -1}, {"id": "x"}, {"id": 1 << 62}):
        assert scheduler.tell(nonsense)[0] == 404, nonsense


def answered_badly(server, scheduler):
    for answer, want in (
            ({"code": 429, "message": "busy"}, (429, "TooManyRequests", "busy")),
            ({"code": 403, "message": "pods \"x\" is forbidden: no"}, (403, "Forbidden", "pods \"x\" is forbidden: no")),
            ({"code": 200, "message": "?"}, (500, "InternalError", "Internal error occurred: ?")),
            ({"results": 7}, (500, "InternalError", None)),
            ({"results": [{"placed": "many"}]}, (500, "InternalError", None)),
            ({"at": "configuration", "complaints": ["profiles[0].x: Invalid value: 3: must not", "no kind \"x\" is registered"]},
             (422, "Invalid", "SchedulingReview.sim.kubestep.dev \"\" is invalid: [spec.configuration.profiles[0].x: Invalid "
              "value: 3: must not, spec.configuration: no kind \"x\" is registered]"))):
        asked = Asked(server)
        q = scheduler.question()
        assert scheduler.tell({"id": q["id"], **answer})[0] == 201, answer
        got = message(asked.answer())
        assert got[:2] == want[:2] and want[2] in (None, got[2]), (got, want)
    asked = Asked(server)
    q = scheduler.question()
    assert scheduler.tell({"id": q["id"]})[0] == 201  # nothing is told: no result
    assert asked.answer()[0] == 201


def scheduler_leaves(server):
    scheduler = Scheduler(server)
    asked = Asked(server)
    q = scheduler.question()
    scheduler.leave()
    assert message(asked.answer()) == NOBODY
    again = Scheduler(server)  # it was restarted
    assert again.tell({"id": q["id"], "results": []})[0] == 404
    asked = Asked(server)
    assert again.tell({"id": again.question()["id"], "results": []})[0] == 201
    assert asked.answer()[0] == 201
    again.leave()


def client_leaves(server, scheduler):
    c = http.client.HTTPSConnection("127.0.0.1", server.port, context=server.tls, timeout=60)
    c.request("POST", BASE + "schedulingreviews", json.dumps(review()), {"Content-Type": "application/json"})
    q = scheduler.question()
    c.close()
    deadline = time.monotonic() + 30
    while waiting(server, scheduler):
        assert time.monotonic() < deadline, "the server did not notice"
    assert scheduler.tell({"id": q["id"], "results": []})[0] == 404


def waiting(server, scheduler):
    """How many wait: so many less than can be asked until it is too much."""
    asked = [Asked(server) for _ in range(WAITING + 1)]
    taken, refused = [], []
    while len(taken) + len(refused) < len(asked):
        try:
            taken.append(scheduler.questions.get(timeout=0.02))
        except queue.Empty:
            refused = [x for x in asked if x.got]
    for x in refused:
        assert message(x.got) == (429, "TooManyRequests", "Too many requests, please try again later."), x.got
    for q in taken:
        assert scheduler.tell({"id": q["id"], "results": []})[0] == 201
    assert all(x.answer()[0] == 201 for x in asked if x not in refused)
    return WAITING - len(taken)


def stops(server, scheduler):
    """Those that wait are told, and the server does not wait for them."""
    asked = [Asked(server) for _ in range(3)]
    for _ in asked:
        scheduler.question()
    began = time.monotonic()
    code = server.stop()
    assert code == 0 and time.monotonic() - began < 8, code
    for a in asked:
        a.thread.join(20)
        assert a.got is None or a.got[0] == 503, a.got


def main():
    p = argparse.ArgumentParser(description="Reviews, and a scheduler that answers them.")
    p.add_argument("--apiserver", required=True)
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as another:
        silent = run.Server(a.apiserver, another)
        Scheduler(silent)
        late = Asked(silent)  # half a minute; all else happens meanwhile
        server = run.Server(a.apiserver, directory)
        nobody(server)
        scheduler_leaves(server)
        scheduler = Scheduler(server)
        answered(server, scheduler)
        answered_badly(server, scheduler)
        assert waiting(server, scheduler) == 0
        client_leaves(server, scheduler)
        stops(server, scheduler)
        assert message(late.answer()) == (504, "Timeout", "Timeout: request did not complete within the allotted timeout"), late.got
        assert silent.stop() == 0
        print("ok: reviews are answered or told why not")


if __name__ == "__main__":
    main()
