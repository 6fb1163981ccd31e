/* scheduler.c - what the plugins of the scheduler say of a pod in a cluster, by files of cases.
 * Reads: a .cases file (README.md tells its form).   Writes: the same file to stdout, with the outcomes that are true
 * now; cases.sh compares. With --dump: the cases as lines of JSON, for oracle/, which has upstream's outcomes.
 */
#include "run.h"

#include "api/yaml.h"
#include "base/clk.h"
#include "base/io.h"
#include "scheduler/explain.h"
#include "scheduler/preemption.h"

#include <stdio.h>
#include <stdlib.h>

void fail(const struct run *r, const char *what, struct str detail)
{
    fprintf(stderr, "%s:%d: %s: %.*s\n", r->file, r->line, what, STR_ARG(detail));
    exit(2);
}

/* ---- Objects in their short form ---- */

/* Where members belong that a case writes at the top. */
static const struct {
    const char *member, *section;
} sections[] = {
    {"name", "metadata"},
    {"namespace", "metadata"},
    {"uid", "metadata"},
    {"labels", "metadata"},
    {"annotations", "metadata"},
    {"ownerReferences", "metadata"},
    {"creationTimestamp", "metadata"},
    {"deletionTimestamp", "metadata"},
    {"taints", "spec"},
    {"unschedulable", "spec"},
    {"allocatable", "status"},
    {"images", "status"},
    {"declaredFeatures", "status"},
    {"conditions", "status"},
    {"containerStatuses", "status"},
    {"initContainerStatuses", "status"},
    {"nominatedNodeName", "status"},
    {"startTime", "status"},
};

static const char *section_of(const struct run *r, struct str member)
{
    for (size_t i = 0; i < ARRAY_LEN(sections); i++)
        if (str_eqc(member, sections[i].member)) return sections[i].section;
    fail(r, "no short member, say metadata, spec or status", member);
    return NULL;
}

static struct json *object_of_kind(struct run *r, const char *kind, struct str name, const struct json *given)
{
    struct json *o = obj_new(&r->arena, "v1", kind);
    obj_put_str(&r->arena, o, ".metadata.name", name);
    for (OBJ_EACH(it, given, "")) {
        struct str key = obj_key(it);
        if (str_eqc(key, "metadata") || str_eqc(key, "spec") || str_eqc(key, "status")) {
            struct json *section = json_get(o, key);
            if (!section) json_set(&r->arena, o, key, section = json_obj(&r->arena));
            for (OBJ_EACH(m, it, "")) json_set(&r->arena, section, obj_key(m), json_copy(&r->arena, m));
        } else {
            const char *path = arena_printf(&r->arena, ".%s.%.*s", section_of(r, key), STR_ARG(key));
            obj_put(&r->arena, o, path, json_copy(&r->arena, it));
        }
    }
    return o;
}

static void put_absent(struct run *r, struct json *o, const char *path, const char *text)
{
    if (!obj_get(o, path)) obj_put_cstr(&r->arena, o, path, text);
}

static struct json *read_node(struct run *r, struct str name, const struct json *given)
{
    struct json *o = object_of_kind(r, "Node", name, given);
    if (!obj_has(o, ".status.allocatable")) {
        obj_put_cstr(&r->arena, o, ".status.allocatable.cpu", "4");
        obj_put_cstr(&r->arena, o, ".status.allocatable.memory", "8Gi");
        obj_put_cstr(&r->arena, o, ".status.allocatable.pods", "110");
    }
    return o;
}

/* Every pod has an identity of its own; one container that asks for nothing, unless it says which it has. */
struct json *read_pod(struct run *r, struct str name, const struct json *given)
{
    struct json *o = object_of_kind(r, "Pod", name, given);
    put_absent(r, o, ".metadata.namespace", "default");
    put_absent(r, o, ".metadata.creationTimestamp", "2027-01-15T08:00:00Z");
    put_absent(r, o, ".metadata.uid", arena_printf(&r->arena, "uid-%d", ++r->pods));
    put_absent(r, o, ".spec.schedulerName", "default-scheduler");
    if (obj_get(o, ".spec.containers")) return o;
    struct json *c = obj_append(&r->arena, o, ".spec.containers");
    obj_put_cstr(&r->arena, c, ".name", "c");
    obj_put_cstr(&r->arena, c, ".image", "pause");
    return o;
}

