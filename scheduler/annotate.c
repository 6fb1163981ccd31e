/* annotate.c - see annotate.h.
 * Reads: notes of attempts, the pods' annotations.   Writes: the pods' annotations. */
#include "scheduler/annotate.h"

#include "base/heap.h"
#include "base/log.h"

#include <stdlib.h>

#define HISTORY  "kube-scheduler-simulator.sigs.k8s.io/result-history"
#define LEFT_OUT "sim.kubestep.dev/results-left-out"

struct annotator {
    struct pool *writer; /* one thread, so attempts come in their order */
    pthread_mutex_t lock;
    pthread_cond_t room;
    size_t bytes; /* of notes that wait */
    bool stopping;
};

struct annotating { /* of one attempt */
    struct job job;
    struct scheduler *s;
    const struct pod_info *pod; /* referenced */
    struct result_notes *notes;
};

/* ---- How much room there is ---- */

static bool is_ours(struct str key)
{
    for (int r = 0; r < RESULT_COUNT; r++)
        if (str_eqc(key, result_keys[r])) return true;
    return str_eqc(key, HISTORY) || str_eqc(key, LEFT_OUT);
}

/* For values: beside the annotations of others, and all keys of ours. */
static size_t room_beside(const struct json *annotations)
{
    size_t used = strlen(HISTORY) + 2 + strlen(LEFT_OUT) + LEFT_OUT_MAX + ANNOTATIONS_FREE;
    for (int r = 0; r < RESULT_COUNT; r++) used += strlen(result_keys[r]);
    for (OBJ_EACH(it, annotations, ""))
        if (!is_ours(obj_key(it))) used += obj_key(it).n + obj_text(it).n;
    return ANNOTATIONS_MAX - MIN(used, (size_t)ANNOTATIONS_MAX);
}

/* ---- The history: [{"key":"value"}], the newest last ---- */

static int compare_members(const void *a, const void *b)
{
    return str_cmp(obj_key(*(const struct json *const *)a), obj_key(*(const struct json *const *)b));
}

/* As Go writes a map: by key. */
static bool write_entry(struct buf *out, struct arena *a, const struct json *entry)
{
    size_t n = 0;
    const struct json **v = ARENA_ARRAY(a, const struct json *, obj_count(entry, ""));
    if (!json_is(entry, JSON_OBJ)) return false;
    for (OBJ_EACH(it, entry, "")) {
        if (!json_is(it, JSON_STR)) return false;
        v[n++] = it;
    }
    if (n) qsort(v, n, sizeof *v, compare_members);
    buf_char(out, '{');
    for (size_t i = 0; i < n; i++) {
        if (i) buf_char(out, ',');
        result_write_string(out, obj_key(v[i]));
        buf_char(out, ':');
        result_write_string(out, obj_text(v[i]));
    }
    buf_char(out, '}');
    return true;
}

/* The attempts before this one: texts, the oldest first. False: it is no such list. */
static bool read_history(struct arena *a, struct str text, struct str **entries, size_t *n)
{
    struct err e = ERR_INIT;
    const struct json *list = json_parse(a, text, &e);
    if (!json_is(list, JSON_ARR)) return false;
    *entries = ARENA_ARRAY(a, struct str, obj_count(list, "") + 1);
    for (OBJ_EACH(it, list, "")) {
        struct buf entry AUTO_BUF = {0};
        buf_init(&entry, (size_t)8 * ANNOTATIONS_MAX);
        if (!write_entry(&entry, a, it)) return false;
        (*entries)[(*n)++] = str_copy(a, buf_view(&entry));
    }
    return true;
}

/* As many of the newest as there is room for. Returns how many were dropped. */
static size_t write_history(struct buf *out, const struct str *entries, size_t n, size_t room)
{
    size_t first = n, used = 2;
    while (first && used + entries[first - 1].n + 1 <= room) used += entries[--first].n + 1;
    buf_char(out, '[');
    for (size_t i = first; i < n; i++) {
        if (i > first) buf_char(out, ',');
        buf_str(out, entries[i]);
    }
    buf_char(out, ']');
    return first;
}

/* ---- The patch ---- */

static void put(struct arena *a, struct json *patch, const char *key, struct str value)
{
    obj_map_put_str(a, patch, ".metadata.annotations", str_of(key), value);
}

/* Values of ours, and all of them as an entry of the history. */
static size_t put_results(struct arena *a, struct json *patch, const struct result_notes *t, int nodes)
{
    size_t used = 0;
    for (int r = 0; r < RESULT_COUNT; r++) {
        struct buf value AUTO_BUF = {0};
        buf_init(&value, ANNOTATIONS_MAX);
        result_notes_write(&value, t, (enum result)r, nodes);
        put(a, patch, result_keys[r], str_copy(a, buf_view(&value)));
        used += value.n;
    }
    return used;
}

