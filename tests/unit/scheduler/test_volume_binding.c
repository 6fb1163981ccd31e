/* test_volume_binding.c - what pods take of volumes: reserved, given back, written, waited for; who waits in the room.
 */
#include "api/yaml.h"
#include "base/clk.h"
#include "base/mono.h"
#include "base/thread.h"
#include "check_main.h"
#include "fake_rest.h"
#include "scheduler/migration.h"
#include "scheduler/reserve.h"
#include "scheduler/room.h"

static struct cache *cache;
static struct profile *profile;

/* ---- A small cluster, from YAML in flow form ---- */

static const struct object *object_from(const char *yaml)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *j = yaml_parse(&a, str_of(yaml), &e);
    ck_assert_msg(j != NULL, "%s: %s", e.text, yaml);
    return object_of(j);
}

static void put(enum listed kind, const char *yaml)
{
    const struct object *o AUTO_OBJ = object_from(yaml);
    listers_put(cache_listers(cache), kind, o);
}

static void drop(enum listed kind, const char *yaml)
{
    const struct object *o AUTO_OBJ = object_from(yaml);
    listers_remove(cache_listers(cache), kind, o);
}

static void put_node(const char *name)
{
    AUTO_FREE char *yaml =
        xasprintf("{metadata: {name: %s, labels: {host: %s}}, status: {allocatable: {pods: '9'}}}", name, name);
    const struct object *o AUTO_OBJ = object_from(yaml);
    cache_set_node(cache, o, NULL, NULL);
}

#define CLASS(provisioner)                                                                                             \
    "{metadata: {name: late}, provisioner: " provisioner ", volumeBindingMode: WaitForFirstConsumer}"
#define CLAIM(name, version, meta, spec)                                                                               \
    "{metadata: {name: " name ", namespace: default, uid: u-" name ", resourceVersion: '" version "'" meta             \
    "}, spec: {accessModes: [ReadWriteOnce], storageClassName: late, resources: {requests: {storage: 1Gi}}" spec "}}"
#define VOLUME(name, version, spec)                                                                                    \
    "{metadata: {name: " name ", resourceVersion: '" version "'}, spec: {capacity: {storage: 1Gi}, accessModes: "      \
    "[ReadWriteOnce], storageClassName: late" spec "}, status: {phase: Available}}"
#define ON(node)                                                                                                       \
    ", nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: host, operator: In, values: [" node     \
    "]}]}]}}"
#define REF(claim, uid) ", claimRef: {namespace: default, name: " claim ", uid: '" uid "'}"
#define BOUND           ", annotations: {pv.kubernetes.io/bind-completed: 'yes'}"
#define SELECTED(node)  ", annotations: {volume.kubernetes.io/selected-node: " node "}"

static void up(void)
{
    cache = cache_new();
    profile = profile_default("default-scheduler");
    put_node("n1");
    put_node("n2");
}

static void down(void)
{
    cache_free(cache);
    profile_free(profile);
    ck_assert_int_eq((int)sym_count(), 0);
}

struct trial { /* a pod on its way */
    struct pod_info *pod;
    struct cycle cy;
    struct reserve held;
    struct err e;
};

static void place(struct trial *t, const char *name, const char *claim)
{
    int start = 0;
    struct rnd choice;
    AUTO_FREE char *yaml = xasprintf("{metadata: {name: %s, namespace: default, uid: p-%s}, spec: {volumes: [{name: v, "
                                     "persistentVolumeClaim: {claimName: %s}}]}}",
                                     name, name, claim);
    const struct object *o AUTO_OBJ = object_from(yaml);
    *t = (struct trial){.pod = pod_info_new(o, true), .e = ERR_INIT};
    rnd_stream(&choice, 1);
    cycle_init(&t->cy, profile, t->pod);
    cycle_compute(&t->cy, cache, NULL, &start, &choice);
}

static bool reserve(struct trial *t) { return reserve_take(&t->held, &t->cy, cache, &t->e); }

