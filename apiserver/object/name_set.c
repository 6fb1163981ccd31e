/* name_set.c - see name_set.h. */
#include "apiserver/object/name_set.h"

#include "base/kassert.h"

void name_set_init(struct name_set *s)
{
    s->count = 0;
    map_init(&s->many);
}

void name_set_release(struct name_set *s) { map_release(&s->many, NULL); }

static uint32_t find(const struct name_set *s, struct str name)
{
    uint32_t i = 0;
    while (i < s->count && !str_eq(s->few[i], name)) i++;
    return i;
}

bool name_set_has(const struct name_set *s, struct str name)
{
    return s->count > NAME_SET_FEW ? map_has(&s->many, name) : find(s, name) < s->count;
}

const void *name_set_get(const struct name_set *s, struct str name)
{
    if (s->count > NAME_SET_FEW) return map_get(&s->many, name);
    uint32_t i = find(s, name);
    return i < s->count ? s->values[i] : NULL;
}

bool name_set_add(struct name_set *s, struct str name, const void *value)
{
    if (name_set_has(s, name)) return false;
    if (s->count < NAME_SET_FEW) {
        s->few[s->count] = name;
        s->values[s->count] = value;
    } else {
        for (uint32_t i = 0; s->count == NAME_SET_FEW && i < NAME_SET_FEW; i++)
            map_set(&s->many, s->few[i], (void *)(uintptr_t)s->values[i]);
        map_set(&s->many, name, (void *)(uintptr_t)value);
    }
    s->count++;
    KASSERT(s->count <= NAME_SET_FEW || s->many.count == s->count);
    return true;
}

void name_set_put(struct name_set *s, struct str name, const void *value)
{
    if (name_set_add(s, name, value)) return;
    if (s->count > NAME_SET_FEW)
        map_set(&s->many, name, (void *)(uintptr_t)value);
    else
        s->values[find(s, name)] = value;
}
