/* workq.h - client-go's work queue: dirty + processing sets, so a key is never handled by two
 * workers at once and no change is lost; delays and back-off on cluster time (clk.h).
 * Keys are texts ("ns/name"), copied. Thread: any. */
#ifndef CLIENT_WORKQ_H
#define CLIENT_WORKQ_H

#include "base/str.h"

struct workq;
struct workq *workq_new(const char *name);
void workq_free(struct workq *q); /* after shutdown, no worker inside */
void workq_add(struct workq *q, struct str key);
void workq_add_after(struct workq *q, struct str key, int64_t after_ms); /* the earlier of two delays wins */
void workq_add_limited(struct workq *q, struct str key);                 /* back-off: 5 ms * 2^failures, max 1000 s */
void workq_forget(struct workq *q, struct str key);                      /* its failures are forgotten */
/* Blocks for a key; heap, NUL-terminated, owned by the caller until workq_done. NULL: shut down. */
char *workq_get(struct workq *q);
bool workq_waiting(struct workq *q);         /* is there a key that nobody has taken? */
void workq_done(struct workq *q, char *key); /* frees key; re-queues it if it got dirty meanwhile */
void workq_shutdown(struct workq *q);        /* what is queued is dropped: a key is reconciled anew after a start */
/* Nothing queued or in work: part of "quiet". Delayed keys are timers (clk_next_due_ns): cluster time moves only when
 * all is quiet. */
bool workq_idle(struct workq *q);
void workq_on_idle(struct workq *q, void (*fn)(void *arg),
                   void *arg); /* before use; called by workq_done, no lock held */

#endif
