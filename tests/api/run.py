#!/usr/bin/env python3
"""run.py - plays API transcripts (*.http-test) against an apiserver of its own and compares the answers.

    run.py --apiserver build/bin/apiserver FILE...      exit 0: all as written
    run.py --apiserver ... --update FILE...             writes what was answered where it differs
    run.py --url https://127.0.0.1:6443 --token T FILE  plays against a server that runs already (upstream's, say)

A transcript is a list of exchanges:

    === what this shows
    POST /api/v1/namespaces/default/configmaps
    Content-Type: application/json

    {"metadata":{"name":"a"}}
    --- 201
    Content-Type: application/json

    {"kind":"ConfigMap","metadata":{"uid":"<uid>","resourceVersion":"<rev=a>"}}

Lines that begin with # are comments. The Content-Type of a request body is JSON unless said otherwise; headers after
`--- CODE` must be in the answer, and no other warnings than those; its body is compared as JSON (order of members included), or line by line when it is a
stream of JSON documents, or as text; protobuf is shown as JSON with the fields by their number (tests/support/wire.py);
`@empty` is no body at all. In expected text <uid> <time> <rev> <n> <age> <word> <any> stand for such values,
A body that does not say managedFields is compared without them.
<rev=a> remembers one, <=a> is the remembered one ("<n>" also stands for a number). $(a) puts it into a request. A member "..." lets an object have more, one whose value is "<absent>" must not be there.
Header "As: scheduler" sends the request with that component's certificate, "Anonymous: yes" with none.
A request body may be made: `@hex 6b38..`, `@repeat 10000 [` (with more text behind, e.g. `@repeat 3 ab @text c`).
"""
import argparse
import atexit
import concurrent.futures
import difflib
import http.client
import itertools
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import wire

PATTERNS = {
    "uid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z",
    "rev": r"[0-9]+",
    "n": r"[0-9]+",
    "age": r"(?:\d+[smhdy])+",
    "word": r"[A-Za-z0-9_=-]+",
    "any": r"(?:.|\n)*",
}
WIDTH = 118
TOKEN = re.compile(r"<(uid|time|rev|n|age|word|any)(?:=(\w+))?>|<=(\w+)>")


class Exchange:
    def __init__(self, title):
        self.title, self.comments = title, []
        self.method = self.path = None
        self.headers, self.body = [], None
        self.code, self.want_headers, self.want = None, [], None


def parse(text):
    """The head (comments before the first exchange) and the exchanges."""
    head, exchanges, part, x, lines = [], [], "head", None, []

    def end_body():
        body = "\n".join(lines).strip("\n")
        lines.clear()
        if x is None:
            return
        if part == "request body":
            x.body = body
        elif part == "answer body":
            x.want = body or None

    for line in text.split("\n"):
        if line.startswith("=== "):
            end_body()
            x = Exchange(line[4:])
            exchanges.append(x)
            part = "request line"
        elif x is None:
            head.append(line)
        elif line.startswith("--- ") and part.startswith("request"):
            end_body()
            x.code, part = int(line[4:].strip()), "answer headers"
        elif part == "request line":
            if line.startswith("#"):
                x.comments.append(line)
            elif line.strip():
                x.method, x.path = line.split(" ", 1)
                part = "request headers"
        elif part in ("request headers", "answer headers"):
            if not line.strip():
                part = part.replace("headers", "body")
            else:
                (x.headers if part.startswith("request") else x.want_headers).append(tuple(line.split(": ", 1)))
        else:
            lines.append(line)
    end_body()
    return "\n".join(head).strip("\n"), exchanges


def make_body(text):
    """The bytes of a request body, with its @ directives."""
    if not text:
        return b""
    if not text.startswith("@"):
        return text.encode()
    out = b""
    for piece in re.split(r"(?:^|\s)@", text)[1:]:
        word, _, rest = piece.partition(" ")
        if word == "hex":
            out += bytes.fromhex("".join(rest.split()))
        elif word == "repeat":
            count, _, what = rest.partition(" ")
            out += what.encode() * int(count)
        elif word == "text":
            out += rest.encode()
        else:
            raise ValueError("no such directive: @" + word)
    return out


def pairs_of(text):
    """All JSON documents of a text, objects as lists of pairs; None: it is not JSON."""
    decoder, at, docs = json.JSONDecoder(object_pairs_hook=Pairs), 0, []
    text = text.strip()
    while at < len(text):
        try:
            doc, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError:
            return None
        docs.append(doc)
        while at < len(text) and text[at].isspace():
            at += 1
    return docs or None


