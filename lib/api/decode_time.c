/* decode_time.c - times as Go's time.Parse reads them for metav1's Time and MicroTime, with its words for what does not
 * fit: more than RFC 3339 allows (one digit of an hour, a comma, an offset of 24 hours), and of a MicroTime exactly six
 * digits behind the point.
 * Reads: text that a client sent.   Writes: the node, in place.   Upstream: Go's time/format.go; apimachinery
 * pkg/apis/meta/v1 time.go, micro_time.go. */
#include "decode_priv.h"

#include "base/clk.h"

#include <stdio.h>

enum { MICRO_DIGITS = 6, NANO_DIGITS = 9, S_PER_HOUR = 3600, HOUR_MAX = 24, MINUTE_MAX = 60 };
static const int64_t go_zero_s = -62135596800; /* 0001-01-01T00:00:00Z, which Go writes as null */

struct time_reader {
    struct str text, rest;
    bool micro;
    int year, month, day, hour, minute, second, offset_s;
    int32_t ns;
    struct err *e;
};

/* ---- What Go says ---- */

static void put_quoted(struct buf *out, struct str s)
{
    buf_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < ' ' || c >= 0x80)
            buf_addf(out, "\\x%02x", c);
        else
            buf_addf(out, "%s%c", c == '"' || c == '\\' ? "\\" : "", c);
    }
    buf_char(out, '"');
}

/* layout: the part that hold does not fit. NULL: the value is out of a range or has something behind it, as `why` says.
 */
static bool refuse(const struct time_reader *r, struct str hold, const char *layout, const char *why)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, ERR_TEXT_MAX);
    buf_cstr(&text, "parsing time ");
    put_quoted(&text, r->text);
    if (layout) {
        buf_addf(&text, " as \"2006-01-02T15:04:05%sZ07:00\": cannot parse ", r->micro ? ".000000" : "");
        put_quoted(&text, hold);
        buf_addf(&text, " as \"%s\"", layout);
    } else {
        buf_addf(&text, ": %s", why);
        if (hold.n) put_quoted(&text, hold);
    }
    return err_set(r->e, ERR_BAD_REQUEST, "%.*s", STR_ARG(buf_view(&text)));
}

/* ---- Parts ---- */

static bool is_digit(struct str s, size_t at) { return at < s.n && s.p[at] >= '0' && s.p[at] <= '9'; }

/* Two digits, or one where Go puts up with it. */
static bool take_number(struct str *s, bool two, int *out)
{
    size_t n = is_digit(*s, 1) ? 2 : 1;
    if (!is_digit(*s, 0) || (two && n < 2)) return false;
    *out = s->p[0] - '0';
    if (n == 2) *out = *out * 10 + s->p[1] - '0';
    *s = str_from(*s, n);
    return true;
}

static bool take_char(struct time_reader *r, const char *c)
{
    if (!r->rest.n || r->rest.p[0] != *c) return refuse(r, r->rest, c, NULL);
    r->rest = str_from(r->rest, 1);
    return true;
}

static bool take_part(struct time_reader *r, const char *layout, bool two, int *out)
{
    struct str hold = r->rest;
    return take_number(&r->rest, two, out) || refuse(r, hold, layout, NULL);
}

static bool take_date(struct time_reader *r)
{
    struct str hold = r->rest;
    for (size_t i = 0; i < 4; i++) {
        if (!is_digit(hold, i)) return refuse(r, hold, "2006", NULL);
        r->year = r->year * 10 + hold.p[i] - '0';
    }
    r->rest = str_from(hold, 4);
    if (!take_char(r, "-") || !take_part(r, "01", true, &r->month)) return false;
    if (r->month < 1 || r->month > 12) return refuse(r, STR_NULL, NULL, "month out of range");
    return take_char(r, "-") && take_part(r, "02", true, &r->day) && take_char(r, "T");
}

