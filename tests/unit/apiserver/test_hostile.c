/* test_hostile.c - objects as large as a request may be, made to be slow: lists that look-ups would search again and
 * again, long texts that would be copied once an item, more errors than are told. Nothing is timed: what is quadratic
 * here takes minutes or more memory than there is. */
#include "object_support.h"

#include "apiserver/limits.h"
#include "apiserver/object/hooks.h"
#include "apiserver/registry/service_alloc.h"
#include "base/map.h"
#include "schema_hooks.h"

static void add_item(struct buf *out, struct str item, int number)
{
    if (number) buf_char(out, ',');
    for (size_t i = 0; i < item.n; i++)
        if (item.p[i] == '#')
            buf_addf(out, "%06d", number);
        else
            buf_char(out, item.p[i]);
}

/* A body of BODY_MAX bytes from a pattern: `x becomes a long text of x, <ITEM> as many items as have room, in which
 * # is the item's number. Several of them share the room. */
static void fill(struct buf *out, const char *pattern)
{
    size_t shares = 0, fixed = strlen(pattern);
    for (const char *p = pattern; *p; p++) shares += *p == '`' || *p == '<';
    size_t room = (BODY_MAX - fixed) / MAX(shares, 1);
    buf_init(out, BODY_MAX);
    for (const char *p = pattern; *p; p++) {
        size_t until = out->n + room - MIN(room, 128);
        if (*p == '`') {
            for (p++; out->n < until;) buf_char(out, *p);
        } else if (*p == '<') {
            const char *item = p + 1;
            p = strchr(p, '>');
            for (int i = 0; out->n < until; i++) add_item(out, str_n(item, (size_t)(p - item)), i);
        } else {
            buf_char(out, *p);
        }
    }
    ck_assert(buf_ok(out));
}

#define META      "\"metadata\":{\"name\":\"web\",\"namespace\":\"default\",\"uid\":\"1\",\"resourceVersion\":\"1\"}"
#define POD(spec) "{" META ",\"spec\":{" spec "}}"
#define CONTAINER "\"containers\":[{\"name\":\"c\",\"image\":\"nginx\"}]"
#define CRD(schema)                                                                                                    \
    "{\"metadata\":{\"name\":\"foos.example.com\",\"resourceVersion\":\"1\"},\"spec\":{\"group\":\"example.com\","     \
    "\"scope\":\"Namespaced\",\"names\":{\"plural\":\"foos\",\"kind\":\"Foo\"},\"versions\":[{\"name\":\"v1\","        \
    "\"served\":true,\"storage\":true,\"schema\":{\"openAPIV3Schema\":" schema "}}]}}"

