/* spread_args.c - see spread_args.h. */
#include "scheduler/plugins/spread_args.h"

#include "api/label.h"

#include <stdlib.h>

/* ---- Validation ---- */

struct faults {
    struct buf text;
    int n;
};

__attribute__((format(printf, 2, 3))) static void fault(struct faults *f, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (f->n++) buf_cstr(&f->text, ", ");
    buf_vaddf(&f->text, fmt, ap);
    va_end(ap);
}

static void check_type(struct faults *f, struct str type, bool some)
{
    bool system = str_eqc(type, "System");
    if (!system && !str_eqc(type, "List"))
        fault(f, "defaultingType: Unsupported value: \"%.*s\": supported values: \"System\", \"List\"", STR_ARG(type));
    else if (system && some)
        fault(f, "defaultingType: Invalid value: \"System\": when .defaultConstraints are not empty");
}

static void check_key(struct faults *f, int i, struct str key)
{
    struct buf why AUTO_BUF;
    buf_init(&why, 4096);
    if (!key.n) {
        fault(f, "defaultConstraints[%d].topologyKey: Required value: can not be empty", i);
        return;
    }
    if (label_key_ok(&why, key)) return;
    for (struct str each, rest = buf_view(&why); !str_is_null(rest);) {
        each = str_cut(rest, ';', &rest);
        fault(f, "defaultConstraints[%d].topologyKey: Invalid value: \"%.*s\": %.*s", i, STR_ARG(key),
              STR_ARG(str_trim(each)));
    }
}

static void check_action(struct faults *f, int i, struct str action)
{
    if (!action.n)
        fault(f, "defaultConstraints[%d].whenUnsatisfiable: Required value: can not be empty", i);
    else if (!str_eqc(action, "DoNotSchedule") && !str_eqc(action, "ScheduleAnyway"))
        fault(f,
              "defaultConstraints[%d].whenUnsatisfiable: Unsupported value: \"%.*s\": supported values: "
              "\"DoNotSchedule\", \"ScheduleAnyway\"",
              i, STR_ARG(action));
}

static void check_repeated(struct faults *f, int i, const struct json *list, const struct json *it)
{
    struct str key = obj_str(it, ".topologyKey"), action = obj_str(it, ".whenUnsatisfiable");
    for (const struct json *other = obj_first(list, ""); other != it; other = obj_next(other)) {
        if (!str_eq(key, obj_str(other, ".topologyKey")) || !str_eq(action, obj_str(other, ".whenUnsatisfiable")))
            continue;
        fault(f, "defaultConstraints[%d]: Duplicate value: \"{%.*s, %.*s}\"", i, STR_ARG(key), STR_ARG(action));
        return;
    }
}

static void check_constraints(struct faults *f, const struct json *list)
{
    int i = 0;
    for (OBJ_EACH(it, list, "")) {
        int64_t skew = obj_int(it, ".maxSkew", 0);
        if (skew <= 0)
            fault(f, "defaultConstraints[%d].maxSkew: Invalid value: %lld: not in valid range (0, inf)", i,
                  (long long)skew);
        check_key(f, i, obj_str(it, ".topologyKey"));
        check_action(f, i, obj_str(it, ".whenUnsatisfiable"));
        if (obj_has(it, ".labelSelector"))
            fault(f,
                  "defaultConstraints[%d].labelSelector: Forbidden: constraint must not define a selector, as they "
                  "deduced for each pod",
                  i);
        check_repeated(f, i++, list, it);
    }
}

static bool is_valid(struct str type, const struct json *list, struct err *e)
{
    struct faults f = {0};
    buf_init(&f.text, ERR_TEXT_MAX);
    check_type(&f, type, obj_count(list, "") > 0);
    check_constraints(&f, list);
    struct str text = buf_view(&f.text);
    if (f.n) err_set(e, ERR_USAGE, f.n > 1 ? "[%.*s]" : "%.*s", STR_ARG(text));
    buf_release(&f.text);
    return f.n == 0;
}

/* ---- Reading ---- */

static void system_defaults(struct spread_args *args)
{
    args->v = ARENA_ARRAY(&args->keep.arena, struct spread, 2);
    args->v[args->n++] = (struct spread){
        .key = keep_sym(&args->keep, STR("kubernetes.io/hostname")), .max_skew = 3, .honor_affinity = true};
    args->v[args->n++] = (struct spread){
        .key = keep_sym(&args->keep, STR("topology.kubernetes.io/zone")), .max_skew = 5, .honor_affinity = true};
    for (int i = 0; i < args->n; i++) args->v[i].min_domains = 1;
    args->system = true;
}

void *spread_configure(const struct json *from, struct err *e)
{
    struct str type = obj_str(from, ".defaultingType");
    const struct json *list = obj_get(from, ".defaultConstraints");
    if (!type.n) type = STR("System");
    if (!is_valid(type, list, e)) return NULL;
    struct spread_args *args = xcalloc(1, sizeof *args);
    if (str_eqc(type, "System")) {
        system_defaults(args);
        return args;
    }
    args->v = ARENA_ARRAY(&args->keep.arena, struct spread, obj_count(list, ""));
    for (OBJ_EACH(it, list, "")) spread_read(&args->v[args->n++], &args->keep, it);
    return args;
}

void spread_unconfigure(void *args)
{
    struct spread_args *a = args;
    if (!a) return;
    keep_release(&a->keep);
    free(a);
}
