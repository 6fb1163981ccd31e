/* cluster.c - see cluster.h.
 * Reads, writes: the cluster's directory. Starts and stops: apiserver, scheduler, controllers, kubelet-sim. */
#include "kubestep/cluster.h"

#include "base/io.h"
#include "base/mono.h"
#include "base/rnd.h"
#include "kubestep/kubestep.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STATE_MAX = 1 << 20, STOP_GRACE_MS = 5000, LISTEN_QUEUE = 4096, NAME_RANDOM = 8 };
enum { KUBELET = 2, SCHEDULER = 3 }; /* places among the components, in the order of their start */

/* ---- Places ---- */

static void home_dir(char *out, size_t max)
{
    const char *own = getenv("KUBESTEP_HOME"), *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (own && *own)
        snprintf(out, max, "%s/clusters", own);
    else if (state && *state)
        snprintf(out, max, "%s/kubestep/clusters", state);
    else
        snprintf(out, max, "%s/.local/state/kubestep/clusters", home && *home ? home : "/tmp");
}

static bool name_ok(const char *name)
{
    size_t n = strlen(name);
    if (!n || n > CLUSTER_NAME_MAX || name[0] == '-' || name[n - 1] == '-') return false;
    for (size_t i = 0; i < n; i++)
        if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9') || name[i] == '-')) return false;
    return true;
}

bool cluster_locate(struct cluster *c, const char *name, struct err *e)
{
    char home[CLUSTER_PATH_MAX - CLUSTER_NAME_MAX - 8];
    memset(c, 0, sizeof *c);
    c->lock_fd = -1;
    if (!name_ok(name))
        return err_set(e, ERR_USAGE, "cluster name \"%s\": want lower case letters, digits and '-'", name);
    home_dir(home, sizeof home);
    snprintf(c->name, sizeof c->name, "%s", name);
    snprintf(c->dir, sizeof c->dir, "%s/%s", home, name);
    snprintf(c->kubeconfig, sizeof c->kubeconfig, "%s/kubeconfig", c->dir);
    snprintf(c->store, sizeof c->store, "%s/store.db", c->dir);
    return true;
}

void cluster_log_path(const struct cluster *c, const char *component, char *out, size_t max)
{
    snprintf(out, max, "%s/logs/%s.log", c->dir, component);
}

void cluster_random_name(char out[CLUSTER_NAME_MAX + 1])
{
    char random[NAME_RANDOM + 1];
    rnd_name(random, NAME_RANDOM);
    snprintf(out, CLUSTER_NAME_MAX + 1, "tmp-%s", random);
}

