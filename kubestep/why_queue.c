/* why_queue.c - how a pod came to an attempt: when it came, what it waited for, what woke it.
 * Reads: Decision objects.   Writes: stdout. */
#include "kubestep/why_view.h"

#include "base/clk.h"
#include "kubestep/term.h"

#include <stdio.h>

enum { WHEN = 9, WHERE = 13 };

static int64_t time_of(const struct json *j, const char *path)
{
    struct str text = obj_str(j, path);
    int64_t ns = 0;
    return clk_parse_rfc3339(text.p, text.n, &ns) ? ns : 0;
}

/* "5 ms", "3.1 s", "12 m": short, and as exact as anybody asks. */
static const char *span(int64_t ns, char out[CLK_TEXT_MAX])
{
    double s = (double)MAX(ns, 0) / 1e9;
    if (s < 1)
        snprintf(out, CLK_TEXT_MAX, "%.*f ms", s < 0.01 ? 1 : 0, s * 1e3);
    else if (s < 100)
        snprintf(out, CLK_TEXT_MAX, "%.1f s", s);
    else if (s < 6000)
        snprintf(out, CLK_TEXT_MAX, "%.0f min", s / 60);
    else
        snprintf(out, CLK_TEXT_MAX, "%.1f h", s / 3600);
    return out;
}

/* Did plugins keep it out with this move? When something wakes it they are those of before. */
static bool tells_refusers(const struct json *move)
{
    return !obj_is(move, ".to", "Active") &&
           (!obj_is(move, ".to", "Backoff") || obj_is(move, ".event", "ScheduleAttemptFailure"));
}

static void row(const struct json *move, int64_t added)
{
    struct buf text AUTO_BUF = {0};
    char when[CLK_TEXT_MAX];
    const char *before = "; refused by ";
    buf_init(&text, 1024);
    buf_str(&text, obj_str(move, ".event"));
    for (OBJ_EACH(p, move, ".plugins")) {
        if (!tells_refusers(move)) break;
        buf_cstr(&text, before);
        buf_str(&text, obj_text(p));
        before = ", ";
    }
    struct str to = obj_str(move, ".to");
    printf("  %*s  %-*.*s ", WHEN, span(time_of(move, ".time") - added, when), WHERE, (int)MIN(to.n, (size_t)WHERE),
           to.p);
    why_wrapped(buf_view(&text), WHEN + WHERE + 5);
    putchar('\n');
}

void why_queue(const struct json *d)
{
    const struct json *first = obj_first(d, ".status.queue.moves");
    int64_t added = time_of(d, ".status.queue.added");
    char text[CLK_TEXT_MAX];
    if (!first) return;
    printf("\nIn the queue, until attempt %lld, %s after the pod came:\n", (long long)obj_int(d, ".spec.attempt", 0),
           span(time_of(d, ".status.time") - added, text));
    if (obj_is(first, ".event", "ScheduleAttemptFailure") ||
        (!obj_is(first, ".to", "Gated") && obj_has(first, ".plugins")))
        printf("  %*s  what came before is not kept\n", WHEN, "...");
    for (OBJ_EACH(it, d, ".status.queue.moves")) row(it, added);
}
