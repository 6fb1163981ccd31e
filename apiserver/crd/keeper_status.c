/* keeper_status.c - see keeper_status.h.
 * Reads: a definition, accepted names.   Writes: its status.
 * Upstream: apiextensions-apiserver pkg/controller/{status,establish,apiapproval}, pkg/apihelpers/helpers.go. */
#include "apiserver/crd/keeper_status.h"

#include "api/object.h"
#include "api/quote.h"
#include "apiserver/crd/names.h"
#include "apiserver/object/crd.h"
#include "base/clk.h"

enum { MESSAGE_MAX = 32 << 10 };

void status_set(struct arena *a, struct json *def, const char *type, const char *status, const char *reason,
                const char *message)
{
    struct json *c = NULL;
    for (OBJ_EACH(it, def, ".status.conditions"))
        if (obj_is(it, ".type", type)) c = (struct json *)it;
    bool moved = !c || !obj_is(c, ".status", status) || !obj_str(c, ".lastTransitionTime").n;
    if (!c) {
        if (!obj_has(def, ".status.conditions")) obj_put(a, def, ".status.conditions", obj_list(a));
        c = obj_append(a, def, ".status.conditions");
        obj_put_cstr(a, c, ".type", type);
    }
    if (moved) obj_put_time(a, c, ".lastTransitionTime", clk_s());
    obj_put_cstr(a, c, ".status", status);
    obj_put_cstr(a, c, ".reason", reason);
    obj_put_cstr(a, c, ".message", message);
}

/* ---- Names ---- */

static const char *in_use(struct arena *a, struct str name)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, MESSAGE_MAX);
    quote_go(&b, name);
    buf_cstr(&b, " is already in use");
    return str_cstr(a, buf_view(&b));
}

struct verdict {
    const char *reason, *message; /* of the last conflict */
};

static void accept_name(struct arena *a, const struct json *def, struct json *accepted, const char *path, bool is_kind,
                        const char *reason, struct verdict *v)
{
    struct str wanted = obj_str(obj_get(def, ".spec.names"), path), has = obj_str(accepted, path);
    if (!str_eq(wanted, has) && names_has(obj_str(def, ".spec.group"), is_kind, wanted))
        *v = (struct verdict){reason, in_use(a, wanted)};
    else if (wanted.n)
        obj_put_str(a, accepted, path, wanted);
    else
        obj_put_cstr(a, accepted, path, "");
}

static bool has_text(const struct json *list, struct str text)
{
    JSON_FOREACH(it, list)
    if (str_eq(obj_text(it), text)) return true;
    return false;
}

/* As utilerrors.NewAggregate tells several: each once, in brackets. */
static const char *aggregate(struct arena *a, const struct json *errors)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, MESSAGE_MAX);
    if (errors->count > 1) buf_char(&b, '[');
    JSON_FOREACH(it, errors) buf_addf(&b, "%s%.*s", it == errors->u.kids.head ? "" : ", ", STR_ARG(it->u.s));
    if (errors->count > 1) buf_char(&b, ']');
    return str_cstr(a, buf_view(&b));
}

static void accept_short_names(struct arena *a, const struct json *def, struct json *accepted, struct verdict *v)
{
    const struct json *wanted = obj_get(def, ".spec.names.shortNames"), *has = obj_get(accepted, ".shortNames");
    struct json *errors = json_arr(a);
    JSON_FOREACH(it, wanted)
    {
        struct str name = obj_text(it);
        if (has_text(has, name) || !names_has(obj_str(def, ".spec.group"), false, name)) continue;
        struct str text = str_of(in_use(a, name));
        if (!has_text(errors, text)) json_push(errors, json_str(a, text));
    }
    if (errors->count)
        *v = (struct verdict){"ShortNamesConflict", aggregate(a, errors)};
    else if (wanted)
        obj_put_copy(a, accepted, ".shortNames", wanted);
    else
        obj_del(accepted, ".shortNames");
}

static void accept_names(struct arena *a, const struct json *def, struct json *accepted, struct verdict *v)
{
    const struct json *categories = obj_get(def, ".spec.names.categories");
    accept_name(a, def, accepted, ".plural", false, "PluralConflict", v);
    accept_name(a, def, accepted, ".singular", false, "SingularConflict", v);
    accept_short_names(a, def, accepted, v);
    accept_name(a, def, accepted, ".kind", true, "KindConflict", v);
    accept_name(a, def, accepted, ".listKind", true, "ListKindConflict", v);
    if (categories)
        obj_put_copy(a, accepted, ".categories", categories);
    else
        obj_del(accepted, ".categories");
}

