/* pod_claims.c - see pod_claims.h. An index has one key per object, so pods with several claims (there are few) share
 * a bucket per namespace.
 * Reads: pods.   Writes: nothing. */
#include "controllers/pod_claims.h"

struct str pod_claim_of(struct arena *a, const struct object *pod, const struct json *volume)
{
    if (obj_has(volume, ".ephemeral"))
        return str_printf(a, "%.*s-%.*s", STR_ARG(pod->name), STR_ARG(obj_str(volume, ".name")));
    return obj_str(volume, ".persistentVolumeClaim.claimName");
}

bool pod_uses_claim(const struct object *pod, struct str claim)
{
    struct arena a AUTO_ARENA = {0};
    for (OBJ_EACH(volume, pod->root, ".spec.volumes")) {
        struct str name = pod_claim_of(&a, pod, volume);
        if (name.n && str_eq(name, claim)) return true;
    }
    return false;
}

bool pod_claims_index(const struct object *pod, struct buf *out)
{
    struct arena a AUTO_ARENA = {0};
    struct str only = STR_NULL;
    int n = 0;
    for (OBJ_EACH(volume, pod->root, ".spec.volumes")) {
        struct str name = pod_claim_of(&a, pod, volume);
        if (name.n) only = name, n++;
    }
    if (n) buf_addf(out, "%.*s/%.*s", STR_ARG(pod->ns), n == 1 ? (int)only.n : 0, n == 1 ? only.p : "");
    return n > 0;
}

void pods_using_claim(struct informer *pods, int index, struct str ns, struct str claim, struct objs *out)
{
    struct arena a AUTO_ARENA = {0};
    struct objs several AUTO_OBJS = {0};
    informer_by_index(pods, index, str_printf(&a, "%.*s/%.*s", STR_ARG(ns), STR_ARG(claim)), out);
    informer_by_index(pods, index, str_printf(&a, "%.*s/", STR_ARG(ns)), &several);
    for (size_t i = 0; i < several.count; i++)
        if (pod_uses_claim(several.items[i], claim)) objs_add(out, several.items[i]);
}
