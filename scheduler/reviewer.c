/* reviewer.c - see reviewer.h.
 * Reads: reviews from the control stream, the live cache, the configuration in force.   Writes: answers. */
#include "scheduler/reviewer.h"

#include "base/heap.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/mono.h"
#include "base/thread.h"
#include "scheduler/trial.h"

#include <stdlib.h>

struct reviewer {
    struct sim *sim;
    struct cache *cache;
    struct scope *scope;
    struct texts *texts;
    struct pool *pool;
    _Atomic bool stopping;
};

struct question {
    struct job job;
    struct reviewer *v;
    struct arena arena;
    const struct json *review;
    int64_t id, until_ns; /* mono */
};

/* ---- Answers ---- */

static void say(struct question *q, struct str answer)
{
    struct err e = ERR_INIT;
    if (!sim_reviewed(q->v->sim, answer, &e)) LOG_W("review %lld is answered in vain: %s", (long long)q->id, e.text);
}

static void say_complaints(struct question *q, const char *at, struct json *complaints)
{
    struct buf text AUTO_BUF = {0};
    struct json *answer = obj_empty(&q->arena);
    obj_put_int(&q->arena, answer, ".id", q->id);
    obj_put_cstr(&q->arena, answer, ".at", at);
    obj_put(&q->arena, answer, ".complaints", complaints);
    buf_init(&text, REVIEW_ANSWER_MAX);
    json_write(&text, answer);
    if (buf_ok(&text))
        say(q, buf_view(&text));
    else
        sim_review_failed(q->v->sim, q->id, 422, "the configuration is invalid in too many ways to tell");
}

/* ---- Configurations ---- */

/* What is at `member`. NULL: none is given, or *refused: it is no good, which was said. */
static const struct sched_config *given(struct question *q, const char *member, bool *refused)
{
    const struct json *tree = json_getc(q->review, member);
    struct buf text AUTO_BUF = {0};
    if (!tree) return NULL;
    buf_init(&text, CONFIG_FILE_MAX);
    json_write(&text, tree);
    struct json *complaints = obj_list(&q->arena);
    const struct sched_config *c = config_read(buf_view(&text), &q->arena, complaints);
    *refused = !c;
    if (!c) say_complaints(q, member, complaints);
    return c;
}

/* ---- Trials ---- */

/* The result goes to `answer`. False: said why there is none. */
static bool run_one(struct question *q, const char *name, const struct sched_config *config, struct buf *answer)
{
    struct err e = ERR_INIT;
    struct sandbox *sandbox = sandbox_of(q->v->cache);
    struct trial_order o = {.config = config,
                            .workload = obj_get(q->review, ".workload"),
                            .replicas = (int)obj_int(q->review, ".replicas", 0),
                            .fill = obj_bool(q->review, ".fill", false),
                            .seed = (uint64_t)obj_int(q->review, ".seed", 0),
                            .texts = q->v->texts,
                            .stop = &q->v->stopping,
                            .until_ns = q->until_ns};
    struct json *result = trial_run(&q->arena, sandbox, &o, &e);
    sandbox_free(sandbox);
    if (!result) {
        sim_review_failed(q->v->sim, q->id, err_info(e.code)->http, e.text);
        return false;
    }
    obj_put_cstr(&q->arena, result, ".name", name);
    if (answer->p[answer->n - 1] != '[') buf_char(answer, ',');
    json_write(answer, result);
    if (buf_ok(answer)) return true;
    sim_review_failed(q->v->sim, q->id, 413, "the answer is too long: ask for fewer pods");
    return false;
}

static void answer(struct question *q)
{
    struct buf text AUTO_BUF = {0};
    bool refused = false;
    const struct sched_config *first = given(q, "configuration", &refused),
                              *second = refused ? NULL : given(q, "compareWith", &refused);
    const char *name = first ? "Given" : "In force";
    if (!first && !refused) first = scope_config(q->v->scope);
    buf_init(&text, REVIEW_ANSWER_MAX);
    buf_addf(&text, "{\"id\":%lld,\"results\":[", (long long)q->id);
    bool good = !refused && run_one(q, name, first, &text) && (!second || run_one(q, "Compared", second, &text));
    config_unref(first);
    config_unref(second);
    if (!good) return;
    buf_cstr(&text, "]}");
    say(q, buf_view(&text));
}

static void run(struct job *j)
{
    struct question *q = CONTAINER_OF(j, struct question, job);
    if (!atomic_load(&q->v->stopping)) answer(q);
    arena_release(&q->arena);
    free(q);
}

/* ---- Questions ---- */

static void ask(void *arg, const struct json *review)
{
    struct reviewer *v = arg;
    int64_t id = obj_int(review, ".id", 0);
    if (pool_pending(v->pool) >= REVIEWS_PENDING) {
        sim_review_failed(v->sim, id, 429, "Too many requests, please try again later.");
        return;
    }
    struct question *q = xcalloc(1, sizeof *q);
    q->job.run = run;
    q->v = v;
    q->id = id;
    q->until_ns = mono_ns() + REVIEW_WORK_MS * INT64_C(1000000);
    q->review = obj_copy(&q->arena, review);
    pool_submit(v->pool, &q->job);
}

struct reviewer *reviewer_start(struct sim *sim, struct cache *cache, struct scope *scope, struct texts *texts)
{
    struct reviewer *v = xcalloc(1, sizeof *v);
    *v = (struct reviewer){
        .sim = sim, .cache = cache, .scope = scope, .texts = texts, .pool = pool_new("review", REVIEWERS)};
    sim_on_review(sim, ask, v);
    return v;
}

void reviewer_stop(struct reviewer *v)
{
    sim_on_review(v->sim, NULL, NULL);
    atomic_store(&v->stopping, true);
    pool_free(v->pool);
    free(v);
}
