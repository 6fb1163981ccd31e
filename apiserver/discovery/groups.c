/* groups.c - which groups, versions and resources there are: the legacy documents (one per path) and
 * the aggregated ones (apidiscovery.k8s.io/v2, asked for by Accept).
 * Reads: the catalogue.   Writes: its documents, r->resp.
 * Upstream: apiserver pkg/endpoints/discovery, kube-aggregator pkg/apiserver/handler_apis.go. */
#include "apiserver/discovery/catalogue.h"

#include "apiserver/crd/crd.h"
#include "apiserver/rest/rest.h"
#include "apiserver/rest/status.h"
#include "base/base64.h"
#include "base/thread.h"

#include <gnutls/crypto.h>
#include <stdio.h>

enum { DOCUMENT_MAX = 16 << 20, SUBS_MAX = 16 /* a pod has twelve */ };

static const char *advertised; /* as long as the process */

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

/* Those of custom resources are told in another order. */
static void write_custom_verbs(struct buf *b, const struct api_resource *res)
{
    bool ends = atomic_load(&crd_kind_of(res)->terminating);
    buf_addf(b, "\"verbs\":[\"delete\",\"deletecollection\",\"get\",\"list\",%s\"watch\"]",
             ends ? "" : "\"patch\",\"create\",\"update\",");
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

static void write_resource_verbs(struct buf *b, const struct api_resource *res)
{
    if (res->custom)
        write_custom_verbs(b, res);
    else
        write_verbs(b, res->verbs);
}

static void write_version_name(struct buf *b, const struct group_version *gv)
{
    if (*gv->group) buf_addf(b, "%s/", gv->group);
    buf_cstr(b, gv->version);
}

/* ---- Legacy: APIResourceList, APIGroup, APIGroupList, APIVersions ---- */

/* Kinds that upstream's store still has in an older version than the one we store them in. */
static const char *version_stored_upstream(const struct api_resource *storage)
{
    static const struct {
        const char *plural, *group;
    } rows[] = {
        {"customresourcedefinitions", "apiextensions.k8s.io"},
        {"mutatingadmissionpolicies", "admissionregistration.k8s.io"},
        {"mutatingadmissionpolicybindings", "admissionregistration.k8s.io"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].plural, storage->plural) == 0 && strcmp(rows[i].group, storage->group) == 0)
            return "v1beta1";
    return storage->version;
}

/* Of what is stored in a version that is served: eight bytes of a hash of its name. */
static void write_storage_hash(struct buf *b, const struct api_resource *res)
{
    enum { HASH_BYTES = 32, SHOWN_BYTES = 8, NAME_MAX_BYTES = 1024 };
    char name[NAME_MAX_BYTES], sum[HASH_BYTES];
    const struct api_resource *storage = res->storage;
    if (storage->flags & (API_R_UNSERVED | API_R_VIRTUAL)) return;
    int n = snprintf(name, sizeof name, "%s/%s/%s", storage->group, version_stored_upstream(storage), storage->kind);
    if (n < 0 || (size_t)n >= sizeof name) return;
    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, name, (size_t)n, sum) < 0) return;
    buf_cstr(b, ",\"storageVersionHash\":\"");
    base64_add(b, str_n(sum, SHOWN_BYTES));
    buf_char(b, '"');
}

/* Subresources are told by name, those of custom kinds as they come. Returns their number. */
static int sorted_subs(const struct api_resource *res, const struct api_subresource *subs[SUBS_MAX])
{
    int n = 0;
    for (; n < res->nsubs && n < SUBS_MAX; n++) {
        int at = n;
        for (; at && !res->custom && strcmp(subs[at - 1]->name, res->subs[n].name) > 0; at--) subs[at] = subs[at - 1];
        subs[at] = &res->subs[n];
    }
    return n;
}

static void legacy_resource(struct buf *b, const struct api_resource *res)
{
    buf_addf(b, "{\"name\":\"%s\",\"singularName\":\"%s\",\"namespaced\":%s,\"kind\":\"%s\",", res->plural,
             res->singular, res->namespaced ? "true" : "false", res->kind);
    write_resource_verbs(b, res);
    write_strings(b, "shortNames", res->short_names);
    write_strings(b, "categories", res->categories);
    write_storage_hash(b, res);
    buf_char(b, '}');
}

