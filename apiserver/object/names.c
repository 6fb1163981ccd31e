/* names.c - the rules of names.h, as scanners over bytes; the texts are upstream's. */
#include "apiserver/object/names.h"

#include <stdio.h>

#define LABEL_FMT     "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define SUBDOMAIN_FMT LABEL_FMT "(\\." LABEL_FMT ")*"
#define QUALIFIED_FMT "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

static const char label_text[] =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an "
    "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '" LABEL_FMT "')";
static const char subdomain_text[] =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end "
    "with an alphanumeric character (e.g. 'example.com', regex used for validation is '" SUBDOMAIN_FMT "')";
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
static const char env_text[] =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";
static const char qualified_text[] =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '" QUALIFIED_FMT "')";

static const char identifier_text[] =
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters "
    "or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";
static const char reason_text[] =
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric "
    "characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or "
    "'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is "
    "'[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";

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

/* Alphanumeric ends, and - _ . between. */
static bool qualified_form(struct str s)
{
    if (!s.n || !is_alnum(s.p[0]) || !is_alnum(s.p[s.n - 1])) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.') return false;
    return true;
}

const char *name_dns1123_label(struct str s)
{
    if (s.n > 63) return "must be no more than 63 bytes";
    return label_form(s) ? NULL : label_text;
}

const char *name_dns1123_subdomain(struct str s)
{
    if (s.n > 253) return "must be no more than 253 bytes";
    return subdomain_form(s) ? NULL : subdomain_text;
}

const char *name_dns1035_label(struct str s)
{
    if (s.n > 63) return "must be no more than 63 bytes";
    return label_form(s) && is_lower(s.p[0]) ? NULL : dns1035_text;
}

const char *name_label_value(struct str s)
{
    if (s.n > 63) return "must be no more than 63 bytes";
    return !s.n || qualified_form(s) ? NULL : label_value_text;
}

const char *name_config_key(struct str s)
{
    if (s.n > 253) return "must be no more than 253 bytes";
    if (!s.n) return config_key_text;
    for (size_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.') return config_key_text;
    if (str_eqc(s, ".")) return "must not be '.'";
    if (str_eqc(s, "..")) return "must not be '..'";
    return str_starts(s, STR("..")) ? "must not start with '..'" : NULL;
}

const char *name_env(struct str s)
{
    if (!s.n) return env_text;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < ' ' || s.p[i] > '~' || s.p[i] == '=') return env_text;
    return NULL;
}

const char *name_port(struct str s)
{
    if (s.n > 15) return "must be no more than 15 characters";
    bool letter = false;
    for (size_t i = 0; i < s.n; i++) {
        if (!is_low_alnum(s.p[i]) && s.p[i] != '-')
            return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
        letter = letter || is_lower(s.p[i]);
    }
    if (!letter) return "must contain at least one letter (a-z)";
    for (size_t i = 1; i < s.n; i++)
        if (s.p[i] == '-' && s.p[i - 1] == '-') return "must not contain consecutive hyphens";
    return s.p[0] == '-' || s.p[s.n - 1] == '-' ? "must not begin or end with a hyphen" : NULL;
}

const char *name_path_segment(struct str s)
{
    if (str_eqc(s, ".")) return "may not be '.'";
    if (str_eqc(s, "..")) return "may not be '..'";
    if (str_chr(s, '/') != SIZE_MAX) return "may not contain '/'";
    return str_chr(s, '%') != SIZE_MAX ? "may not contain '%'" : NULL;
}

const char *name_qualified(struct str s)
{
    static _Thread_local char text[1024];
    struct str name, prefix = str_cut(s, '/', &name);
    if (str_is_null(name)) {
        name = s;
    } else {
        if (str_chr(name, '/') != SIZE_MAX) {
            snprintf(
                text, sizeof text,
                "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
                "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
                "validation is '" QUALIFIED_FMT
                "') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
            return text;
        }
        if (!prefix.n) return "prefix part must be non-empty";
        const char *why = name_dns1123_subdomain(prefix);
        if (why) {
            snprintf(text, sizeof text, "prefix part %s", why);
            return text;
        }
    }
    if (!name.n) return "name part must be non-empty";
    if (name.n > 63) return "name part must be no more than 63 bytes";
    return qualified_form(name) ? NULL : qualified_text;
}

const char *name_qualified_text(void) { return qualified_text; }

const char *name_c_identifier(struct str s)
{
    bool ok = s.n && (is_alnum(s.p[0]) || s.p[0] == '_') && !is_digit(s.p[0]);
    for (size_t i = 1; i < s.n && ok; i++) ok = is_alnum(s.p[i]) || s.p[i] == '_';
    return ok ? NULL : identifier_text;
}

const char *name_condition_reason(struct str s)
{
    bool ok = s.n && is_alnum(s.p[0]) && !is_digit(s.p[0]) && (is_alnum(s.p[s.n - 1]) || s.p[s.n - 1] == '_');
    for (size_t i = 1; i < s.n && ok; i++) ok = is_alnum(s.p[i]) || s.p[i] == '_' || s.p[i] == ',' || s.p[i] == ':';
    return ok ? NULL : reason_text;
}

const char *name_generate_prefix(const char *(*rule)(struct str), struct str prefix)
{
    char masked[256];
    if (!prefix.n || prefix.p[prefix.n - 1] != '-' || prefix.n + 1 >= sizeof masked) return rule(prefix);
    /* upstream masks the trailing dash, for a suffix follows it */
    memcpy(masked, prefix.p, prefix.n);
    masked[prefix.n - 1] = 'a';
    return rule(str_n(masked, prefix.n));
}
