/* columns_hpa.c - table cells of HorizontalPodAutoscaler (printHorizontalPodAutoscaler, formatHPAMetrics in
 * pkg/printers/internalversion/printers.go).
 * Reads: one object, of either version.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_convert.h"
#include "schema_hooks.h"

enum { METRICS_SHOWN = 2 };

struct json *column_hpa_reference(struct arena *a, const struct json *hpa, int64_t now_ns)
{
    (void)now_ns;
    return json_str(a, str_printf(a, "%.*s/%.*s", STR_ARG(obj_str(hpa, ".spec.scaleTargetRef.kind")),
                                  STR_ARG(obj_str(hpa, ".spec.scaleTargetRef.name"))));
}

struct json *column_hpa_min(struct arena *a, const struct json *hpa, int64_t now_ns)
{
    (void)now_ns;
    if (!obj_has(hpa, ".spec.minReplicas")) return json_strc(a, "<unset>");
    return json_str(a, str_printf(a, "%lld", (long long)obj_int(hpa, ".spec.minReplicas", 0)));
}

struct json *column_hpa_replicas(struct arena *a, const struct json *hpa, int64_t now_ns)
{
    (void)now_ns;
    return json_int(a, obj_int(hpa, ".status.currentReplicas", 0));
}

/* ---- Targets ---- */

struct pair { /* "10%/80%" */
    struct str name, current, target;
    const char *behind;
};

static struct str quantity_at(const struct json *node, const char *path)
{
    struct str s = obj_str(node, path);
    return s.n ? s : STR("<unknown>");
}

static struct str percent_at(struct arena *a, const struct json *node, const char *path, const char *absent)
{
    if (!obj_has(node, path)) return str_of(absent);
    return str_printf(a, "%lld%%", (long long)obj_int(node, path, 0));
}

/* of: the source, is: what it was measured at, or NULL. */
static struct pair read_resource(struct arena *a, const struct json *of, const struct json *is)
{
    if (obj_has(of, ".target.averageValue"))
        return (struct pair){obj_str(of, ".name"), quantity_at(is, ".current.averageValue"),
                             obj_str(of, ".target.averageValue"), ""};
    return (struct pair){obj_str(of, ".name"), percent_at(a, is, ".current.averageUtilization", "<unknown>"),
                         percent_at(a, of, ".target.averageUtilization", "<auto>"), ""};
}

static struct pair read_value(const struct json *of, const struct json *is)
{
    if (obj_has(of, ".target.averageValue"))
        return (struct pair){STR_NULL, quantity_at(is, ".current.averageValue"), obj_str(of, ".target.averageValue"),
                             " (avg)"};
    return (struct pair){STR_NULL, quantity_at(is, ".current.value"), obj_str(of, ".target.value"), ""};
}

static void write_metric(struct buf *b, struct arena *a, const struct json *spec, const struct json *status)
{
    static const struct {
        const char *type, *path;
        bool resource;
    } rows[] = {{"External", ".external", false},
                {"Pods", ".pods", false},
                {"Object", ".object", false},
                {"Resource", ".resource", true},
                {"ContainerResource", ".containerResource", true}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!obj_is(spec, ".type", rows[i].type)) continue;
        const struct json *of = obj_get(spec, rows[i].path), *is = obj_get(status, rows[i].path);
        struct pair p = rows[i].resource ? read_resource(a, of, is) : read_value(of, is);
        if (p.name.n) buf_addf(b, "%.*s: ", STR_ARG(p.name));
        /* A pods metric is an average by its nature. */
        buf_addf(b, "%.*s/%.*s%s", STR_ARG(p.current), STR_ARG(p.target), i == 1 ? "" : p.behind);
        return;
    }
    buf_cstr(b, "<unknown type>");
}

struct json *column_hpa_targets(struct arena *a, const struct json *hpa, int64_t now_ns)
{
    (void)now_ns;
    if (!obj_has(hpa, ".spec.metrics")) { /* v1 */
        struct json *copy = json_copy(a, hpa);
        convert_hpa(a, copy, true);
        hpa = copy;
    }
    size_t count = obj_count(hpa, ".spec.metrics"), i = 0;
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 16);
    if (!count) return json_strc(a, "<none>");
    for (OBJ_EACH(metric, hpa, ".spec.metrics")) {
        if (i == METRICS_SHOWN) break;
        if (i) buf_cstr(&b, ", ");
        write_metric(&b, a, metric, json_at(obj_get(hpa, ".status.currentMetrics"), i));
        i++;
    }
    if (count > METRICS_SHOWN) buf_addf(&b, " + %zu more...", count - METRICS_SHOWN);
    return json_str(a, str_copy(a, buf_view(&b)));
}
