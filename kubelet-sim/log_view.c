/* log_view.c - see log_view.h.
 * Reads: lines.   Writes: text. */
#include "kubelet-sim/log_view.h"

#include "base/clk.h"

enum { NS_PER_S = 1000000000 };

void log_options_since(struct log_options *o, int64_t seconds, int64_t now_ns)
{
    int64_t span_ns;
    if (__builtin_mul_overflow(seconds, (int64_t)NS_PER_S, &span_ns) ||
        __builtin_sub_overflow(now_ns, span_ns, &o->since_ns))
        o->since_ns = seconds > 0 ? INT64_MIN : INT64_MAX;
}

void log_view_init(struct log_view *v, const struct log_options *o)
{
    *v = (struct log_view){.options = *o, .left = o->limit_bytes};
}

/* RFC 3339 with all nine digits, as a runtime's log file has it. */
static void write_time(struct buf *out, int64_t at_ns)
{
    char text[CLK_TEXT_MAX];
    int64_t s = at_ns / NS_PER_S;
    buf_addf(out, "%.19s.%09dZ ", clk_rfc3339(s, text), (int)(at_ns - s * NS_PER_S));
}

bool log_view_write(struct log_view *v, const struct log_lines *lines, struct buf *out)
{
    size_t first = 0, before = out->n;
    int64_t tail = v->options.tail;
    if (!v->began && tail >= 0 && (uint64_t)tail < lines->count) first = lines->count - (size_t)tail;
    v->began = true;
    for (size_t i = first; i < lines->count && (v->left < 0 || (int64_t)(out->n - before) < v->left); i++) {
        if (lines->items[i].at_ns < v->options.since_ns) continue;
        if (v->options.timestamps) write_time(out, lines->items[i].at_ns);
        buf_str(out, lines->items[i].text);
        buf_char(out, '\n');
    }
    if (v->left < 0) return true;
    if ((int64_t)(out->n - before) > v->left) out->n = before + (size_t)v->left;
    v->left -= (int64_t)(out->n - before);
    return v->left > 0;
}
