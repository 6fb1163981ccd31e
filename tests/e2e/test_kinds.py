#!/usr/bin/env python3
"""kubectl and the kinds around the API itself: certificates, questions of access, webhooks, policies, CRDs, APIServices, flow
control. Applied twice, shown, described and explained."""
import json

import harness

REQUEST = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIV01IMENBUUF3R3pFTU1Bb0dBMVVFQ2d3RFpHVjJNUXN3Q1FZRFZRUUREQUp0WlRCWk1CTUdCeXFHU000OQpBZ0VHQ0NxR1NNNDlBd0VIQTBJQUJQVG5kZzRmTFhWdmo2Q2JhY2g2eUtNT3VQUmRzVDNIWWVOSlNKbWJYNzJoCm1zbnVyZWtZUVVScDMwRno1M0puNzhYMkFkNG5YWUdXVWJNaVppSkRzaE9nQURBS0JnZ3Foa2pPUFFRREFnTkoKQURCR0FpRUF1c1VqY2YxNlg3ZEU3dEZnRkVmL3ZRQnBXNFJWRElsUDk5bFR4RDBWSTdjQ0lRREE0akNyUnNjTQpiNWdjNmhsc25yNHM2NFBHeFJjU1FnMnpGeHczOFc1WElBPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=="

RULES = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"], "scope": "*"}  # said, or an applied list differs for ever

OBJECTS = {  # plural: (apiVersion, kind, the rest, cells of `get` without name and age)
    "customresourcedefinitions": ("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"spec": {
        "group": "example.com", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
            "type": "object", "properties": {"spec": {"type": "object", "additionalProperties": {"type": "string"}}}}}}]}}, []),
    "mutatingwebhookconfigurations": ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", {"webhooks": [{
        "name": "a.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None", "rules": [RULES],
        "clientConfig": {"url": "https://a.example.com/"}}]}, ["1"]),
    "validatingwebhookconfigurations": ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", {"webhooks": [{
        "name": "a.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None", "rules": [RULES],
        "clientConfig": {"service": {"namespace": "web", "name": "hook"}}}]}, ["1"]),
    "validatingadmissionpolicies": ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", {"spec": {
        "matchConstraints": {"resourceRules": [RULES]}, "validations": [{"expression": "true"}]}}, ["1", "<unset>"]),
    "validatingadmissionpolicybindings": ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", {"spec": {
        "policyName": "mine", "validationActions": ["Deny"]}}, ["mine", "<unset>"]),
    "mutatingadmissionpolicies": ("admissionregistration.k8s.io/v1", "MutatingAdmissionPolicy", {"spec": {
        "reinvocationPolicy": "Never", "matchConstraints": {"resourceRules": [RULES]},
        "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": "[]"}}]}}, ["1", "<unset>"]),
    "mutatingadmissionpolicybindings": ("admissionregistration.k8s.io/v1", "MutatingAdmissionPolicyBinding", {"spec": {
        "policyName": "mine"}}, ["mine", "<unset>"]),
    "apiservices": ("apiregistration.k8s.io/v1", "APIService", {"spec": {
        "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
        "service": {"namespace": "kube-system", "name": "metrics"}}}, ["kube-system/metrics"]),
    "flowschemas": ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", {"spec": {
        "priorityLevelConfiguration": {"name": "mine"}, "rules": [{"subjects": [{"kind": "User", "user": {"name": "me"}}],
        "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}]}]}}, ["mine", "1000", "<none>", "?"]),
    "prioritylevelconfigurations": ("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration", {"spec": {
        "type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}}}, ["Limited", "30", "<none>", "<none>", "<none>"]),
}
NAMES = {"customresourcedefinitions": "widgets.example.com", "apiservices": "v1beta1.metrics.k8s.io"}


def certificate_request(name):
    return {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": name},
            "spec": {"request": REQUEST, "signerName": "example.com/mine", "usages": ["client auth"], "expirationSeconds": 86400}}


class Kinds(harness.Test):
    UP = ("--nodes", "1")

    def apply(self, obj):
        return self.kubectl("apply", "-f", "-", stdin=json.dumps(obj)).out

    def test_applied_shown_described_explained(self):
        for plural, (version, kind, rest, cells) in OBJECTS.items():
            with self.subTest(plural):
                name = NAMES.get(plural, "mine")
                obj = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **rest}
                self.assertIn("created", self.apply(obj))
                self.assertIn("unchanged", self.apply(obj))
                row = self.kubectl("get", plural, name, "--no-headers").out.split()
                self.assertEqual([row[0]] + [c for c in row[1:] if c in cells], [name] + cells)
                self.assertIn(name, self.kubectl("describe", plural, name).out)
                self.assertIn("FIELDS:", self.kubectl("explain", plural).out)
                self.kubectl("label", plural, name, "a=b")
                self.kubectl("delete", plural, name)

    def test_certificates(self):
        for name, word, state in (("good", "approve", "Approved"), ("bad", "deny", "Denied")):
            self.apply(certificate_request(name))
            self.assertIn("Pending", self.kubectl("get", "csr", name).out)
            self.kubectl("certificate", word, name)
            self.assertRegex(self.kubectl("get", "csr", name).out, r"kubernetes-admin +24h +" + state)
            self.assertRegex(self.kubectl("describe", "csr", name).out, r"Organization: +dev")
        self.assertIn("already Approved", self.kubectl("certificate", "deny", "good", code=1).err)

    def test_what_may_i_do(self):
        self.assertEqual(self.kubectl("auth", "can-i", "create", "pods").out.strip(), "yes")
        self.assertEqual(self.kubectl("auth", "can-i", "get", "/metrics", "--as", "alice").out.strip(), "yes")
        self.assertRegex(self.kubectl("auth", "can-i", "--list").out, r"\*\.\* +\[\] +\[\] +\[\*\]")

    def test_from_the_first_moment(self):
        services = self.kubectl("get", "apiservices").out
        for line in ("v1. ", "v1.apps ", "v2.autoscaling ", "v1.flowcontrol.apiserver.k8s.io "):
            self.assertRegex(services, line + r" +Local +True")
        schemas = [line.split()[0] for line in self.kubectl("get", "flowschemas", "--no-headers").out.splitlines()]
        self.assertEqual((schemas[:2], schemas[-1]), (["exempt", "probes"], "catch-all"))

    def test_what_is_wrong_with_a_crd(self):
        version, kind, rest, _ = OBJECTS["customresourcedefinitions"]
        bad = json.loads(json.dumps({"apiVersion": version, "kind": kind, "metadata": {"name": "w.example.com"}, **rest}))
        bad["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"] = {}
        said = self.kubectl("create", "-f", "-", stdin=json.dumps(bad), code=1).err
        self.assertIn('metadata.name: Invalid value: "w.example.com": must be spec.names.plural+"."+spec.group', said)
        self.assertIn("spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified "
                      "object fields", said)


if __name__ == "__main__":
    harness.main()