static int compare_texts(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

void cluster_each(void (*fn)(void *arg, const char *name), void *arg)
{
    char home[CLUSTER_PATH_MAX];
    char **names = NULL;
    size_t n = 0;
    home_dir(home, sizeof home);
    DIR *d = opendir(home);
    for (struct dirent *it; d && (it = readdir(d));) {
        if (!name_ok(it->d_name)) continue;
        names = xreallocarray(names, n + 1, sizeof *names);
        names[n++] = xstrdup(it->d_name);
    }
    if (d) closedir(d);
    if (n) qsort(names, n, sizeof *names, compare_texts);
    for (size_t i = 0; i < n; i++) {
        fn(arg, names[i]);
        free(names[i]);
    }
    free(names);
}

/* ---- state.json ---- */

static bool save(const struct cluster *c, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct buf text AUTO_BUF = {0};
    char path[CLUSTER_PATH_MAX + 32];
    arena_init(&a, 4096);
    struct json *s = obj_empty(&a);
    obj_put_cstr(&a, s, ".name", c->name);
    obj_put_int(&a, s, ".port", c->port);
    obj_put_int(&a, s, ".nodes", c->nodes);
    obj_put_cstr(&a, s, ".flow", c->flow);
    obj_put_cstr(&a, s, ".store", c->store);
    obj_put_bool(&a, s, ".ephemeral", c->ephemeral);
    obj_put_cstr(&a, s, ".kubeconfig", c->kubeconfig);
    for (int i = 0; i < c->ncomponents; i++) {
        struct json *p = obj_append(&a, s, ".components");
        obj_put_cstr(&a, p, ".name", c->components[i].name);
        obj_put_int(&a, p, ".pid", c->components[i].pid);
        obj_put_int(&a, p, ".startTicks", (int64_t)c->components[i].start_ticks);
    }
    buf_init(&text, STATE_MAX);
    json_write_indent(&text, s, 2);
    buf_char(&text, '\n');
    snprintf(path, sizeof path, "%s/state.json", c->dir);
    return io_write_file(path, buf_view(&text), 0600, false, e);
}

static void copy_text(char *out, size_t max, struct str s)
{
    if (s.n) snprintf(out, max, "%.*s", STR_ARG(s));
}

bool cluster_load(struct cluster *c, const char *name, struct err *e)
{
    char path[CLUSTER_PATH_MAX + 32];
    struct buf text AUTO_BUF = {0};
    struct arena a AUTO_ARENA = {0};
    if (!cluster_locate(c, name, e)) return false;
    snprintf(path, sizeof path, "%s/state.json", c->dir);
    if (!io_exists(path)) return err_set(e, ERR_NOT_FOUND, "there is no cluster \"%s\"", name);
    buf_init(&text, STATE_MAX);
    arena_init(&a, 4096);
    if (!io_read_file(path, &text, e)) return false;
    const struct json *s = json_parse(&a, buf_view(&text), e);
    if (!s) return err_context(e, "%s", path);
    c->port = (int)obj_int(s, ".port", 0);
    c->nodes = obj_int(s, ".nodes", 0);
    c->ephemeral = obj_bool(s, ".ephemeral", false);
    copy_text(c->flow, sizeof c->flow, obj_str(s, ".flow"));
    copy_text(c->store, sizeof c->store, obj_str(s, ".store"));
    for (OBJ_EACH(p, s, ".components")) {
        if (c->ncomponents == CLUSTER_COMPONENTS) break;
        struct process *q = &c->components[c->ncomponents++];
        copy_text(q->name, sizeof q->name, obj_str(p, ".name"));
        q->pid = (pid_t)obj_int(p, ".pid", 0);
        q->start_ticks = (uint64_t)obj_int(p, ".startTicks", 0);
        q->ready_fd = -1;
    }
    return true;
}

bool cluster_is_up(const struct cluster *c) { return c->ncomponents > 0 && process_alive(&c->components[0]); }

/* ---- Up ---- */

static bool lock(struct cluster *c, struct err *e)
{
    char path[CLUSTER_PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/lock", c->dir);
    c->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (c->lock_fd < 0) return err_errno(e, "%s", path);
    if (flock(c->lock_fd, LOCK_EX | LOCK_NB) == 0) return true;
    return err_set(e, ERR_CONFLICT, "cluster \"%s\" is being started or stopped by somebody else", c->name);
}

static void unlock(struct cluster *c)
{
    if (c->lock_fd >= 0) close(c->lock_fd);
    c->lock_fd = -1;
}

/* Bound and listening before anything starts: the port is known, and early connections wait in the backlog. */
static int listen_on(struct cluster *c, int port, struct err *e)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return err_errno(e, "socket"), -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, LISTEN_QUEUE) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) != 0) {
        err_errno(e, "port %d", port);
        close(fd);
        return -1;
    }
    c->port = ntohs(at.sin_port);
    return fd;
}

/* One growing command line. */
struct line {
    struct process_start s;
    struct arena *a;
    int argc;
};

__attribute__((format(printf, 2, 3))) static void arg(struct line *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (l->argc < PROCESS_ARGS_MAX - 1) l->s.args[l->argc++] = arena_vprintf(l->a, fmt, ap);
    va_end(ap);
}

