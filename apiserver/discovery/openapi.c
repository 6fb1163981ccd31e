/* openapi.c - /openapi/v3: an index and one document per group version; /openapi/v2: all in one document, as JSON and
 * as protobuf. Each is written from the tables when first asked for, and kept.
 * Reads: api_resources and their types.   Writes: documents, r->resp. */
#include "apiserver/discovery/discovery_priv.h"

#include "api/proto_openapi.h"
#include "apiserver/discovery/openapi_parts.h"
#include "apiserver/rest/status.h"
#include "base/kassert.h"
#include "base/mono.h"

#include <stdio.h>
#include <time.h>

enum { OPENAPI_MAX = 64 << 20, HTTP_DATE_MAX = 64, YEAR_S = 365 * 24 * 3600 };
#define OPENAPI_INFO "\"info\":{\"title\":\"Kubernetes\",\"version\":\"v1.36.3+kubestep\"},\"paths\":{"

static pthread_mutex_t openapi_lock = MUTEX_INIT; /* building; documents are const once made */
static struct document index_doc;
static struct document version_doc[GROUP_VERSIONS_MAX];
static struct document v2_json, v2_proto;
static struct group_version versions[GROUP_VERSIONS_MAX];
static int nversions;

/* ---- Version 3 ---- */

static void build_version(int at)
{
    struct buf b;
    buf_init(&b, OPENAPI_MAX);
    buf_cstr(&b, "{\"openapi\":\"3.0.0\"," OPENAPI_INFO);
    openapi_write_paths(&b, OPENAPI_V3, &versions[at], 1);
    buf_cstr(&b, "},\"components\":{\"schemas\":{");
    openapi_write_schemas(&b, OPENAPI_V3, &versions[at], 1);
    buf_cstr(&b, "}}}\n");
    document_make(&version_doc[at], &b, "application/json");
}

/* "api/v1" or "apis/G/V" */
static void version_path(struct buf *b, const struct group_version *gv)
{
    buf_cstr(b, *gv->group ? "apis/" : "api/");
    if (*gv->group) buf_addf(b, "%s/", gv->group);
    buf_cstr(b, gv->version);
}

/* "/openapi/v3/apis/apps/v1?hash=.." */
static void version_url(struct buf *b, int i)
{
    buf_cstr(b, "/openapi/v3/");
    version_path(b, &versions[i]);
    buf_addf(b, "?hash=%.16s", version_doc[i].etag + 1);
}

static void build_v3(void)
{
    mutex_lock(&openapi_lock);
    if (!index_doc.text.p) {
        nversions = group_versions(versions);
        struct buf b;
        buf_init(&b, OPENAPI_MAX);
        buf_cstr(&b, "{\"paths\":{");
        for (int i = 0; i < nversions; i++) {
            build_version(i);
            buf_cstr(&b, i ? ",\"" : "\"");
            version_path(&b, &versions[i]);
            buf_cstr(&b, "\":{\"serverRelativeURL\":\"");
            version_url(&b, i);
            buf_cstr(&b, "\"}");
        }
        buf_cstr(&b, "}}\n");
        document_make(&index_doc, &b, "application/json");
    }
    mutex_unlock(&openapi_lock);
}

struct str openapi_index_text(struct arena *a)
{
    build_v3();
    return str_copy(a, index_doc.text);
}

/* An address with a hash means that one document for ever; with an old hash, the document that came after it
 * (kube-openapi pkg/handler3). */
static void answer_version(struct request *r, int i)
{
    const struct query_arg *hash = request_arg(r, "hash");
    if (!hash || !hash->value.n) return document_answer(r, &version_doc[i]);
    if (str_eq(hash->value, str_n(version_doc[i].etag + 1, 16))) {
        char expires[HTTP_DATE_MAX];
        time_t then = (time_t)(mono_wall_ms() / 1000 + YEAR_S);
        struct tm tm;
        strftime(expires, sizeof expires, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &tm));
        document_answer(r, &version_doc[i]);
        response_header(r, "Cache-Control", "public, immutable");
        response_header(r, "Expires", expires);
        return;
    }
    struct buf url AUTO_BUF = {0};
    buf_init(&url, API_VERSION_MAX + 64);
    version_url(&url, i);
    response_header(r, "Location", url.p);
    response_header(r, "Vary", "Accept");
    r->resp.code = 301;
}

