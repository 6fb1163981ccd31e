#!/usr/bin/env python3
"""served.py - definitions and their objects, as a server takes or refuses them: files of cases, played against one.

    served.py --apiserver build/bin/apiserver FILE.served...     exit 0: all outcomes are as written
    served.py --apiserver ... --update FILE.served               writes the outcomes that are true now
    served.py --url https://127.0.0.1:6443 --token T FILE.served the same, of a server that runs already

README.md tells the form of a file. Every case has a group of its own; the definitions of all are made first.
"""
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "api"))
import run

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"
MERGE = "application/merge-patch+json"
OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
PATIENCE_S = 20


def merged(into, patch):
    """One document laid over another."""
    if not isinstance(patch, dict):
        return patch
    out = dict(into) if isinstance(into, dict) else {}
    for k, v in patch.items():
        out[k] = merged(out.get(k), v)
    return out


class Case:
    def __init__(self, title, number, tag, lines):
        self.title = title
        self.group = f"c{number}.{tag}." + next((line[7:] for line in lines if line.startswith("suffix ")), "example.com")
        self.steps = []  # [verb, text, outcomes]

    @property
    def definition(self):
        return f"{CRDS}/ks.{self.group}"

    def objects(self, version="v1"):
        return f"/apis/{self.group}/{version}/namespaces/default/ks"

    def define(self, change):
        base = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": "ks." + self.group},
                "spec": {"group": self.group, "scope": "Namespaced", "names": {"plural": "ks", "kind": "K"},
                         "versions": [self.version(OPEN)]}}
        return json.dumps(merged(base, json.loads(json.dumps(change).replace("GROUP", self.group))))

    @staticmethod
    def version(schema, **more):
        return {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, **more}


def send(server, method, path, body=None, kind="application/json"):
    x = run.Exchange("")
    x.method, x.path, x.body, x.headers = method, path, body, [("Content-Type", kind)]
    code, headers, text = server.send(x, {})
    try:
        answer = json.loads(text)
    except ValueError:
        answer = text
    return code, run.warnings_in(headers), answer


# ---- What is written ----


def stable(case, text):
    text = re.sub(run.PATTERNS["uid"], "<uid>", text.replace(case.group, "GROUP"))
    text = re.sub(r'\(\{"apiVersion": "c[^)]*\.\.\.\)', "(...)", text)
    text = re.sub(r'"resourceVersion\\*":\\*"\d+', lambda m: re.sub(r"\d+", "<rev>", m[0]), text)
    return re.sub(run.PATTERNS["time"], "<time>", text).replace("\n", "\\n")


def refused(case, code, status):
    if not isinstance(status, dict):
        yield f"! {code} {stable(case, str(status))}"
        return
    causes, message = (status.get("details") or {}).get("causes", []), status.get("message", "")
    told = list(dict.fromkeys(f"{c.get('field', '')}: {c.get('message', '')}" for c in causes))
    whole = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
    said = message if not causes or not message.endswith(" is invalid: " + whole) else ""
    yield f"! {code} {status.get('reason', '-')}" + (": " + stable(case, said) if said else "")
    for c in causes:
        yield f"! {c.get('reason')} {stable(case, c.get('field', '-'))}: {stable(case, c.get('message', ''))}"


def shown(case, value):
    return stable(case, json.dumps(value, ensure_ascii=False, separators=(", ", ": "), sort_keys=True))


def body_of(obj):
    return {k: v for k, v in obj.items() if k not in ("apiVersion", "kind", "metadata")}


# ---- Steps ----


def answered(case, code, warnings, answer, sent=None):
    lines = [f"~ {stable(case, w)}" for w in warnings if "x-kubernetes-validations rules are stored" not in w]
    if code >= 300 or code == 0:
        return lines + list(refused(case, code, answer))
    if sent is None:
        return lines + ["ok"]
    got = body_of(answer)
    return lines + (["ok"] if got == body_of(sent) else ["> " + shown(case, got)])


def schema_of(verb, said):
    return {"type": "object", "properties": {"a": said}} if verb.endswith("prop") else said


def value_of(verb, text):
    """What a step says of the whole object: `is` and `becomes` say what its field a is."""
    return {"a": json.loads(text)} if verb in ("is", "becomes") else json.loads(text)


def define(server, case, verb, text):
    said = json.loads(text)
    change = {"spec": {"versions": [case.version(schema_of(verb, said))]}} if verb != "define" else said
    return answered(case, *send(server, "POST", CRDS, case.define(change)))


