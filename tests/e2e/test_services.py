#!/usr/bin/env python3
"""Services end to end with a real kubectl: exposing pods, every type, changes of type, addresses that come back, and
endpoints that follow the pods; and Events that live for an hour of the cluster's time."""
import subprocess
import threading
import unittest

import harness
from harness import Api, Home, pod, poll, program, replica_set

SERVICES = "/api/v1/namespaces/default/services"
ENDPOINTS = "/api/v1/namespaces/default/endpoints"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
PODS = "/api/v1/namespaces/default/pods"


class Services(harness.Test):
    def service(self, name):
        return self.api.get(SERVICES + "/" + name)

    def addresses(self, name, ready=True):
        code, e = self.api.call("GET", ENDPOINTS + "/" + name)
        if code == 404:
            return None
        return sorted(a["ip"] for s in e.get("subsets", []) for a in s.get("addresses" if ready else "notReadyAddresses", []))

    def slices(self, name):
        return self.api.get(SLICES + "?labelSelector=kubernetes.io/service-name%3D" + name)["items"]

    def ready_in_slices(self, name):
        return sorted(a for s in self.slices(name) for e in s["endpoints"] or [] if e["conditions"]["ready"] for a in e["addresses"])

    def pod_ips(self, app):
        items = self.api.get(PODS + "?labelSelector=app%3D" + app)["items"]
        return sorted(p["status"]["podIP"] for p in items
                      if p["status"].get("podIP") and "deletionTimestamp" not in p["metadata"])

    def scale(self, name, replicas):
        code, answer = self.api.call("PATCH", "/apis/apps/v1/namespaces/default/replicasets/" + name,
                                     {"spec": {"replicas": replicas}}, {"Content-Type": "application/merge-patch+json"})
        self.assertEqual(code, 200, answer)

    def test_the_service_of_the_api_server(self):
        svc = self.service("kubernetes")
        self.assertEqual(svc["spec"]["clusterIP"], "10.96.0.1")
        port = int(self.cluster.facts["server"].rpartition(":")[2])
        for listed in (self.api.get(ENDPOINTS + "/kubernetes")["subsets"][0]["ports"], self.api.get(SLICES + "/kubernetes")["ports"]):
            self.assertEqual([p["port"] for p in listed], [port])
        self.kubectl("delete", "service", "kubernetes")
        self.assertNotEqual(poll("it is back", lambda: self.service("kubernetes"))["metadata"]["uid"], svc["metadata"]["uid"])
        for path in (ENDPOINTS, SLICES):
            self.assertEqual(self.api.call("DELETE", path + "/kubernetes")[0], 200)
            poll("it is back", lambda: self.api.call("GET", path + "/kubernetes")[0] == 200)
        self.kubectl("patch", "service", "kubernetes", "--type=json", "-p", '[{"op":"replace","path":"/spec/ports/0/name","value":"x"},{"op":"add","path":"/metadata/labels/mine","value":"y"}]')
        poll("it is corrected", lambda: self.service("kubernetes")["spec"]["ports"][0]["name"] == "https")
        self.assertEqual(self.service("kubernetes")["metadata"]["labels"]["mine"], "y", "what is somebody's own stays")

    def test_endpoints_follow_the_pods(self):
        self.api.post("/apis/apps/v1/namespaces/default/replicasets", replica_set("web", 3))
        self.kubectl("expose", "rs", "web", "--port=80", "--target-port=8080")
        def complete(n):
            ips = self.pod_ips("web")
            return len(ips) == n and self.addresses("web") == ips and self.ready_in_slices("web") == ips
        poll("three endpoints", lambda: complete(3))
        out = self.kubectl("get", "endpoints,endpointslices").out
        self.assertIn("endpoints/web", out)
        self.assertIn(":8080", out)
        described = self.kubectl("describe", "service", "web").out
        for ip in self.pod_ips("web"):
            self.assertIn(ip + ":8080", described)
        self.assertEqual(len(self.slices("web")), 1)
        self.scale("web", 5)
        poll("five endpoints", lambda: complete(5))
        self.scale("web", 1)
        poll("one endpoint", lambda: complete(1))
        name = self.api.get(PODS + "?labelSelector=app%3Dweb")["items"][0]["metadata"]["name"]
        self.kubectl("label", "pod", name, "app=other", "--overwrite")  # leaves the Service; the set makes another
        poll("another endpoint", lambda: complete(1))
        self.scale("web", 0)
        poll("none", lambda: complete(0))
        self.kubectl("delete", "pods", "-l", "app=web", "--force", "--grace-period=0")  # those that are still terminating
        poll("a placeholder", lambda: [len(s["endpoints"] or []) for s in self.slices("web")] == [0])
        self.kubectl("delete", "service", "web")
        poll("the Endpoints go with the Service", lambda: self.addresses("web") is None)
        poll("the slices too", lambda: not self.slices("web"))

    def tell(self, name, ready):
        """What a kubelet would write: the pod runs on a node that nobody simulates."""
        status = {"phase": "Running", "podIP": "10.99.0.7", "podIPs": [{"ip": "10.99.0.7"}],
                  "conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}
        code, answer = self.api.call("PATCH", PODS + "/" + name + "/status", {"status": status},
                                     {"Content-Type": "application/strategic-merge-patch+json"})
        self.assertEqual(code, 200, answer)

    def test_readiness_moves_an_address(self):
        self.api.post("/api/v1/nodes", {"metadata": {"name": "elsewhere", "labels": {"topology.kubernetes.io/zone": "z"}}})
        self.api.post(SERVICES, {"metadata": {"name": "one"}, "spec": {"selector": {"app": "one"}, "ports": [{"port": 80}]}})
        self.api.post(PODS, pod("one", nodeName="elsewhere"))
        ip = ["10.99.0.7"]
        self.tell("one", False)
        poll("it is there, not ready", lambda: self.addresses("one", ready=False) == ip and self.addresses("one") == [])
        self.tell("one", True)
        poll("it is ready", lambda: self.addresses("one") == ip and self.ready_in_slices("one") == ip)
        endpoint = self.slices("one")[0]["endpoints"][0]
        self.assertEqual((endpoint["zone"], endpoint["nodeName"]), ("z", "elsewhere"))
        self.kubectl("delete", "pod", "one", "--wait=false")  # nobody ends it: it goes on terminating
        poll("no new traffic", lambda: self.addresses("one") == [] and self.ready_in_slices("one") == [])
        conditions = poll("but it still serves", lambda: self.slices("one")[0]["endpoints"])[0]["conditions"]
        self.assertEqual(conditions, {"ready": False, "serving": True, "terminating": True})
        self.kubectl("delete", "pod", "one", "--force", "--grace-period=0")
        poll("it is gone", lambda: not self.slices("one")[0]["endpoints"])
        self.kubectl("delete", "node", "elsewhere")

    def test_every_type(self):
        self.kubectl("create", "service", "clusterip", "c", "--tcp=80:8080")
        self.kubectl("create", "service", "clusterip", "headless", "--clusterip=None", "--tcp=80")
        self.kubectl("create", "service", "nodeport", "n", "--tcp=80", "--node-port=30080")
        self.kubectl("create", "service", "loadbalancer", "l", "--tcp=80")
        self.kubectl("create", "service", "externalname", "e", "--external-name=db.example.com")
        table = {w[0]: w for w in (line.split() for line in self.kubectl("get", "services", "--no-headers").out.splitlines())}
        self.assertEqual(table["headless"][1:5], ["ClusterIP", "None", "<none>", "80/TCP"])
        self.assertEqual(table["n"][4], "80:30080/TCP")
        self.assertEqual(table["l"][3], "<pending>")
        self.assertEqual(table["e"][1:5], ["ExternalName", "<none>", "db.example.com", "<none>"])
        ip = self.service("c")["spec"]["clusterIP"]
        change = lambda name, spec: self.kubectl("patch", "service", name, "-p", '{"spec":%s}' % spec)
        change("c", '{"type":"NodePort"}')
        port = self.service("c")["spec"]["ports"][0]["nodePort"]
        self.assertIn(port, range(30000, 32768))
        change("c", '{"type":"LoadBalancer"}')
        self.assertEqual(self.service("c")["spec"]["ports"][0]["nodePort"], port)
        change("c", '{"type":"ClusterIP"}')
        self.assertNotIn("nodePort", self.service("c")["spec"]["ports"][0])
        self.assertEqual(self.service("c")["spec"]["clusterIP"], ip)
        change("c", '{"type":"ExternalName","externalName":"x.y"}')
        self.assertNotIn("clusterIP", self.service("c")["spec"])
        taken = self.kubectl("create", "service", "nodeport", "again", "--tcp=80", "--node-port=30080", code=1)
        self.assertIn("spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated", taken.err)
        self.kubectl("delete", "service", "n")
        self.kubectl("create", "service", "nodeport", "again", "--tcp=80", "--node-port=30080")

    def test_apply_again_keeps_what_was_given(self):
        manifest = self.home.write("svc.json", {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "applied"}, "spec": {
            "type": "NodePort", "selector": {"app": "x"}, "ports": [{"name": "http", "port": 80}]}})
        self.kubectl("apply", "-f", manifest)
        first = self.service("applied")["spec"]
        self.assertIn("unchanged", self.kubectl("apply", "-f", manifest).out)
        self.kubectl("replace", "-f", manifest)
        self.assertEqual(self.service("applied")["spec"], first)

    def test_an_address_is_free_again(self):
        for i in range(3):
            self.kubectl("create", "service", "clusterip", "fixed", "--clusterip=10.96.0.99", "--tcp=80")
            refused = self.kubectl("create", "service", "clusterip", "too", "--clusterip=10.96.0.99", "--tcp=80", code=1)
            self.assertIn("provided IP is already allocated", refused.err)
            dry = self.kubectl("create", "service", "clusterip", "dry", "--clusterip=10.96.0.98", "--tcp=80", "--dry-run=server")
            self.assertIn("dry run", dry.out)
            self.kubectl("delete", "service", "fixed")

    def test_many_at_once_share_nothing(self):
        wrong, made = [], []
        def go(k):
            connection = self.api.connection()
            for i in range(25):
                body = {"metadata": {"generateName": "many-"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}}
                code, svc = self.api.call("POST", SERVICES, body, connection=connection)
                (made if code == 201 else wrong).append(svc)
            connection.close()
        threads = [threading.Thread(target=go, args=(k,)) for k in range(6)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(wrong, [])
        self.assertEqual(len({s["spec"]["clusterIP"] for s in made}), 150)
        self.assertEqual(len({s["spec"]["ports"][0]["nodePort"] for s in made}), 150)

    def test_endpoints_of_ones_own(self):
        self.api.post(SERVICES, {"metadata": {"name": "own"}, "spec": {"ports": [{"port": 80}]}})
        self.api.post(ENDPOINTS, {"metadata": {"name": "own"}, "subsets": [{"addresses": [{"ip": "1.2.3.4"}], "ports": [{"port": 9}]}]})
        poll("they are mirrored", lambda: self.ready_in_slices("own") == ["1.2.3.4"])
        self.kubectl("delete", "service", "own")
        poll("and go with the Service", lambda: not self.slices("own"))

    def test_ingress_and_policy(self):
        self.kubectl("create", "ingress", "i", "--class=nginx", "--rule=a.example.com/x*=web:80,tls=secret")
        line = self.kubectl("get", "ingress", "i", "--no-headers").out.split()
        self.assertEqual(line[:5], ["i", "nginx", "a.example.com", "80,", "443"])
        self.assertIn("a.example.com", self.kubectl("describe", "ingress", "i").out)


class EventsExpire(unittest.TestCase):
    """An API server alone, on a file."""

    def setUp(self):
        self.home = Home()
        self.addCleanup(self.home.close)

    def start(self, *flags):
        log = open(self.home.path("log"), "a")
        self.addCleanup(log.close)
        self.server = subprocess.Popen(
            [program("apiserver"), "--secure-port=0", "--ready-fd=1", "--cert-dir=" + self.home.path("pki"),
             "--store=" + self.home.path("store.db"), *flags],
            env=self.home.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        self.addCleanup(self.server.stdout.close)
        port = self.server.stdout.readline().split()[1]
        self.api = Api(int(port), self.home.path("pki"))

    def stop(self):
        self.server.terminate()
        self.assertEqual(self.server.wait(harness.PATIENCE), 0)

    def advance(self, duration):
        self.api.post("/apis/sim.kubestep.dev/v1/clocks/cluster/advance", {"duration": duration})

    def event(self, name):
        return self.api.post("/api/v1/namespaces/default/events", {
            "metadata": {"name": name}, "involvedObject": {"kind": "Pod", "namespace": "default", "name": "p"}, "reason": "R"})

    def events(self):
        return sorted(e["metadata"]["name"] for e in self.api.get("/api/v1/events")["items"])

    def test_after_an_hour_and_over_a_restart(self):
        self.start()
        self.event("early")
        self.advance("30m")
        self.event("late")
        before = int(self.api.get("/api/v1/events")["metadata"]["resourceVersion"])
        self.advance("31m")
        poll("the early one is gone", lambda: self.events() == ["late"])
        after = int(self.api.get("/api/v1/events")["metadata"]["resourceVersion"])
        self.assertEqual(after, before + 1, "a deletion has a revision of its own")
        self.stop()
        self.start()
        self.assertEqual(self.events(), ["late"])
        self.advance("3h")  # the clock may have gone back to the wall's
        poll("the late one is gone", lambda: self.events() == [])
        self.stop()

    def test_the_flag(self):
        self.start("--event-ttl=5m")
        self.event("short")
        self.advance("4m")
        self.assertEqual(self.events(), ["short"])
        self.advance("2m")
        poll("it is gone", lambda: self.events() == [])
        self.stop()


if __name__ == "__main__":
    harness.need("kubectl")
    harness.main()
