/* main.c - the API server's process: options, order of start, signals, order of stopping.
 * Reads: the command line, certificates, the store's file.   Writes: kubeconfigs, "ready PORT" on --ready-fd. */
#include "apiserver/crd/crd.h"
#include "apiserver/crd/conversion.h"
#include "apiserver/crd/keeper.h"
#include "apiserver/aggregator/aggregator.h"
#include "apiserver/aggregator/trust.h"
#include "apiserver/discovery/discovery.h"
#include "apiserver/filter/filter.h"
#include "apiserver/filter/jwt.h"
#include "apiserver/http/certs.h"
#include "apiserver/http/server.h"
#include "apiserver/http/stream.h"
#include "apiserver/registry/service_address.h"
#include "apiserver/registry/service_alloc.h"
#include "apiserver/rest/admit.h"
#include "apiserver/rest/kubelet.h"
#include "apiserver/rest/own_service.h"
#include "apiserver/rest/rest.h"
#include "apiserver/rest/write.h"
#include "apiserver/sim/gate.h"
#include "apiserver/sim/sim.h"
#include "apiserver/sim/trace.h"
#include "apiserver/watch/cache.h"
#include "apiserver/watch/fresh.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/mono.h"
#include "base/opts.h"
#include "base/rnd.h"
#include "schema_ids.h"
#include "store/store.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ADMIT_MAX = 64 << 20, ADMIT_TEXT_MAX = 1 << 20 }; /* manifests of what is tried out; what is said of them */
enum { PEM_FILE_MAX = 1 << 20, DRAIN_MS = 400, HISTORY_MS = 600000, WORKERS_MIN = 2, ADDRESS_MAX = 64 };

static struct options {
    const char *bind_address, *advertise, *cert_dir, *tls_cert, *tls_key, *client_ca, *tokens;
    const char *store, *sync, *history, *kubeconfigs, *flow, *fsck, *snapshot;
    const char *service_ips, *node_ports;
    int64_t port, listen_fd, ready_fd, parent_fd, seed, verbosity, event_ttl_ms;
    bool turns, admit;
} opt = {
    .bind_address = "127.0.0.1",
    .store = "memory",
    .sync = "full",
    .history = "10000",
    .flow = "real",
    .service_ips = "10.96.0.0/16",
    .node_ports = "30000-32767",
    .event_ttl_ms = EVENT_TTL_MS,
    .port = 6443,
    .listen_fd = -1,
    .ready_fd = -1,
    .parent_fd = -1,
    .seed = -1,
};

