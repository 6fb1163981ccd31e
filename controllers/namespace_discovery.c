/* namespace_discovery.c - see namespace_discovery.h.
 * Reads: /apis.   Writes: the report.
 * Upstream: client-go discovery/aggregated_discovery.go, ErrGroupDiscoveryFailed in discovery_client.go. */
#include "controllers/namespace_discovery.h"

#define DISCOVERY_LIST_MEDIA "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

void ns_discovery_stale(const struct json *list, struct ns_report *r)
{
    for (OBJ_EACH(group, list, ".items"))
        for (OBJ_EACH(version, group, ".versions")) {
            if (!obj_is(version, ".freshness", "Stale")) continue;
            struct str v = obj_str(version, ".version");
            struct str gv = str_printf(r->arena, "%.*s/%.*s", STR_ARG(obj_name(group)), STR_ARG(v));
            ns_report_undiscovered(
                r, str_printf(r->arena, "%.*s: stale GroupVersion discovery: %.*s", STR_ARG(gv), STR_ARG(gv)));
        }
}

void ns_discovery_check(struct ctl *c, struct ns_report *r)
{
    struct err e = ERR_INIT;
    const struct object *list AUTO_OBJ = NULL;
    const struct rest_call get = {.method = "GET", .path = "/apis", .accept = DISCOVERY_LIST_MEDIA};
    if (rest_do(ctl_rest(c), &get, &list, &e))
        ns_discovery_stale(list->root, r);
    else
        ns_report_error(r, e.text);
}
