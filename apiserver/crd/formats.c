/* formats.c - the formats of strings that upstream looks at.
 * Reads: texts.   Writes: nothing but its own compiled patterns.
 * Upstream: kube-openapi pkg/validation/strfmt, asaskevich/govalidator; patterns are facts of those. */
#include "apiserver/crd/validate.h"

#include "api/yaml_scalar.h"
#include "apiserver/object/ip.h"
#include "base/clk.h"
#include "base/kassert.h"

#include <pthread.h>

/* ---- By pattern ---- */

#define SHORT_NAME "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define HEX(n)     "[0-9a-f]{" #n "}"

static struct {
    const char *name, *pattern;
    const struct regex *regex;
} patterns[] = {
    {"uuid", "(?i)^" HEX(8) "-?" HEX(4) "-?" HEX(4) "-?" HEX(4) "-?" HEX(12) "$", NULL},
    {"uuid3", "(?i)^" HEX(8) "-?" HEX(4) "-?3" HEX(3) "-?" HEX(4) "-?" HEX(12) "$", NULL},
    {"uuid4", "(?i)^" HEX(8) "-?" HEX(4) "-?4" HEX(3) "-?[89ab]" HEX(3) "-?" HEX(12) "$", NULL},
    {"uuid5", "(?i)^" HEX(8) "-?" HEX(4) "-?5" HEX(3) "-?[89ab]" HEX(3) "-?" HEX(12) "$", NULL},
    {"bsonobjectid", "(?i)^" HEX(24) "$", NULL},
    {"hostname",
     "^([a-zA-Z0-9\\p{S}\\p{L}]((-?[a-zA-Z0-9\\p{S}\\p{L}]{0,62})?)|([a-zA-Z0-9\\p{S}\\p{L}](([a-zA-Z0-9-\\p{S}\\p{L}]{"
     "0,"
     "61}[a-zA-Z0-9\\p{S}\\p{L}])?)(\\.)){1,}([a-zA-Z\\p{L}]){2,63})$",
     NULL},
    {"ssn", "^\\d{3}[- ]?\\d{2}[- ]?\\d{4}$", NULL},
    {"hexcolor", "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$", NULL},
    {"rgbcolor",
     "^rgb\\(\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*,\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*,\\s*(0|["
     "1-9]"
     "\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*\\)$",
     NULL},
    {"byte", "^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$", NULL},
    {"k8sshortname", "^" SHORT_NAME "$", NULL},
    {"k8slongname", "^" SHORT_NAME "(\\." SHORT_NAME ")*$", NULL},
    {"creditcard",
     "^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|(222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}|6(?:"
     "011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\\d{3})\\d{11}|6[27][0-9]{"
     "14})$",
     NULL},
    {"mac",
     "^(([0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}|[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){7}|[0-9a-fA-F]{2}(:["
     "0-9a-fA-F]{2}){19}|[0-9a-fA-F]{2}(-[0-9a-fA-F]{2}){5}|[0-9a-fA-F]{2}(-[0-9a-fA-F]{2}){7}|[0-9a-fA-F]{2}(-[0-9a-"
     "fA-"
     "F]{2}){19}|[0-9a-fA-F]{4}(\\.[0-9a-fA-F]{4}){2}|[0-9a-fA-F]{4}(\\.[0-9a-fA-F]{4}){3}|[0-9a-fA-F]{4}(\\.[0-9a-fA-"
     "F]"
     "{4}){9}))$",
     NULL},
    {"datetail", "^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$", NULL},
    {"email", "^[^@\\s<>,;:\"\\[\\]()]+@([^@\\s<>,;:\"\\[\\]()]+|\\[[0-9.:a-fA-F]+\\])$",
     NULL}, /* the plain form of addresses */
    {"scala", "^[0-9]+\\s*[A-Za-zµ]+$", NULL},
};

static struct arena compiled; /* as long as the process */

static void compile_all(void)
{
    for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
        struct err e = ERR_INIT;
        patterns[i].regex = regex_compile(&compiled, str_of(patterns[i].pattern), &e);
        KASSERT(patterns[i].regex);
    }
}

