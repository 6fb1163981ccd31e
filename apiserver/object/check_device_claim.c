/* check_device_claim.c - what a claim may ask for. See check_device.h.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_device.h"

#include "api/object.h"
#include "apiserver/object/check_text.h"
#include "apiserver/object/check_value.h"
#include "base/mem.h"

#include <stdlib.h>

enum { FIRST_AVAILABLE_MAX = 8, CONSTRAINTS_MAX = 32 };

/* ---- Names of requests ---- */

void request_names_init(struct request_names *n, const struct json *devices)
{
    map_init(&n->names);
    for (OBJ_EACH(request, devices, ".requests")) {
        struct str name = obj_str(request, ".name");
        struct map *subs = map_get(&n->names, name);
        if (!subs) map_set(&n->names, name, subs = xcalloc(1, sizeof *subs));
        for (OBJ_EACH(sub, request, ".firstAvailable")) map_set(subs, obj_str(sub, ".name"), NULL);
    }
}

static void drop_subs(void *subs)
{
    map_release(subs, NULL);
    free(subs);
}

void request_names_release(struct request_names *n) { map_release(&n->names, drop_subs); }

static bool is_known(const struct request_names *n, struct str name, struct str first, struct str sub)
{
    const struct map *subs = map_get(&n->names, first);
    return map_has(&n->names, name) || (subs && !str_is_null(sub) && map_has(subs, sub));
}

void check_request_name(struct check *c, struct str name, const void *request_names)
{
    static const char unknown[] =
        "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
    struct str sub, first = str_cut(name, '/', &sub);
    if (!str_is_null(sub) && str_chr(sub, '/') != SIZE_MAX) {
        check_invalid_str(c, NULL, name, unknown);
        return;
    }
    check_name_by(c, NULL, first, name_dns1123_label);
    if (!str_is_null(sub)) check_name_by(c, NULL, sub, name_dns1123_label);
    if (!is_known(request_names, name, first, sub)) check_invalid_str(c, NULL, name, unknown);
}

/* ---- Requests ---- */

static void check_allocation_mode(struct check *c, const struct json *request)
{
    static const char *const modes[] = {"All", "ExactCount", NULL};
    const struct json *mode = obj_get(request, ".allocationMode");
    int64_t count = obj_int(request, ".count", 0);
    if (str_eqc(obj_text(mode), "All")) {
        if (count)
            check_invalid(c, "count", obj_get(request, ".count"), "must not be specified when allocationMode is 'All'");
    } else if (str_eqc(obj_text(mode), "ExactCount")) {
        if (count <= 0) check_invalid(c, "count", json_int(c->arena, count), "must be greater than zero");
    } else {
        check_not_supported(c, "allocationMode", mode, modes);
    }
}

/* What an exact request and a choice have in common. */
static void check_device_request(struct check *c, const struct json *request)
{
    struct str class = obj_str(request, ".deviceClassName");
    size_t i = 0;
    if (class.n)
        check_name_by(c, "deviceClassName", class, name_dns1123_subdomain);
    else
        check_required(c, "deviceClassName", "");
    check_device_selectors(c, obj_get(request, ".selectors"));
    check_allocation_mode(c, request);
    size_t mark = check_member(c, "tolerations");
    for (OBJ_EACH(it, request, ".tolerations")) {
        size_t at = check_index(c, i++);
        check_device_toleration(c, it);
        check_pop(c, at);
    }
    check_pop(c, mark);
}

static void check_choice(struct check *c, const struct json *choice)
{
    check_name_by(c, "name", obj_str(choice, ".name"), name_dns1123_label);
    check_device_request(c, choice);
}

/* Items that one() looks at, and whose names must differ; upstream reports doubles after all else. */
static void check_named(struct check *c, const char *member, const struct json *list, int max,
                        void (*one)(struct check *c, const struct json *item))
{
    if (!check_list_size(c, member, list, max)) return;
    size_t mark = check_member(c, member), i = 0;
    for (OBJ_EACH(it, list, "")) {
        size_t at = check_index(c, i++);
        one(c, it);
        check_pop(c, at);
    }
    check_distinct(c, list, ".name");
    check_pop(c, mark);
}

static void check_request(struct check *c, const struct json *request)
{
    const struct json *exactly = obj_get(request, ".exactly"), *choices = obj_get(request, ".firstAvailable");
    check_name_by(c, "name", obj_str(request, ".name"), name_dns1123_label);
    if (!exactly && !obj_count(choices, "")) {
        check_required(c, NULL, "exactly one of `exactly` or `firstAvailable` is required");
    } else if (exactly && obj_count(choices, "")) {
        check_invalid(c, NULL, NULL,
                      "exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set");
    } else if (exactly) {
        size_t mark = check_member(c, "exactly");
        check_device_request(c, exactly);
        check_pop(c, mark);
    } else {
        check_named(c, "firstAvailable", choices, FIRST_AVAILABLE_MAX, check_choice);
    }
}

/* ---- Constraints and settings ---- */

static void check_constraint(struct check *c, const struct json *constraint, const struct request_names *names)
{
    check_text_set(c, "requests", obj_get(constraint, ".requests"), DEVICE_REQUESTS_MAX, check_request_name, names);
    if (obj_has(constraint, ".matchAttribute"))
        check_full_device_name(c, "matchAttribute", obj_str(constraint, ".matchAttribute"));
    else if (obj_has(constraint, ".distinctAttribute"))
        check_full_device_name(c, "distinctAttribute", obj_str(constraint, ".distinctAttribute"));
    else
        check_required(c, NULL,
                       "exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple fields "
                       "are set");
}

static void check_claim_config(struct check *c, const struct json *config, const struct request_names *names)
{
    check_text_set(c, "requests", obj_get(config, ".requests"), DEVICE_REQUESTS_MAX, check_request_name, names);
    check_device_config(c, config);
}

void check_with_requests(struct check *c, const char *member, const struct json *list, int max, check_requested_fn *one,
                         const struct request_names *names)
{
    if (!check_list_size(c, member, list, max)) return;
    size_t mark = check_member(c, member), i = 0;
    for (OBJ_EACH(it, list, "")) {
        size_t at = check_index(c, i++);
        one(c, it, names);
        check_pop(c, at);
    }
    check_pop(c, mark);
}

void check_device_claim(struct check *c, const struct json *devices)
{
    struct request_names names;
    request_names_init(&names, devices);
    size_t mark = check_member(c, "devices");
    check_named(c, "requests", obj_get(devices, ".requests"), DEVICE_REQUESTS_MAX, check_request);
    check_with_requests(c, "constraints", obj_get(devices, ".constraints"), CONSTRAINTS_MAX, check_constraint, &names);
    check_with_requests(c, "config", obj_get(devices, ".config"), DEVICE_CONFIG_MAX, check_claim_config, &names);
    check_pop(c, mark);
    request_names_release(&names);
}
