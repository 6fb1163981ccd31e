/* object.c - Kubernetes objects as data: reading and building trees by path.
 * Reads: JSON text and trees.   Writes: trees in the caller's arena, published objects in their own. */
#include "object.h"

#include "base/clk.h"
#include "base/kassert.h"
#include "node.h"
#include "schema.h"
#include "share.h"

#include <stdlib.h>

enum { NS_PER_S = 1000000000 };

/* ---- Paths ---- */

struct path_step {
    struct str text;
    bool bracket; /* [text]: an index when the parent is an array */
};

/* Cuts the next step off *path; false at the end. */
static bool step_next(const char **path, struct path_step *s)
{
    const char *p = *path;
    if (*p == '.') p++;
    if (!*p) return false;
    s->bracket = *p == '[';
    const char *start = s->bracket ? ++p : p;
    while (*p && (s->bracket ? *p != ']' : *p != '.' && *p != '[')) p++;
    s->text = str_n(start, (size_t)(p - start));
    if (s->bracket && *p) p++;
    *path = p;
    return true;
}

static struct json *step_child(const struct json *j, const struct path_step *s)
{
    uint64_t index;
    if (s->bracket && json_is(j, JSON_ARR)) return str_to_u64(s->text, &index) ? json_at(j, (size_t)index) : NULL;
    return json_is(j, JSON_OBJ) ? json_get(j, s->text) : NULL;
}

struct json *obj_edit(struct json *j, const char *path)
{
    struct path_step s;
    while (j && step_next(&path, &s)) j = step_child(j, &s);
    return j;
}

const struct json *obj_get(const struct json *j, const char *path)
{
    struct path_step s;
    while (j && step_next(&path, &s)) j = step_child(j, &s);
    return j;
}

/* ---- Reading ---- */

struct str obj_str(const struct json *j, const char *path) { return json_string(obj_get(j, path)); }

int64_t obj_number(const struct json *it, int64_t absent) { return json_is(it, JSON_INT) ? it->u.i : absent; }

int64_t obj_int(const struct json *j, const char *path, int64_t absent) { return obj_number(obj_get(j, path), absent); }

bool obj_bool(const struct json *j, const char *path, bool absent)
{
    const struct json *v = obj_get(j, path);
    return json_is(v, JSON_BOOL) ? v->u.b : absent;
}

bool obj_has(const struct json *j, const char *path)
{
    const struct json *v = obj_get(j, path);
    return v && v->type != JSON_NULL;
}

size_t obj_count(const struct json *j, const char *path)
{
    const struct json *v = obj_get(j, path);
    return json_is(v, JSON_ARR) || json_is(v, JSON_OBJ) ? v->count : 0;
}

bool obj_is(const struct json *j, const char *path, const char *text)
{
    struct str s = obj_str(j, path);
    return !str_is_null(s) && str_eqc(s, text);
}

int64_t obj_time_s(const struct json *j, const char *path, int64_t absent)
{
    struct str s = obj_str(j, path);
    int64_t ns;
    if (str_is_null(s) || !clk_parse_rfc3339(s.p, s.n, &ns)) return absent;
    return ns / NS_PER_S - (ns % NS_PER_S < 0);
}

const struct json *obj_first(const struct json *j, const char *path) { return json_kids(obj_get(j, path)); }

const struct json *obj_next(const struct json *it) { return it->next; }

struct str obj_key(const struct json *it) { return it ? it->key : STR_NULL; }

struct str obj_text(const struct json *it) { return json_string(it); }

const struct json *obj_find(const struct json *j, const char *list_path, const char *key, struct str value)
{
    for (OBJ_EACH(it, j, list_path)) {
        struct str v = json_string(json_getc(it, key));
        if (!str_is_null(v) && str_eq(v, value)) return it;
    }
    return NULL;
}

struct str obj_map_str(const struct json *j, const char *map_path, struct str key)
{
    return json_string(json_get(obj_get(j, map_path), key));
}

const struct json *obj_condition(const struct json *j, const char *type)
{
    return obj_find(j, ".status.conditions", "type", str_of(type));
}

bool obj_condition_true(const struct json *j, const char *type)
{
    return str_eqc(json_string(json_getc(obj_condition(j, type), "status")), "True");
}

const struct json *obj_controller(const struct json *j)
{
    for (OBJ_EACH(it, j, ".metadata.ownerReferences"))
        if (obj_bool(it, ".controller", false)) return it;
    return NULL;
}

