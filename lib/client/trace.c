/* trace.c - the header in which facts of steps without a message ride. Reads: cluster facts.   Writes: the caller's arena. */
#include "limits.h"
#include "sim.h"

#include "base/mono.h"

void trace_begin(struct trace_note *t, struct arena *a)
{
    t->arena = a;
    t->steps = obj_list(a);
}

struct json *trace_add(struct trace_note *t, enum step step)
{
    struct json *s = obj_empty(t->arena), *facts = obj_empty(t->arena);
    obj_put_int(t->arena, s, ".n", step);
    obj_put_int(t->arena, s, ".t", mono_ns());
    obj_put(t->arena, s, ".f", facts);
    json_push(t->steps, s);
    return facts;
}

static size_t text_size(const struct json *j)
{
    struct buf b AUTO_BUF;
    buf_init(&b, 1 << 20);
    json_write(&b, j);
    return b.n;
}

/* Drops the last fact of the step with the longest facts; false: nothing is left to drop. */
static bool cut_one(struct trace_note *t)
{
    struct json *longest = NULL;
    size_t most = sizeof "{\"cut\":true}" - 1;
    for (size_t i = 0; i < obj_count(t->steps, ""); i++) {
        struct json *facts = obj_edit(json_at(t->steps, i), ".f");
        size_t n = text_size(facts);
        if (n > most) longest = facts, most = n;
    }
    if (!longest) return false;
    obj_del(longest, ".cut");
    struct str last = STR_NULL;
    for (OBJ_EACH(it, longest, "")) last = obj_key(it);
    obj_del(longest, arena_printf(t->arena, "[%.*s]", STR_ARG(last)));
    obj_put_bool(t->arena, longest, ".cut", true);
    return true;
}

const char *trace_header(struct trace_note *t)
{
    if (obj_count(t->steps, "") == 0) return NULL;
    struct buf b AUTO_BUF;
    buf_init(&b, 1 << 20);
    for (;;) {
        buf_clear(&b);
        json_write(&b, t->steps);
        if (b.n <= TRACE_HEADER_MAX && buf_ok(&b)) return arena_printf(t->arena, "Kubestep-Trace: %s", b.p);
        if (!cut_one(t)) return NULL;
    }
}
