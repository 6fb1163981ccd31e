/* probe.c - see probe.h.
 * Reads: specs of probes, behaviour.   Writes: struct probe_plans. */
#include "kubelet-sim/probe.h"

static const char *const fields[PROBE_KINDS] = {".startupProbe", ".readinessProbe", ".livenessProbe"};
static const char *const words[PROBE_KINDS] = {"Startup", "Readiness", "Liveness"};

struct span { /* when a probe would succeed, after the container's start */
    int64_t from_ns, until_ns;
};
struct ticks { /* when it is tried */
    int64_t base_ns, first_ns, period_ns;
};

static int64_t plus(int64_t a, int64_t b) { return a == INT64_MAX || b == INT64_MAX ? INT64_MAX : a + b; }

/* `cat FILE`, `test -f FILE`, `[ -f FILE ]`, `ls FILE`: the file, or STR_NULL. */
static struct str asked_file(const struct json *probe)
{
    static const char *const askers[] = {"cat", "ls", "test", "[", "stat"};
    const struct json *first = obj_first(probe, ".exec.command"), *last = first;
    struct str name = obj_text(first);
    for (const struct json *it = first; it; it = obj_next(it))
        if (!str_eqc(obj_text(it), "]")) last = it;
    for (size_t i = 0; i < ARRAY_LEN(askers); i++)
        if (last != first && str_eqc(image_base(name), askers[i])) return obj_text(last);
    return STR_NULL;
}

static struct span span_of(const struct container_run *c, enum probe_kind kind, const struct json *probe)
{
    const struct behaviour *b = c->how;
    const struct span spans[PROBE_KINDS] = {
        {b->started_after_ns, INT64_MAX}, {b->ready_after_ns, b->unready_after_ns}, {0, b->live_until_ns}};
    struct span s = spans[kind];
    struct str file = asked_file(probe);
    int64_t from, until;
    if (!str_is_null(file) && script_file_ns(&b->script, file, &from, &until)) {
        s.from_ns = MAX(s.from_ns, from);
        s.until_ns = MIN(s.until_ns, until);
    }
    return s;
}

/* The first try at or after a time. */
static int64_t try_at(const struct ticks *t, int64_t ns)
{
    if (ns == INT64_MAX) return INT64_MAX;
    if (ns <= t->first_ns) return t->first_ns;
    return t->base_ns + (ns - t->base_ns + t->period_ns - 1) / t->period_ns * t->period_ns;
}

static int64_t nth(const struct ticks *t, int64_t first_ns, int64_t n) { return plus(first_ns, n * t->period_ns); }

static void plan_probe(struct probe_plan *p, const struct ticks *t, struct span ok, int64_t successes, int64_t failures,
                       bool told_once)
{
    int64_t good = try_at(t, ok.from_ns), bad = try_at(t, ok.until_ns);
    int64_t before = good == INT64_MAX ? failures : (good - t->first_ns) / t->period_ns;
    if (good >= bad) { /* no try meets the time in which it would succeed */
        before = failures;
        good = bad = INT64_MAX;
    }
    p->holds_ns = nth(t, good, successes - 1);
    if (p->holds_ns >= bad) p->holds_ns = INT64_MAX;
    p->fails_ns = nth(t, bad, failures - 1);
    p->told[0] = (struct probe_failures){t->first_ns, t->period_ns, (int)MIN(before, failures)};
    p->told[1] = (struct probe_failures){bad, t->period_ns, bad == INT64_MAX ? 0 : (int)failures};
    for (int i = 0; told_once && i < 2; i++) p->told[i].count = MIN(p->told[i].count, 1);
    if (before >= failures && !told_once) { /* that kills it */
        p->holds_ns = INT64_MAX;
        p->fails_ns = nth(t, t->first_ns, failures - 1);
        p->told[1].count = 0;
    }
}

static void plan_kind(const struct container_run *c, enum probe_kind kind, int64_t started_ns, struct probe_plan *p)
{
    const struct json *probe = obj_get(c->spec, fields[kind]);
    *p = (struct probe_plan){.holds_ns = started_ns, .fails_ns = INT64_MAX};
    struct span ok = span_of(c, kind, probe);
    bool after_startup = kind != PROBE_STARTUP && obj_has(c->spec, fields[PROBE_STARTUP]);
    if (started_ns == INT64_MAX) return;
    if (!probe) {
        if (kind != PROBE_READINESS || !c->how->tells_ready) return;
        p->holds_ns = MAX(plus(c->started_ns, ok.from_ns), started_ns);
        p->fails_ns = plus(c->started_ns, ok.until_ns);
        return;
    }
    struct ticks t = {.base_ns = after_startup ? started_ns : c->started_ns,
                      .period_ns = MAX(obj_int(probe, ".periodSeconds", 10), 1) * S};
    t.first_ns = t.base_ns;
    t.first_ns = try_at(&t, c->started_ns + MAX(obj_int(probe, ".initialDelaySeconds", 0), 0) * S);
    ok.from_ns = plus(c->started_ns, ok.from_ns);
    ok.until_ns = plus(c->started_ns, ok.until_ns);
    plan_probe(p, &t, ok, MAX(obj_int(probe, ".successThreshold", 1), 1),
               MAX(obj_int(probe, ".failureThreshold", 3), 1), kind == PROBE_READINESS);
    if (kind == PROBE_STARTUP && p->holds_ns != INT64_MAX) p->fails_ns = INT64_MAX; /* it is not asked again */
    if (kind == PROBE_STARTUP && p->holds_ns != INT64_MAX) p->told[1].count = 0;
}

void probe_plan(const struct container_run *c, struct probe_plans *out)
{
    plan_kind(c, PROBE_STARTUP, c->started_ns, &out->kinds[PROBE_STARTUP]);
    int64_t started_ns = out->kinds[PROBE_STARTUP].holds_ns;
    plan_kind(c, PROBE_READINESS, started_ns, &out->kinds[PROBE_READINESS]);
    plan_kind(c, PROBE_LIVENESS, started_ns, &out->kinds[PROBE_LIVENESS]);
}

int64_t probe_failure_ns(const struct probe_plan *p, int n)
{
    for (int i = 0; i < 2; i++) {
        if (n < p->told[i].count) return p->told[i].first_ns + n * p->told[i].every_ns;
        n -= p->told[i].count;
    }
    return INT64_MAX;
}

const char *probe_message(struct arena *a, const struct container_run *c, enum probe_kind kind, const char *ip)
{
    const struct json *probe = obj_get(c->spec, fields[kind]);
    struct str file = asked_file(probe);
    if (obj_has(probe, ".httpGet"))
        return arena_printf(a, "%s probe failed: HTTP probe failed with statuscode: 503", words[kind]);
    if (obj_has(probe, ".tcpSocket"))
        return arena_printf(a, "%s probe failed: dial tcp %s:%lld: connect: connection refused", words[kind], ip,
                            (long long)obj_int(probe, ".tcpSocket.port", 0));
    if (obj_has(probe, ".grpc"))
        return arena_printf(a, "%s probe failed: service unhealthy (responded with \"NOT_SERVING\")", words[kind]);
    if (!str_is_null(file))
        return arena_printf(a, "%s probe failed: cat: can't open '%.*s': No such file or directory\n", words[kind],
                            STR_ARG(file));
    return arena_printf(a, "%s probe failed: ", words[kind]);
}

int64_t probe_grace_ns(const struct container_run *c, enum probe_kind kind, int64_t absent_ns)
{
    int64_t s = obj_int(obj_get(c->spec, fields[kind]), ".terminationGracePeriodSeconds", -1);
    return s < 0 ? absent_ns : s * S;
}
