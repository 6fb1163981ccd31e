/* node_pods.c - see node_pods.h. Reads: the caches.   Writes: pods/status, deletes of Pods, Events. */
#include "controllers/node_pods.h"

#include "base/clk.h"

/* ---- The index ---- */

static bool by_node(const struct object *pod, struct buf *out)
{
    struct str node = obj_str(pod->root, ".spec.nodeName");
    if (node.n) buf_str(out, node);
    return node.n > 0;
}

void node_pods_init(struct ctl *c) { (void)informer_index(ctl_informer(c, "v1/pods"), by_node); }

void node_pods(struct ctl *c, struct str node, struct objs *out)
{
    struct informer *pods = ctl_informer(c, "v1/pods");
    informer_by_index(pods, informer_index(pods, by_node), node, out);
}

/* ---- Taints and tolerations ---- */

bool taint_is(const struct json *taint, const char *key, const char *effect)
{
    return obj_is(taint, ".effect", effect) && (!key || obj_is(taint, ".key", key));
}

bool node_has_taint(const struct json *node, const char *key, const char *effect)
{
    for (OBJ_EACH(t, node, ".spec.taints")) {
        if (taint_is(t, key, effect)) return true;
    }
    return false;
}

static bool tolerates(const struct json *toleration, const struct json *taint)
{
    struct str effect = obj_str(toleration, ".effect"), key = obj_str(toleration, ".key");
    if (effect.n && !str_eq(effect, obj_str(taint, ".effect"))) return false;
    if (key.n && !str_eq(key, obj_str(taint, ".key"))) return false;
    if (obj_is(toleration, ".operator", "Exists")) return true;
    struct str a = obj_str(toleration, ".value"), b = obj_str(taint, ".value");
    return key.n && (a.n ? str_eq(a, b) : !b.n);
}

static const struct json *toleration_of(const struct json *pod, const struct json *taint)
{
    for (OBJ_EACH(t, pod, ".spec.tolerations")) {
        if (tolerates(t, taint)) return t;
    }
    return NULL;
}

int64_t pod_tolerates_s(const struct json *pod, const struct json *node, const char *effect)
{
    int64_t least = -1;
    for (OBJ_EACH(taint, node, ".spec.taints")) {
        if (!taint_is(taint, NULL, effect)) continue;
        const struct json *t = toleration_of(pod, taint);
        if (!t) return 0;
        if (!obj_has(t, ".tolerationSeconds")) continue;
        int64_t s = MAX(obj_int(t, ".tolerationSeconds", 0), 0);
        if (least < 0 || s < least) least = s;
    }
    return least;
}

/* ---- Writing ---- */

void pod_event(struct ctl *c, const struct object *pod, const char *type, const char *reason, const char *fmt, ...)
{
    struct arena a AUTO_ARENA = {0};
    struct event_about about;
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(&a, fmt, ap);
    va_end(ap);
    event_about_object(&about, pod->root);
    about.api_version = "v1";
    about.kind = "Pod";
    recorder_event(ctl_recorder(c), &about, type, reason, NULL, NULL, "%s", text);
}

static void put_condition(struct arena *a, struct json *patch, const struct object *pod,
                          const struct pod_change *change)
{
    struct json *c = obj_append(a, patch, ".status.conditions");
    obj_put_cstr(a, c, ".type", change->type);
    obj_put_cstr(a, c, ".status", change->status);
    if (!obj_is(obj_condition(pod->root, change->type), ".status", change->status))
        obj_put_time(a, c, ".lastTransitionTime", clk_s());
    if (change->reason) obj_put_cstr(a, c, ".reason", change->reason);
    if (change->message) obj_put_cstr(a, c, ".message", change->message);
}

bool pod_change_status(struct ctl *c, const struct object *pod, const struct pod_change *change, struct outcome *out)
{
    struct arena *a = out->arena;
    struct json *patch = obj_empty(a);
    struct err e = ERR_INIT;
    obj_put_str(a, patch, ".metadata.uid", pod->uid); /* no other pod of its name */
    if (change->phase) obj_put_cstr(a, patch, ".status.phase", change->phase);
    if (change->type) put_condition(a, patch, pod, change);
    if (rest_patch(ctl_rest(c), "v1/pods", pod->ns, pod->name, "status", "strategic", patch, NULL, &e)) return true;
    if (e.code == ERR_NOT_FOUND || e.code == ERR_CONFLICT || e.code == ERR_INVALID) return true;
    ctl_fail(out, &e);
    return false;
}

bool pod_remove(struct ctl *c, const struct object *pod, int64_t grace_s, struct outcome *out)
{
    const struct rest_delete_opts opts = {.grace_s = grace_s, .uid = pod->uid};
    struct err e = ERR_INIT;
    if (rest_delete(ctl_rest(c), "v1/pods", pod->ns, pod->name, &opts, &e)) return true;
    if (e.code == ERR_NOT_FOUND || e.code == ERR_CONFLICT) return true;
    ctl_fail(out, &e);
    return false;
}
