/* test_slices.c - which EndpointSlices are written, as a table: what is there, what is wanted, what comes out.
 * Endpoints are letters: "a" is the ready endpoint of pod a, "a!" the same not ready. */
#include "endpoint_support.h"

#include "controllers/endpointslice.h"
#include "controllers/slices.h"

enum { MAX = 4 }; /* endpoints in one slice here */

/* "a b! c" as a list of endpoints. */
static struct json *endpoints(struct arena *a, const char *letters)
{
    struct json *list = obj_list(a);
    struct str rest = str_of(letters);
    while (!str_is_null(rest)) {
        struct str word = str_cut(rest, ' ', &rest);
        if (!word.n) continue;
        struct json *e = obj_empty(a);
        obj_append_str(a, e, ".addresses", str_printf(a, "10.0.0.%d", word.p[0]));
        obj_put_bool(a, e, ".conditions.ready", word.n == 1);
        obj_put_str(a, e, ".targetRef.name", str_n(word.p, 1));
        json_push(list, e);
    }
    return list;
}

static void write_letters(struct buf *b, const struct json *slice)
{
    struct str name = obj_str(slice, ".metadata.name");
    buf_addf(b, "%.*s:%lld[", STR_ARG(name), (long long)obj_int(slice, ".ports[0].port", 0));
    bool first = true;
    for (OBJ_EACH(e, slice, ".endpoints")) {
        buf_addf(b, "%s%.*s%s", first ? "" : " ", STR_ARG(obj_str(e, ".targetRef.name")),
                 obj_bool(e, ".conditions.ready", false) ? "" : "!");
        first = false;
    }
    buf_cstr(b, "] ");
}

static struct json *ports(struct arena *a, int number)
{
    return tree(a, number ? arena_printf(a, "[{'name':'','protocol':'TCP','port':%d}]", number) : "[]");
}

#define LABELS "'labels':{'kubernetes.io/service-name':'s'}"

struct slice_row {
    const char *name;
    int port;
    const char *letters;
    const char *labels; /* NULL: as wanted */
};
struct want_row {
    int port;
    const char *letters;
};

static const struct {
    const char *what;
    struct slice_row there[4];
    struct want_row want[3];
    bool placeholder;
    const char *out; /* creates, then updates, then deletes */
} rows[] = {
    {"the first", {{NULL, 0, NULL, NULL}}, {{80, "a b"}}, true, "+:80[a b] "},
    {"nothing changes", {{"x", 80, "a b", NULL}}, {{80, "b a"}}, true, ""},
    {"one becomes unready", {{"x", 80, "a b", NULL}}, {{80, "a b!"}}, true, "=x:80[a b!] "},
    {"one leaves", {{"x", 80, "a b c", NULL}}, {{80, "a c"}}, true, "=x:80[a c] "},
    {"one comes: the slice with room for it", {{"x", 80, "a b", NULL}}, {{80, "a b c"}}, true, "=x:80[a b c] "},
    {"one comes: the fullest with room for all",
     {{"x", 80, "a b", NULL}, {"y", 80, "c d e", NULL}},
     {{80, "a b c d e f"}},
     true,
     "=y:80[c d e f] "},
    {"two come: only one slice has room for both",
     {{"x", 80, "a b", NULL}, {"y", 80, "c d e", NULL}},
     {{80, "a b c d e f g"}},
     true,
     "=x:80[a b f g] "},
    {"a changed slice is filled first, although another is fuller",
     {{"x", 80, "a b", NULL}, {"y", 80, "c d e", NULL}},
     {{80, "a c d e f"}},
     true,
     "=x:80[a f] "},
    {"more than fit into what is there", {{"x", 80, "a b c", NULL}}, {{80, "a b c d e f"}}, true, "+:80[d e f] "},
    {"many: whole slices",
     {{NULL, 0, NULL, NULL}},
     {{80, "a b c d e f g h i"}},
     true,
     "+:80[a b c d] +:80[e f g h] +:80[i] "},
    {"an empty one goes", {{"x", 80, "a b", NULL}, {"y", 80, "c", NULL}}, {{80, "a b"}}, true, "-y "},
    {"another port: the slice is used again", {{"x", 80, "a", NULL}}, {{81, "a"}}, true, "=x:81[a] "},
    {"two sets of ports", {{"x", 80, "a b", NULL}}, {{80, "a"}, {81, "b"}}, true, "+:81[b] =x:80[a] "},
    {"the last one leaves: a placeholder stays", {{"x", 80, "a", NULL}}, {{0, NULL}}, true, "=x:0[] "},
    {"a placeholder stays as it is", {{"x", 0, "", NULL}}, {{0, NULL}}, true, ""},
    {"a placeholder is used", {{"x", 0, "", NULL}}, {{80, "a"}}, true, "=x:80[a] "},
    {"no placeholder for mirrored ones", {{"x", 80, "a", NULL}}, {{0, NULL}}, false, "-x "},
    {"labels change", {{"x", 80, "a", "'labels':{'old':'1'}"}}, {{80, "a"}}, true, "=x:80[a] "},
    {"twice the same endpoint there", {{"x", 80, "a", NULL}, {"y", 80, "a b", NULL}}, {{80, "a b"}}, true, "=y:80[b] "},
    {"twice the same endpoint wanted", {{NULL, 0, NULL, NULL}}, {{80, "a a b"}}, true, "+:80[a b] "},
};

