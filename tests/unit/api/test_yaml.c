/* test_yaml.c - reading and writing against tables that sigs.k8s.io/yaml 1.6 produced; limits. */
#include "api/yaml.h"
#include "check_main.h"

struct row {
    const char *in, *out;
};

static const struct row read_rows[] = {
    {"a: b", "{\"a\":\"b\"}"},
    {"a: yes\nb: no\nc: on\nd: off\ne: y\nf: n\ng: Y\nh: N",
     "{\"a\":true,\"b\":false,\"c\":true,\"d\":false,\"e\":true,\"f\":false,\"g\":true,\"h\":false}"},
    {"a: True\nb: FALSE\nc: tRue", "{\"a\":true,\"b\":false,\"c\":\"tRue\"}"},
    {"a: ~\nb: null\nc:\nd: Null\ne: nUll", "{\"a\":null,\"b\":null,\"c\":null,\"d\":null,\"e\":\"nUll\"}"},
    {"a: 0644\nb: 0o644\nc: 0x1F\nd: 0b101\ne: -0x1f\nf: -0b11\ng: +5\nh: 08\ni: 0o9",
     "{\"a\":420,\"b\":420,\"c\":31,\"d\":5,\"e\":-31,\"f\":-3,\"g\":5,\"h\":8,\"i\":\"0o9\"}"},
    {"a: 1_000\nb: _1\nc: 1_\nd: 1__0\ne: 0x_1F", "{\"a\":1000,\"b\":\"_1\",\"c\":1,\"d\":10,\"e\":31}"},
    {"a: 1.5\nb: 1e3\nc: 1.0\nd: .5\ne: 5.\nf: 1e400\ng: -.5\nh: 1e21\ni: 1e-7\nj: 0.1\nk: 123456789.125\nl: 1e20\nm: "
     "6.02e23\nn: .5e1\no: .e1\np: +.5",
     "{\"a\":1.5,\"b\":1000,\"c\":1,\"d\":0.5,\"e\":5,\"f\":\"1e400\",\"false\":5,\"g\":-0.5,\"h\":1e+21,\"i\":1e-7,"
     "\"j\":0.1,\"k\":123456789.125,\"l\":100000000000000000000,\"m\":6.02e+23,\"o\":\".e1\",\"p\":0.5}"},
    {"a: 18446744073709551615\nb: 18446744073709551616\nc: 9223372036854775808\nd: -9223372036854775808\ne: "
     "-9223372036854775809",
     "{\"a\":18446744073709551615,\"b\":18446744073709552000,\"c\":9223372036854775808,\"d\":-9223372036854775808,"
     "\"e\":-9223372036854776000}"},
    {"a: 2001-01-01\nb: 2001-01-01T00:00:00Z\nc: 1:30\nd: 190:20:30",
     "{\"a\":\"2001-01-01\",\"b\":\"2001-01-01T00:00:00Z\",\"c\":\"1:30\",\"d\":\"190:20:30\"}"},
    {"a: !!bool yes\nb: !!bool \"true\"", "{\"a\":true,\"b\":true}"},
    {"yes: 1\n1: 2\n1.5: 3\n0644: 8\n1e3: 7\n0.1: 4", "{\"0.1\":4,\"1\":2,\"1.5\":3,\"1000\":7,\"420\":8,\"true\":1}"},
    {"? a\n: b", "{\"a\":\"b\"}"},
    {"a: &x {b: 1}\nc: *x", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}"},
    {"a: &x {b: 1}\nc: {<<: *x, d: 2}", "{\"a\":{\"b\":1},\"c\":{\"b\":1,\"d\":2}}"},
    {"a: &x {b: 1, e: 5}\nc: {b: 3, <<: *x, e: 6}", "{\"a\":{\"b\":1,\"e\":5},\"c\":{\"b\":1,\"e\":6}}"},
    {"a: &x {b: 1}\nd: &y {b: 2, f: 3}\nc: {<<: [*x, *y], z: 1}",
     "{\"a\":{\"b\":1},\"c\":{\"b\":1,\"f\":3,\"z\":1},\"d\":{\"b\":2,\"f\":3}}"},
    {"c: {<<: {q: 1}}", "{\"c\":{\"q\":1}}"},
    {"\"<<\": 5", "{\"\\u003c\\u003c\":5}"},
    {"a: 1\na: 2", "{\"a\":2}"},
    {"a: 1\nb:\n  c: 1\n  c: 2\n  c: 3\nb: 4", "{\"a\":1,\"b\":4}"},
    {"a: |\n  x\n  y\nb: >\n  x\n  y\nc: |-\n  x\nd: |+\n  x\n\n",
     "{\"a\":\"x\\ny\\n\",\"b\":\"x y\\n\",\"c\":\"x\",\"d\":\"x\\n\\n\"}"},
    {"- a\n- b: 1\n  c: 2\n-\n  - d", "[\"a\",{\"b\":1,\"c\":2},[\"d\"]]"},
    {"a: b\n  - c", "{\"a\":\"b - c\"}"},
    {"a: 'it''s'", "{\"a\":\"it's\"}"},
    {"a: \"\\u00e9\\x41\\n\"", "{\"a\":\"\303\251A\\n\"}"},
    {"\357\273\277a: b", "{\"a\":\"b\"}"},
    {"a: b #c\nd: e#f", "{\"a\":\"b\",\"d\":\"e#f\"}"},
    {"a: =\nb: <<\nc: '<<'", "{\"a\":\"=\",\"b\":\"\\u003c\\u003c\",\"c\":\"\\u003c\\u003c\"}"},
    {"a: !!set {x, y}", "{\"a\":{\"true\":null,\"x\":null}}"},
    {"a: !!omap [x: 1]", "{\"a\":[{\"x\":1}]}"},
    {"a: 1.0e+3\nb: 1E3\nc: 1e+3\nd: 12e03", "{\"a\":1000,\"b\":1000,\"c\":1000,\"d\":12000}"},
    {"a: 0.0\nb: -0\nc: -0.0\nd: 0", "{\"a\":0,\"b\":0,\"c\":-0,\"d\":0}"},
    {"a: 1e5\nb: 123456789012345678\nc: 1234567890123456789012",
     "{\"a\":100000,\"b\":123456789012345678,\"c\":1.2345678901234568e+21}"},
    {"5", "5"},
    {"\"5\"", "\"5\""},
    {"[a, b, {c: d}]", "[\"a\",\"b\",{\"c\":\"d\"}]"},
    {"a: 0777\nb: 0o777\nc: 00\nd: 0_7", "{\"a\":511,\"b\":511,\"c\":0,\"d\":7}"},
    {"a:   \n  multi\n  line", "{\"a\":\"multi line\"}"},
    {"a: \"multi\n  line\"", "{\"a\":\"multi line\"}"},
    {"&a b: *a", "{\"b\":\"b\"}"},
    {"a: 12:30:45\nb: 1.2.3\nc: v1", "{\"a\":\"12:30:45\",\"b\":\"1.2.3\",\"c\":\"v1\"}"},
    {"a: 1e\nb: 0x\nc: 0b\nd: 0b2\ne: 0xg", "{\"a\":\"1e\",\"b\":\"0x\",\"c\":\"0b\",\"d\":\"0b2\",\"e\":\"0xg\"}"},
    {"true: a\nfalse: b", "{\"false\":\"b\",\"true\":\"a\"}"},
    {"on:\n  push: 1", "{\"true\":{\"push\":1}}"},
    {"- - - a", "[[[\"a\"]]]"},
    {"a: []\nb: {}\nc: ''", "{\"a\":[],\"b\":{},\"c\":\"\"}"},
    {"a: !<tag:yaml.org,2002:str> 5", "{\"a\":\"5\"}"},
    {"a: !!timestamp 2001-01-01", "{\"a\":\"2001-01-01\"}"},
    {"a: &x !!str 5\nb: *x", "{\"a\":\"5\",\"b\":\"5\"}"},
    {"a: x", "{\"a\":\"x\"}"},
};