/* ---- Lines ---- */

static struct str take_line(struct run *r, struct str *text)
{
    size_t n = str_chr(*text, '\n');
    struct str line = str_n(text->p, n == SIZE_MAX ? text->n : n);
    *text = str_from(*text, n == SIZE_MAX ? text->n : n + 1);
    r->line++;
    return line;
}

static void keep_line(struct run *r, struct str line)
{
    if (r->dump) {
        buf_cstr(&r->out, "{\"text\":");
        json_write_string(&r->out, line);
        buf_char(&r->out, '}');
    } else {
        buf_str(&r->out, line);
    }
    buf_char(&r->out, '\n');
}

/* YAML in flow form; begins in the rest of a line and goes on in lines that are indented deeper. */
const struct json *take_yaml(struct run *r, struct str rest, struct str *text)
{
    struct buf yaml AUTO_BUF = {0};
    struct err e = ERR_INIT;
    buf_init(&yaml, FILE_MAX);
    buf_addf(&yaml, "x: %.*s\n", STR_ARG(rest));
    while (str_starts(*text, STR("     "))) {
        struct str line = take_line(r, text);
        keep_line(r, line);
        buf_addf(&yaml, "%.*s\n", STR_ARG(line));
    }
    const struct json *doc = yaml_parse(&r->arena, str_copy(&r->arena, buf_view(&yaml)), &e);
    if (!doc) fail(r, "YAML", str_of(e.text));
    const struct json *x = json_getc(doc, "x");
    return json_is(x, JSON_NULL) ? json_obj(&r->arena) : x;
}

struct str take_word(struct run *r, struct str *rest)
{
    struct str word = str_cut(str_trim(*rest), ' ', rest);
    if (!word.n) fail(r, "a word is missing", word);
    if (str_is_null(*rest)) *rest = STR("");
    return word;
}

/* ---- Asking our plugins ---- */

static struct profile *profile_of(struct run *r)
{
    struct profile *p = profile_default("default-scheduler");
    p->percentage = 100;
    for (int at = 0; at < POINT_COUNT; at++) {
        int n = 0;
        for (int i = 0; i < p->count[at]; i++)
            if (r->asked & 1u << p->order[at][i]) p->order[at][n++] = p->order[at][i];
        p->count[at] = n;
    }
    /* Without any plugin that scores the first node that fits is taken; one that is not asked for is not shown. */
    if (!p->count[POINT_SCORE])
        p->order[POINT_SCORE][p->count[POINT_SCORE]++] = (uint8_t)plugin_find(STR("ImageLocality"));
    for (OBJ_EACH(args, r->record, ".args")) {
        struct err e = ERR_INIT;
        int i = plugin_find(obj_key(args));
        if (i < 0 || !sched_plugins[i]->configure) fail(r, "a plugin without arguments", obj_key(args));
        if (sched_plugins[i]->unconfigure) sched_plugins[i]->unconfigure(p->args[i]);
        p->args[i] = sched_plugins[i]->configure(args, &e);
        if (e.code) fail(r, "args", str_of(e.text));
    }
    return p;
}

void outcome(struct run *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_cstr(&r->out, "    = ");
    buf_vaddf(&r->out, fmt, ap);
    va_end(ap);
}

static const char *verdict_name(enum verdict v)
{
    static const char *const names[] = {[V_UNSCHEDULABLE] = "Unschedulable",
                                        [V_UNSCHEDULABLE_AND_UNRESOLVABLE] = "UnschedulableAndUnresolvable",
                                        [V_ERROR] = "Error"};
    return names[v];
}

static void reasons(struct run *r, const struct why *why)
{
    for (int i = 0; i < why->n; i++) buf_addf(&r->out, "%s %s", i ? "," : "", why->texts[i]);
    buf_char(&r->out, '\n');
}

