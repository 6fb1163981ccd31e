/* workload.c - see workload.h.
 * Reads: objects, nodes of the sandbox (DaemonSets).   Writes: pods; claims and controllers in the sandbox. */
#include "scheduler/workload_priv.h"

#include "api/schema.h"
#include "base/heap.h"
#include "scheduler/limits.h"
#include "scheduler/listers.h"

#include <stdlib.h>

struct workload {
    struct keep keep;
    struct sandbox *sandbox;
    struct maker *makers; /* in the order of the queue */
    int n, cap, given, count;
    int replicas;
};

/* ---- Objects beside pods ---- */

static bool is_list(const struct json *o) { return obj_is(o, ".kind", "List") && obj_is(o, ".apiVersion", "v1"); }

/* Objects of namespaces that name none are in the default one. */
static void keep_object(struct workload *w, const struct json *o)
{
    struct arena a AUTO_ARENA = {0};
    struct str version = obj_str(o, ".apiVersion"), kind = obj_str(o, ".kind"), group = STR_NULL, rest = STR_NULL;
    struct err e = ERR_INIT;
    if (!sandbox_takes(version, kind)) return;
    api_split_version(version, &group, &rest);
    const struct api_resource *r = api_find_kind(group, rest, kind);
    struct json *copy = obj_copy(&a, o);
    if (r && r->namespaced && !obj_ns(o).n) obj_put_cstr(&a, copy, ".metadata.namespace", "default");
    if (str_eqc(kind, "PersistentVolumeClaim")) claim_admit(&a, copy, w->sandbox);
    const struct object *kept AUTO_OBJ = object_of(copy);
    (void)sandbox_add(w->sandbox, kept, &e); /* it takes the kind */
}

/* The controller in between, too: what spreads its pods asks for it. */
static void keep_controllers(struct workload *w, const struct maker *m)
{
    if (obj_is(m->object, ".kind", "Pod")) return;
    keep_object(w, m->object);
    if (m->owner && !obj_is(m->owner, ".kind", m->kind->kind)) keep_object(w, m->owner);
}

/* ---- DaemonSets ---- */

static bool runs_on(const struct pod_info *p, const struct node_info *n)
{
    static const unsigned keep_away = 1u << EFFECT_NO_SCHEDULE | 1u << EFFECT_NO_EXECUTE;
    return (!p->wants_node || p->wants_node == n->name) && pod_likes_node(p, n) && !untolerated(p, n, keep_away);
}

static void find_nodes(struct workload *w, struct maker *m)
{
    struct arena a AUTO_ARENA = {0};
    struct cache *c = sandbox_cache(w->sandbox);
    struct json *tree = obj_new(&a, "v1", "Pod");
    obj_put_copy(&a, tree, ".metadata", obj_get(m->tmpl, ".metadata"));
    obj_put_copy(&a, tree, ".spec", obj_get(m->tmpl, ".spec"));
    const struct object *o AUTO_OBJ = object_of(tree);
    struct pod_info *p = pod_info_new(o, true);
    int n;
    cache_lock(c);
    struct node_info *const *nodes = cache_nodes(c, &n);
    struct str *names = ARENA_ARRAY(&w->keep.arena, struct str, n);
    m->count = 0;
    for (int i = 0; i < n; i++)
        if (runs_on(p, nodes[i])) names[m->count++] = str_copy(&w->keep.arena, sym_str(nodes[i]->name));
    cache_unlock(c);
    m->nodes = names;
    pod_info_unref(p);
}

/* ---- Reading ---- */

static void read_selector(struct workload *w, struct maker *m)
{
    const struct json *selector = obj_get(m->spec, ".selector"), *labels = obj_get(m->tmpl, ".metadata.labels");
    if (obj_is(m->object, ".kind", "ReplicationController"))
        selector_read_map(&m->selector, &w->keep, obj_count(selector, "") ? selector : labels);
    else if (selector && m->kind->has_owner)
        selector_read(&m->selector, &w->keep, selector);
    else
        selector_read_map(&m->selector, &w->keep, labels);
    if (!m->selector.n) m->selector.nothing = true; /* of no label: nobody else's are meant */
}

static bool too_many(struct err *e)
{
    return err_set(e, ERR_INVALID, "the workload has more than %d pods", TRIAL_PODS_MAX);
}

static bool count_pods(struct workload *w, struct maker *m, struct err *e)
{
    int64_t count = m->kind->count(m->spec);
    if (w->replicas) count = w->replicas;
    if (count > TRIAL_PODS_MAX) return too_many(e);
    m->count = (int)MAX(count, 0);
    if (maker_is_daemon(m)) find_nodes(w, m);
    w->count += m->count; /* the sum of two that are small enough */
    return w->count <= TRIAL_PODS_MAX || too_many(e);
}

static struct str shown_name(const struct json *o)
{
    struct str name = obj_name(o);
    return name.n ? name : obj_str(o, ".metadata.generateName");
}

