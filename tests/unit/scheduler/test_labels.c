/* test_labels.c - labels, and which selectors they match. What node affinity makes of them: tests/golden/scheduler. */
#include "sched_support.h"

static bool selects(const char *selector, const char *labels)
{
    struct keep k = {0};
    struct selector s;
    struct labels l;
    const struct object *of_selector AUTO_OBJ = object_text(selector), *of_labels AUTO_OBJ = object_text(labels);
    selector_read(&s, &k, obj_get(of_selector->root, ".s"));
    labels_read(&l, &k, of_labels->root);
    bool matches = selector_matches(&s, &l);
    keep_release(&k);
    return matches;
}

#define EXPRESSION(key, op, values) "{'s':{'matchExpressions':[{'key':'" key "','operator':'" op "'" values "}]}}"

static const struct {
    const char *selector, *labels;
    bool matches;
} rows[] = {
    {"{}", "{'a':'b'}", false}, /* no selector selects nothing */
    {"{'s':null}", "{'a':'b'}", false},
    {"{'s':{}}", "{'a':'b'}", true}, /* an empty one everything */
    {"{'s':{}}", "{}", true},
    {"{'s':{'matchLabels':{'a':'b'}}}", "{'a':'b'}", true},
    {"{'s':{'matchLabels':{'a':'b'}}}", "{'a':'bb'}", false},
    {"{'s':{'matchLabels':{'a':'b'}}}", "{}", false},
    {"{'s':{'matchLabels':{'a':''}}}", "{'a':''}", true},
    {"{'s':{'matchLabels':{'a':''}}}", "{}", false},
    {"{'s':{'matchLabels':{'a':'b','c':'d'}}}", "{'c':'d','a':'b','e':'f'}", true},
    {"{'s':{'matchLabels':{'a':'b','c':'d'}}}", "{'a':'b'}", false},
    {EXPRESSION("a", "In", ",'values':['x','b']"), "{'a':'b'}", true},
    {EXPRESSION("a", "In", ",'values':['x','y']"), "{'a':'b'}", false},
    {EXPRESSION("a", "In", ",'values':['x']"), "{}", false},
    {EXPRESSION("a", "NotIn", ",'values':['x']"), "{}", true},
    {EXPRESSION("a", "NotIn", ",'values':['x']"), "{'a':'x'}", false},
    {EXPRESSION("a", "NotIn", ",'values':['x']"), "{'a':'y'}", true},
    {EXPRESSION("a", "Exists", ""), "{'a':''}", true},
    {EXPRESSION("a", "Exists", ""), "{'b':''}", false},
    {EXPRESSION("a", "DoesNotExist", ""), "{'b':''}", true},
    {EXPRESSION("a", "DoesNotExist", ""), "{'a':''}", false},
    {EXPRESSION("a", "Gt", ",'values':['5']"), "{'a':'6'}", true},
    {EXPRESSION("a", "Gt", ",'values':['5']"), "{'a':'5'}", false},
    {EXPRESSION("a", "Gt", ",'values':['5']"), "{'a':'x'}", false},
    {EXPRESSION("a", "Lt", ",'values':['5']"), "{'a':'4'}", true},
    {EXPRESSION("a", "Lt", ",'values':['5']"), "{}", false},
    /* What cannot be meant selects nothing. */
    {EXPRESSION("a", "In", ""), "{'a':'b'}", false},
    {EXPRESSION("a", "NotIn", ",'values':[]"), "{}", false},
    {EXPRESSION("a", "Exists", ",'values':['x']"), "{'a':'x'}", false},
    {EXPRESSION("a", "DoesNotExist", ",'values':['x']"), "{}", false},
    {EXPRESSION("a", "Gt", ",'values':['1','2']"), "{'a':'3'}", false},
    {EXPRESSION("a", "Gt", ",'values':['x']"), "{'a':'3'}", false},
    {EXPRESSION("a", "In", ",'values':['b','not a value']"), "{'a':'b'}", false},
    {EXPRESSION("a", "Near", ",'values':['b']"), "{'a':'b'}", false},
    {"{'s':{'matchExpressions':[{'operator':'Exists'}]}}", "{'a':'b'}", false},
    {"{'s':{'matchLabels':{'a':'b'},'matchExpressions':[{'key':'c','operator':'Exists'}]}}", "{'a':'b'}", false},
    {"{'s':{'matchLabels':{'a':'b'},'matchExpressions':[{'key':'c','operator':'Exists'}]}}", "{'a':'b','c':'d'}", true},
    /* More than are searched one by one. */
    {EXPRESSION("k", "In", ",'values':['a','b','c','d','e','f','g','h','i','j','k']"),
     "{'a':'1','b':'2','c':'3','d':'4','e':'5','f':'6','g':'7','h':'8','i':'9','j':'10','k':'k'}", true},
    {EXPRESSION("k", "NotIn", ",'values':['a','b','c','d','e','f','g','h','i','j','k']"),
     "{'a':'1','b':'2','c':'3','d':'4','e':'5','f':'6','g':'7','h':'8','i':'9','j':'10','k':'l'}", true},
    {EXPRESSION("z", "Exists", ""),
     "{'a':'1','b':'2','c':'3','d':'4','e':'5','f':'6','g':'7','h':'8','i':'9','j':'10','k':'k'}", false},
};

START_TEST(selectors)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_msg(selects(rows[i].selector, rows[i].labels) == rows[i].matches, "%s on %s", rows[i].selector,
                      rows[i].labels);
    ck_assert_uint_eq(sym_count(), 0);
}
END_TEST

START_TEST(many_labels)
{
    struct keep k = {0};
    struct labels l;
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 1000; i++) buf_addf(&b, "%s'k%d':'v%d'", i ? "," : "{", i, i);
    buf_char(&b, '}');
    const struct object *o AUTO_OBJ = object_text(b.p);
    labels_read(&l, &k, o->root);
    ck_assert_int_eq(l.n, 1000);
    for (int i = 0; i < 1000; i++) {
        char key[16], value[16];
        snprintf(key, sizeof key, "k%d", i);
        snprintf(value, sizeof value, "v%d", i);
        ck_assert_strn_eq(sym_str(labels_get(&l, keep_sym(&k, str_of(key)))), value);
    }
    ck_assert_ptr_null(labels_get(&l, keep_sym(&k, STR("k1000"))));
    keep_release(&k);
}
END_TEST

START_TEST(labels_that_are_no_texts)
{
    struct keep k = {0};
    struct labels l;
    const struct object *o AUTO_OBJ = object_text("{'a':1,'b':'x','c':null}");
    labels_read(&l, &k, o->root);
    ck_assert_int_eq(l.n, 1);
    labels_read(&l, &k, NULL);
    ck_assert_int_eq(l.n, 0);
    keep_release(&k);
}
END_TEST

START_TEST(a_map_of_labels_is_a_selector)
{
    struct keep k = {0};
    struct selector s;
    struct labels l;
    const struct object *want AUTO_OBJ = object_text("{'a':'b'}"), *has AUTO_OBJ = object_text("{'a':'b','c':'d'}");
    labels_read(&l, &k, has->root);
    selector_read_map(&s, &k, want->root);
    ck_assert(selector_matches(&s, &l));
    selector_read_map(&s, &k, NULL);
    ck_assert(selector_matches(&s, &l));
    labels_read(&l, &k, NULL);
    selector_read_map(&s, &k, want->root);
    ck_assert(!selector_matches(&s, &l));
    keep_release(&k);
}
END_TEST

TEST_MAIN("labels", selectors, many_labels, labels_that_are_no_texts, a_map_of_labels_is_a_selector)