static void refusal(struct run *r, const char *who, const char *plugin, enum verdict v, const struct why *why)
{
    outcome(r, "%s %s %s:", who, plugin, verdict_name(v));
    reasons(r, why);
}

/* at: the place among the nodes that fit. */
static void fit(struct run *r, const struct cycle *cy, const char *name, int at)
{
    outcome(r, "%s fits", name);
    for (int i = 0; i < cy->ncolumns; i++) {
        const struct score_column *c = &cy->columns[i];
        if (!(r->asked & 1u << c->plugin)) continue;
        buf_addf(&r->out, " %s %lld/%lld", sched_plugins[c->plugin]->name, (long long)c->raw[at],
                 (long long)c->normalized[at]);
    }
    if (cy->ncolumns > 1) buf_addf(&r->out, " total %lld", (long long)cy->totals[at]);
    buf_char(&r->out, '\n');
}

static void node_outcome(struct run *r, const struct cycle *cy, int node)
{
    const char *name = cy->table->names[node]->text;
    int at = 0, fitting = 0;
    while (at < cy->evaluated && cy->verdicts[at].node != node) at++;
    while (fitting < cy->feasible && cy->fits[fitting] != at) fitting++;
    if (at == cy->evaluated)
        outcome(r, "%s absent\n", name);
    else if (fitting < cy->feasible)
        fit(r, cy, name, fitting);
    else
        refusal(r, name, sched_plugins[cy->verdicts[at].plugin]->name, (enum verdict)cy->verdicts[at].verdict,
                &cy->whys[cy->verdicts[at].why]);
}

/* Those that break no budget stand first, as upstream has them. */
static void candidates(struct run *r, const struct cycle *cy, bool violating)
{
    const struct preemption *p = cy->preemption;
    for (int i = 0; i < p->ncandidates; i++) {
        const struct candidate *c = &p->candidates[i];
        if ((c->violations > 0) != violating) continue;
        outcome(r, "victims on %s", cy->table->names[c->node]->text);
        for (int k = 0; k < c->nvictims; k++) buf_addf(&r->out, " %.*s", STR_ARG(c->victims[k]->name));
        if (violating) buf_addf(&r->out, ", %d against a budget", c->violations);
        buf_char(&r->out, '\n');
    }
}

/* Of those that are as good as the chosen one. */
static void nomination(struct run *r, const struct cycle *cy)
{
    const struct preemption *p = cy->preemption;
    if (!cy->nominates) return;
    outcome(r, "nominates %s", cy->nominated ? cy->nominated->text : "nobody");
    for (int i = 0; i < p->ncandidates; i++)
        if (p->candidates[i].lost == LOST_POSITION)
            buf_addf(&r->out, " or %s", cy->table->names[p->candidates[i].node]->text);
    buf_char(&r->out, '\n');
}

static void preemption_outcomes(struct run *r, const struct cycle *cy)
{
    const struct preemption *p = cy->preemption;
    if (!p) return;
    candidates(r, cy, false);
    candidates(r, cy, true);
    for (int i = 0; i < p->nhopeless; i++) {
        const struct hopeless *h = &p->hopeless[i];
        outcome(r, "no victims on %s %s:", cy->table->names[h->node]->text, verdict_name(h->verdict));
        reasons(r, &h->why);
    }
    nomination(r, cy);
}

static void compute(struct run *r, struct cycle *cy)
{
    int start = 0;
    struct rnd choice;
    rnd_stream(&choice, 1);
    cycle_compute(cy, r->cache, NULL, &start, &choice);
}

static void cycle_outcomes(struct run *r, struct cycle *cy)
{
    compute(r, cy);
    if (cy->error) {
        outcome(r, "error %s\n", cy->error);
        return;
    }
    if (cy->refusal != V_OK)
        refusal(r, "prefilter", cy->refused_by < 0 ? cycle_narrowers(cy) : sched_plugins[cy->refused_by]->name,
                cy->refusal, &cy->refusal_why);
    else
        for (int i = 0; i < cy->all_nodes; i++) node_outcome(r, cy, i);
    if (!cy->feasible) outcome(r, "message %.*s\n", STR_ARG(explain_failure(cy)));
    preemption_outcomes(r, cy);
}