static bool by_pattern(const char *name, struct str text)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, compile_all);
    for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
        if (strcmp(patterns[i].name, name) == 0) return regex_match(patterns[i].regex, text);
    return false;
}

/* ---- By hand ---- */

static bool is_ipv4(struct str s)
{
    struct ip ip;
    return ip_parse(s, &ip) && str_chr(s, '.') != SIZE_MAX;
}

static bool is_ipv6(struct str s)
{
    struct ip ip;
    return ip_parse(s, &ip) && str_chr(s, ':') != SIZE_MAX;
}

static bool is_cidr(struct str s)
{
    struct ip ip;
    int bits;
    return cidr_parse(s, &ip, &bits);
}

static bool is_date(struct str s)
{
    char text[32];
    int64_t ns;
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-') return false;
    memcpy(text, s.p, 10);
    memcpy(text + 10, "T00:00:00Z", 10);
    return clk_parse_rfc3339(text, 20, &ns);
}

static bool is_datetime(struct str s)
{
    struct arena a AUTO_ARENA = {0};
    struct str rest, day = str_cut(str_lower(&a, s), 't', &rest);
    if (s.n < 4 || str_is_null(rest) || !is_date(day)) return false;
    struct str time = str_cut(rest, 't', &rest);
    return by_pattern("datetail", time) && memcmp(time.p, "23", 2) <= 0 && memcmp(time.p + 3, "59", 2) <= 0 &&
           memcmp(time.p + 6, "59", 2) <= 0;
}

/* Go's durations ("1h30m"), and Scala's ("22 ns", "3 days"). */
static bool is_duration(struct str s)
{
    static const char *const units[] = {"ns", "us", "µs", "μs", "ms", "s", "m", "h"};
    static const char *const words[] = {"ns",
                                        "nano",
                                        "nanos",
                                        "nanosecond",
                                        "nanoseconds",
                                        "us",
                                        "µs",
                                        "micro",
                                        "micros",
                                        "microsecond",
                                        "microseconds",
                                        "ms",
                                        "milli",
                                        "millis",
                                        "millisecond",
                                        "milliseconds",
                                        "s",
                                        "sec",
                                        "secs",
                                        "second",
                                        "seconds",
                                        "m",
                                        "min",
                                        "mins",
                                        "minute",
                                        "minutes",
                                        "h",
                                        "hr",
                                        "hour",
                                        "hours",
                                        "d",
                                        "day",
                                        "days",
                                        "w",
                                        "week",
                                        "weeks",
                                        "wk"};
    struct str rest = s;
    if (rest.n && (rest.p[0] == '-' || rest.p[0] == '+')) rest = str_from(rest, 1);
    bool go = rest.n > 0;
    if (str_eq(rest, STR("0"))) return true;
    while (go && rest.n) {
        size_t digits = 0, i = 0, unit = 0;
        for (; i < rest.n && ((rest.p[i] >= '0' && rest.p[i] <= '9') || rest.p[i] == '.'); i++)
            digits += rest.p[i] != '.';
        rest = str_from(rest, i);
        for (size_t u = 0; u < ARRAY_LEN(units); u++)
            if (str_starts(rest, str_of(units[u])) && strlen(units[u]) > unit) unit = strlen(units[u]);
        go = digits && unit;
        rest = str_from(rest, unit);
    }
    if (go) return true;
    if (!by_pattern("scala", s)) return false;
    size_t at = 0;
    while (at < s.n && ((s.p[at] >= '0' && s.p[at] <= '9') || s.p[at] == ' ' || s.p[at] == '\t')) at++;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_eqc(str_from(s, at), words[i])) return true;
    return false;
}

static bool is_uri(struct str s)
{
    size_t colon = str_chr(s, ':');
    if (!s.n || memchr(s.p, ' ', s.n) || memchr(s.p, 0x7f, s.n)) return false;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20) return false;
    if (s.p[0] == '/') return true;
    if (colon == SIZE_MAX || colon == 0) return false;
    for (size_t i = 0; i < colon; i++) {
        char c = s.p[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z', other = (c >= '0' && c <= '9') || strchr("+-.", c);
        if (!letter && !(i && other)) return false;
    }
    return true;
}

