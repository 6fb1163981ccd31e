/* account_token.c - see account_token.h.
 * Reads: service accounts, pods, secrets and nodes in the cache; cluster time.   Writes: tokens.
 * Upstream: pkg/serviceaccount/claims.go (Claims, Validate), legacy and unknown issuers aside. */
#include "apiserver/filter/account_token.h"

#include "api/object.h"
#include "apiserver/filter/jwt.h"
#include "apiserver/filter/limits.h"
#include "apiserver/watch/cache.h"
#include "base/clk.h"
#include "base/rnd.h"
#include "schema_ids.h"

static const char private_claims[] = "kubernetes.io";

struct str account_user_name(struct arena *a, struct str ns, struct str name)
{
    return str_printf(a, "system:serviceaccount:%.*s:%.*s", STR_ARG(ns), STR_ARG(name));
}

/* ---- Issuing: members in byte order, as upstream's are ---- */

static void put_bound(struct arena *a, struct json *claims, const char *member, const struct account_bound *b)
{
    if (!b->name.n) return;
    struct json *j = obj_empty(a);
    obj_put_str(a, j, ".name", b->name);
    if (b->uid.n) obj_put_str(a, j, ".uid", b->uid);
    json_set(a, claims, str_of(member), j);
}

bool account_token_issue(struct arena *a, const struct account_identity *who, const struct json *audiences,
                         int64_t now_s, int64_t seconds, struct str *token, struct err *e)
{
    char id[RND_UUID_LEN + 1];
    struct json *claims = obj_empty(a), *private = obj_empty(a);
    const struct account_bound account = {who->name, who->uid};
    struct buf text AUTO_BUF = {0};
    rnd_uuid(id);
    obj_put_str(a, private, ".namespace", who->ns);
    put_bound(a, private, "node", &who->node);
    put_bound(a, private, "pod", &who->pod);
    put_bound(a, private, "secret", &who->secret);
    put_bound(a, private, "serviceaccount", &account);
    obj_put_copy(a, claims, ".aud", audiences);
    obj_put_int(a, claims, ".exp", now_s + seconds);
    obj_put_int(a, claims, ".iat", now_s);
    obj_put_cstr(a, claims, ".iss", ACCOUNT_ISSUER);
    obj_put_cstr(a, claims, ".jti", id);
    json_set(a, claims, STR(private_claims), private);
    obj_put_int(a, claims, ".nbf", now_s);
    obj_put_str(a, claims, ".sub", account_user_name(a, who->ns, who->name));
    buf_init(&text, CLAIMS_MAX);
    json_write(&text, claims);
    if (!buf_ok(&text)) return err_set(e, ERR_TOO_LARGE, "the token would be too long");
    return jwt_sign(a, buf_view(&text), token, e);
}

/* ---- Checking ---- */

static bool is_in(const struct json *texts, struct str text)
{
    for (OBJ_EACH(it, texts, ""))
        if (str_eq(obj_text(it), text)) return true;
    return false;
}

/* Those of `wanted` (NULL: us) that the token is for. */
static struct json *audiences_of(struct arena *a, const struct json *claims, const struct json *wanted)
{
    struct json *us = obj_list(a), *out = obj_list(a);
    json_push(us, json_strc(a, ACCOUNT_ISSUER));
    for (OBJ_EACH(it, wanted ? wanted : us, ""))
        if (is_in(json_getc(claims, "aud"), obj_text(it))) json_push(out, json_str(a, obj_text(it)));
    return out;
}

static bool is_now(const struct json *claims, int64_t now_s)
{
    return now_s - TOKEN_LEEWAY_S <= obj_int(claims, ".exp", INT64_MIN) &&
           now_s + TOKEN_LEEWAY_S >= obj_int(claims, ".nbf", INT64_MAX);
}

/* Present, the same one, and not deleted for longer than a clock may be wrong. */
static bool stands(struct arena *a, const struct api_resource *res, struct str ns, const struct account_bound *b,
                   int64_t now_s)
{
    struct err e = ERR_INIT;
    struct item *it = cache_get(res, ns, b->name);
    if (!it) return false;
    bool ok = str_eq(it->uid, b->uid);
    if (ok && it->deleting) {
        const struct json *o = json_parse(a, blob_str(it->blob), &e);
        ok = obj_time_s(o, ".metadata.deletionTimestamp", INT64_MIN) >= now_s - TOKEN_LEEWAY_S;
    }
    item_unref(it);
    return ok;
}

static struct account_bound bound_of(const struct json *private, const char *member)
{
    const struct json *j = json_getc(private, member);
    return (struct account_bound){obj_str(j, ".name"), obj_str(j, ".uid")};
}

static bool read_claims(struct arena *a, struct str token, const struct json *audiences, struct account_identity *who,
                        int64_t now_s)
{
    struct str text;
    struct err e = ERR_INIT;
    if (!jwt_verify(a, token, &text)) return false;
    const struct json *claims = json_parse(a, text, &e), *private = json_getc(claims, private_claims);
    const struct account_bound account = bound_of(private, "serviceaccount");
    if (!private || !obj_is(claims, ".iss", ACCOUNT_ISSUER) || !is_now(claims, now_s)) return false;
    *who = (struct account_identity){
        .audiences = audiences_of(a, claims, audiences),
        .ns = obj_str(private, ".namespace"),
        .name = account.name,
        .uid = account.uid,
        .pod = bound_of(private, "pod"),
        .secret = bound_of(private, "secret"),
        .node = bound_of(private, "node"),
        .token_id = obj_str(claims, ".jti"),
    };
    return obj_count(who->audiences, "") && who->ns.n && who->name.n &&
           str_eq(obj_str(claims, ".sub"), account_user_name(a, who->ns, who->name));
}

bool account_token_check(struct arena *a, struct str token, const struct json *audiences, struct account_identity *who)
{
    int64_t now_s = clk_s();
    if (!read_claims(a, token, audiences, who, now_s)) return false;
    const struct account_bound account = {who->name, who->uid};
    if (!stands(a, &res_core_v1_serviceaccounts, who->ns, &account, now_s)) return false;
    if (who->secret.name.n && !stands(a, &res_core_v1_secrets, who->ns, &who->secret, now_s)) return false;
    if (who->pod.name.n) return stands(a, &res_core_v1_pods, who->ns, &who->pod, now_s);
    return !who->node.name.n || stands(a, &res_core_v1_nodes, STR_NULL, &who->node, now_s);
}
