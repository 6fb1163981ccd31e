/* status_priv.h - Status answers that only rest/ gives. */
#ifndef APISERVER_REST_STATUS_PRIV_H
#define APISERVER_REST_STATUS_PRIV_H

#include "apiserver/rest/status.h"

/* A conflict about something that is not r->target: "pods/binding", or a Kind where upstream puts the kind. */
void status_conflict_on(struct request *r, const char *res_text, const char *group, const char *kind, struct str name,
                        struct str why);
/* Fields of a server-side apply that others own. */
void status_apply_conflict(struct request *r, struct str message, const struct status_cause *causes, int n);

/* 415 of a route that takes other media types; its handler was not asked. */
void status_no_media_route(struct request *r);
/* 429; details.retryAfterSeconds and Retry-After unless 0. */
__attribute__((format(printf, 4, 5))) void status_too_many(struct request *r, int retry_after_s,
                                                           const struct status_cause *cause, const char *fmt, ...);
/* 403 about something that is not r->target; kind: as status_conflict_on. */
void status_forbidden_on(struct request *r, const char *res_text, const char *group, const char *kind, struct str name,
                         const char *why);
/* All errors as one text. */
struct str status_errors(struct arena *a, const struct check *c);

#endif