/* False: a plugin keeps the pod out of the queue. */
static bool enters_queue(struct run *r, const struct profile *p, const struct pod_info *pod)
{
    for (int i = 0; i < p->count[POINT_PRE_ENQUEUE]; i++) {
        struct buf text AUTO_BUF = {0};
        int plugin = p->order[POINT_PRE_ENQUEUE][i];
        buf_init(&text, FILE_MAX);
        enum verdict v = sched_plugins[plugin]->pre_enqueue(p->args[plugin], pod, &text);
        if (v == V_OK) continue;
        buf_char(&text, '\0');
        refusal(r, "preenqueue", sched_plugins[plugin]->name, v, &(struct why){.texts = {text.p}, .n = 1});
        return false;
    }
    return true;
}

static void ask(struct run *r, const struct json *pod)
{
    const struct object *o AUTO_OBJ = object_of(pod);
    struct profile *profile = profile_of(r);
    struct pod_info *p = pod_info_new(o, true);
    if (enters_queue(r, profile, p)) {
        struct cycle cy;
        cycle_init(&cy, profile, p);
        cycle_outcomes(r, &cy);
        cycle_release(&cy);
    }
    pod_info_unref(p);
    profile_free(profile);
}

/* Where preemption begins among the nodes is drawn by lot: the oracle begins there as well. */
static int offset(struct run *r, const struct json *pod)
{
    const struct object *o AUTO_OBJ = object_of(pod);
    struct profile *profile = profile_of(r);
    struct pod_info *p = pod_info_new(o, true);
    struct cycle cy;
    cycle_init(&cy, profile, p);
    compute(r, &cy);
    int at = cy.preemption ? cy.preemption->offset : 0;
    cycle_release(&cy);
    pod_info_unref(p);
    profile_free(profile);
    return at;
}

/* ---- The words of a case ---- */

static struct json *list_of(struct run *r, const char *name)
{
    struct json *list = json_getc(r->record, name);
    if (!list) json_set(&r->arena, r->record, str_of(name), list = json_arr(&r->arena));
    return list;
}

void remember(struct run *r, const char *list, const struct json *o)
{
    json_push(list_of(r, list), json_copy(&r->arena, o));
}

/* The newest of that name; NULL. */
struct json *remembered(struct run *r, const char *list, struct str name)
{
    struct json *found = NULL;
    JSON_FOREACH(o, list_of(r, list))
    if (str_eq(obj_name(o), name)) found = o;
    return found;
}

struct json *add_node(struct run *r, struct str name, const struct json *given, cache_node_fn *changed)
{
    struct json *root = read_node(r, name, given);
    const struct object *o AUTO_OBJ = object_of(root);
    cache_set_node(r->cache, o, changed, r);
    remember(r, "nodes", root);
    return root;
}

/* A pod of that name which runs already is the same one, changed. was: what it was, referenced, or NULL. */
struct json *add_running(struct run *r, struct str node, struct str name, const struct json *given,
                         const struct pod_info **was, const struct pod_info **now)
{
    struct json *root = read_pod(r, name, given), *old = remembered(r, "pods", name);
    obj_put_str(&r->arena, root, ".spec.nodeName", node);
    if (old) obj_put_str(&r->arena, root, ".metadata.uid", obj_uid(old));
    const struct object *o AUTO_OBJ = object_of(root);
    *now = pod_info_new(o, false);
    *was = cache_set_pod(r->cache, *now);
    remember(r, "pods", root);
    return root;
}

static void add_nominated(struct run *r, struct str node, struct str name, const struct json *given)
{
    struct json *root = read_pod(r, name, given);
    obj_put_str(&r->arena, root, ".status.nominatedNodeName", node);
    const struct object *o AUTO_OBJ = object_of(root);
    struct pod_info *p = pod_info_new(o, true);
    cache_nominate(r->cache, p, p->nominated_node);
    pod_info_unref(p);
    remember(r, "nominated", root);
}

