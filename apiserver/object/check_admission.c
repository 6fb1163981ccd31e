/* check_admission.c - see check_admission.h. Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_admission.h"

#include "api/quote.h"
#include "apiserver/object/names.h"
#include "apiserver/object/url.h"
#include "base/map.h"

enum { MATCH_CONDITIONS_MAX = 64 };

const char *const admission_failure_policies[] = {"Fail", "Ignore", NULL};
const char *const admission_match_policies[] = {"Equivalent", "Exact", NULL};
const char *const admission_reinvocation_policies[] = {"IfNeeded", "Never", NULL};
static const char *const operations[] = {"*", "CONNECT", "CREATE", "DELETE", "UPDATE", NULL};
static const char *const scopes[] = {"*", "Cluster", "Namespaced", NULL};

bool has_wildcard(const struct json *list)
{
    for (OBJ_EACH(it, list, ""))
        if (str_eqc(obj_text(it), "*")) return true;
    return false;
}

bool text_is_blank(struct str s) { return text_trim(s).n == 0; }

struct str text_trim(struct str s)
{
    static const char blanks[] = {' ', '\t', '\r', '\n', '\v', '\f'};
    while (s.n && memchr(blanks, s.p[0], sizeof blanks)) s = str_from(s, 1);
    while (s.n && memchr(blanks, s.p[s.n - 1], sizeof blanks)) s.n--;
    return s;
}

bool text_has_newline(struct str s) { return str_chr(s, '\n') != SIZE_MAX || str_chr(s, '\r') != SIZE_MAX; }

/* ---- Rules ---- */

static void check_wildcard(struct check *c, const char *member, const struct json *list, const char *why)
{
    if (obj_count(list, "") > 1 && has_wildcard(list)) check_invalid(c, member, list, why);
}

static void check_operations(struct check *c, const struct json *list)
{
    size_t i = 0;
    if (!obj_count(list, "")) check_required(c, "operations", "");
    check_wildcard(c, "operations", list, "if '*' is present, must not specify other operations");
    for (OBJ_EACH(it, list, ""))
        check_one_of(c, arena_printf(c->arena, "operations[%zu]", i++), obj_text(it), operations);
}

/* What the resources so far forbid of those that follow. */
struct resources {
    struct map all_subs, all_resources; /* "x/\*", "*\/x" */
    bool everything, plain_wildcard, plain;
};

static void check_resource(struct check *c, struct resources *seen, const struct json *item)
{
    struct str text = obj_text(item), sub, res = str_cut(text, '/', &sub);
    if (!text.n) {
        check_required(c, NULL, "");
        return;
    }
    seen->everything = seen->everything || str_eqc(text, "*/*");
    seen->plain_wildcard = seen->plain_wildcard || str_eqc(text, "*");
    if (str_is_null(sub)) {
        seen->plain = !str_eqc(text, "*");
        return;
    }
    if (map_has(&seen->all_subs, res))
        check_invalidf(c, NULL, item, "if '%.*s/*' is present, must not specify %.*s", STR_ARG(res), STR_ARG(text));
    if (map_has(&seen->all_resources, sub))
        check_invalidf(c, NULL, item, "if '*/%.*s' is present, must not specify %.*s", STR_ARG(sub), STR_ARG(text));
    if (str_eqc(sub, "*")) map_set(&seen->all_subs, res, seen);
    if (str_eqc(res, "*")) map_set(&seen->all_resources, sub, seen);
}

static void check_resources(struct check *c, const struct json *list)
{
    struct resources seen = {0};
    size_t outer = check_member(c, "resources"), i = 0;
    if (!obj_count(list, "")) check_required(c, NULL, "");
    for (OBJ_EACH(it, list, "")) {
        size_t mark = check_index(c, i++);
        check_resource(c, &seen, it);
        check_pop(c, mark);
    }
    if (i > 1 && seen.everything) check_invalid(c, NULL, list, "if '*/*' is present, must not specify other resources");
    if (seen.plain_wildcard && seen.plain)
        check_invalid(c, NULL, list, "if '*' is present, must not specify other resources without subresources");
    map_release(&seen.all_subs, NULL);
    map_release(&seen.all_resources, NULL);
    check_pop(c, outer);
}

static void check_rule(struct check *c, const struct json *rule)
{
    const struct json *groups = json_getc(rule, "apiGroups"), *versions = json_getc(rule, "apiVersions");
    size_t i = 0;
    check_operations(c, json_getc(rule, "operations"));
    if (!obj_count(groups, "")) check_required(c, "apiGroups", "");
    check_wildcard(c, "apiGroups", groups, "if '*' is present, must not specify other API groups");
    if (!obj_count(versions, "")) check_required(c, "apiVersions", "");
    check_wildcard(c, "apiVersions", versions, "if '*' is present, must not specify other API versions");
    for (OBJ_EACH(it, versions, "")) {
        if (!obj_text(it).n) check_required(c, arena_printf(c->arena, "apiVersions[%zu]", i), "");
        i++;
    }
    check_resources(c, json_getc(rule, "resources"));
    if (obj_has(rule, ".scope")) check_one_of(c, "scope", obj_str(rule, ".scope"), scopes);
}

static void check_resource_names(struct check *c, const struct json *names)
{
    struct map seen = {0};
    size_t outer = check_member(c, "resourceNames"), i = 0;
    for (OBJ_EACH(it, names, "")) {
        size_t mark = check_index(c, i++);
        const char *why = name_path_segment(obj_text(it));
        if (why) check_invalid(c, NULL, it, why);
        (void)check_unique(c, NULL, obj_text(it), &seen);
        check_pop(c, mark);
    }
    map_release(&seen, NULL);
    check_pop(c, outer);
}

