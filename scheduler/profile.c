/* profile.c - see profile.h. Reads: the table of plugins.   Writes: profiles. */
#include "scheduler/profile.h"

#include "scheduler/extender.h"

#include "base/kassert.h"

#include <stdlib.h>

bool plugin_is_of(const struct sched_plugin *p, enum point point)
{
    switch (point) {
    case POINT_PRE_ENQUEUE: return p->pre_enqueue != NULL;
    case POINT_PRE_FILTER: return p->prefilter != NULL;
    case POINT_FILTER: return p->filter != NULL;
    case POINT_POST_FILTER: return p->post_filter != NULL;
    case POINT_PRE_SCORE: return p->prescore != NULL;
    case POINT_SCORE: return p->score != NULL;
    case POINT_RESERVE: return p->reserve != NULL;
    case POINT_PRE_BIND: return p->prebind != NULL;
    default: return false;
    }
}

int plugin_find(struct str name)
{
    for (int i = 0; sched_plugins[i]; i++)
        if (str_eqc(name, sched_plugins[i]->name)) return i;
    return -1;
}

struct profile *profile_new(struct str scheduler)
{
    struct profile *p = xcalloc(1, sizeof *p);
    p->scheduler = str_dup(scheduler);
    return p;
}

struct profile *profile_default(const char *scheduler)
{
    struct profile *p = profile_new(str_of(scheduler));
    for (int i = 0; sched_plugins[i]; i++) {
        const struct sched_plugin *plugin = sched_plugins[i];
        struct err e = ERR_INIT;
        KASSERT(i < PLUGINS_MAX);
        for (int at = 0; at < POINT_COUNT; at++)
            if (plugin_is_of(plugin, (enum point)at)) p->order[at][p->count[at]++] = (uint8_t)i;
        p->weight[i] = plugin->weight;
        p->args[i] = plugin->configure ? plugin->configure(NULL, &e) : NULL;
    }
    return p;
}

void profile_free(struct profile *p)
{
    if (!p) return;
    for (int i = 0; sched_plugins[i]; i++)
        if (p->args[i] && sched_plugins[i]->unconfigure) sched_plugins[i]->unconfigure(p->args[i]);
    free(p->scheduler);
    free(p);
}

const char *plugin_name(int plugin) { return plugin < EXTENDER_FIRST ? sched_plugins[plugin]->name : "Extender"; }

bool profile_asks(const struct profile *p, enum point point, int plugin)
{
    for (int i = 0; i < p->count[point]; i++)
        if (p->order[point][i] == plugin) return true;
    return false;
}
