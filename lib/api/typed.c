/* typed.c - the types of places, the fields a tree sets, and what changed between two trees.
 * Reads: the schema, trees.   Writes: sets in the arena.
 * Upstream: structured-merge-diff typed/{helpers,tofieldset,compare}.go. */
#include "typed.h"

#include "members.h"

#include <stdlib.h>

/* ---- Shapes ---- */

static struct typed_shape struct_shape(const struct api_type *t, bool atomic)
{
    return (struct typed_shape){.kind = TYPED_MAP, .atomic = atomic, .fields = t};
}

static struct typed_shape list_shape(const struct api_field *f)
{
    bool set = f->flags & API_F_SET, merged = f->flags & API_F_PATCH_MERGE && !(f->flags & API_F_ATOMIC);
    return (struct typed_shape){
        .kind = TYPED_LIST, .atomic = !f->list_keys && !set && !merged, .field = f, .keys = f->list_keys};
}

static struct typed_shape value_shape(const struct api_field *f, bool atomic)
{
    if (f->value == API_ANY || f->value == API_FIELDS_V1 || f->value == API_INT_OR_STRING)
        return (struct typed_shape){.kind = TYPED_ANY, .field = f};
    if (f->value == API_RAW) return (struct typed_shape){.kind = TYPED_ANY, .atomic = true, .field = f};
    if (f->value != API_STRUCT) return (struct typed_shape){.kind = TYPED_SCALAR, .atomic = true, .field = f};
    if (f->type->form == API_FORM_UNION) return (struct typed_shape){.kind = TYPED_ANY, .field = f};
    if (f->type->form == API_FORM_LIST) return list_shape(&f->type->fields[0]);
    return struct_shape(f->type, atomic || (f->type->atomic && !(f->flags & API_F_GRANULAR)));
}

struct typed_shape typed_shape(struct typed t)
{
    const struct api_field *f = t.field;
    if (!f) return t.type ? struct_shape(t.type, false) : (struct typed_shape){.kind = TYPED_ANY};
    if (t.element) return value_shape(f, false);
    if (f->shape == API_LIST) return list_shape(f);
    if (f->shape == API_MAP)
        return (struct typed_shape){.kind = TYPED_MAP, .atomic = f->flags & API_F_ATOMIC, .field = f};
    return value_shape(f, f->flags & API_F_ATOMIC);
}

bool typed_member(const struct typed_shape *s, struct typed t, struct str name, struct typed *out)
{
    *out = s->kind == TYPED_ANY ? t : (struct typed){.field = s->field, .element = true};
    if (!s->fields) return true;
    static const struct api_field anything = {.name = {"", 0}, .value = API_ANY, .doc = ""};
    const struct api_field *f = api_field_of(s->fields, name);
    if (!f && s->fields->open) f = &anything;
    *out = (struct typed){.field = f};
    return f != NULL;
}

struct typed typed_element(const struct typed_shape *s, struct typed t)
{
    return s->kind == TYPED_ANY ? t : (struct typed){.field = s->field, .element = true};
}

/* The field of a struct, guessing that members come in the schema's order. */
static bool next_member(const struct typed_shape *s, struct typed t, struct str name, const struct api_field **guess,
                        struct typed *out)
{
    enum { GUESSES = 6 };
    if (!s->fields) return typed_member(s, t, name, out);
    const struct api_field *end = s->fields->fields + s->fields->nfields, *f = *guess ? *guess : s->fields->fields;
    for (int i = 0; i < GUESSES && f < end; i++, f++)
        if (str_eq(f->name, name)) {
            *guess = f + 1;
            *out = (struct typed){.field = f};
            return true;
        }
    return typed_member(s, t, name, out);
}

/* ---- Elements of lists ---- */

struct json *typed_default(struct arena *a, const struct api_field *f)
{
    struct err e = ERR_INIT;
    if (f->flags & API_F_EMPTY_KEY) return json_str(a, STR(""));
    if (f->default_json) return json_parse(a, str_of(f->default_json), &e);
    if (f->flags & (API_F_POINTER | API_F_OMITEMPTY | API_F_OMITZERO)) return NULL;
    switch (f->value) { /* Go's zero is written */
    case API_STRING: return json_str(a, STR(""));
    case API_INT32:
    case API_INT64: return json_int(a, 0);
    case API_BOOL: return json_bool(a, false);
    default: return NULL;
    }
}

static int by_name(const void *x, const void *y)
{
    return str_cmp(((const struct path_key *)x)->name, ((const struct path_key *)y)->name);
}

