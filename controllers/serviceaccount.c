/* serviceaccount.c - every namespace has a ServiceAccount "default"
 * (pkg/controller/serviceaccount/serviceaccounts_controller.go). Reads: Namespaces, ServiceAccounts.   Writes:
 * ServiceAccounts. */
#include "client/ctl.h"

static void serviceaccount_reconcile(struct ctl *c, struct str none, struct str name, struct outcome *out)
{
    (void)none;
    const struct object *ns AUTO_OBJ = ctl_get(c, "v1/namespaces", STR_NULL, name);
    const struct object *account AUTO_OBJ = ctl_get(c, "v1/serviceaccounts", name, STR("default"));
    if (!ns || account || obj_is_deleting(ns->root)) return;
    struct json *sa = obj_new(out->arena, "v1", "ServiceAccount");
    struct err e = ERR_INIT;
    obj_put_cstr(out->arena, sa, ".metadata.name", "default");
    obj_put_str(out->arena, sa, ".metadata.namespace", name);
    if (rest_create(ctl_rest(c), "v1/serviceaccounts", name, sa, NULL, &e)) return;
    /* It may exist already, or its namespace may be going: both are fine. */
    if (e.code != ERR_ALREADY_EXISTS && e.code != ERR_FORBIDDEN && e.code != ERR_NOT_FOUND) ctl_fail(out, &e);
}

/* A deleted account is made again. */
static void serviceaccount_on_account(struct ctl *c, const char *resource, const struct object *old,
                                      const struct object *account)
{
    (void)resource;
    if (!account && str_eqc(old->name, "default")) workq_add(ctl_queue(c), old->ns);
}

const struct ctl_spec serviceaccount_controller = {
    .name = "serviceaccount",
    .primary = "v1/namespaces",
    .kind = "Namespace",
    .reads = {"v1/serviceaccounts"},
    .workers = 1,
    .reconcile = serviceaccount_reconcile,
    .on_read_event = serviceaccount_on_account,
};