/* NEL is a line break; as go-yaml reads it. */
static const struct row nel_read_rows[] = {
    {"k: \"a\xc2\x85"
     "b\"\n",
     "{\"k\":\"a b\"}"},
    {"k: 'a\xc2\x85"
     "  b'\n",
     "{\"k\":\"a b\"}"},
    {"k: a\xc2\x85"
     "  b\n",
     "{\"k\":\"a b\"}"},
    {"k: |\n  a\xc2\x85"
     "  b\n",
     "{\"k\":\"a\\nb\\n\"}"},
    {"k: a\xc2\x85"
     "l: b\n",
     "{\"k\":\"a\",\"l\":\"b\"}"},
    {"# c\xc2\x85"
     "k: b\n",
     "{\"k\":\"b\"}"},
    {"k: >\n  a\xc2\x85"
     "  b\n",
     "{\"k\":\"a b\\n\"}"},
    {"k: \"a\\\xc2\x85"
     " b\"\n",
     "{\"k\":\"ab\"}"},
    {"k: \"a\\Nb\"\n", "{\"k\":\"a\xc2\x85"
                       "b\"}"},
    {"- a\xc2\x85"
     "- b\n",
     "[\"a\",\"b\"]"},
    {"k: \"a\xc2\x85"
     "\xc2\x85"
     "  b\"\n",
     "{\"k\":\"a\\nb\"}"},
};

/* As upstream writes it: folded on the way. */
static const struct row nel_write_rows[] = {
    {"\"a\\u0085b\"", "a b\n"},
    {"\"\\u0085\"", "' '\n"},
    {"\"\\u0085a\"", "' a'\n"},
    {"\"a\\u0085\"", "'a '\n"},
    {"\"a b\\u0085\\n\"", "\"a b \\n\"\n"},
    {"\"x: \\u0085\"", "'x: '\n"},
    {"{\"k\":\"a\\n\\u0085b\\n\"}", "k: |\n  a\n   b\n"},
    {"{\"k\":\"a\\u0085\\u0085b\"}", "k: |-\n  a\n  b\n"},
    {"\"a\\u0085 b\"", "a b\n"},
    {"\"a\\u2029\\u0085b\"", "\"a\\P b\"\n"},
    {"{\"k\":\"line1\\nli\\u0085ne2\"}", "k: |-\n  line1\n  li ne2\n"},
    {"\"  \\u0085\"", "' '\n"},
    {"\"k\\u0085\\u2028\"", "\"k \\L\"\n"},
    {"{\"a\\u0085b\":1}", "? \"a\\Nb\"\n: 1\n"},
};

