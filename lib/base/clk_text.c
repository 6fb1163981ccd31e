/* clk_text.c - times and durations as text, in the forms of metav1 and Go. Pure. */
#include "clk.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

enum { NS_PER_S = 1000000000, S_PER_DAY = 86400 };

/* Floor division: times before 1970 round down too. */
static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

static int64_t floor_mod(int64_t a, int64_t b) { return (a % b + b) % b; }

/* Days since 1970-01-01 in the proleptic Gregorian calendar, counted in 400-year eras that begin in March. */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = floor_div(year, 400), in_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + day_of_year - 719468;
}

static void date_of(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = floor_div(days, 146097), in_era = days - era * 146097;
    int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t day_of_year = in_era - (365 * y + y / 4 - y / 100), m = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = y + era * 400 + (*month <= 2);
}

static void put_digits(char *to, int v, int n)
{
    while (n--) {
        to[n] = (char)('0' + v % 10);
        v /= 10;
    }
}

char *clk_rfc3339(int64_t unix_s, char out[CLK_TEXT_MAX])
{
    int64_t days = floor_div(unix_s, S_PER_DAY), year;
    int month, day, s = (int)floor_mod(unix_s, S_PER_DAY);
    date_of(days, &year, &month, &day);
    if (year < 0 || year > 9999) {
        snprintf(out, CLK_TEXT_MAX, "%04lld-%02d-%02dT%02d:%02d:%02dZ", (long long)year, month, day, s / 3600,
                 s / 60 % 60, s % 60);
        return out;
    }
    memcpy(out, "yyyy-mm-ddThh:mm:ssZ", sizeof "yyyy-mm-ddThh:mm:ssZ"); /* printf costs ten times as much */
    put_digits(out, (int)year, 4);
    put_digits(out + 5, month, 2);
    put_digits(out + 8, day, 2);
    put_digits(out + 11, s / 3600, 2);
    put_digits(out + 14, s / 60 % 60, 2);
    put_digits(out + 17, s % 60, 2);
    return out;
}

char *clk_rfc3339_parts(int64_t unix_s, int32_t ns, char out[CLK_TEXT_MAX])
{
    size_t n = strlen(clk_rfc3339(unix_s, out)) - 1;
    out[n] = '.';
    put_digits(out + n + 1, ns / 1000, 6);
    memcpy(out + n + 7, "Z", 2);
    return out;
}

char *clk_rfc3339_micro(int64_t unix_ns, char out[CLK_TEXT_MAX])
{
    return clk_rfc3339_parts(floor_div(unix_ns, NS_PER_S), (int32_t)floor_mod(unix_ns, NS_PER_S), out);
}

/* Reading: a cursor over borrowed text. */
struct reader {
    const char *p, *end;
};

static bool read_char(struct reader *r, char c)
{
    if (r->p == r->end || *r->p != c) return false;
    r->p++;
    return true;
}

static bool peek_digit(const struct reader *r) { return r->p < r->end && *r->p >= '0' && *r->p <= '9'; }

/* Exactly `digits` digits, between low and high. */
static bool read_number(struct reader *r, int digits, int low, int high, int *out)
{
    int v = 0;
    for (; digits; digits--) {
        if (!peek_digit(r)) return false;
        v = v * 10 + (*r->p++ - '0');
    }
    *out = v;
    return v >= low && v <= high;
}

/* Digits behind a point, as nanoseconds; what is finer is dropped. */
static bool read_fraction(struct reader *r, int32_t *ns)
{
    if (!peek_digit(r)) return false;
    int32_t unit = NS_PER_S / 10;
    for (*ns = 0; peek_digit(r); unit /= 10) *ns += unit * (*r->p++ - '0');
    return true;
}

