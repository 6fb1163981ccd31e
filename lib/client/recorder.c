/* recorder.c - records Events through sender threads, one until more wait than it can send; all events of one object go
 * through the same one, in order (but when one joins: then what was known of an object's earlier events may be
 * forgotten). Reads: calls.   Writes: events (POST), their counts (PATCH). */
#include "recorder.h"

#include "base/clk.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mono.h"
#include "base/thread.h"
#include "correlate.h"
#include "limits.h"
#include "sim.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define NS_PER_S INT64_C(1000000000)

struct event_ref { /* an ObjectReference */
    struct str api_version, kind, ns, name, uid, field_path;
    uint64_t rv;
};

struct waiting_event { /* one allocation: the texts follow */
    struct waiting_event *next;
    int64_t at_ns;                   /* cluster time; unique in the process, for it becomes the name */
    struct event_ref about, related; /* related: no kind if there is none */
    struct str component, type, reason, action, host, message;
};

struct sender {
    struct recorder *rec;
    pthread_t thread;
    bool started;
    struct waiting_event *head, **tail; /* rec->lock */
    pthread_cond_t more;
    struct correlate *seen; /* the thread's */
    struct buf text;
    struct arena arena;
};

struct recorder {
    struct rest *rest;
    struct sim *sim;
    enum recorder_api api;
    char *component, *host;
    struct sender senders[RECORDER_SENDERS];
    pthread_mutex_t lock;   /* covers what follows and the senders' queues */
    pthread_cond_t drained; /* or stopping */
    int active;             /* senders that get events: 1 .. RECORDER_SENDERS */
    int queued;             /* in queues or under way */
    uint64_t dropped;
    bool stopping, abandon;
};

/* ---- Taking events ---- */

static struct str put_text(char **at, struct str s)
{
    struct str copy = {*at, s.n};
    if (s.n) memcpy(*at, s.p, s.n);
    *at += s.n;
    return copy;
}

/* Cluster time, but never the same twice: the clock may stand still. */
static int64_t unique_ns(void)
{
    static _Atomic int64_t last;
    int64_t now = clk_ns(), before = atomic_load(&last), mine;
    do mine = MAX(now, before + 1);
    while (!atomic_compare_exchange_weak(&last, &before, mine));
    return mine;
}

static struct event_ref ref_of(const struct event_about *about)
{
    if (!about) return (struct event_ref){0};
    return (struct event_ref){str_of(about->api_version),
                              str_of(about->kind),
                              about->ns,
                              about->name,
                              about->uid,
                              str_of(about->field_path),
                              about->rv};
}

static struct waiting_event *make_event(const struct event_about *about, const char *type, const char *reason,
                                        const char *action, const char *host, struct str message)
{
    struct waiting_event made = {.about = ref_of(about),
                                 .related = ref_of(about->related),
                                 .component = about->component,
                                 .type = str_of(type),
                                 .reason = str_of(reason),
                                 .action = str_of(action),
                                 .host = str_of(host),
                                 .message = message,
                                 .at_ns = unique_ns()};
    struct str *parts[] = {&made.about.api_version,
                           &made.about.kind,
                           &made.about.ns,
                           &made.about.name,
                           &made.about.uid,
                           &made.about.field_path,
                           &made.related.api_version,
                           &made.related.kind,
                           &made.related.ns,
                           &made.related.name,
                           &made.related.uid,
                           &made.related.field_path,
                           &made.component,
                           &made.type,
                           &made.reason,
                           &made.action,
                           &made.host,
                           &made.message};
    size_t n = sizeof made;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) n += parts[i]->n;
    struct waiting_event *w = xmalloc(n);
    char *at = (char *)(w + 1);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) *parts[i] = put_text(&at, *parts[i]);
    *w = made;
    return w;
}

static void *send_run(void *arg);

static void enqueue(struct recorder *rec, struct waiting_event *w)
{
    uint64_t hash = str_hash(w->about.name, str_hash(w->about.ns, 0));
    mutex_lock(&rec->lock);
    if (rec->queued > rec->active * RECORDER_GROW && rec->active < RECORDER_SENDERS) rec->active++;
    struct sender *s = &rec->senders[hash % (unsigned)rec->active];
    bool drop = rec->stopping || rec->queued >= RECORDER_QUEUE_MAX;
    uint64_t dropped = drop && !rec->stopping ? ++rec->dropped : 0;
    if (!drop) {
        *s->tail = w;
        s->tail = &w->next;
        rec->queued++;
        if (!s->started) s->thread = thread_start("events", send_run, s);
        s->started = true;
        pthread_cond_signal(&s->more);
    }
    mutex_unlock(&rec->lock);
    if (!drop) return;
    free(w);
    if (dropped && (dropped & (dropped - 1)) == 0) /* at 1, 2, 4, 8 ... */
        LOG_W("%s: %llu events dropped so far: the queue is full", rec->component, (unsigned long long)dropped);
}

