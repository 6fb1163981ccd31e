/* namespace_report.h - what one pass over a dying namespace found, and the conditions that tell of it.
 * Upstream: pkg/controller/namespace/deletion/status_condition_utils.go. Pure. */
#ifndef CONTROLLERS_NAMESPACE_REPORT_H
#define CONTROLLERS_NAMESPACE_REPORT_H

#include "api/schema.h"
#include "client/ctl.h"

struct ns_report {
    struct arena *arena;
    struct json *kinds, *finalizers, *errors; /* {text: count} */
    struct json *undiscovered;                /* {what is said of a group version: count} */
    int64_t estimate_s;                       /* until what remains should be gone */
};
void ns_report_init(struct ns_report *r, struct arena *a);
/* list: the objects of a kind that are still there after their deletion. estimate_s: how long they may take; 0: they
 * should be gone unless finalizers hold them. False: they have no reason to be there, *e. */
bool ns_report_left(struct ns_report *r, const struct api_resource *res, struct str ns, const struct json *list,
                    int64_t estimate_s, struct err *e) MUST_USE;
void ns_report_error(struct ns_report *r, const char *text);
void ns_report_undiscovered(struct ns_report *r, struct str text); /* a group version that may have objects */
struct str ns_report_discovery(const struct ns_report *r);         /* what is wrong with discovery; "": nothing */
bool ns_report_is_empty(const struct ns_report *r);                /* nothing remains and nothing failed */
size_t ns_report_error_count(const struct ns_report *r);
struct str ns_report_errors(const struct ns_report *r); /* sorted, with commas; in the arena */
void ns_report_conditions(const struct ns_report *r, struct json *ns, int64_t now_s);

#endif