static const struct row bad_rows[] = {
    {".inf", "json: unsupported value: +Inf"},
    {"a: .inf", "json: unsupported value: +Inf"},
    {"a: .nan", "json: unsupported value: NaN"},
    {"'a': '1'\n\"b\": \"yes\"\nc: !!str 5\nd: !!int \"5\"\ne: !!float 1\nf: !foo 5\ng: ! 5\nh: !!str\ni: !!null x",
     "yaml: cannot decode !!str `x` as a !!null"},
    {"a: !!int x", "yaml: cannot decode !!str `x` as a !!int"},
    {"yes: 1\n1: 2\n1.5: 3\nnull: 4", "unsupported map key of type: %!s(<nil>), key: <nil>"},
    {"~: 1", "unsupported map key of type: %!s(<nil>), key: <nil>"},
    {"c: {<<: 5}", "yaml: map merge requires map or sequence of maps as the value"},
    {"c: {<<: [5]}", "yaml: map merge requires map or sequence of maps as the value"},
    {"a: *x", "yaml: unknown anchor 'x' referenced"},
    {"a: &x [*x]", "yaml: anchor 'x' value contains itself"},
    {"a: b: c", "yaml: mapping values are not allowed in this context"},
    {"a:\n\011b: c", "yaml: line 2: found character that cannot start any token"},
    {"a: [1, 2", "yaml: line 1: did not find expected ',' or ']'"},
    {"a: {", "yaml: line 1: did not find expected node content"},
    {"key: 'x", "yaml: found unexpected end of stream"},
    {"a: \"\\q\"", "yaml: found unknown escape character"},
    {"- a\nb: c", "yaml: line 1: did not find expected '-' indicator"},
    {"a: @x", "yaml: found character that cannot start any token"},
    {"a: `x", "yaml: found character that cannot start any token"},
    {"%x", "yaml: found unknown directive name"},
    {"a: b\n c: d", "yaml: line 2: mapping values are not allowed in this context"},
    {"x\ny: z", "yaml: line 2: mapping values are not allowed in this context"},
    {"a: \001", "yaml: control characters are not allowed"},
    {"a: -\nb: '-'", "yaml: block sequence entries are not allowed in this context"},
    {"a: !!timestamp x", "yaml: cannot decode !!str `x` as a !!timestamp"},
    {"*x : y", "yaml: unknown anchor 'x' referenced"},
    {"- *u\n", "yaml: unknown anchor 'u' referenced"},
};

static const struct row duplicate_rows[] = {
    {"a: 1\na: 2", "yaml: unmarshal errors:\n  line 2: key \"a\" already set in map"},
    {"a: 1\nb:\n  c: 1\n  c: 2\n  c: 3\nb: 4",
     "yaml: unmarshal errors:\n  line 4: key \"c\" already set in map\n  line 5: key \"c\" already set in map\n  line "
     "6: key \"b\" already set in map"},
    {"{\"a\":{\"b\":1,\n\"c\":2,\"b\":3}}",
     "yaml: unmarshal errors:\n  line 2: key \"b\" already set in map"}, /* JSON */
    {"1: a\n1: b", "yaml: unmarshal errors:\n  line 2: key 1 already set in map"},
    {"yes: 1\ntrue: 2", "yaml: unmarshal errors:\n  line 2: key true already set in map"},
    {"a: {\"x\\\"y\": 1, \"x\\\"y\": 2}", "yaml: unmarshal errors:\n  line 1: key \"x\\\"y\" already set in map"},
    {"1.5: a\n1.5: b", "yaml: unmarshal errors:\n  line 2: key 1.5 already set in map"},
};