def redefine(server, case, verb, text):
    said = json.loads(text.replace("GROUP", case.group))
    change = {"spec": {"versions": [case.version(schema_of(verb, said))]}} if "redefine" not in verb else said
    url = case.definition + ("/status" if verb == "redefine/status" else "")
    lines = answered(case, *send(server, "PATCH", url, json.dumps(change), MERGE))
    time.sleep(case.lag)
    return lines


def conditions(server, case, verb, text):
    """Those of the definition, without times."""
    time.sleep(case.lag)
    _, _, crd = send(server, "GET", f"{CRDS}/{text or 'ks'}.{case.group}")
    found = crd["kind"] != "Status" and crd["status"].get("conditions") or []
    return [f"> {c['type']}={c['status']} {c['reason']}: {stable(case, c['message'])}" for c in found] or ["none"]


def bare(schema, top=True):
    """Without what the server's own words are: the descriptions of the fields that every object has."""
    for name in ("apiVersion", "kind", "metadata"):
        if isinstance(schema.get("properties", {}).get(name), dict):
            schema["properties"][name].pop("description", None)
    for below in [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]:
        if isinstance(below, dict):
            bare(below)
    return schema


def openapi(server, case, verb, text):
    """The schema of the kind, or of its list, as it is published."""
    version, _, suffix = text.partition(" ")
    url = "/openapi/v2" if version == "v2" else f"/openapi/v3/apis/{case.group}/v1"
    name = ".".join(reversed(case.group.split("."))) + ".v1.K" + suffix
    for _ in range(PATIENCE_S * 4 if "ok" in case.steps[0][2] else 0):
        _, _, document = send(server, "GET", url)
        if isinstance(document, dict):
            found = document.get("definitions", document.get("components", {}).get("schemas", {})).get(name)
            if found:
                bare(found).get("properties", {}).get("items", {}).pop("description", None)
                return ["> " + shown(case, found).replace(name[: -len(".v1.K" + suffix)], "PUORG")]
        time.sleep(0.25)
    return ["none"]


def paths(server, case, verb, text):
    """What can be done where: in which media types, with which answers, as what."""
    url = "/openapi/v2" if text == "v2" else f"/openapi/v3/apis/{case.group}/v1"
    for _ in range(PATIENCE_S * 4):
        _, _, document = send(server, "GET", url)
        found = {k: v for k, v in document["paths"].items() if case.group in k and "/ks" in k} if isinstance(document, dict) else {}
        if found:
            break
        time.sleep(0.25)
    lines = []
    for path in sorted(found):
        for method in sorted(set(found[path]) - {"parameters"}):
            op, told = found[path][method], {}
            for code, r in sorted(op["responses"].items()):
                bodies = r.get("content", {"": r})
                told[code] = ", ".join(f"{t} {b['schema']['$ref'].rpartition('.')[2]}".strip() for t, b in sorted(bodies.items())
                                       if "schema" in b)
            sent = op.get("consumes") or sorted(op.get("requestBody", {}).get("content", {}))
            kind = op["x-kubernetes-group-version-kind"]
            if method == "delete":
                sent = "-"  # of DeleteOptions this server says nothing
            lines.append(f"> {method} {stable(case, path)} {op['x-kubernetes-action']} {stable(case, kind['group'])}/{kind['kind']}"
                         f" {' '.join(sent)}: {shown(case, told)}")
    return lines


def services(server, case, verb, text):
    """The APIServices of the group; `services/delete v1` and `services/merge v1 PATCH` change one before."""
    version, _, patch = text.partition(" ")
    url, lines = f"{SERVICES}/{version}.{case.group}", []
    if verb == "services/delete":
        lines = answered(case, *send(server, "DELETE", url))
    elif verb == "services/merge":
        lines = answered(case, *send(server, "PATCH", url, patch, MERGE))
    time.sleep(case.lag)
    _, _, all_of_them = send(server, "GET", SERVICES)
    for s in all_of_them["items"]:
        if s["spec"].get("group") == case.group:
            told = {"labels": s["metadata"].get("labels"), "spec": s["spec"],
                    "conditions": [{k: v for k, v in c.items() if k != "lastTransitionTime"} for c in s["status"]["conditions"]],
                    "owned": [(m["operation"], m["fieldsV1"]) for m in s["metadata"]["managedFields"]]}
            lines.append(f"> {stable(case, s['metadata']['name'])} {shown(case, told)}")
    return lines or ["none"]