static void end(struct trial *t)
{
    reserve_give_back(&t->held, profile, cache);
    cycle_release(&t->cy);
    pod_info_unref(t->pod);
}

static bool goes_to(const struct trial *t, const char *node) { return str_eqc(cycle_node(&t->cy), node); }

static bool refused_for(const struct trial *t, const char *why)
{
    for (int i = 0; i < t->cy.evaluated; i++) {
        const struct why *w = &t->cy.whys[t->cy.verdicts[i].why];
        if (t->cy.feasible || w->n != 1 || strcmp(w->texts[0], why) != 0) return false;
    }
    return t->cy.evaluated == t->cy.all_nodes;
}

#define NO_VOLUME "node(s) didn't find available persistent volumes to bind"

/* ---- Reserve ---- */

START_TEST(one_volume_for_two_pods)
{
    struct trial a, b, c;
    up();
    put(LIST_CLASS, CLASS("kubernetes.io/no-provisioner"));
    put(LIST_CLAIM, CLAIM("a", "1", "", ""));
    put(LIST_CLAIM, CLAIM("b", "2", "", ""));
    put(LIST_VOLUME, VOLUME("v", "3", ON("n2")));
    place(&a, "a", "a");
    place(&b, "b", "b");
    ck_assert(goes_to(&a, "n2") && goes_to(&b, "n2"));
    ck_assert(reserve(&a) && !reserve_is_empty(&a.held));
    ck_assert(!reserve(&b)); /* it chose before */
    ck_assert_str_eq(
        b.e.text, "running Reserve plugin \"VolumeBinding\": the volumes of the pod changed after the node was chosen");
    ck_assert(reserve_is_empty(&b.held));
    place(&c, "c", "b"); /* who comes later sees it gone */
    ck_assert(refused_for(&c, NO_VOLUME));
    end(&c);
    reserve_give_back(&a.held, profile, cache);
    ck_assert(reserve(&b));
    place(&c, "c", "a");
    ck_assert(refused_for(&c, NO_VOLUME));
    end(&c);
    end(&b);
    end(&a);
    down();
}
END_TEST

/* Two pods with one claim: where the first one is to go the volume is made, so the second follows. */
START_TEST(one_claim_for_two_pods)
{
    struct trial a, b;
    up();
    put(LIST_CLASS, CLASS("p.io"));
    put(LIST_CLAIM, CLAIM("a", "1", "", ""));
    place(&a, "a", "a");
    ck_assert_int_eq(a.cy.feasible, 2);
    ck_assert(reserve(&a));
    place(&b, "b", "a");
    ck_assert_int_eq(b.cy.feasible, 1);
    ck_assert(str_eq(cycle_node(&a.cy), cycle_node(&b.cy)));
    end(&b);
    end(&a); /* given back: it may go anywhere again */
    place(&b, "b", "a");
    ck_assert_int_eq(b.cy.feasible, 2);
    end(&b);
    down();
}
END_TEST

START_TEST(nothing_to_take)
{
    struct trial a;
    up();
    put(LIST_CLAIM, CLAIM("a", "1", BOUND, ", volumeName: v"));
    put(LIST_VOLUME, VOLUME("v", "3", ON("n1")));
    place(&a, "a", "a");
    ck_assert(goes_to(&a, "n1") && reserve(&a) && reserve_is_empty(&a.held));
    end(&a);
    down();
}
END_TEST

/* What is assumed lasts as long as the version it is assumed of. */
START_TEST(a_new_version_says_what_is)
{
    struct trial a, b, c;
    up();
    put(LIST_CLASS, CLASS("kubernetes.io/no-provisioner"));
    put(LIST_CLAIM, CLAIM("a", "1", "", ""));
    put(LIST_CLAIM, CLAIM("b", "2", "", ""));
    put(LIST_VOLUME, VOLUME("v", "3", ""));
    place(&a, "a", "a");
    ck_assert(reserve(&a));
    put(LIST_VOLUME, VOLUME("v", "3", "")); /* the same once more */
    place(&b, "b", "b");
    ck_assert(refused_for(&b, NO_VOLUME));
    end(&b);
    put(LIST_VOLUME, VOLUME("v", "4", "")); /* somebody changed it: it is free */
    place(&b, "b", "b");
    ck_assert_int_eq(b.cy.feasible, 2);
    ck_assert(reserve(&b));
    reserve_give_back(&a.held, profile, cache); /* not what b has now */
    place(&c, "c", "a");
    ck_assert(refused_for(&c, NO_VOLUME));
    end(&c);
    end(&a);
    end(&b);
    down();
}
END_TEST

