/* stepper.c - see stepper.h.
 * Reads: both clocks.
 * Writes: the table of steppers, their parks, what components have acknowledged. */
#include "apiserver/sim/stepper.h"

#include "api/object.h"
#include "base/clk.h"
#include "base/mono.h"

#include <stdlib.h>

struct side steppers;

static struct component {
    char name[COMPONENT_NAME_MAX + 1];
    int streams;
    uint64_t acked;
} components[CONTROL_STREAMS_MAX];
static int ncomponents;
static uint64_t last_generation;
static int64_t last_park;
static size_t nparks;

static struct stepper *stepper_of(const struct side_entry *e) { return (struct stepper *)(uintptr_t)e; }

#define EACH_STEPPER(s)                                                                                                \
    struct stepper *s = stepper_of(steppers.eldest);                                                                   \
    s;                                                                                                                 \
    s = stepper_of(s->e.younger)

uint64_t stepper_generation(void) { return last_generation; }
size_t parks_count(void) { return nparks; }

/* ---- Text ---- */

static void put(struct buf *out, const char *name, const char *v)
{
    buf_addf(out, ",\"%s\":", name);
    json_write_string(out, str_of(v));
}

static void write_park(struct buf *out, const struct park *p)
{
    char since[CLK_TEXT_MAX];
    buf_addf(out, "{\"id\":%lld,\"step\":%d,\"slug\":\"%s\"", (long long)p->id, (int)p->step, step_info(p->step)->slug);
    put(out, "component", p->component);
    put(out, "namespace", p->ns);
    put(out, "pod", p->pod);
    put(out, "message", p->message);
    if (p->inside) buf_cstr(out, p->inside);
    buf_addf(out, ",\"since\":\"%s\"", clk_rfc3339_micro(p->since_clk_ns, since));
    if (p->facts) {
        buf_cstr(out, ",\"facts\":");
        buf_cstr(out, p->facts);
    }
    buf_char(out, '}');
}

static void write_spec(struct buf *out, const struct stepper *s)
{
    buf_cstr(out, ",\"spec\":{\"namespace\":");
    json_write_string(out, str_of(s->spec_ns));
    put(out, "pod", s->spec_pod);
    put(out, "flow", s->textbook ? "textbook" : "real");
    put(out, "mode", s->step ? "step" : "run");
    if (s->components) buf_cstr(out, ",\"components\":true");
    if (s->points) buf_addf(out, ",\"points\":true,\"others\":\"%s\"", s->others_wait ? "Wait" : "Go");
    if (s->breakpoints) {
        buf_cstr(out, ",\"breakpoints\":");
        buf_cstr(out, s->breakpoints);
    }
    if (s->attached) buf_cstr(out, ",\"attached\":true");
    buf_char(out, '}');
}

static void write_done(struct buf *out, const struct stepper *s)
{
    const char *comma = "";
    if (!s->ndone) return;
    buf_cstr(out, ",\"done\":[");
    for (int i = MAX(0, s->ndone - STEPPED_KEPT); i < s->ndone; i++) {
        const struct stepped *d = &s->done[i % STEPPED_KEPT];
        buf_addf(out, "%s{\"id\":%lld", comma, (long long)d->id);
        put(out, "namespace", d->ns);
        put(out, "pod", d->pod);
        if (d->node[0]) put(out, "node", d->node);
        put(out, "message", d->message);
        buf_char(out, '}');
        comma = ",";
    }
    buf_char(out, ']');
}

static void stepper_write(struct buf *out, const struct side_entry *e)
{
    const struct stepper *s = stepper_of(e);
    const char *comma = "";
    write_spec(out, s);
    buf_addf(out, ",\"status\":{\"armed\":%s,\"acked\":[", s->armed ? "true" : "false");
    for (int i = 0; i < ncomponents; i++) {
        if (!components[i].streams || components[i].acked < s->generation) continue;
        buf_cstr(out, comma);
        json_write_string(out, str_of(components[i].name));
        comma = ",";
    }
    buf_addf(out, "],\"released\":%lld", (long long)s->released);
    if (s->pod) put(out, "pod", s->pod);
    write_done(out, s);
    buf_cstr(out, ",\"parked\":[");
    comma = "";
    for (const struct park *p = s->first; p; p = p->next) {
        if (p->let_go) continue;
        buf_cstr(out, comma);
        write_park(out, p);
        comma = ",";
    }
    buf_cstr(out, "]}");
}

