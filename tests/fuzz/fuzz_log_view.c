/* fuzz_log_view.c - options (four bytes), then lines. What a reader with a limit gets is the beginning of what one
 * without gets, in one piece or in two. */
#include "base/kassert.h"
#include "base/mem.h"
#include "kubelet-sim/log_view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES_MAX = 256, SECOND_NS = 1000000000 };

static bool view(const struct log_options *o, const struct log_lines *lines, size_t first, struct buf *out)
{
    struct log_view v;
    struct log_lines head = {lines->items, first, 0}, tail = {lines->items + first, lines->count - first, 0};
    log_view_init(&v, o);
    bool more = log_view_write(&v, &head, out);
    if (more && first < lines->count) more = log_view_write(&v, &tail, out);
    KASSERT(o->limit_bytes < 0 || (int64_t)out->n <= o->limit_bytes);
    return more;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct log_line items[LINES_MAX + 1];
    struct log_lines lines = {items, 0, 0};
    struct log_options all = LOG_OPTIONS_INIT;
    struct buf whole AUTO_BUF, some AUTO_BUF, parts AUTO_BUF = {0};
    buf_init(&whole, 1 << 22);
    buf_init(&some, 1 << 22);
    buf_init(&parts, 1 << 22);
    if (size < 4) return 0;
    if (size >= 12) { /* any number of seconds */
        int64_t seconds;
        struct log_options since = LOG_OPTIONS_INIT;
        memcpy(&seconds, data + 4, sizeof seconds);
        log_options_since(&since, seconds, INT64_C(1800000000) * SECOND_NS);
        KASSERT((since.since_ns <= INT64_C(1800000000) * SECOND_NS) == (seconds >= 0));
    }
    for (struct str rest = str_n((const char *)data + 4, size - 4); lines.count < LINES_MAX && !str_is_null(rest);)
        items[lines.count] = (struct log_line){(int64_t)lines.count * (SECOND_NS / 2), str_cut(rest, '\n', &rest)},
        lines.count++;
    all.timestamps = data[0] & 1;
    all.tail = data[0] & 2 ? data[1] : -1;
    all.since_ns = data[0] & 4 ? data[2] * (int64_t)SECOND_NS : INT64_MIN;
    struct log_options limited = all;
    limited.limit_bytes = data[3] * 5;
    view(&all, &lines, lines.count, &whole);
    bool more = view(&limited, &lines, lines.count, &some);
    KASSERT(str_starts(buf_view(&whole), buf_view(&some)));
    KASSERT((int64_t)some.n == MIN((int64_t)whole.n, limited.limit_bytes) &&
            more == ((int64_t)some.n < limited.limit_bytes));
    if (all.tail >= 0) return 0;
    view(&limited, &lines, lines.count / 2, &parts);
    KASSERT(str_eq(buf_view(&parts), buf_view(&some)));
    return 0;
}
