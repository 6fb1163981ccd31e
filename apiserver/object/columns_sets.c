/* columns_sets.c - table cells of StatefulSet, DaemonSet and ControllerRevision
 * (pkg/printers/internalversion/printers.go).
 * Reads: one object.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/selector.h"

struct json *column_stateful_set_ready(struct arena *a, const struct json *set, int64_t now_ns)
{
    (void)now_ns;
    return json_str(a, str_printf(a, "%lld/%lld", (long long)obj_int(set, ".status.readyReplicas", 0),
                                  (long long)obj_int(set, ".spec.replicas", 0)));
}

struct json *column_template_node_selector(struct arena *a, const struct json *set, int64_t now_ns)
{
    (void)now_ns;
    struct selector s;
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    sel_from_map(a, obj_get(set, ".spec.template.spec.nodeSelector"), &s);
    sel_write(&b, &s);
    return b.n ? json_str(a, str_copy(a, buf_view(&b))) : json_strc(a, "<none>");
}

/* "daemonset.apps/web"; the core group has no name to show. */
struct json *column_controller(struct arena *a, const struct json *obj, int64_t now_ns)
{
    (void)now_ns;
    const struct json *ref = obj_controller(obj);
    if (!ref) return json_strc(a, "<none>");
    struct str version, group = str_cut(obj_str(ref, ".apiVersion"), '/', &version);
    char *kind = str_cstr(a, obj_str(ref, ".kind"));
    for (char *p = kind; *p; p++) *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    if (str_is_null(version)) group = STR("");
    return json_str(
        a, str_printf(a, "%s%s%.*s/%.*s", kind, group.n ? "." : "", STR_ARG(group), STR_ARG(obj_str(ref, ".name"))));
}
