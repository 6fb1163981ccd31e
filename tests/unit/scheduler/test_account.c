/* test_account.c - what a cycle found goes through a ledger and comes out as it was: random clusters, and what is told
 * of shortages, taints, labels, ports and nominated pods. */
#include "scheduler/account.h"
#include "api/ledger.h"
#include "api/quantity.h"
#include "sched_support.h"

static struct json *parsed(struct arena *a, struct buf *text)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(a, str_copy(a, buf_view(text)), &e);
    ck_assert_msg(j != NULL && buf_ok(text), "%s", e.text);
    buf_release(text);
    return j;
}

/* {"nodes":[..],"plugins":[..]} as a reader gets it. *bytes: of the ledger. */
static const struct json *expanded(struct arena *a, const struct cycle *cy, size_t *bytes)
{
    struct err e = ERR_INIT;
    struct buf ledger, table, out;
    struct ledger l;
    buf_init(&ledger, 4 << 20);
    buf_init(&table, 4 << 20);
    buf_init(&out, LEDGER_SIZE_MAX);
    account_write(&ledger, cy);
    account_write_table(&table, cy->table);
    if (bytes) *bytes = ledger.n;
    struct ledger_table *t = ledger_table_read(parsed(a, &table), &e);
    ck_assert(t != NULL);
    ck_assert_msg(ledger_read(&l, a, parsed(a, &ledger), t, &e), "%s", e.text);
    buf_cstr(&out, "{\"nodes\":");
    ledger_write_nodes(&out, &l);
    buf_cstr(&out, ",\"plugins\":");
    ledger_write_plugins(&out, &l);
    ck_assert_uint_le(out.n, l.size + 64);
    buf_char(&out, '}');
    ledger_table_free(t);
    return parsed(a, &out);
}

static const char *code(int verdict)
{
    return verdict == V_OK ? "Success" : verdict == V_UNSCHEDULABLE ? "Unschedulable" : "UnschedulableAndUnresolvable";
}

/* The amounts that a refused node lacks come in order: at[] says where each list is. */
static void check_refusal(const struct cycle *cy, const struct json *f, const struct why *w, int at[LACKS_MAX])
{
    int lacking = 0;
    const struct json *reason = obj_first(f, ".reasons"), *lack = obj_first(f, ".lacking");
    ck_assert_int_eq(obj_count(f, ".reasons"), w->n);
    for (int i = 0; i < w->n; i++, reason = obj_next(reason)) {
        ck_assert_strn_eq(obj_text(reason), w->texts[i]);
        if (w->lacking[i] < 0) continue;
        const struct lack *l = &cy->lacks[w->lacking[i]];
        int64_t v = l->v[at[w->lacking[i]]++];
        struct err e = ERR_INIT;
        struct qty q;
        ck_assert_strn_eq(obj_str(lack, ".resource"), l->resource);
        ck_assert(qty_parse(obj_str(lack, ".amount"), &q, &e));
        ck_assert_int_eq(strcmp(l->resource, "cpu") ? qty_value(&q) : qty_milli(&q), v);
        lack = obj_next(lack);
        lacking++;
    }
    ck_assert_int_eq(obj_count(f, ".lacking"), lacking);
    ck_assert(w->detail ? obj_is(f, ".detail", w->detail) : !obj_has(f, ".detail"));
    ck_assert(obj_bool(f, ".nominated", false) == w->nominated);
}

static void check_filters(const struct cycle *cy, const struct json *node, const struct node_verdict *v,
                          int at[LACKS_MAX])
{
    const struct profile *p = cy->profile;
    const struct json *f = obj_first(node, ".filters");
    for (int i = 0; i < p->count[POINT_FILTER]; i++) {
        int plugin = p->order[POINT_FILTER][i];
        bool refused = v->verdict != V_OK && v->plugin == plugin;
        if (cy->skip_filter & 1u << plugin) continue;
        ck_assert_strn_eq(obj_str(f, ".plugin"), sched_plugins[plugin]->name);
        ck_assert_strn_eq(obj_str(f, ".code"), code(refused ? v->verdict : V_OK));
        if (refused) check_refusal(cy, f, &cy->whys[v->why], at);
        f = obj_next(f);
        if (refused) break;
    }
    ck_assert_ptr_null(f);
}

