/* server.c - see server.h. A thread per connection, for an answer may follow a container for hours; their number is
 * bounded.
 * Reads: pods from the informer, logs.   Writes: responses. */
#include "kubelet-sim/server.h"

#include "base/clk.h"
#include "base/log.h"
#include "base/thread.h"
#include "client/kubeconfig.h"
#include "kubelet-sim/limits.h"
#include "kubelet-sim/log_view.h"

#include <arpa/inet.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define API_SERVER_NAME "kube-apiserver-kubelet-client" /* the CN of who may ask */

struct follower { /* one answer that is being read; its connection's thread, `next` and `prev` under the server's lock
                   */
    struct kubelet_server *server;
    struct str uid, container; /* in the arena */
    struct arena arena;
    struct log_view view;
    uint64_t from; /* next line to read */
    bool over;
    struct buf text; /* written, not yet taken by libmicrohttpd */
    size_t taken;
    int fd;   /* of the connection: a peer that leaves ends the answer */
    int wake; /* eventfd: lines came, or the server ends */
    struct follower *next, *prev;
};

struct kubelet_server {
    int listen_fd, port;
    struct MHD_Daemon *daemon;
    struct kubeconfig config;
    struct informer *pods;
    struct logs *logs;
    pthread_mutex_t lock; /* what follows */
    struct follower *followers;
    bool stopping;
};

/* ---- Followers ---- */

static void follower_free(void *arg)
{
    struct follower *f = arg;
    mutex_lock(&f->server->lock);
    if (f->next) f->next->prev = f->prev;
    *(f->prev ? &f->prev->next : &f->server->followers) = f->next;
    mutex_unlock(&f->server->lock);
    close(f->wake);
    buf_release(&f->text);
    arena_release(&f->arena);
    free(f);
}

static void wake_followers(void *arg)
{
    struct kubelet_server *s = arg;
    mutex_lock(&s->lock);
    for (struct follower *f = s->followers; f; f = f->next) (void)eventfd_write(f->wake, 1);
    mutex_unlock(&s->lock);
}

static bool is_stopping(struct kubelet_server *s)
{
    mutex_lock(&s->lock);
    bool stopping = s->stopping;
    mutex_unlock(&s->lock);
    return stopping;
}

/* Reads what is there. False: nothing, and more may come. */
static bool read_more(struct follower *f)
{
    struct arena a AUTO_ARENA = {0};
    struct log_lines lines = {0};
    f->text.n = f->taken = 0;
    enum log_state state =
        logs_read(f->server->logs, &a, f->uid, f->container, f->view.options.previous, f->from, &lines);
    bool goes_on = log_view_write(&f->view, &lines, &f->text);
    f->from = lines.next;
    f->over = !goes_on || state != LOG_MORE || !f->view.options.follow;
    return f->over || f->text.n > 0;
}

/* False: the peer left or the server ends. */
static bool wait_for_lines(struct follower *f)
{
    struct pollfd fds[] = {{.fd = f->wake, .events = POLLIN}, {.fd = f->fd, .events = POLLRDHUP}};
    eventfd_t n;
    while (poll(fds, ARRAY_LEN(fds), -1) < 0) {}
    if (fds[0].revents & POLLIN) (void)eventfd_read(f->wake, &n);
    return !fds[1].revents && !is_stopping(f->server);
}

/* libmicrohttpd's reader: blocks, as a thread of its own may. */
static ssize_t give(void *arg, uint64_t pos, char *to, size_t room)
{
    struct follower *f = arg;
    (void)pos;
    while (f->taken == f->text.n) {
        if (f->over) return MHD_CONTENT_READER_END_OF_STREAM;
        if (!read_more(f) && !wait_for_lines(f)) return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t n = MIN(room, f->text.n - f->taken);
    memcpy(to, f->text.p + f->taken, n);
    f->taken += n;
    return (ssize_t)n;
}

/* ---- Requests ---- */

static enum MHD_Result answer(struct MHD_Connection *c, unsigned code, struct str text)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(text.n, (void *)text.p, MHD_RESPMEM_MUST_COPY);
    (void)MHD_add_response_header(r, "Content-Type", "text/plain; charset=utf-8");
    enum MHD_Result ok = MHD_queue_response(c, code, r);
    MHD_destroy_response(r);
    return ok;
}

static struct str arg_of(struct MHD_Connection *c, const char *name)
{
    return str_of(MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, name));
}

static bool flag_of(struct MHD_Connection *c, const char *name) { return str_eqc(arg_of(c, name), "true"); }

