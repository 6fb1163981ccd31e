/* config_build.c - good configurations to profiles: which of our plugins are asked at each point, their weights and
 * what they made of their arguments. Reads: the checked draft.   Writes: the configuration. Upstream:
 * pkg/scheduler/scheduler.go (New), profile/profile.go, framework/runtime/framework.go. */
#include "scheduler/config_priv.h"

#include "api/object.h"
#include "scheduler/extender.h"

#include <stdlib.h>

/* What is wrong with one profile, as one complaint with its context. */
static bool refuse(struct config_draft *d, const struct profile_draft *p, const char *context,
                   const struct config_errors *why)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, CONFIG_TEXT_MAX);
    config_errors_join(&text, why);
    return config_say(d->errors, "initializing profiles: creating profile for scheduler name %.*s: %s%.*s",
                      STR_ARG(p->scheduler), context, STR_ARG(buf_view(&text)));
}

static const struct json *args_of(const struct profile_draft *p, const char *plugin)
{
    for (OBJ_EACH(one, p->plugin_config, ""))
        if (obj_is(one, ".name", plugin)) return obj_get(one, ".args");
    return NULL;
}

static bool is_asked(const struct profile_draft *p, const char *plugin)
{
    for (int s = 0; s < CP_SETS; s++)
        for (int i = 0; i < p->sets[s].nenabled; i++)
            if (str_eqc(p->sets[s].enabled[i].name, plugin)) return true;
    return false;
}

/* Arguments that upstream looks at when the plugin is made. */
static bool check_late(struct config_draft *d, const struct profile_draft *p)
{
    for (int i = 0; i < config_plugin_count; i++) {
        const char *name = config_plugin_rows[i].name;
        const struct config_args_row *row = config_args_of(str_of(name));
        struct config_errors why = {0}, *all = d->errors;
        if (!row || !row->late || !is_asked(p, name)) continue;
        d->errors = &why;
        row->check(d, "", args_of(p, name));
        d->errors = all;
        if (why.n) refuse(d, p, AT(d, "initializing plugin \"%s\": ", name), &why);
        config_errors_release(&why);
        if (all->n) return false;
    }
    return true;
}

/* Plugins of upstream's that we have nothing to ask of at a point are left out of it. */
static void fill_points(struct profile *out, const struct point_plan plan[CP_COUNT])
{
    for (int cp = 0; cp < CP_COUNT; cp++) {
        int at = config_points[cp].point;
        for (int i = 0; at >= 0 && i < plan[cp].n; i++) {
            int plugin = plugin_find(str_of(plan[cp].rows[i]->name));
            if (plugin < 0 || !plugin_is_of(sched_plugins[plugin], (enum point)at)) continue;
            out->order[at][out->count[at]++] = (uint8_t)plugin;
            if (cp == CP_SCORE) out->weight[plugin] = plan[cp].weights[i];
        }
    }
}

static bool configure(struct config_draft *d, const struct profile_draft *p, struct profile *out)
{
    for (int i = 0; sched_plugins[i]; i++) {
        const struct sched_plugin *plugin = sched_plugins[i];
        struct err e = ERR_INIT;
        if (!plugin->configure || !is_asked(p, plugin->name)) continue;
        out->args[i] = plugin->configure(args_of(p, plugin->name), &e);
        if (e.code == ERR_NONE) continue;
        struct config_errors why = {0};
        config_say(&why, "%s", e.text);
        refuse(d, p, AT(d, "initializing plugin \"%s\": ", plugin->name), &why);
        config_errors_release(&why);
        return false;
    }
    return true;
}

/* ---- Extenders ---- */

/* What they manage and the scheduler is not to look at takes the place of NodeResourcesFit's own list in all profiles
 * (buildExtenders). */
static void set_ignored(struct config_draft *d, const struct json *ignored)
{
    for (int i = 0; i < d->nprofiles; i++) {
        JSON_FOREACH(one, d->profiles[i].plugin_config)
        {
            if (!obj_is(one, ".name", "NodeResourcesFit")) continue;
            obj_put_copy(&d->arena, one, ".args.ignoredResources", ignored);
        }
    }
}

static bool build_extenders(struct config_draft *d, struct extenders **out)
{
    const struct json *list = obj_get(d->tree, ".extenders");
    struct json *ignored = obj_empty(&d->arena);
    struct err e = ERR_INIT;
    *out = NULL;
    if (!obj_count(list, "")) return true;
    if (obj_count(list, "") > EXTENDERS_MAX)
        return config_say(d->errors, "extenders: Too many: %zu: must have at most %d items", obj_count(list, ""),
                          EXTENDERS_MAX);
    for (OBJ_EACH(x, list, ""))
        for (OBJ_EACH(r, x, ".managedResources"))
            if (obj_bool(r, ".ignoredByScheduler", false))
                obj_append_str(&d->arena, ignored, ".names", obj_str(r, ".name"));
    if (obj_count(ignored, ".names")) set_ignored(d, obj_get(ignored, ".names"));
    *out = extenders_new(list, &e);
    return *out || config_say(d->errors, "couldn't build extenders: %s", e.text);
}

/* ---- Profiles ---- */

static struct profile *build_profile(struct config_draft *d, const struct profile_draft *p)
{
    struct point_plan plan[CP_COUNT];
    struct config_errors why = {0}, *all = d->errors;
    if (!check_late(d, p)) return NULL;
    d->errors = &why;
    bool ok = config_plan(d, p, plan);
    d->errors = all;
    if (!ok) refuse(d, p, "", &why);
    config_errors_release(&why);
    if (!ok) return NULL;
    struct profile *out = profile_new(p->scheduler);
    out->percentage = (int)obj_number(p->percentage, obj_int(d->tree, ".percentageOfNodesToScore", 0));
    fill_points(out, plan);
    if (configure(d, p, out)) return out;
    profile_free(out);
    return NULL;
}

static int64_t to_ms(int64_t s) { return MIN(s, BACKOFF_LIMIT_S) * 1000; }

struct sched_config *config_build(struct config_draft *d)
{
    struct extenders *extenders;
    if (!build_extenders(d, &extenders)) return NULL;
    struct sched_config *c = xcalloc(1, sizeof *c);
    c->refs = 1;
    c->extenders = extenders;
    c->profiles = xcalloc((size_t)d->nprofiles, sizeof(struct profile *));
    c->backoff_first_ms = to_ms(obj_int(d->tree, ".podInitialBackoffSeconds", 0));
    c->backoff_max_ms = to_ms(obj_int(d->tree, ".podMaxBackoffSeconds", 0));
    c->percentage = (int)obj_int(d->tree, ".percentageOfNodesToScore", 0);
    c->parallelism = (int)obj_int(d->tree, ".parallelism", 0);
    for (int i = 0; i < d->nprofiles; i++) {
        struct profile *p = build_profile(d, &d->profiles[i]);
        if (!p) {
            config_unref(c);
            return NULL;
        }
        p->extenders = extenders;
        c->profiles[c->nprofiles++] = p;
    }
    return c;
}