static const struct row write_rows[] = {
    {"{\"k\": \"b\"}", "k: b\n"},
    {"{\"k\": \"yes\"}", "k: \"yes\"\n"},
    {"{\"k\": \"no\"}", "k: \"no\"\n"},
    {"{\"k\": \"y\"}", "k: \"y\"\n"},
    {"{\"k\": \"n\"}", "k: \"n\"\n"},
    {"{\"k\": \"on\"}", "k: \"on\"\n"},
    {"{\"k\": \"true\"}", "k: \"true\"\n"},
    {"{\"k\": \"True\"}", "k: \"True\"\n"},
    {"{\"k\": \"null\"}", "k: \"null\"\n"},
    {"{\"k\": \"~\"}", "k: \"~\"\n"},
    {"{\"k\": \"\"}", "k: \"\"\n"},
    {"{\"k\": \"1\"}", "k: \"1\"\n"},
    {"{\"k\": \"1.5\"}", "k: \"1.5\"\n"},
    {"{\"k\": \"0x1f\"}", "k: \"0x1f\"\n"},
    {"{\"k\": \"0644\"}", "k: \"0644\"\n"},
    {"{\"k\": \"1_000\"}", "k: \"1_000\"\n"},
    {"{\"k\": \"1e3\"}", "k: \"1e3\"\n"},
    {"{\"k\": \".5\"}", "k: \".5\"\n"},
    {"{\"k\": \".inf\"}", "k: \".inf\"\n"},
    {"{\"k\": \"2001-01-01\"}", "k: \"2001-01-01\"\n"},
    {"{\"k\": \"2001-01-01T00:00:00Z\"}", "k: \"2001-01-01T00:00:00Z\"\n"},
    {"{\"k\": \"2001-13-01\"}", "k: 2001-13-01\n"},
    {"{\"k\": \"1:30\"}", "k: \"1:30\"\n"},
    {"{\"k\": \"190:20:30\"}", "k: \"190:20:30\"\n"},
    {"{\"k\": \"1:99\"}", "k: 1:99\n"},
    {"{\"k\": \"a: b\"}", "k: 'a: b'\n"},
    {"{\"k\": \"a:b\"}", "k: a:b\n"},
    {"{\"k\": \"a #b\"}", "k: 'a #b'\n"},
    {"{\"k\": \"#a\"}", "k: '#a'\n"},
    {"{\"k\": \"- a\"}", "k: '- a'\n"},
    {"{\"k\": \"-\"}", "k: '-'\n"},
    {"{\"k\": \"-a\"}", "k: -a\n"},
    {"{\"k\": \"? a\"}", "k: '? a'\n"},
    {"{\"k\": \"?a\"}", "k: ?a\n"},
    {"{\"k\": \": a\"}", "k: ': a'\n"},
    {"{\"k\": \"[a\"}", "k: '[a'\n"},
    {"{\"k\": \"{a\"}", "k: '{a'\n"},
    {"{\"k\": \"*a\"}", "k: '*a'\n"},
    {"{\"k\": \"&a\"}", "k: '&a'\n"},
    {"{\"k\": \"!a\"}", "k: '!a'\n"},
    {"{\"k\": \"%a\"}", "k: '%a'\n"},
    {"{\"k\": \"@a\"}", "k: '@a'\n"},
    {"{\"k\": \"`a\"}", "k: '`a'\n"},
    {"{\"k\": \"'a'\"}", "k: '''a'''\n"},
    {"{\"k\": \"\\\"a\\\"\"}", "k: '\"a\"'\n"},
    {"{\"k\": \"a'b\"}", "k: a'b\n"},
    {"{\"k\": \"a\\\"b\"}", "k: a\"b\n"},
    {"{\"k\": \" a\"}", "k: ' a'\n"},
    {"{\"k\": \"a \"}", "k: 'a '\n"},
    {"{\"k\": \"a\\nb\"}", "k: |-\n  a\n  b\n"},
    {"{\"k\": \"a\\n\"}", "k: |\n  a\n"},
    {"{\"k\": \"\\na\"}", "k: |2-\n\n  a\n"},
    {"{\"k\": \"a\\nb\\n\\n\"}", "k: |+\n  a\n  b\n\n"},
    {"{\"k\": \" a\\nb\"}", "k: |2-\n   a\n  b\n"},
    {"{\"k\": \"a \\nb\"}", "k: \"a \\nb\"\n"},
    {"{\"k\": \"\\n\"}", "k: |2+\n\n"},
    {"{\"k\": \"\\n\\n\"}", "k: |2+\n\n\n"},
    {"{\"k\": \"a\\tb\"}", "k: \"a\\tb\"\n"},
    {"{\"k\": \"\\ta\"}", "k: \"\\ta\"\n"},
    {"{\"k\": \"a\\r\"}", "k: \"a\\r\"\n"},
    {"{\"k\": \"a\\u0001b\"}", "k: \"a\\x01b\"\n"},
    {"{\"k\": \"\303\251\"}", "k: \303\251\n"},
    {"{\"k\": \"\346\227\245\346\234\254\"}", "k: \346\227\245\346\234\254\n"},
    {"{\"k\": \"\360\237\230\200\"}", "k: \"\\U0001F600\"\n"},
    {"{\"k\": \"\357\273\277\"}", "k: \"\\uFEFF\"\n"},
    {"{\"k\": \"a\302\240b\"}", "k: a\302\240b\n"},
    {"{\"k\": \"v1\"}", "k: v1\n"},
    {"{\"k\": \"1.2.3\"}", "k: 1.2.3\n"},
    {"{\"k\": \"1.\"}", "k: \"1.\"\n"},
    {"{\"k\": \"+1\"}", "k: \"+1\"\n"},
    {"{\"k\": \"-1\"}", "k: \"-1\"\n"},
    {"{\"k\": \"=\"}", "k: =\n"},
    {"{\"k\": \"|\"}", "k: '|'\n"},
    {"{\"k\": \"|a\"}", "k: '|a'\n"},
    {"{\"k\": \">\"}", "k: '>'\n"},
    {"{\"k\": \"a,b\"}", "k: a,b\n"},
    {"{\"k\": \"a]b\"}", "k: a]b\n"},
    {"{\"k\": \"a: \"}", "k: 'a: '\n"},
    {"{\"k\": \"a:\"}", "k: 'a:'\n"},
    {"{\"k\": \"--- a\"}", "k: '--- a'\n"},
    {"{\"k\": \"---\"}", "k: '---'\n"},
    {"{\"k\": \"...\"}", "k: '...'\n"},
    {"{\"k\": "
     "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}",
     "k: "
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"},
    {"{\"k\": \"word word word word word word word word word word word word word word word word word word word word "
     "word word word word word word word word word word word word word word word word word word word word \"}",
     "k: 'word word word word word word word word word word word word word word word word\n  word word word word word "
     "word word word word word word word word word word word\n  word word word word word word word word '\n"},
    {"{\"k\": \"a: word word word word word word word word word word word word word word word word word word word word "
     "word word word word word word word word word word word word word word word word word word word word \"}",
     "k: 'a: word word word word word word word word word word word word word word word\n  word word word word word "
     "word word word word word word word word word word word\n  word word word word word word word word word '\n"},
    {"{\"k\": \"yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes "
     "yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes \"}",
     "k: 'yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes\n  yes yes yes yes yes yes "
     "yes yes yes yes yes yes yes yes yes yes yes yes yes yes '\n"},
    {"{\"k\": \"line one\\n  indented\\nline three\"}", "k: |-\n  line one\n    indented\n  line three\n"},
    {"{\"k\": \"\\tx\\n\"}", "k: \"\\tx\\n\"\n"},
    {"{\"k\": \"key=value\"}", "k: key=value\n"},
    {"{\"k\": \"http://x.y/z?a=b\"}", "k: http://x.y/z?a=b\n"},
    {"{\"k\": \"100m\"}", "k: 100m\n"},
    {"{\"k\": \"1Gi\"}", "k: 1Gi\n"},
    {"{\"k\": \"0.5\"}", "k: \"0.5\"\n"},
    {"{\"k\": \"NaN\"}", "k: NaN\n"},
    {"{\"k\": \"nan\"}", "k: nan\n"},
    {"{\"k\": \"infinity\"}", "k: infinity\n"},
    {"{\"k\": \"1e\"}", "k: 1e\n"},
    {"{\"k\": \"e1\"}", "k: e1\n"},
    {"{\"k\": \"\\\\\"}", "k: \\\n"},
    {"{\"k\": \"a\\\\b\"}", "k: a\\b\n"},
    {"{\"k\": \"a\\n\\u0001\"}", "k: \"a\\n\\x01\"\n"},
    {"{\"k\": \"1,2\"}", "k: 1,2\n"},
    {"{\"k\": \"12e03\"}", "k: \"12e03\"\n"},
    {"{\"k\": \"0b11\"}", "k: \"0b11\"\n"},
    {"{\"k\": \"0o7\"}", "k: \"0o7\"\n"},
    {"{\"k\": \"08\"}", "k: \"08\"\n"},
    {"{\"k\": \".\"}", "k: .\n"},
    {"{\"k\": \"..\"}", "k: ..\n"},
    {"{\"k\": \"/\"}", "k: /\n"},
    {"{\"k\": \"a/b\"}", "k: a/b\n"},
    {"{\"k\": \"*\"}", "k: '*'\n"},
    {"{\"k\": \"x*\"}", "k: x*\n"},
    {"{\"k\": \"$(A)\"}", "k: $(A)\n"},
    {"{\"k\": \"{{.x}}\"}", "k: '{{.x}}'\n"},
    {"{\"k\": \"%\"}", "k: '%'\n"},
    {"{\"k\": \"a%\"}", "k: a%\n"},
    {"{\"k\": \"null \"}", "k: 'null '\n"},
    {"{\"k\": \"Null\"}", "k: \"Null\"\n"},
    {"{\"k\": \"NULL\"}", "k: \"NULL\"\n"},
    {"{\"k\": \"Off\"}", "k: \"Off\"\n"},
    {"{\"k\": \"oN\"}", "k: oN\n"},
    {"{\"k\": \"tRUE\"}", "k: tRUE\n"},
    {"{\"k\": \"x: |\\n  y\\n\"}", "k: |\n  x: |\n    y\n"},
    {"{\"k\": \"  \\n\"}", "k: \"  \\n\"\n"},
    {"{\"k\": \"a\\n \"}", "k: \"a\\n \"\n"},
    {"{\"k\": \"\342\200\213\"}", "k: \342\200\213\n"},
    {"{\"k\": \"\360\237\230\200 a\\nb\"}", "k: \"\\U0001F600 a\\nb\"\n"},
    {"{\"b\": 1}", "b: 1\n"},
    {"{\"yes\": 1}", "\"yes\": 1\n"},
    {"{\"no\": 1}", "\"no\": 1\n"},
    {"{\"y\": 1}", "\"y\": 1\n"},
    {"{\"n\": 1}", "\"n\": 1\n"},
    {"{\"on\": 1}", "\"on\": 1\n"},
    {"{\"true\": 1}", "\"true\": 1\n"},
    {"{\"True\": 1}", "\"True\": 1\n"},
    {"{\"null\": 1}", "\"null\": 1\n"},
    {"{\"~\": 1}", "\"~\": 1\n"},
    {"{\"1\": 1}", "\"1\": 1\n"},
    {"{\"1.5\": 1}", "\"1.5\": 1\n"},
    {"{\"0x1f\": 1}", "\"0x1f\": 1\n"},
    {"{\"0644\": 1}", "\"0644\": 1\n"},
    {"{\"1_000\": 1}", "\"1_000\": 1\n"},
    {"{\"1e3\": 1}", "\"1e3\": 1\n"},
    {"{\".5\": 1}", "\".5\": 1\n"},
    {"{\".inf\": 1}", "\".inf\": 1\n"},
    {"{\"2001-01-01\": 1}", "\"2001-01-01\": 1\n"},
    {"{\"2001-01-01T00:00:00Z\": 1}", "\"2001-01-01T00:00:00Z\": 1\n"},
    {"{\"2001-13-01\": 1}", "2001-13-01: 1\n"},
    {"{\"1:30\": 1}", "\"1:30\": 1\n"},
    {"{\"190:20:30\": 1}", "\"190:20:30\": 1\n"},
    {"{\"1:99\": 1}", "1:99: 1\n"},
    {"{\"a: b\": 1}", "'a: b': 1\n"},
    {"{\"a:b\": 1}", "a:b: 1\n"},
    {"{\"a #b\": 1}", "'a #b': 1\n"},
    {"{\"#a\": 1}", "'#a': 1\n"},
    {"{\"- a\": 1}", "'- a': 1\n"},
    {"{\"-\": 1}", "'-': 1\n"},
    {"{\"-a\": 1}", "-a: 1\n"},
    {"{\"? a\": 1}", "'? a': 1\n"},
    {"{\"?a\": 1}", "?a: 1\n"},
    {"{\": a\": 1}", "': a': 1\n"},
    {"{\"[a\": 1}", "'[a': 1\n"},
    {"{\"{a\": 1}", "'{a': 1\n"},
    {"{\"*a\": 1}", "'*a': 1\n"},
    {"{\"&a\": 1}", "'&a': 1\n"},
    {"{\"!a\": 1}", "'!a': 1\n"},
    {"{\"%a\": 1}", "'%a': 1\n"},
    {"{\"@a\": 1}", "'@a': 1\n"},
    {"{\"`a\": 1}", "'`a': 1\n"},
    {"{\"'a'\": 1}", "'''a''': 1\n"},
    {"{\"\\\"a\\\"\": 1}", "'\"a\"': 1\n"},
    {"{\"a'b\": 1}", "a'b: 1\n"},
    {"{\"a\\\"b\": 1}", "a\"b: 1\n"},
    {"{\" a\": 1}", "' a': 1\n"},
    {"{\"a \": 1}", "'a ': 1\n"},
    {"{\"a\\nb\": 1}", "? |-\n  a\n  b\n: 1\n"},
    {"{\"a\\n\": 1}", "? |\n  a\n: 1\n"},
    {"{\"\\na\": 1}", "? |2-\n\n  a\n: 1\n"},
    {"{\"a\\nb\\n\\n\": 1}", "? |+\n  a\n  b\n\n: 1\n"},
    {"{\" a\\nb\": 1}", "? |2-\n   a\n  b\n: 1\n"},
    {"{\"a \\nb\": 1}", "? \"a \\nb\"\n: 1\n"},
    {"{\"\\n\": 1}", "? |2+\n\n: 1\n"},
    {"{\"\\n\\n\": 1}", "? |2+\n\n\n: 1\n"},
    {"{\"a\\tb\": 1}", "\"a\\tb\": 1\n"},
    {"{\"\\ta\": 1}", "\"\\ta\": 1\n"},
    {"[\"b\", \"b\"]", "- b\n- b\n"},
    {"[\"yes\", \"yes\"]", "- \"yes\"\n- \"yes\"\n"},
    {"[\"no\", \"no\"]", "- \"no\"\n- \"no\"\n"},
    {"[\"y\", \"y\"]", "- \"y\"\n- \"y\"\n"},
    {"[\"n\", \"n\"]", "- \"n\"\n- \"n\"\n"},
    {"[\"on\", \"on\"]", "- \"on\"\n- \"on\"\n"},
    {"[\"true\", \"true\"]", "- \"true\"\n- \"true\"\n"},
    {"[\"True\", \"True\"]", "- \"True\"\n- \"True\"\n"},
    {"[\"null\", \"null\"]", "- \"null\"\n- \"null\"\n"},
    {"[\"~\", \"~\"]", "- \"~\"\n- \"~\"\n"},
    {"[\"\", \"\"]", "- \"\"\n- \"\"\n"},
    {"[\"1\", \"1\"]", "- \"1\"\n- \"1\"\n"},
    {"[\"1.5\", \"1.5\"]", "- \"1.5\"\n- \"1.5\"\n"},
    {"[\"0x1f\", \"0x1f\"]", "- \"0x1f\"\n- \"0x1f\"\n"},
    {"[\"0644\", \"0644\"]", "- \"0644\"\n- \"0644\"\n"},
    {"[\"1_000\", \"1_000\"]", "- \"1_000\"\n- \"1_000\"\n"},
    {"[\"1e3\", \"1e3\"]", "- \"1e3\"\n- \"1e3\"\n"},
    {"[\".5\", \".5\"]", "- \".5\"\n- \".5\"\n"},
    {"[\".inf\", \".inf\"]", "- \".inf\"\n- \".inf\"\n"},
    {"[\"2001-01-01\", \"2001-01-01\"]", "- \"2001-01-01\"\n- \"2001-01-01\"\n"},
    {"[\"2001-01-01T00:00:00Z\", \"2001-01-01T00:00:00Z\"]",
     "- \"2001-01-01T00:00:00Z\"\n- \"2001-01-01T00:00:00Z\"\n"},
    {"[\"2001-13-01\", \"2001-13-01\"]", "- 2001-13-01\n- 2001-13-01\n"},
    {"[\"1:30\", \"1:30\"]", "- \"1:30\"\n- \"1:30\"\n"},
    {"[\"190:20:30\", \"190:20:30\"]", "- \"190:20:30\"\n- \"190:20:30\"\n"},
    {"[\"1:99\", \"1:99\"]", "- 1:99\n- 1:99\n"},
    {"[\"a: b\", \"a: b\"]", "- 'a: b'\n- 'a: b'\n"},
    {"[\"a:b\", \"a:b\"]", "- a:b\n- a:b\n"},
    {"[\"a #b\", \"a #b\"]", "- 'a #b'\n- 'a #b'\n"},
    {"[\"#a\", \"#a\"]", "- '#a'\n- '#a'\n"},
    {"[\"- a\", \"- a\"]", "- '- a'\n- '- a'\n"},
    {"[\"-\", \"-\"]", "- '-'\n- '-'\n"},
    {"[\"-a\", \"-a\"]", "- -a\n- -a\n"},
    {"[\"? a\", \"? a\"]", "- '? a'\n- '? a'\n"},
    {"[\"?a\", \"?a\"]", "- ?a\n- ?a\n"},
    {"[\": a\", \": a\"]", "- ': a'\n- ': a'\n"},
    {"[\"[a\", \"[a\"]", "- '[a'\n- '[a'\n"},
    {"[\"{a\", \"{a\"]", "- '{a'\n- '{a'\n"},
    {"[\"*a\", \"*a\"]", "- '*a'\n- '*a'\n"},
    {"[\"&a\", \"&a\"]", "- '&a'\n- '&a'\n"},
    {"[\"!a\", \"!a\"]", "- '!a'\n- '!a'\n"},
    {"[\"%a\", \"%a\"]", "- '%a'\n- '%a'\n"},
    {"[\"@a\", \"@a\"]", "- '@a'\n- '@a'\n"},
    {"[\"`a\", \"`a\"]", "- '`a'\n- '`a'\n"},
    {"[\"'a'\", \"'a'\"]", "- '''a'''\n- '''a'''\n"},
    {"[\"\\\"a\\\"\", \"\\\"a\\\"\"]", "- '\"a\"'\n- '\"a\"'\n"},
    {"[\"a'b\", \"a'b\"]", "- a'b\n- a'b\n"},
    {"[\"a\\\"b\", \"a\\\"b\"]", "- a\"b\n- a\"b\n"},
    {"[\" a\", \" a\"]", "- ' a'\n- ' a'\n"},
    {"[\"a \", \"a \"]", "- 'a '\n- 'a '\n"},
    {"{}", "{}\n"},
    {"[]", "[]\n"},
    {"{\"a\":{}}", "a: {}\n"},
    {"{\"a\":[]}", "a: []\n"},
    {"[[],{}]", "- []\n- {}\n"},
    {"{\"a\":[{\"b\":1,\"c\":[1,2]},{\"d\":null}]}", "a:\n- b: 1\n  c:\n  - 1\n  - 2\n- d: null\n"},
    {"{\"a\":[[1,2],[3]]}", "a:\n- - 1\n  - 2\n- - 3\n"},
    {"[{\"a\":1}]", "- a: 1\n"},
    {"{\"a\":{\"b\":{\"c\":true}}}", "a:\n  b:\n    c: true\n"},
    {"5", "5\n"},
    {"\"x\"", "x\n"},
    {"null", "null\n"},
    {"true", "true\n"},
    {"{\"a\":1.5,\"b\":1e21,\"c\":1e-7,\"d\":123456789012,\"e\":-5}",
     "a: 1.5\nb: 1e+21\nc: 1e-07\nd: 123456789012\ne: -5\n"},
    {"{\"a\":[],\"b\":[{}]}", "a: []\nb:\n- {}\n"},
    {"\"a\\nb\"", "|-\n  a\n  b\n"},
    {"[[[\"a\"]]]", "- - - a\n"},
    {"{\"a\":[{\"b\":[{\"c\":\"x\\ny\"}]}]}", "a:\n- b:\n  - c: |-\n      x\n      y\n"},
    {"{\"a\":123456789.125,\"b\":0.0001,\"c\":0.00001,\"d\":1e5,\"e\":1e6,\"f\":1.5e20,\"g\":1.0,\"h\":100.5,\"i\":"
     "1234567.5,\"j\":18446744073709551615,\"k\":1e300}",
     "a: 1.23456789125e+08\nb: 0.0001\nc: 1e-05\nd: 100000\ne: 1e+06\nf: 1.5e+20\ng: 1\nh: 100.5\ni: 1.2345675e+06\nj: "
     "18446744073709551615\nk: 1e+300\n"},
};

static const char prefix[] = "error converting YAML to JSON: ";

START_TEST(test_read)
{
    for (size_t i = 0; i < ARRAY_LEN(read_rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT, duplicates = ERR_INIT;
        struct json *got = yaml_parse_lax(&a, str_of(read_rows[i].in), &duplicates, &e);
        struct json *want = json_parse(&a, str_of(read_rows[i].out), &e);
        struct buf out AUTO_BUF = {0};
        buf_init(&out, 65536);
        ck_assert_msg(got != NULL, "%s: %s", read_rows[i].in, e.text);
        json_write(&out, got);
        ck_assert_msg(json_equal(got, want), "%s\n got %s\nwant %s", read_rows[i].in, out.p, read_rows[i].out);
    }
}
END_TEST

START_TEST(test_errors)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        ck_assert_msg(yaml_parse(&a, str_of(bad_rows[i].in), &e) == NULL, "%s", bad_rows[i].in);
        ck_assert_int_eq(e.code, ERR_BAD_REQUEST);
        ck_assert_int_eq(strncmp(e.text, prefix, sizeof prefix - 1), 0);
        ck_assert_str_eq(e.text + sizeof prefix - 1, bad_rows[i].out);
    }
}
END_TEST