void check_rules_with_operations(struct check *c, const char *member, const struct json *rules, bool named)
{
    size_t outer = check_member(c, member), i = 0;
    for (OBJ_EACH(rule, rules, "")) {
        size_t mark = check_index(c, i++);
        if (named) check_resource_names(c, json_getc(rule, "resourceNames"));
        check_rule(c, rule);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* ---- Match conditions ---- */

static void check_match_condition(struct check *c, const struct json *condition)
{
    struct str name = obj_str(condition, ".name");
    if (text_is_blank(obj_str(condition, ".expression"))) check_required(c, "expression", "");
    const char *why = name.n ? name_qualified(name) : NULL;
    if (!name.n) check_required(c, "name", "");
    if (why) check_invalid_str(c, "name", name, why);
}

void check_match_conditions(struct check *c, const char *member, const struct json *conditions)
{
    struct map seen = {0};
    size_t outer = check_member(c, member), i = 0;
    if (obj_count(conditions, "") > MATCH_CONDITIONS_MAX)
        check_too_many(c, NULL, obj_count(conditions, ""), MATCH_CONDITIONS_MAX);
    for (OBJ_EACH(it, conditions, "")) {
        struct str name = obj_str(it, ".name");
        size_t mark = check_index(c, i++);
        check_match_condition(c, it);
        if (name.n) (void)check_unique(c, "name", name, &seen);
        check_pop(c, mark);
    }
    map_release(&seen, NULL);
    check_pop(c, outer);
}

/* ---- Where a webhook is ---- */

static void check_url(struct check *c, struct str text)
{
    static const char form[] = "; desired format: https://host[/path]";
    struct url u;
    const char *why = NULL;
    if (!url_parse(c->arena, text, &u, &why)) {
        struct buf quoted AUTO_BUF = {0};
        buf_init(&quoted, ERR_TEXT_MAX);
        quote_go(&quoted, text);
        check_required(
            c, "url",
            arena_printf(c->arena, "url must be a valid URL: parse %.*s: %s%s", STR_ARG(buf_view(&quoted)), why, form));
        return;
    }
    if (!str_eqc(u.scheme, "https"))
        check_invalid_str(c, "url", u.scheme, arena_printf(c->arena, "'https' is the only allowed URL scheme%s", form));
    if (!u.host.n) check_invalid_str(c, "url", u.host, arena_printf(c->arena, "host must be specified%s", form));
    if (u.has_user) check_invalid_str(c, "url", u.user, "user information is not permitted in the URL");
    if (u.fragment.n) check_invalid_str(c, "url", u.fragment, "fragments are not permitted in the URL");
    if (u.query.n) check_invalid_str(c, "url", u.query, "query parameters are not permitted in the URL");
}

static void check_url_path(struct check *c, const struct json *path)
{
    struct str text = obj_text(path), rest;
    if (!text.n || str_eqc(text, "/")) return;
    if (str_eqc(text, "//")) {
        check_invalid(c, "path", path, "segment[0] may not be empty");
        return;
    }
    if (text.p[0] != '/') check_invalid(c, "path", path, "must start with a '/'");
    rest = str_from(text, 1);
    if (rest.n && rest.p[rest.n - 1] == '/') rest.n--;
    for (size_t i = 0; !str_is_null(rest); i++) {
        struct str step = str_cut(rest, '/', &rest);
        const char *why = step.n ? name_dns1123_subdomain(step) : NULL;
        if (!step.n) check_invalidf(c, "path", path, "segment[%zu] may not be empty", i);
        check_invalid_each(c, "path", path, arena_printf(c->arena, "segment[%zu]: ", i), why);
    }
}

static void check_service(struct check *c, const struct json *service)
{
    const struct json *port = json_getc(service, "port");
    int64_t n = obj_number(port, 0);
    size_t mark = check_member(c, "service");
    /* upstream's two names have changed places */
    if (!obj_str(service, ".namespace").n) check_required(c, "name", "");
    if (!obj_str(service, ".name").n) check_required(c, "namespace", "");
    if (n < 1 || n > 65535) check_invalid(c, "port", port, "port is not valid: must be between 1 and 65535, inclusive");
    check_url_path(c, json_getc(service, "path"));
    check_pop(c, mark);
}

void check_webhook_client(struct check *c, const char *member, const struct json *config)
{
    bool url = obj_has(config, ".url"), service = obj_has(config, ".service");
    if (url == service) {
        check_required(c, member, "exactly one of url or service is required");
        return;
    }
    size_t mark = check_member(c, member);
    if (url)
        check_url(c, obj_str(config, ".url"));
    else
        check_service(c, json_getc(config, "service"));
    check_pop(c, mark);
}

void check_review_versions(struct check *c, const char *member, const struct json *versions, const char *required)
{
    struct map seen = {0};
    bool accepted = false;
    size_t outer = check_member(c, member), i = 0;
    if (!obj_count(versions, "")) check_required(c, NULL, required);
    for (OBJ_EACH(it, versions, "")) {
        struct str v = obj_text(it);
        size_t mark = check_index(c, i++);
        const char *why = map_has(&seen, v) ? "duplicate version" : name_dns1035_label(v);
        if (why) check_invalid(c, NULL, it, why);
        accepted = accepted || str_eqc(v, "v1") || str_eqc(v, "v1beta1");
        map_set(&seen, v, &seen);
        check_pop(c, mark);
    }
    if (i && !accepted) check_invalid(c, NULL, versions, "must include at least one of v1, v1beta1");
    map_release(&seen, NULL);
    check_pop(c, outer);
}
