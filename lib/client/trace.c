/* trace.c - the header in which facts of steps without a message ride. Reads: cluster facts.   Writes: the caller's
 * arena. */
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
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    json_write(&b, j);
    return b.n;
}

/* Drops facts from the end of the longest step's until `excess` bytes are gone; false: nothing is left to drop. */
static bool cut(struct trace_note *t, size_t excess)
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
    size_t count = obj_count(longest, ""), n = 0, gone = 0;
    const struct json **facts = ARENA_ARRAY(t->arena, const struct json *, count);
    for (OBJ_EACH(it, longest, "")) facts[n++] = it;
    while (n > 0 && gone < excess) {
        struct str key = obj_key(facts[--n]);
        gone += text_size(facts[n]) + key.n + sizeof "\"\":," - 1;
        json_del(longest, key);
    }
    obj_put_bool(t->arena, longest, ".cut", true);
    return true;
}

const char *trace_header(struct trace_note *t)
{
    if (obj_count(t->steps, "") == 0) return NULL;
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    for (;;) {
        buf_clear(&b);
        json_write(&b, t->steps);
        if (b.n <= TRACE_HEADER_MAX && buf_ok(&b)) return arena_printf(t->arena, "Kubestep-Trace: %s", b.p);
        if (!cut(t, b.n - TRACE_HEADER_MAX)) return NULL;
    }
}
