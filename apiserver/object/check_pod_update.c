/* check_pod_update.c - what may change in the spec of a pod that exists (ValidatePodUpdate in
 * pkg/apis/core/validation/validation.go).
 * Reads: old and new spec.   Writes: struct check. */
#include "apiserver/object/check_pod.h"

#include "apiserver/object/inner.h"
#include "apiserver/object/object.h"
#include "apiserver/object/same.h"
#include "apiserver/registry/keep.h"
#include "schema_ids.h"

static const char required_name[] = "requiredDuringSchedulingIgnoredDuringExecution";
static const char terms_name[] = "nodeSelectorTerms";

enum { DEADLINE_MAX = 2147483647, KEY_TEXT_MAX = 16 << 20 }; /* a request has 3 MB, which escapes may lengthen */

/* ---- Containers: none more, none fewer ---- */

static bool check_same_count(struct check *c, const char *list, const struct json *now, const struct json *old)
{
    size_t i = 0;
    if (count_at(now, list) != count_at(old, list)) {
        check_forbidden(c, list, "pod updates may not add or remove containers");
        return false;
    }
    JSON_FOREACH(it, member_at(now, list))
    {
        struct str image = text_at(it, "image");
        size_t mark = check_member(c, list);
        check_index(c, i++);
        if (!image.n) check_required(c, "image", "");
        if (check_trimmed(image).n != image.n)
            check_invalid_str(c, "image", image, "must not have leading or trailing whitespace");
        check_pop(c, mark);
    }
    return true;
}

/* ---- Fields with rules of their own ---- */

/* False: no more is looked at. */
static bool check_deadline(struct check *c, const struct json *now, const struct json *old)
{
    const struct json *value = member_at(now, "activeDeadlineSeconds"), *was = member_at(old, "activeDeadlineSeconds");
    int64_t n = obj_number(value, 0);
    if (!value) {
        if (was)
            check_invalid(c, "activeDeadlineSeconds", NULL, "must not update from a positive integer to nil value");
        return true;
    }
    if (n < 0 || n > DEADLINE_MAX) {
        check_invalid(c, "activeDeadlineSeconds", value, "must be between 0 and 2147483647, inclusive");
        return false;
    }
    if (was && obj_number(was, 0) < n) {
        check_invalid(c, "activeDeadlineSeconds", value, "must be less than or equal to previous value");
        return false;
    }
    return true;
}

/* All that tells two tolerations apart but the seconds. */
static struct str toleration_key(struct arena *a, const struct json *t)
{
    struct buf text AUTO_BUF = {0};
    static const char *const members[] = {"key", "operator", "value", "effect"};
    buf_init(&text, KEY_TEXT_MAX);
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        json_write_string(&text, text_at(t, members[i]));
        buf_char(&text, ' ');
    }
    return str_copy(a, buf_view(&text));
}

static void check_kept_tolerations(struct check *c, const struct json *now, const struct json *old)
{
    struct name_set have AUTO_NAME_SET = {0};
    JSON_FOREACH(it, now) name_set_add(&have, toleration_key(c->arena, it), NULL);
    JSON_FOREACH(it, old)
    {
        if (name_set_has(&have, toleration_key(c->arena, it))) continue;
        check_forbidden(c, "tolerations", "existing toleration can not be modified except its tolerationSeconds");
        return;
    }
    check_tolerations(c, "tolerations", now);
}

static void check_removed_gates(struct check *c, const struct json *now, const struct json *old)
{
    struct name_set had AUTO_NAME_SET = {0};
    size_t i = 0;
    JSON_FOREACH(it, old) name_set_add(&had, text_at(it, "name"), NULL);
    JSON_FOREACH(it, now)
    {
        struct str name = text_at(it, "name");
        size_t mark = check_member(c, "schedulingGates");
        check_index(c, i++);
        if (name_set_add(&had, name, NULL))
            check_forbidden(c, "name",
                            arena_printf(c->arena, "only deletion is allowed, but found new scheduling gate '%.*s'",
                                         STR_ARG(name)));
        check_pop(c, mark);
    }
}

/* ---- Gated pods: what narrows the choice of nodes ---- */

static void check_narrowed_selector(struct check *c, const struct json *now, const struct json *old)
{
    const struct json *at = json_kids(now);
    JSON_FOREACH(it, old)
    {
        const struct json *same = map_seek(&at, it->key);
        if (same && str_eq(json_string(same), json_string(it))) continue;
        check_invalid(c, "nodeSelector", now,
                      "only additions to spec.nodeSelector are allowed (no mutations or deletions)");
        return;
    }
}

/* Does `now` begin with all of `old`? */
static bool begins_with(const struct json *now, const struct json *old)
{
    const struct json *x = json_kids(now);
    JSON_FOREACH(it, old)
    {
        if (!x || !json_equal(x, it)) return false;
        x = x->next;
    }
    return true;
}

