/* check_access.c - see access.h. Reads: a normalised review.   Writes: struct check. */
#include "apiserver/object/access.h"

#include "apiserver/object/inner.h"
#include "apiserver/object/names.h"
#include "schema_ids.h"

/* ---- Selectors: operators that nobody here knows are let through ---- */

static void check_values(struct check *c, const struct json *term)
{
    struct str op = obj_str(term, ".operator");
    bool lists = str_eqc(op, "In") || str_eqc(op, "NotIn"), bare = str_eqc(op, "Exists") || str_eqc(op, "DoesNotExist");
    if (lists && !obj_count(term, ".values"))
        check_required(c, "values", "must be specified when `operator` is 'In' or 'NotIn'");
    if (bare && obj_count(term, ".values"))
        check_forbidden(c, "values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
}

static void check_field_term(struct check *c, const struct json *term)
{
    if (!obj_str(term, ".key").n) check_required(c, "key", "must be specified");
    check_values(c, term);
}

static void check_label_term(struct check *c, const struct json *term)
{
    size_t i = 0;
    const char *why = name_qualified(obj_str(term, ".key"));
    check_values(c, term);
    if (why) check_invalid(c, "key", json_getc(term, "key"), why);
    for (OBJ_EACH(it, term, ".values")) {
        const char *member = arena_printf(c->arena, "values[%zu]", i++);
        if ((why = name_label_value(obj_text(it)))) check_invalid(c, member, it, why);
    }
}

static void check_selector(struct check *c, const char *member, const struct json *selector,
                           void (*check_term)(struct check *c, const struct json *term))
{
    struct str raw = obj_str(selector, ".rawSelector");
    size_t outer = check_member(c, member), i = 0, n = obj_count(selector, ".requirements");
    if (selector && raw.n && n)
        check_invalid_str(c, "rawSelector", raw, "may not specified at the same time as requirements");
    if (selector && !raw.n && !n)
        check_required(
            c, "requirements",
            arena_printf(c->arena, "when %s is specified, requirements or rawSelector is required", c->path));
    for (OBJ_EACH(term, selector, ".requirements")) {
        size_t mark = check_member(c, "requirements");
        check_index(c, i++);
        check_term(c, term);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* ---- What is asked ---- */

static void check_attributes(struct check *c, const struct json *spec)
{
    const struct json *path = json_getc(spec, "nonResourceAttributes"), *object = json_getc(spec, "resourceAttributes");
    if (path && object)
        check_invalid_inner(c, "nonResourceAttributes", &type_authorization_k8s_io_v1_NonResourceAttributes, path,
                            "cannot be specified in combination with resourceAttributes");
    if (!path && !object)
        check_invalid(c, "resourceAttributes", NULL,
                      "exactly one of nonResourceAttributes or resourceAttributes must be specified");
}

static void check_object(struct check *c, const struct json *spec)
{
    const struct json *object = json_getc(spec, "resourceAttributes");
    size_t mark = check_member(c, "resourceAttributes");
    check_selector(c, "fieldSelector", json_getc(object, "fieldSelector"), check_field_term);
    check_selector(c, "labelSelector", json_getc(object, "labelSelector"), check_label_term);
    check_pop(c, mark);
}

static void check_subject_spec(struct check *c, const struct json *spec)
{
    struct str user = obj_str(spec, ".user");
    size_t mark = check_member(c, "spec");
    check_attributes(c, spec);
    if (!user.n && !obj_count(spec, ".groups"))
        check_invalid_str(c, "user", STR(""), "at least one of user or group must be specified");
    check_object(c, spec);
    check_pop(c, mark);
}

/* A question has no name and no labels. */
static void check_no_metadata(struct check *c, const struct json *review, bool namespaced, const char *why)
{
    for (OBJ_EACH(it, review, ".metadata")) {
        struct str key = obj_key(it);
        if (str_eqc(key, "managedFields") || (namespaced && str_eqc(key, "namespace"))) continue;
        check_invalid(c, "metadata", obj_get(review, ".metadata"), why);
        return;
    }
}

void check_subject_access(struct check *c, const struct json *review)
{
    check_subject_spec(c, json_getc(review, "spec"));
    check_no_metadata(c, review, false, "must be empty");
}

void check_self_access(struct check *c, const struct json *review)
{
    size_t mark = check_member(c, "spec");
    check_attributes(c, json_getc(review, "spec"));
    check_object(c, json_getc(review, "spec"));
    check_pop(c, mark);
    check_no_metadata(c, review, false, "must be empty");
}

void check_local_access(struct check *c, const struct json *review)
{
    const struct json *path = obj_get(review, ".spec.nonResourceAttributes");
    struct str asked = obj_str(review, ".spec.resourceAttributes.namespace");
    check_subject_spec(c, json_getc(review, "spec"));
    check_no_metadata(c, review, true, "must be empty except for namespace");
    if (obj_has(review, ".spec.resourceAttributes") && !str_eq(asked, obj_ns(review)))
        check_invalid_str(c, "spec.resourceAttributes.namespace", asked.p ? asked : STR(""),
                          "must match metadata.namespace");
    if (path)
        check_invalid_inner(c, "spec.nonResourceAttributes", &type_authorization_k8s_io_v1_NonResourceAttributes, path,
                            "disallowed on this kind of request");
}
