/* test_selector.c - label and field selectors against tables that upstream's parsers (apimachinery 0.34, its length
 * messages as of 0.36) produced, and matching. */
#include "api/object.h"
#include "api/selector.h"
#include "check_main.h"

#define NAME_RULE                                                                                                      \
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " \
    "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "                                      \
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
#define VALUE_RULE                                                                                                     \
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "    \
    "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation "  \
    "is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
#define PREFIX_RULE                                                                                                    \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "   \
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "                        \
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

struct row {
    const char *text;
    bool bad;
    const char *result; /* the message, or the selector written again */
};

static const struct row text_rows[] = {
    {"a=b", false, "a=b"},
    {"a==b", false, "a=b"},
    {"a!=b", false, "a!=b"},
    {"a", false, "a"},
    {"!a", false, "!a"},
    {"a,b", false, "a,b"},
    {"a in (x,y)", false, "a in (x,y)"},
    {"a in (y,x)", false, "a in (x,y)"},
    {"a notin (x)", false, "a notin (x)"},
    {"x in (),y", false, "x in (),y"},
    {"x in (,a)", false, "x in (,a)"},
    {"x in (a,)", false, "x in (,a)"},
    {"x in (a,,b)", false, "x in (,a,b)"},
    {"x in (,)", false, "x in ()"},
    {"a>1", false, "a>1"},
    {"a<2", false, "a<2"},
    {"a>x", true,
     "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an "
     "integer"},
    {"a>1.5", true,
     "unable to parse requirement: values[0]: Invalid value: \"1.5\": for 'Gt', 'Lt' operators, the value must be an "
     "integer"},
    {"a=", false, "a="},
    {"a!=", false, "a!="},
    {"a,", true, "found '', expected: identifier after ','"},
    {"a,,b", true, "found ',', expected: identifier after ','"},
    {",a", true, "found ',', expected: !, identifier, or 'end of string'"},
    {"=", true, "found '=', expected: !, identifier, or 'end of string'"},
    {"==", true, "found '==', expected: !, identifier, or 'end of string'"},
    {"=a", true, "found '=', expected: !, identifier, or 'end of string'"},
    {"a=b=c", true, "found '=', expected: ',' or 'end of string'"},
    {"a==b==c", true, "found '==', expected: ',' or 'end of string'"},
    {"a===b", true, "unable to parse requirement: found '=', expected: identifier"},
    {"a!b", true, "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"},
    {"a b", true, "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"},
    {"a in", true, "unable to parse requirement: found '' expected: '('"},
    {"a in x", true, "unable to parse requirement: found 'x' expected: '('"},
    {"a in (", true, "unable to parse requirement: found '', expected: ',', ')' or identifier"},
    {"a in (x", true, "unable to parse requirement: found '', expected: ',' or ')'"},
    {"a in (x y)", true, "unable to parse requirement: found 'y', expected: ',' or ')'"},
    {"a in (x=y)", true, "unable to parse requirement: found '=', expected: ',' or ')'"},
    {"a in (=)", true, "unable to parse requirement: found '=', expected: ',', ')' or identifier"},
    {"a in (x,=)", true, "unable to parse requirement: found '=', expected: ',', or identifier"},
    {"!", true, "unable to parse requirement: found '', expected: identifier"},
    {"!!a", true, "unable to parse requirement: found '!', expected: identifier"},
    {"! a", false, "!a"},
    {"!a=b", true, "found '=', expected: ',' or 'end of string'"},
    {"!a in (x)", true, "found 'in', expected: ',' or 'end of string'"},
    {"in", false, "in"},
    {"notin", false, "notin"},
    {"in=in", false, "in=in"},
    {"in in (in)", false, "in in (in)"},
    {"notin notin (notin)", false, "notin notin (notin)"},
    {"a=in", false, "a=in"},
    {"()", true, "found '(', expected: !, identifier, or 'end of string'"},
    {"(", true, "found '(', expected: !, identifier, or 'end of string'"},
    {")", true, "found ')', expected: !, identifier, or 'end of string'"},
    {"a)", true, "unable to parse requirement: found ')', expected: in, notin, =, ==, !=, gt, lt"},
    {"a=!b", true, "unable to parse requirement: found '!', expected: identifier"},
    {"a=(b)", true, "unable to parse requirement: found '(', expected: identifier"},
    {"a>", true,
     "unable to parse requirement: values[0]: Invalid value: \"\": for 'Gt', 'Lt' operators, the value must be an "
     "integer"},
    {"a<", true,
     "unable to parse requirement: values[0]: Invalid value: \"\": for 'Gt', 'Lt' operators, the value must be an "
     "integer"},
    {">1", true, "found '>', expected: !, identifier, or 'end of string'"},
    {"a<b,c", true,
     "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an "
     "integer"},
    {"A/b=c", true, "unable to parse requirement: <nil>: Invalid value: \"A/b\": prefix part " PREFIX_RULE},
    {"a/b/c=d", true,
     "unable to parse requirement: <nil>: Invalid value: \"a/b/c\": a valid label key " NAME_RULE
     " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"},
    {"/b=c", true, "unable to parse requirement: <nil>: Invalid value: \"/b\": prefix part must be non-empty"},
    {"a/=c", true,
     "unable to parse requirement: <nil>: Invalid value: \"a/\": name part must be non-empty; name part " NAME_RULE},
    {"a/b=c", false, "a/b=c"},
    {"-a=b", true, "unable to parse requirement: <nil>: Invalid value: \"-a\": name part " NAME_RULE},
    {"a-=b", true, "unable to parse requirement: <nil>: Invalid value: \"a-\": name part " NAME_RULE},
    {"a=-b", true, "unable to parse requirement: values[0][a]: Invalid value: \"-b\": " VALUE_RULE},
    {"a=b-", true, "unable to parse requirement: values[0][a]: Invalid value: \"b-\": " VALUE_RULE},
    {"a=b/c", true, "unable to parse requirement: values[0][a]: Invalid value: \"b/c\": " VALUE_RULE},
    {"a=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true,
     "unable to parse requirement: values[0][a]: Invalid value: "
     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\": must be no more than 63 bytes"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=a", true,
     "unable to parse requirement: <nil>: Invalid value: "
     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\": name part must be no more than 63 bytes"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true,
     "unable to parse requirement: <nil>: Invalid value: "
     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\": name part must be no more than 63 bytes"},
    {"a in (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,-x)", true,
     "unable to parse requirement: [values[0][a]: Invalid value: \"-x\": " VALUE_RULE
     ", values[1][a]: Invalid value: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\": must be no "
     "more than 63 bytes]"},
    {"a=b c", true, "found 'c', expected: ',' or 'end of string'"},
    {"a = b , c != d", false, "a=b,c!=d"},
    {" a", false, "a"},
    {"a ", false, "a"},
    {"\011a\012=\012b", false, "a=b"},
    {"a=b,a=c", false, "a=b,a=c"},
    {"z=1,a=2", false, "a=2,z=1"},
    {"x in (b,a),c", false, "c,x in (a,b)"},
    {"a,!a", false, "a,!a"},
    {"a!=b,", true, "found '', expected: identifier after ','"},
    {"\303\244=b", true, "unable to parse requirement: <nil>: Invalid value: \"\303\244\": name part " NAME_RULE},
    {"a=\303\244", true, "unable to parse requirement: values[0][a]: Invalid value: \"\303\244\": " VALUE_RULE},
    {"a=b!", true, "found '!', expected: ',' or 'end of string'"},
    {"a!", true, "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"},
    {"a<>1", true, "unable to parse requirement: found '>', expected: identifier"},
    {"a=<b", true, "unable to parse requirement: found '<', expected: identifier"},
    {"a!==b", true, "unable to parse requirement: found '=', expected: identifier"},
    {"a!!=b", true, "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"},
    {"a=\"b\"", true, "unable to parse requirement: values[0][a]: Invalid value: \"\\\"b\\\"\": " VALUE_RULE},
    {"Foo_bar.x=1", false, "Foo_bar.x=1"},
    {"A.b.C/d=1", true, "unable to parse requirement: <nil>: Invalid value: \"A.b.C/d\": prefix part " PREFIX_RULE},
    {"a..b/c=1", true, "unable to parse requirement: <nil>: Invalid value: \"a..b/c\": prefix part " PREFIX_RULE},
    {"x.-y/z", true, "unable to parse requirement: <nil>: Invalid value: \"x.-y/z\": prefix part " PREFIX_RULE},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaa/b",
     true,
     "unable to parse requirement: <nil>: Invalid value: "
     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/b\": prefix part must be no more than 253 bytes"},
    {"a.b/c in (a,b),!d,e>5", false, "a.b/c in (a,b),!d,e>5"},
    {"", false, ""},
    {" ", false, ""},
    {"a in (in,notin)", false, "a in (in,notin)"},
    {"a>1,b<", true,
     "unable to parse requirement: values[0]: Invalid value: \"\": for 'Gt', 'Lt' operators, the value must be an "
     "integer"},
    {"a=b in (c)", true, "found 'in', expected: ',' or 'end of string'"},
    {"&", true, "unable to parse requirement: <nil>: Invalid value: \"&\": name part " NAME_RULE},
    {"a&b=c", true, "unable to parse requirement: <nil>: Invalid value: \"a&b\": name part " NAME_RULE},
    {"a=@", true, "unable to parse requirement: values[0][a]: Invalid value: \"@\": " VALUE_RULE},
    {"a>01", false, "a>01"},
    {"a>-1", true, "unable to parse requirement: values[0][a]: Invalid value: \"-1\": " VALUE_RULE},
    {"a>+1", true, "unable to parse requirement: values[0][a]: Invalid value: \"+1\": " VALUE_RULE},
    {"a>9223372036854775808", true,
     "unable to parse requirement: values[0]: Invalid value: \"9223372036854775808\": for 'Gt', 'Lt' operators, the "
     "value must be an integer"},
};

