/* volume_bind.c - see volume_bind.h.
 * Reads: claims and volumes.   Writes: spec.claimRef of volumes, the annotation selected-node of claims. */
#include "scheduler/volume_bind.h"

#include "base/clk.h"
#include "client/rest.h"

#include <stdlib.h>

struct written {      /* one object */
    enum listed kind; /* LIST_VOLUME or LIST_CLAIM */
    struct str ns, name;
    struct str claim_ns, claim; /* of a volume: whose it will be */
    struct json *object;        /* as it is to be */
    uint64_t rv;                /* of the version that this goes over; then of what was written */
};

struct volume_hold {
    struct arena arena;
    struct written *writes;
    int n, done;
    int64_t wait_ns, until_ns; /* until_ns 0: not written yet */
};

/* ---- Reserve ---- */

/* The version that a decision was made for. NULL: another one has come, or it is gone. */
static const struct object *get(struct cache *c, enum listed kind, const struct stored *it, struct err *e)
{
    struct str name = sym_str(it->item.b);
    const struct object *o = listers_get(cache_listers(c), kind, it->item.a ? sym_str(it->item.a) : STR(""), name);
    if (o && o->rv == it->rv) return o;
    err_set(e, ERR_CONFLICT, "\"%.*s\" is out of sync (stored: %llu, assume: %llu)", STR_ARG(name),
            (unsigned long long)(o ? o->rv : 0), (unsigned long long)it->rv);
    object_unref(o);
    return NULL;
}

static struct written *add(struct volume_hold *h, enum listed kind, const struct object *o)
{
    struct written *w = &h->writes[h->n++];
    *w = (struct written){.kind = kind,
                          .ns = str_copy(&h->arena, o->ns),
                          .name = str_copy(&h->arena, o->name),
                          .object = obj_copy(&h->arena, o->root),
                          .rv = o->rv};
    return w;
}

static bool take_volume(struct volume_hold *h, struct cache *c, const struct waiting_claim *w, struct err *e)
{
    const struct object *pv AUTO_OBJ = get(c, LIST_VOLUME, &w->volume->stored, e);
    const struct object *claim AUTO_OBJ = pv ? get(c, LIST_CLAIM, &w->claim->stored, e) : NULL;
    if (!claim) return false;
    struct written *to = add(h, LIST_VOLUME, pv);
    to->claim_ns = str_copy(&h->arena, claim->ns);
    to->claim = str_copy(&h->arena, claim->name);
    if (!volume_is_for(w->volume, w->claim))
        obj_map_put_str(&h->arena, to->object, ".metadata.annotations", STR("pv.kubernetes.io/bound-by-controller"),
                        STR("yes"));
    if (!str_eq(obj_str(pv->root, ".spec.claimRef.uid"), claim->uid)) obj_put_claim_ref(&h->arena, to->object, claim);
    storage_assume_volume(cache_storage(c), w->volume, w->claim);
    return true;
}

static bool take_claim(struct volume_hold *h, struct cache *c, const struct waiting_claim *w, const struct sym *node,
                       struct err *e)
{
    const struct object *claim AUTO_OBJ = get(c, LIST_CLAIM, &w->claim->stored, e);
    if (!claim) return false;
    struct written *to = add(h, LIST_CLAIM, claim);
    obj_map_put_str(&h->arena, to->object, ".metadata.annotations", STR("volume.kubernetes.io/selected-node"),
                    sym_str(node));
    storage_assume_claim(cache_storage(c), w->claim, node);
    return true;
}

/* Of what has not been written; versions tell. */
static void restore(struct volume_hold *h, struct storage *s)
{
    for (int i = 0; i < h->n; i++) {
        const struct written *w = &h->writes[i];
        if (w->kind == LIST_VOLUME)
            storage_restore_volume(s, w->name, w->rv);
        else
            storage_restore_claim(s, w->ns, w->name, w->rv);
    }
}

static void hold_free(struct volume_hold *h)
{
    arena_release(&h->arena);
    free(h);
}

bool volume_bind_assume(struct volume_hold **out, struct cache *c, struct volume_find *f, const struct node_info *n,
                        int64_t wait_ns, struct err *e)
{
    *out = NULL;
    if (!f->nwaiting) return true;
    struct volume_hold *h = xcalloc(1, sizeof *h);
    bool ok = true;
    h->wait_ns = wait_ns;
    h->writes = ARENA_ARRAY(&h->arena, struct written, f->nwaiting);
    for (int i = 0; i < f->nwaiting && ok; i++) /* volumes first, as upstream */
        if (f->waiting[i].volume) ok = take_volume(h, c, &f->waiting[i], e);
    for (int i = 0; i < f->nwaiting && ok; i++)
        if (!f->waiting[i].volume) ok = take_claim(h, c, &f->waiting[i], n->name, e);
    if (ok) {
        *out = h;
        return true;
    }
    restore(h, cache_storage(c));
    hold_free(h);
    return false;
}

void volume_bind_drop(struct volume_hold *h, struct cache *c)
{
    cache_lock(c);
    restore(h, cache_storage(c));
    cache_unlock(c);
    hold_free(h);
}

