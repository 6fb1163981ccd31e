/* udiff.c - see udiff.h. Reads: two texts.   Writes: a buf. */
#include "udiff.h"

#include "mem.h"

#include <stdlib.h>

enum {
    AROUND = 3,            /* lines of context */
    POPULAR_FROM = 200,    /* so many lines make a text in which a line may be too common */
    POPULAR_PART = 100,    /* one in so many, and one more */
    LEAST_ROOM = 64 * 1024 /* of the arena */
};

struct side {
    struct str *lines;
    int *ids; /* equal lines have equal ones */
    int n;
};

struct line { /* for sorting all lines of both sides */
    struct str text;
    int *id;
};

struct span {
    int a, a_end, b, b_end;
};

struct matcher {
    struct side a, b;
    int *first, *places;   /* places[first[id] .. first[id + 1]): where in b */
    int *run[2], *mark[2]; /* by place in b: length of the match that ends there, and in which row that was */
    int row;
    int *match; /* by line of a: the line of b that it became, or -1 */
    struct span *todo;
    int todo_n;
};

/* ---- Lines ---- */

static bool split(struct arena *mem, struct str text, struct side *side)
{
    int n = 1;
    for (size_t i = 0; i < text.n; i++) n += text.p[i] == '\n';
    if (n > UDIFF_LINES_MAX) return false;
    side->lines = ARENA_ARRAY(mem, struct str, n);
    side->ids = ARENA_ARRAY(mem, int, n);
    for (struct str rest = text; !str_is_null(rest);) side->lines[side->n++] = str_cut(rest, '\n', &rest);
    return true;
}

static int by_text(const void *x, const void *y)
{
    return str_cmp(((const struct line *)x)->text, ((const struct line *)y)->text);
}

/* Numbers the distinct lines; gives how many there are. */
static int number(struct arena *mem, struct side *a, struct side *b)
{
    int n = 0, id = 0;
    struct line *all = ARENA_ARRAY(mem, struct line, a->n + b->n);
    for (int i = 0; i < a->n; i++) all[n++] = (struct line){a->lines[i], &a->ids[i]};
    for (int i = 0; i < b->n; i++) all[n++] = (struct line){b->lines[i], &b->ids[i]};
    qsort(all, (size_t)n, sizeof *all, by_text);
    for (int i = 0; i < n; i++) {
        if (i && !str_eq(all[i].text, all[i - 1].text)) id++;
        *all[i].id = id;
    }
    return id + 1;
}

static void find_places(struct arena *mem, struct matcher *m, int ids)
{
    int *count = ARENA_ARRAY(mem, int, ids), at = 0;
    int most = m->b.n >= POPULAR_FROM ? m->b.n / POPULAR_PART + 1 : m->b.n;
    m->first = ARENA_ARRAY(mem, int, ids + 1);
    m->places = ARENA_ARRAY(mem, int, m->b.n + 1);
    for (int j = 0; j < m->b.n; j++) count[m->b.ids[j]]++;
    for (int id = 0; id < ids; id++) {
        m->first[id] = at;
        if (count[id] <= most) at += count[id];
        count[id] = m->first[id];
    }
    m->first[ids] = at;
    for (int j = 0; j < m->b.n; j++) {
        int id = m->b.ids[j];
        if (count[id] < m->first[id + 1]) m->places[count[id]++] = j;
    }
}

/* ---- Matching ---- */

/* The longest run of lines that both parts have, the first such in a, then in b; its length, and where it begins. */
static int longest(struct matcher *m, const struct span *s, int *at_a, int *at_b)
{
    int best = 0;
    *at_a = s->a;
    *at_b = s->b;
    m->row++; /* nothing is left of former rows */
    for (int i = s->a; i < s->a_end; i++) {
        int id = m->a.ids[i], row = ++m->row;
        int *run = m->run[row & 1], *mark = m->mark[row & 1];
        const int *run_before = m->run[~row & 1], *mark_before = m->mark[~row & 1];
        for (int p = m->first[id]; p < m->first[id + 1]; p++) {
            int j = m->places[p];
            if (j < s->b || j >= s->b_end) continue;
            int length = j && mark_before[j - 1] == row - 1 ? run_before[j - 1] + 1 : 1;
            run[j] = length;
            mark[j] = row;
            if (length <= best) continue;
            best = length;
            *at_a = i - length + 1;
            *at_b = j - length + 1;
        }
    }
    for (; *at_a > s->a && *at_b > s->b && m->a.ids[*at_a - 1] == m->b.ids[*at_b - 1]; best++) {
        --*at_a;
        --*at_b;
    }
    while (*at_a + best < s->a_end && *at_b + best < s->b_end && m->a.ids[*at_a + best] == m->b.ids[*at_b + best])
        best++;
    return best;
}