static const struct opt rows[] = {
    {"secure-port", 0, OPT_INT, &opt.port, "PORT", "port to listen on; 0 takes any free one", NULL},
    {"bind-address", 0, OPT_STRING, &opt.bind_address, "ADDR", "address to listen on", NULL},
    {"advertise-address", 0, OPT_STRING, &opt.advertise, "ADDR", "address that discovery names to clients", NULL},
    {"cert-dir", 0, OPT_STRING, &opt.cert_dir, "DIR", "the CA and certificates; made there at first start", NULL},
    {"tls-cert-file", 0, OPT_STRING, &opt.tls_cert, "FILE", "the server's certificate instead of the own one", NULL},
    {"tls-private-key-file", 0, OPT_STRING, &opt.tls_key, "FILE", "its key", NULL},
    {"client-ca-file", 0, OPT_STRING, &opt.client_ca, "FILE", "CA of client certificates instead of the own one", NULL},
    {"token-auth-file", 0, OPT_STRING, &opt.tokens, "FILE", "CSV of token,user,uid,\"group1,group2\"", NULL},
    {"store", 0, OPT_STRING, &opt.store, "PATH", "SQLite file of the cluster, or memory", NULL},
    {"store-sync", 0, OPT_STRING, &opt.sync, "MODE", "when a write counts as on disk", "full|normal|off"},
    {"keep-history", 0, OPT_STRING, &opt.history, "N", "revisions to keep, or all", NULL},
    {"service-cluster-ip-range", 0, OPT_STRING, &opt.service_ips, "CIDR", "where Services get their addresses", NULL},
    {"service-node-port-range", 0, OPT_STRING, &opt.node_ports, "FROM-TO", "where Services get their node ports", NULL},
    {"event-ttl", 0, OPT_DURATION_MS, &opt.event_ttl_ms, "TIME", "how long Events are kept, in the cluster's time",
     NULL},
    {"kubeconfig-dir", 0, OPT_STRING, &opt.kubeconfigs, "DIR", "write kubeconfigs of the admin and the components here",
     NULL},
    {"flow", 0, OPT_STRING, &opt.flow, "FLOW", "order of the fifteen steps", "real|textbook"},
    {"seed", 0, OPT_INT, &opt.seed, "N", "seed of all random draws", NULL},
    {"turns", 0, OPT_FLAG, &opt.turns, NULL, "grant components one turn at a time, in an order from the seed", NULL},
    {"listen-fd", 0, OPT_INT, &opt.listen_fd, "FD", "descriptor that listens already", NULL},
    {"ready-fd", 0, OPT_INT, &opt.ready_fd, "FD", "write \"ready PORT\" here once requests are served", NULL},
    {"parent-fd", 0, OPT_INT, &opt.parent_fd, "FD", "stop when the other end of this pipe is closed", NULL},
    {"fsck", 0, OPT_STRING, &opt.fsck, "PATH", "check a store's file and exit: 0 sound, 1 findings", NULL},
    {"snapshot", 0, OPT_STRING, &opt.snapshot, "FILE", "copy the store to FILE and exit", NULL},
    {"admit", 0, OPT_FLAG, &opt.admit, NULL, "default and validate the objects on stdin, write them, and exit", NULL},
    {"v", 'v', OPT_INT, &opt.verbosity, "N", "verbosity of the log; 4 and above: debug", NULL},
    {0},
};

static const struct opt_spec spec = {
    .usage = "apiserver [flags]",
    .about = "Serves the Kubernetes API of one cluster from an SQLite file.",
    .opts = rows,
};

/* ---- Tools that open a store and end ---- */

static int run_fsck(void)
{
    struct buf report AUTO_BUF = {0};
    struct err e = ERR_INIT;
    buf_init(&report, SIZE_MAX);
    bool sound = store_fsck(opt.fsck, &report, &e);
    if (e.code) {
        fprintf(stderr, "apiserver: %s: %s\n", opt.fsck, e.text);
        return 1;
    }
    fwrite(report.p ? report.p : "", 1, report.n, stdout);
    if (sound) printf("%s: no findings\n", opt.fsck);
    return sound ? 0 : 1;
}

static int run_snapshot(void)
{
    struct err e = ERR_INIT;
    struct store *s = store_open(&(struct store_options){.path = opt.store, .read_only = true}, &e);
    bool ok = s && store_snapshot(s, opt.snapshot, &e);
    if (s) store_close(s);
    if (!ok) fprintf(stderr, "apiserver: cannot copy %s to %s: %s\n", opt.store, opt.snapshot, e.text);
    return ok ? 0 : 1;
}

static int run_admit(void)
{
    struct buf in AUTO_BUF = {0}, out AUTO_BUF = {0}, notes AUTO_BUF = {0}, why AUTO_BUF = {0};
    struct err e = ERR_INIT;
    buf_init(&in, ADMIT_MAX);
    buf_init(&out, SIZE_MAX);
    buf_init(&notes, ADMIT_TEXT_MAX);
    buf_init(&why, ADMIT_TEXT_MAX);
    bool ok = io_read_file("-", &in, &e);
    if (!ok)
        fprintf(stderr, "%s\n", e.text);
    else if (!(ok = admit(buf_view(&in), &out, &notes, &why)))
        fprintf(stderr, "%.*s\n", STR_ARG(buf_view(&why)));
    fwrite(notes.p ? notes.p : "", 1, notes.n, stderr);
    return ok && fwrite(out.p ? out.p : "", 1, out.n, stdout) == out.n && fflush(stdout) == 0 ? 0 : 1;
}