class Pairs(list):
    """An object's members in order."""


def match_text(want, got, known):
    regex, at, names = "", 0, []
    for m in TOKEN.finditer(want):
        regex += re.escape(want[at : m.start()])
        at = m.end()
        if m.group(3):
            regex += re.escape(known.get(m.group(3), "\0unknown"))
        elif m.group(2):
            names.append(m.group(2))
            regex += "(" + PATTERNS[m.group(1)] + ")"
        else:
            regex += "(?:" + PATTERNS[m.group(1)] + ")"
    m = re.fullmatch(regex + re.escape(want[at:]), got)
    if not m:
        return False
    known.update(zip(names, m.groups()))
    return True


def differ(want, got, known, where="body"):
    """None, or where and how two values differ."""
    if isinstance(want, str) and TOKEN.fullmatch(want) and type(got) is int:
        got = str(got)
    if isinstance(want, str) and isinstance(got, str):
        return None if match_text(want, got, known) else f"{where}: want {want!r}, got {got!r}"
    if isinstance(want, Pairs) and isinstance(got, Pairs):
        open_end = any(k == "..." for k, _ in want)
        wanted = [(k, v) for k, v in want if k != "..."]
        quiet = () if any(k == "managedFields" for k, _ in wanted) else ("managedFields",)
        have = [(k, v) for k, v in got if k not in quiet and (not open_end or any(k == w for w, _ in wanted))]
        wanted = [(k, v) for k, v in wanted if v != "<absent>"]
        if [k for k, _ in wanted] != [k for k, _ in have]:
            return f"{where}: want members {[k for k, _ in wanted]}, got {[k for k, _ in have]}"
        for (k, w), (_, g) in zip(wanted, have):
            found = differ(w, g, known, f"{where}.{k}")
            if found:
                return found
        return None
    if isinstance(want, list) and isinstance(got, list) and not isinstance(got, Pairs) and not isinstance(want, Pairs):
        if len(want) != len(got):
            return f"{where}: want {len(want)} items, got {len(got)}"
        for i, (w, g) in enumerate(zip(want, got)):
            found = differ(w, g, known, f"{where}[{i}]")
            if found:
                return found
        return None
    return None if want == got and type(want) is type(got) else f"{where}: want {want!r}, got {got!r}"


def warnings_in(headers):
    return [v for k, v in headers if k.lower() == "warning"]


def compare(x, code, headers, text, known):
    if code != x.code:
        return f"want code {x.code}, got {code}: {text[:600]}"
    warned, want_warned = warnings_in(headers), warnings_in(x.want_headers)
    if len(warned) != len(want_warned) or not all(match_text(w, g, known) for w, g in zip(want_warned, warned)):
        return f"want warnings {want_warned}, got {warned}"
    for name, value in x.want_headers:
        have = [v for k, v in headers if k.lower() == name.lower()]
        if not any(match_text(value, v, known) for v in have):
            return f"want {name}: {value}, got {have}"
    if x.want is None:
        return None
    if x.want == "@empty":
        return f"want no body, got {text[:600]!r}" if text else None
    want, got = pairs_of(x.want), pairs_of(text)
    if want is None or got is None:
        return None if match_text(x.want.strip(), text.strip(), known) else f"want {x.want!r}, got {text!r}"
    return differ(want, got, known)


def generalise(value, key="", managed=False):
    if isinstance(value, Pairs):
        return {k: generalise(v, k, managed) for k, v in value if managed or k != "managedFields"}
    if isinstance(value, list):
        return [generalise(v, key, managed) for v in value]
    if not isinstance(value, str):
        return value
    if key == "resourceVersion" and value.isdigit():
        return "<rev>"
    if key == "continue" and value:
        return "<word>"
    if key == "cells" and re.fullmatch(PATTERNS["age"], value):
        return "<age>"
    value = re.sub(PATTERNS["uid"], "<uid>", value)
    return re.sub(PATTERNS["time"], "<time>", value)


def pretty(value, indent=0, used=0):
    """JSON with as much on a line as fits."""
    one = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if indent + used + len(one) <= WIDTH or not value or not isinstance(value, (dict, list)):
        return one
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        keys = [json.dumps(k) + ":" for k in value]
        parts = [pad + k + pretty(v, indent + 1, len(k)) for k, v in zip(keys, value.values())]
        return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(pad + pretty(v, indent + 1) for v in value) + "\n" + " " * indent + "]"


