/* eviction.c - POST to pods/NAME/eviction: a deletion that says why, if the pod's disruption budget allows it.
 * Reads: the Eviction, the pod, the budgets of its namespace.
 * Writes: the pod and its budget's status in one transaction; a Status.
 * Upstream: pkg/registry/core/pod/storage/eviction.go, which writes them one after the other. */
#include "api/decode.h"
#include "api/object.h"
#include "api/selector.h"
#include "apiserver/rest/delete.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/own.h"
#include "apiserver/rest/status_priv.h"
#include "base/clk.h"
#include "schema_ids.h"

/* ---- The request ---- */

static bool read_eviction(struct write *w)
{
    struct request *r = w->r;
    const struct json *ev = write_body(w, api_find_type("policy/v1", "Eviction"), "policy", "v1", "Eviction");
    if (!ev) return false;
    if (!str_eq(obj_str(ev, ".metadata.name"), w->name)) {
        status_failf(r, ERR_BAD_REQUEST, "name in URL does not match name in Eviction object");
        return false;
    }
    w->del = ARENA_NEW(&r->arena, struct delete_options);
    if (!delete_options_take(r, obj_get(ev, ".deleteOptions"), w->del)) return false;
    w->opts.dry_run = w->opts.dry_run || w->del->dry_run;
    return true;
}

static enum stage_next eviction_decode(struct write *w)
{
    if (!w->del && !read_eviction(w)) return STAGE_DONE;
    return delete_load(w) ? STAGE_NEXT : STAGE_DONE;
}

/* ---- The budget ---- */

/* Its end disturbs nobody: it does not run, or is going already. */
static bool needs_no_budget(const struct json *pod)
{
    static const char *const phases[] = {"Succeeded", "Failed", "Pending"};
    for (size_t i = 0; i < ARRAY_LEN(phases); i++)
        if (obj_is(pod, ".status.phase", phases[i])) return true;
    return obj_is_deleting(pod);
}

static bool covers(struct arena *a, const struct json *pdb, const struct json *pod)
{
    struct selector s;
    struct err e = ERR_INIT;
    return sel_from_object(a, obj_get(pdb, ".spec.selector"), &s, &e) &&
           sel_match(&s, obj_get(pod, ".metadata.labels"));
}

struct budget {
    struct item *item; /* referenced */
    struct json *pdb;  /* in the request's arena */
};

/* How many budgets cover the pod; *out is one of them. */
static int find_budgets(struct write *w, struct budget *out)
{
    const struct list_query q = {.res = &res_policy_v1_poddisruptionbudgets, .ns = w->ns};
    struct cache_list list;
    struct err e = ERR_INIT;
    int found = 0;
    if (!cache_list(&q, &list, &e)) return 0; /* the present state of a stored kind: it cannot fail */
    for (size_t i = 0; i < list.count; i++) {
        struct json *pdb = obj_parse_stored(&w->r->arena, blob_str(list.items[i]->blob), &e);
        if (!pdb || !covers(&w->r->arena, pdb, w->old_tree) || found++) continue;
        *out = (struct budget){.item = item_ref(list.items[i]), .pdb = pdb};
    }
    cache_list_release(&list);
    return found;
}

/* A pod that is not ready counts for nothing in the budget. True: it may go without one. */
static bool unhealthy_may_go(const struct json *pod, const struct json *pdb)
{
    if (obj_condition_true(pod, "Ready")) return false;
    if (obj_is(pdb, ".spec.unhealthyPodEvictionPolicy", "AlwaysAllow")) return true;
    int64_t desired = obj_int(pdb, ".status.desiredHealthy", 0);
    return desired > 0 && obj_int(pdb, ".status.currentHealthy", 0) >= desired;
}

static const char cannot_evict[] = "Cannot evict pod as it would violate the pod's disruption budget.";

static bool refuse(struct write *w, int retry_after_s, struct str why)
{
    const struct status_cause cause = {.reason = "DisruptionBudget", .message = why, .field = STR_NULL};
    status_too_many(w->r, retry_after_s, &cause, "%s", cannot_evict);
    return false;
}

static bool refuse_spent(struct write *w, const struct json *pdb)
{
    struct arena *a = &w->r->arena;
    const struct json *c = obj_condition(pdb, "DisruptionAllowed");
    struct str name = obj_name(pdb), why = obj_str(c, ".message");
    int64_t desired = obj_int(pdb, ".status.desiredHealthy", 0), healthy = obj_int(pdb, ".status.currentHealthy", 0);
    bool said = obj_is(c, ".status", "False") && why.n;
    struct str text;
    if (said && obj_is(c, ".reason", "SyncFailed"))
        text = str_printf(a,
                          "The disruption budget %.*s does not allow evicting pods currently because it failed sync: "
                          "%.*s",
                          STR_ARG(name), STR_ARG(why));
    else if (healthy <= desired)
        text = str_printf(a, "The disruption budget %.*s needs %lld healthy pods and has %lld currently", STR_ARG(name),
                          (long long)desired, (long long)healthy);
    else if (said)
        text = str_printf(a, "The disruption budget %.*s does not allow evicting pods currently (%.*s): %.*s",
                          STR_ARG(name), STR_ARG(obj_str(c, ".reason")), STR_ARG(why));
    else
        text = str_printf(a, "The disruption budget %.*s does not allow evicting pods currently", STR_ARG(name));
    return refuse(w, 0, text);
}

static bool refuse_broken(struct write *w, const struct json *pdb, const char *why)
{
    status_forbidden_on(w->r, "poddisruptionbudget.policy", "policy", "poddisruptionbudget", obj_name(pdb), why);
    return false;
}

