/* admission.c - the rows, and the two passes over them.
 * Reads: the request's object, the watch cache.   Writes: the object (mutating pass), r->resp (a rejection). */
#include "apiserver/admission/admission.h"

#include "apiserver/admission/plugins.h"

#define ON(verb) (1u << (verb))

static const char *const pods[] = {"pods", NULL};

/* Upstream's order; numbers of the full chain are in api-facts. */
const struct admission_plugin admission_plugins[] = {
    {"NamespaceLifecycle", NULL, ON(VERB_CREATE) | ON(VERB_DELETE), namespace_lifecycle, NULL},
    {"ServiceAccount", pods, ON(VERB_CREATE), service_account_name, NULL},
    {"Priority", pods, ON(VERB_CREATE), pod_priority, NULL},
    {"DefaultTolerationSeconds", pods, ON(VERB_CREATE) | ON(VERB_UPDATE), default_toleration_seconds, NULL},
    {NULL, NULL, 0, NULL, NULL},
};

static bool applies(const struct admission_plugin *p, const struct admission *a)
{
    enum verb verb = a->verb == VERB_PATCH ? VERB_UPDATE : a->verb;
    if (a->sub || !(p->verbs & ON(verb))) return false;
    if (!p->resources) return true;
    for (int i = 0; p->resources[i]; i++)
        if (strcmp(p->resources[i], a->res->plural) == 0 && !*a->res->group) return true;
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