void recorder_event(struct recorder *rec, const struct event_about *about, const char *type, const char *reason,
                    const char *action, const char *host, const char *fmt, ...)
{
    char message[EVENT_NOTE_MAX + 1];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    size_t size = n < 0 ? 0 : MIN((size_t)n, sizeof message - 1);
    while (n > EVENT_NOTE_MAX && size && ((unsigned char)message[size] & 0xC0) == 0x80)
        size--; /* not inside a character */
    enqueue(rec, make_event(about, type, reason, action, host ? host : rec->host, str_n(message, size)));
}

/* ---- Texts ---- */

static void member(struct buf *b, const char *name, struct str value)
{
    if (!value.n) return;
    char last = b->p[b->n - 1];
    if (last != '{') buf_char(b, ',');
    buf_addf(b, "\"%s\":", name);
    json_write_string(b, value);
}

static void object_ref_text(struct buf *b, const struct event_ref *r)
{
    char rv[24];
    buf_char(b, '{');
    member(b, "kind", r->kind);
    member(b, "namespace", r->ns);
    member(b, "name", r->name);
    member(b, "uid", r->uid);
    member(b, "apiVersion", r->api_version);
    if (r->rv)
        member(b, "resourceVersion", str_n(rv, (size_t)snprintf(rv, sizeof rv, "%llu", (unsigned long long)r->rv)));
    member(b, "fieldPath", r->field_path);
    buf_char(b, '}');
}

static struct str event_ns(const struct waiting_event *w) { return w->about.ns.n ? w->about.ns : STR("default"); }

static void begin_event(struct buf *b, const char *version, const struct waiting_event *w, const char *name)
{
    buf_clear(b);
    buf_addf(b, "{\"kind\":\"Event\",\"apiVersion\":\"%s\",\"metadata\":{\"name\":", version);
    json_write_string(b, str_of(name));
    member(b, "namespace", event_ns(w));
    buf_char(b, '}');
}

static void core_text(struct sender *s, const struct waiting_event *w, const char *name, struct str message,
                      const struct sameness *same)
{
    struct buf *b = &s->text;
    struct str component = w->component.n ? w->component : str_of(s->rec->component);
    char first[CLK_TEXT_MAX], last[CLK_TEXT_MAX];
    begin_event(b, "v1", w, name);
    buf_cstr(b, ",\"involvedObject\":");
    object_ref_text(b, &w->about);
    member(b, "reason", w->reason);
    member(b, "message", message);
    buf_cstr(b, ",\"source\":{");
    member(b, "component", component);
    member(b, "host", w->host);
    buf_char(b, '}');
    member(b, "firstTimestamp", str_of(clk_rfc3339(same->first_s, first)));
    member(b, "lastTimestamp", str_of(clk_rfc3339(w->at_ns / NS_PER_S, last)));
    buf_addf(b, ",\"count\":%lld", (long long)same->count);
    member(b, "type", w->type);
    buf_cstr(b, ",\"eventTime\":null");
    member(b, "reportingComponent", component);
    buf_cstr(b, ",\"reportingInstance\":");
    json_write_string(b, w->host);
    buf_char(b, '}');
}

static void series_text(struct sender *s, const struct waiting_event *w, const char *name)
{
    struct buf *b = &s->text;
    char at[CLK_TEXT_MAX];
    struct str component = w->component.n ? w->component : str_of(s->rec->component);
    begin_event(b, "events.k8s.io/v1", w, name);
    member(b, "eventTime", str_of(clk_rfc3339_micro(w->at_ns, at)));
    member(b, "reportingController", component);
    member(b, "reportingInstance", str_printf(&s->arena, "%.*s-%.*s", STR_ARG(component), STR_ARG(w->host)));
    member(b, "action", w->action);
    member(b, "reason", w->reason);
    buf_cstr(b, ",\"regarding\":");
    object_ref_text(b, &w->about);
    if (w->related.kind.n) {
        buf_cstr(b, ",\"related\":");
        object_ref_text(b, &w->related);
    }
    member(b, "note", w->message);
    member(b, "type", w->type);
    buf_char(b, '}');
}

