/* check_crd.c - validation of CustomResourceDefinitions
 * (apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go). Rules in CEL are not compiled.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/crd.h"

#include "apiserver/crd/check_defaults.h"
#include "apiserver/object/check_admission.h"
#include "apiserver/object/crd_schema.h"
#include "apiserver/object/inner.h"
#include "apiserver/object/names.h"
#include "apiserver/object/object.h"
#include "apiserver/object/pem.h"
#include "apiserver/object/url.h"
#include "base/map.h"
#include "schema_ids.h"

enum { SELECTABLE_MAX = 8, WARNING_MAX = 256 };

/* What all versions have alike is, upstream, a member of the spec; errors name it so. */
struct common {
    bool schema, subresources, columns, selectable;
};

static bool all_alike(const struct json *spec, const char *member)
{
    const struct json *first = json_getc(obj_get(spec, ".versions[0]"), member);
    for (OBJ_EACH(v, spec, ".versions")) {
        const struct json *own = json_getc(v, member);
        if (!json_equal(first, own)) return false;
    }
    return true;
}

static struct common common_of(const struct json *spec)
{
    return (struct common){all_alike(spec, "schema"), all_alike(spec, "subresources"),
                           all_alike(spec, "additionalPrinterColumns"), all_alike(spec, "selectableFields")};
}

static const struct json *first_version(const struct json *spec) { return obj_get(spec, ".versions[0]"); }

/* ---- Names ---- */

static void check_label(struct check *c, const struct json *names, const char *member)
{
    struct str s = obj_text(json_getc(names, member));
    const char *why = s.n ? name_dns1035_label(s) : NULL;
    check_invalid_joined(c, member, s, "", why);
}

static void check_kind(struct check *c, const struct json *names, const char *member)
{
    struct str s = obj_text(json_getc(names, member));
    const char *why = s.n ? name_dns1035_label(str_lower(c->arena, s)) : NULL;
    check_invalid_joined(c, member, s, "may have mixed case, but should otherwise match: ", why);
}

static void check_labels_of(struct check *c, const struct json *names, const char *member)
{
    size_t i = 0;
    for (OBJ_EACH(it, json_getc(names, member), "")) {
        const char *why = name_dns1035_label(obj_text(it)), *path = arena_printf(c->arena, "%s[%zu]", member, i++);
        check_invalid_joined(c, path, obj_text(it), "", why);
    }
}

static void check_crd_names(struct check *c, const char *member, const struct json *names)
{
    struct str kind = obj_str(names, ".kind");
    size_t mark = check_member(c, member);
    check_label(c, names, "plural");
    check_label(c, names, "singular");
    check_kind(c, names, "kind");
    check_kind(c, names, "listKind");
    check_labels_of(c, names, "shortNames");
    if (kind.n && str_eq(kind, obj_str(names, ".listKind")))
        check_invalid_str(c, "listKind", kind, "kind and listKind may not be the same");
    check_labels_of(c, names, "categories");
    check_pop(c, mark);
}

static void check_required_names(struct check *c, const struct json *spec)
{
    static const char *const wanted[] = {"plural", "singular", "kind", "listKind"};
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        if (!obj_text(json_getc(json_getc(spec, "names"), wanted[i])).n)
            check_required(c, arena_printf(c->arena, "names.%s", wanted[i]), "");
}

static void check_group(struct check *c, struct str group)
{
    const char *why = group.n ? name_dns1123_subdomain(group) : NULL;
    if (!group.n)
        check_required(c, "group", "");
    else if (why)
        check_invalid_joined(c, "group", group, "", why);
    else if (str_chr(group, '.') == SIZE_MAX)
        check_invalid_str(c, "group", group, "should be a domain with at least one dot");
}

/* ---- Columns, paths, subresources ---- */

static const char *bad_simple_path(struct str path)
{
    return path.n && path.p[0] == '.' ? NULL : "must be a simple json path starting with .";
}