static bool start(struct cluster *c, const struct cluster_options *o, struct line *l, const char *name, struct err *e)
{
    char program[CLUSTER_PATH_MAX], log[CLUSTER_PATH_MAX + 64];
    if (!process_program(name, program, sizeof program, e)) return false;
    cluster_log_path(c, name, log, sizeof log);
    l->s.program = program;
    l->s.log_path = log;
    l->s.own_session = true;
    arg(l, "--flow=%s", o->flow);
    if (o->seed) arg(l, "--seed=%lld", (long long)o->seed);
    if (o->parent_fd >= 0) arg(l, "--parent-fd=%d", o->parent_fd);
    /* Saved at once: `down` finds it even if this start is killed. */
    return process_start(&c->components[c->ncomponents++], name, &l->s, e) && save(c, e);
}

static bool wait_for(struct cluster *c, int i, int64_t deadline_ns, struct err *e)
{
    char log[CLUSTER_PATH_MAX + 64], text[128];
    cluster_log_path(c, c->components[i].name, log, sizeof log);
    return process_wait_ready(&c->components[i], log, deadline_ns, text, sizeof text, e);
}

static bool still_starting(struct cluster *c, int i, struct err *e)
{
    char log[CLUSTER_PATH_MAX + 64];
    cluster_log_path(c, c->components[i].name, log, sizeof log);
    return process_check_starting(&c->components[i], log, e);
}

static bool start_apiserver(struct cluster *c, const struct cluster_options *o, int listen_fd, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    arena_init(&a, 4096);
    struct line l = {.a = &a, .s.keep_fds = {listen_fd, o->parent_fd, -1, -1}};
    arg(&l, "--listen-fd=%d", listen_fd);
    arg(&l, "--secure-port=%d", c->port);
    arg(&l, "--cert-dir=%s/pki", c->dir);
    arg(&l, "--kubeconfig-dir=%s", c->dir);
    arg(&l, "--store=%s", c->store);
    if (o->token_file) arg(&l, "--token-auth-file=%s", o->token_file);
    return start(c, o, &l, "apiserver", e);
}

/* The scheduler reads it again later, wherever that is. */
static bool add_config(struct line *l, const char *file, struct err *e)
{
    char path[PATH_MAX];
    if (!realpath(file, path)) return err_errno(e, "cannot open %s", file);
    arg(l, "--config=%s", path);
    return true;
}

static bool start_component(struct cluster *c, const struct cluster_options *o, const char *name, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    arena_init(&a, 4096);
    struct line l = {.a = &a, .s.keep_fds = {o->parent_fd, -1, -1, -1}};
    arg(&l, "--kubeconfig=%s/%s.kubeconfig", c->dir, name);
    if (strcmp(name, "kubelet-sim") == 0) {
        arg(&l, "--nodes=%lld", (long long)o->nodes);
        if (o->node_cpu) arg(&l, "--node-cpu=%s", o->node_cpu);
        if (o->node_memory) arg(&l, "--node-memory=%s", o->node_memory);
        if (o->start_latency) arg(&l, "--start-latency=%s", o->start_latency);
    }
    bool scheduler = strcmp(name, "scheduler") == 0;
    if (scheduler && o->scheduler_config && !add_config(&l, o->scheduler_config, e)) return false;
    if (scheduler && o->result_annotations) arg(&l, "--result-annotations");
    return start(c, o, &l, name, e);
}

static bool start_all(struct cluster *c, const struct cluster_options *o, struct err *e)
{
    /* The controllers first: nodes take pods once one of them has seen the nodes. */
    static const char *const others[] = {"controllers", "kubelet-sim", "scheduler"};
    int64_t deadline = mono_ns() + o->timeout_ms * 1000000;
    int fd = listen_on(c, (int)o->port, e);
    if (fd < 0) return false;
    bool ok = start_apiserver(c, o, fd, e);
    close(fd);
    if (!ok || !wait_for(c, 0, deadline, e)) return false;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (!start_component(c, o, others[i], e)) return false;
    /* Nodes take pods when kubelet-sim is ready. The scheduler and the controllers still fill their caches then; what
     * matters of them is that they did not die. */
    if (!wait_for(c, KUBELET, deadline, e)) return false;
    if (o->scheduler_config && !wait_for(c, SCHEDULER, deadline, e)) return false; /* it may refuse its file */
    for (int i = 1; i < c->ncomponents; i++)
        if (c->components[i].ready_fd >= 0 && !still_starting(c, i, e)) return false;
    return true;
}

