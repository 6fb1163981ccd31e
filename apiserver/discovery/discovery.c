/* discovery.c - dispatch of the paths that are not resources, and documents with ETags.
 * Reads: api_resources, the metrics registry.   Writes: r->resp. */
#include "apiserver/discovery/discovery.h"

#include "apiserver/discovery/catalogue.h"
#include "apiserver/rest/rest.h"
#include "apiserver/rest/status.h"
#include "base/metrics.h"

#include <stdio.h>
#include <stdlib.h>

enum { METRICS_MAX = 8 << 20 };

void document_make(struct document *d, struct buf *b, const char *content_type)
{
    size_t n = b->n;
    uint64_t hash = str_hash(buf_view(b), 0);
    d->text = str_n(buf_take(b), n);
    d->content_type = content_type;
    snprintf(d->etag, sizeof d->etag, "\"%016llX\"", (unsigned long long)hash);
}

void document_answer(struct request *r, const struct document *d)
{
    response_header(r, "ETag", d->etag);
    response_header(r, "Vary", "Accept");
    if (str_eqc(request_header(r, "If-None-Match"), d->etag)) {
        r->resp.code = 304;
        return;
    }
    r->resp.code = 200;
    r->resp.content_type = d->content_type;
    buf_init(&r->resp.body, d->text.n + 1);
    buf_str(&r->resp.body, d->text);
}

void document_release(struct document *d)
{
    free((char *)(uintptr_t)d->text.p);
    *d = (struct document){0};
}

static void version_answer(struct request *r)
{
    static const char text[] =
        "{\n  \"major\": \"1\",\n  \"minor\": \"36\",\n  \"emulationMajor\": \"1\",\n  \"emulationMinor\": \"36\",\n"
        "  \"minCompatibilityMajor\": \"1\",\n  \"minCompatibilityMinor\": \"35\",\n"
        "  \"gitVersion\": \"v1.36.3+kubestep\",\n  \"gitCommit\": \"\",\n  \"gitTreeState\": \"clean\",\n"
        "  \"buildDate\": \"\",\n  \"goVersion\": \"\",\n  \"compiler\": \"gcc\",\n  \"platform\": \"linux/amd64\"\n}";
    if (!str_eqc(r->method, "GET") || r->is_head) {
        status_method_not_allowed(r);
        return;
    }
    if (!accept_route_version(r)) return;
    r->resp.code = 200;
    r->resp.content_type = "application/json";
    buf_init(&r->resp.body, sizeof text);
    buf_str(&r->resp.body, STR(text));
}

static void metrics_answer(struct request *r)
{
    r->resp.code = 200;
    r->resp.content_type = "text/plain; version=0.0.4; charset=utf-8";
    buf_init(&r->resp.body, METRICS_MAX);
    metrics_write(&r->resp.body);
}

void discovery_init(const char *advertise_host_port) { groups_init(advertise_host_port); }

static int by_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* GET /: where else to look, as upstream's index: sorted, each once. */
static void index_answer(struct request *r)
{
    static const char *const fixed[] = {"/api",        "/api/v1",      "/apis",    "/apis/",
                                        "/healthz",    "/livez",       "/metrics", "/openapi/v2",
                                        "/openapi/v3", "/openapi/v3/", "/readyz",  "/version"};
    struct catalogue *c = catalogue_hold();
    struct buf *b = &r->resp.body;
    const char **paths = ARENA_ARRAY(&r->arena, const char *, 2 * (size_t)c->nversions + ARRAY_LEN(fixed));
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++) paths[n++] = fixed[i];
    for (int i = 0; i < c->nversions; i++) {
        const struct group_version *gv = &c->versions[i];
        if (!*gv->group) continue;
        if (catalogue_first_of_group(c, i)) paths[n++] = arena_printf(&r->arena, "/apis/%s", gv->group);
        paths[n++] = arena_printf(&r->arena, "/apis/%s/%s", gv->group, gv->version);
    }
    catalogue_release(c);
    qsort(paths, n, sizeof *paths, by_text);
    buf_init(b, METRICS_MAX);
    buf_cstr(b, "{\n  \"paths\": [");
    for (size_t i = 0; i < n; i++) buf_addf(b, "%s\n    \"%s\"", i ? "," : "", paths[i]);
    buf_cstr(b, "\n  ]\n}");
    r->resp.code = 200;
    r->resp.content_type = "application/json";
}

bool discovery_handle(struct request *r)
{
    if (str_eqc(r->path, "/")) return index_answer(r), true;
    if (str_eqc(r->path, "/version") || str_eqc(r->path, "/version/")) return version_answer(r), true;
    if (str_eqc(r->path, "/metrics")) return metrics_answer(r), true;
    if (str_starts(r->path, STR("/openapi/"))) return openapi_handle(r);
    if (health_handle(r)) return true;
    return groups_handle(r);
}
