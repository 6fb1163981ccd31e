/* list_options.c - what a list or a watch asks for.
 * Reads: r->args, r->target.   Writes: struct list_options, or r->resp.
 * Upstream: apiserver pkg/endpoints/handlers/get.go (listOpts), apimachinery pkg/apis/meta/internalversion (defaults,
 * validation), apiserver pkg/storage/interfaces.go (ValidateListOptions). */
#include "apiserver/rest/list.h"

#include "api/quote.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/query.h"
#include "apiserver/rest/status.h"
#include "schema_ids.h"

/* ---- Selectors ---- */

static bool parse_labels(struct request *r, struct list_options *o)
{
    struct str text = request_arg_str(r, "labelSelector");
    struct err e = ERR_INIT;
    if (!text.n) return true;
    if (!sel_parse(&r->arena, text, &o->labels, &e)) {
        status_fail(r, &e);
        return false;
    }
    o->has_labels = o->labels.count > 0 || o->labels.nothing;
    return true;
}

static bool parse_fields(struct request *r, struct list_options *o)
{
    struct str text = request_arg_str(r, "fieldSelector");
    struct err e = ERR_INIT;
    if (text.n && !field_sel_parse(&r->arena, text, &o->fields, &e)) {
        status_fail(r, &e);
        return false;
    }
    o->has_fields = o->fields.count > 0;
    return true;
}

/* Upstream has a wording for kinds without conversion functions, one for those that have some, and two of its own. */
static void unknown_field(struct request *r, struct str label)
{
    const struct api_resource *res = r->target.res;
    struct buf quoted AUTO_BUF = {0};
    buf_init(&quoted, ERR_TEXT_MAX);
    quote_go(&quoted, label);
    const char *q = arena_printf(&r->arena, "%.*s", STR_ARG(buf_view(&quoted)));
    bool own = res->custom != NULL;
    for (int i = 0; i < res->nselectable; i++) own = own || strncmp(res->selectable[i].label, "metadata.", 9) != 0;
    if (strcmp(res->group, "batch") == 0 && strcmp(res->plural, "jobs") == 0)
        status_failf(r, ERR_BAD_REQUEST, "field label %s not supported for Job", q);
    else if (strcmp(res->plural, "resourceslices") == 0)
        status_failf(r, ERR_BAD_REQUEST, "field label not supported for %s/%s, Kind=%s: %.*s", res->group, res->version,
                     res->kind, STR_ARG(label));
    else if (own)
        status_failf(r, ERR_BAD_REQUEST, "field label not supported: %.*s", STR_ARG(label));
    else
        status_failf(r, ERR_BAD_REQUEST,
                     "%s is not a known field selector: only \"metadata.name\", \"metadata.namespace\"", q);
}

static bool know_fields(struct request *r, struct list_options *o)
{
    const struct api_resource *res = r->target.res;
    for (int i = 0; i < o->fields.count; i++) {
        struct str *label = &o->fields.terms[i].key;
        /* What v1 called it before it was v1. */
        if (res->storage == &res_core_v1_pods && str_eqc(*label, "spec.host")) *label = STR("spec.nodeName");
        bool known = false;
        for (int k = 0; k < res->nselectable && !known; k++) known = str_eqc(*label, res->selectable[k].label);
        if (known) continue;
        unknown_field(r, *label);
        return false;
    }
    return true;
}

/* A watch of .../NAME selects that name, and no field selector may say otherwise. */
static bool add_name(struct request *r, struct list_options *o)
{
    if (!r->target.name.n) return true;
    for (int i = 0; i < o->fields.count; i++) {
        const struct sel_term *t = &o->fields.terms[i];
        if (!str_eqc(t->key, "metadata.name") || t->op != SEL_EQ) continue;
        if (str_eq(t->values[0], r->target.name)) return true;
        break;
    }
    if (o->fields.count) {
        status_failf(r, ERR_BAD_REQUEST, "fieldSelector metadata.name doesn't match requested name");
        return false;
    }
    o->fields.terms = ARENA_NEW(&r->arena, struct sel_term);
    o->fields.terms[o->fields.count++] =
        (struct sel_term){.key = STR("metadata.name"), .op = SEL_EQ, .values = &r->target.name, .nvalues = 1};
    o->has_fields = true;
    return true;
}

/* ---- Validation ---- */

static const char without_continue[] = "resourceVersionMatch is forbidden when continue is provided";

