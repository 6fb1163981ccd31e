/* preempting.c - see preempting.h. Reads: uids.   Writes: its list. */
#include "scheduler/preempting.h"

#include "base/mem.h"
#include "base/thread.h"

#include <stdlib.h>

struct preempting_pod {
    struct preempting_pod *next;
    char *uid, *last; /* last: uid of the last victim, once it is its turn */
    bool over;        /* that one leaves */
};

struct preempting {
    pthread_mutex_t lock;
    struct preempting_pod *pods; /* few: one for each preemption under way */
};

struct preempting *preempting_new(void)
{
    struct preempting *p = xcalloc(1, sizeof *p);
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

static void free_pod(struct preempting_pod *who)
{
    free(who->uid);
    free(who->last);
    free(who);
}

void preempting_free(struct preempting *p)
{
    if (!p) return;
    for (struct preempting_pod *next, *it = p->pods; it; it = next) {
        next = it->next;
        free_pod(it);
    }
    pthread_mutex_destroy(&p->lock);
    free(p);
}

struct preempting_pod *preempting_begin(struct preempting *p, struct str uid)
{
    struct preempting_pod *who = xcalloc(1, sizeof *who);
    who->uid = str_dup(uid);
    mutex_lock(&p->lock);
    who->next = p->pods;
    p->pods = who;
    mutex_unlock(&p->lock);
    return who;
}

void preempting_last(struct preempting *p, struct preempting_pod *who, struct str victim_uid)
{
    mutex_lock(&p->lock);
    who->last = str_dup(victim_uid);
    mutex_unlock(&p->lock);
}

void preempting_end(struct preempting *p, struct preempting_pod *who)
{
    mutex_lock(&p->lock);
    struct preempting_pod **at = &p->pods;
    while (*at != who) at = &(*at)->next;
    *at = who->next;
    mutex_unlock(&p->lock);
    free_pod(who);
}

void preempting_left(struct preempting *p, struct str uid)
{
    mutex_lock(&p->lock);
    for (struct preempting_pod *it = p->pods; it; it = it->next)
        if (it->last && str_eqc(uid, it->last)) it->over = true;
    mutex_unlock(&p->lock);
}

bool preempting_has(struct preempting *p, struct str uid)
{
    bool has = false;
    mutex_lock(&p->lock);
    for (const struct preempting_pod *it = p->pods; it && !has; it = it->next) has = !it->over && str_eqc(uid, it->uid);
    mutex_unlock(&p->lock);
    return has;
}
