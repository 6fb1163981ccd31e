/* user.c - see user.h. Reads: a user.   Writes: a tree. */
#include "apiserver/object/user.h"

#include "api/object.h"

/* Keys are anything: no path could name them. A key that occurs again has more values. */
static struct json *extra_of(struct arena *a, const struct user *u)
{
    struct json *extra = obj_empty(a);
    for (int i = 0; i < u->nextra; i++) {
        struct str key = str_of(u->extra[i].key);
        if (!json_get(extra, key)) json_add(extra, key, obj_list(a));
        json_push(json_get(extra, key), json_str(a, u->extra[i].value));
    }
    return extra;
}

void user_put(struct arena *a, struct json *to, const struct user *u)
{
    obj_put_str(a, to, ".username", u->name);
    if (u->uid.n) obj_put_str(a, to, ".uid", u->uid);
    for (int i = 0; i < u->ngroups; i++) obj_append_str(a, to, ".groups", u->groups[i]);
    if (u->nextra) obj_put(a, to, ".extra", extra_of(a, u));
}
