/* correlate.c - aggregation, deduplication and the spam filter of events. Reads: keys.   Writes: its own tables. */
#include "correlate.h"

#include "base/kassert.h"
#include "base/map.h"
#include "base/mem.h"
#include "limits.h"

#include <stdlib.h>

struct node { /* an entry of a table, in order of use */
    struct node *newer, *older;
    char *key;
    int64_t count, first_s, last_s; /* events; or of the filter: tokens in count, since last_s */
    char *name;                     /* the Event that was made, or NULL */
    struct map messages;            /* aggregation: the distinct ones */
};

struct table { /* least recently used goes first */
    struct map by_key;
    struct node *newest, *oldest;
    uint32_t max;
};

struct correlate {
    struct table filter, similar, same;
    struct node *latest;
    char *key_text;
    size_t key_cap;
};

/* ---- Tables ---- */

static void node_free(void *p)
{
    struct node *n = p;
    free(n->key);
    free(n->name);
    map_release(&n->messages, NULL);
    free(n);
}

static void unlink_node(struct table *t, struct node *n)
{
    if (n->newer)
        n->newer->older = n->older;
    else
        t->newest = n->older;
    if (n->older)
        n->older->newer = n->newer;
    else
        t->oldest = n->newer;
}

static void link_newest(struct table *t, struct node *n)
{
    n->newer = NULL;
    n->older = t->newest;
    if (t->newest)
        t->newest->newer = n;
    else
        t->oldest = n;
    t->newest = n;
}

static struct node *touch(struct table *t, struct str key)
{
    struct node *n = map_get(&t->by_key, key);
    if (n) {
        unlink_node(t, n);
        link_newest(t, n);
        return n;
    }
    if (t->by_key.count >= t->max) {
        struct node *old = t->oldest;
        unlink_node(t, old);
        map_take(&t->by_key, str_of(old->key));
        node_free(old);
    }
    n = xcalloc(1, sizeof *n);
    n->key = str_dup(key);
    n->last_s = INT64_MIN;
    map_set(&t->by_key, key, n);
    link_newest(t, n);
    return n;
}

struct correlate *correlate_new(int max)
{
    struct correlate *c = xcalloc(1, sizeof *c);
    c->filter.max = c->similar.max = c->same.max = (uint32_t)max;
    return c;
}

void correlate_free(struct correlate *c)
{
    if (!c) return;
    map_release(&c->filter.by_key, node_free);
    map_release(&c->similar.by_key, node_free);
    map_release(&c->same.by_key, node_free);
    free(c->key_text);
    free(c);
}

/* ---- core/v1 ---- */

/* A token bucket: 25 at once, then one per 5 minutes. */
static bool allowed(struct correlate *c, struct str source, int64_t now_s)
{
    struct node *n = touch(&c->filter, source);
    if (n->last_s == INT64_MIN) {
        n->count = EVENT_BURST;
        n->last_s = now_s;
    }
    int64_t earned = (now_s - n->last_s) / EVENT_REFILL_S;
    if (earned > 0) {
        n->count = MIN(n->count + earned, EVENT_BURST);
        n->last_s += earned * EVENT_REFILL_S;
    }
    if (n->count == 0) return false;
    n->count--;
    return true;
}

/* More than 10 different messages of one kind within 10 minutes become one event. */
static bool aggregates(struct correlate *c, struct str similar, struct str message, int64_t now_s)
{
    struct node *n = touch(&c->similar, similar);
    if (n->last_s == INT64_MIN || now_s - n->last_s > EVENT_AGGREGATE_S) {
        map_release(&n->messages, NULL);
        map_init(&n->messages);
    }
    n->last_s = now_s;
    map_set(&n->messages, message, n);
    if (n->messages.count < EVENT_AGGREGATE) return false;
    map_take(&n->messages, message); /* those seen before it stay events of their own */
    return true;
}

static struct str join(struct correlate *c, struct str a, struct str b)
{
    if (a.n + b.n + 1 > c->key_cap) {
        c->key_cap = a.n + b.n + 256;
        c->key_text = xrealloc(c->key_text, c->key_cap);
    }
    memcpy(c->key_text, a.p, a.n);
    if (b.n) memcpy(c->key_text + a.n, b.p, b.n);
    return str_n(c->key_text, a.n + b.n);
}

void correlate_core(struct correlate *c, struct str source, struct str similar, struct str message, int64_t now_s,
                    struct sameness *out)
{
    memset(out, 0, sizeof *out);
    out->combined = aggregates(c, similar, message, now_s);
    struct node *n = touch(&c->same, out->combined ? similar : join(c, similar, message));
    if (n->last_s == INT64_MIN) n->first_s = now_s;
    n->last_s = now_s;
    n->count++;
    c->latest = n;
    out->what = !allowed(c, source, now_s) ? EVENT_DROPPED : n->name ? EVENT_AGAIN : EVENT_NEW;
    out->count = n->count;
    out->first_s = n->first_s;
    out->name = n->name;
}

/* ---- events.k8s.io/v1 ---- */

void correlate_series(struct correlate *c, struct str key, int64_t now_s, struct sameness *out)
{
    memset(out, 0, sizeof *out);
    struct node *n = touch(&c->same, key);
    bool over = n->last_s != INT64_MIN && now_s - n->last_s > EVENT_SERIES_S;
    if (over || n->last_s == INT64_MIN) {
        n->count = 0;
        n->first_s = now_s;
        free(n->name);
        n->name = NULL;
    }
    n->last_s = now_s;
    n->count++;
    c->latest = n;
    out->what = !n->name ? EVENT_NEW : n->count == 2 ? EVENT_AGAIN : EVENT_DROPPED;
    out->count = n->count;
    out->first_s = n->first_s;
    out->name = n->name;
}

void correlate_made(struct correlate *c, const char *name)
{
    KASSERT(c->latest);
    free(c->latest->name);
    c->latest->name = xstrdup(name);
}

void correlate_forget(struct correlate *c)
{
    KASSERT(c->latest);
    free(c->latest->name);
    c->latest->name = NULL;
    c->latest->count = 1;
}
