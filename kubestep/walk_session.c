/* walk_session.c - see walk_session.h.
 * Reads: watches on walks and steppers.   Writes: the pod, the stepper. */
#include "kubestep/walk_session.h"

#include "base/mono.h"
#include "base/rnd.h"

#include <stdio.h>
#include <stdlib.h>

#define STEPPERS "sim.kubestep.dev/v1/steppers"
#define WALKS    "sim.kubestep.dev/v1/walks"

enum { CREATE_TIMEOUT_MS = 20 * 60 * 1000 }; /* stepping may take as long as a lesson */

void walk_session_init(struct walk_session *s, struct rest *r, const char *ns, const char *pod)
{
    memset(s, 0, sizeof *s);
    s->rest = r;
    snprintf(s->ns, sizeof s->ns, "%s", ns);
    snprintf(s->pod, sizeof s->pod, "%s", pod ? pod : "");
    pthread_mutex_init(&s->lock, NULL);
    cond_init_mono(&s->changed);
}

bool walk_session_wait(struct walk_session *s, int64_t deadline_ns)
{
    return cond_wait_until(&s->changed, &s->lock, deadline_ns);
}

/* ---- The stepper ---- */

static bool make_stepper(struct walk_session *s, const char *flow, bool hold, bool components, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    char random[6];
    arena_init(&a, 1024);
    rnd_name(random, 5);
    snprintf(s->stepper, sizeof s->stepper, "walk-%s", random);
    struct json *st = obj_new(&a, "sim.kubestep.dev/v1", "Stepper");
    obj_put_cstr(&a, st, ".metadata.name", s->stepper);
    obj_put_cstr(&a, st, ".spec.namespace", s->ns);
    if (s->pod[0]) obj_put_cstr(&a, st, ".spec.pod", s->pod);
    if (flow) obj_put_cstr(&a, st, ".spec.flow", flow);
    obj_put_cstr(&a, st, ".spec.mode", hold ? "step" : "run");
    if (components) obj_put_bool(&a, st, ".spec.components", true);
    obj_put_bool(&a, st, ".spec.attached", true); /* it goes with us, however we go */
    if (rest_create(s->rest, STEPPERS, STR_NULL, st, NULL, e)) return true;
    s->stepper[0] = '\0';
    return false;
}

/* One watch: newest object into *slot, until it ends. */
struct follow {
    struct walk_session *s;
    const struct object **slot;
    int stream;
    const char *resource;
};

static void take_line(struct follow *f, struct str line)
{
    struct err e = ERR_INIT;
    struct walk_session *s = f->s;
    const struct object *ev AUTO_OBJ = object_parse(line, NULL, &e);
    if (!ev || obj_is(ev->root, ".type", "BOOKMARK") || obj_is(ev->root, ".type", "ERROR")) return;
    const struct object *now = object_of(obj_get(ev->root, ".object"));
    mutex_lock(&s->lock);
    /* The first walk that begins is ours: not the end of an older one, and not those of its pod's siblings. */
    bool fresh =
        f->slot != &s->walk || (s->walk ? str_eq(obj_str(now->root, ".spec.uid"), obj_str(s->walk->root, ".spec.uid"))
                                        : obj_is(ev->root, ".type", "ADDED"));
    if (fresh && !obj_is(ev->root, ".type", "DELETED")) {
        object_unref(*f->slot);
        *f->slot = object_ref(now);
        if (f->slot == &s->walk && !s->pod[0]) snprintf(s->pod, sizeof s->pod, "%.*s", STR_ARG(now->name));
    }
    pthread_cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
    object_unref(now);
}

static void *follow(void *arg)
{
    struct follow *f = arg;
    struct walk_session *s = f->s;
    struct err e = ERR_INIT;
    struct str line;
    while (http_stream_line(s->streams[f->stream], &line, INT64_MAX, &e) == 1) take_line(f, line);
    mutex_lock(&s->lock);
    s->watch_failed = !s->over;
    pthread_cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
    free(f);
    return NULL;
}

/* initial: the present state comes first. Otherwise only what happens from now on. */
static bool open_watch(struct walk_session *s, int stream, const char *resource, const char *ns, const char *name,
                       const char *rv, const struct object **slot, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    arena_init(&a, 1024);
    const char *base = rest_path(&a, resource, str_of(ns), STR_NULL, NULL);
    const char *filter = *name ? arena_printf(&a, "&fieldSelector=metadata.name%%3D%s", name) : "";
    const struct rest_call call = {
        .method = "GET",
        .path = arena_printf(&a, "%s?watch=true%s%s%s", base, filter, rv ? "&resourceVersion=" : "", rv ? rv : "")};
    s->streams[stream] = rest_open(s->rest, &call, e);
    if (!s->streams[stream]) return false;
    struct follow *f = xcalloc(1, sizeof *f);
    *f = (struct follow){.s = s, .slot = slot, .stream = stream, .resource = resource};
    s->threads[s->nthreads++] = thread_start("walk-watch", follow, f);
    return true;
}