static bool take_clock(struct time_reader *r)
{
    if (!take_part(r, "15", false, &r->hour)) return false;
    if (r->hour >= HOUR_MAX) return refuse(r, STR_NULL, NULL, "hour out of range");
    if (!take_char(r, ":") || !take_part(r, "04", true, &r->minute)) return false;
    if (r->minute >= MINUTE_MAX) return refuse(r, STR_NULL, NULL, "minute out of range");
    if (!take_char(r, ":") || !take_part(r, "05", true, &r->second)) return false;
    return r->second < 60 || refuse(r, STR_NULL, NULL, "second out of range");
}

/* Any number of digits behind the point of a Time, none of them counts; just six of a MicroTime. */
static bool take_fraction(struct time_reader *r)
{
    struct str s = r->rest;
    size_t n = 0;
    int32_t unit = 100000000;
    if (s.n && (s.p[0] == '.' || s.p[0] == ','))
        while (is_digit(s, n + 1) && (!r->micro || n < MICRO_DIGITS)) n++;
    if (r->micro && n < MICRO_DIGITS) return refuse(r, s, ".000000", NULL);
    for (size_t i = 1; i <= MIN(n, (size_t)NANO_DIGITS); i++, unit /= 10) r->ns += unit * (s.p[i] - '0');
    if (n) r->rest = str_from(s, n + 1);
    return true;
}

static bool take_zone(struct time_reader *r)
{
    struct str hold = r->rest;
    int hours, minutes;
    if (hold.n && hold.p[0] == 'Z') {
        r->rest = str_from(hold, 1);
        return true;
    }
    if (hold.n < 6 || hold.p[3] != ':' || !is_digit(hold, 2) || !is_digit(hold, 5))
        return refuse(r, hold, "Z07:00", NULL);
    struct str hour = str_from(hold, 1), minute = str_from(hold, 4);
    if (!take_number(&hour, true, &hours) || !take_number(&minute, true, &minutes))
        return refuse(r, hold, "Z07:00", NULL);
    if (hours > HOUR_MAX) return refuse(r, STR_NULL, NULL, "time zone offset hour out of range");
    if (minutes > MINUTE_MAX) return refuse(r, STR_NULL, NULL, "time zone offset minute out of range");
    if (hold.p[0] != '+' && hold.p[0] != '-') return refuse(r, hold, "Z07:00", NULL);
    r->offset_s = (hours * S_PER_HOUR + minutes * 60) * (hold.p[0] == '-' ? -1 : 1);
    r->rest = str_from(hold, 6);
    return true;
}

static bool read_time(struct time_reader *r, int64_t *s)
{
    char text[CLK_TEXT_MAX];
    int32_t none;
    if (!take_date(r) || !take_clock(r) || !take_fraction(r) || !take_zone(r)) return false;
    if (r->rest.n) return refuse(r, r->rest, NULL, "extra text: ");
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", r->year, r->month, r->day, r->hour, r->minute,
             r->second);
    if (!clk_parse_rfc3339_parts(text, strlen(text), s, &none)) return refuse(r, STR_NULL, NULL, "day out of range");
    *s -= r->offset_s;
    return true;
}

/* "2006-01-02T15:04:05Z" is what clients send nearly always: nothing to do but to look. */
static bool is_plain_time(struct str s)
{
    int64_t unix_s;
    int32_t ns;
    return s.n == 20 && s.p[0] != '0' && clk_parse_rfc3339_parts(s.p, s.n, &unix_s, &ns);
}

bool decode_time(const struct decode_pass *ps, const struct api_field *f, struct json *v)
{
    char text[CLK_TEXT_MAX];
    int64_t s;
    struct time_reader r = {.text = v->u.s, .rest = v->u.s, .micro = f->value == API_MICROTIME, .e = ps->e};
    if (!r.micro && is_plain_time(v->u.s)) return true;
    if (!read_time(&r, &s)) return false;
    if (s == go_zero_s && r.ns == 0) {
        v->type = JSON_NULL;
        return true;
    }
    if (r.micro)
        clk_rfc3339_parts(s, r.ns, text);
    else
        clk_rfc3339(s, text);
    if (!str_eqc(v->u.s, text)) v->u.s = str_of(arena_strdup(ps->a, text));
    return true;
}
