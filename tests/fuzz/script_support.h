/* script_support.h - what holds of every program, whoever wrote it: a bounded number of steps and lines, an end that is
 * the one foretold. */
#ifndef FUZZ_SCRIPT_SUPPORT_H
#define FUZZ_SCRIPT_SUPPORT_H

#include "base/clk.h"
#include "base/kassert.h"
#include "kubelet-sim/script.h"

#define SCRIPT_BEGIN (INT64_C(1800000000) * S)

static void script_line(void *arg, int64_t at_ns, struct str text)
{
    (void)text;
    KASSERT(at_ns >= SCRIPT_BEGIN);
    ++*(int64_t *)arg;
}

static void script_note(void *arg, struct str text) { (void)arg, (void)text; }

static inline void check_script(const struct script *s)
{
    static const int64_t spans[] = {0, S, 86400 * S, INT64_C(31536000) * S, INT64_MAX - SCRIPT_BEGIN};
    int64_t lines = 0, from, until;
    const struct script_out out = {&lines, script_line, script_note};
    struct process p, begin;
    int code = -1;
    KASSERT(s->count >= 0 && s->count <= SCRIPT_OPS_MAX);
    for (int i = 0; i < s->count; i++) {
        KASSERT(s->ops[i].value >= 0);
        KASSERT(s->ops[i].what != DO_AGAIN || s->ops[i].value < i);
        KASSERT(s->ops[i].what != DO_EXIT || s->ops[i].value <= 255);
    }
    process_begin(&p, SCRIPT_BEGIN);
    begin = p;
    int64_t end = script_end_ns(s, &p), line = script_line_ns(s, &p);
    KASSERT(end >= SCRIPT_BEGIN && line >= SCRIPT_BEGIN);
    for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
        bool ended = script_run(s, &p, SCRIPT_BEGIN + spans[i], &out, &code);
        KASSERT(ended == (end <= SCRIPT_BEGIN + spans[i] && end < INT64_MAX) || end == INT64_MAX);
        if (ended) {
            KASSERT(p.at_ns == end && code >= 0 && code <= 255);
            break;
        }
        KASSERT(script_line_ns(s, &p) >= p.at_ns && script_end_ns(s, &p) >= p.at_ns);
    }
    if (script_file_ns(s, STR("/tmp/healthy"), &from, &until)) KASSERT(from >= 0 && from <= until);
    (void)begin;
}

#endif
