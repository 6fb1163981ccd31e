/* hooks.h - the C that the schema's rows refer to. tools/schemagen writes the arrays; a
 * hook that is named in a .api file and not written here somewhere is a link error. */
#ifndef APISERVER_OBJECT_HOOKS_H
#define APISERVER_OBJECT_HOOKS_H

#include "api/object.h"
#include "api/schema.h"
#include "apiserver/object/check.h"

/* default=fn:x -> default_x: sets member f of `owner` (a struct's node) if it should be; the member is absent or zero.
 */
typedef void api_default_fn(struct arena *a, struct json *owner, const struct api_field *f);
/* type T default=fn:x -> type_default_x: after the fields' own defaults. */
typedef void api_type_default_fn(struct arena *a, struct json *node);
/* rule=x -> rule_x: one value; c knows the path. */
typedef void api_rule_fn(struct check *c, const struct json *value);
/* type T check=fn:x -> check_x: a whole struct; old is its former state on update, else NULL (and always NULL for a
 * type that check_tree comes to within another). */
typedef void api_check_fn(struct check *c, const struct json *node, const struct json *old);
/* column fn=x -> column_x: writes the cell as a JSON value (string, number) in the arena. now_ns: cluster time. */
typedef struct json *api_column_fn(struct arena *a, const struct json *obj, int64_t now_ns);

struct strategy;
struct request;
struct claim;
struct user;

/* A cell of many kinds: the texts at path of every item of a list, with commas between them (columns_common.c). */
struct json *column_joined(struct arena *a, const struct json *obj, const char *list, const char *path);

extern api_default_fn *const api_default_hooks[];
extern api_type_default_fn *const api_type_default_hooks[];
extern api_rule_fn *const api_rule_hooks[];
extern api_check_fn *const api_check_hooks[];
extern api_column_fn *const api_column_hooks[];
extern const struct strategy *const api_strategy_hooks[];

/* hooks=x on a resource -> strategy_x. Every member may be NULL. Trees are the request's own.
 * Upstream: pkg/registry/<group>/<kind>/strategy.go. */
struct strategy {
    /* What was read, with its defaults: as upstream's conversion to and from its own form leaves it; before anybody
     * owns its fields. */
    void (*decoded)(struct arena *a, struct json *obj);
    /* Completes obj with numbers of pools that objects share (registry/service_alloc.h); before prepare_*, not for
     * subresources. old NULL on create. False: refused, with errors in c or with *e. The claim is given back unless the
     * write is stored. */
    bool (*claim)(struct check *c, struct claim *claim, struct json *obj, const struct json *old, struct err *e);
    /* New object: who makes it; before prepare_create. */
    void (*prepare_user)(struct arena *a, struct json *obj, const struct user *by);
    /* New object: clear status and what clients may not set. */
    void (*prepare_create)(struct arena *a, struct json *obj, int64_t now_ns);
    /* Update: restore from old what this write may not change. sub: NULL or the subresource's name. */
    void (*prepare_update)(struct arena *a, struct json *obj, const struct json *old, const char *sub);
    /* Rules between old and new beyond the schema's checks. */
    void (*check_create)(struct check *c, const struct json *obj);
    void (*check_update)(struct check *c, const struct json *obj, const struct json *old, const char *sub);
    /* Grace period of a deletion in s: *asked is -1 when the client said nothing. Returns the period to use; 0 = at
     * once. */
    int64_t (*grace_seconds)(const struct json *obj, int64_t asked);
    bool takes_status; /* a status that comes with a new object counts (kubelets register Nodes so) */
};

#endif
