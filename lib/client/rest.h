/* rest.h - the Kubernetes API as calls: one function per verb, objects in and out.
 * Straight-line blocking code; any thread. Errors carry the server's code and message
 * (ERR_CONFLICT, ERR_NOT_FOUND, ...) so that callers branch on e->code. */
#ifndef CLIENT_REST_H
#define CLIENT_REST_H

#include "api/object.h"
#include "base/err.h"
#include "http/http.h"

struct rest;

/* component: "scheduler", "controllers", "kubelet-sim", "kubestep": goes into User-Agent
 * ("NAME/v1.36.3+kubestep") under the name it has in every cluster: kube-scheduler, kubelet. */
struct rest *rest_new(const char *kubeconfig_path, const char *component, struct err *e) MUST_USE;
void rest_free(struct rest *r);
const char *rest_server(const struct rest *r); /* base URL */
/* A view on the same connections that acts as another user (Impersonate-User, Impersonate-Group: system:nodes ...).
 * groups: NULL-terminated. Freed with rest_free; the parent must outlive it. */
struct rest *rest_as(struct rest *r, const char *user, const char *const *groups);
/* The same server and identity on connections of its own (r is no view). NULL: out of descriptors. */
struct rest *rest_dup(struct rest *r);
struct http *rest_http(struct rest *r); /* for http_abort, http_interrupt, http_wait */

struct rest_call {
    const char *method;         /* "GET" ... */
    const char *path;           /* "/api/v1/namespaces/default/pods/x/status?..." */
    const struct json *body;    /* tree to send as JSON, or NULL */
    struct str raw_body;        /* or text as it is */
    const char *content_type;   /* NULL: application/json */
    const char *accept;         /* NULL: application/json */
    const char *const *headers; /* more headers, "Name: value", NULL-terminated, or NULL */
    int64_t timeout_ms;         /* 0: 30 s */
};
/* out may be NULL. *out: the parsed answer (an object, a list, a Status), one reference. False: *e from the Status. */
bool rest_do(struct rest *r, const struct rest_call *c, const struct object **out, struct err *e) MUST_USE;
/* The same with the answer as bytes. */
bool rest_do_raw(struct rest *r, const struct rest_call *c, struct http_response *out, struct err *e) MUST_USE;
struct http_stream *rest_open(struct rest *r, const struct rest_call *c, struct err *e) MUST_USE;

/* Which resource: "v1/pods", "apps/v1/replicasets" -> "/api/v1/namespaces/NS/pods/NAME[/SUB]"; ns "" or name "" left
 * out. In the arena; parts are percent-encoded. KASSERTs that the resource text is well-formed. */
const char *rest_path(struct arena *a, const char *resource, struct str ns, struct str name, const char *sub);

/* Shorthands over rest_do. `out` may be NULL. */
bool rest_get(struct rest *r, const char *resource, struct str ns, struct str name, const struct object **out,
              struct err *e) MUST_USE;
bool rest_create(struct rest *r, const char *resource, struct str ns, const struct json *obj, const struct object **out,
                 struct err *e) MUST_USE;
bool rest_update(struct rest *r, const char *resource, const char *sub, const struct json *obj,
                 const struct object **out, struct err *e) MUST_USE; /* ns and name from obj */
/* type: "merge", "strategic", "json". */
bool rest_patch(struct rest *r, const char *resource, struct str ns, struct str name, const char *sub, const char *type,
                const struct json *patch, const struct object **out, struct err *e) MUST_USE;
struct rest_delete_opts {
    int64_t grace_s;         /* -1: not said */
    struct str uid;          /* precondition, or STR_NULL */
    uint64_t rv;             /* precondition, or 0 */
    const char *propagation; /* or NULL */
};
bool rest_delete(struct rest *r, const char *resource, struct str ns, struct str name, const struct rest_delete_opts *o,
                 struct err *e) MUST_USE;

#endif
