#!/usr/bin/env python3
"""kubestep simulate against reality: a running cluster is printed by kubectl, a workload is tried out on the print, and then
really applied. Where only one answer is right, both give it: which node, how many fit, who has to go, why the rest does not."""
import json
import os
import unittest

import harness
from harness import pod, poll

KINDS = "nodes,pods,pv,pvc,sc,pdb,priorityclasses,services,replicasets,statefulsets,namespaces"


def deployment(name, replicas, **spec):
    labels = {"app": name}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels},
                     "template": {"metadata": {"labels": labels}, "spec": pod("x", **spec)["spec"]}}}


class Simulate(harness.Test):
    @classmethod
    def setUpClass(cls):
        harness.need("kubectl")
        cls.home = harness.Home()
        cls.addClassCleanup(cls.home.close)
        cls.cluster = cls.home.up("--nodes", "4")
        cls.api, cls.kubectl = cls.cluster.api, cls.cluster.kubectl
        for i, disk in enumerate(("ssd", "hdd", "hdd", "none"), 1):
            cls.kubectl("label", "node", "node-%d" % i, "disk=" + disk)

    def setUp(self):
        self.kubectl("delete", "deployments,pods", "--all", "--now")
        poll("an empty namespace", lambda: not self.pods())

    def pods(self, app=None):
        items = self.api.get("/api/v1/namespaces/default/pods")["items"]
        return [p for p in items if app is None or p["metadata"]["labels"].get("app") == app]

    def placed(self, app, count):
        """The nodes of the app's pods, sorted, once so many are bound; those that are not have been tried."""
        def bound():
            nodes = sorted(p["spec"]["nodeName"] for p in self.pods(app) if p["spec"].get("nodeName"))
            return nodes if len(nodes) == count else None
        return poll("%d pods of %s are placed" % (count, app), bound)

    def condition(self, app):
        """What the scheduler says of the pods that fit nowhere, each text once."""
        def texts():
            waiting = [p for p in self.pods(app) if not p["spec"].get("nodeName")]
            found = [c["message"] for p in waiting for c in p["status"].get("conditions", []) if c["type"] == "PodScheduled"]
            return set(found) if waiting and len(found) == len(waiting) else None
        return poll("conditions of the pods of " + app, texts)

    def dump(self, form="yaml"):
        text = self.kubectl("get", KINDS, "-A", "-o", form).out
        return self.home.write("dump." + form, text)

    def simulate(self, workload, *args, form="yaml", code=0):
        path = self.home.write("workload.json", json.dumps(workload))
        r = self.home.kubestep("simulate", "--cluster", self.dump(form), "-f", path, "-o", "json", *args, code=code)
        return r.json()["results"]

    def nodes_of(self, result):
        return sorted(p["node"] for p in result["placements"] if p.get("node"))

    def apply(self, what):
        path = self.home.write("apply.json", json.dumps(what))
        self.kubectl("apply", "-f", path)

    def test_where_and_why(self):
        """One node has what the pods want, and room for some of them."""
        self.apply(deployment("old", 3, cpu="1", nodeSelector={"disk": "ssd"}))
        self.placed("old", 3)
        web = deployment("web", 12, cpu="1500m", nodeSelector={"disk": "ssd"})
        result = self.simulate(web, code=1)[0]
        self.apply(web)
        nodes = self.placed("web", result["placed"])
        self.assertEqual(self.nodes_of(result), nodes)
        self.assertEqual(set(nodes), {"node-1"})
        self.assertEqual({p["message"] for p in result["placements"] if not p.get("node")}, self.condition("web"))
        self.assertEqual(result["placed"] + result["unschedulable"], 12)
        self.assertEqual(result["more"], 0)

    def test_how_many_more(self):
        """So many more as it says really fit, and not one more; from JSON as from YAML."""
        self.apply(deployment("old", 5, cpu="700m"))
        self.placed("old", 5)
        web = deployment("web", 1, cpu="1300m", nodeSelector={"disk": "hdd"})
        results = [self.simulate(web, "--fill", form=form)[0] for form in ("yaml", "json")]
        self.assertEqual(results[0], results[1])
        fits = results[0]["placed"] + results[0]["more"]
        self.assertGreater(fits, 3)
        web["spec"]["replicas"] = fits + 2
        self.apply(web)
        self.placed("web", fits)
        self.condition("web")
        self.assertEqual(len(self.pods("web")), fits + 2)
        self.placed("web", fits)

    def test_one_on_each(self):
        """Pods that keep apart: the answer is one a node, the way is the scheduler's own."""
        apart = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}]}}
        web = deployment("web", 6, affinity=apart)
        result = self.simulate(web, code=1)[0]
        self.apply(web)
        self.assertEqual(self.placed("web", 4), self.nodes_of(result))
        self.assertEqual({p["message"] for p in result["placements"] if not p.get("node")}, self.condition("web"))

    def test_victims(self):
        """Who has to go, goes."""
        self.apply({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "urgent"}, "value": 1000})
        for name in ("low-1", "low-2"):
            self.apply(pod(name, cpu="1", labels={"app": "low"}, nodeSelector={"disk": "none"}, terminationGracePeriodSeconds=1))
        self.placed("low", 2)
        cpu = self.api.get("/api/v1/nodes/node-4")["status"]["allocatable"]["cpu"]
        urgent = pod("urgent", cpu=cpu, nodeSelector={"disk": "none"}, priorityClassName="urgent")
        result = self.simulate(urgent)[0]
        victims = sorted(v["name"] for v in result["placements"][0]["victims"])
        self.assertEqual(victims, ["low-1", "low-2"])
        self.apply(urgent)
        self.assertEqual(self.placed("urgent", 1), ["node-4"])
        self.assertEqual([p["metadata"]["name"] for p in self.pods()], ["urgent"])

    def test_text(self):
        path = self.home.write("workload.json", json.dumps(deployment("web", 2, nodeSelector={"disk": "ssd"})))
        r = self.home.kubestep("simulate", "--cluster", self.dump(), "-f", path)
        self.assertIn("All 2 pods are placed, on 1 of 4 nodes.", r.out)
        self.assertIn("    2 on node-1\n", r.out)
        self.assertEqual(r.err, "")

    def test_bad_input(self):
        kubestep, home = self.home.kubestep, self.home
        workload = home.write("workload.json", json.dumps(deployment("web", 1)))
        none = os.path.join(home.dir, "none")
        self.assertIn("simulate --help", kubestep("simulate", code=2).err)
        kubestep("simulate", "--cluster", none, "-f", workload, code=1)
        kubestep("simulate", "--cluster", workload, "-f", none, code=1)
        r = kubestep("simulate", "--cluster", home.write("bad.yaml", "items: [{apiVersion: v1, kind: Node, spec: 7}]\n"),
                     "-f", workload, code=1)
        self.assertIn("bad.yaml: item 1, Node : json: cannot unmarshal number", r.err)
        self.assertEqual(r.out, "")
        kubestep("simulate", "--cluster", workload, "-f", workload, "--replicas", "-1", code=2)


if __name__ == "__main__":
    harness.main()
