/* hash.c - keyed 64-bit hash by multiply-and-fold over 8-byte words. */
#include "hash.h"

#include "kassert.h"

#include <pthread.h>
#include <sys/random.h>

static uint64_t key[3];
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static void key_draw(void) { KASSERT(getrandom(key, sizeof key, 0) == (ssize_t)sizeof key); }

/* Both halves of the product: each input bit reaches all of the result. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_keyed(struct str s)
{
    pthread_once(&key_once, key_draw);
    uint64_t h = key[0] ^ s.n;
    size_t at = 0;
    uint64_t word;
    for (; s.n - at >= 8; at += 8) {
        memcpy(&word, s.p + at, 8);
        h = fold(word ^ key[1], h ^ key[2]);
    }
    word = 0;
    if (s.n > at) memcpy(&word, s.p + at, s.n - at);
    h = fold(word ^ key[1], h ^ key[2]);
    return fold(h ^ key[0], key[1] | 1);
}
