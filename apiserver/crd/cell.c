/* cell.c - cells of printer columns.
 * Reads: an object.   Writes: the arena.
 * Upstream: apiextensions-apiserver pkg/registry/customresource/tableconvertor/tableconvertor.go. */
#include "apiserver/crd/crd.h"

#include "base/clk.h"

static const struct json nothing = {.type = JSON_NULL};

static const struct json *whole(struct arena *a, const struct json *v)
{
    if (v->type == JSON_INT) return v;
    double real = json_number(v);
    if (v->type != JSON_REAL || !(real > -9e18 && real < 9e18)) return &nothing;
    return json_int(a, (int64_t)real);
}

static const struct json *age(struct arena *a, const struct json *v, int64_t now_ns)
{
    char text[CLK_TEXT_MAX];
    int64_t then_ns;
    if (!v->u.s.n || str_eq(v->u.s, STR("null"))) return json_strc(a, "<unknown>");
    if (!clk_parse_rfc3339(v->u.s.p, v->u.s.n, &then_ns)) return json_strc(a, "<invalid>");
    return json_str(a, str_copy(a, str_of(clk_human(now_ns - then_ns, text))));
}

const struct json *crd_cell(struct arena *a, const struct crd_column *c, const struct json *obj, int64_t now_ns)
{
    const struct json *v = jsonpath_first(a, c->path, obj);
    if (!v) return &nothing;
    if (strcmp(c->type, "string") == 0) return json_str(a, jsonpath_text(a, v));
    if (strcmp(c->type, "integer") == 0) return whole(a, v);
    if (strcmp(c->type, "number") == 0) return v->type == JSON_INT || v->type == JSON_REAL ? v : &nothing;
    if (strcmp(c->type, "boolean") == 0) return v->type == JSON_BOOL ? v : &nothing;
    if (strcmp(c->type, "date") == 0 && v->type == JSON_STR) return age(a, v, now_ns);
    return &nothing;
}
