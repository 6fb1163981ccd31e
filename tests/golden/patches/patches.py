#!/usr/bin/env python3
"""patches.py - what a PATCH (or a PUT or POST) makes of an object: files of cases, played against a server.

    patches.py --apiserver build/bin/apiserver FILE.cases...     exit 0: all outcomes are as written
    patches.py --apiserver ... --update FILE.cases               writes the outcomes that are true now
    patches.py --url https://127.0.0.1:6443 --token T FILE.cases the same, of a server that runs already

README.md tells the form of a file. Each case begins with a fresh object and leaves none behind.
"""
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "api"))
import run

TYPES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
VERBS = {"create": "POST", "update": "PUT"}  # of JSON, unless the case says another type
OUTCOME = re.compile(r"    (?:[!>~] |(?:unchanged|rewritten|made)$)")
QUOTED_DOCUMENT = re.compile(r'Invalid value: "\{(?:[^"\\]|\\.)*"')


class Target:
    """The kind and the object of the cases that follow."""

    def __init__(self, kind):
        *group, self.plural = kind.split("/")
        self.version = "/".join(group)
        self.root = ("/apis/" if len(group) > 1 else "/api/") + self.version
        self.text = ""

    def urls(self, obj):
        ns = obj["metadata"].get("namespace")
        collection = self.root + (f"/namespaces/{ns}/" if ns else "/") + self.plural
        return collection, f"{collection}/{obj['metadata']['name']}"


class Case:
    def __init__(self, head):
        self.verb, _, self.title = head.partition(" ")
        self.verb, _, self.sub = self.verb.partition("/")
        self.method = VERBS.get(self.verb, "PATCH")
        self.type, self.query, self.path, self.body = TYPES.get(self.verb, "application/json"), "", "", []


def send(server, method, path, body=None, kind="application/json"):
    x = run.Exchange("")
    x.method, x.path, x.body, x.headers = method, path, body, [("Content-Type", kind)]
    code, headers, text = server.send(x, {})
    try:
        answer = json.loads(text)
    except ValueError:
        answer = text
    return code, run.warnings_in(headers), answer


def need(server, method, path, body=None, kind="application/json"):
    code, _, answer = send(server, method, path, body, kind)
    if code >= 300:
        sys.exit(f"{method} {path} {body}: {code} {answer}")
    return answer


# ---- One case ----


def remove(server, url):
    """Deletes the object, whatever holds it."""
    send(server, "PATCH", url, '{"metadata":{"finalizers":null}}', TYPES["merge"])
    send(server, "DELETE", url + "?gracePeriodSeconds=0&propagationPolicy=Background")
    if "/api/v1/namespaces/" in url and url.count("/") == 4:  # its end is somebody else's work
        name = url.rpartition("/")[2]
        send(server, "PUT", url + "/finalize", json.dumps({"metadata": {"name": name}, "spec": {"finalizers": []}}))


def make(server, target, obj):
    """The object with its status; it has been deleted if its text says so."""
    collection, url = target.urls(obj)
    going = obj["metadata"].pop("deletionTimestamp", None)
    for _ in range(50):  # what was there before may still be on its way out
        code, _, made = send(server, "POST", collection, json.dumps(obj))
        if code != 409:
            break
        time.sleep(0.1)
    if code >= 300:
        sys.exit(f"{collection} {json.dumps(obj)}: {code} {made}")
    if "status" in obj:
        made["status"] = obj["status"]
        made = need(server, "PUT", url + "/status", json.dumps(made))
    if going:
        need(server, "DELETE", url)
    return url


def define(server, text):
    """A kind of one's own, from its definition; waits until it can be written."""
    definition = json.loads(text)
    spec = definition["spec"]
    definition.setdefault("metadata", {})["name"] = spec["names"]["plural"] + "." + spec["group"]
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    send(server, "POST", crds, json.dumps(definition))
    url = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
    for _ in range(100):
        if send(server, "GET", url)[0] == 200:
            return
        time.sleep(0.1)
    sys.exit(f"{url} is not served")


def stable(text):
    """Without what differs from run to run, and without the whole documents that refusals quote."""
    text = QUOTED_DOCUMENT.sub('Invalid value: "{...}"', text)
    text = re.sub(run.PATTERNS["uid"], "<uid>", text)
    return re.sub(run.PATTERNS["time"], "<time>", text).replace("\n", "\\n")


