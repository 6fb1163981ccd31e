/* log.c - GET pods/NAME/log: which container's output, with which options, from which kubelet.
 * Reads: the query, the pod.   Writes: a relayed response or a Status.
 * Upstream: pkg/registry/core/pod/strategy.go (LogLocation), pkg/apis/core/validation (ValidatePodLogOptions). */
#include "api/object.h"
#include "apiserver/object/check.h"
#include "apiserver/rest/container.h"
#include "apiserver/rest/kubelet.h"
#include "apiserver/rest/rest.h"
#include "apiserver/rest/status.h"
#include "apiserver/watch/cache.h"
#include "base/clk.h"
#include "base/json.h"
#include "schema_ids.h"

/* ---- Options ---- */

enum log_arg_type { LOG_BOOL, LOG_INT, LOG_TIME, LOG_REFUSED };
static const struct log_arg {
    const char *name;
    enum log_arg_type type;
    int64_t least;       /* LOG_INT */
    const char *too_low; /* what is said below it */
} log_args[] = {
    {"follow", LOG_BOOL, 0, NULL},
    {"previous", LOG_BOOL, 0, NULL},
    {"timestamps", LOG_BOOL, 0, NULL},
    {"tailLines", LOG_INT, 0, "must be greater than or equal to 0"},
    {"limitBytes", LOG_INT, 1, "must be greater than 0"},
    {"sinceSeconds", LOG_INT, 1, "must be greater than 0"},
    {"sinceTime", LOG_TIME, 0, NULL},
    {"stream", LOG_REFUSED, 0, "may not be specified"}, /* upstream's feature gate is off */
};

static bool bad_number(struct request *r, struct str value)
{
    status_failf(r, ERR_BAD_REQUEST, "strconv.ParseInt: parsing \"%.*s\": invalid syntax", STR_ARG(value));
    return false;
}

static void check_arg(struct check *c, const struct log_arg *arg, int64_t n, bool both)
{
    if (arg->type == LOG_REFUSED) check_forbidden(c, arg->name, arg->too_low);
    if (arg->type == LOG_TIME && both)
        check_forbidden(c, "[]", "at most one of `sinceTime` or `sinceSeconds` may be specified");
    if (arg->type != LOG_INT || n >= arg->least || (both && strcmp(arg->name, "sinceSeconds") == 0)) return;
    check_invalid(c, arg->name, json_int(c->arena, n), arg->too_low);
}

static void put_arg(struct buf *query, const struct log_arg *arg, struct str value, int64_t n, int64_t at_ns)
{
    char text[CLK_TEXT_MAX];
    bool off = str_eqc(value, "false") || str_eqc(value, "0");
    buf_addf(query, "%s=", arg->name);
    switch (arg->type) {
    case LOG_BOOL: buf_cstr(query, off ? "false" : "true"); break;
    case LOG_INT: buf_addf(query, "%lld", (long long)n); break;
    case LOG_TIME: buf_cstr(query, clk_rfc3339(at_ns / 1000000000, text)); break;
    case LOG_REFUSED: break;
    }
    buf_char(query, '&');
}

/* The options as the kubelet's query. False: answered. */
static bool take_options(struct request *r, struct str pod, struct buf *query)
{
    struct check *c = ARENA_NEW(&r->arena, struct check);
    bool both = request_arg_str(r, "sinceTime").n && request_arg_str(r, "sinceSeconds").n;
    check_init(c, &r->arena);
    for (size_t i = 0; i < ARRAY_LEN(log_args); i++) {
        const struct log_arg *arg = &log_args[i];
        const struct query_arg *given = request_arg(r, arg->name);
        int64_t n = 0, at_ns = 0;
        if (!given || !given->value.n) continue;
        if (arg->type == LOG_INT && !str_to_i64(given->value, &n)) return bad_number(r, given->value);
        if (arg->type == LOG_TIME && !clk_parse_rfc3339(given->value.p, given->value.n, &at_ns))
            return status_failf(r, ERR_BAD_REQUEST, "parsing time \"%.*s\": not a time as RFC 3339 has it",
                                STR_ARG(given->value)),
                   false;
        check_arg(c, arg, n, both);
        put_arg(query, arg, given->value, n, at_ns);
    }
    if (!c->count) return true;
    status_invalid(r, "PodLogOptions", "", pod, c);
    return false;
}

/* ---- The answer ---- */

static void log_of(struct request *r, const struct object *pod)
{
    struct str container, node = obj_str(pod->root, ".spec.nodeName");
    struct buf query AUTO_BUF = {0};
    buf_init(&query, r->query.n * 3 + 256);
    if (!take_options(r, pod->name, &query) || !container_pick(r, pod->root, &container)) {
        rest_finish(r);
        return;
    }
    if (!node.n) { /* no kubelet has it yet: no content */
        r->resp.code = 204;
        rest_finish(r);
        return;
    }
    kubelet_relay(r, node,
                  str_cstr(&r->arena, str_printf(&r->arena, "/containerLogs/%.*s/%.*s/%.*s?%.*s", STR_ARG(pod->ns),
                                                 STR_ARG(pod->name), STR_ARG(container), STR_ARG(buf_view(&query)))));
}

void rest_log(struct request *r)
{
    struct item *it = cache_get(r->target.res, r->target.ns, r->target.name);
    struct err e = ERR_INIT;
    if (!it) {
        status_not_found(r);
        rest_finish(r);
        return;
    }
    const struct object *pod AUTO_OBJ = object_parse(blob_str(it->blob), NULL, &e);
    item_unref(it);
    if (!pod) {
        status_fail(r, &e);
        rest_finish(r);
        return;
    }
    log_of(r, pod);
}
