#!/usr/bin/env python3
"""properties.py - what must hold for any two configurations that two managers apply.

    properties.py --apply build/bin/golden_apply [--seed N] [--count N] [--show N]

Apply A, apply B by force, apply nothing as A: the object is what B alone makes of it, B owns what it owns alone, and A
owns nothing. To apply B once more changes nothing. Configurations are drawn at random for every shape below. None is
empty, nor a struct of one: {} in B goes with the last member that A had there, here as in upstream.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile

A, B = "a", "b"

# ---- Shapes: a list of values to choose from; a dict is a struct ----


class Map:
    def __init__(self, value, keys="xyz"):
        self.value, self.keys = value, keys


class Keyed:
    """A list of structs that are known by some of their members."""

    def __init__(self, item, **keys):
        self.item, self.keys = item, keys


class Set:
    def __init__(self, *values):
        self.values = values


class Atomic(Set):
    pass


class All(dict):
    """A struct that needs all of its members."""


META = {"labels": Map(["1", "2"]), "annotations": Map(["1", "2"], "uvw"), "finalizers": Set("f/1", "f/2", "f/3")}
CONTAINER = {
    "image": ["i:1", "i:2"], "args": Atomic("x", "y"), "workingDir": ["/a", "/b"],
    "env": Keyed({"value": ["1", "2"]}, name=["A", "B", "C"]),
    "ports": Keyed({"name": ["p"]}, containerPort=[80, 81], protocol=["TCP", "UDP"]),
    "resources": {"limits": Map(["1", "2"], ["cpu", "memory"]), "requests": Map(["1"], ["cpu", "memory"])},
    "volumeMounts": Keyed(All(name=["v", "w"]), mountPath=["/x", "/y"]),
}
THINGS = """[{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object,
 properties: {size: {type: integer}, tags: {type: array, x-kubernetes-list-type: set, items: {type: string}},
 plain: {type: array, items: {type: string}}, whole: {type: object, x-kubernetes-map-type: atomic, additionalProperties: {type: string}},
 deep: {type: object, additionalProperties: {type: object, additionalProperties: {type: string}}},
 ports: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [name, protocol], items: {type: object,
 required: [name], properties: {name: {type: string}, protocol: {type: string, default: TCP}, port: {type: integer},
 tags: {type: array, x-kubernetes-list-type: set, items: {type: string}},
 extra: {type: object, additionalProperties: {type: string}}}}}}}}}}}]""".replace("\n", "")

SHAPES = {
    "v1/configmaps": {"metadata": META, "data": Map(["1", "2"]), "binaryData": Map(["MQ==", "Mg=="], "rst"), "immutable": [True, False]},
    "apps/v1/deployments": {"metadata": META, "spec": {
        "replicas": [1, 2], "paused": [True], "minReadySeconds": [5, 6],
        "template": {"metadata": {"labels": Map(["1", "2"])}, "spec": {
            "containers": Keyed(CONTAINER, name=["c", "d", "e"]), "nodeSelector": Map(["1", "2"]),
            "volumes": Keyed(All(hostPath=All(path=["/x", "/y"])), name=["v", "w"]),
            "tolerations": Atomic({"key": "k"}, {"key": "l", "operator": "Exists"}),
            "hostAliases": Keyed({"hostnames": Atomic("g", "h")}, ip=["10.0.0.1", "10.0.0.2"])}}}},
    "v1/services": {"metadata": META, "spec": {
        "selector": Map(["1", "2"]), "loadBalancerSourceRanges": Atomic("1.1.1.1/8", "2.2.2.2/8"), "clusterIP": ["10.0.0.1", "10.0.0.2"],
        "ports": Keyed({"name": ["p", "q"], "targetPort": [80, "web"]}, port=[80, 81, 82], protocol=["TCP", "UDP"])}},
    "v1/persistentvolumes": {"metadata": META, "spec": {
        "capacity": Map(["1Gi", "2Gi"], ["storage"]), "accessModes": Atomic("ReadWriteOnce", "ReadOnlyMany"),
        "claimRef": {"name": ["p", "q"], "namespace": ["default"]}, "hostPath": All(path=["/x", "/y"])}},
    "example.com/v1/things": {"metadata": META, "spec": {
        "size": [1, 2], "tags": Set("a", "b", "c"), "plain": Atomic("a", "b"), "whole": Map(["1", "2"]),
        "deep": Map(Map(["1", "2"]), "pq"),
        "ports": Keyed({"port": [1, 2], "extra": Map(["1", "2"]), "tags": Set("a", "b")}, name=["n", "m"], protocol=["TCP", "UDP"])}},
}


class Drawer:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def some(self, items):
        items = [i for i in items if self.r.random() < 0.5]
        self.r.shuffle(items)
        return items

    def keyed(self, shape):
        seen = {}
        for _ in range(self.r.randint(1, 3)):
            keys = {k: self.r.choice(v) for k, v in shape.keys.items()}
            more = self.draw(shape.item) if isinstance(shape.item, All) or self.r.random() < 0.7 else {}
            seen[tuple(keys.values())] = {**keys, **more}
        return list(seen.values())

    def draw(self, shape):
        if isinstance(shape, list):
            return self.r.choice(shape)
        if isinstance(shape, All):
            return {k: self.draw(v) for k, v in shape.items()}
        if isinstance(shape, dict):
            return {k: self.draw(shape[k]) for k in self.some(shape) or [next(iter(shape))]}
        if isinstance(shape, Map):
            return {k: self.draw(shape.value) for k in self.some(shape.keys) or [shape.keys[0]]}
        if isinstance(shape, Keyed):
            return self.keyed(shape)
        return self.some(shape.values) or [shape.values[0]]


# ---- Steps and what comes of them ----


def text_of(cases):
    """All cases as a file. Two of each: both managers, and B alone."""
    lines = [f"define example.com {THINGS}"]
    for n, (kind, a, b) in enumerate(cases):
        lines += [f"kind {kind}", "", f"case {n}", f"    apply {A} {json.dumps(a)}", f"    apply {B} force {json.dumps(b)}",
                  f"    apply {B} {json.dumps(b)}", f"    apply {A} {{}}", "", f"case {n} alone", f"    apply {B} {json.dumps(b)}", ""]
    return "\n".join(lines)


def outcomes(text):
    """Of each case its steps: the object, and the entries, or what was refused."""
    cases = []
    for line in text.split("\n"):
        if line.startswith("case "):
            cases.append([])
        elif line.startswith("    apply "):
            cases[-1].append({"entries": []})
        elif line.startswith("        | "):
            cases[-1][-1]["object"] = json.loads(line[10:])
        elif line.startswith("        > "):
            cases[-1][-1]["entries"].append(line[10:])
        elif line.startswith("        ! "):
            cases[-1][-1]["refused"] = line[10:]
    return cases


def owned(step):
    """manager -> its fields, of one step."""
    return {e.split(" ")[1]: json.loads(e.split(" ", 4)[4]) for e in step["entries"]}


def wrong(both, alone):
    """What does not hold, or None."""
    _, second, again, last = both
    if any("refused" in s for s in both + alone):
        return "refused"
    if again != second:
        return "applying B again changed something"
    if A in owned(last):
        return "A owns something still"
    if owned(last) != owned(alone[0]):
        return "B owns something else than alone"
    if last["object"] != alone[0]["object"]:
        return "the object is another one than B's alone"
    return None


def main():
    p = argparse.ArgumentParser(description="Properties of server-side apply, on configurations drawn at random.")
    p.add_argument("--apply", required=True, help="golden_apply")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--count", type=int, default=400, help="of each kind")
    p.add_argument("--show", type=int, default=3, help="at most so many failures")
    a = p.parse_args()
    drawer = Drawer(a.seed)
    cases = [(kind, drawer.draw(shape), drawer.draw(shape)) for kind, shape in SHAPES.items() for _ in range(a.count)]
    with tempfile.NamedTemporaryFile("w", suffix=".cases") as f:
        f.write(text_of(cases))
        f.flush()
        found = outcomes(subprocess.run([a.apply, f.name], capture_output=True, text=True, check=True).stdout)
    bad = 0
    for n, (kind, config_a, config_b) in enumerate(cases):
        both, alone = found[2 * n], found[2 * n + 1]
        why = wrong(both, alone)
        if not why:
            continue
        bad += 1
        if bad <= a.show:
            print(f"{kind}: {why}\n    A {json.dumps(config_a)}\n    B {json.dumps(config_b)}")
            print(f"    last  {json.dumps(both[-1])}\n    alone {json.dumps(alone[0])}")
    print(f"{len(cases) - bad} of {len(cases)} hold")
    sys.exit(1 if bad or len(found) != 2 * len(cases) else 0)


if __name__ == "__main__":
    main()
