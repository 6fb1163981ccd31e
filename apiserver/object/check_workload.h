/* check_workload.h - rules that the kinds with a selector and a pod template share. The present place is the spec.
 * Upstream: pkg/apis/apps/validation/validation.go. */
#ifndef APISERVER_OBJECT_CHECK_WORKLOAD_H
#define APISERVER_OBJECT_CHECK_WORKLOAD_H

#include "apiserver/object/check.h"

struct workload_rules {
    const char *noun;       /* "replica set", as an empty selector's error names it */
    const char *unreadable; /* what is said of a selector that cannot be one */
    bool selector_optional; /* its absence is no error of its own; it matches nothing all the same */
};

/* selector: there, well formed, not empty, and matching the template's labels. */
void check_workload_selector(struct check *c, const struct json *spec, const struct workload_rules *rules);
/* template: of pods that are always restarted and have no deadline. kind: as the errors name it, "ReplicaSet". */
void check_workload_template(struct check *c, const struct json *tmpl, const char *kind);

/* A number of pods or a percentage of them: not negative, "N%". Returns N of either form, 0 of anything else. */
int64_t check_int_or_percent(struct check *c, const char *member, const struct json *value);
/* "must not be greater than 100%"; says nothing of numbers. */
void check_percent_max(struct check *c, const char *member, const struct json *value);

/* "field is immutable", when old (NULL: a create) has another value at member. */
void check_unchanged(struct check *c, const char *member, const struct json *node, const struct json *old);

#endif
