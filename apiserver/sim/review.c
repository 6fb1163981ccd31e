/* review.c - see review.h. Reads, writes: the table alone. */
#include "apiserver/sim/review.h"

static int stream_at(const struct review_table *t, uint64_t stream)
{
    for (int i = 0; i < t->nstreams; i++)
        if (t->streams[i] == stream) return i;
    return -1;
}

void review_join(struct review_table *t, uint64_t stream)
{
    if (t->nstreams < CONTROL_STREAMS_MAX) t->streams[t->nstreams++] = stream;
}

void review_leave(struct review_table *t, uint64_t stream)
{
    int at = stream_at(t, stream);
    if (at >= 0) t->streams[at] = t->streams[--t->nstreams];
}

enum review_end review_add(struct review_table *t, uint64_t id, void *owner, const struct blob *line, int64_t now_ns)
{
    if (t->closed) return REVIEW_CLOSED;
    if (!t->nstreams) return REVIEW_NOBODY;
    if (t->count == REVIEWS_MAX || t->bytes + line->n > REVIEWS_BYTES_MAX) return REVIEW_FULL;
    t->bytes += line->n;
    t->items[t->count++] =
        (struct review){.id = id, .owner = owner, .line = line, .due_ns = now_ns + (int64_t)REVIEW_WAIT_MS * 1000000};
    return REVIEW_ANSWERED;
}

const struct blob *review_next(struct review_table *t, uint64_t stream)
{
    for (int i = 0; i < t->count && stream_at(t, stream) >= 0; i++) {
        struct review *r = &t->items[i];
        const struct blob *line = r->line;
        if (!line) continue;
        t->bytes -= line->n;
        r->line = NULL;
        r->stream = stream;
        return line;
    }
    return NULL;
}

/* They stay in the order of their arrival. */
static void *take_out(struct review_table *t, int i)
{
    void *owner = t->items[i].owner;
    if (t->items[i].line) t->bytes -= t->items[i].line->n;
    blob_unref(t->items[i].line);
    memmove(&t->items[i], &t->items[i + 1], (size_t)(--t->count - i) * sizeof t->items[0]);
    return owner;
}

void *review_answered(struct review_table *t, uint64_t id)
{
    for (int i = 0; i < t->count; i++)
        if (t->items[i].id == id) return take_out(t, i);
    return NULL;
}

static bool has_nobody(const struct review_table *t, const struct review *r)
{
    return r->stream ? stream_at(t, r->stream) < 0 : !t->nstreams;
}

void *review_ended(struct review_table *t, int64_t now_ns, bool (*gone)(const void *owner), enum review_end *why)
{
    for (int i = 0; i < t->count; i++) {
        const struct review *r = &t->items[i];
        *why = t->closed                ? REVIEW_CLOSED
               : has_nobody(t, r)       ? REVIEW_NOBODY
               : r->due_ns <= now_ns    ? REVIEW_LATE
               : gone && gone(r->owner) ? REVIEW_GONE
                                        : REVIEW_ANSWERED;
        if (*why != REVIEW_ANSWERED) return take_out(t, i);
    }
    return NULL;
}
