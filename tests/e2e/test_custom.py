#!/usr/bin/env python3
"""Custom resources with real kubectl: definitions and their objects from the first apply to the end, and what happens to
them in the garbage collector, in a restart and in a reset."""
import json
import os
import subprocess
import threading

import harness
from harness import pod, poll

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUP = "example.com"
SPEC = {
    "type": "object", "required": ["size"], "description": "What is wanted of a widget.",
    "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 9, "description": "How large it is."},
        "color": {"type": "string", "default": "red", "enum": ["red", "blue"]},
        "replicas": {"type": "integer"},
        "ports": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
    }}


def schema():
    return {"openAPIV3Schema": {"type": "object", "properties": {
        "spec": SPEC,
        "status": {"type": "object", "properties": {"phase": {"type": "string"}, "replicas": {"type": "integer"},
                                                    "selector": {"type": "string"}}}}}}


def version(name, **more):
    return {"name": name, "served": True, "storage": False, "schema": schema(),
            "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.replicas",
                                                     "statusReplicasPath": ".status.replicas",
                                                     "labelSelectorPath": ".status.selector"}},
            "selectableFields": [{"jsonPath": ".spec.color"}],
            "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
                                         {"name": "Color", "type": "string", "jsonPath": ".spec.color", "priority": 1}],
            **more}


def definition(word, scope="Namespaced", versions=None):
    """Of kind Word, with the plural "words", the short name "dro" and the category "all-words"."""
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "%ss.%s" % (word, GROUP)},
            "spec": {"group": GROUP, "scope": scope, "versions": versions or [version("v1", storage=True)],
                     "names": {"plural": word + "s", "singular": word, "kind": word.capitalize(),
                               "shortNames": [word[:-4:-1]], "categories": ["all-%ss" % word]}}}


def custom(word, name, owners=(), spec=None, **meta):
    return {"apiVersion": GROUP + "/v1", "kind": word.capitalize(),
            "metadata": {"name": name, "ownerReferences": list(owners), **meta}, "spec": spec or {"size": 1}}


def ref(owner, **more):
    return {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
            "uid": owner["metadata"]["uid"], **more}


