/* disruption.c - keeps count of how many pods a PodDisruptionBudget can spare
 * (pkg/controller/disruption/disruption.go). Reads: PodDisruptionBudgets, Pods, the controllers of pods.   Writes:
 * poddisruptionbudgets/status, Events.
 *
 * The API server spends the budget (apiserver/rest/eviction.c); here it is filled again. Both write status with the
 * revision that they read, so neither undoes the other. */
#include "api/schema.h"
#include "api/selector.h"
#include "base/clk.h"
#include "controllers/budget.h"
#include "controllers/limits.h"
#include "controllers/node_pods.h"

#define BUDGETS "policy/v1/poddisruptionbudgets"

/* ---- How many pods there should be ---- */

/* Controllers whose .spec.replicas counts; a ReplicaSet of a Deployment counts by that. */
static const struct {
    const char *kind, *group, *resource;
} scalable[] = {{"ReplicationController", "", "v1/replicationcontrollers"},
                {"ReplicaSet", "apps", "apps/v1/replicasets"},
                {"Deployment", "apps", "apps/v1/deployments"},
                {"StatefulSet", "apps", "apps/v1/statefulsets"}};

static struct str group_of(const struct json *ref)
{
    struct str version, group = str_cut(obj_str(ref, ".apiVersion"), '/', &version);
    return str_is_null(version) ? STR("") : group;
}

static const char *resource_of(const struct json *ref)
{
    struct str group = group_of(ref);
    for (size_t i = 0; i < ARRAY_LEN(scalable); i++)
        if (obj_is(ref, ".kind", scalable[i].kind) && str_eqc(group, scalable[i].group)) return scalable[i].resource;
    return NULL;
}

/* The controller that counts, referenced; NULL: it is not there (any more). */
static const struct object *scaled_by(struct ctl *c, struct str ns, const struct json *ref)
{
    const struct object *owner = ctl_get(c, resource_of(ref), ns, obj_str(ref, ".name"));
    if (!owner || !str_eq(owner->uid, obj_str(ref, ".uid"))) {
        object_unref(owner);
        return NULL;
    }
    const struct json *above = obj_controller(owner->root);
    if (!above || !obj_is(above, ".kind", "Deployment") || !str_eqc(group_of(above), "apps")) return owner;
    object_unref(owner);
    return scaled_by(c, ns, above);
}

/* "jobs.batch"; resource: as discovery tells, or NULL */
static const char *plural_of(struct arena *a, const struct json *ref)
{
    struct str group = group_of(ref);
    for (int i = 0; i < api_resource_count; i++) {
        const struct api_resource *r = api_resources[i];
        if (obj_is(ref, ".kind", r->kind) && str_eqc(group, r->group))
            return arena_printf(a, "%s%s%s", r->plural, *r->group ? "." : "", r->group);
    }
    return NULL;
}

/* ---- Other kinds: those that have the subresource scale are asked ---- */

/* What discovery tells of the kind of an owner. */
struct scaled_kind {
    const char *resource; /* "example.com/v1/widgets"; NULL: there is no such kind */
    bool scales;
};

static bool is_scale_of(struct str name, struct str plural)
{
    return name.n == plural.n + strlen("/scale") && str_starts(name, plural) && str_ends(name, STR("/scale"));
}

static bool discover(struct ctl *c, struct arena *a, const struct json *ref, struct scaled_kind *out, struct err *e)
{
    struct str version = obj_str(ref, ".apiVersion"), plural = STR_NULL;
    const struct object *list AUTO_OBJ = NULL;
    const struct rest_call get = {.method = "GET", .path = arena_printf(a, "/apis/%.*s", STR_ARG(version))};
    *out = (struct scaled_kind){0};
    if (str_chr(version, '/') == SIZE_MAX) return true; /* of the core group only ReplicationControllers scale */
    if (!rest_do(ctl_rest(c), &get, &list, e)) return e->code == ERR_NOT_FOUND;
    for (OBJ_EACH(r, list->root, ".resources")) {
        struct str name = obj_str(r, ".name");
        if (str_chr(name, '/') == SIZE_MAX && str_eq(obj_str(r, ".kind"), obj_str(ref, ".kind"))) plural = name;
    }
    if (!plural.n) return true;
    for (OBJ_EACH(r, list->root, ".resources")) out->scales = out->scales || is_scale_of(obj_str(r, ".name"), plural);
    out->resource = arena_printf(a, "%.*s/%.*s", STR_ARG(version), STR_ARG(plural));
    return true;
}

