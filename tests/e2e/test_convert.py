#!/usr/bin/env python3
"""kubestep convert as a shell sees it: files and pipes, exit codes, all or nothing on stdout. It needs no cluster."""
import json
import os
import unittest

import harness
from harness import Home

PODS = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\n"


class Convert(unittest.TestCase):
    def setUp(self):
        self.home = Home()
        self.addCleanup(self.home.close)
        self.kubestep = self.home.kubestep

    def file(self, text, name="objects"):
        path = os.path.join(self.home.dir, name)
        with open(path, "wb") as f:
            f.write(text.encode() if isinstance(text, str) else text)
        return path

    def test_forms(self):
        path = self.file(PODS % "a" + "---\n" + PODS % "b")
        lines = self.kubestep("convert", "-f", path, "-o", "json").out.splitlines()
        self.assertEqual([json.loads(line)["metadata"]["name"] for line in lines], ["a", "b"])
        again = self.kubestep("convert", "-f", self.file("\n".join(lines), "again")).out
        self.assertEqual(again, self.kubestep("convert", "-f", path, "-o", "yaml").out)
        self.assertEqual(again.count("---\n"), 1)
        pretty = self.kubestep("convert", "-f", self.file(lines[0], "one"), "-o", "json", "--pretty").out
        self.assertTrue(pretty.startswith('{\n    "kind": "Pod",\n'), pretty)
        self.assertEqual(json.loads(pretty), json.loads(lines[0]))

    def test_versions(self):
        path = self.file("apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec: {maxReplicas: 3}\n")
        v1 = self.kubestep("convert", "-f", path, "-o", "json", "--output-version", "autoscaling/v1").json()
        self.assertEqual((v1["apiVersion"], v1["spec"]["maxReplicas"]), ("autoscaling/v1", 3))
        r = self.kubestep("convert", "-f", path, "--output-version", "apps/v1", code=1)
        self.assertIn("HorizontalPodAutoscaler of autoscaling/v2 has no version apps/v1", r.err)

    def test_all_or_nothing(self):
        path = self.file(PODS % "a" + "---\n" + PODS % "b" + "spec: {nodename: x}\n")
        r = self.kubestep("convert", "-f", path, "-o", "json", code=1)
        self.assertEqual(r.out, "")
        self.assertEqual(r.err, 'kubestep: %s: document 2: strict decoding error: unknown field "spec.nodename"\n' % path)
        r = self.kubestep("convert", "-f", path, "-o", "json", "--strict=false")
        self.assertEqual(len(r.out.splitlines()), 2)
        r = self.kubestep("convert", "-f", path, "-o", "protobuf", "--strict=false", code=2)
        self.assertEqual(r.err, "kubestep: %s: protobuf is one object, and these are 2\n" % path)

    def test_usage(self):
        self.assertIn("-f FILE", self.kubestep("convert", code=2).err)
        self.kubestep("convert", "-f", "x", "-o", "xml", code=2)
        self.kubestep("convert", "-f", os.path.join(self.home.dir, "none"), code=1)
        self.assertIn("no objects in it", self.kubestep("convert", "-f", os.devnull, code=1).err)


if __name__ == "__main__":
    harness.main()
