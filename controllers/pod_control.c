/* pod_control.c - claiming, creating and deleting pods for the controllers that own them.
 * Reads: the caches.   Writes: Pods and ownerReferences; Events on the owner. */
#include "controllers/pod_control.h"

#include "base/clk.h"
#include "controllers/limits.h"

/* ---- Which pods count ---- */

/* Asked of every pod in every reconcile of its owner: worked out once per version. */
enum pod_fact { POD_SEEN = 1, POD_ACTIVE = 2, POD_READY = 4 };

static bool pod_is(const struct object *pod, enum pod_fact fact)
{
    uint32_t facts = object_memo(pod);
    if (!facts) {
        bool over = obj_is(pod->root, ".status.phase", "Succeeded") || obj_is(pod->root, ".status.phase", "Failed");
        facts = POD_SEEN;
        if (!over && !obj_is_deleting(pod->root)) facts |= POD_ACTIVE;
        if (obj_condition_true(pod->root, "Ready")) facts |= POD_READY;
        object_set_memo(pod, facts);
    }
    return facts & fact;
}

bool pod_is_active(const struct object *pod) { return pod_is(pod, POD_ACTIVE); }
bool pod_is_ready(const struct object *pod) { return pod_is(pod, POD_READY); }

bool pod_is_available(const struct object *pod, int64_t min_ready_s)
{
    if (!pod_is_ready(pod)) return false;
    return !min_ready_s ||
           obj_time_s(obj_condition(pod->root, "Ready"), ".lastTransitionTime", INT64_MAX / 2) + min_ready_s <= clk_s();
}

int64_t pod_phase_rank(const struct object *pod)
{
    if (obj_is(pod->root, ".status.phase", "Pending")) return 0;
    return obj_is(pod->root, ".status.phase", "Unknown") ? 1 : 2;
}

int64_t pod_restarts(const struct object *pod)
{
    int64_t most = 0;
    for (OBJ_EACH(s, pod->root, ".status.containerStatuses")) most = MAX(most, obj_int(s, ".restartCount", 0));
    return most;
}

struct str object_key(struct arena *a, const struct object *o) { return obj_nsname(a, o->root); }

/* ---- Creating ---- */

struct json *pod_from_template(struct arena *a, const struct object *owner, const struct json *tmpl)
{
    struct json *pod = obj_new(a, "v1", "Pod");
    obj_put_fmt(a, pod, ".metadata.generateName", "%.*s-", STR_ARG(owner->name));
    obj_put_str(a, pod, ".metadata.namespace", owner->ns);
    obj_put_copy(a, pod, ".metadata.labels", obj_get(tmpl, ".metadata.labels"));
    obj_put_copy(a, pod, ".metadata.annotations", obj_get(tmpl, ".metadata.annotations"));
    obj_put_copy(a, pod, ".metadata.finalizers", obj_get(tmpl, ".metadata.finalizers"));
    obj_put_owner(a, pod, owner->root);
    obj_put_copy(a, pod, ".spec", obj_get(tmpl, ".spec"));
    return pod;
}

bool pod_create(struct ctl *c, const struct object *owner, const struct json *pod, struct outcome *out)
{
    const struct object *made AUTO_OBJ = NULL;
    struct err e = ERR_INIT;
    if (rest_create(ctl_rest(c), "v1/pods", owner->ns, pod, &made, &e)) {
        ctl_event(c, owner, "Normal", "SuccessfulCreate", "Created pod: %.*s", STR_ARG(made->name));
        return true;
    }
    expect_saw_creation(ctl_expect(c), object_key(out->arena, owner));
    ctl_event(c, owner, "Warning", "FailedCreate", "Error creating: %s", e.text);
    ctl_fail(out, &e);
    return false;
}

struct making { /* one batch */
    const struct object *owner;
    pod_make_fn *make;
    void *arg;
    int64_t first;
};

static bool make_one(struct ctl *c, int64_t i, void *arg, struct outcome *out)
{
    const struct making *m = arg;
    return m->make(c, m->owner, m->first + i, m->arg, out);
}

int64_t pods_create(struct ctl *c, const struct object *owner, int64_t n, pod_make_fn *make, void *arg,
                    struct outcome *out)
{
    struct making m = {.owner = owner, .make = make, .arg = arg};
    int64_t made = 0;
    for (int64_t batch = SLOW_START; m.first < n && made == m.first; batch *= 2) {
        batch = MIN(batch, n - m.first);
        made += ctl_each(c, batch, make_one, &m, out);
        m.first += batch;
    }
    struct str key = object_key(out->arena, owner);
    for (int64_t skipped = n - m.first; skipped > 0; skipped--) expect_saw_creation(ctl_expect(c), key);
    return made;
}

/* ---- Deleting ---- */

