/* groups.c - which groups, versions and resources there are: the legacy documents (one per path) and
 * the aggregated ones (apidiscovery.k8s.io/v2, asked for by Accept).
 * Reads: api_resources.   Writes: documents at start-up, r->resp afterwards.
 * Upstream: apiserver pkg/endpoints/discovery, kube-aggregator pkg/apiserver/handler_apis.go. */
#include "apiserver/discovery/discovery_priv.h"
#include "apiserver/discovery/forms.h"
#include "apiserver/rest/rest.h"

enum { DOCUMENT_MAX = 16 << 20 };

static struct forms doc_api, doc_apis, doc_api_aggregated, doc_apis_aggregated;
static struct group_version versions[GROUP_VERSIONS_MAX];
static struct forms doc_version[GROUP_VERSIONS_MAX]; /* /api/v1, /apis/G/V; beside versions[] */
static struct forms doc_group[GROUP_VERSIONS_MAX];   /* /apis/G; at the group's first version */
static int nversions;

static const struct {
    uint32_t bit;
    const char *name;
} verb_names[] = {
    /* sorted as upstream prints them */
    {API_CREATE, "create"}, {API_DELETE, "delete"},  {API_DELETECOLLECTION, "deletecollection"},
    {API_GET, "get"},       {API_LIST_VERB, "list"}, {API_PATCH, "patch"},
    {API_UPDATE, "update"}, {API_WATCH, "watch"},
};

static void write_string(struct buf *b, const char *s) { json_write_string(b, str_of(s)); }

static void write_strings(struct buf *b, const char *key, const char *const *list)
{
    if (!list || !*list) return;
    buf_addf(b, ",\"%s\":[", key);
    for (int i = 0; list[i]; i++) {
        if (i) buf_char(b, ',');
        write_string(b, list[i]);
    }
    buf_char(b, ']');
}

static void write_verbs(struct buf *b, uint32_t verbs)
{
    buf_cstr(b, "\"verbs\":[");
    const char *comma = "";
    for (size_t i = 0; i < ARRAY_LEN(verb_names); i++) {
        if (!(verbs & verb_names[i].bit)) continue;
        buf_addf(b, "%s\"%s\"", comma, verb_names[i].name);
        comma = ",";
    }
    buf_char(b, ']');
}

static void write_version_name(struct buf *b, const struct group_version *gv)
{
    if (*gv->group) buf_addf(b, "%s/", gv->group);
    buf_cstr(b, gv->version);
}

static bool in_version(const struct api_resource *res, const struct group_version *gv)
{
    return strcmp(res->group, gv->group) == 0 && strcmp(res->version, gv->version) == 0;
}

/* ---- Legacy: APIResourceList, APIGroup, APIGroupList, APIVersions ---- */

static void legacy_resource(struct buf *b, const struct api_resource *res)
{
    buf_addf(b, "{\"name\":\"%s\",\"singularName\":\"%s\",\"namespaced\":%s,\"kind\":\"%s\",", res->plural,
             res->singular, res->namespaced ? "true" : "false", res->kind);
    write_verbs(b, res->verbs);
    write_strings(b, "shortNames", res->short_names);
    write_strings(b, "categories", res->categories);
    buf_char(b, '}');
}

static void legacy_subresource(struct buf *b, const struct api_resource *res, const struct api_subresource *sub)
{
    buf_addf(b, ",{\"name\":\"%s/%s\",\"singularName\":\"\",\"namespaced\":%s,", res->plural, sub->name,
             res->namespaced ? "true" : "false");
    if (sub->group && *sub->group) buf_addf(b, "\"group\":\"%s\",", sub->group);
    if (sub->version && *sub->version) buf_addf(b, "\"version\":\"%s\",", sub->version);
    buf_addf(b, "\"kind\":\"%s\",", sub->kind ? sub->kind : res->kind);
    write_verbs(b, sub->verbs);
    buf_char(b, '}');
}

