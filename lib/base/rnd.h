/* rnd.h - all randomness. Seeded once per process (--seed): then the same seed
 * and the same order of draws give the same values; unseeded it comes from the
 * kernel. Keys and certificates use GnuTLS' own generator, not this. Thread: any. */
#ifndef BASE_RND_H
#define BASE_RND_H

#include <stdbool.h>
#include <stdint.h>

void rnd_seed(uint64_t seed); /* before any thread starts */
bool rnd_is_seeded(void);
uint64_t rnd_u64(void);
uint64_t rnd_below(uint64_t n); /* 0..n-1, unbiased; n > 0 */
double rnd_unit(void);          /* [0,1) */
enum { RND_UUID_LEN = 36 };
void rnd_uuid(char out[RND_UUID_LEN + 1]); /* version 4 */
/* n characters of bcdfghjklmnpqrstvwxz2456789 and a NUL (apimachinery util/rand). */
void rnd_name(char *out, int n);
/* A stream of its own, e.g. one per scheduler cycle or per turn arbiter. */
struct rnd {
    uint64_t s[4];
};
void rnd_stream(struct rnd *r, uint64_t seed);
uint64_t rnd_next(struct rnd *r);
uint64_t rnd_next_below(struct rnd *r, uint64_t n);
/* As rnd_uuid and rnd_name, of a stream. */
void rnd_uuid_of(struct rnd *r, char out[RND_UUID_LEN + 1]);
void rnd_name_of(struct rnd *r, char *out, int n);

#endif
