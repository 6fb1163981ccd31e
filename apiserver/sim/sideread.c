/* sideread.c - get, list and delete over a side table; the forms of an answer.
 * Reads: the table.
 * Writes: responses. */
#include "apiserver/sim/sim_priv.h"

#include "apiserver/object/table.h"
#include "apiserver/rest/status.h"

const struct api_resource *side_resource(const struct side *t)
{
    return api_find_resource(STR(SIM_GROUP), STR("v1"), str_of(t->kind->plural));
}

/* ---- Selecting ---- */

static struct str pod_of(const struct side *t, const struct side_entry *e)
{
    return t->kind->pod ? t->kind->pod(e) : e->name;
}

bool side_query_parse(struct request *r, const struct side *t, struct str ns, struct list_options *o,
                      struct side_query *q)
{
    r->target.res = side_resource(t);
    if (!list_options_parse(r, o)) return false;
    *q = (struct side_query){.ns = ns,
                             .id = request_arg_str(r, "uid"),
                             .pod = request_arg_str(r, "pod"),
                             .fields = o->fields,
                             .nothing = o->has_labels && !sel_match(&o->labels, NULL)}; /* they have no labels */
    return true;
}

struct field_source {
    struct str ns, name, pod;
};

static struct str field_of(void *arg, struct str label)
{
    const struct field_source *f = arg;
    struct str v = str_eqc(label, "metadata.name") ? f->name : str_eqc(label, "metadata.namespace") ? f->ns : f->pod;
    return v.p ? v : STR("");
}

/* ?uid= names a pod's walk ("uid") or all of a pod's decisions ("uid/attempt"). */
static bool is_id(struct str id, struct str uid)
{
    return str_starts(id, uid) && (id.n == uid.n || id.p[uid.n] == '/');
}

bool side_query_match(const struct side_query *q, const struct side *t, const struct side_entry *e)
{
    if (q->nothing || (q->id.n ? !is_id(e->id, q->id) : !e->visible)) return false;
    if (q->ns.n && !str_eq(q->ns, e->ns)) return false;
    if (q->name.n && !str_eq(q->name, e->name)) return false;
    if (q->pod.n && !str_eq(q->pod, pod_of(t, e))) return false;
    struct field_source f = {e->ns, e->name, pod_of(t, e)};
    return !q->fields.count || field_sel_match(&q->fields, field_of, &f);
}

/* Of a tombstone: it does not know its pod; a deletion too many harms nobody. */
bool side_query_match_key(const struct side_query *q, struct str ns, struct str name, const char *uid)
{
    (void)uid;
    if (q->nothing || (q->ns.n && !str_eq(q->ns, ns))) return false;
    if (q->name.n && !str_eq(q->name, name)) return false;
    for (int i = 0; i < q->fields.count; i++)
        if (str_eqc(q->fields.terms[i].key, "spec.pod")) return false;
    struct field_source f = {ns, name, STR_NULL};
    return !q->pod.n && !q->id.n && (!q->fields.count || field_sel_match(&q->fields, field_of, &f));
}

/* ---- One object ---- */

enum side_part side_part_of(enum form form, const char *include_object)
{
    if (form == FORM_METADATA || form == FORM_METADATA_LIST) return SIDE_META;
    bool whole = include_object && strcmp(include_object, "Object") == 0;
    return form == FORM_TABLE && !whole ? SIDE_BRIEF : SIDE_WHOLE;
}

static enum side_part part_of(const struct request *r)
{
    struct str include = request_arg_str(r, "includeObject");
    return side_part_of(r->accept.form, str_eqc(include, "Object") ? "Object" : NULL);
}

void side_text(struct request *r, const struct side *t, const struct side_entry *e, struct buf *text)
{
    buf_init(text, SIDE_LIST_MAX);
    side_write(text, t, e, true, part_of(r));
}

/* The list (or the object) in `text` as a Table. */
static bool to_table(struct request *r, const struct side *t, struct buf *text)
{
    struct err e = ERR_INIT;
    const struct api_resource *res = side_resource(t);
    const char *include;
    if (!res) return true; /* no columns are known: the object itself */
    if (!table_options_parse(r, &include)) return false;
    const struct json *j = json_parse(&r->arena, buf_view(text), &e);
    bool list = obj_has(j, ".items");
    size_t n = list ? obj_count(j, ".items") : 1, i = 0;
    const struct json **trees = arena_alloc(&r->arena, (n + 1) * sizeof *trees);
    trees[0] = j;
    for (OBJ_EACH(it, j, ".items")) trees[i++] = it;
    struct list_meta meta = {.cont = obj_str(j, ".metadata.continue"), .remaining = SIZE_MAX};
    (void)str_to_u64(obj_str(j, ".metadata.resourceVersion"), &meta.rev);
    struct buf out;
    buf_init(&out, SIDE_LIST_MAX);
    table_write_trees(&out, res, trees, n, &meta, include, r->accept.as_version);
    buf_release(text); /* the tree pointed into it */
    *text = out;
    return true;
}

void side_respond(struct request *r, int code, const struct side *t, struct buf *text)
{
    bool good = buf_ok(text);
    if (!good)
        status_failf(r, ERR_INTERNAL, "the answer is longer than %d bytes: use limit and continue", SIDE_LIST_MAX);
    if (good && r->accept.form == FORM_TABLE) good = to_table(r, t, text);
    if (good)
        media_respond(r, code, text);
    else
        buf_release(text);
    rest_finish(r);
}