static bool same(const struct json *a, const struct json *b) { return a == b || (a && b && json_equal(a, b)); }

static bool naming(struct arena *a, struct json *def)
{
    const struct json *before = obj_get(def, ".status.acceptedNames"), *old = obj_condition(def, "NamesAccepted");
    struct json *accepted = before ? obj_copy(a, before) : obj_empty(a);
    struct verdict v = {NULL, NULL};
    if (same(obj_get(def, ".spec.names"), before)) return false;
    accept_names(a, def, accepted, &v);
    const char *status = v.reason ? "False" : "True", *reason = v.reason ? v.reason : "NoConflicts",
               *message = v.reason ? v.message : "no conflicts found";
    bool same_condition =
        old && obj_is(old, ".status", status) && obj_is(old, ".reason", reason) && obj_is(old, ".message", message);
    if (same_condition && same(accepted, before)) return false;
    obj_put(a, def, ".status.acceptedNames", accepted);
    status_set(a, def, "NamesAccepted", status, reason, message);
    if (obj_condition_true(def, "Established")) return true;
    if (!v.reason)
        status_set(a, def, "Established", "False", "Installing", "the initial names have been accepted");
    else if (!obj_condition(def, "Established"))
        status_set(a, def, "Established", "False", "NotAccepted", "not all names are accepted");
    return true;
}

/* ---- Establishing ---- */

static bool establish(struct arena *a, struct json *def)
{
    if (!obj_condition_true(def, "NamesAccepted") || obj_condition_true(def, "Established")) return false;
    if (!crd_ca_is_bad(a, def)) {
        status_set(a, def, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted");
        return true;
    }
    if (obj_is(obj_condition(def, "Established"), ".reason", "InvalidCABundle")) return false;
    status_set(a, def, "Established", "False", "InvalidCABundle", "The conversion webhook CABundle is invalid");
    return true;
}

/* ---- Schemas ---- */

/* Those of v1 are always structural: only a client can have written that one is not. */
static bool structural(struct json *def)
{
    struct json *conditions = obj_edit(def, ".status.conditions");
    JSON_FOREACH(it, conditions)
    {
        if (!obj_is(it, ".type", "NonStructuralSchema")) continue;
        json_remove(conditions, it);
        return true;
    }
    return false;
}

/* ---- Groups of the community ---- */

static bool is_protected(struct str group)
{
    return str_eqc(group, "k8s.io") || str_ends(group, STR(".k8s.io")) || str_eqc(group, "kubernetes.io") ||
           str_ends(group, STR(".kubernetes.io"));
}

static bool is_url(struct str s)
{
    const char *colon = memmem(s.p, s.n, "://", 3);
    return colon && colon > s.p && colon + 3 < s.p + s.n && colon[3] != '/';
}

static bool approve(struct arena *a, struct json *def)
{
    static const char key[] = "api-approved.kubernetes.io";
    struct str said = obj_map_str(def, ".metadata.annotations", STR(key));
    const struct json *old = obj_condition(def, "KubernetesAPIApprovalPolicyConformant");
    const char *status = "False", *reason, *message;
    if (!is_protected(obj_str(def, ".spec.group"))) return false;
    if (!said.n) {
        reason = "MissingAnnotation";
        message = arena_printf(a,
                               "protected groups must have approval annotation \"%s\", see "
                               "https://github.com/kubernetes/enhancements/pull/1111",
                               key);
    } else if (str_starts(said, STR("unapproved"))) {
        struct buf b AUTO_BUF = {0};
        buf_init(&b, MESSAGE_MAX);
        quote_go(&b, said);
        reason = "UnapprovedAnnotation";
        message = arena_printf(a, "not approved: %.*s", STR_ARG(buf_view(&b)));
    } else if (is_url(said)) {
        status = "True";
        reason = "ApprovedAnnotation";
        message = arena_printf(a, "approved in %.*s", STR_ARG(said));
    } else {
        reason = "InvalidAnnotation";
        message = arena_printf(a,
                               "protected groups must have approval annotation \"%s\" with either a URL or a reason "
                               "starting with \"unapproved\", see "
                               "https://github.com/kubernetes/enhancements/pull/1111",
                               key);
    }
    if (old && obj_is(old, ".status", status) && obj_is(old, ".reason", reason) && obj_is(old, ".message", message))
        return false;
    status_set(a, def, "KubernetesAPIApprovalPolicyConformant", status, reason, message);
    return true;
}

bool status_next(struct arena *a, struct json *def)
{
    return approve(a, def) || structural(def) || naming(a, def) || establish(a, def);
}