START_TEST(the_cache_is_behind)
{
    struct trial a;
    up();
    put(LIST_CLASS, CLASS("p.io"));
    put(LIST_CLAIM, CLAIM("a", "1", "", ""));
    place(&a, "a", "a");
    drop(LIST_CLAIM, CLAIM("a", "1", "", ""));
    ck_assert(!reserve(&a));
    ck_assert_str_eq(a.e.text, "running Reserve plugin \"VolumeBinding\": persistentvolumeclaim \"a\" not found");
    end(&a);
    down();
}
END_TEST

/* ---- PreBind ---- */

static struct fake_server server;
static pthread_mutex_t lock = MUTEX_INIT;
static char bodies[2][4096]; /* of volumes, of claims */
static bool refuse;

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    (void)arg;
    mutex_lock(&lock);
    snprintf(bodies[memmem(rq->path.p, rq->path.n, "claims", 6) != NULL], sizeof bodies[0], "%.*s", STR_ARG(rq->body));
    mutex_unlock(&lock);
    struct json *o = json_parse(&a, rq->body, &e);
    if (refuse) {
        rp->status = 409;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"Conflict\",\"code\":409,"
                            "\"message\":\"it was modified\"}");
    } else if (o) {
        obj_put_cstr(&a, o, ".metadata.resourceVersion", "10");
        json_write(&rp->body, o);
    }
}

static const struct json *body(struct arena *a, int which)
{
    struct err e = ERR_INIT;
    const struct json *j = json_parse(a, str_of(bodies[which]), &e);
    ck_assert_msg(j != NULL, "%s", bodies[which]);
    return j;
}

static struct binding binding_of(struct trial *t, struct rest *rest)
{
    return (struct binding){.rest = rest, .cache = cache, .pod = t->pod, .node = sym_get(cycle_node(&t->cy))};
}

static enum prebound check(struct trial *t, const struct binding *b)
{
    int64_t until_ns;
    t->e = (struct err)ERR_INIT;
    return reserve_check(&t->held, profile, b, &until_ns, &t->e);
}

