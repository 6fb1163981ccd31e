/* swagger.c - see swagger.h.
 * Reads, writes: trees. */
#include "apiserver/aggregator/swagger.h"

#include "api/object.h"
#include "apiserver/aggregator/limits.h"
#include "base/map.h"

#define GVKS "x-kubernetes-group-version-kind"

/* What paths refer to by name. */
enum { DEFINITIONS, PARAMETERS, SHARED_COUNT };
static const struct shared {
    const char *member, *prefix;
    bool gvks; /* equal ones may name different kinds */
} shared[SHARED_COUNT] = {{"definitions", "#/definitions/", true}, {"parameters", "#/parameters/", false}};

static struct json *section(const struct json *doc, const char *member)
{
    struct json *s = json_getc(doc, member);
    return json_is(s, JSON_OBJ) ? s : NULL;
}

static struct json *need_section(struct arena *a, struct json *doc, const char *member)
{
    if (!section(doc, member)) json_set(a, doc, str_of(member), json_obj(a));
    return section(doc, member);
}

/* Which of the two does a reference name? The rest is the name. SHARED_COUNT: none. */
static int shared_of(struct str ref, struct str *name)
{
    for (int i = 0; i < SHARED_COUNT; i++) {
        struct str prefix = str_of(shared[i].prefix);
        *name = str_from(ref, prefix.n);
        if (str_starts(ref, prefix)) return i;
    }
    return SHARED_COUNT;
}

/* ---- All references below a node ---- */

struct walker {
    void (*fn)(struct walker *w, struct json *node, struct str ref);
    void *arg;
};

static void walk_ref(struct walker *w, struct json *node)
{
    struct str ref = json_string(json_getc(node, "$ref"));
    if (ref.n) w->fn(w, node, ref);
}

static void walk_schema(struct walker *w, struct json *s);

static void walk_members(struct walker *w, const struct json *list)
{
    JSON_FOREACH(it, list) { walk_schema(w, it); }
}

/* Not what is under other names: an example or a default may look like a reference and is none. */
static void walk_schema(struct walker *w, struct json *s)
{
    static const char *const maps[] = {"definitions", "properties", "patternProperties", "allOf", "anyOf", "oneOf"};
    static const char *const ones[] = {"not", "additionalProperties", "additionalItems"};
    if (!json_is(s, JSON_OBJ)) return;
    walk_ref(w, s);
    for (size_t i = 0; i < ARRAY_LEN(maps); i++) walk_members(w, json_getc(s, maps[i]));
    for (size_t i = 0; i < ARRAY_LEN(ones); i++) walk_schema(w, json_getc(s, ones[i]));
    struct json *items = json_getc(s, "items");
    if (json_is(items, JSON_ARR))
        walk_members(w, items);
    else
        walk_schema(w, items);
}

static void walk_parameter(struct walker *w, struct json *p)
{
    if (!json_is(p, JSON_OBJ)) return;
    walk_ref(w, p);
    walk_schema(w, json_getc(p, "schema"));
    walk_schema(w, json_getc(p, "items"));
}

static void walk_parameters(struct walker *w, const struct json *list)
{
    JSON_FOREACH(it, list) { walk_parameter(w, it); }
}

static void walk_path(struct walker *w, const struct json *item)
{
    static const char *const methods[] = {"get", "put", "post", "delete", "options", "head", "patch"};
    walk_parameters(w, json_getc(item, "parameters"));
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        const struct json *operation = json_getc(item, methods[i]);
        walk_parameters(w, json_getc(operation, "parameters"));
        JSON_FOREACH(response, json_getc(operation, "responses"))
        {
            if (!json_is(response, JSON_OBJ)) continue;
            walk_ref(w, response);
            walk_schema(w, json_getc(response, "schema"));
        }
    }
}

/* ---- What is used ---- */

struct usage {
    struct map by_name[SHARED_COUNT]; /* name -> its node */
    struct map used[SHARED_COUNT];
};

static void note_use(struct walker *w, struct json *node, struct str ref)
{
    struct usage *u = w->arg;
    struct str name;
    int i = shared_of(ref, &name);
    struct json *target = i < SHARED_COUNT ? map_get(&u->by_name[i], name) : NULL;
    (void)node;
    if (target) map_set(&u->used[i], name, target);
}