static void legacy_version(struct buf *b, const struct group_version *gv)
{
    buf_cstr(b, "{\"kind\":\"APIResourceList\",");
    if (*gv->group) buf_cstr(b, "\"apiVersion\":\"v1\",");
    buf_cstr(b, "\"groupVersion\":\"");
    write_version_name(b, gv);
    buf_cstr(b, "\",\"resources\":[");
    const char *comma = "";
    for (int i = 0; i < api_resource_count; i++) {
        const struct api_resource *res = api_resources[i];
        if (!in_version(res, gv)) continue;
        buf_cstr(b, comma);
        comma = ",";
        legacy_resource(b, res);
        for (int s = 0; s < res->nsubs; s++) legacy_subresource(b, res, &res->subs[s]);
    }
    buf_cstr(b, "]}\n");
}

static void version_entry(struct buf *b, const struct group_version *gv)
{
    buf_cstr(b, "{\"groupVersion\":\"");
    write_version_name(b, gv);
    buf_addf(b, "\",\"version\":\"%s\"}", gv->version);
}

/* One APIGroup; `at` is the group's first (preferred) version. */
static void legacy_group(struct buf *b, int at, bool type_meta)
{
    buf_char(b, '{');
    if (type_meta) buf_cstr(b, "\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",");
    buf_addf(b, "\"name\":\"%s\",\"versions\":[", versions[at].group);
    const char *comma = "";
    for (int i = at; i < nversions; i++) {
        if (strcmp(versions[i].group, versions[at].group) != 0) continue;
        buf_cstr(b, comma);
        comma = ",";
        version_entry(b, &versions[i]);
    }
    buf_cstr(b, "],\"preferredVersion\":");
    version_entry(b, &versions[at]);
    buf_char(b, '}');
}

static bool first_of_group(int at)
{
    for (int i = 0; i < at; i++)
        if (strcmp(versions[i].group, versions[at].group) == 0) return false;
    return true;
}

/* ---- Aggregated ---- */

static void kind_ref(struct buf *b, const char *group, const char *version, const char *kind)
{
    buf_addf(b, "\"responseKind\":{\"group\":\"%s\",\"version\":\"%s\",\"kind\":\"%s\"}", group, version, kind);
}

static void aggregated_resource(struct buf *b, const struct api_resource *res)
{
    buf_addf(b, "{\"resource\":\"%s\",", res->plural);
    kind_ref(b, res->group, res->version, res->kind);
    buf_addf(b, ",\"scope\":\"%s\",\"singularResource\":\"%s\",", res->namespaced ? "Namespaced" : "Cluster",
             res->singular);
    write_verbs(b, res->verbs);
    write_strings(b, "shortNames", res->short_names);
    write_strings(b, "categories", res->categories);
    for (int s = 0; s < res->nsubs; s++) {
        const struct api_subresource *sub = &res->subs[s];
        buf_addf(b, "%s{\"subresource\":\"%s\",", s ? "," : ",\"subresources\":[", sub->name);
        kind_ref(b, sub->kind && sub->group ? sub->group : res->group,
                 sub->kind && sub->version ? sub->version : res->version, sub->kind ? sub->kind : res->kind);
        buf_char(b, ',');
        write_verbs(b, sub->verbs);
        buf_char(b, '}');
    }
    buf_cstr(b, res->nsubs ? "]}" : "}");
}

static void aggregated_group(struct buf *b, int at)
{
    if (*versions[at].group)
        buf_addf(b, "{\"metadata\":{\"name\":\"%s\"},\"versions\":[", versions[at].group);
    else
        buf_cstr(b, "{\"metadata\":{},\"versions\":[");
    const char *comma = "";
    for (int v = at; v < nversions; v++) {
        if (strcmp(versions[v].group, versions[at].group) != 0) continue;
        buf_addf(b, "%s{\"version\":\"%s\",\"resources\":[", comma, versions[v].version);
        comma = ",";
        const char *between = "";
        for (int i = 0; i < api_resource_count; i++) {
            if (!in_version(api_resources[i], &versions[v])) continue;
            buf_cstr(b, between);
            between = ",";
            aggregated_resource(b, api_resources[i]);
        }
        buf_cstr(b, "],\"freshness\":\"Current\"}");
    }
    buf_cstr(b, "]}");
}

static void make_lists(bool core, struct forms *legacy, struct forms *aggregated, const char *advertise)
{
    struct buf l, a;
    buf_init(&l, DOCUMENT_MAX);
    buf_init(&a, DOCUMENT_MAX);
    buf_cstr(
        &a,
        "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/v2\",\"metadata\":{},\"items\":[");
    if (core)
        buf_addf(&l,
                 "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],\"serverAddressByClientCIDRs\":"
                 "[{\"clientCIDR\":\"0.0.0.0/0\",\"serverAddress\":\"%s\"}]}\n",
                 advertise);
    else
        buf_cstr(&l, "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[");
    const char *comma = "";
    for (int i = 0; i < nversions; i++) {
        if (!first_of_group(i) || (*versions[i].group == '\0') != core) continue;
        if (!core) {
            buf_cstr(&l, comma);
            legacy_group(&l, i, false);
        }
        buf_cstr(&a, comma);
        comma = ",";
        aggregated_group(&a, i);
    }
    if (!core) buf_cstr(&l, "]}\n");
    buf_cstr(&a, "]}\n");
    forms_init(legacy, &l, false);
    forms_init(aggregated, &a, true);
}

void groups_init(const char *advertise)
{
    nversions = group_versions(versions);
    for (int i = 0; i < nversions; i++) {
        struct buf b;
        buf_init(&b, DOCUMENT_MAX);
        legacy_version(&b, &versions[i]);
        forms_init(&doc_version[i], &b, false);
        if (!first_of_group(i) || !*versions[i].group) continue;
        buf_init(&b, DOCUMENT_MAX);
        legacy_group(&b, i, true);
        buf_char(&b, '\n');
        forms_init(&doc_group[i], &b, false);
    }
    make_lists(true, &doc_api, &doc_api_aggregated, advertise);
    make_lists(false, &doc_apis, &doc_apis_aggregated, advertise);
}

static void answer(struct request *r, struct forms *f)
{
    if (accept_negotiate_discovery(r, false)) forms_answer(r, f);
}

static void answer_list(struct request *r, struct forms *legacy, struct forms *aggregated)
{
    if (accept_negotiate_discovery(r, true)) forms_answer(r, r->accept.form == FORM_DISCOVERY ? aggregated : legacy);
}

/* The version that "G/V" names, or -1. */
static int find_version(struct str group, struct str version)
{
    for (int i = 0; i < nversions; i++)
        if (str_eqc(group, versions[i].group) && str_eqc(version, versions[i].version)) return i;
    return -1;
}

static bool answer_version(struct request *r, struct str group, struct str version)
{
    int at = find_version(group, version);
    if (at < 0) return false;
    answer(r, &doc_version[at]);
    return true;
}

struct str groups_text(struct arena *a, bool aggregated)
{
    return str_copy(a, (aggregated ? &doc_apis_aggregated : &doc_apis)->text[MEDIA_JSON]);
}

bool groups_handle(struct request *r)
{
    struct str path = r->path;
    if (path.n > 1 && path.p[path.n - 1] == '/') path.n--;
    if (str_eqc(path, "/api")) return answer_list(r, &doc_api, &doc_api_aggregated), true;
    if (str_eqc(path, "/apis")) return answer_list(r, &doc_apis, &doc_apis_aggregated), true;
    if (str_starts(path, STR("/api/"))) {
        struct str version = str_from(path, 5);
        return str_chr(version, '/') == SIZE_MAX && answer_version(r, STR(""), version);
    }
    if (!str_starts(path, STR("/apis/"))) return false;
    struct str version, group = str_cut(str_from(path, 6), '/', &version);
    if (!str_is_null(version)) return str_chr(version, '/') == SIZE_MAX && answer_version(r, group, version);
    for (int i = 0; i < nversions; i++) {
        if (!first_of_group(i) || !*versions[i].group || !str_eqc(group, versions[i].group)) continue;
        answer(r, &doc_group[i]);
        return true;
    }
    return false;
}
