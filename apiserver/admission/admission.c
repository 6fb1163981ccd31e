/* admission.c - the rows, and the two passes over them.
 * Reads: the request's object, the watch cache.   Writes: the object (mutating pass), r->resp (a rejection). */
#include "apiserver/admission/admission.h"

#include "apiserver/admission/plugins.h"

#define ON(verb) (1u << (verb))

static const char *const pods[] = {"pods", NULL}, *const nodes[] = {"nodes", NULL};
static const char *const prioritized[] = {"pods", "priorityclasses.scheduling.k8s.io", NULL};
static const char *const claims[] = {"persistentvolumeclaims", NULL};
static const char *const storage[] = {"persistentvolumes", "persistentvolumeclaims",
                                      "volumeattributesclasses.storage.k8s.io", NULL};
static const char *const classes[] = {"priorityclasses.scheduling.k8s.io", NULL};
static const char *const ingresses[] = {"ingresses.networking.k8s.io", NULL};
static const char *const requests[] = {"certificatesigningrequests.certificates.k8s.io", NULL};

/* Upstream's order; numbers of the full chain are in api-facts. */
const struct admission_plugin admission_plugins[] = {
    {"CustomKindLifecycle", NULL, ON(VERB_CREATE), custom_kind_lives, NULL},
    {"NamespaceLifecycle", NULL, ON(VERB_CREATE) | ON(VERB_DELETE), namespace_lifecycle, NULL},
    {"ServiceAccount", pods, ON(VERB_CREATE), service_account_name, NULL},
    {"TaintNodesByCondition", nodes, ON(VERB_CREATE), taint_new_node, NULL},
    {"Priority", prioritized, ON(VERB_CREATE) | ON(VERB_UPDATE), pod_priority, priority_class_default},
    {"SystemPriorityClasses", classes, ON(VERB_DELETE), NULL, system_class_stays},
    {"DefaultTolerationSeconds", pods, ON(VERB_CREATE) | ON(VERB_UPDATE), default_toleration_seconds, NULL},
    {"DefaultStorageClass", claims, ON(VERB_CREATE), default_storage_class, NULL},
    {"StorageObjectInUseProtection", storage, ON(VERB_CREATE), storage_in_use_protection, NULL},
    {"PodTopologyLabels", pods, ON(VERB_CREATE), pod_topology_labels, NULL}, /* and bindings: rest/binding.c */
    {"PersistentVolumeClaimResize", claims, ON(VERB_UPDATE), NULL, claim_resize},
    {"RuntimeClass", pods, ON(VERB_CREATE), runtime_class_set, runtime_class_check},
    {"CertificateSubjectRestriction", requests, ON(VERB_CREATE) | ON(VERB_UPDATE), NULL,
     certificate_subject_restriction},
    {"DefaultIngressClass", ingresses, ON(VERB_CREATE), default_ingress_class, NULL},
    {NULL, NULL, 0, NULL, NULL},
};

/* "pods", or "priorityclasses.scheduling.k8s.io". */
static bool is_resource(const struct api_resource *res, const char *text)
{
    struct str group, plural = str_cut(str_of(text), '.', &group);
    return str_eqc(plural, res->plural) && str_eqc(group, res->group);
}

static bool applies(const struct admission_plugin *p, const struct admission *a)
{
    enum verb verb = a->verb == VERB_PATCH ? VERB_UPDATE : a->verb;
    if (a->sub || !(p->verbs & ON(verb))) return false;
    if (!p->resources) return true;
    for (int i = 0; p->resources[i]; i++)
        if (is_resource(a->res, p->resources[i])) return true;
    return false;
}

bool admission_mutate(struct admission *a)
{
    for (const struct admission_plugin *p = admission_plugins; p->name; p++)
        if (p->mutate && applies(p, a) && !p->mutate(a)) return false;
    return true;
}

bool admission_validate(struct admission *a)
{
    for (const struct admission_plugin *p = admission_plugins; p->name; p++)
        if (p->validate && applies(p, a) && !p->validate(a)) return false;
    return true;
}