void object_order(const struct api_type *t, struct json *node, struct arena *a)
{
    struct json **at = ARENA_ARRAY(a, struct json *, t->nfields);
    struct json *unknown = NULL, *next;
    for (struct json *it = node->u.kids.head; it; it = next) {
        next = it->next;
        const struct api_field *f = api_field_of(t, it->key);
        if (f) {
            at[f - t->fields] = it;
        } else {
            it->next = unknown;
            unknown = it;
        }
    }
    struct json **link = &node->u.kids.head, *last = NULL;
    for (int i = 0; i < t->nfields; i++) {
        if (!at[i]) continue;
        *link = last = at[i];
        link = &at[i]->next;
    }
    *link = unknown;
    for (; unknown; unknown = unknown->next) last = unknown;
    node->u.kids.tail = last;
}

struct str obj_nsname(struct arena *a, const struct json *j)
{
    struct str ns = obj_ns(j), name = obj_name(j);
    if (!ns.n) return str_copy(a, str_is_null(name) ? STR("") : name);
    return str_printf(a, "%.*s/%.*s", STR_ARG(ns), STR_ARG(name));
}

struct json *obj_parse_stored(struct arena *a, struct str text, struct err *e)
{
    static const char *const kept[] = {"metadata", "managedFields", "fieldsV1", NULL};
    return json_parse_keep(a, text, kept, e);
}

/* ---- Copies ---- */

struct json *obj_copy(struct arena *a, const struct json *j)
{
    if (!j) return NULL;
    struct json *out = arena_memdup(a, j, sizeof *j);
    out->key = STR_NULL;
    out->next = NULL;
    if (j->type == JSON_STR || j->type == JSON_REAL || j->type == JSON_RAW) {
        out->u.s = str_copy(a, j->u.s);
    } else if (j->type == JSON_ARR || j->type == JSON_OBJ) {
        out->u.kids.head = out->u.kids.tail = NULL;
        out->count = 0;
        JSON_FOREACH(it, j)
        node_add(out, it->key.p ? str_copy(a, it->key) : STR_NULL, obj_copy(a, it));
    }
    return out;
}

/* ---- Published objects ---- */

struct published {
    struct object object;
    struct shared shared; /* what other objects have, too */
};

static void fill_head(struct object *o)
{
    const struct json *meta = json_getc(o->root, "metadata");
    o->api_version = obj_str(o->root, ".apiVersion");
    o->kind = obj_str(o->root, ".kind");
    o->ns = json_string(json_getc(meta, "namespace"));
    o->name = json_string(json_getc(meta, "name"));
    o->uid = json_string(json_getc(meta, "uid"));
    if (!str_to_u64(json_string(json_getc(meta, "resourceVersion")), &o->rv)) o->rv = 0;
    const struct json *labels = json_getc(meta, "labels");
    o->labels = json_is(labels, JSON_OBJ) ? labels : NULL;
}

const struct object *object_of(const struct json *root)
{
    struct published *p = xcalloc(1, sizeof *p);
    struct object *o = &p->object;
    o->refs = 1;
    o->root = share_copy(&o->arena, root, &p->shared);
    fill_head(o);
    return o;
}

/* Without the dropped parts the object is copied once more, so that a cache does not keep their text. */
const struct object *object_parse_in(struct arena *scratch, struct str text, const char *const *drop,
                                     object_trim_fn *trim, struct err *e)
{
    const struct object *o = NULL;
    struct json *root = obj_parse_stored(scratch, text, e);
    bool fits = root && root->type == JSON_OBJ;
    if (root && !fits) err_set(e, ERR_BAD_REQUEST, "not a JSON object");
    for (; fits && drop && *drop; drop++) obj_del(root, *drop);
    if (fits && trim) trim(root);
    if (fits) o = object_of(root);
    arena_reset(scratch);
    return o;
}

const struct object *object_parse(struct str text, const char *const *drop, struct err *e)
{
    struct arena scratch AUTO_ARENA = {0};
    if (drop && *drop) return object_parse_in(&scratch, text, drop, NULL, e);
    struct published *p = xcalloc(1, sizeof *p);
    struct object *o = &p->object;
    o->refs = 1;
    arena_init(&o->arena, text.n * 4 + 256); /* text and tree: about four times the text */
    o->root = json_parse(&o->arena, str_copy(&o->arena, text), e);
    if (o->root && o->root->type == JSON_OBJ) {
        fill_head(o);
        return o;
    }
    if (o->root) err_set(e, ERR_BAD_REQUEST, "not a JSON object");
    object_unref(o);
    return NULL;
}

