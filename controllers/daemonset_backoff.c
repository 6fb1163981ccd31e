/* daemonset_backoff.c - how long a DaemonSet waits before it replaces a failed pod on a node once more
 * (client-go util/flowcontrol/backoff.go). By the cluster's clock.
 * Reads and writes: a map of the process, below its lock. */
#include "controllers/daemonset.h"

#include "base/clk.h"
#include "base/map.h"
#include "base/thread.h"
#include "controllers/limits.h"

#include <stdlib.h>

struct wait {
    int64_t since_ms, for_ms;
};

static pthread_mutex_t lock = MUTEX_INIT; /* covers what follows */
static struct map waits;
static uint32_t sweep_at = DS_BACKOFF_SWEEP;

static bool is_forgotten(const struct wait *w, int64_t now_ms) { return now_ms - w->since_ms > 2 * DS_BACKOFF_MAX_MS; }

/* Entries of sets and nodes that are gone: dropped when the map has doubled, so each insertion pays for little. */
static void sweep(int64_t now_ms)
{
    if (waits.count < sweep_at) return;
    for (uint32_t i = waits.count; i-- > 0;)
        if (is_forgotten(waits.entries[i].value, now_ms)) free(map_take(&waits, waits.entries[i].key));
    sweep_at = MAX((uint32_t)DS_BACKOFF_SWEEP, waits.count * 2);
}

bool daemonset_may_retry(struct str key, int64_t *wait_ms)
{
    int64_t now_ms = clk_ms();
    mutex_lock(&lock);
    struct wait *w = map_get(&waits, key);
    bool known = w && !is_forgotten(w, now_ms);
    *wait_ms = known ? w->since_ms + w->for_ms - now_ms : 0;
    bool may = *wait_ms <= 0;
    if (may) {
        if (!w) {
            sweep(now_ms);
            map_set(&waits, key, w = xcalloc(1, sizeof *w));
        }
        *w = (struct wait){.since_ms = now_ms,
                           .for_ms = known ? MIN(w->for_ms * 2, DS_BACKOFF_MAX_MS) : DS_BACKOFF_FIRST_MS};
    }
    mutex_unlock(&lock);
    return may;
}
