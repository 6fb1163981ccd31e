/* request.h - one HTTP request from its first byte to its response. Lives in its own arena;
 * owned by one thread at a time: epoll thread -> (worker -> store writer -> worker)* -> epoll thread. */
#ifndef APISERVER_HTTP_REQUEST_H
#define APISERVER_HTTP_REQUEST_H

#include "api/schema.h"
#include "apiserver/limits.h"
#include "base/blob.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/thread.h"

struct query_arg {
    struct str key, value;
    bool has_value;
}; /* decoded */

struct user { /* filter/authn.c */
    struct str name, uid;
    struct str *groups;
    int ngroups;
    struct user_extra {
        const char *key;
        struct str value;
    } * extra; /* in the order of their keys' first values; a key may occur again */
    int nextra;
    const char *component; /* "scheduler", "controllers", "kubelet-sim": one of our own processes; else NULL */
};

enum verb {
    VERB_NONE,
    VERB_GET,
    VERB_LIST,
    VERB_WATCH,
    VERB_CREATE,
    VERB_UPDATE,
    VERB_PATCH,
    VERB_DELETE,
    VERB_DELETECOLLECTION,
    VERB_CONNECT
};

struct target {                        /* rest/route.c: what the URL names */
    const struct api_resource *res;    /* NULL: not a resource path */
    const struct api_subresource *sub; /* NULL: the object itself */
    struct str ns, name;               /* STR_NULL when the path has none; decoded */
    enum verb verb;
};

enum media { MEDIA_JSON, MEDIA_YAML, MEDIA_PROTOBUF };
enum form { FORM_OBJECT, FORM_TABLE, FORM_METADATA /* PartialObjectMetadata */, FORM_METADATA_LIST, FORM_DISCOVERY };
struct accept { /* rest/accept.c: the answer that the client wants */
    enum media media;
    enum form form;
    bool pretty;            /* JSON for people */
    bool gzip;              /* may be compressed */
    bool bare;              /* JSON of objects and their metadata without managedFields: our own components alone */
    const char *as_version; /* of what is not the object itself: "v1", "v1beta1" */
};

struct header {
    const char *name, *value;
};

struct response {
    int code;                 /* 0: none yet */
    const char *content_type; /* static or arena; NULL: JSON, and of a 304 none */
    struct buf body;          /* owned */
    struct header *headers;   /* in the arena, their texts too */
    int nheaders, cap_headers;
};

struct http_conn; /* http/ alone looks inside */
struct write;     /* rest/write.h */
struct walk;      /* sim/trace.h */
struct warnings;  /* object/warnings.h */

struct request {
    struct arena arena;
    struct http_conn *conn;
    /* set by http/ */
    struct str method, path /* raw, percent-encoded, without query */, query /* raw */;
    bool is_head; /* a HEAD; its method is told as GET */
    struct query_arg args[QUERY_ARGS_MAX];
    int nargs;
    struct str body;
    bool body_too_large; /* body was longer than BODY_MAX; it is empty */
    int64_t received_ns; /* mono: the last byte of the request was read */
    struct str cert_cn;  /* verified client certificate: CN and O; STR_NULL without */
    struct str cert_orgs[16];
    int ncert_orgs;
    struct str proxy_cn; /* CN of a certificate that the CA of front proxies gave; STR_NULL without */
    bool bad_cert;       /* a client certificate came and does not verify: bad credentials (401) */
    /* set by filter/ and rest/ */
    struct user user;
    struct target target;
    const struct api_resource *held; /* target.res while it is a custom kind's; let go with the request */
    struct accept accept;
    struct response resp;
    struct write *write;               /* state of a write between its stages */
    struct walk *walk;                 /* referenced; the trace this request belongs to, or NULL */
    bool of_component;                 /* a write of one that a reset waits for (sim/reset.h) */
    struct warnings *warnings;         /* what Warning headers say, in the arena; NULL: nothing yet */
    struct job job;                    /* for the worker pool */
    void (*resume)(struct request *r); /* what the pool calls: request_later */
    void *ctx;                         /* one handler's own state, in the arena */
    void (*on_done)(
        struct request *r); /* called once when the response was handed to TLS or the client is gone; any thread */
};

/* Reading. */
struct str request_header(const struct request *r,
                          const char *name); /* borrowed from the connection; STR_NULL: absent */
int request_headers(const struct request *r, const struct header **list); /* all of them, as they came */
const char *request_audit_id(const struct request *r);
/* The client's address, without its port. False: there is none any more. */
bool request_peer(const struct request *r, char *out, size_t size);
const struct query_arg *request_arg(const struct request *r, const char *key); /* first of that name */
struct str request_arg_str(const struct request *r, const char *key);          /* STR_NULL: absent */
bool request_client_gone(const struct request *r); /* a suspended request whose peer hung up */
/* Sets on_done (any thread that owns r now). False: the peer is gone already and fn may or may not be told. */
bool request_on_done(struct request *r, void (*fn)(struct request *r));

/* Ending: exactly once, from any thread, after resp is filled in. */
void request_finish(struct request *r);
/* Runs r->resume = fn on the worker pool. The caller gives the request away. */
void request_later(struct request *r, void (*fn)(struct request *r));
/* Set at start-up by main. */
void request_set_pool(struct pool *p);
void request_submit(struct job *j); /* a job of one's own on the same pool; on the spot when there is none */

/* Values are copied. */
void response_header(struct request *r, const char *name, const char *value);     /* instead of one of that name */
void response_add_header(struct request *r, const char *name, const char *value); /* beside others of that name */
void response_drop_headers(struct request *r, const char *name);                  /* all of that name */

#endif