/* ---- Steppers ---- */

static void stepped_release(struct stepped *d)
{
    free(d->ns);
    free(d->pod);
    free(d->node);
    free(d->message);
    *d = (struct stepped){0};
}

static void stepper_free(struct stepper *s)
{
    for (int i = 0; i < STEPPED_KEPT; i++) stepped_release(&s->done[i]);
    free(s->breakpoints);
    free(s->spec_ns);
    free(s->spec_pod);
    free(s->ns);
    free(s->pod);
    side_entry_release(&s->e);
    free(s);
}

static void stepper_drop(struct side_entry *e) { stepper_free(stepper_of(e)); }

void steppers_init(void)
{
    static const struct side_kind kind = {
        .plural = "steppers",
        .kind = "Stepper",
        .list_kind = "StepperList",
        .max = STEPPERS_MAX,
        .full_refuses = true,
        .write = stepper_write,
        .drop = stepper_drop,
    };
    side_init(&steppers, &kind);
    memset(components, 0, sizeof components);
    ncomponents = 0;
}

struct stepper *stepper_new(struct str ns, struct str pod, bool textbook, bool step)
{
    struct stepper *s = xcalloc(1, sizeof *s);
    s->spec_ns = str_dup(ns.n ? ns : STR(""));
    s->spec_pod = str_dup(pod.n ? pod : STR(""));
    s->textbook = textbook;
    s->step = step;
    return s;
}

void stepper_set_breakpoints(struct stepper *s, struct str list)
{
    free(s->breakpoints);
    s->breakpoints = list.n ? str_dup(list) : NULL;
}

bool stepper_roams(const struct stepper *s) { return s->points && !s->step && !s->spec_pod[0]; }

static bool all_acked(const struct stepper *s)
{
    for (int i = 0; i < ncomponents; i++)
        if (components[i].streams && components[i].acked < s->generation) return false;
    return true;
}

/* Moves the park behind *at to the list of those that go. */
static void take_out(struct stepper *s, struct park **at, struct park **go)
{
    struct park *p = *at, *before = NULL;
    *at = p->next;
    if (s->last == p) {
        for (struct park *q = s->first; q; q = q->next) before = q;
        s->last = before;
    }
    p->next = NULL;
    while (*go) go = &(*go)->next;
    *go = p;
    nparks--;
}

/* A pod that nobody has seen yet waits until all know that it is stepped. */
static bool may_go(const struct stepper *s, const struct park *p)
{
    return p->let_go && (s->armed || p->step > STEP_PERSISTED);
}

static void move_those_that_may(struct stepper *s, struct park **go)
{
    for (struct park **at = &s->first; *at;) {
        if (may_go(s, *at))
            take_out(s, at, go);
        else
            at = &(*at)->next;
    }
}

static void rearm(struct stepper *s, struct park **go)
{
    bool known = !s->pod && !stepper_roams(s); /* while it wants a pod and has none there is nothing to tell */
    s->armed = known || all_acked(s);
    move_those_that_may(s, go);
    side_touch(&steppers, &s->e);
}

static void rearm_all(struct park **go)
{
    for (EACH_STEPPER(s)) rearm(s, go);
}

/* The components are to be told of it. */
static void arm(struct stepper *s)
{
    struct park *none = NULL;
    s->generation = ++last_generation;
    rearm(s, &none);
}

static void hold_pod(struct stepper *s, struct str ns, struct str pod)
{
    s->ns = str_dup(ns);
    s->pod = str_dup(pod);
    arm(s);
}