/* The replicas of its scale; -1: it is not there (any more), or is another one of that name; -2: *e. */
static int64_t ask_scale(struct ctl *c, struct arena *a, const char *resource, struct str ns, const struct json *ref,
                         struct err *e)
{
    const struct object *scale AUTO_OBJ = NULL;
    const struct rest_call get = {.method = "GET", .path = rest_path(a, resource, ns, obj_str(ref, ".name"), "scale")};
    if (!rest_do(ctl_rest(c), &get, &scale, e)) return e->code == ERR_NOT_FOUND ? -1 : -2;
    return str_eq(scale->uid, obj_str(ref, ".uid")) ? obj_int(scale->root, ".spec.replicas", 0) : -1;
}

struct scale {
    int64_t replicas, unmanaged;
    const char *failed;
    struct json *asked; /* uids of owners that count already */
};

/* False: s->failed. */
static bool add_other(struct ctl *c, struct arena *a, struct scale *s, const struct object *pod, const struct json *ref)
{
    struct scaled_kind kind;
    struct err e = ERR_INIT;
    struct str uid = obj_str(ref, ".uid");
    const char *built_in = plural_of(a, ref);
    if (built_in) {
        s->failed = arena_printf(a, "%s does not implement the scale subresource", built_in);
        return false;
    }
    for (OBJ_EACH(it, s->asked, ""))
        if (str_eq(obj_text(it), uid)) return true;
    if (!discover(c, a, ref, &kind, &e)) {
        s->failed = arena_printf(a, "%s", e.text);
        return false;
    }
    if (!kind.resource)
        s->failed = arena_printf(a, "no matches for kind \"%.*s\" in version \"%.*s\"", STR_ARG(obj_str(ref, ".kind")),
                                 STR_ARG(obj_str(ref, ".apiVersion")));
    else if (!kind.scales)
        s->failed = arena_printf(a, "%s.%.*s does not implement the scale subresource", strrchr(kind.resource, '/') + 1,
                                 STR_ARG(group_of(ref)));
    if (s->failed) return false;
    int64_t replicas = ask_scale(c, a, kind.resource, pod->ns, ref, &e);
    if (replicas == -1) s->failed = arena_printf(a, "found no controllers for pod \"%.*s\"", STR_ARG(pod->name));
    if (replicas == -2) s->failed = arena_printf(a, "%s", e.text);
    if (replicas < 0) return false;
    json_push(s->asked, json_str(a, uid));
    s->replicas += replicas;
    return true;
}

static struct scale scale_of(struct ctl *c, struct arena *a, const struct objs *pods)
{
    struct scale s = {.asked = json_arr(a)};
    struct objs seen AUTO_OBJS = {0};
    for (size_t i = 0; i < pods->count; i++) {
        const struct object *pod = pods->items[i];
        const struct json *ref = obj_controller(pod->root);
        if (!ref) {
            s.unmanaged++;
            continue;
        }
        if (!resource_of(ref)) {
            if (!add_other(c, a, &s, pod, ref)) return s;
            continue;
        }
        const struct object *owner AUTO_OBJ = scaled_by(c, pod->ns, ref);
        if (!owner) {
            s.failed = arena_printf(a, "found no controllers for pod \"%.*s\"", STR_ARG(pod->name));
            return s;
        }
        bool counted = false;
        for (size_t k = 0; k < seen.count && !counted; k++) counted = str_eq(seen.items[k]->uid, owner->uid);
        if (counted) continue;
        objs_add(&seen, owner);
        s.replicas += obj_int(owner->root, ".spec.replicas", 1);
    }
    return s;
}

/* ---- One budget ---- */

static bool select_pods(struct ctl *c, struct arena *a, const struct object *pdb, struct objs *pods)
{
    struct selector selector;
    struct err e = ERR_INIT;
    struct objs all AUTO_OBJS = {0};
    if (!sel_from_object(a, obj_get(pdb->root, ".spec.selector"), &selector, &e)) return false;
    informer_list(ctl_informer(c, "v1/pods"), pdb->ns, &all);
    for (size_t i = 0; i < all.count; i++)
        if (sel_match(&selector, all.items[i]->labels)) objs_add(pods, all.items[i]);
    return true;
}

/* Sets b->expected. NULL, or why it is not known. */
static const char *count_expected(struct ctl *c, const struct object *pdb, const struct objs *pods, struct budget *b,
                                  struct outcome *out)
{
    b->expected = (int64_t)pods->count;
    if (!budget_needs_scale(pdb->root)) return NULL;
    struct scale s = scale_of(c, out->arena, pods);
    if (s.failed) {
        ctl_event(c, pdb, "Warning", "CalculateExpectedPodCountFailed",
                  "Failed to calculate the number of expected pods: %s", s.failed);
        return s.failed;
    }
    b->expected = s.replicas;
    if (s.unmanaged) {
        struct buf selector AUTO_BUF = {0};
        struct selector sel;
        struct err e = ERR_INIT;
        buf_init(&selector, 1 << 16);
        if (sel_from_object(out->arena, obj_get(pdb->root, ".spec.selector"), &sel, &e)) sel_write(&selector, &sel);
        ctl_event(c, pdb, "Warning", "UnmanagedPods",
                  "Pods selected by this PodDisruptionBudget (selector: %.*s) were found to be unmanaged. As a result, "
                  "the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To "
                  "account for these pods please set \".spec.minAvailable\" field of the PDB to an integer value.",
                  STR_ARG(buf_view(&selector)));
    }
    return NULL;
}

