#!/usr/bin/env python3
"""What kubectl shows of pods as they run, end, crash, wait and go: commands, exit codes, init containers, probes, images."""
import json

import harness
from harness import poll

CLOCK = "/apis/sim.kubestep.dev/v1/clocks/cluster"


class Kubelet(harness.Test):
    def setUp(self):
        self.pod_name = self._testMethodName.replace("test_", "").replace("_", "-")

    def run_pod(self, *args, image="busybox"):
        self.kubectl("run", self.pod_name, "--image=" + image, *args)

    def create(self, annotations=None, **spec):
        """A Pod of one container, which `container` refines."""
        container = {"name": "c", "image": "app", **spec.pop("container", {})}
        self.api.post("/api/v1/namespaces/default/pods", {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": self.pod_name, "annotations": annotations or {}},
            "spec": {"containers": [container], **spec}})

    def got(self):
        return self.api.get("/api/v1/namespaces/default/pods/" + self.pod_name)

    def until(self, condition, what=""):
        def check():
            pod = self.got()
            return pod if condition(pod) else None
        return poll("%s %s" % (self.pod_name, what), check)

    def phase(self, phase):
        return self.until(lambda p: p["status"]["phase"] == phase, phase)

    def waiting(self, reason):
        return self.until(lambda p: any(c["state"].get("waiting", {}).get("reason") == reason
                                        for c in p["status"].get("containerStatuses", [])), reason)

    def column(self, name):
        """The STATUS column."""
        return self.kubectl("get", "pod", self.pod_name, "--no-headers").out.split()[name]

    def advance(self, duration):
        status, answer = self.api.call("POST", CLOCK + "/advance", {"duration": duration})
        self.assertEqual(status, 201, answer)

    def reasons(self):
        events = self.api.get("/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=" + self.pod_name)
        return {(e["reason"], e["message"]) for e in events["items"]}

    def condition(self, pod, kind):
        return next(c for c in pod["status"]["conditions"] if c["type"] == kind)

    # ---- Ends ----

    def test_exit_code(self):
        self.run_pod("--restart=Never", "--", "sh", "-c", "exit 3")
        pod = self.phase("Failed")
        ended = pod["status"]["containerStatuses"][0]["state"]["terminated"]
        self.assertEqual((ended["exitCode"], ended["reason"]), (3, "Error"))
        self.assertEqual(self.column(2), "Error")
        self.assertEqual(self.condition(pod, "Ready").get("reason"), "PodFailed")
        self.assertEqual(self.condition(pod, "PodReadyToStartContainers")["status"], "False")

    def test_sleep_ends_as_the_clock_goes(self):
        self.run_pod("--restart=Never", "--", "sleep", "5m")
        self.phase("Running")
        self.advance("4m")
        self.assertEqual(self.got()["status"]["phase"], "Running")
        self.advance("2m")
        pod = self.phase("Succeeded")
        ended = pod["status"]["containerStatuses"][0]["state"]["terminated"]
        self.assertEqual((ended["exitCode"], ended["reason"]), (0, "Completed"))
        self.assertEqual(self.column(2), "Completed")
        self.assertEqual(self.condition(pod, "Ready").get("reason"), "PodCompleted")
        self.assertEqual(self.condition(pod, "Initialized").get("reason"), "PodCompleted")

    def test_crash_loop(self):
        self.run_pod("--", "false")
        pod = self.waiting("CrashLoopBackOff")
        c = pod["status"]["containerStatuses"][0]
        self.assertRegex(c["state"]["waiting"]["message"], r"^back-off \d+s restarting failed container=crash-loop pod=crash-loop_default\(")
        self.assertEqual(c["lastState"]["terminated"]["exitCode"], 1)
        self.assertGreaterEqual(c["restartCount"], 1)
        self.assertEqual(self.column(2), "CrashLoopBackOff")
        self.advance("20m")
        self.until(lambda p: p["status"]["containerStatuses"][0]["restartCount"] >= 8, "after 20 minutes")
        poll("an event", lambda: any(r == "BackOff" and m.startswith("Back-off restarting failed container crash-loop in pod ")
                                     for r, m in self.reasons()))

    def test_deadline(self):
        self.create(activeDeadlineSeconds=60)
        self.phase("Running")
        self.advance("61s")
        pod = self.phase("Failed")
        self.assertEqual((pod["status"]["reason"], pod["status"]["message"]),
                         ("DeadlineExceeded", "Pod was active on the node longer than the specified deadline"))

    def test_delete_waits_for_the_grace_period(self):
        self.create({"sim.kubestep.dev/containers": "term=ignored"}, terminationGracePeriodSeconds=600)
        self.phase("Running")
        self.kubectl("delete", "pod", self.pod_name, "--wait=false")
        self.assertEqual(self.column(2), "Terminating")
        self.advance("601s")
        poll("it is gone", lambda: self.api.call("GET", "/api/v1/namespaces/default/pods/" + self.pod_name)[0] == 404)

    # ---- Starts ----

    def test_init_containers(self):
        self.create(initContainers=[{"name": "first", "image": "busybox", "command": ["sleep", "10m"]},
                                    {"name": "side", "image": "app", "restartPolicy": "Always"}])
        poll("Init:0/2", lambda: self.column(2) == "Init:0/2")
        self.until(lambda p: "running" in p["status"]["initContainerStatuses"][0]["state"])
        self.assertEqual(self.condition(self.got(), "Initialized").get("message"), "containers with incomplete status: [first side]")
        self.advance("11m")
        pod = self.phase("Running")
        self.assertIn("terminated", pod["status"]["initContainerStatuses"][0]["state"])
        self.assertIn("running", pod["status"]["initContainerStatuses"][1]["state"])
        self.assertEqual(self.column(1), "2/2")

    def test_image_that_is_not_there(self):
        self.run_pod(image="registry.invalid/app:1")
        pod = self.waiting("ImagePullBackOff")
        self.assertRegex(pod["status"]["containerStatuses"][0]["state"]["waiting"]["message"],
                         r'^Back-off pulling image "registry.invalid/app:1": ErrImagePull: .*no such host$')
        self.kubectl("set", "image", "pod/" + self.pod_name, self.pod_name + "=nginx")
        self.phase("Running")
        poll("events", lambda: {("Failed", "Error: ErrImagePull"), ("Failed", "Error: ImagePullBackOff")} <= self.reasons())

    def test_configuration_that_comes_late(self):
        self.create(container={"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "late", "key": "k"}}}],
                               "image": "busybox", "command": ["sh", "-c", "exit $(A)"]}, restartPolicy="Never")
        pod = self.waiting("CreateContainerConfigError")
        self.assertEqual(pod["status"]["containerStatuses"][0]["state"]["waiting"]["message"], 'configmap "late" not found')
        self.kubectl("create", "configmap", "late", "--from-literal=k=7")
        self.advance("1m")
        pod = self.phase("Failed")
        self.assertEqual(pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"], 7)

    def test_volume_that_comes_late(self):
        self.create(volumes=[{"name": "v", "secret": {"secretName": "late"}}])
        poll("an event", lambda: ("FailedMount", 'MountVolume.SetUp failed for volume "v" : secret "late" not found') in self.reasons())
        self.assertEqual(self.column(2), "ContainerCreating")
        self.kubectl("create", "secret", "generic", "late", "--from-literal=k=v")
        self.advance("5m")
        self.phase("Running")

    # ---- Probes ----

    def test_readiness(self):
        self.create({"sim.kubestep.dev/container.c": "ready-after=5m"}, container={"readinessProbe": {"httpGet": {"port": 80}}})
        pod = self.phase("Running")
        self.assertEqual(self.condition(pod, "Ready")["message"], "containers with unready status: [c]")
        self.assertEqual(self.column(1), "0/1")
        self.advance("6m")
        self.kubectl("wait", "--for=condition=Ready", "pod/" + self.pod_name, "--timeout=30s")
        poll("an event", lambda: ("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503") in self.reasons())

    def test_liveness(self):
        self.create({"sim.kubestep.dev/container.c": json.dumps({"liveness-fails-after": "5m"})},
                    container={"livenessProbe": {"exec": {"command": ["check"]}}})
        self.phase("Running")
        self.advance("6m")
        pod = self.until(lambda p: p["status"]["containerStatuses"][0]["restartCount"] == 1, "is started again")
        self.assertEqual(pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"], 143)
        poll("events", lambda: ("Killing", "Container c failed liveness probe, will be restarted") in self.reasons())

    def test_readiness_gates(self):
        self.create(readinessGates=[{"conditionType": "example.com/lb"}])
        pod = self.phase("Running")
        self.assertEqual(self.condition(pod, "Ready")["reason"], "ReadinessGatesNotReady")
        self.assertEqual(self.condition(pod, "ContainersReady")["status"], "True")
        status, answer = self.api.call("PATCH", "/api/v1/namespaces/default/pods/%s/status" % self.pod_name,
                                       {"status": {"conditions": [{"type": "example.com/lb", "status": "True"}]}},
                                       {"Content-Type": "application/strategic-merge-patch+json"})
        self.assertEqual(status, 200, answer)
        self.until(lambda p: self.condition(p, "Ready")["status"] == "True", "is ready")


if __name__ == "__main__":
    harness.main()