/* Returns how many attempts were dropped. Something else in its place is no history, and goes. */
static size_t put_history(struct arena *a, struct json *patch, struct str was, size_t room)
{
    struct str *entries = NULL;
    size_t n = 0;
    if (was.n > ANNOTATIONS_MAX || !read_history(a, was, &entries, &n)) {
        entries = ARENA_ARRAY(a, struct str, 1);
        n = 0;
    }
    struct buf entry AUTO_BUF = {0}, text AUTO_BUF = {0};
    buf_init(&entry, (size_t)8 * ANNOTATIONS_MAX);
    buf_init(&text, ANNOTATIONS_MAX);
    (void)write_entry(&entry, a, obj_get(patch, ".metadata.annotations"));
    entries[n++] = buf_view(&entry);
    size_t dropped = write_history(&text, entries, n, room);
    put(a, patch, HISTORY, str_copy(a, buf_view(&text)));
    return dropped;
}

/* Removed when nothing is left out any more. */
static void put_left_out(struct arena *a, struct json *patch, const struct json *annotations, int left, int all,
                         size_t dropped)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, LEFT_OUT_MAX);
    if (left) buf_addf(&text, "results of %d of %d nodes", left, all);
    if (dropped) buf_addf(&text, "%s%zu attempt%s in the history", left ? ", " : "", dropped, dropped == 1 ? "" : "s");
    if (text.n) {
        buf_cstr(&text, ": annotations are at most 256 KiB");
        put(a, patch, LEFT_OUT, str_copy(a, buf_view(&text)));
    } else if (json_get(annotations, STR(LEFT_OUT))) {
        json_set(a, obj_edit(patch, ".metadata.annotations"), STR(LEFT_OUT), json_null(a));
    }
}

struct json *annotate_patch(struct arena *a, const struct result_notes *t, const struct json *annotations)
{
    struct json *patch = obj_empty(a);
    size_t room = room_beside(annotations);
    int nodes = result_notes_fit(t, room), all = result_notes_nodes(t);
    if (nodes < 0) return NULL;
    room -= put_results(a, patch, t, nodes);
    size_t dropped = put_history(a, patch, obj_map_str(annotations, "", STR(HISTORY)), room);
    put_left_out(a, patch, annotations, all - nodes, all, dropped);
    return patch;
}

/* ---- On its way ---- */

/* The pod is read, for what it has now decides what there is room for. */
static void write_annotations(const struct annotating *t)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct pod_info *p = t->pod;
    const struct object *pod AUTO_OBJ = NULL;
    bool there = rest_get(t->s->rest, "v1/pods", sym_str(p->ns), p->name, &pod, &e);
    if (there && !str_eq(pod->uid, p->uid)) return; /* a new one of that name */
    struct json *patch = there ? annotate_patch(&a, t->notes, obj_get(pod->root, ".metadata.annotations")) : NULL;
    if (there && !patch) err_set(&e, ERR_TOO_LARGE, "the pod's own annotations leave no room");
    if (patch) obj_put_str(&a, patch, ".metadata.uid", p->uid);
    if (patch && rest_patch(t->s->rest, "v1/pods", sym_str(p->ns), p->name, NULL, "merge", patch, NULL, &e)) return;
    if (e.code != ERR_NOT_FOUND && e.code != ERR_CONFLICT)
        LOG_W("results not written pod=\"%.*s/%.*s\" err=\"%s\"", STR_ARG(sym_str(p->ns)), STR_ARG(p->name), e.text);
}

static void run_annotating(struct job *j)
{
    struct annotating *t = CONTAINER_OF(j, struct annotating, job);
    struct scheduler *s = t->s;
    struct annotator *w = s->annotator;
    mutex_lock(&w->lock);
    bool stopping = w->stopping;
    w->bytes -= result_notes_bytes(t->notes);
    pthread_cond_broadcast(&w->room);
    mutex_unlock(&w->lock);
    if (!stopping) write_annotations(t);
    result_notes_free(t->notes);
    pod_info_unref(t->pod);
    free(t);
    atomic_fetch_sub(&s->under_way, 1);
    sim_poke(s->sim);
}

void annotate(struct scheduler *s, const struct pod_info *pod, struct result_notes **notes)
{
    struct annotator *w = s->annotator;
    if (!*notes) return;
    struct annotating *t = xcalloc(1, sizeof *t);
    *t = (struct annotating){.job.run = run_annotating, .s = s, .pod = pod_info_ref(pod), .notes = *notes};
    *notes = NULL;
    mutex_lock(&w->lock);
    while (w->bytes > ANNOTATE_QUEUED_BYTES) pthread_cond_wait(&w->room, &w->lock);
    w->bytes += result_notes_bytes(t->notes);
    mutex_unlock(&w->lock);
    atomic_fetch_add(&s->under_way, 1);
    pool_submit(w->writer, &t->job);
}

void annotate_start(struct scheduler *s)
{
    struct annotator *w = s->annotator = xcalloc(1, sizeof *w);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->room, NULL);
    w->writer = pool_new("annotate", 1);
}

void annotate_stop(struct scheduler *s)
{
    struct annotator *w = s->annotator;
    if (!w) return;
    mutex_lock(&w->lock);
    w->stopping = true;
    mutex_unlock(&w->lock);
    pool_free(w->writer);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->room);
    free(w);
    s->annotator = NULL;
}
