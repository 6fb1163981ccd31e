/* self_review.c - POST to selfsubjectreviews: who does the server take the client for?
 * Reads: r->user.   Writes: the review as answer; nothing is stored.
 * Upstream: pkg/registry/authentication/selfsubjectreview/rest.go. */
#include "api/decode.h"
#include "api/object.h"
#include "apiserver/rest/status.h"
#include "apiserver/rest/write.h"
#include "base/clk.h"
#include "schema_ids.h"

static enum stage_next review_decode(struct write *w)
{
    w->sent = write_body(w, w->res->type, w->res->group, w->res->version, w->res->kind);
    return w->sent ? STAGE_NEXT : STAGE_DONE;
}

static enum stage_next review_answer(struct write *w)
{
    struct arena *a = &w->r->arena;
    const struct user *u = &w->r->user;
    struct err e = ERR_INIT;
    struct json *review = obj_empty(a);
    obj_put_time(a, review, ".metadata.creationTimestamp", clk_s());
    obj_put_str(a, review, ".status.userInfo.username", u->name);
    if (u->uid.n) obj_put_str(a, review, ".status.userInfo.uid", u->uid);
    for (int i = 0; i < u->ngroups; i++) obj_append_str(a, review, ".status.userInfo.groups", u->groups[i]);
    for (int i = 0; i < u->nextra; i++)
        obj_append_str(a, review, arena_printf(a, ".status.userInfo.extra[%s]", u->extra[i].key), u->extra[i].value);
    w->obj = review;
    if (!api_decode(a, w->res->type, review, NULL, &e)) {
        status_failf(w->r, ERR_INTERNAL, "%s", e.text);
        return STAGE_DONE;
    }
    write_make_blob(w);
    if (!w->blob) return STAGE_DONE;
    write_respond_object(w, w->blob, 0);
    return STAGE_NEXT;
}

const struct write_stage self_review_stages[] = {{"decode", review_decode}, {"respond", review_answer}, {NULL, NULL}};
