/* trace.c - the fifteen steps as the API server sees them: every hook finds its walk and records one step.
 * Reads: requests, commits, deliveries; the notes of our components (Kubestep-Trace).
 * Writes: the table of walks. What a step is exactly: docs/ARCHITECTURE.md, "The fifteen steps". */
#include "apiserver/sim/sim_priv.h"

#include "base/metrics.h"
#include "base/mono.h"

#include <stdlib.h>

struct side walks;

static bool textbook_default;
static _Atomic int awaiting; /* walks with awaits_client: nothing to look up while 0 */
static struct metric *bad_notes;

void trace_await(struct walk *w, bool on)
{
    if (w->awaits_client == on) return;
    w->awaits_client = on;
    atomic_fetch_add(&awaiting, on ? 1 : -1);
}

static void walk_drop(struct side_entry *e)
{
    struct walk *w = walk_of(e);
    trace_await(w, false);
    hold_later(hold_take(w, "Forgotten"));
    walk_unref(w);
}

void trace_init(bool textbook)
{
    static const struct side_kind walk_kind = {
        .plural = "walks",
        .kind = "Walk",
        .list_kind = "WalkList",
        .namespaced = true,
        .max = WALKS_MAX,
        .write = walk_write,
        .drop = walk_drop,
    };
    textbook_default = textbook;
    side_init(&walks, &walk_kind);
    side_watch_init(&walks);
    bad_notes = metric_counter("kubestep_trace_notes_malformed_total", NULL,
                               "Kubestep-Trace headers that were not understood.");
}

/* ---- small helpers ---- */

static int64_t received(const struct request *r) { return r->received_ns ? r->received_ns : mono_ns(); }

static void request_facts(struct facts *f, const struct request *r, bool with_bytes)
{
    facts_init(f);
    facts_str(f, "verb", r->method);
    facts_str(f, "path", r->path);
    facts_str(f, "user", r->user.name);
    if (with_bytes) facts_u64(f, "bytes", r->body.n);
}

static void set_walk(struct request *r, struct walk *w)
{
    if (r->walk == w) return;
    walk_unref(r->walk);
    r->walk = walk_ref(w);
}

static void take_notes(struct request *r, struct walk *w, enum step first, enum step last)
{
    struct str text = request_header(r, "Kubestep-Trace");
    if (!text.n || !r->user.component) return;
    const struct json *notes = text.n <= TRACE_HEADER_MAX ? json_parse(&r->arena, text, NULL) : NULL;
    if (!walk_take_notes(w, notes, first, last, mono_ns())) metric_add(bad_notes, 1);
}

/* ---- 1, 2, 9, 14: requests and commits ---- */

static bool is_traceparent(struct str s)
{
    if (s.n != 55) return false;
    for (size_t i = 0; i < s.n; i++) {
        bool dash = i == 2 || i == 35 || i == 52;
        if (dash ? s.p[i] != '-' : !strchr("0123456789abcdef", s.p[i]) || !s.p[i]) return false;
    }
    return true;
}

void trace_create(struct request *r, const struct json *pod)
{
    struct str ns = obj_ns(pod), name = obj_name(pod), uid = obj_uid(pod);
    trace_abandon(r); /* decided anew: another name, another uid */
    if (!ns.n || !name.n || !uid.n || ns.n > SIM_NAME_MAX || name.n > SIM_NAME_MAX || uid.n > SIM_NAME_MAX) return;
    gate_claim(ns, name, !r->user.component);
    struct walk *w = walk_new();
    w->textbook = gate_textbook(ns, name, textbook_default);
    w->foreign = !r->user.component;
    struct facts f AUTO_FACTS;
    request_facts(&f, r, true);
    struct str parent = request_header(r, "traceparent");
    if (is_traceparent(parent)) facts_str(&f, "traceparent", parent);
    walk_record(w, STEP_REQUEST_RECEIVED, received(r), true, facts_end(&f));
    r->walk = walk_ref(w);
    side_lock(&walks);
    bool added = side_add(&walks, &w->e, ns, name, uid);
    side_unlock(&walks);
    if (!added) walk_unref(w);
}

void trace_abandon(struct request *r)
{
    struct walk *w = r->walk;
    if (!w) return;
    r->walk = NULL;
    side_lock(&walks);
    if (!walk_has(w, STEP_PERSISTED) && w->e.in_table) side_remove(&walks, &w->e);
    side_unlock(&walks);
    walk_unref(w);
}