void object_set_memo(const struct object *o, uint32_t memo)
{
    atomic_store_explicit((_Atomic uint32_t *)&o->memo, memo, memory_order_relaxed);
}

const struct object *object_ref(const struct object *o)
{
    /* The count (and the memo) is the one part of a published object that changes. */
    if (o) atomic_fetch_add_explicit((_Atomic uint32_t *)&o->refs, 1, memory_order_relaxed);
    return o;
}

void object_unref(const struct object *o)
{
    if (!o) return;
    uint32_t before = atomic_fetch_sub_explicit((_Atomic uint32_t *)&o->refs, 1, memory_order_acq_rel);
    KASSERT(before > 0);
    if (before > 1) return;
    struct published *dead = CONTAINER_OF((struct object *)(uintptr_t)o, struct published, object);
    share_release(&dead->shared);
    arena_release(&dead->object.arena);
    free(dead);
}

void object_cleanup(const struct object **po) { object_unref(*po); }

void objs_add(struct objs *l, const struct object *o)
{
    if (l->count == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 8;
        l->items = xreallocarray(l->items, l->cap, sizeof *l->items);
    }
    l->items[l->count++] = object_ref(o);
}

void objs_release(struct objs *l)
{
    for (size_t i = 0; i < l->count; i++) object_unref(l->items[i]);
    free(l->items);
    *l = (struct objs){0};
}

void objs_keep(struct objs *l, bool (*keep)(const struct object *o))
{
    size_t kept = 0;
    for (size_t i = 0; i < l->count; i++) {
        if (keep(l->items[i]))
            l->items[kept++] = l->items[i];
        else
            object_unref(l->items[i]);
    }
    l->count = kept;
}

/* ---- Building ---- */

struct json *obj_empty(struct arena *a) { return json_obj(a); }

struct json *obj_list(struct arena *a) { return json_arr(a); }

struct json *obj_new(struct arena *a, const char *api_version, const char *kind)
{
    struct json *j = json_obj(a);
    obj_put_cstr(a, j, ".apiVersion", api_version);
    obj_put_cstr(a, j, ".kind", kind);
    return j;
}

/* Puts `value` where step s of `parent` is. */
static void put_child(struct arena *a, struct json *parent, const struct path_step *s, struct json *value)
{
    if (s->bracket && parent->type == JSON_ARR) {
        struct json *old = step_child(parent, s);
        KASSERT(old != NULL);
        json_replace(parent, old, value);
        return;
    }
    KASSERT(parent->type == JSON_OBJ);
    struct json *old = json_get(parent, s->text);
    if (old)
        json_replace(parent, old, value);
    else
        json_set(a, parent, str_copy(a, s->text), value);
}

void obj_put(struct arena *a, struct json *j, const char *path, struct json *value)
{
    struct path_step s, ahead;
    bool more = step_next(&path, &s);
    KASSERT(more);
    while (step_next(&path, &ahead)) {
        struct json *kid = step_child(j, &s);
        bool container = json_is(kid, JSON_OBJ) || (json_is(kid, JSON_ARR) && ahead.bracket);
        if (!container) put_child(a, j, &s, kid = json_obj(a));
        j = kid;
        s = ahead;
    }
    put_child(a, j, &s, value);
}

void obj_put_copy(struct arena *a, struct json *j, const char *path, const struct json *value)
{
    if (value) obj_put(a, j, path, obj_copy(a, value));
}

void obj_put_str(struct arena *a, struct json *j, const char *path, struct str v)
{
    obj_put(a, j, path, json_str(a, str_copy(a, v.p ? v : STR(""))));
}

void obj_put_cstr(struct arena *a, struct json *j, const char *path, const char *v)
{
    obj_put_str(a, j, path, str_of(v));
}

void obj_put_fmt(struct arena *a, struct json *j, const char *path, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *text = arena_vprintf(a, fmt, ap);
    va_end(ap);
    obj_put(a, j, path, json_str(a, str_of(text)));
}

void obj_put_int(struct arena *a, struct json *j, const char *path, int64_t v) { obj_put(a, j, path, json_int(a, v)); }

void obj_put_bool(struct arena *a, struct json *j, const char *path, bool v) { obj_put(a, j, path, json_bool(a, v)); }

