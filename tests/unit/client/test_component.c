/* test_component.c - a child process as a component: connects, is ready, ends by SIGTERM or when its parent's pipe
 * closes. */
#include "check_main.h"
#include "client/component.h"
#include "fake_rest.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static char config[] = "/tmp/kubestep-test-XXXXXX";

static void write_config(int port)
{
    struct err e;
    AUTO_FREE char *text =
        xasprintf("{\"current-context\":\"c\",\"contexts\":[{\"name\":\"c\",\"context\":{\"cluster\":\"k\"}}],"
                  "\"clusters\":[{\"name\":\"k\",\"cluster\":{\"server\":\"http://127.0.0.1:%d\"}}]}",
                  port);
    ck_assert(io_write_file(config, str_of(text), 0600, false, &e));
}

/* The child's exit code says how far it got. */
static int child(int ready_fd, int parent_fd)
{
    struct err e;
    struct component_flags f = COMPONENT_FLAGS_INIT;
    struct rlimit r;
    f.kubeconfig = config;
    f.ready_fd = ready_fd;
    f.parent_fd = parent_fd;
    component_init("test", &f);
    if (getrlimit(RLIMIT_NOFILE, &r) || r.rlim_cur != r.rlim_max) return 3;
    struct rest *c = component_connect("test", &f, &e);
    if (!c) return e.code == ERR_CLOSED ? 4 : 5;
    component_ready(&f);
    component_wait(&f);
    rest_free(c);
    return 0;
}

struct started {
    pid_t pid;
    int ready, parent; /* our ends */
};

static struct started start(void)
{
    int ready[2], parent[2];
    ck_assert(pipe2(ready, O_CLOEXEC) == 0 && pipe2(parent, O_CLOEXEC) == 0);
    struct started s = {.pid = fork(), .ready = ready[0], .parent = parent[1]};
    ck_assert_int_ge(s.pid, 0);
    if (s.pid == 0) {
        close(ready[0]);
        close(parent[1]);
        _exit(child(ready[1], parent[0]));
    }
    close(ready[1]);
    close(parent[0]);
    return s;
}

static int finish(struct started *s)
{
    int status = -1;
    ck_assert_int_eq(waitpid(s->pid, &status, 0), s->pid);
    close(s->ready);
    if (s->parent >= 0) close(s->parent);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg, (void)rq;
    buf_cstr(&rp->body, "{}");
}

/* A port on which nobody listens. */
static int free_port(void)
{
    static struct fake_server s;
    fake_start(&s, 0, handler, NULL);
    fake_stop(&s);
    return s.port;
}

static void expect_ready(const struct started *s)
{
    char line[16] = "";
    ck_assert_int_eq(read(s->ready, line, sizeof line), 6);
    ck_assert_str_eq(line, "ready\n");
}

START_TEST(waits_for_the_server_and_ends)
{
    static struct fake_server server;
    sigset_t early; /* a signal that comes before the child is ready to take it waits */
    sigemptyset(&early);
    sigaddset(&early, SIGTERM);
    sigaddset(&early, SIGINT);
    pthread_sigmask(SIG_BLOCK, &early, NULL);
    ck_assert_int_ge(mkstemp(config), 0);
    write_config(free_port());
    struct started s = start(); /* nobody listens: tries again until told to end */
    kill(s.pid, SIGTERM);
    ck_assert_int_eq(finish(&s), 4);
    s = start();
    close(s.parent);
    s.parent = -1;
    ck_assert_int_eq(finish(&s), 4);
    int port = free_port();
    write_config(port);
    s = start();
    fake_start(&server, port, handler, NULL);
    expect_ready(&s);
    kill(s.pid, SIGINT);
    ck_assert_int_eq(finish(&s), 0);
    s = start();
    expect_ready(&s);
    ck_assert_int_eq(write(s.parent, "x", 1), 1); /* means nothing */
    close(s.parent);
    s.parent = -1;
    ck_assert_int_eq(finish(&s), 0);
    fake_stop(&server);
    unlink(config);
}
END_TEST

TEST_MAIN("component", waits_for_the_server_and_ends)
