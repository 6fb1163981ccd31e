/* decision.c - the scheduler's account of every attempt, kept as text: what it found of nodes as a ledger
 * (api/ledger.h), written out when somebody looks.
 * Reads: batches of Decisions (POST decisions); an attempt that is there already is passed over.
 * Writes: the table of decisions; steps 4 to 7 of the walk of a pod that fits nowhere. */
#include "apiserver/sim/sim_priv.h"
#include "apiserver/sim/tables.h"

#include "base/kassert.h"
#include "base/metrics.h"

#include <stdlib.h>

struct decision {
    struct side_entry e;      /* name: POD-ATTEMPT; id: UID/ATTEMPT */
    struct str pod;           /* into head */
    char *head;               /* `,"spec":{..},"status":{..` and no brace behind it; owned */
    char *ledger;             /* JSON; owned; NULL: it has no nodes to tell of */
    struct node_table *table; /* that of the ledger */
};

struct side decisions;
static struct metric *refused;

static const struct decision *decision_of(const struct side_entry *e) { return (const struct decision *)e; }

static struct str decision_pod(const struct side_entry *e) { return decision_of(e)->pod; }

static void decision_brief(struct buf *out, const struct side_entry *e)
{
    buf_cstr(out, decision_of(e)->head);
    buf_char(out, '}');
}

static void decision_write(struct buf *out, const struct side_entry *e)
{
    const struct decision *d = decision_of(e);
    struct arena a AUTO_ARENA = {0};
    struct err err = ERR_INIT;
    struct ledger l;
    buf_cstr(out, d->head);
    if (d->ledger) {
        const struct json *tree = json_parse(&a, str_of(d->ledger), &err);
        bool good = ledger_read(&l, &a, tree, d->table->names, &err);
        KASSERT(good); /* as when it came in */
        buf_cstr(out, ",\"plugins\":");
        ledger_write_plugins(out, &l);
        buf_cstr(out, ",\"nodes\":");
        ledger_write_nodes(out, &l);
    }
    buf_char(out, '}');
}

/* Under the lock. */
static void decision_free(struct side_entry *e)
{
    const struct decision *d = decision_of(e);
    free(d->head);
    free(d->ledger);
    tables_unref(d->table);
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
        .brief = decision_brief,
        .pod = decision_pod,
        .drop = decision_free,
    };
    side_init(&decisions, &kind);
    side_watch_init(&decisions);
    refused =
        metric_counter("kubestep_decisions_refused_total", NULL,
                       "Decisions that lacked a namespace, pod, uid or attempt, or had a ledger that makes no sense.");
}

struct reading {
    struct str ns, pod, uid, profile;
    int64_t attempt;
    const struct json *status, *ledger;
    struct node_table *table; /* of the ledger; referenced */
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
    d->ledger = whole ? obj_get(item, ".ledger") : NULL;
    bool in_bounds = d->uid.n && d->uid.n <= SIM_NAME_MAX && d->attempt > 0 && d->attempt <= INT32_MAX;
    return in_bounds && sim_is_name(d->ns) && sim_is_name(d->pod) && json_is(d->status, JSON_OBJ);
}

/* A number of the status: the scheduler tells it with the ledger. */
static int64_t number(const struct reading *d, const char *path)
{
    return obj_int(d->status, path, obj_int(obj_get(d->ledger, ".status"), path, 0));
}

static void write_member(struct buf *out, const struct json *it)
{
    json_write_string(out, obj_key(it));
    buf_char(out, ':');
    json_write(out, it);
}

/* The members of the ledger's status belong to that of the Decision. */
static void write_head(struct buf *out, const struct reading *d, size_t *pod_at)
{
    buf_cstr(out, ",\"spec\":{\"pod\":");
    *pod_at = out->n + 1;
    json_write_string(out, d->pod);
    buf_cstr(out, ",\"uid\":");
    json_write_string(out, d->uid);
    buf_addf(out, ",\"attempt\":%lld,\"profile\":", (long long)d->attempt);
    json_write_string(out, d->profile.p ? d->profile : STR(""));
    buf_cstr(out, "},\"status\":{");
    bool any = false;
    const struct json *const parts[] = {d->status, obj_get(d->ledger, ".status")};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (!json_is(parts[i], JSON_OBJ)) continue;
        for (OBJ_EACH(it, parts[i], "")) {
            if (any) buf_char(out, ',');
            any = true;
            write_member(out, it);
        }
    }
}

static void write_ledger(struct buf *out, const struct json *ledger)
{
    bool any = false;
    buf_char(out, '{');
    for (OBJ_EACH(it, ledger, "")) {
        if (str_eqc(obj_key(it), "status")) continue;
        if (any) buf_char(out, ',');
        any = true;
        write_member(out, it);
    }
    buf_char(out, '}');
}

