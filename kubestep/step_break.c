/* step_break.c - see step_break.h.
 * Reads: the tables of points, plugins and verdicts.   Writes: a tree. */
#include "kubestep/step_break.h"

#include "api/points.h"

static bool no_such(const char *what, struct str word, const char *const *names, struct err *e)
{
    struct buf all AUTO_BUF = {0};
    buf_init(&all, 4096);
    for (int i = 0; names[i]; i++) buf_addf(&all, "%s%s", i ? ", " : "", names[i]);
    return err_set(e, ERR_USAGE, "no %s \"%.*s\"; there are %s", what, STR_ARG(word), all.p);
}

static bool check_plugin(struct str word, struct err *e)
{
    const char *names[64] = {0};
    if (plugin_points_of(word)) return true;
    for (size_t i = 0; plugin_points[i].name && i + 1 < ARRAY_LEN(names); i++) names[i] = plugin_points[i].name;
    return no_such("plugin", word, names, e);
}

static bool check_word(struct str key, struct str word, struct err *e)
{
    if (!word.n) return err_set(e, ERR_USAGE, "\"%.*s=\" wants a value", STR_ARG(key));
    if (str_eqc(key, "plugin")) return check_plugin(word, e);
    if (str_eqc(key, "point") && name_index(point_names, word) < 0) return no_such("point", word, point_names, e);
    if (str_eqc(key, "verdict") && name_index(verdict_names, word) < 0)
        return no_such("verdict", word, verdict_names, e);
    return true;
}

/* Both are known: is the plugin asked there? */
static bool check_together(const struct json *b, struct err *e)
{
    const struct plugin_points *p = plugin_points_of(obj_str(b, ".plugin"));
    int point = name_index(point_names, obj_str(b, ".point"));
    unsigned asked = 0;
    for (int i = 0; plugin_points[i].name; i++) asked |= plugin_points[i].at;
    if (point < 0) return true;
    if (p && !(p->at & 1u << point))
        return err_set(e, ERR_USAGE, "plugin %s is not asked at %s", p->name, point_names[point]);
    return (asked & 1u << point) || err_set(e, ERR_USAGE, "no plugin is asked at %s", point_names[point]);
}

static bool read_one(struct arena *a, struct json *b, struct str part, struct err *e)
{
    static const char *const keys[] = {"point", "plugin", "namespace", "pod", "node", "verdict", NULL};
    struct str value, key = str_cut(part, '=', &value);
    if (str_is_null(value))
        return err_set(e, ERR_USAGE, "\"%.*s\" is no breakpoint: want KEY=VALUE[,...]", STR_ARG(part));
    if (name_index(keys, key) < 0) return no_such("key", key, keys, e);
    const char *path = arena_printf(a, ".%.*s", STR_ARG(key));
    if (obj_has(b, path)) return err_set(e, ERR_USAGE, "\"%.*s\" twice", STR_ARG(key));
    if (!check_word(key, value, e)) return false;
    obj_put_str(a, b, path, value);
    return true;
}

bool step_break_add(struct arena *a, struct json *holder, struct str spec, struct err *e)
{
    struct json *b = obj_empty(a);
    struct str rest = spec;
    do {
        if (!read_one(a, b, str_trim(str_cut(rest, ',', &rest)), e)) return false;
    } while (!str_is_null(rest));
    if (!check_together(b, e)) return false;
    struct json *to = obj_append(a, holder, ".breakpoints");
    for (OBJ_EACH(v, b, "")) obj_put_str(a, to, arena_printf(a, ".%.*s", STR_ARG(obj_key(v))), obj_text(v));
    return true;
}
