/* endpoint.c - see endpoint.h.
 * Reads: a Service and its EndpointSlices.   Writes: nothing. */
#include "apiserver/aggregator/endpoint.h"

#include "api/object.h"
#include "apiserver/watch/cache.h"
#include "schema_ids.h"

#include <stdio.h>
#include <stdlib.h>

#define SERVICE_LABEL STR("kubernetes.io/service-name")

/* ---- What is stored ---- */

static const struct json *tree_of(struct arena *a, const struct item *it)
{
    return json_parse(a, str_copy(a, blob_str(it->blob)), &(struct err){0});
}

static bool is_of(const struct item *slice, const char *service)
{
    for (int i = 0; i < slice->nlabels; i++)
        if (str_eq(slice->labels[i].key, SERVICE_LABEL)) return str_eqc(slice->labels[i].value, service);
    return false;
}

void endpoint_load(struct arena *a, const struct service_ref *ref, struct service_view *out)
{
    const struct list_query q = {.res = &res_discovery_k8s_io_v1_endpointslices, .ns = str_of(ref->ns)};
    struct cache_list all;
    *out = (struct service_view){0};
    struct item *service = cache_get(&res_core_v1_services, str_of(ref->ns), str_of(ref->name));
    if (service) {
        out->service = tree_of(a, service);
        out->digest = service->rev;
    }
    item_unref(service);
    if (!cache_list(&q, &all, &(struct err){0})) return;
    out->slices = ARENA_ARRAY(a, const struct json *, all.count + 1);
    for (size_t i = 0; i < all.count; i++) {
        if (!is_of(all.items[i], ref->name)) continue;
        const struct json *slice = tree_of(a, all.items[i]);
        if (slice) out->slices[out->nslices++] = slice;
        uint64_t pair[] = {out->digest, all.items[i]->rev};
        out->digest = str_hash(str_n((const char *)pair, sizeof pair), 0);
    }
    cache_list_release(&all);
}

/* ---- Choosing ---- */

static bool is_ready(const struct json *endpoint) { return obj_bool(endpoint, ".conditions.ready", true); }

static const struct json *service_port(const struct json *service, int port)
{
    for (OBJ_EACH(p, service, ".spec.ports"))
        if (obj_int(p, ".port", 0) == port) return p;
    return NULL;
}

/* The number that the slice gives the port of that name; 0: none. */
static int slice_port(const struct json *slice, struct str name)
{
    for (OBJ_EACH(p, slice, ".ports"))
        if (obj_has(p, ".name") && str_eq(obj_str(p, ".name"), name) && obj_has(p, ".port"))
            return (int)obj_int(p, ".port", 0);
    return 0;
}

static size_t count_ready(const struct json *slice)
{
    size_t n = 0;
    for (OBJ_EACH(ep, slice, ".endpoints")) n += is_ready(ep);
    return n;
}

static void take(const struct json *slice, size_t index, int port, struct endpoint *out)
{
    bool v6 = obj_is(slice, ".addressType", "IPv6");
    out->port = port;
    for (OBJ_EACH(ep, slice, ".endpoints")) {
        if (!is_ready(ep) || index--) continue;
        snprintf(out->host, sizeof out->host, v6 ? "[%.*s]" : "%.*s", STR_ARG(obj_str(ep, ".addresses[0]")));
        return;
    }
}

/* Endpoints of the Service's first family are taken before any others. */
static bool choose_in(const struct service_view *v, struct str name, uint64_t turn, struct str family, bool same,
                      struct endpoint *out)
{
    size_t all = 0;
    for (int pass = 0; pass < 2; pass++) {
        size_t at = all ? (size_t)(turn % all) : 0;
        for (size_t i = 0; i < v->nslices; i++) {
            int port = slice_port(v->slices[i], name);
            if (!port || (family.n && str_eq(obj_str(v->slices[i], ".addressType"), family) != same)) continue;
            size_t n = count_ready(v->slices[i]);
            if (pass == 0) {
                all += n;
                continue;
            }
            if (at < n) {
                take(v->slices[i], at, port, out);
                out->of = all;
                return true;
            }
            at -= n;
        }
        if (!all) return false;
    }
    return false;
}

static bool external_name(const struct json *service, int port, struct endpoint *out)
{
    if (!obj_is(service, ".spec.type", "ExternalName")) return false;
    *out = (struct endpoint){.port = port, .of = 1};
    snprintf(out->host, sizeof out->host, "%.*s", STR_ARG(obj_str(service, ".spec.externalName")));
    return true;
}

bool endpoint_choose(const struct service_view *v, const struct service_ref *ref, uint64_t turn, struct endpoint *out,
                     struct err *e)
{
    if (!v->service) return err_set(e, ERR_NOT_FOUND, "service \"%s\" not found", ref->name);
    if (external_name(v->service, ref->port, out)) return true;
    const struct json *port = service_port(v->service, ref->port);
    if (!port) return err_set(e, ERR_UNAVAILABLE, "no service port %d found for service \"%s\"", ref->port, ref->name);
    struct str name = obj_str(port, ".name"), family = obj_str(v->service, ".spec.ipFamilies[0]");
    if (choose_in(v, name, turn, family, true, out) || (family.n && choose_in(v, name, turn, family, false, out)))
        return true;
    return err_set(e, ERR_UNAVAILABLE, "no endpoints available for service \"%s\"", ref->name);
}

/* ---- Availability ---- */

const char *endpoint_problem(struct arena *a, const struct service_view *v, const struct service_ref *ref,
                             const char **message)
{
    if (!v->service) {
        *message = arena_printf(a, "service/%s in \"%s\" is not present", ref->name, ref->ns);
        return "ServiceNotFound";
    }
    if (!obj_is(v->service, ".spec.type", "ClusterIP")) return NULL;
    const struct json *port = service_port(v->service, ref->port);
    if (!port) {
        *message = arena_printf(a, "service/%s in \"%s\" is not listening on port %d", ref->name, ref->ns, ref->port);
        return "ServicePortError";
    }
    if (!v->nslices) {
        *message = arena_printf(a, "cannot find endpointslices for service/%s in \"%s\"", ref->name, ref->ns);
        return "EndpointsNotFound";
    }
    struct str name = obj_str(port, ".name");
    for (size_t i = 0; i < v->nslices; i++)
        if (slice_port(v->slices[i], name) && count_ready(v->slices[i])) return NULL;
    *message = arena_printf(a, "endpointslices for service/%s in \"%s\" have no addresses with port name \"%.*s\"",
                            ref->name, ref->ns, STR_ARG(name));
    return "MissingEndpoints";
}