def also(server, case, verb, text):
    """Another definition of the group; the first word is its plural."""
    plural, _, names = text.partition(" ")
    body = json.loads(case.define({"metadata": {"name": f"{plural}.{case.group}"}, "spec": {"names": {"plural": plural}}}))
    body["spec"]["names"] = {"plural": plural, **json.loads(names)}
    return answered(case, *send(server, "POST", CRDS, json.dumps(body)))


def remove(server, case, verb, text):
    lines = answered(case, *send(server, "DELETE", f"{CRDS}/{text}.{case.group}"))
    time.sleep(case.lag)
    return lines


def create(server, case, verb, text):
    obj = merged({"apiVersion": case.group + "/v1", "kind": "K", "metadata": {"name": "o"}}, value_of(verb, text))
    obj = {k: v for k, v in obj.items() if v is not None or k not in ("apiVersion", "kind")}
    if case.made:
        send(server, "DELETE", case.objects() + "/o")
    case.made = True
    return answered(case, *send(server, "POST", case.objects() + "?fieldValidation=Warn", json.dumps(obj)), sent=obj)


def put(server, case, verb, text):
    sub = verb[3:] if verb.startswith("put") else ""
    _, _, obj = send(server, "GET", case.objects() + "/o")
    obj = {**{k: v for k, v in obj.items() if k in ("apiVersion", "kind", "metadata")}, **value_of(verb, text)}
    url = case.objects() + "/o" + sub + "?fieldValidation=Warn"
    return answered(case, *send(server, "PUT", url, json.dumps(obj)), sent=obj)


def merge(server, case, verb, text):
    return answered(case, *send(server, "PATCH", case.objects() + "/o" + verb[5:], text, MERGE), sent={})


STEPS = {
    "redefine": redefine, "redefine/status": redefine, "reschema": redefine, "reprop": redefine, "also": also, "remove": remove,
    "conditions": conditions, "services": services, "services/delete": services, "services/merge": services,
    "create": create, "is": create, "put": put, "put/status": put, "becomes": put,
    "merge": merge, "merge/status": merge, "merge/scale": merge, "openapi": openapi, "paths": paths,
}


def wait_served(server, case):
    for _ in range(PATIENCE_S * 20):
        _, _, crd = send(server, "GET", case.definition)
        found = crd.get("status", {}).get("conditions", [])
        if any(c["type"] == "Established" and c["status"] == "True" for c in found):
            if send(server, "GET", case.objects())[0] == 200:
                return
        elif any(c["type"] == "Established" for c in found) and case.steps[-1][0] == "conditions":
            return
        time.sleep(0.05)


def replay(server, text, lag, tag):
    head, *parts = re.split(r"^=== ", text, flags=re.M)
    cases = []
    for part in parts:
        title, *lines = part.rstrip("\n").split("\n")
        case = Case(title, len(cases) + 1, tag, lines)
        case.lag, case.made = lag, False
        case.steps = [[*line.partition(" ")[::2], []] for line in lines if line and not line.startswith("    ")]
        cases.append(case)
        for step in case.steps:
            if step[0] not in STEPS and step[0] not in ("suffix", "define", "schema", "prop"):
                sys.exit(f"{title}: there is no step {step[0]}")
    for case in cases:
        for step in case.steps:
            if step[0] in ("define", "schema", "prop"):
                step[2] = define(server, case, *step[:2])
    for case in cases:
        later = [s for s in case.steps if s[0] in STEPS]
        if later and any("ok" in s[2] for s in case.steps):
            wait_served(server, case)
        for step in later:
            step[2] = STEPS[step[0]](server, case, *step[:2])
    out = [head]
    for case in cases:
        out.append(f"=== {case.title}\n")
        for verb, rest, lines in case.steps:
            out.append(f"{verb} {rest}".rstrip() + "\n" + "".join(f"    {line}\n" for line in lines))
        out.append("\n")
    return "".join(out).rstrip("\n") + "\n"


def as_played(server, text, a):
    """On a server of its own, or on one that others use, too, and that takes its time."""
    if a.url is None:
        return replay(server, text, 0.05, "x")
    return replay(server, text, 0.5, f"t{time.time_ns() % 10**9}")


def main():
    run.play_files("Plays definitions and objects of custom kinds against a server.", as_played)


if __name__ == "__main__":
    main()
