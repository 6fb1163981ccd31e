/* namespace_report.c - texts and conditions of namespaces that are being deleted. Reads: lists of what remains. */
#include "controllers/namespace_report.h"

#include "controllers/limits.h"

void ns_report_init(struct ns_report *r, struct arena *a)
{
    *r = (struct ns_report){.arena = a,
                            .kinds = obj_empty(a),
                            .finalizers = obj_empty(a),
                            .errors = obj_empty(a),
                            .undiscovered = obj_empty(a)};
}

static void count(struct ns_report *r, struct json *in, struct str text, int64_t n)
{
    struct json *had = json_get(in, text);
    int64_t before = had ? obj_number(had, 0) : 0;
    json_set(r->arena, in, str_copy(r->arena, text), json_int(r->arena, before + n));
}

void ns_report_error(struct ns_report *r, const char *text) { count(r, r->errors, str_of(text), 1); }

bool ns_report_left(struct ns_report *r, const struct api_resource *res, struct str ns, const struct json *list,
                    int64_t estimate_s, struct err *e)
{
    char version[API_VERSION_MAX];
    size_t n = obj_count(list, ".items");
    bool held = false;
    if (!n) return true;
    count(r, r->kinds, str_printf(r->arena, "%s.%s", res->plural, res->group), (int64_t)n);
    for (OBJ_EACH(item, list, ".items"))
        for (OBJ_EACH(f, item, ".metadata.finalizers")) {
            count(r, r->finalizers, obj_text(f), 1);
            held = true;
        }
    if (!estimate_s && held) estimate_s = NS_FINALIZERS_S;
    r->estimate_s = MAX(r->estimate_s, estimate_s);
    if (estimate_s) return true;
    const char *gv = *res->group ? api_version_of(res, version) : arena_printf(r->arena, "/%s", res->version);
    return err_set(e, ERR_INTERNAL, "unexpected items still remain in namespace: %.*s for gvr: %s, Resource=%s",
                   STR_ARG(ns), gv, res->plural);
}

size_t ns_report_error_count(const struct ns_report *r) { return obj_count(r->errors, ""); }

bool ns_report_is_empty(const struct ns_report *r) { return !obj_count(r->kinds, "") && !ns_report_error_count(r); }

/* "a<middle>1<end>, b<middle>2<end>", sorted; without middle the keys alone. */
static struct str join(const struct ns_report *r, const struct json *counts, const char *middle, const char *end)
{
    struct buf b AUTO_BUF = {0};
    struct json *sorted = obj_copy(r->arena, counts);
    buf_init(&b, NS_CONDITION_MAX);
    json_sort_keys(sorted);
    for (OBJ_EACH(it, sorted, "")) {
        if (b.n) buf_cstr(&b, ", ");
        buf_str(&b, obj_key(it));
        if (middle) buf_addf(&b, "%s%lld%s", middle, (long long)obj_number(it, 0), end);
    }
    return str_copy(r->arena, buf_view(&b));
}

struct str ns_report_errors(const struct ns_report *r) { return join(r, r->errors, NULL, NULL); }

void ns_report_undiscovered(struct ns_report *r, struct str text) { count(r, r->undiscovered, text, 1); }

struct str ns_report_discovery(const struct ns_report *r)
{
    struct str groups = join(r, r->undiscovered, NULL, NULL);
    if (!groups.n) return groups;
    return str_printf(r->arena, "unable to retrieve the complete list of server APIs: %.*s", STR_ARG(groups));
}

void ns_report_conditions(const struct ns_report *r, struct json *ns, int64_t now_s)
{
    static const char instances[] = " resource instances";
    struct str unknown = ns_report_discovery(r);
    size_t errors = ns_report_error_count(r), kinds = obj_count(r->kinds, ""), held = obj_count(r->finalizers, "");
    struct str failed = ns_report_errors(r), left = join(r, r->kinds, " has ", instances),
               holding = join(r, r->finalizers, " in ", instances);
    const struct {
        const char *type, *good_reason, *good;
        bool bad;
        const char *bad_reason;
        struct str text;
    } rows[] = {
        {"NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered",
         unknown.n > 0, "DiscoveryFailed",
         str_printf(r->arena, "Discovery failed for some groups, %zu failing: %.*s", obj_count(r->undiscovered, ""),
                    STR_ARG(unknown))},
        {"NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions",
         "All legacy kube types successfully parsed", false, NULL, STR_NULL},
        {"NamespaceDeletionContentFailure", "ContentDeleted",
         "All content successfully deleted, may be waiting on finalization", errors > 0, "ContentDeletionFailed",
         str_printf(r->arena, "Failed to delete all resource types, %zu remaining: %.*s", errors, STR_ARG(failed))},
        {"NamespaceContentRemaining", "ContentRemoved", "All content successfully removed", kinds > 0,
         "SomeResourcesRemain", str_printf(r->arena, "Some resources are remaining: %.*s", STR_ARG(left))},
        {"NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished",
         held > 0, "SomeFinalizersRemain",
         str_printf(r->arena, "Some content in the namespace has finalizers remaining: %.*s", STR_ARG(holding))},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        obj_set_condition(r->arena, ns, rows[i].type, rows[i].bad ? "True" : "False",
                          rows[i].bad ? rows[i].bad_reason : rows[i].good_reason,
                          rows[i].bad ? rows[i].text : str_of(rows[i].good), now_s);
}