/* Names that the paths refer to, directly or through others. */
static void find_used(const struct json *doc, struct usage *u)
{
    struct walker w = {.fn = note_use, .arg = u};
    *u = (struct usage){0};
    for (int i = 0; i < SHARED_COUNT; i++) JSON_FOREACH(it, section(doc, shared[i].member))
        {
            map_set(&u->by_name[i], it->key, it);
        }
    JSON_FOREACH(path, section(doc, "paths")) { walk_path(&w, path); }
    uint32_t definitions = 0, parameters = 0;
    while (definitions < u->used[DEFINITIONS].count || parameters < u->used[PARAMETERS].count) {
        if (parameters < u->used[PARAMETERS].count)
            walk_parameter(&w, u->used[PARAMETERS].entries[parameters++].value);
        else
            walk_schema(&w, u->used[DEFINITIONS].entries[definitions++].value);
    }
}

static void usage_release(struct usage *u)
{
    for (int i = 0; i < SHARED_COUNT; i++) {
        map_release(&u->by_name[i], NULL);
        map_release(&u->used[i], NULL);
    }
}

/* The members for which keep says so, in their order. */
static void filter(struct arena *a, struct json *doc, const char *member,
                   bool (*keep)(const struct json *it, const void *arg), const void *arg)
{
    struct json *kept = json_obj(a), *next, *all = section(doc, member);
    for (struct json *it = json_kids(all); it; it = next) {
        next = it->next;
        if (keep(it, arg)) json_add(kept, it->key, it);
    }
    if (all) json_replace(doc, all, kept);
}

struct keeping {
    const struct map *before, *after; /* used */
};

static bool is_not_dropped(const struct json *it, const void *arg)
{
    const struct keeping *k = arg;
    return map_has(k->after, it->key) || !map_has(k->before, it->key);
}

static void keep_paths(struct arena *a, struct json *doc, bool (*keep)(const struct json *it, const void *arg),
                       const void *arg)
{
    struct usage before, after;
    find_used(doc, &before);
    filter(a, doc, "paths", keep, arg);
    find_used(doc, &after);
    const struct keeping k = {&before.used[DEFINITIONS], &after.used[DEFINITIONS]};
    filter(a, doc, shared[DEFINITIONS].member, is_not_dropped, &k);
    usage_release(&before);
    usage_release(&after);
}

static bool begins_so(const struct json *it, const void *arg) { return str_starts(it->key, *(const struct str *)arg); }

void swagger_keep(struct arena *a, struct json *doc, struct str prefix) { keep_paths(a, doc, begins_so, &prefix); }

/* ---- Merging ---- */

static bool same_but_gvks(struct arena *a, const struct json *x, const struct json *y)
{
    if (!json_getc(x, GVKS) && !json_getc(y, GVKS)) return json_equal(x, y);
    struct json *p = json_copy(a, x), *q = json_copy(a, y);
    json_del(p, STR(GVKS));
    json_del(q, STR(GVKS));
    return json_equal(p, q);
}

struct merging {
    struct arena *a;
    struct map there[SHARED_COUNT], sent[SHARED_COUNT]; /* name -> node */
    struct map renames[SHARED_COUNT];                   /* old -> new name, in the arena */
};

static bool is_same(const struct merging *m, int i, const struct json *x, const struct json *y)
{
    return shared[i].gvks ? same_but_gvks(m->a, x, y) : json_equal(x, y);
}

/* The name under which it will be: its own; that of one with the same content; or the first free one. */
static struct str place_of(const struct merging *m, int i, const struct json *it, const struct map *taken)
{
    struct str name = it->key;
    for (int n = 2;; n++) {
        const struct json *there = map_get(&m->there[i], name);
        if (there && is_same(m, i, there, it)) return name;
        bool own = str_eq(name, it->key);
        if (!there && (own || (!map_has(&m->sent[i], name) && !map_has(taken, name)))) return name;
        name = str_printf(m->a, "%.*s_v%d", STR_ARG(it->key), n);
    }
}

static void find_renames(struct merging *m, int i, const struct json *from)
{
    struct map taken = {0};
    JSON_FOREACH(it, from)
    {
        struct str name = place_of(m, i, it, &taken);
        if (str_eq(name, it->key)) continue;
        map_set(&m->renames[i], it->key, str_cstr(m->a, name));
        map_set(&taken, name, m);
    }
    map_release(&taken, NULL);
}