def unparse(head, exchanges):
    out = [head, ""] if head else []
    for x in exchanges:
        out += ["=== " + x.title] + x.comments + [f"{x.method} {x.path}"] + [f"{k}: {v}" for k, v in x.headers]
        if x.body:
            out += ["", x.body]
        out += [f"--- {x.code}"] + [f"{k}: {v}" for k, v in x.want_headers]
        if x.want:
            out += ["", x.want]
        out.append("")
    return "\n".join(out)


SIDE_BY_SIDE = 32


def waits(x):
    """A watch that only time ends, and from which nothing is learnt for later: neighbours of this sort are sent at once."""
    return x.method == "GET" and "timeoutSeconds=" in x.path and not any(m.group(2) for m in TOKEN.finditer(x.want or ""))


def batches(exchanges):
    for alike, run in itertools.groupby(exchanges, waits):
        run = list(run)
        step = SIDE_BY_SIDE if alike else 1
        yield from (run[i : i + step] for i in range(0, len(run), step))


class Client:
    """Sends exchanges. What is derived says who is who: a connection, new or kept, and headers, by name of a component."""

    def send_all(self, batch, known):
        """An answer of each, in their order."""
        if len(batch) == 1:
            return [self.send(batch[0], known)]
        with concurrent.futures.ThreadPoolExecutor(len(batch)) as pool:
            return list(pool.map(lambda x: self.send(x, known, self.fresh), batch))

    def kept(self, who):
        if who not in self.connections:
            self.connections[who] = self.fresh(who)
        return self.connections[who]

    def send(self, x, known, connection=None):
        """connection: who -> the connection to use; None: the one that is kept."""
        subst = lambda s: re.sub(r"\$\((\w+)\)", lambda m: known.get(m.group(1), m.group(0)), s)
        headers = {k: subst(v) for k, v in x.headers}
        who = headers.pop("As", "admin")
        if headers.pop("Anonymous", None) is not None:
            who = None
        body = make_body(subst(x.body)) if x.body else None
        if body is not None and "Content-Type" not in headers:
            headers["Content-Type"] = "application/json"
        headers.setdefault("Accept", "application/json")
        headers.update(self.identity(who))
        c = (connection or self.kept)(who)
        try:
            try:
                c.request(x.method, urllib.parse.quote(subst(x.path), safe="/?&=%:;,@~+!*()'$"), body=body, headers=headers)
            except (BrokenPipeError, ConnectionResetError):
                pass  # it answered before all of a large body was sent
            answer = c.getresponse()
            data = answer.read()
            text = wire.as_json(answer.getheader("Content-Type", ""), data) or data.decode("utf-8", "replace")
        except (http.client.HTTPException, OSError) as e:
            c.close()
            return 0, [], f"no answer: {e!r}"
        return answer.status, [(k, v.encode("latin-1").decode("utf-8", "replace")) for k, v in answer.getheaders()], text


class Remote(Client):
    """A server that runs already; components are impersonated."""

    def __init__(self, url, token):
        self.token, self.tls, self.host, self.connections = token, ssl._create_unverified_context(), urllib.parse.urlsplit(url).netloc, {}

    def fresh(self, who):
        return http.client.HTTPSConnection(self.host, context=self.tls, timeout=30)

    def identity(self, who):
        headers = {"Authorization": "Bearer " + self.token} if who else {}
        return headers if who in ("admin", None) else {**headers, "Impersonate-User": "system:kube-" + who}

    def stop(self):
        return 0