static void later(struct matcher *m, struct span s)
{
    if (s.a < s.a_end && s.b < s.b_end) m->todo[m->todo_n++] = s;
}

static void match(struct matcher *m)
{
    for (int i = 0; i < m->a.n; i++) m->match[i] = -1;
    later(m, (struct span){0, m->a.n, 0, m->b.n});
    while (m->todo_n) {
        struct span s = m->todo[--m->todo_n];
        int a, b, n = longest(m, &s, &a, &b);
        if (!n) continue;
        for (int k = 0; k < n; k++) m->match[a + k] = b + k;
        later(m, (struct span){s.a, a, s.b, b});
        later(m, (struct span){a + n, s.a_end, b + n, s.b_end});
    }
}

/* ---- Writing ---- */

/* From *s on, which is behind the last one: the next lines that differ. False: there are none. */
static bool next_change(const struct matcher *m, struct span *s)
{
    int i = s->a_end, j = s->b_end;
    while (i < m->a.n && m->match[i] == j) {
        i++;
        j++;
    }
    s->a = i;
    s->b = j;
    while (i < m->a.n && m->match[i] < 0) i++;
    s->a_end = i;
    s->b_end = i < m->a.n ? m->match[i] : m->b.n;
    return s->a < s->a_end || s->b < s->b_end;
}

static void write_range(struct buf *out, char sign, int from, int to)
{
    buf_addf(out, "%c%d", sign, to > from ? from + 1 : from);
    if (to - from != 1) buf_addf(out, ",%d", to - from);
}

static void write_lines(struct buf *out, char sign, const struct side *side, int from, int to)
{
    for (int i = from; i < to; i++) {
        buf_char(out, sign);
        buf_str(out, side->lines[i]);
        buf_char(out, '\n');
    }
}

/* Changes whose surroundings touch come in one piece: `first`, and those that follow. Leaves the first of the next
 * piece in it; false: there is none. */
static bool write_piece(struct buf *out, const struct matcher *m, struct span *first)
{
    struct span last = *first, next = *first;
    int lead = MIN(AROUND, first->a);
    bool more;
    while ((more = next_change(m, &next)) && next.a - last.a_end <= 2 * AROUND) last = next;
    int tail = MIN(AROUND, m->a.n - last.a_end);
    buf_cstr(out, "@@ ");
    write_range(out, '-', first->a - lead, last.a_end + tail);
    buf_char(out, ' ');
    write_range(out, '+', first->b - lead, last.b_end + tail);
    buf_cstr(out, " @@\n");
    write_lines(out, ' ', &m->a, first->a - lead, first->a);
    for (struct span s = *first;;) {
        write_lines(out, '-', &m->a, s.a, s.a_end);
        write_lines(out, '+', &m->b, s.b, s.b_end);
        if (s.a == last.a && s.b == last.b) break;
        int from = s.a_end;
        next_change(m, &s);
        write_lines(out, ' ', &m->a, from, s.a);
    }
    write_lines(out, ' ', &m->a, last.a_end, last.a_end + tail);
    *first = next;
    return more;
}

bool udiff(struct buf *out, struct str a, struct str b)
{
    struct arena mem AUTO_ARENA;
    struct matcher m = {0};
    arena_init(&mem, LEAST_ROOM);
    if (!split(&mem, a, &m.a) || !split(&mem, b, &m.b)) return false;
    find_places(&mem, &m, number(&mem, &m.a, &m.b));
    for (int k = 0; k < 2; k++) {
        m.run[k] = ARENA_ARRAY(&mem, int, m.b.n);
        m.mark[k] = ARENA_ARRAY(&mem, int, m.b.n);
    }
    m.match = ARENA_ARRAY(&mem, int, m.a.n);
    m.todo = ARENA_ARRAY(&mem, struct span, m.a.n + 2); /* disjoint parts of a */
    match(&m);
    struct span change = {0};
    if (!next_change(&m, &change)) return true;
    while (write_piece(out, &m, &change)) {}
    return true;
}
