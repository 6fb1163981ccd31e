/* patch_merge.c - JSON merge patch.   Reads: a patch.   Writes: the target tree, in place.
 * Upstream: gopkg.in/evanphx/json-patch.v4 merge.go. */
#include "patch.h"

#include "members.h"
#include "node.h"

/* A copy without the nulls that would mean "delete" (those in lists are values). */
static struct json *copy_without_nulls(struct arena *a, const struct json *j)
{
    if (j->type != JSON_OBJ && j->type != JSON_ARR) return json_copy(a, j);
    struct json *out = j->type == JSON_OBJ ? json_obj(a) : json_arr(a);
    JSON_FOREACH(it, j)
    if (it->type != JSON_NULL || j->type == JSON_ARR) node_add(out, it->key, copy_without_nulls(a, it));
    if (out->type == JSON_OBJ) json_sort_keys(out);
    return out;
}

static void merge_object(struct arena *a, struct json *target, const struct json *patch);

static void merge_member(struct arena *a, struct members *m, struct json *old, const struct json *patch)
{
    if (patch->type == JSON_NULL) {
        if (old) members_drop(m, old);
    } else if (!old) {
        members_add(m, patch->key, copy_without_nulls(a, patch));
    } else if (old->type == JSON_OBJ && patch->type == JSON_OBJ) {
        merge_object(a, old, patch);
    } else {
        members_replace(old, copy_without_nulls(a, patch));
    }
}

static void merge_object(struct arena *a, struct json *target, const struct json *patch)
{
    struct members m;
    members_open(&m, target);
    JSON_FOREACH(it, patch) merge_member(a, &m, members_find(&m, it->key), it);
    members_close(&m);
    json_sort_keys(target); /* json-patch has maps: what is wrong with the result is told of in this order */
}

void patch_merge(struct arena *a, struct json **target, const struct json *patch)
{
    if (patch->type == JSON_OBJ && json_is(*target, JSON_OBJ))
        merge_object(a, *target, patch);
    else
        *target = copy_without_nulls(a, patch);
}
