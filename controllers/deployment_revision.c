/* deployment_revision.c - which ReplicaSet is which: templates, hashes, names, revision numbers and annotations
 * (pkg/controller/deployment/util/deployment_util.go, sync.go).
 * Reads: Deployments and ReplicaSets as data.   Writes: trees of the caller's. */
#include "controllers/deployment.h"
#include "controllers/history.h"
#include "controllers/limits.h"

#define REVISION_HISTORY "deployment.kubernetes.io/revision-history"
#define DESIRED_REPLICAS "deployment.kubernetes.io/desired-replicas"
#define MAX_REPLICAS     "deployment.kubernetes.io/max-replicas"

/* ---- Templates ---- */

static bool same_labels(const struct json *x, const struct json *y)
{
    size_t left = 0, right = 0;
    for (OBJ_EACH(l, x, ".metadata.labels")) {
        if (str_eqc(obj_key(l), DEPLOYMENT_HASH_LABEL)) continue;
        struct str other = obj_map_str(y, ".metadata.labels", obj_key(l));
        if (str_is_null(other) || !str_eq(other, obj_text(l))) return false;
        left++;
    }
    for (OBJ_EACH(l, y, ".metadata.labels")) right += !str_eqc(obj_key(l), DEPLOYMENT_HASH_LABEL);
    return left == right;
}

static bool same_member(const struct json *x, const struct json *y, const char *path)
{
    const struct json *a = obj_get(x, path), *b = obj_get(y, path);
    return a == b || (a && b && json_equal(a, b));
}

bool deployment_same_template(const struct json *x, const struct json *y)
{
    return same_member(x, y, ".spec") && same_labels(x, y) && same_member(x, y, ".metadata.annotations") &&
           same_member(x, y, ".metadata.finalizers") && same_member(x, y, ".metadata.name");
}

struct json *deployment_new_set(struct arena *a, const struct object *deployment, int64_t collisions)
{
    const struct json *spec = obj_get(deployment->root, ".spec");
    struct str hash = history_hash(a, obj_get(spec, ".template"), collisions), prefix = deployment->name;
    struct json *rs = obj_new(a, "apps/v1", "ReplicaSet");
    prefix.n = MIN(prefix.n, RS_NAME_MAX - hash.n - 1);
    obj_put_fmt(a, rs, ".metadata.name", "%.*s-%.*s", STR_ARG(prefix), STR_ARG(hash));
    obj_put_str(a, rs, ".metadata.namespace", deployment->ns);
    obj_put_owner(a, rs, deployment->root);
    obj_put_copy(a, rs, ".spec.template", obj_get(spec, ".template"));
    obj_map_put_str(a, rs, ".spec.template.metadata.labels", STR(DEPLOYMENT_HASH_LABEL), hash);
    obj_put_copy(a, rs, ".metadata.labels", obj_get(rs, ".spec.template.metadata.labels"));
    obj_put_copy(a, rs, ".spec.selector", obj_get(spec, ".selector"));
    obj_map_put_str(a, rs, ".spec.selector.matchLabels", STR(DEPLOYMENT_HASH_LABEL), hash);
    int64_t min_ready = obj_int(spec, ".minReadySeconds", 0);
    if (min_ready) obj_put_int(a, rs, ".spec.minReadySeconds", min_ready);
    return rs;
}

/* ---- Annotations ---- */

static struct str annotation(const struct json *o, const char *key)
{
    return obj_map_str(o, ".metadata.annotations", str_of(key));
}

static bool put(struct arena *a, struct json *o, const char *key, struct str value)
{
    struct str have = annotation(o, key);
    if (!str_is_null(have) && str_eq(have, value)) return false;
    obj_map_put_str(a, o, ".metadata.annotations", str_of(key), value);
    return true;
}

static bool put_int(struct arena *a, struct json *o, const char *key, int64_t value)
{
    return put(a, o, key, str_printf(a, "%lld", (long long)value));
}

int64_t deployment_revision(const struct object *rs)
{
    int64_t n;
    return str_to_i64(annotation(rs->root, DEPLOYMENT_REVISION), &n) ? n : 0;
}

/* What is about one object and not about the template. */
static bool is_copied(struct str key)
{
    static const char *const own[] = {"kubectl.kubernetes.io/last-applied-configuration",
                                      DEPLOYMENT_REVISION,
                                      REVISION_HISTORY,
                                      DESIRED_REPLICAS,
                                      MAX_REPLICAS,
                                      "deprecated.deployment.rollback.to"};
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (str_eqc(key, own[i])) return false;
    return true;
}

/* "1,4": the numbers that this set had before, oldest first; the oldest are dropped when they get too many. */
static void keep_former(struct arena *a, struct json *rs, struct str former)
{
    struct str history = annotation(rs, REVISION_HISTORY), rest = history;
    if (!history.n) {
        put(a, rs, REVISION_HISTORY, former);
        return;
    }
    while (rest.n && rest.n + 1 + former.n > REVISION_HISTORY_MAX) str_cut(rest, ',', &rest);
    if (rest.n) put(a, rs, REVISION_HISTORY, str_printf(a, "%.*s,%.*s", STR_ARG(rest), STR_ARG(former)));
}

bool deployment_annotate(struct arena *a, const struct json *deployment, struct json *rs, int64_t revision)
{
    struct str former = str_copy(a, annotation(rs, DEPLOYMENT_REVISION));
    int64_t number = 0;
    bool changed = false;
    for (OBJ_EACH(it, deployment, ".metadata.annotations"))
        if (is_copied(obj_key(it))) changed |= put(a, rs, str_cstr(a, obj_key(it)), obj_text(it));
    if (former.n && !str_to_i64(former, &number)) return changed; /* not ours to number */
    if (number >= revision) return changed;
    put_int(a, rs, DEPLOYMENT_REVISION, revision);
    if (former.n) keep_former(a, rs, former);
    return true;
}

bool deployment_annotate_sizes(struct arena *a, struct json *rs, const struct roll_limits *l)
{
    bool desired = put_int(a, rs, DESIRED_REPLICAS, l->replicas);
    return put_int(a, rs, MAX_REPLICAS, l->replicas + l->surge) || desired;
}