static void check_list(struct request *r, struct check *c, const struct list_options *o, struct str match)
{
    static const char *const values[] = {"Exact", "NotOlderThan", "", NULL};
    static const char member[] = "resourceVersionMatch";
    if (match.n) {
        if (!o->rv_text.n)
            check_forbidden(c, member, "resourceVersionMatch is forbidden unless resourceVersion is provided");
        if (o->cont.n) check_forbidden(c, member, without_continue);
        if (o->match == RV_MATCH_NONE) check_not_supported(c, member, json_str(&r->arena, match), values);
        if (o->match == RV_MATCH_EXACT && str_eqc(o->rv_text, "0"))
            check_forbidden(c, member, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
    }
    if (o->send_initial >= 0) check_forbidden(c, "sendInitialEvents", "sendInitialEvents is forbidden for list");
}

static void check_watch(struct request *r, struct check *c, const struct list_options *o, struct str match)
{
    static const char *const values[] = {"NotOlderThan", NULL};
    static const char member[] = "resourceVersionMatch";
    if (o->send_initial >= 0 && o->match != RV_MATCH_NOT_OLDER)
        check_forbidden(c, member, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    if (!match.n) return;
    if (o->send_initial < 0)
        check_forbidden(c, member, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    if (o->match != RV_MATCH_NOT_OLDER) check_not_supported(c, member, json_str(&r->arena, match), values);
    if (o->cont.n) check_forbidden(c, member, without_continue);
}

static bool valid(struct request *r, const struct list_options *o, struct str match)
{
    struct check c;
    check_init(&c, &r->arena);
    (o->watch ? check_watch : check_list)(r, &c, o, match);
    if (c.count) status_invalid(r, "ListOptions", "meta.k8s.io", STR(""), &c);
    return !c.count;
}

/* ---- The whole ---- */

static enum rv_match match_of(struct str s)
{
    return str_eqc(s, "Exact") ? RV_MATCH_EXACT : str_eqc(s, "NotOlderThan") ? RV_MATCH_NOT_OLDER : RV_MATCH_NONE;
}

static bool parse(struct request *r, struct list_options *o)
{
    int64_t limit = 0;
    struct str match = request_arg_str(r, "resourceVersionMatch");
    o->watch = query_flag(r, "watch");
    o->bookmarks = query_flag(r, "allowWatchBookmarks");
    o->rv_text = request_arg_str(r, "resourceVersion");
    o->match = match_of(match);
    if (!query_int(r, "timeoutSeconds", &o->timeout_s) || !query_int(r, "limit", &limit)) return false;
    o->limit = limit > 0 ? (size_t)MIN(limit, LIST_LIMIT_MAX) : 0;
    o->cont = request_arg_str(r, "continue");
    o->send_initial = query_flag_or_unset(r, "sendInitialEvents");
    if (!parse_labels(r, o) || !parse_fields(r, o)) return false;
    /* A watch from nowhere, or from "0", begins with the state at its beginning. */
    if (o->watch && o->send_initial < 0 && !match.n && (!o->rv_text.n || str_eqc(o->rv_text, "0"))) {
        o->send_initial = 1;
        o->match = RV_MATCH_NOT_OLDER;
        match = STR("NotOlderThan");
    }
    return valid(r, o, match) && know_fields(r, o);
}

bool list_options_parse(struct request *r, struct list_options *o)
{
    *o = (struct list_options){.send_initial = -1, .rv_text = STR("")};
    if ((r->nargs && !parse(r, o)) || !add_name(r, o)) return false;
    o->only_name = o->fields.count == 1 && !o->has_labels && o->fields.terms[0].op == SEL_EQ &&
                   str_eqc(o->fields.terms[0].key, "metadata.name");
    return r->accept.form != FORM_TABLE || table_options_parse(r, &o->include_object);
}

/* ---- What a list reads ---- */

struct str list_prefix(struct request *r, const struct list_query *q)
{
    const struct api_resource *storage = q->res->storage;
    return q->ns.n ? cache_key(&r->arena, storage, q->ns, STR("")) : str_of(storage->store_prefix);
}

/* Behind the last item of the page before, at its revision. */
static bool go_on(struct request *r, const struct list_options *o, struct list_query *q)
{
    struct err e = ERR_INIT;
    struct str start;
    int64_t rev;
    if (!continue_parse(&r->arena, o->cont, &rev, &start, &e)) {
        status_fail(r, &e);
        return false;
    }
    if (o->rv_text.n && !str_eqc(o->rv_text, "0")) {
        status_failf(r, ERR_BAD_REQUEST, "specifying resource version is not allowed when using continue");
        return false;
    }
    struct str prefix = list_prefix(r, q);
    char *key = arena_alloc(&r->arena, prefix.n + start.n + 1);
    memcpy(key, prefix.p, prefix.n);
    memcpy(key + prefix.n, start.p, start.n); /* may hold a NUL: the key behind the last one */
    q->start = str_n(key, prefix.n + start.n);
    q->at_rev = rev > 0 ? (uint64_t)rev : 0;
    return true;
}

/* Names one key: such a list is a GET to upstream, which knows no exact revision without a match. */
static bool is_single(const struct request *r, const struct list_options *o)
{
    bool single = false;
    for (int i = 0; i < o->fields.count; i++) {
        const struct sel_term *t = &o->fields.terms[i];
        single = single || (t->op == SEL_EQ && str_eqc(t->key, "metadata.name"));
    }
    return single && (r->target.ns.n || !r->target.res->namespaced);
}

bool list_query_of(struct request *r, const struct list_options *o, struct list_query *q)
{
    *q = (struct list_query){
        .res = r->target.res,
        .ns = r->target.ns,
        .labels = o->has_labels ? &o->labels : NULL,
        .fields = o->has_fields ? &o->fields : NULL,
        .start = STR_NULL,
        .limit = str_eqc(o->rv_text, "0") ? 0 : o->limit, /* upstream's cache knows no limit there */
    };
    if (o->cont.n) {
        if (!go_on(r, o, q)) return false;
        q->reached = q->at_rev;
        return true;
    }
    struct str why;
    if (!query_revision(r, o->rv_text, &q->reached, &why)) {
        status_failf(r, ERR_BAD_REQUEST, "invalid resource version: %.*s", STR_ARG(why));
        return false;
    }
    bool exact = o->match == RV_MATCH_NONE ? o->limit && !is_single(r, o) : o->match == RV_MATCH_EXACT;
    if (exact) q->at_rev = q->reached;
    return true;
}
