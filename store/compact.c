/* compact.c - how much history is kept: at least so many revisions and at least so long in cluster time, or
 * what store_compact asks for. One slice at a time, on the writer, after a group was answered.
 * Reads the clock and the log; writes the log and the compacted revision. */
#include "store/store_priv.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/mono.h"

/* Retention works in steps: a slice costs an fsync, whatever its size. */
static uint64_t retention_step(uint64_t keep) { return MIN(keep / 2 + 1, (uint64_t)STORE_COMPACT_ROWS_MAX); }

/* The revision up to which retention would compact; 0: nothing to do. */
static uint64_t retention_target(const struct store *s, uint64_t compacted, int64_t now_ms)
{
    uint64_t rev = atomic_load(&s->rev), keep = s->o.history_revisions;
    if (keep == UINT64_MAX || rev <= keep || rev - keep < compacted + retention_step(keep)) return 0;
    if (mono_ns() < s->compact_retry_ns) return 0;
    if (now_ms < s->compact_young_ms && s->log->old_bytes <= STORE_RAM_HISTORY_BYTES) return 0;
    return rev - keep;
}

static bool compact_slice(struct store *s, struct elog_slice *slice)
{
    struct err e;
    if (!s->log->ops->compact(s->log, slice, &e)) {
        LOG_W("compaction: %s", e.text);
        s->compact_retry_ns = mono_ns() + STORE_RETRY_MS * INT64_C(1000000);
        return false;
    }
    if (slice->compacted > slice->after_rev) atomic_store(&s->compacted, slice->compacted);
    return true;
}

bool compact_turn(struct store *s)
{
    mutex_lock(&s->lock);
    uint64_t want = s->compact_want;
    mutex_unlock(&s->lock);
    uint64_t compacted = atomic_load(&s->compacted);
    struct elog_slice slice = {.after_rev = compacted, .cutoff_ms = INT64_MAX};
    if (want > compacted + 1) {
        if (mono_ns() < s->compact_retry_ns) return false;
        slice.upto_rev = want - 1;
        return compact_slice(s, &slice) && slice.compacted < slice.upto_rev;
    }
    int64_t now = clk_ms();
    slice.upto_rev = retention_target(s, compacted, now);
    if (slice.upto_rev == 0) return false;
    if (s->log->old_bytes <= STORE_RAM_HISTORY_BYTES) slice.cutoff_ms = now - s->o.history_ms;
    if (!compact_slice(s, &slice)) return false;
    if (slice.young_ms) s->compact_young_ms = slice.young_ms + s->o.history_ms;
    return retention_target(s, slice.compacted, now) != 0;
}

void store_compact(struct store *s, uint64_t rev)
{
    if (s->o.read_only) return;
    rev = MIN(rev, atomic_load(&s->rev));
    mutex_lock(&s->lock);
    if (rev > s->compact_want) {
        s->compact_want = rev;
        writer_wake(s);
    }
    mutex_unlock(&s->lock);
}
