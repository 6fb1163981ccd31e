/* config.c - see config.h. Reads: the configuration's file.   Writes: configurations. */
#include "scheduler/config_priv.h"

#include "base/io.h"
#include "base/kassert.h"
#include "scheduler/extender.h"

#include <stdlib.h>

const struct sched_config *config_ref(const struct sched_config *c)
{
    atomic_fetch_add_explicit(&((struct sched_config *)(uintptr_t)c)->refs, 1, memory_order_relaxed);
    return c;
}

void config_unref(const struct sched_config *shared)
{
    struct sched_config *c = (struct sched_config *)(uintptr_t)shared;
    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1) return;
    for (int i = 0; i < c->nprofiles; i++) profile_free(c->profiles[i]);
    extenders_free(c->extenders);
    free(c->profiles);
    free(c);
}

const struct sched_config *config_parse(struct str text, struct config_errors *w)
{
    struct config_draft d = {.errors = w};
    const struct sched_config *c = NULL;
    if (config_decode(&d, text)) {
        config_set_defaults(&d);
        if (config_check(&d)) c = config_build(&d);
    }
    arena_release(&d.arena);
    return c;
}

const struct sched_config *config_default(void)
{
    struct config_errors w = {0};
    const struct sched_config *c =
        config_parse(STR("{\"apiVersion\":\"" CONFIG_VERSION "\",\"kind\":\"" CONFIG_KIND "\"}"), &w);
    KASSERT(c);
    config_errors_release(&w);
    return c;
}

const struct sched_config *config_load(const char *file, struct buf *why)
{
    struct buf text AUTO_BUF = {0};
    struct config_errors w = {0};
    struct err e = ERR_INIT;
    buf_init(&text, CONFIG_FILE_MAX);
    if (!io_read_file(file, &text, &e)) {
        buf_cstr(why, e.text);
        return NULL;
    }
    const struct sched_config *c = config_parse(buf_view(&text), &w);
    for (int i = 0; i < w.n; i++) {
        buf_addf(why, "%s%s: ", i ? "\n" : "", file);
        for (struct str rest = w.items[i]; rest.n;) { /* of a message with line ends one line */
            struct str line = str_cut(rest, '\n', &rest);
            buf_str(why, line);
            if (rest.n) buf_char(why, ' ');
        }
    }
    if (w.more) buf_addf(why, "\n%s: and %d more", file, w.more);
    config_errors_release(&w);
    return c;
}

const struct sched_config *config_read(struct str text, struct arena *a, struct json *complaints)
{
    struct config_errors w = {0};
    const struct sched_config *c = config_parse(text, &w);
    for (int i = 0; i < w.n; i++) json_push(complaints, json_str(a, str_copy(a, w.items[i])));
    if (w.more) json_push(complaints, json_str(a, str_printf(a, "and %d more", w.more)));
    config_errors_release(&w);
    return c;
}

const struct profile *config_profile(const struct sched_config *c, struct str scheduler)
{
    for (int i = 0; i < c->nprofiles; i++)
        if (str_eqc(scheduler, c->profiles[i]->scheduler)) return c->profiles[i];
    return NULL;
}
