/* gate.c - gates: requests held without a thread, and the HTTP end of steppers.
 * Reads: the table of steppers; requests.
 * Writes: it; responses. */
#include "apiserver/sim/gate.h"

#include "apiserver/rest/status.h"
#include "apiserver/sim/breakpoint.h"
#include "apiserver/sim/sim_priv.h"
#include "apiserver/sim/stepper.h"
#include "base/mono.h"

#include <stdio.h>

static _Atomic int nsteppers; /* the one branch of every gate while it is 0 */
static _Atomic bool closing;
static bool default_textbook;

void gate_init(bool textbook)
{
    default_textbook = textbook;
    steppers_init();
    side_watch_init(&steppers);
}

/* ---- Holding ---- */

static void count_steppers(void) /* under the lock */ { atomic_store(&nsteppers, (int)steppers.count); }

/* Gives away what was let go; no lock is held. */
static void parks_go(struct park *go)
{
    while (go) {
        struct park *next = go->next;
        if (go->inside) go->r->ctx = (void *)(uintptr_t)going_names[go->to];
        request_later(go->r, go->then);
        park_free(go);
        go = next;
    }
}

static bool stepping(void) { return atomic_load_explicit(&nsteppers, memory_order_relaxed) > 0; }

bool gate_hold(struct request *r, enum step step, struct str ns, struct str name, void (*then)(struct request *r),
               const char *message)
{
    if (!stepping() || atomic_load(&closing)) return false;
    struct park_order o = {.step = step, .component = "apiserver", .ns = ns, .pod = name, .message = str_of(message)};
    side_lock(&steppers);
    struct stepper *s = stepper_match(ns, name);
    bool held = s && park_add(s, &o, r, then);
    side_unlock(&steppers);
    if (held) sweep_start();
    return held;
}

bool gate_textbook(struct str ns, struct str name, bool dflt)
{
    if (!stepping()) return dflt;
    side_lock(&steppers);
    const struct stepper *s = stepper_match(ns, name);
    bool textbook = s ? s->textbook : dflt;
    side_unlock(&steppers);
    return textbook;
}

void gate_claim(struct str ns, struct str name, bool foreign)
{
    if (!stepping()) return;
    side_lock(&steppers);
    bool claimed = stepper_claim(ns, name, foreign);
    side_unlock(&steppers);
    if (claimed) control_changed();
}

bool gate_parked(struct str ns, struct str name)
{
    if (!stepping()) return false;
    bool parked = false;
    side_lock(&steppers);
    const struct stepper *s = stepper_match(ns, name);
    for (const struct park *p = s ? s->first : NULL; p && !parked; p = p->next) parked = str_eqc(name, p->pod);
    side_unlock(&steppers);
    return parked;
}

void gate_pod_gone(struct str ns, struct str name)
{
    struct park *go = NULL;
    if (!stepping()) return;
    side_lock(&steppers);
    parks_of_pod(ns, name, &go);
    side_unlock(&steppers);
    parks_go(go);
}

bool gate_sweep(int64_t now)
{
    struct park *go = NULL;
    side_lock(&steppers);
    size_t before = steppers.count;
    parks_sweep(now, request_client_gone, &go);
    bool alone = steppers_sweep(now, &go), ended = steppers.count < before, left = alone || parks_count() > 0;
    count_steppers();
    side_unlock(&steppers);
    parks_go(go);
    if (ended) control_changed();
    return left;
}

void gate_watched(struct str name, bool begins)
{
    side_lock(&steppers);
    struct stepper *s = stepper_find(name);
    if (s) stepper_watched(s, begins, mono_ns());
    bool attached = s && s->attached;
    side_unlock(&steppers);
    if (attached) sweep_start();
}

void gate_release_all(void)
{
    struct park *go = NULL;
    atomic_store(&closing, true);
    side_lock(&steppers);
    parks_all(&go);
    side_unlock(&steppers);
    parks_go(go);
}

/* ---- Components ---- */

void gate_connected(const char *component)
{
    struct park *go = NULL;
    side_lock(&steppers);
    component_connected(component, &go);
    side_unlock(&steppers);
    parks_go(go);
}

void gate_disconnected(const char *component)
{
    struct park *go = NULL;
    side_lock(&steppers);
    component_disconnected(component, &go);
    side_unlock(&steppers);
    parks_go(go);
}

void gate_ack(struct request *r)
{
    struct park *go = NULL;
    const struct json *body = sim_body(r);
    if (!body) return;
    int64_t generation = obj_int(body, ".generation", 0);
    struct str component = obj_str(body, ".component");
    side_lock(&steppers);
    if (generation > 0) component_acked(component.n ? component : str_of(r->user.component), (uint64_t)generation, &go);
    side_unlock(&steppers);
    parks_go(go);
    sim_ok(r);
}