/* ---- Starting ---- */

static bool raise_descriptor_limit(struct err *e)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) < 0) return err_errno(e, "getrlimit");
    l.rlim_cur = l.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &l); /* fewer connections then */
    return true;
}

/* Listens before anything else is made: clients that come early wait in the backlog instead of being refused. */
static bool listen_early(struct err *e)
{
    if (opt.listen_fd >= 0) return true;
    if (opt.port < 0 || opt.port > 65535)
        return err_set(e, ERR_USAGE, "--secure-port: %lld is no port", (long long)opt.port);
    struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)opt.port)};
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)opt.port)};
    bool v4 = inet_pton(AF_INET, opt.bind_address, &a4.sin_addr) == 1;
    if (!v4 && inet_pton(AF_INET6, opt.bind_address, &a6.sin6_addr) != 1)
        return err_set(e, ERR_USAGE, "--bind-address: %s is no IP address", opt.bind_address);
    int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    if (fd < 0) return err_errno(e, "socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const struct sockaddr *a = v4 ? (const struct sockaddr *)&a4 : (const struct sockaddr *)&a6;
    if (bind(fd, a, v4 ? sizeof a4 : sizeof a6) < 0 || listen(fd, LISTEN_BACKLOG) < 0) {
        (void)err_errno(e, "%s port %lld", opt.bind_address, (long long)opt.port);
        close(fd);
        return false;
    }
    opt.listen_fd = fd;
    return true;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof a;
    if (getsockname(fd, (struct sockaddr *)&a, &n) < 0) return 0;
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
                                         : ((struct sockaddr_in *)&a)->sin_port);
}

/* The address that clients are told to connect to. */
static const char *server_ip(void)
{
    const char *host = opt.advertise ? opt.advertise : opt.bind_address;
    if (strcmp(host, "0.0.0.0") == 0) return "127.0.0.1";
    return strcmp(host, "::") == 0 ? "::1" : host;
}

/* "127.0.0.1:6443"; written once, before other threads read it. */
static const char *server_address(void)
{
    static char text[ADDRESS_MAX];
    const char *host = server_ip();
    if (!*text) snprintf(text, sizeof text, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port_of((int)opt.listen_fd));
    return text;
}

static bool read_pem(const char *path, const char **into, struct err *e)
{
    struct buf b;
    if (!path) return true;
    buf_init(&b, PEM_FILE_MAX);
    if (!io_read_file(path, &b, e)) {
        buf_release(&b);
        return false;
    }
    *into = buf_take(&b); /* as long as the process */
    return true;
}

static bool load_tls(struct tls_identity *tls, struct err *e)
{
    static struct certs certs; /* as long as the process */
    const char *sans[] = {opt.advertise, NULL};
    if (!opt.cert_dir) opt.cert_dir = opt.kubeconfigs;
    bool ok = opt.cert_dir ? io_mkdirs(opt.cert_dir, 0700, e) && certs_ensure(opt.cert_dir, sans, e) &&
                                 certs_load(&certs, opt.cert_dir, e)
                           : certs_generate(&certs, sans, e);
    if (!ok) return err_context(e, "certificates");
    tls->cert_pem = certs.pair[CERT_SERVER].cert_pem;
    tls->key_pem = certs.pair[CERT_SERVER].key_pem;
    tls->client_ca_pem = certs.pair[CERT_CA].cert_pem;
    kubelet_init(certs.pair[CERT_KUBELET_CLIENT].cert_pem, certs.pair[CERT_KUBELET_CLIENT].key_pem);
    aggregator_init(certs.pair[CERT_PROXY_CLIENT].cert_pem, certs.pair[CERT_PROXY_CLIENT].key_pem);
    if (!jwt_init(certs.pair[CERT_SERVICE_ACCOUNT].key_pem, e)) return false;
    if (!read_pem(opt.tls_cert, &tls->cert_pem, e) || !read_pem(opt.tls_key, &tls->key_pem, e) ||
        !read_pem(opt.client_ca, &tls->client_ca_pem, e))
        return false;
    tls->proxy_ca_pem = certs.pair[CERT_PROXY_CA].cert_pem;
    trust_init(tls->client_ca_pem, certs.pair[CERT_PROXY_CA].cert_pem);
    return true;
}

