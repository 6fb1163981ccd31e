#!/usr/bin/env python3
"""Decisions: what kubectl shows of them, and kubestep why, for pods that were placed and for those that wait."""
import unittest

import harness
from harness import find_kubectl, pod, poll


@unittest.skipUnless(find_kubectl(), "there is no kubectl")
class Decisions(harness.Test):
    UP = ["--nodes", "4"]

    def setUp(self):
        for node, change in (("node-1", ["taint", "node", "node-1", "dedicated=gpu:NoSchedule", "--overwrite"]),
                             ("node-2", ["cordon", "node-2"]), ("node-3", ["label", "node", "node-3", "disk=ssd", "--overwrite"])):
            self.kubectl(*change)
        for name, spec in (("placed", {}), ("label", {"nodeSelector": {"disk": "tape"}}),
                           ("big", {"containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "1000"}}}]})):
            self.kubectl("apply", "-f", self.home.write(name + ".json", pod(name, **spec)))
        poll("decisions are told", lambda: len(self.decisions()) >= 3)

    def decisions(self):
        return self.kubectl("get", "decisions", "-o", "json").json()["items"]

    def decision(self, pod_name):
        return self.kubectl("get", "decision", pod_name + "-1", "-o", "json").json()

    def why(self, *args, code=0):
        return self.cluster.kubestep("why", *args, code=code)

    def test_columns(self):
        lines = self.kubectl("get", "decisions").out.splitlines()
        self.assertEqual(lines[0].split(), ["NAME", "POD", "ATTEMPT", "RESULT", "NODE", "SCORE", "FEASIBLE", "TOOK", "AGE"])
        row = next(l for l in lines if l.startswith("placed-1 "))
        self.assertRegex(row, r"^placed-1 +placed +1 +Scheduled +node-[34] +\d+ +2/4 +\d+(us|\.\dms) +\d+s$")
        self.assertRegex("\n".join(lines), r"(?m)^big-1 +big +1 +Unschedulable +0/4 ")
        self.assertIn("0/4 nodes are available: ", self.kubectl("get", "decisions", "-o", "wide").out)

    def test_everything(self):
        text = self.kubectl("get", "decision", "label-1", "-o", "yaml").out
        for line in ("detail: dedicated=gpu:NoSchedule", "detail: disk=tape", "- node(s) were unschedulable", "wokenBy: "):
            self.assertIn(line, text)
        d = self.decision("placed")["status"]
        self.assertEqual([len(d["nodes"]), d["evaluated"], d["feasible"], d["allNodes"]], [4, 4, 2, 4])
        fits = [n for n in d["nodes"] if n["feasible"]]
        self.assertEqual(sorted(n["name"] for n in fits), ["node-3", "node-4"])
        for n in fits:
            self.assertEqual(sum(s["weighted"] for s in n["scores"]), n["total"])
            self.assertEqual({f["code"] for f in n["filters"]}, {"Success"})
        self.assertEqual(max(n["total"] for n in fits), d["score"])
        sources = {p["name"]: p["source"] for p in d["plugins"]}
        self.assertEqual(sources["TaintToleration"], "scheduler/plugins/taint_toleration.c")
        for point in ("preFilterNanos", "filterNanos", "preScoreNanos", "scoreNanos", "normalizeScoreNanos"):
            self.assertGreater(d["extensionPoints"][point], 0)
        lacking = [f["lacking"] for n in self.decision("big")["status"]["nodes"] for f in n["filters"] if "lacking" in f]
        self.assertEqual([l[0]["resource"] for l in lacking], ["cpu"] * 2)

    def test_why(self):
        r = self.why("pod/placed")
        self.assertRegex(r.out, r"^pod/placed is on node-[34]: \d+ points")
        self.assertRegex(r.out, r"(?m)^node-1 +no   TaintToleration: ")
        r = self.why("label")
        changes = next(part for part in r.out.split("\n\n") if part.startswith("What would have to change"))
        self.assertEqual(changes.splitlines()[1:], ["  node-2: is cordoned",
                                                               "  node-1: taint dedicated=gpu:NoSchedule is not tolerated",
                                                               "  node-3,node-4: label disk=tape is asked for"])
        self.assertRegex(self.why("big").out, r"(?m)^  node-[34](,node-[34])?: \d+m? cpu short, even if it were empty$")
        for name in ("placed", "label", "big"):
            for line in self.why(name).out.splitlines()[1:]:
                self.assertLessEqual(len(line), 80, line)

    def test_why_one_node(self):
        r = self.why("label", "--node", "node-3")
        self.assertRegex(r.out, r"^pod/label does not fit node-3\.\n")
        self.assertRegex(" ".join(r.out.split()), r"NodeAffinity UnschedulableAndUnresolvable: .*: disk=tape$")
        r = self.why("placed", "--node", self.decision("placed")["status"]["node"])
        self.assertIn("and was placed there.", r.out)
        self.assertIn("decided in scheduler/plugins/taint_toleration.c", r.out)
        self.assertEqual(self.why("placed", "--node", "node-9", code=1).out, "node-9 was not looked at.\n")

    def test_why_an_attempt(self):
        self.kubectl("apply", "-f", self.home.write("late.json", pod("late", nodeSelector={"time": "late"})))
        poll("it fits nowhere", lambda: self.why("late", code=None).out.startswith("pod/late is on no node: "))
        self.kubectl("label", "node", "node-4", "time=late")
        poll("it fits", lambda: self.why("late").out.startswith("pod/late is on node-4: "))
        self.assertEqual(self.why("late", "--attempt", "1", "-o", "json").json()["metadata"]["name"], "late-1")
        self.assertRegex(self.why("late", "--attempt", "1").out, r"^pod/late is on no node: ")
        self.assertIn("no attempt 99 ", self.why("late", "--attempt", "99", code=1).err)


if __name__ == "__main__":
    harness.main()
