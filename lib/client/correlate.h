/* correlate.h - what becomes of an event: a new one, one more of the same, or nothing (client-go:
 * tools/record/events_cache.go; tools/events/event_broadcaster.go). Bounded; one owner thread. Private to lib/client.
 */
#ifndef CLIENT_CORRELATE_H
#define CLIENT_CORRELATE_H

#include "base/str.h"

enum correlated { EVENT_NEW, EVENT_AGAIN, EVENT_DROPPED };

struct correlate;
struct correlate *correlate_new(int max);
void correlate_free(struct correlate *c);

struct sameness { /* what was known of equal events */
    enum correlated what;
    int64_t count;    /* with this one */
    int64_t first_s;  /* Unix, of the first */
    bool combined;    /* core/v1: the message is to be prefixed "(combined from similar events): " */
    const char *name; /* EVENT_AGAIN: name of the object that was made, until the next call; NULL: not made yet */
};

/* core/v1: source = object and source; similar = source, type, reason; same = similar and message. now_s: cluster time.
 */
void correlate_core(struct correlate *c, struct str source, struct str similar, struct str message, int64_t now_s,
                    struct sameness *out);
/* events.k8s.io/v1: key = all but the note. A second one begins a series; the later ones of it are only counted. */
void correlate_series(struct correlate *c, struct str key, int64_t now_s, struct sameness *out);
/* The event of the latest call is now the object `name` in the API. */
void correlate_made(struct correlate *c, const char *name);
void correlate_forget(struct correlate *c); /* that object is gone: the next one is new */

#endif