static void rename_ref(struct walker *w, struct json *node, struct str ref)
{
    const struct merging *m = w->arg;
    struct str name;
    int i = shared_of(ref, &name);
    const char *to = i < SHARED_COUNT ? map_get(&m->renames[i], name) : NULL;
    if (to) json_set(m->a, node, STR("$ref"), json_str(m->a, str_printf(m->a, "%s%s", shared[i].prefix, to)));
}

static void rename_all(struct merging *m, const struct json *from)
{
    struct walker w = {.fn = rename_ref, .arg = m};
    if (!m->renames[DEFINITIONS].count && !m->renames[PARAMETERS].count) return;
    JSON_FOREACH(path, section(from, "paths")) { walk_path(&w, path); }
    walk_members(&w, section(from, "definitions"));
    walk_parameters(&w, section(from, "parameters"));
}

static struct str gvk_key(struct arena *a, const struct json *gvk)
{
    return str_printf(a, "%.*s/%.*s.%.*s", STR_ARG(obj_str(gvk, ".group")), STR_ARG(obj_str(gvk, ".version")),
                      STR_ARG(obj_str(gvk, ".kind")));
}

/* The kinds of both, sorted when some are new. */
static void merge_gvks(struct arena *a, struct json *to, const struct json *from)
{
    const struct json *have = json_getc(to, GVKS), *more = json_getc(from, GVKS);
    struct json *all = json_obj(a), *list = json_arr(a);
    if (!more || obj_count(have, "") + obj_count(more, "") > GVKS_MAX) return;
    JSON_FOREACH(it, have) { json_set(a, all, gvk_key(a, it), json_copy(a, it)); }
    uint32_t before = all->count;
    JSON_FOREACH(it, more)
    {
        struct str key = gvk_key(a, it);
        if (!json_get(all, key)) json_add(all, key, json_copy(a, it));
    }
    if (have && all->count == before) return;
    json_sort_keys(all);
    JSON_FOREACH(it, all) { json_push(list, json_copy(a, it)); }
    json_set(a, to, STR(GVKS), list);
}

static void move(struct merging *m, int i, struct json *to, const struct json *from)
{
    struct json *next;
    for (struct json *it = json_kids(from); it; it = next) {
        const char *renamed = map_get(&m->renames[i], it->key);
        struct str name = renamed ? str_of(renamed) : it->key;
        struct json *there = map_get(&m->there[i], name);
        next = it->next;
        if (!there) {
            json_add(to, name, it);
            map_set(&m->there[i], name, it);
        } else if (shared[i].gvks) {
            merge_gvks(m->a, there, it);
        }
    }
}

static void index_names(struct map *names, const struct json *from)
{
    JSON_FOREACH(it, from) { map_set(names, it->key, it); }
}

static bool is_new(const struct json *it, const void *arg) { return !map_has(arg, it->key); }

void swagger_merge(struct arena *a, struct json *to, struct json *from)
{
    struct merging m = {.a = a};
    struct map paths = {0};
    struct json *next;
    if (!section(from, "paths")) return; /* then nobody uses its definitions */
    struct json *all = need_section(a, to, "paths");
    index_names(&paths, all);
    uint32_t sent = section(from, "paths")->count, kept = 0;
    JSON_FOREACH(it, section(from, "paths")) { kept += is_new(it, &paths); }
    if (kept && kept < sent) keep_paths(a, from, is_new, &paths);
    for (int i = 0; kept && i < SHARED_COUNT; i++) {
        index_names(&m.there[i], section(to, shared[i].member));
        index_names(&m.sent[i], section(from, shared[i].member));
        find_renames(&m, i, section(from, shared[i].member));
    }
    if (kept) rename_all(&m, from);
    for (int i = 0; kept && i < SHARED_COUNT; i++)
        if (section(from, shared[i].member))
            move(&m, i, need_section(a, to, shared[i].member), section(from, shared[i].member));
    for (struct json *it = kept ? json_kids(section(from, "paths")) : NULL; it; it = next) {
        next = it->next;
        if (!is_new(it, &paths)) continue; /* it occurs twice */
        map_set(&paths, it->key, it);
        json_add(all, it->key, it);
    }
    map_release(&paths, NULL);
    for (int i = 0; i < SHARED_COUNT; i++) {
        map_release(&m.there[i], NULL);
        map_release(&m.sent[i], NULL);
        map_release(&m.renames[i], NULL);
    }
}
