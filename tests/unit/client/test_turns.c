/* test_turns.c - two processes under one arbiter: turns of both never overlap, and none is lost. */
#include "check_main.h"
#include "client/sim.h"
#include "fake_rest.h"

#include <sys/wait.h>

enum { THREADS = 3, TURNS = 40, PROCESSES = 2 };

/* ---- The arbiter: one turn at a time. Each connection has a thread, so a handler may block. ---- */

static struct fake_server server;
static pthread_mutex_t lock = MUTEX_INIT;
static pthread_cond_t freed;
static char holder[64]; /* component; empty: none */
static int granted[PROCESSES];

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    if (str_starts(rq->method, STR("GET"))) {
        rp->stream = true;
        buf_cstr(&rp->body, "{\"generation\":1,\"turns\":true}\n");
        return;
    }
    buf_cstr(&rp->body, "{}");
    int who = memmem(rq->body.p, rq->body.n, "\"one\"", 5) ? 0 : 1;
    mutex_lock(&lock);
    if (str_ends(rq->path, STR("/take"))) {
        while (holder[0]) cond_wait_until(&freed, &lock, INT64_MAX);
        snprintf(holder, sizeof holder, "%d", who);
        granted[who]++;
    } else if (str_ends(rq->path, STR("/give"))) {
        ck_assert_int_eq(atoi(holder), who);
        holder[0] = 0;
        pthread_cond_broadcast(&freed);
    }
    mutex_unlock(&lock);
}

/* ---- A component: its threads say in the shared pipe when their turn begins and ends. ---- */

static struct sim *sim;
static int pipe_fd;

static void *take_turns(void *arg)
{
    for (int i = 0; i < TURNS; i++) {
        turn_take(sim, "key", STR("default/x"));
        if (write(pipe_fd, "+", 1) != 1 || write(pipe_fd, arg, 1) != 1) abort();
        turn_give(sim);
    }
    return NULL;
}

static int component(const char *name, int port_fd)
{
    if (read(port_fd, &server.port, sizeof server.port) != sizeof server.port) return 1;
    struct rest *r = fake_rest(&server);
    sim = sim_start(r, name, false);
    if (!sim_wait_control(sim, 20000)) return 2;
    pthread_t t[THREADS];
    for (int i = 0; i < THREADS; i++) t[i] = thread_start("turns", take_turns, (void *)"-");
    for (int i = 0; i < THREADS; i++) thread_join(t[i]);
    sim_stop(sim);
    rest_free(r);
    return 0;
}

START_TEST(never_two_at_once)
{
    static const char *const names[PROCESSES] = {"one", "two"};
    int port_pipe[2], log_pipe[2];
    pid_t pids[PROCESSES];
    ck_assert(pipe(port_pipe) == 0 && pipe(log_pipe) == 0);
    pipe_fd = log_pipe[1];
    for (int i = 0; i < PROCESSES; i++) { /* before this process has threads */
        pids[i] = fork();
        if (pids[i] == 0) _exit(component(names[i], port_pipe[0]));
    }
    cond_init_mono(&freed);
    fake_start(&server, 0, handler, NULL);
    for (int i = 0; i < PROCESSES; i++)
        ck_assert(write(port_pipe[1], &server.port, sizeof server.port) == sizeof server.port);
    for (int i = 0; i < 2 * PROCESSES * THREADS * TURNS; i++) {
        char c = 0;
        ck_assert(read(log_pipe[0], &c, 1) == 1);
        ck_assert_int_eq(c, i % 2 ? '-' : '+'); /* no beginning inside another turn */
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        ck_assert(waitpid(pids[i], &status, 0) == pids[i]);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        ck_assert_int_eq(granted[i], THREADS * TURNS);
    }
    fake_stop(&server);
}
END_TEST

TEST_MAIN("turns", never_two_at_once)
