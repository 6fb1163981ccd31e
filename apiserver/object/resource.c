/* resource.c - see resource.h. Reads: names, quantities.   Writes: struct check. */
#include "apiserver/object/resource.h"

#include "api/object.h"
#include "api/quantity.h"
#include "apiserver/object/check_value.h"

enum { IN_QUOTA = 1, OF_PODS = 2, WHOLE = 4, IN_CONTAINERS = 8 };

static const struct known_resource {
    const char *name;
    int what;
} known_resources[] = {
    {"cpu", IN_QUOTA | OF_PODS | IN_CONTAINERS},
    {"memory", IN_QUOTA | OF_PODS | IN_CONTAINERS},
    {"ephemeral-storage", IN_QUOTA | IN_CONTAINERS},
    {"requests.cpu", IN_QUOTA | OF_PODS},
    {"requests.memory", IN_QUOTA | OF_PODS},
    {"requests.storage", IN_QUOTA},
    {"requests.ephemeral-storage", IN_QUOTA},
    {"limits.cpu", IN_QUOTA | OF_PODS},
    {"limits.memory", IN_QUOTA | OF_PODS},
    {"limits.ephemeral-storage", IN_QUOTA},
    {"pods", IN_QUOTA | OF_PODS | WHOLE},
    {"resourcequotas", IN_QUOTA | WHOLE},
    {"services", IN_QUOTA | WHOLE},
    {"replicationcontrollers", IN_QUOTA | WHOLE},
    {"secrets", IN_QUOTA | WHOLE},
    {"persistentvolumeclaims", IN_QUOTA | WHOLE},
    {"configmaps", IN_QUOTA | WHOLE},
    {"services.nodeports", IN_QUOTA | WHOLE},
    {"services.loadbalancers", IN_QUOTA | WHOLE},
    {"storage", 0},
};

static const struct known_resource *known(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(known_resources); i++)
        if (str_eqc(name, known_resources[i].name)) return &known_resources[i];
    return NULL;
}

static bool has(struct str name, int what)
{
    const struct known_resource *k = known(name);
    return k && k->what & what;
}

static bool has_domain(struct str name) { return str_chr(name, '/') != SIZE_MAX; }

bool resource_is_huge_page(struct str name) { return str_starts(name, STR("hugepages-")); }

static bool is_quota_huge_page(struct str name)
{
    return resource_is_huge_page(name) || str_starts(name, STR("requests.hugepages-"));
}

bool resource_is_quota(struct str name) { return has(name, IN_QUOTA) || is_quota_huge_page(name); }
bool resource_is_pod_quota(struct str name) { return has(name, OF_PODS); }

bool resource_is_native(struct str name)
{
    return !has_domain(name) || (name.n && memmem(name.p, name.n, "kubernetes.io/", strlen("kubernetes.io/")));
}

bool resource_is_extended(struct arena *a, struct str name)
{
    if (resource_is_native(name) || str_starts(name, STR("requests."))) return false;
    return !name_qualified(str_printf(a, "requests.%.*s", STR_ARG(name)));
}

static bool is_standard(struct check *c, struct str name)
{
    const char *why = name_qualified(name);
    if (!why && !has_domain(name) && !known(name) && !is_quota_huge_page(name))
        why = "must be a standard resource type or fully qualified";
    if (why) check_invalid_str(c, NULL, name, why);
    return !why;
}

void check_resource_name(struct check *c, struct str name) { (void)is_standard(c, name); }

void check_container_resource_name(struct check *c, struct str name)
{
    const char *why = NULL;
    (void)is_standard(c, name);
    if (!has_domain(name) && !has(name, IN_CONTAINERS) && !resource_is_huge_page(name))
        why = "must be a standard resource for containers";
    if (!resource_is_native(name) && !resource_is_extended(c->arena, name))
        why = "doesn't follow extended resource name standard";
    if (why) check_invalid_str(c, NULL, name, why);
}

void check_quota_resource_name(struct check *c, struct str name)
{
    (void)is_standard(c, name);
    if (!has_domain(name) && !resource_is_quota(name))
        check_invalid_str(c, NULL, name, "must be a standard resource for quota");
}

void check_amount(struct check *c, struct str name, const struct json *value)
{
    struct qty q;
    struct err e = ERR_INIT;
    if (!qty_parse(obj_text(value), &q, &e)) return; /* refused when it was decoded */
    if (q.nano < 0) check_invalid(c, NULL, value, "must be greater than or equal to 0");
    bool fraction = q.nano % 1000000000 && qty_milli(&q) % 1000; /* less than a thousandth counts as one */
    if (fraction && (has(name, WHOLE) || resource_is_extended(c->arena, name)))
        check_invalid(c, NULL, value, "must be an integer");
}
