/* test_endpoints.c - the Endpoints of a Service, as a table: Service and pods in, subsets out; labels, annotations, and
 * when nothing is written (pkg/controller/endpoint/endpoints_controller_test.go has the same cases). */
#include "endpoint_support.h"

#include "controllers/endpoint_pods.h"
#include "controllers/endpoints.h"
#include "controllers/trigger_times.h"

#define META(name, more) "'metadata':{'name':'" name "','namespace':'d','uid':'u-" name "'" more "}"
#define SVC(spec)        "{" META("s", "") ",'spec':{'selector':{'a':'b'}," spec "}}"
#define READY(s)         "'conditions':[{'type':'Ready','status':'" s "'}]"
#define POD(name, ip, ready, meta, spec, status)                                                                       \
    "{" META(name, ",'labels':{'a':'b'}" meta) ",'spec':{'nodeName':'n1','containers':[{'name':'c','ports':[{'name':"  \
                                               "'http','containerPort':8080,'protocol':'TCP'}]}]" spec                 \
                                               "},'status':{'podIP':'" ip "','podIPs':[{'ip':'" ip "'}]," READY(ready) \
                                                   status "}}"
#define PLAIN(name, ip, ready) POD(name, ip, ready, "", "", "")
#define REF(name)              "'nodeName':'n1','targetRef':{'kind':'Pod','namespace':'d','name':'" name "','uid':'u-" name "'}"
#define ADDR(name, ip)         "{'ip':'" ip "'," REF(name) "}"
#define PORT80                 "'ports':[{'port':80,'protocol':'TCP','targetPort':80}]"
#define GOING                  ",'deletionTimestamp':'2026-01-01T00:00:00Z'"

static const struct {
    const char *what, *svc, *pods, *subsets;
} rows[] = {
    {"nothing", SVC(PORT80), "[]", "[]"},
    {"one ready", SVC(PORT80), "[" PLAIN("p", "1.1.1.1", "True") "]",
     "[{'addresses':[" ADDR("p", "1.1.1.1") "],'ports':[{'port':80,'protocol':'TCP'}]}]"},
    {"sorted by address; not ready ones apart", SVC(PORT80),
     "[" PLAIN("p", "1.1.1.3", "True") "," PLAIN("q", "1.1.1.1", "True") "," PLAIN("r", "1.1.1.2", "False") "]",
     "[{'addresses':[" ADDR("q", "1.1.1.1") "," ADDR("p", "1.1.1.3") "],'notReadyAddresses':[" ADDR(
         "r", "1.1.1.2") "],'ports':[{'port':80,'protocol':'TCP'}]}]"},
    {"published although not ready", SVC("'publishNotReadyAddresses':true," PORT80),
     "[" PLAIN("p", "1.1.1.1", "False") "]",
     "[{'addresses':[" ADDR("p", "1.1.1.1") "],'ports':[{'port':80,'protocol':'TCP'}]}]"},
    {"being deleted, finished, without address", SVC(PORT80),
     "[" POD("p", "1.1.1.1", "True", GOING, "", "") "," POD(
         "q", "1.1.1.2", "True", "", "",
         ",'phase':'Succeeded'") "," POD("r", "1.1.1.3", "True", "", "",
                                         ",'phase':'Failed'") ",{" META("s", ",'labels':{'a':'b'}") "}]",
     "[]"},
    {"being deleted, and published", SVC("'publishNotReadyAddresses':true," PORT80),
     "[" POD("p", "1.1.1.1", "False", GOING, "", "") "]",
     "[{'addresses':[" ADDR("p", "1.1.1.1") "],'ports':[{'port':80,'protocol':'TCP'}]}]"},
    {"a named port", SVC("'ports':[{'name':'w','port':80,'protocol':'TCP','targetPort':'http','appProtocol':'h2c'}]"),
     "[" PLAIN("p", "1.1.1.1", "True") "]",
     "[{'addresses':[" ADDR("p",
                            "1.1.1.1") "],'ports':[{'name':'w','port':8080,'protocol':'TCP','appProtocol':'h2c'}]}]"},
    {"a name that no container has, and one of another protocol",
     SVC("'ports':[{'name':'w','port':80,'protocol':'TCP','targetPort':'grpc'},"
         "{'name':'v','port':80,'protocol':'UDP','targetPort':'http'}]"),
     "[" PLAIN("p", "1.1.1.1", "True") "]", "[]"},
    {"a named port of a sidecar", SVC("'ports':[{'port':80,'protocol':'TCP','targetPort':'side'}]"),
     "[" POD("p", "1.1.1.1", "True", "",
             ",'initContainers':[{'name':'i','ports':[{'name':'side','containerPort':1,'protocol':'TCP'}]},"
             "{'name':'j','restartPolicy':'Always','ports':[{'name':'side','containerPort':2,'protocol':'TCP'}]}]",
             "") "]",
     "[{'addresses':[" ADDR("p", "1.1.1.1") "],'ports':[{'port':2,'protocol':'TCP'}]}]"},
    {"two ports of the same pods are one subset",
     SVC("'ports':[{'name':'x','port':1,'protocol':'TCP','targetPort':11},"
         "{'name':'y','port':2,'protocol':'UDP','targetPort':22}]"),
     "[" PLAIN("p", "1.1.1.1", "True") "," PLAIN("q", "1.1.1.2", "False") "]",
     "[{'addresses':[" ADDR("p", "1.1.1.1") "],'notReadyAddresses':[" ADDR(
         "q",
         "1.1.1.2") "],'ports':[{'name':'x','port':11,'protocol':'TCP'},{'name':'y','port':22,'protocol':'UDP'}]}]"},
    {"a port that only some have is a subset of its own",
     SVC("'ports':[{'name':'x','port':1,'protocol':'TCP','targetPort':11},"
         "{'name':'y','port':2,'protocol':'TCP','targetPort':'side'}]"),
     "[" PLAIN("p", "1.1.1.1", "True") "," POD(
         "q", "1.1.1.2", "True", "",
         ",'initContainers':[{'name':'j','restartPolicy':'Always','ports':[{'name':'side','containerPort':2,"
         "'protocol':'TCP'}]}]",
         "") "]",
     "[{'addresses':[" ADDR("p", "1.1.1.1") "," ADDR(
         "q", "1.1.1.2") "],'ports':[{'name':'x','port':11,'protocol':'TCP'}]},"
                         "{'addresses':[" ADDR("q", "1.1.1.2") "],'ports':[{'name':'y','port':2,'protocol':'TCP'}]}]"},
    {"headless without ports", SVC("'clusterIP':'None'"), "[" PLAIN("p", "1.1.1.1", "True") "]",
     "[{'addresses':[" ADDR("p", "1.1.1.1") "]}]"},
    {"a pod with a name of its own", SVC("'clusterIP':'None'," PORT80),
     "[" POD("p", "1.1.1.1", "True", "", ",'hostname':'h','subdomain':'s'",
             "") "," POD("q", "1.1.1.2", "True", "", ",'hostname':'h','subdomain':'other'", "") "]",
     "[{'addresses':[{'ip':'1.1.1.1','hostname':'h'," REF("p") "}," ADDR(
         "q", "1.1.1.2") "],'ports':[{'port':80,'protocol':'TCP'}]}]"},
    {"IPv6 alone", SVC("'ipFamilies':['IPv6']," PORT80),
     "[" PLAIN("p", "1.1.1.1", "True") "," PLAIN("q", "fd00::1", "True") "]",
     "[{'addresses':[" ADDR("q", "fd00::1") "],'ports':[{'port':80,'protocol':'TCP'}]}]"},
};

