/* yaml_scalar.c - what a plain YAML 1.1 scalar means.   Reads: text.   Writes: a typed value.
 * Upstream: go.yaml.in/yaml/v2 resolve.go. */
#include "yaml_scalar.h"

#include "base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBER_MAX = 512 }; /* a longer run of digits is text, as it is for Go once it overflows a float64 */

static const struct {
    const char *text;
    enum yaml_kind kind;
    bool b;
    double real;
} words[] = {
    {"", YAML_NULL, false, 0},
    {"~", YAML_NULL, false, 0},
    {"null", YAML_NULL, false, 0},
    {"Null", YAML_NULL, false, 0},
    {"NULL", YAML_NULL, false, 0},
    {"y", YAML_BOOL, true, 0},
    {"Y", YAML_BOOL, true, 0},
    {"yes", YAML_BOOL, true, 0},
    {"Yes", YAML_BOOL, true, 0},
    {"YES", YAML_BOOL, true, 0},
    {"true", YAML_BOOL, true, 0},
    {"True", YAML_BOOL, true, 0},
    {"TRUE", YAML_BOOL, true, 0},
    {"on", YAML_BOOL, true, 0},
    {"On", YAML_BOOL, true, 0},
    {"ON", YAML_BOOL, true, 0},
    {"n", YAML_BOOL, false, 0},
    {"N", YAML_BOOL, false, 0},
    {"no", YAML_BOOL, false, 0},
    {"No", YAML_BOOL, false, 0},
    {"NO", YAML_BOOL, false, 0},
    {"false", YAML_BOOL, false, 0},
    {"False", YAML_BOOL, false, 0},
    {"FALSE", YAML_BOOL, false, 0},
    {"off", YAML_BOOL, false, 0},
    {"Off", YAML_BOOL, false, 0},
    {"OFF", YAML_BOOL, false, 0},
    {".nan", YAML_FLOAT, false, NAN},
    {".NaN", YAML_FLOAT, false, NAN},
    {".NAN", YAML_FLOAT, false, NAN},
    {".inf", YAML_FLOAT, false, INFINITY},
    {".Inf", YAML_FLOAT, false, INFINITY},
    {".INF", YAML_FLOAT, false, INFINITY},
    {"+.inf", YAML_FLOAT, false, INFINITY},
    {"+.Inf", YAML_FLOAT, false, INFINITY},
    {"+.INF", YAML_FLOAT, false, INFINITY},
    {"-.inf", YAML_FLOAT, false, -INFINITY},
    {"-.Inf", YAML_FLOAT, false, -INFINITY},
    {"-.INF", YAML_FLOAT, false, -INFINITY},
    {"<<", YAML_MERGE, false, 0},
};

enum { WORD_MAX = 5 };

static bool is_word(struct str text, struct yaml_scalar *out)
{
    for (size_t i = 0; text.n <= WORD_MAX && i < ARRAY_LEN(words); i++) {
        if (!str_eqc(text, words[i].text)) continue;
        *out = (struct yaml_scalar){.kind = words[i].kind, .b = words[i].b, .real = words[i].real};
        return true;
    }
    return false;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 99;
}

/* "-0x1F", "0644", "0o7", "0b11", "12": Go's ParseInt with base 0. */
static bool is_int(const char *p, struct yaml_scalar *out)
{
    bool negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    int base = 10;
    if (*p == '0' && p[1]) {
        char c = p[1] | 0x20;
        base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 8;
        p += c == 'x' || c == 'o' || c == 'b' ? 2 : 1;
    }
    uint64_t size = 0;
    if (!*p) return false;
    for (; *p; p++) {
        int d = digit_of(*p);
        if (d >= base || __builtin_mul_overflow(size, (uint64_t)base, &size) ||
            __builtin_add_overflow(size, (uint64_t)d, &size))
            return false;
    }
    if (negative && size > (uint64_t)INT64_MAX + 1) return false;
    *out = (struct yaml_scalar){.kind = YAML_INT, .negative = negative && size, .size = size};
    return true;
}

static const char *skip_digits(const char *p)
{
    while (*p >= '0' && *p <= '9') p++;
    return p;
}

/* ^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$ */
static bool is_float(const char *text, struct yaml_scalar *out)
{
    const char *p = text + (*text == '-' || *text == '+'), *start = p;
    p = skip_digits(p);
    bool whole = p > start;
    if (*p == '.') {
        start = ++p;
        p = skip_digits(p);
        if (!whole && p == start) return false;
    } else if (!whole) {
        return false;
    }
    if (*p == 'e' || *p == 'E') {
        p += p[1] == '-' || p[1] == '+' ? 2 : 1;
        start = p;
        p = skip_digits(p);
        if (p == start) return false;
    }
    if (*p) return false;
    double v = strtod(text, NULL);
    if (isinf(v)) return false;
    *out = (struct yaml_scalar){.kind = YAML_FLOAT, .real = v};
    return true;
}

static bool take_number(struct str *s, int min_digits, int max_digits, int *out)
{
    int n = 0;
    *out = 0;
    while (n < max_digits && (size_t)n < s->n && s->p[n] >= '0' && s->p[n] <= '9') *out = *out * 10 + s->p[n++] - '0';
    *s = str_from(*s, (size_t)n);
    return n >= min_digits;
}