class Server(Client):
    def __init__(self, program, directory, *options):
        read_fd, write_fd = os.pipe()
        self.log = open(os.path.join(directory, "log"), "w+")
        self.process = subprocess.Popen(
            [program, "--store=memory", "--secure-port=0", "--cert-dir=" + directory, "--token-auth-file=" + self.tokens(directory),
             f"--ready-fd={write_fd}", *options],
            pass_fds=[write_fd], stderr=self.log, stdout=self.log)
        atexit.register(self.process.kill)  # when a test fails on the way
        os.close(write_fd)
        with os.fdopen(read_fd) as ready:
            words = ready.readline().split()
        if len(words) != 2 or words[0] != "ready":
            self.process.wait()
            self.log.seek(0)
            sys.exit("apiserver did not start:\n" + self.log.read())
        self.port = int(words[1])
        self.tls = ssl.create_default_context(cafile=os.path.join(directory, "ca.crt"))
        self.plain = ssl.create_default_context(cafile=os.path.join(directory, "ca.crt"))
        self.tls.load_cert_chain(os.path.join(directory, "admin.crt"), os.path.join(directory, "admin.key"))
        self.directory, self.connections = directory, {}

    @staticmethod
    def tokens(directory):
        path = os.path.join(directory, "tokens.csv")
        with open(path, "w") as f:
            f.write('sesame,alice,u1,"dev,ops"\n')
        return path

    def context(self, who):
        if who in ("admin", None):
            return self.tls if who else self.plain
        tls = ssl.create_default_context(cafile=os.path.join(self.directory, "ca.crt"))
        tls.load_cert_chain(os.path.join(self.directory, who + ".crt"), os.path.join(self.directory, who + ".key"))
        return tls

    def fresh(self, who):
        """who: whose certificate is shown; None: nobody's."""
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context(who), timeout=30)

    def identity(self, who):
        return {}

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "killed: it did not stop within 10 s"
        self.log.seek(0)
        text = self.log.read()
        if code == 0 and ("Sanitizer" in text or "runtime error" in text):
            code = "a sanitizer's report"
        if code != 0:
            print(text, file=sys.stderr)
        return code


def play(start, path, update):
    """start(directory) gives the server."""
    with open(path) as f:
        head, exchanges = parse(f.read())
    failures, known = 0, {}
    with tempfile.TemporaryDirectory() as directory:
        server = start(directory)
        answers = ((x, answer) for batch in batches(exchanges) for x, answer in zip(batch, server.send_all(batch, known)))
        for x, (code, headers, text) in answers:
            wrong = compare(x, code, headers, text, known) if x.code is not None else "no answer written yet"
            if wrong and update:
                x.want_headers = [h for h in x.want_headers if not warnings_in([h])]
                x.want_headers += [("Warning", v) for v in warnings_in(headers)]
                wrong = compare(x, code, headers, text, known) if x.code is not None else "no answer written yet"
            if wrong and update:
                docs, managed = pairs_of(text), "managedFields" in (x.want or "")
                x.code = code
                x.want = "\n".join(pretty(generalise(d, managed=managed)) for d in docs) if docs else text.strip()
            elif wrong:
                failures += 1
                print(f"{os.path.basename(path)}: {x.title}\n    {x.method} {x.path}\n    {wrong}")
        code = server.stop()
        if code != 0:
            failures += 1
            print(f"{os.path.basename(path)}: the server ended with {code}")
    if update:
        with open(path, "w") as f:
            f.write(unparse(head, exchanges))
    else:
        print(f"{os.path.basename(path)}: {len(exchanges) - failures} of {len(exchanges)} exchanges as written")
    return failures == 0


def add_server_arguments(p):
    p.add_argument("--apiserver", help="the program to start")
    p.add_argument("--url", help="of a server that runs already")
    p.add_argument("--token", default="", help="a bearer token for it")


def starter(a):
    if not a.apiserver and not a.url:
        sys.exit("--apiserver or --url?")
    return lambda directory: Remote(a.url, a.token) if a.url else Server(a.apiserver, directory)


def play_files(description, replay):
    """The main program of tests whose files hold what a server answers. replay(server, text, a): the text as it is now."""
    p = argparse.ArgumentParser(description=description)
    add_server_arguments(p)
    p.add_argument("--update", action="store_true", help="write the outcomes that are true now")
    p.add_argument("files", nargs="+")
    a = p.parse_args()
    wrong = 0
    for path in a.files:
        with open(path) as f:
            want = f.read()
        with tempfile.TemporaryDirectory() as directory:
            server = starter(a)(directory)
            got = replay(server, want, a)
            wrong += server.stop() != 0
        if a.update:
            with open(path, "w") as f:
                f.write(got)
        elif got != want:
            wrong += 1
            print("\n".join(difflib.unified_diff(want.split("\n"), got.split("\n"), path, "now", lineterm="")))
    sys.exit(1 if wrong else 0)


def main():
    p = argparse.ArgumentParser(description="Plays API transcripts against an apiserver of its own.")
    add_server_arguments(p)
    p.add_argument("--update", action="store_true", help="write what was answered where it differs")
    p.add_argument("files", nargs="+")
    a = p.parse_args()
    ok = [play(starter(a), f, a.update) for f in a.files]
    sys.exit(0 if all(ok) else 1)


if __name__ == "__main__":
    main()