START_TEST(test_duplicates)
{
    for (size_t i = 0; i < ARRAY_LEN(duplicate_rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT, duplicates = ERR_INIT;
        ck_assert(yaml_parse(&a, str_of(duplicate_rows[i].in), &e) == NULL);
        ck_assert_str_eq(e.text + sizeof prefix - 1, duplicate_rows[i].out);
        ck_assert(yaml_parse_lax(&a, str_of(duplicate_rows[i].in), &duplicates, &e) != NULL);
        ck_assert_str_eq(duplicates.text, e.text);
    }
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    ck_assert(yaml_parse(&a, STR("a: &x {b: 1}\nc: {<<: *x, b: 2}"), &e) != NULL); /* that is what merging is for */
}
END_TEST

static void check_text(const struct json *j, const char *want)
{
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 1 << 20);
    json_write(&out, j);
    ck_assert_str_eq(buf_view(&out).p, want);
}

START_TEST(test_documents)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *docs[4];
    int n;
    ck_assert(yaml_parse_all(&a, STR("# first\n---\na: &x 1\n---\n---\nb: 2\n...\n---\n# none\n"), docs, 4, &n, &e));
    ck_assert_int_eq(n, 2);
    check_text(docs[0], "{\"a\":1}");
    check_text(docs[1], "{\"b\":2}");
    ck_assert(!yaml_parse_all(&a, STR("a: &x 1\n---\nb: *x\n"), docs, 4, &n, &e)); /* anchors end with their document */
    ck_assert(yaml_parse_all(&a, STR(""), docs, 4, &n, &e));
    ck_assert_int_eq(n, 0);
    ck_assert(!yaml_parse_all(&a, STR("--- a\n--- b\n--- c\n"), docs, 2, &n, &e));
    ck_assert(yaml_parse(&a, STR(""), &e) == NULL);
    ck_assert(yaml_parse(&a, STR("--- a\n--- b\n"), &e) == NULL);
}
END_TEST

