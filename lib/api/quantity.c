/* quantity.c - resource.Quantity: parsing, canonical text, exact arithmetic.
 * Reads: text.   Writes: struct qty, text.
 * Upstream: apimachinery pkg/api/resource (quantity.go, suffix.go). One deliberate difference: decimal values of 1000E
 * and more keep their value (upstream writes them without any suffix). */
#include "quantity.h"

#include "base/mem.h"

#include <stdio.h>

enum {
    NANO_SCALE = -9,
    NANO_PER_UNIT = 1000000000,
    DIGITS_MAX = 512, /* digits of one quantity as we write it; int64 nanos have 28, nobody writes more */
    DIGITS_READ_MAX = DIGITS_MAX + 2, /* writing may add two, for an exponent that is a multiple of three */
    FAST_DIGITS = 18,                 /* upstream keeps the text of decimals up to this length */
    FAST_BINARY_DIGITS = 15,
};

static const __int128 qty_max = (__int128)INT64_MAX * NANO_PER_UNIT;

/* |value| = d[0..n) * 10^exp, no leading zeros; n == 0 is zero. Room for the digits of a factor 2^60. */
struct dec {
    bool negative;
    int n;
    int64_t exp;
    char d[DIGITS_READ_MAX + 20];
};

struct qty_suffix {
    const char *text;
    enum qty_format format;
    int exp; /* of 10, or of 2 */
};

static const struct qty_suffix suffixes[] = {
    {"", QTY_DECIMAL_SI, 0},   {"n", QTY_DECIMAL_SI, -9}, {"u", QTY_DECIMAL_SI, -6}, {"m", QTY_DECIMAL_SI, -3},
    {"k", QTY_DECIMAL_SI, 3},  {"M", QTY_DECIMAL_SI, 6},  {"G", QTY_DECIMAL_SI, 9},  {"T", QTY_DECIMAL_SI, 12},
    {"P", QTY_DECIMAL_SI, 15}, {"E", QTY_DECIMAL_SI, 18}, {"Ki", QTY_BINARY_SI, 10}, {"Mi", QTY_BINARY_SI, 20},
    {"Gi", QTY_BINARY_SI, 30}, {"Ti", QTY_BINARY_SI, 40}, {"Pi", QTY_BINARY_SI, 50}, {"Ei", QTY_BINARY_SI, 60},
};

static const char *suffix_of(enum qty_format format, int exp)
{
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
        if (suffixes[i].format == format && suffixes[i].exp == exp) return suffixes[i].text;
    return "";
}

/* ---- Parsing ---- */

