/* columns_deployment.c - table cells of Deployment, ReplicationController and PodTemplate
 * (pkg/printers/internalversion/printers.go).
 * Reads: one object.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/selector.h"

struct json *column_deployment_ready(struct arena *a, const struct json *d, int64_t now_ns)
{
    (void)now_ns;
    return json_str(a, str_printf(a, "%lld/%lld", (long long)obj_int(d, ".status.readyReplicas", 0),
                                  (long long)obj_int(d, ".spec.replicas", 0)));
}

/* Numbers in columns that are declared as strings. */
struct json *column_deployment_updated(struct arena *a, const struct json *d, int64_t now_ns)
{
    (void)now_ns;
    return json_int(a, obj_int(d, ".status.updatedReplicas", 0));
}

struct json *column_deployment_available(struct arena *a, const struct json *d, int64_t now_ns)
{
    (void)now_ns;
    return json_int(a, obj_int(d, ".status.availableReplicas", 0));
}

static struct json *selector_cell(struct arena *a, const struct selector *s, const char *empty)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    sel_write(&b, s);
    return b.n ? json_str(a, str_copy(a, buf_view(&b))) : json_strc(a, empty);
}

struct json *column_deployment_selector(struct arena *a, const struct json *d, int64_t now_ns)
{
    (void)now_ns;
    struct selector s;
    struct err e = ERR_INIT;
    if (!sel_from_object(a, obj_get(d, ".spec.selector"), &s, &e)) return json_strc(a, "<invalid>");
    return selector_cell(a, &s, "");
}

static struct json *labels_cell(struct arena *a, const struct json *labels)
{
    struct selector s;
    sel_from_map(a, labels, &s);
    return selector_cell(a, &s, "<none>");
}

struct json *column_map_selector(struct arena *a, const struct json *rc, int64_t now_ns)
{
    (void)now_ns;
    return labels_cell(a, obj_get(rc, ".spec.selector"));
}

/* ---- PodTemplate: the template is not below a spec ---- */

struct json *column_pod_template_containers(struct arena *a, const struct json *t, int64_t now_ns)
{
    (void)now_ns;
    return column_joined(a, t, ".template.spec.containers", ".name");
}

struct json *column_pod_template_images(struct arena *a, const struct json *t, int64_t now_ns)
{
    (void)now_ns;
    return column_joined(a, t, ".template.spec.containers", ".image");
}

struct json *column_pod_template_labels(struct arena *a, const struct json *t, int64_t now_ns)
{
    (void)now_ns;
    return labels_cell(a, obj_get(t, ".template.metadata.labels"));
}