static void check_column(struct check *c, const struct json *column)
{
    static const char *const types[] = {"boolean", "date", "integer", "number", "string"};
    static const char *const formats[] = {"byte", "date", "date-time", "double", "float", "int32", "int64", "password"};
    static const char type_text[] = "must be one of boolean,date,integer,number,string",
                      format_text[] = "must be one of byte,date,date-time,double,float,int32,int64,password";
    struct str type = obj_str(column, ".type"), format = obj_str(column, ".format"),
               path = obj_str(column, ".jsonPath");
    bool type_known = false, format_known = !format.n;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) type_known = type_known || str_eqc(type, types[i]);
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) format_known = format_known || str_eqc(format, formats[i]);
    if (!obj_str(column, ".name").n) check_required(c, "name", "");
    if (!type.n)
        check_required(c, "type", type_text);
    else if (!type_known)
        check_invalid_str(c, "type", type, type_text);
    if (!format_known) check_invalid_str(c, "format", format, format_text);
    if (!path.n)
        check_required(c, "JSONPath", "");
    else if (bad_simple_path(path))
        check_invalid_str(c, "JSONPath", path, bad_simple_path(path));
}

static void check_columns(struct check *c, const struct json *holder)
{
    size_t i = 0;
    for (OBJ_EACH(it, holder, ".additionalPrinterColumns")) {
        size_t mark = check_member(c, "additionalPrinterColumns");
        check_index(c, i++);
        check_column(c, it);
        check_pop(c, mark);
    }
}

static void check_replicas_path(struct check *c, const struct json *scale, const char *member, const char *below)
{
    struct str path = obj_text(json_getc(scale, member));
    const char *shown = arena_printf(c->arena, "scale.%s", member);
    if (!path.n)
        check_required(c, shown, "");
    else if (bad_simple_path(path))
        check_invalid_str(c, shown, path, bad_simple_path(path));
    else if (!str_starts(path, str_printf(c->arena, "%s.", below)))
        check_invalid_str(c, shown, path, arena_printf(c->arena, "should be a json path under %s", below));
}

static void check_subresources(struct check *c, const struct json *holder)
{
    const struct json *scale = obj_get(holder, ".subresources.scale");
    struct str selector = obj_str(scale, ".labelSelectorPath");
    if (!scale) return;
    size_t mark = check_member(c, "subresources");
    check_replicas_path(c, scale, "specReplicasPath", ".spec");
    check_replicas_path(c, scale, "statusReplicasPath", ".status");
    if (selector.n && bad_simple_path(selector))
        check_invalid_str(c, "scale.labelSelectorPath", selector, bad_simple_path(selector));
    else if (selector.n && !str_starts(selector, STR(".spec.")) && !str_starts(selector, STR(".status.")))
        check_invalid_str(c, "scale.labelSelectorPath", selector,
                          "should be a json path under either .spec or .status");
    check_pop(c, mark);
}

/* ---- Selectable fields ---- */

static void check_selectable(struct check *c, struct member_index *ix, const struct json *schema, struct str path,
                             struct map *seen)
{
    struct str steps;
    const char *why = NULL;
    if (!path.n) {
        check_required(c, "jsonPath", "");
        return;
    }
    const struct json *found = schema_at(c->arena, ix, schema, path, false, &steps, &why);
    if (!found) {
        check_invalid_str(c, "jsonPath", path, arena_printf(c->arena, "is an invalid path: %s", why));
        return;
    }
    if (str_eqc(steps, "metadata") || str_starts(steps, STR("metadata.")))
        check_invalid_str(c, "jsonPath", path, "must not point to fields in metadata");
    if (!obj_is(found, ".type", "string") && !obj_is(found, ".type", "boolean") && !obj_is(found, ".type", "integer"))
        check_invalid_str(c, "jsonPath", path,
                          "must point to a field of type string, boolean or integer. Enum string fields and strings "
                          "with formats are allowed.");
    if (map_has(seen, steps))
        check_duplicate(c, "jsonPath", json_str(c->arena, path));
    else
        map_set(seen, steps, seen);
}

/* holder: who has the fields; schema: whose they are, or NULL. */
static void check_selectables(struct check *c, struct member_index *ix, const struct json *holder,
                              const struct json *schema, const char *without_schema)
{
    const struct json *fields = json_getc(holder, "selectableFields");
    struct map seen = {0};
    size_t i = 0;
    if (!obj_count(fields, "")) return;
    if (!schema) {
        check_invalid_str(c, "selectableFields", STR(""), without_schema);
        return;
    }
    if (schema_not_convertible(schema)) {
        check_invalid_str(c, "schema.openAPIV3Schema", STR(""), schema_not_convertible(schema));
        return;
    }
    size_t outer = check_member(c, "selectableFields");
    for (OBJ_EACH(it, fields, "")) {
        size_t mark = check_index(c, i++);
        check_selectable(c, ix, schema, obj_str(it, ".jsonPath"), &seen);
        check_pop(c, mark);
    }
    if (seen.count > SELECTABLE_MAX) check_too_many(c, NULL, seen.count, SELECTABLE_MAX);
    map_release(&seen, NULL);
    check_pop(c, outer);
}