static bool copy_kubeconfig(const char *name, struct err *e)
{
    struct buf text AUTO_BUF = {0};
    AUTO_FREE char *from = xasprintf("%s/%s.kubeconfig", opt.cert_dir, name);
    AUTO_FREE char *to = xasprintf("%s/%s.kubeconfig", opt.kubeconfigs, name);
    buf_init(&text, PEM_FILE_MAX);
    return io_read_file(from, &text, e) && io_write_file(to, buf_view(&text), 0600, false, e);
}

static bool write_kubeconfigs(struct err *e)
{
    static const enum cert_name clients[] = {CERT_ADMIN, CERT_SCHEDULER, CERT_CONTROLLERS, CERT_KUBELET_SIM};
    if (!opt.kubeconfigs) return true;
    AUTO_FREE char *url = xasprintf("https://%s", server_address());
    if (!io_mkdirs(opt.kubeconfigs, 0700, e)) return false;
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        const char *name = cert_file(clients[i]);
        if (!certs_write_kubeconfig(opt.cert_dir, name, url, e)) return false;
        if (strcmp(opt.cert_dir, opt.kubeconfigs) != 0 && !copy_kubeconfig(name, e)) return false;
    }
    return true;
}

static bool set_event_ttl(struct err *e)
{
    if (opt.event_ttl_ms <= 0) return err_set(e, ERR_USAGE, "--event-ttl must be greater than 0");
    write_set_event_ttl(opt.event_ttl_ms);
    return true;
}

static bool history_of(uint64_t *revisions, struct err *e)
{
    *revisions = UINT64_MAX;
    if (strcmp(opt.history, "all") == 0 || str_to_u64(str_of(opt.history), revisions)) return true;
    return err_set(e, ERR_USAGE, "--keep-history: \"%s\" is neither a number nor \"all\"", opt.history);
}

static void on_commit(void *arg, const struct store_event *events, int count, uint64_t rev)
{
    service_alloc_on_commit(events, count); /* first: who sees a Service gone may want its address */
    crd_on_commit(events, count);           /* before anybody sees what it makes true */
    cache_on_commit(arg, events, count, rev);
    crd_after_commit(events, count);
    own_service_on_commit(events, count);
    trust_on_commit(events, count);
    aggregator_on_commit(events, count);
}

static struct store *open_store(struct err *e)
{
    static const char *const modes[] = {
        [STORE_SYNC_FULL] = "full", [STORE_SYNC_NORMAL] = "normal", [STORE_SYNC_OFF] = "off"};
    struct store_options o = {
        .path = opt.store,
        .history_ms = HISTORY_MS,
        .newest_only_prefix = "/registry/leases/kube-node-lease/",
        .on_commit = on_commit,
        .on_group_end = cache_on_group_end,
    };
    for (size_t i = 0; i < ARRAY_LEN(modes); i++)
        if (strcmp(opt.sync, modes[i]) == 0) o.sync = (enum store_sync)i;
    if (!history_of(&o.history_revisions, e)) return NULL;
    struct store *s = store_open(&o, e);
    if (!s) err_context(e, "store %s", opt.store);
    return s;
}

struct process {
    struct store *store;
    struct pool *pool;
    struct server *server;
    struct tls_identity tls;
};