static void patch_text(struct sender *s, const struct waiting_event *w, struct str message, const struct sameness *same)
{
    struct buf *b = &s->text;
    char at[CLK_TEXT_MAX];
    buf_clear(b);
    if (s->rec->api == RECORDER_EVENTS_V1) {
        buf_addf(b, "{\"series\":{\"count\":%lld", (long long)same->count);
        member(b, "lastObservedTime", str_of(clk_rfc3339_micro(w->at_ns, at)));
        buf_char(b, '}');
    } else {
        buf_addf(b, "{\"count\":%lld", (long long)same->count);
        member(b, "lastTimestamp", str_of(clk_rfc3339(w->at_ns / NS_PER_S, at)));
        member(b, "message", message);
    }
    buf_char(b, '}');
}

/* ---- Sending ---- */

static void classify(struct sender *s, const struct waiting_event *w, struct sameness *same)
{
    struct arena *a = &s->arena;
    int64_t now_s = w->at_ns / NS_PER_S;
    struct str source =
        str_printf(a, "%.*s\n%.*s\n%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(w->host), STR_ARG(w->about.kind),
                   STR_ARG(w->about.ns), STR_ARG(w->about.name), STR_ARG(w->about.uid), STR_ARG(w->about.api_version));
    struct str similar =
        str_printf(a, "%.*s\n%.*s\n%.*s\n%.*s\n%.*s\n%.*s\n", STR_ARG(source), STR_ARG(w->about.field_path),
                   STR_ARG(w->type), STR_ARG(w->reason), STR_ARG(w->action), STR_ARG(w->related.uid));
    if (s->rec->api == RECORDER_EVENTS_V1)
        correlate_series(s->seen, similar, now_s, same);
    else
        correlate_core(s->seen, source, similar, w->message, now_s, same);
}

/* A real pause that recorder_free ends; false: stop. */
static bool pause_sending(struct recorder *rec, int tries)
{
    int64_t until = mono_ns() + MIN(INT64_C(50) << MIN(tries, 10), INT64_C(10000)) * 1000000;
    mutex_lock(&rec->lock);
    while (!rec->stopping && cond_wait_until(&rec->drained, &rec->lock, until)) {}
    bool stop = rec->stopping;
    mutex_unlock(&rec->lock);
    return !stop;
}

static bool send_once(struct sender *s, const struct waiting_event *w, const struct sameness *same, int tries,
                      struct err *e)
{
    struct recorder *rec = s->rec;
    bool again = same->what == EVENT_AGAIN, v1 = rec->api == RECORDER_EVENTS_V1;
    struct str message = same->combined
                             ? str_printf(&s->arena, "(combined from similar events): %.*s", STR_ARG(w->message))
                             : w->message;
    struct str name =
        again ? str_of(same->name)
              : str_printf(&s->arena, "%.*s.%llx", STR_ARG(w->about.name), (unsigned long long)(w->at_ns + tries));
    const char *c_name = str_cstr(&s->arena, name);
    const char *resource = v1 ? "events.k8s.io/v1/events" : "v1/events";
    if (again)
        patch_text(s, w, message, same);
    else if (v1)
        series_text(s, w, c_name);
    else
        core_text(s, w, c_name, message, same);
    struct rest_call c = {.method = again ? "PATCH" : "POST",
                          .path = rest_path(&s->arena, resource, event_ns(w), again ? name : STR_NULL, NULL),
                          .raw_body = buf_view(&s->text),
                          .content_type = again ? "application/strategic-merge-patch+json" : NULL};
    if (!rest_do(rec->rest, &c, NULL, e)) return false;
    if (!again) correlate_made(s->seen, c_name);
    return true;
}

static void send_event(struct sender *s, const struct waiting_event *w)
{
    struct sameness same;
    struct err e;
    classify(s, w, &same);
    if (same.what == EVENT_DROPPED) return;
    for (int tries = 0; tries < RECORDER_TRIES_MAX; tries++) {
        if (send_once(s, w, &same, tries, &e)) return;
        if (e.code == ERR_NOT_FOUND && same.what == EVENT_AGAIN) { /* it expired: begin anew */
            correlate_forget(s->seen);
            same = (struct sameness){
                .what = EVENT_NEW, .count = 1, .first_s = w->at_ns / NS_PER_S, .combined = same.combined};
            continue;
        }
        if (e.code == ERR_ALREADY_EXISTS && same.what == EVENT_NEW) continue; /* the next name */
        bool unreached =
            e.code == ERR_UNAVAILABLE || e.code == ERR_TIMEOUT || e.code == ERR_TOO_MANY || e.code == ERR_IO;
        if (!unreached || !pause_sending(s->rec, tries)) break;
    }
    LOG_D("event %.*s of %.*s/%.*s is not recorded: %s", STR_ARG(w->reason), STR_ARG(w->about.ns),
          STR_ARG(w->about.name), e.text);
}

