/* reasons.c - see reasons.h. Reads: texts.   Writes: texts in its arena. */
#include "scheduler/reasons.h"

#include "base/buf.h"
#include "scheduler/limits.h"

#include <stdlib.h>

void reasons_init(struct reasons *r, struct arena *a) { *r = (struct reasons){.arena = a}; }
void reasons_release(struct reasons *r) { map_release(&r->seen, NULL); }

void reasons_add(struct reasons *r, const char *text, int count)
{
    uintptr_t at = (uintptr_t)map_get(&r->seen, str_of(text));
    if (at) {
        r->v[at - 1].count += count;
        return;
    }
    if (r->n == r->cap) {
        int wider = r->cap ? 2 * r->cap : 8;
        struct reason *v = ARENA_ARRAY(r->arena, struct reason, wider);
        if (r->n) memcpy(v, r->v, (size_t)r->n * sizeof *v);
        r->v = v;
        r->cap = wider;
    }
    r->v[r->n++] = (struct reason){text, count};
    map_set(&r->seen, str_of(text), (void *)(uintptr_t)r->n);
}

static int compare_lines(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

struct str reasons_text(const struct reasons *r, int all)
{
    char **lines = ARENA_ARRAY(r->arena, char *, r->n + 1);
    struct buf b AUTO_BUF = {0};
    buf_init(&b, MESSAGE_MAX);
    buf_addf(&b, "0/%d nodes are available:", all);
    for (int i = 0; i < r->n; i++) lines[i] = arena_printf(r->arena, "%d %s", r->v[i].count, r->v[i].text);
    if (r->n) qsort(lines, (size_t)r->n, sizeof *lines, compare_lines);
    for (int i = 0; i < r->n; i++) buf_addf(&b, "%s %s", i ? "," : "", lines[i]);
    if (r->n) buf_char(&b, '.');
    return str_copy(r->arena, buf_view(&b));
}
