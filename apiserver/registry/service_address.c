/* service_address.c - see service_address.h. Reads: the watch cache.   Writes: IPAddresses, in the store. */
#include "apiserver/registry/service_address.h"

#include "api/decode.h"
#include "api/object.h"
#include "apiserver/managed/managed.h"
#include "apiserver/watch/cache.h"
#include "base/clk.h"
#include "base/log.h"
#include "base/rnd.h"
#include "schema_ids.h"

#include <stdlib.h>

static const struct api_resource *const addresses = &res_networking_k8s_io_v1_ipaddresses;

struct change {
    struct change *next; /* in `missing` */
    struct store_txn txn;
    struct store_op op;
};

static enum { OFF, STARTING, READY } _Atomic state;
static struct change *missing; /* of main alone while STARTING: the writer works for it then */

void service_address_begin(void) { state = STARTING; }

static struct json *address_object(struct arena *a, struct str ip, struct str service)
{
    char uid[RND_UUID_LEN + 1];
    struct json *obj = obj_empty(a);
    struct str name, ns = str_cut(service, '/', &name);
    rnd_uuid(uid);
    obj_put_str(a, obj, ".metadata.name", ip);
    obj_put_cstr(a, obj, ".metadata.uid", uid);
    obj_put_time(a, obj, ".metadata.creationTimestamp", clk_s());
    obj_map_put_str(a, obj, ".metadata.labels", STR("ipaddress.kubernetes.io/ip-family"), STR("IPv4"));
    obj_map_put_str(a, obj, ".metadata.labels", STR("ipaddress.kubernetes.io/managed-by"), STR("ipallocator.k8s.io"));
    obj_put_cstr(a, obj, ".spec.parentRef.resource", "services");
    obj_put_str(a, obj, ".spec.parentRef.namespace", ns);
    obj_put_str(a, obj, ".spec.parentRef.name", name);
    managed_begin(a, addresses, obj, STR("kube-apiserver"));
    return obj;
}

/* A conflict means that somebody made one of that name, or took it away. */
static void done(struct store_txn *t, const struct store_result *res)
{
    struct change *c = CONTAINER_OF(t, struct change, txn);
    if (!res->ok && !res->conflict && res->err.code != ERR_CLOSED) LOG_W("%.*s: %s", STR_ARG(c->op.key), res->err.text);
    blob_unref(c->op.value);
    free((char *)(uintptr_t)c->op.key.p);
    free(c);
}

static struct change *change_new(struct arena *a, struct str ip, struct store_op op)
{
    struct change *c = xcalloc(1, sizeof *c);
    struct str key = cache_key(a, addresses, STR_NULL, ip);
    c->op = op;
    c->op.key = str_n(str_dup(key), key.n);
    c->txn = (struct store_txn){.ops = &c->op, .nops = 1, .done = done};
    return c;
}

static bool is_there(struct str ip)
{
    struct item *it = cache_get(addresses, STR_NULL, ip);
    item_unref(it);
    return it != NULL;
}

void service_address_add(struct str ip, struct str key)
{
    struct arena a AUTO_ARENA = {0};
    struct buf text AUTO_BUF = {0};
    struct err e = ERR_INIT;
    if (state == OFF || (state == STARTING && is_there(ip))) return;
    struct json *obj = address_object(&a, ip, str_from(key, strlen(res_core_v1_services.store_prefix)));
    buf_init(&text, VALUE_MAX);
    if (!api_decode(&a, addresses->type, obj, NULL, &e)) return;
    json_write(&text, obj);
    struct change *c = change_new(&a, ip, (struct store_op){.kind = STORE_PUT, .value = blob_new(buf_view(&text))});
    if (state == READY) {
        store_submit(cache_store(), &c->txn);
        return;
    }
    c->next = missing;
    missing = c;
}

void service_address_drop(struct str ip)
{
    struct arena a AUTO_ARENA = {0};
    if (state != READY) return;
    store_submit(cache_store(),
                 &change_new(&a, ip, (struct store_op){.kind = STORE_DELETE, .expect_rev = STORE_ANY_REV})->txn);
}

void service_address_ready(void)
{
    state = READY;
    while (missing) {
        struct change *c = missing;
        missing = c->next;
        store_submit(cache_store(), &c->txn);
    }
}