static void tell_late(struct ctl *c, const struct object *pdb, const struct objs *late)
{
    for (size_t i = 0; i < late->count; i++)
        pod_event(c, late->items[i], "Warning", "NotDeleted",
                  "Pod was expected by PDB %.*s/%.*s to be deleted but it wasn't", STR_ARG(pdb->ns),
                  STR_ARG(pdb->name));
}

static void disruption_reconcile(struct ctl *c, struct str ns, struct str name, struct outcome *out)
{
    const struct object *pdb AUTO_OBJ = ctl_get(c, BUDGETS, ns, name);
    struct objs pods AUTO_OBJS = {0}, late AUTO_OBJS = {0};
    struct budget b = {0};
    int64_t again_s = INT64_MAX, now_s = clk_s();
    if (!pdb) return;
    const char *failed = select_pods(c, out->arena, pdb, &pods) ? NULL : "the selector is invalid";
    if (!failed && !pods.count) ctl_event(c, pdb, "Normal", "NoPods", "No matching pods found");
    if (!failed) failed = count_expected(c, pdb, &pods, &b, out);
    struct json *disrupted = budget_disrupted(out->arena, pdb->root, &pods, now_s, &late, &again_s);
    tell_late(c, pdb, &late);
    budget_desired(pdb->root, &b);
    b.healthy = budget_healthy(&pods, disrupted);
    budget_allowed(&b);
    ctl_put_status(c, pdb, budget_status(out->arena, pdb->root, &b, disrupted, failed, now_s), out);
    if (again_s != INT64_MAX) out->again_after_ms = MAX(again_s - clk_s(), 1) * 1000;
}

/* ---- Events ---- */

/* labels: of a pod. */
static void wake_budgets_of(struct ctl *c, struct str ns, const struct json *labels)
{
    struct objs budgets AUTO_OBJS = {0};
    struct arena a AUTO_ARENA = {0};
    informer_list(ctl_informer(c, BUDGETS), ns, &budgets);
    for (size_t i = 0; i < budgets.count; i++) {
        struct selector s;
        struct err e = ERR_INIT;
        if (sel_from_object(&a, obj_get(budgets.items[i]->root, ".spec.selector"), &s, &e) && sel_match(&s, labels))
            workq_add(ctl_queue(c), obj_nsname(&a, budgets.items[i]->root));
    }
}

/* Whether a budget could tell the two apart. */
static bool is_alike(const struct object *old, const struct object *pod)
{
    const struct json *a = old->labels, *b = pod->labels;
    return obj_is_deleting(old->root) == obj_is_deleting(pod->root) &&
           obj_condition_true(old->root, "Ready") == obj_condition_true(pod->root, "Ready") &&
           str_eq(obj_str(obj_controller(old->root), ".uid"), obj_str(obj_controller(pod->root), ".uid")) &&
           (a == b || (a && b && json_equal(a, b)));
}

static void disruption_on_pod(struct ctl *c, const struct object *old, const struct object *pod)
{
    if (old && pod && is_alike(old, pod)) return;
    if (old) wake_budgets_of(c, old->ns, old->labels);
    if (pod) wake_budgets_of(c, pod->ns, pod->labels);
}

/* Pods that came before their controller's new size was known were counted against the old one. */
static void disruption_on_size(struct ctl *c, const struct object *old, const struct object *obj)
{
    if (!old || !obj || obj_int(old->root, ".spec.replicas", 1) == obj_int(obj->root, ".spec.replicas", 1)) return;
    wake_budgets_of(c, obj->ns, obj_get(obj->root, ".spec.template.metadata.labels"));
}

static void disruption_on_read(struct ctl *c, const char *resource, const struct object *old, const struct object *obj)
{
    if (strcmp(resource, "v1/pods") == 0)
        disruption_on_pod(c, old, obj);
    else
        disruption_on_size(c, old, obj);
}

const struct ctl_spec disruption_controller = {
    .name = "disruption",
    .primary = BUDGETS,
    .kind = "PodDisruptionBudget",
    .events_from = "controllermanager",
    .reads = {"v1/pods", "v1/replicationcontrollers", "apps/v1/replicasets", "apps/v1/deployments",
              "apps/v1/statefulsets"},
    .workers = 2,
    .reconcile = disruption_reconcile,
    .on_read_event = disruption_on_read,
};
