/* check_defaults.c - see check_defaults.h.
 * Reads: a normalised schema.   Writes: struct check.
 * Upstream: apiextensions-apiserver pkg/apiserver/schema/defaulting/validation.go. */
#include "apiserver/crd/check_defaults.h"

#include "api/object.h"
#include "apiserver/crd/check.h"
#include "apiserver/crd/check_parts.h"
#include "apiserver/crd/normal.h"
#include "apiserver/crd/schema.h"

enum { TOLD_MAX = 64 << 10 };

/* The object that a default within metadata would be a part of. */
struct around {
    const struct api_schema *root; /* NULL: the default is in no metadata */
    const char *member;            /* "metadata"; NULL: at the root itself */
    const char *below;             /* "name"; NULL: the member itself */
};

static void walk(struct check *c, const struct json *j, const struct api_schema *s, struct around in);

static struct json *surrounding(struct check *c, const struct around *in, const struct json *value)
{
    struct json *root = json_obj(c->arena), *copy = json_copy(c->arena, value);
    json_add(root, STR("apiVersion"), json_strc(c->arena, "validation/v1"));
    json_add(root, STR("kind"), json_strc(c->arena, "Validation"));
    if (in->below) {
        struct json *member = json_obj(c->arena);
        json_add(member, str_of(in->below), copy);
        copy = member;
    }
    json_set(c->arena, root, str_of(in->member), copy);
    return root;
}

/* What is wrong with the whole, in one text; NULL: nothing. */
static const char *problem_around(struct check *c, const struct around *in, const struct json *value)
{
    struct check whole;
    struct buf text AUTO_BUF = {0};
    struct api_schema root = *in->root;
    root.embedded = root.has_embedded = true;
    check_init(&whole, c->arena);
    check_embedded(&whole, &root, surrounding(c, in, value));
    buf_init(&text, TOLD_MAX);
    for (int i = 0; i < whole.count; i++)
        buf_addf(&text, "%s%.*s: %.*s", i ? ", " : "", STR_ARG(whole.errors[i].field), STR_ARG(whole.errors[i].text));
    if (!whole.count) return NULL;
    return whole.count > 1 ? arena_printf(c->arena, "[%.*s]", STR_ARG(buf_view(&text)))
                           : str_cstr(c->arena, buf_view(&text));
}

static void check_default(struct check *c, const struct json *value, const struct api_schema *s,
                          const struct around *in)
{
    struct json *pruned = json_copy(c->arena, value);
    int from = c->count;
    if (in->root) {
        const char *why = problem_around(c, in, value);
        if (why) {
            check_invalidf(c, "default", value, "must result in valid metadata: %s", why);
            return;
        }
    } else {
        normal_prune(pruned, s, NULL);
        if (!json_equal(pruned, value)) check_invalid(c, "default", value, "must not have unknown fields");
        from = c->count;
    }
    size_t mark = check_member(c, "default");
    struct json *sorted = json_copy(c->arena, value);
    normal_sort(sorted);
    if (!in->root) check_embedded(c, s, sorted);
    if (c->count == from) check_by_schema(c, s, sorted, NULL);
    check_pop(c, mark);
}

static struct around inside(const struct around *in, const struct api_schema *s, struct str name, struct arena *a)
{
    static const char *const meta[] = {"apiVersion", "kind", "metadata"};
    if (in->root && in->member && !in->below) return (struct around){in->root, in->member, str_cstr(a, name)};
    if (in->root) return *in;
    for (size_t i = 0; s->embedded && i < ARRAY_LEN(meta); i++)
        if (str_eqc(name, meta[i])) return (struct around){s, meta[i], NULL};
    return *in;
}

/* Additional properties have no defaults. */
static void walk(struct check *c, const struct json *j, const struct api_schema *s, struct around in)
{
    const struct json *value = json_getc(j, "default"), *items = json_getc(j, "items");
    if (!s->has_defaults || check_is_full(c)) return;
    if (s->embedded) in = (struct around){0};
    if (value && value->type != JSON_NULL) check_default(c, value, s, &in);
    if (s->items) {
        size_t mark = check_member(c, "items");
        walk(c, items, s->items, in);
        check_pop(c, mark);
    }
    JSON_FOREACH(it, json_getc(j, "properties"))
    {
        const struct api_schema *below = schema_property(s, it->key);
        size_t outer = check_member(c, "properties"), mark = check_key(c, it->key);
        walk(c, it, below, inside(&in, s, it->key, c->arena));
        check_pop(c, mark);
        check_pop(c, outer);
    }
}

void check_defaults(struct check *c, const struct json *schema)
{
    struct api_schema root = *schema_compile(c->arena, schema);
    root.embedded = root.has_embedded = true; /* metadata is always there */
    walk(c, schema, &root, (struct around){0});
}
