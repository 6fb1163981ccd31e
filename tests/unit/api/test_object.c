/* test_object.c - paths, building, conditions, published objects. */
#include "api/field_name.h"
#include "api/object.h"
#include "api/schema.h"
#include "base/clk.h"
#include "check_main.h"

static const char pod_text[] =
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\",\"uid\":\"u-1\","
    "\"resourceVersion\":\"42\",\"labels\":{\"app\":\"web\",\"kubernetes.io/hostname\":\"n1\"},"
    "\"managedFields\":[{\"manager\":\"kubectl\"}],\"deletionTimestamp\":\"2024-02-29T12:00:00Z\","
    "\"ownerReferences\":[{\"kind\":\"A\"},{\"kind\":\"B\",\"controller\":true}]},"
    "\"spec\":{\"containers\":[{\"name\":\"c0\",\"ports\":[{\"containerPort\":80}]},{\"name\":\"c1\"}],\"priority\":7,"
    "\"hostNetwork\":true,\"nothing\":null},"
    "\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"},{\"type\":\"Slow\",\"status\":\"False\"}]}}";

static struct json *parse(struct arena *a, const char *text)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(a, str_of(text), &e);
    ck_assert_msg(j != NULL, "%s", e.text);
    return j;
}

static void check_text(const struct json *j, const char *want)
{
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 65536);
    json_write(&out, j);
    ck_assert_str_eq(buf_view(&out).p, want);
}

START_TEST(test_read)
{
    struct arena a AUTO_ARENA = {0};
    struct json *j = parse(&a, pod_text);
    ck_assert(str_eqc(obj_name(j), "web"));
    ck_assert(str_eqc(obj_str(j, ".spec.containers[1].name"), "c1"));
    ck_assert(str_eqc(obj_str(j, ".metadata.labels[kubernetes.io/hostname]"), "n1"));
    ck_assert(str_is_null(obj_str(j, ".spec.containers[2].name")));
    ck_assert(str_is_null(obj_str(j, ".spec.priority")));
    ck_assert_int_eq(obj_int(j, ".spec.containers[0].ports[0].containerPort", -1), 80);
    ck_assert_int_eq(obj_int(j, ".spec.containers[x]", -1), -1);
    ck_assert_int_eq(obj_int(NULL, ".spec", -1), -1);
    ck_assert(obj_bool(j, ".spec.hostNetwork", false));
    ck_assert(obj_bool(j, ".spec.absent", true));
    ck_assert(!obj_has(j, ".spec.nothing"));
    ck_assert(obj_get(j, ".spec.nothing") != NULL);
    ck_assert_uint_eq(obj_count(j, ".spec.containers"), 2);
    ck_assert_uint_eq(obj_count(j, ".metadata.labels"), 2);
    ck_assert_uint_eq(obj_count(j, ".metadata.name"), 0);
    ck_assert(obj_is(j, ".kind", "Pod") && !obj_is(j, ".kind", "Po") && !obj_is(j, ".kin", ""));
    ck_assert(obj_is_deleting(j));
    ck_assert_int_eq(obj_time_s(j, ".metadata.deletionTimestamp", -1), 1709208000);
    ck_assert_int_eq(obj_time_s(j, ".metadata.name", -1), -1);
    ck_assert(obj_condition_true(j, "Ready") && !obj_condition_true(j, "Slow") && !obj_condition_true(j, "None"));
    ck_assert(str_eqc(obj_str(obj_controller(j), ".kind"), "B"));
    ck_assert(str_eqc(obj_map_str(j, ".metadata.labels", STR("app")), "web"));
    ck_assert(obj_find(j, ".spec.containers", "name", STR("c1")) != NULL);
    ck_assert(obj_find(j, ".spec.containers", "name", STR("c9")) == NULL);
    ck_assert(str_eqc(obj_nsname(&a, j), "shop/web"));
    int seen = 0;
    for (OBJ_EACH(it, j, ".metadata.labels")) {
        ck_assert(str_eqc(obj_key(it), seen ? "kubernetes.io/hostname" : "app"));
        ck_assert(str_eqc(obj_text(it), seen ? "n1" : "web"));
        seen++;
    }
    ck_assert_int_eq(seen, 2);
}
END_TEST