/* A Binding may come as pods/NAME/binding or as a create of bindings: the first commit of a walk is the pod's own. */
static enum step commit_step(const struct request *r, const struct walk *w)
{
    const struct api_subresource *sub = r->target.sub;
    if (sub && strcmp(sub->name, "status") == 0) return STEP_STATUS_PERSISTED;
    return walk_has(w, STEP_PERSISTED) ? STEP_PLACEMENT_PERSISTED : STEP_PERSISTED;
}

void trace_told(struct walk *w, int64_t mono, struct str facts)
{
    trace_await(w, false);
    walk_record(w, STEP_CLIENT_TOLD, mono, true, facts);
    side_touch(&walks, &w->e);
}

/* The status that ends the walk is in the store (or the scheduler's word that the pod fits nowhere). */
static struct request *ended(struct walk *w, uint64_t rev)
{
    enum pod_verdict v = (enum pod_verdict)w->said.verdict;
    bool good = v == VERDICT_RUNNING || v == VERDICT_SUCCEEDED;
    walk_end(w, good ? WALK_DONE : WALK_ENDED, w->said.reason, str_of(w->said.message));
    struct request *held = hold_take(w, w->said.reason);
    if (v == VERDICT_UNSCHEDULABLE) return held;
    w->end_rev = rev;
    if (held || walk_has(w, STEP_CLIENT_TOLD)) {
        trace_await(w, false);
    } else if (w->early.rev >= rev) {
        trace_told(w, w->early.mono_ns, str_of(w->early.facts));
    } else {
        w->steps[STEP_CLIENT_TOLD - 1].state = STEP_PENDING;
        w->steps[STEP_CLIENT_TOLD - 1].message = true;
    }
    return held;
}

static void commit_facts(struct facts *f, struct str key, uint64_t rev)
{
    facts_init(f);
    facts_str(f, "key", key);
    facts_u64(f, "revision", rev);
}

void trace_committed(struct request *r, struct str key, uint64_t rev)
{
    struct walk *w = r->walk;
    if (!w) return;
    int64_t now = mono_ns();
    struct request *held = NULL;
    struct facts f AUTO_FACTS;
    commit_facts(&f, key, rev);
    side_lock(&walks);
    enum step step = commit_step(r, w);
    if (step == STEP_PERSISTED && !(w->textbook && w->foreign)) facts_u64(&f, "code", 201);
    struct str facts = facts_end(&f);
    if (step != STEP_STATUS_PERSISTED) {
        walk_record_cause(w, step, now, facts);
    } else if (w->said.verdict != VERDICT_NONE) { /* else a like report was committed before this one */
        if (w->said.verdict != VERDICT_UNSCHEDULABLE) walk_record_cause(w, step, now, facts);
        held = ended(w, rev);
        w->said.verdict = VERDICT_NONE;
    }
    side_touch(&walks, &w->e);
    side_unlock(&walks);
    hold_later(held);
}

/* ---- 4 to 6: the textbook's requests for nodes ---- */

void trace_nodes_requested(struct request *r)
{
    struct str name, ns = str_cut(request_header(r, "Kubestep-Walk"), '/', &name);
    if (!ns.n || !name.n || !r->user.component) return;
    struct facts f AUTO_FACTS;
    request_facts(&f, r, false);
    struct str facts = facts_end(&f);
    side_lock(&walks);
    struct side_entry *e = side_find(&walks, ns, name);
    if (e && !walk_has(walk_of(e), STEP_PLACEMENT_PERSISTED)) {
        walk_record_effect(walk_of(e), STEP_NODES_REQUESTED, received(r), facts);
        side_touch(&walks, e);
        set_walk(r, walk_of(e));
    }
    side_unlock(&walks);
}

static void record(struct walk *w, enum step step, struct str facts)
{
    side_lock(&walks);
    walk_record(w, step, mono_ns(), true, facts);
    side_touch(&walks, &w->e);
    side_unlock(&walks);
}

void trace_nodes_read(struct request *r, uint64_t rev, size_t count)
{
    if (!r->walk) return;
    struct facts f AUTO_FACTS;
    facts_init(&f);
    if (r->target.res) facts_str(&f, "range", str_of(r->target.res->store_prefix));
    facts_u64(&f, "revision", rev);
    facts_u64(&f, "count", count);
    record(r->walk, STEP_NODES_READ, facts_end(&f));
}

