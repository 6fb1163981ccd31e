/* walk.c - what one walk holds: recording steps, notes of components, verdicts on a pod's status, the object's text.
 * Reads: both clocks.
 * Writes: struct walk; JSON. */
#include "apiserver/sim/walk.h"

#include "base/clk.h"
#include "base/kassert.h"
#include "base/mono.h"

#include <stdlib.h>

/* ---- facts ---- */

void facts_init(struct facts *f)
{
    buf_init(&f->b, STEP_FACTS_MAX);
    buf_char(&f->b, '{');
}

static void fact_name(struct facts *f, const char *name)
{
    if (f->b.n > 1) buf_char(&f->b, ',');
    buf_addf(&f->b, "\"%s\":", name);
}

struct str text_cut(struct str s, size_t max)
{
    if (s.n <= max) return s;
    s.n = max;
    while (s.n && (s.p[s.n] & 0xc0) == 0x80) s.n--; /* not in the middle of a character */
    return s;
}

void facts_str(struct facts *f, const char *name, struct str v)
{
    if (!v.n) return;
    fact_name(f, name);
    json_write_string(&f->b, text_cut(v, FACT_TEXT_MAX));
}

void facts_u64(struct facts *f, const char *name, uint64_t v)
{
    fact_name(f, name);
    buf_u64(&f->b, v);
}

void facts_ms(struct facts *f, const char *name, int64_t ns)
{
    fact_name(f, name);
    buf_addf(&f->b, "%.3f", (double)ns / 1e6);
}

struct str facts_end(struct facts *f)
{
    buf_char(&f->b, '}');
    return buf_ok(&f->b) ? buf_view(&f->b) : STR("{\"cut\":true}");
}

void facts_release(struct facts *f) { buf_release(&f->b); }

/* ---- the walk ---- */

struct walk *walk_new(void)
{
    struct walk *w = xcalloc(1, sizeof *w);
    atomic_init(&w->refs, 1);
    return w;
}

struct walk *walk_ref(struct walk *w)
{
    if (w) atomic_fetch_add_explicit(&w->refs, 1, memory_order_relaxed);
    return w;
}

void walk_unref(struct walk *w)
{
    if (!w || atomic_fetch_sub_explicit(&w->refs, 1, memory_order_acq_rel) != 1) return;
    KASSERT(!w->hold.r);
    for (int i = 0; i < STEP_COUNT; i++) free(w->steps[i].facts);
    free(w->message);
    free(w->said.message);
    free(w->early.facts);
    side_entry_release(&w->e);
    free(w);
}

bool walk_has(const struct walk *w, enum step step) { return w->steps[step - 1].state == STEP_DONE; }

/* The cluster's time at a moment of real time that has just been. */
static int64_t virtual_at(int64_t mono)
{
    struct clk_state c;
    clk_get(&c);
    return c.paused ? c.at_ns : c.at_ns - (int64_t)((double)(mono_ns() - mono) * c.rate);
}

void walk_record(struct walk *w, enum step step, int64_t mono, bool message, struct str facts)
{
    struct walk_step *s = &w->steps[step - 1];
    if (facts.n > STEP_FACTS_MAX) facts = STR("{\"cut\":true}");
    free(s->facts);
    s->facts = facts.n > 2 ? str_dup(facts) : NULL;
    s->mono_ns = mono;
    s->clk_ns = mono ? virtual_at(mono) : 0;
    s->state = STEP_DONE;
    s->message = message;
}

void walk_record_cause(struct walk *w, enum step step, int64_t mono, struct str facts)
{
    const struct walk_step *next = &w->steps[step];
    if (next->state == STEP_DONE && next->mono_ns && next->mono_ns < mono) mono = next->mono_ns;
    walk_record(w, step, mono, true, facts);
}

void walk_record_effect(struct walk *w, enum step step, int64_t mono, struct str facts)
{
    struct walk_step *cause = &w->steps[step - 2];
    if (cause->state == STEP_DONE && cause->mono_ns > mono) {
        cause->mono_ns = mono;
        cause->clk_ns = virtual_at(mono);
    }
    walk_record(w, step, mono, true, facts);
}

void walk_end(struct walk *w, enum walk_phase phase, const char *reason, struct str message)
{
    w->phase = (uint8_t)phase;
    w->reason = reason;
    free(w->message);
    w->message = message.n ? str_dup(text_cut(message, SIM_TEXT_MAX)) : NULL;
}

/* In the real flow the nodes come from a cache: no message, no time, the cache's revision. */
static void take_cached_nodes(struct walk *w, int n, struct str facts)
{
    int last = n == STEP_NODES_REQUESTED ? STEP_NODES_RETURNED
                                         : n; /* what is said of 4 holds for 5 and 6 until they say more */
    for (int i = n; i <= last; i++)
        if (!walk_has(w, (enum step)i) || !w->steps[i - 1].message) walk_record(w, (enum step)i, 0, false, facts);
}

