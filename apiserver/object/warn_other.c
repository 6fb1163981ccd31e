/* warn_other.c - warnings of nodes, configuration, quotas, classes of runtimes, devices, admission and custom kinds.
 * Reads: the request's trees.   Writes: struct warnings.
 * Upstream: the strategies in pkg/registry/{core,node,resource,admissionregistration}, and in apiextensions-apiserver
 * pkg/registry/customresourcedefinition. */
#include "apiserver/object/check_pod.h"
#include "apiserver/object/crd_schema.h"
#include "apiserver/object/node_label.h"
#include "apiserver/object/object.h"
#include "apiserver/object/tls_pair.h"
#include "apiserver/object/warn.h"

#include <stdlib.h>

#include "api/quantity.h"

#include <stdio.h>

/* ---- Nodes, configuration, quotas ---- */

void warn_node(struct warn *w, const struct json *node, const struct json *old)
{
    (void)old;
    if (obj_has(node, ".spec.configSource")) warn_at(w, "spec.configSource", "the feature is removed");
    if (obj_str(node, ".spec.externalID").n)
        warn_at(w, "spec.externalID", "this field is deprecated, and is unused by Kubernetes");
    warn_cidrs(w, "spec.podCIDRs", obj_get(node, ".spec.podCIDRs"));
}

static struct str secret_bytes(struct arena *a, const struct json *secret, const char *path)
{
    struct str bytes;
    return object_unbase64(a, obj_str(secret, path), &bytes) ? bytes : STR("");
}

void warn_secret(struct warn *w, const struct json *secret, const struct json *old)
{
    struct arena *a = w->to->arena;
    (void)old;
    if (!obj_is(secret, ".type", "kubernetes.io/tls")) return;
    const char *why =
        tls_pair_problem(a, secret_bytes(a, secret, ".data[tls.crt]"), secret_bytes(a, secret, ".data[tls.key]"));
    if (why) warn_bare(w, "%s", why);
}

void warn_account(struct warn *w, const struct json *account, const struct json *old)
{
    static const char mountable[] = ".metadata.annotations[kubernetes.io/enforce-mountable-secrets]";
    if (obj_has(account, mountable) && !obj_has(old, mountable))
        warn_at(w, "metadata.annotations[kubernetes.io/enforce-mountable-secrets]",
                "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets");
}

/* hard["requests.cpu"], or hard["cpu"] where that says the same. */
static const struct json *quota_request(const struct json *hard, const char *name, bool bare)
{
    char key[64];
    snprintf(key, sizeof key, "requests.%s", name);
    const struct json *request = member_at(hard, key);
    return request || !bare ? request : member_at(hard, name);
}

static bool is_more(const struct json *x, const struct json *y)
{
    struct qty a, b;
    struct err e = ERR_INIT;
    return qty_parse(json_string(x), &a, &e) && qty_parse(json_string(y), &b, &e) && qty_cmp(&a, &b) > 0;
}

void warn_quota(struct warn *w, const struct json *quota, const struct json *old)
{
    static const char *const names[] = {"cpu", "memory", "storage", "ephemeral-storage"};
    const struct json *hard = obj_get(quota, ".spec.hard");
    if (old) return;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char key[64];
        snprintf(key, sizeof key, "limits.%s", names[i]);
        const struct json *request = quota_request(hard, names[i], i < 2), *limit = member_at(hard, key);
        if (request && limit && is_more(request, limit))
            warn_bare(w, "ResourceQuota %.*s (%.*s) should be less than %s (%.*s)", STR_ARG(request->key),
                      STR_ARG(json_string(request)), key, STR_ARG(json_string(limit)));
    }
}

/* ---- Runtimes and devices ---- */

void warn_runtime_class(struct warn *w, const struct json *class, const struct json *old)
{
    (void)old;
    for (OBJ_EACH(it, class, ".scheduling.nodeSelector")) {
        const char *why = node_label_deprecated(obj_key(it));
        if (why) warn_at(w, "scheduling.nodeSelector", "%s", why);
    }
}

void warn_slice(struct warn *w, const struct json *slice, const struct json *old)
{
    struct str driver = obj_str(slice, ".spec.driver");
    (void)old;
    for (size_t i = 0; i < driver.n; i++) {
        if (driver.p[i] < 'A' || driver.p[i] > 'Z') continue;
        warn_at(w, "spec.driver", "driver names should be lowercase; \"%.*s\" contains uppercase characters",
                STR_ARG(driver));
        return;
    }
}

/* ---- Admission ---- */

void warn_static_name(struct warn *w, const struct json *obj, const struct json *old)
{
    (void)old;
    if (str_ends(obj_name(obj), STR(".static.k8s.io")))
        warn_at(w, "metadata.name",
                "names ending with \".static.k8s.io\" are reserved for static manifest-based configurations and cannot "
                "be managed via the API");
}

