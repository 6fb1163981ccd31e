/* expect.c - client-go's ControllerExpectations. Reads: cluster time.   Writes: nothing outside itself. */
#include "expect.h"

#include "base/clk.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/thread.h"
#include "limits.h"

#include <stdlib.h>

struct expected {
    int64_t add, del, since_s;
};

struct expect {
    pthread_mutex_t lock;
    struct map keys; /* key -> struct expected */
};

struct expect *expect_new(void)
{
    struct expect *x = xcalloc(1, sizeof *x);
    pthread_mutex_init(&x->lock, NULL);
    return x;
}

void expect_free(struct expect *x)
{
    if (!x) return;
    map_release(&x->keys, free);
    pthread_mutex_destroy(&x->lock);
    free(x);
}

bool expect_satisfied(struct expect *x, struct str key)
{
    mutex_lock(&x->lock);
    const struct expected *n = map_get(&x->keys, key);
    bool ok = !n || (n->add <= 0 && n->del <= 0) || clk_s() - n->since_s > EXPECT_TIMEOUT_S;
    mutex_unlock(&x->lock);
    return ok;
}

/* Upstream's SetExpectations: what was expected before is replaced. */
static void set(struct expect *x, struct str key, int64_t add, int64_t del)
{
    mutex_lock(&x->lock);
    struct expected *n = map_get(&x->keys, key);
    if (!n) map_set(&x->keys, key, n = xcalloc(1, sizeof *n));
    *n = (struct expected){.add = add, .del = del, .since_s = clk_s()};
    mutex_unlock(&x->lock);
}

static void lower(struct expect *x, struct str key, int64_t add, int64_t del)
{
    mutex_lock(&x->lock);
    struct expected *n = map_get(&x->keys, key);
    if (n) n->add -= add;
    if (n) n->del -= del;
    mutex_unlock(&x->lock);
}

void expect_creations(struct expect *x, struct str key, int n) { set(x, key, n, 0); }
void expect_deletions(struct expect *x, struct str key, int n) { set(x, key, 0, n); }
void expect_changes(struct expect *x, struct str key, int creations, int deletions)
{
    set(x, key, creations, deletions);
}
void expect_saw_creation(struct expect *x, struct str key) { lower(x, key, 1, 0); }
void expect_saw_deletion(struct expect *x, struct str key) { lower(x, key, 0, 1); }

void expect_forget(struct expect *x, struct str key)
{
    mutex_lock(&x->lock);
    free(map_take(&x->keys, key));
    mutex_unlock(&x->lock);
}
