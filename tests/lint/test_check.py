#!/usr/bin/env python3
"""test_check.py - tools/lint/check.py with a checker that this test plays: what is asked again, and what is not.
Writes: a temporary folder only."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

CHECK = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "tools", "lint", "check.py")
CHECKER = """#!/bin/sh
if [ "$1" = --version ]; then cat version; exit; fi
for file; do :; done
echo "$file" >>asked
if grep BAD "$file"; then exit 1; fi
"""


class Check(unittest.TestCase):
    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.tree = os.path.join(home.name, "tree")
        self.cache = os.path.join(home.name, "cache")
        self.grow(self.tree)

    def grow(self, tree):
        texts = {"checker": CHECKER, "version": "1\n", "rules": "all\n", "a.c": '#include "a.h"\n', "a.h": "#  include <deep.h>\n",
                 "lib/deep.h": "int deep;\n", "lib/rules": "", "b.c": "int b; // BAD\n"}
        commands = [{"directory": tree, "file": os.path.join(tree, f), "command": "cc -I%s/lib -c %s/%s" % (tree, tree, f)} for f in ("a.c", "b.c")]
        os.makedirs(os.path.join(tree, "lib"))
        os.makedirs(os.path.join(tree, "build"))
        for name, text in texts.items():
            self.write(name, text, tree)
        self.write("build/compile_commands.json", json.dumps(commands), tree)
        os.chmod(os.path.join(tree, "checker"), 0o755)

    def write(self, name, text, tree=None):
        with open(os.path.join(tree or self.tree, name), "w") as f:
            f.write(text)

    def asked(self, *arguments, code=1, tree=None):
        """Which files the checker saw; b.c is bad until it is written anew."""
        tree = tree or self.tree
        p = subprocess.run([sys.executable, "-B", CHECK, "--also", "rules", "--also", "lib/rules", "--", "./checker", *arguments], input="a.c\nb.c\n", text=True, cwd=tree,
                           stdout=subprocess.PIPE, env=dict(os.environ, XDG_CACHE_HOME=self.cache))
        self.assertEqual((p.returncode, "BAD" in p.stdout), (code, bool(code)), p.stdout)
        try:
            with open(os.path.join(tree, "asked")) as f:
                seen = f.read().split()
            os.remove(os.path.join(tree, "asked"))
        except FileNotFoundError:
            seen = []
        return sorted(seen)

    def test_clean_files_are_asked_once(self):
        self.assertEqual(self.asked(), ["a.c", "b.c"])
        self.assertEqual(self.asked(), ["b.c"])
        self.write("b.c", "int b;\n")
        self.assertEqual(self.asked(code=0), ["b.c"])
        self.assertEqual(self.asked(code=0), [])

    def test_what_they_depend_on(self):
        self.asked()
        for name, text in (("a.c", '#include "a.h"\nint a;\n'), ("a.h", "#include <deep.h>\n"), ("lib/deep.h", "long deep;\n"),
                           ("rules", "none\n"), ("version", "2\n"), ("deep.h", "int hides;\n"), ("lib/rules", "for lib\n")):
            self.write(name, text)
            # The compiler looks for <deep.h> in its folders only; lib/rules are not for what is above.
            self.assertEqual(self.asked(), ["b.c"] if name in ("deep.h", "lib/rules") else ["a.c", "b.c"], name)
            self.assertEqual(self.asked(), ["b.c"], name)
        self.assertEqual(self.asked("--more"), ["a.c", "b.c"])
        with open(os.path.join(self.tree, "build/compile_commands.json")) as f:
            commands = f.read()
        self.write("build/compile_commands.json", commands.replace("cc -I", "cc -DX -I"))
        self.assertEqual(self.asked(), ["a.c", "b.c"])
        self.write("build/compile_commands.json", commands)  # as it was before
        self.assertEqual(self.asked(), ["b.c"])

    def test_two_trees_share(self):
        other = self.tree + "-2"
        self.grow(other)
        self.asked()
        self.assertEqual(self.asked(tree=other), ["b.c"])

    def test_no_cache_to_write_to(self):
        with open(self.cache, "w"):
            pass
        self.assertEqual([self.asked(), self.asked()], [["a.c", "b.c"]] * 2)


if __name__ == "__main__":
    unittest.main()