void trace_nodes_returned(struct request *r, size_t count, size_t bytes)
{
    if (!r->walk) return;
    struct facts f AUTO_FACTS;
    facts_init(&f);
    facts_u64(&f, "count", count);
    facts_u64(&f, "bytes", bytes);
    record(r->walk, STEP_NODES_RETURNED, facts_end(&f));
}

/* ---- 7 to 9: the scheduler's answer ---- */

void trace_binding(struct request *r, struct str ns, struct str pod_name, struct str node)
{
    struct facts f AUTO_FACTS;
    request_facts(&f, r, false);
    facts_str(&f, "node", node);
    struct str facts = facts_end(&f);
    side_lock(&walks);
    struct side_entry *e = side_find(&walks, ns, pod_name);
    if (e && !walk_has(walk_of(e), STEP_PLACEMENT_PERSISTED)) {
        struct walk *w = walk_of(e);
        if (w->phase == WALK_ENDED) walk_end(w, WALK_WALKING, NULL, STR_NULL); /* it did not fit, now it does */
        take_notes(r, w, STEP_NODES_REQUESTED, STEP_PLACEMENT_COMPUTED);
        walk_record(w, STEP_PLACEMENT_RETURNED, received(r), true, facts);
        side_touch(&walks, e);
        set_walk(r, w);
    }
    side_unlock(&walks);
}

void trace_unscheduled(struct str uid, struct str message, struct str facts, const struct json *notes)
{
    struct request *held = NULL;
    side_lock(&walks);
    struct side_entry *e = side_find_id(&walks, uid);
    if (e && !walk_has(walk_of(e), STEP_PLACEMENT_RETURNED)) {
        struct walk *w = walk_of(e);
        int64_t now = mono_ns();
        walk_record(w, STEP_PLACEMENT_COMPUTED, now, false, facts);
        if (notes && !walk_take_notes(w, notes, STEP_NODES_REQUESTED, STEP_PLACEMENT_COMPUTED, now))
            metric_add(bad_notes, 1);
        walk_end(w, WALK_ENDED, "FailedScheduling", message);
        held = hold_take(w, "FailedScheduling");
        side_touch(&walks, e);
    }
    side_unlock(&walks);
    hold_later(held);
}

/* ---- 11 to 14: the kubelet's status ---- */

/* Is this status news to the walk? A pod's many later reports are not. */
static bool is_news(const struct walk *w, enum pod_verdict v)
{
    if (w->phase == WALK_DONE || !walk_has(w, STEP_REQUEST_RECEIVED)) return false;
    if (v == VERDICT_UNSCHEDULABLE) return w->phase == WALK_WALKING && !walk_has(w, STEP_PLACEMENT_PERSISTED);
    if (v == VERDICT_IMAGE_ERROR || v == VERDICT_FAILED) return !walk_has(w, STEP_STATUS_PERSISTED);
    return true;
}

static void status_reported(struct request *r, struct walk *w, enum pod_verdict v, struct str facts)
{
    take_notes(r, w, STEP_CONTAINER_CREATED, STEP_WRAPPED_AS_POD);
    walk_record(w, STEP_STATUS_REPORTED, received(r), true, facts);
    w->early.rev = 0;
    if (!walk_has(w, STEP_CLIENT_TOLD) && !w->hold.r) trace_await(w, true);
    if (v == VERDICT_RUNNING || v == VERDICT_SUCCEEDED)
        w->steps[STEP_STATUS_PERSISTED - 1].state = STEP_ABSENT; /* an error was there */
    side_touch(&walks, &w->e);
}

void trace_status(struct request *r, const struct json *pod, const struct json *old)
{
    (void)old; /* the walk itself knows what was there */
    const char *reason = NULL;
    struct str message;
    enum pod_verdict v = walk_verdict(pod, &reason, &message);
    if (v == VERDICT_NONE) return;
    struct facts f AUTO_FACTS;
    request_facts(&f, r, true);
    facts_str(&f, "phase", obj_str(pod, ".status.phase"));
    if (v == VERDICT_IMAGE_ERROR) facts_str(&f, "reason", str_of(reason));
    struct str facts = facts_end(&f);
    side_lock(&walks);
    struct side_entry *e = side_find_id(&walks, obj_uid(pod));
    if (e && is_news(walk_of(e), v)) {
        struct walk *w = walk_of(e);
        w->said.verdict = (uint8_t)v;
        w->said.reason = reason;
        free(w->said.message);
        w->said.message = message.n ? str_dup(text_cut(message, SIM_TEXT_MAX)) : NULL;
        if (v != VERDICT_UNSCHEDULABLE) status_reported(r, w, v, facts);
        set_walk(r, w);
    }
    side_unlock(&walks);
}

