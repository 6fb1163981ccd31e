/* queue_words.c - "queue ACTION": what the scheduler's queue does with pods, events and time.
 * Reads: the words of a case.   Writes: after each action where every pod is; or, for the oracle, the action. */
#include "run.h"

#include "base/clk.h"
#include "base/thread.h"
#include "scheduler/queue.h"

#include <stdlib.h>

enum { MS = 1000000, S = 1000 * MS, IN_CYCLES_MAX = 64 };

struct queue_run {
    const struct sched_config *config;
    struct queue *q;
    struct queued_pod *in_cycle[IN_CYCLES_MAX];
    int nin_cycle;
};

/* ---- Time ---- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool reached;
} wait_for = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void reach(void *arg)
{
    (void)arg;
    mutex_lock(&wait_for.lock);
    wait_for.reached = true;
    pthread_cond_signal(&wait_for.over);
    mutex_unlock(&wait_for.lock);
}

/* All timers up to then have fired: one of our own, the last of that moment, is waited for. */
static void move_clock(int64_t ns)
{
    struct clk_timer last;
    int64_t to = clk_ns() + ns;
    clk_timer_init(&last, reach, NULL);
    wait_for.reached = false;
    clk_set(&(struct clk_state){.at_ns = to, .rate = 1, .paused = true});
    clk_timer_start_at_ns(&last, to);
    mutex_lock(&wait_for.lock);
    while (!wait_for.reached) cond_wait_until(&wait_for.over, &wait_for.lock, INT64_MAX);
    mutex_unlock(&wait_for.lock);
    clk_timer_stop(&last);
}

static void pass(struct run *r, struct str rest, struct str *text, struct json *action)
{
    struct str word = take_word(r, &rest);
    int64_t ns;
    (void)text, (void)action;
    if (!clk_parse_go_duration(word.p, word.n, &ns)) fail(r, "no duration", word);
    move_clock(ns);
}

/* ---- Pods that wait ---- */

static void add(struct run *r, struct str rest, struct str *text, struct json *action)
{
    struct str name = take_word(r, &rest);
    struct json *root = read_pod(r, name, take_yaml(r, rest, text)), *old = remembered(r, "waiting", name);
    if (old) obj_put_str(&r->arena, root, ".metadata.uid", obj_uid(old));
    if (!old) remember(r, "came", root);
    const struct object *o AUTO_OBJ = object_of(root);
    struct pod_info *p = pod_info_new(o, true);
    note(r, action, "old", old);
    note(r, action, "new", root);
    pod_info_unref(queue_add(r->queue->q, p));
    pod_info_unref(p);
    remember(r, "waiting", root);
}

static struct str uid_of(struct run *r, struct str name)
{
    const struct json *pod = remembered(r, "waiting", name);
    if (!pod) fail(r, "no such pod waits", name);
    return obj_uid(pod);
}

static void remove_pod(struct run *r, struct str rest, struct str *text, struct json *action)
{
    struct str name = take_word(r, &rest);
    (void)text;
    note(r, action, "old", remembered(r, "waiting", name));
    pod_info_unref(queue_remove(r->queue->q, uid_of(r, name)));
}

static void activate(struct run *r, struct str rest, struct str *text, struct json *action)
{
    struct str name = take_word(r, &rest);
    (void)text;
    note(r, action, "old", remembered(r, "waiting", name));
    queue_activate(r->queue->q, uid_of(r, name));
}

/* A pod in a cycle counts as parked, so that the queue is idle when there is nothing to pop. */
static void pop(struct run *r, struct str rest, struct str *text, struct json *action)
{
    struct queue_run *qr = r->queue;
    (void)rest, (void)text, (void)action;
    if (qr->nin_cycle == IN_CYCLES_MAX) fail(r, "too many in cycles", rest);
    if (queue_idle(qr->q)) {
        if (!r->dump) outcome(r, "pops nothing\n");
        return;
    }
    struct queued_pod *p = qr->in_cycle[qr->nin_cycle++] = queue_pop(qr->q);
    queue_park(qr->q, true);
    if (!r->dump) outcome(r, "pops %.*s, attempt %d\n", STR_ARG(p->pod->name), p->attempts);
}

/* By name, or who has been in a cycle for the longest or the shortest time. NULL: nobody is. */
static struct queued_pod *in_cycle(struct run *r, struct str name, struct json *action)
{
    struct queue_run *qr = r->queue;
    int i = str_eqc(name, "last") ? qr->nin_cycle - 1 : 0;
    if (!qr->nin_cycle) return NULL;
    if (!str_eqc(name, "last") && !str_eqc(name, "first"))
        while (i < qr->nin_cycle && !str_eq(qr->in_cycle[i]->pod->name, name)) i++;
    if (i == qr->nin_cycle) fail(r, "not in a cycle", name);
    struct queued_pod *p = qr->in_cycle[i];
    for (qr->nin_cycle--; i < qr->nin_cycle; i++) qr->in_cycle[i] = qr->in_cycle[i + 1];
    queue_park(qr->q, false);
    note(r, action, "old", remembered(r, "waiting", p->pod->name));
    return p;
}

static void refuse(struct run *r, struct str rest, struct str *text, struct json *action)
{
    struct queued_pod *p = in_cycle(r, take_word(r, &rest), action);
    struct json *plugins = json_arr(&r->arena);
    uint32_t refusers = 0;
    (void)text;
    while (str_trim(rest).n) {
        struct str plugin = take_word(r, &rest);
        int at = plugin_find(plugin);
        if (at < 0) fail(r, "no such plugin", plugin);
        refusers |= 1u << at;
        json_push(plugins, json_str(&r->arena, plugin));
    }
    note(r, action, "plugins", plugins);
    if (p) queue_unschedulable(r->queue->q, p, refusers);
}

