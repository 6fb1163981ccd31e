/* check_api_service.c - validation of APIServices (kube-aggregator pkg/apis/apiregistration/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_admission.h"

#include "apiserver/object/hooks.h"
#include "schema_hooks.h"

#include "apiserver/object/names.h"
#include "apiserver/object/object.h"

/* VERSION.GROUP; a name that is no path segment was refused already. */
static void check_name(struct check *c, const struct json *service, struct str group, struct str version)
{
    struct str name = obj_name(service), want = str_printf(c->arena, "%.*s.%.*s", STR_ARG(version), STR_ARG(group));
    if (name.n && !name_path_segment(name) && !str_eq(name, want))
        check_invalid_str(c, "metadata.name", name,
                          arena_printf(c->arena, "must be `spec.version+\".\"+spec.group`: \"%.*s\"", STR_ARG(want)));
}

static void check_priorities(struct check *c, const struct json *spec)
{
    static const struct {
        const char *member;
        int64_t max;
        const char *why;
    } rows[] = {{"groupPriorityMinimum", 20000, "must be positive and less than 20000"},
                {"versionPriority", 1000, "must be positive and less than 1000"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct json *value = json_getc(spec, rows[i].member);
        int64_t n = obj_number(value, 0);
        if (n <= 0 || n > rows[i].max) check_invalid(c, rows[i].member, value, rows[i].why);
    }
}

static size_t bytes_of(struct check *c, struct str base64)
{
    struct str bytes = STR("");
    return object_unbase64(c->arena, base64, &bytes) ? bytes.n : 0;
}

static void check_local(struct check *c, const struct json *spec)
{
    struct str ca = obj_str(spec, ".caBundle");
    if (ca.n)
        check_invalid_str(c, "caBundle", str_printf(c->arena, "%zu bytes", bytes_of(c, ca)),
                          "local APIServices may not have a caBundle");
    if (obj_bool(spec, ".insecureSkipTLSVerify", false))
        check_invalid(c, "insecureSkipTLSVerify", json_getc(spec, "insecureSkipTLSVerify"),
                      "local APIServices may not have insecureSkipTLSVerify");
}

static void check_remote(struct check *c, const struct json *spec)
{
    const struct json *port = obj_get(spec, ".service.port");
    int64_t n = obj_number(port, 0);
    if (!obj_str(spec, ".service.namespace").n) check_required(c, "service.namespace", "");
    if (!obj_str(spec, ".service.name").n) check_required(c, "service.name", "");
    if (n < 1 || n > 65535)
        check_invalid(c, "service.port", port, "port is not valid: must be between 1 and 65535, inclusive");
    if (obj_bool(spec, ".insecureSkipTLSVerify", false) && obj_str(spec, ".caBundle").n)
        check_invalid(c, "insecureSkipTLSVerify", json_getc(spec, "insecureSkipTLSVerify"),
                      "may not be true if caBundle is present");
}

/* type APIService check=fn:api_service */
void check_api_service(struct check *c, const struct json *service, const struct json *old)
{
    const struct json *spec = json_getc(service, "spec");
    struct str group = obj_str(spec, ".group"), version = obj_str(spec, ".version");
    (void)old;
    check_name(c, service, group, version);
    size_t mark = check_member(c, "spec");
    if (!group.n && !str_eqc(version, "v1"))
        check_required(c, "group", "only v1 may have an empty group and it better be legacy kube");
    const char *why = group.n ? name_dns1123_subdomain(group) : NULL;
    if (why) check_invalid_str(c, "group", group, why);
    if ((why = name_dns1035_label(version))) check_invalid_str(c, "version", version.p ? version : STR(""), why);
    check_priorities(c, spec);
    if (obj_has(spec, ".service"))
        check_remote(c, spec);
    else
        check_local(c, spec);
    check_pop(c, mark);
}