static bool read_offset(struct reader *r, int64_t *offset_s)
{
    *offset_s = 0;
    if (read_char(r, 'Z')) return true;
    bool west = r->p < r->end && *r->p == '-';
    int hours, minutes;
    if (!west && !(r->p < r->end && *r->p == '+')) return false;
    r->p++;
    if (!read_number(r, 2, 0, 23, &hours) || !read_char(r, ':') || !read_number(r, 2, 0, 59, &minutes)) return false;
    *offset_s = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

static int days_in_month(int year, int month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

bool clk_parse_rfc3339_parts(const char *p, unsigned long n, int64_t *unix_s, int32_t *ns)
{
    struct reader r = {p, p + n};
    int year, month, day, hour, minute, second;
    int64_t offset;
    if (!read_number(&r, 4, 0, 9999, &year) || !read_char(&r, '-')) return false;
    if (!read_number(&r, 2, 1, 12, &month) || !read_char(&r, '-')) return false;
    if (!read_number(&r, 2, 1, days_in_month(year, month), &day) || !read_char(&r, 'T')) return false;
    if (!read_number(&r, 2, 0, 23, &hour) || !read_char(&r, ':')) return false;
    if (!read_number(&r, 2, 0, 59, &minute) || !read_char(&r, ':')) return false;
    if (!read_number(&r, 2, 0, 59, &second)) return false;
    *ns = 0;
    if (read_char(&r, '.') && !read_fraction(&r, ns)) return false;
    if (!read_offset(&r, &offset) || r.p != r.end) return false;
    *unix_s = days_of(year, month, day) * S_PER_DAY + hour * 3600 + minute * 60 + second - offset;
    return true;
}

bool clk_parse_rfc3339(const char *p, unsigned long n, int64_t *unix_ns)
{
    int64_t s;
    int32_t fraction;
    if (!clk_parse_rfc3339_parts(p, n, &s, &fraction)) return false;
    if (__builtin_mul_overflow(s, (int64_t)NS_PER_S, unix_ns) || __builtin_add_overflow(*unix_ns, fraction, unix_ns))
        *unix_ns = s < 0 ? INT64_MIN : INT64_MAX;
    return true;
}

/* Up to `below` seconds a duration is shown in `unit`s and, when `rest` is not 0, in rests, left out if none. */
static const struct human_row {
    int64_t below_s;
    int unit_s;
    char unit;
    int rest_s;
    char rest;
} human_rows[] = {
    {120, 1, 's', 0, 0},
    {10 * 60, 60, 'm', 1, 's'},
    {3 * 3600, 60, 'm', 0, 0},
    {8 * 3600, 3600, 'h', 60, 'm'},
    {48 * 3600, 3600, 'h', 0, 0},
    {8 * S_PER_DAY, S_PER_DAY, 'd', 3600, 'h'},
    {2 * 365 * S_PER_DAY, S_PER_DAY, 'd', 0, 0},
    {8LL * 365 * S_PER_DAY, 365 * S_PER_DAY, 'y', S_PER_DAY, 'd'},
    {INT64_MAX, 365 * S_PER_DAY, 'y', 0, 0},
};

char *clk_human(int64_t duration_ns, char out[CLK_TEXT_MAX])
{
    int64_t s = duration_ns / NS_PER_S;
    if (s < 0) {
        snprintf(out, CLK_TEXT_MAX, "%s", s < -1 ? "<invalid>" : "0s");
        return out;
    }
    const struct human_row *row = human_rows;
    while (s >= row->below_s) row++;
    int n = snprintf(out, CLK_TEXT_MAX, "%lld%c", (long long)(s / row->unit_s), row->unit);
    int64_t rest = row->rest_s ? s % row->unit_s / row->rest_s : 0;
    if (rest) snprintf(out + n, CLK_TEXT_MAX - (size_t)n, "%lld%c", (long long)rest, row->rest);
    return out;
}

/* value / unit with the fraction's trailing zeros cut, as in "1.5ms". */
static size_t put_fraction(char *out, size_t size, uint64_t value, uint64_t unit, const char *suffix)
{
    int digits = 0;
    for (uint64_t u = unit; u > 1; u /= 10) digits++;
    size_t n = (size_t)snprintf(out, size, "%llu", (unsigned long long)(value / unit));
    uint64_t rest = value % unit;
    if (rest) {
        n += (size_t)snprintf(out + n, size - n, ".%0*llu", digits, (unsigned long long)rest);
        while (out[n - 1] == '0') n--;
    }
    return n + (size_t)snprintf(out + n, size - n, "%s", suffix);
}

char *clk_go_duration(int64_t duration_ns, char out[CLK_TEXT_MAX])
{
    uint64_t ns = duration_ns < 0 ? 0 - (uint64_t)duration_ns : (uint64_t)duration_ns;
    size_t n = 0;
    if (duration_ns < 0) out[n++] = '-';
    char *at = out + n;
    size_t left = CLK_TEXT_MAX - n;
    if (ns == 0)
        snprintf(at, left, "0s");
    else if (ns < 1000)
        put_fraction(at, left, ns, 1, "ns");
    else if (ns < 1000000)
        put_fraction(at, left, ns, 1000, "\xc2\xb5s"); /* U+00B5, as Go prints it */
    else if (ns < NS_PER_S)
        put_fraction(at, left, ns, 1000000, "ms");
    else {
        uint64_t minutes = ns / NS_PER_S / 60;
        if (minutes >= 60)
            n += (size_t)snprintf(out + n, CLK_TEXT_MAX - n, "%lluh", (unsigned long long)(minutes / 60));
        if (minutes) n += (size_t)snprintf(out + n, CLK_TEXT_MAX - n, "%llum", (unsigned long long)(minutes % 60));
        put_fraction(out + n, CLK_TEXT_MAX - n, ns - minutes * 60 * NS_PER_S, NS_PER_S, "s");
    }
    return out;
}

static const struct {
    const char *name;
    int64_t ns;
} duration_units[] = {
    {"ns", 1},       {"us", 1000},    {"\xc2\xb5s", 1000},           {"\xce\xbcs", 1000},
    {"ms", 1000000}, {"s", NS_PER_S}, {"m", (int64_t)60 * NS_PER_S}, {"h", (int64_t)3600 * NS_PER_S},
};

static bool read_unit(struct reader *r, int64_t *ns)
{
    const char *begin = r->p;
    while (r->p < r->end && *r->p != '.' && !peek_digit(r)) r->p++;
    size_t n = (size_t)(r->p - begin);
    for (size_t i = 0; i < ARRAY_LEN(duration_units); i++) {
        if (strlen(duration_units[i].name) != n || memcmp(duration_units[i].name, begin, n) != 0) continue;
        *ns = duration_units[i].ns;
        return true;
    }
    return false;
}

/* One "1.5h"; added to *total. */
static bool read_duration_part(struct reader *r, uint64_t *total)
{
    uint64_t whole = 0, fraction = 0, scale = 1, part;
    bool digits = peek_digit(r);
    for (; peek_digit(r); r->p++) {
        if (__builtin_mul_overflow(whole, 10u, &whole)) return false;
        if (__builtin_add_overflow(whole, (uint64_t)(*r->p - '0'), &whole)) return false;
    }
    if (read_char(r, '.')) {
        digits |= peek_digit(r);
        for (; peek_digit(r); r->p++) {
            if (scale >= 100000000000000000u) continue; /* finer than any unit can show */
            fraction = fraction * 10 + (uint64_t)(*r->p - '0');
            scale *= 10;
        }
    }
    int64_t unit;
    if (!digits || !read_unit(r, &unit)) return false;
    if (__builtin_mul_overflow(whole, (uint64_t)unit, &part)) return false;
    part += (uint64_t)((double)fraction * ((double)unit / (double)scale));
    return !__builtin_add_overflow(*total, part, total) && *total <= (uint64_t)INT64_MAX + 1;
}

bool clk_parse_go_duration(const char *p, unsigned long n, int64_t *out_ns)
{
    struct reader r = {p, p + n};
    bool negative = read_char(&r, '-');
    if (!negative) (void)read_char(&r, '+');
    uint64_t total = 0;
    if (r.p == r.end) return false;
    if (r.end - r.p == 1 && *r.p == '0') {
        *out_ns = 0;
        return true;
    }
    while (r.p < r.end)
        if (!read_duration_part(&r, &total)) return false;
    if (!negative && total > INT64_MAX) return false;
    *out_ns = (int64_t)(negative ? 0 - total : total);
    return true;
}
