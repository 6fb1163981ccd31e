/* members.h - many look-ups and changes in one JSON object whose size a client chose. Private to lib/api.
 * Small objects are searched, large ones get a map after a few look-ups; nothing is quadratic. Between open and close
 * the object is changed through these functions alone. */
#ifndef API_MEMBERS_H
#define API_MEMBERS_H

#include "base/json.h"
#include "base/map.h"

struct members {
    struct json *obj;
    struct map index;
    uint32_t lookups;
    bool indexed, dropped;
};

void members_open(struct members *m, struct json *obj);
void members_close(struct members *m); /* takes out what was dropped */
/* NULL when there is none, or it was dropped. */
struct json *members_find(struct members *m, struct str key);
/* Adds a member; there is none of that name. The key is borrowed. */
void members_add(struct members *m, struct str key, struct json *value);
/* Gives a member that was found the content of `value`, a node that is in no tree; it keeps its place. */
void members_replace(struct json *member, const struct json *value);
/* Removes a member that was found. */
void members_drop(struct members *m, struct json *member);

#endif