/* ---- The schema ---- */

/* With a status subresource the schema of the status is cut out of the root's: the root must not say more. */
static void check_root_members(struct check *c, const struct json *schema)
{
    static const char *const early[] = {"id", "$schema", "$ref"};
    static const char *const late[] = {"nullable",
                                       "default",
                                       "enum",
                                       "maxProperties",
                                       "minProperties",
                                       "allOf",
                                       "oneOf",
                                       "anyOf",
                                       "not",
                                       "additionalProperties",
                                       "patternProperties",
                                       "dependencies",
                                       "additionalItems",
                                       "definitions",
                                       "x-kubernetes-embedded-resource",
                                       "x-kubernetes-int-or-string",
                                       "x-kubernetes-list-map-keys",
                                       "x-kubernetes-list-type",
                                       "x-kubernetes-map-type"};
    static const char text[] =
        "only [Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength "
        "Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example "
        "XPreserveUnknownFields XValidations] fields are allowed at the root of the schema if the status subresource "
        "is "
        "enabled";
    struct str type = obj_str(schema, ".type");
    bool more = false;
    for (size_t i = 0; i < ARRAY_LEN(early); i++) more = more || json_getc(schema, early[i]);
    if (!more && type.n && !str_eqc(type, "object")) {
        check_invalid_str(
            c, "openAPIV3Schema.type", type,
            "only \"object\" is allowed as the type at the root of the schema if the status subresource is "
            "enabled");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(late); i++) more = more || json_getc(schema, late[i]);
    if (more) check_invalid_inner(c, "openAPIV3Schema", &type_apiextensions_k8s_io_v1_JSONSchemaProps, schema, text);
}

/* member: "validation" of the spec or "schema" of a version. */
static void check_validation(struct check *c, struct member_index *ix, const char *member, const struct json *holder,
                             bool status)
{
    const struct json *schema = json_getc(holder, "openAPIV3Schema");
    int from = c->count;
    if (!schema) return;
    size_t outer = check_member(c, member);
    if (status) check_root_members(c, schema);
    if (obj_bool(schema, ".nullable", false))
        check_forbidden(c, "openAPIV3Schema.nullable", "nullable cannot be true at the root");
    const char *odd = schema_not_convertible(schema);
    size_t mark = check_member(c, "openAPIV3Schema");
    int before = c->count;
    if (!odd) check_structural(c, ix, schema);
    if (!odd && c->count == before) check_defaults(c, schema);
    check_crd_openapi(c, ix, schema);
    check_pop(c, mark);
    if (odd && c->count == from) check_invalid_str(c, "openAPIV3Schema", STR(""), odd);
    check_pop(c, outer);
}

/* ---- Versions ---- */

static void check_deprecation(struct check *c, const struct json *version)
{
    const struct json *warning = json_getc(version, "deprecationWarning");
    struct str s = obj_text(warning);
    if (!warning) return;
    if (!obj_bool(version, ".deprecated", false)) {
        check_invalid(c, "deprecationWarning", warning, "can only be set for deprecated versions");
        return;
    }
    if (s.n > WARNING_MAX) check_invalid(c, "deprecationWarning", warning, "must be <= 256 characters long");
    if (!s.n) check_invalid(c, "deprecationWarning", warning, "must not be an empty string");
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7f) continue;
        check_invalidf(c, "deprecationWarning", warning,
                       "must only contain printable UTF-8 characters; non-printable character found at index %zu", i);
        return;
    }
}

static void check_version(struct check *c, struct member_index *ix, const struct json *spec, const struct json *version,
                          const struct common *common)
{
    const struct json *holder = common->subresources ? first_version(spec) : version;
    struct str name = obj_str(version, ".name");
    const char *why = name_dns1035_label(name);
    check_invalid_joined(c, "name", name, "", why);
    check_deprecation(c, version);
    if (!common->schema)
        check_validation(c, ix, "schema", json_getc(version, "schema"), obj_has(holder, ".subresources.status"));
    if (!common->subresources) check_subresources(c, version);
    if (!common->columns) check_columns(c, version);
    if (!common->selectable)
        check_selectables(c, ix, version, common->schema ? NULL : obj_get(version, ".schema.openAPIV3Schema"),
                          "may only be set when `version.schema.openAPIV3Schema` is not included");
}

