/* accept.c - content negotiation: which form of an answer a client wants.
 * Reads: Accept, Accept-Encoding, User-Agent, ?pretty.   Writes: r->accept, r->resp.
 * Upstream: apiserver pkg/endpoints/handlers/negotiation, and the parser of Accept that it uses (munnerz/goautoneg):
 * its ways with odd headers are kept, as clients meet them. */
#include "apiserver/http/gzip.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/rest.h"
#include "apiserver/rest/status.h"

#include <ctype.h>
#include <stdlib.h>

#define STREAM_TYPES "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"

static const struct media_row {
    const char *type, *subtype;
    enum media media;
    bool table, watch; /* can be written in it */
} media_rows[] = {
    /* the first one that fits a wildcard is taken */
    {"application", "json", MEDIA_JSON, true, true},
    {"application", "yaml", MEDIA_YAML, true, false},
    {"application", "vnd.kubernetes.protobuf", MEDIA_PROTOBUF, false, true},
};

static const struct form_row {
    const char *kind, *group, *version;
    enum form form;
} form_rows[] = {
    {"Table", "meta.k8s.io", "v1", FORM_TABLE},
    {"Table", "meta.k8s.io", "v1beta1", FORM_TABLE},
    {"PartialObjectMetadata", "meta.k8s.io", "v1", FORM_METADATA},
    {"PartialObjectMetadata", "meta.k8s.io", "v1beta1", FORM_METADATA},
    {"PartialObjectMetadataList", "meta.k8s.io", "v1", FORM_METADATA_LIST},
    {"PartialObjectMetadataList", "meta.k8s.io", "v1beta1", FORM_METADATA_LIST},
    {"APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2", FORM_DISCOVERY},
};

/* What an endpoint can answer with. */
struct offer {
    bool objects;           /* not only Status: other forms, too */
    bool table;             /* has columns */
    bool protobuf;          /* its objects have field numbers */
    bool metadata_protobuf; /* their metadata at least */
    bool discovery;         /* the aggregated document, and nothing but it */
};

/* ---- The header ---- */

struct clause {
    struct str type, subtype, params;
    double q;
};

static struct str trim_spaces(struct str s)
{
    while (s.n && s.p[0] == ' ') s = str_from(s, 1);
    while (s.n && s.p[s.n - 1] == ' ') s.n--;
    return s;
}

/* As Go's strconv.ParseFloat(.., 32) with the error thrown away: junk is 0. */
static double parse_q(struct str s)
{
    enum { Q_TEXT_MAX = 64 };
    char text[Q_TEXT_MAX], *end;
    if (!s.n || s.n >= sizeof text || isspace((unsigned char)s.p[0]) || memchr(s.p, '(', s.n)) return 0;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    double q = (double)strtof(text, &end);
    return *end || (size_t)(end - text) != s.n ? 0 : q;
}

/* Takes the next name=value off *params. False: there are no more. */
static bool next_param(struct str *params, struct str *name, struct str *value)
{
    while (params->n) {
        struct str more, text = str_cut(*params, ';', params);
        *name = trim_spaces(str_cut(text, '=', value));
        if (!value->n) continue;
        *value = str_cut(*value, '=', &more);
        if (!more.n) return true;
    }
    return false;
}

static bool clause_parse(struct str text, struct clause *c)
{
    struct str name, value, rest, more, range = str_cut(trim_spaces(text), ';', &c->params);
    c->type = trim_spaces(str_cut(range, '/', &rest));
    c->subtype = trim_spaces(str_cut(rest, '/', &more));
    c->q = 1;
    if (more.n) return false;
    if (!rest.n) {
        if (!str_eqc(c->type, "*")) return false;
        c->subtype = STR("*");
    }
    for (rest = c->params; next_param(&rest, &name, &value);)
        if (str_eqc(name, "q")) c->q = parse_q(value);
    return true;
}

/* Not an order in the strict sense, so the outcome depends on the way of sorting, too: insertion. */
static bool comes_before(const struct clause *a, const struct clause *b)
{
    if (a->q > b->q) return true;
    if (!str_eqc(a->type, "*") && str_eqc(b->type, "*")) return true;
    return !str_eqc(a->subtype, "*") && str_eqc(b->subtype, "*");
}

static int clauses_parse(struct str header, struct clause clauses[ACCEPT_CLAUSES_MAX])
{
    int n = 0;
    while (header.n && n < ACCEPT_CLAUSES_MAX) {
        struct clause c;
        if (!clause_parse(str_cut(header, ',', &header), &c)) continue;
        int at = n++;
        for (; at > 0 && comes_before(&c, &clauses[at - 1]); at--) clauses[at] = clauses[at - 1];
        clauses[at] = c;
    }
    return n;
}

/* ---- One clause against one media type ---- */

static bool range_fits(const struct clause *c, const struct media_row *m)
{
    if (str_eqc(c->type, "*") && str_eqc(c->subtype, "*")) return true;
    return str_eqc(c->type, m->type) && (str_eqc(c->subtype, m->subtype) || str_eqc(c->subtype, "*"));
}

