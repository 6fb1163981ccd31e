#!/usr/bin/env python3
"""kubectl logs: what containers would have printed, from the kubelet through the API server."""
import ssl
import socket
import unittest

import harness
from harness import needs_kubectl, poll


def printing(name, script, restart="Never", labels=None, containers=None):
    if containers is None:
        containers = [{"name": "c", "image": "busybox", "command": ["sh", "-c", script]}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels or {}},
            "spec": {"restartPolicy": restart, "containers": containers}}


class Logs(harness.Test):
    def make(self, pod):
        self.api.post("/api/v1/namespaces/default/pods", pod)
        self.addCleanup(self.api.call, "DELETE", "/api/v1/namespaces/default/pods/" + pod["metadata"]["name"] + "?gracePeriodSeconds=0")

    def ended(self, name):
        poll("it has ended", lambda: self.api.get("/api/v1/namespaces/default/pods/" + name)["status"]["phase"] in ("Succeeded", "Failed"))

    def test_all_of_it(self):
        self.make(printing("a", "echo one; echo two; echo three"))
        self.ended("a")
        self.assertEqual(self.kubectl("logs", "a").out, "one\ntwo\nthree\n")
        self.assertEqual(self.kubectl("logs", "a", "--tail=1").out, "three\n")
        self.assertEqual(self.kubectl("logs", "a", "--limit-bytes=5").out.replace("\n", ""), "onet")
        self.assertEqual(self.kubectl("logs", "a", "--since=1h").out, "one\ntwo\nthree\n")
        self.assertRegex(self.kubectl("logs", "a", "--timestamps", "--tail=1").out, r"^\d{4}-\d\d-\d\dT[\d:]+\.\d{9}Z three\n$")
        self.assertEqual(self.kubectl("logs", "-f", "a").out, "one\ntwo\nthree\n", "the end of the container ends it")

    def test_follow(self):
        """What is printed later comes later, and the end of the container ends it."""
        self.make(printing("f", "echo first; sleep 3600; echo last"))
        poll("it runs", lambda: self.api.get("/api/v1/namespaces/default/pods/f")["status"]["phase"] == "Running")
        s = self.api.socket()
        self.addCleanup(s.close)
        s.sendall(b"GET /api/v1/namespaces/default/pods/f/log?follow=true HTTP/1.1\r\nHost: localhost\r\n\r\n")
        seen = b""
        while b"first\n" not in seen:
            seen += s.recv(65536)
        self.assertNotIn(b"last", seen)
        self.cluster.kubestep("clock", "advance", "2h")
        while b"last\n" not in seen:
            more = s.recv(65536)
            self.assertTrue(more, seen)
            seen += more
        self.ended("f")

    def test_previous(self):
        self.make(printing("p", "echo run; exit 1", restart="OnFailure"))
        poll("it was restarted", lambda: (self.api.get("/api/v1/namespaces/default/pods/p")["status"].get("containerStatuses") or [{}])[0].get("restartCount") or
             self.cluster.kubestep("clock", "advance", "15s") and 0)
        self.assertEqual(self.kubectl("logs", "p", "--previous").out, "run\n")

    def test_by_label(self):
        for name in ("l1", "l2"):
            self.make(printing(name, "echo I am " + name, labels={"app": "l"}))
            self.ended(name)
        self.assertEqual(sorted(self.kubectl("logs", "-l", "app=l").out.split("\n")), ["", "I am l1", "I am l2"])

    def test_containers(self):
        self.make(printing("two", "", containers=[{"name": n, "image": "busybox", "command": ["sh", "-c", "echo from " + n]} for n in "ab"]))
        self.ended("two")
        self.assertEqual(self.kubectl("logs", "two", "-c", "b").out, "from b\n")
        # kubectl holds the containers' requests in a Go map: it prints them in either order.
        self.assertEqual(sorted(self.kubectl("logs", "two", "--all-containers").out.splitlines()), ["from a", "from b"])
        self.assertIn("previous terminated container \"a\" in pod \"two\" not found", self.kubectl("logs", "two", "-c", "a", "--previous", code=1).err)
        self.assertIn("container x is not valid for pod two", self.kubectl("logs", "two", "-c", "x", code=1).err)
        self.assertEqual(self.api.call("GET", "/api/v1/namespaces/default/pods/two/log")[0], 400)

    @needs_kubectl(20, "it takes a controller for its pods")
    def test_of_a_deployment(self):
        self.kubectl("create", "deployment", "d", "--image=nginx")
        self.kubectl("rollout", "status", "deployment/d", "--timeout=%ds" % harness.PATIENCE)
        self.assertIn("nginx", self.kubectl("logs", "deployment/d").out)
        self.kubectl("delete", "deployment", "d")

    def test_waiting_container(self):
        self.make(printing("w", "true", containers=[{"name": "c", "image": "does-not-exist:nosuchtag"}]))
        poll("it waits", lambda: "waiting to start" in self.kubectl("logs", "w", code=None).err)

    def test_the_kubelets_port_wants_the_api_server(self):
        """Nobody else is answered, not even the administrator."""
        port = self.api.get("/api/v1/nodes/node-1")["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"]
        for with_certificate in (False, True):
            tls = ssl.create_default_context()
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
            if with_certificate:
                tls.load_cert_chain(self.cluster.dir + "/pki/admin.crt", self.cluster.dir + "/pki/admin.key")
            with tls.wrap_socket(socket.create_connection(("127.0.0.1", port), harness.PATIENCE)) as s:
                s.sendall(b"GET /containerLogs/default/a/c HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertTrue(s.recv(64).startswith(b"HTTP/1.1 401"))


if __name__ == "__main__":
    harness.main()