static bool take_char(struct str *s, char a, char b)
{
    if (!s->n || (s->p[0] != a && s->p[0] != b)) return false;
    *s = str_from(*s, 1);
    return true;
}

/* ".123", and then "Z" or "+01:00" when there is a T. */
static bool is_time_end(struct str s, bool zoned)
{
    int x;
    if (take_char(&s, '.', ',')) {
        size_t digits = 0;
        while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9') digits++;
        if (!digits) return false;
        s = str_from(s, digits);
    }
    if (!zoned || take_char(&s, 'Z', 'Z')) return s.n == 0;
    return take_char(&s, '+', '-') && take_number(&s, 2, 2, &x) && take_char(&s, ':', ':') &&
           take_number(&s, 2, 2, &x) && s.n == 0;
}

/* "2001-1-2", "2001-1-2 15:4:5.9", "2001-1-2T15:4:5Z" */
static bool is_timestamp(struct str s)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int y, mo, d, h, mi, sec;
    if (!take_number(&s, 4, 4, &y) || !take_char(&s, '-', '-') || !take_number(&s, 1, 2, &mo) ||
        !take_char(&s, '-', '-') || !take_number(&s, 1, 2, &d))
        return false;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (mo < 1 || mo > 12 || d < 1 || d > days[mo - 1] + (mo == 2 && leap)) return false;
    if (!s.n) return true;
    bool zoned = s.p[0] != ' ';
    if (zoned ? !take_char(&s, 'T', 't') : !take_char(&s, ' ', ' ')) return false;
    if (!take_number(&s, 1, 2, &h) || !take_char(&s, ':', ':') || !take_number(&s, 1, 2, &mi) ||
        !take_char(&s, ':', ':') || !take_number(&s, 1, 2, &sec))
        return false;
    return h < 24 && mi < 60 && sec < 60 && is_time_end(s, zoned);
}

void yaml_scalar_resolve(struct str text, struct yaml_scalar *out)
{
    if (is_word(text, out)) return;
    *out = (struct yaml_scalar){.kind = YAML_STR};
    char c = text.p[0];
    bool number = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!number || text.n > NUMBER_MAX) return;
    if (is_timestamp(text)) {
        out->kind = YAML_TIMESTAMP;
        return;
    }
    char plain[NUMBER_MAX + 1]; /* without the underscores that may group digits */
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '_' && c != '.') continue;
        if (!text.p[i]) return;
        plain[n++] = text.p[i];
    }
    plain[n] = 0;
    if (c == '.' || !is_int(plain, out)) is_float(plain, out);
}

/* 123, exponent 1 -> "12.3"; zeros are filled in on either side. */
static void write_plain(const char *digits, int ndigits, int exponent, char *out)
{
    if (exponent < 0) {
        *out++ = '0';
        *out++ = '.';
        for (int i = exponent; i < -1; i++) *out++ = '0';
    }
    for (int i = 0; i < MAX(ndigits, exponent + 1); i++) {
        if (i && i == exponent + 1) *out++ = '.';
        *out++ = i < ndigits ? digits[i] : '0';
    }
    *out = 0;
}

/* 123, exponent 21 -> "1.23e+21"; the exponent has at least min_digits. */
static void write_exponent(const char *digits, int ndigits, int exponent, int min_digits, char *out)
{
    *out++ = digits[0];
    if (ndigits > 1) *out++ = '.';
    for (int i = 1; i < ndigits; i++) *out++ = digits[i];
    snprintf(out, 16, "e%c%0*d", exponent < 0 ? '-' : '+', min_digits, abs(exponent));
}

enum { REAL_DIGITS_MAX = 17 };

/* The fewest digits that read back as size >= 0; returns how many. */
static int shortest(double size, char digits[REAL_DIGITS_MAX], int *exponent)
{
    char text[YAML_REAL_MAX];
    int precision = 0, n = 0;
    do snprintf(text, sizeof text, "%.*e", precision, size);
    while (strtod(text, NULL) != size && ++precision < REAL_DIGITS_MAX);
    const char *p = text;
    for (; *p && *p != 'e'; p++)
        if (*p != '.' && n < REAL_DIGITS_MAX) digits[n++] = *p;
    *exponent = *p ? (int)strtol(p + 1, NULL, 10) : 0;
    return n;
}

char *yaml_real_text(double v, char out[YAML_REAL_MAX])
{
    char digits[REAL_DIGITS_MAX], *rest = out;
    int exponent, n = shortest(fabs(v), digits, &exponent);
    if (signbit(v)) *rest++ = '-';
    if (v == 0 || (exponent >= -6 && exponent < 21))
        write_plain(digits, n, exponent, rest);
    else
        write_exponent(digits, n, exponent, 1, rest);
    return out;
}

char *yaml_real_general(double v, char out[YAML_REAL_MAX])
{
    char digits[REAL_DIGITS_MAX], *rest = out;
    int exponent, n = shortest(fabs(v), digits, &exponent);
    if (signbit(v)) *rest++ = '-';
    if (exponent >= -4 && exponent < 6)
        write_plain(digits, n, exponent, rest);
    else
        write_exponent(digits, n, exponent, 2, rest);
    return out;
}
