/* scope.c - see scope.h. Reads: scheduler names of pods.   Writes: its list of pods. */
#include "scheduler/scope.h"

#include "base/map.h"
#include "base/thread.h"

#include <stdlib.h>

struct scope {
    pthread_mutex_t lock; /* covers pods; only its holder changes config */
    struct map pods;      /* uid -> const struct pod_info, referenced */
    pthread_mutex_t config_lock;
    const struct sched_config *config;
};

struct scope *scope_new(const struct sched_config *config)
{
    struct scope *s = xcalloc(1, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->config_lock, NULL);
    s->config = config_ref(config);
    return s;
}

static void free_pod(void *pod) { pod_info_unref(pod); }

void scope_free(struct scope *s)
{
    if (!s) return;
    map_release(&s->pods, free_pod);
    config_unref(s->config);
    pthread_mutex_destroy(&s->config_lock);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

const struct sched_config *scope_config(struct scope *s)
{
    mutex_lock(&s->config_lock);
    const struct sched_config *c = config_ref(s->config);
    mutex_unlock(&s->config_lock);
    return c;
}

void scope_lock(struct scope *s) { mutex_lock(&s->lock); }
void scope_unlock(struct scope *s) { mutex_unlock(&s->lock); }

static bool is_of(const struct sched_config *c, const struct pod_info *pod)
{
    return config_profile(c, sym_str(pod->scheduler)) != NULL;
}

bool scope_add(struct scope *s, const struct pod_info *pod)
{
    pod_info_unref(map_set(&s->pods, pod->uid, (void *)(uintptr_t)pod_info_ref(pod)));
    return is_of(s->config, pod);
}

void scope_remove(struct scope *s, struct str uid) { pod_info_unref(map_take(&s->pods, uid)); }

const struct sched_config *scope_configure(struct scope *s, const struct sched_config *config)
{
    mutex_lock(&s->config_lock);
    const struct sched_config *was = s->config;
    s->config = config_ref(config);
    mutex_unlock(&s->config_lock);
    return was;
}

void scope_compare(struct scope *s, const struct sched_config *was, scope_fn *fn, void *arg)
{
    for (uint32_t i = 0; i < s->pods.count; i++) {
        const struct pod_info *pod = s->pods.entries[i].value;
        bool ours = is_of(s->config, pod);
        if (ours != is_of(was, pod)) fn(arg, pod, ours);
    }
}
