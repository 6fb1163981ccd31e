/* merge.c - see merge.h.
 * Reads: our own documents, remotes.   Writes: r->resp; the last merged lists are kept. */
#include "apiserver/aggregator/merge.h"

#include "api/object.h"
#include "apiserver/aggregator/swagger.h"
#include "apiserver/discovery/discovery_priv.h"
#include "apiserver/discovery/forms.h"
#include "apiserver/rest/rest.h"
#include "base/thread.h"

#include <stdio.h>
#include <stdlib.h>

enum { PRIORITY_OURS = 20001, PRIORITY_GROUP = 1000, PRIORITY_VERSION = 100 };

/* ---- Order ---- */

struct version_rank {
    int64_t stage, major, minor; /* stage 3: stable, 2: beta, 1: alpha, 0: no version of ours */
};

static struct version_rank rank_of(struct str v)
{
    struct version_rank none = {0}, r = {.stage = 3};
    size_t n = 1;
    while (n < v.n && v.p[n] >= '0' && v.p[n] <= '9') n++;
    if (v.n < 2 || v.p[0] != 'v' || v.p[1] == '0' || !str_to_i64(str_n(v.p + 1, n - 1), &r.major)) return none;
    struct str rest = str_from(v, n);
    if (!rest.n) return r;
    bool alpha = str_starts(rest, STR("alpha")), beta = str_starts(rest, STR("beta"));
    r.stage = alpha ? 1 : 2;
    struct str number = str_from(rest, alpha ? 5 : 4);
    bool ok = (alpha || beta) && number.n && number.p[0] != '0' && str_to_i64(number, &r.minor);
    return ok ? r : none;
}

static int descending(int64_t a, int64_t b) { return (a < b) - (a > b); }

/* v2 before v1 before v1beta1 before v1alpha1 before others (apimachinery pkg/version/helpers.go). */
static int version_order(struct str a, struct str b)
{
    struct version_rank x = rank_of(a), y = rank_of(b);
    int order = descending(x.stage, y.stage);
    if (!order) order = descending(x.major, y.major);
    if (!order) order = descending(x.minor, y.minor);
    return order ? order : str_cmp(a, b);
}

struct placed { /* a group or a version with what decides its place */
    struct json *node;
    int priority;
    struct str tie;
};

static int by_group(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int order = descending(x->priority, y->priority);
    return order ? order : str_cmp(x->tie, y->tie);
}

static int by_version(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int order = descending(x->priority, y->priority);
    return order ? order : version_order(x->tie, y->tie);
}

static struct priority priority_of(const struct remotes *s, struct str group, struct str version)
{
    bool ours = str_eqc(group, "apiregistration.k8s.io");
    for (size_t i = 0; i < s->npriorities; i++)
        if (str_eqc(group, s->priorities[i].group) && str_eqc(version, s->priorities[i].version))
            return s->priorities[i];
    return (struct priority){.group_priority = ours ? PRIORITY_OURS : PRIORITY_GROUP,
                             .version_priority = PRIORITY_VERSION};
}

/* The children of a list, sorted. */
static void sort_children(struct json *list, struct placed *places, size_t n,
                          int (*order)(const void *a, const void *b))
{
    qsort(places, n, sizeof *places, order);
    for (size_t i = 0; i < n; i++) {
        json_remove(list, places[i].node);
        json_push(list, places[i].node);
    }
}

/* ---- Groups ---- */

struct shape { /* of the two kinds of lists */
    const char *kind, *groups, *name;
};
static const struct shape shapes[] = {{"APIGroupList", "groups", ".name"},
                                      {"APIGroupDiscoveryList", "items", ".metadata.name"}};

static struct json *group_of(struct arena *a, struct json *groups, const struct shape *shape, const char *name)
{
    JSON_FOREACH(g, groups)
    {
        if (obj_is(g, shape->name, name)) return g;
    }
    struct json *g = obj_empty(a);
    obj_put_cstr(a, g, shape->name, name);
    obj_put(a, g, ".versions", obj_list(a));
    json_push(groups, g);
    return g;
}

