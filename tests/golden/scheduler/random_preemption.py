#!/usr/bin/env python3
"""random_preemption.py SEED COUNT - writes a file of cases to stdout: small random clusters, full or nearly, and a pod for
which somebody might have to go. The same seed, the same clusters. README.md says how to ask the oracle about them."""
import random
import sys

KEY = "kubernetes.io/hostname"
APPS = ["a", "b", "c"]


def text(value):
    """YAML in flow form."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(text(v) for v in value) + "]"
    if isinstance(value, str):
        return '"' + value + '"'
    return str(value).lower() if isinstance(value, bool) else str(value)


class Cluster:
    def __init__(self, rnd):
        self.rnd = rnd
        self.lines = []
        self.ports = {}
        self.most = rnd.choice([3, 10, 10, 1000])

    def maybe(self, chance):
        return self.rnd.random() < chance

    def say(self, *words):
        self.lines.append("    " + " ".join(w if isinstance(w, str) else text(w) for w in words))

    def selector(self):
        app = self.rnd.choice(APPS)
        if self.maybe(0.3):
            operator = self.rnd.choice(["In", "NotIn", "Exists", "DoesNotExist"])
            values = {"values": self.rnd.sample(APPS, 2)} if "In" in operator else {}
            return {"matchExpressions": [{"key": "app", "operator": operator, **values}]}
        return {"matchLabels": {"app": app}}

    def term(self):
        return {"labelSelector": self.selector(), "topologyKey": self.rnd.choice([KEY, "zone"])}

    def affinity(self):
        spec = {}
        if self.maybe(0.3):
            spec["podAntiAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": [self.term()]}
        if self.maybe(0.15):
            spec["podAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": [self.term()]}
        return {"affinity": spec} if spec else {}

    def spread(self):
        return [{"maxSkew": self.rnd.randint(1, 2), "topologyKey": self.rnd.choice([KEY, "zone"]),
                 "whenUnsatisfiable": "DoNotSchedule", "labelSelector": self.selector()}]

    def requests(self, cpu):
        r = {}
        if self.maybe(0.8):
            r["cpu"] = str(self.rnd.randint(1, cpu))
        if self.maybe(0.4):
            r["memory"] = f"{self.rnd.randint(1, 4)}Gi"
        if self.maybe(0.2):
            r["example.com/gpu"] = str(self.rnd.randint(1, 2))
        return {"resources": {"requests": r}} if r else {}

    def pod(self, node, cpu, priority):
        container = {"name": "c", **self.requests(cpu)}
        spec = {"priority": priority}
        port = self.rnd.randint(8080, 8082)
        if self.maybe(0.15) and (node is None or (node, port) not in self.ports):
            self.ports[node, port] = True
            container["ports"] = [{"containerPort": 80, "hostPort": port}]
        spec["containers"] = [container]
        if self.maybe(0.1):
            spec["initContainers"] = [{"name": "i", **({"restartPolicy": "Always"} if self.maybe(0.5) else {}),
                                       **self.requests(2)}]
        if self.maybe(0.25):
            spec.update(self.affinity())
        labels = {"labels": {"app": self.rnd.choice(APPS)}} if self.maybe(0.85) else {}
        return {**labels, **({"namespace": "other"} if self.maybe(0.05) else {}), "spec": spec}

    def running(self, node):
        p = self.pod(node, 2, self.rnd.randint(0, self.most + 1))
        if self.maybe(0.85):
            p["startTime"] = f"2026-03-01T0{self.rnd.randint(0, 5)}:00:00Z"
        if self.maybe(0.07):
            p["metadata"] = {"deletionTimestamp": "2027-01-15T08:01:00Z"}
            if self.maybe(0.5):
                p["conditions"] = [{"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}]
        return p

    def node(self, name):
        n = {"labels": {KEY: name, **({"zone": self.rnd.choice("ab")} if self.maybe(0.9) else {})}}
        gpus = {"example.com/gpu": str(self.rnd.randint(1, 3))} if self.maybe(0.5) else {}
        n["allocatable"] = {"cpu": str(self.rnd.randint(1, 6)), "memory": "8Gi",
                            "pods": self.rnd.choice(["3", "5", "110"]), **gpus}
        if self.maybe(0.07):
            n["unschedulable"] = True
        if self.maybe(0.07):
            n["taints"] = [{"key": "t", "effect": self.rnd.choice(["NoSchedule", "NoExecute", "PreferNoSchedule"])}]
        return n

    def budget(self, name):
        status = {"disruptionsAllowed": self.rnd.choice([0, 0, 1, 2])}
        if self.maybe(0.2):
            status["disruptedPods"] = {f"p{self.rnd.randint(1, 12)}": "2027-01-15T07:59:00Z"}
        self.say("object", {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                            "metadata": {"name": name, "namespace": "other" if self.maybe(0.1) else "default"},
                            "spec": {"selector": {} if self.maybe(0.05) else self.selector()}, "status": status})

    def make(self):
        nodes = [f"n{i + 1}" for i in range(self.rnd.randint(1, 7))]
        if self.maybe(0.3):
            self.say("args DefaultPreemption", {"minCandidateNodesAbsolute": self.rnd.randint(1, 3),
                                                "minCandidateNodesPercentage": self.rnd.randint(0, 60)})
        for name in nodes:
            self.say("node", name, self.node(name))
        for i in range(self.rnd.choice([0, 1, 2, 3])):
            self.budget(f"b{i + 1}")
        for i in range(self.rnd.randint(len(nodes), 4 * len(nodes))):
            node = self.rnd.choice(nodes)
            self.say("on", node, f"p{i + 1}", self.running(node))
        if self.maybe(0.3):
            self.say("nominated", self.rnd.choice(nodes), "q", self.pod(None, 2, self.rnd.randint(0, 2 * self.most)))
        self.place(nodes)
        return self.lines

    def place(self, nodes):
        p = self.pod(None, 8, self.rnd.randint(1, self.most))
        if self.maybe(0.2):
            p["spec"]["topologySpreadConstraints"] = self.spread()
        if self.maybe(0.15):
            p["nominatedNodeName"] = self.rnd.choice(nodes)
        if self.maybe(0.1):
            p["spec"]["tolerations"] = [{"operator": "Exists"}]
        if self.maybe(0.03):
            p["spec"]["preemptionPolicy"] = "Never"
        self.say("pod", p)


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    print(f"# Random clusters: random_preemption.py {seed} {count}.\nplugins all")
    for i in range(count):
        print(f"case {seed}.{i + 1}")
        print("\n".join(Cluster(random.Random(seed * 1000003 + i)).make()))


if __name__ == "__main__":
    main()