/* as=Table;g=meta.k8s.io;v=v1 and friends. */
static bool pick_form(struct str as, struct str group, struct str version, struct accept *out)
{
    for (size_t i = 0; i < ARRAY_LEN(form_rows); i++) {
        const struct form_row *row = &form_rows[i];
        if (!str_eqc(as, row->kind) || !str_eqc(group, row->group) || !str_eqc(version, row->version)) continue;
        out->form = row->form;
        out->as_version = row->version;
        return true;
    }
    return false;
}

static bool form_offered(const struct offer *o, const struct media_row *m, enum form form)
{
    if (o->discovery || form == FORM_DISCOVERY) return o->discovery && form == FORM_DISCOVERY;
    if (form != FORM_OBJECT && !o->objects) return false;
    if (form == FORM_TABLE) return o->table && m->table;
    if (m->media != MEDIA_PROTOBUF || !o->objects) return true;
    return form == FORM_OBJECT ? o->protobuf : o->metadata_protobuf;
}

static bool clause_fits(const struct clause *c, const struct media_row *m, const struct offer *o, struct accept *out)
{
    enum { AS, G, V, PRETTY, STREAM, SV, NAMES };
    static const char *const names[] = {"as", "g", "v", "pretty", "stream", "sv"};
    struct str given[NAMES] = {STR_NULL}, params = c->params, name, value;
    while (next_param(&params, &name, &value)) /* of two the last one counts; others mean nothing */
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
            if (str_eqc(name, names[i])) given[i] = trim_spaces(value);
    *out = (struct accept){.media = m->media, .as_version = "v1", .pretty = str_eqc(given[PRETTY], "1")};
    if (given[STREAM].n && (!m->watch || !str_eqc(given[STREAM], "watch"))) return false;
    if (given[SV].n && (!o->objects || !str_eqc(given[SV], "v1"))) return false;
    bool transforms = !str_is_null(given[AS]) || !str_is_null(given[G]) || !str_is_null(given[V]);
    if (transforms && !pick_form(given[AS], given[G], given[V], out)) return false;
    return form_offered(o, m, out->form);
}

static bool negotiate(struct str header, const struct offer *o, struct accept *out)
{
    struct clause clauses[ACCEPT_CLAUSES_MAX];
    *out = (struct accept){.as_version = "v1"};
    header = str_trim(header);
    if (!header.n) return true;
    int n = clauses_parse(header, clauses);
    for (int i = 0; i < n; i++)
        for (size_t k = 0; k < ARRAY_LEN(media_rows); k++)
            if (range_fits(&clauses[i], &media_rows[k]) && clause_fits(&clauses[i], &media_rows[k], o, out))
                return true;
    return false;
}

/* ---- The request ---- */

/* What is asked for in the query, and by tools that show the text to a person. */
static bool wants_pretty(const struct request *r)
{
    static const char *const people[] = {"curl", "Wget", "Mozilla/5.0"};
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"};
    const struct query_arg *arg = request_arg(r, "pretty");
    if (arg && arg->value.n) {
        for (size_t i = 0; i < ARRAY_LEN(yes); i++)
            if (str_eqc(arg->value, yes[i])) return true;
        return false;
    }
    struct str agent = request_header(r, "User-Agent");
    for (size_t i = 0; i < ARRAY_LEN(people); i++)
        if (str_starts(agent, str_of(people[i]))) return true;
    return false;
}

static struct offer offer_of(const struct target *t)
{
    const struct api_resource *res = t->res;
    struct offer o = {.objects = true, .table = true};
    if (!res) return o;
    const struct api_type *type = t->sub && t->sub->type ? t->sub->type : res->type;
    if (t->sub)
        o.table = t->sub->writes || strcmp(t->sub->name, "scale") == 0;
    else
        o.table = (res->verbs & API_LIST_VERB) != 0;
    o.protobuf = type->nnumbers > 0;
    o.metadata_protobuf = o.protobuf || res->store_prefix;
    return o;
}

/* The rest of what the client said, or 406. */
static bool negotiated(struct request *r, bool ok)
{
    if (!ok) {
        status_failf(r, ERR_NOT_ACCEPTABLE, "only the following media types are accepted: " MEDIA_TYPES);
        return false;
    }
    r->accept.pretty = r->accept.pretty || wants_pretty(r);
    r->accept.gzip = gzip_accepted(request_header(r, "Accept-Encoding"));
    return true;
}

/* What our components keep has no managedFields: they ask not to be sent them. Nobody else can, as upstream has no such
 * wish. */
static bool wants_bare(const struct request *r)
{
    if (!r->user.component || (r->target.verb != VERB_LIST && r->target.verb != VERB_WATCH)) return false;
    return str_eqc(request_header(r, "Kubestep-Omit"), "managedFields");
}

/* ---- Upstream's router ---- */

