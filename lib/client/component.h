/* component.h - what the main() of every component shares: options, log, ready handshake, signals. */
#ifndef CLIENT_COMPONENT_H
#define CLIENT_COMPONENT_H

#include "base/opts.h"
#include "rest.h"
#include "sim.h"

struct component_flags { /* rows COMPONENT_OPTS(flags) go into the program's own table */
    const char *kubeconfig, *flow;
    int64_t verbosity, ready_fd,
        parent_fd;  /* parent_fd: a pipe; when its other end closes the process ends (kubestep run, -9) */
    int64_t seed;   /* 0: unseeded */
    bool takes_hup; /* SIGHUP does not end the program: component_wait_hup takes it */
};
#define COMPONENT_FLAGS_INIT                                                                                           \
    {                                                                                                                  \
        .flow = "real", .ready_fd = -1, .parent_fd = -1                                                                \
    }
#define COMPONENT_OPTS(f)                                                                                              \
    {"kubeconfig", 0, OPT_STRING, &(f).kubeconfig, "FILE", "how to reach the API server", NULL},                       \
        {"flow", 0, OPT_STRING, &(f).flow, "FLOW", "order of the fifteen steps", "real|textbook"},                     \
        {"seed", 0, OPT_INT, &(f).seed, "N", "seed of all random choices (0: none)", NULL},                            \
        {"v", 'v', OPT_INT, &(f).verbosity, "N", "log verbosity (4: debug)", NULL},                                    \
        {"ready-fd", 0, OPT_INT, &(f).ready_fd, "FD", "write a line there when ready", NULL},                          \
    {                                                                                                                  \
        "parent-fd", 0, OPT_INT, &(f).parent_fd, "FD", "end when this pipe closes", NULL                               \
    }

/* Blocks SIGINT/SIGTERM in all threads, sets log, seed, ulimit. Call before any thread starts. */
void component_init(const char *name, const struct component_flags *f);
/* rest_new with retries while the server is not up yet (connection refused only), bounded by timeout. From its success
 * until component_wait, SIGINT and SIGTERM end the process at once, with 0: caches may be waited for. */
struct rest *component_connect(const char *name, const struct component_flags *f, struct err *e) MUST_USE;
void component_ready(const struct component_flags *f);
/* Waits for SIGINT, SIGTERM or the end of the parent pipe. */
void component_wait(const struct component_flags *f);
/* The same; fn is called for each SIGHUP since component_init, if the program takes them. */
void component_wait_hup(const struct component_flags *f, void (*fn)(void *arg), void *arg);

#endif
