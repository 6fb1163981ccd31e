/* check_workload.h - rules that the kinds with a selector, a pod template and counts in their status share.
 * Upstream: pkg/apis/apps/validation/validation.go, pkg/apis/core/validation/validation.go. */
#ifndef APISERVER_OBJECT_CHECK_WORKLOAD_H
#define APISERVER_OBJECT_CHECK_WORKLOAD_H

#include "api/selector.h"
#include "apiserver/object/check.h"

/* ---- At the root ---- */

/* Metadata of a new object or of a changed one; what only such kinds ask for that have nothing else to say of it. */
void check_meta_either(struct check *c);
/* A count of name collisions in the status never falls. */
void check_collisions(struct check *c, const struct json *obj, const struct json *old);

/* ---- At a struct ---- */

/* None of these members (a list that ends with NULL) is negative. */
void check_counts(struct check *c, const struct json *node, const char *const *members);
/* None of these members of a status is greater than status.replicas; what is available is ready (`ready`: the detail).
 */
void check_parts(struct check *c, const struct json *status, const char *const *members, const char *ready);

/* ---- At a spec ---- */

/* spec.selector: there, well formed, not empty; noun: what an empty one is not good for ("deployment"). */
void check_workload_selector(struct check *c, const struct json *spec, const char *noun);
/* Its labels are those of the pods to be made. A selector of everything (loose) need not be looked at. */
void check_template_matches(struct check *c, const struct json *spec, const struct selector *s, bool loose);
/* spec.template: of pods that are always restarted and have no deadline. kind: as the errors name it, "ReplicaSet". */
void check_workload_lifetime(struct check *c, const struct json *tmpl, const char *kind);
/* Selector and template of a Deployment and a ReplicaSet; the spec's own words for both are "deployment" and
 * "ReplicaSet".
 */
void check_replicated(struct check *c, const struct json *spec, const struct json *old);

/* A pod template at member "template" (ValidatePodTemplateSpec); old may be NULL. */
void check_template(struct check *c, const struct json *tmpl, const struct json *old);

/* ---- Numbers or percentages ---- */

/* Not negative, "N%". */
void check_int_or_percent(struct check *c, const char *member, const struct json *value);
/* N of either form; of a text that is no percentage the number at its beginning, as upstream counts; else 0. */
int64_t int_or_percent(const struct json *value);
/* "must not be greater than 100%"; says nothing of numbers. */
void check_percent_max(struct check *c, const char *member, const struct json *value);

#endif
