/* job_memory.c - what the Job controller remembers between two reconciles: how often pods of a Job failed in a row, and
 * whose finalizer it asked away (pkg/controller/job/backoff_utils.go, tracking_utils.go). After a restart it begins
 * anew, as upstream does.
 * Reads and writes: maps of the process, below their lock. */
#include "controllers/job.h"

#include "base/map.h"
#include "base/thread.h"
#include "controllers/limits.h"

#include <stdlib.h>

static pthread_mutex_t lock = MUTEX_INIT; /* covers what follows */
static struct map backoffs;               /* "ns/name" of a Job -> struct job_backoff */
static struct map released;               /* uid of a pod -> &released; gone when the pod's next event comes */

int64_t job_backoff_left_ms(int64_t failures, int64_t last_s, int64_t now_ms)
{
    int64_t wait_ms = JOB_BACKOFF_FIRST_MS;
    if (failures <= 0) return 0;
    for (int64_t i = 1; i < failures && wait_ms < JOB_BACKOFF_MAX_MS; i++) wait_ms *= 2;
    wait_ms = MIN(wait_ms, JOB_BACKOFF_MAX_MS);
    return MAX(wait_ms - (now_ms - last_s * 1000), 0);
}

struct job_backoff job_memory_backoff(struct str key)
{
    mutex_lock(&lock);
    const struct job_backoff *b = map_get(&backoffs, key);
    struct job_backoff found = b ? *b : (struct job_backoff){0};
    mutex_unlock(&lock);
    return found;
}

void job_memory_set_backoff(struct str key, const struct job_backoff *b)
{
    mutex_lock(&lock);
    struct job_backoff *kept = map_get(&backoffs, key);
    if (!kept && b->failures) map_set(&backoffs, key, kept = xcalloc(1, sizeof *kept));
    if (kept) *kept = *b;
    mutex_unlock(&lock);
}

void job_memory_forget(struct str key)
{
    mutex_lock(&lock);
    free(map_take(&backoffs, key));
    mutex_unlock(&lock);
}

void job_memory_release(struct str uid)
{
    mutex_lock(&lock);
    map_set(&released, uid, &released);
    mutex_unlock(&lock);
}

bool job_memory_is_released(struct str uid)
{
    mutex_lock(&lock);
    bool yes = map_has(&released, uid);
    mutex_unlock(&lock);
    return yes;
}

void job_memory_seen(struct str uid)
{
    mutex_lock(&lock);
    if (released.count) map_take(&released, uid);
    mutex_unlock(&lock);
}

void job_memory_clear(void)
{
    mutex_lock(&lock);
    map_release(&backoffs, free);
    map_release(&released, NULL);
    backoffs = released = (struct map){0};
    mutex_unlock(&lock);
}