/* The next event; NULL: the end. */
static struct waiting_event *next_event(struct sender *s)
{
    struct recorder *rec = s->rec;
    mutex_lock(&rec->lock);
    while (!s->head && !rec->stopping) cond_wait_until(&s->more, &rec->lock, INT64_MAX);
    struct waiting_event *w = rec->abandon ? NULL : s->head;
    if (w) s->head = w->next;
    if (w && !s->head) s->tail = &s->head;
    mutex_unlock(&rec->lock);
    return w;
}

static void *send_run(void *arg)
{
    struct sender *s = arg;
    struct recorder *rec = s->rec;
    s->seen = correlate_new(RECORDER_CACHE_MAX);
    buf_init(&s->text, 256 << 10);
    for (struct waiting_event *w; (w = next_event(s));) {
        turn_take(rec->sim, "event", w->about.name);
        send_event(s, w);
        turn_give(rec->sim);
        free(w);
        arena_reset(&s->arena);
        mutex_lock(&rec->lock);
        bool idle = --rec->queued == 0;
        if (idle) pthread_cond_broadcast(&rec->drained);
        mutex_unlock(&rec->lock);
        if (idle) sim_poke(rec->sim);
    }
    correlate_free(s->seen);
    buf_release(&s->text);
    arena_release(&s->arena);
    return NULL;
}

/* ---- Life ---- */

struct recorder *recorder_new(struct rest *r, enum recorder_api api, const char *component, const char *host)
{
    struct recorder *rec = xcalloc(1, sizeof *rec);
    rec->rest = r;
    rec->api = api;
    rec->active = 1;
    rec->component = xstrdup(component);
    rec->host = xstrdup(host ? host : "");
    pthread_mutex_init(&rec->lock, NULL);
    cond_init_mono(&rec->drained);
    for (int i = 0; i < RECORDER_SENDERS; i++) {
        rec->senders[i].rec = rec;
        rec->senders[i].tail = &rec->senders[i].head;
        cond_init_mono(&rec->senders[i].more);
    }
    return rec;
}

void recorder_set_sim(struct recorder *rec, struct sim *sim) { rec->sim = sim; }

void recorder_free(struct recorder *rec)
{
    if (!rec) return;
    int64_t until = mono_ns() + RECORDER_DRAIN_MS * INT64_C(1000000);
    mutex_lock(&rec->lock);
    rec->stopping = true;
    pthread_cond_broadcast(&rec->drained);
    for (int i = 0; i < RECORDER_SENDERS; i++) pthread_cond_broadcast(&rec->senders[i].more);
    while (rec->queued && cond_wait_until(&rec->drained, &rec->lock, until)) {}
    bool late = rec->queued > 0;
    rec->abandon = true;
    mutex_unlock(&rec->lock);
    if (late) http_interrupt(rest_http(rec->rest));
    for (int i = 0; i < RECORDER_SENDERS; i++) {
        struct sender *s = &rec->senders[i];
        if (s->started) thread_join(s->thread);
        while (s->head) {
            struct waiting_event *w = s->head;
            s->head = w->next;
            free(w);
        }
        pthread_cond_destroy(&s->more);
    }
    pthread_cond_destroy(&rec->drained);
    pthread_mutex_destroy(&rec->lock);
    free(rec->component);
    free(rec->host);
    free(rec);
}

bool recorder_idle(struct recorder *rec)
{
    mutex_lock(&rec->lock);
    bool idle = rec->queued == 0;
    mutex_unlock(&rec->lock);
    return idle;
}

/* Kinds and versions are few, and struct event_about wants C strings: one copy of each for the process's life. */
static const char *interned(struct str s)
{
    static pthread_mutex_t lock = MUTEX_INIT;
    static struct map texts;
    if (!s.n) return NULL;
    mutex_lock(&lock);
    const char *text = map_get(&texts, s);
    if (!text && texts.count < EVENT_KINDS_MAX) map_set(&texts, s, (void *)(text = str_dup(s)));
    mutex_unlock(&lock);
    return text;
}

void event_about_object(struct event_about *out, const struct json *obj)
{
    *out = (struct event_about){.api_version = interned(obj_str(obj, ".apiVersion")),
                                .kind = interned(obj_str(obj, ".kind")),
                                .ns = obj_ns(obj),
                                .name = obj_name(obj),
                                .uid = obj_uid(obj)};
    if (!str_to_u64(obj_str(obj, ".metadata.resourceVersion"), &out->rv)) out->rv = 0;
}