/* A running pod ends. What it was, referenced. */
const struct pod_info *take_running(struct run *r, struct str name, const struct json **gone)
{
    *gone = remembered(r, "pods", name);
    if (!*gone) fail(r, "no pod of that name runs", name);
    for (struct json *it; (it = remembered(r, "pods", name));) json_remove(list_of(r, "pods"), it);
    return cache_remove_pod(r->cache, obj_uid(*gone));
}

static enum listed add_object(struct run *r, const struct json *root)
{
    static const char *const kinds[] = {
#define ROW(id, resource, kind) [id] = kind,
        LISTED_KINDS(ROW)
#undef ROW
    };
    const struct object *o AUTO_OBJ = object_of(root);
    int k = 0;
    while (k < LISTED_COUNT && !str_eqc(o->kind, kinds[k])) k++;
    if (k == LISTED_COUNT) fail(r, "not of a kind that is listed", o->kind);
    listers_put(cache_listers(r->cache), (enum listed)k, o);
    remember(r, "objects", root);
    return (enum listed)k;
}

static void add_args(struct run *r, struct str plugin, const struct json *args)
{
    if (!json_getc(r->record, "args")) json_set(&r->arena, r->record, STR("args"), json_obj(&r->arena));
    json_set(&r->arena, json_getc(r->record, "args"), plugin, json_copy(&r->arena, args));
}

static void dump(struct run *r, struct json *then)
{
    struct json *record = json_copy(&r->arena, r->record);
    json_set(&r->arena, record, STR("plugins"), json_str(&r->arena, r->asked_text));
    json_set(&r->arena, record, STR("pod"), json_copy(&r->arena, r->pod));
    obj_put_int(&r->arena, record, ".offset", offset(r, r->pod));
    if (then) json_set(&r->arena, record, STR("then"), then);
    json_write(&r->out, record);
    buf_char(&r->out, '\n');
}

/* The pod that is to be placed: outcomes follow, or, for the oracle, all that led to them. */
static void place(struct run *r, const struct json *given)
{
    r->pod = read_pod(r, STR("web"), given);
    if (r->dump)
        dump(r, NULL);
    else
        ask(r, r->pod);
}

/* ---- What happens then ---- */

/* Who of the plugins asked would have the pod tried again, had it refused it? */
static void wakes(struct run *r, const struct sched_event *e)
{
    if (r->dump) return;
    struct profile *profile = profile_of(r);
    const struct object *o AUTO_OBJ = object_of(r->pod);
    struct pod_info *p = pod_info_new(o, true);
    int n = 0;
    for (int i = 0; sched_plugins[i]; i++) {
        const struct sched_plugin *plugin = sched_plugins[i];
        if (!(r->asked & 1u << i) || !(plugin->retry_on & e->what)) continue;
        if (plugin->hint && !plugin->hint(profile->args[i], p, e)) continue;
        if (!n++) outcome(r, "wakes");
        buf_addf(&r->out, " %s", plugin->name);
    }
    if (n) buf_char(&r->out, '\n');
    if (!n) outcome(r, "wakes nobody\n");
    pod_info_unref(p);
    profile_free(profile);
}

static void node_wakes(void *arg, unsigned changes, const struct node_info *was, const struct node_info *now)
{
    _Static_assert((int)NODE_ADDED == (int)EV_NODE_ADD && (int)NODE_FEATURES == (int)EV_NODE_FEATURE, "the same bits");
    wakes(arg, &(struct sched_event){.what = changes, .was = was, .node = now});
}

/* The oracle gets what was and what is. */
void note(struct run *r, struct json *event, const char *name, const struct json *o)
{
    if (o) json_set(&r->arena, event, str_of(name), json_copy(&r->arena, o));
}

static void then_node(struct run *r, struct str rest, struct str *text, struct json *event)
{
    struct str name = take_word(r, &rest);
    size_t before = r->out.n;
    note(r, event, "old", remembered(r, "nodes", name));
    note(r, event, "new", add_node(r, name, take_yaml(r, rest, text), node_wakes));
    if (!r->dump && r->out.n == before) outcome(r, "wakes nobody\n");
}

