/* test_names.c - what is a name, a key, a value, with upstream's sentences (apimachinery pkg/util/validation). */
#include "apiserver/object/names.h"
#include "base/mem.h"
#include "check_main.h"

#define LABEL                                                                                                          \
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "    \
    "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "                     \
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
#define SUBDOMAIN                                                                                                      \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "   \
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "                        \
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
#define DNS1035                                                                                                        \
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "            \
    "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation "     \
    "is '[a-z]([-a-z0-9]*[a-z0-9])?')"
#define LABEL_VALUE                                                                                                    \
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "    \
    "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation "  \
    "is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
#define QUALIFIED                                                                                                      \
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "              \
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "               \
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
#define WILDCARD                                                                                                       \
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "    \
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', "    \
    "regex used for validation is "                                                                                    \
    "'\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
#define CONFIG_KEY                                                                                                     \
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "  \
    "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
#define PORT_CHARS "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
#define ENV        "a valid environment variable name must consist only of printable ASCII characters other than '='"

#define AND "\x1e" /* NAME_SEPARATOR */

typedef const char *rule_fn(struct str);

/* fill > 0: the text is that many x. */
static const struct {
    rule_fn *rule;
    const char *text;
    int fill;
    const char *why;
} rows[] = {
    {name_dns1123_label, "a", 0, NULL},
    {name_dns1123_label, "a-1", 0, NULL},
    {name_dns1123_label, "1a", 0, NULL},
    {name_dns1123_label, "", 63, NULL},
    {name_dns1123_label, "", 64, "must be no more than 63 characters"},
    {name_dns1123_label, "", 0, LABEL},
    {name_dns1123_label, "A", 0, LABEL},
    {name_dns1123_label, "a.b", 0, "must not contain dots"},
    {name_dns1123_label, "a.b-", 0, LABEL},
    {name_dns1123_label, "-a", 0, LABEL},
    {name_dns1123_label, "a-", 0, LABEL},
    {name_dns1123_label, "a_b", 0, LABEL},
    {name_dns1123_label, "\xc3\xa9", 0, LABEL},
    {name_dns1123_subdomain, "a.b-c.1", 0, NULL},
    {name_dns1123_subdomain, "", 253, NULL},
    {name_dns1123_subdomain, "", 254, "must be no more than 253 characters"},
    {name_dns1123_subdomain, "", 0, SUBDOMAIN},
    {name_dns1123_subdomain, "a..b", 0, SUBDOMAIN},
    {name_dns1123_subdomain, ".a", 0, SUBDOMAIN},
    {name_dns1123_subdomain, "a.", 0, SUBDOMAIN},
    {name_dns1123_subdomain, "a.-b", 0, SUBDOMAIN},
    {name_dns1123_subdomain, "Web", 0, SUBDOMAIN},
    {name_dns1035_label, "a-1", 0, NULL},
    {name_dns1035_label, "1-a", 0, DNS1035},
    {name_dns1035_label, "", 64, "must be no more than 63 characters"},
    {name_label_value, "", 0, NULL},
    {name_label_value, "A.b_c-1", 0, NULL},
    {name_label_value, "", 63, NULL},
    {name_label_value, "", 64, "must be no more than 63 bytes"},
    {name_label_value, "a b", 0, LABEL_VALUE},
    {name_label_value, "-a", 0, LABEL_VALUE},
    {name_label_value, "a/b", 0, LABEL_VALUE},
    {name_config_key, "KEY.a_b-1", 0, NULL},
    {name_config_key, "", 254, "must be no more than 253 characters"},
    {name_config_key, "", 0, CONFIG_KEY},
    {name_config_key, "a/b", 0, CONFIG_KEY},
    {name_config_key, ".", 0, "must not be '.'"},
    {name_config_key, "..", 0, "must not be '..'"},
    {name_config_key, "..a", 0, "must not start with '..'"},
    {name_config_key, "../a", 0, CONFIG_KEY AND "must not start with '..'"},
    {name_config_key, ".a", 0, NULL},
    {name_env, "A b.c-1", 0, NULL},
    {name_env, "", 0, "environment variable name must be non-empty"},
    {name_env, "A=B", 0, ENV},
    {name_env, "A\n", 0, ENV},
    {name_env, "\x7f", 0, ENV},
    {name_env, "\xc3\xa9", 0, ENV},
    {name_port, "http", 0, NULL},
    {name_port, "8-a", 0, NULL},
    {name_port, "", 15, NULL},
    {name_port, "", 16, "must be no more than 15 characters"},
    {name_port, "HTTP", 0, PORT_CHARS AND "must contain at least one letter (a-z)"},
    {name_port, "hTTP", 0, PORT_CHARS},
    {name_port, "80", 0, "must contain at least one letter (a-z)"},
    {name_port, "", 0, PORT_CHARS AND "must contain at least one letter (a-z)"},
    {name_port, "--", 0,
     "must contain at least one letter (a-z)" AND "must not contain consecutive hyphens" AND
     "must not begin or end with a hyphen"},
    {name_port, "a--b", 0, "must not contain consecutive hyphens"},
    {name_port, "-a", 0, "must not begin or end with a hyphen"},
    {name_port, "a-", 0, "must not begin or end with a hyphen"},
    {name_path_segment, "system:node", 0, NULL},
    {name_path_segment, ".", 0, "may not be '.'"},
    {name_path_segment, "..", 0, "may not be '..'"},
    {name_path_segment, "a/b", 0, "may not contain '/'"},
    {name_path_segment, "a%b", 0, "may not contain '%'"},
    {name_path_segment, "a%/b", 0, "may not contain '/'" AND "may not contain '%'"},
    {name_path_prefix, ".", 0, NULL},
    {name_wildcard_subdomain, "*.example.com", 0, NULL},
    {name_wildcard_subdomain, "example.com", 0, WILDCARD},
    {name_wildcard_subdomain, "*.*.com", 0, WILDCARD},
    {name_qualified, "MyName", 0, NULL},
    {name_qualified, "example.com/my.Name_1", 0, NULL},
    {name_qualified, "", 63, NULL},
    {name_qualified, "", 64, "name part must be no more than 63 bytes"},
    {name_qualified, "", 0, "name part must be non-empty" AND QUALIFIED},
    {name_qualified, "a/", 0, "name part must be non-empty" AND QUALIFIED},
    {name_qualified, "/", 0, "prefix part must be non-empty" AND "name part must be non-empty" AND QUALIFIED},
    {name_qualified, "/a", 0, "prefix part must be non-empty"},
    {name_qualified, "a b", 0, QUALIFIED},
    {name_qualified, "a.b/-c", 0, QUALIFIED},
    {name_qualified, "A.b/c", 0, "prefix part " SUBDOMAIN},
    {name_qualified, "a/b/c", 0,
     "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
     "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
     "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. "
     "'example.com/MyName')"},
};

START_TEST(rules)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char fill[300];
        memset(fill, 'x', sizeof fill);
        struct str s = rows[i].fill ? str_n(fill, (size_t)rows[i].fill) : str_of(rows[i].text);
        const char *why = rows[i].rule(s);
        if (!rows[i].why)
            ck_assert_msg(!why, "row %zu \"%.*s\": %s", i, STR_ARG(s), why);
        else
            ck_assert_msg(why && strcmp(why, rows[i].why) == 0, "row %zu \"%.*s\": %s", i, STR_ARG(s), why);
    }
}
END_TEST

START_TEST(prefixes_of_generated_names)
{
    static const char *const pairs[][2] = {{"web-", "wea"}, {"web", "web"}, {"-", "-"}, {"a-", "a"}, {"a--", "aa"}};
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        char room[16];
        struct str masked = name_mask_prefix(str_of(pairs[i][0]), room);
        ck_assert_msg(str_eqc(masked, pairs[i][1]), "%s: %.*s", pairs[i][0], STR_ARG(masked));
    }
}
END_TEST

TEST_MAIN("names", rules, prefixes_of_generated_names)
