/* check_parts.c - see check_parts.h.
 * Reads: an object and its schema.   Writes: struct check.
 * Upstream: apiextensions-apiserver pkg/apiserver/schema/{listtype,objectmeta}/validation.go. */
#include "apiserver/crd/check_parts.h"

#include "api/decode.h"
#include "api/object.h"
#include "apiserver/crd/normal.h"
#include "apiserver/object/check_meta.h"
#include "base/map.h"
#include "schema_ids.h"

enum { TEXT_MAX = 4 << 20 };

const char *go_type(const struct json *v)
{
    static const char *const names[] = {[JSON_NULL] = "<nil>",
                                        [JSON_BOOL] = "bool",
                                        [JSON_INT] = "int64",
                                        [JSON_REAL] = "float64",
                                        [JSON_STR] = "string",
                                        [JSON_ARR] = "[]interface {}",
                                        [JSON_OBJ] = "map[string]interface {}"};
    return names[v->type];
}

static struct str text_of(struct arena *a, const struct json *v)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, TEXT_MAX);
    json_write(&b, v);
    return str_copy(a, buf_view(&b));
}

const char *value_text(struct arena *a, const struct json *v)
{
    return str_cstr(a, v->type == JSON_STR ? v->u.s : v->type == JSON_NULL ? STR("<nil>") : text_of(a, v));
}

/* ---- Walking ---- */

typedef void look_fn(struct check *c, const struct api_schema *s, const struct json *v);

struct walk {
    look_fn *look;
    size_t offset; /* of the flag of struct api_schema that says whether there is something below */
};

static bool concerns(const struct walk *w, const struct api_schema *s)
{
    return s && *((const bool *)((const char *)s + w->offset));
}

static void visit(struct check *c, const struct walk *w, const struct api_schema *s, const struct json *v)
{
    size_t i = 0;
    if (!concerns(w, s) || check_is_full(c)) return;
    w->look(c, s, v);
    JSON_FOREACH(it, v)
    {
        const struct api_schema *prop = v->type == JSON_OBJ ? schema_property(s, it->key) : NULL;
        const struct api_schema *below = v->type == JSON_ARR ? s->items : prop ? prop : s->additional;
        size_t index = i++;
        if (!concerns(w, below)) continue;
        size_t mark = v->type == JSON_ARR ? check_index(c, index)
                      : prop              ? check_member(c, str_cstr(c->arena, it->key))
                                          : check_key(c, it->key);
        visit(c, w, below, it);
        check_pop(c, mark);
    }
}

/* ---- Lists ---- */

/* What tells an element of a list of type map from others: its keys, or {}. */
static const struct json *keys_of(struct arena *a, const struct api_schema *s, const struct json *v)
{
    struct json *out = json_obj(a);
    for (uint32_t i = 0; i < s->nkeys; i++) {
        const struct json *key = json_get(v, s->keys[i]);
        if (key) json_add(out, s->keys[i], json_copy(a, key));
    }
    normal_sort(out);
    return out;
}

static bool are_objects(struct check *c, const struct json *list)
{
    size_t i = 0;
    JSON_FOREACH(it, list)
    {
        size_t index = i++;
        if (it->type == JSON_OBJ || it->type == JSON_NULL) continue;
        size_t mark = check_index(c, index);
        check_invalid(c, NULL, it, "must be an object for an array of list-type map");
        check_pop(c, mark);
        return false;
    }
    return true;
}

/* The second of those that are the same is told, others are not. */
static void look_at_list(struct check *c, const struct api_schema *s, const struct json *v)
{
    struct map seen = {0};
    size_t i = 0;
    bool is_map = s->list == SCHEMA_LIST_MAP;
    if (v->type != JSON_ARR || s->list == SCHEMA_LIST_ATOMIC) return;
    if (is_map && !are_objects(c, v)) return;
    JSON_FOREACH(it, v)
    {
        const struct json *key = is_map ? keys_of(c->arena, s, it) : it;
        struct str text = text_of(c->arena, key);
        size_t index = i++;
        intptr_t times = (intptr_t)map_get(&seen, text) + 1;
        (void)map_set(&seen, text, (void *)times);
        if (times != 2) continue;
        size_t mark = check_index(c, index);
        check_duplicate(c, NULL, key);
        check_pop(c, mark);
    }
    map_release(&seen, NULL);
}

void check_lists(struct check *c, const struct api_schema *s, const struct json *root)
{
    static const struct walk lists = {look_at_list, offsetof(struct api_schema, has_lists)};
    visit(c, &lists, s, root);
}

bool lists_are_unique(struct arena *a, const struct api_schema *s, const struct json *root)
{
    struct check c;
    if (!s->has_lists) return true;
    check_init(&c, a);
    check_lists(&c, s, root);
    return c.count == 0;
}

/* ---- Embedded objects ---- */

static void check_version_text(struct check *c, const struct json *v)
{
    if (v->type != JSON_STR) {
        check_invalid(c, "apiVersion", v, "must be a string");
    } else if (!v->u.s.n) {
        check_invalid(c, "apiVersion", v, "must not be empty");
    } else {
        struct str rest = v->u.s, version = str_cut(rest, '/', &rest), more = STR_NULL;
        if (!str_is_null(rest)) (void)str_cut(rest, '/', &more);
        (void)version;
        if (!str_is_null(more))
            check_invalidf(c, "apiVersion", v, "unexpected GroupVersion string: %.*s", STR_ARG(v->u.s));
    }
}

static void check_kind_text(struct check *c, const struct json *v)
{
    if (v->type != JSON_STR) {
        check_invalid(c, "kind", v, "must be a string");
    } else if (!v->u.s.n) {
        check_invalid(c, "kind", v, "must not be empty");
    } else {
        const char *why = name_dns1035_label(str_lower(c->arena, v->u.s));
        if (why) check_invalidf(c, "kind", v, "may have mixed case, but should otherwise match: %s", why);
    }
}

static void check_embedded_meta(struct check *c, const struct json *v)
{
    struct err e = ERR_INIT;
    struct json *meta = json_copy(c->arena, v);
    if (!api_decode(c->arena, &type_meta_v1_ObjectMeta, meta, NULL, &e)) {
        check_invalid(c, "metadata", v, e.text);
        return;
    }
    if (!obj_str(meta, ".name").n) obj_put_cstr(c->arena, meta, ".name", "fakename"); /* upstream's way out */
    size_t mark = check_member(c, "metadata");
    check_embedded_object_meta(c, meta);
    check_pop(c, mark);
}

static void look_at_object(struct check *c, const struct api_schema *s, const struct json *v)
{
    if (!s->embedded || v->type != JSON_OBJ) return;
    const struct json *version = json_getc(v, "apiVersion"), *kind = json_getc(v, "kind"),
                      *meta = json_getc(v, "metadata");
    if (!version) check_required(c, "apiVersion", "");
    if (!kind) check_required(c, "kind", "");
    if (version) check_version_text(c, version);
    if (kind) check_kind_text(c, kind);
    if (meta) check_embedded_meta(c, meta);
}

void check_embedded(struct check *c, const struct api_schema *s, const struct json *root)
{
    static const struct walk objects = {look_at_object, offsetof(struct api_schema, has_embedded)};
    visit(c, &objects, s, root);
}
