/* walk.h - one traced pod: its fifteen steps, compact. sim/'s own view of struct walk (trace.h).
 * A walk's members are covered by the lock of the table `walks`, but for `refs` and what never changes.
 *
 * Facts are small JSON objects, kept as text. Their members (names are API):
 *    1 verb path user bytes [traceparent]         2 key revision [code: 201, real flow]
 *    3 type revision                              4 verb path user | revision (real: of the cache)
 *    5 range revision count                       6 count bytes
 *    7 what the scheduler says; after a failed attempt result message evaluated feasible attempt
 *    8 verb path user node                        9 key revision
 *   10 type revision user node                   11,12 what the kubelet says
 *   13 verb path user bytes phase [reason]       14 key revision
 *   15 how (response|read|watch) and: code heldMs why | verb path user | type revision user */
#ifndef APISERVER_SIM_WALK_H
#define APISERVER_SIM_WALK_H

#include "api/object.h"
#include "apiserver/sim/side.h"
#include "apiserver/sim/trace.h"

enum step_state { STEP_ABSENT, STEP_PENDING, STEP_DONE };

struct walk_step {
    int64_t mono_ns, clk_ns; /* 0: no time of its own */
    char *facts;             /* owned; NULL: {} */
    uint8_t state;
    bool message;
};

enum walk_phase { WALK_WALKING, WALK_DONE, WALK_ENDED };

enum pod_verdict {
    VERDICT_NONE,
    VERDICT_RUNNING,
    VERDICT_SUCCEEDED,
    VERDICT_FAILED,
    VERDICT_IMAGE_ERROR,
    VERDICT_UNSCHEDULABLE
};

struct walk {
    struct side_entry e; /* name: the pod's; id: its uid */
    _Atomic uint32_t refs;
    bool textbook, foreign; /* foreign: a client that is not ours created it */
    uint8_t phase;
    uint64_t end_rev;   /* of step 14; 0: not yet */
    const char *reason; /* static; NULL */
    char *message;      /* owned; NULL */
    struct walk_step steps[STEP_COUNT];
    struct { /* the status write under way */
        uint8_t verdict;
        const char *reason; /* static */
        char *message;      /* owned */
    } said;
    struct { /* a client saw a status before trace_committed told its revision */
        uint64_t rev;
        int64_t mono_ns;
        char *facts;
    } early;
    bool awaits_client;    /* 13 has come, 15 not, and no response is held */
    struct {               /* textbook: the response of the create; hold.c */
        struct request *r; /* NULL: not held */
        struct item *item; /* the pod as it was then; referenced */
        int64_t since_ns, left_ns, seen_ns;
        const char *why; /* why it ended; static */
        size_t at;       /* place among the holds */
    } hold;
};

static inline struct walk *walk_of(const struct side_entry *e)
{
    return (struct walk *)(uintptr_t)e;
} /* e is its first member */

struct walk *walk_new(void);
/* facts: JSON object text, copied; longer than STEP_FACTS_MAX: {"cut":true}. mono_ns 0: no time of its own. */
void walk_record(struct walk *w, enum step step, int64_t mono_ns, bool message, struct str facts);
/* Threads tell of steps in any order. A commit or a delivery cannot be later than what it led to: the step takes the
 * following step's time if that is earlier; and the other way round, what led to this step gets its time. */
void walk_record_cause(struct walk *w, enum step step, int64_t mono_ns, struct str facts);
void walk_record_effect(struct walk *w, enum step step, int64_t mono_ns, struct str facts);
bool walk_has(const struct walk *w, enum step step);
void walk_end(struct walk *w, enum walk_phase phase, const char *reason, struct str message); /* reason: static */
/* The array of a Kubestep-Trace header (or of a decision), only its steps first..last. False: not such an array; what
 * could be read was taken. */
bool walk_take_notes(struct walk *w, const struct json *notes, enum step first, enum step last, int64_t now_ns);
/* What a pod's status says; *reason: static text, *message: into the tree. */
enum pod_verdict walk_verdict(const struct json *pod, const char **reason, struct str *message);
void walk_write(struct buf *out, const struct side_entry *e);

struct str text_cut(struct str s, size_t max); /* at most max bytes, whole characters */
/* A small object of facts. Texts are cut at FACT_TEXT_MAX. */
struct facts {
    struct buf b;
};
void facts_init(struct facts *f);
void facts_str(struct facts *f, const char *name, struct str v);
void facts_u64(struct facts *f, const char *name, uint64_t v);
void facts_ms(struct facts *f, const char *name, int64_t ns);
struct str facts_end(struct facts *f); /* valid until facts_release */
void facts_release(struct facts *f);
#define AUTO_FACTS __attribute__((cleanup(facts_release)))

#endif
