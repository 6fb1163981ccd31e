/* step_session.c - see step_session.h.
 * Reads: a watch on the stepper.   Writes: the stepper. */
#include "kubestep/step_session.h"

#include "base/mono.h"
#include "base/rnd.h"

#include <stdio.h>

#define STEPPERS "sim.kubestep.dev/v1/steppers"

void step_session_init(struct step_session *s, struct rest *r)
{
    *s = (struct step_session){.rest = r};
    pthread_mutex_init(&s->lock, NULL);
    cond_init_mono(&s->changed);
}

/* ---- The watch ---- */

static void take_line(struct step_session *s, struct str line)
{
    struct err e = ERR_INIT;
    const struct object *ev AUTO_OBJ = object_parse(line, NULL, &e);
    if (!ev || obj_is(ev->root, ".type", "BOOKMARK") || obj_is(ev->root, ".type", "ERROR")) return;
    const struct object *now = object_of(obj_get(ev->root, ".object"));
    mutex_lock(&s->lock);
    if (obj_is(ev->root, ".type", "DELETED")) {
        s->lost = true;
        object_unref(now);
    } else {
        object_unref(s->now);
        s->now = now;
    }
    pthread_cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
}

static struct http_stream *open_watch(struct step_session *s, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    const struct rest_call call = {.method = "GET",
                                   .path = arena_printf(&a, "%s?watch=true&fieldSelector=metadata.name%%3D%s",
                                                        rest_path(&a, STEPPERS, STR_NULL, STR_NULL, NULL), s->stepper)};
    return rest_open(s->rest, &call, e);
}

/* The server ends a watch after an hour; a new one keeps the stepper. */
static bool watch_again(struct step_session *s)
{
    struct err e = ERR_INIT;
    mutex_lock(&s->lock);
    bool again = !s->over && !s->lost;
    mutex_unlock(&s->lock);
    struct http_stream *next = again ? open_watch(s, &e) : NULL, *was = s->stream;
    mutex_lock(&s->lock);
    if (next) s->stream = next;
    if (next && s->over) http_stream_cancel(next);
    mutex_unlock(&s->lock);
    if (next) http_stream_close(was);
    return next != NULL;
}

static void *watch_run(void *arg)
{
    struct step_session *s = arg;
    int got;
    do {
        struct err e = ERR_INIT;
        struct str line;
        while ((got = http_stream_line(s->stream, &line, INT64_MAX, &e)) == 1) take_line(s, line);
    } while (got == 0 && watch_again(s));
    mutex_lock(&s->lock);
    s->lost = true;
    pthread_cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
    return NULL;
}

const struct object *step_session_next(struct step_session *s, const struct object *seen, int64_t deadline_ns,
                                       bool *late)
{
    *late = false;
    mutex_lock(&s->lock);
    while (!s->lost && !*late && (s->now == seen || !s->now || s->now->rv < s->from))
        *late = !cond_wait_until(&s->changed, &s->lock, deadline_ns);
    const struct object *now = s->lost || *late ? NULL : object_ref(s->now);
    mutex_unlock(&s->lock);
    return now;
}

/* ---- The stepper ---- */

static bool scheduler_knows(const struct object *o, uint64_t rv)
{
    if (!o || o->rv < rv) return false;
    for (OBJ_EACH(c, o->root, ".status.acked"))
        if (str_eqc(obj_text(c), "scheduler")) return true;
    return false;
}

static bool wait_known(struct step_session *s, uint64_t rv, int64_t timeout_ms, struct err *e)
{
    int64_t deadline = mono_ns() + timeout_ms * 1000000;
    bool late = false;
    mutex_lock(&s->lock);
    while (!s->lost && !late && !scheduler_knows(s->now, rv)) late = !cond_wait_until(&s->changed, &s->lock, deadline);
    bool lost = s->lost;
    mutex_unlock(&s->lock);
    if (late) return err_set(e, ERR_TIMEOUT, "the scheduler does not take note of the stepper: does it run?");
    return !lost || err_set(e, ERR_UNAVAILABLE, "lost the watch on the stepper");
}

bool step_session_begin(struct step_session *s, const struct json *spec, int64_t timeout_ms, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    char random[6];
    rnd_name(random, 5);
    snprintf(s->stepper, sizeof s->stepper, "step-%s", random);
    struct json *st = obj_new(&a, "sim.kubestep.dev/v1", "Stepper");
    obj_put_cstr(&a, st, ".metadata.name", s->stepper);
    obj_put_copy(&a, st, ".spec", spec);
    obj_put_bool(&a, st, ".spec.attached", true);
    if (!rest_create(s->rest, STEPPERS, STR_NULL, st, NULL, e)) {
        s->stepper[0] = '\0';
        return false;
    }
    s->stream = open_watch(s, e);
    if (!s->stream) return false;
    s->watch = thread_start("step-watch", watch_run, s);
    s->watching = true;
    return wait_known(s, 0, timeout_ms, e);
}

bool step_session_breaks(struct step_session *s, const struct json *list, int64_t timeout_ms, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *now AUTO_OBJ = NULL;
    struct json *patch = obj_empty(&a);
    obj_put_copy(&a, patch, ".spec.breakpoints", list);
    return rest_patch(s->rest, STEPPERS, STR_NULL, str_of(s->stepper), NULL, "merge", patch, &now, e) &&
           wait_known(s, now->rv, timeout_ms, e);
}

bool step_session_go(struct step_session *s, int64_t park, const char *to, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct json *body = obj_empty(&a);
    obj_put_int(&a, body, ".id", park);
    obj_put_cstr(&a, body, ".to", to);
    const struct rest_call call = {
        .method = "POST", .path = rest_path(&a, STEPPERS, STR_NULL, str_of(s->stepper), "step"), .body = body};
    const struct object *now AUTO_OBJ = NULL;
    if (!rest_do(s->rest, &call, &now, e)) return false;
    mutex_lock(&s->lock);
    s->from = now->rv;
    mutex_unlock(&s->lock);
    return true;
}

void step_session_drop(struct step_session *s)
{
    struct err e = ERR_INIT;
    const struct rest_delete_opts opts = {.grace_s = -1};
    if (s->stepper[0] && !rest_delete(s->rest, STEPPERS, STR_NULL, str_of(s->stepper), &opts, &e) &&
        e.code != ERR_NOT_FOUND)
        fprintf(stderr, "kubestep: stepper %s is left behind, and ends by itself: %s\n", s->stepper, e.text);
}

void step_session_end(struct step_session *s)
{
    mutex_lock(&s->lock);
    s->over = true;
    mutex_unlock(&s->lock);
    step_session_drop(s);
    mutex_lock(&s->lock);
    if (s->stream) http_stream_cancel(s->stream);
    mutex_unlock(&s->lock);
    if (s->watching) thread_join(s->watch);
    if (s->stream) http_stream_close(s->stream);
    object_unref(s->now);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
}
