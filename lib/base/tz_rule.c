/* tz_rule.c - see tz_rule.h. POSIX.1-2024, 8.3 (TZ). Pure. */
#include "tz_rule.h"

/* ---- Days of the Gregorian calendar ---- */

enum { ERA_DAYS = 146097 }; /* of 400 years; years begin in March, so that a leap day is a year's last */

int64_t day_of_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = year / 400 - (year % 400 < 0), of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void civil_of_day(int64_t day, struct civil *out)
{
    int64_t weekday = (day + 4) % 7;
    out->weekday = (int)(weekday < 0 ? weekday + 7 : weekday);
    day += 719468;
    int64_t era = day / ERA_DAYS - (day % ERA_DAYS < 0), of_era = day - era * ERA_DAYS;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    out->day = (int)(of_year - (153 * month + 2) / 5 + 1);
    out->month = (int)(month < 10 ? month + 3 : month - 9);
    out->year = year + era * 400 + (out->month <= 2);
}

static bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

/* ---- Parsing: each takes what it reads off *in ---- */

static bool take(struct str *in, char c)
{
    if (!in->n || in->p[0] != c) return false;
    *in = str_from(*in, 1);
    return true;
}

static bool take_number(struct str *in, int low, int high, int *out)
{
    int v = 0, digits = 0;
    for (; in->n && in->p[0] >= '0' && in->p[0] <= '9' && digits < 4; digits++, *in = str_from(*in, 1))
        v = v * 10 + (in->p[0] - '0');
    *out = v;
    return digits && v >= low && v <= high;
}

/* "EST", "<+0330>" */
static bool take_name(struct str *in)
{
    bool quoted = take(in, '<');
    size_t n = 0;
    while (n < in->n && (quoted ? in->p[n] != '>' : (in->p[n] | 32) >= 'a' && (in->p[n] | 32) <= 'z')) n++;
    *in = str_from(*in, n);
    return n > 0 && (!quoted || take(in, '>'));
}

/* "[+-]hh[:mm[:ss]]" in seconds; hours up to a week, as RFC 9636 allows for changes. */
static bool take_time(struct str *in, int32_t *out)
{
    int sign = take(in, '-') ? -1 : 1, h = 0, m = 0, s = 0;
    if (sign == 1) take(in, '+');
    if (!take_number(in, 0, 167, &h)) return false;
    if (take(in, ':')) {
        if (!take_number(in, 0, 59, &m)) return false;
        if (take(in, ':') && !take_number(in, 0, 59, &s)) return false;
    }
    *out = sign * (h * 3600 + m * 60 + s);
    return true;
}

/* West of UTC; less than 25 hours, while a change may come up to a week from its day. */
static bool take_offset(struct str *in, int32_t *east)
{
    int32_t west;
    if (!take_time(in, &west) || west >= 25 * 3600 || west <= -25 * 3600) return false;
    *east = -west;
    return true;
}

static bool take_change(struct str *in, struct tz_change *c)
{
    bool ok;
    if (!take(in, ',')) return false;
    if (take(in, 'M')) {
        c->kind = TZ_WEEKDAY;
        ok = take_number(in, 1, 12, &c->month) && take(in, '.') && take_number(in, 1, 5, &c->week) && take(in, '.') &&
             take_number(in, 0, 6, &c->day);
    } else {
        c->kind = take(in, 'J') ? TZ_JULIAN : TZ_DAY;
        ok = take_number(in, c->kind == TZ_JULIAN, 365, &c->day);
    }
    c->time_s = 2 * 3600;
    return ok && (!take(in, '/') || take_time(in, &c->time_s));
}

bool tz_rule_parse(struct str text, struct tz_rule *out)
{
    *out = (struct tz_rule){0};
    if (!take_name(&text) || !take_offset(&text, &out->std_s)) return false;
    if (!text.n) return true;
    out->has_dst = true;
    if (!take_name(&text)) return false;
    out->dst_s = out->std_s + 3600;
    if (text.n && text.p[0] != ',' && !take_offset(&text, &out->dst_s)) return false;
    return take_change(&text, &out->dst_begins) && take_change(&text, &out->dst_ends) && !text.n;
}

/* ---- Applying ---- */

/* Seconds since the year began, in the time that held until then. */
static int64_t change_in_year(const struct tz_change *c, int64_t year)
{
    int64_t first = day_of_civil(year, 1, 1), day = c->day;
    struct civil month;
    if (c->kind == TZ_JULIAN) day = c->day - 1 + (is_leap(year) && c->day > 59);
    if (c->kind == TZ_WEEKDAY) {
        day = day_of_civil(year, c->month, 1);
        civil_of_day(day, &month);
        day += (c->day - month.weekday + 7) % 7 + 7 * (c->week - 1);
        int64_t next = c->month == 12 ? day_of_civil(year + 1, 1, 1) : day_of_civil(year, c->month + 1, 1);
        if (day >= next) day -= 7;
        day -= first;
    }
    return day * DAY_S + c->time_s;
}

int32_t tz_rule_offset_s(const struct tz_rule *r, int64_t unix_s)
{
    struct civil c;
    if (!r->has_dst) return r->std_s;
    int64_t local = unix_s + r->std_s;
    civil_of_day(local / DAY_S - (local % DAY_S < 0), &c);
    int64_t since = unix_s - day_of_civil(c.year, 1, 1) * DAY_S;
    int64_t begins = change_in_year(&r->dst_begins, c.year) - r->std_s;
    int64_t ends = change_in_year(&r->dst_ends, c.year) - r->dst_s;
    bool dst = begins < ends ? since >= begins && since < ends : since >= begins || since < ends;
    return dst ? r->dst_s : r->std_s;
}