/* ---- 3, 10, 15: what streams and reads have shown ---- */

static struct str item_field(const struct item *it, const char *label)
{
    for (int i = 0; i < it->nfields && i < it->storage->nselectable; i++)
        if (strcmp(it->storage->selectable[i].label, label) == 0) return it->fields[i];
    return STR_NULL;
}

static void event_facts(struct facts *f, const char *type, uint64_t rev, struct str user)
{
    facts_str(f, "type", str_of(type));
    facts_u64(f, "revision", rev);
    facts_str(f, "user", user);
}

void trace_delivered(const char *component, struct str user, const struct item *it, const char *type, uint64_t rev,
                     int64_t mono)
{
    if (!component || strcmp(type, "DELETED") == 0 || strcmp(type, "BOOKMARK") == 0) return;
    struct str node = item_field(it, "spec.nodeName");
    enum step step = strcmp(component, "scheduler") == 0 && !node.n    ? STEP_OFFERED_TO_SCHEDULER
                     : strcmp(component, "kubelet-sim") == 0 && node.n ? STEP_HANDED_TO_KUBELET
                                                                       : STEP_NONE;
    if (step == STEP_NONE) return;
    side_lock(&walks);
    struct side_entry *e = side_find_id(&walks, it->uid);
    if (e && !walk_has(walk_of(e), step)) {
        struct facts f AUTO_FACTS;
        facts_init(&f);
        event_facts(&f, type, rev, user);
        facts_str(&f, "node", node);
        walk_record_cause(walk_of(e), step, mono, facts_end(&f));
        side_touch(&walks, e);
    }
    side_unlock(&walks);
}

/* A client that is not ours saw `it`: is it what step 15 waits for? Under the lock. */
static void seen_by_client(const struct item *it, struct str facts, int64_t mono)
{
    struct side_entry *e = side_find_id(&walks, it->uid);
    struct walk *w = e ? walk_of(e) : NULL;
    if (!w || !w->awaits_client) return;
    if (w->end_rev) {
        if (it->rev >= w->end_rev) trace_told(w, mono, facts);
        return;
    }
    /* The status is being committed, its revision not told yet: keep the first sight of it. */
    struct str phase = item_field(it, "status.phase");
    bool shows = phase.n && !str_eqc(phase, "Pending");
    if ((!shows && w->said.verdict != VERDICT_IMAGE_ERROR) || it->rev <= w->early.rev || (shows && w->early.rev))
        return;
    w->early.rev = it->rev;
    w->early.mono_ns = mono;
    free(w->early.facts);
    w->early.facts = str_dup(facts);
}

void trace_delivered_client(const char *component, struct str user, const struct item *it, const char *type,
                            uint64_t rev, int64_t mono)
{
    if (component || !atomic_load(&awaiting) || strcmp(type, "DELETED") == 0 || strcmp(type, "BOOKMARK") == 0) return;
    struct facts f AUTO_FACTS;
    facts_init(&f);
    facts_str(&f, "how", STR("watch"));
    event_facts(&f, type, rev, user);
    struct str facts = facts_end(&f);
    side_lock(&walks);
    seen_by_client(it, facts, mono);
    side_unlock(&walks);
}

void trace_served(struct request *r, struct item *const *items, size_t n)
{
    if (r->user.component || !n || !atomic_load(&awaiting)) return;
    struct facts f AUTO_FACTS;
    facts_init(&f);
    facts_str(&f, "how", STR("read"));
    facts_str(&f, "verb", r->method);
    facts_str(&f, "path", r->path);
    facts_str(&f, "user", r->user.name);
    struct str facts = facts_end(&f);
    int64_t now = mono_ns();
    side_lock(&walks);
    for (size_t i = 0; i < n; i++) seen_by_client(items[i], facts, now);
    side_unlock(&walks);
}

void trace_pod_deleted(struct str ns, struct str name, struct str uid)
{
    struct request *held = NULL;
    gate_pod_gone(ns, name);
    side_lock(&walks);
    struct side_entry *e = side_find_id(&walks, uid);
    if (e) {
        struct walk *w = walk_of(e);
        held = hold_take(w, "Deleted");
        trace_await(w, false);
        if (w->phase != WALK_DONE) {
            walk_end(w, WALK_ENDED, "Deleted", STR("the pod was deleted"));
            side_touch(&walks, e);
        }
    }
    side_unlock(&walks);
    hold_later(held);
}
