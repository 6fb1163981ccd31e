/* check_container.c - validation of containers, their ports, environment, resources and probes
 * (pkg/apis/core/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/quantity.h"
#include "apiserver/object/names.h"

#include <stdio.h>

static bool quantity_at(const struct json *map, struct str key, struct qty *out)
{
    struct err e = ERR_INIT;
    struct str text = obj_map_str(map, "", key);
    return !str_is_null(text) && qty_parse(text, out, &e);
}

/* type ResourceRequirements check=fn:resource_requirements */
void check_resource_requirements(struct check *c, const struct json *r, const struct json *old)
{
    (void)old;
    static const char *const maps[] = {"limits", "requests"};
    for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
        size_t outer = check_member(c, maps[i]);
        for (OBJ_EACH(it, i ? obj_get(r, ".requests") : obj_get(r, ".limits"), "")) {
            struct qty q;
            struct err e = ERR_INIT;
            size_t mark = check_key(c, obj_key(it));
            const char *why = name_qualified(obj_key(it));
            if (why) check_invalid_str(c, NULL, obj_key(it), why);
            if (qty_parse(obj_text(it), &q, &e) && q.nano < 0)
                check_invalid(c, NULL, it, "must be greater than or equal to 0");
            check_pop(c, mark);
        }
        check_pop(c, outer);
    }
    for (OBJ_EACH(it, r, ".requests")) {
        struct qty want, limit;
        struct str key = obj_key(it);
        if (!quantity_at(obj_get(r, ".requests"), key, &want) || !quantity_at(obj_get(r, ".limits"), key, &limit))
            continue;
        if (qty_cmp(&want, &limit) > 0)
            check_invalidf(c, "requests", it, "must be less than or equal to %.*s limit of %.*s", STR_ARG(key),
                           STR_ARG(obj_map_str(r, ".limits", key)));
    }
}

/* type EnvVar check=fn:env_var */
void check_env_var(struct check *c, const struct json *env, const struct json *old)
{
    (void)old;
    struct str name = obj_str(env, ".name");
    const char *why = name.n ? name_env(name) : NULL;
    if (!name.n)
        check_required(c, "name", "");
    else if (why)
        check_invalid_str(c, "name", name, why);
    if (!obj_has(env, ".valueFrom")) return;
    size_t sources = obj_count(env, ".valueFrom");
    if (!sources)
        check_invalid_str(c, "valueFrom", STR(""),
                          "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`");
    if (obj_str(env, ".value").n && sources)
        check_invalid_str(c, "valueFrom", STR(""), "may not be specified when `value` is not empty");
    if (sources > 1) check_invalid_str(c, "valueFrom", STR(""), "may not have more than one field specified at a time");
}

static void check_ports(struct check *c, const struct json *container)
{
    size_t outer = check_member(c, "ports"), i = 0;
    for (OBJ_EACH(p, container, ".ports")) {
        size_t mark = check_index(c, i);
        struct str name = obj_str(p, ".name");
        const char *why = name.n ? name_port(name) : NULL;
        if (why) check_invalid_str(c, "name", name, why);
        for (const struct json *q = obj_first(container, ".ports"); name.n && !why && q && q != p; q = obj_next(q))
            if (str_eq(obj_str(q, ".name"), name)) check_duplicate(c, "name", obj_get(p, ".name"));
        int64_t port = obj_int(p, ".containerPort", 0), host = obj_int(p, ".hostPort", 0);
        if (port == 0)
            check_required(c, "containerPort", "");
        else if (port < 1 || port > 65535)
            check_invalid(c, "containerPort", obj_get(p, ".containerPort"), "must be between 1 and 65535, inclusive");
        if (host != 0 && (host < 1 || host > 65535))
            check_invalid(c, "hostPort", obj_get(p, ".hostPort"), "must be between 1 and 65535, inclusive");
        check_pop(c, mark);
        i++;
    }
    check_pop(c, outer);
}

static void check_volume_mounts(struct check *c, const struct json *container)
{
    size_t outer = check_member(c, "volumeMounts"), i = 0;
    for (OBJ_EACH(m, container, ".volumeMounts")) {
        size_t mark = check_index(c, i++);
        struct str path = obj_str(m, ".mountPath");
        if (!obj_str(m, ".name").n) check_required(c, "name", "");
        if (!path.n) check_required(c, "mountPath", "");
        for (const struct json *q = obj_first(container, ".volumeMounts"); path.n && q && q != m; q = obj_next(q))
            if (str_eq(obj_str(q, ".mountPath"), path)) check_invalid_str(c, "mountPath", path, "must be unique");
        if (obj_str(m, ".subPath").n && obj_str(m, ".subPathExpr").n)
            check_invalid_str(c, "subPathExpr", obj_str(m, ".subPathExpr"),
                              "subPathExpr and subPath are mutually exclusive");
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* type Container check=fn:container */
void check_container(struct check *c, const struct json *container, const struct json *old)
{
    (void)old;
    struct str name = obj_str(container, ".name"), image = obj_str(container, ".image");
    const char *why = name.n ? name_dns1123_label(name) : NULL;
    if (!name.n)
        check_required(c, "name", "");
    else if (why)
        check_invalid_str(c, "name", name, why);
    if (!image.n)
        check_required(c, "image", "");
    else if (str_trim(image).n != image.n)
        check_invalid_str(c, "image", image, "must not have leading or trailing whitespace");
    check_ports(c, container);
    check_volume_mounts(c, container);
}

static void check_handler(struct check *c, const struct json *handler)
{
    static const char *const kinds[] = {"exec", "httpGet", "tcpSocket", "grpc", "sleep"};
    int count = 0;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!json_getc(handler, kinds[i])) continue;
        if (++count > 1) check_forbidden(c, kinds[i], "may not specify more than 1 handler type");
    }
    if (!count) check_required(c, NULL, "must specify a handler type");
    if (obj_has(handler, ".exec") && !obj_count(handler, ".exec.command")) check_required(c, "exec.command", "");
}

/* type Probe check=fn:probe */
void check_probe(struct check *c, const struct json *probe, const struct json *old)
{
    (void)old;
    static const char *const counts[] = {".initialDelaySeconds", ".timeoutSeconds", ".periodSeconds",
                                         ".successThreshold", ".failureThreshold"};
    check_handler(c, probe);
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (obj_int(probe, counts[i], 0) < 0)
            check_invalid(c, counts[i] + 1, obj_get(probe, counts[i]), "must be greater than or equal to 0");
}

/* type LifecycleHandler check=fn:lifecycle_handler */
void check_lifecycle_handler(struct check *c, const struct json *handler, const struct json *old)
{
    (void)old;
    check_handler(c, handler);
}