class Custom(harness.Test):
    """Each test has a kind of its own."""

    def define(self, word, **more):
        self.kubectl("apply", "-f", "-", stdin=json.dumps(definition(word, **more)))
        self.kubectl("wait", "--for=condition=Established", "crd/%ss.%s" % (word, GROUP), "--timeout=30s")

    def apply(self, *objects):
        for o in objects:
            self.kubectl("apply", "-f", "-", stdin=json.dumps(o))

    def get(self, *what):
        return self.kubectl("get", *what, "-o", "json").json()

    def make(self, obj):
        """Made, as the server has it."""
        self.apply(obj)
        return self.get(obj["kind"].lower(), obj["metadata"]["name"])

    def names(self, *what):
        return sorted(o["metadata"]["name"] for o in self.get(*what)["items"])

    def gone(self, *what):
        return "not found" in self.kubectl("get", *what, code=None).err

    def refused(self, *args, **more):
        r = self.kubectl(*args, code=None, **more)
        self.assertNotEqual(r.code, 0, r)
        return r.err

    # ---- Daily life ----

    def test_daily_life(self):
        self.define("widget")
        self.apply(custom("widget", "one", spec={"size": 3}), custom("widget", "two", spec={"size": 4, "color": "blue"}))
        table = self.kubectl("get", "teg").out.splitlines()
        self.assertEqual(table[0].split(), ["NAME", "SIZE"])
        self.assertEqual([line.split() for line in table[1:]], [["one", "3"], ["two", "4"]])
        self.assertEqual(self.kubectl("get", "widgets.example.com", "one", "-o", "wide").out.splitlines()[1].split(),
                         ["one", "3", "red"])
        self.assertIn("two", self.kubectl("get", "all-widgets").out)
        self.assertIn("size: 4", self.kubectl("get", "widget", "two", "-o", "yaml").out)
        self.assertIn("teg", self.kubectl("api-resources", "--api-group=" + GROUP).out)
        self.assertEqual(self.names("widgets", "--field-selector", "spec.color=blue"), ["two"])
        self.kubectl("label", "widget", "one", "tier=front")
        self.assertEqual(self.names("widgets", "-l", "tier=front"), ["one"])
        self.kubectl("annotate", "widget", "one", "note=x")
        self.assertEqual(self.get("widget", "one")["metadata"]["annotations"]["note"], "x")
        self.assertIn("Size:", self.kubectl("describe", "widget", "one").out)
        self.kubectl("delete", "widget", "--all", "--timeout=30s")
        self.assertEqual(self.names("widgets"), [])

    def test_explain(self):
        self.define("explained")
        text = poll("the schema", lambda: self.kubectl("explain", "explained.spec", code=None).out)
        for words in ("What is wanted of a widget.", "size", "How large it is.", "color"):
            self.assertIn(words, text)

    def test_patches_status_and_scale(self):
        self.define("gear")
        self.apply(custom("gear", "g", spec={"size": 2, "replicas": 1}))
        self.assertEqual(self.get("gear", "g")["metadata"]["generation"], 1)
        self.kubectl("patch", "gear", "g", "--type=merge", "-p", '{"spec":{"size":5},"status":{"phase":"no"}}')
        self.kubectl("patch", "gear", "g", "--type=json", "-p", '[{"op":"replace","path":"/spec/color","value":"blue"}]')
        now = self.get("gear", "g")
        self.assertEqual((now["spec"]["size"], now["spec"]["color"], now["metadata"]["generation"]), (5, "blue", 3))
        self.assertNotIn("status", now)
        self.kubectl("patch", "gear", "g", "--subresource=status", "--type=merge", "-p",
                     '{"spec":{"size":7},"status":{"phase":"Ready","replicas":1,"selector":"app=g"}}')
        now = self.get("gear", "g")
        self.assertEqual((now["spec"]["size"], now["status"]["phase"], now["metadata"]["generation"]), (5, "Ready", 3))
        self.kubectl("scale", "gear/g", "--replicas=4", "--current-replicas=1")
        self.assertEqual(self.get("gear", "g")["spec"]["replicas"], 4)
        scale = self.api.get("/apis/example.com/v1/namespaces/default/gears/g/scale")
        self.assertEqual((scale["kind"], scale["spec"]["replicas"], scale["status"]["selector"]), ("Scale", 4, "app=g"))
        self.assertIn("strategic", self.refused("patch", "gear", "g", "--type=strategic", "-p", "{}"))

    def test_defaults_pruning_and_validation(self):
        self.define("knob")
        self.apply(custom("knob", "k"))
        self.assertEqual(self.get("knob", "k")["spec"], {"size": 1, "color": "red"})
        strict = self.refused("create", "-f", "-", stdin=json.dumps(custom("knob", "odd", spec={"size": 1, "shape": "x"})))
        self.assertIn('strict decoding error: unknown field "spec.shape"', strict)
        self.kubectl("create", "--validate=false", "-f", "-",
                     stdin=json.dumps(custom("knob", "odd", spec={"size": 1, "shape": "x"})))
        self.assertNotIn("shape", self.get("knob", "odd")["spec"])
        for spec, words in (({"size": 12}, "spec.size: Invalid value: 12: spec.size in body should be less than or equal to 9"),
                            ({"size": "x"}, 'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'),
                            ({"size": 1, "color": "green"}, 'spec.color: Unsupported value: "green": supported values: "red", "blue"'),
                            ({"color": "red"}, "spec.size: Required value")):
            self.assertIn(words, self.refused("create", "-f", "-", stdin=json.dumps(custom("knob", "bad", spec=spec))))
        self.assertEqual(self.names("knobs"), ["k", "odd"])

    def test_two_versions(self):
        self.define("lever", versions=[version("v1", storage=True), version("v1beta1", deprecated=True)])
        self.apply(custom("lever", "l"))
        old = self.kubectl("get", "levers.v1beta1.example.com", "l", "-o", "json")
        self.assertEqual(old.json()["apiVersion"], "example.com/v1beta1")
        self.assertIn("example.com/v1beta1 Lever is deprecated; use example.com/v1 Lever", old.err)
        self.kubectl("label", "levers.v1beta1.example.com", "l", "by=old")
        now = self.get("lever", "l")
        self.assertEqual((now["apiVersion"], now["metadata"]["labels"]["by"]), ("example.com/v1", "old"))
        self.assertEqual(self.get("crd", "levers.example.com")["status"]["storedVersions"], ["v1"])

    def test_definition_and_object_at_once(self):
        folder = self.home.path("both")
        os.mkdir(folder)
        for name, obj in (("a.json", definition("pin", scope="Cluster")), ("b.json", custom("pin", "p"))):
            self.home.write(os.path.join("both", name), obj)
        first = self.kubectl("apply", "-f", folder, code=None)
        self.assertIn("customresourcedefinition.apiextensions.k8s.io/pins.example.com created", first.out)
        if first.code:  # kubectl looked for the kind before it made it, as with any cluster
            self.assertIn("no matches for kind", first.err)
            self.kubectl("wait", "--for=condition=Established", "crd/pins.example.com", "--timeout=30s")
            self.kubectl("apply", "-f", folder)
        self.assertEqual(self.names("pins"), ["p"])

    def test_watch_goes_on_when_the_definition_changes(self):
        self.define("dial")
        env = dict(self.cluster.env)
        watch = subprocess.Popen([harness.find_kubectl(), "get", "dials", "-w", "-o", "name"], env=env,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        seen = []
        reader = threading.Thread(target=lambda: seen.extend(line.strip() for line in watch.stdout), daemon=True)
        c = self.api.connection()
        c.request("GET", "/apis/example.com/v1/dials?watch=true&resourceVersion=0", headers={"Accept": "application/json"})
        raw = c.getresponse()
        try:
            self.apply(custom("dial", "before"))
            changed = definition("dial")
            changed["spec"]["versions"][0]["additionalPrinterColumns"].pop()
            self.apply(changed)
            events = [json.loads(line) for line in raw.read().splitlines()]  # it ends
            self.assertIn("before", [e["object"]["metadata"].get("name") for e in events])
            self.assertNotIn("ERROR", [e["type"] for e in events])
            reader.start()
            self.apply(custom("dial", "after"))
            self.assertEqual(self.names("dials"), ["after", "before"])
            rev = self.get("dials")["metadata"]["resourceVersion"]
            c.request("GET", "/apis/example.com/v1/dials?watch=true&timeoutSeconds=1&resourceVersion=" + rev)
            self.assertEqual(c.getresponse().status, 200)
        finally:
            watch.kill()
            watch.wait()
            c.close()
        reader.join(harness.PATIENCE)
        watch.stdout.close()
        self.assertIn("dial.example.com/before", seen)

    # ---- The end ----

    def test_deletion_of_the_definition(self):
        self.define("flap")
        self.apply(custom("flap", "free"), custom("flap", "held", finalizers=["example.com/hold"]))
        self.kubectl("delete", "crd", "flaps.example.com", "--wait=false")
        poll("the free one goes", lambda: self.names("flaps") == ["held"])
        self.assertIn("deletionTimestamp", self.get("flap", "held")["metadata"])
        crd = self.get("crd", "flaps.example.com")
        self.assertEqual([c["status"] for c in crd["status"]["conditions"] if c["type"] == "Terminating"], ["True"])
        self.refused("create", "-f", "-", stdin=json.dumps(custom("flap", "late")))
        self.kubectl("patch", "flap", "held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        poll("the definition goes", lambda: self.gone("crd", "flaps.example.com"))
        self.assertEqual(self.api.call("GET", "/apis/example.com/v1/flaps")[0], 404)

    # ---- The garbage collector ----

    def config_map(self, name, *owners):
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "ownerReferences": list(owners)}}

    def test_background(self):
        self.define("boss")
        boss = self.make(custom("boss", "b"))
        self.apply(self.config_map("of-b", ref(boss)), custom("boss", "below", [ref(boss)]))
        below = self.get("boss", "below")
        self.apply(self.config_map("of-below", ref(below)))
        self.kubectl("delete", "boss", "b", "--timeout=30s")
        poll("all below go", lambda: self.gone("cm", "of-b") and self.gone("boss", "below") and self.gone("cm", "of-below"))

    def test_custom_dependents_of_a_built_in_owner(self):
        self.define("child")
        self.apply(self.config_map("parent"))
        self.apply(custom("child", "c", [ref(self.get("cm", "parent"))]))
        self.kubectl("delete", "cm", "parent")
        poll("the child goes", lambda: self.gone("child", "c"))

    def test_an_owner_that_never_was(self):
        self.define("orphan")
        self.apply(custom("orphan", "o", [{"apiVersion": "example.com/v1", "kind": "Orphan", "name": "x", "uid": "0-1"}]))
        poll("it goes", lambda: self.gone("orphan", "o"))

    def test_foreground(self):
        self.define("chief")
        chief = self.make(custom("chief", "c"))
        held = custom("chief", "held", [ref(chief, blockOwnerDeletion=True)], finalizers=["example.com/hold"])
        self.apply(held, self.config_map("free", ref(chief, blockOwnerDeletion=True)))
        self.kubectl("delete", "chief", "c", "--cascade=foreground", "--wait=false")
        poll("the free one goes", lambda: self.gone("cm", "free"))
        poll("the other is to go", lambda: "deletionTimestamp" in self.get("chief", "held")["metadata"])
        self.assertEqual(self.get("chief", "c")["metadata"]["finalizers"], ["foregroundDeletion"])
        self.kubectl("patch", "chief", "held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        poll("both go", lambda: self.names("chiefs") == [])

    def test_orphan(self):
        self.define("lord")
        lord = self.make(custom("lord", "l"))
        self.apply(self.config_map("left", ref(lord)), custom("lord", "left", [ref(lord)]))
        self.kubectl("delete", "lord", "l", "--cascade=orphan", "--timeout=30s")
        poll("the owner goes", lambda: self.gone("lord", "l"))
        for what in (("cm", "left"), ("lord", "left")):
            poll("it is let go", lambda what=what: "ownerReferences" not in self.get(*what)["metadata"])

    def test_one_of_two_owners(self):
        self.define("twin")
        a, b = self.make(custom("twin", "a")), self.make(custom("twin", "b"))
        self.apply(custom("twin", "child", [ref(a), ref(b)]))
        self.kubectl("delete", "twin", "a", "--timeout=30s")
        poll("one is left", lambda: [r["name"] for r in self.get("twin", "child")["metadata"]["ownerReferences"]] == ["b"])

    def test_dependents_wait_for_a_kind_to_come(self):
        self.apply(self.config_map("early", {"apiVersion": "example.com/v1", "kind": "Later", "name": "x", "uid": "0-2"}))
        self.define("later")
        poll("its owner is not there", lambda: self.gone("cm", "early"))

    def test_the_kind_goes_and_its_dependents_with_it(self):
        self.define("mayfly")
        fly = self.make(custom("mayfly", "f"))
        self.apply(self.config_map("of-f", ref(fly)))
        self.kubectl("delete", "crd", "mayflys.example.com", "--timeout=30s")
        poll("the dependent goes", lambda: self.gone("cm", "of-f"))
        self.define("mayfly")
        self.apply(custom("mayfly", "again", [ref(fly)]))
        poll("followed anew", lambda: self.gone("mayfly", "again"))

    def test_the_best_version_changes(self):
        self.define("fashion", versions=[version("v1beta1"), version("v1", storage=True)])
        boss = self.make(custom("fashion", "b"))
        self.apply(self.config_map("of-fashion", ref(boss)))
        self.define("fashion", versions=[version("v1", served=False, storage=True), version("v1beta1")])
        poll("other tables", lambda: self.api.call("GET", "/apis/example.com/v1/fashions")[0] == 404)
        self.kubectl("delete", "fashions.v1beta1.example.com", "b", "--timeout=30s")
        self.define("fashion", versions=[version("v1beta1"), version("v1", storage=True)])
        poll("the dependent goes", lambda: self.gone("cm", "of-fashion"))

    def test_namespaces(self):
        self.define("tenant")
        self.kubectl("create", "namespace", "full")
        self.kubectl("-n", "full", "create", "-f", "-", stdin=json.dumps(custom("tenant", "t")))
        self.kubectl("delete", "namespace", "full", "--timeout=30s")
        self.assertEqual(self.names("tenants", "-A"), [])

    def test_budgets_of_scaled_kinds(self):
        self.define("fleet")
        self.define("crowd", versions=[version("v1", storage=True, subresources={"status": {}})])
        fleet = self.make(custom("fleet", "f", spec={"size": 1, "replicas": 5}))
        crowd = self.make(custom("crowd", "c"))
        for owner in (fleet, crowd):
            word = owner["kind"].lower()
            one = pod(word)
            one["metadata"]["ownerReferences"] = [ref(owner, controller=True)]
            self.apply({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": word},
                        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": word}}}}, one)
        status = poll("a count", lambda: self.get("pdb", "fleet").get("status", {}).get("expectedPods") == 5
                      and self.get("pdb", "fleet")["status"])
        self.assertEqual(status["desiredHealthy"], 4)
        poll("no count", lambda: "crowds.example.com does not implement the scale subresource" in json.dumps(
            self.get("pdb", "crowd").get("status", {})))


class Again(harness.Test):
    """A cluster of its own: it is restarted and reset."""

    def groups(self):
        return [g["name"] for g in self.api.get("/apis")["groups"]]

    def test_restart(self):
        self.kubectl("apply", "-f", "-", stdin=json.dumps(definition("stone")))
        self.kubectl("wait", "--for=condition=Established", "crd/stones.example.com", "--timeout=30s")
        self.kubectl("apply", "-f", "-", stdin=json.dumps(custom("stone", "s")))
        stone = self.kubectl("get", "stone", "s", "-o", "json").json()
        self.kubectl("apply", "-f", "-", stdin=json.dumps(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "of-s", "ownerReferences": [ref(stone)]}}))
        self.cluster.down()
        self.home.up()
        self.assertEqual(self.kubectl("get", "eno", "-o", "json").json()["items"][0]["metadata"]["uid"],
                         stone["metadata"]["uid"])
        self.kubectl("get", "cm", "of-s")
        self.kubectl("delete", "stone", "s", "--cascade=foreground", "--timeout=30s")
        poll("its dependent is gone", lambda: "not found" in self.kubectl("get", "cm", "of-s", code=None).err)

    def test_reset(self):
        before = self.groups()
        for _ in range(3):
            self.kubectl("apply", "-f", "-", stdin=json.dumps(definition("sand")))
            self.kubectl("wait", "--for=condition=Established", "crd/sands.example.com", "--timeout=30s")
            self.kubectl("apply", "-f", "-", stdin=json.dumps(custom("sand", "s", finalizers=["example.com/hold"])))
            self.assertIn(GROUP, self.groups())
            self.cluster.kubestep("reset")
            self.assertEqual(self.groups(), before)
            self.assertEqual(self.api.call("GET", "/apis/example.com/v1/sands")[0], 404)
            self.assertEqual(self.api.get(DEFINITIONS)["items"], [])
        self.kubectl("apply", "-f", "-", stdin=json.dumps(definition("sand")))
        self.kubectl("wait", "--for=condition=Established", "crd/sands.example.com", "--timeout=30s")
        self.assertEqual(self.api.get("/apis/example.com/v1/sands")["items"], [], "objects of the former kind")


if __name__ == "__main__":
    harness.need("kubectl")
    harness.main()
