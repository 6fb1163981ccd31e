/* check_resources.c - requests, limits and claims of containers and of whole pods.
 * Reads: nodes of a defaulted tree; r->claims.   Writes: struct check. */
#include "apiserver/object/check_pod.h"

#include "api/decode.h"
#include "api/quantity.h"
#include "apiserver/object/inner.h"
#include "apiserver/object/resource.h"
#include "apiserver/registry/pod_resources.h"
#include "schema_ids.h"

static bool parsed(const struct json *value, struct qty *out)
{
    struct err e = ERR_INIT;
    return json_is(value, JSON_STR) && qty_parse(value->u.s, out, &e);
}

/* ---- Names and amounts ---- */

static void check_pod_resource_name(struct check *c, struct str name)
{
    static const char *const known[] = {"cpu", "hugepages-", "memory", NULL};
    int before = c->count;
    check_resource_name(c, name);
    if (c->count == before && !resource_is_of_pods(name)) check_not_supported(c, NULL, json_str(c->arena, name), known);
}

/* At the amount; most are of cpu and memory, whose names are fine. */
static bool check_amount_of(struct check *c, struct str name, const struct json *value, bool of_pod, struct qty *q)
{
    bool known = parsed(value, q), basic = str_eqc(name, "cpu") || str_eqc(name, "memory");
    if (basic) {
        if (known && q->nano < 0) check_amount(c, name, value);
        return known;
    }
    if (of_pod)
        check_pod_resource_name(c, name);
    else
        check_container_resource_name(c, name);
    check_amount(c, name, value);
    return known;
}

bool resource_is_divisible(struct str name, const struct qty *amount)
{
    struct qty page;
    struct err e = ERR_INIT;
    if (!qty_parse(str_from(name, sizeof "hugepages-" - 1), &page, &e)) return false;
    if (page.nano <= 0 || qty_milli(&page) % 1000) return false;
    return qty_value(amount) % qty_value(&page) == 0;
}

static void check_pages(struct pod_rules *r, struct str name, const struct json *value, const struct qty *q)
{
    if (!r->leeway.hugepages && !resource_is_divisible(name, q))
        check_invalidf(r->c, NULL, value, "%.*s is not positive integer multiple of %.*s", STR_ARG(json_string(value)),
                       STR_ARG(name));
}

/* ---- Requests and limits ---- */

struct seen {
    bool basic, huge; /* cpu or memory; huge pages */
};

static void note(struct seen *s, struct str name)
{
    s->basic = s->basic || str_eqc(name, "cpu") || str_eqc(name, "memory");
    s->huge = s->huge || resource_is_huge_page(name);
}

static void check_limits(struct pod_rules *r, const struct json *limits, bool of_pod, struct seen *seen)
{
    size_t outer = check_member(r->c, "limits");
    JSON_FOREACH(it, limits)
    {
        struct qty q;
        size_t mark = check_key(r->c, it->key);
        if (check_amount_of(r->c, it->key, it, of_pod, &q) && resource_is_huge_page(it->key))
            check_pages(r, it->key, it, &q);
        note(seen, it->key);
        check_pop(r->c, mark);
    }
    check_pop(r->c, outer);
}

/* May more be promised than there is? */
static bool overcommits(struct str name) { return resource_is_native(name) && !resource_is_huge_page(name); }

/* At the resources. limit: of the same name, or NULL. */
static void check_against_limit(struct check *c, const struct json *request, const struct qty *want,
                                const struct json *limit)
{
    struct str name = request->key;
    struct qty most;
    if (!limit) {
        if (!overcommits(name)) check_required(c, "limits", "Limit must be set for non overcommitable resources");
        return;
    }
    if (!parsed(limit, &most)) return;
    int order = qty_cmp(want, &most);
    if (order && !overcommits(name))
        check_invalidf(c, "requests", request, "must be equal to %.*s limit of %.*s", STR_ARG(name),
                       STR_ARG(json_string(limit)));
    else if (order > 0)
        check_invalidf(c, "requests", request, "must be less than or equal to %.*s limit of %.*s", STR_ARG(name),
                       STR_ARG(json_string(limit)));
}

static void check_requests(struct pod_rules *r, const struct json *requests, const struct json *limits, bool of_pod,
                           struct seen *seen)
{
    const struct json *at = json_kids(limits);
    JSON_FOREACH(it, requests)
    {
        struct qty q = {.nano = 0};
        const struct json *limit = map_seek(&at, it->key);
        size_t outer = check_member(r->c, "requests");
        check_key(r->c, it->key);
        bool known = check_amount_of(r->c, it->key, it, of_pod, &q);
        check_pop(r->c, outer);
        if (known) check_against_limit(r->c, it, &q, limit);
        check_member(r->c, "requests");
        check_key(r->c, it->key);
        if (known && resource_is_huge_page(it->key)) check_pages(r, it->key, it, &q);
        note(seen, it->key);
        check_pop(r->c, outer);
    }
}

