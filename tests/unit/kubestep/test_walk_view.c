/* test_walk_view.c - the lines of a walk and its JSON, as printed to a file (no colour, no width). */
#include "kubestep/walk_view.h"
#include "out_support.h"

static const struct {
    const char *step;
    bool textbook;
    const char *line;
} lines[] = {
    {"{\"number\":1,\"ms\":0,\"facts\":{\"verb\":\"POST\",\"path\":\"/api/v1/namespaces/default/pods?x=/"
     "y\",\"bytes\":412}}",
     true, "  0.0   1 request-received     client -> apiserver     POST pods, 412 B\n"},
    {"{\"number\":2,\"ms\":0.84,\"facts\":{\"revision\":118}}", true,
     "  0.8   2 persisted            apiserver -> store      rev 118\n"},
    {"{\"number\":2,\"ms\":0.8,\"facts\":{\"revision\":118,\"code\":201}}", false,
     "  0.8   2 persisted            apiserver -> store      rev 118 (answered 201)\n"},
    {"{\"number\":3,\"ms\":1,\"facts\":{\"type\":\"ADDED\",\"revision\":118}}", true,
     "  1.0 * 3 offered-to-scheduler apiserver -> scheduler  watch ADDED rev 118\n"},
    {"{\"number\":3,\"ms\":1,\"facts\":{\"type\":\"ADDED\",\"revision\":118}}", false,
     "  1.0   3 offered-to-scheduler apiserver -> scheduler  watch ADDED rev 118\n"},
    {"{\"number\":4,\"ms\":1,\"facts\":{\"verb\":\"GET\",\"path\":\"/api/v1/nodes\"}}", true,
     "  1.0 * 4 nodes-requested      scheduler -> apiserver  GET nodes\n"},
    {"{\"number\":5,\"facts\":{\"message\":false,\"revision\":90}}", false,
     "    -   5 nodes-read           apiserver -> store      from its cache, rev 90\n"},
    {"{\"number\":5,\"ms\":1.2,\"facts\":{\"revision\":90,\"count\":3}}", true,
     "  1.2 * 5 nodes-read           apiserver -> store      rev 90, 3 nodes\n"},
    {"{\"number\":6,\"ms\":1.3,\"facts\":{\"count\":3,\"bytes\":5000}}", true,
     "  1.3 * 6 nodes-returned       apiserver -> scheduler  3 nodes in 5000 B\n"},
    {"{\"number\":7,\"ms\":1.8,\"facts\":{\"fit\":2,\"nodes\":3,\"node\":\"node-1\",\"score\":452}}", true,
     "  1.8   7 placement-computed   scheduler               2 of 3 fit: node-1 (452 points)\n"},
    {"{\"number\":7,\"ms\":1.8,\"facts\":{\"fit\":0,\"nodes\":3}}", true,
     "  1.8   7 placement-computed   scheduler               0 of 3 fit\n"},
    {"{\"number\":8,\"ms\":2,\"facts\":{\"verb\":\"POST\",\"path\":\"/api/v1/namespaces/d/pods/web/"
     "binding\",\"node\":\"node-1\"}}",
     true, "  2.0   8 placement-returned   scheduler -> apiserver  POST binding -> node-1\n"},
    {"{\"number\":11,\"ms\":3,\"facts\":{\"sandbox\":\"abc\",\"containers\":[{\"name\":\"c\",\"image\":\"nginx\","
     "\"id\":\"def\"},"
     "{\"name\":\"d\",\"image\":\"bad\",\"waiting\":\"InvalidImageName\"}]}}",
     true, "  3.0 *11 container-created    kubelet -> runtime      sandbox abc, nginx def, bad InvalidImageName\n"},
    {"{\"number\":12,\"ms\":3.1,\"facts\":{\"podIP\":\"10.244.0.2\",\"running\":1}}", true,
     "  3.1 *12 wrapped-as-pod       kubelet                 10.244.0.2, 1 running\n"},
    {"{\"number\":13,\"ms\":3.2,\"facts\":{\"verb\":\"PATCH\",\"phase\":\"Running\"}}", true,
     "  3.2  13 status-reported      kubelet -> apiserver    PATCH status Running\n"},
    {"{\"number\":15,\"ms\":4.6,\"facts\":{\"how\":\"response\",\"code\":201,\"heldMs\":3.75}}", true,
     "  4.6 *15 client-told          apiserver -> client     201, held 3.8 ms\n"},
    {"{\"number\":15,\"ms\":4.6,\"facts\":{\"how\":\"watch\",\"type\":\"MODIFIED\",\"revision\":130}}", false,
     "  4.6  15 client-told          apiserver -> client     watch MODIFIED rev 130\n"},
    {"{\"number\":15,\"ms\":4.6,\"facts\":{\"how\":\"read\",\"verb\":\"GET\",\"path\":\"/api/v1/namespaces/d/pods/"
     "web\"}}",
     false, "  4.6  15 client-told          apiserver -> client     GET web\n"},
    {"{\"number\":15,\"pending\":true}", false,
     "    -  15 client-told          apiserver -> client     pending: no client has read or watched it yet\n"},
};

