/* managed.h - who owns which fields of an object: metadata.managedFields, read, changed by writes, written again.
 * Upstream: apimachinery pkg/util/managedfields, structured-merge-diff merge/update.go.
 *
 * A set of fields stays the text it was until somebody has to look into it, and an entry that a write does not touch
 * keeps its bytes. Everything lives in the arena of the request. */
#ifndef APISERVER_MANAGED_MANAGED_H
#define APISERVER_MANAGED_MANAGED_H

#include "api/typed.h"

struct manager {
    struct str name, api_version, subresource;
    bool applied;    /* operation Apply; else Update */
    struct str time; /* as written; STR_NULL: none */
    int64_t time_s;
    struct str text;            /* fieldsV1 in our encoding; STR_NULL: it is to be written from the set */
    const struct fieldset *set; /* when parsed */
    bool parsed;
};

struct managed {
    struct arena *a;
    struct manager *items;
    size_t count, cap;
};

/* ---- managed.c: entries ---- */

/* From metadata.managedFields (NULL: none). Texts that one of `known` has (a list from the store, or NULL) are ours and
 * not read; all others are. False: some entry is none, *e says why (ERR_BAD_REQUEST). */
bool managed_read(struct arena *a, const struct json *list, const struct json *known, struct managed *out,
                  struct err *e);
/* The list in upstream's order; NULL when there is nothing. */
struct json *managed_write(struct managed *m);
struct managed managed_copy(const struct managed *m);
/* The entry of that manager: of appliers whatever its version. NULL: none. */
struct manager *managed_find(struct managed *m, const struct manager *id);
struct manager *managed_add(struct managed *m, const struct manager *entry); /* it has none yet */
void managed_remove(struct managed *m, struct manager *entry);
const struct fieldset *managed_set(struct managed *m, struct manager *entry); /* parses it, the first time */
void managed_put_set(struct managed *m, struct manager *entry, const struct fieldset *set);
/* Equal but for the times? */
bool managed_same_but_times(const struct json *l, const struct json *r);
/* How messages call a manager; and its key among all, in whose order they are told. */
void managed_show(struct buf *out, const struct manager *m);
struct str managed_key(struct arena *a, const struct manager *m);
void managed_set_time(struct managed *m, struct manager *entry, int64_t now_s);

/* ---- update.c, apply.c: what a write does to them ---- */

/* Trees of a kind that a webhook converts, in other versions. What is not there yet is noted, and counts as one of a
 * version that is no more: whoever called has it made, and calls again (rest/forms.h). */
struct managed_form {
    struct managed_form *next;
    struct str from, to, text; /* apiVersions; the tree that was converted, without its revision */
    struct str rev;
    const struct json *tree; /* NULL: wanted */
};
struct managed_forms {
    struct managed_form *first;
    bool missed;
};

struct owner { /* who writes what */
    struct arena *a;
    const struct api_resource *res; /* the version of the request; the trees are of it */
    const struct api_type *type;    /* of the trees */
    const char *group, *version, *kind;
    const char *subresource; /* NULL: the object itself */
    struct str manager;      /* "": unknown */
    int64_t now_s;
    bool exists;                 /* the object is stored already */
    struct managed_forms *forms; /* NULL: no webhook converts objects of this kind */
};

/* forms.c: the tree in another version; NULL: it is wanted now. */
const struct json *managed_form(const struct owner *o, const struct json *tree, struct str from, struct str to);

/* A create, update or patch made `now` of `live` (of no object: api_zero). */
void managed_update(const struct owner *o, const struct json *live, const struct json *now, struct managed *m);

/* The entry of who makes an object of the storage version: for those that the server makes itself. */
void managed_begin(struct arena *a, const struct api_resource *res, struct json *obj, struct str manager);
/* The same when the server changes one that has entries: obj is what becomes of the stored text. subresource: of the
 * write, NULL: none. */
void managed_change(struct arena *a, const struct api_resource *res, const char *subresource, struct str stored,
                    struct json *obj, struct str manager);

struct conflict {
    const struct manager *with;
    const struct path_elem *path;
    size_t n;
};
struct conflicts {
    struct conflict *items;
    size_t count, cap;
};

struct conflict_text { /* as a Status tells it */
    struct str manager, path, key;
    const struct conflict *order;
};
/* All of them (conflict.c), by manager, those of one in their order. */
struct conflict_text *conflicts_tell(struct arena *a, const struct conflicts *c);
struct str conflicts_message(struct arena *a, const struct conflict_text *told, size_t n);

/* Applies a configuration (without TypeMeta) to the live object. *out: the new tree, NULL when
 * nothing changed. False: others own what it would change, *c tells; or e->code is set. */
bool managed_apply(const struct owner *o, const struct json *live, const struct json *config, bool force,
                   struct managed *m, struct json **out, struct conflicts *c, struct err *e);

/* What both share (update.c). */
struct versions; /* the two trees in the versions of all managers */
bool managed_settle(const struct owner *o, const struct json *live, const struct json *now, struct managed *m,
                    const struct manager *self, bool force, struct typed_diff *diff, struct conflicts *c);
/* Fits sets to the schema: all, or those that a client sent; drops managers of versions that are no more. */
void managed_reconcile(const struct owner *o, struct managed *m, bool all);
/* The tree in the version of a manager: itself, a copy, or NULL when there is no such version. */
const struct json *managed_convert(const struct owner *o, const struct json *tree, struct str from, struct str to);
/* A type of that version; NULL: there is none. */
const struct api_type *managed_type(const struct owner *o, struct str api_version);
const struct fieldset *managed_strip(struct arena *a, const struct fieldset *set);
struct str managed_version(const struct owner *o);

/* ---- reset.c ---- */

/* Without the fields that writes of the object, or of a subresource, cannot change. */
const struct fieldset *managed_filter(const struct owner *o, const struct fieldset *set);

/* ---- scale.c ---- */

/* The entries of a Scale, as far as the parent's managers own its replicas. */
void managed_to_scale(const struct managed *parent, struct managed *scale);
/* The parent's entries after a write of its Scale. */
void managed_from_scale(struct managed *parent, struct managed *scale, struct str api_version);

/* ---- last_applied.c ---- kubectl's annotation of client-side apply ---- */

/* The fields that a client-side apply set, and that nobody changed since; NULL: none, or no such annotation. */
const struct fieldset *last_applied_fields(const struct owner *o, const struct json *live);
/* Brings the annotation up to date with what was applied, when there is one. */
void last_applied_put(const struct owner *o, struct json *obj, const struct json *config);

#endif
