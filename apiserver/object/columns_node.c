/* columns_node.c - table cells of nodes (printNode in pkg/printers/internalversion/printers.go).
 * Reads: one node.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include <stdlib.h>

enum { ROLES_MAX = 64 };

struct json *column_node_status(struct arena *a, const struct json *node, int64_t now_ns)
{
    (void)now_ns;
    const struct json *ready = obj_condition(node, "Ready");
    const char *text = !ready ? "Unknown" : obj_is(ready, ".status", "True") ? "Ready" : "NotReady";
    return json_str(
        a, str_printf(a, "%s%s", text, obj_bool(node, ".spec.unschedulable", false) ? ",SchedulingDisabled" : ""));
}

static int compare_roles(const void *x, const void *y)
{
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

struct json *column_node_roles(struct arena *a, const struct json *node, int64_t now_ns)
{
    (void)now_ns;
    static const struct str prefix = {"node-role.kubernetes.io/", sizeof "node-role.kubernetes.io/" - 1};
    struct str roles[ROLES_MAX];
    size_t n = 0;
    for (OBJ_EACH(it, node, ".metadata.labels")) {
        struct str key = obj_key(it), role = STR_NULL;
        if (str_starts(key, prefix))
            role = str_from(key, prefix.n);
        else if (str_eqc(key, "kubernetes.io/role"))
            role = obj_text(it);
        if (role.n && n < ROLES_MAX) roles[n++] = role;
    }
    if (!n) return json_strc(a, "<none>");
    qsort(roles, n, sizeof *roles, compare_roles);
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 16);
    for (size_t i = 0; i < n; i++) {
        if (i && str_eq(roles[i], roles[i - 1])) continue;
        if (b.n) buf_char(&b, ',');
        buf_str(&b, roles[i]);
    }
    return json_str(a, str_copy(a, buf_view(&b)));
}

static struct json *address(struct arena *a, const struct json *node, const char *type)
{
    struct str ip = obj_str(obj_find(node, ".status.addresses", "type", str_of(type)), ".address");
    return ip.n ? json_str(a, str_copy(a, ip)) : json_strc(a, "<none>");
}

struct json *column_node_internal_ip(struct arena *a, const struct json *node, int64_t now_ns)
{
    (void)now_ns;
    return address(a, node, "InternalIP");
}

struct json *column_node_external_ip(struct arena *a, const struct json *node, int64_t now_ns)
{
    (void)now_ns;
    return address(a, node, "ExternalIP");
}

static struct json *info(struct arena *a, const struct json *node, const char *path)
{
    struct str s = obj_str(node, path);
    return s.n ? json_str(a, str_copy(a, s)) : json_strc(a, "<unknown>");
}

struct json *column_node_os_image(struct arena *a, const struct json *node, int64_t now_ns)
{
    (void)now_ns;
    return info(a, node, ".status.nodeInfo.osImage");
}

struct json *column_node_kernel(struct arena *a, const struct json *node, int64_t now_ns)
{
    (void)now_ns;
    struct str arch = obj_str(node, ".status.nodeInfo.architecture"),
               kernel = obj_str(node, ".status.nodeInfo.kernelVersion");
    if (!kernel.n || !arch.n) return info(a, node, ".status.nodeInfo.kernelVersion");
    return json_str(a, str_printf(a, "%.*s (%.*s)", STR_ARG(kernel), STR_ARG(arch)));
}

struct json *column_node_runtime(struct arena *a, const struct json *node, int64_t now_ns)
{
    (void)now_ns;
    return info(a, node, ".status.nodeInfo.containerRuntimeVersion");
}
