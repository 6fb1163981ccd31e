/* watch_convert.c - a watcher of a kind whose objects a webhook converts waits for them, as it waits for events.
 * Reads: items.   Writes: their forms, by crd/conversion.h. Stream thread, but for the end of a conversion. */
#include "apiserver/watch/watch.h"

#include "apiserver/crd/conversion.h"

#include <stdlib.h>

struct watch_convert {
    struct watch *watch; /* stream thread; NULL: it ended meanwhile */
    char *error;         /* owned; NULL: none */
};

static void convert_free(struct watch_convert *c)
{
    free(c->error);
    free(c);
}

static void arrived(void *arg) /* stream thread */
{
    struct watch_convert *c = arg;
    struct watch *w = c->watch;
    if (w) {
        w->converting = NULL;
        if (c->error && w->stage != WATCH_OVER) watch_fail(w, ERR_INTERNAL, c->error);
        stream_kick(w->stream);
    }
    convert_free(c);
}

static void done(void *arg, const char *error)
{
    struct watch_convert *c = arg;
    c->error = error ? xstrdup(error) : NULL;
    if (!stream_post(arrived, c)) convert_free(c);
}

bool watch_has_forms(struct watch *w, struct item *const *items, size_t n)
{
    if (w->converting) return false;
    if (!w->custom) return true;
    struct watch_convert *c = xcalloc(1, sizeof *c);
    c->watch = w;
    w->converting = c;
    if (!conversion_begin(items, n, w->o.res, done, c)) return false;
    w->converting = NULL;
    convert_free(c);
    return true;
}

bool watch_has_event(struct watch *w, const struct event *ev)
{
    struct item *const items[] = {ev->cur, ev->prev};
    bool here = (!ev->cur || item_has_form(ev->cur, w->o.res)) && (!ev->prev || item_has_form(ev->prev, w->o.res));
    return here || watch_has_forms(w, items, 2);
}

void watch_convert_drop(struct watch *w)
{
    if (w->converting) w->converting->watch = NULL;
    w->converting = NULL;
}
