/* check_device.h - the rules of dynamic resource allocation (pkg/apis/resource/validation/validation.go), for the
 * strategies of resource.k8s.io. Each reports at the present place, or at `member` of it. CEL expressions are measured,
 * not compiled. */
#ifndef APISERVER_OBJECT_CHECK_DEVICE_H
#define APISERVER_OBJECT_CHECK_DEVICE_H

#include "apiserver/object/check.h"
#include "base/map.h"

enum { DEVICE_REQUESTS_MAX = 32, DEVICE_CONFIG_MAX = 32 };

/* ---- Parts (check_device.c) ---- */

void check_pool_name(struct check *c, const char *member, struct str name);
void check_share_id(struct check *c, const char *member, const struct json *id);
/* A name with or without a domain; full: with one. */
void check_qualified_device_name(struct check *c, struct str name);
void check_full_device_name(struct check *c, const char *member, struct str name);
void check_device_selectors(struct check *c, const struct json *selectors); /* at "selectors" */
void check_device_config(struct check *c, const struct json *config);       /* a DeviceConfiguration */
void check_device_taint(struct check *c, const struct json *taint);
void check_device_toleration(struct check *c, const struct json *toleration);
void check_binding_conditions(struct check *c, const struct json *device);
/* A JSON object of at most max bytes; NULL: absent. */
void check_raw_object(struct check *c, const char *member, const struct json *value, size_t max);
void check_node_selector_terms(struct check *c, const struct json *selector); /* at "nodeSelector" */
/* The texts at path of a list's items must differ; upstream tells doubles after all else. At the list. */
void check_distinct(struct check *c, const struct json *list, const char *path);
/* Texts of a list, each once; check_one (may be NULL) looks at each first. At `member`. */
typedef void check_text_fn(struct check *c, struct str s, const void *arg);
void check_text_set(struct check *c, const char *member, const struct json *list, int max, check_text_fn *check_one,
                    const void *arg);

/* ---- Claims (check_device_claim.c) ---- */

/* Names of a claim's requests, each with those of what may be given instead. */
struct request_names {
    struct map names; /* request -> struct map of its subrequests */
};
void request_names_init(struct request_names *n, const struct json *devices);
void request_names_release(struct request_names *n);
void check_request_name(struct check *c, struct str name, const void *request_names); /* check_text_fn */
/* one() at each item of a list of at most max, at `member`. */
typedef void check_requested_fn(struct check *c, const struct json *item, const struct request_names *names);
void check_with_requests(struct check *c, const char *member, const struct json *list, int max, check_requested_fn *one,
                         const struct request_names *names);

void check_device_claim(struct check *c, const struct json *devices); /* of a ResourceClaimSpec, at "devices" */

/* ---- Status of a claim (check_device_status.c) ---- */

/* What tells an allocated device, or what is said of one, from the others. */
struct str device_key(struct arena *a, const struct json *device);
void check_claim_status(struct check *c, const struct json *claim, const struct json *old);

#endif
