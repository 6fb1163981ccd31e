/* behaviour.h - how a container behaves: what its process does, how it takes SIGTERM, how its probes fare, whether its
 * image can be pulled. Known from the image, command and arguments (the catalogue), or said by annotations of the pod:
 *
 *   sim.kubestep.dev/container.NAME: "exit=3,after=10s"      for one container
 *   sim.kubestep.dev/containers: "ready-after=5s"            for all of them
 *
 * as KEY=VALUE,KEY=VALUE (a value with a comma in double quotes) or as a JSON object; the keys are in behaviour_note.c.
 * Pure functions of the pod; upstream has none of this. */
#ifndef KUBELET_SIM_BEHAVIOUR_H
#define KUBELET_SIM_BEHAVIOUR_H

#include "api/object.h"
#include "base/clk.h"
#include "kubelet-sim/shell.h"

struct behaviour {
    struct script script;
    bool ignores_term;        /* it runs on until it is killed */
    int term_code;            /* what it returns after SIGTERM */
    int64_t term_after_ns;    /* how long that takes it */
    const char *end_reason;   /* of an end by itself, or NULL: by the exit code ("OOMKilled") */
    struct str note;          /* termination message, or STR_NULL */
    struct str start_error;   /* the runtime cannot start it: why, or STR_NULL */
    int64_t started_after_ns; /* the startup probe fails before */
    int64_t ready_after_ns;   /* the readiness probe fails before */
    int64_t unready_after_ns; /* and from then on; INT64_MAX: never */
    int64_t live_until_ns;    /* the liveness probe fails from then on; INT64_MAX: never */
    bool tells_ready;         /* readiness was said, so it counts without a probe too */
    int pull_failures;        /* pulls that fail before one succeeds; INT_MAX: all of them */
    struct str pull_error;    /* what they fail with, or STR_NULL: not found */
};

/* How a container (its spec; init: one that is to end) of this pod behaves; most share one. Freed with behaviour_free.
 */
const struct behaviour *behaviour_of(const struct json *pod, const struct json *container, bool init,
                                     const struct env *env);
void behaviour_free(const struct behaviour *b);
/* Only what concerns the pull. Text in the arena. */
void behaviour_pull(struct arena *a, const struct json *pod, const struct json *container, struct behaviour *out);

/* ---- Parts ---- */
/* "registry:5000/team/nginx:1.27@sha256:.." -> "nginx". */
struct str image_base(struct str reference);
/* The row of the catalogue, applied to b: true if the image and what is run are known. argv: what is run, in scratch.
 */
bool catalogue_find(struct arena *scratch, const struct json *container, const struct shell_context *cx,
                    struct behaviour *b);
/* Images that no registry has: names and tags that say so. STR_NULL: it is there. Error text in the arena. */
struct str catalogue_pull_error(struct arena *a, struct str reference);
/* What the annotations say over b. Unknown keys and bad values are ignored. Text points into the pod or the arena. */
void behaviour_note(struct arena *a, const struct json *pod, struct str container, struct behaviour *b);
/* "5s", "1m30s", "500ms", "5"; false: none of them. */
bool behaviour_duration(struct str text, int64_t *out_ns);

#endif
