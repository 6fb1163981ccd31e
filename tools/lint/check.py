#!/usr/bin/env python3
"""check.py - runs a checker on C files, one process each and one per core, but not on what it found clean before.

A file is known to be clean by its text and that of all files it can include, how it is compiled, the checker with its version and
arguments, and those files named by --also that stand in a folder above it. For each file the last few such states are kept in $XDG_CACHE_HOME/kubestep/lint
(~/.cache/kubestep/lint), which may be removed at any time; where it cannot be written, all is checked.

Reads: the names of C files from stdin, build/compile_commands.json, the files.   Writes: that cache only.
Prints what the checker says of files that are not clean. Exits with 1 when there are any.
"""
import argparse
import concurrent.futures
import contextlib
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', re.M)
STATES_MAX = 8  # of one file: branches that one goes back and forth between
SYSTEM = ["/usr/include", "/usr/include/%s-linux-gnu" % os.uname().machine]


def digest(*parts):
    h = hashlib.sha256()
    for part in parts:
        h.update(b"%d:" % len(part))
        h.update(part)
    return h.digest()


class Texts:
    """Files by name: a digest of each, and what it includes; read once."""

    def __init__(self):
        self.known, self.found = {}, {}

    def read(self, path):
        if path not in self.known:
            try:
                with open(path, "rb") as f:
                    text = f.read()
                self.known[path] = digest(text), INCLUDE.findall(text)
            except OSError:
                self.known[path] = None
        return self.known[path]

    def find(self, kind, name, beside, folders):
        places = ([beside] if kind == b'"' else []) + folders
        key = (name, tuple(places))
        if key not in self.found:
            paths = (os.path.normpath(os.path.join(p, os.fsdecode(name))) for p in places)
            self.found[key] = next((p for p in paths if self.read(p)), None)
        return self.found[key]

    def all_of(self, path, folders):
        """Names and digests of the file and of what it can include, whatever its #if say."""
        todo, seen = [path], set()
        while todo:
            at = todo.pop()
            if at in seen or not self.read(at):
                continue
            seen.add(at)
            for kind, name in self.read(at)[1]:
                inside = self.find(kind, name, os.path.dirname(at), folders)
                if inside:
                    todo.append(inside)
        return b"".join(os.fsencode(p) + self.read(p)[0] for p in sorted(seen))


def commands():
    """How each file is compiled, without the place of the tree: (arguments, folders of headers)."""
    root, out = os.getcwd() + "/", {}
    with open("build/compile_commands.json") as f:
        for entry in json.load(f):
            words = shlex.split(entry["command"].replace(root, "").replace(root[:-1], "."))
            folders = [word[2:] for word in words if word.startswith("-I")]
            folders += [words[i + 1] for i, word in enumerate(words[:-1]) if word == "-isystem"]
            out[os.path.relpath(entry["file"], root)] = " ".join(words), folders
    return out


class Kept:
    """The states in which a checker found files clean."""

    def __init__(self, checker):
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        self.folder = os.path.join(base, "kubestep", "lint", checker)

    def path(self, file):
        return os.path.join(self.folder, hashlib.sha256(file.encode()).hexdigest()[:24])

    def states(self, file):
        try:
            with open(self.path(file)) as f:
                return f.read().split()
        except OSError:
            return []

    def add(self, file, state):
        with contextlib.suppress(OSError):
            os.makedirs(self.folder, exist_ok=True)
            states = [state] + [s for s in self.states(file) if s != state]
            handle, new = tempfile.mkstemp(dir=self.folder)
            with os.fdopen(handle, "w") as f:
                f.write("\n".join(states[:STATES_MAX]) + "\n")
            os.rename(new, self.path(file))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--also", action="append", default=[], metavar="FILE", help="a file that the checker reads for all files in its folder and below")
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    p.add_argument("command", nargs="+", help="the checker and its arguments; the name of a file is added")
    a = p.parse_args()
    checker = os.path.basename(a.command[0])
    version = subprocess.run([a.command[0], "--version"], stdout=subprocess.PIPE, check=True).stdout
    texts, how, kept = Texts(), commands(), Kept(checker)
    common = digest(version, repr(a.command).encode())
    also = [(os.path.join(os.path.dirname(f), ""), texts.read(f)[0]) for f in a.also]

    def state(file):
        command, folders = how.get(file, ("", ["lib", ".", "build/gen"]))
        read = [text for folder, text in also if file.startswith(folder)]
        return digest(common, *read, command.encode(), texts.all_of(file, folders + SYSTEM)).hex()

    todo = []
    files = sys.stdin.read().split()
    for file in files:
        now = state(file)
        if now not in kept.states(file):
            todo.append((os.path.getsize(file), file, now))
    print("   %s: %d of %d files are as they were" % (checker, len(files) - len(todo), len(files)), flush=True)

    def check(item):
        said = subprocess.run([*a.command, item[1]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if not said.returncode:
            kept.add(item[1], item[2])
        return said

    bad = 0
    todo.sort(reverse=True)  # the long ones first, so that the cores end together
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for said in pool.map(check, todo):
            if said.returncode:
                bad += 1
                print(said.stdout.decode(errors="replace"), end="", flush=True)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
