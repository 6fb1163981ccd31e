/* watch_support.h - watches over a real connection: certificates, the stream thread, a pool and a server over the store
 * and the cache of cache_support.h. */
#ifndef KUBESTEP_TEST_WATCH_SUPPORT_H
#define KUBESTEP_TEST_WATCH_SUPPORT_H

#include "apiserver/http/server.h"
#include "apiserver/http/stream.h"
#include "apiserver/watch/watch.h"
#include "cache_support.h"
#include "check_main.h"
#include "http_client.h"

static struct certs certs;
static struct server *server;
static struct pool *pool;

/* Over the store that is open. */
static void serve(void (*on_request)(struct request *r))
{
    struct err e = ERR_INIT;
    if (!certs.pair[0].cert_pem) ck_assert(certs_generate(&certs, NULL, &e));
    open_cache();
    stream_init();
    pool = pool_new("test", 2);
    request_set_pool(pool);
    server = server_start(
        &(struct server_options){.listen_fd = -1,
                                 .threads = 2,
                                 .on_request = on_request,
                                 .tls = {certs.pair[CERT_SERVER].cert_pem, certs.pair[CERT_SERVER].key_pem, NULL}},
        &e);
    ck_assert_msg(server != NULL, "%s", e.text);
}

static void stop(void)
{
    stream_shutdown();
    server_stop(server);
    pool_free(pool);
    request_set_pool(NULL);
    ck_assert_uint_eq(watch_count(), 0);
    close_all();
}

#endif
