#!/usr/bin/env python3
"""kubectl create token: a token that kubectl then comes with instead of a certificate."""
import os
import re

import harness
from harness import needs_kubectl, poll


def as_bearer(cluster, token, *args, **more):
    """kubectl with nothing but the token."""
    ca = os.path.join(cluster.dir, "pki", "ca.crt")
    return cluster.kubectl("--server", cluster.facts["server"], "--certificate-authority", ca, "--token", token, *args,
                           env=dict(cluster.env, KUBECONFIG=os.devnull), **more)


class Token(harness.Test):
    UP = ("--nodes", "1")

    def as_bearer(self, *args, **more):
        return as_bearer(self.cluster, *args, **more)

    def refuses(self, token):
        """One request without discovery, which kubectl would try five times."""
        return "must be logged in" in self.as_bearer(token, "get", "--raw", "/api/v1/namespaces/default/pods", code=None).err

    def create_token(self, *args, **more):
        return self.kubectl("create", "token", *args, **more).out.strip()

    @needs_kubectl(28, "auth whoami")
    def test_who_am_i(self):
        self.kubectl("create", "serviceaccount", "robot")
        uid = self.kubectl("get", "serviceaccount", "robot", "-o", "jsonpath={.metadata.uid}").out
        token = self.create_token("robot")
        info = self.as_bearer(token, "auth", "whoami", "-o", "json").json()["status"]["userInfo"]
        self.assertEqual((info["username"], info["uid"], info["groups"]),
                         ("system:serviceaccount:default:robot", uid,
                          ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"]))
        self.assertRegex(self.as_bearer(token, "auth", "whoami").out, r"credential-id +\[JTI=")
        self.kubectl("delete", "serviceaccount", "robot")
        self.assertTrue(self.refuses(token))

    @needs_kubectl(24, "create token")
    def test_audience_and_duration(self):
        self.kubectl("create", "serviceaccount", "short")
        self.assertTrue(self.refuses(self.create_token("short", "--audience", "vault")))
        refused = self.kubectl("create", "token", "short", "--duration", "5m", code=1).err
        self.assertIn("may not specify a duration less than 10 minutes", refused)
        self.assertIn('serviceaccounts "nobody" not found', self.kubectl("create", "token", "nobody", code=1).err)
        token = self.create_token("short", "--duration", "10m")
        self.as_bearer(token, "get", "serviceaccounts")
        self.cluster.kubestep("clock", "advance", "12m")
        self.assertTrue(self.refuses(token))

    @needs_kubectl(28, "auth whoami")
    def test_bound_to_a_pod(self):
        self.kubectl("run", "p", "--image=nginx:1.25")
        self.kubectl("wait", "--for=condition=Ready", "pod/p", "--timeout=60s")
        token = self.create_token("default", "--bound-object-kind", "Pod", "--bound-object-name", "p")
        extra = self.as_bearer(token, "auth", "whoami", "-o", "json").json()["status"]["userInfo"]["extra"]
        self.assertEqual(extra["authentication.kubernetes.io/pod-name"], ["p"])
        self.assertTrue(re.fullmatch(r"node-\d+", extra["authentication.kubernetes.io/node-name"][0]))
        self.kubectl("delete", "pod", "p", "--force", "--grace-period=0")
        poll("the token to end with the pod", lambda: self.refuses(token))


class Restart(harness.Test):
    UP = None

    @needs_kubectl(24, "create token")
    def test_tokens_outlive_the_server(self):
        cluster = self.home.up("--nodes", "1")
        cluster.kubectl("create", "serviceaccount", "robot")
        token = cluster.kubectl("create", "token", "robot").out.strip()
        cluster.down()
        as_bearer(self.home.up("--nodes", "1"), token, "get", "pods")


if __name__ == "__main__":
    harness.main()