/* The revision of the walks as they are: what a watch of new ones begins behind. */
static char *walks_revision(struct walk_session *s, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *list AUTO_OBJ = NULL;
    arena_init(&a, 1024);
    const struct rest_call call = {
        .method = "GET", .path = arena_printf(&a, "%s?limit=1", rest_path(&a, WALKS, str_of(s->ns), STR_NULL, NULL))};
    if (!rest_do(s->rest, &call, &list, e)) return NULL;
    return str_dup(obj_str(list->root, ".metadata.resourceVersion"));
}

bool walk_session_stepper(struct walk_session *s, const char *flow, bool hold, bool components, int64_t timeout_ms,
                          struct err *e)
{
    int64_t deadline = mono_ns() + timeout_ms * 1000000;
    s->since = walks_revision(s, e); /* the pod may come as soon as there is a stepper */
    if (!s->since || !make_stepper(s, flow, hold, components, e) ||
        !open_watch(s, 1, STEPPERS, "", s->stepper, NULL, &s->step, e))
        return false;
    mutex_lock(&s->lock);
    bool in_time = true;
    while (in_time && !s->watch_failed && !(s->step && obj_bool(s->step->root, ".status.armed", false)))
        in_time = walk_session_wait(s, deadline);
    mutex_unlock(&s->lock);
    return in_time || err_set(e, ERR_TIMEOUT, "the components did not take note of the stepper in time");
}

void walk_session_watch(struct walk_session *s)
{
    if (!s->since) s->since = walks_revision(s, &s->err);
    if (!s->since || !open_watch(s, 0, WALKS, s->ns, s->pod, s->since, &s->walk, &s->err)) s->watch_failed = true;
}

/* ---- The create ---- */

static void *create(void *arg)
{
    struct walk_session *s = arg;
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    arena_init(&a, 1024);
    const struct rest_call call = {.method = "POST",
                                   .path = rest_path(&a, "v1/pods", str_of(s->ns), STR_NULL, NULL),
                                   .body = s->manifest,
                                   .timeout_ms = CREATE_TIMEOUT_MS};
    bool ok = rest_do(s->rest, &call, NULL, &e);
    mutex_lock(&s->lock);
    s->create_done = true;
    s->create_failed = !ok;
    if (!ok) s->err = e;
    pthread_cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
    return NULL;
}

void walk_session_create(struct walk_session *s, const struct json *manifest)
{
    s->manifest = manifest;
    s->threads[s->nthreads++] = thread_start("walk-create", create, s);
}

/* ---- Opening gates ---- */

bool walk_session_release(struct walk_session *s, int64_t park_id, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    arena_init(&a, 1024);
    struct json *body = obj_empty(&a);
    obj_put_int(&a, body, ".id", park_id);
    const struct rest_call call = {
        .method = "POST", .path = rest_path(&a, STEPPERS, STR_NULL, str_of(s->stepper), "step"), .body = body};
    return rest_do(s->rest, &call, NULL, e);
}

bool walk_session_run(struct walk_session *s, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    arena_init(&a, 1024);
    struct json *patch = obj_empty(&a);
    obj_put_cstr(&a, patch, ".spec.mode", "run");
    return rest_patch(s->rest, STEPPERS, STR_NULL, str_of(s->stepper), NULL, "merge", patch, NULL, e);
}

void walk_session_drop_stepper(struct walk_session *s)
{
    struct err e = ERR_INIT;
    const struct rest_delete_opts opts = {.grace_s = -1};
    if (s->stepper[0] && !rest_delete(s->rest, STEPPERS, STR_NULL, str_of(s->stepper), &opts, &e) &&
        e.code != ERR_NOT_FOUND)
        fprintf(stderr, "kubestep: stepper %s is left behind: %s\n", s->stepper, e.text);
}

void walk_session_end(struct walk_session *s)
{
    walk_session_drop_stepper(s);
    mutex_lock(&s->lock);
    s->over = true;
    mutex_unlock(&s->lock);
    for (size_t i = 0; i < ARRAY_LEN(s->streams); i++)
        if (s->streams[i]) http_stream_cancel(s->streams[i]);
    for (int i = 0; i < s->nthreads; i++) thread_join(s->threads[i]);
    for (size_t i = 0; i < ARRAY_LEN(s->streams); i++)
        if (s->streams[i]) http_stream_close(s->streams[i]);
    object_unref(s->walk);
    object_unref(s->step);
    free(s->since);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
}
