/* certificates.c - CertificateSubjectRestriction: nobody becomes an administrator by a certificate.
 * Reads: the request's object.   Writes: r->resp.
 * Upstream: plugin/pkg/admission/certificates/subjectrestriction. */
#include "apiserver/admission/plugins.h"

#include "api/object.h"
#include "apiserver/object/object.h"
#include "apiserver/object/pem.h"
#include "apiserver/rest/status.h"

bool certificate_subject_restriction(struct admission *a)
{
    static const char signer[] = "kubernetes.io/kube-apiserver-client";
    struct pkcs10 request = {0};
    struct str pem;
    if (!obj_is(a->obj, ".spec.signerName", signer)) return true;
    if (!object_unbase64(&a->r->arena, obj_str(a->obj, ".spec.request"), &pem) ||
        pkcs10_read(&a->r->arena, pem, &request))
        return true; /* validation has refused it */
    for (int i = 0; i < request.norganizations; i++) {
        if (!str_eqc(request.organizations[i], "system:masters")) continue;
        status_forbidden(a->r, "use of %s signer with system:masters group is not allowed", signer);
        return false;
    }
    return true;
}
