#!/usr/bin/env python3
"""random_queue.py SEED COUNT - writes a file of cases to stdout: what happens to the scheduler's queue, at random. The same
seed, the same cases. README.md says how to ask the oracle about them."""
import random
import sys

from random_preemption import text

PLUGINS = ["NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity", "NodePorts", "NodeResourcesFit",
           "VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone", "PodTopologySpread",
           "InterPodAffinity", "NodeDeclaredFeatures"]
COMMON = ["NodeResourcesFit", "NodeAffinity", "TaintToleration", "PodTopologySpread", "InterPodAffinity"]
ACTIONS = {"add": 14, "change": 10, "remove": 2, "activate": 2, "pop": 24, "refuse": 20, "done": 4, "node": 8,
           "on": 8, "gone": 5, "pass": 14}


class Case:
    def __init__(self, rnd):
        self.rnd = rnd
        self.lines = []
        self.waiting = {}
        self.running = {}
        self.nodes = {}
        self.known = 0

    def say(self, *words):
        self.lines.append("    queue " + " ".join(w if isinstance(w, str) else text(w) for w in words))

    def maybe(self, chance):
        return self.rnd.random() < chance

    def labels(self):
        return {"labels": {"app": self.rnd.choice("abc")}} if self.maybe(0.7) else {}

    def selector(self):
        return {"matchLabels": {"app": self.rnd.choice("abc")}}

    def container(self, cpu):
        c = {"name": "c"}
        if cpu:
            c["resources"] = {"requests": {"cpu": str(cpu)}}
        return c

    def spec(self):
        spec = {"priority": self.rnd.choice([0, 0, 1, 5]), "containers": [self.container(self.rnd.randint(0, 4))]}
        term = {"labelSelector": self.selector(), "topologyKey": self.rnd.choice(["zone", "host"])}
        kind = self.rnd.choice(["podAffinity", "podAntiAffinity"])
        if self.maybe(0.25):
            spec["affinity"] = {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
        if self.maybe(0.25):
            spec["topologySpreadConstraints"] = [{"maxSkew": 1, "topologyKey": "zone", "labelSelector": self.selector(),
                                                  "whenUnsatisfiable": "DoNotSchedule"}]
        if self.maybe(0.3):
            spec["nodeSelector"] = {"disk": self.rnd.choice(["ssd", "hdd"])}
        if self.maybe(0.3):
            spec["tolerations"] = [{"key": "t", "operator": "Exists"}]
        if self.maybe(0.1):
            spec["containers"][0]["ports"] = [{"containerPort": 80, "hostPort": 80}]
        return spec

    def add(self):
        self.known += 1
        pod = {**self.labels(), "spec": self.spec()}
        if self.maybe(0.15):
            pod["spec"]["schedulingGates"] = [{"name": "g"}]
        self.waiting[f"p{self.known}"] = pod
        self.say("add", f"p{self.known}", pod)

    def change(self):
        if not self.waiting:
            return
        name = self.rnd.choice(list(self.waiting))
        pod = self.waiting[name]
        spec = dict(pod["spec"])
        what = self.rnd.choice(["labels", "less", "gates", "tolerations", "status", "other", "priority", "two"])
        pod = {**pod, "spec": spec}
        if what in ("labels", "two"):
            pod["labels"] = {"app": self.rnd.choice("abc"), "v": str(self.rnd.randint(1, 9))}
        if what in ("less", "two"):
            spec["containers"] = [self.container(self.rnd.randint(0, 1))]
        if what == "gates":
            spec.pop("schedulingGates", None)
        if what == "tolerations":
            spec["tolerations"] = spec.get("tolerations", []) + [{"key": self.rnd.choice("tu"), "operator": "Exists"}]
        if what == "status":
            pod["conditions"] = [{"type": "X", "status": "True"}]
        if what == "other":
            spec["activeDeadlineSeconds"] = self.rnd.randint(1, 99)
        if what == "priority":
            spec["priority"] = self.rnd.randint(0, 5)
        self.waiting[name] = pod
        self.say("add", name, pod)

    def remove(self):
        if self.waiting:
            name = self.rnd.choice(list(self.waiting))
            del self.waiting[name]
            self.say("remove", name)

    def activate(self):
        if self.waiting:
            self.say("activate", self.rnd.choice(list(self.waiting)))

    def pop(self):
        self.say("pop")

    def refuse(self):
        by = self.rnd.sample(COMMON if self.maybe(0.7) else PLUGINS, self.rnd.choice([0, 1, 1, 1, 2, 3]))
        self.say("refuse", self.rnd.choice(["first", "last"]), *sorted(by))

    def done(self):
        self.say("done", self.rnd.choice(["first", "last"]))

    def node(self):
        name = f"n{self.rnd.randint(1, 3)}"
        labels = {"zone": self.rnd.choice("ab"), "host": name}
        if self.maybe(0.5):
            labels["disk"] = self.rnd.choice(["ssd", "hdd"])
        n = {"labels": labels, "allocatable": {"cpu": str(self.rnd.randint(1, 4)), "memory": "8Gi", "pods": "110"}}
        if self.maybe(0.3):
            n["taints"] = [{"key": self.rnd.choice("tu"), "effect": "NoSchedule"}]
        if self.maybe(0.1):
            n["unschedulable"] = True
        before = self.nodes.get(name)
        if before and self.maybe(0.6):
            changed = self.rnd.choice(list(n))
            n = {**before, changed: n[changed]}
        self.nodes[name] = n
        self.say("node", name, n)

    def on(self):
        if self.running and self.maybe(0.4):
            name = self.rnd.choice(list(self.running))
            where, pod = self.running[name]
            pod = {**pod, "spec": dict(pod["spec"])}
            if self.maybe(0.5):
                pod["labels"] = {"app": self.rnd.choice("abc")}
            else:
                pod["spec"]["containers"] = [self.container(self.rnd.randint(0, 1))]
        else:
            self.known += 1
            name, where, pod = f"r{self.known}", f"n{self.rnd.randint(1, 3)}", {**self.labels(), "spec": self.spec()}
        self.running[name] = (where, pod)
        self.say("on", where, name, pod)

    def gone(self):
        if self.running:
            name = self.rnd.choice(list(self.running))
            del self.running[name]
            self.say("gone", name)

    def let_pass(self):
        some = [f"{self.rnd.randint(1, 999)}ms", f"{self.rnd.randint(1, 4)}s", f"{self.rnd.randint(1, 40) * 500}ms"]
        self.say("pass", self.rnd.choice(some) if self.maybe(0.95) else "301s")

    def make(self):
        setattr(self, "pass", self.let_pass)
        for _ in range(self.rnd.randint(2, 4)):
            self.add()
        for action in self.rnd.choices(list(ACTIONS), ACTIONS.values(), k=50):
            getattr(self, action)()
        return self.lines


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    print(f"# The queue at random: random_queue.py {seed} {count}.\nplugins all")
    for i in range(count):
        print(f"case {seed}.{i + 1}")
        print("\n".join(Case(random.Random(seed * 1000003 + i)).make()))


main()
