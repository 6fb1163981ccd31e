/* label.c - what a label key and a label value may be.   Reads: text.   Writes: upstream's messages. */
#include "label.h"

#define NAME_RULE                                                                                                      \
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " \
    "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "                                      \
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
#define PREFIX_RULE                                                                                                    \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "   \
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "                        \
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
#define VALUE_RULE                                                                                                     \
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "    \
    "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation "  \
    "is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

struct messages {
    struct buf *out;
    int count;
};

static void say(struct messages *m, const char *part, const char *text)
{
    if (m->count++) buf_cstr(m->out, "; ");
    buf_cstr(m->out, part);
    buf_cstr(m->out, text);
}

static bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

static bool is_alphanumeric(char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z'); }

static bool is_name(struct str s)
{
    if (!s.n || !is_alphanumeric(s.p[0]) || !is_alphanumeric(s.p[s.n - 1])) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_alphanumeric(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.') return false;
    return true;
}

static bool is_subdomain(struct str s)
{
    while (!str_is_null(s)) {
        struct str part = str_cut(s, '.', &s);
        if (!part.n || !is_lower_or_digit(part.p[0]) || !is_lower_or_digit(part.p[part.n - 1])) return false;
        for (size_t i = 0; i < part.n; i++)
            if (!is_lower_or_digit(part.p[i]) && part.p[i] != '-') return false;
    }
    return true;
}

bool label_key_ok(struct buf *out, struct str key)
{
    struct messages m = {.out = out};
    struct str name, prefix = str_cut(key, '/', &name);
    if (str_is_null(name)) {
        name = prefix;
    } else if (str_chr(name, '/') != SIZE_MAX) {
        say(&m, "a valid label key ",
            NAME_RULE " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
        return false;
    } else if (!prefix.n) {
        say(&m, "prefix part ", "must be non-empty");
    } else {
        if (prefix.n > LABEL_PREFIX_MAX) say(&m, "prefix part ", "must be no more than 253 bytes");
        if (!is_subdomain(prefix)) say(&m, "prefix part ", PREFIX_RULE);
    }
    if (!name.n)
        say(&m, "name part ", "must be non-empty");
    else if (name.n > LABEL_NAME_MAX)
        say(&m, "name part ", "must be no more than 63 bytes");
    if (!is_name(name)) say(&m, "name part ", NAME_RULE);
    return m.count == 0;
}

bool label_value_ok(struct buf *out, struct str value)
{
    struct messages m = {.out = out};
    if (value.n > LABEL_NAME_MAX) say(&m, "", "must be no more than 63 bytes");
    if (value.n && !is_name(value)) say(&m, "", VALUE_RULE);
    return m.count == 0;
}