/* ---- Claims ---- */

/* The names of spec.resourceClaims as members, in order; made when the first error wants them. */
static const struct json *claim_names(struct pod_rules *r)
{
    if (r->claim_names) return r->claim_names;
    struct name_set seen AUTO_NAME_SET = {0};
    struct json *names = json_obj(r->c->arena);
    JSON_FOREACH(claim, member_at(r->spec, "resourceClaims"))
    if (text_at(claim, "name").n && name_set_add(&seen, text_at(claim, "name"), NULL))
        json_add(names, text_at(claim, "name"), json_null(r->c->arena));
    json_sort_keys(names);
    return r->claim_names = names;
}

static void check_claim_known(struct pod_rules *r, struct str name)
{
    if (name_set_has(&r->claims, name) || check_is_full(r->c)) return;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, ERR_TEXT_MAX);
    buf_cstr(&text, "must be one of the names in pod.spec.resourceClaims");
    if (!r->claims.count) buf_cstr(&text, " which is empty");
    const char *sep = ": ";
    JSON_FOREACH(it, claim_names(r))
    {
        if (!buf_ok(&text)) break;
        buf_addf(&text, "%s%.*s", sep, STR_ARG(it->key));
        sep = ", ";
    }
    check_not_found_why(r->c, NULL, json_str(r->c->arena, name), str_cstr(r->c->arena, buf_view(&text)));
}

/* One reference: to a claim as a whole, or to one request of it. seen has "claim" or "claim/request"; parts has the
 * claims of which a request was named, with how many. */
static void check_claim_use(struct pod_rules *r, const struct json *claim, struct name_set *seen,
                            struct name_set *parts)
{
    struct arena *a = r->c->arena;
    struct str name = text_at(claim, "name"), request = text_at(claim, "request"), key = name;
    if (name_set_has(seen, name)) {
        check_duplicate(r->c, NULL, json_str(a, name));
        return;
    }
    if (request.n) {
        check_name_by(r->c, "request", request, name_dns1123_label);
        key = str_printf(a, "%.*s/%.*s", STR_ARG(name), STR_ARG(request));
    }
    if (name_set_has(seen, key)) {
        check_duplicate(r->c, NULL, json_str(a, key));
    } else if (!request.n) {
        for (uintptr_t n = (uintptr_t)name_set_get(parts, name); n; n--) check_duplicate(r->c, NULL, json_str(a, name));
    } else {
        name_set_put(parts, name, (void *)((uintptr_t)name_set_get(parts, name) + 1));
    }
    name_set_add(seen, key, NULL);
}

static void check_claims(struct pod_rules *r, const struct json *claims)
{
    struct name_set seen AUTO_NAME_SET = {0}, parts AUTO_NAME_SET = {0};
    size_t i = 0;
    JSON_FOREACH(claim, claims)
    {
        size_t mark = check_member(r->c, "claims");
        check_index(r->c, i++);
        if (text_at(claim, "name").n) {
            check_claim_use(r, claim, &seen, &parts);
            check_claim_known(r, text_at(claim, "name"));
        } else {
            check_required(r->c, NULL, "");
        }
        check_pop(r->c, mark);
    }
}

/* ---- All of it ---- */

void check_resources(struct pod_rules *r, const char *member, const struct json *resources, bool of_pod)
{
    const struct json *limits = member_at(resources, "limits"), *requests = member_at(resources, "requests"),
                      *claims = member_at(resources, "claims");
    struct seen seen = {false, false};
    size_t mark = check_member(r->c, member);
    if (limits) check_limits(r, limits, of_pod, &seen);
    if (requests) check_requests(r, requests, limits, of_pod, &seen);
    if (seen.huge && !seen.basic) check_forbidden(r->c, NULL, "HugePages require cpu or memory");
    if (claims) check_claims(r, claims);
    check_pop(r->c, mark);
}

/* ---- Of the pod as a whole ---- */

/* At spec.resources. What containers ask for together must be within what the pod asks for. */
static void check_totals(struct pod_rules *r, const char *member, const char *noun, const struct json *mine,
                         const struct json *theirs, bool huge_only)
{
    const struct json *at = json_kids(theirs);
    JSON_FOREACH(it, mine)
    {
        struct qty have, want;
        char text[QTY_TEXT_MAX];
        const struct json *sum = map_seek(&at, it->key);
        if (huge_only && !resource_is_huge_page(it->key)) continue;
        if (!sum || !parsed(it, &have) || !parsed(sum, &want) || qty_cmp(&want, &have) <= 0) continue;
        size_t mark = check_member(r->c, member);
        check_key(r->c, it->key);
        check_invalidf(r->c, NULL, it, "must be greater than or equal to aggregate container %s of %s", noun,
                       qty_write(&want, text));
        check_pop(r->c, mark);
    }
}

