/* script.c - see script.h.
 * Reads: programs.   Writes: struct process; lines to whoever asked. */
#include "kubelet-sim/script.h"

#include "base/clk.h"

#include <stdio.h>

/* "Fri Jan 15 08:00:00 UTC 2027", as date(1) prints it. */
static void add_date(struct buf *b, int64_t at_ns)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"}; /* 1970 began on a Thursday */
    char iso[CLK_TEXT_MAX];
    int64_t s = at_ns / S;
    clk_rfc3339(s, iso); /* 2006-01-02T15:04:05Z */
    int month = (iso[5] - '0') * 10 + iso[6] - '0', day = (iso[8] - '0') * 10 + iso[9] - '0';
    buf_addf(b, "%s %s %2d %.8s UTC %.4s", days[s / 86400 % 7], months[(month + 11) % 12], day, iso + 11, iso);
}

static void add_count(struct buf *b, struct str spec, int64_t round)
{
    int64_t base = 0, step = 0;
    struct str second, first = str_cut(spec, ';', &second);
    if (str_to_i64(first, &base) && str_to_i64(second, &step)) /* wraps, as the shell's numbers do */
        buf_i64(b, (int64_t)((uint64_t)base + (uint64_t)step * (uint64_t)round));
}

static void fill_in(struct buf *b, struct str text, const struct process *p)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == SCRIPT_DATE) {
            add_date(b, p->at_ns);
        } else if (text.p[i] == SCRIPT_COUNT) {
            struct str rest = str_from(text, i + 1);
            size_t n = MIN(str_chr(rest, SCRIPT_COUNT_END), rest.n);
            add_count(b, str_n(rest.p, n), p->round);
            i += n + 1;
        } else {
            buf_char(b, text.p[i]);
        }
    }
}

/* A text may be several lines. */
static void print(const struct script_out *out, struct str text, const struct process *p)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, LOG_LINE_MAX);
    fill_in(&b, text, p);
    struct str rest = buf_view(&b);
    do {
        struct str line = str_cut(rest, '\n', &rest);
        out->line(out->arg, p->at_ns, line);
    } while (rest.n);
}

/* INT64_MAX is beyond all times. */
static int64_t later(int64_t at_ns, int64_t by_ns)
{
    int64_t sum;
    return __builtin_add_overflow(at_ns, by_ns, &sum) ? INT64_MAX : sum;
}

static int64_t period_ns(const struct script *s, int64_t from)
{
    int64_t sum = 0;
    for (int64_t i = from; s->ops[i].what != DO_AGAIN; i++)
        if (s->ops[i].what == DO_SLEEP) sum = later(sum, s->ops[i].value);
    return sum;
}

/* So many rounds print all the lines that are kept. */
static int64_t rounds_kept(const struct script *s, int64_t from)
{
    int64_t lines = 0;
    for (int64_t i = from; s->ops[i].what != DO_AGAIN; i++) lines += s->ops[i].what == DO_PRINT;
    return LOG_LINES_MAX / MAX(lines, 1) + 1;
}

/* At the end of a round: nobody will read lines that more rounds than are kept follow. */
static void go_again(const struct script *s, struct process *p, int64_t until_ns)
{
    int64_t to = s->ops[p->pc].value, period = period_ns(s, to);
    p->pc = (int)to;
    p->round++;
    int64_t rounds = period > 0 && until_ns > p->at_ns ? (until_ns - p->at_ns) / period : 0;
    int64_t skipped = rounds - rounds_kept(s, to);
    if (skipped <= 0) return;
    p->round += skipped;
    p->at_ns += skipped * period;
}

bool script_run(const struct script *s, struct process *p, int64_t until_ns, const struct script_out *out, int *code)
{
    for (;;) {
        if (p->pc >= s->count) { /* ran off the end */
            *code = 0;
            return true;
        }
        const struct script_op *op = &s->ops[p->pc];
        switch (op->what) {
        case DO_HOLD: return false;
        case DO_EXIT: *code = (int)op->value; return true;
        case DO_AGAIN: go_again(s, p, until_ns); continue;
        case DO_SLEEP:
            if (op->value > until_ns - p->at_ns) return false;
            p->at_ns += op->value;
            break;
        case DO_PRINT: print(out, op->text, p); break;
        case DO_NOTE: out->note(out->arg, op->text); break;
        case DO_MAKE:
        case DO_REMOVE: break;
        }
        p->pc++;
    }
}

int64_t script_end_ns(const struct script *s, const struct process *p)
{
    int64_t at = p->at_ns;
    for (int pc = p->pc; pc < s->count; pc++) {
        const struct script_op *op = &s->ops[pc];
        if (op->what == DO_HOLD || op->what == DO_AGAIN) return INT64_MAX;
        if (op->what == DO_EXIT) return at;
        if (op->what == DO_SLEEP) at = later(at, op->value);
    }
    return at;
}

int64_t script_line_ns(const struct script *s, const struct process *p)
{
    int64_t at = p->at_ns;
    bool again = false;
    for (int pc = p->pc; pc < s->count; pc++) {
        const struct script_op *op = &s->ops[pc];
        if (op->what == DO_PRINT) return at;
        if (op->what == DO_SLEEP) at = later(at, op->value);
        if (op->what == DO_HOLD || op->what == DO_EXIT || (op->what == DO_AGAIN && again)) return INT64_MAX;
        if (op->what == DO_AGAIN) {
            again = true;
            pc = (int)op->value - 1;
        }
    }
    return INT64_MAX;
}

bool script_file_ns(const struct script *s, struct str path, int64_t *from_ns, int64_t *until_ns)
{
    int64_t at = 0;
    *from_ns = *until_ns = INT64_MAX;
    for (int pc = 0; pc < s->count && *until_ns == INT64_MAX; pc++) {
        const struct script_op *op = &s->ops[pc];
        if (op->what == DO_SLEEP) at = later(at, op->value);
        if (op->what == DO_MAKE && str_eq(op->text, path) && *from_ns == INT64_MAX) *from_ns = at;
        if (op->what == DO_REMOVE && str_eq(op->text, path) && *from_ns != INT64_MAX) *until_ns = at;
    }
    return *from_ns != INT64_MAX;
}
