/* bootstrap.c - what is in every cluster from its first moment.
 * Reads: the watch cache.   Writes: the store, before anyone is served. */
#include "api/decode.h"
#include "api/object.h"
#include "apiserver/object/hooks.h"
#include "apiserver/object/object.h"
#include "apiserver/rest/write.h"
#include "base/clk.h"
#include "base/rnd.h"
#include "schema_ids.h"

static const char *const namespaces[] = {"default", "kube-system", "kube-public", "kube-node-lease"};

static struct blob *namespace_blob(struct arena *a, const char *name, struct err *e)
{
    const struct api_resource *res = &res_core_v1_namespaces;
    const struct strategy *s = api_strategy_hooks[res->strategy_hook];
    struct json *ns = obj_empty(a);
    char uid[RND_UUID_LEN + 1];
    struct buf text AUTO_BUF = {0};
    buf_init(&text, VALUE_MAX);
    rnd_uuid(uid);
    obj_put_cstr(a, ns, ".metadata.name", name);
    obj_put_cstr(a, ns, ".metadata.uid", uid);
    obj_put_time(a, ns, ".metadata.creationTimestamp", clk_s());
    object_default(a, res->type, ns);
    if (s && s->prepare_create) s->prepare_create(a, ns, clk_ns());
    if (!api_decode(a, res->type, ns, NULL, e)) return NULL;
    json_write(&text, ns);
    return blob_new(buf_view(&text));
}

bool bootstrap(struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct store_op ops[ARRAY_LEN(namespaces)];
    int n = 0;
    bool ok = true;
    arena_init(&a, 4096);
    for (size_t i = 0; i < ARRAY_LEN(namespaces) && ok; i++) {
        struct item *there = cache_get(&res_core_v1_namespaces, STR_NULL, str_of(namespaces[i]));
        item_unref(there);
        if (there) continue;
        struct blob *b = namespace_blob(&a, namespaces[i], e);
        ok = b != NULL;
        if (ok)
            ops[n++] = (struct store_op){
                .kind = STORE_PUT,
                .key = cache_key(&a, &res_core_v1_namespaces, STR_NULL, str_of(namespaces[i])),
                .value = b,
            };
    }
    if (ok && n) {
        struct store_result res = store_submit_sync(cache_store(), ops, n);
        blob_unref(res.present);
        ok = res.ok;
        if (!ok) {
            *e = res.err;
            if (res.conflict) err_set(e, ERR_CONFLICT, "somebody else writes to this store");
            err_context(e, "cannot create the default namespaces");
        }
    }
    while (n) blob_unref(ops[--n].value);
    return ok;
}