static void write_points(struct buf *out, const struct stepper *s)
{
    if (!s->points) return;
    buf_addf(out, ",\"points\":true,\"others\":\"%s\",\"components\":%s", s->others_wait ? "Wait" : "Go",
             s->components ? "true" : "false");
    if (s->breakpoints) buf_addf(out, ",\"breakpoints\":%s", s->breakpoints);
}

void gate_write_state(struct buf *out)
{
    side_lock(&steppers);
    buf_addf(out, "\"generation\":%llu,\"steppers\":[", (unsigned long long)stepper_generation());
    const char *comma = "";
    for (const struct side_entry *e = steppers.eldest; e; e = e->younger) {
        const struct stepper *s = (const struct stepper *)e;
        bool roams = stepper_roams(s);
        if (!s->pod && !roams) continue; /* a component has nothing to do for it yet */
        buf_addf(out, "%s{\"name\":", comma);
        json_write_string(out, e->name);
        buf_addf(out, ",\"generation\":%llu,\"namespace\":", (unsigned long long)s->generation);
        json_write_string(out, str_of(roams ? s->spec_ns : s->ns));
        buf_cstr(out, ",\"pod\":");
        json_write_string(out, str_of(roams ? "" : s->pod));
        buf_addf(out, ",\"flow\":\"%s\",\"mode\":\"%s\"", s->textbook ? "textbook" : "real", s->step ? "step" : "run");
        write_points(out, s);
        buf_char(out, '}');
        comma = ",";
    }
    buf_char(out, ']');
    side_unlock(&steppers);
}

/* ---- Steppers over HTTP ---- */

/* One of two words, or absent: dflt. False: 422 (added to c). */
static bool one_of(struct check *c, const struct json *body, const char *path, const char *const *words, bool dflt,
                   bool *out)
{
    const struct json *v = obj_get(body, path);
    struct str text = obj_text(v);
    *out = dflt;
    if (!v || v->type == JSON_NULL || (v->type == JSON_STR && !text.n)) return true;
    *out = str_eqc(text, words[0]);
    if (*out || str_eqc(text, words[1])) return true;
    check_not_supported(c, path + 1, v, words);
    return false;
}

static bool name_or_nothing(struct check *c, const struct json *body, const char *path)
{
    const struct json *v = obj_get(body, path);
    if (!v || v->type == JSON_NULL || (v->type == JSON_STR && (!obj_text(v).n || sim_is_name(obj_text(v)))))
        return true;
    check_invalid(c, path + 1, v, "must be a DNS subdomain or empty");
    return false;
}

static const char *const flows[] = {"textbook", "real", NULL}, *const modes[] = {"step", "run", NULL},
                         *const others[] = {"Wait", "Go", NULL};

struct spec { /* what may be changed of it */
    bool textbook, step, points, others_wait;
    struct buf breakpoints;
};

/* *s: what holds where the body says nothing; its text is released when the request ends. */
static bool read_spec(struct request *r, struct check *c, const struct json *body, struct str name, struct spec *s)
{
    check_init(c, &r->arena);
    buf_init(&s->breakpoints, BODY_MAX);
    bool good = one_of(c, body, ".spec.flow", flows, s->textbook, &s->textbook);
    good = one_of(c, body, ".spec.mode", modes, s->step, &s->step) && good;
    good = one_of(c, body, ".spec.others", others, s->others_wait, &s->others_wait) && good;
    good = breakpoints_read(c, body, &s->breakpoints) && good;
    s->points = obj_bool(body, ".spec.points", s->points);
    good = name_or_nothing(c, body, ".spec.namespace") && good;
    good = name_or_nothing(c, body, ".spec.pod") && good;
    if (good) return true;
    buf_release(&s->breakpoints);
    status_invalid(r, "Stepper", SIM_GROUP, name, c);
    rest_finish(r);
    return false;
}

static void take_points(struct stepper *s, const struct spec *spec)
{
    s->points = spec->points;
    s->others_wait = spec->others_wait;
}

/* metadata.name, or generateName and five letters. STR_NULL: answered. */
static struct str read_name(struct request *r, const struct json *body)
{
    struct str name = obj_name(body), base = obj_str(body, ".metadata.generateName"), kind = obj_str(body, ".kind");
    if (kind.n && !str_eqc(kind, "Stepper")) {
        sim_fail(r, ERR_BAD_REQUEST, "the object provided is unrecognized: it is a %.*s, not a Stepper", STR_ARG(kind));
        return STR_NULL;
    }
    if (!name.n && base.n) {
        char uid[RND_UUID_LEN + 1];
        side_uid(uid);
        base.n = MIN(base.n, (size_t)SIM_NAME_MAX - 5);
        name = str_printf(&r->arena, "%.*s%.5s", STR_ARG(base), uid);
    }
    if (sim_is_name(name)) return name;
    sim_fail(r, ERR_INVALID, "Stepper." SIM_GROUP " \"%.*s\" is invalid: metadata.name: %s",
             STR_ARG(text_cut(name, SIM_NAME_MAX)),
             name.n ? "Invalid value: must be a DNS subdomain" : "Required value: name or generateName is required");
    return STR_NULL;
}

