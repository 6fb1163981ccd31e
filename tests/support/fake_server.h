/* fake_server.h - a scripted HTTP/1.1 server on loopback for unit tests: a handler fills a reply for each
 * request; a reply may become a stream that the test pushes lines into. Header only: a unit test is one .c.
 * One thread per connection; everything below `lock`. */
#ifndef SUPPORT_FAKE_SERVER_H
#define SUPPORT_FAKE_SERVER_H

#include "base/buf.h"
#include "base/mem.h"
#include "base/mono.h"
#include "base/thread.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FAKE_CONNS = 64, FAKE_LOG = 4096 };

struct fake_request {
    struct str method, path, head, body; /* head: the header lines */
};

struct fake_reply {
    int status;                         /* 200 to begin with */
    const char *content_type, *headers; /* headers: more lines, each with \r\n, or NULL */
    struct buf body;
    bool stream;  /* chunked; stays open for fake_push */
    bool hold;    /* no answer until fake_stop or until the client leaves */
    bool hang_up; /* close without an answer */
};

struct fake_server {
    int port, fd;
    void (*handler)(void *arg, const struct fake_request *rq, struct fake_reply *rp);
    void *arg;
    pthread_t acceptor;
    pthread_mutex_t lock;
    bool stopping;
    struct fake_conn {
        int fd; /* -1: free */
        pthread_t thread;
        bool used, stream;
        char path[1024];
        struct fake_server *server;
    } conns[FAKE_CONNS];
    int requests, accepted;
    char *log[FAKE_LOG]; /* "METHOD path" in order of arrival */
};

static inline void fake_write(int fd, struct str s)
{
    while (s.n) {
        ssize_t w = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (w <= 0) return;
        s = str_from(s, (size_t)w);
    }
}

static inline struct str fake_head_value(struct str head, const char *name)
{
    struct str rest = head;
    while (rest.n) {
        struct str line = str_cut(rest, '\n', &rest), value;
        struct str key = str_cut(line, ':', &value);
        if (!str_is_null(value) && key.n == strlen(name) && strncasecmp(key.p, name, key.n) == 0) {
            value = str_trim(value);
            while (value.n && value.p[value.n - 1] == '\r') value.n--;
            return value;
        }
    }
    return STR_NULL;
}

static inline void fake_answer(struct fake_conn *c, const struct fake_request *rq)
{
    struct fake_server *s = c->server;
    struct fake_reply rp = {.status = 200, .content_type = "application/json"};
    buf_init(&rp.body, 64 << 20);
    mutex_lock(&s->lock);
    if (s->requests < FAKE_LOG) s->log[s->requests] = xasprintf("%.*s %.*s", STR_ARG(rq->method), STR_ARG(rq->path));
    s->requests++;
    mutex_unlock(&s->lock);
    s->handler(s->arg, rq, &rp);
    struct buf out;
    buf_init(&out, 65 << 20);
    buf_addf(&out, "HTTP/1.1 %d X\r\nContent-Type: %s\r\n%s", rp.status, rp.content_type, rp.headers ? rp.headers : "");
    if (rp.stream)
        buf_cstr(&out, "Transfer-Encoding: chunked\r\n\r\n");
    else
        buf_addf(&out, "Content-Length: %zu\r\n\r\n", rp.body.n);
    if (rp.stream && rp.body.n) buf_addf(&out, "%zx\r\n", rp.body.n);
    buf_str(&out, buf_view(&rp.body));
    if (rp.stream && rp.body.n) buf_cstr(&out, "\r\n");
    mutex_lock(&s->lock);
    if (rp.hang_up)
        shutdown(c->fd, SHUT_RDWR);
    else if (!rp.hold)
        fake_write(c->fd, buf_view(&out));
    if (rp.stream || rp.hold) {
        snprintf(c->path, sizeof c->path, "%.*s", STR_ARG(rq->path));
        c->stream = true;
    }
    mutex_unlock(&s->lock);
    buf_release(&out);
    buf_release(&rp.body);
}

/* Reads one request into in and answers it; false: the peer left. */
static inline bool fake_serve_one(struct fake_conn *c, struct buf *in)
{
    char *end;
    char chunk[16384];
    size_t need = 0;
    for (;;) {
        end = in->n ? memmem(in->p, in->n, "\r\n\r\n", 4) : NULL;
        if (end) {
            struct str length = fake_head_value(str_n(in->p, (size_t)(end - in->p)), "Content-Length");
            int64_t n = 0;
            if (!str_is_null(length) && !str_to_i64(length, &n)) return false;
            need = (size_t)(end - in->p) + 4 + (size_t)n;
            if (in->n >= need) break;
        }
        ssize_t n = recv(c->fd, chunk, sizeof chunk, 0);
        if (n <= 0) return false;
        buf_add(in, chunk, (size_t)n);
    }
    size_t head_n = (size_t)(end - in->p);
    struct str rest, head = str_n(in->p, head_n), first = str_cut(head, '\n', &head);
    struct fake_request rq = {.head = head, .body = str_n(in->p + head_n + 4, need - head_n - 4)};
    rq.method = str_cut(first, ' ', &rest);
    rq.path = str_cut(rest, ' ', &rest);
    fake_answer(c, &rq);
    buf_drop_front(in, need);
    return true;
}

