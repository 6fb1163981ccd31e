/* handshake.c - waiting for a client in the middle of its TLS handshake without burning a core.
 * Reads: the socket, for GnuTLS.
 * Writes: nothing; suspends and resumes the connection.
 *
 * libmicrohttpd 0.9.75 does not notice that GnuTLS has read all there is: it calls gnutls_handshake in a loop
 * until the client's next bytes come, which is a whole core for a client that stalls. So a session that would
 * have to wait suspends its connection, and the loop resumes it when there is something to read. */
#include "apiserver/http/conn.h"

#include "base/mono.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { STALL_MAX_S = 30 }; /* the library's own timeout does not run for a suspended connection */

static struct {
    pthread_mutex_t lock;
    struct http_conn *first;
    bool sweeping; /* a timer is set */
} waiting = {.lock = MUTEX_INIT};

static void sweep(void *arg);

static void sweep_later(void *arg)
{
    (void)arg;
    (void)loop_at(mono_ns() + STALL_MAX_S * 1000000000LL, sweep, NULL);
}

/* Loop thread. Cuts off whoever stalls; the library then reads the end and closes. */
static void sweep(void *arg)
{
    int64_t limit = mono_ns() - STALL_MAX_S * 1000000000LL;
    mutex_lock(&waiting.lock);
    for (struct http_conn *c = waiting.first; c; c = c->hs.next)
        if (c->hs.since_ns <= limit) (void)shutdown(c->fd, SHUT_RDWR);
    waiting.sweeping = waiting.first != NULL;
    bool again = waiting.sweeping;
    mutex_unlock(&waiting.lock);
    if (again) sweep_later(arg);
}

static void wait_for_client(struct http_conn *c)
{
    if (!loop_running() || !server_may_suspend(c->server)) return;
    MHD_suspend_connection(c->mhd);
    mutex_lock(&waiting.lock);
    c->hs.waiting = true;
    c->hs.since_ns = mono_ns();
    c->hs.prev = NULL;
    c->hs.next = waiting.first;
    if (c->hs.next) c->hs.next->hs.prev = c;
    waiting.first = c;
    bool start = !waiting.sweeping;
    waiting.sweeping = true;
    mutex_unlock(&waiting.lock);
    if (start) (void)loop_post(sweep_later, NULL);
    loop_mod(c->fd, EPOLLIN | EPOLLRDHUP, &c->io); /* tells of what is there already, too */
    if (server_stopping(c->server)) (void)handshake_go_on(c);
}

bool handshake_go_on(struct http_conn *c)
{
    mutex_lock(&waiting.lock);
    bool was = c->hs.waiting;
    if (was) {
        c->hs.waiting = false;
        if (c->hs.prev)
            c->hs.prev->hs.next = c->hs.next;
        else
            waiting.first = c->hs.next;
        if (c->hs.next) c->hs.next->hs.prev = c->hs.prev;
    }
    mutex_unlock(&waiting.lock);
    if (!was) return false;
    struct server *s = c->server;
    loop_mod(c->fd, EPOLLRDHUP, &c->io); /* requests are the library's to read */
    MHD_resume_connection(c->mhd);
    server_resumed(s);
    return true;
}

void handshake_end_all(const struct server *s)
{
    for (;;) {
        mutex_lock(&waiting.lock);
        struct http_conn *c = waiting.first;
        while (c && c->server != s) c = c->hs.next;
        if (c) atomic_fetch_add(&c->refs, 1);
        mutex_unlock(&waiting.lock);
        if (!c) return;
        (void)handshake_go_on(c);
        conn_unref(c);
    }
}

/* ---- GnuTLS' side ---- */

static ssize_t pull(gnutls_transport_ptr_t p, void *data, size_t n)
{
    struct http_conn *c = p;
    ssize_t got = recv(c->fd, data, n, 0);
    if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK) || c->hs.over) return got;
    wait_for_client(c);
    errno = EAGAIN;
    return -1;
}

static int on_finished(gnutls_session_t tls, unsigned type, unsigned when, unsigned incoming, const gnutls_datum_t *msg)
{
    (void)type, (void)when, (void)msg;
    gnutls_transport_ptr_t receiver, sender;
    gnutls_transport_get_ptr2(tls, &receiver, &sender);
    if (incoming) ((struct http_conn *)receiver)->hs.over = true;
    return 0;
}

void handshake_begin(struct http_conn *c)
{
    gnutls_transport_set_ptr2(c->tls, c, (gnutls_transport_ptr_t)(intptr_t)c->fd);
    gnutls_transport_set_pull_function(c->tls, pull);
    gnutls_handshake_set_hook_function(c->tls, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST, on_finished);
}
