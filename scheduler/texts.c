/* texts.c - see texts.h. Reads: nodes and pods, from the API.   Writes: their JSON. */
#include "scheduler/texts.h"

#include "base/map.h"
#include "base/thread.h"
#include "client/informer.h"
#include "scheduler/limits.h"

#include <stdlib.h>

struct text {
    size_t n;
    char p[];
};

struct kept { /* of one kind */
    struct texts *owner;
    struct informer *informer; /* NULL: nobody wants them */
    struct map texts;          /* name of a node, uid of a pod -> struct text; under the lock */
};

struct texts {
    struct rest *from; /* NULL: none */
    struct rest *rest; /* like it, with connections of its own, for watches are ended; NULL: nothing is followed yet */
    pthread_mutex_t lock;
    struct kept kinds[TEXTS_KINDS];
};

static const char *const resources[TEXTS_KINDS] = {"v1/nodes", "v1/pods"};

static struct str key_of(enum texts_kind kind, const struct object *o)
{
    return kind == TEXTS_NODES ? o->name : o->uid;
}

struct texts *texts_new(struct rest *r)
{
    struct texts *t = xcalloc(1, sizeof *t);
    t->from = r;
    pthread_mutex_init(&t->lock, NULL);
    for (int i = 0; i < TEXTS_KINDS; i++) t->kinds[i].owner = t;
    return t;
}

void texts_stop(struct texts *t)
{
    for (int i = 0; i < TEXTS_KINDS; i++)
        if (t->kinds[i].informer) informer_stop(t->kinds[i].informer);
}

void texts_free(struct texts *t)
{
    if (!t) return;
    for (int i = 0; i < TEXTS_KINDS; i++) {
        if (t->kinds[i].informer) informer_free(t->kinds[i].informer);
        map_release(&t->kinds[i].texts, free);
    }
    if (t->rest) rest_free(t->rest);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

/* ---- What is kept ---- */

void texts_write(struct buf *out, const struct json *root)
{
    const char *before = "{";
    for (OBJ_EACH(it, root, "")) {
        struct str key = obj_key(it);
        if (str_eqc(key, "apiVersion") || str_eqc(key, "kind")) continue;
        buf_cstr(out, before);
        json_write_string(out, key);
        buf_char(out, ':');
        json_write(out, it);
        before = ",";
    }
    buf_cstr(out, *before == '{' ? "{}" : "}");
}

void texts_put(struct texts *t, enum texts_kind kind, const struct object *o)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, EXTENDER_REQUEST_MAX);
    texts_write(&text, o->root);
    struct text *kept = xmalloc(sizeof *kept + text.n);
    kept->n = text.n;
    memcpy(kept->p, text.p, text.n);
    mutex_lock(&t->lock);
    free(map_set(&t->kinds[kind].texts, key_of(kind, o), kept));
    mutex_unlock(&t->lock);
}

void texts_remove(struct texts *t, enum texts_kind kind, const struct object *o)
{
    mutex_lock(&t->lock);
    free(map_take(&t->kinds[kind].texts, key_of(kind, o)));
    mutex_unlock(&t->lock);
}

static void on_object(void *arg, enum informer_event what, const struct object *old, const struct object *o)
{
    (void)old;
    struct kept *k = arg;
    enum texts_kind kind = (enum texts_kind)(k - k->owner->kinds);
    if (what == INFORMER_DELETED)
        texts_remove(k->owner, kind, o);
    else
        texts_put(k->owner, kind, o);
}

/* ---- Following ---- */

static bool start(struct kept *k, const char *resource, struct err *e)
{
    struct texts *t = k->owner;
    if (!t->rest) t->rest = rest_dup(t->from);
    if (!t->rest) return err_set(e, ERR_UNAVAILABLE, "out of descriptors");
    k->informer = informer_new(t->rest, &(struct informer_options){.resource = resource, .stub = true});
    informer_on(k->informer, on_object, k);
    informer_start(k->informer);
    return informer_wait_synced(k->informer, EXTENDER_SYNC_MS) ||
           err_set(e, ERR_TIMEOUT, "%s for extenders did not sync in %d s", resource, EXTENDER_SYNC_MS / 1000);
}

static void stop(struct kept *k)
{
    informer_stop(k->informer);
    informer_free(k->informer);
    k->informer = NULL;
    mutex_lock(&k->owner->lock);
    map_release(&k->texts, free);
    map_init(&k->texts);
    mutex_unlock(&k->owner->lock);
}

bool texts_follow(struct texts *t, const bool wanted[TEXTS_KINDS], struct err *e)
{
    for (int i = 0; i < TEXTS_KINDS; i++) {
        struct kept *k = &t->kinds[i];
        if (wanted[i] && !k->informer && !start(k, resources[i], e)) return false;
        if (!wanted[i] && k->informer) stop(k);
    }
    return true;
}

/* ---- Reading ---- */

static bool add_kept(struct texts *t, enum texts_kind kind, struct buf *out, struct str key)
{
    mutex_lock(&t->lock);
    const struct text *kept = map_get(&t->kinds[kind].texts, key);
    if (kept) buf_add(out, kept->p, kept->n);
    mutex_unlock(&t->lock);
    return kept != NULL;
}

static bool add_asked(struct texts *t, enum texts_kind kind, struct buf *out, struct str ns, struct str name)
{
    const struct object *o AUTO_OBJ = NULL;
    struct err e = ERR_INIT;
    if (!t->rest || !rest_get(t->rest, resources[kind], ns, name, &o, &e)) return false;
    texts_write(out, o->root);
    return true;
}

bool texts_add_node(struct texts *t, struct buf *out, struct str name)
{
    return t && (add_kept(t, TEXTS_NODES, out, name) || add_asked(t, TEXTS_NODES, out, STR(""), name));
}

bool texts_add_pod(struct texts *t, struct buf *out, struct str ns, struct str name, struct str uid)
{
    return t && (add_kept(t, TEXTS_PODS, out, uid) || add_asked(t, TEXTS_PODS, out, ns, name));
}