static struct json *version_of(struct arena *a, const struct remote *m, bool aggregated)
{
    struct json *v = obj_empty(a);
    if (!aggregated) {
        obj_put_fmt(a, v, ".groupVersion", "%s/%s", m->group, m->version);
        obj_put_cstr(a, v, ".version", m->version);
        return v;
    }
    const char *rest = m->resources ? m->resources : "";
    struct str text = str_printf(a, "{\"version\":\"%s\"%s%s,\"freshness\":\"%s\"}", m->version, *rest ? "," : "", rest,
                                 m->current ? "Current" : "Stale");
    struct json *parsed = json_parse(a, text, &(struct err){0});
    return parsed ? parsed : v;
}

static void add_version(struct arena *a, struct json *group, const struct remote *m, bool aggregated)
{
    struct json *versions = obj_edit(group, ".versions"), *now = version_of(a, m, aggregated);
    JSON_FOREACH(v, versions)
    {
        if (!obj_is(v, ".version", m->version)) continue;
        json_replace(versions, v, now);
        return;
    }
    json_push(versions, now);
}

static void sort_versions(struct arena *a, const struct remotes *s, struct json *group, struct str name,
                          bool aggregated)
{
    struct json *versions = obj_edit(group, ".versions");
    struct placed *places = ARENA_ARRAY(a, struct placed, obj_count(versions, "") + 1);
    size_t n = 0;
    JSON_FOREACH(v, versions)
    {
        struct str version = obj_str(v, ".version");
        places[n++] = (struct placed){v, priority_of(s, name, version).version_priority, version};
    }
    sort_children(versions, places, n, by_version);
    if (!aggregated) obj_put_copy(a, group, ".preferredVersion", obj_get(group, ".versions[0]"));
}

/* By the highest priority of its versions; among equals by the name of the APIService with it, or of the group. */
static struct placed place_of(struct arena *a, const struct remotes *s, struct json *group, struct str name,
                              bool aggregated)
{
    struct placed p = {.node = group, .priority = -1, .tie = name};
    for (OBJ_EACH(v, group, ".versions")) {
        struct str version = obj_str(v, ".version");
        int priority = priority_of(s, name, version).group_priority;
        if (priority < p.priority) continue;
        struct str tie = aggregated ? name : str_printf(a, "%.*s.%.*s", STR_ARG(version), STR_ARG(name));
        if (priority > p.priority || str_cmp(tie, p.tie) < 0) p.tie = tie;
        p.priority = priority;
    }
    return p;
}

struct json *merge_groups(struct arena *a, struct str local, bool aggregated, const struct remotes *s, struct err *e)
{
    const struct shape *shape = &shapes[aggregated];
    struct json *doc = json_parse(a, local, e), *groups = doc ? json_getc(doc, shape->groups) : NULL;
    if (!doc) return NULL;
    if (!json_is(groups, JSON_ARR)) return err_set(e, ERR_INTERNAL, "no %s", shape->kind), NULL;
    for (size_t i = 0; i < s->count; i++) {
        const struct remote *m = s->all[i];
        if (!*m->group) continue;
        struct json *group = group_of(a, groups, shape, m->group);
        add_version(a, group, m, aggregated);
        sort_versions(a, s, group, str_of(m->group), aggregated);
    }
    struct placed *places = ARENA_ARRAY(a, struct placed, obj_count(groups, "") + 1);
    size_t n = 0;
    JSON_FOREACH(g, groups) { places[n++] = place_of(a, s, g, obj_str(g, shape->name), aggregated); }
    sort_children(groups, places, n, by_group);
    return doc;
}

/* ---- Answers ---- */

static struct {
    pthread_mutex_t lock;
    struct merged {
        uint64_t local, generation; /* what it was made of */
        char *text;
        size_t n;
    } lists[2];
} kept = {.lock = MUTEX_INIT};

