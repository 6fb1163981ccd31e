/* test_step_break.c - breakpoints as they are typed. */
#include "kubestep/step_break.h"

#include "check_main.h"

START_TEST(words)
{
    static const struct {
        const char *spec, *want; /* the list of breakpoints, or the error */
    } rows[] = {
        {"plugin=NodeAffinity", "[{\"plugin\":\"NodeAffinity\"}]"},
        {"plugin=NodeAffinity,node=node-3,verdict=Unschedulable,pod=web",
         "[{\"plugin\":\"NodeAffinity\",\"node\":\"node-3\",\"verdict\":\"Unschedulable\",\"pod\":\"web\"}]"},
        {" point=Score , pod=web-* ", "[{\"point\":\"Score\",\"pod\":\"web-*\"}]"},
        {"point=Bind,plugin=DefaultBinder", "[{\"point\":\"Bind\",\"plugin\":\"DefaultBinder\"}]"},
        {"namespace=default", "[{\"namespace\":\"default\"}]"},
        {"", "\"\" is no breakpoint: want KEY=VALUE[,...]"},
        {"web", "\"web\" is no breakpoint: want KEY=VALUE[,...]"},
        {"pod=web,", "\"\" is no breakpoint: want KEY=VALUE[,...]"},
        {"pod=", "\"pod=\" wants a value"},
        {"pod=a,pod=b", "\"pod\" twice"},
        {"Pod=a", "no key \"Pod\"; there are point, plugin, namespace, pod, node, verdict"},
        {"verdict=Bad",
         "no verdict \"Bad\"; there are Success, Skip, Unschedulable, UnschedulableAndUnresolvable, Error"},
        {"plugin=NodeName,point=Score", "plugin NodeName is not asked at Score"},
        {"point=PostBind", "no plugin is asked at PostBind"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct buf text AUTO_BUF = {0};
        struct json *holder = obj_empty(&a);
        buf_init(&text, 4096);
        if (step_break_add(&a, holder, str_of(rows[i].spec), &e))
            json_write(&text, obj_get(holder, ".breakpoints"));
        else
            buf_cstr(&text, e.text);
        ck_assert_str_eq(text.p, rows[i].want);
        ck_assert(e.code == ERR_NONE || (e.code == ERR_USAGE && !obj_has(holder, ".breakpoints")));
    }
}
END_TEST

START_TEST(one_more)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *holder = obj_empty(&a);
    ck_assert(step_break_add(&a, holder, STR("pod=a"), &e));
    ck_assert(step_break_add(&a, holder, STR("pod=b"), &e));
    ck_assert(obj_is(holder, ".breakpoints[0].pod", "a") && obj_is(holder, ".breakpoints[1].pod", "b"));
}
END_TEST

TEST_MAIN("step_break", words, one_more)
