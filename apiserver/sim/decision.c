/* decision.c - the scheduler's account of every attempt, kept as text.
 * Reads: batches of Decisions (POST decisions); an attempt that is there already is passed over.
 * Writes: the table of decisions; steps 4 to 7 of the walk of a pod that fits nowhere. */
#include "apiserver/sim/sim_priv.h"

#include "base/metrics.h"

#include <stdlib.h>

struct decision {
    struct side_entry e; /* name: POD-ATTEMPT; id: UID/ATTEMPT */
    struct str pod;      /* into text */
    char *text;          /* `,"spec":{..},"status":{..}`; owned */
};

struct side decisions;
static struct metric *refused;

static const struct decision *decision_of(const struct side_entry *e) { return (const struct decision *)e; }

static void decision_write(struct buf *out, const struct side_entry *e) { buf_cstr(out, decision_of(e)->text); }
static struct str decision_pod(const struct side_entry *e) { return decision_of(e)->pod; }

static void decision_free(struct side_entry *e)
{
    free((char *)decision_of(e)->text);
    side_entry_release(e);
    free(e);
}

void decision_init(void)
{
    static const struct side_kind kind = {
        .plural = "decisions",
        .kind = "Decision",
        .list_kind = "DecisionList",
        .namespaced = true,
        .max = DECISIONS_MAX,
        .bytes_max = DECISION_BYTES_MAX,
        .write = decision_write,
        .pod = decision_pod,
        .drop = decision_free,
    };
    side_init(&decisions, &kind);
    side_watch_init(&decisions);
    refused = metric_counter("kubestep_decisions_refused_total", NULL,
                             "Decisions that lacked a namespace, pod, uid or attempt.");
}

struct reading {
    struct str ns, pod, uid, profile;
    int64_t attempt;
    const struct json *status;
};

/* Either {metadata, spec, status} or flat members; false: something is missing. */
static bool read_item(const struct json *item, struct reading *d)
{
    bool whole = obj_has(item, ".spec");
    d->ns = obj_str(item, whole ? ".metadata.namespace" : ".namespace");
    d->pod = obj_str(item, whole ? ".spec.pod" : ".pod");
    d->uid = obj_str(item, whole ? ".spec.uid" : ".uid");
    d->profile = obj_str(item, whole ? ".spec.profile" : ".profile");
    d->attempt = obj_int(item, whole ? ".spec.attempt" : ".attempt", 0);
    d->status = whole ? obj_get(item, ".status") : item;
    bool in_bounds = d->uid.n && d->uid.n <= SIM_NAME_MAX && d->attempt > 0 && d->attempt <= INT32_MAX;
    return in_bounds && sim_is_name(d->ns) && sim_is_name(d->pod) && d->status && d->status->type == JSON_OBJ;
}

static struct decision *make(const struct reading *d)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, BODY_MAX * 2);
    buf_cstr(&text, ",\"spec\":{\"pod\":");
    size_t pod_at = text.n + 1;
    json_write_string(&text, d->pod);
    buf_cstr(&text, ",\"uid\":");
    json_write_string(&text, d->uid);
    buf_addf(&text, ",\"attempt\":%lld,\"profile\":", (long long)d->attempt);
    json_write_string(&text, d->profile.p ? d->profile : STR(""));
    buf_cstr(&text, "},\"status\":");
    json_write(&text, d->status);
    if (!buf_ok(&text)) return NULL;
    struct decision *made = xcalloc(1, sizeof *made);
    made->e.bytes = sizeof *made + text.n + d->ns.n + 2 * d->pod.n + d->uid.n;
    made->text = str_dup(buf_view(&text));            /* no larger than it must be */
    made->pod = str_n(made->text + pod_at, d->pod.n); /* a DNS name has no escapes */
    return made;
}

static bool keep(struct arena *a, const struct reading *d)
{
    struct str id = str_printf(a, "%.*s/%lld", STR_ARG(d->uid), (long long)d->attempt);
    struct str name = str_printf(a, "%.*s-%lld", STR_ARG(d->pod), (long long)d->attempt);
    struct decision *made = make(d);
    if (!made) return false;
    side_lock(&decisions);
    bool added = side_add(&decisions, &made->e, d->ns, name, id);
    side_unlock(&decisions);
    if (!added) decision_free(&made->e);
    return added;
}

/* A failed attempt has no Binding that its notes could ride on. */
static void tell_walk(const struct json *item, const struct reading *d)
{
    if (!obj_is(d->status, ".result", "Unschedulable")) return;
    struct facts f AUTO_FACTS;
    facts_init(&f);
    facts_u64(&f, "nodes", (uint64_t)MAX(obj_int(d->status, ".evaluated", 0), 0));
    facts_u64(&f, "fit", (uint64_t)MAX(obj_int(d->status, ".feasible", 0), 0));
    facts_u64(&f, "attempt", (uint64_t)d->attempt);
    facts_str(&f, "result", STR("Unschedulable"));
    facts_str(&f, "why", obj_str(d->status, ".message"));
    trace_unscheduled(d->uid, obj_str(d->status, ".message"), facts_end(&f), obj_get(item, ".steps"));
}

void decision_post(struct request *r)
{
    const struct json *body = sim_body(r);
    if (!body) return;
    bool batch = obj_has(body, ".items");
    if (obj_count(body, ".items") > DECISIONS_BATCH_MAX) {
        sim_fail(r, ERR_TOO_LARGE, "at most %d decisions in one request", DECISIONS_BATCH_MAX);
        return;
    }
    for (const struct json *item = batch ? obj_first(body, ".items") : body; item;
         item = batch ? obj_next(item) : NULL) {
        struct reading d;
        if (!read_item(item, &d))
            metric_add(refused, 1);
        else if (keep(&r->arena, &d))
            tell_walk(item, &d);
    }
    sim_ok(r);
}