static bool read_maker(struct workload *w, const struct json *object, struct err *e)
{
    if (w->n == w->cap) {
        w->cap = w->cap ? 2 * w->cap : 16;
        w->makers = xreallocarray(w->makers, (size_t)w->cap, sizeof *w->makers);
    }
    struct maker *m = &w->makers[w->n];
    struct str name = shown_name(object);
    maker_read(&w->keep.arena, m, object, w->n);
    if (!maker_admit(&w->keep.arena, m, w->sandbox, e) || !count_pods(w, m, e))
        return err_context(e, "%s %.*s/%.*s", m->kind->kind, STR_ARG(m->ns), STR_ARG(name));
    read_selector(w, m);
    keep_controllers(w, m);
    w->n++;
    return true;
}

/* Others first: pods of an object that stands before its class, or claim, find it all the same. */
static bool read_all(struct workload *w, const struct json *objects, bool makers, struct err *e)
{
    for (OBJ_EACH(o, objects, "")) {
        bool ok = true;
        if (is_list(o))
            ok = read_all(w, obj_get(o, ".items"), makers, e);
        else if ((maker_kind_of(o) != NULL) == makers)
            ok = makers ? read_maker(w, o, e) : (keep_object(w, o), true);
        if (!ok) return false;
    }
    return true;
}

static int compare_makers(const void *a, const void *b)
{
    const struct maker *x = a, *y = b;
    if (x->priority != y->priority) return x->priority > y->priority ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

struct workload *workload_new(struct sandbox *s, const struct json *objects, int replicas, struct err *e)
{
    struct workload *w = xcalloc(1, sizeof *w);
    w->sandbox = s;
    w->replicas = replicas;
    if (replicas < 0 || !read_all(w, objects, false, e) || !read_all(w, objects, true, e)) {
        if (replicas < 0) err_set(e, ERR_INVALID, "%d replicas are none", replicas);
        workload_free(w);
        return NULL;
    }
    if (w->n) {
        qsort(w->makers, (size_t)w->n, sizeof *w->makers, compare_makers);
        return w;
    }
    err_set(e, ERR_INVALID, "nothing in the workload makes pods");
    workload_free(w);
    return NULL;
}

void workload_free(struct workload *w)
{
    if (!w) return;
    keep_release(&w->keep);
    free(w->makers);
    free(w);
}

int workload_count(const struct workload *w) { return w->count; }

int workload_makers(const struct json *objects)
{
    int n = 0;
    for (OBJ_EACH(o, objects, "")) n += is_list(o) ? workload_makers(obj_get(o, ".items")) : maker_kind_of(o) != NULL;
    return n;
}

/* ---- Pods ---- */

static void keep_claim(void *arg, struct arena *a, struct json *claim)
{
    struct workload *w = arg;
    struct err e = ERR_INIT;
    const struct object *there AUTO_OBJ =
        listers_get(cache_listers(sandbox_cache(w->sandbox)), LIST_CLAIM, obj_ns(claim), obj_name(claim));
    if (there) return; /* a controller would find it, too */
    claim_admit(a, claim, w->sandbox);
    const struct object *o AUTO_OBJ = object_of(claim);
    (void)sandbox_add(w->sandbox, o, &e); /* it takes claims */
}

static const struct object *make(struct workload *w, const struct maker *m, int index)
{
    struct arena a AUTO_ARENA = {0};
    struct json *pod = maker_pod(&a, m, index);
    if (maker_has_claims(m)) maker_claims(&a, m, pod, index, keep_claim, w);
    return object_of(pod);
}

static bool are_twins(const struct maker *m)
{
    bool numbered = obj_is(m->spec, ".completionMode", "Indexed") || obj_is(m->object, ".kind", "StatefulSet");
    return !maker_is_daemon(m) && !numbered && !maker_has_claims(m);
}

bool workload_next(struct workload *w, struct workload_turn *t)
{
    while (t->maker < w->n && t->index >= w->makers[t->maker].count) {
        t->maker++;
        t->index = 0;
    }
    if (t->maker == w->n) return false;
    const struct maker *m = &w->makers[t->maker];
    t->twin = t->index > 0 && are_twins(m);
    t->pod = make(w, m, t->index++);
    return true;
}

const struct object *workload_another(struct workload *w, int n)
{
    const struct maker *last = &w->makers[w->n - 1];
    return maker_is_daemon(last) ? NULL : make(w, last, last->count + n);
}

bool workload_differs(const struct workload *w) { return maker_has_claims(&w->makers[w->n - 1]); }

bool workload_selects(const struct workload *w, const struct pod_info *p)
{
    for (int i = 0; i < MIN(w->n, TRIAL_SELECTORS); i++)
        if (str_eq(sym_str(p->ns), w->makers[i].ns) && selector_matches(&w->makers[i].selector, &p->labels))
            return true;
    return false;
}