/* The API server has checked them: what does not parse counts as not said. */
static struct log_options options_of(struct MHD_Connection *c)
{
    struct log_options o = LOG_OPTIONS_INIT;
    int64_t seconds;
    struct str since = arg_of(c, "sinceTime");
    o.follow = flag_of(c, "follow");
    o.previous = flag_of(c, "previous");
    o.timestamps = flag_of(c, "timestamps");
    if (!str_to_i64(arg_of(c, "tailLines"), &o.tail)) o.tail = -1;
    if (!str_to_i64(arg_of(c, "limitBytes"), &o.limit_bytes)) o.limit_bytes = -1;
    if (str_to_i64(arg_of(c, "sinceSeconds"), &seconds))
        log_options_since(&o, seconds, clk_ns());
    else if (since.n && !clk_parse_rfc3339(since.p, since.n, &o.since_ns))
        o.since_ns = INT64_MIN;
    if (str_eqc(arg_of(c, "stream"), "Stderr")) o.tail = 0, o.follow = false; /* all that is printed is stdout */
    return o;
}

static const struct json *spec_of(const struct object *pod, struct str container)
{
    static const char *const lists[] = {".spec.containers", ".spec.initContainers", ".spec.ephemeralContainers"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        const struct json *c = obj_find(pod->root, lists[i], "name", container);
        if (c) return c;
    }
    return NULL;
}

static struct str waiting_reason(const struct object *pod, struct str container)
{
    static const char *const lists[] = {".status.containerStatuses", ".status.initContainerStatuses"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        struct str why = obj_str(obj_find(pod->root, lists[i], "name", container), ".state.waiting.reason");
        if (why.n) return why;
    }
    return STR("ContainerCreating");
}

/* kubelet.go validateContainerLogStatus */
static struct str why_no_logs(struct arena *a, const struct object *pod, struct str container, bool previous)
{
    if (previous)
        return str_printf(a, "previous terminated container \"%.*s\" in pod \"%.*s\" not found", STR_ARG(container),
                          STR_ARG(pod->name));
    struct str why = waiting_reason(pod, container);
    static const char *const image_troubles[] = {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull",
                                                 "InvalidImageName"};
    for (size_t i = 0; i < ARRAY_LEN(image_troubles); i++)
        if (str_eqc(why, image_troubles[i]))
            return str_printf(a, "container \"%.*s\" in pod \"%.*s\" is waiting to start: %s", STR_ARG(container),
                              STR_ARG(pod->name),
                              i == 0   ? "image can't be pulled"
                              : i == 1 ? "trying and failing to pull image"
                                       : str_cstr(a, why));
    return str_printf(a, "container \"%.*s\" in pod \"%.*s\" is waiting to start: %.*s", STR_ARG(container),
                      STR_ARG(pod->name), STR_ARG(why));
}

static struct follower *follower_new(struct kubelet_server *s, struct MHD_Connection *c, const struct object *pod,
                                     struct str container, const struct log_options *o)
{
    struct follower *f = xcalloc(1, sizeof *f);
    f->server = s;
    f->uid = str_copy(&f->arena, pod->uid);
    f->container = str_copy(&f->arena, container);
    log_view_init(&f->view, o);
    buf_init(&f->text, LOG_TEXT_MAX);
    f->fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    f->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    mutex_lock(&s->lock);
    f->next = s->followers;
    if (f->next) f->next->prev = f;
    s->followers = f;
    mutex_unlock(&s->lock);
    return f;
}

static enum MHD_Result serve_logs(struct kubelet_server *s, struct MHD_Connection *c, struct str ns, struct str name,
                                  struct str container)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *pod AUTO_OBJ = informer_get(s->pods, ns, name);
    struct log_options o = options_of(c);
    struct log_lines lines;
    if (!pod) return answer(c, 404, str_printf(&a, "pod \"%.*s\" not found\n", STR_ARG(name)));
    if (!spec_of(pod, container))
        return answer(
            c, 404,
            str_printf(&a, "container \"%.*s\" not found in pod \"%.*s\"\n", STR_ARG(container), STR_ARG(name)));
    if (logs_read(s->logs, &a, pod->uid, container, o.previous, UINT64_MAX, &lines) == LOG_NONE)
        return answer(c, 400, why_no_logs(&a, pod, container, o.previous));
    struct follower *f = follower_new(s, c, pod, container, &o);
    struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, LOG_CHUNK, give, f, follower_free);
    (void)MHD_add_response_header(r, "Content-Type", "text/plain");
    enum MHD_Result ok = MHD_queue_response(c, 200, r);
    MHD_destroy_response(r);
    return ok;
}