/* The versions as upstream shows them: without what they have in common. */
static const struct json *shown_versions(struct check *c, const struct json *spec, const struct common *common)
{
    struct json *out = obj_list(c->arena);
    for (OBJ_EACH(v, spec, ".versions")) {
        struct json *own = json_copy(c->arena, v);
        if (common->schema) obj_del(own, ".schema");
        if (common->subresources) obj_del(own, ".subresources");
        if (common->columns) obj_del(own, ".additionalPrinterColumns");
        if (common->selectable) obj_del(own, ".selectableFields");
        json_push(out, own);
    }
    return obj_has(spec, ".versions") ? out : NULL;
}

static void check_versions_invalid(struct check *c, const struct json *spec, const struct common *common,
                                   const char *why)
{
    check_invalid_inner(c, "versions", &type_apiextensions_k8s_io_v1_CustomResourceDefinitionVersion,
                        shown_versions(c, spec, common), why);
}

static void check_versions(struct check *c, struct member_index *ix, const struct json *spec,
                           const struct common *common)
{
    struct map names = {0};
    size_t i = 0, stored = 0;
    for (OBJ_EACH(v, spec, ".versions")) {
        size_t mark = check_member(c, "versions");
        check_index(c, i++);
        stored += obj_bool(v, ".storage", false);
        map_set(&names, obj_str(v, ".name"), &names);
        check_version(c, ix, spec, v, common);
        check_pop(c, mark);
    }
    if (names.count != i) check_versions_invalid(c, spec, common, "must contain unique version names");
    if (stored != 1) check_versions_invalid(c, spec, common, "must have exactly one version marked as storage version");
    const char *why = i ? name_dns1035_label(obj_str(first_version(spec), ".name")) : NULL;
    if (why && obj_str(first_version(spec), ".name").n)
        check_invalid_joined(c, "version", obj_str(first_version(spec), ".name"), "", why);
    map_release(&names, NULL);
}

static void check_schemas_there(struct check *c, const struct json *spec)
{
    size_t i = 0;
    for (OBJ_EACH(v, spec, ".versions")) {
        if (!obj_has(v, ".schema.openAPIV3Schema"))
            check_required(c, arena_printf(c->arena, "versions[%zu].schema.openAPIV3Schema", i), "");
        i++;
    }
}

/* ---- Conversion ---- */

static const char *ca_problem(struct arena *a, const struct json *crd)
{
    struct str bundle, encoded = obj_str(crd, ".spec.conversion.webhook.clientConfig.caBundle");
    if (!encoded.n || !object_unbase64(a, encoded, &bundle) || !bundle.n) return NULL;
    return pem_ca_problem(bundle);
}

bool crd_ca_is_bad(struct arena *a, const struct json *crd) { return ca_problem(a, crd) != NULL; }

/* Of an established definition a good bundle stays one. */
static void check_ca(struct check *c, const struct json *crd, const struct json *old)
{
    const char *why = ca_problem(c->arena, crd);
    if (!why || !old || !obj_condition_true(old, "Established") || crd_ca_is_bad(c->arena, old)) return;
    check_invalidf(c, "webhookClientConfig.caBundle", obj_get(crd, ".spec.conversion.webhook.clientConfig.caBundle"),
                   "unable to load root certificates: %s", why);
}

static void check_conversion(struct check *c, const struct json *crd, const struct json *old)
{
    const struct json *conversion = obj_get(crd, ".spec.conversion");
    static const char *const strategies[] = {"None", "Webhook", NULL};
    static const char not_webhook[] = "should not be set when strategy is not set to Webhook";
    struct str strategy = obj_str(conversion, ".strategy");
    const struct json *webhook = json_getc(conversion, "webhook"), *client = json_getc(webhook, "clientConfig"),
                      *versions = json_getc(webhook, "conversionReviewVersions");
    size_t mark = check_member(c, "conversion");
    if (!strategy.n)
        check_required(c, "strategy", "");
    else
        check_one_of(c, "strategy", strategy, strategies);
    if (!str_eqc(strategy, "Webhook")) {
        if (client) check_forbidden(c, "webhookClientConfig", not_webhook);
        if (obj_count(versions, "")) check_forbidden(c, "conversionReviewVersions", not_webhook);
    } else {
        if (client)
            check_webhook_client(c, "webhookClientConfig", client);
        else
            check_required(c, "webhookClientConfig", "required when strategy is set to Webhook");
        check_ca(c, crd, old);
        check_review_versions(c, "conversionReviewVersions", versions, "");
    }
    check_pop(c, mark);
}

