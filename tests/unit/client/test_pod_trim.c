/* test_pod_trim.c - what a cache of pods does not keep, and what it does. */
#include "api/object.h"
#include "check_main.h"
#include "client/pod_trim.h"

static const char *const of_pod[] = {".spec.dnsPolicy", ".metadata.annotations", NULL};
static const char *const of_status[] = {".imageID", NULL};
static const struct pod_trim lists = {.pod = of_pod, .container = pod_trim_container, .status = of_status};

static const struct {
    const char *before, *after;
} pods[] = {
    {"{\"metadata\":{\"name\":\"a\",\"annotations\":{\"k\":\"v\"}},\"spec\":{\"dnsPolicy\":\"Default\",\"nodeName\":"
     "\"n\"}}",
     "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"nodeName\":\"n\"}}"},
    {"{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"env\":[{\"name\":\"E\"}],\"ports\":[{"
     "\"containerPort\":80}]},"
     "{\"name\":\"d\",\"lifecycle\":{}}],\"initContainers\":[{\"name\":\"i\",\"restartPolicy\":\"Always\",\"command\":["
     "\"x\"]}]}}",
     "{\"spec\":{\"containers\":[{\"name\":\"c\",\"ports\":[{\"containerPort\":80}]},{\"name\":\"d\"}],"
     "\"initContainers\":[{\"name\":\"i\",\"restartPolicy\":\"Always\"}]}}"},
    {"{\"status\":{\"containerStatuses\":[{\"name\":\"c\",\"imageID\":\"x\",\"restartCount\":2}],"
     "\"initContainerStatuses\":[{\"imageID\":\"y\",\"ready\":true}]}}",
     "{\"status\":{\"containerStatuses\":[{\"name\":\"c\",\"restartCount\":2}],\"initContainerStatuses\":[{\"ready\":"
     "true}]}}"},
    {"{\"spec\":{\"containers\":\"none\"},\"status\":null}", "{\"spec\":{\"containers\":\"none\"},\"status\":null}"},
    {"{}", "{}"},
};

START_TEST(drops_what_the_lists_say)
{
    for (size_t i = 0; i < ARRAY_LEN(pods); i++) {
        struct arena a AUTO_ARENA = {0};
        struct buf text AUTO_BUF = {0};
        struct err e = ERR_INIT;
        struct json *pod = json_parse(&a, str_of(pods[i].before), &e);
        ck_assert_msg(pod != NULL, "%s", e.text);
        pod_trim(pod, &lists);
        buf_init(&text, 4096);
        json_write(&text, pod);
        ck_assert_msg(str_eqc(buf_view(&text), pods[i].after), "%.*s", STR_ARG(buf_view(&text)));
    }
}
END_TEST

TEST_MAIN("pod_trim", drops_what_the_lists_say)