static const struct row {
    const char *what;
    const struct api_resource *res;
    const char *object;
    int errors;  /* how many are told */
    bool update; /* from the same object */
} rows[] = {
    {"a forbidden capability, each time shown with all of them", &res_core_v1_pods,
     POD("\"containers\":[{\"name\":\"c\",\"image\":\"nginx\",\"securityContext\":{\"allowPrivilegeEscalation\":false,"
         "\"capabilities\":{\"add\":[<\"CAP_SYS_ADMIN\">]}}}]"),
     CHECK_ERRORS_MAX, false},
    {"unknown claims", &res_core_v1_pods,
     POD("\"resourceClaims\":[<{\"name\":\"c#\",\"resourceClaimName\":\"a\"}>],\"containers\":[{\"name\":\"c\","
         "\"image\":\"nginx\",\"resources\":{\"claims\":[<{\"name\":\"d#\"}>]}}]"),
     CHECK_ERRORS_MAX, false},
    {"claims that are named after a long pod", &res_core_v1_pods,
     "{\"metadata\":{\"name\":\"`a\",\"namespace\":\"default\"},\"spec\":{" CONTAINER
     ",\"volumes\":[<{\"name\":\"v#\",\"ephemeral\":{}}>]}}",
     CHECK_ERRORS_MAX, false},
    {"a long value of a label in many terms", &res_core_v1_pods,
     "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\",\"labels\":{\"k\":\"`b\"}},\"spec\":{" CONTAINER
     ",\"topologySpreadConstraints\":[{\"maxSkew\":1,\"topologyKey\":\"zone\",\"whenUnsatisfiable\":\"DoNotSchedule\","
     "\"labelSelector\":{},\"matchLabelKeys\":[<\"k\">]}]}}",
     1, false},
    {"a text that is shown whole with each of its parts", &res_core_v1_pods,
     POD(CONTAINER ",\"volumes\":[{\"name\":\"v\",\"quobyte\":{\"volume\":\"v\",\"registry\":\"`,\"}}]"),
     CHECK_ERRORS_MAX, false},
    {"owners, each shown alone and with all", &res_core_v1_configmaps,
     "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\",\"ownerReferences\":[<{\"apiVersion\":\"v1\",\"kind\":"
     "\"Event\",\"name\":\"e#\",\"uid\":\"#\",\"controller\":true}>]}}",
     CHECK_ERRORS_MAX, false},
    {"labels that a selector names", &res_apps_v1_replicasets,
     "{" META ",\"spec\":{\"selector\":{\"matchLabels\":{<\"a#\":\"b\">}},\"template\":{\"metadata\":{\"labels\":{"
     "<\"a#\":\"b\">}},\"spec\":{" CONTAINER "}}}}",
     0, false},
    {"keys of a long policy", &res_admissionregistration_k8s_io_v1_validatingadmissionpolicies,
     "{\"metadata\":{\"name\":\"`a\"},\"spec\":{\"matchConstraints\":{\"resourceRules\":[{\"apiGroups\":[\"\"],"
     "\"apiVersions\":[\"v1\"],\"operations\":[\"*\"],\"resources\":[\"pods\"]}]},\"auditAnnotations\":[<{\"key\":"
     "\"k#\",\"valueExpression\":\"1\"}>]}}",
     CHECK_ERRORS_MAX, false},
    {"subrequests of a long request", &res_resource_k8s_io_v1_resourceclaims,
     "{" META ",\"spec\":{\"devices\":{\"requests\":[{\"name\":\"`a\",\"firstAvailable\":[<{\"name\":\"s#\"}>]}]}}}", 2,
     false},
    {"steps of a webhook's path", &res_admissionregistration_k8s_io_v1_validatingwebhookconfigurations,
     "{\"metadata\":{\"name\":\"web\"},\"webhooks\":[{\"name\":\"a.b.c\",\"sideEffects\":\"None\","
     "\"admissionReviewVersions\":[\"v1\"],\"clientConfig\":{\"service\":{\"name\":\"a\",\"namespace\":\"b\",\"path\":"
     "\"`/\"}}}]}",
     CHECK_ERRORS_MAX, false},
    {"properties of a schema that was there before", &res_apiextensions_k8s_io_v1_customresourcedefinitions,
     CRD("{\"type\":\"object\",\"properties\":{<\"p#\":{\"type\":\"string\"}>}}"), 0, true},
    {"pages of a resized pod", &res_core_v1_pods,
     POD("\"containers\":[{\"name\":\"c\",\"image\":\"nginx\",\"resources\":{\"limits\":{<\"a.b/r#\":\"1\">},"
         "\"requests\":{<\"a.b/r#\":\"1\">}}}]"),
     0, true},
};

/* As a create, or an update that changes nothing, up to the store. */
static void validate(const struct row *row, struct arena *a, struct str text)
{
    const struct strategy *s = api_strategy_hooks[row->res->strategy_hook];
    struct err e = ERR_INIT;
    struct check c;
    struct json *obj = json_parse(a, text, &e), *old = NULL;
    ck_assert_msg(obj && api_decode(a, row->res->type, obj, NULL, &e), "%s: %s", row->what, e.text);
    object_default(a, row->res->type, obj);
    if (s && s->prepare_create) s->prepare_create(a, obj, 0);
    if (row->update) old = json_copy(a, obj);
    check_init(&c, a);
    object_validate(&c, row->res, obj, old, row->update && row->res == &res_core_v1_pods ? "resize" : NULL);
    struct field_error first = c.count ? c.errors[0] : (struct field_error){0};
    ck_assert_msg(c.count == row->errors, "%s: %d errors, the first %.*s: %.*s", row->what, c.count,
                  STR_ARG(first.field), (int)MIN(first.text.n, ERR_TEXT_MAX), first.text.p);
}

START_TEST(large_objects)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct buf text AUTO_BUF = {0};
        fill(&text, rows[i].object);
        validate(&rows[i], &a, buf_view(&text));
    }
}
END_TEST