/* ---- Spec ---- */

static bool has_default(const struct json *schema, void *ctx)
{
    (void)ctx;
    return json_getc(schema, "default") != NULL;
}

static void check_unpruned(struct check *c, const struct json *spec)
{
    bool defaults = false;
    if (!obj_bool(spec, ".preserveUnknownFields", false)) return;
    for (OBJ_EACH(v, spec, ".versions"))
        defaults = defaults || schema_has(obj_get(v, ".schema.openAPIV3Schema"), has_default, NULL);
    if (defaults)
        check_invalid(c, "preserveUnknownFields", json_bool(c->arena, true),
                      "must be false in order to use defaults in the schema");
}

static bool any_status(const struct json *spec)
{
    for (OBJ_EACH(v, spec, ".versions"))
        if (obj_has(v, ".subresources.status")) return true;
    return false;
}

/* What all versions share, as members of the spec. */
static void check_common(struct check *c, struct member_index *ix, const struct json *spec, const struct common *common)
{
    const struct json *v = first_version(spec);
    const struct json *schema = common->schema ? json_getc(v, "schema") : NULL;
    if (schema) check_validation(c, ix, "validation", schema, any_status(spec));
    if (common->subresources) check_subresources(c, v);
    if (common->columns) check_columns(c, v);
    if (common->selectable)
        check_selectables(c, ix, v, json_getc(schema, "openAPIV3Schema"),
                          "may only be set when validations.schema is included");
}

static void check_spec(struct check *c, const struct json *crd, const struct json *old)
{
    const struct json *spec = json_getc(crd, "spec");
    static const char *const scopes[] = {"Cluster", "Namespaced", NULL};
    struct str scope = obj_str(spec, ".scope");
    struct common common = common_of(spec);
    struct member_index ix = {0};
    check_group(c, obj_str(spec, ".group"));
    if (scope.n)
        check_one_of(c, "scope", scope, scopes);
    else
        check_required(c, "scope", "");
    check_schemas_there(c, spec);
    check_unpruned(c, spec);
    check_versions(c, &ix, spec, &common);
    check_required_names(c, spec);
    check_crd_names(c, "names", json_getc(spec, "names"));
    check_common(c, &ix, spec, &common);
    if (obj_bool(spec, ".preserveUnknownFields", false) && !obj_is(spec, ".conversion.strategy", "None"))
        check_invalid(c, "conversion.strategy", obj_get(spec, ".conversion.strategy"),
                      "must be None if spec.preserveUnknownFields is true");
    check_conversion(c, crd, old);
    member_index_release(&ix);
}

/* ---- Status ---- */

static void check_stored_versions(struct check *c, const struct json *crd)
{
    const struct json *stored = obj_get(crd, ".status.storedVersions");
    struct map served = {0};
    size_t i = 0;
    if (!obj_count(stored, "")) {
        check_invalid(c, "status.storedVersions", stored, "must have at least one stored version");
        return;
    }
    for (OBJ_EACH(it, stored, "")) map_set(&served, obj_text(it), NULL);
    for (OBJ_EACH(v, crd, ".spec.versions")) {
        struct str name = obj_str(v, ".name");
        bool known = map_has(&served, name) && !map_get(&served, name); /* a name counts once */
        if (obj_bool(v, ".storage", false) && !known)
            check_invalidf(c, "status.storedVersions", stored, "must have the storage version %.*s", STR_ARG(name));
        map_set(&served, name, &served);
    }
    for (OBJ_EACH(it, stored, "")) {
        const char *member = arena_printf(c->arena, "status.storedVersions[%zu]", i++);
        struct str v = obj_text(it);
        if (!map_get(&served, v))
            check_invalidf(
                c, member, it,
                "missing from spec.versions; %.*s was previously a storage version, and must remain in "
                "spec.versions until a storage migration ensures no data remains persisted in %.*s and removes "
                "%.*s from status.storedVersions",
                STR_ARG(v), STR_ARG(v), STR_ARG(v));
    }
    map_release(&served, NULL);
}

