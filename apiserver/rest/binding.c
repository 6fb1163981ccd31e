/* binding.c - POST to pods/NAME/binding and to bindings: the pod gets its node (steps 8 and 9 of a walk).
 * Reads: the Binding, the pod.   Writes: the pod; a Status.
 * Upstream: pkg/registry/core/pod/storage/storage.go (BindingREST). */
#include "api/object.h"
#include "apiserver/admission/admission.h"
#include "apiserver/object/object.h"
#include "apiserver/rest/status_priv.h"
#include "apiserver/rest/write.h"
#include "apiserver/sim/trace.h"
#include "base/clk.h"
#include "schema_ids.h"

static const struct write_gate binding_gates[] = {
    {STEP_PLACEMENT_PERSISTED, "the API server writes the pod's node to the store"},
    {STEP_NONE, NULL},
};

/* validation.ValidatePodBinding; its errors go out as they are. */
static bool check_binding(struct request *r, const struct json *b)
{
    static const char *const kinds[] = {"Node", "<empty>", NULL};
    const struct json *kind = obj_get(b, ".target.kind");
    struct check *c = ARENA_NEW(&r->arena, struct check);
    check_init(c, &r->arena);
    if (kind && obj_text(kind).n && !str_eqc(obj_text(kind), "Node"))
        check_not_supported(c, "target.kind", kind, kinds);
    if (!obj_str(b, ".target.name").n) check_required(c, "target.name", "");
    if (!c->count) return true;
    status_plain_error(r, 500, status_errors(&r->arena, c));
    return false;
}

static bool read_binding(struct write *w)
{
    struct request *r = w->r;
    const struct api_type *t = api_find_type("core/v1", "Binding");
    struct json *b = write_body(w, t, "", "v1", "Binding");
    if (!b) return false;
    struct str name = obj_str(b, ".metadata.name"), ns = obj_str(b, ".metadata.namespace");
    if (!w->sub) w->name = r->target.name = name;
    if (!str_eq(name, w->name)) {
        status_failf(r, ERR_BAD_REQUEST, "name in URL does not match name in Binding object");
        return false;
    }
    if (ns.n && !str_eq(ns, w->ns)) {
        status_failf(r, ERR_BAD_REQUEST,
                     "the namespace of the provided object does not match the namespace sent on the request");
        return false;
    }
    w->sent = b;
    return check_binding(r, b);
}

/* What upstream's store says, before the handler is asked. */
static bool check_preconditions(struct write *w)
{
    struct arena *a = &w->r->arena;
    struct str uid = obj_str(w->sent, ".metadata.uid"), rev = obj_str(w->sent, ".metadata.resourceVersion");
    struct str there = str_printf(a, "%llu", (unsigned long long)w->old->rev);
    bool uid_holds = !uid.n || str_eq(uid, w->old->uid);
    if (uid_holds && (!rev.n || str_eq(rev, there))) return true;
    w->r->target.sub = NULL;
    return uid_holds ? write_refuse_precondition(w, "ResourceVersion", rev, there)
                     : write_refuse_precondition(w, "UID", uid, w->old->uid);
}

static bool conflict(struct write *w, struct str why)
{
    status_conflict_on(w->r, "pods/binding", "", "pods/binding", w->name, why);
    return false;
}

static bool may_bind(struct write *w)
{
    struct arena *a = &w->r->arena;
    struct str node = obj_str(w->old_tree, ".spec.nodeName");
    if (!check_preconditions(w)) return false;
    if (w->old->deleting)
        return conflict(w, str_printf(a, "pod %.*s is being deleted, cannot be assigned to a host", STR_ARG(w->name)));
    if (node.n)
        return conflict(
            w, str_printf(a, "pod %.*s is already assigned to node \"%.*s\"", STR_ARG(w->name), STR_ARG(node)));
    if (obj_count(w->old_tree, ".spec.schedulingGates"))
        return conflict(w, str_printf(a, "pod %.*s has non-empty .spec.schedulingGates", STR_ARG(w->name)));
    return true;
}

static enum stage_next binding_decode(struct write *w)
{
    w->res = w->storage = &res_core_v1_pods;
    if (!w->sent && !read_binding(w)) return STAGE_DONE;
    w->r->target.res = w->res;
    if (!write_load_old(w)) {
        status_not_found(w->r);
        return STAGE_DONE;
    }
    if (!w->traced && !w->opts.dry_run) {
        w->traced = true;
        trace_binding(w->r, w->ns, w->name, obj_str(w->sent, ".target.name"));
        w->gates = binding_gates;
    }
    if (!may_bind(w)) return STAGE_DONE;
    w->expect_rev = w->old->rev;
    return STAGE_NEXT;
}

static enum stage_next binding_prepare(struct write *w)
{
    struct arena *a = &w->r->arena;
    w->obj = obj_copy(a, w->old_tree);
    obj_put_str(a, w->obj, ".spec.nodeName", obj_str(w->sent, ".target.name"));
    obj_del(w->obj, ".status.nominatedNodeName"); /* it has come true, or is of no use */
    for (OBJ_EACH(it, w->sent, ".metadata.annotations"))
        obj_map_put_str(a, w->obj, ".metadata.annotations", obj_key(it), obj_text(it));
    for (OBJ_EACH(it, w->sent, ".metadata.labels"))
        obj_map_put_str(a, w->obj, ".metadata.labels", obj_key(it), obj_text(it));
    topology_labels_put(a, w->obj, obj_str(w->sent, ".target.name"));
    obj_set_condition(a, w->obj, "PodScheduled", "True", "", STR(""), clk_s());
    return STAGE_NEXT;
}

static enum stage_next binding_respond(struct write *w)
{
    status_success(w->r, 201, NULL, STR_NULL, STR_NULL);
    return STAGE_NEXT;
}

const struct write_stage binding_stages[] = {
    {"decode", binding_decode},
    {"prepare", binding_prepare},
    {"store", write_store},
    {"respond", binding_respond},
    {NULL, NULL},
};
