/* job_index.c - sets of completion indexes as rising spans (pkg/controller/job/indexed_job_utils.go). Pure. */
#include "controllers/job.h"

#include "base/buf.h"
#include "controllers/limits.h"

#include <stdlib.h>

/* Appends a span that begins at or after the last one. */
static void add_span(struct index_set *s, struct index_span span)
{
    struct index_span *last = s->count ? &s->spans[s->count - 1] : NULL;
    if (!last || span.first > last->last + 1)
        s->spans[s->count++] = span;
    else
        last->last = MAX(last->last, span.last);
}

static bool parse_span(struct str text, int64_t completions, struct index_span *out)
{
    struct str high, low = str_cut(text, '-', &high);
    if (!str_to_i64(low, &out->first) || out->first < 0) return false;
    out->last = out->first;
    if (!str_is_null(high) && (!str_to_i64(high, &out->last) || out->last < out->first)) return false;
    out->last = MIN(out->last, completions - 1);
    return true;
}

struct index_set index_set_parse(struct arena *a, struct str text, int64_t completions)
{
    struct index_set s = {0};
    size_t n = 1;
    for (size_t i = 0; i < text.n; i++) n += text.p[i] == ',';
    s.spans = ARENA_ARRAY(a, struct index_span, n);
    for (struct str rest = text; !str_is_null(rest);) {
        struct index_span span;
        if (!parse_span(str_cut(rest, ',', &rest), completions, &span)) continue;
        if (span.first >= completions) break;
        if (!s.count || span.first > s.spans[s.count - 1].first) add_span(&s, span);
    }
    return s;
}

static int compare(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

struct index_set index_set_of(struct arena *a, int64_t *indexes, size_t n)
{
    struct index_set s = {.spans = ARENA_ARRAY(a, struct index_span, n + 1)};
    qsort(indexes, n, sizeof *indexes, compare);
    for (size_t i = 0; i < n; i++) add_span(&s, (struct index_span){indexes[i], indexes[i]});
    return s;
}

struct index_set index_set_union(struct arena *a, const struct index_set *x, const struct index_set *y)
{
    struct index_set s = {.spans = ARENA_ARRAY(a, struct index_span, x->count + y->count + 1)};
    for (size_t i = 0, k = 0; i < x->count || k < y->count;) {
        bool from_x = k == y->count || (i < x->count && x->spans[i].first < y->spans[k].first);
        add_span(&s, from_x ? x->spans[i++] : y->spans[k++]);
    }
    return s;
}

int64_t index_set_total(const struct index_set *s)
{
    int64_t n = 0;
    for (size_t i = 0; i < s->count; i++) n += s->spans[i].last - s->spans[i].first + 1;
    return n;
}

bool index_set_has(const struct index_set *s, int64_t index)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (s->spans[mid].last < index)
            low = mid + 1;
        else
            high = mid;
    }
    return low < s->count && s->spans[low].first <= index;
}

int64_t index_set_common(const struct index_set *x, const struct index_set *y)
{
    int64_t n = 0;
    for (size_t i = 0, k = 0; i < x->count && k < y->count;) {
        const struct index_span *a = &x->spans[i], *b = &y->spans[k];
        int64_t shared = MIN(a->last, b->last) - MAX(a->first, b->first) + 1;
        n += MAX(shared, 0);
        i += a->last <= b->last;
        k += b->last < a->last;
    }
    return n;
}

struct str index_set_text(struct arena *a, const struct index_set *s)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, JOB_INDEX_TEXT_MAX);
    for (size_t i = 0; i < s->count; i++) {
        const struct index_span *span = &s->spans[i];
        if (i) buf_char(&b, ',');
        buf_i64(&b, span->first);
        if (span->last == span->first) continue;
        buf_char(&b, span->last == span->first + 1 ? ',' : '-');
        buf_i64(&b, span->last);
    }
    return str_copy(a, buf_view(&b));
}
