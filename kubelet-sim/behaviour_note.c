/* behaviour_note.c - what annotations say of a container's behaviour: see behaviour.h.
 * Reads: annotations.   Writes: struct behaviour. */
#include "kubelet-sim/behaviour.h"

#include <stdio.h>

#define ANNOTATION "sim.kubestep.dev/container"

struct said { /* while one annotation is read */
    struct arena *a;
    struct behaviour *b;
    bool ends; /* exit= was given */
    int64_t code, after_ns, every_ns;
    struct str lines[16];
    int nlines;
};

typedef void note_fn(struct said *s, struct str value);

/* ---- The keys ---- */

static void note_exit(struct said *s, struct str v)
{
    bool never = str_eqc(v, "never");
    int64_t code = 0;
    if (!never && (!str_to_i64(v, &code) || code < 0 || code > 255)) return;
    s->ends = true;
    s->code = never ? -1 : code;
}

static void note_oom(struct said *s, struct str v)
{
    if (!behaviour_duration(v, &s->after_ns)) return;
    s->ends = true;
    s->code = 137;
    s->b->end_reason = "OOMKilled";
}

static void note_after(struct said *s, struct str v)
{
    if (!behaviour_duration(v, &s->after_ns)) s->after_ns = 0;
}

static void note_log(struct said *s, struct str v)
{
    if (s->nlines < (int)ARRAY_LEN(s->lines)) s->lines[s->nlines++] = v;
}

static void note_log_every(struct said *s, struct str v)
{
    if (!behaviour_duration(v, &s->every_ns) || s->every_ns < MS) s->every_ns = 0;
}

static void note_ready_after(struct said *s, struct str v)
{
    s->b->tells_ready = true;
    if (str_eqc(v, "never"))
        s->b->ready_after_ns = INT64_MAX;
    else if (!behaviour_duration(v, &s->b->ready_after_ns))
        s->b->ready_after_ns = 0;
}

static void note_unready_after(struct said *s, struct str v)
{
    s->b->tells_ready = true;
    if (!behaviour_duration(v, &s->b->unready_after_ns)) s->b->unready_after_ns = INT64_MAX;
}

static void note_started_after(struct said *s, struct str v)
{
    if (str_eqc(v, "never"))
        s->b->started_after_ns = INT64_MAX;
    else if (!behaviour_duration(v, &s->b->started_after_ns))
        s->b->started_after_ns = 0;
}

static void note_liveness(struct said *s, struct str v)
{
    if (!behaviour_duration(v, &s->b->live_until_ns)) s->b->live_until_ns = INT64_MAX;
}

static void note_term(struct said *s, struct str v)
{
    int64_t code;
    s->b->ignores_term = str_eqc(v, "ignored");
    if (str_to_i64(v, &code) && code >= 0 && code <= 255) s->b->term_code = (int)code;
}

static void note_term_after(struct said *s, struct str v)
{
    if (!behaviour_duration(v, &s->b->term_after_ns)) s->b->term_after_ns = 0;
}

static void note_pull(struct said *s, struct str v)
{
    int64_t n;
    bool counted = str_to_i64(v, &n) && n >= 0 && n < INT32_MAX;
    s->b->pull_failures = counted ? (int)n : str_eqc(v, "fail") ? INT32_MAX : 0;
}

static void note_pull_error(struct said *s, struct str v)
{
    s->b->pull_error = v;
    if (!s->b->pull_failures) s->b->pull_failures = INT32_MAX;
}

static void note_start_error(struct said *s, struct str v) { s->b->start_error = v; }
static void note_message(struct said *s, struct str v) { s->b->note = v; }

