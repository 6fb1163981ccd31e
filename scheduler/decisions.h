/* decisions.h - sends Decisions to the API server in idempotent batches, from a thread of its own. Bounded; never
 * blocks. */
#ifndef SCHEDULER_DECISIONS_H
#define SCHEDULER_DECISIONS_H

#include "client/rest.h"

struct decisions;
struct decisions *decisions_new(struct rest *r);
void decisions_free(struct decisions *d);                             /* sends what waits, once, then ends */
void decisions_add(struct decisions *d, const struct json *decision); /* serialised at once */
void decisions_add_text(struct decisions *d, char *text);             /* that, serialised; takes it over */

#endif