void gate_create(struct request *r)
{
    const struct json *body = sim_body(r);
    if (!body) return;
    struct str name = read_name(r, body);
    if (!name.n) return;
    struct check *c = ARENA_NEW(&r->arena, struct check);
    struct spec spec = {.textbook = default_textbook, .step = true};
    if (!read_spec(r, c, body, name, &spec)) return;
    struct buf text;
    struct stepper *s =
        stepper_new(obj_str(body, ".spec.namespace"), obj_str(body, ".spec.pod"), spec.textbook, spec.step);
    s->components = obj_bool(body, ".spec.components", false);
    s->attached = obj_bool(body, ".spec.attached", false);
    take_points(s, &spec);
    stepper_set_breakpoints(s, buf_view(&spec.breakpoints));
    buf_release(&spec.breakpoints);
    bool attached = s->attached;
    side_lock(&steppers);
    bool there = stepper_find(name) != NULL, added = stepper_add(s, name);
    if (added) side_text(r, &steppers, &s->e, &text);
    count_steppers();
    side_unlock(&steppers);
    if (added) {
        control_changed();
        if (attached) sweep_start();
        side_respond(r, 201, &steppers, &text);
    } else if (there) {
        sim_fail(r, ERR_ALREADY_EXISTS, "steppers." SIM_GROUP " \"%.*s\" already exists", STR_ARG(name));
    } else {
        sim_fail(r, ERR_TOO_MANY, "there are %d steppers already: delete one", STEPPERS_MAX);
    }
}

void gate_patch(struct request *r, struct str name)
{
    const struct json *body = sim_body(r);
    if (!body) return;
    struct check *c = ARENA_NEW(&r->arena, struct check);
    struct buf text;
    struct park *go = NULL;
    side_lock(&steppers);
    struct stepper *s = stepper_find(name);
    struct spec spec = {0};
    if (s)
        spec =
            (struct spec){.textbook = s->textbook, .step = s->step, .points = s->points, .others_wait = s->others_wait};
    side_unlock(&steppers);
    if (!s) {
        sim_not_found(r, &steppers, name);
        return;
    }
    if (!read_spec(r, c, body, name, &spec)) return;
    side_lock(&steppers);
    s = stepper_find(name);
    struct str pod = obj_str(body, ".spec.pod"), ns = obj_str(body, ".spec.namespace");
    bool same = s && (str_is_null(pod) || str_eqc(pod, s->spec_pod)) && (str_is_null(ns) || str_eqc(ns, s->spec_ns));
    if (same) {
        take_points(s, &spec);
        if (obj_get(body, ".spec.breakpoints")) stepper_set_breakpoints(s, buf_view(&spec.breakpoints));
        stepper_change(s, spec.textbook, spec.step, &go);
        side_text(r, &steppers, &s->e, &text);
    }
    side_unlock(&steppers);
    parks_go(go);
    buf_release(&spec.breakpoints);
    if (same) {
        control_changed();
        side_respond(r, 200, &steppers, &text);
    } else if (s) {
        sim_fail(r, ERR_INVALID,
                 "Stepper." SIM_GROUP " \"%.*s\" is invalid: spec: Forbidden: the pod may not be changed",
                 STR_ARG(name));
    } else {
        sim_not_found(r, &steppers, name);
    }
}

void gate_delete(struct request *r, struct str name)
{
    char uid[RND_UUID_LEN + 1] = "";
    struct park *go = NULL;
    side_lock(&steppers);
    struct stepper *s = stepper_find(name);
    if (s) {
        memcpy(uid, s->e.uid, sizeof uid);
        stepper_delete(s, &go);
        count_steppers();
    }
    side_unlock(&steppers);
    parks_go(go);
    if (!s) {
        sim_not_found(r, &steppers, name);
        return;
    }
    control_changed();
    status_success(r, 200, side_resource(&steppers), name, str_of(uid));
    rest_finish(r);
}

void gate_delete_all(void)
{
    struct park *go = NULL;
    side_lock(&steppers);
    while (steppers.eldest) stepper_delete((struct stepper *)steppers.eldest, &go);
    count_steppers();
    side_unlock(&steppers);
    parks_go(go);
    control_changed();
}

