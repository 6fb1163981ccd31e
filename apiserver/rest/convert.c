/* convert.c - stages of writes of kinds that a webhook converts: what is there becomes an object of the request's
 * version before it is looked at, what is to be stored one of the stored version, and the answer one of the request's
 * again. Other kinds pass through.
 * Reads: the cache, w->obj.   Writes: w->pinned, w->blob, w->answer; r->resp when the webhook fails.
 * Upstream: the codec of a custom resource's storage (apiextensions-apiserver pkg/apiserver/customresource_handler.go).
 */
#include "apiserver/crd/conversion.h"
#include "apiserver/crd/crd.h"
#include "apiserver/rest/status_priv.h"
#include "apiserver/rest/write.h"

static bool by_webhook(const struct write *w) { return w->res->custom && crd_kind_of(w->res)->webhook; }

/* Goes on with the same stage when the form is there, or w->convert_error says why not. */
static enum stage_next await(struct write *w, struct item *it, const struct api_resource *res)
{
    struct item *items[] = {it};
    bool there = conversion_await(w->r, items, 1, res, &w->convert_error, write_continue);
    return there ? STAGE_NEXT : STAGE_WAIT;
}

static enum stage_next refuse(struct write *w)
{
    status_plain_error(w->r, 500, str_of(w->convert_error));
    return STAGE_DONE;
}

enum stage_next write_old_form(struct write *w)
{
    if (!by_webhook(w)) return STAGE_NEXT;
    if (w->convert_error) return refuse(w);
    if (w->pinned || !w->name.n || w->r->target.verb == VERB_CREATE) return STAGE_NEXT;
    w->pinned = cache_get(w->storage, w->ns, w->name);
    return w->pinned ? await(w, w->pinned, w->res) : STAGE_NEXT;
}

enum stage_next write_stored_form(struct write *w)
{
    const struct api_resource *storage = w->res->storage;
    if (!by_webhook(w) || w->res == storage || !w->obj || w->deletes) return STAGE_NEXT;
    if (w->convert_error) return refuse(w);
    if (!w->outgoing) {
        if (!write_value(w)) return STAGE_DONE;
        w->outgoing = item_new(w->res, cache_key(&w->r->arena, storage, w->ns, w->name), w->blob, 0, 0);
        blob_unref(w->blob);
        w->blob = NULL;
        if (await(w, w->outgoing, storage) == STAGE_WAIT) return STAGE_WAIT;
    }
    w->blob = blob_new(blob_str(item_form(w->outgoing, storage)->blob)); /* its defaults come when it is read */
    return STAGE_NEXT;
}

enum stage_next write_answer_form(struct write *w)
{
    if (!by_webhook(w) || !w->rev) return STAGE_NEXT;
    if (w->convert_error) return refuse(w);
    if (w->answer) return STAGE_NEXT;
    if (!w->blob) {
        w->answer = w->old ? item_ref(w->old) : NULL;
    } else if (!w->opts.dry_run) { /* the cache's own, whose form others want, too */
        w->answer = cache_get(w->storage, w->ns, w->name);
        if (w->answer && w->answer->rev != w->rev) {
            item_unref(w->answer);
            w->answer = NULL;
        }
    }
    if (!w->answer && w->blob)
        w->answer = item_new(w->res->storage, cache_key(&w->r->arena, w->storage, w->ns, w->name), w->blob, w->rev,
                             w->old ? w->old->create_rev : w->rev);
    return w->answer ? await(w, w->answer, w->res) : STAGE_NEXT;
}
