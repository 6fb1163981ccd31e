/* event_log.c - see event_log.h. Reads: events.   Writes: its ring. */
#include "scheduler/event_log.h"

#include <stdlib.h>

static void forget(struct logged_event *it)
{
    node_info_keep_free((struct node_info *)(uintptr_t)it->e.was);
    node_info_keep_free((struct node_info *)(uintptr_t)it->e.node);
    pod_info_unref(it->e.pod_was);
    pod_info_unref(it->e.pod);
    object_unref(it->e.holder_was);
    object_unref(it->e.holder);
    *it = (struct logged_event){0};
}

void event_log_drop(struct event_log *l, uint64_t from)
{
    while (l->first < from && l->first < l->next) forget(&l->ring[l->first++ % EVENTS_KEPT]);
}

void event_log_release(struct event_log *l)
{
    event_log_drop(l, l->next);
    free(l->ring);
    l->ring = NULL;
}

void event_log_add(struct event_log *l, const struct sched_event *e, const char *name)
{
    if (!l->ring) l->ring = xcalloc(EVENTS_KEPT, sizeof *l->ring);
    if (l->next - l->first == EVENTS_KEPT) event_log_drop(l, l->first + 1);
    struct logged_event *it = &l->ring[l->next++ % EVENTS_KEPT];
    *it = (struct logged_event){*e, name};
    if (e->was) it->e.was = node_info_keep(e->was);
    if (e->node) it->e.node = node_info_keep(e->node);
    if (e->pod_was) pod_info_ref(e->pod_was);
    if (e->pod) pod_info_ref(e->pod);
    object_ref(e->holder_was);
    object_ref(e->holder);
}

const struct logged_event *event_log_at(const struct event_log *l, uint64_t number)
{
    return &l->ring[number % EVENTS_KEPT];
}
