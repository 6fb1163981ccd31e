/* columns_cluster.c - table cells of FlowSchemas, PriorityLevelConfigurations, APIServices and
 * CertificateSigningRequests (pkg/printers/internalversion/printers.go, kube-aggregator pkg/registry/apiservice/etcd).
 * Reads: one object.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "base/clk.h"

static struct json *text(struct arena *a, struct str s) { return json_str(a, str_copy(a, s)); }

/* ---- FlowSchema ---- */

struct json *column_flow_distinguisher(struct arena *a, const struct json *schema, int64_t now_ns)
{
    (void)now_ns;
    if (!obj_has(schema, ".spec.distinguisherMethod")) return json_strc(a, "<none>");
    return text(a, obj_str(schema, ".spec.distinguisherMethod.type"));
}

struct json *column_flow_missing_level(struct arena *a, const struct json *schema, int64_t now_ns)
{
    const struct json *dangling = obj_condition(schema, "Dangling");
    (void)now_ns;
    return dangling ? text(a, obj_str(dangling, ".status")) : json_strc(a, "?");
}

/* ---- PriorityLevelConfiguration: numbers, or "<none>" ---- */

static struct json *number(struct arena *a, const struct json *level, const char *path)
{
    const struct json *v = obj_get(level, path);
    return v ? json_int(a, obj_number(v, 0)) : json_strc(a, "<none>");
}

struct json *column_level_shares(struct arena *a, const struct json *level, int64_t now_ns)
{
    (void)now_ns;
    return number(a, level, ".spec.limited.nominalConcurrencyShares");
}

struct json *column_level_queues(struct arena *a, const struct json *level, int64_t now_ns)
{
    (void)now_ns;
    return number(a, level, ".spec.limited.limitResponse.queuing.queues");
}

struct json *column_level_hand_size(struct arena *a, const struct json *level, int64_t now_ns)
{
    (void)now_ns;
    return number(a, level, ".spec.limited.limitResponse.queuing.handSize");
}

struct json *column_level_queue_limit(struct arena *a, const struct json *level, int64_t now_ns)
{
    (void)now_ns;
    return number(a, level, ".spec.limited.limitResponse.queuing.queueLengthLimit");
}

/* ---- APIService ---- */

struct json *column_api_service_service(struct arena *a, const struct json *service, int64_t now_ns)
{
    (void)now_ns;
    if (!obj_has(service, ".spec.service")) return json_strc(a, "Local");
    return json_str(a, str_printf(a, "%.*s/%.*s", STR_ARG(obj_str(service, ".spec.service.namespace")),
                                  STR_ARG(obj_str(service, ".spec.service.name"))));
}

struct json *column_api_service_available(struct arena *a, const struct json *service, int64_t now_ns)
{
    const struct json *available = obj_condition(service, "Available");
    struct str status = obj_str(available, ".status"), reason = obj_str(available, ".reason");
    (void)now_ns;
    if (!available) return json_strc(a, "Unknown");
    if (str_eqc(status, "True") || !reason.n) return text(a, status);
    return json_str(a, str_printf(a, "%.*s (%.*s)", STR_ARG(status), STR_ARG(reason)));
}

/* ---- CertificateSigningRequest ---- */

struct json *column_csr_signer(struct arena *a, const struct json *csr, int64_t now_ns)
{
    struct str name = obj_str(csr, ".spec.signerName");
    (void)now_ns;
    return name.n ? text(a, name) : json_strc(a, "<none>");
}

struct json *column_csr_duration(struct arena *a, const struct json *csr, int64_t now_ns)
{
    char human[CLK_TEXT_MAX];
    (void)now_ns;
    if (!obj_has(csr, ".spec.expirationSeconds")) return json_strc(a, "<none>");
    return text(a, str_of(clk_human(obj_int(csr, ".spec.expirationSeconds", 0) * 1000000000, human)));
}

struct json *column_csr_condition(struct arena *a, const struct json *csr, int64_t now_ns)
{
    (void)now_ns;
    const char *decided = obj_condition(csr, "Denied")     ? "Denied"
                          : obj_condition(csr, "Approved") ? "Approved"
                                                           : "Pending";
    return json_str(a, str_printf(a, "%s%s%s", decided, obj_condition(csr, "Failed") ? ",Failed" : "",
                                  obj_str(csr, ".status.certificate").n ? ",Issued" : ""));
}