/* In the request's arena. */
static struct str merged_list(struct request *r, bool aggregated)
{
    struct remotes *s = remotes_hold();
    struct str local = groups_text(&r->arena, aggregated);
    uint64_t hash = str_hash(local, 0), generation = remotes_generation();
    mutex_lock(&kept.lock);
    struct merged *k = &kept.lists[aggregated];
    if (!k->text || k->local != hash || k->generation != generation) {
        struct arena a AUTO_ARENA = {0};
        struct buf b;
        buf_init(&b, MERGED_BYTES_MAX);
        remotes_lock();
        const struct json *doc = merge_groups(&a, local, aggregated, s, &(struct err){0});
        remotes_unlock();
        if (doc) json_write(&b, doc);
        buf_char(&b, '\n');
        free(k->text);
        *k = (struct merged){.local = hash, .generation = generation, .n = b.n};
        k->text = buf_take(&b);
    }
    struct str text = str_copy(&r->arena, str_n(k->text, k->n));
    mutex_unlock(&kept.lock);
    remotes_release(s);
    return text;
}

static void answer_list(struct request *r)
{
    if (!accept_negotiate_discovery(r, true)) return;
    bool aggregated = r->accept.form == FORM_DISCOVERY;
    forms_answer_text(r, merged_list(r, aggregated), aggregated);
}

static bool has_group(struct str group)
{
    struct remotes *s = remotes_hold();
    bool found = false;
    for (size_t i = 0; s && i < s->count && !found; i++) found = str_eqc(group, s->all[i]->group);
    remotes_release(s);
    return found;
}

static void answer_group(struct request *r, struct str name)
{
    if (!accept_negotiate_discovery(r, false)) return;
    struct arena *a = &r->arena;
    struct json *list = json_parse(a, merged_list(r, false), &(struct err){0}), *out = obj_new(a, "v1", "APIGroup");
    struct buf b AUTO_BUF = {0};
    buf_init(&b, MERGED_BYTES_MAX);
    for (OBJ_EACH(g, list, ".groups")) {
        if (!str_eq(obj_str(g, ".name"), name)) continue;
        static const char *const parts[] = {".name", ".versions", ".preferredVersion"};
        for (size_t i = 0; i < ARRAY_LEN(parts); i++) obj_put_copy(a, out, parts[i], obj_get(g, parts[i]));
    }
    json_write(&b, out);
    buf_char(&b, '\n');
    forms_answer_text(r, str_copy(a, buf_view(&b)), false);
}

/* ---- OpenAPI ---- */

struct remote *merge_openapi_owner(struct str key)
{
    struct arena a AUTO_ARENA = {0};
    struct remotes *s = remotes_hold();
    struct remote *found = NULL;
    struct str local = openapi_index_text(&a);
    const struct json *ours = json_parse(&a, local, &(struct err){0});
    bool own = json_get(obj_get(ours, ".paths"), key) != NULL;
    remotes_lock();
    for (size_t i = 0; s && !own && i < s->count && !found; i++) {
        struct remote *m = s->all[i];
        const struct json *paths = m->openapi ? json_parse(&a, str_of(m->openapi), &(struct err){0}) : NULL;
        if (json_get(paths, key)) found = remote_ref(m);
    }
    remotes_unlock();
    remotes_release(s);
    return found;
}

static void answer_openapi(struct request *r)
{
    struct arena *a = &r->arena;
    struct remotes *s = remotes_hold();
    struct json *doc = json_parse(a, openapi_index_text(a), &(struct err){0}), *paths = json_getc(doc, "paths");
    remotes_lock();
    for (size_t i = 0; s && paths && i < s->count; i++) {
        const char *text = s->all[i]->openapi;
        const struct json *more = text ? json_parse(a, str_copy(a, str_of(text)), &(struct err){0}) : NULL;
        JSON_FOREACH(it, more)
        {
            if (!json_get(paths, it->key)) json_add(paths, it->key, json_copy(a, it));
        }
    }
    remotes_unlock();
    remotes_release(s);
    struct buf b;
    buf_init(&b, MERGED_BYTES_MAX);
    if (doc) json_write(&b, doc);
    buf_char(&b, '\n');
    struct document d;
    document_make(&d, &b, "application/json");
    document_answer(r, &d);
    free((char *)(uintptr_t)d.text.p);
}

