/* token.c - POST to serviceaccounts/NAME/token: a token that proves to be the account.
 * Reads: the TokenRequest, the account, the object that the token is bound to.   Writes: the request with its status as
 * answer; nothing is stored.
 * Upstream: pkg/registry/core/serviceaccount/storage/token.go, pkg/apis/authentication/validation; no webhook as bound
 * object, no longer life for the tokens of old clients (--service-account-extend-token-expiration). */
#include "api/object.h"
#include "apiserver/filter/account_token.h"
#include "apiserver/object/object.h"
#include "apiserver/rest/own.h"
#include "apiserver/rest/status_priv.h"
#include "apiserver/rest/write.h"
#include "base/clk.h"
#include "schema_ids.h"

static const int64_t seconds_min = 10 * 60, seconds_max = INT64_C(1) << 32;

/* What the answer is; TokenRequest is no resource of its own. */
static const struct api_resource token_kind = {
    .group = "authentication.k8s.io",
    .version = "v1",
    .kind = "TokenRequest",
    .type = &type_authentication_k8s_io_v1_TokenRequest,
    .storage = &token_kind,
};

/* ---- The request ---- */

/* An absent field may name nothing; one that is there must name the account. */
static bool check_names(struct write *w)
{
    struct str name = obj_name(w->obj), ns = obj_ns(w->obj);
    if (ns.n && !str_eq(ns, w->ns)) {
        status_failf(w->r, ERR_BAD_REQUEST,
                     "the namespace of the provided object does not match the namespace sent on the request");
        return false;
    }
    if (!name.n || str_eq(name, w->name)) return true;
    struct check *c = ARENA_NEW(&w->r->arena, struct check);
    check_init(c, &w->r->arena);
    check_invalid_str(c, "metadata.name", name, "must match the service account name if specified");
    status_invalid(w->r, token_kind.kind, token_kind.group, w->name, c);
    return false;
}

static bool check_account(struct write *w)
{
    struct str uid = obj_uid(w->obj);
    if (!w->old && !write_load_old(w)) {
        status_not_found(w->r);
        return false;
    }
    if (!uid.n || str_eq(uid, w->old->uid)) return true;
    status_conflict_on(w->r, "TokenRequest.authentication.k8s.io", token_kind.group, token_kind.kind, w->name,
                       str_printf(&w->r->arena,
                                  "the UID in the token request (%.*s) does not match the UID of the service account "
                                  "(%.*s)",
                                  STR_ARG(uid), STR_ARG(w->old->uid)));
    return false;
}

static enum stage_next token_decode(struct write *w)
{
    w->obj = write_body(w, token_kind.type, token_kind.group, token_kind.version, token_kind.kind);
    if (!w->obj) return STAGE_DONE;
    object_default(&w->r->arena, token_kind.type, w->obj);
    struct owner o = own_owner(w);
    o.res = &token_kind;
    o.type = token_kind.type;
    o.group = token_kind.group;
    o.version = token_kind.version;
    o.kind = token_kind.kind;
    o.exists = false;
    own_sent(&o, w->obj);
    return check_names(w) && check_account(w) ? STAGE_NEXT : STAGE_DONE;
}

static enum stage_next token_prepare(struct write *w)
{
    struct arena *a = &w->r->arena;
    obj_put_str(a, w->obj, ".metadata.name", w->name);
    obj_put_str(a, w->obj, ".metadata.namespace", w->ns);
    obj_put_str(a, w->obj, ".metadata.uid", w->old->uid); /* the account's */
    obj_put_time(a, w->obj, ".metadata.creationTimestamp", clk_s());
    if (!obj_count(w->obj, ".spec.audiences")) {
        obj_del(w->obj, ".spec.audiences");
        obj_append_str(a, w->obj, ".spec.audiences", STR(ACCOUNT_ISSUER));
    }
    obj_del(w->obj, ".status");
    return STAGE_NEXT;
}

static enum stage_next token_validate(struct write *w)
{
    const struct json *seconds = obj_get(w->obj, ".spec.expirationSeconds");
    struct check *c = ARENA_NEW(&w->r->arena, struct check);
    check_init(c, &w->r->arena);
    if (obj_number(seconds, 0) < seconds_min)
        check_invalid(c, "spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes");
    if (obj_number(seconds, 0) > seconds_max)
        check_invalid(c, "spec.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds");
    if (!c->count) return STAGE_NEXT;
    status_invalid(w->r, token_kind.kind, token_kind.group, STR(""), c);
    return STAGE_DONE;
}

/* ---- What it is bound to ---- */

