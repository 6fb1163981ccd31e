/* test_simulate.c - clusters and workloads as text: what comes back, and what is said of texts that are neither. */
#include "base/io.h"
#include "base/mem.h"
#include "check_main.h"
#include "scheduler/simulate.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The answer, or "!" and the complaint. */
static char *ask(const char *text, size_t n)
{
    struct buf answer AUTO_BUF = {0}, why AUTO_BUF = {0};
    struct err e = ERR_INIT;
    FILE *f = tmpfile();
    ck_assert_ptr_nonnull(f);
    ck_assert(io_write_all(fileno(f), text, n, &e));
    ck_assert_int_eq(lseek(fileno(f), 0, SEEK_SET), 0);
    buf_init(&answer, 1 << 24);
    buf_init(&why, 1 << 16);
    bool ok = simulate(fileno(f), &answer, &why);
    fclose(f);
    return ok ? xstrndup(answer.p, answer.n) : xasprintf("!%.*s", STR_ARG(buf_view(&why)));
}

#define POD(more)                                                                                                      \
    "{\"workload\":[{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"},\"spec\":{"                  \
    "\"schedulerName\":"                                                                                               \
    "\"default-scheduler\",\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"1\"}}}]}}]" more "}\n"
#define NODE(name, cpu)                                                                                                \
    "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"" name                                          \
    "\"},\"status\":{\"allocatable\":{\"cpu\":\"" cpu "\",\"pods\":\"9\"}}}\n"

static const struct {
    const char *text, *holds; /* of an answer a part; of a complaint all */
} cases[] = {
    {POD("") NODE("n1", "4"), "\"node\":\"n1\""},
    {POD("") NODE("n1", "4"), "\"more\":3"},
    {POD("") NODE("n1", "4"), "\"name\":\"Default\""},
    {POD(",\"fill\":false") NODE("n1", "4"), "\"placed\":1,\"unschedulable\":0"},
    {POD(",\"replicas\":3") NODE("n1", "2"), "\"placed\":2,\"unschedulable\":1"},
    {POD("") "\n\n" NODE("n1", "4") "  \n", "\"placed\":1"},
    {POD("") NODE("n1", "1") NODE("n1", "4"), "\"more\":3"}, /* the last one counts */
    {POD("") "{\"apiVersion\":\"v1\",\"kind\":\"Secret\"}\n" NODE("n1", "4"), "\"placed\":1"},
    {POD(""), "no nodes available to schedule pods"},
    {"", "!nothing to try: the first line has to say what"},
    {"\n\n", "!nothing to try: the first line has to say what"},
    {"{}", "!nothing in the workload makes pods"},
    {"[]", "!line 1: not a JSON object"},
    {"{\"workload\":{\"a\":1}}", "!nothing in the workload makes pods"},
    {POD("") "{\"apiVersion\":", "!line 2: unexpected end of JSON input"},
    {POD("") "\n{\"apiVersion\":\"v1\",\"kind\":\"Node\"}\n", "!line 3: a Node without a name"},
    {POD(",\"replicas\":-5"), "!-5 replicas are none"},
    {POD(",\"replicas\":99999999999"), "!Pod default/a: the workload has more than 100000 pods"},
    {POD(",\"config\":\"/none/there\""), "!cannot open /none/there: No such file or directory"},
    {POD(",\"compare\":\"/none/there\""), "!cannot open /none/there: No such file or directory"},
};

START_TEST(texts)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *got = ask(cases[i].text, strlen(cases[i].text));
        bool as_wanted =
            cases[i].holds[0] == '!' ? strcmp(got, cases[i].holds) == 0 : strstr(got, cases[i].holds) != NULL;
        ck_assert_msg(as_wanted, "case %zu: %s", i, got);
    }
}
END_TEST

/* Objects in which each member is of a wrong type, or absurd: nothing is assumed of them. */
START_TEST(nonsense)
{
    static const char *const values[] = {"null",
                                         "-1",
                                         "\"x\"",
                                         "[]",
                                         "{}",
                                         "[[1]]",
                                         "{\"a\":{\"b\":[1]}}",
                                         "true",
                                         "99999999999999999999",
                                         "\"9E99\"",
                                         "[{},{\"name\":1},null]"};
    static const char *const objects[] = {
        "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"n1\",\"labels\":%s},\"spec\":%s,\"status\":{"
        "\"allocatable\":%s,\"images\":%s}}\n",
        "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"n2\"},\"spec\":{\"taints\":%s,"
        "\"unschedulable\":"
        "%s},\"status\":{\"allocatable\":{\"cpu\":%s,\"pods\":%s}}}\n",
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"labels\":%s,\"uid\":\"u\"},\"spec\":{"
        "\"nodeName\":\"n1\",\"containers\":%s,\"volumes\":%s,\"affinity\":%s}}\n",
        "{\"apiVersion\":\"v1\",\"kind\":\"PersistentVolume\",\"metadata\":{\"name\":\"v\"},\"spec\":{\"nodeAffinity\":"
        "%s,"
        "\"capacity\":%s,\"claimRef\":%s,\"csi\":%s}}\n",
        "{\"apiVersion\":\"policy/v1\",\"kind\":\"PodDisruptionBudget\",\"metadata\":{\"name\":\"b\",\"namespace\":"
        "\"default\"},\"spec\":{\"selector\":%s},\"status\":%s,\"x\":%s,\"y\":%s}\n",
        "{\"apiVersion\":\"scheduling.k8s.io/"
        "v1\",\"kind\":\"PriorityClass\",\"metadata\":{\"name\":\"c\"},\"value\":%s,"
        "\"globalDefault\":%s,\"preemptionPolicy\":%s,\"z\":%s}\n",
    };
    static const char *const makers[] = {
        "{\"workload\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"StatefulSet\",\"metadata\":%s,\"spec\":{\"template\":"
        "%s,\"selector\":%s,\"volumeClaimTemplates\":%s}}]}\n",
        "{\"workload\":[{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"spec\":{\"parallelism\":%s,\"completions\":%s,"
        "\"template\":{\"metadata\":%s,\"spec\":%s}}}]}\n",
        "{\"workload\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"DaemonSet\",\"spec\":{\"template\":{\"spec\":{"
        "\"affinity\":%s,\"tolerations\":%s,\"nodeSelector\":%s,\"volumes\":%s}}}}]}\n"};
    for (size_t m = 0; m < ARRAY_LEN(makers); m++)
        for (size_t v = 0; v < ARRAY_LEN(values); v++) {
            struct buf text AUTO_BUF = {0};
            buf_init(&text, 1 << 20);
            const char *x = values[v], *y = values[(v + 3) % ARRAY_LEN(values)];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            buf_addf(&text, makers[m], x, y, x, y);
            for (size_t i = 0; i < ARRAY_LEN(objects); i++) buf_addf(&text, objects[i], x, y, x, y);
#pragma GCC diagnostic pop
            AUTO_FREE char *got = ask(text.p, text.n);
            ck_assert_msg(got[0] == '!' || strstr(got, "\"placed\":"), "%s: %s", text.p, got);
        }
}
END_TEST

START_TEST(a_line_without_end)
{
    size_t n = ((size_t)64 << 20) + 300000;
    AUTO_FREE char *text = xmalloc(n);
    memset(text, ' ', n);
    AUTO_FREE char *got = ask(text, n);
    ck_assert_str_eq(got, "!line 1: longer than 67108864 bytes");
}
END_TEST

TEST_MAIN("simulate", texts, nonsense, a_line_without_end)
