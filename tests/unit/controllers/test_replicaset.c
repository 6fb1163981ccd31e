/* test_replicaset.c - the ReplicaSet controller against a scripted API server: scaling up and down, adopting,
 * releasing, status. */
#include "replicas_support.h"

#include "api/object.h"

START_TEST(makes_what_is_missing)
{
    up(RS("3", ""), "");
    EXPECT_REQUESTS("POST /api/v1/namespaces/d/pods", 3);
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *pod = json_parse(&a, str_of(last_pod), &e);
    ck_assert_msg(pod != NULL, "%s", e.text);
    ck_assert(obj_is(pod, ".metadata.generateName", "rs-") && obj_is(pod, ".metadata.namespace", "d"));
    ck_assert(obj_is(pod, ".metadata.labels.app", "web") && obj_is(pod, ".metadata.annotations.n", "1"));
    ck_assert(obj_is(pod, ".spec.containers[0].name", "c"));
    const struct json *owner = obj_controller(pod);
    ck_assert(obj_is(owner, ".uid", "U") && obj_is(owner, ".kind", "ReplicaSet") &&
              obj_bool(owner, ".blockOwnerDeletion", false));
    ck_assert(!obj_has(pod, ".metadata.name"));
    FAKE_WAIT(fake_count(&server, "POST /api/v1/namespaces/d/events") > 0);
    down();
}
END_TEST

START_TEST(a_refusal_costs_one_request) /* batches of 1, 2, 4: not a hundred requests that all fail */
{
    refuse_create = 403;
    up(RS("100", ""), "");
    FAKE_WAIT(fake_count(&server, "POST /api/v1/namespaces/d/pods") >= 1);
    FAKE_WAIT(fake_count(&server, "/events") >= 1);
    ck_assert_int_lt(fake_count(&server, "POST /api/v1/namespaces/d/pods"), 50); /* a few retries with back-off */
    down();
}
END_TEST

#define READY(s)                                                                                                       \
    ",\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"" s                           \
    "\",\"lastTransitionTime\":\"2026-01-01T00:00:00Z\"}]}"
#define ON(n) ",\"spec\":{\"nodeName\":\"" n "\"}"

START_TEST(deletes_those_that_are_missed_least)
{
    up(RS("2", ""),
       POD("ready", WEB OWNED, ON("n1") READY("True")) "," POD("unready", WEB OWNED, ON("n2") READY("False")) "," POD(
           "pending", WEB OWNED,
           ON("n3") ",\"status\":{\"phase\":\"Pending\"}") "," POD("nowhere", WEB OWNED,
                                                                   ",\"status\":{\"phase\":"
                                                                   "\"Pending\"}") "," POD("chea"
                                                                                           "p",
                                                                                           WEB OWNED ",\"an"
                                                                                                     "notat"
                                                                                                     "ions"
                                                                                                     "\":{"
                                                                                                     "\"con"
                                                                                                     "troll"
                                                                                                     "er."
                                                                                                     "kuber"
                                                                                                     "netes"
                                                                                                     ".io/"
                                                                                                     "pod-"
                                                                                                     "delet"
                                                                                                     "ion-"
                                                                                                     "cost"
                                                                                                     "\":"
                                                                                                     "\"-"
                                                                                                     "5\"}",
                                                                                           ON("n"
                                                                                              "4")
                                                                                               READY(
                                                                                                   "T"
                                                                                                   "r"
                                                                                                   "u"
                                                                                                   "e")) "," POD("done",
                                                                                                                 WEB OWNED,
                                                                                                                 ",\"st"
                                                                                                                 "atus"
                                                                                                                 "\":{"
                                                                                                                 "\"pha"
                                                                                                                 "se\":"
                                                                                                                 "\"Suc"
                                                                                                                 "ceede"
                                                                                                                 "d\""
                                                                                                                 "}")); /* finished: counts neither way */
    EXPECT_REQUESTS("DELETE /api/v1/namespaces/d/pods", 3);
    static const char *const order[] = {"nowhere", "pending", "unready"};
    for (int i = 0; i < 3; i++) ck_assert_str_eq(deleted[i], order[i]);
    ck_assert_int_eq(fake_count(&server, "POST /api/v1/namespaces/d/pods"), 0);
    down();
    up(RS("1", ""), POD("ready", WEB OWNED, ON("n1") READY("True")) "," POD(
                        "cheap", WEB OWNED ",\"annotations\":{\"controller.kubernetes.io/pod-deletion-cost\":\"-5\"}",
                        ON("n2") READY("True")));
    EXPECT_REQUESTS("DELETE /api/v1/namespaces/d/pods", 1);
    ck_assert_str_eq(deleted[0], "cheap");
    down();
}
END_TEST