static bool take_note(struct walk *w, const struct json *note, enum step first, enum step last, int64_t now)
{
    int64_t n = obj_int(note, ".n", 0), t = obj_int(note, ".t", 0);
    const struct json *f = obj_get(note, ".f");
    int64_t start = w->steps[0].mono_ns;
    if (n < (int64_t)first || n > (int64_t)last || (f && f->type != JSON_OBJ)) return false;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, STEP_FACTS_MAX);
    if (f) json_write(&text, f);
    struct str facts = buf_ok(&text) ? buf_view(&text) : STR("{\"cut\":true}");
    if (n >= STEP_NODES_REQUESTED && n <= STEP_NODES_RETURNED) {
        take_cached_nodes(w, (int)n, facts);
    } else {
        t = t < start ? start : t > now ? now : t;
        walk_record(w, (enum step)n, t, step_info((enum step)n)->to != NULL, facts);
    }
    return true;
}

bool walk_take_notes(struct walk *w, const struct json *notes, enum step first, enum step last, int64_t now)
{
    bool good = notes && notes->type == JSON_ARR;
    if (good)
        for (OBJ_EACH(note, notes, "")) good = take_note(w, note, first, last, now) && good;
    return good;
}

/* ---- verdicts ---- */

static const char *const image_errors[] = {"ErrImagePull",      "ImagePullBackOff",           "InvalidImageName",
                                           "ErrImageNeverPull", "CreateContainerConfigError", NULL};

static bool image_error(const struct json *pod, const char *list, const char **reason, struct str *message)
{
    for (OBJ_EACH(c, pod, list)) {
        struct str why = obj_str(c, ".state.waiting.reason");
        for (int i = 0; why.n && image_errors[i]; i++) {
            if (!str_eqc(why, image_errors[i])) continue;
            *reason = image_errors[i];
            *message = obj_str(c, ".state.waiting.message");
            return true;
        }
    }
    return false;
}

enum pod_verdict walk_verdict(const struct json *pod, const char **reason, struct str *message)
{
    static const struct {
        const char *phase;
        enum pod_verdict verdict;
    } phases[] = {{"Running", VERDICT_RUNNING}, {"Succeeded", VERDICT_SUCCEEDED}, {"Failed", VERDICT_FAILED}};
    *message = STR_NULL;
    for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
        if (!obj_is(pod, ".status.phase", phases[i].phase)) continue;
        *reason = phases[i].phase;
        if (phases[i].verdict == VERDICT_FAILED) *message = obj_str(pod, ".status.message");
        return phases[i].verdict;
    }
    if (image_error(pod, ".status.initContainerStatuses", reason, message)) return VERDICT_IMAGE_ERROR;
    if (image_error(pod, ".status.containerStatuses", reason, message)) return VERDICT_IMAGE_ERROR;
    const struct json *c = obj_condition(pod, "PodScheduled");
    if (!c || !obj_is(c, ".status", "False") || obj_is(c, ".reason", "SchedulingGated")) return VERDICT_NONE;
    *reason = "FailedScheduling";
    *message = obj_str(c, ".message");
    return VERDICT_UNSCHEDULABLE;
}

/* ---- text ---- */

static void write_step(struct buf *out, const struct walk *w, int i)
{
    const struct walk_step *s = &w->steps[i];
    const struct step_info *info = &step_table[i];
    char at[CLK_TEXT_MAX];
    buf_addf(out, "{\"number\":%d,\"slug\":\"%s\",\"from\":\"%s\"", i + 1, info->slug, info->from);
    if (info->to) buf_addf(out, ",\"to\":\"%s\"", info->to);
    buf_addf(out, ",\"message\":%s", s->message ? "true" : "false");
    if (s->mono_ns) buf_addf(out, ",\"ms\":%.3f", (double)(s->mono_ns - w->steps[0].mono_ns) / 1e6);
    if (s->clk_ns) buf_addf(out, ",\"time\":\"%s\"", clk_rfc3339_micro(s->clk_ns, at));
    if (s->state == STEP_PENDING) buf_cstr(out, ",\"pending\":true");
    buf_cstr(out, ",\"facts\":");
    buf_cstr(out, s->facts ? s->facts : "{}");
    buf_char(out, '}');
}

void walk_write(struct buf *out, const struct side_entry *e)
{
    static const char *const phases[] = {"Walking", "Done", "Ended"};
    const struct walk *w = walk_of(e);
    char at[CLK_TEXT_MAX];
    buf_cstr(out, ",\"spec\":{\"pod\":");
    json_write_string(out, e->name);
    buf_cstr(out, ",\"uid\":");
    json_write_string(out, e->id);
    buf_addf(out, ",\"flow\":\"%s\"},\"status\":{\"phase\":\"%s\"", w->textbook ? "textbook" : "real",
             phases[w->phase]);
    if (w->reason) buf_addf(out, ",\"reason\":\"%s\"", w->reason);
    if (w->message) {
        buf_cstr(out, ",\"message\":");
        json_write_string(out, str_of(w->message));
    }
    buf_addf(out, ",\"startTime\":\"%s\",\"steps\":[", clk_rfc3339_micro(w->steps[0].clk_ns, at));
    bool first = true;
    for (int i = 0; i < STEP_COUNT; i++) {
        if (w->steps[i].state == STEP_ABSENT) continue;
        if (!first) buf_char(out, ',');
        first = false;
        write_step(out, w, i);
    }
    buf_cstr(out, "]}");
}