START_TEST(test_json_text)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    char text[] = "  {\"a\": [1, \"\\u00e9\"]}";
    struct json *j = yaml_parse(&a, str_of(text), &e);
    memset(text, 'x', sizeof text); /* nothing points into the text */
    check_text(j, "{\"a\":[1,\"\303\251\"]}");
    check_text(yaml_parse(&a, STR("{a: b, c: [d]}"), &e), "{\"a\":\"b\",\"c\":[\"d\"]}");
    ck_assert(yaml_parse(&a, STR("{\"a\" 1}"), &e) == NULL);
    ck_assert_str_eq(e.text, "invalid character '1' after object key");
    struct err duplicates = ERR_INIT; /* to a server it is YAML */
    ck_assert(yaml_parse_lax(&a, STR("{\"a\" 1}"), &duplicates, &e) == NULL);
    ck_assert_str_eq(e.text, "error converting YAML to JSON: yaml: did not find expected ',' or '}'");
}
END_TEST

START_TEST(test_key_overwritten_after_its_anchor)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT, duplicates = ERR_INIT;
    struct json *j =
        yaml_parse_lax(&a, STR("a: &x {k: 1}\na: 2\nb: *x\nc: {<<: &y {q: 1}, r: 2}\nd: *y"), &duplicates, &e);
    check_text(j, "{\"a\":2,\"b\":{\"k\":1},\"c\":{\"q\":1,\"r\":2},\"d\":{\"q\":1}}");
}
END_TEST

