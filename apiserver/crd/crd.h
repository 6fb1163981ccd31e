/* crd.h - the kinds that CustomResourceDefinitions make.
 *
 * A definition whose names are accepted is installed at the commit that says so, before anybody can see it: from then
 * on the registry has its resources and the cache a place for its objects. What its requests need beyond the names (the
 * schemas) is compiled when the first one comes. A definition that changes is a new kind in the old one's place. */
#ifndef APISERVER_CRD_CRD_H
#define APISERVER_CRD_CRD_H

#include "api/decode.h"
#include "api/registry.h"
#include "apiserver/crd/jsonpath.h"
#include "apiserver/crd/schema.h"
#include "apiserver/crd/webhook.h"
#include "base/blob.h"
#include "store/store.h"

struct crd_column {
    const char *name, *type, *format, *description;
    int32_t priority;
    const struct jsonpath *path; /* NULL: it cannot be read, and there are no columns from here on */
};

struct crd_scale {
    const char *spec_path, *status_path, *selector_path; /* ".spec.replicas"; selector_path may be NULL */
};

/* What a version has beside its row. Const once its kind is prepared. */
struct crd_version {
    const struct api_schema *schema;
    const struct api_schema *status_schema; /* of .status; NULL: none */
    struct api_type type;
    struct crd_column *columns;
    int ncolumns;
    const struct crd_scale *scale; /* NULL: none */
    bool has_status;
    const char *warning; /* of a deprecated version; NULL: none */
};

struct crd_kind {
    struct api_custom base; /* first */
    struct arena arena;
    const struct blob *definition; /* the stored CustomResourceDefinition; referenced */
    struct webhook *webhook;       /* converts its objects; NULL: nothing but apiVersion changes */
    struct crd_version *versions;  /* beside base.versions */
    _Atomic bool terminating;
};

static inline struct crd_kind *crd_kind_of(const struct api_resource *r) { return (struct crd_kind *)r->custom; }
const struct crd_version *crd_version_of(const struct api_resource *r); /* of a custom resource */

/* A cell, in upstream's way; JSON null when there is nothing to show. In the arena, or the object's own. */
const struct json *crd_cell(struct arena *a, const struct crd_column *c, const struct json *obj, int64_t now_ns);

/* kind.c: a kind from a stored definition whose names are accepted; one reference. NULL: they are not. */
struct crd_kind *crd_kind_new(const struct blob *definition);

/* install.c: all stored definitions, before anybody is served. */
bool crd_load(struct err *e) MUST_USE;
/* Of every group, before the cache sees it. */
void crd_on_commit(const struct store_event *events, int count);
/* And when the cache has it: the keeper looks. */
void crd_after_commit(const struct store_event *events, int count);

/* ---- Objects (object.c). Trees of requests have no TypeMeta, stored ones do. ---- */

/* What a client sent, as the version's schema has it. */
bool crd_decode(struct arena *a, const struct api_resource *r, struct json *j, struct decode_notes *notes,
                struct err *e) MUST_USE;
void crd_default(struct arena *a, const struct api_resource *r, struct json *j);
/* The object of `r` as it is stored, with TypeMeta, without a revision. When `r` is the stored version its blob is
 * current. Of a kind with a webhook it stays in the version of `r`: others come from there (conversion.h). */
struct json *crd_stored(struct arena *a, const struct api_resource *r, struct json *j);
/* A stored tree as one of version `to`, with TypeMeta: converted, pruned and defaulted as upstream does on every read.
 */
void crd_read(struct arena *a, struct json *j, const struct api_resource *from, const struct api_resource *to);
/* What a webhook made of an object, as one of version `to`: what its schema does not know goes. */
void crd_take_converted(struct arena *a, struct json *j, const struct api_resource *to);
/* Are the stored bytes, in version `from`, what a client of `to` gets? */
bool crd_is_current(const struct blob *b, const struct api_resource *from, const struct api_resource *to);
void crd_set_current(const struct blob *b, const struct api_resource *r);
struct json *crd_zero(struct arena *a, const struct api_resource *r); /* an object that says nothing but what it is */
void crd_drop_type_meta(struct json *j);
void crd_add_type_meta(struct arena *a, const struct api_resource *r, struct json *j);

#endif