/* ---- OpenAPI v2 ---- */

static int by_place(const void *x, const void *y)
{
    const struct placed *p = x, *q = y;
    int order = descending(p->priority, q->priority);
    return order ? order : str_cmp(p->tie, q->tie);
}

struct json *merge_swagger(struct arena *a, struct str local, const struct remotes *s, struct err *e)
{
    struct json *doc = json_parse(a, local, e);
    struct placed *places = ARENA_ARRAY(a, struct placed, s->count + 1);
    size_t n = 0;
    if (!doc) return NULL;
    for (size_t i = 0; i < s->count; i++) {
        const struct remote *m = s->all[i];
        struct json *more = m->swagger ? json_parse(a, str_copy(a, str_of(m->swagger)), e) : NULL;
        if (!more) continue;
        places[n] = (struct placed){more, m->group_priority, m->name};
        for (size_t k = 0; k < s->count; k++)
            if (strcmp(s->all[k]->group, m->group) == 0)
                places[n].priority = MAX(places[n].priority, s->all[k]->group_priority);
        n++;
    }
    qsort(places, n, sizeof *places, by_place); /* within a group by name, whatever the versions' priorities */
    for (size_t i = 0; i < n; i++) swagger_merge(a, doc, places[i].node);
    return doc;
}

static struct {
    pthread_mutex_t lock;
    char local[sizeof(((struct document *)0)->etag)]; /* what they were made of: our own document, */
    uint64_t generation;                              /* and theirs */
    struct document json, proto;
} swagger = {.lock = MUTEX_INIT};

/* The lock is held. */
static void make_swagger(const struct remotes *s)
{
    struct arena a AUTO_ARENA = {0};
    struct buf b;
    buf_init(&b, MERGED_BYTES_MAX);
    document_release(&swagger.json);
    document_release(&swagger.proto);
    remotes_lock();
    struct json *doc = merge_swagger(&a, openapi_v2_text(&a), s, &(struct err){0});
    remotes_unlock();
    json_write(&b, doc);
    buf_char(&b, '\n');
    document_make(&swagger.json, &b, "application/json");
    openapi_v2_make_proto(&swagger.proto, doc);
}

static bool has_swagger(const struct remotes *s)
{
    bool any = false;
    remotes_lock();
    for (size_t i = 0; s && i < s->count && !any; i++) any = s->all[i]->swagger != NULL;
    remotes_unlock();
    return any;
}

/* False: there is but our own. */
static bool answer_swagger(struct request *r)
{
    struct remotes *s = remotes_hold();
    bool any = has_swagger(s);
    enum openapi_form form = any ? openapi_v2_form(r) : OPENAPI_FORM_NONE;
    if (form != OPENAPI_FORM_NONE) {
        struct str local = openapi_v2_etag(&r->arena);
        uint64_t generation = remotes_generation();
        mutex_lock(&swagger.lock);
        if (!str_eqc(local, swagger.local) || swagger.generation != generation) make_swagger(s);
        snprintf(swagger.local, sizeof swagger.local, "%.*s", STR_ARG(local));
        swagger.generation = generation;
        document_answer(r, form == OPENAPI_FORM_PROTO ? &swagger.proto : &swagger.json);
        mutex_unlock(&swagger.lock);
    }
    remotes_release(s);
    return any;
}

bool merge_answer(struct request *r)
{
    static const char apis[] = "/apis/";
    struct str path = r->path, group;
    if (path.n > 1 && path.p[path.n - 1] == '/') path.n--;
    if (str_eqc(path, "/openapi/v3")) return answer_openapi(r), true;
    if (str_eqc(path, "/openapi/v2")) return answer_swagger(r);
    if (str_eqc(path, "/apis")) return answer_list(r), true;
    if (!str_starts(path, STR(apis))) return false;
    group = str_from(path, sizeof apis - 1);
    if (str_chr(group, '/') != SIZE_MAX || !has_group(group)) return false;
    return answer_group(r, group), true;
}