static inline void *fake_conn_run(void *arg)
{
    struct fake_conn *c = arg;
    struct buf in;
    buf_init(&in, 64 << 20);
    while (fake_serve_one(c, &in)) {}
    buf_release(&in);
    mutex_lock(&c->server->lock);
    close(c->fd);
    c->fd = -1;
    c->stream = false;
    mutex_unlock(&c->server->lock);
    return NULL;
}

static inline void *fake_accept_run(void *arg)
{
    struct fake_server *s = arg;
    for (int fd; (fd = accept(s->fd, NULL, NULL)) >= 0;) {
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        mutex_lock(&s->lock);
        struct fake_conn *c = NULL;
        for (int i = 0; i < FAKE_CONNS && !c && !s->stopping; i++)
            if (s->conns[i].fd < 0) c = &s->conns[i];
        if (!c) {
            close(fd);
        } else {
            if (c->used) thread_join(c->thread);
            s->accepted++;
            c->fd = fd;
            c->used = true;
            c->stream = false;
            c->server = s;
            c->thread = thread_start("fake-conn", fake_conn_run, c);
        }
        mutex_unlock(&s->lock);
    }
    return NULL;
}

/* port 0: any; *s is zeroed first. */
static inline void fake_start(struct fake_server *s, int port,
                              void (*handler)(void *, const struct fake_request *, struct fake_reply *), void *arg)
{
    memset(s, 0, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    s->handler = handler;
    s->arg = arg;
    for (int i = 0; i < FAKE_CONNS; i++) s->conns[i].fd = -1;
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int one = 1;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(s->fd, (struct sockaddr *)&a, sizeof a) || listen(s->fd, 64) ||
        getsockname(s->fd, (struct sockaddr *)&a, &n))
        abort();
    s->port = ntohs(a.sin_port);
    s->acceptor = thread_start("fake-accept", fake_accept_run, s);
}

static inline void fake_stop(struct fake_server *s)
{
    mutex_lock(&s->lock);
    s->stopping = true;
    shutdown(s->fd, SHUT_RDWR);
    for (int i = 0; i < FAKE_CONNS; i++)
        if (s->conns[i].fd >= 0) shutdown(s->conns[i].fd, SHUT_RDWR);
    mutex_unlock(&s->lock);
    thread_join(s->acceptor);
    for (int i = 0; i < FAKE_CONNS; i++)
        if (s->conns[i].used) thread_join(s->conns[i].thread);
    close(s->fd);
    for (int i = 0; i < FAKE_LOG; i++) free(s->log[i]);
    pthread_mutex_destroy(&s->lock);
}

/* Streams (and held requests) whose path contains `part`. */
static inline int fake_streams(struct fake_server *s, const char *part)
{
    int n = 0;
    mutex_lock(&s->lock);
    for (int i = 0; i < FAKE_CONNS; i++)
        n += s->conns[i].fd >= 0 && s->conns[i].stream && strstr(s->conns[i].path, part);
    mutex_unlock(&s->lock);
    return n;
}

/* One chunk: text and a newline, to those streams. Text NULL: the clean end of the stream. */
static inline void fake_push(struct fake_server *s, const char *part, const char *text)
{
    AUTO_FREE char *chunk = text ? xasprintf("%zx\r\n%s\n\r\n", strlen(text) + 1, text) : xstrdup("0\r\n\r\n");
    mutex_lock(&s->lock);
    for (int i = 0; i < FAKE_CONNS; i++) {
        struct fake_conn *c = &s->conns[i];
        if (c->fd < 0 || !c->stream || !strstr(c->path, part)) continue;
        fake_write(c->fd, str_of(chunk));
        if (!text) c->stream = false;
    }
    mutex_unlock(&s->lock);
}

/* Answers the requests that are held at such a path with {}. */
static inline void fake_answer_held_with(struct fake_server *s, const char *part, const char *body)
{
    char text[512];
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                     strlen(body), body);
    mutex_lock(&s->lock);
    for (int i = 0; i < FAKE_CONNS; i++) {
        struct fake_conn *c = &s->conns[i];
        if (c->fd < 0 || !c->stream || !strstr(c->path, part)) continue;
        c->stream = false;
        fake_write(c->fd, str_n(text, (size_t)n));
    }
    mutex_unlock(&s->lock);
}

static inline void fake_answer_held(struct fake_server *s, const char *part) { fake_answer_held_with(s, part, "{}"); }

/* Cuts those streams without an end. */
static inline void fake_cut(struct fake_server *s, const char *part)
{
    mutex_lock(&s->lock);
    for (int i = 0; i < FAKE_CONNS; i++)
        if (s->conns[i].fd >= 0 && s->conns[i].stream && strstr(s->conns[i].path, part)) {
            shutdown(s->conns[i].fd, SHUT_RDWR);
            s->conns[i].stream = false;
        }
    mutex_unlock(&s->lock);
}

/* Requests so far whose "METHOD path" contains `part`. */
static inline int fake_count(struct fake_server *s, const char *part)
{
    int n = 0;
    mutex_lock(&s->lock);
    for (int i = 0; i < MIN(s->requests, FAKE_LOG); i++) n += strstr(s->log[i], part) != NULL;
    mutex_unlock(&s->lock);
    return n;
}

/* Waits until cond or 20 s passed; the caller then asserts the condition. */
#define FAKE_WAIT(cond)                                                                                                \
    do {                                                                                                               \
        for (int64_t fake_end = mono_ns() + 20000000000; !(cond) && mono_ns() < fake_end;) poll(NULL, 0, 1);           \
    } while (0)

#endif