START_TEST(adopts_and_releases)
{
    up(RS("1", ""),
       POD("orphan", WEB, READY("True")) "," POD(
           "stray", "\"labels\":{\"app\":\"other\"}" OWNED,
           READY("True")) "," POD("foreign", WEB ",\"ownerReferences\":[{\"uid\":\"X\",\"controller\":true}]",
                                  READY("True")));
    EXPECT_REQUESTS("PATCH /api/v1/namespaces/d/pods/orphan", 1);
    EXPECT_REQUESTS("PATCH /api/v1/namespaces/d/pods/stray", 1);
    ck_assert_int_eq(fake_count(&server, "PATCH /api/v1/namespaces/d/pods/foreign"), 0);
    ck_assert_int_eq(fake_count(&server, "POST /api/v1/namespaces/d/pods"), 0); /* the orphan is enough */
    down();
}
END_TEST

START_TEST(tells_its_status)
{
    up(RS("2", ""), POD("a", WEB OWNED, ON("n") READY("True")) "," POD("b", WEB OWNED, ON("n") READY("False")));
    EXPECT_REQUESTS("PUT /apis/apps/v1/namespaces/d/replicasets/rs/status", 1);
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    mutex_lock(&lock);
    const struct json *rs = json_parse(&a, str_of(last_status), &e);
    mutex_unlock(&lock);
    ck_assert_int_eq(obj_int(rs, ".status.replicas", -1), 2);
    ck_assert_int_eq(obj_int(rs, ".status.fullyLabeledReplicas", -1), 2);
    ck_assert_int_eq(obj_int(rs, ".status.readyReplicas", -1), 1);
    ck_assert_int_eq(obj_int(rs, ".status.availableReplicas", -1), 1);
    ck_assert_int_eq(obj_int(rs, ".status.observedGeneration", -1), 2);
    down();
}
END_TEST

START_TEST(a_set_that_goes_makes_nothing)
{
    up(RS("3", ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\""), POD("orphan", WEB, READY("True")));
    FAKE_WAIT(fake_count(&server, "/replicasets/rs/status") >= 1 && ctl_host_idle(host));
    ck_assert_int_eq(fake_count(&server, "POST /api/v1/namespaces/d/pods"), 0);
    ck_assert_int_eq(fake_count(&server, "PATCH"), 0);
    down();
}
END_TEST

START_TEST(an_orphan_that_comes_later_is_adopted)
{
    up(RS("0", ""), "");
    FAKE_WAIT(fake_streams(&server, "watch=true") == 2 && ctl_host_idle(host));
    fake_push(&server, "/pods",
              "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"late\","
              "\"namespace\":\"d\",\"uid\":\"u-late\",\"resourceVersion\":\"9\",\"labels\":{\"app\":\"web\"}}}}");
    EXPECT_REQUESTS("PATCH /api/v1/namespaces/d/pods/late", 1);
    EXPECT_REQUESTS("DELETE /api/v1/namespaces/d/pods/late", 1); /* none is wanted */
    down();
}
END_TEST

TEST_MAIN("replicaset", makes_what_is_missing, a_refusal_costs_one_request, deletes_those_that_are_missed_least,
          adopts_and_releases, tells_its_status, a_set_that_goes_makes_nothing, an_orphan_that_comes_later_is_adopted)
