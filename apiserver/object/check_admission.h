/* check_admission.h - rules that webhooks, admission policies and conversions share.
 * Upstream: pkg/apis/admissionregistration/validation, apiserver pkg/util/webhook. All report at member (without its
 * dot) of the present place. */
#ifndef APISERVER_OBJECT_CHECK_ADMISSION_H
#define APISERVER_OBJECT_CHECK_ADMISSION_H

#include "api/object.h"
#include "apiserver/object/check_value.h"

extern const char *const admission_failure_policies[], *const admission_match_policies[],
                                                           *const admission_reinvocation_policies[];

/* rules[i]: operations, apiGroups, apiVersions, resources, scope; `named`: resourceNames too. */
void check_rules_with_operations(struct check *c, const char *member, const struct json *rules, bool named);
void check_match_conditions(struct check *c, const char *member, const struct json *conditions);
/* clientConfig: a URL or a Service. config NULL: there is none. */
void check_webhook_client(struct check *c, const char *member, const struct json *config);
/* Versions of a review; accepted: those that this server speaks, and in words. */
void check_review_versions(struct check *c, const char *member, const struct json *versions, const char *required);
bool has_wildcard(const struct json *list); /* "*" is in it */

/* Texts of expressions: Go's white space. */
bool text_is_blank(struct str s);
struct str text_trim(struct str s);
bool text_has_newline(struct str s);

#endif
