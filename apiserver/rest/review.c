/* review.c - POST of what is asked and answered and never stored: who am I, whose token is this, who may do what.
 * Reads: the review, r->user, tokens.   Writes: the review with its status as answer.
 * Upstream: pkg/registry/{authentication,authorization}. There is no authorizer yet: everybody may do everything. */
#include "api/decode.h"
#include "api/object.h"
#include "apiserver/filter/filter.h"
#include "apiserver/object/access.h"
#include "apiserver/object/object.h"
#include "apiserver/object/user.h"
#include "apiserver/rest/own.h"
#include "apiserver/rest/status.h"
#include "apiserver/rest/write.h"
#include "base/clk.h"
#include "schema_ids.h"

struct review {
    const struct api_resource *res;
    void (*check)(struct check *c, const struct json *review); /* NULL: nothing can be wrong */
    /* Makes w->sent the answer. False: answered otherwise. */
    bool (*answer)(struct write *w);
};

/* ---- Who ---- */

static void put_user(struct arena *a, struct json *review, const char *path, const struct user *u)
{
    struct json *info = obj_empty(a);
    user_put(a, info, u);
    obj_put(a, review, path, info);
}

static bool self(struct write *w)
{
    struct arena *a = &w->r->arena;
    w->sent = obj_empty(a);
    obj_put_time(a, w->sent, ".metadata.creationTimestamp", clk_s());
    put_user(a, w->sent, ".status.userInfo", &w->r->user);
    return true;
}

static bool whose_token(struct write *w)
{
    struct arena *a = &w->r->arena;
    struct str token = obj_str(w->sent, ".spec.token");
    const struct json *asked = obj_count(w->sent, ".spec.audiences") ? obj_get(w->sent, ".spec.audiences") : NULL,
                      *matched = NULL;
    struct user u = {0};
    if (!token.n) {
        status_failf(w->r, ERR_BAD_REQUEST, "token is required for TokenReview in authentication");
        return false;
    }
    obj_put(a, w->sent, ".status", obj_empty(a));
    if (!authn_token(a, token, asked, &u, &matched)) {
        obj_put_cstr(a, w->sent, ".status.error", "invalid bearer token");
        return true;
    }
    obj_put_bool(a, w->sent, ".status.authenticated", true);
    put_user(a, w->sent, ".status.user", &u);
    obj_put_copy(a, w->sent, ".status.audiences", matched);
    return true;
}

/* ---- What they may ---- */

static bool may(struct write *w)
{
    struct arena *a = &w->r->arena;
    obj_put(a, w->sent, ".status", obj_empty(a));
    obj_put_bool(a, w->sent, ".status.allowed", true);
    obj_put_cstr(a, w->sent, ".status.reason", "everything is allowed: this server has no authorizer");
    return true;
}

static bool which(struct write *w)
{
    static const char *const everything[] = {".status.resourceRules[0].verbs", ".status.resourceRules[0].apiGroups",
                                             ".status.resourceRules[0].resources", ".status.nonResourceRules[0].verbs",
                                             ".status.nonResourceRules[0].nonResourceURLs"};
    struct arena *a = &w->r->arena;
    if (!obj_str(w->sent, ".spec.namespace").n) {
        status_failf(w->r, ERR_BAD_REQUEST, "no namespace on request");
        return false;
    }
    w->sent = obj_empty(a);
    obj_append(a, w->sent, ".status.resourceRules");
    obj_append(a, w->sent, ".status.nonResourceRules");
    for (size_t i = 0; i < ARRAY_LEN(everything); i++) obj_append_str(a, w->sent, everything[i], STR("*"));
    return true;
}

/* ---- The stages ---- */

static const struct review reviews[] = {
    {&res_authentication_k8s_io_v1_selfsubjectreviews, NULL, self},
    {&res_authentication_k8s_io_v1_tokenreviews, NULL, whose_token},
    {&res_authorization_k8s_io_v1_subjectaccessreviews, check_subject_access, may},
    {&res_authorization_k8s_io_v1_selfsubjectaccessreviews, check_self_access, may},
    {&res_authorization_k8s_io_v1_localsubjectaccessreviews, check_local_access, may},
    {&res_authorization_k8s_io_v1_selfsubjectrulesreviews, NULL, which},
};

const struct review *review_of(const struct api_resource *res)
{
    for (size_t i = 0; i < ARRAY_LEN(reviews); i++)
        if (reviews[i].res == res) return &reviews[i];
    return NULL;
}

static enum stage_next review_decode(struct write *w)
{
    w->sent = write_body(w, w->res->type, w->res->group, w->res->version, w->res->kind);
    if (!w->sent) return STAGE_DONE;
    struct str ns = obj_ns(w->sent);
    struct owner o = own_owner(w);
    own_sent(&o, w->sent);
    if (!w->res->namespaced) return STAGE_NEXT;
    if (ns.n && !str_eq(ns, w->ns)) {
        status_failf(w->r, ERR_BAD_REQUEST,
                     "the namespace of the provided object does not match the namespace sent on the request");
        return STAGE_DONE;
    }
    obj_put_str(&w->r->arena, w->sent, ".metadata.namespace", w->ns);
    object_order(&type_meta_v1_ObjectMeta, obj_edit(w->sent, ".metadata"), &w->r->arena);
    return STAGE_NEXT;
}

static enum stage_next review_validate(struct write *w)
{
    const struct review *r = review_of(w->res);
    struct check *c = ARENA_NEW(&w->r->arena, struct check);
    check_init(c, &w->r->arena);
    if (r->check) r->check(c, w->sent);
    if (!c->count) return STAGE_NEXT;
    status_invalid(w->r, "", w->res->group, STR(""), c); /* upstream names no kind here */
    return STAGE_DONE;
}

static enum stage_next review_answer(struct write *w)
{
    struct err e = ERR_INIT;
    if (!review_of(w->res)->answer(w)) return STAGE_DONE;
    w->obj = w->sent;
    if (!api_decode(&w->r->arena, w->res->type, w->obj, NULL, &e)) {
        status_failf(w->r, ERR_INTERNAL, "%s", e.text);
        return STAGE_DONE;
    }
    write_make_blob(w);
    if (!w->blob) return STAGE_DONE;
    write_respond_object(w, w->blob, 0);
    return STAGE_NEXT;
}

const struct write_stage review_stages[] = {
    {"decode", review_decode}, {"validate", review_validate}, {"respond", review_answer}, {NULL, NULL}};