/* ---- PreBind ---- */

bool volume_bind_write(struct volume_hold *h, struct rest *rest, struct err *e)
{
    for (; h->done < h->n; h->done++) {
        struct written *w = &h->writes[h->done];
        const struct object *now AUTO_OBJ = NULL;
        const char *resource = w->kind == LIST_VOLUME ? "v1/persistentvolumes" : "v1/persistentvolumeclaims";
        if (!rest_update(rest, resource, NULL, w->object, &now, e)) return false;
        w->rv = now->rv; /* what is assumed of the former version goes when this one comes */
    }
    h->until_ns = clk_ns() + h->wait_ns;
    return true;
}

static bool is_far(const struct volume_info *v, const struct csinode_info *csinode, const struct node_info *n,
                   struct err *e)
{
    const char *bad = NULL;
    struct str name = sym_str(v->stored.item.b), node = sym_str(n->name);
    if (volume_fits_node(v, csinode, &n->labels, &bad)) return false;
    if (bad)
        err_set(e, ERR_INVALID, "failed to translate pv to csi: %s", bad);
    else
        err_set(e, ERR_INVALID, "pv \"%.*s\" node affinity doesn't match node \"%.*s\": no matching NodeSelectorTerms",
                STR_ARG(name), STR_ARG(node));
    return true;
}

static enum prebound failed(struct err *e, const char *what, struct str ns, struct str name)
{
    err_set(e, ERR_NOT_FOUND, "%s \"%.*s%s%.*s\" not found", what, STR_ARG(ns), ns.n ? "/" : "", STR_ARG(name));
    return PREBOUND_FAILED;
}

static const struct claim_info *claim_of(const struct storage *s, struct str ns, struct str name)
{
    const struct sym *a = sym_get(ns), *b = sym_get(name);
    const struct claim_info *c = storage_claim(s, a, b);
    sym_unref(a);
    sym_unref(b);
    return c;
}

static enum prebound check_volume(const struct written *w, const struct storage *s, const struct node_info *n,
                                  struct err *e)
{
    const struct sym *name = sym_get(w->name);
    const struct volume_info *v = storage_volume(s, name);
    const struct claim_info *c = claim_of(s, w->claim_ns, w->claim);
    sym_unref(name);
    if (!v) return failed(e, "failed to check binding: persistentvolumes", STR(""), w->name);
    if (!c) return failed(e, "failed to check binding: persistentvolumeclaims", w->claim_ns, w->claim);
    if (v->stored.rv < w->rv) return PREBOUND_WAIT;
    if (is_far(v, storage_csinode(s, n->name), n, e)) return PREBOUND_FAILED;
    if (!v->listed.ns || !v->listed.uid.n) {
        err_set(e, ERR_CONFLICT, "ClaimRef got reset for pv \"%.*s\"", STR_ARG(w->name));
        return PREBOUND_FAILED;
    }
    return c->bound ? PREBOUND_DONE : PREBOUND_WAIT;
}

static enum prebound check_claim(const struct written *w, const struct storage *s, const struct node_info *n,
                                 struct err *e)
{
    const struct claim_info *c = claim_of(s, w->ns, w->name);
    if (!c) return failed(e, "failed to check provisioning pvc: persistentvolumeclaims", w->ns, w->name);
    if (c->stored.rv < w->rv) return PREBOUND_WAIT;
    if (c->selected != n->name) { /* taken away again: whoever should have made it could not */
        err_set(e, ERR_CONFLICT,
                c->annotated ? "provisioning failed for PVC \"%.*s\""
                             : "selectedNode annotation reset for PVC \"%.*s\"",
                STR_ARG(w->name));
        return PREBOUND_FAILED;
    }
    const struct volume_info *v = c->volume ? storage_volume(s, c->volume) : NULL;
    if (c->volume && !v) return PREBOUND_WAIT; /* one of the two caches is behind */
    if (v && is_far(v, storage_csinode(s, n->name), n, e)) return PREBOUND_FAILED;
    return c->bound ? PREBOUND_DONE : PREBOUND_WAIT;
}

enum prebound volume_bind_check(struct volume_hold *h, struct cache *c, const struct sym *node, int64_t *until_ns,
                                struct err *e)
{
    const struct node_info *n = cache_node(c, sym_str(node));
    enum prebound all = PREBOUND_DONE;
    *until_ns = h->until_ns;
    if (!n) {
        err_set(e, ERR_NOT_FOUND, "failed to get node \"%s\": node \"%s\" not found", node->text, node->text);
        all = PREBOUND_FAILED;
    }
    for (int i = 0; i < h->n && all == PREBOUND_DONE; i++) {
        const struct written *w = &h->writes[i];
        all = (w->kind == LIST_VOLUME ? check_volume : check_claim)(w, cache_storage(c), n, e);
    }
    if (all == PREBOUND_WAIT && clk_ns() >= h->until_ns) {
        err_set(e, ERR_TIMEOUT, "context deadline exceeded");
        all = PREBOUND_FAILED;
    }
    if (all == PREBOUND_FAILED) err_context(e, "binding volumes");
    return all;
}
