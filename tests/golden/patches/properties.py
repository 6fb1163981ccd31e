#!/usr/bin/env python3
"""properties.py - patches drawn at random must do what reference.py makes of them.

    properties.py --apply build/bin/golden_patch_lines [--seed N] [--count N] [--show N]

Both refuse a patch, or both make the same document of it. Half of the patches apply to what the one before made.
"""
import argparse
import json
import random
import subprocess
import sys

import drawn
from reference import LEAF, LIST, MAP, STRUCT, Refused, merge, operations, strategic

CONTAINER = STRUCT(
    name=LEAF, image=LEAF, command=LIST(), args=LIST(), hostname=LEAF, replicas=LEAF,
    env=LIST(STRUCT(name=LEAF, value=LEAF), True, "name"),
    ports=LIST(STRUCT(name=LEAF, containerPort=LEAF, protocol=LEAF), True, "containerPort"),
)
POD = STRUCT(
    containers=LIST(CONTAINER, True, "name"),
    volumes=LIST(STRUCT(name=LEAF, emptyDir=STRUCT(medium=LEAF), hostPath=STRUCT(path=LEAF, type=LEAF)), True, "name"),
    imagePullSecrets=LIST(STRUCT(name=LEAF), True, "name"),
    nodeSelector=MAP(), hostname=LEAF,
    securityContext=STRUCT(runAsUser=LEAF, supplementalGroups=LIST()),
)
META = STRUCT(name=LEAF, namespace=LEAF, labels=MAP(), finalizers=LIST(LEAF, True))
DEPLOYMENT = STRUCT(
    metadata=META,
    spec=STRUCT(
        replicas=LEAF, selector=STRUCT(matchLabels=MAP()),
        strategy=STRUCT(type=LEAF, rollingUpdate=STRUCT(maxSurge=LEAF, maxUnavailable=LEAF)),
        template=STRUCT(metadata=META, spec=POD),
    ),
)
REFERENCE = {"json": operations, "merge": merge, "strategic": lambda doc, patch: strategic(DEPLOYMENT, doc, patch)}


def fits(schema, v):
    """Is it a document that the next patch can be drawn for? Its lists have no element twice."""
    kind = schema[0]
    if kind == "struct":
        return isinstance(v, dict) and all(k in schema[1] and fits(schema[1][k], x) for k, x in v.items())
    if kind == "map":
        return isinstance(v, dict) and all(isinstance(x, str) for x in v.values())
    if kind == "leaf":
        return isinstance(v, (str, int))
    keys = [i.get(schema[3]) if isinstance(i, dict) else i for i in v] if isinstance(v, list) else [None]
    same_type = len({type(k) for k in keys}) <= 1 and not any(isinstance(k, (dict, list, type(None))) for k in keys)
    return same_type and len(set(keys)) == len(keys) and all(fits(schema[1], i) for i in v)


class Drawer(drawn.Drawer):
    """Its operations mostly apply."""

    def place(self, doc):
        """A place in the document: its pointer, and what is there."""
        path = ""
        while isinstance(doc, (dict, list)) and doc and (not path or self.r.random() < 0.8):
            k = self.r.choice(list(doc) if isinstance(doc, dict) else range(len(doc)))
            doc, path = doc[k], f"{path}/{k}"
        return path, doc

    def operations(self, base):
        if self.r.random() < 0.3:
            return super().operations(base)
        ops = []
        for _ in range(self.r.randint(1, 3)):
            path, there = self.place(base)
            op = {"op": self.r.choice(["add", "remove", "replace", "move", "copy", "test"]), "path": path}
            if op["op"] in ("add", "move", "copy") and self.r.random() < 0.7:
                op["path"] += self.r.choice(["/new", "/0", "/-", "/~0~1"] if isinstance(there, (dict, list)) else [""])
            op["value"] = there if self.r.random() < 0.5 else self.r.choice(drawn.JUNK)
            if op["op"] in ("move", "copy"):
                op["from"], _ = self.place(base)
            ops.append(op)
        return ops


def expected(kind, doc, patch):
    try:
        return REFERENCE[kind](doc, patch)
    except Refused:
        return None


def draw(drawer, count):
    """kind, document, patch, what the reference makes of it (None: it refuses)."""
    doc = drawn.OBJECT
    for _ in range(count):
        if drawer.r.random() < 0.5 or not fits(DEPLOYMENT, doc) or not {"metadata", "spec"} <= doc.keys():
            doc = drawn.OBJECT
        kind, body = drawer.draw(doc)
        patch = json.loads(body)
        out = expected(kind, doc, patch)
        yield kind, doc, patch, out
        doc = out if out is not None else doc


def main():
    p = argparse.ArgumentParser(description="Compares patches drawn at random with a simple reference.")
    p.add_argument("--apply", required=True, help="the program that applies them")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--count", type=int, default=6000)
    p.add_argument("--show", type=int, default=5, help="at most so many differences")
    a = p.parse_args()
    cases = list(draw(Drawer(a.seed), a.count))
    lines = "".join(f"{kind}\t{json.dumps(doc)}\t{json.dumps(patch)}\n" for kind, doc, patch, _ in cases)
    answers = subprocess.run([a.apply], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    wrong = len(cases) != len(answers)
    for (kind, doc, patch, want), line in zip(cases, answers):
        got = None if line.startswith("! ") else json.loads(line)
        if json.dumps(got, sort_keys=True) == json.dumps(want, sort_keys=True):
            continue
        wrong += 1
        if wrong <= a.show:
            print(f"{kind}\n    of   {json.dumps(doc)}\n    by   {json.dumps(patch)}\n    want {json.dumps(want)}\n    got  {line}")
    made = sum(want is not None for *_, want in cases)
    print(f"{len(cases) - wrong} of {len(cases)} alike; {made} were not refused")
    sys.exit(1 if wrong or made < len(cases) // 3 else 0)


if __name__ == "__main__":
    main()
