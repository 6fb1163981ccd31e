/* trust.c - see trust.h.
 * Reads: the watch cache, commits.   Writes: that ConfigMap. */
#include "apiserver/aggregator/trust.h"

#include "api/decode.h"
#include "api/object.h"
#include "apiserver/limits.h"
#include "apiserver/watch/cache.h"
#include "base/clk.h"
#include "base/log.h"
#include "base/rnd.h"
#include "schema_ids.h"

#include <stdlib.h>

#define TRUST_NS   "kube-system"
#define TRUST_NAME "extension-apiserver-authentication"

static struct {
    const char *client_ca, *proxy_ca;
    _Atomic bool ready; /* it was there: from now on it is kept */
} trust;

/* What kubeadm tells its API server about the front proxy. */
static const struct {
    const char *key, *member;
} lists[] = {{"requestheader-allowed-names", "front-proxy-client"},
             {"requestheader-extra-headers-prefix", "X-Remote-Extra-"},
             {"requestheader-group-headers", "X-Remote-Group"},
             {"requestheader-username-headers", "X-Remote-User"}};

void trust_init(const char *client_ca_pem, const char *proxy_ca_pem)
{
    trust.client_ca = client_ca_pem;
    trust.proxy_ca = proxy_ca_pem;
}

/* ---- What it says ---- */

static bool put_pem(struct arena *a, struct json *obj, const char *key, const char *pem)
{
    struct str have = obj_map_str(obj, ".data", str_of(key)), want = str_of(pem);
    if (have.n >= want.n && memmem(have.p, have.n, want.p, want.n)) return false;
    obj_map_put_str(a, obj, ".data", str_of(key), str_printf(a, "%.*s%s", STR_ARG(have), pem));
    return true;
}

/* A list as JSON text; what is none is replaced. */
static bool put_member(struct arena *a, struct json *obj, const char *key, const char *member)
{
    struct buf b AUTO_BUF = {0};
    struct json *list = json_parse(a, obj_map_str(obj, ".data", str_of(key)), &(struct err){0});
    if (!json_is(list, JSON_ARR)) list = obj_list(a);
    for (OBJ_EACH(it, list, ""))
        if (str_eqc(obj_text(it), member)) return false;
    json_push(list, json_strc(a, member));
    buf_init(&b, VALUE_MAX);
    json_write(&b, list);
    obj_map_put_str(a, obj, ".data", str_of(key), buf_view(&b));
    return true;
}

bool trust_complete(struct arena *a, struct json *obj)
{
    bool changed = put_pem(a, obj, "client-ca-file", trust.client_ca);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) changed |= put_member(a, obj, lists[i].key, lists[i].member);
    return put_pem(a, obj, "requestheader-client-ca-file", trust.proxy_ca) || changed;
}

struct json *trust_object(struct arena *a)
{
    if (!trust.client_ca) return NULL;
    struct json *obj = obj_empty(a);
    obj_put_cstr(a, obj, ".metadata.name", TRUST_NAME);
    obj_put_cstr(a, obj, ".metadata.namespace", TRUST_NS);
    (void)trust_complete(a, obj);
    return obj;
}

/* ---- Keeping it ---- */

static struct blob *blob_of(struct arena *a, struct json *obj, struct err *e)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, VALUE_MAX);
    if (!api_decode(a, res_core_v1_configmaps.type, obj, NULL, e)) return NULL;
    json_write(&text, obj);
    return blob_new(buf_view(&text));
}

static struct str trust_key(struct arena *a)
{
    return cache_key(a, &res_core_v1_configmaps, STR(TRUST_NS), STR(TRUST_NAME));
}

bool trust_ensure(struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    bool ok = true;
    struct item *it = cache_get(&res_core_v1_configmaps, STR(TRUST_NS), STR(TRUST_NAME));
    struct json *obj = it && trust.client_ca ? json_parse(&a, blob_str(it->blob), e) : NULL;
    if (obj && trust_complete(&a, obj)) {
        struct blob *b = blob_of(&a, obj, e);
        struct store_op op = {.kind = STORE_PUT, .key = trust_key(&a), .expect_rev = it->rev, .value = b};
        struct store_result res = {.ok = false};
        if (b) res = store_submit_sync(cache_store(), &op, 1);
        if (b && !res.ok) *e = res.err;
        blob_unref(res.present);
        blob_unref(b);
        ok = res.ok;
    }
    item_unref(it);
    trust.ready = ok;
    return ok || err_context(e, "ConfigMap " TRUST_NAME);
}

struct remake {
    struct store_txn txn;
    struct store_op op;
    char *key;
};

static void done(struct store_txn *t, const struct store_result *res)
{
    struct remake *m = CONTAINER_OF(t, struct remake, txn);
    if (!res->ok && !res->conflict && res->err.code != ERR_CLOSED) LOG_W("%s: %s", m->key, res->err.text);
    blob_unref(m->op.value);
    free(m->key);
    free(m);
}

static void remake(struct arena *a)
{
    char uid[RND_UUID_LEN + 1];
    struct err e = ERR_INIT;
    struct json *obj = trust_object(a);
    rnd_uuid(uid);
    obj_put_cstr(a, obj, ".metadata.uid", uid);
    obj_put_time(a, obj, ".metadata.creationTimestamp", clk_s());
    struct blob *b = blob_of(a, obj, &e);
    if (!b) return;
    struct remake *m = xcalloc(1, sizeof *m);
    m->key = str_dup(trust_key(a));
    m->op = (struct store_op){.kind = STORE_PUT, .key = str_of(m->key), .value = b};
    m->txn = (struct store_txn){.ops = &m->op, .nops = 1, .done = done};
    store_submit(cache_store(), &m->txn);
}

void trust_on_commit(const struct store_event *events, int count)
{
    if (!trust.ready || !trust.client_ca) return;
    for (int i = 0; i < count; i++) {
        if (!events[i].deleted || !str_ends(events[i].key, STR("/" TRUST_NS "/" TRUST_NAME))) continue;
        struct arena a AUTO_ARENA = {0};
        if (str_eq(events[i].key, trust_key(&a))) remake(&a);
    }
}
