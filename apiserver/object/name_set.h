/* name_set.h - which names were seen, for rules on what must be unique or must exist. A few names cost no allocation,
 * many are hashed: an object of 3 MB has room for a hundred thousand. Keys are borrowed. One owner; release it. */
#ifndef APISERVER_OBJECT_NAME_SET_H
#define APISERVER_OBJECT_NAME_SET_H

#include "base/map.h"

enum { NAME_SET_FEW = 8 };

struct name_set {
    uint32_t count;
    struct str few[NAME_SET_FEW];
    const void *values[NAME_SET_FEW];
    struct map many; /* all of them once there are more than a few */
};

void name_set_init(struct name_set *s);
void name_set_release(struct name_set *s);
#define AUTO_NAME_SET __attribute__((cleanup(name_set_release)))

bool name_set_has(const struct name_set *s, struct str name);
/* Its value; NULL when it is not there or has none. */
const void *name_set_get(const struct name_set *s, struct str name);
/* False: it was there; its value stays. */
bool name_set_add(struct name_set *s, struct str name, const void *value);
void name_set_put(struct name_set *s, struct str name, const void *value); /* the new value counts */

#endif
