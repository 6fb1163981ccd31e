/* discovery_priv.h - a document that is built once and answered with its ETag. */
#ifndef APISERVER_DISCOVERY_DISCOVERY_PRIV_H
#define APISERVER_DISCOVERY_DISCOVERY_PRIV_H

#include "apiserver/http/request.h"
#include "base/json.h"

struct document {
    struct str text; /* heap, lives as long as its catalogue */
    char etag[24];   /* quoted hex of its hash */
    const char *content_type;
};

void document_release(struct document *d);
/* Takes over *b. */
void document_make(struct document *d, struct buf *b, const char *content_type);
/* 200 with the text, or 304 when If-None-Match names it. */
void document_answer(struct request *r, const struct document *d);

/* A group and version, and its resources: built-in ones, or custom ones. */
struct group_version {
    const char *group, *version;
    const struct api_resource *const *resources;
    int count;
};

/* groups.c */
void groups_init(const char *advertise);
bool groups_handle(struct request *r); /* /api, /api/v1, /apis, /apis/G, /apis/G/V */
/* Our own /apis, for aggregator/; aggregated: as an APIGroupDiscoveryList. In the arena. */
struct str groups_text(struct arena *a, bool aggregated);
/* openapi.c */
struct str openapi_index_text(struct arena *a); /* our own /openapi/v3; in the arena */
struct str openapi_v2_text(struct arena *a);    /* our own /openapi/v2 as JSON; in the arena */
struct str openapi_v2_etag(struct arena *a);    /* its ETag */
/* Which form of /openapi/v2 does the client want? None: r->resp is set. */
enum openapi_form { OPENAPI_FORM_NONE, OPENAPI_FORM_JSON, OPENAPI_FORM_PROTO } openapi_v2_form(struct request *r);
void openapi_v2_make_proto(struct document *d, const struct json *doc);
bool openapi_handle(struct request *r); /* /openapi/v2, /openapi/v3 and below */
/* health.c */
bool health_handle(struct request *r);

#endif