START_TEST(test_build)
{
    struct arena a AUTO_ARENA = {0};
    struct json *j = obj_new(&a, "v1", "Pod");
    char name[] = "web";
    obj_put_cstr(&a, j, ".metadata.name", name);
    name[0] = 'X'; /* the text was copied */
    obj_map_put_str(&a, j, ".metadata.labels", STR("a.b/c"), STR("1"));
    obj_map_put_str(&a, j, ".metadata.labels", STR("a.b/c"), STR("2"));
    obj_put_str(&a, j, ".metadata.annotations[x.y/z]", STR("q"));
    struct json *c = obj_append(&a, j, ".spec.containers");
    obj_put_fmt(&a, c, ".name", "c%d", 0);
    obj_put_int(&a, j, ".spec.containers[0].ports[p]", 80);
    obj_append_str(&a, j, ".metadata.finalizers", STR("f"));
    obj_put_bool(&a, j, ".spec.on", true);
    obj_put_time(&a, j, ".spec.t", 0);
    obj_put_microtime(&a, j, ".spec.m", 1500000);
    check_text(j,
               "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web\",\"labels\":{\"a.b/c\":\"2\"},"
               "\"annotations\":{\"x.y/z\":\"q\"},\"finalizers\":[\"f\"]},\"spec\":{\"containers\":[{\"name\":\"c0\","
               "\"ports\":{\"p\":80}}],\"on\":true,\"t\":\"1970-01-01T00:00:00Z\","
               "\"m\":\"1970-01-01T00:00:00.001500Z\"}}");
    obj_put_copy(&a, j, ".spec.containers[0]", obj_get(j, ".metadata.labels"));
    obj_put_copy(&a, j, ".spec.absent", NULL);
    ck_assert(obj_del(j, ".metadata"));
    ck_assert(!obj_del(j, ".metadata.name"));
    ck_assert(obj_del(j, ".spec.t") && obj_del(j, ".spec.m") && obj_del(j, ".spec.on"));
    check_text(j, "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"a.b/c\":\"2\"}]}}");
    ck_assert(obj_del(j, ".spec.containers[0]"));
    ck_assert_uint_eq(obj_count(j, ".spec.containers"), 0);
    obj_put(&a, j, ".spec", json_null(&a)); /* a null on the way gives way */
    obj_put_int(&a, j, ".spec.x", 1);
    ck_assert_int_eq(obj_int(j, ".spec.x", 0), 1);
}
END_TEST

START_TEST(test_conditions)
{
    struct arena a AUTO_ARENA = {0};
    struct json *j = obj_new(&a, "v1", "Pod");
    ck_assert(obj_set_condition(&a, j, "Ready", "False", "Waiting", STR("not yet"), 100));
    ck_assert_int_eq(obj_time_s(obj_condition(j, "Ready"), ".lastTransitionTime", -1), 100);
    ck_assert(!obj_set_condition(&a, j, "Ready", "False", "Waiting", STR("not yet"), 200));
    ck_assert(obj_set_condition(&a, j, "Ready", "False", "Waiting", STR("still"), 200));
    ck_assert_int_eq(obj_time_s(obj_condition(j, "Ready"), ".lastTransitionTime", -1), 100);
    ck_assert(obj_set_condition(&a, j, "Ready", "True", NULL, STR_NULL, 300));
    ck_assert(!obj_set_condition(&a, j, "Ready", "True", NULL, STR_NULL, 400));
    ck_assert_int_eq(obj_time_s(obj_condition(j, "Ready"), ".lastTransitionTime", -1), 300);
    ck_assert(!obj_has(obj_condition(j, "Ready"), ".reason"));
    ck_assert_uint_eq(obj_count(j, ".status.conditions"), 1);
    obj_put_owner(&a, j, parse(&a, pod_text));
    check_text(obj_controller(j), "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"web\",\"uid\":\"u-1\","
                                  "\"controller\":true,\"blockOwnerDeletion\":true}");
}
END_TEST