static bool keyed_elem(struct arena *a, const struct typed_shape *s, const struct json *item, struct path_elem *out,
                       const char **why)
{
    const char *const one[] = {s->field->merge_key, NULL}, *const *names = s->keys ? s->keys : one;
    struct typed_shape element = typed_shape((struct typed){.field = s->field, .element = true});
    uint32_t n = 0, most = 0;
    if (item->type == JSON_NULL) *why = "associative list with keys may not have a null element";
    if (item->type != JSON_OBJ && item->type != JSON_NULL)
        *why = "associative list with keys may not have non-map elements";
    if (item->type != JSON_OBJ) return false;
    while (names[most]) most++;
    struct path_key *keys = ARENA_ARRAY(a, struct path_key, most);
    for (uint32_t i = 0; i < most; i++) {
        struct str name = str_of(names[i]);
        struct json *v = json_get(item, name);
        const struct api_field *f = !v && element.fields ? api_field_of(element.fields, name) : NULL;
        if (!v && f) v = typed_default(a, f);
        if (!v) continue;
        keys[n++] = (struct path_key){.name = name, .value = v};
    }
    *out = (struct path_elem){.kind = PATH_KEY, .nkeys = n, .u.keys = keys};
    if (n > 1) qsort(keys, n, sizeof *keys, by_name);
    if (n) return true;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 4096);
    for (uint32_t i = 0; i < most; i++) buf_addf(&text, "%s\"%s\"", i ? " " : "", names[i]);
    *why = arena_printf(a,
                        "associative list with keys has an element that omits all key fields [%s] (and doesn't have "
                        "default values for any key fields)",
                        text.p ? text.p : "");
    return false;
}

bool typed_elem(struct arena *a, const struct typed_shape *s, const struct json *item, struct path_elem *out,
                const char **why)
{
    if (s->keys || (s->field->merge_key && !(s->field->flags & API_F_SET))) return keyed_elem(a, s, item, out, why);
    *out = (struct path_elem){.kind = PATH_VALUE, .u.value = item};
    if (item->type == JSON_OBJ) *why = "associative list without keys has an element that's a map type";
    if (item->type == JSON_ARR) *why = "not supported: associative list with lists as elements";
    if (item->type == JSON_NULL) *why = "associative list without keys has an element that's an explicit null";
    return item->type < JSON_ARR && item->type != JSON_NULL;
}

static int by_place(const void *x, const void *y)
{
    const struct typed_item *l = x, *r = y;
    int c = path_cmp(&l->at, &r->at);
    return c ? c : (l->order > r->order) - (l->order < r->order);
}

struct typed_item *typed_items(struct arena *a, const struct typed_shape *s, const struct json *list, uint32_t *count)
{
    const char *why;
    *count = 0;
    if (!json_is(list, JSON_ARR)) return NULL;
    struct typed_item *items = arena_alloc(a, ((size_t)list->count + 1) * sizeof *items);
    bool sorted = true;
    uint32_t n = 0, order = 0;
    JSON_FOREACH(it, list)
    {
        struct typed_item *item = &items[n];
        if (!typed_elem(a, s, it, &item->at, &why)) continue;
        item->node = it;
        item->order = order++;
        sorted = sorted && (!n || by_place(&items[n - 1], item) < 0);
        n++;
    }
    if (!sorted) qsort(items, n, sizeof *items, by_place);
    *count = n;
    return items;
}

/* ---- The fields that a tree sets ---- */

struct level { /* what is found of one place */
    bool self;
    const struct fieldset *below;
};

static struct level fields_of(struct arena *a, struct typed t, const struct json *v);

static const struct fieldset *fields_of_map(struct arena *a, const struct typed_shape *s, struct typed t,
                                            const struct json *v)
{
    struct fieldset_build b = {.a = a};
    const struct api_field *guess = NULL;
    JSON_FOREACH(it, v)
    {
        struct typed below;
        bool known = next_member(s, t, it->key, &guess, &below);
        struct level l = known ? fields_of(a, below, it) : (struct level){.self = true};
        bool hollow = it->type == JSON_NULL || (it->type == JSON_OBJ && !it->count);
        bool named = s->fields && (!known || typed_is_named(below));
        fieldset_add(&b, path_field(it->key), l.self || hollow || !named, l.below);
    }
    return fieldset_done(&b);
}

static const struct fieldset *fields_of_list(struct arena *a, const struct typed_shape *s, struct typed t,
                                             const struct json *v)
{
    struct fieldset_build b = {.a = a};
    uint32_t n;
    struct typed_item *items = typed_items(a, s, v, &n);
    for (uint32_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && path_cmp(&items[i].at, &items[next].at) == 0;) next++;
        bool once = next == i + 1;
        fieldset_add(&b, items[i].at, true, once ? fields_of(a, typed_element(s, t), items[i].node).below : NULL);
    }
    return fieldset_done(&b);
}