static bool only_adds(const struct json *now, const struct json *old)
{
    bool was_empty = !count_at(old, "matchExpressions") && !count_at(old, "matchFields");
    if (was_empty && (count_at(now, "matchExpressions") || count_at(now, "matchFields"))) return false;
    return begins_with(member_at(now, "matchExpressions"), member_at(old, "matchExpressions")) &&
           begins_with(member_at(now, "matchFields"), member_at(old, "matchFields"));
}

/* At the spec. Terms are alternatives: each may be narrowed, none may come or go. */
static void check_narrowed_terms(struct check *c, const struct json *required, const struct json *old)
{
    const struct json *now = member_at(required, terms_name), *x = json_kids(now);
    size_t mark = check_member(c, "affinity.nodeAffinity"), i = 0;
    check_member(c, required_name);
    check_member(c, terms_name);
    if (old && old->count && old->count != (now ? now->count : 0)) {
        check_invalid_member(c, NULL, &type_core_v1_NodeSelector, terms_name, required,
                             "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
        old = NULL;
    }
    JSON_FOREACH(it, old)
    {
        size_t at = check_index(c, i++);
        if (!only_adds(x, it))
            check_invalid_inner(c, NULL, &type_core_v1_NodeSelectorTerm, x,
                                "only additions are allowed (no mutations or deletions)");
        check_pop(c, at);
        x = x->next;
    }
    check_pop(c, mark);
}

static const struct json *required_of(const struct json *spec)
{
    return member_at(member_at(member_at(spec, "affinity"), "nodeAffinity"), required_name);
}

/* ---- All the rest stays ---- */

static void put_back_images(struct arena *a, struct json *to, const struct json *from, const char *list)
{
    const struct json *old = json_kids(member_at(from, list));
    JSON_FOREACH(it, json_getc(to, list))
    {
        keep_part(a, it, old, ".image");
        object_order(&type_core_v1_Container, it, a);
        old = old->next;
    }
}

/* The old affinity's node part in the new one; an affinity that has nothing else is none when there was none. */
static void put_back_node_affinity(struct arena *a, struct json *to, const struct json *from)
{
    const struct json *old = member_at(from, "affinity");
    struct json *now = json_getc(to, "affinity");
    if (!member_at(now, "nodeAffinity") && !member_at(old, "nodeAffinity")) return;
    if (!now) {
        now = json_obj(a);
        json_set(a, to, STR("affinity"), now);
    }
    keep_part(a, now, old, ".nodeAffinity");
    object_order(&type_core_v1_Affinity, now, a);
    if (!old && !now->count) json_del(to, STR("affinity"));
}

/* A copy of the new spec with everything that may change as it was. */
static const struct json *fixed_part(struct arena *a, const struct json *now, const struct json *old)
{
    static const char *const free_members[] = {".activeDeadlineSeconds", ".schedulingGates", ".tolerations"};
    struct json *copy = json_copy(a, now);
    put_back_images(a, copy, old, "containers");
    put_back_images(a, copy, old, "initContainers");
    for (size_t i = 0; i < ARRAY_LEN(free_members); i++) keep_part(a, copy, old, free_members[i]);
    /* Defaults make one second of less than none; a pod of before they did may change by it. */
    if (int_at(old, "terminationGracePeriodSeconds", 0) < 0 && int_at(now, "terminationGracePeriodSeconds", 0) == 1)
        keep_part(a, copy, old, ".terminationGracePeriodSeconds");
    if (count_at(old, "schedulingGates")) {
        keep_part(a, copy, old, ".nodeSelector");
        put_back_node_affinity(a, copy, old);
    }
    object_order(&type_core_v1_PodSpec, copy, a);
    return copy;
}

static void check_rest(struct pod_rules *r, const struct json *old)
{
    static const char why[] =
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
        "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
        "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n";
    struct check *c = r->c;
    const struct api_type *t = &type_core_v1_PodSpec;
    if (object_same(t, r->spec, old)) return;
    if (count_at(old, "schedulingGates")) {
        check_narrowed_selector(c, member_at(r->spec, "nodeSelector"), member_at(old, "nodeSelector"));
        check_narrowed_terms(c, required_of(r->spec), member_at(required_of(old), terms_name));
    }
    const struct json *fixed = fixed_part(c->arena, r->spec, old);
    if (!object_same(t, fixed, old))
        check_forbidden(c, NULL, arena_printf(c->arena, "%s%s", why, inner_diff(c->arena, t, old, fixed)));
}

void check_pod_change(struct pod_rules *r, const struct json *old)
{
    struct check *c = r->c;
    size_t mark = check_member(c, "spec");
    if (check_same_count(c, "containers", r->spec, old) && check_same_count(c, "initContainers", r->spec, old) &&
        check_deadline(c, r->spec, old)) {
        check_kept_tolerations(c, member_at(r->spec, "tolerations"), member_at(old, "tolerations"));
        check_removed_gates(c, member_at(r->spec, "schedulingGates"), member_at(old, "schedulingGates"));
        check_rest(r, old);
    }
    check_pop(c, mark);
}