static void add_slice(struct arena *a, struct objs *l, const struct slice_row *r)
{
    struct json *slice = tree(a, arena_printf(a, "{'metadata':{'name':'%s','namespace':'d','uid':'u-%s',%s}}", r->name,
                                              r->name, r->labels ? r->labels : LABELS));
    obj_put(a, slice, ".ports", ports(a, r->port));
    obj_put(a, slice, ".endpoints", endpoints(a, r->letters));
    const struct object *o AUTO_OBJ = object_of(slice);
    objs_add(l, o);
}

static const char *plan_text(struct arena *a, const struct slice_plan *p)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 16);
    for (size_t i = 0; i < p->creates.count; i++) buf_char(&b, '+'), write_letters(&b, p->creates.items[i]);
    for (size_t i = 0; i < p->updates.count; i++) buf_char(&b, '='), write_letters(&b, p->updates.items[i]);
    for (size_t i = 0; i < p->ndeletes; i++) buf_addf(&b, "-%.*s ", STR_ARG(p->deletes[i]->name));
    return str_cstr(a, buf_view(&b));
}

START_TEST(plans)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct objs there AUTO_OBJS = {0};
        struct slice_plan plan;
        for (int k = 0; k < 4 && rows[i].there[k].name; k++) add_slice(&a, &there, &rows[i].there[k]);
        struct slices *s = slices_new(&a, tree(&a, "{'metadata':{" LABELS "}}"), &there, MAX);
        for (int k = 0; k < 3 && rows[i].want[k].letters; k++) {
            const struct json *list = endpoints(&a, rows[i].want[k].letters);
            for (OBJ_EACH(e, list, "")) slices_want(s, ports(&a, rows[i].want[k].port), obj_copy(&a, e));
        }
        slices_plan(s, rows[i].placeholder, &plan);
        const char *got = plan_text(&a, &plan);
        ck_assert_msg(strcmp(got, rows[i].out) == 0, "%s:\n  want %s\n  got  %s", rows[i].what, rows[i].out, got);
        for (size_t k = 0; k < plan.updates.count; k++)
            ck_assert(!str_is_null(
                obj_map_str(plan.updates.items[k], ".metadata.labels", STR("kubernetes.io/service-name"))));
    }
}
END_TEST

/* ---- From pods to endpoints ---- */

#define POD(name, ip, ready, meta, node)                                                                               \
    "{'metadata':{'name':'" name "','namespace':'d','uid':'u-" name "'" meta "},'spec':{'nodeName':'" node             \
    "','hostname':'h','subdomain':'s'},'status':{'podIP':'" ip "','podIPs':[{'ip':'" ip "'}],'conditions':[{'type':"   \
    "'Ready','status':'" ready "'}]}}"
#define GOING ",'deletionTimestamp':'2026-01-01T00:00:00Z'"
#define SVC(spec)                                                                                                      \
    "{'apiVersion':'v1','kind':'Service','metadata':{'name':'s','namespace':'d','uid':'U','labels':{'app':'x',"        \
    "'kubernetes.io/service-name':'bad'}},'spec':{'selector':{'a':'b'},'ports':[{'name':'w','port':80,'protocol':"     \
    "'TCP','targetPort':8080}]," spec "}}"
#define CONDITIONS(r, s, t) "'conditions':{'ready':" r ",'serving':" s ",'terminating':" t "}"
#define REST(name, node, more)                                                                                         \
    ",'hostname':'h','targetRef':{'kind':'Pod','namespace':'d','name':'" name "','uid':'u-" name                       \
    "'},'nodeName':'" node "'" more "}"

