#!/usr/bin/env python3
"""drawn.py - draws patches at random and compares what two servers make of them. Not a test: one server is upstream's.

    drawn.py --apiserver build/bin/apiserver --url https://127.0.0.1:17400 --token t [--seed N] [--count N]

Every patch is a dry run on the same Deployment; answers are compared without ownership, revisions and what a refusal quotes.
"""
import argparse
import json
import random
import re
import sys
import tempfile

import patches
import run

URL = "/apis/apps/v1/namespaces/default/deployments"
OBJECT = {
    "metadata": {"name": "drawn", "namespace": "default", "labels": {"a": "1", "b": "2"}, "finalizers": ["a/1", "a/2", "a/3"]},
    "spec": {
        "selector": {"matchLabels": {"app": "x"}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": "20%"}},
        "template": {
            "metadata": {"labels": {"app": "x"}},
            "spec": {
                "containers": [
                    {"name": "a", "image": "i:1", "command": ["x", "y"], "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                     "ports": [{"containerPort": 80, "name": "p"}, {"containerPort": 81}]},
                    {"name": "b", "image": "i:1"},
                    {"name": "c", "image": "i:1"},
                ],
                "volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "hostPath": {"path": "/w"}}],
                "imagePullSecrets": [{"name": "s"}, {"name": "t"}],
                "nodeSelector": {"k": "v"},
                "securityContext": {"runAsUser": 1, "supplementalGroups": [1, 2, 3]},
            },
        },
    },
}
KEYS = {"containers": "name", "env": "name", "ports": "containerPort", "volumes": "name", "imagePullSecrets": "name"}
JUNK = [None, 0, 5, 1.5, 2.0, "", "x", True, [], {}, ["x"], [1], {"x": 1}, [{"name": "a"}], {"name": None}, -1, 4294967297]
QUOTED_MAP = re.compile(r'Invalid value: "map\[(?:[^"\\]|\\.)*"')


class Drawer:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def some(self, items, odds=0.4):
        return [i for i in items if self.r.random() < odds]

    def value(self, like):
        """Something of the same type, mostly."""
        if self.r.random() < 0.08:
            return self.r.choice(JUNK)
        if isinstance(like, bool) or like is None:
            return like
        if isinstance(like, int):
            return self.r.choice([like, like + 1, 80, 81, 1])
        if isinstance(like, str):
            return self.r.choice([like, "a", "b", "new", "Recreate"])
        return json.loads(json.dumps(like))

    def key(self, name):
        return self.r.choice([80, 81, 82] if name == "ports" else ["a", "b", "c", "d", "A", "B", "v", "w", "s", "t"])

    def keyed(self, name, base):
        """A list that is merged by a key."""
        key, items = KEYS[name], []
        present = [b[key] for b in base]
        for _ in range(self.r.randint(0, 3)):
            k = self.r.choice(present) if self.r.random() < 0.7 and present else self.key(name)
            old = next((b for b in base if b.get(key) == k), {key: k, "image": "i", "value": "9"})
            odds = self.r.random()
            if odds < 0.25:
                item = {"$patch": "delete", key: k}
            elif odds < 0.32:
                item = {"$patch": "replace"}
            elif odds < 0.35:
                item = {"$patch": self.r.choice(["merge", "x", None, 1])}
            else:
                item = {**self.strategic(old), key: k}
            if self.r.random() < 0.04:
                item.pop(key, None)
            items.append(item if self.r.random() < 0.98 else self.r.choice(JUNK))
        return items

    def order(self, name, base, change):
        """A $setElementOrder for the list: often consistent with the patch, not always."""
        key = KEYS.get(name)
        have = [i.get(key) if key else i for i in (base or []) + (change or []) if not key or (isinstance(i, dict) and key in i)]
        if self.r.random() < 0.8:
            gone = [i.get(key) for i in change or [] if key and isinstance(i, dict) and i.get("$patch") == "delete"]
            have = [h for h in have if h not in gone]
        unique = []
        for h in have:
            if h not in unique and not isinstance(h, (dict, list)):
                unique.append(h)
        self.r.shuffle(unique)
        unique = unique[: self.r.randint(0, len(unique))] if self.r.random() < 0.3 else unique
        if self.r.random() < 0.6:  # as the patch has them
            wanted = [i.get(key) if key and isinstance(i, dict) else i for i in change or []]
            unique.sort(key=lambda u: wanted.index(u) if u in wanted else -1)
        return [{key: u} for u in unique] if key else unique

    def strategic(self, base):
        patch = {}
        for k in self.some(base, 0.5):
            v = base[k]
            odds = self.r.random()
            if odds < 0.07:
                patch[k] = None
            elif isinstance(v, dict):
                patch[k] = self.strategic(v)
            elif isinstance(v, list) and k in KEYS:
                patch[k] = self.keyed(k, v)
                if self.r.random() < 0.4:
                    patch["$setElementOrder/" + k] = self.order(k, v, patch[k])
                if self.r.random() < 0.1:
                    del patch[k]
            elif isinstance(v, list):
                patch[k] = self.some(v + v[:1], 0.5) + [self.r.choice(["new", "a/4", 7])] * self.r.randint(0, 1)
                if self.r.random() < 0.3:
                    patch["$setElementOrder/" + k] = self.order(k, v, patch[k])
                if self.r.random() < 0.4:
                    patch["$deleteFromPrimitiveList/" + k] = self.some(v)
                if self.r.random() < 0.3:
                    del patch[k]
            else:
                patch[k] = self.value(v)
        odds = self.r.random()
        if odds < 0.04:
            patch["$patch"] = self.r.choice(["replace", "delete", "merge"])
        elif odds < 0.08:
            patch["$retainKeys"] = self.some(list(base) + list(patch), 0.8)
        elif odds < 0.11:
            patch[self.r.choice(["colour", "hostname", "replicas", "$x", "image"])] = self.r.choice(JUNK)
        return patch

    def merge(self, base):
        patch = {}
        for k in self.some(base, 0.5):
            v = base[k]
            odds = self.r.random()
            patch[k] = None if odds < 0.1 else self.merge(v) if isinstance(v, dict) else self.value(v)
        if self.r.random() < 0.1:
            patch[self.r.choice(["colour", "hostname", "replicas", "labels"])] = self.r.choice(JUNK)
        return patch

    def pointer(self, base):
        path = ""
        while self.r.random() < 0.85:
            if isinstance(base, dict) and base:
                k = self.r.choice(list(base))
                base, path = base[k], path + "/" + k
            elif isinstance(base, list) and base:
                i = self.r.randint(-1, len(base))
                base = base[i] if i < len(base) else None
                path += "/" + self.r.choice([str(i), str(i), "-"])
            else:
                return path + self.r.choice(["", "", "", "/x", "/0", "/-"])
        return path + self.r.choice(["/new", "/x~1y", "", "", "/~0"])

    def operations(self, base):
        ops = []
        for _ in range(self.r.randint(1, 4)):
            op = {"op": self.r.choice(["add", "add", "remove", "replace", "move", "copy", "test"]), "path": self.pointer(base)}
            op["value"] = self.r.choice(JUNK + ["i:2", "new", ["x", "y"], {"k": "v"}])
            if self.r.random() < 0.03:
                del op["value"]
            if op["op"] in ("move", "copy"):
                op["from"] = self.pointer(base)
            ops.append(op)
        return ops

    def draw(self, live):
        kind = self.r.choice(["strategic", "strategic", "strategic", "merge", "json"])
        base = {"metadata": {k: live["metadata"][k] for k in ("labels", "finalizers") if k in live["metadata"]}, "spec": live["spec"]}
        body = {"strategic": self.strategic, "merge": self.merge, "json": self.operations}[kind](base)
        return kind, json.dumps(body)


def quiet(code, warnings, answer):
    """An answer without what may differ."""
    if isinstance(answer, dict) and "metadata" in answer and code < 300:
        for name in ("managedFields", "resourceVersion", "uid", "creationTimestamp", "deletionTimestamp"):
            answer["metadata"].pop(name, None)
        return code, warnings, answer
    lines = list(patches.refused(answer)) if isinstance(answer, dict) else [answer]
    return code, warnings, [QUOTED_MAP.sub('Invalid value: "map[...]"', line) for line in lines]


def main():
    p = argparse.ArgumentParser(description="Compares two servers on patches drawn at random.")
    run.add_server_arguments(p)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--count", type=int, default=1000)
    p.add_argument("--show", type=int, default=20, help="at most so many differences")
    a = p.parse_args()
    drawer, wrong = Drawer(a.seed), 0
    with tempfile.TemporaryDirectory() as directory:
        servers = [run.Server(a.apiserver, directory), run.Remote(a.url, a.token)]
        for s in servers:
            patches.remove(s, f"{URL}/drawn")
            patches.need(s, "POST", URL, json.dumps(OBJECT))
        live = patches.need(servers[0], "GET", f"{URL}/drawn")
        for i in range(a.count):
            kind, body = drawer.draw(live)
            got = [quiet(*patches.send(s, "PATCH", f"{URL}/drawn?dryRun=All", body, patches.TYPES[kind])) for s in servers]
            if got[0] != got[1]:
                wrong += 1
            if got[0] != got[1] and wrong <= a.show:
                print(f"{i} {kind} {body}\n    ours  {got[0]}\n    other {got[1]}")
        servers[0].stop()
    print(f"{a.count - wrong} of {a.count} alike")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
