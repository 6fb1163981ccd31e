/* reset.c - the fields that a write cannot change are owned by nobody for having been written: status by writes of the
 * object, spec by writes of its status.
 * Reads: the tables here.   Writes: sets in the arena.
 * Upstream: GetResetFields and GetResetFieldsFilter of the strategies in pkg/registry. */
#include "apiserver/managed/managed.h"

#include <string.h>

/* What the rule below does not say. sub NULL: the object itself. */
static const struct row {
    const char *group, *kind, *sub;
    const char *reset[4]; /* paths */
} rows[] = {
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "status", {"spec", "metadata"}},
    {"apiregistration.k8s.io", "APIService", "status", {"spec", "metadata"}},
    {"apps", "Deployment", "status", {"spec", "metadata.labels"}},
    {"certificates.k8s.io", "CertificateSigningRequest", NULL, {"spec", "status"}},
    {"certificates.k8s.io", "CertificateSigningRequest", "status", {"spec", "status.conditions"}},
    {"certificates.k8s.io", "CertificateSigningRequest", "approval", {"spec", "status.certificate"}},
    {"", "Namespace", "finalize", {"status"}},
    {"", "Pod", "status", {"spec", "metadata.deletionTimestamp", "metadata.ownerReferences"}},
    {"flowcontrol.apiserver.k8s.io", "FlowSchema", "status", {"spec", "metadata"}},
    {"flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", "status", {"spec", "metadata"}},
    {"networking.k8s.io", "ServiceCIDR", "status", {"spec", "metadata"}},
    {"resource.k8s.io", "ResourceClaim", "status", {"spec", "metadata"}},
    {"resource.k8s.io", "DeviceTaintRule", "status", {"spec", "metadata"}},
    {"storage.k8s.io", "VolumeAttachment", "status", {"spec", "metadata"}},
};

static bool is_sub(const char *x, const char *y) { return x && y ? strcmp(x, y) == 0 : x == y; }

static const struct row *row_of(const struct owner *o)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].kind, o->kind) == 0 && strcmp(rows[i].group, o->group) == 0 &&
            is_sub(rows[i].sub, o->subresource))
            return &rows[i];
    return NULL;
}

static const struct fieldset *less_path(struct arena *a, const struct fieldset *set, const char *path)
{
    return fieldset_less_all(a, set, fieldset_of_path(a, path));
}

static bool has_status(const struct owner *o)
{
    const struct api_subresource *s = o->res ? api_find_sub(o->res, STR("status")) : NULL;
    return s && s->writes;
}

const struct fieldset *managed_filter(const struct owner *o, const struct fieldset *set)
{
    if (!set) return NULL;
    const struct row *row = row_of(o);
    if (row) {
        for (size_t i = 0; row->reset[i]; i++) set = less_path(o->a, set, row->reset[i]);
        return set;
    }
    if (!has_status(o)) return set;
    if (o->res->custom && is_sub(o->subresource, "status")) set = less_path(o->a, set, "metadata");
    if (!o->subresource) return less_path(o->a, set, "status");
    return strcmp(o->subresource, "status") == 0 ? less_path(o->a, set, "spec") : set;
}