static bool answer_v3(struct request *r, struct str path)
{
    build_v3();
    if (!path.n) return document_answer(r, &index_doc), true;
    for (int i = 0; i < nversions; i++) {
        char name[API_VERSION_MAX];
        snprintf(name, sizeof name, "/%s%s%s%s", *versions[i].group ? "apis/" : "api/", versions[i].group,
                 *versions[i].group ? "/" : "", versions[i].version);
        if (!str_eqc(path, name)) continue;
        answer_version(r, i);
        return true;
    }
    return false;
}

/* ---- Version 2 ---- */

static void build_v2_json(void)
{
    struct group_version all[GROUP_VERSIONS_MAX];
    int n = group_versions(all);
    struct buf b;
    buf_init(&b, OPENAPI_MAX);
    buf_cstr(&b, "{\"swagger\":\"2.0\"," OPENAPI_INFO);
    openapi_write_paths(&b, OPENAPI_V2, all, n);
    buf_cstr(&b, "},\"definitions\":{");
    openapi_write_schemas(&b, OPENAPI_V2, all, n);
    buf_cstr(&b, "}}\n");
    document_make(&v2_json, &b, "application/json");
}

static void build_v2_proto(const char *content_type)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct buf b;
    buf_init(&b, OPENAPI_MAX);
    const struct json *doc = json_parse(&a, v2_json.text, &e);
    KASSERT(doc);
    proto_openapi_encode(&b, doc);
    document_make(&v2_proto, &b, content_type);
}

/* NULL: no form that we have is accepted. Clients before 1.28 ask by the first protobuf name and take the second. */
static const struct document *document_v2(struct request *r)
{
    static const struct {
        const char *accept;
        struct document *doc;
    } forms[] = {
        {"application/json", &v2_json},
        {"application/com.github.proto-openapi.spec.v2@v1.0+protobuf", &v2_proto},
        {"application/com.github.proto-openapi.spec.v2.v1.0+protobuf", &v2_proto},
        {"application/*", &v2_json},
        {"*/*", &v2_json},
    };
    struct str rest = request_header(r, "Accept");
    struct document *doc = rest.n ? NULL : &v2_json;
    while (rest.n && !doc) {
        struct str clause = str_cut(rest, ',', &rest), parameters, type = str_trim(str_cut(clause, ';', &parameters));
        for (size_t i = 0; i < ARRAY_LEN(forms) && !doc; i++)
            if (str_eqc(type, forms[i].accept)) doc = forms[i].doc;
    }
    if (!doc) return NULL;
    mutex_lock(&openapi_lock);
    if (!v2_json.text.p) build_v2_json();
    if (doc == &v2_proto && !v2_proto.text.p) build_v2_proto(forms[2].accept);
    mutex_unlock(&openapi_lock);
    return doc;
}

static void answer_v2(struct request *r)
{
    const struct document *doc = document_v2(r);
    if (doc)
        document_answer(r, doc);
    else
        status_failf(r, ERR_NOT_ACCEPTABLE,
                     "only the following media types are accepted: application/json, "
                     "application/com.github.proto-openapi.spec.v2@v1.0+protobuf");
}

bool openapi_handle(struct request *r)
{
    struct str path = str_from(r->path, strlen("/openapi/"));
    if (path.n && path.p[path.n - 1] == '/') path.n--;
    if (str_eqc(path, "v2")) return answer_v2(r), true;
    return str_starts(path, STR("v3")) && answer_v3(r, str_from(path, strlen("v3")));
}