/* Each level has rules, which want to know whether all below it has a structural form. */
START_TEST(deep_schema)
{
    enum { LEVELS = 200 };
    struct arena a AUTO_ARENA = {0};
    struct buf pattern AUTO_BUF = {0}, text AUTO_BUF = {0};
    struct row row = {"a deep schema", &res_apiextensions_k8s_io_v1_customresourcedefinitions, NULL, 0, false};
    buf_init(&pattern, BODY_MAX);
    buf_cstr(&pattern, "{\"type\":\"object\",\"properties\":{\"spec\":");
    for (int i = 0; i < LEVELS; i++)
        buf_cstr(&pattern,
                 "{\"type\":\"array\",\"x-kubernetes-validations\":[{\"rule\":\"true\",\"fieldPath\":\".a\"}],"
                 "\"items\":");
    buf_cstr(&pattern, "{\"type\":\"object\",\"properties\":{<\"p#\":{\"type\":\"string\"}>}}");
    for (int i = 0; i < LEVELS; i++) buf_char(&pattern, '}');
    buf_cstr(&pattern, "}}");
    row.object = arena_printf(&a, CRD("%s"), pattern.p);
    row.errors = LEVELS; /* no level has the field */
    fill(&text, row.object);
    validate(&row, &a, buf_view(&text));
}
END_TEST

/* ---- Cells ---- */

START_TEST(cells_of_a_quota)
{
    struct arena a AUTO_ARENA = {0};
    struct buf text AUTO_BUF = {0};
    struct err e = ERR_INIT;
    fill(&text, "{\"status\":{\"hard\":{<\"requests.a.b/r#\":\"2\">},\"used\":{<\"requests.a.b/r#\":\"1\">}}}");
    struct json *quota = json_parse(&a, buf_view(&text), &e);
    ck_assert_msg(quota && api_decode(&a, &type_core_v1_ResourceQuota, quota, NULL, &e), "%s", e.text);
    struct str cell = obj_text(column_quota_requests(&a, quota, 0));
    ck_assert(str_starts(cell, STR("requests.a.b/r000000: 1/2, requests.a.b/r000001: 1/2, ")));
}
END_TEST

/* ---- Services: their ports are looked at before they are validated ---- */

static bool claims(struct arena *a, struct str text, struct str before)
{
    const struct strategy *s = api_strategy_hooks[res_core_v1_services.strategy_hook];
    struct err e = ERR_INIT;
    struct check c;
    struct claim claim;
    struct json *svc = json_parse(a, text, &e), *old = before.n ? json_parse(a, before, &e) : NULL;
    ck_assert_msg(svc && api_decode(a, res_core_v1_services.type, svc, NULL, &e), "%s", e.text);
    if (old) ck_assert_msg(api_decode(a, res_core_v1_services.type, old, NULL, &e), "%s", e.text);
    check_init(&c, a);
    claim_init(&claim, a);
    bool ok = s->claim(&c, &claim, svc, old, &e);
    if (ok && old) s->prepare_update(a, svc, old, NULL);
    claim_give_back(&claim);
    return ok;
}

#define SERVICE(type, ports) "{" META ",\"spec\":{\"type\":\"" type "\",\"ports\":[" ports "]}}"

static const struct {
    const char *before, *service; /* before NULL: a create */
    bool ok;
} services[] = {
    {NULL, SERVICE("NodePort", "<{\"port\":1#}>"), false}, /* more than there are node ports */
    {NULL, SERVICE("NodePort", "<{\"port\":80,\"name\":\"p#\"}>"), true},
    {NULL, SERVICE("NodePort", "<{\"port\":80,\"nodePort\":30001}>"), true},
    {NULL, SERVICE("LoadBalancer", "<{\"port\":1#,\"nodePort\":3#}>"), false},
    {SERVICE("LoadBalancer", "<{\"port\":1#,\"name\":\"a#\"}>"),
     SERVICE("LoadBalancer", "<{\"port\":1#,\"name\":\"b#\"}>"), false},
    {SERVICE("NodePort", "<{\"port\":1#,\"nodePort\":30001,\"name\":\"a#\"}>"),
     SERVICE("NodePort", "<{\"port\":1#,\"nodePort\":30001,\"name\":\"b#\"}>"), true},
    {SERVICE("NodePort", "<{\"port\":1#,\"nodePort\":1#,\"name\":\"a#\"}>"),
     SERVICE("ClusterIP", "<{\"port\":1#,\"nodePort\":1#,\"name\":\"b#\"}>"), true},
};

START_TEST(ports_of_services)
{
    struct err e = ERR_INIT;
    ck_assert(service_alloc_init("10.96.0.0/16", "30000-32767", &e));
    for (size_t i = 0; i < ARRAY_LEN(services); i++) {
        struct arena a AUTO_ARENA = {0};
        struct buf text AUTO_BUF = {0}, before AUTO_BUF = {0};
        fill(&text, services[i].service);
        if (services[i].before) fill(&before, services[i].before);
        ck_assert_msg(claims(&a, buf_view(&text), buf_view(&before)) == services[i].ok, "row %zu", i);
    }
    service_alloc_release();
}
END_TEST

TEST_MAIN("hostile", large_objects, deep_schema, cells_of_a_quota, ports_of_services)