static struct json *parse_repeated(struct arena *a, const char *head, const char *unit, int times, struct err *e)
{
    struct buf text;
    buf_init(&text, 8 << 20);
    buf_cstr(&text, head);
    for (int i = 0; i < times; i++) buf_cstr(&text, unit);
    struct json *j = yaml_parse(a, buf_view(&text), e);
    buf_release(&text);
    return j;
}

START_TEST(test_bombs)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 65536);
    buf_cstr(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++)
        buf_addf(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1, i - 1, i - 1,
                 i - 1, i - 1, i - 1, i - 1);
    ck_assert(yaml_parse(&a, buf_view(&text), &e) == NULL);
    ck_assert_str_eq(e.text, "error converting YAML to JSON: yaml: document contains excessive aliasing");
    ck_assert(parse_repeated(&a, "", "[", 5000, &e) == NULL);
    ck_assert(parse_repeated(&a, "", "- ", 600, &e) == NULL);
    ck_assert_str_eq(e.text, "error converting YAML to JSON: yaml: exceeded max depth of 512");
    buf_clear(&text);
    buf_cstr(&text, "- &deep ");
    for (int i = 0; i < 600; i++) buf_cstr(&text, i < 300 ? "[" : "]");
    buf_cstr(&text, "\n- ");
    for (int i = 0; i < 300; i++) buf_cstr(&text, "- ");
    buf_cstr(&text, "*deep\n");
    ck_assert(yaml_parse(&a, buf_view(&text), &e) == NULL);
    ck_assert_str_eq(e.text, "error converting YAML to JSON: yaml: exceeded max depth of 512");
    ck_assert(parse_repeated(&a, "", "- \n", YAML_NODES_MAX + 1, &e) == NULL);
    ck_assert_str_eq(e.text, "error converting YAML to JSON: yaml: document has too many values");
}
END_TEST