static const struct row object_rows[] = {
    {"{}", false, ""},
    {"{\"matchLabels\":{\"a\":\"b\",\"c\":\"d\"}}", false, "a=b,c=d"},
    {"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[\"x\",\"y\"]}]}", false, "a in (x,y)"},
    {"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\"}]}", true,
     "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty"},
    {"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\",\"values\":[\"x\"]}]}", true,
     "values: Invalid value: [\"x\"]: values set must be empty for exists and does not exist"},
    {"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"DoesNotExist\"}]}", false, "!a"},
    {"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"NotIn\",\"values\":[\"q\"]},{\"key\":\"A\",\"operator\":"
     "\"Exists\"}],\"matchLabels\":{\"m\":\"\"}}",
     false, "A,a notin (q),m="},
    {"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Foo\"}]}", true,
     "\"Foo\" is not a valid label selector operator"},
    {"{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Gt\",\"values\":[\"1\"]}]}", true,
     "\"Gt\" is not a valid label selector operator"},
    {"{\"matchLabels\":{\"-a\":\"b\"}}", true, "key: Invalid value: \"-a\": name part " NAME_RULE},
    {"{\"matchLabels\":{\"a\":\"-b\"}}", true, "values[0][a]: Invalid value: \"-b\": " VALUE_RULE},
    {"{\"matchExpressions\":[{\"key\":\"\",\"operator\":\"In\",\"values\":[\"-x\",\"-y\"]}]}", true,
     "[key: Invalid value: \"\": name part must be non-empty; name part " NAME_RULE
     ", values[0][]: Invalid value: \"-x\": " VALUE_RULE ", values[1][]: Invalid value: \"-y\": " VALUE_RULE "]"},
    {"{\"matchExpressions\":[{\"key\":\"b\",\"operator\":\"In\",\"values\":[\"-x\",\"-x\"]}]}", true,
     "[values[0][b]: Invalid value: \"-x\": " VALUE_RULE ", values[1][b]: Invalid value: \"-x\": " VALUE_RULE "]"},
    {"{\"matchExpressions\":[{\"operator\":\"In\"}]}", true,
     "[key: Invalid value: \"\": name part must be non-empty; name part " NAME_RULE
     ", values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty]"},
    {"{\"matchExpressions\":[{\"key\":\"a\"}]}", true, "\"\" is not a valid label selector operator"},
};

