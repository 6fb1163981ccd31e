/* object.h - Kubernetes objects as data: reading and building by path.
 * Paths: ".spec.nodeName", ".spec.containers[0].name", ".metadata.labels[kubernetes.io/hostname]"
 * (inside [] digits index an array, anything else is a literal member name).
 * Reading tolerates NULL and wrong types: they read as absent.
 *
 * struct object is a published, refcounted, immutable document (informer caches,
 * results of requests). A tree that is being built is a struct json * in the
 * arena of the request or reconcile that owns it. */
#ifndef API_OBJECT_H
#define API_OBJECT_H

#include "base/blob.h"
#include "base/json.h"

#include <stdatomic.h>

struct object {
    _Atomic uint32_t refs;
    _Atomic uint32_t memo; /* the program's own: what it has worked out about this version; 0 at first */
    struct arena arena;    /* holds the tree and the text */
    const struct json *root;
    /* parsed once; all point into the arena */
    struct str api_version, kind, ns, name, uid;
    uint64_t rv;               /* metadata.resourceVersion as a number; 0: none */
    const struct json *labels; /* metadata.labels, may be NULL */
};

/* Copies the text and parses it. NULL with *e on bad JSON or when it is no object. One reference, the caller's.
 * drop: NULL-terminated paths not to keep (".metadata.managedFields"), or NULL. */
const struct object *object_parse(struct str text, const char *const *drop, struct err *e) MUST_USE;
/* The same with the caller's memory to work in, which is left reset: whoever parses many keeps the heap in one piece.
 * trim (may be NULL) takes more away from the tree before it is copied. */
typedef void object_trim_fn(struct json *root);
const struct object *object_parse_in(struct arena *scratch, struct str text, const char *const *drop,
                                     object_trim_fn *trim, struct err *e) MUST_USE;
/* Publishes a copy of a tree. */
const struct object *object_of(const struct json *root);
const struct object *object_ref(const struct object *o); /* NULL gives NULL */
void object_unref(const struct object *o);
static inline uint32_t object_memo(const struct object *o)
{
    return atomic_load_explicit(&o->memo, memory_order_relaxed);
}
void object_set_memo(const struct object *o, uint32_t memo); /* any thread: all find the same */
void object_cleanup(const struct object **po);
#define AUTO_OBJ __attribute__((cleanup(object_cleanup)))

/* A list of references. */
struct objs {
    const struct object **items;
    size_t count, cap;
};
void objs_add(struct objs *l, const struct object *o); /* takes a reference of its own */
void objs_release(struct objs *l);
/* Keeps those for which keep() is true, in order; drops the others' references. */
void objs_keep(struct objs *l, bool (*keep)(const struct object *o));
#define AUTO_OBJS __attribute__((cleanup(objs_release)))

/* ---- Reading ---- */
const struct json *obj_get(const struct json *j, const char *path); /* NULL: absent */
struct str obj_str(const struct json *j, const char *path);         /* STR_NULL: absent or no string */
int64_t obj_int(const struct json *j, const char *path, int64_t absent);
bool obj_bool(const struct json *j, const char *path, bool absent);
bool obj_has(const struct json *j, const char *path);                       /* present and not null */
size_t obj_count(const struct json *j, const char *path);                   /* children of a list or map; 0 */
bool obj_is(const struct json *j, const char *path, const char *text);      /* string equal to text */
int64_t obj_time_s(const struct json *j, const char *path, int64_t absent); /* RFC 3339 -> Unix s */
/* for (OBJ_EACH(it, pod->root, ".spec.containers")) uses `it` as a const struct json *. */
#define OBJ_EACH(it, j, path)                                                                                          \
    const struct json *it = obj_first((j), (path));                                                                    \
    it;                                                                                                                \
    it = obj_next(it)