/* ---- Custom kinds: formats that no schema knows ---- */

static bool is_one_of(struct str s, const char *const *words)
{
    for (; *words; words++)
        if (str_eqc(s, *words)) return true;
    return false;
}

/* Dashes do not count. */
static bool is_text_format(struct str format)
{
    static const char *const known[] = {"bsonobjectid", "uri",         "email",    "hostname", "ipv4",       "ipv6",
                                        "cidr",         "mac",         "uuid",     "uuid3",    "uuid4",      "uuid5",
                                        "isbn",         "isbn10",      "isbn13",   "ssn",      "creditcard", "hexcolor",
                                        "rgbcolor",     "byte",        "password", "date",     "duration",   "datetime",
                                        "k8sshortname", "k8slongname", NULL};
    char text[16];
    size_t n = 0;
    for (size_t i = 0; i < format.n; i++) {
        if (format.p[i] == '-') continue;
        if (n == sizeof text) return false;
        text[n++] = format.p[i];
    }
    return is_one_of(str_n(text, n), known);
}

static bool is_format(struct str format, struct str type)
{
    static const char *const integers[] = {"int32", "int64", NULL}, *const numbers[] = {"float", "double", NULL};
    if (!type.n || str_eqc(type, "string")) return is_text_format(format);
    if (str_eqc(type, "integer")) return is_one_of(format, integers);
    return str_eqc(type, "number") && is_one_of(format, numbers);
}

struct formats {
    struct warn *w;
    struct name_set were; /* unknown ones that the old definition has */
    bool now;             /* of the new one: those that were not are told */
};

static bool look_at_format(const struct json *schema, void *ctx)
{
    struct formats *f = ctx;
    struct str format = text_at(schema, "format");
    if (!format.n || is_format(format, text_at(schema, "type"))) return false;
    if (!f->now)
        name_set_add(&f->were, format, NULL);
    else if (!name_set_has(&f->were, format))
        warn_bare(f->w, "unrecognized format %s", warn_quoted(f->w, format));
    return false;
}

static bool has_rules(const struct json *schema, void *ctx)
{
    (void)ctx;
    const struct json *rules = json_getc(schema, "x-kubernetes-validations");
    return rules && rules->count;
}

/* Our own word: upstream evaluates them. */
static void warn_rules(struct warn *w, const struct json *crd)
{
    bool any = false;
    for (OBJ_EACH(v, crd, ".spec.versions"))
        any = any || schema_has(obj_get(v, ".schema.openAPIV3Schema"), has_rules, NULL);
    if (any)
        warn_bare(w, "x-kubernetes-validations rules are stored and published, but this version of kubestep does not "
                     "evaluate them");
}

static bool is_standard_finalizer(struct str f)
{
    static const char *const standard[] = {"orphan", "foregroundDeletion", "kubernetes", NULL};
    return is_one_of(f, standard);
}

static bool has_finalizer(const struct json *obj, struct str name)
{
    for (OBJ_EACH(f, obj, ".metadata.finalizers"))
        if (str_eq(obj_text(f), name)) return true;
    return false;
}

static int by_text(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

/* Finalizers that others may have, too (pkg/registry/customresource/validator.go). */
void warn_custom(struct warn *w, const struct json *obj, const struct json *old)
{
    size_t n = 0, most = obj_count(obj, ".metadata.finalizers");
    struct str *added = most ? ARENA_ARRAY(w->to->arena, struct str, most) : NULL;
    for (OBJ_EACH(f, obj, ".metadata.finalizers"))
        if (!has_finalizer(old, obj_text(f))) added[n++] = obj_text(f);
    if (n) qsort(added, n, sizeof *added, by_text);
    for (size_t i = 0; i < n; i++) {
        struct str f = added[i];
        if ((i && str_eq(f, added[i - 1])) || str_chr(f, '/') != SIZE_MAX || is_standard_finalizer(f)) continue;
        warn_bare(w,
                  "metadata.finalizers: %s: prefer a domain-qualified finalizer name %sto avoid accidental conflicts "
                  "with other finalizer writers",
                  warn_quoted(w, f), str_chr(f, '.') != SIZE_MAX ? "including a path (/) " : "");
    }
}

void warn_crd(struct warn *w, const struct json *crd, const struct json *old)
{
    warn_rules(w, crd);
    struct formats f = {.w = w};
    name_set_init(&f.were);
    for (OBJ_EACH(v, old, ".spec.versions")) schema_has(obj_get(v, ".schema.openAPIV3Schema"), look_at_format, &f);
    f.now = true;
    for (OBJ_EACH(v, crd, ".spec.versions")) schema_has(obj_get(v, ".schema.openAPIV3Schema"), look_at_format, &f);
    name_set_release(&f.were);
}