static bool start(struct process *p, struct err *e)
{
    if (!raise_descriptor_limit(e) || !listen_early(e) || !load_tls(&p->tls, e)) return false;
    if (opt.tokens && !authn_load_tokens(opt.tokens, e)) return false;
    if (!service_alloc_init(opt.service_ips, opt.node_ports, e) || !set_event_ttl(e)) return false;
    service_address_begin();
    if (!(p->store = open_store(e)) || !cache_open(p->store, e) || !crd_load(e) || !service_alloc_load(e)) return false;
    p->pool = pool_new("worker", MAX((int)sysconf(_SC_NPROCESSORS_ONLN), WORKERS_MIN));
    request_set_pool(p->pool);
    stream_init();
    sim_init(&(struct sim_options){.textbook = strcmp(opt.flow, "textbook") == 0,
                                   .turns = opt.turns,
                                   .seed = opt.seed < 0 ? 0 : (uint64_t)opt.seed});
    watch_set_delivered(trace_delivered, &res_core_v1_pods);
    watch_set_delivered_client(trace_delivered_client, &res_core_v1_pods);
    discovery_init(server_address());
    own_service_init(server_ip(), port_of((int)opt.listen_fd));
    if (!bootstrap(e) || !own_service_ensure(e) || !trust_ensure(e)) return false;
    service_address_ready();
    keeper_start();
    aggregator_start();
    struct server_options o = {.listen_fd = (int)opt.listen_fd,
                               .bind_address = opt.bind_address,
                               .tls = p->tls,
                               .on_request = rest_on_request};
    p->server = server_start(&o, e);
    return p->server && write_kubeconfigs(e);
}

/* ---- Stopping ---- */

/* Until a signal, or until the parent is gone. */
static void wait_for_end(const sigset_t *signals)
{
    int fd = signalfd(-1, signals, SFD_CLOEXEC);
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = (int)opt.parent_fd, .events = POLLIN}};
    char byte;
    for (;;) {
        if (poll(fds, opt.parent_fd >= 0 ? 2 : 1, -1) < 0) continue;
        if (fds[0].revents) break;
        if (fds[1].revents && read((int)opt.parent_fd, &byte, 1) <= 0) break;
    }
    close(fd);
}

/* Nothing new comes in, what is under way ends, then the store closes. */
static void stop(struct process *p)
{
    health_set_ready(false);
    gate_release_all();
    trace_release_held();
    sim_shutdown();
    aggregator_stop();
    stream_shutdown();
    fresh_end();
    conversion_stop();
    server_stop(p->server);
    if (!rest_wait_idle(mono_ns() + DRAIN_MS * 1000000LL)) LOG_W("some writes had not ended when the server stopped");
    keeper_stop();
    store_close(p->store);
    LOG_I("stopped");
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    struct opt_args args;
    struct process p = {0};
    sigset_t signals;
    mem_tune();
    if (!opts_parse(&spec, argc, argv, &args, &e)) {
        fprintf(stderr, "apiserver: %s\nTry 'apiserver --help'.\n", e.text);
        return 2;
    }
    if (args.help) return 0;
    if (opt.fsck) return run_fsck();
    if (opt.snapshot) return run_snapshot();
    if (opt.admit) return run_admit();
    log_init("apiserver", (int)opt.verbosity);
    if (opt.seed >= 0) rnd_seed((uint64_t)opt.seed);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a full disk is an error of the write, not the end of the process */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    if (!start(&p, &e)) {
        fprintf(stderr, "apiserver: %s\n", e.text);
        _exit(e.code == ERR_USAGE ? 2 : 1); /* threads may be running */
    }
    health_set_ready(true);
    AUTO_FREE char *line = xasprintf("ready %u", server_port(p.server));
    LOG_I("serving on %s", server_address());
    io_signal_ready((int)opt.ready_fd, line);
    wait_for_end(&signals);
    stop(&p);
    _exit(0); /* pools and caches end with the process: nothing is left in them that matters */
}
