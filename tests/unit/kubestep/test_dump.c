/* test_dump.c - the objects of what kubectl printed, one at a time: lists and single objects, YAML and JSON, other
 * versions, and what is no dump. */
#include "api/yaml.h"
#include "base/mem.h"
#include "check_main.h"
#include "kubestep/dump.h"

#include <stdio.h>

struct told {
    struct buf text; /* "Kind name;" of each, from its line */
};

static bool note(void *arg, struct str line, struct err *e)
{
    struct told *t = arg;
    struct arena a AUTO_ARENA = {0};
    const struct json *j = json_parse(&a, line, e);
    ck_assert_msg(j != NULL, "%s: %.*s", e->text, STR_ARG(line));
    ck_assert(line.n && line.p[line.n - 1] == '\n' && memchr(line.p, '\n', line.n) == line.p + line.n - 1);
    buf_addf(&t->text, "%.*s/%.*s %.*s;", STR_ARG(json_string(json_getc(j, "apiVersion"))),
             STR_ARG(json_string(json_getc(j, "kind"))),
             STR_ARG(json_string(json_getc(json_getc(j, "metadata"), "name"))));
    return true;
}

/* All objects, or "!" and the error behind those that came before it. */
static char *read_text(const char *text)
{
    struct told t = {0};
    struct err e = ERR_INIT;
    buf_init(&t.text, 1 << 20);
    buf_cstr(&t.text, "");
    if (!dump_each(str_of(text), note, &t, &e)) buf_addf(&t.text, "!%s", e.text);
    return t.text.p ? buf_take(&t.text) : xstrdup("");
}

static const struct {
    const char *text, *told;
} cases[] = {
    {"", ""},
    {"# nothing\n", ""},
    {"apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n", "v1/Node n1;"},
    {"apiVersion: v1\nitems: []\nkind: List\n", ""},
    {"apiVersion: v1\nitems:\n- {apiVersion: v1, kind: Node, metadata: {name: n1}}\n- {apiVersion: v1, kind: Pod, "
     "metadata: {name: p1}, spec: {unknown: 1}}\nkind: List\nmetadata: {}\n",
     "v1/Node n1;v1/Pod p1;"},
    {"kind: List\napiVersion: v1\nitems:\n- {apiVersion: v1, kind: Node, metadata: {name: n1}}\n---\napiVersion: "
     "v1\nkind: Node\nmetadata: {name: n2}\n---\n---\n{apiVersion: v1, kind: Node, metadata: {name: n3}}\n",
     "v1/Node n1;v1/Node n2;v1/Node n3;"},
    {"items: [&x {apiVersion: v1, kind: Node, metadata: &m {name: n1}}, *x]\n",
     "v1/Node n1;!error converting YAML to JSON: yaml: unknown anchor 'x' referenced"},
    {"items: [{apiVersion: v1, kind: Node, metadata: {name: n1, labels: &l {a: b}, annotations: *l}}]", "v1/Node n1;"},
    {"items: [{apiVersion: example.com/v1, kind: Mine}, {apiVersion: events.k8s.io/v1, kind: Event, metadata: {name: "
     "e1}}, {kind: Node}, 7]",
     "v1/Event e1;!item 4 is no object"},
    {"items: [{apiVersion: v1, kind: Pod, metadata: {namespace: x, name: p}, spec: {containers: 5}}]",
     "!item 1, Pod x/p: json: cannot unmarshal number into Go struct field PodSpec.spec.containers of type "
     "[]v1.Container"},
    {"items: [{apiVersion: v1\n", "!error converting YAML to JSON: yaml: line 1: did not find expected ',' or '}'"},
    {"- 1\n- 2\n", "!item 1 is no object"},
    {"text", "!item 1 is no object"},
    /* JSON */
    {" {\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"n1\"}}\n{\"apiVersion\":\"v1\",\"kind\":"
     "\"Node\",\"metadata\":{\"name\":\"n2\"}}",
     "v1/Node n1;v1/Node n2;"},
    {"{\"apiVersion\": \"v1\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"Node\", \"metadata\": {\"name\": \"a "
     "\\\" "
     "] } b\"}} , {\"apiVersion\": \"v1\", \"kind\": \"Node\"}], \"kind\": \"List\", \"metadata\": {\"x\": [1, {\"y\": "
     "\"}\"}]}}",
     "v1/Node a \" ] } b;v1/Node ;"},
    {"{\"kind\":\"NodeList\",\"apiVersion\":\"v1\",\"items\":[{\"metadata\":{\"name\":\"n1\"}}]}", "v1/Node n1;"},
    {"{\"items\":[]}", ""},
    {"{\"items\":[ ]} {}", ""},
    {"{\"items\":[{\"apiVersion\":\"v1\",\"kind\":\"Node\"},]}", "v1/Node ;!no JSON at byte 44"},
    {"{\"items\":[{\"apiVersion\":\"v1\",\"kind\":\"Node\"", "!item 1: unexpected end of JSON input"},
    {"{\"items\":[{\"apiVersion\":\"v1\\", "!no JSON at byte 29"},
    {"{\"items\":[{\"a\" 1}]}", "!item 1: invalid character '1' after object key"},
    {"{\"items\":5}", "!no JSON at byte 9"},
    {"{\"a\"", "!no JSON at byte 4"},
    {"{\"a\":1,}", "!no JSON at byte 7"},
    {"{}{", "!no JSON at byte 3"},
    {"{\"items\":[", "!no JSON at byte 10"},
};

START_TEST(texts)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *got = read_text(cases[i].text);
        ck_assert_msg(strcmp(got, cases[i].told) == 0, "case %zu:\n  got  %s\n  want %s", i, got, cases[i].told);
    }
}
END_TEST

/* More values than one tree may have: they come in items. */
START_TEST(large)
{
    struct buf text AUTO_BUF = {0};
    struct told t = {0};
    struct err e = ERR_INIT;
    int items = YAML_NODES_MAX / 12 + 100;
    buf_init(&text, 64 << 20);
    buf_init(&t.text, 64 << 20);
    buf_cstr(&text, "apiVersion: v1\nitems:\n");
    for (int i = 0; i < items; i++)
        buf_addf(&text, "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: p%d\n    labels: {a: b, c: d, e: f}\n",
                 i);
    ck_assert_msg(dump_each(buf_view(&text), note, &t, &e), "%s", e.text);
    ck_assert(str_starts(buf_view(&t.text), STR("v1/Pod p0;v1/Pod p1;")));
    AUTO_FREE char *last = xasprintf("v1/Pod p%d;", items - 1);
    ck_assert_ptr_nonnull(strstr(t.text.p + t.text.n - strlen(last), last));
    buf_release(&t.text);
}
END_TEST

static bool refuse(void *arg, struct str line, struct err *e)
{
    (void)line;
    *(int *)arg += 1;
    return err_set(e, ERR_CLOSED, "enough");
}

START_TEST(ended_by_the_reader)
{
    int told = 0;
    struct err e = ERR_INIT;
    ck_assert(!dump_each(STR("{apiVersion: v1, kind: Node, metadata: {name: a}}\n---\n{apiVersion: v1, kind: Node}\n"),
                         refuse, &told, &e));
    ck_assert_int_eq(told, 1);
    ck_assert_str_eq(e.text, "item 1, Node a: enough");
}
END_TEST

TEST_MAIN("dump", texts, large, ended_by_the_reader)
