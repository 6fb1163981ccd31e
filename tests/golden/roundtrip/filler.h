/* filler.h - objects made up from the schema alone: whatever a type has is filled with values that are hard to carry
 * (edges of numbers, text that YAML would read otherwise, control characters, times with fractions, odd quantities).
 * The same seed gives the same object. */
#ifndef GOLDEN_ROUNDTRIP_FILLER_H
#define GOLDEN_ROUNDTRIP_FILLER_H

#include "api/root.h"
#include "base/json.h"
#include "base/rnd.h"

struct filler {
    struct arena *arena;
    struct rnd rnd;
    int percent; /* of the fields a struct has that are filled; 100 is all */
    bool lossy;  /* what protobuf forgets too: nulls, empty lists and maps, the kinds of objects inside */
    int depth;
    const struct api_type *path[64]; /* the types we are inside of */
};

/* How an object of that seed is made: 0 is full, others are sparser or have nulls. */
void filler_init(struct filler *f, struct arena *a, uint64_t seed);
/* With kind and apiVersion. */
struct json *filler_object(struct filler *f, const struct api_root *root);

#endif
