/* cache_support.h - a memory store with the watch cache on it, and a few pods, for the tests of watch/. */
#ifndef UNIT_APISERVER_CACHE_SUPPORT_H
#define UNIT_APISERVER_CACHE_SUPPORT_H

#include "apiserver/watch/cache.h"

#include "base/mono.h"

#include <check.h>
#include <stdio.h>

static struct store *store;
static const struct api_resource *pods, *nodes;

static inline void open_store(void)
{
    struct err e = ERR_INIT;
    store = store_open(&(struct store_options){.path = "memory",
                                               .sync = STORE_SYNC_OFF,
                                               .history_revisions = 100000,
                                               .history_ms = 600000,
                                               .on_commit = cache_on_commit,
                                               .on_group_end = cache_on_group_end},
                       &e);
    ck_assert_msg(store != NULL, "%s", e.text);
    pods = api_find_resource(STR(""), STR("v1"), STR("pods"));
    nodes = api_find_resource(STR(""), STR("v1"), STR("nodes"));
    ck_assert(pods && nodes);
}

static inline void open_cache(void)
{
    struct err e = ERR_INIT;
    ck_assert_msg(cache_open(store, &e), "%s", e.text);
}

static inline void close_all(void)
{
    store_close(store);
    cache_close();
}

static inline uint64_t submit(struct store_op *op)
{
    struct store_result r = store_submit_sync(store, op, 1);
    ck_assert_msg(r.ok, "%s", r.err.text);
    return r.rev;
}

/* labels: JSON members (`"app":"web"`); spec: JSON members. Returns the revision. */
static inline uint64_t put_pod(const char *ns, const char *name, const char *labels, const char *spec)
{
    AUTO_FREE char *key = xasprintf("/registry/pods/%s/%s", ns, name);
    AUTO_FREE char *text = xasprintf("{\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\",\"uid\":\"uid-%s\","
                                     "\"creationTimestamp\":\"2026-01-01T00:00:00Z\","
                                     "\"labels\":{%s}},\"spec\":{%s}}",
                                     name, ns, name, labels, spec);
    const struct blob *b AUTO_BLOB = blob_new(str_of(text));
    return submit(&(struct store_op){.kind = STORE_PUT, .key = str_of(key), .expect_rev = STORE_ANY_REV, .value = b});
}

static inline uint64_t put_node(const char *name)
{
    AUTO_FREE char *key = xasprintf("%s%s", nodes->store_prefix, name);
    AUTO_FREE char *text = xasprintf("{\"metadata\":{\"name\":\"%s\",\"uid\":\"n\",\"creationTimestamp\":null}}", name);
    const struct blob *b AUTO_BLOB = blob_new(str_of(text));
    return submit(&(struct store_op){.kind = STORE_PUT, .key = str_of(key), .expect_rev = STORE_ANY_REV, .value = b});
}

static inline uint64_t delete_pod(const char *ns, const char *name)
{
    AUTO_FREE char *key = xasprintf("/registry/pods/%s/%s", ns, name);
    return submit(&(struct store_op){.kind = STORE_DELETE, .key = str_of(key), .expect_rev = STORE_ANY_REV});
}

/* Waits for the writer, which compacts in slices. */
static inline void compact_all(void)
{
    uint64_t rev = cache_rev();
    store_compact(store, rev);
    int64_t deadline = mono_ms() + 10000;
    while (store_compacted_rev(store) + 1 < rev) {
        ck_assert_msg(mono_ms() < deadline, "not compacted");
        mono_sleep_ms(1);
    }
}

#endif