/* The digits of a number with dashes or spaces in it; more than most: SIZE_MAX. */
static size_t digits_of(struct str s, char *out, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '-' || s.p[i] == ' ') continue;
        if (n == most) return SIZE_MAX;
        out[n++] = s.p[i];
    }
    return n;
}

static bool is_isbn(struct str s, size_t length)
{
    char d[14];
    int sum = 0;
    if (digits_of(s, d, 13) != length) return false;
    for (size_t i = 0; i < length; i++) {
        bool x = length == 10 && i == 9 && d[i] == 'X';
        if (!x && (d[i] < '0' || d[i] > '9')) return false;
        int v = x ? 10 : d[i] - '0';
        sum += length == 10 ? (int)(i + 1) * v : i % 2 ? 3 * v : v;
    }
    return sum % (length == 10 ? 11 : 10) == 0;
}

static bool is_credit_card(struct str s)
{
    char d[20];
    int sum = 0;
    size_t n = digits_of(s, d, sizeof d);
    if (n == SIZE_MAX || !by_pattern("creditcard", str_n(d, n))) return false;
    for (size_t i = 0; i < n; i++) {
        int v = d[n - 1 - i] - '0';
        if (i % 2) v = v * 2 > 9 ? v * 2 - 9 : v * 2;
        sum += v;
    }
    return sum % 10 == 0;
}

static bool is_isbn_any(struct str s) { return is_isbn(s, 10) || is_isbn(s, 13); }
static bool is_isbn10(struct str s) { return is_isbn(s, 10); }
static bool is_isbn13(struct str s) { return is_isbn(s, 13); }
static bool is_anything(struct str s) { return s.n < SIZE_MAX; }

static bool is_hostname(struct str s)
{
    if (s.n > 255 || !by_pattern("hostname", s)) return false;
    for (struct str rest = s; !str_is_null(rest);)
        if (str_cut(rest, '.', &rest).n > 63) return false;
    return true;
}

static const struct {
    const char *name;
    bool (*holds)(struct str); /* NULL: the pattern of that name */
    size_t most;               /* bytes; 0: any */
} formats[] = {
    {"bsonobjectid", NULL, 0},
    {"uri", is_uri, 0},
    {"email", NULL, 0},
    {"hostname", is_hostname, 0},
    {"ipv4", is_ipv4, 0},
    {"ipv6", is_ipv6, 0},
    {"cidr", is_cidr, 0},
    {"mac", NULL, 0},
    {"uuid", NULL, 0},
    {"uuid3", NULL, 0},
    {"uuid4", NULL, 0},
    {"uuid5", NULL, 0},
    {"isbn", is_isbn_any, 0},
    {"isbn10", is_isbn10, 0},
    {"isbn13", is_isbn13, 0},
    {"creditcard", is_credit_card, 0},
    {"ssn", NULL, 0},
    {"hexcolor", NULL, 0},
    {"rgbcolor", NULL, 0},
    {"byte", NULL, 0},
    {"password", is_anything, 0},
    {"date", is_date, 0},
    {"duration", is_duration, 0},
    {"datetime", is_datetime, 0},
    {"k8sshortname", NULL, 63},
    {"k8slongname", NULL, 253},
};

/* Its row by the name without dashes; -1: unknown. */
static int row_of(struct str format)
{
    char name[16];
    size_t n = 0;
    for (size_t i = 0; i < format.n; i++) {
        if (format.p[i] == '-') continue;
        if (n == sizeof name) return -1;
        name[n++] = format.p[i];
    }
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (str_eqc(str_n(name, n), formats[i].name)) return (int)i;
    return -1;
}

bool format_is_known(struct str format) { return format.n && row_of(format) >= 0; }

bool format_holds(struct str format, struct str text)
{
    int i = row_of(format);
    if (i < 0) return true;
    if (formats[i].most && text.n > formats[i].most) return false;
    return formats[i].holds ? formats[i].holds(text) : by_pattern(formats[i].name, text);
}
