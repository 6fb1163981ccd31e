/* names.c - the rules of names.h, as scanners over bytes; the texts are upstream's. */
#include "apiserver/object/names.h"

#include <stdio.h>

#define LABEL_FMT     "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define SUBDOMAIN_FMT LABEL_FMT "(\\." LABEL_FMT ")*"
#define SEARCH_FMT    "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
#define QUALIFIED_FMT "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

static const char label_text[] =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an "
    "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '" LABEL_FMT "')";
static const char subdomain_text[] =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end "
    "with an alphanumeric character (e.g. 'example.com', regex used for validation is '" SUBDOMAIN_FMT "')";
static const char search_text[] =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must "
    "start "
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '" SEARCH_FMT
    "(\\." SEARCH_FMT ")*')";
static const char http_header_text[] = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. "
                                       "'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
static const char dns1035_text[] = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start "
                                   "with an alphabetic character, and end "
                                   "with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for "
                                   "validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
static const char label_value_text[] =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end "
    "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'("
    "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
    ")?')";
static const char config_key_text[] =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
static const char wildcard_text[] =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower "
    "case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used "
    "for validation is '\\*\\." SUBDOMAIN_FMT "')";
static const char label_key_text[] =
    "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '" QUALIFIED_FMT
    "') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
static const char env_text[] =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";
static const char qualified_text[] =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '" QUALIFIED_FMT "')";

static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_low_alnum(char c) { return is_lower(c) || is_digit(c); }
static bool is_alnum(char c) { return is_low_alnum(c) || (c >= 'A' && c <= 'Z'); }

static bool label_form(struct str s)
{
    if (!s.n || !is_low_alnum(s.p[0]) || !is_low_alnum(s.p[s.n - 1])) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_low_alnum(s.p[i]) && s.p[i] != '-') return false;
    return true;
}

static bool subdomain_form(struct str s)
{
    if (!s.n || s.p[s.n - 1] == '.') return false;
    while (!str_is_null(s) && s.n)
        if (!label_form(str_cut(s, '.', &s))) return false;
    return true;
}

/* Labels that may begin with one _ and have more of them inside. */
static bool search_form(struct str s)
{
    if (!s.n || s.p[s.n - 1] == '.') return false;
    while (!str_is_null(s) && s.n) {
        struct str part = str_cut(s, '.', &s);
        if (part.n > 1 && part.p[0] == '_') part = str_from(part, 1);
        if (!part.n || !is_low_alnum(part.p[0]) || !is_low_alnum(part.p[part.n - 1])) return false;
        for (size_t i = 0; i < part.n; i++)
            if (!is_low_alnum(part.p[i]) && part.p[i] != '-' && part.p[i] != '_') return false;
    }
    return true;
}

/* Alphanumeric ends, and - _ . between. */
static bool qualified_form(struct str s)
{
    if (!s.n || !is_alnum(s.p[0]) || !is_alnum(s.p[s.n - 1])) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.') return false;
    return true;
}

/* ---- What is wrong, all of it ---- */

struct problems {
    size_t n;
    char *text;
};

static struct problems problems_new(void)
{
    static _Thread_local char text[4096]; /* five sentences at most, none longer than 500 bytes */
    text[0] = '\0';
    return (struct problems){0, text};
}

static void problem(struct problems *p, const char *prefix, const char *text)
{
    char separator[2] = {p->n ? NAME_SEPARATOR : '\0', '\0'};
    p->n += (size_t)snprintf(p->text + p->n, 4096 - p->n, "%s%s%s", separator, prefix, text);
}

static void problem_if(struct problems *p, bool is_one, const char *text)
{
    if (is_one) problem(p, "", text);
}

static const char *told(const struct problems *p) { return p->n ? p->text : NULL; }

/* Nothing is built for a name that is fine. */
static const char *length_and_form(struct str s, size_t max, const char *too_long, bool has_form, const char *form)
{
    if (s.n <= max) return has_form ? NULL : form;
    struct problems p = problems_new();
    problem(&p, "", too_long);
    problem_if(&p, !has_form, form);
    return told(&p);
}

/* Upstream counts bytes everywhere, but says so in half of the rules. */
#define LONG_63   "must be no more than 63 characters"
#define LONG_253  "must be no more than 253 characters"
#define BYTES_63  "must be no more than 63 bytes"
#define BYTES_253 "must be no more than 253 bytes"

const char *name_dns1123_label(struct str s)
{
    bool ok = label_form(s);
    const char *form = !ok && subdomain_form(s) ? "must not contain dots" : label_text;
    return length_and_form(s, 63, LONG_63, ok, form);
}

const char *name_dns1123_subdomain(struct str s)
{
    return length_and_form(s, 253, LONG_253, subdomain_form(s), subdomain_text);
}

