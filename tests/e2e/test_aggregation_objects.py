#!/usr/bin/env python3
"""Objects that an aggregated server keeps (aggregated.py), as the garbage collector and the namespace controller see them."""
import aggregated
import harness
from harness import poll

GV = aggregated.GV
MAPS = "/api/v1/namespaces/%s/configmaps"


def owned_by(obj, owner):
    obj["metadata"]["ownerReferences"] = [{"apiVersion": owner["apiVersion"], "kind": owner["kind"],
                                           "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}]
    return obj


def config_map(name):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


class Objects(aggregated.Test):
    def there(self, path):
        return self.api.call("GET", path)[0] == 200

    def pebbles(self, ns):
        return "/apis/%s/namespaces/%s/pebbles" % (GV, ns)

    def namespace(self, name):
        self.api.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        return name

    def test_owner_of_ours(self):
        """A ConfigMap goes with its Pebble, and one whose Pebble was never there, too; another one stays."""
        maps = MAPS % "default"
        owner = self.api.post(aggregated.PEBBLES, aggregated.pebble("owner"))
        other = self.api.post(aggregated.PEBBLES, aggregated.pebble("other"))
        self.api.post(maps, owned_by(config_map("goes"), owner))
        self.api.post(maps, owned_by(config_map("stays"), other))
        ghost = {"apiVersion": GV, "kind": "Pebble", "metadata": {"name": "ghost", "uid": "5e3a6a4e-0000-4000-8000-000000000000"}}
        self.api.post(maps, owned_by(config_map("orphan"), ghost))
        poll("the orphan is gone", lambda: not self.there(maps + "/orphan"))
        self.assertTrue(self.there(maps + "/goes"))
        self.assertEqual(self.api.call("DELETE", aggregated.PEBBLES + "/owner")[0], 200)
        poll("the ConfigMap is gone", lambda: not self.there(maps + "/goes"))
        self.assertTrue(self.there(maps + "/stays"))

    def test_owned_by_ours(self):
        """A Pebble goes with its ConfigMap."""
        owner = self.api.post(MAPS % "default", config_map("root"))
        owner.update(apiVersion="v1", kind="ConfigMap")
        self.api.post(aggregated.PEBBLES, owned_by(aggregated.pebble("leaf"), owner))
        self.assertEqual(self.api.call("DELETE", MAPS % "default" + "/root")[0], 200)
        poll("the Pebble is gone", lambda: not self.there(aggregated.PEBBLES + "/leaf"))

    def test_nobody_asks_for_it_any_more(self):
        """With an APIService no objects go: what they own stays."""
        maps = MAPS % "default"
        owner = self.api.post(aggregated.PEBBLES, aggregated.pebble("beyond"))
        self.api.post(maps, owned_by(config_map("kept"), owner))
        path = "/apis/apiregistration.k8s.io/v1/apiservices/" + aggregated.NAME
        self.addCleanup(self.wait, "True", "Passed")
        self.addCleanup(self.register)
        self.assertEqual(self.api.call("DELETE", path)[0], 200)
        poll("not served", lambda: not self.there(aggregated.PEBBLES + "/beyond"))
        self.cluster.kubestep("clock", "settle")
        self.assertTrue(self.there(maps + "/kept"))

    def test_server_ends(self):
        """While it does not answer, all else goes on, and nothing of its own is decided."""
        maps = MAPS % "default"
        owner = self.api.post(aggregated.PEBBLES, aggregated.pebble("silent"))
        self.api.post(maps, owned_by(config_map("waits"), owner))
        root = self.api.post(maps, config_map("plain"))
        root.update(apiVersion="v1", kind="ConfigMap")
        self.api.post(maps, owned_by(config_map("leaf"), root))
        self.addCleanup(self.wait, "True", "Passed")
        self.addCleanup(self.server.again)
        self.server.close()
        self.register(versionPriority=27)
        self.wait("False", "FailedDiscoveryCheck")
        self.assertEqual(self.api.call("DELETE", maps + "/plain")[0], 200)
        poll("the other dependent is gone", lambda: not self.there(maps + "/leaf"))
        self.assertTrue(self.there(maps + "/waits"))

    def test_namespace(self):
        """It is emptied of Pebbles: at once, or one by one where the server knows no collections."""
        for name, verbs in (("wall", aggregated.VERBS), ("heap", [v for v in aggregated.VERBS if v != "deletecollection"])):
            self.server.state.verbs = verbs
            self.register(versionPriority=30 + len(verbs))
            self.addCleanup(setattr, self.server.state, "verbs", aggregated.VERBS)
            poll("its verbs are known", lambda: self.version()["resources"][0]["verbs"] == verbs)
            self.namespace(name)
            for n in range(3):
                self.api.post(self.pebbles(name), aggregated.pebble("p%d" % n))
            self.api.post(MAPS % name, config_map("m"))
            self.assertEqual(self.api.call("DELETE", "/api/v1/namespaces/" + name)[0], 200)
            poll("the namespace is gone", lambda: not self.there("/api/v1/namespaces/" + name))
            self.assertEqual(self.server.state.list(name), [])
            deleted = [r for r in self.server.state.seen if r["method"] == "DELETE" and r["path"].startswith(self.pebbles(name))]
            self.assertEqual(len(deleted), 1 if name == "wall" else 3)


if __name__ == "__main__":
    harness.need("openssl")
    harness.main()