static struct side_entry *find(struct request *r, struct side *t, struct str ns, struct str name)
{
    struct str uid = request_arg_str(r, "uid");
    if (!uid.n) return side_find(t, ns, name);
    struct side_entry *e = side_find_id(t, uid);
    return e && str_eq(e->ns, ns) && str_eq(e->name, name) ? e : NULL;
}

struct getting { /* in the request's arena */
    struct side *t;
    struct str ns, name;
};

static void get_run(struct request *r)
{
    const struct getting *g = r->ctx;
    struct buf text;
    side_lock(g->t);
    const struct side_entry *e = find(r, g->t, g->ns, g->name);
    if (e) side_text(r, g->t, e, &text);
    side_unlock(g->t);
    if (e)
        side_respond(r, 200, g->t, &text);
    else
        sim_not_found(r, g->t, g->name);
}

void side_get(struct request *r, struct side *t, struct str ns, struct str name)
{
    if (!accept_fits(r, false)) {
        rest_finish(r);
        return;
    }
    struct getting *g = ARENA_NEW(&r->arena, struct getting);
    *g = (struct getting){t, ns, name};
    r->ctx = g;
    if (t->kind->brief) /* writing it out takes its time */
        request_later(r, get_run);
    else
        get_run(r);
}

void side_delete(struct request *r, struct side *t, struct str ns, struct str name)
{
    char uid[RND_UUID_LEN + 1] = "";
    side_lock(t);
    struct side_entry *e = find(r, t, ns, name);
    if (e) {
        memcpy(uid, e->uid, sizeof uid);
        side_remove(t, e);
    }
    side_unlock(t);
    if (!e) {
        sim_not_found(r, t, name);
        return;
    }
    status_success(r, 200, side_resource(t), name, str_of(uid));
    rest_finish(r);
}

/* ---- LIST ---- */

struct listing { /* in the request's arena */
    struct side *t;
    struct side_query q;
    struct str after; /* key to go on behind */
    uint64_t limit;   /* 0: all */
    enum side_part part;
};

/* The key of the last item when there are more; in the arena. */
static struct str write_items(struct buf *out, struct request *r, const struct listing *l)
{
    struct omap_cursor c;
    struct str key, last = STR_NULL;
    void *value;
    uint64_t n = 0;
    bool full = false;
    omap_seek(&l->t->by_key, l->after.p ? l->after : STR(""), &c);
    while (omap_next(&c, &key, &value)) {
        const struct side_entry *e = value;
        if (str_eq(key, l->after) || !side_query_match(&l->q, l->t, e)) continue;
        if (full) return last;
        if (n++) buf_char(out, ',');
        side_write(out, l->t, e, false, l->part);
        full = l->limit && (n == l->limit || out->n > SIDE_PAGE_BYTES);
        if (full) last = str_copy(&r->arena, key);
    }
    return STR_NULL;
}

/* ?uid= also finds what a newer object of the same name has hidden. */
static void write_by_id(struct buf *out, const struct listing *l)
{
    bool any = false;
    for (const struct side_entry *e = l->t->eldest; e; e = e->younger) {
        if (!side_query_match(&l->q, l->t, e)) continue;
        if (any) buf_char(out, ',');
        any = true;
        side_write(out, l->t, e, false, l->part);
    }
}

/* Worker: a full table is tens of megabytes of text. */
static void list_run(struct request *r)
{
    const struct listing *l = r->ctx;
    struct buf items AUTO_BUF, text;
    struct str more = STR_NULL;
    buf_init(&items, SIDE_LIST_MAX);
    buf_init(&text, SIDE_LIST_MAX);
    side_lock(l->t);
    uint64_t rev = side_rev();
    if (l->q.id.n)
        write_by_id(&items, l);
    else
        more = write_items(&items, r, l);
    side_unlock(l->t);
    if (l->part == SIDE_META)
        buf_addf(&text, "{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/%s\",\"metadata\":",
                 r->accept.as_version);
    else
        buf_addf(&text, "{\"kind\":\"%s\",\"apiVersion\":\"" SIM_API_VERSION "\",\"metadata\":", l->t->kind->list_kind);
    struct list_meta meta = {
        .rev = rev, .cont = more.n ? continue_write(&r->arena, -1, more) : STR_NULL, .remaining = SIZE_MAX};
    list_meta_write(&text, &meta);
    buf_cstr(&text, ",\"items\":[");
    buf_str(&text, buf_view(&items));
    buf_cstr(&text, "]}");
    if (!buf_ok(&items)) text.over = true;
    side_respond(r, 200, l->t, &text);
}

void side_list(struct request *r, struct side *t, struct str ns)
{
    struct err e = ERR_INIT;
    struct list_options o;
    struct listing *l = ARENA_NEW(&r->arena, struct listing);
    int64_t rev;
    l->t = t;
    l->part = part_of(r);
    if (!accept_fits(r, true) || !side_query_parse(r, t, ns, &o, &l->q)) {
        rest_finish(r);
        return;
    }
    if (o.cont.n && !continue_parse(&r->arena, o.cont, &rev, &l->after, &e)) {
        status_fail(r, &e);
        rest_finish(r);
        return;
    }
    l->limit = o.limit;
    r->ctx = l;
    request_later(r, list_run);
}