const struct json *obj_first(const struct json *j, const char *path);
const struct json *obj_next(const struct json *it);
struct str obj_key(const struct json *it);                 /* member name when iterating a map */
struct str obj_text(const struct json *it);                /* the node itself as a string; STR_NULL */
int64_t obj_number(const struct json *it, int64_t absent); /* the node itself as an integer */
const struct json *obj_find(const struct json *j, const char *list_path, const char *key,
                            struct str value); /* member of a list of objects with .key == value */
struct str obj_map_str(const struct json *j, const char *map_path, struct str key); /* map[key] as string */

/* Shorthands */
static inline struct str obj_name(const struct json *j) { return obj_str(j, ".metadata.name"); }
static inline struct str obj_ns(const struct json *j) { return obj_str(j, ".metadata.namespace"); }
static inline struct str obj_uid(const struct json *j) { return obj_str(j, ".metadata.uid"); }
static inline bool obj_is_deleting(const struct json *j) { return obj_has(j, ".metadata.deletionTimestamp"); }
/* status.conditions[type].status == "True" */
bool obj_condition_true(const struct json *j, const char *type);
const struct json *obj_condition(const struct json *j, const char *type);
/* The ownerReference with controller: true, or NULL. */
const struct json *obj_controller(const struct json *j);

/* ---- Building (the owner of the arena) ---- Missing parents on the way are made (objects; [n] must exist).
 * Text is copied into the arena. */
struct json *obj_new(struct arena *a, const char *api_version, const char *kind);
struct json *obj_empty(struct arena *a);                                             /* {} */
struct json *obj_list(struct arena *a);                                              /* [] */
void obj_put(struct arena *a, struct json *j, const char *path, struct json *value); /* value must be in no tree */
void obj_put_copy(struct arena *a, struct json *j, const char *path,
                  const struct json *value); /* deep copy; NULL value: nothing */
void obj_put_str(struct arena *a, struct json *j, const char *path, struct str v);
void obj_put_cstr(struct arena *a, struct json *j, const char *path, const char *v);
__attribute__((format(printf, 4, 5))) void obj_put_fmt(struct arena *a, struct json *j, const char *path,
                                                       const char *fmt, ...);
void obj_put_int(struct arena *a, struct json *j, const char *path, int64_t v);
void obj_put_bool(struct arena *a, struct json *j, const char *path, bool v);
void obj_put_time(struct arena *a, struct json *j, const char *path, int64_t unix_s);
void obj_put_microtime(struct arena *a, struct json *j, const char *path, int64_t unix_ns);
struct json *obj_append(struct arena *a, struct json *j, const char *list_path); /* pushes {} and returns it */
void obj_append_str(struct arena *a, struct json *j, const char *list_path, struct str v);
void obj_map_put_str(struct arena *a, struct json *j, const char *map_path, struct str key, struct str v);
bool obj_del(struct json *j, const char *path);
struct json *obj_edit(struct json *j, const char *path);      /* obj_get for the owner of the tree */
struct json *obj_copy(struct arena *a, const struct json *j); /* deep, text too: independent of the source */

/* Adds or replaces status.conditions[type]; lastTransitionTime changes only when status does. True: something changed.
 */
bool obj_set_condition(struct arena *a, struct json *j, const char *type, const char *status, const char *reason,
                       struct str message, int64_t now_s);
/* ownerReference of `owner`, controller and blockOwnerDeletion true. */
void obj_put_owner(struct arena *a, struct json *j, const struct json *owner);
/* spec.claimRef of a PersistentVolume, as upstream's GetReference writes it: the claim as it is now. */
void obj_put_claim_ref(struct arena *a, struct json *pv, const struct object *claim);

/* Puts the members of a struct's node back into the order of its type after some were appended. */
struct api_type;
void object_order(const struct api_type *t, struct json *node, struct arena *a);

/* json_parse of an object's text from the store: the sets of metadata.managedFields stay text (JSON_RAW). */
struct json *obj_parse_stored(struct arena *a, struct str text, struct err *e) MUST_USE;

/* "ns/name" or "name", in the arena. */
struct str obj_nsname(struct arena *a, const struct json *j);

#endif
