/* check_probe.c - probes and lifecycle handlers of containers.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_pod.h"

/* ---- Handlers ---- */

static void check_target(struct check *c, const struct json *port)
{
    if (json_is(port, JSON_STR))
        check_name_by(c, "port", port->u.s, name_port);
    else
        check_port(c, "port", port, obj_number(port, 0));
}

static void check_exec(struct check *c, const struct json *exec)
{
    if (!count_at(exec, "command")) check_required(c, "command", "");
}

static void check_http_get(struct check *c, const struct json *http)
{
    static const char *const schemes[] = {"HTTP", "HTTPS", NULL};
    const struct json *scheme = member_at(http, "scheme");
    if (!text_at(http, "path").n) check_required(c, "path", "");
    check_target(c, member_at(http, "port"));
    if (!check_is_among(json_string(scheme), schemes)) check_not_supported(c, "scheme", scheme, schemes);
    JSON_FOREACH(header, member_at(http, "httpHeaders"))
    check_name_by(c, "httpHeaders", text_at(header, "name"), name_http_header);
}

static void check_socket(struct check *c, const struct json *socket) { check_target(c, member_at(socket, "port")); }

/* At the probe or handler. grace: the pod's terminationGracePeriodSeconds, or NULL. */
static void check_sleep(struct check *c, const struct json *sleep, const struct json *grace)
{
    const struct json *seconds = member_at(sleep, "seconds");
    int64_t n = int_at(sleep, "seconds", 0);
    if (!grace || (n >= 0 && n <= obj_number(grace, 0))) return;
    check_invalidf(c, "sleep", seconds ? seconds : json_int(c->arena, 0),
                   "must be non-negative and less than terminationGracePeriodSeconds (%lld)",
                   (long long)obj_number(grace, 0));
}

static void check_handler(struct pod_rules *r, const struct json *handler)
{
    static const struct {
        const char *name;
        void (*check)(struct check *c, const struct json *action);
    } kinds[] = {{"exec", check_exec},
                 {"httpGet", check_http_get},
                 {"tcpSocket", check_socket},
                 {"grpc", check_socket},
                 {"sleep", NULL}};
    int count = 0;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct json *action = member_at(handler, kinds[i].name);
        if (!action) continue;
        if (count++) {
            check_forbidden(r->c, kinds[i].name, "may not specify more than 1 handler type");
        } else if (kinds[i].check) {
            size_t mark = check_member(r->c, kinds[i].name);
            kinds[i].check(r->c, action);
            check_pop(r->c, mark);
        } else {
            check_sleep(r->c, action, r->grace);
        }
    }
    if (!count) check_required(r->c, NULL, "must specify a handler type");
}

/* ---- Probes ---- */

static void check_probe(struct pod_rules *r, const struct json *probe)
{
    static const char *const counts[] = {"initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold",
                                         "failureThreshold"};
    const struct json *grace = member_at(probe, "terminationGracePeriodSeconds");
    check_handler(r, probe);
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (int_at(probe, counts[i], 0) < 0)
            check_invalid(r->c, counts[i], member_at(probe, counts[i]), "must be greater than or equal to 0");
    if (grace && obj_number(grace, 0) <= 0)
        check_invalid(r->c, "terminationGracePeriodSeconds", grace, "must be greater than 0");
}

void check_probes(struct pod_rules *r, const struct json *container)
{
    static const struct {
        const char *name;
        bool once, no_grace;
    } probes[] = {{"livenessProbe", true, false}, {"readinessProbe", false, true}, {"startupProbe", true, false}};
    for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
        const struct json *probe = member_at(container, probes[i].name);
        if (!probe) continue;
        size_t mark = check_member(r->c, probes[i].name);
        check_probe(r, probe);
        if (probes[i].once && int_at(probe, "successThreshold", 0) != 1)
            check_invalid(r->c, "successThreshold", member_at(probe, "successThreshold"), "must be 1");
        if (probes[i].no_grace && member_at(probe, "terminationGracePeriodSeconds"))
            check_invalid(r->c, "terminationGracePeriodSeconds", member_at(probe, "terminationGracePeriodSeconds"),
                          "must not be set for readinessProbes");
        check_pop(r->c, mark);
    }
}

/* stopSignal has no rules: its feature gate is off, and preparation drops it. */
void check_lifecycle(struct pod_rules *r, const struct json *container)
{
    static const char *const handlers[] = {"postStart", "preStop"};
    const struct json *lifecycle = member_at(container, "lifecycle");
    for (size_t i = 0; lifecycle && i < ARRAY_LEN(handlers); i++) {
        const struct json *handler = member_at(lifecycle, handlers[i]);
        if (!handler) continue;
        size_t mark = check_member(r->c, "lifecycle");
        check_member(r->c, handlers[i]);
        check_handler(r, handler);
        check_pop(r->c, mark);
    }
}
