#!/usr/bin/env python3
"""compare.py - starts an apiserver and compares what it says it serves with a table of kinds.

    compare.py --apiserver build/bin/apiserver kinds.table      exit 0: the same

Both forms are read: the aggregated documents (apidiscovery.k8s.io/v2) and the lists of each version. Groups of
kubestep.dev are our own and left out.
"""
import argparse
import difflib
import json
import sys
import tempfile

import run

ALL = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def get(server, path, accept="application/json"):
    x = run.Exchange(path)
    x.method, x.path, x.headers = "GET", path, [("Accept", accept)]
    code, _, text = server.send(x, {})
    if code != 200:
        sys.exit("GET %s: %d %s" % (path, code, text))
    return json.loads(text)


def words(items):
    return ",".join(items) or "-"


def resource_line(gv, name, kind, singular, namespaced, verbs, short, categories):
    verbs = sorted(verbs)
    return " ".join([gv, name, kind, singular, "namespaced" if namespaced else "cluster",
                     "all" if verbs == ALL else words(verbs), words(short), words(categories)])


def sub_line(name, gv, kind, verbs):
    return "  %s %s/%s %s" % (name, gv, kind, words(sorted(verbs)))


def version_of(group, version):
    return "%s/%s" % (group, version) if group else version


def aggregated(server):
    """Resource lines, each with its subresources."""
    found = []
    for path in ["/api", "/apis"]:
        for group in get(server, path, AGGREGATED)["items"]:
            name = group["metadata"].get("name", "")
            for version in group["versions"]:
                gv = version_of(name, version["version"])
                for r in version["resources"]:
                    line = resource_line(gv, r["resource"], r["responseKind"]["kind"], r["singularResource"],
                                         r["scope"] == "Namespaced", r["verbs"], r.get("shortNames", []),
                                         r.get("categories", []))
                    subs = []
                    for s in r.get("subresources", []):
                        kind = s["responseKind"]
                        of = version_of(kind["group"], kind["version"]) if kind["version"] else gv
                        subs.append(sub_line(s["subresource"], of, kind["kind"], s["verbs"]))
                    found.append((line, sorted(subs)))
    return found


def versions(server):
    yield "v1", "/api/v1"
    for group in get(server, "/apis")["groups"]:
        for version in group["versions"]:
            yield version["groupVersion"], "/apis/" + version["groupVersion"]


def legacy(server):
    found = {}
    for gv, path in versions(server):
        for r in get(server, path)["resources"]:
            name, _, sub = r["name"].partition("/")
            if not sub:
                found[gv, name] = (resource_line(gv, name, r["kind"], r["singularName"], r["namespaced"], r["verbs"],
                                                 r.get("shortNames", []), r.get("categories", [])), [])
                continue
            of = version_of(r.get("group", ""), r["version"]) if "version" in r else gv
            found[gv, name][1].append(sub_line(sub, of, r["kind"], r["verbs"]))
    return [(line, sorted(subs)) for line, subs in found.values()]


def lines_of(found):
    """As a table has them: by group, version and resource."""
    def key(entry):
        gv, name = entry[0].split(" ")[:2]
        return gv.rpartition("/")[0], gv, name

    own = [e for e in found if "kubestep.dev/" not in e[0].split(" ")[0]]
    return [line for entry in sorted(own, key=key) for line in [entry[0]] + entry[1]]


def main():
    p = argparse.ArgumentParser(description="Compares discovery with a table of kinds.")
    p.add_argument("--apiserver", required=True)
    p.add_argument("table")
    a = p.parse_args()
    with open(a.table) as f:
        want = [line for line in f.read().splitlines() if line and not line.startswith("#")]
    with tempfile.TemporaryDirectory() as directory:
        server = run.Server(a.apiserver, directory)
        forms = {"aggregated": lines_of(aggregated(server)), "by version": lines_of(legacy(server))}
        code = server.stop()
    differs = False
    for name, got in forms.items():
        for line in difflib.unified_diff(want, got, a.table, name, lineterm="", n=0):
            print(line)
            differs = True
    sys.exit(1 if differs or code else 0)


if __name__ == "__main__":
    main()
