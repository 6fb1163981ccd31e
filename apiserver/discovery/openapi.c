/* openapi.c - /openapi/v3: an index and one document per group version; /openapi/v2: all in one document, as JSON and
 * as protobuf. Each is written from the tables when first asked for, and kept.
 * Reads: the catalogue.   Writes: its documents, r->resp. */
#include "apiserver/discovery/catalogue.h"

#include "api/proto_openapi.h"
#include "apiserver/discovery/openapi_parts.h"
#include "base/kassert.h"
#include "base/mono.h"
#include "base/thread.h"

#include <stdio.h>
#include <time.h>

enum { OPENAPI_MAX = 64 << 20, HTTP_DATE_MAX = 64, YEAR_S = 365 * 24 * 3600 };
#define OPENAPI_INFO "\"info\":{\"title\":\"Kubernetes\",\"version\":\"v1.36.3+kubestep\"},\"paths\":{"
#define CUSTOM_INFO  "\"info\":{\"title\":\"Kubernetes CRD Swagger\",\"version\":\"v0.1.0\"},\"paths\":{"

enum { HASH_TEXT = 17 };

/* The documents of built-in versions, which are the first in every catalogue: made once. */
static pthread_mutex_t builtin_lock = MUTEX_INIT;
static struct document *builtin;

/* ---- Version 3 ---- */

static bool is_custom(const struct group_version *gv) { return gv->resources[0]->custom != NULL; }

static void build_version(struct document *d, const struct group_version *gv)
{
    struct buf b;
    buf_init(&b, OPENAPI_MAX);
    buf_addf(&b, "{\"openapi\":\"3.0.0\",%s", is_custom(gv) ? CUSTOM_INFO : OPENAPI_INFO);
    openapi_write_paths(&b, OPENAPI_V3, gv, 1);
    buf_cstr(&b, "},\"components\":{\"schemas\":{");
    openapi_write_schemas(&b, OPENAPI_V3, gv, 1);
    buf_cstr(&b, "}}}\n");
    document_make(d, &b, "application/json");
}

/* The document of a version, made when it is first asked for. Lives as long as the catalogue. */
static const struct document *version_doc(struct catalogue *c, int i)
{
    bool custom = is_custom(&c->versions[i]);
    pthread_mutex_t *lock = custom ? &c->making : &builtin_lock;
    mutex_lock(lock);
    if (!custom && !builtin) builtin = xcalloc((size_t)c->nversions, sizeof *builtin);
    struct document *d = custom ? &c->v3[i] : &builtin[i];
    if (!d->text.p) build_version(d, &c->versions[i]);
    mutex_unlock(lock);
    return d;
}

/* What tells one document of a version from another one: for custom kinds without making it. */
static void version_hash(struct catalogue *c, int i, char out[HASH_TEXT])
{
    const struct group_version *gv = &c->versions[i];
    uint64_t hash = 0;
    if (!is_custom(gv)) {
        (void)snprintf(out, HASH_TEXT, "%.16s", version_doc(c, i)->etag + 1);
        return;
    }
    for (int k = 0; k < gv->count; k++) {
        uint64_t pair[] = {hash, gv->resources[k]->custom->print};
        hash = str_hash(str_n((const char *)pair, sizeof pair), 0);
    }
    (void)snprintf(out, HASH_TEXT, "%016llX", (unsigned long long)hash);
}

/* "api/v1" or "apis/G/V" */
static void version_path(struct buf *b, const struct group_version *gv)
{
    buf_cstr(b, *gv->group ? "apis/" : "api/");
    if (*gv->group) buf_addf(b, "%s/", gv->group);
    buf_cstr(b, gv->version);
}

/* "/openapi/v3/apis/apps/v1?hash=.." */
static void version_url(struct buf *b, struct catalogue *c, int i)
{
    char hash[HASH_TEXT];
    version_hash(c, i, hash);
    buf_cstr(b, "/openapi/v3/");
    version_path(b, &c->versions[i]);
    buf_addf(b, "?hash=%s", hash);
}

static void write_index(struct buf *b, struct catalogue *c)
{
    buf_init(b, OPENAPI_MAX);
    buf_cstr(b, "{\"paths\":{");
    for (int i = 0; i < c->nversions; i++) {
        buf_cstr(b, i ? ",\"" : "\"");
        version_path(b, &c->versions[i]);
        buf_cstr(b, "\":{\"serverRelativeURL\":\"");
        version_url(b, c, i);
        buf_cstr(b, "\"}");
    }
    buf_cstr(b, "}}\n");
}

static void answer_index(struct request *r, struct catalogue *c)
{
    struct buf b;
    struct document d;
    write_index(&b, c);
    document_make(&d, &b, "text/plain; charset=utf-8"); /* upstream names no type here, and so its library does */
    document_answer(r, &d);
    document_release(&d);
}

struct str openapi_index_text(struct arena *a)
{
    struct buf b AUTO_BUF;
    struct catalogue *c = catalogue_hold();
    write_index(&b, c);
    catalogue_release(c);
    return str_copy(a, buf_view(&b));
}

/* An address with a hash means that one document for ever; with an old hash, the document that came after it
 * (kube-openapi pkg/handler3). */
