/* status_priv.h - Status answers that only rest/ gives. */
#ifndef APISERVER_REST_STATUS_PRIV_H
#define APISERVER_REST_STATUS_PRIV_H

#include "apiserver/rest/status.h"

/* A conflict about something that is not r->target: "pods/binding", or a Kind where upstream puts the kind. */
void status_conflict_on(struct request *r, const char *res_text, const char *group, const char *kind, struct str name,
                        struct str why);
/* An error that upstream passes on as it came: no reason (metav1.StatusReasonUnknown). */
void status_plain_error(struct request *r, int code, struct str message);

#endif
