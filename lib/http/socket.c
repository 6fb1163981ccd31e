/* socket.c - see socket.h. libcurl connects (CURLOPT_CONNECT_ONLY), then its connection is ours alone: each has a
 * handle and with it a cache of its own, so nothing closes it behind our back. Reads: the peer's bytes.   Writes: ours.
 */
#include "socket.h"

#include "conn.h"

#include "base/kassert.h"
#include "base/mem.h"

#include <poll.h>
#include <stdlib.h>

struct http_socket {
    CURL *easy;
    struct curl_slist *connect_to;
    curl_socket_t fd;
    char why[CURL_ERROR_SIZE];
};

void http_socket_close(struct http_socket *s)
{
    curl_easy_cleanup(s->easy);
    curl_slist_free_all(s->connect_to);
    free(s);
}

struct http_socket *http_socket_open(const struct http_call_request *rq, struct err *e)
{
    struct http_socket *s = xcalloc(1, sizeof *s);
    http_global_init();
    s->easy = curl_easy_init();
    KASSERT(s->easy);
    conn_options(s->easy, rq->tls);
    curl_easy_setopt(s->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, s->why);
    curl_easy_setopt(s->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(s->easy, CURLOPT_URL, rq->url);
    if (rq->connect_to) s->connect_to = curl_slist_append(NULL, rq->connect_to);
    if (s->connect_to) curl_easy_setopt(s->easy, CURLOPT_CONNECT_TO, s->connect_to);
    CURLcode result = curl_easy_perform(s->easy);
    if (result == CURLE_OK) result = curl_easy_getinfo(s->easy, CURLINFO_ACTIVESOCKET, &s->fd);
    if (result == CURLE_OK && s->fd != CURL_SOCKET_BAD) return s;
    conn_explain(s->easy, result == CURLE_OK ? CURLE_GOT_NOTHING : result, s->why, rq->address, e);
    http_socket_close(s);
    return NULL;
}

int http_socket_fd(const struct http_socket *s) { return s->fd; }

static bool has_input(const struct http_socket *s)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

/* GnuTLS says "again" behind a message of TLS's own (a session ticket), though what follows is here already and no
 * event will tell of it. */
ssize_t http_socket_read(struct http_socket *s, char *p, size_t n)
{
    enum { TLS_MESSAGES_MAX = 64 }; /* one after the other: a peer that sends more has nothing to say */
    for (int i = 0; i < TLS_MESSAGES_MAX; i++) {
        size_t got = 0;
        CURLcode result = curl_easy_recv(s->easy, p, n, &got);
        if (result != CURLE_AGAIN) return result == CURLE_OK && got ? (ssize_t)got : -1;
        if (!has_input(s)) return 0;
    }
    return -1;
}

ssize_t http_socket_write(struct http_socket *s, struct str bytes)
{
    size_t sent = 0;
    CURLcode result = curl_easy_send(s->easy, bytes.p, bytes.n, &sent);
    if (result == CURLE_AGAIN) return 0;
    return result == CURLE_OK ? (ssize_t)sent : -1;
}
