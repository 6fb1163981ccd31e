/* check_value.h - rules of one value, reported at the present place of a struct check (or at `member` below it). An
 * absent text reads as "". */
#ifndef APISERVER_OBJECT_CHECK_VALUE_H
#define APISERVER_OBJECT_CHECK_VALUE_H

#include "apiserver/object/check.h"
#include "apiserver/object/names.h"
#include "base/map.h"

/* Texts that stay allowed since the former object had them. Zero-initialised; release it. */
struct kept {
    struct map texts;
};
void kept_add(struct kept *k, const struct json *list); /* NULL: nothing */
bool kept_has(const struct kept *k, struct str text);
void kept_release(struct kept *k);

bool check_is_among(struct str value, const char *const *texts);

void check_name_by(struct check *c, const char *member, struct str value, name_rule *rule);
/* What a rule told (NULL: nothing) with a text before it: as one error with commas, or as many. */
void check_invalid_joined(struct check *c, const char *member, struct str value, const char *before, const char *why);
void check_invalid_each(struct check *c, const char *member, const struct json *value, const char *before,
                        const char *why);
/* False, and told as a duplicate: the text is among those in `seen`. It is from now on. */
bool check_unique(struct check *c, const char *member, struct str text, struct map *seen);
/* "" is told to be missing. */
void check_required_name(struct check *c, const char *member, struct str value, name_rule *rule, const char *missing);
/* 1 to 65535; value (may be NULL) is what is shown. */
void check_port(struct check *c, const char *member, const struct json *value, int64_t port);
/* False, and told: none of the supported ones. */
bool check_one_of(struct check *c, const char *member, struct str value, const char *const *supported);
void check_same(struct check *c, const char *member, const struct json *now, const struct json *old); /* immutable */
/* A quantity (may be NULL) in the form in which it is stored must not be negative. */
void check_quantity(struct check *c, const char *member, const struct json *value);
/* An integer (may be NULL) must not be negative. */
void check_count(struct check *c, const char *member, const struct json *value);

/* A host name that is no address, or with stars "*.example.com". */
void check_host(struct check *c, const char *member, struct str host, name_rule *rule);

#endif
