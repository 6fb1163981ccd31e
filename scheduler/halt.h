/* halt.h - where a stepped cycle stops: breakpoints, and how far it was told to go. Pure. */
#ifndef SCHEDULER_HALT_H
#define SCHEDULER_HALT_H

#include "api/object.h"
#include "api/points.h"

enum { BREAKPOINTS_READ = 16 }; /* the API server takes no more */

struct halt { /* one call of a plugin, when it is over */
    enum point point;
    enum verdict verdict;
    struct str plugin, ns, pod, node; /* node STR_NULL: the call is about none */
};

struct breakpoint {                   /* what is not said matches any */
    int point, verdict;               /* -1: any */
    struct str plugin, ns, pod, node; /* empty: any; in ns, pod and node * stands for any text */
};

struct course {
    enum going to;
    int at; /* the point it stood at last; -1: it has not stood yet */
    struct breakpoint v[BREAKPOINTS_READ];
    int n;
};

bool pattern_matches(struct str pattern, struct str s); /* names: at most 253 bytes times 253 */
bool breakpoint_hits(const struct breakpoint *b, const struct halt *h);
/* Reads the breakpoints of a stepper; their texts are the list's. list NULL: none. */
void course_read(struct course *c, const struct json *list);
/* Could a breakpoint be met in a cycle of this pod? Without breakpoints: yes. */
bool course_concerns(const struct course *c, struct str ns, struct str pod);
bool course_stops(const struct course *c, const struct halt *h);

#endif
