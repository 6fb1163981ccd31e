/* status.h - errors as Kubernetes Status objects; the one place that builds them (api-facts/admission-and-limits.md
 * section 4). */
#ifndef APISERVER_REST_STATUS_H
#define APISERVER_REST_STATUS_H

#include "apiserver/http/request.h"
#include "apiserver/object/check.h"

struct status_cause {
    const char *reason;
    struct str message, field;
};

/* Each sets r->resp to a Status in the negotiated media type (JSON when unknown). The caller then finishes the request.
 */
void status_fail(struct request *r, const struct err *e); /* details from r->target */
__attribute__((format(printf, 3, 4))) void status_failf(struct request *r, enum err_code code, const char *fmt, ...);
void status_not_found(struct request *r); /* <res> "<name>" not found */
void status_not_found_named(struct request *r, const struct api_resource *res,
                            struct str name); /* another object than the target */
void status_no_route(struct request *r); /* the server could not find the requested resource / 404 page not found */
/* An error that upstream passes on as it came: no reason (metav1.StatusReasonUnknown). */
void status_plain_error(struct request *r, int code, struct str message);
/* deleting: what has the name; generated: the server made the name up, or could have. */
void status_already_exists(struct request *r, struct str name, bool deleting, bool generated);
__attribute__((format(printf, 2, 3))) void status_conflict(struct request *r, const char *why_fmt,
                                                           ...); /* Operation cannot be fulfilled on .. */
__attribute__((format(printf, 2, 3))) void status_forbidden(struct request *r, const char *why_fmt, ...);
/* The same with a machine-readable cause: clients look for NamespaceTerminating. */
__attribute__((format(printf, 3, 4))) void status_forbidden_cause(struct request *r, const struct status_cause *cause,
                                                                  const char *why_fmt, ...);
void status_invalid(struct request *r, const char *kind, const char *group, struct str name,
                    const struct check *c); /* 422 with causes */
void status_method_not_allowed(struct request *r);
void status_not_found_as(struct request *r, const char *resource, struct str name);
void status_not_acceptable(struct request *r, const char *why); /* of upstream's router: with empty details */
void status_success(struct request *r, int code, const struct api_resource *res, struct str name,
                    struct str uid);                                        /* of a DELETE */
void status_expired_continue(struct request *r, struct str fresh_continue); /* 410 with an inconsistent token */
/* The Status as JSON text, for ERROR events in watches. */
void status_write(struct buf *out, enum err_code code, const char *message);

/* ERR_TIMEOUT of a revision that is still to come: asked for, present. Such a Status has a cause and a retry time. */
#define TOO_EARLY_FORMAT "Too large resource version: %llu, current: %llu"

#endif
