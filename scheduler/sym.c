/* sym.c - see sym.h. One table for the process: buckets that double when they are full.
 * Reads and writes: the table. */
#include "scheduler/sym.h"

#include "base/rnd.h"
#include "base/thread.h"

#include <stdlib.h>

enum { BUCKETS_FIRST = 1024 };

static pthread_mutex_t lock = MUTEX_INIT; /* everything below, and refs of all */
static struct sym **buckets;
static size_t nbuckets, count;
static uint64_t seed; /* hostile labels must not line up in one bucket */

struct sym_link {
    struct sym_link *next;
    const struct sym *sym;
};

static void rehash(size_t n)
{
    struct sym **wider = xcalloc(n, sizeof *wider);
    for (size_t i = 0; i < nbuckets; i++) {
        for (struct sym *s = buckets[i], *next; s; s = next) {
            next = s->next;
            s->next = wider[s->hash & (n - 1)];
            wider[s->hash & (n - 1)] = s;
        }
    }
    free(buckets);
    buckets = wider;
    nbuckets = n;
}

static struct sym *add(struct str text, uint64_t hash)
{
    if (count >= nbuckets) rehash(nbuckets ? 2 * nbuckets : BUCKETS_FIRST);
    struct sym *s = xmalloc(sizeof *s + text.n + 1);
    *s = (struct sym){.next = buckets[hash & (nbuckets - 1)], .n = (uint32_t)text.n, .hash = hash};
    if (text.n) memcpy(s->text, text.p, text.n);
    s->text[text.n] = '\0';
    buckets[hash & (nbuckets - 1)] = s;
    count++;
    return s;
}

const struct sym *sym_get(struct str text)
{
    mutex_lock(&lock);
    if (!nbuckets) seed = rnd_is_seeded() ? 0 : rnd_u64();
    uint64_t hash = str_hash(text, seed);
    struct sym *s = nbuckets ? buckets[hash & (nbuckets - 1)] : NULL;
    while (s && !(s->hash == hash && str_eq(sym_str(s), text))) s = s->next;
    if (!s) s = add(text, hash);
    s->refs++;
    mutex_unlock(&lock);
    return s;
}

void sym_unref(const struct sym *held)
{
    if (!held) return;
    mutex_lock(&lock);
    struct sym **at = &buckets[held->hash & (nbuckets - 1)];
    while (*at != held) at = &(*at)->next;
    struct sym *s = *at;
    if (--s->refs == 0) {
        *at = s->next;
        free(s);
        count--;
    }
    mutex_unlock(&lock);
}

size_t sym_count(void)
{
    mutex_lock(&lock);
    size_t n = count;
    mutex_unlock(&lock);
    return n;
}

const struct sym *keep_sym(struct keep *k, struct str text)
{
    if (str_is_null(text)) return NULL;
    struct sym_link *link = ARENA_NEW(&k->arena, struct sym_link);
    link->sym = sym_get(text);
    link->next = k->syms;
    k->syms = link;
    return link->sym;
}

void keep_release(struct keep *k)
{
    for (struct sym_link *l = k->syms; l; l = l->next) sym_unref(l->sym);
    arena_release(&k->arena);
    *k = (struct keep){0};
}
