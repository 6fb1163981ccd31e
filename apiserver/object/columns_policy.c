/* columns_policy.c - table cells of disruption budgets, priority classes, role bindings and quotas
 * (pkg/printers/internalversion/printers.go).
 * Reads: one object.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/member_index.h"

/* ---- PodDisruptionBudget ---- */

static struct json *int_or_percent(struct arena *a, const struct json *pdb, const char *path)
{
    const struct json *v = obj_get(pdb, path);
    if (json_is(v, JSON_INT)) return json_str(a, str_printf(a, "%lld", (long long)v->u.i));
    return json_is(v, JSON_STR) ? json_str(a, str_copy(a, v->u.s)) : json_strc(a, "N/A");
}

struct json *column_pdb_min_available(struct arena *a, const struct json *pdb, int64_t now_ns)
{
    (void)now_ns;
    return int_or_percent(a, pdb, ".spec.minAvailable");
}

struct json *column_pdb_max_unavailable(struct arena *a, const struct json *pdb, int64_t now_ns)
{
    (void)now_ns;
    return int_or_percent(a, pdb, ".spec.maxUnavailable");
}

/* ---- RoleBinding, ClusterRoleBinding ---- */

struct json *column_binding_role(struct arena *a, const struct json *binding, int64_t now_ns)
{
    (void)now_ns;
    return json_str(a, str_printf(a, "%.*s/%.*s", STR_ARG(obj_str(binding, ".roleRef.kind")),
                                  STR_ARG(obj_str(binding, ".roleRef.name"))));
}

static struct json *subjects_of(struct arena *a, const struct json *binding, const char *kind)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    for (OBJ_EACH(s, binding, ".subjects")) {
        if (!obj_is(s, ".kind", kind)) continue;
        if (b.n) buf_cstr(&b, ", ");
        if (strcmp(kind, "ServiceAccount") == 0) buf_addf(&b, "%.*s/", STR_ARG(obj_str(s, ".namespace")));
        buf_str(&b, obj_str(s, ".name"));
    }
    return json_str(a, str_copy(a, buf_view(&b)));
}

struct json *column_binding_users(struct arena *a, const struct json *binding, int64_t now_ns)
{
    (void)now_ns;
    return subjects_of(a, binding, "User");
}

struct json *column_binding_groups(struct arena *a, const struct json *binding, int64_t now_ns)
{
    (void)now_ns;
    return subjects_of(a, binding, "Group");
}

struct json *column_binding_accounts(struct arena *a, const struct json *binding, int64_t now_ns)
{
    (void)now_ns;
    return subjects_of(a, binding, "ServiceAccount");
}

/* ---- ResourceQuota: "used/hard" per resource; limits.* in a column of their own ---- */

static struct json *quota_entries(struct arena *a, const struct json *quota, bool limits)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    struct json *sorted = obj_empty(a);
    const struct json *hard = obj_get(quota, ".status.hard"), *at = obj_first(quota, ".status.used");
    if (hard) sorted = json_copy(a, hard);
    json_sort_keys(sorted);
    for (OBJ_EACH(it, sorted, "")) {
        struct str used = obj_text(map_seek(&at, obj_key(it)));
        if (str_starts(obj_key(it), STR("limits.")) != limits) continue;
        if (b.n) buf_cstr(&b, ", ");
        buf_addf(&b, "%.*s: %.*s/%.*s", STR_ARG(obj_key(it)), STR_ARG(used.n ? used : STR("0")), STR_ARG(obj_text(it)));
    }
    return json_str(a, str_copy(a, buf_view(&b)));
}

struct json *column_quota_requests(struct arena *a, const struct json *quota, int64_t now_ns)
{
    (void)now_ns;
    return quota_entries(a, quota, false);
}

struct json *column_quota_limits(struct arena *a, const struct json *quota, int64_t now_ns)
{
    (void)now_ns;
    return quota_entries(a, quota, true);
}

/* ---- PriorityClass ---- */

struct json *column_priority_class_default(struct arena *a, const struct json *pc, int64_t now_ns)
{
    (void)now_ns;
    return json_bool(a, obj_bool(pc, ".globalDefault", false));
}
