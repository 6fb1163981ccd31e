/* run.h - a run over a file of cases: what scheduler.c shares with queue_words.c. */
#ifndef GOLDEN_SCHEDULER_RUN_H
#define GOLDEN_SCHEDULER_RUN_H

#include "scheduler/cycle.h"

enum { FILE_MAX = 4 << 20, OUT_MAX = 16 << 20, NOW_S = 1800000000 }; /* 2027-01-15T08:00:00Z */

struct queue_run;

struct run {
    const char *file;
    int line;
    bool dump;
    struct buf out;
    uint32_t asked; /* bits of plugins */
    struct str asked_text;
    /* Of the case. */
    struct arena arena;
    struct cache *cache;
    struct json *record;     /* what the case said so far, for the oracle */
    struct json *pod;        /* that waits; NULL: none yet */
    int pods;
    struct queue_run *queue; /* NULL: the case is not about the queue */
};

/* Ends the program. */
_Noreturn void fail(const struct run *r, const char *what, struct str detail);
struct str take_word(struct run *r, struct str *rest);
const struct json *take_yaml(struct run *r, struct str rest, struct str *text);
struct json *read_pod(struct run *r, struct str name, const struct json *given);
/* What came last under that name in a list of the record; NULL. */
struct json *remembered(struct run *r, const char *list, struct str name);
void remember(struct run *r, const char *list, const struct json *o);
struct json *add_node(struct run *r, struct str name, const struct json *given, cache_node_fn *changed);
struct json *add_running(struct run *r, struct str node, struct str name, const struct json *given,
                         const struct pod_info **was, const struct pod_info **now);
const struct pod_info *take_running(struct run *r, struct str name, const struct json **gone);
unsigned pod_changes(const struct pod_info *was, const struct pod_info *now);
/* A member of what the oracle gets; nothing for NULL. */
void note(struct run *r, struct json *to, const char *name, const struct json *o);
__attribute__((format(printf, 2, 3))) void outcome(struct run *r, const char *fmt, ...);

/* "queue ..." of a case, and its end. */
void queue_word(struct run *r, struct str rest, struct str *text);
void queue_end(struct run *r);

#endif