static void check_scores(const struct cycle *cy, const struct json *node, int at)
{
    const struct json *s = obj_first(node, ".scores");
    for (int c = 0; c < cy->ncolumns; c++, s = obj_next(s)) {
        const struct score_column *column = &cy->columns[c];
        ck_assert_strn_eq(obj_str(s, ".plugin"), sched_plugins[column->plugin]->name);
        ck_assert_int_eq(obj_int(s, ".raw", -1), column->raw[at]);
        ck_assert_int_eq(obj_int(s, ".normalized", -1), column->normalized[at]);
        ck_assert_int_eq(obj_int(s, ".weight", -1), column->weight);
        ck_assert_int_eq(obj_int(s, ".weighted", -1), column->normalized[at] * column->weight);
    }
    ck_assert_ptr_null(s);
    ck_assert(cy->scored ? obj_int(node, ".total", -1) == cy->totals[at] : !obj_has(node, ".total"));
}

static void check(const struct cycle *cy, const struct json *d)
{
    int fits = 0, at[LACKS_MAX] = {0}, i = 0;
    ck_assert_int_eq(obj_count(d, ".nodes"), cy->evaluated);
    for (OBJ_EACH(node, d, ".nodes")) {
        const struct node_verdict *v = &cy->verdicts[i];
        struct str name = cycle_node_at(cy, i++);
        ck_assert(str_eq(obj_str(node, ".name"), name));
        ck_assert(obj_bool(node, ".feasible", false) == (v->verdict == V_OK));
        check_filters(cy, node, v, at);
        if (v->verdict == V_OK)
            check_scores(cy, node, fits++);
        else
            ck_assert(!obj_has(node, ".scores") && !obj_has(node, ".total"));
    }
    for (OBJ_EACH(p, d, ".plugins")) {
        int plugin = plugin_find(obj_str(p, ".name"));
        ck_assert_int_ge(plugin, 0);
        ck_assert_strn_eq(obj_str(p, ".source"), sched_plugins[plugin]->source);
        bool skipped = cy->skip_filter >> plugin & 1;
        ck_assert(!obj_has(p, ".filter") || obj_is(p, ".filter", skipped ? "Skipped" : "Asked"));
    }
}

/* ---- Random clusters ---- */

static const char *one_of(struct rnd *r, const char *const *texts, size_t n) { return texts[rnd_next_below(r, n)]; }
#define ONE_OF(r, ...) one_of((r), (const char *const[]){__VA_ARGS__}, ARRAY_LEN(((const char *const[]){__VA_ARGS__})))

static void random_node(struct cache *c, struct rnd *r, int i)
{
    AUTO_FREE char *text = xasprintf(
        "{'metadata':{'name':'n%d','labels':{'zone':'z%d'%s}},'spec':{%s},'status':{'allocatable':{'cpu':'%d','memory':"
        "'%dGi','pods':'%d'%s}}}",
        i, i % 3, ONE_OF(r, "", "", ",'disk':'ssd'", ",'disk':'hdd'"),
        ONE_OF(r, "", "", "", "'unschedulable':true",
               "'taints':[{'key':'a','value':'b','effect':'NoSchedule'},{'key':'soft','effect':'PreferNoSchedule'}]",
               "'taints':[{'key':'gone','effect':'NoExecute'}]"),
        1 + (int)rnd_next_below(r, 8), 1 + (int)rnd_next_below(r, 16), (int)rnd_next_below(r, 4),
        ONE_OF(r, "", ",'x.y/gpu':'2'"));
    set_node(c, text);
}

static void random_pod(struct cache *c, struct rnd *r, int i, int nodes)
{
    AUTO_FREE char *name = xasprintf("p%d", i);
    AUTO_FREE char *more =
        xasprintf("'spec':{'nodeName':'n%d','containers':[{'name':'c','ports':[%s],'resources':"
                  "{'requests':{'cpu':'%dm','memory':'%dMi'}}}]}",
                  (int)rnd_next_below(r, (uint64_t)nodes), ONE_OF(r, "", "", "{'hostPort':80,'containerPort':80}"),
                  (int)rnd_next_below(r, 4000), (int)rnd_next_below(r, 4000));
    set_pod(c, name, more);
}

static const char *random_spec(struct rnd *r)
{
    return ONE_OF(r, ONE("'cpu':'100m'"), ONE("'cpu':'3','memory':'3Gi'"), ONE("'cpu':'900','x.y/gpu':'1'"),
                  "'spec':{'nodeSelector':{'disk':'ssd'},'containers':[{'name':'c'}]}",
                  "'spec':{'tolerations':[{'operator':'Exists'}],'containers':[{'name':'c','ports':[{'hostPort':80,"
                  "'containerPort':80}],'resources':{'requests':{'memory':'2Gi'}}}]}",
                  "'spec':{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{"
                  "'nodeSelectorTerms':[{'matchExpressions':[{'key':'zone','operator':'In','values':['z0','z1']},"
                  "{'key':'disk','operator':'Exists'}]},{'matchFields':[{'key':'metadata.name','operator':'In',"
                  "'values':['n7']}]}]}}},'containers':[{'name':'c'}]}");
}

