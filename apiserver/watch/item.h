/* item.h - one version of one object: immutable bytes plus a small parsed head. Refcounted.
 * The bytes are the storage version's JSON without TypeMeta and without resourceVersion:
 * {"metadata":{"name":..,"uid":"..",|rv goes here|"creationTimestamp":..},"spec":..}.
 * Those of a custom resource are as Go writes a map, with TypeMeta, for they say in which version they were stored:
 * {"apiVersion":"..","kind":"..","metadata":{..,|rv goes here|"uid":".."},"spec":..}. What its schema may have changed
 * since they were written is seen to when they are read (crd/crd.h). */
#ifndef APISERVER_WATCH_ITEM_H
#define APISERVER_WATCH_ITEM_H

#include "api/schema.h"
#include "api/selector.h"
#include "apiserver/http/request.h"
#include "base/blob.h"
#include "base/mem.h"

struct item_label {
    struct str key, value;
};

struct item_form;

struct item {
    _Atomic uint32_t refs;
    _Atomic(struct item_form *) forms;  /* in other versions (item_form.c) */
    const struct blob *blob;            /* referenced; every str below points into it or into own memory */
    const struct api_resource *storage; /* the storage version it is written in; of a custom kind: held */
    const struct api_resource *indexed; /* whose rows of selectable fields `fields` follows: storage's kind */
    struct str key;                     /* "/registry/pods/default/web", own memory */
    uint64_t rev, create_rev;
    uint32_t rv_at;    /* offset in blob where `"resourceVersion":"N",` is spliced in */
    uint32_t meta_at;  /* offset of the value of metadata */
    uint32_t meta_end; /* offset behind it */
    uint32_t own_at;   /* offset of metadata.managedFields with the comma before it; 0: none that can be left out */
    uint32_t own_end;  /* offset behind it */
    struct str ns, name, uid;
    bool deleting; /* has a deletionTimestamp */
    uint16_t nlabels, nfields;
    struct item_label *labels; /* in the order of the bytes */
    struct str *fields;        /* values of storage->selectable, "" when absent */
    char mem[];
};

/* Scans the head of b. NULL only if the bytes are not what item.h says (a broken store). */
struct item *item_new(const struct api_resource *storage, struct str key, const struct blob *b, uint64_t rev,
                      uint64_t create_rev);
/* What a bookmark carries: an object of all zero values, without a name, to be shown in that form. initial_end: it says
 * that the state at a watch's beginning is complete. */
struct item *item_bookmark(const struct api_resource *storage, enum form form, bool initial_end);
struct item *item_ref(const struct item *it);
void item_unref(const struct item *it);
/* The item's text as an object of `res` (TypeMeta first unless in_list of a built-in), revision spliced in. When res is
 * another version than the storage version the text is converted. rev 0: it->rev (a DELETED event carries the
 * deletion's revision). */
void item_write(struct buf *out, const struct item *it, const struct api_resource *res, bool type_meta, uint64_t rev);
/* The same without metadata.managedFields. */
void item_write_bare(struct buf *out, const struct item *it, const struct api_resource *res, bool type_meta,
                     uint64_t rev);
/* Its metadata alone, as it is stored: upstream, too, converts no metadata. bare: without managedFields. */
void item_write_metadata(struct buf *out, const struct item *it, uint64_t rev, bool bare);
/* Its TypeMeta as it is stored, and its metadata without managedFields. */
void item_write_identity(struct buf *out, const struct item *it, uint64_t rev);
/* As a tree of `res`, with its revision (rev 0: it->rev) and without TypeMeta; strings point into the item, which must
 * live as long as the arena. */
struct json *item_tree(struct arena *a, const struct item *it, const struct api_resource *res, uint64_t rev);
bool item_matches(const struct item *it, const struct api_resource *res, const struct selector *labels,
                  const struct selector *fields); /* NULL: all */

/* ---- Kinds whose objects a webhook converts (item_form.c). All that is said above of conversion is then done by
 * whoever has the forms made first (crd/conversion.h). ---- */

/* Must it be sent to its kind's webhook before it can be shown as `res`? */
bool item_is_sent(const struct item *it, const struct api_resource *res);
bool item_has_form(const struct item *it, const struct api_resource *res); /* or needs none */
/* What is to be shown as `res`: the form that was made, else the item itself. Lives as long as the item. */
const struct item *item_form(const struct item *it, const struct api_resource *res);
void item_add_form(const struct item *it, const struct api_resource *res, struct item *form); /* takes the reference */
void item_drop_forms(struct item *it);

#endif
