/* feed.c - see feed.h.
 * Reads: what feed_write is given.   Writes: the stream. */
#include "apiserver/http/feed.h"

#include <stdlib.h>

struct feed { /* owners: the writer, the stream, and a kick under way */
    _Atomic int refs;
    const struct feed_ops *ops;
    void *arg;
    size_t max;
    pthread_mutex_t lock; /* what follows */
    struct buf queue;
    struct stream *stream;
    bool over, whole; /* the writer has ended */
    bool gone;        /* the stream has */
    bool kicked;      /* a kick is under way */
    bool refused;     /* the writer waits for room */
};

static void feed_unref(struct feed *f)
{
    if (atomic_fetch_sub(&f->refs, 1) != 1) return;
    buf_release(&f->queue);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

static void fill(struct stream *s, void *arg)
{
    struct feed *f = arg;
    mutex_lock(&f->lock);
    f->stream = s;
    if (!stream_full(s) && f->queue.n) {
        stream_write(s, buf_view(&f->queue));
        buf_clear(&f->queue);
    }
    bool empty = !f->queue.n, end = f->over && empty, whole = f->whole, room = f->refused && empty;
    if (empty) f->refused = false;
    mutex_unlock(&f->lock);
    if (room) f->ops->room(f->arg);
    if (end && whole)
        stream_end(s);
    else if (end)
        stream_abort(s);
}

static void closed(struct stream *s, void *arg)
{
    struct feed *f = arg;
    (void)s;
    mutex_lock(&f->lock);
    f->gone = true;
    f->stream = NULL;
    mutex_unlock(&f->lock);
    f->ops->left(f->arg);
    feed_unref(f);
}

static void kick(void *arg)
{
    struct feed *f = arg;
    mutex_lock(&f->lock);
    f->kicked = false;
    struct stream *s = f->stream;
    mutex_unlock(&f->lock);
    if (s) stream_kick(s); /* on the stream thread: it cannot go meanwhile */
    feed_unref(f);
}

/* Under the lock. */
static void kick_soon(struct feed *f)
{
    if (f->kicked) return;
    f->kicked = true;
    atomic_fetch_add(&f->refs, 1);
    if (stream_post(kick, f)) return;
    f->gone = true; /* the server ends */
    atomic_fetch_sub(&f->refs, 1);
}

struct feed *feed_start(struct request *r, const char *content_type, size_t max, const struct feed_ops *ops, void *arg)
{
    static const struct stream_ops stream = {.fill = fill, .closed = closed};
    struct feed *f = xcalloc(1, sizeof *f);
    atomic_init(&f->refs, 2);
    f->ops = ops;
    f->arg = arg;
    f->max = max;
    pthread_mutex_init(&f->lock, NULL);
    buf_init(&f->queue, SIZE_MAX);
    stream_start(r, content_type, &stream, f);
    return f;
}

bool feed_write(struct feed *f, struct str bytes)
{
    mutex_lock(&f->lock);
    bool taken = f->gone || f->queue.n <= f->max;
    if (taken && !f->gone) buf_str(&f->queue, bytes);
    f->refused = !taken;
    if (!f->gone) kick_soon(f);
    mutex_unlock(&f->lock);
    return taken;
}

void feed_end(struct feed *f, bool whole)
{
    mutex_lock(&f->lock);
    f->over = true;
    f->whole = whole;
    if (!f->gone) kick_soon(f);
    mutex_unlock(&f->lock);
    feed_unref(f);
}