START_TEST(test_many_keys)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 4 << 20);
    for (int i = 0; i < 50000; i++) buf_addf(&text, "k%d: %d\n", i, i);
    struct json *j = yaml_parse(&a, buf_view(&text), &e);
    ck_assert_uint_eq(j->count, 50000);
    buf_cstr(&text, "k7: 0\n");
    ck_assert(yaml_parse(&a, buf_view(&text), &e) == NULL);
    ck_assert_str_eq(e.text + sizeof prefix - 1,
                     "yaml: unmarshal errors:\n  line 50001: key \"k7\" already set in map");
}
END_TEST

START_TEST(test_write)
{
    for (size_t i = 0; i < ARRAY_LEN(write_rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct buf out AUTO_BUF = {0};
        buf_init(&out, 65536);
        yaml_write(&out, json_parse(&a, str_of(write_rows[i].in), &e));
        ck_assert_msg(str_eqc(buf_view(&out), write_rows[i].out), "%s\n got %.*s\nwant %s", write_rows[i].in,
                      STR_ARG(buf_view(&out)), write_rows[i].out);
    }
}
END_TEST

START_TEST(test_nel)
{
    for (size_t i = 0; i < ARRAY_LEN(nel_read_rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct buf out AUTO_BUF = {0};
        buf_init(&out, 65536);
        const struct json *j = yaml_parse(&a, str_of(nel_read_rows[i].in), &e);
        ck_assert_msg(j != NULL, "%s: %s", nel_read_rows[i].in, e.text);
        json_write(&out, j);
        ck_assert_str_eq(out.p, nel_read_rows[i].out);
    }
    for (size_t i = 0; i < ARRAY_LEN(nel_write_rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct buf out AUTO_BUF = {0};
        buf_init(&out, 65536);
        yaml_write(&out, json_parse(&a, str_of(nel_write_rows[i].in), &e));
        ck_assert_str_eq(out.p, nel_write_rows[i].out);
    }
}
END_TEST

START_TEST(test_written_text_reads_back)
{
    static const char *const odd[] = {"{\"k\":\"<<\",\"<<\":1}", "[\"\\u2028x\",\"a\\u2029\\n\",\"\\u007f\"]"};
    for (size_t i = 0; i < ARRAY_LEN(write_rows) + ARRAY_LEN(odd); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct buf out AUTO_BUF = {0};
        buf_init(&out, 65536);
        const char *text = i < ARRAY_LEN(write_rows) ? write_rows[i].in : odd[i - ARRAY_LEN(write_rows)];
        struct json *j = json_parse(&a, str_of(text), &e);
        if (j->type == JSON_NULL) continue; /* no document */
        yaml_write(&out, j);
        struct json *again = yaml_parse(&a, buf_view(&out), &e);
        ck_assert_msg(again != NULL, "%s: %s", text, e.text);
        ck_assert_msg(json_equal(j, again), "%s written as %s", text, out.p);
    }
}
END_TEST

START_TEST(test_write_no_utf8)
{
    struct arena a AUTO_ARENA = {0};
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 65536);
    yaml_write(&out, json_str(&a, STR("a\xff")));
    ck_assert(out.n > 0 && out.p[0] == '"');
}
END_TEST

/* JSON has numbers that no float64 holds: refused as Go does, and written as they are where a tree has one. */
START_TEST(test_beyond_float64)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    ck_assert_ptr_null(yaml_parse(&a, STR("{\"a\": [1888e11111]}"), &e));
    ck_assert_str_eq(e.text, "json: cannot unmarshal number 1888e11111 into Go value of type float64");
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 1024);
    yaml_write(&out, json_parse(&a, STR("{\"a\":-1e999}"), &e));
    ck_assert_str_eq(out.p, "a: -1e999\n");
}
END_TEST

TEST_MAIN("yaml", test_read, test_errors, test_duplicates, test_documents, test_json_text,
          test_key_overwritten_after_its_anchor, test_bombs, test_many_keys, test_write, test_nel,
          test_written_text_reads_back, test_write_no_utf8, test_beyond_float64)