const char *name_wildcard_subdomain(struct str s)
{
    bool ok = str_starts(s, STR("*.")) && subdomain_form(str_from(s, 2));
    return length_and_form(s, 253, LONG_253, ok, wildcard_text);
}

const char *name_search_domain(struct str s) { return length_and_form(s, 253, LONG_253, search_form(s), search_text); }

const char *name_http_header(struct str s)
{
    bool ok = s.n > 0;
    for (size_t i = 0; i < s.n; i++) ok = ok && (is_alnum(s.p[i]) || s.p[i] == '-');
    return ok ? NULL : http_header_text;
}

const char *name_dns1035_label(struct str s)
{
    return length_and_form(s, 63, LONG_63, label_form(s) && is_lower(s.p[0]), dns1035_text);
}

const char *name_label_value(struct str s)
{
    return length_and_form(s, 63, BYTES_63, !s.n || qualified_form(s), label_value_text);
}

const char *name_config_key(struct str s)
{
    const char *dots = str_eqc(s, ".")            ? "must not be '.'"
                       : str_eqc(s, "..")         ? "must not be '..'"
                       : str_starts(s, STR("..")) ? "must not start with '..'"
                                                  : NULL;
    bool ok = s.n > 0;
    for (size_t i = 0; i < s.n; i++) ok = ok && (is_alnum(s.p[i]) || s.p[i] == '-' || s.p[i] == '_' || s.p[i] == '.');
    if (ok && !dots && s.n <= 253) return NULL;
    struct problems p = problems_new();
    problem_if(&p, s.n > 253, LONG_253);
    problem_if(&p, !ok, config_key_text);
    problem_if(&p, dots != NULL, dots);
    return told(&p);
}

const char *name_env(struct str s)
{
    if (!s.n) return "environment variable name must be non-empty";
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < ' ' || s.p[i] > '~' || s.p[i] == '=') return env_text;
    return NULL;
}

const char *name_port(struct str s)
{
    bool letter = false, charset = s.n > 0, twice = false;
    for (size_t i = 0; i < s.n; i++) {
        charset = charset && (is_low_alnum(s.p[i]) || s.p[i] == '-');
        letter = letter || is_lower(s.p[i]);
        twice = twice || (i && s.p[i] == '-' && s.p[i - 1] == '-');
    }
    bool ends = s.n && (s.p[0] == '-' || s.p[s.n - 1] == '-');
    if (s.n <= 15 && charset && letter && !twice && !ends) return NULL;
    struct problems p = problems_new();
    problem_if(&p, s.n > 15, "must be no more than 15 characters");
    problem_if(&p, !charset, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    problem_if(&p, !letter, "must contain at least one letter (a-z)");
    problem_if(&p, twice, "must not contain consecutive hyphens");
    problem_if(&p, ends, "must not begin or end with a hyphen");
    return told(&p);
}

const char *name_path_prefix(struct str s)
{
    bool slash = str_chr(s, '/') != SIZE_MAX, percent = str_chr(s, '%') != SIZE_MAX;
    if (!slash && !percent) return NULL;
    struct problems p = problems_new();
    problem_if(&p, slash, "may not contain '/'");
    problem_if(&p, percent, "may not contain '%'");
    return told(&p);
}

const char *name_path_segment(struct str s)
{
    if (str_eqc(s, ".")) return "may not be '.'";
    if (str_eqc(s, "..")) return "may not be '..'";
    return name_path_prefix(s);
}

const char *name_qualified(struct str s)
{
    struct str name, prefix = str_cut(s, '/', &name);
    bool prefixed = !str_is_null(name);
    if (!prefixed) name = s;
    if (prefixed && str_chr(name, '/') != SIZE_MAX) return label_key_text;
    if (qualified_form(name) && name.n <= 63 && (!prefixed || (subdomain_form(prefix) && prefix.n <= 253))) return NULL;
    struct problems p = problems_new();
    if (prefixed) {
        if (!prefix.n) problem(&p, "prefix part ", "must be non-empty");
        if (prefix.n > 253) problem(&p, "prefix part ", BYTES_253);
        if (prefix.n && !subdomain_form(prefix)) problem(&p, "prefix part ", subdomain_text);
    }
    if (!name.n) problem(&p, "name part ", "must be non-empty");
    if (name.n > 63) problem(&p, "name part ", BYTES_63);
    problem_if(&p, !qualified_form(name), qualified_text);
    return told(&p);
}

struct str name_mask_prefix(struct str prefix, char *out)
{
    if (prefix.n < 2 || prefix.p[prefix.n - 1] != '-') return prefix;
    memcpy(out, prefix.p, prefix.n - 2);
    out[prefix.n - 2] = 'a';
    return str_n(out, prefix.n - 1);
}