static struct level fields_of(struct arena *a, struct typed t, const struct json *v)
{
    struct typed_shape s = typed_shape(t);
    bool leaf = s.atomic || (s.kind == TYPED_ANY && v->type != JSON_OBJ && v->type != JSON_NULL);
    if (leaf) return (struct level){.self = true};
    if (v->type < JSON_ARR) return (struct level){.self = false};
    return (struct level){.below = s.kind == TYPED_LIST ? fields_of_list(a, &s, t, v) : fields_of_map(a, &s, t, v)};
}

const struct fieldset *typed_fields(struct arena *a, struct typed t, const struct json *tree)
{
    return tree ? fields_of(a, t, tree).below : NULL;
}

/* ---- What changed ---- */

enum change { REMOVED, MODIFIED, ADDED, CHANGES };

struct changes {
    struct level is[CHANGES];
};

struct changes_build {
    struct fieldset_build of[CHANGES];
};

static void compare(struct arena *a, struct typed t, const struct json *l, const struct json *r, struct changes *out);

static void add_changes(struct changes_build *b, struct path_elem at, const struct changes *c)
{
    for (int i = 0; i < CHANGES; i++)
        if (c->is[i].self || c->is[i].below) fieldset_add(&b->of[i], at, c->is[i].self, c->is[i].below);
}

static void end_changes(struct changes_build *b, struct changes *out)
{
    for (int i = 0; i < CHANGES; i++)
        if (b->of[i].count) out->is[i].below = fieldset_done(&b->of[i]);
}

static void begin_changes(struct arena *a, struct changes_build *b)
{
    for (int i = 0; i < CHANGES; i++) b->of[i] = (struct fieldset_build){.a = a};
}

static void compare_member(struct changes_build *b, const struct typed_shape *s, struct typed t, struct str name,
                           const struct api_field **guess, const struct json *l, const struct json *r)
{
    struct typed below;
    struct changes c = {0};
    if (next_member(s, t, name, guess, &below)) {
        compare(b->of[0].a, below, l, r, &c);
        add_changes(b, path_field(name), &c);
    }
}

/* whole: members are first looked at as a whole, for those of an object are mostly as they were. Not done further
 * down: it would be done again on each level. */
static void compare_maps(struct arena *a, const struct typed_shape *s, struct typed t, const struct json *l,
                         const struct json *r, bool whole, struct changes *out)
{
    struct changes_build b;
    struct members lefts, rights;
    const struct api_field *guess = NULL;
    const struct json *side = json_kids(l);
    struct json none = {.type = JSON_OBJ};
    begin_changes(a, &b);
    /* Only looked at; members.h wants to be able to change what it has. */
    members_open(&lefts, json_is(l, JSON_OBJ) ? (struct json *)(uintptr_t)l : &none);
    members_open(&rights, json_is(r, JSON_OBJ) ? (struct json *)(uintptr_t)r : &none);
    uint32_t met = 0;
    if (json_is(r, JSON_OBJ)) JSON_FOREACH(it, r)
        {
            bool beside = side && str_eq(side->key, it->key); /* as nearly always */
            const struct json *was = beside ? side : l ? members_find(&lefts, it->key) : NULL;
            if (was) side = was->next;
            met += was != NULL;
            if (whole && was && json_equal(was, it)) continue;
            compare_member(&b, s, t, it->key, &guess, was, it);
        }
    guess = NULL;
    if (json_is(l, JSON_OBJ) && met < l->count) JSON_FOREACH(it, l)
    if (!members_find(&rights, it->key)) compare_member(&b, s, t, it->key, &guess, it, NULL);
    members_close(&lefts);
    members_close(&rights);
    end_changes(&b, out);
}

/* Elements that are there several times are one value. */
static bool same_items(const struct typed_item *l, uint32_t nl, const struct typed_item *r, uint32_t nr)
{
    if (nl != nr) return false;
    for (uint32_t i = 0; i < nl; i++)
        if (!json_equal(l[i].node, r[i].node)) return false;
    return true;
}

static void compare_items(struct arena *a, struct typed t, const struct typed_item *l, uint32_t nl,
                          const struct typed_item *r, uint32_t nr, struct changes *c)
{
    if (nl <= 1 && nr <= 1) {
        compare(a, t, nl ? l->node : NULL, nr ? r->node : NULL, c);
    } else if (nl >= 2 && nr >= 2) {
        c->is[MODIFIED].self = !same_items(l, nl, r, nr);
    } else if (nl >= 2) {
        if (nr) compare(a, t, NULL, r->node, c);
        c->is[REMOVED].self = true;
    } else {
        if (nl) compare(a, t, l->node, NULL, c);
        c->is[ADDED].self = true;
    }
}