static struct decision *make(const struct reading *d)
{
    struct buf head AUTO_BUF = {0}, ledger AUTO_BUF = {0};
    size_t pod_at;
    buf_init(&head, BODY_MAX * 2);
    buf_init(&ledger, BODY_MAX * 2);
    write_head(&head, d, &pod_at);
    if (d->table) write_ledger(&ledger, d->ledger);
    if (!buf_ok(&head) || !buf_ok(&ledger)) return NULL;
    struct decision *made = xcalloc(1, sizeof *made);
    made->e.bytes = sizeof *made + head.n + ledger.n + d->ns.n + 2 * d->pod.n + d->uid.n;
    made->head = str_dup(buf_view(&head));            /* no larger than it must be */
    made->pod = str_n(made->head + pod_at, d->pod.n); /* a DNS name has no escapes */
    if (d->table) made->ledger = str_dup(buf_view(&ledger));
    return made;
}

/* True: it is new. */
static bool keep(struct arena *a, const struct reading *d)
{
    struct str id = str_printf(a, "%.*s/%lld", STR_ARG(d->uid), (long long)d->attempt);
    struct str name = str_printf(a, "%.*s-%lld", STR_ARG(d->pod), (long long)d->attempt);
    struct decision *made = make(d);
    if (!made) return false;
    side_lock(&decisions);
    if (d->table) made->table = tables_ref(d->table);
    bool added = side_add(&decisions, &made->e, d->ns, name, id);
    if (!added) decision_free(&made->e);
    side_unlock(&decisions);
    return added;
}

/* A failed attempt has no Binding that its notes could ride on. */
static void tell_walk(const struct json *item, const struct reading *d)
{
    if (!obj_is(d->status, ".result", "Unschedulable")) return;
    struct facts f AUTO_FACTS;
    facts_init(&f);
    facts_u64(&f, "nodes", (uint64_t)MAX(number(d, ".evaluated"), 0));
    facts_u64(&f, "fit", (uint64_t)MAX(number(d, ".feasible"), 0));
    facts_u64(&f, "attempt", (uint64_t)d->attempt);
    facts_str(&f, "result", STR("Unschedulable"));
    facts_str(&f, "why", obj_str(d->status, ".message"));
    trace_unscheduled(d->uid, obj_str(d->status, ".message"), facts_end(&f), obj_get(item, ".steps"));
}

/* ---- A batch ---- */

struct batch {
    struct str process; /* whose ids the tables have */
    struct node_table *tables[DECISION_TABLES_MAX];
    int ntables;
    int unknown; /* decisions of tables that we do not have */
};

static bool read_tables(struct batch *b, const struct json *body, struct err *e)
{
    b->process = obj_str(body, ".process");
    if (b->process.n > TABLE_PROCESS_MAX || obj_count(body, ".tables") > DECISION_TABLES_MAX) {
        err_set(e, ERR_TOO_LARGE, "at most %d tables in one request, of a process with at most %d bytes in its name",
                DECISION_TABLES_MAX, TABLE_PROCESS_MAX);
        return false;
    }
    for (OBJ_EACH(it, body, ".tables")) {
        struct ledger_table *names = ledger_table_read(it, e);
        if (!names) return false;
        side_lock(&decisions);
        b->tables[b->ntables++] = tables_add(b->process, obj_int(it, ".id", 0), names);
        side_unlock(&decisions);
    }
    return true;
}

static void take_item(struct batch *b, struct arena *a, const struct json *item)
{
    struct reading d = {0};
    struct err e = ERR_INIT;
    struct ledger l;
    bool good = read_item(item, &d);
    if (good && d.ledger) {
        side_lock(&decisions);
        d.table = tables_find(b->process, obj_int(d.ledger, ".table", 0));
        side_unlock(&decisions);
        if (!d.table) {
            b->unknown++;
            return;
        }
        good = ledger_read(&l, a, d.ledger, d.table->names, &e);
    }
    if (!good)
        metric_add(refused, 1);
    else if (keep(a, &d))
        tell_walk(item, &d);
    side_lock(&decisions);
    tables_unref(d.table);
    side_unlock(&decisions);
}

bool decision_take(struct arena *a, const struct json *body, struct err *e)
{
    bool batch = obj_has(body, ".items");
    if (obj_count(body, ".items") > DECISIONS_BATCH_MAX) {
        err_set(e, ERR_TOO_LARGE, "at most %d decisions in one request", DECISIONS_BATCH_MAX);
        return false;
    }
    struct batch b = {.ntables = 0};
    bool good = read_tables(&b, body, e);
    for (const struct json *item = !good   ? NULL
                                   : batch ? obj_first(body, ".items")
                                           : body;
         item; item = batch ? obj_next(item) : NULL)
        take_item(&b, a, item);
    side_lock(&decisions);
    for (int i = 0; i < b.ntables; i++) tables_unref(b.tables[i]);
    side_unlock(&decisions);
    if (good && b.unknown)
        err_set(e, ERR_CONFLICT, "%d decisions refer to tables of nodes that are not known here: send them with these",
                b.unknown);
    return good && !b.unknown;
}

void decision_post(struct request *r)
{
    struct err e = ERR_INIT;
    const struct json *body = sim_body(r);
    if (!body) return;
    if (decision_take(&r->arena, body, &e))
        sim_ok(r);
    else
        sim_fail(r, e.code, "%s", e.text);
}
