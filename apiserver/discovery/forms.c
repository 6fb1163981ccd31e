/* forms.c - see forms.h.
 * Reads: r->accept, If-None-Match.   Writes: r->resp.
 * Upstream: apiserver pkg/endpoints/discovery/aggregated/etag.go; responsewriters/writers.go for the Content-Type. */
#include "apiserver/discovery/forms.h"

#include "apiserver/rest/rest.h"
#include "apiserver/rest/status.h"
#include "base/kassert.h"

#include <stdio.h>
#include <stdlib.h>

#define AGGREGATED ";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

enum { TEXT_MAX = 64 << 20, PEOPLE = 3 }; /* the form behind those of enum media */

static const char *const types[FORM_TEXTS][2] = {
    [MEDIA_JSON] = {"application/json", "application/json" AGGREGATED},
    [MEDIA_YAML] = {"application/yaml", "application/yaml" AGGREGATED},
    [MEDIA_PROTOBUF] = {"application/vnd.kubernetes.protobuf", "application/vnd.kubernetes.protobuf" AGGREGATED},
    [PEOPLE] = {"application/json", "application/json" AGGREGATED},
};

static pthread_mutex_t making = MUTEX_INIT;

void forms_init(struct forms *f, struct buf *json, bool aggregated)
{
    size_t n = json->n;
    unsigned long long hash = str_hash(buf_view(json), 0);
    *f = (struct forms){.aggregated = aggregated};
    if (aggregated) snprintf(f->etag, sizeof f->etag, "\"%016llX\"", hash);
    f->text[MEDIA_JSON] = str_n(buf_take(json), n);
}

void forms_release(struct forms *f)
{
    for (int i = 0; i < FORM_TEXTS; i++) free((char *)(uintptr_t)f->text[i].p);
    *f = (struct forms){0};
}

static struct str text_of_form(struct forms *f, int form)
{
    mutex_lock(&making);
    if (!f->text[form].p) {
        struct buf out;
        buf_init(&out, TEXT_MAX);
        bool ok =
            media_convert(&out, f->text[MEDIA_JSON], form == PEOPLE ? MEDIA_JSON : (enum media)form, form == PEOPLE);
        KASSERT(ok && buf_ok(&out)); /* it comes from our own tables */
        size_t n = out.n;
        f->text[form] = str_n(buf_take(&out), n);
    }
    struct str text = f->text[form];
    mutex_unlock(&making);
    return text;
}

/* True: the client has it, 304. */
static bool answer_head(struct request *r, const char *etag)
{
    response_header(r, "ETag", etag);
    response_header(r, "Vary", "Accept");
    response_header(r, "Cache-Control", "public");
    if (!str_eqc(request_header(r, "If-None-Match"), etag)) return false;
    r->resp.code = 304;
    return true;
}

static int form_of(const struct request *r)
{
    return r->accept.media == MEDIA_JSON && r->accept.pretty ? PEOPLE : (int)r->accept.media;
}

void forms_answer(struct request *r, struct forms *f)
{
    if (f->aggregated && answer_head(r, f->etag)) return;
    int form = form_of(r);
    struct str text = text_of_form(f, form);
    struct buf body;
    buf_init(&body, text.n + 1);
    buf_str(&body, text);
    media_respond_bytes(r, 200, types[form][f->aggregated], &body);
}

void forms_answer_text(struct request *r, struct str json, bool aggregated)
{
    char etag[24];
    int form = form_of(r);
    snprintf(etag, sizeof etag, "\"%016llX\"", (unsigned long long)str_hash(json, 0));
    if (aggregated && answer_head(r, etag)) return;
    struct buf body;
    buf_init(&body, TEXT_MAX);
    bool ok = form == MEDIA_JSON ||
              media_convert(&body, json, form == PEOPLE ? MEDIA_JSON : (enum media)form, form == PEOPLE);
    if (form == MEDIA_JSON) buf_str(&body, json);
    if (ok) {
        media_respond_bytes(r, 200, types[form][aggregated], &body);
        return;
    }
    buf_release(&body);
    status_failf(r, ERR_NOT_ACCEPTABLE, "what an aggregated server told of itself has no such form");
}
