/* trigger_times.c - the memory of trigger_times.h.
 * Reads: pods' Ready conditions, Services' creation times. */
#include "controllers/trigger_times.h"

#include "base/clk.h"
#include "base/mem.h"
#include "base/thread.h"

#include <stdlib.h>

struct state {
    struct map pods; /* name -> Unix s of its last change of readiness, as a pointer's value */
    int64_t service_s;
};

static void free_state(void *p)
{
    struct state *s = p;
    map_release(&s->pods, NULL);
    free(s);
}

void trigger_times_release(struct trigger_times *t) { map_release(&t->by_service, free_state); }

static struct state *state_of(struct trigger_times *t, struct str key, bool *known)
{
    mutex_lock(&t->lock);
    struct state *s = map_get(&t->by_service, key);
    *known = s != NULL;
    if (!s) {
        s = xcalloc(1, sizeof *s);
        (void)map_set(&t->by_service, key, s);
    }
    mutex_unlock(&t->lock);
    return s;
}

static int64_t earlier(int64_t a, int64_t b) { return !a || b < a ? b : a; }

int64_t trigger_times_next(struct trigger_times *t, const struct object *svc, const struct objs *pods)
{
    struct arena a AUTO_ARENA = {0};
    struct map now = {0};
    bool known;
    int64_t first = 0, created = obj_time_s(svc->root, ".metadata.creationTimestamp", 0);
    struct state *s = state_of(t, obj_nsname(&a, svc->root), &known);
    for (size_t i = 0; i < pods->count; i++) {
        int64_t at = obj_time_s(obj_condition(pods->items[i]->root, "Ready"), ".lastTransitionTime", 0);
        if (at <= 0) continue;
        if (at > (int64_t)(intptr_t)map_get(&s->pods, pods->items[i]->name)) first = earlier(first, at);
        (void)map_set(&now, pods->items[i]->name, (void *)(intptr_t)at);
    }
    if (created > s->service_s) first = earlier(first, created);
    map_release(&s->pods, NULL);
    s->pods = now;
    s->service_s = created;
    return known ? first : created;
}

void trigger_times_forget(struct trigger_times *t, struct str ns, struct str name)
{
    struct arena a AUTO_ARENA = {0};
    mutex_lock(&t->lock);
    struct state *s = map_take(&t->by_service, str_printf(&a, "%.*s/%.*s", STR_ARG(ns), STR_ARG(name)));
    mutex_unlock(&t->lock);
    if (s) free_state(s);
}

void trigger_time_put(struct arena *a, struct json *obj, int64_t at_s)
{
    char text[CLK_TEXT_MAX];
    if (at_s > 0) {
        obj_map_put_str(a, obj, ".metadata.annotations", STR(TRIGGER_TIME),
                        str_copy(a, str_of(clk_rfc3339(at_s, text))));
        return;
    }
    struct json *annotations = obj_edit(obj, ".metadata.annotations");
    if (annotations) (void)json_del(annotations, STR(TRIGGER_TIME));
}
