/* process.h - child processes: start with a log file and a ready pipe, wait by pidfd, stop. */
#ifndef KUBESTEP_PROCESS_H
#define KUBESTEP_PROCESS_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

struct process {
    char name[32]; /* "apiserver" */
    pid_t pid;
    uint64_t start_ticks; /* field 22 of /proc/PID/stat: tells a reused pid */
    int ready_fd;         /* our end of the ready pipe; -1: none */
};

enum { PROCESS_ARGS_MAX = 64 };

struct process_start {
    const char *program;                /* path */
    const char *args[PROCESS_ARGS_MAX]; /* without argv[0]; NULL-terminated; --ready-fd is added */
    const char *log_path;               /* stdout and stderr are appended */
    int keep_fds[4];                    /* inherited by the child, -1 ends */
    bool own_session;                   /* survives the terminal */
};

bool process_start(struct process *p, const char *name, const struct process_start *s, struct err *e) MUST_USE;
/* One line from the ready pipe. False: it died (the last log lines are in *e) or the deadline (mono) passed. */
bool process_wait_ready(struct process *p, const char *log_path, int64_t deadline_ns, char *line, size_t line_max,
                        struct err *e) MUST_USE;
/* Without waiting: false when it ended already (as process_wait_ready). Closes the ready pipe. */
bool process_check_starting(struct process *p, const char *log_path, struct err *e) MUST_USE;
bool process_alive(const struct process *p);
/* SIGTERM to all, wait together, SIGKILL to what is left at the deadline. */
void process_stop_all(const struct process *list, int count, int64_t grace_ms);
/* Directory of our own program, where the others are too. */
bool process_program(const char *name, char *out, size_t max, struct err *e) MUST_USE;

#endif