/* The admin's kubeconfig under the name that people look for. */
static bool publish_kubeconfig(struct cluster *c, struct err *e)
{
    char from[CLUSTER_PATH_MAX + 32];
    struct buf text AUTO_BUF = {0};
    buf_init(&text, STATE_MAX);
    snprintf(from, sizeof from, "%s/admin.kubeconfig", c->dir);
    return io_read_file(from, &text, e) && io_write_file(c->kubeconfig, buf_view(&text), 0600, false, e);
}

/* What an earlier start or a cluster whose API server ended has left running; the caller holds the lock. */
static void stop_left_overs(const char *name)
{
    struct cluster old;
    struct err none = ERR_INIT;
    if (cluster_load(&old, name, &none)) process_stop_all(old.components, old.ncomponents, STOP_GRACE_MS);
}

bool cluster_up(struct cluster *c, const struct cluster_options *o, struct err *e)
{
    char logs[CLUSTER_PATH_MAX + 32];
    if (!cluster_locate(c, o->name, e)) return false;
    snprintf(logs, sizeof logs, "%s/logs", c->dir);
    if (!io_mkdirs(logs, 0700, e) || !lock(c, e)) return false;
    stop_left_overs(o->name);
    c->ephemeral = o->ephemeral;
    c->nodes = o->nodes;
    snprintf(c->flow, sizeof c->flow, "%s", o->flow);
    if (o->store) snprintf(c->store, sizeof c->store, "%s", o->store);
    if (o->ephemeral) snprintf(c->store, sizeof c->store, "memory");
    bool ok = start_all(c, o, e) && publish_kubeconfig(c, e) && save(c, e);
    unlock(c);
    if (!ok) cluster_down(c, o->ephemeral);
    return ok;
}

/* ---- Down ---- */

void cluster_down(struct cluster *c, bool purge)
{
    struct err e = ERR_INIT;
    /* Components first: they write their last words to an API server that is still there. */
    if (c->ncomponents > 1) process_stop_all(c->components + 1, c->ncomponents - 1, STOP_GRACE_MS);
    if (c->ncomponents > 0) process_stop_all(c->components, 1, STOP_GRACE_MS);
    c->ncomponents = 0;
    if ((purge || c->ephemeral) ? !io_remove_tree(c->dir, &e) : (io_exists(c->kubeconfig) && !save(c, &e)))
        fprintf(stderr, "kubestep: %s\n", e.text);
}

/* ---- Talking to it ---- */

struct rest *cluster_connect(const struct cluster *c, struct err *e) { return rest_new(c->kubeconfig, "kubestep", e); }

const char *cluster_default_name(void)
{
    const char *env = getenv("KUBESTEP_CLUSTER");
    return env && *env ? env : "default";
}

struct rest *cluster_client(const char *name, int *code)
{
    struct cluster c;
    struct err e = ERR_INIT;
    const char *env = getenv("KUBECONFIG");
    struct rest *r = NULL;
    if (cluster_load(&c, name, &e) && cluster_is_up(&c))
        r = cluster_connect(&c, &e);
    else if (e.code == ERR_USAGE)
        *code = cmd_fail(EXIT_USAGE, NULL, "%s", e.text);
    else if (env && *env)
        r = rest_new(env, "kubestep", &e);
    else {
        *code = cmd_fail(EXIT_NO_CLUSTER, "kubestep up", "cluster \"%s\" is not running", name);
        return NULL;
    }
    if (!r && e.code != ERR_USAGE) *code = cmd_fail(EXIT_NO_CLUSTER, "kubestep status", "%s", e.text);
    return r;
}