/* ---- Groups of the community ---- */

static const char approved[] = "api-approved.kubernetes.io";

enum approval { APPROVAL_INVALID, APPROVAL_GIVEN, APPROVAL_BYPASSED, APPROVAL_MISSING };

static struct str approval_text(const struct json *crd)
{
    return obj_text(json_getc(obj_get(crd, ".metadata.annotations"), approved));
}

static enum approval approval_of(struct arena *a, const struct json *crd)
{
    struct str text = approval_text(crd);
    struct url u;
    const char *why;
    if (!text.n) return APPROVAL_MISSING;
    if (str_starts(text, STR("unapproved"))) return APPROVAL_BYPASSED;
    return url_parse(a, text, &u, &why) && u.host.n && u.scheme.n ? APPROVAL_GIVEN : APPROVAL_INVALID;
}

static bool is_protected(struct str group)
{
    return str_eqc(group, "k8s.io") || str_ends(group, STR(".k8s.io")) || str_eqc(group, "kubernetes.io") ||
           str_ends(group, STR(".kubernetes.io"));
}

static void check_approval(struct check *c, const struct json *crd, const struct json *old)
{
    const char *member = arena_printf(c->arena, "metadata.annotations[%s]", approved);
    enum approval state = approval_of(c->arena, crd);
    if (!is_protected(obj_str(crd, ".spec.group")) || (old && approval_of(c->arena, old) == state)) return;
    if (state == APPROVAL_MISSING)
        check_required(c, member,
                       arena_printf(c->arena,
                                    "protected groups must have approval annotation \"%s\", see "
                                    "https://github.com/kubernetes/enhancements/pull/1111",
                                    approved));
    if (state == APPROVAL_INVALID)
        check_invalid_str(c, member, approval_text(crd),
                          arena_printf(c->arena,
                                       "protected groups must have approval annotation \"%s\" with either a URL or a "
                                       "reason starting with \"unapproved\", see "
                                       "https://github.com/kubernetes/enhancements/pull/1111",
                                       approved));
}

/* ---- All of it ---- */

static void check_fixed(struct check *c, const struct json *crd, const struct json *old, const char *path)
{
    const struct json *now = obj_get(crd, path), *was = obj_get(old, path);
    if (now && was && !json_equal(now, was)) check_invalid(c, path + 1, now, "field is immutable");
}

static void check_immutable(struct check *c, const struct json *crd, const struct json *old)
{
    if (obj_condition_true(old, "Established")) {
        check_fixed(c, crd, old, ".spec.scope");
        check_fixed(c, crd, old, ".spec.names.kind");
    }
    check_fixed(c, crd, old, ".spec.group");
    check_fixed(c, crd, old, ".spec.names.plural");
}

static void check_crd_name(struct check *c, const struct json *crd)
{
    struct str want = str_printf(c->arena, "%.*s.%.*s", STR_ARG(obj_str(crd, ".spec.names.plural")),
                                 STR_ARG(obj_str(crd, ".spec.group")));
    if (obj_name(crd).n && !str_eq(obj_name(crd), want))
        check_invalid_str(c, "metadata.name", obj_name(crd), "must be spec.names.plural+\".\"+spec.group");
}

void check_crd(struct check *c, const struct json *crd, const struct json *old)
{
    if (!old) check_crd_name(c, crd);
    size_t mark = check_member(c, "spec");
    check_spec(c, crd, old);
    check_pop(c, mark);
    if (old) check_immutable(c, crd, old);
    check_crd_status(c, crd);
    check_stored_versions(c, crd);
    check_approval(c, crd, old);
    if (obj_bool(crd, ".spec.preserveUnknownFields", false) &&
        !(old && obj_bool(old, ".spec.preserveUnknownFields", false)))
        check_invalid(c, "spec.preserveUnknownFields", json_bool(c->arena, true),
                      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema "
                      "instead");
}

void check_crd_status(struct check *c, const struct json *crd)
{
    check_crd_names(c, "status.acceptedNames", obj_get(crd, ".status.acceptedNames"));
}