struct pieces { /* of "-1.50e3" */
    bool negative;
    struct str num, denom, suffix;
    enum qty_format format;
    int64_t exp;
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static struct str take_digits(struct str s, size_t *at)
{
    size_t start = *at;
    while (*at < s.n && is_digit(s.p[*at])) (*at)++;
    return str_n(s.p + start, *at - start);
}

static bool wrong_format(struct err *e)
{
    return err_set(e, ERR_BAD_REQUEST,
                   "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

static bool too_long(struct err *e) { return err_set(e, ERR_BAD_REQUEST, "unable to parse numeric part of quantity"); }

/* What "Ki" or "e3" stands for. */
static bool read_suffix(struct pieces *p, struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        if (!str_eqc(p->suffix, suffixes[i].text)) continue;
        p->format = suffixes[i].format;
        p->exp = suffixes[i].exp;
        return true;
    }
    p->format = QTY_DECIMAL_EXPONENT;
    struct str number = str_from(p->suffix, 1);
    if (number.n && number.p[0] == '+') number = str_from(number, 1);
    bool exponent = p->suffix.p[0] == 'e' || p->suffix.p[0] == 'E';
    bool number_ok = number.n && (is_digit(number.p[0]) || number.p == p->suffix.p + 1);
    if (exponent && number_ok && str_to_i64(number, &p->exp) && p->exp >= INT32_MIN && p->exp <= INT32_MAX) return true;
    return err_set(e, ERR_BAD_REQUEST, "unable to parse quantity's suffix");
}

static bool split(struct str text, struct pieces *p, struct err *e)
{
    *p = (struct pieces){0};
    size_t at = 0;
    if (!text.n) return wrong_format(e);
    if (text.p[0] == '-' || text.p[0] == '+') p->negative = text.p[at++] == '-';
    while (at < text.n && text.p[at] == '0') at++;
    p->num = take_digits(text, &at);
    if (at < text.n && text.p[at] == '.') {
        at++;
        p->denom = take_digits(text, &at);
    }
    size_t start = at;
    while (at < text.n && memchr("eEinumkKMGTP", text.p[at], 12)) at++;
    if (at < text.n && (text.p[at] == '-' || text.p[at] == '+')) at++;
    take_digits(text, &at);
    if (at < text.n) return wrong_format(e);
    p->suffix = str_n(text.p + start, at - start);
    if (!read_suffix(p, e)) return false;
    return p->num.n + p->denom.n <= DIGITS_READ_MAX || too_long(e);
}

static void dec_trim(struct dec *v)
{
    int zeros = 0;
    while (zeros < v->n && v->d[zeros] == '0') zeros++;
    memmove(v->d, v->d + zeros, (size_t)(v->n - zeros));
    v->n -= zeros;
    while (v->n && v->d[v->n - 1] == '0') {
        v->n--;
        v->exp++;
    }
    if (!v->n) v->exp = 0;
}

/* Times 2^bits, bits <= 60. */
static void dec_shift(struct dec *v, int bits)
{
    char out[sizeof v->d];
    unsigned __int128 carry = 0;
    int at = (int)sizeof out;
    for (int i = v->n; i > 0 || carry;) {
        if (i > 0) carry += (unsigned __int128)(v->d[--i] - '0') << bits;
        out[--at] = (char)('0' + (int)(carry % 10));
        carry /= 10;
    }
    v->n = (int)sizeof out - at;
    memcpy(v->d, out + at, (size_t)v->n);
}

/* Nothing is finer than a nano: the rest is rounded away from zero. */
static void dec_round_to_nano(struct dec *v)
{
    if (!v->n || v->exp >= NANO_SCALE) return;
    int64_t drop = NANO_SCALE - v->exp;
    v->exp = NANO_SCALE;
    v->n = drop >= v->n ? 0 : v->n - (int)drop; /* trimmed, so what is dropped is not all zeros */
    int i = v->n;
    while (i > 0 && v->d[i - 1] == '9') v->d[--i] = '0';
    if (i > 0) {
        v->d[i - 1]++;
    } else {
        memmove(v->d + 1, v->d, (size_t)v->n);
        v->d[0] = '1';
        v->n++;
    }
    dec_trim(v);
}

/* The power of ten that is written after the digits: a multiple of three, not above what suffixes can say. */
static int64_t written_exp(const struct dec *v, enum qty_format format)
{
    int64_t exp = v->exp - (v->exp % 3 + 3) % 3;
    return format == QTY_DECIMAL_SI ? MIN(exp, 18) : exp;
}

/* False: too long to be written, so that what is written can be read. */
static bool dec_of_pieces(struct dec *v, const struct pieces *p, struct err *e)
{
    v->negative = p->negative;
    v->n = (int)(p->num.n + p->denom.n);
    if (p->num.n) memcpy(v->d, p->num.p, p->num.n);
    if (p->denom.n) memcpy(v->d + p->num.n, p->denom.p, p->denom.n);
    v->exp = -(int64_t)p->denom.n;
    dec_trim(v);
    if (p->format == QTY_BINARY_SI) {
        dec_shift(v, (int)p->exp);
        dec_trim(v);
    } else if (v->n) {
        v->exp += p->exp;
    }
    dec_round_to_nano(v);
    return p->format == QTY_BINARY_SI || v->n + v->exp - written_exp(v, p->format) <= DIGITS_MAX || too_long(e);
}

/* In nanos, capped. v is rounded to nanos. */
static __int128 dec_nano(const struct dec *v)
{
    __int128 x = 0;
    int64_t zeros = v->exp - NANO_SCALE;
    if (v->n + zeros > 30)
        x = qty_max; /* qty_max has 28 digits */
    else
        for (int64_t i = 0; v->n && i < v->n + zeros; i++) x = x * 10 + (i < v->n ? v->d[i] - '0' : 0);
    x = MIN(x, qty_max);
    return v->negative ? -x : x;
}

static struct qty qty_of_dec(const struct dec *v, enum qty_format format)
{
    struct qty q = {.nano = dec_nano(v), .format = format};
    __int128 size = q.nano < 0 ? -q.nano : q.nano;
    if (format == QTY_BINARY_SI && size > 0 && size < NANO_PER_UNIT) q.format = QTY_DECIMAL_SI;
    return q;
}

bool qty_parse(struct str text, struct qty *out, struct err *e)
{
    struct pieces p;
    struct dec v;
    if (!split(text, &p, e) || !dec_of_pieces(&v, &p, e)) return false;
    *out = qty_of_dec(&v, p.format);
    return true;
}

/* ---- Writing ---- */

/* "-1500e6": the fewest digits whose power of ten is a multiple of three. out has room for v->n + 32 bytes. */
static void dec_write(const struct dec *v, enum qty_format format, char *out)
{
    int64_t exp = written_exp(v, format);
    if (v->negative) *out++ = '-';
    memcpy(out, v->d, (size_t)v->n);
    out += v->n;
    for (int64_t zeros = v->exp - exp; zeros > 0; zeros--) *out++ = '0';
    if (format == QTY_DECIMAL_SI)
        snprintf(out, 4, "%s", suffix_of(format, (int)exp));
    else if (exp)
        snprintf(out, 24, "e%lld", (long long)exp);
    else
        *out = 0;
}

static void dec_of_nano(struct dec *v, __int128 nano)
{
    v->negative = nano < 0;
    unsigned __int128 x = nano < 0 ? -(unsigned __int128)nano : (unsigned __int128)nano;
    char digits[40];
    int at = (int)sizeof digits;
    for (; x; x /= 10) digits[--at] = (char)('0' + (int)(x % 10));
    v->n = (int)sizeof digits - at;
    memcpy(v->d, digits + at, (size_t)v->n);
    v->exp = NANO_SCALE;
    dec_trim(v);
}

static void binary_write(int64_t value, char out[QTY_TEXT_MAX])
{
    int exp = 0;
    while (value % 1024 == 0) {
        value /= 1024;
        exp += 10;
    }
    snprintf(out, QTY_TEXT_MAX, "%lld%s", (long long)value, exp ? suffix_of(QTY_BINARY_SI, exp) : "");
}

/* Binary units are used only where they neither hide nor round anything. */
static bool writes_binary(const struct qty *q)
{
    __int128 size = q->nano < 0 ? -q->nano : q->nano;
    return q->format == QTY_BINARY_SI && size >= (__int128)1024 * NANO_PER_UNIT && size % NANO_PER_UNIT == 0;
}

char *qty_write(const struct qty *q, char out[QTY_TEXT_MAX])
{
    struct dec v;
    if (q->nano == 0) {
        memcpy(out, "0", 2);
    } else if (writes_binary(q)) {
        binary_write((int64_t)(q->nano / NANO_PER_UNIT), out);
    } else {
        dec_of_nano(&v, q->nano);
        dec_write(&v, q->format == QTY_BINARY_SI ? QTY_DECIMAL_SI : q->format, out);
    }
    return out;
}

/* Upstream's parser remembers the text itself when it takes it for canonical. */
static bool keeps_text(const struct pieces *p)
{
    size_t digits = MAX(p->num.n, 1) + p->denom.n;
    if (!p->num.n) return false;
    if (p->format == QTY_BINARY_SI) {
        int64_t value;
        int room = FAST_BINARY_DIGITS - (int)p->num.n - (int)p->exp * 3 / 10 - 1;
        return !p->denom.n && room >= 0 && str_to_i64(p->num, &value) && (value & 7) != 0;
    }
    int64_t scale = p->exp - (int64_t)p->denom.n;
    if (digits > FAST_DIGITS || scale < NANO_SCALE || scale % 3 != 0) return false;
    int zeros = 0; /* at the end of num and denom taken together */
    for (size_t i = digits; i > 0; i--, zeros++)
        if ((i > p->num.n ? p->denom.p[i - 1 - p->num.n] : p->num.p[i - 1]) != '0') break;
    return zeros < 3;
}

bool qty_canonical(struct arena *a, struct str text, struct str *out, struct err *e)
{
    while (text.n && memchr(" \t\r\n\v\f", text.p[0], 6)) text = str_from(text, 1);
    while (text.n && memchr(" \t\r\n\v\f", text.p[text.n - 1], 6)) text.n--;
    struct pieces p;
    struct dec v;
    if (!split(text, &p, e)) return false;
    if (keeps_text(&p)) {
        *out = text;
        return true;
    }
    if (!dec_of_pieces(&v, &p, e)) return false;
    struct qty q = qty_of_dec(&v, p.format);
    char *room = arena_alloc(a, text.n + QTY_TEXT_MAX);
    bool capped = q.nano == qty_max || q.nano == -qty_max;
    if (capped && p.format != QTY_BINARY_SI)
        dec_write(&v, p.format, room);
    else
        qty_write(&q, room);
    *out = str_of(room);
    return true;
}

/* ---- Arithmetic ---- */

static __int128 clamp(__int128 x) { return x > qty_max ? qty_max : x < -qty_max ? -qty_max : x; }

/* x / by, away from zero, within int64. */
static int64_t divide_up(__int128 x, int64_t by)
{
    __int128 r = x / by + (x % by > 0) - (x % by < 0);
    return r > INT64_MAX ? INT64_MAX : r < INT64_MIN ? INT64_MIN : (int64_t)r;
}

int64_t qty_value(const struct qty *q) { return divide_up(q->nano, NANO_PER_UNIT); }

int64_t qty_milli(const struct qty *q) { return divide_up(q->nano, NANO_PER_UNIT / 1000); }

int qty_cmp(const struct qty *a, const struct qty *b) { return (a->nano > b->nano) - (a->nano < b->nano); }

struct qty qty_add(const struct qty *a, const struct qty *b)
{
    return (struct qty){.nano = clamp(a->nano + b->nano), .format = a->nano ? a->format : b->format};
}

struct qty qty_sub(const struct qty *a, const struct qty *b)
{
    return (struct qty){.nano = clamp(a->nano - b->nano), .format = a->nano ? a->format : b->format};
}

struct qty qty_of_milli(int64_t milli, enum qty_format f)
{
    return (struct qty){.nano = clamp((__int128)milli * (NANO_PER_UNIT / 1000)), .format = f};
}

struct qty qty_of(int64_t value, enum qty_format f)
{
    return (struct qty){.nano = clamp((__int128)value * NANO_PER_UNIT), .format = f};
}