/* Two claims of a pod: one gets the volume there is, for the other one is made. */
START_TEST(written_and_waited_for)
{
    struct arena a AUTO_ARENA = {0};
    struct trial t, u;
    up();
    fake_start(&server, 0, handler, NULL);
    struct rest *rest = fake_rest(&server);
    put(LIST_CLASS, CLASS("p.io"));
    put(LIST_CLAIM, CLAIM("a", "1", "", ""));
    put(LIST_VOLUME, VOLUME("v", "3", ""));
    put_node("n1");
    place(&t, "a", "a");
    ck_assert(reserve(&t));
    put(LIST_CLAIM, CLAIM("b", "2", "", ""));
    place(&u, "u", "b");
    ck_assert(reserve(&u));
    const struct binding b = binding_of(&t, rest), c = binding_of(&u, rest);
    ck_assert(reserve_write(&t.held, profile, &b, &t.e) && reserve_write(&u.held, profile, &c, &u.e));
    ck_assert_int_eq(fake_count(&server, "PUT /api/v1/persistentvolumes/v"), 1);
    ck_assert_int_eq(fake_count(&server, "PUT /api/v1/namespaces/default/persistentvolumeclaims/b"), 1);
    ck_assert_int_eq(fake_count(&server, "PUT"), 2);
    const struct json *pv = body(&a, 0), *claim = body(&a, 1);
    ck_assert(obj_is(pv, ".spec.claimRef.name", "a") && obj_is(pv, ".spec.claimRef.uid", "u-a"));
    ck_assert(obj_is(pv, ".spec.claimRef.kind", "PersistentVolumeClaim"));
    ck_assert(obj_is(pv, ".spec.claimRef.resourceVersion", "1") && obj_is(pv, ".metadata.resourceVersion", "3"));
    ck_assert(obj_is(pv, ".metadata.annotations[pv.kubernetes.io/bound-by-controller]", "yes"));
    ck_assert(str_eq(obj_str(claim, ".metadata.annotations[volume.kubernetes.io/selected-node]"), cycle_node(&u.cy)));

    ck_assert_int_eq(check(&t, &b), PREBOUND_WAIT); /* not seen yet */
    put(LIST_VOLUME, VOLUME("v", "10", REF("a", "u-a")));
    ck_assert_int_eq(check(&t, &b), PREBOUND_WAIT); /* the claim's part is missing */
    put(LIST_CLAIM, CLAIM("a", "11", BOUND, ", volumeName: v"));
    ck_assert_int_eq(check(&t, &b), PREBOUND_DONE);

    ck_assert_int_eq(check(&u, &c), PREBOUND_WAIT);
    put(LIST_CLAIM, CLAIM("b", "12", SELECTED("n1"), ""));
    put(LIST_CLAIM, CLAIM("b", "13", SELECTED("n2"), ""));
    bool on_1 = goes_to(&u, "n1");
    ck_assert_int_eq(check(&u, &c), on_1 ? PREBOUND_FAILED : PREBOUND_WAIT);
    end(&t);
    end(&u);
    sym_unref(b.node);
    sym_unref(c.node);
    rest_free(rest);
    fake_stop(&server);
    down();
}
END_TEST

#define DONE(node)                                                                                                     \
    ", annotations: {pv.kubernetes.io/bind-completed: 'yes', volume.kubernetes.io/selected-node: " node "}"

/* What the others made of it. */
START_TEST(made_or_not)
{
    static const struct {
        const char *claim, *volume; /* NULL: gone; none */
        enum prebound how;
        const char *why;
    } rows[] = {
        {CLAIM("a", "9", SELECTED("n1"), ""), NULL, PREBOUND_WAIT, ""}, /* the version before */
        {CLAIM("a", "10", SELECTED("n1"), ""), NULL, PREBOUND_WAIT, ""},
        {CLAIM("a", "11", SELECTED("n1"), ", volumeName: w"), NULL, PREBOUND_WAIT, ""},
        {CLAIM("a", "11", DONE("n1"), ", volumeName: w"), VOLUME("w", "5", ON("n1")), PREBOUND_DONE, ""},
        {CLAIM("a", "11", DONE("n1"), ", volumeName: w"), NULL, PREBOUND_WAIT, ""},
        {CLAIM("a", "11", DONE("n1"), ", volumeName: w"), VOLUME("w", "5", ON("n2")), PREBOUND_FAILED,
         "pv \"w\" node affinity doesn't match node \"n1\": no matching NodeSelectorTerms"},
        {CLAIM("a", "11", "", ""), NULL, PREBOUND_FAILED, "selectedNode annotation reset for PVC \"a\""},
        {CLAIM("a", "11", ", annotations: {x: 'y'}", ""), NULL, PREBOUND_FAILED, "provisioning failed for PVC \"a\""},
        {NULL, NULL, PREBOUND_FAILED,
         "failed to check provisioning pvc: persistentvolumeclaims \"default/a\" not found"},
    };
    up();
    fake_start(&server, 0, handler, NULL);
    struct rest *rest = fake_rest(&server);
    const struct object *other AUTO_OBJ = object_from("{metadata: {name: n2}}");
    cache_remove_node(cache, other->name, NULL, NULL);
    put(LIST_CLASS, CLASS("p.io"));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct trial t;
        put(LIST_CLAIM, CLAIM("a", "1", "", ""));
        place(&t, "a", "a");
        const struct binding b = binding_of(&t, rest);
        ck_assert(goes_to(&t, "n1") && reserve(&t) && reserve_write(&t.held, profile, &b, &t.e));
        if (rows[i].claim) put(LIST_CLAIM, rows[i].claim);
        if (!rows[i].claim) drop(LIST_CLAIM, CLAIM("a", "1", "", ""));
        if (rows[i].volume) put(LIST_VOLUME, rows[i].volume);
        AUTO_FREE char *why = xasprintf("running PreBind plugin \"VolumeBinding\": binding volumes: %s", rows[i].why);
        ck_assert_msg(check(&t, &b) == rows[i].how, "row %zu: %s", i, t.e.text);
        if (rows[i].how == PREBOUND_FAILED) ck_assert_str_eq(t.e.text, why);
        end(&t);
        sym_unref(b.node);
        if (rows[i].volume) drop(LIST_VOLUME, rows[i].volume);
    }
    rest_free(rest);
    fake_stop(&server);
    down();
}
END_TEST

