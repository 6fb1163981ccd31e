/* test_resources.c - what a pod asks for, worked out by hand, and sums of amounts. */
#include "sched_support.h"
#include "scheduler/resources.h"

#define MI                      (INT64_C(1048576))
#define C(name, requests)       "{'name':'" name "','resources':{'requests':{" requests "}}}"
#define SIDECAR(name, requests) "{'name':'" name "','restartPolicy':'Always','resources':{'requests':{" requests "}}}"
#define CONTAINERS(list)        "'containers':[" list "]"
#define INIT(list)              ",'initContainers':[" list "]"
/* A container's status while it is resized: what it was given, and what is in effect. */
#define STATUS(list, given, now)                                                                                       \
    "},'status':{'" list "':[{'name':'a','allocatedResources':{" given "},'resources':{'requests':{" now "}}}]"

static const struct {
    const char *what, *spec;
    int64_t cpu, memory, non_zero_cpu, non_zero_memory;
} rows[] = {
    {"one container", CONTAINERS(C("a", "'cpu':'100m','memory':'64Mi'")), 100, 64 * MI, 100, 64 * MI},
    {"no requests", CONTAINERS("{'name':'a'}"), 0, 0, 100, 200 * MI},
    {"an explicit zero stays zero", CONTAINERS(C("a", "'cpu':'0','memory':'0'")), 0, 0, 0, 0},
    {"memory alone", CONTAINERS(C("a", "'memory':'1Gi'")), 0, 1024 * MI, 100, 1024 * MI},
    {"a sum", CONTAINERS(C("a", "'cpu':'100m'") "," C("b", "'cpu':'1'")), 1100, 0, 1100, 400 * MI},
    {"a sum of one that asks and one that does not", CONTAINERS(C("a", "'cpu':'1'") "," C("b", "")), 1000, 0, 1100,
     400 * MI},
    {"fractions round up", CONTAINERS(C("a", "'cpu':'0.0001','memory':'0.5'")), 1, 1, 1, 1},
    {"a bigger init step", CONTAINERS(C("a", "'cpu':'100m'") "," C("b", "'cpu':'200m'")) INIT(C("i", "'cpu':'500m'")),
     500, 0, 500, 400 * MI},
    {"init steps do not add up",
     CONTAINERS(C("a", "'cpu':'100m'")) INIT(C("i", "'cpu':'300m'") "," C("j", "'cpu':'700m'")), 700, 0, 700, 200 * MI},
    {"a smaller init step", CONTAINERS(C("a", "'cpu':'900m'")) INIT(C("i", "'cpu':'300m'")), 900, 0, 900, 200 * MI},
    {"each resource has its own most",
     CONTAINERS(C("a", "'cpu':'900m','memory':'1Mi'")) INIT(C("i", "'cpu':'1m','memory':'9Mi'")), 900, 9 * MI, 900,
     9 * MI},
    {"a sidecar runs beside", CONTAINERS(C("a", "'cpu':'200m'")) INIT(SIDECAR("s", "'cpu':'100m'")), 300, 0, 300,
     400 * MI},
    {"an init step after a sidecar",
     CONTAINERS(C("a", "'cpu':'200m'")) INIT(SIDECAR("s", "'cpu':'100m'") "," C("i", "'cpu':'250m'")), 350, 0, 350,
     400 * MI},
    {"an init step before a sidecar",
     CONTAINERS(C("a", "'cpu':'200m'")) INIT(C("i", "'cpu':'250m'") "," SIDECAR("s", "'cpu':'100m'")), 300, 0, 300,
     400 * MI},
    {"a step between two sidecars",
     CONTAINERS(C("a", "'cpu':'10m'"))
         INIT(SIDECAR("s", "'cpu':'100m'") "," C("i", "'cpu':'250m'") "," SIDECAR("t", "'cpu':'200m'")),
     350, 0, 350, 600 * MI},
    {"overhead comes on top", CONTAINERS(C("a", "'cpu':'100m'")) ",'overhead':{'cpu':'50m','memory':'10Mi'}", 150,
     10 * MI, 150, 210 * MI},
    {"pod-level requests replace",
     CONTAINERS(C("a", "'cpu':'100m','memory':'64Mi'")) ",'resources':{'requests':{'cpu':'2'}}", 2000, 64 * MI, 2000,
     64 * MI},
    {"pod-level requests, then overhead",
     CONTAINERS(C("a", "'cpu':'100m'")) ",'resources':{'requests':{'cpu':'1','memory':'1Gi'}},'overhead':{'cpu':'50m'}",
     1050, 1024 * MI, 1050, 1024 * MI},
    {"pod-level requests below the sum", CONTAINERS(C("a", "'cpu':'3'")) ",'resources':{'requests':{'cpu':'1'}}", 1000,
     0, 1000, 200 * MI},
    {"a resize upwards that was not given yet",
     CONTAINERS(C("a", "'cpu':'2'")) STATUS("containerStatuses", "'cpu':'1'", "'cpu':'1'"), 2000, 0, 2000, 200 * MI},
    {"a resize downwards that is not in effect yet",
     CONTAINERS(C("a", "'cpu':'1'")) STATUS("containerStatuses", "'cpu':'1'", "'cpu':'3'"), 3000, 0, 3000, 200 * MI},
    {"a resize that was given and is not in effect yet",
     CONTAINERS(C("a", "'cpu':'1'")) STATUS("containerStatuses", "'cpu':'4'", "'cpu':'2'"), 4000, 0, 4000, 200 * MI},
    {"a resize that cannot be",
     CONTAINERS(C("a", "'cpu':'9'"))
         STATUS("containerStatuses", "'cpu':'1'", "'cpu':'2'") ",'conditions':[{'type':'PodResizePending','status':"
                                                               "'True','reason':'Infeasible'}]",
     2000, 0, 2000, 200 * MI},
    {"a resize that waits",
     CONTAINERS(C("a", "'cpu':'9'"))
         STATUS("containerStatuses", "'cpu':'1'", "'cpu':'2'") ",'conditions':[{'type':'PodResizePending','status':"
                                                               "'True','reason':'Deferred'}]",
     9000, 0, 9000, 200 * MI},
    {"a sidecar that is resized",
     CONTAINERS(C("b", "'cpu':'1'")) INIT(SIDECAR("a", "'cpu':'1'"))
         STATUS("initContainerStatuses", "'cpu':'3'", "'cpu':'2'"),
     4000, 0, 4000, 400 * MI},
};

