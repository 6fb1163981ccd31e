/* test_resources.c - what a pod asks for, worked out by hand. */
#include "sched_support.h"

#define MI                (1024LL * 1024)
#define C(name, requests) "{\"name\":\"" name "\",\"resources\":{\"requests\":{" requests "}}}"
#define SIDECAR(name, requests)                                                                                        \
    "{\"name\":\"" name "\",\"restartPolicy\":\"Always\",\"resources\":{\"requests\":{" requests "}}}"
#define CPU(q) "\"cpu\":\"" q "\""

static const struct {
    const char *what, *spec;
    int64_t cpu, memory, non_zero_cpu, non_zero_memory;
} rows[] = {
    {"one container", "\"containers\":[" C("a", CPU("100m") ",\"memory\":\"64Mi\"") "]", 100, 64 * MI, 100, 64 * MI},
    {"no requests", "\"containers\":[{\"name\":\"a\"}]", 0, 0, 100, 200 * MI},
    {"an explicit zero stays zero", "\"containers\":[" C("a", CPU("0") ",\"memory\":\"0\"") "]", 0, 0, 0, 0},
    {"memory alone", "\"containers\":[" C("a", "\"memory\":\"1Gi\"") "]", 0, 1024 * MI, 100, 1024 * MI},
    {"a sum", "\"containers\":[" C("a", CPU("100m")) "," C("b", CPU("1")) "]", 1100, 0, 1100, 400 * MI},
    {"fractions round up", "\"containers\":[" C("a", CPU("0.0001") ",\"memory\":\"0.5\"") "]", 1, 1, 1, 1},
    {"a bigger init step",
     "\"containers\":[" C("a", CPU("100m")) "," C("b", CPU("200m")) "],\"initContainers\":[" C("i", CPU("500m")) "]",
     500, 0, 500, 400 * MI},
    {"init steps do not add up",
     "\"containers\":[" C("a", CPU("100m")) "],\"initContainers\":[" C("i", CPU("300m")) "," C("j", CPU("700m")) "]",
     700, 0, 700, 200 * MI},
    {"a smaller init step", "\"containers\":[" C("a", CPU("900m")) "],\"initContainers\":[" C("i", CPU("300m")) "]",
     900, 0, 900, 200 * MI},
    {"a sidecar runs beside",
     "\"containers\":[" C("a", CPU("200m")) "],\"initContainers\":[" SIDECAR("s", CPU("100m")) "]", 300, 0, 300,
     400 * MI},
    {"an init step after a sidecar",
     "\"containers\":[" C("a", CPU("200m")) "],\"initContainers\":[" SIDECAR("s", CPU("100m")) "," C("i",
                                                                                                     CPU("250m")) "]",
     350, 0, 350, 400 * MI},
    {"an init step before a sidecar",
     "\"containers\":[" C("a", CPU("200m")) "],\"initContainers\":[" C("i", CPU("250m")) "," SIDECAR("s",
                                                                                                     CPU("100m")) "]",
     300, 0, 300, 400 * MI},
    {"overhead comes on top",
     "\"containers\":[" C("a", CPU("100m")) "],\"overhead\":{" CPU("50m") ",\"memory\":\"10Mi\"}", 150, 10 * MI, 150,
     210 * MI},
    {"pod-level requests replace",
     "\"containers\":[" C("a", CPU("100m") ",\"memory\":\"64Mi\"") "],\"resources\":{\"requests\":{" CPU("2") "}}",
     2000, 64 * MI, 2000, 64 * MI},
    {"pod-level requests, then overhead",
     "\"containers\":[" C("a", CPU("100m")) "],\"resources\":{\"requests\":{" CPU(
         "1") ",\"memory\":\"1Gi\"}},\"overhead\":{" CPU("50m") "}",
     1050, 1024 * MI, 1050, 1024 * MI},
};

static int64_t at(const struct res *r, int id) { return id < r->count ? r->v[id] : 0; }

START_TEST(requests_of_pods)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct object *pod AUTO_OBJ = pod_of("p", rows[i].spec);
        struct res need;
        int64_t cpu, memory;
        res_of_pod(pod->root, &need, &cpu, &memory);
        ck_assert_msg(at(&need, RES_CPU) == rows[i].cpu, "%s: cpu %lld", rows[i].what, (long long)at(&need, RES_CPU));
        ck_assert_msg(at(&need, RES_MEMORY) == rows[i].memory, "%s: memory %lld", rows[i].what,
                      (long long)at(&need, RES_MEMORY));
        ck_assert_msg(cpu == rows[i].non_zero_cpu, "%s: scored cpu %lld", rows[i].what, (long long)cpu);
        ck_assert_msg(memory == rows[i].non_zero_memory, "%s: scored memory %lld", rows[i].what, (long long)memory);
    }
}
END_TEST

START_TEST(extended_and_ephemeral)
{
    const struct object *pod AUTO_OBJ =
        pod_of("p", ONE("\"example.com/gpu\":\"2\",\"ephemeral-storage\":\"1Ki\",\"pods\":\"7\""));
    struct res need;
    int64_t cpu, memory;
    res_of_pod(pod->root, &need, &cpu, &memory);
    int gpu = res_id(STR("example.com/gpu"));
    ck_assert_int_ge(gpu, RES_FIRST_EXTENDED);
    ck_assert_int_eq(res_id(STR("example.com/gpu")), gpu);
    ck_assert_str_eq(res_name(gpu), "example.com/gpu");
    ck_assert_int_eq(at(&need, gpu), 2);
    ck_assert_int_eq(at(&need, RES_EPHEMERAL), 1024);
}
END_TEST

START_TEST(vectors_of_unequal_length)
{
    struct res a = {.count = 1, .v = {5}}, b = {.count = 3, .v = {2, 3, 4}};
    ck_assert(!res_fits(&b, &a)); /* what a lacks counts as none */
    ck_assert(res_fits(&(struct res){.count = 3, .v = {5, 0, 0}}, &a));
    res_sub(&a, &b);
    ck_assert_int_eq(a.count, 3);
    ck_assert(a.v[0] == 3 && a.v[1] == -3 && a.v[2] == -4);
    res_add(&a, &b);
    ck_assert(a.v[0] == 5 && a.v[1] == 0 && a.v[2] == 0);
    res_max(&a, &b);
    ck_assert(a.v[0] == 5 && a.v[1] == 3 && a.v[2] == 4);
}
END_TEST

START_TEST(names_are_bounded) /* last: numbering is for the life of the process */
{
    int id = 0;
    for (int i = 0; i < RES_MAX + 8; i++) {
        AUTO_FREE char *name = xasprintf("example.com/r%d", i);
        id = res_id(str_of(name));
    }
    ck_assert_int_eq(id, -1);
    struct res r;
    const struct object *pod AUTO_OBJ = pod_of("p", ONE("\"example.com/one-more\":\"2\",\"cpu\":\"1\""));
    res_from_map(&r, obj_get(pod->root, ".spec.containers[0].resources.requests"));
    ck_assert_int_eq(at(&r, RES_CPU), 1000);
}
END_TEST

TEST_MAIN("resources", requests_of_pods, extended_and_ephemeral, vectors_of_unequal_length, names_are_bounded)
