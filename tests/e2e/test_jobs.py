#!/usr/bin/env python3
"""Jobs, CronJobs and the TTL of finished Jobs: kubectl on a whole cluster, time moved where it has to pass."""
import json
import unittest

import harness
from harness import kubectl_minor, poll

harness.need("kubectl")


def job(name, command, **spec):
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
            "spec": {"template": {"spec": {"restartPolicy": "Never",
                                           "containers": [{"name": "c", "image": "busybox", "command": command}]}}, **spec}}


class Jobs(harness.Test):
    def tearDown(self):
        self.kubectl("delete", "cronjobs,jobs", "--all", "--cascade=background")
        poll("no pods", lambda: not self.pods())

    def get(self, what, name):
        return json.loads(self.kubectl("get", what, name, "-o", "json").out)

    def pods(self, of=None):
        items = self.api.get("/api/v1/namespaces/default/pods")["items"]
        return [p for p in items if not of or p["metadata"]["labels"].get("job-name") == of]

    def jobs(self):
        return self.api.get("/apis/batch/v1/namespaces/default/jobs")["items"]

    def create(self, body):
        return self.api.post("/apis/batch/v1/namespaces/default/jobs", body)

    def clock(self, *args):
        self.cluster.kubestep("clock", *args, seconds=120)

    def events(self, kind, name):
        return {(e["reason"], e["message"]) for e in self.api.get("/api/v1/namespaces/default/events")["items"]
                if e["involvedObject"]["kind"] == kind and e["involvedObject"]["name"] == name}

    def wait(self, what, condition):
        self.kubectl("wait", "--for=condition=" + condition, what, "--timeout=25s")

    def conditions(self, name):
        return [(c["type"], c["status"], c.get("reason")) for c in self.get("job", name)["status"].get("conditions", [])]

    def untracked(self):
        for p in self.pods():
            self.assertNotIn("batch.kubernetes.io/job-tracking", p["metadata"].get("finalizers", []), p["metadata"]["name"])

    def test_runs_to_its_end(self):
        self.kubectl("create", "job", "one", "--image=busybox", "--", "true")
        self.wait("job/one", "complete")
        status = self.get("job", "one")["status"]
        self.assertEqual((status["succeeded"], status["ready"], status["terminating"]), (1, 0, 0))
        self.assertEqual(status["uncountedTerminatedPods"], {})
        self.assertEqual(self.conditions("one"), [("SuccessCriteriaMet", "True", "CompletionsReached"),
                                                  ("Complete", "True", "CompletionsReached")])
        self.assertIn("Completed", self.kubectl("get", "pods").out)
        self.untracked()
        poll("the events", lambda: ("Completed", "Job completed") in self.events("Job", "one"))
        row = self.kubectl("get", "job", "one").out.splitlines()[1].split()
        self.assertEqual(row[:3], ["one", "Complete", "1/1"])

    def test_gives_up(self):
        self.create(job("bad", ["sh", "-c", "exit 3"], backoffLimit=2))
        poll("the first failure", lambda: self.get("job", "bad")["status"].get("failed"))
        self.clock("advance", "2m")
        self.wait("job/bad", "failed")
        self.assertEqual(self.get("job", "bad")["status"]["failed"], 3)
        self.assertEqual(self.conditions("bad"), [("FailureTarget", "True", "BackoffLimitExceeded"),
                                                  ("Failed", "True", "BackoffLimitExceeded")])
        starts = sorted(p["metadata"]["creationTimestamp"] for p in self.pods("bad"))
        self.assertEqual(len(set(starts)), 3, "each waits longer: %s" % starts)
        self.untracked()
        poll("the event", lambda: ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
             in self.events("Job", "bad"))

    def test_a_policy_ends_it_at_once(self):
        rules = [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}]
        self.create(job("policy", ["sh", "-c", "exit 42"], podFailurePolicy={"rules": rules}))
        self.wait("job/policy", "failed")
        self.assertEqual(self.get("job", "policy")["status"]["failed"], 1)
        failed = [c for c in self.get("job", "policy")["status"]["conditions"] if c["type"] == "Failed"][0]
        self.assertRegex(failed["message"], r"^Container c for pod default/policy-\w+ failed with exit code 42 matching "
                                            r"FailJob rule at index 0$")

    def test_every_index_once(self):
        self.create(job("idx", ["true"], completions=5, parallelism=3, completionMode="Indexed"))
        self.wait("job/idx", "complete")
        self.assertEqual(self.get("job", "idx")["status"]["completedIndexes"], "0-4")
        indexes = [p["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] for p in self.pods("idx")]
        self.assertEqual(sorted(indexes), list("01234"))
        for p in self.pods("idx"):
            self.assertEqual(p["spec"]["hostname"], "idx-" + p["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"])
        self.untracked()

    def test_suspend_and_resume(self):
        self.create(job("nap", ["sleep", "1000"], parallelism=2, completions=2, suspend=True))
        poll("suspended", lambda: self.conditions("nap") == [("Suspended", "True", "JobSuspended")])
        self.assertEqual(self.pods("nap"), [])
        self.kubectl("patch", "job", "nap", "--type=merge", "-p", '{"spec":{"suspend":false}}')
        poll("two pods", lambda: self.get("job", "nap")["status"].get("ready") == 2)
        self.assertEqual(self.conditions("nap"), [("Suspended", "False", "JobResumed")])
        self.kubectl("patch", "job", "nap", "--type=merge", "-p", '{"spec":{"suspend":true}}')
        self.clock("advance", "1m")
        poll("no pods", lambda: not self.pods("nap"))
        status = self.get("job", "nap")["status"]
        self.assertNotIn("failed", status)
        self.assertNotIn("startTime", status)

    def test_a_deadline(self):
        self.create(job("late", ["sleep", "100000"], activeDeadlineSeconds=60))
        poll("a ready pod", lambda: self.get("job", "late")["status"].get("ready"))
        self.clock("advance", "3m")
        self.wait("job/late", "failed")
        self.assertEqual(self.conditions("late")[-1], ("Failed", "True", "DeadlineExceeded"))
        poll("its pod is gone", lambda: not self.pods("late"))

    def test_its_pods_may_stay(self):
        self.create(job("parent", ["sleep", "100000"]))
        poll("a pod", lambda: self.pods("parent"))
        self.kubectl("delete", "job", "parent", "--cascade=orphan")
        poll("an orphan without finalizer", lambda: [p for p in self.pods("parent") if "ownerReferences" not in p["metadata"]
                                                     and "finalizers" not in p["metadata"]])
        self.kubectl("delete", "pod", self.pods("parent")[0]["metadata"]["name"], "--force", "--grace-period=0")

    def test_it_goes_when_its_time_is_over(self):
        self.create(job("brief", ["true"], ttlSecondsAfterFinished=600))
        self.wait("job/brief", "complete")
        self.clock("advance", "9m")
        self.assertEqual(len(self.jobs()), 1)
        self.clock("advance", "2m")
        poll("the job and its pod are gone", lambda: not self.jobs() and not self.pods())

    def test_cron(self):
        if kubectl_minor() >= 21:
            self.kubectl("create", "cronjob", "tick", "--image=busybox", "--schedule=*/10 * * * *", "--", "true")
            self.kubectl("create", "job", "by-hand", "--from=cronjob/tick")
            self.wait("job/by-hand", "complete")
        else:  # it writes batch/v1beta1
            spec = {"schedule": "*/10 * * * *", "jobTemplate": {"spec": job("x", ["true"])["spec"]}}
            self.api.post("/apis/batch/v1/namespaces/default/cronjobs", {"metadata": {"name": "tick"}, "spec": spec})
        self.clock("advance", "1h1m")
        status = poll("all have ended", lambda: self.ended_cron("tick"))
        self.assertEqual(status["lastScheduleTime"][14:], status["lastScheduleTime"][14:16] + ":00Z")
        created = [m for r, m in self.events("CronJob", "tick") if r == "SuccessfulCreate"]
        self.assertEqual(len(created), 6, created)
        runs = [j for j in self.jobs() if j["metadata"]["name"] != "by-hand"]
        self.assertIn(len(runs), (2, 3), "three are kept, the one made by hand may be one of them")
        for j in runs:
            at = j["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"]
            self.assertEqual(int(at[14:16]) % 10, 0)
            self.assertEqual(j["metadata"]["ownerReferences"][0]["name"], "tick")
        self.assertIn("*/10 * * * *   <none>     False", self.kubectl("get", "cronjob", "tick").out)

    def ended_cron(self, name):
        status = self.get("cronjob", name)["status"]
        return status if "active" not in status and "lastSuccessfulTime" in status else None

    def test_cron_one_at_a_time(self):
        spec = {"schedule": "*/10 * * * *", "concurrencyPolicy": "Forbid",
                "jobTemplate": {"spec": job("x", ["sleep", "100000"])["spec"]}}
        self.api.post("/apis/batch/v1/namespaces/default/cronjobs", {"metadata": {"name": "slow"}, "spec": spec})
        self.clock("advance", "45m")
        self.assertEqual(len(self.jobs()), 1)
        poll("the event", lambda: "JobAlreadyActive" in {r for r, _ in self.events("CronJob", "slow")})
        self.kubectl("patch", "cronjob", "slow", "--type=merge", "-p", '{"spec":{"concurrencyPolicy":"Replace"}}')
        self.clock("advance", "11m")
        first = self.jobs()[0]["metadata"]["name"]
        self.clock("advance", "10m")
        poll("another one", lambda: [j["metadata"]["name"] for j in self.jobs()] not in ([first], []))


if __name__ == "__main__":
    harness.main()
