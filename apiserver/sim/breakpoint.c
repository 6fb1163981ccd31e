/* breakpoint.c - see breakpoint.h.
 * Reads: the tables of points, plugins and verdicts.   Writes: JSON text. */
#include "apiserver/sim/breakpoint.h"

#include "api/object.h"
#include "api/points.h"
#include "apiserver/sim/walk.h"

enum { NAMES_MAX = 64 };

/* The names of all plugins; those who complain want them as such a list. */
static const char *const *plugin_names(struct arena *a)
{
    const char **names = ARENA_ARRAY(a, const char *, NAMES_MAX);
    for (int i = 0; plugin_points[i].name && i + 1 < NAMES_MAX; i++) names[i] = plugin_points[i].name;
    return names;
}

/* A name of an object, in which * stands for any text. */
static bool is_pattern(struct str s)
{
    if (!s.n || s.n > SIM_NAME_MAX) return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '*')) return false;
    }
    return true;
}

static void check_name(struct check *c, const struct json *v, const char *key, const char *const *names)
{
    if (name_index(names, obj_text(v)) < 0) check_not_supported(c, key, v, names);
}

static void check_pattern(struct check *c, const struct json *v, const char *key)
{
    if (!is_pattern(obj_text(v))) check_invalid(c, key, v, "must be a name, in which * stands for any text");
}

static void check_one(struct check *c, const struct json *v)
{
    struct str key = obj_key(v);
    if (!obj_text(v).n)
        check_invalid(c, str_cstr(c->arena, key), v, "must be a text that is not empty");
    else if (str_eqc(key, "point"))
        check_name(c, v, "point", point_names);
    else if (str_eqc(key, "plugin"))
        check_name(c, v, "plugin", plugin_names(c->arena));
    else if (str_eqc(key, "verdict"))
        check_name(c, v, "verdict", verdict_names);
    else if (str_eqc(key, "namespace") || str_eqc(key, "pod") || str_eqc(key, "node"))
        check_pattern(c, v, str_cstr(c->arena, key));
    else
        check_invalid(c, str_cstr(c->arena, text_cut(key, SIM_NAME_MAX)), v,
                      "a breakpoint has point, plugin, namespace, pod, node and verdict");
}

/* The two names are known: does the plugin come to that point? */
static void check_together(struct check *c, const struct json *b)
{
    const struct json *point = obj_get(b, ".point");
    const struct plugin_points *p = plugin_points_of(obj_str(b, ".plugin"));
    unsigned bit = 1u << name_index(point_names, obj_text(point)), asked = 0;
    for (int i = 0; plugin_points[i].name; i++) asked |= plugin_points[i].at;
    if (p && !(p->at & bit))
        check_invalidf(c, "point", point, "plugin %s is not asked there", p->name);
    else if (!(asked & bit))
        check_invalid(c, "point", point, "no plugin is asked there");
}

static void check_breakpoint(struct check *c, const struct json *b)
{
    int before = c->count;
    if (b->type != JSON_OBJ) {
        check_invalid(c, NULL, b, "must be an object");
        return;
    }
    for (OBJ_EACH(v, b, "")) check_one(c, v);
    if (c->count == before && obj_has(b, ".point")) check_together(c, b);
}

bool breakpoints_read(struct check *c, const struct json *body, struct buf *out)
{
    const struct json *list = obj_get(body, ".spec.breakpoints");
    int before = c->count;
    size_t at = check_member(c, "spec"), i = 0, n = obj_count(list, "");
    if (list && list->type != JSON_ARR && list->type != JSON_NULL)
        check_invalid(c, "breakpoints", list, "must be a list");
    else if (n > BREAKPOINTS_MAX)
        check_too_many(c, "breakpoints", n, BREAKPOINTS_MAX);
    else
        for (OBJ_EACH(b, list, "")) {
            size_t mark = check_into(c, "breakpoints", i++);
            check_breakpoint(c, b);
            check_pop(c, mark);
        }
    check_pop(c, at);
    if (c->count > before) return false;
    if (n) json_write(out, list);
    return true;
}
