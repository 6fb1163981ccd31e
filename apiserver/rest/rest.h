/* rest.h - from a request to the handler that answers it.
 * rest_on_request (epoll thread): authenticate (filter/authn.h), route (route.c), then one of
 *   - discovery_handle      /healthz /livez /readyz /version /metrics /api /apis /openapi
 *   - sim_handle            group sim.kubestep.dev
 *   - get, plain list       answered on the spot: a look-up or a concatenation
 *   - everything else       request_later: worker pool */
#ifndef APISERVER_REST_REST_H
#define APISERVER_REST_REST_H

#include "apiserver/http/request.h"
#include "apiserver/watch/item.h"

void rest_on_request(struct request *r);

/* route.c: fills r->target from method and path. False: nothing of ours (r->target.res NULL). *e for a bad path or
 * verb. */
bool route_parse(struct request *r, struct err *e) MUST_USE;

/* accept.c: can the route of a built-in kind answer in a form that the client takes? False: 406 was set in r->resp. */
bool accept_routes(struct request *r);
/* accept.c: the answer that the client wants -> r->accept. r->target is known. False: 406 was set in r->resp. */
bool accept_negotiate(struct request *r);
/* The same for a Status about a failure, which has forms of its own; never fails: JSON is always there. */
void accept_negotiate_error(struct request *r);
/* Can a watch be written in r->accept? Is what was asked for (a list, or one object) what there is? False: 406 was
 * set. */
bool accept_stream(struct request *r);
/* For a discovery document; has_aggregated: there is one with all groups, too (FORM_DISCOVERY). False: 406 was set. */
bool accept_negotiate_discovery(struct request *r, bool has_aggregated);
bool accept_fits(struct request *r, bool list);

#define MEDIA_TYPES "application/json, application/yaml, application/vnd.kubernetes.protobuf"
/* media.c: Content-Type of a body; false: 415 was set. */
bool media_of_body(struct request *r, enum media *out);
/* media.c: body in the given media as a tree; api_version/kind as said in it (STR_NULL if absent). ERR_BAD_REQUEST.
 * *duplicates: keys that YAML has twice, of which the last one counts (ERR_NONE: none); those of JSON are in the tree.
 */
struct json *media_decode(struct request *r, enum media m, const struct api_type *t, struct str *api_version,
                          struct str *kind, struct err *duplicates, struct err *e) MUST_USE;
/* media.c: a finished JSON object text as the response, in the negotiated media (JSON as it is; else converted). Takes
 * over *json. */
void media_respond(struct request *r, int code, struct buf *json);
/* A JSON text for people or in another media. False: it cannot be, and what is in *out counts for nothing. */
bool media_convert(struct buf *out, struct str json, enum media m, bool pretty) MUST_USE;
/* A body that is in its media already; content_type lives as long as r. Takes over *body. */
void media_respond_bytes(struct request *r, int code, const char *content_type, struct buf *body);
/* The same for a protobuf message in its envelope. */
void media_respond_message(struct request *r, int code, struct buf *message);
/* One object in the negotiated form and media. include: of a row of a Table. rev: as in item_write. */
void media_respond_item(struct request *r, int code, const struct api_resource *res, struct item *it, uint64_t rev,
                        const char *include);
/* One that is not in the store: a tree with TypeMeta. */
void media_respond_tree(struct request *r, int code, const struct api_resource *res, const struct json *tree,
                        uint64_t rev, const char *include);
/* Nothing to convert or to compress: the answer costs its bytes. */
bool media_is_plain(const struct request *r, size_t bytes);

/* read.c */
void rest_get(struct request *r);
void rest_list(struct request *r);
void rest_watch(struct request *r);      /* read_watch.c */
void rest_log(struct request *r);        /* log.c: pods/NAME/log */
void rest_scale_get(struct request *r);  /* scale.c: NAME/scale */
void rest_connect(struct request *r);    /* connect.c: exec, attach, portforward, proxy */
void rest_components(struct request *r); /* component.c: componentstatuses */
/* write.c (create, update, patch), delete.c (delete, deletecollection) */
void rest_write(struct request *r);
void rest_delete(struct request *r);
void rest_delete_collection(struct request *r);

/* Options common to writes, parsed from the query (and DeleteOptions in the body). */
enum field_validation { FV_IGNORE, FV_WARN, FV_STRICT };
struct write_options {
    bool dry_run;
    enum field_validation field_validation;
    struct str field_manager;
    bool apply; /* the PATCH is a server-side apply */
    bool force;
};
/* False: answered (422). */
bool write_options_parse(struct request *r, struct write_options *o, struct err *e) MUST_USE;

/* Is the body of this PATCH to be applied? */
bool patch_is_apply(struct request *r);

/* Counts the request and finishes it. */
void rest_finish(struct request *r);

/* Creates the namespaces that every cluster has, where absent, in one transaction. Before readiness. */
bool bootstrap(struct err *e) MUST_USE;

#endif