/* A volume that was reserved and set free again; a node that went; time that ran out; a write that was refused. */
START_TEST(what_goes_wrong_with_a_volume)
{
    struct trial t;
    int64_t now_ns = INT64_C(1900000000000000000);
    clk_set(&(struct clk_state){.at_ns = now_ns, .paused = true});
    up();
    fake_start(&server, 0, handler, NULL);
    struct rest *rest = fake_rest(&server);
    put(LIST_CLASS, CLASS("kubernetes.io/no-provisioner"));
    put(LIST_CLAIM, CLAIM("a", "1", "", ""));
    put(LIST_VOLUME, VOLUME("v", "3", ON("n1")));
    place(&t, "a", "a");
    const struct binding b = binding_of(&t, rest);
    refuse = true;
    ck_assert(reserve(&t) && !reserve_write(&t.held, profile, &b, &t.e));
    ck_assert_str_eq(t.e.text, "running PreBind plugin \"VolumeBinding\": it was modified");
    refuse = false;
    reserve_give_back(&t.held, profile, cache);
    ck_assert(reserve(&t) && reserve_write(&t.held, profile, &b, &t.e));
    put(LIST_VOLUME, VOLUME("v", "11", ON("n1")));
    ck_assert_int_eq(check(&t, &b), PREBOUND_FAILED);
    ck_assert_str_eq(t.e.text,
                     "running PreBind plugin \"VolumeBinding\": binding volumes: ClaimRef got reset for pv \"v\"");
    put(LIST_VOLUME, VOLUME("v", "12", ON("n1") REF("a", "u-a")));
    ck_assert_int_eq(check(&t, &b), PREBOUND_WAIT);
    clk_set(&(struct clk_state){.at_ns = now_ns + 600 * INT64_C(1000000000), .paused = true});
    ck_assert_int_eq(check(&t, &b), PREBOUND_FAILED);
    ck_assert_str_eq(t.e.text, "running PreBind plugin \"VolumeBinding\": binding volumes: context deadline exceeded");
    cache_remove_node(cache, STR("n1"), NULL, NULL);
    ck_assert_int_eq(check(&t, &b), PREBOUND_FAILED);
    ck_assert_str_eq(
        t.e.text,
        "running PreBind plugin \"VolumeBinding\": binding volumes: failed to get node \"n1\": node \"n1\" not "
        "found");
    end(&t);
    sym_unref(b.node);
    rest_free(rest);
    fake_stop(&server);
    down();
}
END_TEST

/* ---- What is stored ---- */

