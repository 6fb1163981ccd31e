#!/usr/bin/env python3
"""test_cache.py - what client.py keeps: whole or not at all, one folder for each state of what goes in, and no need of a cache.
Writes: a temporary folder only."""
import os
import tempfile
import time
import unittest
from unittest import mock

import client


class Cache(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        cache = os.path.join(self.home.name, "cache")
        patch = mock.patch.dict(os.environ, XDG_CACHE_HOME=cache)
        patch.start()
        self.addCleanup(patch.stop)
        client.WORK = os.path.join(self.home.name, "work")
        self.root = os.path.join(cache, "kubestep", "clients")
        self.made = 0

    def make(self, folder):
        self.made += 1
        with open(os.path.join(folder, "program"), "w") as f:
            f.write("made %d" % self.made)

    def program(self, *facts):
        with open(os.path.join(client.kept("tool", facts, self.make), "program")) as f:
            return f.read()

    def test_made_once_for_the_same_facts(self):
        self.assertEqual([self.program("a"), self.program("a"), self.program("b"), self.program("a")],
                         ["made 1", "made 1", "made 2", "made 1"])

    def test_what_fails_is_not_kept(self):
        def half(folder):
            self.make(folder)
            raise SystemExit(77)
        with self.assertRaises(SystemExit):
            client.kept("tool", ("a",), half)
        self.assertEqual(os.listdir(self.root), [])
        self.assertEqual(self.program("a"), "made 2")

    def test_what_was_cut_off_is_not_taken(self):
        self.program("a")
        os.rename(client.kept("tool", ("a",), self.make), os.path.join(self.root, ".tool-cut"))
        self.assertEqual(self.program("a"), "made 2")

    def test_another_was_first(self):
        def slow(folder):
            self.make(folder)
            client.kept("tool", ("a",), self.make)
        with open(os.path.join(client.kept("tool", ("a",), slow), "program")) as f:
            self.assertEqual(f.read(), "made 2")
        self.assertEqual(len(os.listdir(self.root)), 1)

    def test_no_cache_to_write_to(self):
        with open(os.environ["XDG_CACHE_HOME"], "w"):
            pass
        self.assertEqual([self.program("a"), self.program("a")], ["made 1", "made 1"])
        self.assertTrue(client.kept("tool", ("a",), self.make).startswith(client.WORK))
        with client.workshop("shop", ("a",)) as place:
            self.assertTrue(place.startswith(client.WORK))

    def test_what_nobody_used_for_long_goes(self):
        old, used = client.kept("tool", ("old",), self.make), client.kept("tool", ("used",), self.make)
        long_ago = time.time() - (client.KEPT_DAYS + 1) * 24 * 3600
        for place in (old, used):
            os.utime(place, (long_ago, long_ago))
        self.program("used")
        self.program("new")
        self.assertEqual((os.path.exists(old), os.path.exists(used)), (False, True))

    def test_a_workshop_goes_on_where_it_was(self):
        with client.workshop("shop", ("a",)) as place:
            self.make(place)
        with client.workshop("shop", ("a",)) as again:
            self.assertTrue(os.path.exists(os.path.join(again, "program")))
        with client.workshop("shop", ("b",)) as other:
            self.assertNotEqual(other, place)

    def test_copies_are_new(self):
        source = os.path.join(client.HERE, "rust", "src", "lib.rs")
        before = time.time() - 5  # a file system may round
        client.copied("rust", ["src"], os.path.join(self.home.name, "copy"))
        copy = os.path.join(self.home.name, "copy", "src", "lib.rs")
        self.assertGreater(os.stat(copy).st_mtime, max(before, os.stat(source).st_mtime - 1))


if __name__ == "__main__":
    unittest.main()