static const struct row field_rows[] = {
    {"a=b", false, "a=b"},
    {"a==b", false, "a=b"},
    {"a!=b", false, "a!=b"},
    {"", false, ""},
    {"a", true, "invalid selector: 'a'; can't understand 'a'"},
    {"a=b,c!=d", false, "a=b,c!=d"},
    {"a=b,", false, "a=b"},
    {"a=", false, "a="},
    {",", false, ""},
    {"=", false, ""},
    {"a=b=c", true, "invalid field selector: unescaped character in value: 61"},
    {"a\\=b=c", true, "invalid field selector: unescaped character in value: 61"},
    {"a=b\\,c", false, "a=b,c"},
    {"a=b\\", true, "invalid field selector: invalid escape sequence: \\"},
    {"a=b\\x", true, "invalid field selector: invalid escape sequence: \\x"},
    {"a=b\\\\", false, "a=b\\"},
    {"metadata.name=x,status.phase!=Running", false, "metadata.name=x,status.phase!=Running"},
    {"a!b", true, "invalid selector: 'a!b'; can't understand 'a!b'"},
    {"a>b", true, "invalid selector: 'a>b'; can't understand 'a>b'"},
    {"a!", true, "invalid selector: 'a!'; can't understand 'a!'"},
    {"a==", false, "a="},
    {"a=!b", false, "a=!b"},
    {"!a=b", false, "!a=b"},
    {" a = b ", false, " a = b "},
    {"a=b,,c=d", false, "a=b,c=d"},
    {"a===b", true, "invalid field selector: unescaped character in value: 61"},
    {"a!==b", true, "invalid field selector: unescaped character in value: 61"},
};

