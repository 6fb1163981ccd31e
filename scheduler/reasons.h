/* reasons.h - why nodes are not available, counted and in words: "0/3 nodes are available: 1 ..., 2 ....".
 * In an arena; one owner at a time. Upstream: pkg/scheduler/framework/types.go FitError. */
#ifndef SCHEDULER_REASONS_H
#define SCHEDULER_REASONS_H

#include "base/map.h"
#include "base/mem.h"

struct reason {
    const char *text;
    int count;
};

struct reasons {
    struct arena *arena;
    struct reason *v; /* in the order they came */
    int n, cap;
    struct map seen; /* text -> place in v, from 1 */
};

void reasons_init(struct reasons *r, struct arena *a);
void reasons_release(struct reasons *r);
void reasons_add(struct reasons *r, const char *text, int count); /* the text is not copied */
/* As upstream writes it, sorted as text. `all`: nodes of the cluster. Without reasons it ends at the colon. */
struct str reasons_text(const struct reasons *r, int all);

#endif