def shown(value):
    return stable(json.dumps(value, ensure_ascii=False, separators=(", ", ": "), sort_keys=True))


def differences(path, before, after):
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for k in sorted(before.keys() | after.keys()):
            here = f"{path}.{k}" if path and re.fullmatch(r"[\w-]+", k) else (k if not path else f"{path}[{k}]")
            if k not in after:
                yield f"> {here} is gone"
            elif k not in before:
                yield f"> {here} = {shown(after[k])}"
            else:
                yield from differences(here, before[k], after[k])
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for i, (b, a) in enumerate(zip(before, after)):
            yield from differences(f"{path}[{i}]", b, a)
    else:
        yield f"> {path} = {shown(after)}"


def refused(status):
    if not isinstance(status, dict):
        yield f"! {stable(status)}"
        return
    yield f"! {status.get('code')} {status.get('reason', '-')}: {stable(status.get('message', ''))}"
    details = status.get("details")
    if details is not None and set(details) - {"causes"}:
        yield "! of " + " ".join(f"{k}={shown(details[k])}" for k in sorted(details) if k != "causes")
    for cause in (details or {}).get("causes", []):
        yield f"! {cause.get('reason')} {cause.get('field', '-')}: {stable(cause.get('message', ''))}"


def sent_of(after, sent):
    """What is in the answer of what was sent."""
    if isinstance(after, dict) and isinstance(sent, dict):
        return {k: sent_of(v, sent[k]) for k, v in after.items() if k in sent}
    return after


def creation(server, target, case):
    collection, _ = target.urls(json.loads(target.text))
    body = "\n".join(case.body)
    code, warnings, after = send(server, "POST", (case.path or collection) + case.query, body, case.type)
    lines = [f"~ {stable(w)}" for w in warnings]
    if code >= 300 or code == 0:
        return lines + list(refused(after))
    remove(server, f"{collection}/{after['metadata']['name']}")
    try:
        sent = json.loads(body)
    except ValueError:
        sent = {}
    return lines + (list(differences("", sent, sent_of(after, sent))) or ["made"])


def outcome(server, target, case):
    if case.verb == "create":
        return creation(server, target, case)
    url = make(server, target, json.loads(target.text))
    sub = case.path or url + ("/" + case.sub if case.sub else "")
    code, _, before = send(server, "GET", sub)
    if code >= 300:
        before = {"metadata": {"resourceVersion": "", "uid": ""}}
    body = "\n".join(case.body)
    if not body.startswith("@"):
        body = body.replace("$REV", before["metadata"]["resourceVersion"]).replace("$UID", before["metadata"]["uid"])
    code, warnings, after = send(server, case.method, sub + case.query, body, case.type)
    lines = [f"~ {stable(w)}" for w in warnings]
    if code >= 300 or code == 0:
        lines += refused(after)
    else:
        same = before["metadata"]["resourceVersion"] == after["metadata"]["resourceVersion"]
        for o in (before, after):
            o["metadata"].pop("managedFields", None)
            del o["metadata"]["resourceVersion"]
        found = list(differences("", before, after))
        lines += found if found else ["unchanged" if same else "rewritten"]
    remove(server, url)
    return lines


# ---- A file ----


def replay(server, text):
    """The file with the outcomes that are true now."""
    out, lines, target = [], text.split("\n"), None
    while lines:
        line = lines.pop(0)
        out.append(line)
        inner = []
        while lines and lines[0].startswith("    "):
            if not OUTCOME.match(lines[0]):
                inner.append(lines[0][4:])
                out.append(lines[0])
            lines.pop(0)
        if line.startswith("kind "):
            target = Target(line[5:])
        elif line == "define":
            define(server, "\n".join(inner))
        elif line == "object":
            target.text = "\n".join(inner)
        elif line and not line.startswith("#"):
            case = Case(line)
            for one in inner:
                if one.startswith("?"):
                    case.query = one
                elif one.startswith("at /"):
                    case.path = one[3:]
                elif one.startswith("as "):
                    case.type = one[3:]
                else:
                    case.body.append(one)
            out += ["    " + found for found in outcome(server, target, case)]
    return "\n".join(out)


def main():
    run.play_files("Plays cases of patches against a server.", lambda server, text, a: replay(server, text))


if __name__ == "__main__":
    main()