static void done(struct run *r, struct str rest, struct str *text, struct json *action)
{
    struct queued_pod *p = in_cycle(r, take_word(r, &rest), action);
    (void)text;
    if (p) queue_done(r->queue->q, p);
}

/* ---- What happens in the cluster ---- */

static void node_changes(void *arg, unsigned changes, const struct node_info *was, const struct node_info *now)
{
    struct run *r = arg;
    for (unsigned bit = EV_NODE_ADD; bit <= EV_NODE_FEATURE; bit <<= 1) {
        const struct sched_event e = {.what = bit, .was = was, .node = now};
        if (changes & bit) queue_event(r->queue->q, &e, "Node");
    }
}

static void node(struct run *r, struct str rest, struct str *text, struct json *action)
{
    struct str name = take_word(r, &rest);
    note(r, action, "old", remembered(r, "nodes", name));
    note(r, action, "new", add_node(r, name, take_yaml(r, rest, text), node_changes));
}

static void on(struct run *r, struct str rest, struct str *text, struct json *action)
{
    struct str node_name = take_word(r, &rest), name = take_word(r, &rest);
    const struct pod_info *was, *now;
    note(r, action, "old", remembered(r, "pods", name));
    note(r, action, "new", add_running(r, node_name, name, take_yaml(r, rest, text), &was, &now));
    unsigned changes = pod_changes(was, now);
    for (unsigned bit = EV_POD_ADD; bit <= EV_POD_SCALE_DOWN; bit <<= 1) {
        const struct sched_event e = {.what = bit, .pod_was = was, .pod = now};
        if (changes & bit) queue_event(r->queue->q, &e, "AssignedPod");
    }
    pod_info_unref(was);
    pod_info_unref(now);
}

static void gone(struct run *r, struct str rest, struct str *text, struct json *action)
{
    const struct json *old;
    (void)text;
    const struct pod_info *was = take_running(r, take_word(r, &rest), &old);
    note(r, action, "old", old);
    queue_event(r->queue->q, &(struct sched_event){.what = EV_POD_DELETE, .pod_was = was}, "AssignedPodDelete");
    pod_info_unref(was);
}

/* ---- All of it ---- */

static const struct {
    const char *word;
    void (*act)(struct run *r, struct str rest, struct str *text, struct json *action);
} actions[] = {
    {"add", add},   {"remove", remove_pod}, {"activate", activate}, {"pop", pop}, {"refuse", refuse},
    {"done", done}, {"node", node},         {"on", on},             {"gone", gone}, {"pass", pass},
};

/* Where every pod is, each place with its pods in the order in which they came. */
static void places(struct run *r)
{
    static const struct {
        enum queue_place place;
        const char *name;
    } rows[] = {{QUEUE_ACTIVE, "active"},
                {QUEUE_BACKOFF, "back-off"},
                {QUEUE_UNSCHEDULABLE, "waits"},
                {QUEUE_GATED, "gated"},
                {QUEUE_IN_CYCLE, "in cycle"}};
    int n = 0;
    buf_cstr(&r->out, "    = ");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int here = 0;
        JSON_FOREACH(pod, json_getc(r->record, "came"))
        {
            if (queue_where(r->queue->q, obj_uid(pod)) != rows[i].place) continue;
            if (!here++) buf_addf(&r->out, "%s%s", n++ ? ", " : "", rows[i].name);
            buf_addf(&r->out, " %.*s", STR_ARG(obj_name(pod)));
        }
    }
    buf_addf(&r->out, "%s\n", n ? "" : "nothing");
}

static void dump_action(struct run *r, struct str word, struct json *action)
{
    note(r, action, "word", json_str(&r->arena, word));
    obj_put_int(&r->arena, action, ".at", clk_ns());
    struct json *line = json_obj(&r->arena);
    note(r, line, "queue", action);
    json_write(&r->out, line);
    buf_char(&r->out, '\n');
}

/* Each case begins at a whole second. */
static void begin(struct run *r)
{
    cond_init_mono(&wait_for.over);
    move_clock(S - clk_ns() % S);
    r->queue = xcalloc(1, sizeof *r->queue);
    r->queue->config = config_default();
    r->queue->q = queue_new(r->queue->config, NULL);
    queue_listers(r->queue->q, cache_listers(r->cache));
    if (r->dump) dump_action(r, STR("begin"), json_obj(&r->arena));
}

/* Every action takes a millisecond. */
void queue_word(struct run *r, struct str rest, struct str *text)
{
    struct json *action = json_obj(&r->arena);
    struct str word = take_word(r, &rest);
    size_t i = 0;
    if (!r->queue) begin(r);
    while (i < ARRAY_LEN(actions) && !str_eqc(word, actions[i].word)) i++;
    if (i == ARRAY_LEN(actions)) fail(r, "the queue knows no such action", word);
    move_clock(MS);
    actions[i].act(r, rest, text, action);
    if (r->dump)
        dump_action(r, word, action);
    else
        places(r);
}

void queue_end(struct run *r)
{
    struct queue_run *qr = r->queue;
    if (!qr) return;
    while (qr->nin_cycle) queue_done(qr->q, qr->in_cycle[--qr->nin_cycle]);
    queue_shutdown(qr->q);
    queue_free(qr->q);
    config_unref(qr->config);
    free(qr);
    r->queue = NULL;
}
