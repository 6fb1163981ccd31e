/* columns_common.c - table cells that many kinds share (pkg/printers/internalversion/printers.go).
 * Reads: one object.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/selector.h"
#include "base/clk.h"

static struct json *cell(struct arena *a, struct str s) { return json_str(a, str_copy(a, s)); }

static struct json *age_since(struct arena *a, const struct json *obj, const char *path, int64_t now_ns)
{
    char text[CLK_TEXT_MAX];
    int64_t then = obj_time_s(obj, path, -1);
    if (then < 0) return json_strc(a, "<unknown>");
    return cell(a, str_of(clk_human(now_ns - then * 1000000000, text)));
}

struct json *column_age(struct arena *a, const struct json *obj, int64_t now_ns)
{
    return age_since(a, obj, ".metadata.creationTimestamp", now_ns);
}

/* ---- Lists of names ---- */

struct json *column_joined(struct arena *a, const struct json *obj, const char *list, const char *path)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    for (OBJ_EACH(it, obj, list)) {
        if (b.n) buf_char(&b, ',');
        buf_str(&b, obj_str(it, path));
    }
    return cell(a, buf_view(&b));
}

/* What has the pod template and the selector: a CronJob keeps them in the spec of its Jobs. */
static const struct json *template_owner(const struct json *obj)
{
    const struct json *job = obj_get(obj, ".spec.jobTemplate.spec");
    return job ? job : obj_get(obj, ".spec");
}

struct json *column_template_containers(struct arena *a, const struct json *obj, int64_t now_ns)
{
    (void)now_ns;
    return column_joined(a, template_owner(obj), ".template.spec.containers", ".name");
}

struct json *column_template_images(struct arena *a, const struct json *obj, int64_t now_ns)
{
    (void)now_ns;
    return column_joined(a, template_owner(obj), ".template.spec.containers", ".image");
}

struct json *column_selector(struct arena *a, const struct json *obj, int64_t now_ns)
{
    (void)now_ns;
    struct selector s;
    struct err e = ERR_INIT;
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    if (!sel_from_object(a, obj_get(template_owner(obj), ".selector"), &s, &e)) return json_strc(a, "<error>");
    sel_write(&b, &s);
    return b.n ? cell(a, buf_view(&b)) : json_strc(a, "<none>");
}

/* ---- Counting ---- */

struct json *column_config_data(struct arena *a, const struct json *obj, int64_t now_ns)
{
    (void)now_ns;
    return json_int(a, (int64_t)(obj_count(obj, ".data") + obj_count(obj, ".binaryData")));
}

/* ---- Events ---- */

static int64_t event_time(const struct json *e, const char *const *paths)
{
    for (int i = 0; paths[i]; i++)
        if (obj_has(e, paths[i])) return obj_time_s(e, paths[i], -1);
    return -1;
}

static struct json *event_age(struct arena *a, const struct json *e, const char *const *paths, int64_t now_ns)
{
    char text[CLK_TEXT_MAX];
    int64_t then = event_time(e, paths);
    if (then < 0) return json_strc(a, "<unknown>");
    return cell(a, str_of(clk_human(now_ns - then * 1000000000, text)));
}

struct json *column_event_last_seen(struct arena *a, const struct json *e, int64_t now_ns)
{
    static const char *const paths[] = {".series.lastObservedTime",
                                        ".lastTimestamp",
                                        ".deprecatedLastTimestamp",
                                        ".firstTimestamp",
                                        ".deprecatedFirstTimestamp",
                                        ".eventTime",
                                        NULL};
    return event_age(a, e, paths, now_ns);
}

struct json *column_event_first_seen(struct arena *a, const struct json *e, int64_t now_ns)
{
    static const char *const paths[] = {".firstTimestamp", ".deprecatedFirstTimestamp", ".eventTime", NULL};
    return event_age(a, e, paths, now_ns);
}

static const char *about_path(const struct json *e)
{
    return obj_has(e, ".regarding") ? ".regarding" : ".involvedObject";
}

