/* check_device_status.c - what may be said of the devices that a claim was given. See check_device.h.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_device.h"

#include "api/object.h"
#include "apiserver/object/check_conditions.h"
#include "apiserver/object/check_text.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/inner.h"
#include "apiserver/object/ip.h"
#include "schema_ids.h"

enum {
    RESERVED_MAX = 256,
    RESULTS_MAX = 32,
    CONDITIONS_MAX = 8,
    DATA_MAX = 10 * 1024,
    INTERFACE_NAME_MAX = 256,
    HARDWARE_ADDRESS_MAX = 128,
    IPS_MAX = 16
};

/* ---- Who may use them ---- */

static void check_consumers(struct check *c, const struct json *list)
{
    static const char *const required[] = {".resource", ".name", ".uid"};
    if (!check_list_size(c, "reservedFor", list, RESERVED_MAX)) return;
    size_t mark = check_member(c, "reservedFor"), i = 0;
    for (OBJ_EACH(it, list, "")) {
        size_t at = check_index(c, i++);
        for (size_t k = 0; k < ARRAY_LEN(required); k++)
            if (!obj_str(it, required[k]).n) check_required(c, required[k] + 1, "");
        check_pop(c, at);
    }
    check_distinct(c, list, ".uid");
    check_pop(c, mark);
}

static bool is_among(const struct json *list, const struct json *consumer)
{
    for (OBJ_EACH(it, list, ""))
        if (json_equal(it, consumer)) return true;
    return false;
}

/* A claim that goes takes no new users. */
static void check_reservation(struct check *c, const struct json *claim, const struct json *old)
{
    const struct json *list = obj_get(claim, ".status.reservedFor");
    if (!obj_count(list, "")) return;
    if (!obj_has(claim, ".status.allocation")) {
        check_forbidden(c, "reservedFor", "may not be specified when `allocated` is not set");
        return;
    }
    if (!obj_is_deleting(claim) || obj_count(list, "") > RESERVED_MAX) return;
    for (OBJ_EACH(it, list, "")) {
        if (is_among(obj_get(old, ".status.reservedFor"), it)) continue;
        check_forbidden(c, "reservedFor",
                        "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set");
        return;
    }
}

/* ---- How each device is doing ---- */

struct str device_key(struct arena *a, const struct json *device)
{
    return str_printf(a, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(obj_str(device, ".driver")),
                      STR_ARG(obj_str(device, ".pool")), STR_ARG(obj_str(device, ".device")),
                      STR_ARG(obj_str(device, ".shareID")));
}

/* As upstream shows it. */
static struct json *device_id(struct arena *a, const struct json *device)
{
    static const struct {
        const char *go, *path;
    } parts[] = {{"Driver", ".driver"}, {"Pool", ".pool"}, {"Device", ".device"}, {"ShareID", ".shareID"}};
    struct json *id = json_obj(a);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct str s = obj_str(device, parts[i].path);
        json_set(a, id, str_of(parts[i].go), json_str(a, s.p ? s : STR("")));
    }
    return id;
}

static void check_address(struct check *c, struct str address, const void *arg)
{
    (void)arg;
    check_name_by(c, NULL, address, name_interface_address);
}

static void check_network(struct check *c, const struct json *network)
{
    size_t mark = check_member(c, "networkData");
    if (obj_str(network, ".interfaceName").n > INTERFACE_NAME_MAX)
        check_too_long(c, "interfaceName", INTERFACE_NAME_MAX);
    if (obj_str(network, ".hardwareAddress").n > HARDWARE_ADDRESS_MAX)
        check_too_long(c, "hardwareAddress", HARDWARE_ADDRESS_MAX);
    check_text_set(c, "ips", obj_get(network, ".ips"), IPS_MAX, check_address, NULL);
    check_pop(c, mark);
}