static void answer_version(struct request *r, struct catalogue *c, int i)
{
    const struct query_arg *hash = request_arg(r, "hash");
    char present[HASH_TEXT];
    if (!hash || !hash->value.n) return document_answer(r, version_doc(c, i));
    version_hash(c, i, present);
    if (str_eqc(hash->value, present)) {
        char expires[HTTP_DATE_MAX];
        time_t then = (time_t)(mono_wall_ms() / 1000 + YEAR_S);
        struct tm tm;
        strftime(expires, sizeof expires, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &tm));
        document_answer(r, version_doc(c, i));
        response_header(r, "Cache-Control", "public, immutable");
        response_header(r, "Expires", expires);
        return;
    }
    struct buf url AUTO_BUF = {0};
    buf_init(&url, API_VERSION_MAX + 64);
    version_url(&url, c, i);
    response_header(r, "Location", url.p);
    response_header(r, "Vary", "Accept");
    r->resp.code = 301;
}

static bool answer_v3(struct request *r, struct catalogue *c, struct str path)
{
    if (!path.n) return answer_index(r, c), true;
    for (int i = 0; i < c->nversions; i++) {
        const struct group_version *gv = &c->versions[i];
        char name[API_VERSION_MAX];
        snprintf(name, sizeof name, "/%s%s%s%s", *gv->group ? "apis/" : "api/", gv->group, *gv->group ? "/" : "",
                 gv->version);
        if (!str_eqc(path, name)) continue;
        answer_version(r, c, i);
        return true;
    }
    return false;
}

/* ---- Version 2 ---- */

static void build_v2_json(struct catalogue *c)
{
    struct buf b;
    buf_init(&b, OPENAPI_MAX);
    buf_cstr(&b, "{\"swagger\":\"2.0\"," OPENAPI_INFO);
    openapi_write_paths(&b, OPENAPI_V2, c->versions, c->nversions);
    buf_cstr(&b, "},\"definitions\":{");
    openapi_write_schemas(&b, OPENAPI_V2, c->versions, c->nversions);
    buf_cstr(&b, "}}\n");
    document_make(&c->v2_json, &b, "application/json");
}

void openapi_v2_make_proto(struct document *d, const struct json *doc)
{
    struct buf b;
    buf_init(&b, OPENAPI_MAX);
    proto_openapi_encode(&b, doc);
    document_make(d, &b, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
}

static void build_v2_proto(struct catalogue *c)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *doc = json_parse(&a, c->v2_json.text, &e);
    KASSERT(doc);
    openapi_v2_make_proto(&c->v2_proto, doc);
}

/* Clients before 1.28 ask by the first protobuf name and take the second. */
enum openapi_form openapi_v2_form(struct request *r)
{
    static const struct {
        const char *accept;
        enum openapi_form form;
    } forms[] = {
        {"application/json", OPENAPI_FORM_JSON},
        {"application/com.github.proto-openapi.spec.v2@v1.0+protobuf", OPENAPI_FORM_PROTO},
        {"application/com.github.proto-openapi.spec.v2.v1.0+protobuf", OPENAPI_FORM_PROTO},
        {"application/*", OPENAPI_FORM_JSON},
        {"*/*", OPENAPI_FORM_JSON},
    };
    struct str rest = request_header(r, "Accept");
    if (!rest.n) return OPENAPI_FORM_JSON;
    while (rest.n) {
        struct str clause = str_cut(rest, ',', &rest), parameters, type = str_trim(str_cut(clause, ';', &parameters));
        for (size_t i = 0; i < ARRAY_LEN(forms); i++)
            if (str_eqc(type, forms[i].accept)) return forms[i].form;
    }
    r->resp.code = 406; /* without a word */
    return OPENAPI_FORM_NONE;
}

static const struct document *document_v2(struct catalogue *c, enum openapi_form form)
{
    mutex_lock(&c->making);
    if (!c->v2_json.text.p) build_v2_json(c);
    if (form == OPENAPI_FORM_PROTO && !c->v2_proto.text.p) build_v2_proto(c);
    mutex_unlock(&c->making);
    return form == OPENAPI_FORM_PROTO ? &c->v2_proto : &c->v2_json;
}

static void answer_v2(struct request *r, struct catalogue *c)
{
    enum openapi_form form = openapi_v2_form(r);
    if (form != OPENAPI_FORM_NONE) document_answer(r, document_v2(c, form));
}

struct str openapi_v2_text(struct arena *a)
{
    struct catalogue *c = catalogue_hold();
    struct str text = str_copy(a, document_v2(c, OPENAPI_FORM_JSON)->text);
    catalogue_release(c);
    return text;
}

struct str openapi_v2_etag(struct arena *a)
{
    struct catalogue *c = catalogue_hold();
    struct str etag = str_copy(a, str_of(document_v2(c, OPENAPI_FORM_JSON)->etag));
    catalogue_release(c);
    return etag;
}

bool openapi_handle(struct request *r)
{
    struct str path = str_from(r->path, strlen("/openapi/"));
    bool v2 = str_eqc(path, "v2");
    if (!v2 && !str_eqc(path, "v3") && !str_starts(path, STR("v3/"))) return false;
    struct catalogue *c = catalogue_hold();
    if (v2) answer_v2(r, c);
    if (!v2 && !answer_v3(r, c, str_from(path, strlen("v3")))) r->resp.code = 404; /* without a word */
    catalogue_release(c);
    return true;
}