unsigned pod_changes(const struct pod_info *was, const struct pod_info *now)
{
    unsigned what = was ? 0 : EV_POD_ADD;
    for (int i = 0; was && i < RES_FIRST_SCALAR; i++)
        if (now->request.basic[i] < was->request.basic[i]) what |= EV_POD_SCALE_DOWN;
    if (was && was->labels.n != now->labels.n) what |= EV_POD_LABEL;
    for (int i = 0; was && i < was->labels.n; i++)
        if (labels_get(&now->labels, was->labels.v[i].key) != was->labels.v[i].value) what |= EV_POD_LABEL;
    return what;
}

static void then_on(struct run *r, struct str rest, struct str *text, struct json *event)
{
    struct str node = take_word(r, &rest), name = take_word(r, &rest);
    const struct pod_info *was, *now;
    note(r, event, "old", remembered(r, "pods", name));
    note(r, event, "new", add_running(r, node, name, take_yaml(r, rest, text), &was, &now));
    wakes(r, &(struct sched_event){.what = pod_changes(was, now), .pod_was = was, .pod = now});
    pod_info_unref(was);
    pod_info_unref(now);
}

static void then_gone(struct run *r, struct str rest, struct str *text, struct json *event)
{
    (void)text;
    struct str name = take_word(r, &rest);
    const struct json *gone;
    const struct pod_info *was = take_running(r, name, &gone);
    note(r, event, "old", gone);
    wakes(r, &(struct sched_event){.what = EV_POD_DELETE, .pod_was = was});
    pod_info_unref(was);
}

/* The waiting pod itself is another now. */
static void then_self(struct run *r, struct str rest, struct str *text, struct json *event)
{
    struct json *now = read_pod(r, STR("web"), take_yaml(r, rest, text));
    obj_put_str(&r->arena, now, ".metadata.uid", obj_uid(r->pod));
    note(r, event, "old", r->pod);
    note(r, event, "new", now);
    const struct object *old AUTO_OBJ = object_of(r->pod);
    const struct object *new AUTO_OBJ = object_of(now);
    struct pod_info *was = pod_info_new(old, true), *is = pod_info_new(new, true);
    wakes(r, &(struct sched_event){.what = EV_SELF, .self = queue_self_changes(was, is), .pod_was = was, .pod = is});
    pod_info_unref(was);
    pod_info_unref(is);
    r->pod = now;
}

static void then_object(struct run *r, struct str rest, struct str *text, struct json *event)
{
    static const unsigned events[LISTED_COUNT] = {
        [LIST_CLAIM] = EV_CLAIM,         [LIST_VOLUME] = EV_VOLUME,       [LIST_CLASS] = EV_CLASS,
        [LIST_CSINODE] = EV_CSINODE,     [LIST_CSIDRIVER] = EV_CSIDRIVER, [LIST_CAPACITY] = EV_CAPACITY,
        [LIST_NAMESPACE] = EV_NAMESPACE,
    };
    const struct json *now = take_yaml(r, rest, text);
    struct json *was = NULL;
    JSON_FOREACH(o, list_of(r, "objects"))
    if (str_eq(obj_name(o), obj_name(now)) && str_eq(obj_str(o, ".kind"), obj_str(now, ".kind"))) was = o;
    if (was) json_remove(list_of(r, "objects"), was);
    note(r, event, "old", was);
    note(r, event, "new", now);
    enum listed kind = add_object(r, now);
    wakes(r, &(struct sched_event){.what = events[kind], .object_was = was, .object = now});
}

static const struct {
    const char *word;
    void (*happen)(struct run *r, struct str rest, struct str *text, struct json *event);
} happenings[] = {
    {"node", then_node}, {"on", then_on}, {"gone", then_gone}, {"self", then_self}, {"object", then_object},
};

static void then(struct run *r, struct str rest, struct str *text)
{
    struct str word = take_word(r, &rest);
    size_t i = 0;
    while (i < ARRAY_LEN(happenings) && !str_eqc(word, happenings[i].word)) i++;
    if (i == ARRAY_LEN(happenings)) fail(r, "no such happening", word);
    if (!r->pod) fail(r, "no pod waits yet", word);
    struct json *event = json_obj(&r->arena);
    note(r, event, "word", json_str(&r->arena, word));
    happenings[i].happen(r, rest, text, event);
    if (r->dump) dump(r, event);
}