/* POST steppers/NAME/step: the oldest parked goes on, or the one of {"id":N}; inside a cycle to the next call of a
 * plugin, or as far as {"to":..} says. */
void gate_step(struct request *r, struct str name)
{
    const struct json *body = sim_body(r);
    if (!body) return;
    struct buf text;
    struct park *go = NULL;
    int64_t id = obj_int(body, ".id", 0);
    int to = obj_has(body, ".to") ? name_index(going_names, obj_str(body, ".to")) : GO_PLUGIN;
    if (to < 0) {
        sim_fail(r, ERR_BAD_REQUEST, "to: must be plugin, point, breakpoint or end");
        return;
    }
    side_lock(&steppers);
    struct stepper *s = stepper_find(name);
    bool went = s && park_let_go(s, id, (enum going)to, &go);
    if (went) side_text(r, &steppers, &s->e, &text);
    side_unlock(&steppers);
    parks_go(go);
    if (went)
        side_respond(r, 201, &steppers, &text);
    else if (s)
        sim_fail(r, ERR_CONFLICT, "nothing %s held at a gate of stepper %.*s", id ? "with that id is" : "is",
                 STR_ARG(name));
    else
        sim_not_found(r, &steppers, name);
}

/* ---- Parks of components ---- */

/* Where a cycle stands, as members of a Parked. Nothing for a gate. */
static void write_inside(struct buf *out, const struct json *body)
{
    static const char *const texts[] = {"point", "plugin", "source", "node", "verdict"};
    if (!obj_has(body, ".point")) return;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        char path[16];
        snprintf(path, sizeof path, ".%s", texts[i]);
        if (!obj_has(body, path)) continue;
        buf_addf(out, ",\"%s\":", texts[i]);
        json_write_string(out, text_cut(obj_str(body, path), SIM_NAME_MAX));
    }
    if (obj_has(body, ".score")) buf_addf(out, ",\"score\":%lld", (long long)obj_int(body, ".score", 0));
}

static void go_on(struct request *r)
{
    struct buf text;
    const char *to = r->ctx ? r->ctx : going_names[GO_END];
    buf_init(&text, 1024);
    buf_addf(&text, "{\"kind\":\"ParkRequest\",\"apiVersion\":\"" SIM_API_VERSION "\",\"to\":\"%s\"}", to);
    media_respond(r, 201, &text);
    rest_finish(r);
}

/* {"over":true}: a pod that was stopped inside its cycle is through with it. Nothing waits. */
static void tell_over(struct request *r, const struct json *body, struct str name)
{
    side_lock(&steppers);
    struct stepper *s = stepper_find(name);
    if (s)
        stepper_done(s, obj_str(body, ".namespace"), obj_str(body, ".pod"), obj_str(body, ".node"),
                     obj_str(body, ".message"));
    side_unlock(&steppers);
    if (s)
        sim_ok(r);
    else
        sim_not_found(r, &steppers, name);
}

/* POST steppers/NAME/park: a component waits at a gate; the answer is that it may go on. */
void gate_park(struct request *r, struct str name)
{
    const struct json *body = sim_body(r);
    if (!body) return;
    if (obj_bool(body, ".over", false)) {
        tell_over(r, body, name);
        return;
    }
    int64_t step = obj_int(body, ".step", 0);
    struct str component = obj_str(body, ".component");
    if (step < STEP_REQUEST_RECEIVED || step > STEP_COUNT) {
        sim_fail(r, ERR_BAD_REQUEST, "step: must be from 1 to %d", STEP_COUNT);
        return;
    }
    if (!component.n || component.n > COMPONENT_NAME_MAX) component = str_of(r->user.component);
    struct buf facts AUTO_BUF = {0}, inside AUTO_BUF = {0};
    buf_init(&facts, PARK_FACTS_MAX + 1);
    buf_init(&inside, BODY_MAX);
    write_inside(&inside, body);
    void (*then)(struct request * r) = inside.n ? go_on : sim_ok;
    if (obj_count(body, ".facts")) json_write(&facts, obj_get(body, ".facts"));
    struct park_order o = {.step = (enum step)step,
                           .component = str_cstr(&r->arena, component),
                           .ns = obj_str(body, ".namespace"),
                           .pod = obj_str(body, ".pod"),
                           .message = obj_str(body, ".message"),
                           .inside = buf_view(&inside),
                           .facts = buf_ok(&facts) ? buf_view(&facts) : STR("{\"cut\":true}")};
    side_lock(&steppers);
    struct stepper *s = stepper_find(name);
    bool held = s && !atomic_load(&closing) && park_add(s, &o, r, then);
    side_unlock(&steppers);
    if (held)
        sweep_start();
    else if (s)
        then(r);
    else
        sim_not_found(r, &steppers, name);
}