START_TEST(random_cycles)
{
    struct rnd r;
    rnd_stream(&r, 7);
    int refused = 0, placed = 0;
    for (int round = 0; round < 400; round++) {
        struct cache *c = cache_new();
        struct arena a AUTO_ARENA = {0};
        struct attempt t;
        int nodes = (int)rnd_next_below(&r, round % 20 ? 30 : 400);
        for (int i = 0; i < nodes; i++) random_node(c, &r, i);
        for (int i = 0; i < nodes; i++) random_pod(c, &r, i, nodes);
        attempt_begin(&t, random_spec(&r));
        t.start = nodes ? (int)rnd_next_below(&r, (uint64_t)nodes) : 0;
        cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
        check(&t.cy, expanded(&a, &t.cy, NULL));
        ck_assert_int_eq(t.cy.evaluated + t.cy.sampled_out + t.cy.left_out, t.cy.refusal == V_OK ? t.cy.all_nodes : 0);
        refused += t.cy.feasible == 0;
        placed += t.cy.feasible > 1;
        attempt_end(&t);
        cache_free(c);
    }
    ck_assert_int_gt(refused, 50);
    ck_assert_int_gt(placed, 100);
    ck_assert_uint_eq(sym_count(), 0);
}
END_TEST

/* ---- What exactly ---- */

static const struct {
    const char *node, *on, *pod; /* the node's members; a pod on it, or NULL; the pod that is to be placed */
    const char *plugin, *detail; /* detail: "" for none */
    const char *lacking;         /* as JSON; NULL: nothing */
} details[] = {
    {"'spec':{'taints':[{'key':'k','value':'v','effect':'NoSchedule'}]}", NULL, ONE(""), "TaintToleration",
     "k=v:NoSchedule", NULL},
    {"'spec':{'taints':[{'key':'k','effect':'NoExecute'}]}", NULL, ONE(""), "TaintToleration", "k:NoExecute", NULL},
    {"'spec':{}", NULL, "'spec':{'nodeSelector':{'a':'b'}}", "NodeAffinity", "a=b", NULL},
    {"'spec':{}", NULL,
     "'spec':{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':"
     "[{'matchExpressions':[{'key':'x','operator':'Exists'},{'key':'y','operator':'In','values':['1','2']}]},"
     "{'matchExpressions':[{'key':'z','operator':'NotIn','values':['1']},{'key':'y','operator':'In','values':['1','2',"
     "'3','4','5','6']}]}]}}}}",
     "NodeAffinity", "y in (1, 2, 3, 4, 5, ... (6))", NULL},
    {"'spec':{}",
     "'spec':{'containers':[{'ports':[{'hostPort':80,'hostIP':'10.0.0.1','protocol':'UDP'}]}],'nodeName':"
     "'n'}",
     "'spec':{'containers':[{'ports':[{'hostPort':79},{'hostPort':80,'protocol':'UDP'}]}]}", "NodePorts", "80/UDP",
     NULL},
    {"'spec':{}", ON("n", "'cpu':'3500m','memory':'1Gi'"), ONE("'cpu':'1','memory':'8Gi'"), "NodeResourcesFit", "",
     "[{\"resource\":\"cpu\",\"amount\":\"500m\"},{\"resource\":\"memory\",\"amount\":\"1Gi\"}]"},
    {"'spec':{}", NULL, ONE("'x.y/gpu':'2','ephemeral-storage':'3Gi'"), "NodeResourcesFit", "",
     "[{\"resource\":\"ephemeral-storage\",\"amount\":\"3Gi\"},{\"resource\":\"x.y/gpu\",\"amount\":\"2\"}]"},
    {"'status':{'allocatable':{'cpu':'4','pods':'1'}}", ON("n", ""), ONE(""), "NodeResourcesFit", "",
     "[{\"resource\":\"pods\",\"amount\":\"1\"}]"},
};