/* It looks at Accept before the handlers do, in a way of its own: no wildcards of a part, no weights, no parameters. */
static bool router_accepts(struct request *r, size_t count, const char *shown)
{
    static const char *const types[] = {"*/*", "application/json", "application/yaml",
                                        "application/vnd.kubernetes.protobuf", "text/plain"};
    struct str rest = request_header(r, "Accept"), params;
    if (!rest.n) return true;
    while (!str_is_null(rest)) {
        struct str type = trim_spaces(str_cut(str_cut(rest, ',', &rest), ';', &params));
        for (size_t i = 0; i < MIN(count, ARRAY_LEN(types)); i++)
            if (str_eqc(type, types[i])) return true;
    }
    status_not_acceptable(r, arena_printf(&r->arena, "406: Not Acceptable\n\nAvailable representations: %s", shown));
    return false;
}

enum { ROUTER_JSON = 2, ROUTER_MEDIA = 4, ROUTER_LOG = 5 }; /* how many of the types */

bool accept_route_version(struct request *r) { return router_accepts(r, ROUTER_JSON, "application/json"); }

bool accept_route_discovery(struct request *r) { return router_accepts(r, ROUTER_MEDIA, MEDIA_TYPES); }

/* Custom resources, conversations and what is ours are not behind that router. */
bool accept_route(struct request *r)
{
    const struct target *t = &r->target;
    if (!t->res || t->res->custom || t->verb == VERB_CONNECT) return true;
    if (t->sub && strcmp(t->sub->name, "log") == 0) return router_accepts(r, ROUTER_LOG, "text/plain, " MEDIA_TYPES);
    bool reads = t->verb == VERB_LIST || t->verb == VERB_WATCH;
    return router_accepts(r, ROUTER_MEDIA, reads ? MEDIA_TYPES ", " STREAM_TYPES : MEDIA_TYPES);
}

/* ---- The handlers ---- */

bool accept_negotiate(struct request *r)
{
    struct offer o = offer_of(&r->target);
    bool ok = negotiate(request_header(r, "Accept"), &o, &r->accept);
    r->accept.bare = ok && wants_bare(r);
    return negotiated(r, ok);
}

/* Upstream looks through the header twice, so the aggregated form is taken wherever it stands. */
/* The aggregated form's first version: it is gone, and nothing else would do. */
static bool asks_for_removed(struct str header)
{
    static const char group[] = "g=apidiscovery.k8s.io", version[] = "v=v2beta1";
    return header.n && memmem(header.p, header.n, group, sizeof group - 1) &&
           memmem(header.p, header.n, version, sizeof version - 1);
}

bool accept_negotiate_discovery(struct request *r, bool has_aggregated)
{
    static const struct offer aggregated = {.discovery = true}, alone = {0};
    struct str header = request_header(r, "Accept");
    bool ok = has_aggregated && negotiate(header, &aggregated, &r->accept) && r->accept.form == FORM_DISCOVERY;
    ok = ok || negotiate(header, &alone, &r->accept);
    if (!ok && has_aggregated && asks_for_removed(header))
        return status_failf(r, ERR_NOT_FOUND, "aggregated discovery version v2beta1 is removed: use v2"), false;
    return negotiated(r, ok);
}

void accept_negotiate_error(struct request *r)
{
    static const struct offer status_alone = {0};
    bool ok = negotiate(request_header(r, "Accept"), &status_alone, &r->accept);
    if (!ok) r->accept = (struct accept){.as_version = "v1"};
    r->accept.pretty = !ok || r->accept.pretty || wants_pretty(r);
}

bool accept_stream(struct request *r)
{
    if (media_rows[r->accept.media].watch) return true;
    status_failf(r, ERR_NOT_ACCEPTABLE, "only the following media types are accepted: " STREAM_TYPES);
    return false;
}

/* ---- The result ---- */

/* "*core.PodList": the Go type that upstream would have found. */
static const char *go_type(struct request *r, bool list)
{
    const struct target *t = &r->target;
    if (!t->res || (!t->res->store_prefix && !t->res->type->nnumbers))
        return list ? "*unstructured.UnstructuredList" : "*unstructured.Unstructured";
    const char *group = t->sub && t->sub->kind ? t->sub->group : t->res->group;
    const char *kind = t->sub && t->sub->kind ? t->sub->kind : list ? t->res->list_kind : t->res->kind;
    bool core = !*group || strcmp(group, "events.k8s.io") == 0; /* it has no type of its own inside */
    return arena_printf(&r->arena, "*%.*s.%s", core ? 4 : (int)strcspn(group, "."), core ? "core" : group, kind);
}

bool accept_fits(struct request *r, bool list)
{
    bool ok = r->accept.form != (list ? FORM_METADATA : FORM_METADATA_LIST);
    if (ok) return true;
    if (list)
        status_failf(r, ERR_NOT_ACCEPTABLE,
                     "you requested PartialObjectMetadata, but the requested object is a list (%s)", go_type(r, true));
    else
        status_failf(r, ERR_NOT_ACCEPTABLE,
                     "you requested PartialObjectMetadataList, but the requested object is not a list (%s)",
                     go_type(r, false));
    return false;
}
