/* test_volume_binding.c - pods wait for their claims and go where their volumes are. */
#include "sched_support.h"

#include "scheduler/volumes.h"

#define USES(claim)                                                                                                    \
    "\"containers\":[],\"volumes\":[{\"name\":\"v\",\"persistentVolumeClaim\":{\"claimName\":\"" claim "\"}}]"

static void put(struct cache *c, enum volume_kind kind, const char *text)
{
    struct err e = ERR_INIT;
    const struct object *o AUTO_OBJ = object_parse(str_of(text), NULL, &e);
    ck_assert_msg(o != NULL, "%s", e.text);
    volumes_put(cache_volumes(c), kind, o);
}

static struct cache *with_volumes(void)
{
    struct cache *c = cache_new();
    add_node(c, "a", "\"zone\":\"x\"", "");
    add_node(c, "b", "\"zone\":\"y\"", "");
    put(c, VOLUME_CLASS, "{\"metadata\":{\"name\":\"now\"},\"volumeBindingMode\":\"Immediate\"}");
    put(c, VOLUME_CLASS, "{\"metadata\":{\"name\":\"late\"},\"volumeBindingMode\":\"WaitForFirstConsumer\"}");
    put(c, VOLUME_PV,
        "{\"metadata\":{\"name\":\"pv\"},\"spec\":{\"nodeAffinity\":{\"required\":{\"nodeSelectorTerms\":["
        "{\"matchExpressions\":[{\"key\":\"zone\",\"operator\":\"In\",\"values\":[\"y\"]}]}]}}}}");
    return c;
}

#define CLAIM(meta, spec) "{\"metadata\":{\"name\":\"c\",\"namespace\":\"default\"" meta "},\"spec\":{" spec "}}"
#define DONE              ",\"annotations\":{\"pv.kubernetes.io/bind-completed\":\"yes\"}"

static const struct {
    const char *claim, *node, *message;
} rows[] = {
    {NULL, NULL, "0/2 nodes are available: persistentvolumeclaim \"c\" not found."},
    {CLAIM(",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"", ""), NULL,
     "0/2 nodes are available: persistentvolumeclaim \"c\" is being deleted."},
    {CLAIM("", "\"storageClassName\":\"now\""), NULL,
     "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims."},
    {CLAIM("", "\"storageClassName\":\"late\",\"volumeName\":\"pv\""), NULL, /* asked for by name: no need to wait */
     "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims."},
    {CLAIM("", "\"storageClassName\":\"late\""), "*", NULL},
    {CLAIM(DONE, "\"volumeName\":\"pv\""), "b", NULL},
    {CLAIM(DONE, "\"volumeName\":\"gone\""), NULL,
     "0/2 nodes are available: persistentvolumeclaim \"c\" bound to non-existent persistentvolume \"gone\"."},
};

START_TEST(what_holds_a_pod_back)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct cache *c = with_volumes();
        struct attempt t;
        if (rows[i].claim) put(c, VOLUME_CLAIM, rows[i].claim);
        attempt_run(&t, c, USES("c"));
        struct str node = cycle_node(&t.cy);
        if (rows[i].message) {
            ck_assert_msg(!node.n, "row %zu goes to %.*s", i, STR_ARG(node));
            ck_assert_strn_eq(explain_failure(&t.cy), rows[i].message);
            ck_assert(cycle_wants(&t.cy) & EV_VOLUME);
        } else {
            ck_assert_msg(node.n && (*rows[i].node == '*' || str_eqc(node, rows[i].node)), "row %zu: %.*s", i,
                          STR_ARG(node));
        }
        attempt_end(&t);
        cache_free(c);
    }
}
END_TEST

START_TEST(no_node_of_its_volume)
{
    struct cache *c = cache_new();
    struct attempt t;
    add_node(c, "a", "\"zone\":\"x\"", "");
    put(c, VOLUME_PV,
        "{\"metadata\":{\"name\":\"pv\"},\"spec\":{\"nodeAffinity\":{\"required\":{\"nodeSelectorTerms\":["
        "{\"matchExpressions\":[{\"key\":\"zone\",\"operator\":\"In\",\"values\":[\"y\"]}]}]}}}}");
    put(c, VOLUME_CLAIM, CLAIM(DONE, "\"volumeName\":\"pv\""));
    attempt_run(&t, c, USES("c"));
    ck_assert_strn_eq(explain_failure(&t.cy),
                      "0/1 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity.");
    ck_assert_str_eq(sched_plugins[result_of(&t.cy, "a")->plugin]->name, "VolumeBinding");
    attempt_end(&t);
    cache_free(c);
}
END_TEST

START_TEST(a_claim_that_went)
{
    struct cache *c = with_volumes();
    struct err e = ERR_INIT;
    struct attempt t;
    const struct object *claim AUTO_OBJ = object_parse(STR(CLAIM(DONE, "\"volumeName\":\"pv\"")), NULL, &e);
    volumes_put(cache_volumes(c), VOLUME_CLAIM, claim);
    volumes_remove(cache_volumes(c), VOLUME_CLAIM, claim);
    attempt_run(&t, c, USES("c"));
    ck_assert_strn_eq(explain_failure(&t.cy), rows[0].message);
    const struct json *d = explain_decision(&t.cy, NULL);
    ck_assert(obj_is(d, ".status.refusedBy", "VolumeBinding") && obj_is(d, ".status.result", "Unschedulable"));
    attempt_end(&t);
    cache_free(c);
}
END_TEST

TEST_MAIN("volume_binding", what_holds_a_pod_back, no_node_of_its_volume, a_claim_that_went)
