/* strategy_api.c - kinds that describe the API itself: APIServices, webhooks and admission policies, flow control
 * (kube-aggregator pkg/registry/apiservice, pkg/registry/{admissionregistration,flowcontrol}).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

#include "apiserver/object/check_admission.h"
#include "apiserver/object/check_conditions.h"
#include "apiserver/registry/keep.h"

static bool is_status(const char *sub) { return sub && strcmp(sub, "status") == 0; }

/* A status update changes no metadata that clients own. */
static void keep_metadata(struct arena *a, struct json *obj, const struct json *old, const char *sub)
{
    if (is_status(sub)) keep_metadata_of(a, obj, old);
}

/* ---- APIService: what this server serves itself is available ---- */

static void api_service_prepare_create(struct arena *a, struct json *service, int64_t now_ns)
{
    if (obj_has(service, ".spec.service")) return;
    obj_set_condition(a, service, "Available", "True", "Local", STR("Local APIServices are always available"),
                      now_ns / 1000000000);
}

static void api_service_check_update(struct check *c, const struct json *service, const struct json *old,
                                     const char *sub)
{
    static const char *const statuses[] = {"True", "False", "Unknown", NULL};
    size_t i = 0;
    (void)old;
    if (!is_status(sub)) return;
    for (OBJ_EACH(it, service, ".status.conditions"))
        check_one_of(c, arena_printf(c->arena, "status.conditions[%zu].status", i++), obj_str(it, ".status"), statuses);
}

const struct strategy strategy_api_service = {.prepare_create = api_service_prepare_create,
                                              .prepare_update = keep_metadata,
                                              .check_update = api_service_check_update};

/* ---- FlowSchema, PriorityLevelConfiguration ---- */

const struct strategy strategy_flow_schema = {.prepare_update = keep_metadata};
const struct strategy strategy_priority_level = {.prepare_update = keep_metadata};

/* ---- ValidatingAdmissionPolicy ---- */

static void check_warning(struct check *c, const struct json *warning)
{
    if (!obj_str(warning, ".warning").n) check_required(c, "warning", "");
    if (!str_trim(obj_str(warning, ".fieldRef")).n) check_required(c, "fieldRef", "");
}

static void policy_check_update(struct check *c, const struct json *policy, const struct json *old, const char *sub)
{
    size_t i = 0;
    (void)old;
    if (!is_status(sub)) return;
    size_t outer = check_member(c, "status");
    for (OBJ_EACH(it, policy, ".status.typeChecking.expressionWarnings")) {
        size_t mark = check_member(c, "typeChecking.expressionWarnings");
        check_index(c, i++);
        check_warning(c, it);
        check_pop(c, mark);
    }
    check_conditions(c, "conditions", obj_get(policy, ".status.conditions"));
    check_pop(c, outer);
}

const struct strategy strategy_validating_policy = {.prepare_update = keep_metadata,
                                                    .check_update = policy_check_update};
