/* cron.c - see cron.h. Pure but for the time zones that a schedule names. */
#include "cron.h"

#include "buf.h"
#include "clk.h"
#include "mem.h"

#include <strings.h>

#define STAR (UINT64_C(1) << 63)

enum { CRON_WORDS_SHOWN = 16 }; /* of a schedule with too many fields, in the error */

struct bounds {
    int64_t min, max;
    const char *names; /* of three letters, the first is min; or "" */
};

enum { BACK_MAX = 2 * 26 * 60 }; /* minutes: no clock goes back further than from one end of its offsets to the other */

static const struct bounds minutes = {0, 59, ""}, hours = {0, 23, ""}, days = {1, 31, ""},
                           months = {1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
                           weekdays = {0, 6, "sunmontuewedthufrisat"};

/* ---- Parsing ---- */

static bool parse_int(struct str text, int64_t *out, struct err *e)
{
    struct str digits = text.n && (text.p[0] == '-' || text.p[0] == '+') ? str_from(text, 1) : text;
    bool number = digits.n > 0;
    for (size_t i = 0; i < digits.n; i++) number = number && digits.p[i] >= '0' && digits.p[i] <= '9';
    if (!number || !str_to_i64(digits, out))
        return err_set(e, ERR_BAD_REQUEST, "failed to parse int from %.*s: strconv.Atoi: parsing \"%.*s\": %s",
                       STR_ARG(text), STR_ARG(text), number ? "value out of range" : "invalid syntax");
    if (text.p[0] == '-' && *out)
        return err_set(e, ERR_BAD_REQUEST, "negative number (-%lld) not allowed: %.*s", (long long)*out, STR_ARG(text));
    return true;
}

static bool parse_int_or_name(struct str text, const struct bounds *b, int64_t *out, struct err *e)
{
    for (size_t i = 0; text.n == 3 && b->names[i]; i += 3)
        if (strncasecmp(text.p, b->names + i, 3) == 0) {
            *out = b->min + (int64_t)(i / 3);
            return true;
        }
    return parse_int(text, out, e);
}

/* "*", "?", "n", "n-m" at *start and *end. */
static bool parse_span(struct str span, struct str whole, const struct bounds *b, int64_t *start, int64_t *end,
                       bool *single, struct err *e)
{
    struct str high, more, low = str_cut(span, '-', &high);
    *single = str_is_null(high);
    if (str_eqc(low, "*") || str_eqc(low, "?")) {
        *start = b->min;
        *end = b->max;
        return true;
    }
    if (!parse_int_or_name(low, b, start, e)) return false;
    *end = *start;
    if (*single) return true;
    high = str_cut(high, '-', &more);
    if (!str_is_null(more)) return err_set(e, ERR_BAD_REQUEST, "too many hyphens: %.*s", STR_ARG(whole));
    return parse_int_or_name(high, b, end, e);
}

static bool check_range(struct str whole, const struct bounds *b, int64_t start, int64_t end, int64_t step,
                        struct err *e)
{
    long long s = start, n = end;
    if (start < b->min)
        return err_set(e, ERR_BAD_REQUEST, "beginning of range (%lld) below minimum (%lld): %.*s", s, (long long)b->min,
                       STR_ARG(whole));
    if (end > b->max)
        return err_set(e, ERR_BAD_REQUEST, "end of range (%lld) above maximum (%lld): %.*s", n, (long long)b->max,
                       STR_ARG(whole));
    if (start > end)
        return err_set(e, ERR_BAD_REQUEST, "beginning of range (%lld) beyond end of range (%lld): %.*s", s, n,
                       STR_ARG(whole));
    if (!step) return err_set(e, ERR_BAD_REQUEST, "step of range should be a positive number: %.*s", STR_ARG(whole));
    return true;
}

/* One member of a list: SPAN[/STEP]. Adds its bits. */
static bool parse_range(struct str whole, const struct bounds *b, uint64_t *bits, struct err *e)
{
    struct str step_text, more, span = str_cut(whole, '/', &step_text), low = str_cut(span, '-', &more);
    int64_t start = 0, end = 0, step = 1;
    bool single;
    if (!parse_span(span, whole, b, &start, &end, &single, e)) return false;
    bool star = str_eqc(low, "*") || str_eqc(low, "?");
    if (!str_is_null(step_text)) {
        step_text = str_cut(step_text, '/', &more);
        if (!str_is_null(more)) return err_set(e, ERR_BAD_REQUEST, "too many slashes: %.*s", STR_ARG(whole));
        if (!parse_int(step_text, &step, e)) return false;
        if (single) end = b->max; /* "5/15" goes to the end */
        star = star && step <= 1;
    }
    if (!check_range(whole, b, start, end, step, e)) return false;
    for (int64_t i = start; i <= end; i += MIN(step, 64)) *bits |= UINT64_C(1) << i;
    if (star) *bits |= STAR;
    return true;
}

static bool parse_field(struct str field, const struct bounds *b, uint64_t *bits, struct err *e)
{
    for (struct str rest = field; !str_is_null(rest);) {
        struct str range = str_cut(rest, ',', &rest);
        if (range.n && !parse_range(range, b, bits, e)) return false;
    }
    return true;
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* The words of text, at most max of them in out; returns how many there are. */
static size_t split(struct str text, struct str *out, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n;) {
        size_t from = i;
        if (is_space(text.p[i])) {
            i++;
            continue;
        }
        while (i < text.n && !is_space(text.p[i])) i++;
        if (n < max) out[n] = str_n(text.p + from, i - from);
        n++;
    }
    return n;
}

static bool wrong_count(struct str text, size_t n, struct err *e)
{
    struct str words[CRON_WORDS_SHOWN];
    struct buf b AUTO_BUF = {0};
    buf_init(&b, ERR_TEXT_MAX);
    split(text, words, ARRAY_LEN(words));
    for (size_t i = 0; i < MIN(n, ARRAY_LEN(words)); i++) buf_addf(&b, "%s%.*s", i ? " " : "", STR_ARG(words[i]));
    return err_set(e, ERR_BAD_REQUEST, "expected exactly 5 fields, found %zu: [%.*s]", n, STR_ARG(buf_view(&b)));
}

static bool parse_fields(struct str text, struct cron *out, struct err *e)
{
    struct str words[5];
    size_t n = split(text, words, ARRAY_LEN(words));
    if (n != ARRAY_LEN(words)) return wrong_count(text, n, e);
    return parse_field(words[0], &minutes, &out->minutes, e) && parse_field(words[1], &hours, &out->hours, e) &&
           parse_field(words[2], &days, &out->days, e) && parse_field(words[3], &months, &out->months, e) &&
           parse_field(words[4], &weekdays, &out->weekdays, e);
}

static bool parse_descriptor(struct str text, struct cron *out, struct err *e)
{
    static const struct {
        const char *name, *fields;
    } known[] = {{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
                 {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
                 {"@hourly", "0 * * * *"}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_eqc(text, known[i].name)) return parse_fields(str_of(known[i].fields), out, e);
    if (!str_starts(text, STR("@every ")))
        return err_set(e, ERR_BAD_REQUEST, "unrecognized descriptor: %.*s", STR_ARG(text));
    struct str duration = str_from(text, sizeof "@every " - 1);
    int64_t ns;
    if (!clk_parse_go_duration(duration.p, duration.n, &ns))
        return err_set(e, ERR_BAD_REQUEST, "failed to parse duration %.*s: time: invalid duration \"%.*s\"",
                       STR_ARG(text), STR_ARG(duration));
    out->every_s = MAX(ns / 1000000000, 1);
    return true;
}

bool cron_parse(struct str text, const struct tz *zone, struct cron *out, struct err *e)
{
    *out = (struct cron){.zone = zone};
    if (!text.n) return err_set(e, ERR_BAD_REQUEST, "empty spec string");
    if (str_starts(text, STR("TZ=")) || str_starts(text, STR("CRON_TZ="))) {
        struct str name, rest, word = str_cut(text, ' ', &rest);
        str_cut(word, '=', &name);
        struct err why = ERR_INIT;
        if (!(out->zone = tz_load(name, &why)))
            return err_set(e, ERR_BAD_REQUEST, "provided bad location %.*s: %s", STR_ARG(name), why.text);
        text = str_trim(rest);
    }
    return text.n && text.p[0] == '@' ? parse_descriptor(text, out, e) : parse_fields(text, out, e);
}

/* ---- The next time ---- */

struct search {
    const struct cron *c;
    int64_t at_s;
    struct civil civil; /* of at_s */
    bool moved;         /* parts smaller than the one that is moved are at their least */
};

static void go_to(struct search *s, int64_t at_s)
{
    s->at_s = at_s;
    tz_civil(s->c->zone, at_s, &s->civil);
}

/* Where a zone leaves a whole day out, its civil time leads back to the day before. */
static void go_on_from(struct search *s, int64_t before_s)
{
    if (s->at_s <= before_s) go_to(s, before_s + INT64_C(86400));
}

static void go_to_civil(struct search *s, int64_t year, int month, int day, int hour)
{
    const struct civil c = {.year = year, .month = month, .day = day, .hour = hour};
    go_to(s, tz_unix(s->c->zone, &c));
}

static bool has(uint64_t bits, int value) { return bits >> value & 1; }

/* Both fields restricted: either may match. */
static bool day_matches(const struct search *s)
{
    bool day = has(s->c->days, s->civil.day), weekday = has(s->c->weekdays, s->civil.weekday);
    return (s->c->days | s->c->weekdays) & STAR ? day && weekday : day || weekday;
}

/* Each goes forward to the next value that matches; false: the next larger part has changed, so all is to be looked at
 * once more. */

static bool find_month(struct search *s)
{
    while (!has(s->c->months, s->civil.month)) {
        if (!s->moved) go_to_civil(s, s->civil.year, s->civil.month, 1, 0);
        s->moved = true;
        int64_t before_s = s->at_s;
        go_to_civil(s, s->civil.year, s->civil.month + 1, s->civil.day, s->civil.hour);
        go_on_from(s, before_s);
        if (s->civil.month == 1) return false;
    }
    return true;
}

static bool find_day(struct search *s)
{
    while (!day_matches(s)) {
        if (!s->moved) go_to_civil(s, s->civil.year, s->civil.month, s->civil.day, 0);
        s->moved = true;
        int64_t before_s = s->at_s;
        go_to_civil(s, s->civil.year, s->civil.month, s->civil.day + 1, s->civil.hour);
        int hour = s->civil.hour; /* not 0 where a midnight is skipped */
        if (hour) go_to(s, s->at_s + (hour > 12 ? 24 - hour : -hour) * INT64_C(3600));
        go_on_from(s, before_s);
        if (s->civil.day == 1) return false;
    }
    return true;
}

static bool find_hour(struct search *s)
{
    while (!has(s->c->hours, s->civil.hour)) {
        if (!s->moved) go_to_civil(s, s->civil.year, s->civil.month, s->civil.day, s->civil.hour);
        s->moved = true;
        go_to(s, s->at_s + 3600);
        if (s->civil.hour == 0) return false;
    }
    return true;
}

static int64_t minute_of(int64_t at_s) { return at_s / 60 - (at_s % 60 < 0); }

static bool find_minute(struct search *s)
{
    while (!has(s->c->minutes, s->civil.minute)) {
        if (!s->moved) go_to(s, minute_of(s->at_s) * 60);
        s->moved = true;
        go_to(s, s->at_s + 60);
        if (s->civil.minute == 0) return false;
    }
    return true;
}

static bool find_second(struct search *s) /* 0 */
{
    if (s->civil.second == 0) return true;
    go_to(s, s->at_s + 60 - s->civil.second);
    s->moved = true;
    return false;
}

int64_t cron_next(const struct cron *c, int64_t after_s)
{
    struct search s = {.c = c};
    if (after_s == CRON_NEVER) return CRON_NEVER;
    if (c->every_s) return after_s + c->every_s;
    if (!c->minutes || !c->hours || !c->months || !(c->days | c->weekdays)) return CRON_NEVER; /* lists of nothing */
    go_to(&s, after_s + 1);
    int64_t last_year = s.civil.year + 5;
    for (int back = 0; s.civil.year <= last_year && back < BACK_MAX;) {
        if (!find_month(&s) || !find_day(&s) || !find_hour(&s) || !find_minute(&s) || !find_second(&s)) continue;
        if (s.at_s > after_s) return s.at_s;
        go_to(&s, after_s + 60 * ++back); /* a zone whose clock goes back led before the beginning */
    }
    return CRON_NEVER;
}