/* The API server, by its certificate. */
static bool may_ask(struct MHD_Connection *c)
{
    gnutls_session_t tls = MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT};
    unsigned count = 0, status = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(tls, &count);
    gnutls_x509_crt_t crt = NULL;
    char cn[128];
    size_t n = sizeof cn;
    if (!chain || !count) return false;
    if (gnutls_certificate_verify_peers(tls, &purpose, 1, &status) < 0 || status) return false;
    if (gnutls_x509_crt_init(&crt) < 0) return false;
    bool ok = gnutls_x509_crt_import(crt, chain, GNUTLS_X509_FMT_DER) >= 0 &&
              gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, cn, &n) >= 0 &&
              strcmp(cn, API_SERVER_NAME) == 0;
    gnutls_x509_crt_deinit(crt);
    return ok;
}

static enum MHD_Result on_access(void *arg, struct MHD_Connection *c, const char *url, const char *method,
                                 const char *version, const char *body, size_t *body_n, void **seen)
{
    static char begun;
    (void)version, (void)body;
    if (!*seen) {
        *seen = &begun;
        return MHD_YES;
    }
    if (*body_n) { /* nothing here has a body */
        *body_n = 0;
        return MHD_YES;
    }
    if (!may_ask(c)) return answer(c, 401, STR("Unauthorized"));
    struct str path = str_of(url), ns, name, container;
    if (!str_starts(path, STR("/containerLogs/"))) return answer(c, 404, STR("404 page not found\n"));
    if (strcmp(method, "GET") != 0) return answer(c, 405, STR("405: Method Not Allowed"));
    ns = str_cut(str_from(path, strlen("/containerLogs/")), '/', &name);
    name = str_cut(name, '/', &container);
    if (str_is_null(container)) return answer(c, 404, STR("404 page not found\n"));
    return serve_logs(arg, c, ns, name, container);
}

/* ---- Life cycle ---- */

struct kubelet_server *kubelet_server_new(struct err *e)
{
    struct kubelet_server *s = xcalloc(1, sizeof *s);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    pthread_mutex_init(&s->lock, NULL);
    s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ok = s->listen_fd >= 0 && bind(s->listen_fd, (struct sockaddr *)&a, sizeof a) == 0 &&
              listen(s->listen_fd, LOG_READERS_MAX) == 0 && getsockname(s->listen_fd, (struct sockaddr *)&a, &n) == 0;
    s->port = ntohs(a.sin_port);
    if (ok) return s;
    (void)err_errno(e, "the kubelets' port");
    kubelet_server_free(s);
    return NULL;
}

int kubelet_server_port(const struct kubelet_server *s) { return s->port; }

static void on_mhd_log(void *arg, const char *fmt, va_list ap)
{
    char text[256];
    (void)arg;
    vsnprintf(text, sizeof text, fmt, ap);
    LOG_D("libmicrohttpd: %s", text);
}

bool kubelet_server_start(struct kubelet_server *s, const char *kubeconfig, struct informer *pods, struct logs *logs,
                          struct err *e)
{
    s->pods = pods;
    s->logs = logs;
    if (!kubeconfig_load(kubeconfig, NULL, &s->config, e)) return false;
    if (!s->config.cert_pem || !s->config.key_pem || !s->config.ca_pem)
        return err_set(e, ERR_USAGE, "the kubelets' port needs a certificate and a CA in the kubeconfig");
    s->daemon = MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS | MHD_USE_ERROR_LOG, 0, NULL,
        NULL, on_access, s, MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, NULL, MHD_OPTION_LISTEN_SOCKET, s->listen_fd,
        MHD_OPTION_HTTPS_MEM_CERT, s->config.cert_pem, MHD_OPTION_HTTPS_MEM_KEY, s->config.key_pem,
        MHD_OPTION_HTTPS_MEM_TRUST, s->config.ca_pem, MHD_OPTION_CONNECTION_LIMIT, (unsigned)LOG_READERS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)LOG_IDLE_S, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
    if (!s->daemon) return err_set(e, ERR_IO, "the kubelets' HTTPS server did not start");
    s->listen_fd = -1; /* the daemon's */
    logs_on_change(logs, wake_followers, s);
    return true;
}

void kubelet_server_free(struct kubelet_server *s)
{
    if (!s) return;
    if (s->daemon) {
        logs_on_change(s->logs, NULL, NULL);
        mutex_lock(&s->lock);
        s->stopping = true;
        mutex_unlock(&s->lock);
        wake_followers(s);
        MHD_stop_daemon(s->daemon);
    }
    if (s->listen_fd >= 0) close(s->listen_fd);
    kubeconfig_release(&s->config);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
