/* expect.h - client-go's ControllerExpectations: creations and deletions that were asked for and not yet
 * seen in the cache, per key. Satisfied when both counts are <= 0 or 5 minutes (cluster time) old. Thread: any.
 * Upstream: pkg/controller/controller_utils.go. */
#ifndef CLIENT_EXPECT_H
#define CLIENT_EXPECT_H

#include "base/str.h"

struct expect;
struct expect *expect_new(void);
void expect_free(struct expect *x);
bool expect_satisfied(struct expect *x, struct str key);
void expect_creations(struct expect *x, struct str key, int n);
void expect_deletions(struct expect *x, struct str key, int n);
/* Both at once. Each of the three replaces what was expected before. */
void expect_changes(struct expect *x, struct str key, int creations, int deletions);
void expect_saw_creation(struct expect *x, struct str key);
void expect_saw_deletion(struct expect *x, struct str key);
void expect_forget(struct expect *x, struct str key);

#endif