START_TEST(subsets)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct objs pods AUTO_OBJS = {0};
        const struct object *svc AUTO_OBJ = object(&a, rows[i].svc);
        add_all(&a, &pods, rows[i].pods);
        const char *got = text_of(&a, endpoints_subsets(&a, svc, &pods));
        ck_assert_msg(strcmp(got, rows[i].subsets) == 0, "%s:\n%s\n%s", rows[i].what, got, rows[i].subsets);
    }
}
END_TEST

/* ---- The object around them ---- */

#define LABELLED                                                                                                       \
    "{" META("s", ",'labels':{'app':'x'}") ",'spec':{'selector':{'a':'b'},'clusterIP':'10.96.0.9'," PORT80 "}}"

START_TEST(what_is_written)
{
    struct arena a AUTO_ARENA = {0};
    struct objs pods AUTO_OBJS = {0}, none AUTO_OBJS = {0};
    const struct object *svc AUTO_OBJ = object(&a, LABELLED);
    add_all(&a, &pods, "[" PLAIN("p", "1.1.1.1", "True") "]");
    struct json *first = endpoints_wanted(&a, svc, &pods, NULL, 1767225600);
    ck_assert_str_eq(text_of(&a, obj_get(first, ".metadata")),
                     "{'name':'s','namespace':'d','labels':{'app':'x','endpoints.kubernetes.io/managed-by':"
                     "'endpoint-controller'},'annotations':{'" TRIGGER_TIME "':'2026-01-01T00:00:00Z'}}");
    const struct object *present AUTO_OBJ = object_of(first);
    ck_assert(!endpoints_wanted(&a, svc, &pods, present, 1767225601)); /* the time alone is no reason to write */
    const struct json *empty = endpoints_wanted(&a, svc, &none, present, 0);
    ck_assert(!obj_has(empty, ".subsets") && !obj_count(empty, ".metadata.annotations"));
    const struct object *headless AUTO_OBJ = object(&a, SVC("'clusterIP':'None'," PORT80));
    const struct json *h = endpoints_wanted(&a, headless, &pods, NULL, 0);
    ck_assert(!str_is_null(obj_map_str(h, ".metadata.labels", STR("service.kubernetes.io/headless"))));
    const struct json *changed = endpoints_wanted(&a, headless, &pods, present, 0); /* labels are the Service's */
    ck_assert(changed && str_is_null(obj_map_str(changed, ".metadata.labels", STR("app"))));
}
END_TEST