START_TEST(what_exactly)
{
    for (size_t i = 0; i < ARRAY_LEN(details); i++) {
        struct cache *c = cache_new();
        struct arena a AUTO_ARENA = {0};
        struct buf lacking AUTO_BUF;
        struct attempt t;
        bool sized = strstr(details[i].node, "allocatable") != NULL;
        AUTO_FREE char *node =
            xasprintf("{'metadata':{'name':'n'},%s%s}", details[i].node,
                      sized ? "" : ",'status':{'allocatable':{'cpu':'4','memory':'8Gi','pods':'110'}}");
        set_node(c, node);
        if (details[i].on) set_pod(c, "p", details[i].on);
        attempt_begin(&t, details[i].pod);
        cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
        const struct json *f = obj_first(expanded(&a, &t.cy, NULL), ".nodes[0].filters");
        while (f && !obj_is(f, ".plugin", details[i].plugin)) f = obj_next(f);
        ck_assert_msg(f && !obj_is(f, ".code", "Success"), "row %zu", i);
        ck_assert_strn_eq(obj_has(f, ".detail") ? obj_str(f, ".detail") : STR(""), details[i].detail);
        buf_init(&lacking, 4096);
        if (obj_has(f, ".lacking")) json_write(&lacking, obj_get(f, ".lacking"));
        ck_assert_strn_eq(buf_view(&lacking), details[i].lacking ? details[i].lacking : "");
        attempt_end(&t);
        cache_free(c);
    }
}
END_TEST

START_TEST(only_because_of_nominated_pods)
{
    struct cache *c = cache_new();
    struct arena a AUTO_ARENA = {0};
    struct attempt t;
    add_node(c, "full", "", "");
    add_node(c, "held", "", "");
    set_pod(c, "p", ON("full", "'cpu':'4'"));
    struct pod_info *vip = pod_new("vip", "'spec':{'priority':9,'containers':[{'name':'c','resources':{'requests':{"
                                          "'cpu':'3'}}}]}");
    const struct sym *held = sym_get(STR("held"));
    cache_nominate(c, vip, held);
    attempt_begin(&t, ONE("'cpu':'2'"));
    cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
    const struct json *d = expanded(&a, &t.cy, NULL);
    check(&t.cy, d);
    for (OBJ_EACH(node, d, ".nodes"))
        for (OBJ_EACH(f, node, ".filters"))
            ck_assert(obj_bool(f, ".nominated", false) ==
                      (obj_is(node, ".name", "held") && obj_is(f, ".plugin", "NodeResourcesFit")));
    ck_assert(obj_is(d, ".nodes[1].filters[3].plugin", "NodeResourcesFit"));
    attempt_end(&t);
    sym_unref(held);
    pod_info_unref(vip);
    cache_free(c);
    ck_assert_uint_eq(sym_count(), 0);
}
END_TEST

/* ---- On its way ---- */

START_TEST(small)
{
    static const struct {
        int nodes;
        size_t most;
    } rows[] = {{100, 1500}, {1000, 2500}, {5000, 4000}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct cache *c = cache_new();
        struct arena a AUTO_ARENA = {0};
        struct attempt t;
        struct rnd r;
        size_t bytes;
        rnd_stream(&r, 1);
        for (int n = 0; n < rows[i].nodes; n++) {
            AUTO_FREE char *name = xasprintf("n%d", n);
            add_node(c, name, "", "");
        }
        for (int p = 0; p < rows[i].nodes; p++) random_pod(c, &r, p, rows[i].nodes);
        attempt_begin(&t, ONE("'cpu':'10m'"));
        cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
        check(&t.cy, expanded(&a, &t.cy, &bytes));
        ck_assert_uint_le(bytes, rows[i].most);
        attempt_end(&t);
        cache_free(c);
    }
}
END_TEST

START_TEST(shown_when_it_is_small)
{
    for (int nodes = 3; nodes <= 3000; nodes *= 1000) {
        struct cache *c = cache_new();
        struct attempt t;
        for (int i = 0; i < nodes; i++) {
            AUTO_FREE char *name = xasprintf("n%d", i);
            add_node(c, name, "", "");
        }
        attempt_begin(&t, ONE("'cpu':'99'"));
        cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
        struct json *d = json_obj(&t.cy.arena);
        account_show(d, &t.cy.arena, &t.cy);
        ck_assert_int_eq(obj_count(d, ".status.nodes"), nodes == 3 ? 3 : 0);
        attempt_end(&t);
        cache_free(c);
    }
}
END_TEST

TEST_MAIN("account", random_cycles, what_exactly, only_because_of_nominated_pods, small, shown_when_it_is_small)