START_TEST(test_published)
{
    static const char *const drop[] = {".metadata.managedFields", ".spec.absent", NULL};
    struct err e = ERR_INIT;
    char text[sizeof pod_text];
    memcpy(text, pod_text, sizeof text);
    const struct object *whole AUTO_OBJ = object_parse(STR(pod_text), NULL, &e);
    const struct object *part AUTO_OBJ = object_parse(str_of(text), drop, &e);
    memset(text, 'x', sizeof text); /* the object keeps no pointer into the text */
    ck_assert(obj_has(whole->root, ".metadata.managedFields") && !obj_has(part->root, ".metadata.managedFields"));
    ck_assert(str_eqc(part->kind, "Pod") && str_eqc(part->api_version, "v1") && str_eqc(part->ns, "shop"));
    ck_assert(str_eqc(part->name, "web") && str_eqc(part->uid, "u-1"));
    ck_assert_uint_eq(part->rv, 42);
    ck_assert_uint_eq(obj_count(part->labels, ""), 2);
    ck_assert_uint_lt(part->arena.total, whole->arena.total);

    const struct object *again AUTO_OBJ = object_of(part->root);
    ck_assert(json_equal(again->root, part->root));
    const struct object *more = object_ref(part);
    ck_assert_ptr_eq(more, part);
    object_unref(more);
    ck_assert(object_ref(NULL) == NULL);
    ck_assert(object_parse(STR("[1]"), NULL, &e) == NULL);
    ck_assert_int_eq(e.code, ERR_BAD_REQUEST);
    ck_assert(object_parse(STR("[1]"), drop, &e) == NULL);
    ck_assert(object_parse(STR("{"), NULL, &e) == NULL);
    ck_assert(object_parse(STR("{"), drop, &e) == NULL);
}
END_TEST

/* What is kept has the schema's own texts where it can, and no text of the scratch it was parsed in. */
START_TEST(test_names_are_shared)
{
    struct err e = ERR_INIT;
    struct arena scratch AUTO_ARENA = {0};
    static const char *const drop[] = {".metadata.managedFields", NULL};
    const struct object *o AUTO_OBJ = object_parse_in(&scratch, str_of(pod_text), drop, NULL, &e);
    ck_assert(o);
    (void)memset(arena_alloc(&scratch, 4096), 'x', 4096);
    ck_assert_ptr_eq(obj_get(o->root, ".metadata.ownerReferences")->key.p, field_name(STR("ownerReferences")).p);
    ck_assert_ptr_eq(obj_get(o->root, ".spec.containers[1].name")->key.p, field_name(STR("name")).p);
    const struct json *label = obj_get(o->root, ".metadata.labels[kubernetes.io/hostname]");
    ck_assert(str_eqc(label->key, "kubernetes.io/hostname") && str_eqc(obj_text(label), "n1"));
    ck_assert_ptr_null(obj_get(o->root, ".metadata.managedFields"));
    ck_assert(str_is_null(o->root->key));
}
END_TEST

START_TEST(test_field_names)
{
    for (int i = 0; i < api_type_count; i++)
        for (int k = 0; k < api_types[i]->nfields; k++) {
            struct str name = api_types[i]->fields[k].name;
            ck_assert_msg(str_eq(field_name(name), name), "%.*s", STR_ARG(name));
            if (name.n) ck_assert_ptr_eq(field_name(name).p, field_name(str_n(name.p, name.n)).p);
        }
    static const char *const others[] = {"", "kubernetes.io/hostname", "metadat", "metadata2", "Metadata", "x"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) ck_assert(!field_name(str_of(others[i])).n);
    ck_assert(!field_name(str_n("name\0", 5)).n);
    ck_assert(!field_name(STR_NULL).n);
}
END_TEST

static bool is_web(const struct object *o) { return str_eqc(o->name, "web"); }

START_TEST(test_lists)
{
    struct err e = ERR_INIT;
    struct objs l AUTO_OBJS = {0};
    for (int i = 0; i < 20; i++) {
        const struct object *o AUTO_OBJ = object_parse(
            i % 2 ? STR("{\"metadata\":{\"name\":\"web\"}}") : STR("{\"metadata\":{\"name\":\"db\"}}"), NULL, &e);
        objs_add(&l, o);
    }
    ck_assert_uint_eq(l.count, 20);
    objs_keep(&l, is_web);
    ck_assert_uint_eq(l.count, 10);
    ck_assert(str_eqc(l.items[9]->name, "web"));
}
END_TEST

TEST_MAIN("object", test_read, test_build, test_conditions, test_published, test_names_are_shared, test_field_names,
          test_lists)
