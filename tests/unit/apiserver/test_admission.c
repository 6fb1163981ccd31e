/* test_admission.c - built-in admission: what it fills in and what it refuses, in upstream's words. */
#include "cache_support.h"
#include "object_support.h"
#include "request_support.h"

#include "apiserver/admission/admission.h"

static struct request *r;
static struct admission adm;

static void begin(enum verb verb, const struct api_resource *res, const char *ns, const char *name, const char *object)
{
    struct err e = ERR_INIT;
    AUTO_FREE char *uri = xasprintf("/api/v1/namespaces/%s/%s", ns, res->plural);
    r = request_begin("POST", uri, NULL);
    ck_assert(route_parse(r, &e));
    adm = (struct admission){.r = r,
                             .res = res,
                             .verb = verb,
                             .ns = str_copy(&r->arena, str_of(ns)),
                             .name = str_copy(&r->arena, str_of(name)),
                             .obj = object ? tree_of(&r->arena, res, object) : NULL};
}

static void put_namespace(const char *name, const char *more)
{
    AUTO_FREE char *key = xasprintf("/registry/namespaces/%s", name);
    AUTO_FREE char *text = xasprintf("{\"metadata\":{\"name\":\"%s\",\"uid\":\"u\"%s}}", name, more);
    const struct blob *b AUTO_BLOB = blob_new(str_of(text));
    submit(&(struct store_op){.kind = STORE_PUT, .key = str_of(key), .expect_rev = STORE_ANY_REV, .value = b});
}

static void put_class(const char *name, int64_t value, const char *more)
{
    AUTO_FREE char *key = xasprintf("/registry/priorityclasses/%s", name);
    AUTO_FREE char *text =
        xasprintf("{\"metadata\":{\"name\":\"%s\",\"uid\":\"u\"},\"value\":%lld%s}", name, (long long)value, more);
    const struct blob *b AUTO_BLOB = blob_new(str_of(text));
    submit(&(struct store_op){.kind = STORE_PUT, .key = str_of(key), .expect_rev = STORE_ANY_REV, .value = b});
}

static void up(void)
{
    open_store();
    open_cache();
    put_namespace("default", "");
    put_namespace("going", ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"");
    put_class("system-node-critical", 2000001000, "");
    put_class("quiet", 7, ",\"preemptionPolicy\":\"Never\"");
}

#define POD(spec) "{\"metadata\":{\"name\":\"web\"},\"spec\":{\"containers\":[]" spec "}}"
#define NOT_READY(s)                                                                                                   \
    "{\"key\":\"node.kubernetes.io/"                                                                                   \
    "not-ready\",\"operator\":\"Exists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":" s "}"
#define UNREACHABLE(s)                                                                                                 \
    "{\"key\":\"node.kubernetes.io/"                                                                                   \
    "unreachable\",\"operator\":\"Exists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":" s "}"

static const struct {
    const char *pod, *path, *value;
} filled[] = {
    {POD(""), ".spec.serviceAccountName", "\"default\""},
    {POD(""), ".spec.serviceAccount", "\"default\""},
    {POD(",\"serviceAccountName\":\"mine\""), ".spec.serviceAccountName", "\"mine\""},
    {POD(""), ".spec.priority", "0"},
    {POD(""), ".spec.preemptionPolicy", "\"PreemptLowerPriority\""},
    {POD(",\"priorityClassName\":\"quiet\""), ".spec.preemptionPolicy", "\"Never\""},
    {POD(",\"priorityClassName\":\"quiet\",\"priority\":7"), ".spec.priority", "7"},
    {POD(",\"priorityClassName\":\"system-node-critical\""), ".spec.priority", "2000001000"},
    {POD(""), ".spec.tolerations", "[" NOT_READY("300") "," UNREACHABLE("300") "]"},
    {POD(",\"tolerations\":[" NOT_READY("5") "]"), ".spec.tolerations", "[" NOT_READY("5") "," UNREACHABLE("300") "]"},
    {POD(",\"tolerations\":[{\"operator\":\"Exists\"}]"), ".spec.tolerations", "[{\"operator\":\"Exists\"}]"},
    {POD(",\"tolerations\":[{\"key\":\"node.kubernetes.io/"
         "not-ready\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}]"),
     ".spec.tolerations",
     "[{\"key\":\"node.kubernetes.io/not-ready\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}," NOT_READY(
         "300") "," UNREACHABLE("300") "]"},
};

START_TEST(pods_are_filled_in)
{
    up();
    for (size_t i = 0; i < ARRAY_LEN(filled); i++) {
        begin(VERB_CREATE, &res_core_v1_pods, "default", "web", filled[i].pod);
        ck_assert(admission_mutate(&adm) && admission_validate(&adm));
        const char *got = text_of(&r->arena, obj_get(adm.obj, filled[i].path));
        ck_assert_msg(strcmp(got, filled[i].value) == 0, "row %zu: %s", i, got);
        request_end(r);
    }
    close_all();
}
END_TEST

START_TEST(an_update_gets_tolerations_alone)
{
    up();
    begin(VERB_PATCH, &res_core_v1_pods, "default", "web", POD(""));
    ck_assert(admission_mutate(&adm));
    ck_assert_uint_eq(obj_count(adm.obj, ".spec.tolerations"), 2);
    ck_assert(!obj_has(adm.obj, ".spec.priority") && !obj_has(adm.obj, ".spec.serviceAccountName"));
    request_end(r);
    begin(VERB_CREATE, &res_core_v1_configmaps, "default", "web", "{}");
    ck_assert(admission_mutate(&adm));
    ck_assert(!obj_has(adm.obj, ".spec"));
    request_end(r);
    /* a subresource passes by */
    begin(VERB_UPDATE, &res_core_v1_pods, "default", "web", POD(""));
    adm.sub = api_find_sub(&res_core_v1_pods, STR("status"));
    ck_assert(admission_mutate(&adm));
    ck_assert_uint_eq(obj_count(adm.obj, ".spec.tolerations"), 0);
    request_end(r);
    close_all();
}
END_TEST