START_TEST(requests_of_pods)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct amounts need;
        struct non_zero scored;
        AUTO_FREE char *text = xasprintf("{'spec':{%s}}", rows[i].spec);
        const struct object *pod AUTO_OBJ = object_text(text);
        pod_request(pod->root, &a, &need, &scored);
        const int64_t got[] = {need.basic[RES_CPU], need.basic[RES_MEMORY], scored.cpu, scored.memory};
        const int64_t want[] = {rows[i].cpu, rows[i].memory, rows[i].non_zero_cpu, rows[i].non_zero_memory};
        ck_assert_msg(memcmp(got, want, sizeof got) == 0, "%s: %lld %lld, scored %lld %lld", rows[i].what,
                      (long long)got[0], (long long)got[1], (long long)got[2], (long long)got[3]);
    }
}
END_TEST

START_TEST(scalars)
{
    struct arena a AUTO_ARENA = {0};
    struct amounts need;
    struct non_zero scored;
    const struct object *pod AUTO_OBJ =
        object_text("{" ONE("'example.com/gpu':'2','ephemeral-storage':'1Ki','hugepages-2Mi':'4Mi'") "}");
    pod_request(pod->root, &a, &need, &scored);
    int gpu = res_id(STR("example.com/gpu")), pages = res_id(STR("hugepages-2Mi"));
    ck_assert_int_ge(gpu, RES_FIRST_SCALAR);
    ck_assert_int_eq(res_id(STR("example.com/gpu")), gpu);
    ck_assert_str_eq(res_name(gpu), "example.com/gpu");
    ck_assert_str_eq(res_lacking(gpu), "Insufficient example.com/gpu");
    ck_assert(res_is_extended(gpu) && !res_is_extended(pages) && !res_is_extended(RES_CPU));
    ck_assert_int_eq(amounts_get(&need, gpu), 2);
    ck_assert_int_eq(amounts_get(&need, pages), 4 * MI);
    ck_assert_int_eq(amounts_get(&need, RES_EPHEMERAL), 1024);
    ck_assert_int_eq(amounts_get(&need, res_id(STR("example.com/never"))), 0);
}
END_TEST

START_TEST(sums_of_amounts)
{
    struct arena a AUTO_ARENA = {0};
    struct amounts sum = {0}, one, two, none;
    const struct object *lists AUTO_OBJ = object_text(
        "{'one':{'cpu':'1','b.com/b':'2','a.com/a':'3'},'two':{'memory':'5','c.com/c':'1','b.com/b':'7'},'none':{}}");
    amounts_read(&one, &a, obj_get(lists->root, ".one"));
    amounts_read(&two, &a, obj_get(lists->root, ".two"));
    amounts_read(&none, &a, obj_get(lists->root, ".none"));
    for (int i = 1; i < one.n; i++) ck_assert_int_lt(one.scalars[i - 1].id, one.scalars[i].id);
    amounts_add(&sum, &one, 1);
    amounts_add(&sum, &two, 1);
    ck_assert_int_eq(sum.basic[RES_CPU], 1000);
    ck_assert_int_eq(sum.basic[RES_MEMORY], 5);
    ck_assert_int_eq(amounts_get(&sum, res_id(STR("a.com/a"))), 3);
    ck_assert_int_eq(amounts_get(&sum, res_id(STR("b.com/b"))), 9);
    ck_assert_int_eq(amounts_get(&sum, res_id(STR("c.com/c"))), 1);
    for (int i = 1; i < sum.n; i++) ck_assert_int_lt(sum.scalars[i - 1].id, sum.scalars[i].id);
    amounts_add(&sum, &one, -1);
    ck_assert_int_eq(amounts_get(&sum, res_id(STR("b.com/b"))), 7);
    amounts_add(&sum, &one, -1); /* below zero, while caches catch up */
    ck_assert_int_eq(amounts_get(&sum, res_id(STR("a.com/a"))), -3);
    ck_assert(amounts_equal(&one, &one) && !amounts_equal(&one, &two) && !amounts_equal(&one, &none));
    amounts_release(&sum);
    ck_assert_int_eq(sum.n, 0);
}
END_TEST

START_TEST(names_are_bounded) /* last: numbering is for the life of the process */
{
    struct arena a AUTO_ARENA = {0};
    int id = 0;
    for (int i = 0; i < RES_MAX + 8; i++) {
        char name[40];
        snprintf(name, sizeof name, "example.com/r%d", i);
        id = res_id(str_of(name));
    }
    ck_assert_int_eq(id, -1);
    struct amounts read;
    const struct object *list AUTO_OBJ = object_text("{'example.com/one-more':'2','cpu':'1'}");
    amounts_read(&read, &a, list->root);
    ck_assert_int_eq(read.n, 0);
    ck_assert_int_eq(read.basic[RES_CPU], 1000);
}
END_TEST

TEST_MAIN("resources", requests_of_pods, scalars, sums_of_amounts, names_are_bounded)