static void end_case(struct run *r)
{
    queue_end(r);
    cache_free(r->cache);
    r->cache = NULL;
    r->pod = NULL;
    arena_reset(&r->arena);
}

static void begin_case(struct run *r)
{
    end_case(r);
    r->cache = cache_new();
    r->record = json_obj(&r->arena);
    r->pods = 0;
}

/* ---- The file ---- */

static void run_word(struct run *r, struct str line, struct str *text)
{
    struct str rest = line, word = take_word(r, &rest);
    if (!r->cache) fail(r, "before any case", word);
    if (str_eqc(word, "node")) {
        struct str name = take_word(r, &rest);
        add_node(r, name, take_yaml(r, rest, text), NULL);
    } else if (str_eqc(word, "on")) {
        struct str node = take_word(r, &rest), name = take_word(r, &rest);
        const struct pod_info *was, *now;
        add_running(r, node, name, take_yaml(r, rest, text), &was, &now);
        pod_info_unref(was);
        pod_info_unref(now);
    } else if (str_eqc(word, "nominated")) {
        struct str node = take_word(r, &rest), name = take_word(r, &rest);
        add_nominated(r, node, name, take_yaml(r, rest, text));
    } else if (str_eqc(word, "then")) {
        then(r, rest, text);
    } else if (str_eqc(word, "object")) {
        add_object(r, take_yaml(r, rest, text));
    } else if (str_eqc(word, "args")) {
        struct str plugin = take_word(r, &rest);
        add_args(r, plugin, take_yaml(r, rest, text));
    } else if (str_eqc(word, "queue")) {
        queue_word(r, rest, text);
    } else if (str_eqc(word, "pod")) {
        place(r, take_yaml(r, rest, text));
    } else {
        fail(r, "no such word", word);
    }
}

static void read_plugins(struct run *r, struct str names)
{
    r->asked = 0;
    r->asked_text = names;
    if (str_eqc(names, "all")) r->asked = UINT32_MAX;
    for (struct str rest = names; rest.n && r->asked != UINT32_MAX;) {
        struct str name = str_trim(str_cut(rest, ',', &rest));
        int i = plugin_find(name);
        if (i < 0) fail(r, "no such plugin", name);
        r->asked |= 1u << i;
    }
}

static void run_file(struct run *r, struct str text)
{
    while (text.n) {
        struct str line = take_line(r, &text);
        if (str_starts(line, STR("    = "))) continue; /* made anew */
        keep_line(r, line);
        if (str_starts(line, STR("plugins ")))
            read_plugins(r, str_trim(str_from(line, 8)));
        else if (str_starts(line, STR("case ")))
            begin_case(r);
        else if (str_starts(line, STR("    ")) && str_trim(line).n && str_trim(line).p[0] != '#')
            run_word(r, line, &text);
        else if (line.n && str_trim(line).n && str_trim(line).p[0] != '#')
            fail(r, "neither plugins nor a case", line);
    }
    end_case(r);
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    struct buf text AUTO_BUF = {0};
    struct run r = {.file = argc > 1 ? argv[argc - 1] : NULL, .dump = argc == 3 && strcmp(argv[1], "--dump") == 0};
    if (argc != 2 + r.dump) {
        fprintf(stderr, "usage: golden_scheduler [--dump] FILE.cases\n");
        return 2;
    }
    buf_init(&text, FILE_MAX);
    buf_init(&r.out, OUT_MAX);
    rnd_seed(1);
    clk_set(&(struct clk_state){.at_ns = NOW_S * INT64_C(1000000000), .paused = true});
    if (!io_read_file(r.file, &text, &e)) {
        fprintf(stderr, "%s\n", e.text);
        return 2;
    }
    run_file(&r, buf_view(&text));
    fwrite(r.out.p, 1, r.out.n, stdout);
    arena_release(&r.arena);
    buf_release(&r.out);
    return buf_ok(&r.out) && sym_count() == 0 ? 0 : 2;
}