static const struct {
    enum verb verb;
    const struct api_resource *res;
    const char *ns, *name, *object;
    int code;
    const char *message;
} refused[] = {
    {VERB_CREATE, &res_core_v1_pods, "nowhere", "web", POD(""), 404, "namespaces \"nowhere\" not found"},
    {VERB_CREATE, &res_core_v1_configmaps, "going", "web", "{\"metadata\":{\"name\":\"web\"}}", 403,
     "configmaps is forbidden: unable to create new content in namespace going because it is being terminated"},
    {VERB_CREATE, &res_core_v1_pods, "default", "web", POD(",\"priorityClassName\":\"gold\""), 403,
     "pods is forbidden: no PriorityClass with name gold was found"},
    {VERB_CREATE, &res_core_v1_pods, "default", "web", POD(",\"priority\":7"), 403,
     "pods is forbidden: the integer value of priority (7) must not be provided in pod spec; priority admission "
     "controller computed 0 from the given PriorityClass name"},
    {VERB_CREATE, &res_core_v1_pods, "default", "web", POD(",\"preemptionPolicy\":\"Never\""), 403,
     "pods is forbidden: the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority "
     "admission controller computed PreemptLowerPriority from the given PriorityClass name"},
};

START_TEST(what_is_refused)
{
    up();
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct err e = ERR_INIT;
        begin(refused[i].verb, refused[i].res, refused[i].ns, refused[i].name, refused[i].object);
        ck_assert_msg(!admission_mutate(&adm), "row %zu", i);
        ck_assert_int_eq(r->resp.code, refused[i].code);
        const struct json *s = json_parse(&r->arena, buf_view(&r->resp.body), &e);
        ck_assert_strn_eq(obj_str(s, ".message"), refused[i].message);
        if (strcmp(refused[i].ns, "going") == 0) {
            ck_assert_strn_eq(obj_str(s, ".details.causes[0].reason"), "NamespaceTerminating");
            ck_assert_strn_eq(obj_str(s, ".details.causes[0].message"), "namespace going is being terminated");
            ck_assert_strn_eq(obj_str(s, ".details.causes[0].field"), "metadata.namespace");
        }
        request_end(r);
    }
    close_all();
}
END_TEST

/* The default is looked up once per change of the classes, and no change is missed. */
START_TEST(the_default_class_follows_changes)
{
    static const struct {
        const char *put, *more, *want;
    } rows[] = {{NULL, NULL, "0"}, {"usual", ",\"globalDefault\":true", "10"}, {"other", "", "10"}, {"usual", "", "0"}};
    up();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].put) put_class(rows[i].put, 10, rows[i].more);
        begin(VERB_CREATE, &res_core_v1_pods, "default", "web", POD(""));
        ck_assert(admission_mutate(&adm));
        ck_assert_str_eq(text_of(&r->arena, obj_get(adm.obj, ".spec.priority")), rows[i].want);
        bool named = obj_has(adm.obj, ".spec.priorityClassName");
        ck_assert_int_eq(named, strcmp(rows[i].want, "10") == 0);
        request_end(r);
    }
    close_all();
}
END_TEST

START_TEST(new_nodes_are_tainted)
{
    up();
    r = request_begin("POST", "/api/v1/nodes", NULL);
    struct err e = ERR_INIT;
    ck_assert(route_parse(r, &e));
    adm = (struct admission){.r = r,
                             .res = &res_core_v1_nodes,
                             .verb = VERB_CREATE,
                             .obj = tree_of(&r->arena, &res_core_v1_nodes, "{\"metadata\":{\"name\":\"n\"}}")};
    for (int i = 0; i < 2; i++) { /* once, however often */
        ck_assert(admission_mutate(&adm));
        ck_assert_str_eq(text_of(&r->arena, obj_get(adm.obj, ".spec.taints")),
                         "[{\"key\":\"node.kubernetes.io/not-ready\",\"effect\":\"NoSchedule\"}]");
    }
    request_end(r);
    close_all();
}
END_TEST

START_TEST(namespaces_that_stay)
{
    static const struct {
        const char *name;
        bool goes;
    } rows[] = {
        {"default", false}, {"kube-system", false}, {"kube-public", false}, {"kube-node-lease", true}, {"mine", true}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = ERR_INIT;
        AUTO_FREE char *uri = xasprintf("/api/v1/namespaces/%s", rows[i].name);
        r = request_begin("DELETE", uri, NULL);
        ck_assert(route_parse(r, &e));
        adm = (struct admission){
            .r = r, .res = &res_core_v1_namespaces, .verb = VERB_DELETE, .name = str_of(rows[i].name)};
        ck_assert_msg(admission_mutate(&adm) == rows[i].goes, "%s", rows[i].name);
        if (!rows[i].goes) {
            AUTO_FREE char *want =
                xasprintf("namespaces \\\"%s\\\" is forbidden: this namespace may not be deleted", rows[i].name);
            ck_assert_int_eq(r->resp.code, 403);
            ck_assert_ptr_nonnull(strstr(response_text(r), want));
        }
        request_end(r);
    }
}
END_TEST

TEST_MAIN("admission", pods_are_filled_in, an_update_gets_tolerations_alone, what_is_refused,
          the_default_class_follows_changes, new_nodes_are_tainted, namespaces_that_stay)