static const struct {
    const char *key;
    note_fn *fn;
} keys[] = {
    {"exit", note_exit},                   /* ends with this code; never: runs for ever */
    {"after", note_after},                 /* so long after its start */
    {"oom-after", note_oom},               /* is killed for its memory: 137, OOMKilled */
    {"log", note_log},                     /* prints this line at its start; may be given several times */
    {"log-every", note_log_every},         /* and again and again */
    {"message", note_message},             /* termination message */
    {"started-after", note_started_after}, /* startup probe; or never */
    {"ready-after", note_ready_after},     /* readiness probe; or never */
    {"unready-after", note_unready_after}, /* readiness probe, from then on */
    {"liveness-fails-after", note_liveness},
    {"term", note_term},               /* SIGTERM: ignored, or the exit code */
    {"term-after", note_term_after},   /* how long it takes after SIGTERM */
    {"pull", note_pull},               /* fail: always; N: so many times */
    {"pull-error", note_pull_error},   /* the registry's words */
    {"start-fails", note_start_error}, /* the runtime's words */
};

static void one(struct said *s, struct str key, struct str value)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (str_eqc(key, keys[i].key)) keys[i].fn(s, value);
}

/* ---- Texts ---- */

/* KEY=VALUE,KEY="a, b" */
static void read_pairs(struct said *s, struct str text)
{
    while (text.n) {
        struct str rest, key = str_trim(str_cut(text, '=', &rest)), value;
        if (str_is_null(rest)) return;
        if (rest.n && rest.p[0] == '"') {
            value = str_cut(str_from(rest, 1), '"', &rest);
            str_cut(str_is_null(rest) ? STR("") : rest, ',', &rest);
        } else {
            value = str_trim(str_cut(rest, ',', &rest));
        }
        one(s, key, value);
        text = str_is_null(rest) ? STR("") : rest;
    }
}

static void read_json(struct said *s, struct str text)
{
    struct err e = ERR_INIT;
    const struct json *root = json_parse(s->a, text, &e);
    for (OBJ_EACH(it, root, "")) {
        int64_t n = obj_number(it, INT64_MIN);
        if (obj_count(it, "")) {
            for (OBJ_EACH(line, it, "")) one(s, obj_key(it), obj_text(line)); /* "log": ["a", "b"] */
        } else {
            one(s, obj_key(it), n == INT64_MIN ? obj_text(it) : str_printf(s->a, "%lld", (long long)n));
        }
    }
}

/* ---- The program ---- */

static void put_script(struct said *s)
{
    struct script_op *ops = ARENA_ARRAY(s->a, struct script_op, 2 * s->nlines + 8);
    int n = 0;
    bool endless = s->ends && s->code < 0;
    if (!s->ends && !s->nlines) return; /* the process does what it does */
    for (int i = 0; i < s->nlines; i++) ops[n++] = (struct script_op){DO_PRINT, 0, s->lines[i]};
    if (s->nlines && s->every_ns && (!s->ends || endless)) {
        ops[n++] = (struct script_op){DO_SLEEP, s->every_ns, STR_NULL};
        ops[n++] = (struct script_op){DO_AGAIN, 0, STR_NULL};
    } else if (s->ends && !endless) {
        if (s->after_ns) ops[n++] = (struct script_op){DO_SLEEP, s->after_ns, STR_NULL};
        ops[n++] = (struct script_op){DO_EXIT, s->code, STR_NULL};
    } else {
        ops[n++] = (struct script_op){DO_HOLD, 0, STR_NULL};
    }
    s->b->script = (struct script){ops, n};
}

static void read_annotation(struct arena *a, struct str text, struct behaviour *b)
{
    struct said s = {.a = a, .b = b};
    text = str_trim(text);
    if (text.n && text.p[0] == '{')
        read_json(&s, text);
    else
        read_pairs(&s, text);
    put_script(&s);
}

void behaviour_note(struct arena *a, const struct json *pod, struct str container, struct behaviour *b)
{
    struct str all = obj_map_str(pod, ".metadata.annotations", STR(ANNOTATION "s"));
    struct str own = obj_map_str(pod, ".metadata.annotations", str_printf(a, ANNOTATION ".%.*s", STR_ARG(container)));
    if (all.n) read_annotation(a, all, b);
    if (own.n) read_annotation(a, own, b);
}