bool stepper_add(struct stepper *s, struct str name)
{
    if (!side_find(&steppers, STR_NULL, name) && side_add(&steppers, &s->e, STR_NULL, name, name)) {
        s->armed = true;
        s->alone_since_ns = mono_ns();
        if (stepper_roams(s)) arm(s);
        if (s->spec_pod[0]) hold_pod(s, s->spec_ns[0] ? str_of(s->spec_ns) : STR("default"), str_of(s->spec_pod));
        return true;
    }
    stepper_free(s);
    return false;
}

struct stepper *stepper_find(struct str name)
{
    struct side_entry *e = side_find(&steppers, STR_NULL, name);
    return e ? stepper_of(e) : NULL;
}

struct stepper *stepper_match(struct str ns, struct str pod)
{
    for (EACH_STEPPER(s))
        if (s->pod && str_eqc(pod, s->pod) && str_eqc(ns, s->ns)) return s;
    return NULL;
}

bool stepper_claim(struct str ns, struct str pod, bool foreign)
{
    if (stepper_match(ns, pod)) return false;
    for (EACH_STEPPER(s)) {
        if (s->pod || stepper_roams(s) || (s->spec_ns[0] && !str_eqc(ns, s->spec_ns)) || !(foreign || s->components))
            continue;
        hold_pod(s, ns, pod);
        return true;
    }
    return false;
}

/* What is held as a stepper no longer holds. */
static void let_go_unheld(struct stepper *s)
{
    for (struct park *p = s->first; p; p = p->next) p->let_go |= p->inside ? !s->points : !s->step;
}

void stepper_change(struct stepper *s, bool textbook, bool step, struct park **go)
{
    s->textbook = textbook;
    s->step = step;
    let_go_unheld(s);
    if (s->pod || s->points) s->generation = ++last_generation;
    rearm(s, go);
}

void stepper_delete(struct stepper *s, struct park **go)
{
    while (s->first) take_out(s, &s->first, go);
    last_generation++;
    side_remove(&steppers, &s->e);
}

static char *dup_cut(struct str s, size_t max)
{
    s.n = MIN(s.n, max);
    while (s.n && !str_is_utf8(s)) s.n--;
    return str_dup(s.n ? s : STR(""));
}

void stepper_done(struct stepper *s, struct str ns, struct str pod, struct str node, struct str message)
{
    struct stepped *d = &s->done[s->ndone++ % STEPPED_KEPT];
    stepped_release(d);
    *d = (struct stepped){++last_park, dup_cut(ns, SIM_NAME_MAX), dup_cut(pod, SIM_NAME_MAX),
                          dup_cut(node, SIM_NAME_MAX), dup_cut(message, SIM_TEXT_MAX)};
    side_touch(&steppers, &s->e);
}

void stepper_watched(struct stepper *s, bool begins, int64_t now_ns)
{
    s->watchers += begins ? 1 : -1;
    s->alone_since_ns = now_ns;
}

bool steppers_sweep(int64_t now_ns, struct park **go)
{
    bool left = false;
    for (struct stepper *s = stepper_of(steppers.eldest), *next; s; s = next) {
        next = stepper_of(s->e.younger);
        if (!s->attached || s->watchers > 0) continue;
        bool over = now_ns - s->alone_since_ns >= (int64_t)ALONE_MAX_MS * 1000000;
        if (over) stepper_delete(s, go);
        left |= !over;
    }
    return left;
}

/* ---- Parks ---- */

void park_free(struct park *p)
{
    free(p->inside);
    free(p->message);
    free(p->facts);
    free(p->ns);
    free(p->pod);
    free(p);
}