bool pod_delete(struct ctl *c, const struct object *owner, const struct object *pod, struct outcome *out)
{
    const struct rest_delete_opts opts = {.grace_s = -1, .uid = pod->uid};
    struct err e = ERR_INIT;
    if (rest_delete(ctl_rest(c), "v1/pods", pod->ns, pod->name, &opts, &e)) {
        ctl_event(c, owner, "Normal", "SuccessfulDelete", "Deleted pod: %.*s", STR_ARG(pod->name));
        return true;
    }
    expect_saw_deletion(ctl_expect(c), object_key(out->arena, owner));
    if (e.code == ERR_NOT_FOUND) return true;
    ctl_event(c, owner, "Warning", "FailedDelete", "Error deleting: %s", e.text);
    ctl_fail(out, &e);
    return false;
}

struct deleting {
    const struct object *owner, *const *pods;
};

static bool delete_one(struct ctl *c, int64_t i, void *arg, struct outcome *out)
{
    const struct deleting *d = arg;
    return pod_delete(c, d->owner, d->pods[i], out);
}

void pods_delete(struct ctl *c, const struct object *owner, const struct object *const *pods, int64_t n,
                 struct outcome *out)
{
    struct deleting d = {.owner = owner, .pods = pods};
    ctl_each(c, n, delete_one, &d, out);
}

/* ---- Adopting and releasing ---- */

static bool patch_owner(struct ctl *c, const char *resource, const struct object *owner, const struct object *child,
                        bool adopt, struct outcome *out)
{
    struct json *patch = obj_empty(out->arena);
    struct err e = ERR_INIT;
    obj_put_str(out->arena, patch, ".metadata.uid", child->uid);
    if (adopt) {
        obj_put_owner(out->arena, patch, owner->root);
    } else {
        struct json *gone = obj_append(out->arena, patch, ".metadata.ownerReferences");
        obj_put_cstr(out->arena, gone, ".$patch", "delete");
        obj_put_str(out->arena, gone, ".uid", owner->uid);
    }
    if (rest_patch(ctl_rest(c), resource, child->ns, child->name, NULL, "strategic", patch, NULL, &e)) return true;
    if (e.code != ERR_NOT_FOUND && e.code != ERR_INVALID) ctl_fail(out, &e);
    return false;
}

bool children_selector(struct arena *a, const struct object *owner, struct selector *selector)
{
    const struct json *node = obj_get(owner->root, ".spec.selector");
    struct err e = ERR_INIT;
    if (!str_is_null(obj_text(obj_first(node, "")))) { /* members of a LabelSelector are no texts */
        sel_from_map(a, node, selector);
        return true;
    }
    return sel_from_object(a, node, selector, &e);
}

struct claim { /* who asks, and of what it takes more than the selector; either rule may be NULL */
    const char *resource;
    const struct object *owner;
    const struct selector *selector;
    bool (*may_adopt)(const struct object *child);
    bool (*is_member)(const struct object *owner, const struct object *child);
};

static bool is_wanted(const struct claim *m, const struct object *child)
{
    return sel_match(m->selector, child->labels) && (!m->is_member || m->is_member(m->owner, child));
}

static void claim(struct ctl *c, const struct claim *m, struct objs *children, struct outcome *out)
{
    struct objs owned AUTO_OBJS = {0}, orphans AUTO_OBJS = {0};
    bool going = obj_is_deleting(m->owner->root);
    ctl_owned(c, m->resource, m->owner, &owned);
    for (size_t i = 0; i < owned.count; i++) {
        if (is_wanted(m, owned.items[i]))
            objs_add(children, owned.items[i]);
        else if (!going)
            patch_owner(c, m->resource, m->owner, owned.items[i], false, out);
    }
    if (going) return;
    ctl_orphans(c, m->resource, m->owner->ns, &orphans);
    for (size_t i = 0; i < orphans.count; i++) {
        const struct object *child = orphans.items[i];
        if (!is_wanted(m, child) || obj_is_deleting(child->root) || (m->may_adopt && !m->may_adopt(child))) continue;
        if (patch_owner(c, m->resource, m->owner, child, true, out)) objs_add(children, child);
    }
}

void claim_children(struct ctl *c, const char *resource, const struct object *owner, const struct selector *selector,
                    bool (*may_adopt)(const struct object *o), struct objs *children, struct outcome *out)
{
    const struct claim m = {.resource = resource, .owner = owner, .selector = selector, .may_adopt = may_adopt};
    claim(c, &m, children, out);
}

void claim_members(struct ctl *c, const char *resource, const struct object *owner, const struct selector *selector,
                   bool (*is_member)(const struct object *owner, const struct object *child), struct objs *children,
                   struct outcome *out)
{
    const struct claim m = {.resource = resource, .owner = owner, .selector = selector, .is_member = is_member};
    claim(c, &m, children, out);
}

void wake_adopters(struct ctl *c, const char *primary, const struct object *orphan)
{
    struct objs owners AUTO_OBJS = {0};
    struct arena a AUTO_ARENA = {0};
    informer_list(ctl_informer(c, primary), orphan->ns, &owners);
    for (size_t i = 0; i < owners.count; i++) {
        struct selector selector;
        if (children_selector(&a, owners.items[i], &selector) && sel_match(&selector, orphan->labels))
            workq_add(ctl_queue(c), object_key(&a, owners.items[i]));
    }
}