START_TEST(step_lines)
{
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct arena a AUTO_ARENA = {0};
        const struct json *step = tree(&a, lines[i].step);
        CAPTURE(got, walk_step_line(step, lines[i].textbook));
        ck_assert_str_eq(got, lines[i].line);
    }
}
END_TEST

START_TEST(head_and_notes)
{
    CAPTURE(textbook, walk_head(true));
    ck_assert_str_eq(textbook, "Textbook order; * = Kubernetes really differs (see below, or --flow real).\n\n"
                               "   ms  step                    from -> to              facts\n");
    CAPTURE(real, walk_head(false));
    ck_assert_ptr_null(strstr(real, "Textbook"));
    CAPTURE(notes, walk_notes(true));
    ck_assert_str_eq(notes, "* 3,10 components watch; nobody calls them.\n"
                            "  4,5,6 the scheduler reads its own cache of nodes.\n"
                            "  11,12 the pod's sandbox comes first.\n"
                            "  15 the 201 really follows step 2.\n");
    CAPTURE(none, walk_notes(false));
    ck_assert_str_eq(none, "");
}
END_TEST

static const char walk[] = "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\"},\"spec\":{\"pod\":\"web\","
                           "\"flow\":\"textbook\"},\"status\":{\"phase\":"
                           "\"Running\",\"steps\":[{\"number\":1,\"slug\":\"request-received\",\"from\":\"client\","
                           "\"to\":\"apiserver\",\"message\":true,"
                           "\"ms\":0.5,\"facts\":{\"verb\":\"POST\",\"number\":99}},{\"number\":15,\"slug\":\"client-"
                           "told\",\"pending\":true}]}}";

START_TEST(as_json)
{
    struct arena a AUTO_ARENA = {0};
    const struct json *w = tree(&a, walk);
    CAPTURE(got, walk_json(w));
    ck_assert_str_eq(
        got, "{\"pod\":\"web\",\"namespace\":\"default\",\"flow\":\"textbook\",\"phase\":\"Running\",\"steps\":["
             "{\"number\":1,\"slug\":\"request-received\",\"from\":\"client\",\"to\":\"apiserver\",\"message\":true,"
             "\"ms\":0.5,\"verb\":\"POST\"},{\"number\":15,\"slug\":\"client-told\",\"pending\":true}]}\n");
    const struct json *empty =
        tree(&a, "{\"spec\":{\"pod\":\"web\"},\"status\":{\"phase\":\"Failed\",\"reason\":\"FailedScheduling\","
                 "\"message\":\"0/1\"}}");
    CAPTURE(failed, walk_json(empty));
    ck_assert_ptr_nonnull(strstr(failed, "\"reason\":\"FailedScheduling\",\"reasonMessage\":\"0/1\",\"steps\":[]"));
}
END_TEST

START_TEST(finding_steps)
{
    struct arena a AUTO_ARENA = {0};
    const struct json *w = tree(&a, walk);
    ck_assert(walk_step_done(walk_step(w, 1)));
    ck_assert(walk_step(w, 15) && !walk_step_done(walk_step(w, 15)));
    ck_assert(!walk_step(w, 2) && !walk_step_done(walk_step(w, 2)));
}
END_TEST

TEST_MAIN("walk_view", step_lines, head_and_notes, as_json, finding_steps)