static void legacy_subresource(struct buf *b, const struct api_resource *res, const struct api_subresource *sub)
{
    buf_addf(b, ",{\"name\":\"%s/%s\",\"singularName\":\"\",\"namespaced\":%s,", res->plural, sub->name,
             res->namespaced ? "true" : "false");
    if (sub->group && *sub->group) buf_addf(b, "\"group\":\"%s\",\"version\":\"%s\",", sub->group, sub->version);
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
    for (int i = 0; i < gv->count; i++) {
        const struct api_resource *res = gv->resources[i];
        buf_cstr(b, comma);
        comma = ",";
        legacy_resource(b, res);
        const struct api_subresource *subs[SUBS_MAX];
        int nsubs = sorted_subs(res, subs);
        for (int s = 0; s < nsubs; s++) legacy_subresource(b, res, subs[s]);
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
static void legacy_group(struct buf *b, const struct catalogue *c, int at, bool type_meta)
{
    buf_char(b, '{');
    if (type_meta) buf_cstr(b, "\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",");
    buf_addf(b, "\"name\":\"%s\",\"versions\":[", c->versions[at].group);
    for (int i = at; i < c->nversions && (i == at || !catalogue_first_of_group(c, i)); i++) {
        if (i > at) buf_char(b, ',');
        version_entry(b, &c->versions[i]);
    }
    buf_cstr(b, "],\"preferredVersion\":");
    version_entry(b, &c->versions[at]);
    buf_char(b, '}');
}

/* ---- Aggregated ---- */

/* Built-in kinds leave out what is that of their version. */
static void kind_ref(struct buf *b, const char *group, const char *version, const char *kind)
{
    buf_addf(b, "\"responseKind\":{\"group\":\"%s\",\"version\":\"%s\",\"kind\":\"%s\"}", group, version, kind);
}

static void aggregated_resource(struct buf *b, const struct api_resource *res)
{
    const char *group = res->custom ? res->group : "", *version = res->custom ? res->version : "";
    const struct api_subresource *subs[SUBS_MAX];
    int nsubs = sorted_subs(res, subs);
    buf_addf(b, "{\"resource\":\"%s\",", res->plural);
    kind_ref(b, group, version, res->kind);
    buf_addf(b, ",\"scope\":\"%s\",\"singularResource\":\"%s\",", res->namespaced ? "Namespaced" : "Cluster",
             res->singular);
    write_resource_verbs(b, res);
    write_strings(b, "shortNames", res->short_names);
    write_strings(b, "categories", res->categories);
    for (int s = 0; s < nsubs; s++) {
        const struct api_subresource *sub = subs[s];
        buf_addf(b, "%s{\"subresource\":\"%s\",", s ? "," : ",\"subresources\":[", sub->name);
        bool foreign = sub->kind && sub->group && *sub->group;
        kind_ref(b, foreign ? sub->group : group, foreign ? sub->version : version, sub->kind ? sub->kind : res->kind);
        buf_char(b, ',');
        write_verbs(b, sub->verbs);
        buf_char(b, '}');
    }
    buf_cstr(b, nsubs ? "]}" : "}");
}

static void aggregated_group(struct buf *b, const struct catalogue *c, int at)
{
    if (*c->versions[at].group)
        buf_addf(b, "{\"metadata\":{\"name\":\"%s\"},\"versions\":[", c->versions[at].group);
    else
        buf_cstr(b, "{\"metadata\":{},\"versions\":[");
    for (int v = at; v < c->nversions && (v == at || !catalogue_first_of_group(c, v)); v++) {
        const struct group_version *gv = &c->versions[v];
        buf_addf(b, "%s{\"version\":\"%s\",\"resources\":[", v > at ? "," : "", gv->version);
        for (int i = 0; i < gv->count; i++) {
            if (i) buf_char(b, ',');
            aggregated_resource(b, gv->resources[i]);
        }
        buf_cstr(b, "],\"freshness\":\"Current\"}");
    }
    buf_cstr(b, "]}");
}

static void make_lists(struct catalogue *c, bool core, struct forms *legacy, struct forms *aggregated)
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
                 advertised);
    else
        buf_cstr(&l, "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[");
    const char *comma = "";
    for (int i = 0; i < c->nversions; i++) {
        if (!catalogue_first_of_group(c, i) || (*c->versions[i].group == '\0') != core) continue;
        if (!core) {
            buf_cstr(&l, comma);
            legacy_group(&l, c, i, false);
        }
        buf_cstr(&a, comma);
        comma = ",";
        aggregated_group(&a, c, i);
    }
    if (!core) buf_cstr(&l, "]}\n");
    buf_cstr(&a, "]}\n");
    forms_init(legacy, &l, false);
    forms_init(aggregated, &a, true);
}

void groups_init(const char *advertise) { advertised = advertise; }

/* /api or /apis, made when it is first asked for; lives as long as c. */
static struct forms *list_of(struct catalogue *c, bool core, bool as_discovery)
{
    struct forms *legacy = core ? &c->api : &c->apis, *aggregated = core ? &c->api_aggregated : &c->apis_aggregated;
    mutex_lock(&c->making);
    if (!legacy->text[0].p) make_lists(c, core, legacy, aggregated);
    mutex_unlock(&c->making);
    return as_discovery ? aggregated : legacy;
}

/* Upstream's router has these for GET alone. False: answered. */
static bool is_routed(struct request *r)
{
    bool get = str_eqc(r->method, "GET") && !r->is_head;
    if (!get) status_method_not_allowed(r);
    return get && accept_route_discovery(r);
}

static void answer_list(struct request *r, bool core)
{
    if (core && !is_routed(r)) return;
    if (!accept_negotiate_discovery(r, true)) return;
    struct catalogue *c = catalogue_hold();
    forms_answer(r, list_of(c, core, r->accept.form == FORM_DISCOVERY));
    catalogue_release(c);
}

/* The version that "G/V" names, or a group's first with version STR_NULL; -1: none. */
static int find_version(const struct catalogue *c, struct str group, struct str version)
{
    for (int i = 0; i < c->nversions; i++)
        if (str_eqc(group, c->versions[i].group) && (str_is_null(version) || str_eqc(version, c->versions[i].version)))
            return i;
    return -1;
}

static void make_one(struct catalogue *c, int at, bool is_group, struct forms *f)
{
    struct buf b;
    buf_init(&b, DOCUMENT_MAX);
    if (is_group) {
        legacy_group(&b, c, at, true);
        buf_char(&b, '\n');
    } else {
        legacy_version(&b, &c->versions[at]);
    }
    forms_init(f, &b, false);
}

/* version: STR_NULL for the group itself. */
static bool answer_one(struct request *r, struct str group, struct str version)
{
    struct catalogue *c = catalogue_hold();
    bool is_group = str_is_null(version);
    int at = is_group && !group.n ? -1 : find_version(c, group, version);
    if (at >= 0 && (is_group || c->versions[at].resources[0]->custom || is_routed(r)) &&
        accept_negotiate_discovery(r, false)) {
        struct forms *f = is_group ? &c->of_group[at] : &c->of_version[at];
        mutex_lock(&c->making);
        if (!f->text[0].p) make_one(c, at, is_group, f);
        mutex_unlock(&c->making);
        forms_answer(r, f);
    }
    catalogue_release(c);
    return at >= 0;
}

struct str groups_text(struct arena *a, bool aggregated)
{
    struct catalogue *c = catalogue_hold();
    struct str text = str_copy(a, list_of(c, false, aggregated)->text[MEDIA_JSON]);
    catalogue_release(c);
    return text;
}

bool groups_handle(struct request *r)
{
    struct str path = r->path;
    if (path.n > 1 && path.p[path.n - 1] == '/') path.n--;
    if (str_eqc(path, "/api")) return answer_list(r, true), true;
    if (str_eqc(path, "/apis")) return answer_list(r, false), true;
    if (str_starts(path, STR("/api/"))) {
        struct str version = str_from(path, 5);
        return str_chr(version, '/') == SIZE_MAX && answer_one(r, STR(""), version);
    }
    if (!str_starts(path, STR("/apis/"))) return false;
    struct str version, group = str_cut(str_from(path, 6), '/', &version);
    return (str_is_null(version) || str_chr(version, '/') == SIZE_MAX) && answer_one(r, group, version);
}
