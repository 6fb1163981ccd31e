/* warn.h - what the API says of objects that it takes nevertheless, kind by kind: what is deprecated, does nothing or
 * is hardly meant (WarningsOnCreate, WarningsOnUpdate of upstream's strategies, in their order and words). */
#ifndef APISERVER_OBJECT_WARN_H
#define APISERVER_OBJECT_WARN_H

#include "api/object.h"
#include "api/schema.h"
#include "apiserver/object/check.h"
#include "apiserver/object/warnings.h"

/* Of an object of res that passed validation; old NULL on create; sub NULL or the subresource's name. */
void object_warn(struct warnings *to, const struct api_resource *res, const struct json *obj, const struct json *old,
                 const char *sub);
/* Of a new object before it is prepared: what preparing hides. */
void object_warn_early(struct warnings *to, const struct api_resource *res, const struct json *obj);

/* ---- For the warn_*.c ---- */

struct warn {
    struct warnings *to;
    struct check at; /* only its path: the present place */
    struct buf text; /* of the warning that is written */
    int pairs;       /* that may still be compared, where all are with all */
};

/* "place: text", or without a place. member may be NULL. */
__attribute__((format(printf, 3, 4))) void warn_at(struct warn *w, const char *member, const char *fmt, ...);
__attribute__((format(printf, 2, 3))) void warn_bare(struct warn *w, const char *fmt, ...);
/* The same in pieces: "place: ", what the caller adds to w->text, and off it goes. */
void warn_begin(struct warn *w, const char *member);
void warn_end(struct warn *w);
/* Are there comparisons left for n pairs? Takes them. */
bool warn_may_compare(struct warn *w, size_t n);

const char *warn_quoted(struct warn *w, struct str s); /* as Go's %q, in the arena */

/* ---- Pieces ---- */

/* Addresses and ranges that are not written as they should be, at the present place (apimachinery
 * pkg/util/validation/ip.go). */
void warn_ip(struct warn *w, struct str text);
void warn_cidr(struct warn *w, struct str text);
/* Every item of a list at member[i]: the item itself, or its member `key`; `shown` (may be NULL) ends the place. */
void warn_ips(struct warn *w, const char *member, const struct json *list, const char *key, const char *shown);
void warn_cidrs(struct warn *w, const char *member, const struct json *list);

/* At a term of a node selector: keys that are deprecated; with values, also those that no label can have. */
void warn_node_term(struct warn *w, const struct json *term, bool values);
/* amounts[name] is no whole number of bytes; at member[name]. */
void warn_fraction(struct warn *w, const char *member, const struct json *amounts, const char *name);
/* At the spec of a claim. */
void warn_claim_spec(struct warn *w, const struct json *spec);
/* The name is part of the names of pods; `of` says where: "in Pod names and hostnames". */
void warn_pod_name(struct warn *w, const struct json *obj, const char *of);
/* Keys of metadata.annotations that no longer count, at the present place; ends with NULL. */
struct warn_key {
    const char *key, *text;
};
void warn_annotations(struct warn *w, const struct json *obj, const struct warn_key *keys);

/* ---- Pods ---- */

/* A pod, or a template at its place. */
void warn_pod_spec(struct warn *w, const struct json *pod, bool is_template);
/* Its parts, at "...spec". */
struct warn_pod {
    struct warn *w;
    const struct json *spec, *annotations;
    const char *place; /* of the template, with the dot behind it; "" of a pod */
    bool is_template;
};
void warn_volumes(struct warn_pod *p);                                      /* warn_volume.c */
void warn_containers(struct warn_pod *p);                                   /* warn_container.c */
void warn_apparmor(struct warn_pod *p);                                     /* of a new pod, before it is prepared */
void warn_annotation(struct warn_pod *p, struct str key, const char *text); /* at ...metadata.annotations[key] */

/* ---- Kinds (the rows of warn.c) ---- */

typedef void warn_fn(struct warn *w, const struct json *obj, const struct json *old);

warn_fn warn_pod, warn_pod_early, warn_pod_status; /* warn_pod.c */
warn_fn warn_template, warn_deployment, warn_controller, warn_daemon_set, warn_stateful_set, warn_job,
    warn_cron_job; /* warn_workload.c */
warn_fn warn_service, warn_balancer_status, warn_ingress, warn_endpoints, warn_endpoint_slice,
    warn_network_policy;                                                             /* warn_network.c */
warn_fn warn_volume, warn_claim, warn_storage_class, warn_csi_driver, warn_capacity; /* warn_storage.c */
warn_fn warn_node, warn_secret, warn_account, warn_quota, warn_runtime_class, warn_slice, warn_static_name, warn_crd,
    warn_custom; /* warn_other.c */

#endif