bool park_add(struct stepper *s, const struct park_order *o, struct request *r, void (*then)(struct request *r))
{
    bool early = o->step <= STEP_PERSISTED && !s->armed, holds = o->inside.n ? s->points : s->step || early;
    if (!holds || nparks >= PARKS_MAX) return false;
    struct park *p = xcalloc(1, sizeof *p);
    p->id = ++last_park;
    p->step = o->step;
    p->inside = o->inside.n ? str_dup(o->inside) : NULL;
    p->to = GO_END;
    p->let_go = !p->inside && !s->step;
    strncpy(p->component, o->component, COMPONENT_NAME_MAX);
    p->message = dup_cut(o->message, SIM_TEXT_MAX);
    p->facts = o->facts.n ? str_dup(o->facts.n <= PARK_FACTS_MAX ? o->facts : STR("{\"cut\":true}")) : NULL;
    p->ns = dup_cut(o->ns, SIM_NAME_MAX);
    p->pod = dup_cut(o->pod, SIM_NAME_MAX);
    p->since_mono_ns = mono_ns();
    p->since_clk_ns = clk_ns();
    p->r = r;
    p->then = then;
    *(s->last ? &s->last->next : &s->first) = p;
    s->last = p;
    nparks++;
    side_touch(&steppers, &s->e);
    return true;
}

bool park_let_go(struct stepper *s, int64_t id, enum going to, struct park **go)
{
    for (struct park *p = s->first; p; p = p->next) {
        if (p->let_go || (id && p->id != id)) continue;
        p->let_go = true;
        p->to = to;
        s->released++;
        move_those_that_may(s, go);
        side_touch(&steppers, &s->e);
        return true;
    }
    return false;
}

void parks_sweep(int64_t now, bool (*gone)(const struct request *r), struct park **go)
{
    for (EACH_STEPPER(s)) {
        bool any = false;
        for (struct park **at = &s->first; *at;) {
            const struct park *p = *at;
            int64_t ms = (now - p->since_mono_ns) / 1000000;
            bool over = ms >= PARK_MAX_MS || (p->let_go && ms >= ARM_WAIT_MS) || gone(p->r);
            any |= over;
            if (over)
                take_out(s, at, go);
            else
                at = &(*at)->next;
        }
        if (any) side_touch(&steppers, &s->e);
    }
}

void parks_of_pod(struct str ns, struct str pod, struct park **go)
{
    for (EACH_STEPPER(s))
        for (struct park **at = &s->first; *at;) {
            const struct park *p = *at;
            if (p->inside && str_eqc(pod, p->pod) && str_eqc(ns, p->ns))
                take_out(s, at, go);
            else
                at = &(*at)->next;
        }
}

void parks_all(struct park **go)
{
    for (EACH_STEPPER(s))
        while (s->first) take_out(s, &s->first, go);
}

/* ---- Components ---- */

static struct component *component_find(struct str name)
{
    for (int i = 0; i < ncomponents; i++)
        if (str_eqc(name, components[i].name)) return &components[i];
    return NULL;
}

/* A place for a new name: one that nobody uses any more, or a fresh one. */
static struct component *component_place(void)
{
    for (int i = 0; i < ncomponents; i++)
        if (!components[i].streams) return &components[i];
    return ncomponents < CONTROL_STREAMS_MAX ? &components[ncomponents++] : NULL;
}

void component_connected(const char *name, struct park **go)
{
    struct component *c = component_find(str_of(name));
    if (!c) c = component_place();
    if (!c) return;
    if (!c->streams) c->acked = 0;
    memset(c->name, 0, sizeof c->name);
    strncpy(c->name, name, COMPONENT_NAME_MAX);
    c->streams++;
    rearm_all(go);
}

void component_disconnected(const char *name, struct park **go)
{
    struct component *c = component_find(str_of(name));
    if (!c || !c->streams || --c->streams) return;
    for (EACH_STEPPER(s))
        for (struct park **at = &s->first; *at;) {
            if (strcmp((*at)->component, name) == 0)
                take_out(s, at, go);
            else
                at = &(*at)->next;
        }
    rearm_all(go);
}

void component_acked(struct str name, uint64_t generation, struct park **go)
{
    struct component *c = component_find(name);
    if (!c || !c->streams || generation <= c->acked || generation > last_generation) return;
    c->acked = generation;
    rearm_all(go);
}