static void compare_lists(struct arena *a, const struct typed_shape *s, struct typed t, const struct json *l,
                          const struct json *r, struct changes *out)
{
    struct changes_build b;
    uint32_t nl, nr;
    struct typed_item *lefts = typed_items(a, s, l, &nl), *rights = typed_items(a, s, r, &nr);
    begin_changes(a, &b);
    for (uint32_t i = 0, j = 0, i2, j2; i < nl || j < nr; i = i2, j = j2) {
        int order = i == nl ? 1 : j == nr ? -1 : path_cmp(&lefts[i].at, &rights[j].at);
        const struct path_elem *at = order <= 0 ? &lefts[i].at : &rights[j].at;
        struct changes c = {0};
        for (i2 = i; i2 < nl && path_cmp(&lefts[i2].at, at) == 0;) i2++;
        for (j2 = j; j2 < nr && path_cmp(&rights[j2].at, at) == 0;) j2++;
        compare_items(a, typed_element(s, t), lefts + i, i2 - i, rights + j, j2 - j, &c);
        add_changes(&b, *at, &c);
    }
    end_changes(&b, out);
}

static void compare_leaf(const struct json *l, const struct json *r, struct changes *out)
{
    if (!r)
        out->is[REMOVED].self = true;
    else if (!json_equal(l, r))
        out->is[MODIFIED].self = true;
}

static bool is_map_or_null(const struct json *v) { return !v || v->type == JSON_OBJ || v->type == JSON_NULL; }

/* What is below a value that was not there: all of it was added. */
static const struct fieldset *added(struct arena *a, struct typed t, const struct json *v);

static const struct fieldset *added_map(struct arena *a, const struct typed_shape *s, struct typed t,
                                        const struct json *v)
{
    struct fieldset_build b = {.a = a};
    const struct api_field *guess = NULL;
    JSON_FOREACH(it, v)
    {
        struct typed below;
        if (next_member(s, t, it->key, &guess, &below))
            fieldset_add(&b, path_field(it->key), true, added(a, below, it));
    }
    return fieldset_done(&b);
}

static const struct fieldset *added_list(struct arena *a, const struct typed_shape *s, struct typed t,
                                         const struct json *v)
{
    struct fieldset_build b = {.a = a};
    uint32_t n;
    struct typed_item *items = typed_items(a, s, v, &n);
    for (uint32_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && path_cmp(&items[i].at, &items[next].at) == 0;) next++;
        bool once = next == i + 1;
        fieldset_add(&b, items[i].at, true, once ? added(a, typed_element(s, t), items[i].node) : NULL);
    }
    return fieldset_done(&b);
}

static const struct fieldset *added(struct arena *a, struct typed t, const struct json *v)
{
    struct typed_shape s = typed_shape(t);
    if (s.atomic || typed_is_empty(v)) return NULL;
    if (s.kind == TYPED_LIST) return v->type == JSON_ARR ? added_list(a, &s, t, v) : NULL;
    return v->type == JSON_OBJ ? added_map(a, &s, t, v) : NULL;
}

static void compare(struct arena *a, struct typed t, const struct json *l, const struct json *r, struct changes *out)
{
    if (l == r) return;
    if (!l) {
        out->is[ADDED] = (struct level){.self = true, .below = added(a, t, r)};
        return;
    }
    struct typed_shape s = typed_shape(t);
    bool any = s.kind == TYPED_ANY && !(is_map_or_null(l) && is_map_or_null(r));
    if (any && !s.atomic && (json_is(l, JSON_OBJ) || json_is(r, JSON_OBJ))) compare_maps(a, &s, t, l, r, false, out);
    if (s.atomic || any || (typed_is_empty(l) && typed_is_empty(r))) {
        compare_leaf(l, r, out);
        return;
    }
    if (s.kind == TYPED_LIST)
        compare_lists(a, &s, t, l, r, out);
    else
        compare_maps(a, &s, t, l, r, false, out);
    if (!r) out->is[REMOVED].self = true;
}

void typed_compare(struct arena *a, struct typed t, const struct json *l, const struct json *r, struct typed_diff *out)
{
    struct changes c = {0};
    struct typed_shape s = typed_shape(t);
    if (s.fields && !s.atomic && json_is(l, JSON_OBJ) && json_is(r, JSON_OBJ))
        compare_maps(a, &s, t, l, r, true, &c);
    else
        compare(a, t, l, r, &c);
    *out = (struct typed_diff){
        .removed = c.is[REMOVED].below, .modified = c.is[MODIFIED].below, .added = c.is[ADDED].below};
}