static bool budget_allows(struct write *w, const struct json *pdb)
{
    int64_t allowed = obj_int(pdb, ".status.disruptionsAllowed", 0);
    if (obj_int(pdb, ".status.observedGeneration", 0) < obj_int(pdb, ".metadata.generation", 0))
        return refuse(w, PDB_RETRY_S,
                      str_printf(&w->r->arena, "The disruption budget %.*s is still being processed by the server.",
                                 STR_ARG(obj_name(pdb))));
    if (allowed < 0) return refuse_broken(w, pdb, "pdb disruptions allowed is negative");
    if (obj_count(pdb, ".status.disruptedPods") > DISRUPTED_PODS_MAX)
        return refuse_broken(w, pdb, "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
    return allowed > 0 || refuse_spent(w, pdb);
}

static struct blob *pdb_blob(struct arena *a, struct json *pdb, struct err *e)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, VALUE_MAX);
    if (!api_decode_for_store(a, res_policy_v1_poddisruptionbudgets.type, pdb, e)) return NULL;
    json_write(&text, pdb);
    return blob_new(buf_view(&text));
}

/* Upstream's server writes the status as a client of its own. */
static void own_budget(struct write *w, const struct json *before, struct json *pdb)
{
    struct arena *a = &w->r->arena;
    const struct api_resource *res = &res_policy_v1_poddisruptionbudgets;
    const struct owner o = {.a = a,
                            .res = res,
                            .type = res->type,
                            .group = res->group,
                            .version = res->version,
                            .kind = res->kind,
                            .subresource = "status",
                            .manager = STR("kube-apiserver"),
                            .now_s = clk_s(),
                            .exists = true};
    struct managed m;
    struct err e = ERR_INIT;
    const struct json *known = own_list(before);
    if (!managed_read(a, known, known, &m, &e)) m = (struct managed){.a = a};
    obj_del(pdb, ".metadata.managedFields");
    managed_update(&o, before, pdb, &m);
    struct json *list = managed_write(&m);
    if (list) obj_put(a, pdb, ".metadata.managedFields", list);
}

/* The budget with one disruption less, to be stored together with the pod. */
static bool spend(struct write *w, const struct budget *b)
{
    struct arena *a = &w->r->arena;
    const struct json *before = obj_copy(a, b->pdb);
    struct err e = ERR_INIT;
    char now[CLK_TEXT_MAX];
    int64_t left = obj_int(b->pdb, ".status.disruptionsAllowed", 0) - 1;
    obj_put_int(a, b->pdb, ".status.disruptionsAllowed", left);
    if (!left) {
        obj_set_condition(a, b->pdb, "DisruptionAllowed", "False", "InsufficientPods", STR(""), clk_s());
        const struct json *c = obj_condition(b->pdb, "DisruptionAllowed");
        struct json *mine = (struct json *)(uintptr_t)c; /* in our own tree */
        obj_put_str(a, mine, ".message", STR(""));       /* it is written, so it has an owner */
        obj_put_int(a, mine, ".observedGeneration", obj_int(b->pdb, ".status.observedGeneration", 0));
    }
    obj_map_put_str(a, b->pdb, ".status.disruptedPods", w->name, str_of(clk_rfc3339(clk_s(), now)));
    json_sort_keys(obj_edit(b->pdb, ".status.disruptedPods"));
    own_budget(w, before, b->pdb);
    struct blob *text = pdb_blob(a, b->pdb, &e);
    if (!text) {
        status_failf(w->r, ERR_INTERNAL, "%s", e.text);
        return false;
    }
    w->beside = (struct store_op){
        .kind = STORE_PUT,
        .key = cache_key(a, &res_policy_v1_poddisruptionbudgets, w->ns, b->item->name),
        .expect_rev = b->item->rev,
        .value = text,
    };
    return true;
}

static enum stage_next eviction_budget(struct write *w)
{
    struct budget b = {.item = NULL};
    if (needs_no_budget(w->old_tree)) return STAGE_NEXT;
    int found = find_budgets(w, &b);
    bool go = true;
    if (found > 1) {
        status_plain_error(w->r, 500,
                           STR("This pod has more than one PodDisruptionBudget, which the eviction subresource does "
                               "not support."));
        go = false;
    } else if (found == 1 && !unhealthy_may_go(w->old_tree, b.pdb)) {
        go = budget_allows(w, b.pdb) && spend(w, &b);
    }
    item_unref(b.item);
    return go ? STAGE_NEXT : STAGE_DONE;
}

/* ---- The pod ---- */

static enum stage_next eviction_prepare(struct write *w)
{
    struct arena *a = &w->r->arena;
    if (!delete_preconditions(w->r, w->storage, w->old, w->del)) return STAGE_DONE; /* after the budget, as upstream */
    enum stage_next next = delete_prepare(w);
    if (w->opts.dry_run) return next;
    if (!w->obj) { /* it goes already, and yet is told why */
        w->obj = obj_copy(a, w->old_tree);
        w->unchanged = false;
    }
    obj_set_condition(a, w->obj, "DisruptionTarget", "True", "EvictionByEvictionAPI", STR("Eviction API: evicting"),
                      clk_s());
    return next;
}

static enum stage_next eviction_respond(struct write *w)
{
    status_success(w->r, 201, NULL, STR_NULL, STR_NULL);
    return STAGE_NEXT;
}

const struct write_stage eviction_stages[] = {
    {"decode", eviction_decode}, {"budget", eviction_budget},   {"prepare", eviction_prepare},
    {"store", write_store},      {"respond", eviction_respond}, {NULL, NULL},
};