static void check_row(const struct row *row, bool ok, const struct selector *s, const struct err *e)
{
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 4096);
    if (ok)
        sel_write(&out, s);
    else
        buf_cstr(&out, e->text);
    ck_assert_msg(ok != row->bad, "%s: %s", row->text, e->text);
    ck_assert_msg(str_eqc(buf_view(&out), row->result), "%s\n got %.*s\nwant %s", row->text, STR_ARG(buf_view(&out)),
                  row->result);
    if (!ok) ck_assert_int_eq(e->code, ERR_BAD_REQUEST);
}

START_TEST(test_text)
{
    for (size_t i = 0; i < ARRAY_LEN(text_rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct selector s;
        bool ok = sel_parse(&a, str_of(text_rows[i].text), &s, &e);
        check_row(&text_rows[i], ok, &s, &e);
    }
}
END_TEST

START_TEST(test_objects)
{
    for (size_t i = 0; i < ARRAY_LEN(object_rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct selector s;
        const struct json *j = json_parse(&a, str_of(object_rows[i].text), &e);
        ck_assert(j != NULL);
        bool ok = sel_from_object(&a, j, &s, &e);
        check_row(&object_rows[i], ok, &s, &e);
    }
}
END_TEST

/* Written field values are compared as they are matched: without escapes. */
START_TEST(test_fields)
{
    for (size_t i = 0; i < ARRAY_LEN(field_rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct selector s;
        bool ok = field_sel_parse(&a, str_of(field_rows[i].text), &s, &e);
        check_row(&field_rows[i], ok, &s, &e);
    }
}
END_TEST

START_TEST(test_nul_ends_a_name)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct selector s;
    ck_assert(!sel_parse(&a, STR("a\0b=c"), &s, &e));
    ck_assert_str_eq(e.text, "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt");
}
END_TEST

static bool matches(const char *selector, const char *labels)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct selector s;
    ck_assert_msg(sel_parse(&a, str_of(selector), &s, &e), "%s", e.text);
    return sel_match(&s, labels ? json_parse(&a, str_of(labels), &e) : NULL);
}

START_TEST(test_match)
{
    static const struct {
        const char *selector, *labels;
        bool match;
    } cases[] = {
        {"", NULL, true},
        {"a=b", "{\"a\":\"b\"}", true},
        {"a=b", "{\"a\":\"c\"}", false},
        {"a=b", NULL, false},
        {"a=", "{}", false},
        {"a=", "{\"a\":\"\"}", true},
        {"a!=b", NULL, true},
        {"a!=b", "{\"a\":\"b\"}", false},
        {"a!=b", "{\"a\":\"c\"}", true},
        {"a in (b,c)", "{\"a\":\"c\"}", true},
        {"a in (b,c)", "{\"a\":\"d\"}", false},
        {"a in (b,c)", "{}", false},
        {"a notin (b,c)", "{}", true},
        {"a notin (b,c)", "{\"a\":\"c\"}", false},
        {"a", "{\"a\":\"\"}", true},
        {"a", "{\"b\":\"\"}", false},
        {"!a", "{\"b\":\"\"}", true},
        {"!a", "{\"a\":\"\"}", false},
        {"a>5", "{\"a\":\"6\"}", true},
        {"a>5", "{\"a\":\"5\"}", false},
        {"a<5", "{\"a\":\"-1\"}", true},
        {"a<5", "{\"a\":\"x\"}", false},
        {"a<5", "{}", false},
        {"a=b,c!=d", "{\"a\":\"b\"}", true},
        {"a=b,c!=d", "{\"a\":\"b\",\"c\":\"d\"}", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        ck_assert_msg(matches(cases[i].selector, cases[i].labels) == cases[i].match, "%s on %s", cases[i].selector,
                      cases[i].labels);
}
END_TEST

START_TEST(test_nothing_and_everything)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct selector s;
    struct json *labels = json_parse(&a, STR("{\"a\":\"b\",\"c\":\"d\"}"), &e);
    ck_assert(sel_from_object(&a, NULL, &s, &e));
    ck_assert(!sel_match(&s, labels));
    ck_assert(sel_from_object(&a, json_obj(&a), &s, &e));
    ck_assert(sel_match(&s, labels));
    sel_from_map(&a, json_parse(&a, STR("{\"c\":\"d\",\"a\":\"b\"}"), &e), &s);
    ck_assert_int_eq(s.count, 2);
    ck_assert(str_eqc(s.terms[0].key, "a"));
    ck_assert(sel_match(&s, labels));
    ck_assert(!sel_match(&s, NULL));
    sel_from_map(&a, NULL, &s);
    ck_assert(sel_match(&s, labels));
}
END_TEST

static struct str field_of(void *arg, struct str label) { return obj_map_str(arg, "", label); }

START_TEST(test_field_match)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct selector s;
    struct json *j = json_parse(&a, STR("{\"metadata.name\":\"x\",\"odd\":\"a,b=\\\\\"}"), &e);
    ck_assert(field_sel_parse(&a, STR("metadata.name=x,spec.nodeName=,odd=a\\,b\\=\\\\"), &s, &e));
    ck_assert_int_eq(s.count, 3);
    ck_assert(field_sel_match(&s, field_of, j));
    ck_assert(field_sel_parse(&a, STR("metadata.name!=x"), &s, &e));
    ck_assert(!field_sel_match(&s, field_of, j));
    ck_assert(field_sel_parse(&a, STR("metadata.name==y"), &s, &e));
    ck_assert(!field_sel_match(&s, field_of, j));
}
END_TEST

TEST_MAIN("selector", test_text, test_objects, test_fields, test_nul_ends_a_name, test_match,
          test_nothing_and_everything, test_field_match)
