/* rnd.c - random numbers: xoshiro256** streams (Blackman, Vigna), filled from a seed by splitmix64.
 * The process has one stream of its own, behind a lock. */
#include "rnd.h"

#include "kassert.h"
#include "thread.h"

#include <string.h>
#include <sys/random.h>

static pthread_mutex_t lock = MUTEX_INIT;
static struct rnd common;  /* under lock */
static bool ready, seeded; /* under lock */

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void rnd_stream(struct rnd *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++) r->s[i] = splitmix(&seed);
}

static uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

uint64_t rnd_next(struct rnd *r)
{
    uint64_t *s = r->s, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint64_t rnd_next_below(struct rnd *r, uint64_t n)
{
    KASSERT(n > 0);
    uint64_t spare = (UINT64_MAX % n + 1) % n, v; /* values at the top that would favour small results */
    do v = rnd_next(r);
    while (v > UINT64_MAX - spare);
    return v % n;
}

void rnd_seed(uint64_t seed)
{
    mutex_lock(&lock);
    rnd_stream(&common, seed);
    ready = seeded = true;
    mutex_unlock(&lock);
}

bool rnd_is_seeded(void)
{
    mutex_lock(&lock);
    bool yes = seeded;
    mutex_unlock(&lock);
    return yes;
}

static void make_ready(void)
{
    if (ready) return;
    KASSERT(getrandom(&common, sizeof common, 0) == (ssize_t)sizeof common);
    ready = true;
}

uint64_t rnd_u64(void)
{
    mutex_lock(&lock);
    make_ready();
    uint64_t v = rnd_next(&common);
    mutex_unlock(&lock);
    return v;
}

uint64_t rnd_below(uint64_t n)
{
    mutex_lock(&lock);
    make_ready();
    uint64_t v = rnd_next_below(&common, n);
    mutex_unlock(&lock);
    return v;
}

double rnd_unit(void) { return (double)(rnd_u64() >> 11) * 0x1p-53; }

/* r NULL: the process's own stream. */
static uint64_t draw(struct rnd *r) { return r ? rnd_next(r) : rnd_u64(); }
static uint64_t draw_below(struct rnd *r, uint64_t n) { return r ? rnd_next_below(r, n) : rnd_below(n); }

static void write_uuid(struct rnd *r, char out[RND_UUID_LEN + 1])
{
    static const char hex[] = "0123456789abcdef", shape[] = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
    uint64_t bits = 0;
    int left = 0;
    for (int i = 0; i < RND_UUID_LEN; i++) {
        if (left == 0) bits = draw(r), left = 16;
        out[i] = shape[i];
        if (shape[i] != 'x' && shape[i] != 'y') continue;
        out[i] = hex[shape[i] == 'x' ? bits & 15 : 8 | (bits & 3)];
        bits >>= 4;
        left--;
    }
    out[RND_UUID_LEN] = '\0';
}

static void write_name(struct rnd *r, char *out, int n)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    for (int i = 0; i < n; i++) out[i] = letters[draw_below(r, sizeof letters - 1)];
    out[n] = '\0';
}

void rnd_uuid(char out[RND_UUID_LEN + 1]) { write_uuid(NULL, out); }
void rnd_name(char *out, int n) { write_name(NULL, out, n); }
void rnd_uuid_of(struct rnd *r, char out[RND_UUID_LEN + 1]) { write_uuid(r, out); }
void rnd_name_of(struct rnd *r, char *out, int n) { write_name(r, out, n); }