static const struct {
    const char *what, *svc, *pods, *endpoints, *missing;
} pods_in[] = {
    {"ready", SVC("'clusterIP':'10.96.0.2'"), "[" POD("p", "1.1.1.1", "True", "", "n1") "]",
     "[{'addresses':['1.1.1.1']," CONDITIONS("true", "true", "false") REST("p", "n1", ",'zone':'z'") "]", NULL},
    {"going, but still serving", SVC("'clusterIP':'10.96.0.2'"), "[" POD("p", "1.1.1.1", "True", GOING, "n1") "]",
     "[{'addresses':['1.1.1.1']," CONDITIONS("false", "true", "true") REST("p", "n1", ",'zone':'z'") "]", NULL},
    {"published", SVC("'publishNotReadyAddresses':true"), "[" POD("p", "1.1.1.1", "False", GOING, "n1") "]",
     "[{'addresses':['1.1.1.1']," CONDITIONS("true", "false", "true") REST("p", "n1", ",'zone':'z'") "]", NULL},
    {"no such node", SVC("'clusterIP':'10.96.0.2'"), "[" POD("p", "1.1.1.1", "True", "", "gone") "]", "[]", "gone"},
    {"no such node, but published", SVC("'publishNotReadyAddresses':true"),
     "[" POD("p", "1.1.1.1", "True", "", "gone") "]",
     "[{'addresses':['1.1.1.1']," CONDITIONS("true", "true", "false") REST("p", "gone", "") "]", NULL},
    {"another family", SVC("'clusterIP':'10.96.0.2'"), "[" POD("p", "fd00::1", "True", "", "n1") "]", "[]", NULL},
    {"close traffic", SVC("'trafficDistribution':'PreferClose'"), "[" POD("p", "1.1.1.1", "True", "", "n1") "]",
     "[{'addresses':['1.1.1.1']," CONDITIONS("true", "true", "false")
         REST("p", "n1", ",'zone':'z','hints':{'forZones':[{'name':'z'}]}") "]",
     NULL},
    {"the same node", SVC("'trafficDistribution':'PreferSameNode'"), "[" POD("p", "1.1.1.1", "True", "", "n1") "]",
     "[{'addresses':['1.1.1.1']," CONDITIONS("true", "true", "false")
         REST("p", "n1", ",'zone':'z','hints':{'forZones':[{'name':'z'}],'forNodes':[{'name':'n1'}]}") "]",
     NULL},
};

static const struct json *only_n1(void *arg, struct str node)
{
    return str_eqc(node, "n1") ? tree(arg, "{'topology.kubernetes.io/zone':'z'}") : NULL;
}

START_TEST(endpoints_of_pods)
{
    for (size_t i = 0; i < ARRAY_LEN(pods_in); i++) {
        struct arena a AUTO_ARENA = {0};
        struct objs pods AUTO_OBJS = {0}, none AUTO_OBJS = {0};
        const struct object *svc AUTO_OBJ = object(&a, pods_in[i].svc);
        struct slice_plan plan;
        struct str missing;
        add_all(&a, &pods, pods_in[i].pods);
        endpointslice_plan(&a, svc, "IPv4", &pods, &none, only_n1, &a, &plan, &missing);
        ck_assert_uint_eq(plan.creates.count, 1);
        const char *got = text_of(&a, obj_get(plan.creates.items[0], ".endpoints"));
        ck_assert_msg(strcmp(got, pods_in[i].endpoints) == 0, "%s:\n%s\n%s", pods_in[i].what, got,
                      pods_in[i].endpoints);
        ck_assert(pods_in[i].missing ? str_eqc(missing, pods_in[i].missing) : str_is_null(missing));
    }
}
END_TEST

START_TEST(the_slice_around_them)
{
    struct arena a AUTO_ARENA = {0};
    struct objs pods AUTO_OBJS = {0}, none AUTO_OBJS = {0};
    const struct object *svc AUTO_OBJ = object(&a, SVC("'clusterIP':'None'"));
    struct slice_plan plan;
    struct str missing;
    add_all(&a, &pods, "[" POD("p", "1.1.1.1", "True", "", "n1") "]");
    endpointslice_plan(&a, svc, "IPv4", &pods, &none, only_n1, &a, &plan, &missing);
    const struct json *slice = plan.creates.items[0];
    ck_assert_str_eq(text_of(&a, obj_get(slice, ".metadata")),
                     "{'generateName':'s-','namespace':'d','labels':{'app':'x','service.kubernetes.io/headless':'',"
                     "'kubernetes.io/service-name':'s','endpointslice.kubernetes.io/managed-by':"
                     "'endpointslice-controller.k8s.io'},'ownerReferences':[{'apiVersion':'v1','kind':'Service','name':"
                     "'s','uid':'U','controller':true,'blockOwnerDeletion':true}]}");
    ck_assert_str_eq(text_of(&a, obj_get(slice, ".ports")), "[{'name':'w','protocol':'TCP','port':8080}]");
    ck_assert(obj_is(slice, ".addressType", "IPv4"));
}
END_TEST

TEST_MAIN("slices", plans, endpoints_of_pods, the_slice_around_them)
