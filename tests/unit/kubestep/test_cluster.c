/* test_cluster.c - names, places and state of clusters on disk. */
#include "base/io.h"
#include "check_main.h"
#include "kubestep/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char home[] = "/tmp/kubestep-test-XXXXXX";

START_TEST(names)
{
    static const struct {
        const char *name;
        bool ok;
    } rows[] = {
        {"default", true},
        {"a", true},
        {"1", true},
        {"a-b-1", true},
        {"", false},
        {"A", false},
        {"a_b", false},
        {"a.b", false},
        {"-a", false},
        {"a-", false},
        {"../x", false},
        {"a/b", false},
        {".", false},
        {"a b", false},
        {"a\n", false},
        {"\xc3\xa9", false},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true}, /* 63 */
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct cluster c;
        struct err e = ERR_INIT;
        ck_assert_msg(cluster_locate(&c, rows[i].name, &e) == rows[i].ok, "\"%s\"", rows[i].name);
        if (!rows[i].ok) ck_assert_int_eq(e.code, ERR_USAGE);
    }
    for (int i = 0; i < 100; i++) {
        char name[CLUSTER_NAME_MAX + 1];
        struct cluster c;
        struct err e = ERR_INIT;
        cluster_random_name(name);
        ck_assert(strncmp(name, "tmp-", 4) == 0 && cluster_locate(&c, name, &e));
    }
}
END_TEST

START_TEST(places)
{
    static const char *const rows[][4] = {
        /* KUBESTEP_HOME, XDG_STATE_HOME, HOME, directory of "x" */
        {"/k", "/s", "/h", "/k/clusters/x"},
        {NULL, "/s", "/h", "/s/kubestep/clusters/x"},
        {"", "", "/h", "/h/.local/state/kubestep/clusters/x"},
        {NULL, NULL, NULL, "/tmp/.local/state/kubestep/clusters/x"},
    };
    static const char *const vars[] = {"KUBESTEP_HOME", "XDG_STATE_HOME", "HOME"};
    AUTO_FREE char *was = xstrdup(getenv("HOME") ? getenv("HOME") : "/");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct cluster c;
        struct err e = ERR_INIT;
        char path[CLUSTER_PATH_MAX];
        for (int v = 0; v < 3; v++)
            if (rows[i][v])
                setenv(vars[v], rows[i][v], 1);
            else
                unsetenv(vars[v]);
        ck_assert(cluster_locate(&c, "x", &e));
        ck_assert_str_eq(c.dir, rows[i][3]);
        cluster_log_path(&c, "apiserver", path, sizeof path);
        ck_assert_ptr_nonnull(strstr(path, "/clusters/x/logs/apiserver.log"));
        ck_assert_ptr_nonnull(strstr(c.kubeconfig, "/clusters/x/kubeconfig"));
        ck_assert_ptr_nonnull(strstr(c.store, "/clusters/x/store.db"));
    }
    setenv("HOME", was, 1);
    setenv("KUBESTEP_HOME", home, 1);
}
END_TEST

static void put_state(const char *name, const char *text)
{
    struct err e = ERR_INIT;
    AUTO_FREE char *dir = xasprintf("%s/clusters/%s", home, name), *path = xasprintf("%s/state.json", dir);
    ck_assert_msg(io_mkdirs(dir, 0700, &e) && io_write_file(path, str_of(text), 0600, false, &e), "%s", e.text);
}

START_TEST(states)
{
    struct cluster c;
    struct err e = ERR_INIT;
    ck_assert(!cluster_load(&c, "none", &e));
    ck_assert_int_eq(e.code, ERR_NOT_FOUND);
    ck_assert_str_eq(e.text, "there is no cluster \"none\"");
    AUTO_FREE char *good = xasprintf(
        "{\"name\":\"good\",\"port\":6443,\"nodes\":3,\"flow\":\"real\",\"store\":\"memory\",\"ephemeral\":true,"
        "\"components\":[{\"name\":\"apiserver\",\"pid\":%d,\"startTicks\":0}]}",
        (int)getpid());
    put_state("good", good);
    ck_assert_msg(cluster_load(&c, "good", &e), "%s", e.text);
    ck_assert(c.port == 6443 && c.nodes == 3 && c.ephemeral && c.ncomponents == 1);
    ck_assert_str_eq(c.flow, "real");
    ck_assert_str_eq(c.store, "memory");
    ck_assert_str_eq(c.components[0].name, "apiserver");
    ck_assert(cluster_is_up(&c));
    c.components[0].start_ticks = 1; /* the pid is somebody else's now */
    ck_assert(!cluster_is_up(&c));
    static const char *const bad[] = {"", "{", "not json", "[1"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        put_state("bad", bad[i]);
        ck_assert_msg(!cluster_load(&c, "bad", &e), "\"%s\"", bad[i]);
        ck_assert_ptr_nonnull(strstr(e.text, "state.json"));
    }
    /* of the wrong shape, hostile or from another version: read as far as it goes */
    static const char *const odd[] = {"{}", "[]", "{\"port\":\"x\",\"components\":7}",
                                      "{\"components\":[{\"name\":\"a-name-much-longer-than-any-component-ever-had-"
                                      "one\",\"pid\":-1},{},{},{},{},{},{}]}"};
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        put_state("odd", odd[i]);
        ck_assert_msg(cluster_load(&c, "odd", &e), "%s", odd[i]);
        ck_assert_int_le(c.ncomponents, CLUSTER_COMPONENTS);
        ck_assert(!cluster_is_up(&c));
    }
}
END_TEST

static char listed[256];
static void list(void *arg, const char *name)
{
    (void)arg;
    size_t n = strlen(listed);
    snprintf(listed + n, sizeof listed - n, "%s ", name);
}

START_TEST(listing)
{
    put_state("zoo", "{}");
    put_state("ant", "{}");
    put_state("Not_a_name", "{}");
    cluster_each(list, NULL);
    ck_assert_str_eq(listed, "ant bad good odd zoo ");
    setenv("KUBESTEP_HOME", "/nonexistent/place", 1);
    listed[0] = '\0';
    cluster_each(list, NULL);
    ck_assert_str_eq(listed, "");
}
END_TEST

int main(void)
{
    struct err e = ERR_INIT;
    const TTest *const tests[] = {names, places, states, listing, NULL};
    if (!mkdtemp(home)) abort();
    int rc = check_main("cluster", tests);
    return io_remove_tree(home, &e) ? rc : EXIT_FAILURE;
}