static void check_container_limits(struct pod_rules *r, const struct json *limits)
{
    struct name_set by_name AUTO_NAME_SET = {0};
    size_t i = 0;
    JSON_FOREACH(it, limits) name_set_add(&by_name, it->key, it);
    JSON_FOREACH(container, member_at(r->spec, "containers"))
    {
        size_t mark = check_member(r->c, "containers");
        check_index(r->c, i++);
        JSON_FOREACH(it, member_at(member_at(container, "resources"), "limits"))
        {
            struct qty have, most;
            const struct json *limit = name_set_get(&by_name, it->key);
            if (!parsed(limit, &most) || !parsed(it, &have) || qty_cmp(&have, &most) <= 0) continue;
            size_t at = check_key(r->c, it->key);
            check_invalidf(r->c, "limits", it, "must be less than or equal to pod limits of %.*s",
                           STR_ARG(json_string(limit)));
            check_pop(r->c, at);
        }
        check_pop(r->c, mark);
    }
}

void check_pod_resources(struct pod_rules *r)
{
    const struct json *resources = member_at(r->spec, "resources");
    struct arena *a = r->c->arena;
    if (!resources) return;
    if (str_eqc(text_at(member_at(r->spec, "os"), "name"), "windows")) {
        check_forbidden(r->c, "resources", "may not be set for a windows pod");
        return;
    }
    if (api_sent(resources, &type_core_v1_ResourceRequirements, "claims"))
        check_forbidden(r->c, "resources.claims", "claims may not be set for Resources at pod-level");
    check_resources(r, "resources", resources, true);
    size_t mark = check_member(r->c, "resources");
    const struct json *requests = member_at(resources, "requests"), *limits = member_at(resources, "limits");
    check_totals(r, "requests", "requests", requests, pod_container_totals(a, r->spec, "requests"), false);
    check_totals(r, "limits", "limits", limits, pod_container_totals(a, r->spec, "limits"), true);
    check_container_limits(r, limits);
    check_pop(r->c, mark);
}

/* ---- spec.resourceClaims ---- */

static void check_resource_claim(struct pod_rules *r, const struct json *claim, struct name_set *names)
{
    struct check *c = r->c;
    struct str name = text_at(claim, "name");
    const struct json *of = member_at(claim, "resourceClaimName"),
                      *from = member_at(claim, "resourceClaimTemplateName");
    if (!name.n)
        check_required(c, "name", "");
    else if (name_set_has(names, name))
        check_duplicate(c, "name", member_at(claim, "name"));
    else if (name_set_add(names, name, NULL))
        check_name_by(c, "name", name, name_dns1123_label);
    if (of && from)
        check_invalid_inner(c, NULL, &type_core_v1_PodResourceClaim, claim,
                            "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
    if (!of && !from)
        check_invalid_inner(c, NULL, &type_core_v1_PodResourceClaim, claim,
                            "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
    if (of) check_name_by(c, "resourceClaimName", json_string(of), name_dns1123_subdomain);
    if (from) check_name_by(c, "resourceClaimTemplateName", json_string(from), name_dns1123_subdomain);
}

/* Said of the whole pod, once for each claim. */
static void refuse_claims(struct check *c, const struct json *claims)
{
    char path[sizeof c->path];
    size_t n = c->path_n;
    memcpy(path, c->path, n + 1);
    check_pop(c, 0);
    check_key(c, STR("")); /* how upstream prints that there is no path */
    JSON_FOREACH(claim, claims) check_forbidden(c, NULL, "static pods do not support resource claims");
    memcpy(c->path, path, n + 1);
    c->path_n = n;
}

void check_resource_claims(struct pod_rules *r)
{
    const struct json *claims = member_at(r->spec, "resourceClaims");
    if (!claims) return;
    struct name_set names AUTO_NAME_SET = {0};
    size_t outer = check_member(r->c, "resourceClaims"), i = 0;
    if (r->meta && json_getc(r->annotations, "kubernetes.io/config.mirror")) {
        refuse_claims(r->c, claims);
        claims = NULL;
    }
    JSON_FOREACH(claim, claims)
    {
        size_t mark = check_index(r->c, i++);
        check_resource_claim(r, claim, &names);
        check_pop(r->c, mark);
    }
    check_pop(r->c, outer);
}
