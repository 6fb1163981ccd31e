/* logs.c - see logs.h.
 * Reads: nothing outside itself.   Writes: memory. */
#include "kubelet-sim/logs.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/thread.h"
#include "kubelet-sim/limits.h"

#include <stdlib.h>

struct kept_line {
    int64_t at_ns;
    uint32_t n;
    char text[];
};

struct log_run { /* lines `first` .. `first + count - 1`, in a ring */
    struct kept_line **ring;
    uint32_t head, count, cap;
    uint64_t first;
    size_t bytes;
    bool ended;
};

struct log_container {
    struct log_container *next;
    char *name;
    struct log_run *now, *before; /* before: NULL before the first restart */
};

struct log_pod {
    struct log_container *containers;
};

struct logs {
    pthread_mutex_t lock; /* covers all below */
    struct map pods;      /* uid -> struct log_pod */
    void (*fn)(void *arg);
    void *arg;
};

/* ---- Runs ---- */

static void drop_oldest(struct log_run *r)
{
    r->bytes -= r->ring[r->head]->n;
    free(r->ring[r->head]);
    r->head = (r->head + 1) % r->cap;
    r->count--;
    r->first++;
}

static void run_free(struct log_run *r)
{
    if (!r) return;
    while (r->count) drop_oldest(r);
    free(r->ring);
    free(r);
}

static void grow(struct log_run *r)
{
    uint32_t cap = r->cap ? MIN(2 * r->cap, (uint32_t)LOG_LINES_MAX) : 2;
    struct kept_line **ring = xreallocarray(NULL, cap, sizeof(struct kept_line *));
    for (uint32_t i = 0; i < r->count; i++) ring[i] = r->ring[(r->head + i) % r->cap];
    free(r->ring);
    r->ring = ring;
    r->head = 0;
    r->cap = cap;
}

static void run_add(struct log_run *r, int64_t at_ns, struct str text)
{
    text.n = MIN(text.n, (size_t)LOG_LINE_MAX);
    while (r->count && (r->count == LOG_LINES_MAX || r->bytes + text.n > LOG_BYTES_MAX)) drop_oldest(r);
    if (r->count == r->cap) grow(r);
    struct kept_line *line = xmalloc(sizeof *line + text.n);
    line->at_ns = at_ns;
    line->n = (uint32_t)text.n;
    if (text.n) memcpy(line->text, text.p, text.n);
    r->ring[(r->head + r->count++) % r->cap] = line;
    r->bytes += text.n;
}

/* ---- Containers and pods (lock held) ---- */

static void pod_free(void *v)
{
    struct log_pod *p = v;
    for (struct log_container *c = p->containers, *next; c; c = next) {
        next = c->next;
        run_free(c->now);
        run_free(c->before);
        free(c->name);
        free(c);
    }
    free(p);
}

static struct log_container *find(struct logs *l, struct str uid, struct str container)
{
    struct log_pod *p = map_get(&l->pods, uid);
    for (struct log_container *c = p ? p->containers : NULL; c; c = c->next)
        if (str_eqc(container, c->name)) return c;
    return NULL;
}

static struct log_container *find_or_add(struct logs *l, struct str uid, struct str container)
{
    struct log_container *c = find(l, uid, container);
    if (c) return c;
    struct log_pod *p = map_get(&l->pods, uid);
    if (!p) {
        p = xcalloc(1, sizeof *p);
        map_set(&l->pods, uid, p);
    }
    c = xcalloc(1, sizeof *c);
    c->name = str_dup(container);
    c->next = p->containers;
    p->containers = c;
    return c;
}

/* Gives the lock back and tells the listener. */
static void unlock_and_tell(struct logs *l)
{
    void (*fn)(void *arg) = l->fn;
    void *arg = l->arg;
    mutex_unlock(&l->lock);
    if (fn) fn(arg);
}

/* ---- Interface ---- */

struct logs *logs_new(void)
{
    struct logs *l = xcalloc(1, sizeof *l);
    pthread_mutex_init(&l->lock, NULL);
    return l;
}

void logs_free(struct logs *l)
{
    if (!l) return;
    map_release(&l->pods, pod_free);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

void logs_begin(struct logs *l, struct str uid, struct str container)
{
    mutex_lock(&l->lock);
    struct log_container *c = find_or_add(l, uid, container);
    run_free(c->before);
    c->before = c->now;
    if (c->before) c->before->ended = true;
    c->now = xcalloc(1, sizeof *c->now);
    unlock_and_tell(l);
}

void logs_line(struct logs *l, struct str uid, struct str container, int64_t at_ns, struct str text)
{
    mutex_lock(&l->lock);
    struct log_container *c = find(l, uid, container);
    bool goes_on = c && !c->now->ended;
    if (goes_on) run_add(c->now, at_ns, text);
    if (goes_on)
        unlock_and_tell(l);
    else
        mutex_unlock(&l->lock);
}

void logs_end(struct logs *l, struct str uid, struct str container)
{
    mutex_lock(&l->lock);
    struct log_container *c = find(l, uid, container);
    if (c) c->now->ended = true;
    unlock_and_tell(l);
}

void logs_forget(struct logs *l, struct str uid)
{
    mutex_lock(&l->lock);
    struct log_pod *p = map_take(&l->pods, uid);
    if (p) pod_free(p);
    unlock_and_tell(l);
}

enum log_state logs_read(struct logs *l, struct arena *a, struct str uid, struct str container, bool previous,
                         uint64_t from, struct log_lines *out)
{
    enum log_state state = LOG_NONE;
    *out = (struct log_lines){.next = from};
    mutex_lock(&l->lock);
    const struct log_container *c = find(l, uid, container);
    const struct log_run *r = !c ? NULL : previous ? c->before : c->now;
    if (r) {
        uint64_t end = r->first + r->count, at = MIN(MAX(from, r->first), end);
        out->items = ARENA_ARRAY(a, struct log_line, end - at);
        for (; at < end; at++) {
            const struct kept_line *line = r->ring[(r->head + (at - r->first)) % r->cap];
            out->items[out->count++] = (struct log_line){line->at_ns, str_copy(a, str_n(line->text, line->n))};
        }
        out->next = end;
        state = r->ended ? LOG_END : LOG_MORE;
    }
    mutex_unlock(&l->lock);
    return state;
}

void logs_on_change(struct logs *l, void (*fn)(void *arg), void *arg)
{
    mutex_lock(&l->lock);
    l->fn = fn;
    l->arg = arg;
    mutex_unlock(&l->lock);
}
