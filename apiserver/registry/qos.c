/* qos.c - Guaranteed: every container limits cpu and memory and requests the same. BestEffort: nobody asks for
 * either. Burstable: the rest.
 * Reads: a defaulted pod.   Writes: nothing. */
#include "apiserver/registry/qos.h"

#include "api/quantity.h"

static bool amount(const struct json *container, const char *path, struct qty *out)
{
    struct err e = ERR_INIT;
    struct str text = obj_str(container, path);
    return text.n && qty_parse(text, out, &e) && out->nano > 0;
}

struct tally {
    bool any, guaranteed;
};

static void look_at(struct tally *t, const struct json *container)
{
    static const char *const requests[] = {".resources.requests.cpu", ".resources.requests.memory"};
    static const char *const limits[] = {".resources.limits.cpu", ".resources.limits.memory"};
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        struct qty want, limit;
        bool asks = amount(container, requests[i], &want), bounded = amount(container, limits[i], &limit);
        t->any = t->any || asks || bounded;
        if (!bounded || (asks && qty_cmp(&want, &limit) != 0)) t->guaranteed = false;
    }
}

const char *qos_class(const struct json *pod)
{
    struct tally t = {.any = false, .guaranteed = true};
    if (obj_has(pod, ".spec.resources")) { /* what the pod says as a whole counts alone */
        look_at(&t, obj_get(pod, ".spec"));
    } else {
        for (OBJ_EACH(c, pod, ".spec.containers")) look_at(&t, c);
        for (OBJ_EACH(c, pod, ".spec.initContainers")) look_at(&t, c);
    }
    if (!t.any) return "BestEffort";
    return t.guaranteed ? "Guaranteed" : "Burstable";
}