static void check_device_state(struct check *c, const struct json *device, const struct map *allocated)
{
    const struct json *data = obj_get(device, ".data");
    check_driver_name(c, "driver", obj_str(device, ".driver"));
    check_pool_name(c, "pool", obj_str(device, ".pool"));
    check_name_by(c, "device", obj_str(device, ".device"), name_dns1123_label);
    check_share_id(c, "shareID", obj_get(device, ".shareID"));
    if (!map_has(allocated, device_key(c->arena, device)))
        check_invalid(c, NULL, device_id(c->arena, device), "must be an allocated device in the claim");
    (void)check_list_size(c, "conditions", obj_get(device, ".conditions"), CONDITIONS_MAX);
    check_conditions(c, "conditions", obj_get(device, ".conditions"));
    if (data && data->type != JSON_NULL) check_raw_object(c, "data", data, DATA_MAX);
    check_network(c, obj_get(device, ".networkData"));
}

static void check_device_states(struct check *c, const struct json *status)
{
    struct map allocated = {0}, seen = {0};
    size_t mark = check_member(c, "devices"), i = 0;
    for (OBJ_EACH(it, status, ".allocation.devices.results")) map_set(&allocated, device_key(c->arena, it), NULL);
    for (OBJ_EACH(it, status, ".devices")) {
        size_t at = check_index(c, i++);
        check_device_state(c, it, &allocated);
        check_pop(c, at);
    }
    i = 0;
    for (OBJ_EACH(it, status, ".devices")) {
        struct str key = device_key(c->arena, it);
        size_t at = check_index(c, i++);
        if (map_has(&seen, key)) check_duplicate(c, NULL, device_id(c->arena, it));
        map_set(&seen, key, NULL);
        check_pop(c, at);
    }
    map_release(&allocated, NULL);
    map_release(&seen, NULL);
    check_pop(c, mark);
}

/* ---- What was given ---- */

static void check_result(struct check *c, const struct json *result, const struct request_names *names)
{
    size_t mark = check_member(c, "request");
    check_request_name(c, obj_str(result, ".request"), names);
    check_pop(c, mark);
    check_driver_name(c, "driver", obj_str(result, ".driver"));
    check_pool_name(c, "pool", obj_str(result, ".pool"));
    check_name_by(c, "device", obj_str(result, ".device"), name_dns1123_label);
    check_binding_conditions(c, result);
    check_share_id(c, "shareID", obj_get(result, ".shareID"));
}

static void check_given_config(struct check *c, const struct json *config, const struct request_names *names)
{
    static const char *const sources[] = {"FromClaim", "FromClass", NULL};
    const struct json *source = obj_get(config, ".source");
    if (!obj_text(source).n)
        check_required(c, "source", "");
    else if (!str_eqc(obj_text(source), sources[0]) && !str_eqc(obj_text(source), sources[1]))
        check_not_supported(c, "source", source, sources);
    check_text_set(c, "requests", obj_get(config, ".requests"), DEVICE_REQUESTS_MAX, check_request_name, names);
    check_device_config(c, config);
}

static void check_allocation(struct check *c, const struct json *allocation, const struct request_names *names)
{
    size_t mark = check_member(c, "allocation"), devices = check_member(c, "devices");
    check_with_requests(c, "results", obj_get(allocation, ".devices.results"), RESULTS_MAX, check_result, names);
    check_with_requests(c, "config", obj_get(allocation, ".devices.config"), 2 * DEVICE_CONFIG_MAX, check_given_config,
                        names);
    check_pop(c, devices);
    if (obj_has(allocation, ".nodeSelector")) check_node_selector_terms(c, obj_get(allocation, ".nodeSelector"));
    check_pop(c, mark);
}

void check_claim_status(struct check *c, const struct json *claim, const struct json *old)
{
    const struct json *status = obj_get(claim, ".status"), *allocation = obj_get(status, ".allocation"),
                      *was = obj_get(old, ".status.allocation");
    size_t mark = check_member(c, "status");
    check_consumers(c, obj_get(status, ".reservedFor"));
    check_device_states(c, status);
    check_reservation(c, claim, old);
    if (allocation && was) {
        if (!json_equal(allocation, was))
            check_invalid_inner(c, "allocation", &type_resource_k8s_io_v1_AllocationResult, allocation,
                                "field is immutable");
    } else if (allocation) {
        struct request_names names;
        request_names_init(&names, obj_get(claim, ".spec.devices"));
        check_allocation(c, allocation, &names);
        request_names_release(&names);
    }
    check_pop(c, mark);
}
