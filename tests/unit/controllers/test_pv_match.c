/* test_pv_match.c - which volume suits a claim: tables. */
#include "controllers/pv.h"

#include "check_main.h"

static const struct object *object_from(const char *text)
{
    struct err e = ERR_INIT;
    const struct object *o = object_parse(str_of(text), NULL, &e);
    ck_assert_msg(o != NULL, "%s: %s", e.text, text);
    return o;
}

/* ---- A claim and one volume ---- */

#define CLAIM(spec)                                                                                                    \
    "{\"metadata\":{\"name\":\"c\",\"namespace\":\"d\",\"uid\":\"U\"},\"spec\":{\"storageClassName\":\"s\","           \
    "\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}," spec "}}"
#define RWO "\"accessModes\":[\"ReadWriteOnce\"]"
#define VOLUME(size, more)                                                                                             \
    "{\"metadata\":{\"name\":\"v\"},\"spec\":{\"storageClassName\":\"s\",\"capacity\":{\"storage\":\"" size            \
    "\"}," more "},\"status\":{\"phase\":\"Available\"}}"

START_TEST(why_a_named_volume_does_not_do)
{
    static const struct {
        const char *claim, *volume, *why;
    } rows[] = {
        {CLAIM(RWO), VOLUME("1Gi", RWO), NULL},
        {CLAIM(RWO), VOLUME("1025Mi", RWO), NULL},
        {CLAIM(RWO), VOLUME("1G", RWO), "requested PV is too small"},
        {CLAIM(RWO), VOLUME("1Gi", "\"accessModes\":[\"ReadWriteMany\",\"ReadWriteOnce\"]"), NULL},
        {CLAIM(RWO), VOLUME("1Gi", "\"accessModes\":[\"ReadWriteMany\"]"), "incompatible accessMode"},
        {CLAIM(RWO), VOLUME("1Gi", RWO ",\"volumeMode\":\"Block\""), "incompatible volumeMode"},
        {CLAIM(RWO), VOLUME("1Gi", RWO ",\"volumeMode\":\"Filesystem\""), NULL},
        {CLAIM(RWO ",\"volumeAttributesClassName\":\"fast\""), VOLUME("1Gi", RWO),
         "volumeAttributesClassName does not match"},
        {"{\"spec\":{" RWO ",\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}}}", VOLUME("1Gi", RWO),
         "storageClassName does not match"},
        {"{\"metadata\":{\"annotations\":{\"volume.beta.kubernetes.io/storage-class\":\"s\"}},\"spec\":{" RWO "}}",
         VOLUME("1Gi", RWO), NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct object *claim AUTO_OBJ = object_from(rows[i].claim), *pv AUTO_OBJ = object_from(rows[i].volume);
        const char *why = pv_mismatch(pv->root, claim->root);
        ck_assert_msg(why == rows[i].why || (why && rows[i].why && strcmp(why, rows[i].why) == 0), "row %zu: %s", i,
                      why ? why : "fits");
    }
}
END_TEST

/* ---- The best of several ---- */

#define PV(name, size, meta, spec)                                                                                     \
    "{\"metadata\":{\"name\":\"" name "\"" meta                                                                        \
    "},\"spec\":{\"storageClassName\":\"s\",\"capacity\":{\"storage\":\"" size "\"}," RWO spec                         \
    "},\"status\":{\"phase\":\"Available\"}}"
#define REF(name, uid) ",\"claimRef\":{\"namespace\":\"d\",\"name\":\"" name "\",\"uid\":\"" uid "\"}"
START_TEST(the_best_of_several)
{
    static const struct {
        const char *claim, *volumes[4], *best;
    } rows[] = {
        {CLAIM(RWO), {PV("big", "9Gi", "", ""), PV("fit", "1Gi", "", ""), PV("mid", "2Gi", "", "")}, "fit"},
        {CLAIM(RWO), {PV("a", "2Gi", "", ""), PV("b", "2Gi", "", "")}, "a"},
        {CLAIM(RWO), {PV("small", "1Mi", "", "")}, NULL},
        {CLAIM(RWO), {PV("fit", "1Gi", "", ""), PV("mine", "9Gi", "", REF("c", ""))}, "mine"},
        {CLAIM(RWO), {PV("fit", "1Gi", "", ""), PV("mine", "9Gi", "", REF("c", "U"))}, "mine"},
        {CLAIM(RWO), {PV("former", "1Gi", "", REF("c", "T"))}, NULL},
        {CLAIM(RWO), {PV("other", "1Gi", "", REF("x", ""))}, NULL},
        {CLAIM(RWO), {PV("mine", "1Mi", "", REF("c", ""))}, NULL}, /* too small, reserved or not */
        {CLAIM(RWO), {PV("going", "1Gi", ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"", "")}, NULL},
        {CLAIM(RWO ",\"selector\":{\"matchLabels\":{\"x\":\"1\"}}"),
         {PV("no", "1Gi", "", ""), PV("yes", "3Gi", ",\"labels\":{\"x\":\"1\"}", "")},
         "yes"},
        {CLAIM(RWO ",\"volumeMode\":\"Block\""),
         {PV("file", "1Gi", "", ""), PV("block", "3Gi", "", ",\"volumeMode\":\"Block\"")},
         "block"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct objs bucket AUTO_OBJS = {0};
        const struct object *claim AUTO_OBJ = object_from(rows[i].claim);
        for (size_t k = 0; k < 4 && rows[i].volumes[k]; k++) {
            const struct object *pv AUTO_OBJ = object_from(rows[i].volumes[k]);
            objs_add(&bucket, pv);
        }
        const struct object *best = pv_best(&bucket, claim);
        ck_assert_msg(rows[i].best ? best && str_eqc(best->name, rows[i].best) : !best, "row %zu: %.*s", i,
                      best ? (int)best->name.n : 4, best ? best->name.p : "none");
    }
}
END_TEST

/* ---- Where they are looked for ---- */

START_TEST(buckets_in_order)
{
    struct arena a AUTO_ARENA = {0};
    struct str keys[PV_BUCKETS_MAX];
    const struct object *claim AUTO_OBJ = object_from(CLAIM("\"accessModes\":[\"ReadOnlyMany\"]"));
    static const char *const want[] = {"ref/d/c",  "free/2/s",  "free/3/s",  "free/6/s", "free/10/s",
                                       "free/7/s", "free/11/s", "free/14/s", "free/15/s"};
    ck_assert_int_eq(pv_buckets(&a, claim, keys), (int)ARRAY_LEN(want));
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        ck_assert_msg(str_eqc(keys[i], want[i]), "%zu: %.*s", i, STR_ARG(keys[i]));
    const struct object *all AUTO_OBJ =
        object_from(CLAIM("\"accessModes\":[\"ReadOnlyMany\",\"ReadWriteOnce\",\"ReadWriteMany\"]"));
    ck_assert_int_eq(pv_buckets(&a, all, keys), 3);
    ck_assert(str_eqc(keys[1], "free/7/s") && str_eqc(keys[2], "free/15/s"));
}
END_TEST

START_TEST(volumes_lie_where_they_are_looked_for)
{
    static const struct {
        const char *volume, *key;
    } rows[] = {
        {PV("v", "1Gi", "", ""), "free/1/s"},
        {PV("v", "1Gi", "", REF("c", "")), "ref/d/c"},
        {"{\"metadata\":{\"name\":\"v\"},\"spec\":{" RWO "},\"status\":{\"phase\":\"Available\"}}", "free/1/"},
        {"{\"metadata\":{\"name\":\"v\"},\"spec\":{" RWO "},\"status\":{\"phase\":\"Pending\"}}", ""},
        {"{\"metadata\":{\"name\":\"v\"},\"spec\":{" RWO "},\"status\":{\"phase\":\"Failed\"}}", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct object *pv AUTO_OBJ = object_from(rows[i].volume);
        struct buf b AUTO_BUF = {0};
        buf_init(&b, 1024);
        ck_assert_int_eq(pv_index(pv, &b), *rows[i].key != '\0');
        ck_assert_msg(str_eqc(buf_view(&b), rows[i].key), "row %zu: %.*s", i, STR_ARG(buf_view(&b)));
    }
}
END_TEST

/* ---- What our provisioner makes ---- */

START_TEST(a_new_volume)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *claim AUTO_OBJ = object_from(CLAIM(RWO ",\"volumeMode\":\"Filesystem\""));
    const struct object *class AUTO_OBJ =
        object_from("{\"metadata\":{\"name\":\"s\"},\"reclaimPolicy\":\"Delete\",\"mountOptions\":[\"ro\"]}");
    const struct json *pv = pv_new_volume(&a, claim, class->root);
    ck_assert(obj_is(pv, ".metadata.name", "pvc-U") && obj_is(pv, ".spec.capacity.storage", "1Gi"));
    ck_assert(obj_is(pv, ".spec.persistentVolumeReclaimPolicy", "Delete") && obj_is(pv, ".spec.storageClassName", "s"));
    ck_assert(obj_is(pv, ".spec.accessModes[0]", "ReadWriteOnce") && obj_is(pv, ".spec.mountOptions[0]", "ro"));
    ck_assert(obj_is(pv, ".spec.claimRef.uid", "U") && obj_is(pv, ".spec.claimRef.kind", "PersistentVolumeClaim"));
    ck_assert(str_eqc(pv_annotation(pv, ANN_PROVISIONED_BY), OUR_PROVISIONER));
    ck_assert(str_eqc(pv_annotation(pv, ANN_BY_CONTROLLER), "yes"));
    ck_assert(pv_is_for_claim(pv, claim));
}
END_TEST

TEST_MAIN("pv_match", why_a_named_volume_does_not_do, the_best_of_several, buckets_in_order,
          volumes_lie_where_they_are_looked_for, a_new_volume)