START_TEST(capacities_come_and_go)
{
    static const char small[] = "{metadata: {name: c, namespace: k, resourceVersion: '1'}, storageClassName: s, "
                                "nodeTopology: {matchLabels: {host: n1}}, capacity: 1Mi}",
                      large[] = "{metadata: {name: c, namespace: k, resourceVersion: '2'}, storageClassName: s, "
                                "nodeTopology: {matchLabels: {host: n1}}, capacity: 1Gi}";
    up();
    struct keep k = {0};
    const struct sym *class = keep_sym(&k, STR("s"));
    cache_lock(cache);
    const struct labels *node = &cache_node(cache, STR("n1"))->labels;
    cache_unlock(cache);
    const struct {
        const char *put, *drop;
        bool enough;
    } steps[] = {
        {small, NULL, false}, {large, NULL, true}, {small, NULL, false}, {large, NULL, true}, {NULL, large, false}};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        if (steps[i].put) put(LIST_CAPACITY, steps[i].put);
        if (steps[i].drop) drop(LIST_CAPACITY, steps[i].drop);
        cache_lock(cache);
        ck_assert_msg(storage_has_capacity(cache_storage(cache), class, 1 << 30, node) == steps[i].enough, "%zu", i);
        cache_unlock(cache);
    }
    keep_release(&k);
    down();
}
END_TEST

START_TEST(many_of_one_class)
{
    enum { MANY = 2000 };
    struct trial t;
    up();
    put(LIST_CLASS, CLASS("kubernetes.io/no-provisioner"));
    put(LIST_CLAIM, CLAIM("a", "1", "", ""));
    for (int i = 0; i < MANY; i++) {
        AUTO_FREE char *yaml = xasprintf(VOLUME("v%04d", "3", ON("h%d")), i, i);
        AUTO_FREE char *node = xasprintf("h%d", i);
        put(LIST_VOLUME, yaml);
        put_node(node);
    }
    int64_t from_ns = mono_ns();
    place(&t, "a", "a");
    int64_t took_ms = (mono_ns() - from_ns) / 1000000;
    ck_assert_int_ge(t.cy.feasible, 100);
    ck_assert_msg(took_ms < 500, "%lld ms", (long long)took_ms); /* each volume on each node would be seconds */
    ck_assert(reserve(&t));
    end(&t);
    down();
}
END_TEST

/* ---- The room ---- */

struct visitor {
    struct guest guest;
    _Atomic int asked, left;
    _Atomic int answer; /* enum prebound */
};

static enum prebound asked(struct guest *g, int64_t *until_ns, struct err *e)
{
    struct visitor *v = (struct visitor *)g;
    (void)until_ns, (void)e;
    v->asked++;
    return (enum prebound)v->answer;
}

static void left(struct guest *g, enum prebound how, const struct err *e)
{
    (void)e;
    ((struct visitor *)g)->left = how == PREBOUND_DONE ? 1 : 2;
}

static void dropped(struct guest *g) { ((struct visitor *)g)->left = 3; }

START_TEST(the_room)
{
    struct visitor a = {.guest = {.ask = asked, .leave = left}, .answer = PREBOUND_WAIT}, b = a, c = a;
    struct room *r = room_new();
    ck_assert(room_is_quiet(r));
    room_enter(r, &a.guest);
    room_enter(r, &b.guest);
    room_enter(r, &c.guest);
    FAKE_WAIT(a.asked && b.asked && c.asked && room_is_quiet(r));
    a.answer = PREBOUND_DONE;
    b.answer = PREBOUND_FAILED;
    ck_assert(!a.left && !b.left); /* nobody said that something changed */
    room_wake(r);
    FAKE_WAIT(a.left && b.left && room_is_quiet(r));
    ck_assert(a.left == 1 && b.left == 2 && !c.left);
    room_shut(r);
    room_enter(r, &a.guest); /* too late to be asked */
    room_free(r, dropped);
    ck_assert(a.left == 3 && c.left == 3);
}
END_TEST

TEST_MAIN("volume_binding", one_volume_for_two_pods, one_claim_for_two_pods, nothing_to_take,
          a_new_version_says_what_is, the_cache_is_behind, written_and_waited_for, made_or_not,
          what_goes_wrong_with_a_volume, capacities_come_and_go, many_of_one_class, the_room)