static const struct api_resource *bindable(struct str group, struct str kind)
{
    static const struct api_resource *const rows[] = {&res_core_v1_pods, &res_core_v1_secrets, &res_core_v1_nodes};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (!group.n && str_eqc(kind, rows[i]->kind)) return rows[i];
    return NULL;
}

/* Where the pod runs, if anywhere; the node may have gone. */
static void bind_node_of(struct arena *a, const struct json *pod, struct account_bound *node)
{
    struct str name = obj_str(pod, ".spec.nodeName");
    if (!name.n) return;
    struct item *it = cache_get(&res_core_v1_nodes, STR_NULL, name);
    *node = (struct account_bound){name, it ? str_copy(a, it->uid) : STR_NULL};
    if (it) item_unref(it);
}

static bool bind_pod(struct write *w, const struct item *it, struct account_identity *who)
{
    struct err e = ERR_INIT;
    const struct json *pod = json_parse(&w->r->arena, str_copy(&w->r->arena, blob_str(it->blob)), &e);
    if (!str_eq(obj_str(pod, ".spec.serviceAccountName"), w->name)) {
        status_failf(w->r, ERR_BAD_REQUEST,
                     "cannot bind token for serviceaccount \"%.*s\" to pod running with different serviceaccount name.",
                     STR_ARG(w->name));
        return false;
    }
    bind_node_of(&w->r->arena, pod, &who->node);
    return true;
}

static bool bind_to(struct write *w, const struct api_resource *res, const struct item *it, struct str want_uid,
                    struct account_identity *who)
{
    struct account_bound *bound = res == &res_core_v1_pods      ? &who->pod
                                  : res == &res_core_v1_secrets ? &who->secret
                                                                : &who->node;
    *bound = (struct account_bound){str_copy(&w->r->arena, it->name), str_copy(&w->r->arena, it->uid)};
    if (res == &res_core_v1_pods && !bind_pod(w, it, who)) return false;
    if (!want_uid.n || str_eq(want_uid, it->uid)) return true;
    status_conflict_on(w->r, res->kind, "", res->kind, it->name,
                       str_printf(&w->r->arena,
                                  "the UID in the bound object reference (%.*s) does not match the UID in record. The "
                                  "object might have been deleted and then recreated",
                                  STR_ARG(want_uid)));
    return false;
}

/* False: answered. */
static bool find_bound(struct write *w, struct account_identity *who)
{
    const struct json *ref = obj_get(w->obj, ".spec.boundObjectRef");
    if (!obj_has(w->obj, ".spec.boundObjectRef")) return true;
    struct str version, group = str_cut(obj_str(ref, ".apiVersion"), '/', &version);
    struct str kind = obj_str(ref, ".kind"), name = obj_str(ref, ".name");
    if (str_is_null(version)) version = group, group = STR("");
    const struct api_resource *res = bindable(group, kind);
    if (!res) {
        status_failf(w->r, ERR_BAD_REQUEST, "cannot bind token to object of type %.*s/%.*s, Kind=%.*s", STR_ARG(group),
                     STR_ARG(version), STR_ARG(kind));
        return false;
    }
    struct item *it = cache_get(res, res->namespaced ? w->ns : STR_NULL, name);
    if (!it) {
        status_not_found_named(w->r, res, name);
        return false;
    }
    bool ok = bind_to(w, res, it, obj_str(ref, ".uid"), who);
    item_unref(it);
    return ok;
}

/* ---- The answer ---- */

static enum stage_next token_issue(struct write *w)
{
    struct arena *a = &w->r->arena;
    struct account_identity who = {.ns = w->ns, .name = w->name, .uid = w->old->uid};
    struct str token;
    struct err e = ERR_INIT;
    int64_t now_s = clk_s(), seconds = obj_int(w->obj, ".spec.expirationSeconds", 0);
    if (!find_bound(w, &who)) return STAGE_DONE;
    if (!account_token_issue(a, &who, obj_get(w->obj, ".spec.audiences"), now_s, seconds, &token, &e)) {
        status_failf(w->r, ERR_INTERNAL, "failed to generate token: %s", e.text);
        return STAGE_DONE;
    }
    obj_put_str(a, w->obj, ".status.token", token);
    obj_put_time(a, w->obj, ".status.expirationTimestamp", now_s + seconds);
    return STAGE_NEXT;
}

static enum stage_next token_respond(struct write *w)
{
    w->res = w->storage = &token_kind;
    write_make_blob(w);
    if (!w->blob) return STAGE_DONE;
    write_respond_object(w, w->blob, 0);
    return STAGE_NEXT;
}

const struct write_stage token_stages[] = {
    {"decode", token_decode}, {"prepare", token_prepare}, {"validate", token_validate},
    {"issue", token_issue},   {"respond", token_respond}, {NULL, NULL},
};