void obj_put_time(struct arena *a, struct json *j, const char *path, int64_t unix_s)
{
    char text[CLK_TEXT_MAX];
    obj_put_cstr(a, j, path, clk_rfc3339(unix_s, text));
}

void obj_put_microtime(struct arena *a, struct json *j, const char *path, int64_t unix_ns)
{
    char text[CLK_TEXT_MAX];
    obj_put_cstr(a, j, path, clk_rfc3339_micro(unix_ns, text));
}

/* The list at a path, made when there is none. */
static struct json *list_at(struct arena *a, struct json *j, const char *path)
{
    struct json *list = obj_edit(j, path);
    if (!json_is(list, JSON_ARR)) obj_put(a, j, path, list = json_arr(a));
    return list;
}

struct json *obj_append(struct arena *a, struct json *j, const char *list_path)
{
    struct json *item = json_obj(a);
    json_push(list_at(a, j, list_path), item);
    return item;
}

void obj_append_str(struct arena *a, struct json *j, const char *list_path, struct str v)
{
    json_push(list_at(a, j, list_path), json_str(a, str_copy(a, v.p ? v : STR(""))));
}

void obj_map_put_str(struct arena *a, struct json *j, const char *map_path, struct str key, struct str v)
{
    struct json *map = obj_edit(j, map_path);
    if (!json_is(map, JSON_OBJ)) obj_put(a, j, map_path, map = json_obj(a));
    json_set(a, map, str_copy(a, key), json_str(a, str_copy(a, v.p ? v : STR(""))));
}

bool obj_del(struct json *j, const char *path)
{
    struct path_step s, ahead;
    if (!j || !step_next(&path, &s)) return false;
    while (step_next(&path, &ahead)) {
        j = step_child(j, &s);
        if (!j) return false;
        s = ahead;
    }
    struct json *kid = step_child(j, &s);
    if (kid) json_remove(j, kid);
    return kid != NULL;
}

/* ---- Conditions and owners ---- */

/* Makes member `name` read `v`; an empty v removes it. True: it was different. */
static bool put_text(struct arena *a, struct json *j, const char *name, struct str v)
{
    struct str old = json_string(json_getc(j, name));
    if (str_eq(old, v) && (v.n || str_is_null(old))) return false;
    if (v.n)
        obj_put_str(a, j, name, v);
    else
        json_del(j, str_of(name));
    return true;
}

bool obj_set_condition(struct arena *a, struct json *j, const char *type, const char *status, const char *reason,
                       struct str message, int64_t now_s)
{
    /* The tree is the caller's own; obj_find only reads it. */
    struct json *c = (struct json *)(uintptr_t)obj_condition(j, type);
    bool changed = !c;
    if (!c) {
        c = obj_append(a, j, ".status.conditions");
        obj_put_cstr(a, c, "type", type);
    }
    if (put_text(a, c, "status", str_of(status))) {
        obj_put_time(a, c, "lastTransitionTime", now_s);
        changed = true;
    }
    changed |= put_text(a, c, "reason", str_of(reason));
    changed |= put_text(a, c, "message", message);
    return changed;
}

void obj_put_owner(struct arena *a, struct json *j, const struct json *owner)
{
    struct json *ref = obj_append(a, j, ".metadata.ownerReferences");
    obj_put_str(a, ref, "apiVersion", obj_str(owner, ".apiVersion"));
    obj_put_str(a, ref, "kind", obj_str(owner, ".kind"));
    obj_put_str(a, ref, "name", obj_name(owner));
    obj_put_str(a, ref, "uid", obj_uid(owner));
    obj_put_bool(a, ref, "controller", true);
    obj_put_bool(a, ref, "blockOwnerDeletion", true);
}

void obj_put_claim_ref(struct arena *a, struct json *pv, const struct object *claim)
{
    struct json *ref = obj_empty(a);
    obj_put_cstr(a, ref, ".kind", "PersistentVolumeClaim");
    obj_put_str(a, ref, ".namespace", claim->ns);
    obj_put_str(a, ref, ".name", claim->name);
    obj_put_str(a, ref, ".uid", claim->uid);
    obj_put_cstr(a, ref, ".apiVersion", "v1");
    obj_put_str(a, ref, ".resourceVersion", obj_str(claim->root, ".metadata.resourceVersion"));
    obj_put(a, pv, ".spec.claimRef", ref);
}