static void add_pods(struct arena *a, struct objs *l, int from, int to, const char *ready)
{
    for (int i = from; i < to; i++) {
        const struct object *pod AUTO_OBJ = object(
            a,
            arena_printf(a,
                         "{'metadata':{'name':'p%d','namespace':'d','uid':'u%d'},'status':{'podIPs':[{'ip':'10.0.%d.%d"
                         "'}],'podIP':'x'," READY("%s") "}}",
                         i, i, i / 250, i % 250, ready));
        objs_add(l, pod);
    }
}

static size_t count(const struct json *endpoints, const char *list)
{
    size_t n = 0;
    for (OBJ_EACH(s, endpoints, ".subsets")) n += obj_count(s, list);
    return n;
}

START_TEST(no_more_than_a_thousand)
{
    static const struct {
        int ready, unready;
        size_t want_ready, want_unready;
        bool cut;
    } cases[] = {{1000, 0, 1000, 0, false},  {1001, 0, 1000, 0, true},   {900, 100, 900, 100, false},
                 {900, 200, 900, 100, true}, {1200, 300, 1000, 0, true}, {0, 1100, 0, 1000, true}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena a AUTO_ARENA = {0};
        struct objs pods AUTO_OBJS = {0};
        const struct object *svc AUTO_OBJ = object(&a, SVC(PORT80));
        add_pods(&a, &pods, 0, cases[i].ready, "True");
        add_pods(&a, &pods, cases[i].ready, cases[i].ready + cases[i].unready, "False");
        const struct json *e = endpoints_wanted(&a, svc, &pods, NULL, 0);
        ck_assert_uint_eq(count(e, ".addresses"), cases[i].want_ready);
        ck_assert_uint_eq(count(e, ".notReadyAddresses"), cases[i].want_unready);
        struct str note = obj_map_str(e, ".metadata.annotations", STR("endpoints.kubernetes.io/over-capacity"));
        ck_assert(cases[i].cut ? str_eqc(note, "truncated") : str_is_null(note));
        const struct object *present AUTO_OBJ = object_of(e);
        ck_assert(!endpoints_wanted(&a, svc, &pods, present, 0));
    }
}
END_TEST

START_TEST(trigger_times)
{
    static const char pods_at[] =
        "[{'metadata':{'name':'p'},'status':{'conditions':[{'type':'Ready',"
        "'lastTransitionTime':'1970-01-01T00:%02d:00Z'}]}},{'metadata':{'name':'q'},'status':{"
        "'conditions':[{'type':'Ready','lastTransitionTime':'1970-01-01T00:%02d:00Z'}]}}]";
    static const struct {
        int p, q;
        int64_t want_s;
    } steps[] = {
        {5, 6, 60},             /* first seen: the Service's own creation, at minute 1 */
        {5, 6, 0},              /* nothing new */
        {8, 7, 420},            /* the earlier of two changes */
        {8, 9, 540}, {4, 9, 0}, /* going back is no change */
    };
    struct trigger_times t = TRIGGER_TIMES_INIT;
    struct arena a AUTO_ARENA = {0};
    const struct object *svc AUTO_OBJ =
        object(&a, "{'metadata':{'name':'s','namespace':'d','creationTimestamp':'1970-01-01T00:01:00Z'}}");
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct objs pods AUTO_OBJS = {0};
        char text[512];
        snprintf(text, sizeof text, pods_at, steps[i].p, steps[i].q);
        add_all(&a, &pods, text);
        ck_assert_int_eq(trigger_times_next(&t, svc, &pods), steps[i].want_s);
    }
    trigger_times_forget(&t, STR("d"), STR("s"));
    struct objs none AUTO_OBJS = {0};
    ck_assert_int_eq(trigger_times_next(&t, svc, &none), 60);
    trigger_times_release(&t);
}
END_TEST

TEST_MAIN("endpoints", subsets, what_is_written, no_more_than_a_thousand, trigger_times)
