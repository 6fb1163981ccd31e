/* sets_support.h - StatefulSets, DaemonSets, nodes and pods in short notation, for the pure parts of their controllers.
 */
#ifndef UNIT_CONTROLLERS_SETS_SUPPORT_H
#define UNIT_CONTROLLERS_SETS_SUPPORT_H

#include "api/object.h"
#include "check_main.h"

#define ck_assert_strn_eq(s, c) ck_assert_msg(str_eqc((s), (c)), "\"%.*s\" is not \"%s\"", STR_ARG(s), (c))

static inline const struct object *object_from(const char *text)
{
    struct err e = ERR_INIT;
    const struct object *o = object_parse(str_of(text), NULL, &e);
    ck_assert_msg(o != NULL, "%s: %s", e.text, text);
    return o;
}

/* In phase `state`: P pending, U running and not ready, A available, F failed, S succeeded. */
static inline void put_state(struct arena *a, struct json *pod, char state)
{
    const char *phase = state == 'P' ? "Pending" : state == 'F' ? "Failed" : state == 'S' ? "Succeeded" : "Running";
    obj_put_cstr(a, pod, ".status.phase", phase);
    struct json *ready = obj_append(a, pod, ".status.conditions");
    obj_put_cstr(a, ready, ".type", "Ready");
    obj_put_cstr(a, ready, ".status", state == 'A' ? "True" : "False");
    obj_put_cstr(a, ready, ".lastTransitionTime", "2020-01-01T00:00:00Z");
}

static inline void put_terminating(struct arena *a, struct json *pod)
{
    obj_put_cstr(a, pod, ".metadata.deletionTimestamp", "2020-01-01T00:00:00Z");
}

static inline void add_object(struct objs *l, const struct json *root)
{
    const struct object *o AUTO_OBJ = object_of(root);
    objs_add(l, o);
}

/* One word of a list in short notation; false: there are no more. */
static inline bool next_word(const char **at, char word[32])
{
    size_t n = 0;
    while (**at == ' ') ++*at;
    while (**at && **at != ' ' && n < 31) word[n++] = *(*at)++;
    word[n] = '\0';
    return n > 0;
}

#endif