struct json *column_event_object(struct arena *a, const struct json *e, int64_t now_ns)
{
    (void)now_ns;
    const struct json *about = obj_get(e, about_path(e));
    struct str kind = obj_str(about, ".kind"), name = obj_str(about, ".name");
    char *lower = str_cstr(a, kind);
    for (char *p = lower; *p; p++) *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    return json_str(a, name.n ? str_printf(a, "%s/%.*s", lower, STR_ARG(name)) : str_of(lower));
}

struct json *column_event_subobject(struct arena *a, const struct json *e, int64_t now_ns)
{
    (void)now_ns;
    struct str path = obj_str(obj_get(e, about_path(e)), ".fieldPath");
    return cell(a, path.n ? path : STR(""));
}

struct json *column_event_source(struct arena *a, const struct json *e, int64_t now_ns)
{
    (void)now_ns;
    static const char *const components[] = {".source.component", ".deprecatedSource.component", ".reportingComponent",
                                             ".reportingController"};
    static const char *const hosts[] = {".source.host", ".deprecatedSource.host", ".reportingInstance"};
    struct str component = STR(""), host = STR("");
    for (size_t i = 0; i < ARRAY_LEN(components) && !component.n; i++) component = obj_str(e, components[i]);
    for (size_t i = 0; i < ARRAY_LEN(hosts) && !host.n; i++) host = obj_str(e, hosts[i]);
    return json_str(a, host.n ? str_printf(a, "%.*s, %.*s", STR_ARG(component), STR_ARG(host))
                              : str_copy(a, component.n ? component : STR("")));
}

struct json *column_event_message(struct arena *a, const struct json *e, int64_t now_ns)
{
    (void)now_ns;
    struct str text = str_trim(obj_str(e, obj_has(e, ".note") ? ".note" : ".message"));
    return cell(a, text.p ? text : STR(""));
}

struct json *column_event_count(struct arena *a, const struct json *e, int64_t now_ns)
{
    (void)now_ns;
    int64_t n = obj_int(e, ".series.count", 0);
    if (!n) n = obj_int(e, ".count", 0);
    if (!n) n = obj_int(e, ".deprecatedCount", 0);
    return json_int(a, n ? n : 1);
}

/* ---- kubestep's own kinds ---- */

struct json *column_walk_steps(struct arena *a, const struct json *walk, int64_t now_ns)
{
    (void)now_ns;
    int done = 0;
    for (OBJ_EACH(it, walk, ".status.steps")) done += !obj_bool(it, ".pending", false);
    return json_str(a, str_printf(a, "%d/15", done));
}

struct json *column_walk_ms(struct arena *a, const struct json *walk, int64_t now_ns)
{
    (void)now_ns;
    double last = 0;
    for (OBJ_EACH(it, walk, ".status.steps")) {
        double ms = json_number(obj_get(it, ".ms"));
        if (ms > last) last = ms;
    }
    return json_str(a, str_printf(a, "%.1f", last));
}

struct json *column_decision_feasible(struct arena *a, const struct json *d, int64_t now_ns)
{
    (void)now_ns;
    return json_str(a, str_printf(a, "%lld/%lld", (long long)obj_int(d, ".status.feasible", 0),
                                  (long long)obj_int(d, ".status.evaluated", 0)));
}

struct json *column_decision_score(struct arena *a, const struct json *d, int64_t now_ns)
{
    (void)now_ns;
    if (!obj_has(d, ".status.score")) return json_str(a, STR(""));
    return json_str(a, str_printf(a, "%lld", (long long)obj_int(d, ".status.score", 0)));
}

struct json *column_decision_took(struct arena *a, const struct json *d, int64_t now_ns)
{
    (void)now_ns;
    int64_t us = 0;
    for (OBJ_EACH(it, d, ".status.extensionPoints")) us += obj_number(it, 0) / 1000;
    if (!us) return json_str(a, STR(""));
    return json_str(a, us < 1000 ? str_printf(a, "%lldus", (long long)us) : str_printf(a, "%.1fms", (double)us / 1000));
}

struct json *column_stepper_parked(struct arena *a, const struct json *s, int64_t now_ns)
{
    (void)now_ns;
    return json_int(a, (int64_t)obj_count(s, ".status.parked"));
}
