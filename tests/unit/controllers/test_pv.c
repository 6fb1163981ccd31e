/* test_pv.c - the controllers of claims and volumes, and their protection, against a scripted API server. */
#include "base/clk.h"
#include "check_main.h"
#include "client/ctl.h"
#include "fake_rest.h"

extern const struct ctl_spec pv_binder_controller, pv_volume_controller, pvc_protection_controller,
    pv_protection_controller, vac_protection_controller;

static struct fake_server server;
static struct rest *client;
static struct ctl_host *host;
static pthread_mutex_t lock = MUTEX_INIT; /* what the handler reads and writes */

static struct { /* first lists, and the last body that was sent to each */
    const char *resource, *items;
    char last[4096], status[4096];
} kinds[] = {{"persistentvolumeclaims", "", "", ""},
             {"persistentvolumes", "", "", ""},
             {"storageclasses", "", "", ""},
             {"pods", "", "", ""},
             {"nodes", "", "", ""},
             {"events", "", "", ""},
             {"volumeattributesclasses", "", "", ""}};
enum { KIND_CLAIMS, KIND_VOLUMES, KIND_CLASSES, KIND_PODS, KIND_NODES, KIND_EVENTS, KIND_ATTRIBUTES };
static char events[8192]; /* "Reason: message\n" */

static bool has(struct str s, const char *part) { return memmem(s.p, s.n, part, strlen(part)) != NULL; }

static void note_event(struct str body)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *ev = json_parse(&a, body, &e);
    size_t at = strlen(events);
    snprintf(events + at, sizeof events - at, "%.*s: %.*s\n", STR_ARG(obj_str(ev, ".reason")),
             STR_ARG(obj_str(ev, ".message")));
}

static void answer(const struct fake_request *rq, struct fake_reply *rp, int k)
{
    bool get = str_eqc(rq->method, "GET");
    if (get && !*kinds[k].items && has(rq->path, "/u-")) { /* one that is asked for by name */
        rp->status = 404;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"NotFound\",\"code\":404}");
    } else if (get) {
        buf_addf(&rp->body,
                 "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[%s]}",
                 kinds[k].items);
    } else {
        char *into = has(rq->path, "/status") ? kinds[k].status : kinds[k].last;
        snprintf(into, sizeof kinds[k].last, "%.*s", STR_ARG(rq->body));
        if (k == KIND_EVENTS) note_event(rq->body);
        rp->status = str_eqc(rq->method, "POST") ? 201 : 200;
        if (rq->body.n)
            buf_str(&rp->body, rq->body);
        else
            buf_cstr(&rp->body, "{}");
    }
}

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    mutex_lock(&lock);
    if (has(rq->path, "sim.kubestep.dev"))
        rp->status = 404;
    else if (has(rq->path, "watch=true"))
        rp->stream = true;
    for (size_t k = 0; rp->status == 200 && !rp->stream && k < ARRAY_LEN(kinds); k++)
        if (has(rq->path, kinds[k].resource)) {
            answer(rq, rp, (int)k);
            break;
        }
    mutex_unlock(&lock);
}

static void up(const struct ctl_spec *spec)
{
    events[0] = '\0';
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) kinds[k].last[0] = kinds[k].status[0] = '\0';
    fake_start(&server, 0, handler, NULL);
    client = fake_rest(&server);
    host = ctl_host_new(client, "controllers");
    ctl_start(host, spec);
    ck_assert(ctl_host_run(host));
    FAKE_WAIT(ctl_host_idle(host));
}

static void down(void)
{
    ctl_host_free(host);
    rest_free(client);
    fake_stop(&server);
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) kinds[k].items = "";
}

static struct json *sent(struct arena *a, const char *text)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(a, str_of(text), &e);
    ck_assert_msg(j != NULL, "%s: %s", e.text, text);
    return j;
}

#define EXPECT(what, n) ck_assert_int_eq(fake_count(&server, (what)), (n))
#define EXPECT_EVENT(text)                                                                                             \
    do {                                                                                                               \
        FAKE_WAIT(fake_count(&server, "POST /api/v1/namespaces") > 0 && ctl_host_idle(host));                          \
        mutex_lock(&lock);                                                                                             \
        ck_assert_msg(strstr(events, (text)) != NULL, "%s", events);                                                   \
        mutex_unlock(&lock);                                                                                           \
    } while (0)

#define CLAIM(meta, spec, status)                                                                                      \
    "{\"metadata\":{\"name\":\"c\",\"namespace\":\"d\",\"uid\":\"U\",\"resourceVersion\":\"3\"" meta "},\"spec\":{"    \
    "\"accessModes\":[\"ReadWriteOnce\"],\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}" spec "},\"status\":{"     \
    "\"phase\":\"" status "\"}}"
#define PV(name, meta, spec, phase)                                                                                    \
    "{\"metadata\":{\"name\":\"" name "\",\"uid\":\"V\",\"resourceVersion\":\"4\"" meta "},\"spec\":{\"capacity\":{"   \
    "\"storage\":\"1Gi\"},\"accessModes\":[\"ReadWriteOnce\"]" spec "},\"status\":{\"phase\":\"" phase "\"}}"
#define CLASS(name, provisioner, mode)                                                                                 \
    "{\"metadata\":{\"name\":\"" name "\",\"resourceVersion\":\"2\"},\"provisioner\":\"" provisioner "\","             \
    "\"reclaimPolicy\":\"Delete\",\"volumeBindingMode\":\"" mode "\"}"
#define OF(class) ",\"storageClassName\":\"" class "\""
#define REF       ",\"claimRef\":{\"namespace\":\"d\",\"name\":\"c\",\"uid\":\"U\"}"
#define BOUND     ",\"annotations\":{\"pv.kubernetes.io/bind-completed\":\"yes\"}"

START_TEST(binds_what_is_there)
{
    struct arena a AUTO_ARENA = {0};
    kinds[KIND_CLAIMS].items = CLAIM("", OF(""), "Pending");
    kinds[KIND_VOLUMES].items = PV("v", "", OF(""), "Available");
    up(&pv_binder_controller);
    EXPECT("PUT /api/v1/persistentvolumes/v", 2); /* and its status */
    EXPECT("PUT /api/v1/persistentvolumes/v/status", 1);
    EXPECT("PUT /api/v1/namespaces/d/persistentvolumeclaims/c", 2);
    EXPECT("POST /api/v1/persistentvolumes", 0);
    const struct json *pv = sent(&a, kinds[KIND_VOLUMES].last), *claim = sent(&a, kinds[KIND_CLAIMS].last);
    ck_assert(obj_is(pv, ".spec.claimRef.uid", "U") && obj_is(pv, ".spec.claimRef.name", "c"));
    ck_assert(obj_is(pv, ".metadata.annotations[pv.kubernetes.io/bound-by-controller]", "yes"));
    ck_assert(obj_is(claim, ".spec.volumeName", "v"));
    ck_assert(obj_is(claim, ".metadata.annotations[pv.kubernetes.io/bind-completed]", "yes"));
    ck_assert(obj_is(claim, ".metadata.annotations[pv.kubernetes.io/bound-by-controller]", "yes"));
    const struct json *status = sent(&a, kinds[KIND_CLAIMS].status);
    ck_assert(obj_is(status, ".status.phase", "Bound") && obj_is(status, ".status.capacity.storage", "1Gi"));
    ck_assert(obj_is(sent(&a, kinds[KIND_VOLUMES].status), ".status.phase", "Bound"));
    down();
}
END_TEST

START_TEST(makes_what_is_missing)
{
    struct arena a AUTO_ARENA = {0};
    kinds[KIND_CLAIMS].items = CLAIM("", OF("s"), "Pending");
    kinds[KIND_CLASSES].items = CLASS("s", "kubestep.dev/hostpath", "Immediate");
    up(&pv_binder_controller);
    EXPECT("POST /api/v1/persistentvolumes", 1);
    EXPECT_EVENT("ProvisioningSucceeded: Successfully provisioned volume pvc-U using kubestep.dev/hostpath");
    const struct json *claim = sent(&a, kinds[KIND_CLAIMS].last);
    ck_assert(obj_is(claim, ".spec.volumeName", "pvc-U"));
    ck_assert(
        obj_is(claim, ".metadata.annotations[volume.kubernetes.io/storage-provisioner]", "kubestep.dev/hostpath"));
    down();
}
END_TEST

START_TEST(waits_for_others)
{
    static const struct {
        const char *claim, *class, *event;
    } rows[] = {
        {CLAIM("", OF("s"), "Pending"), CLASS("s", "example.com/x", "Immediate"),
         "ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'example.com/x'"},
        {CLAIM("", OF("s"), "Pending"), CLASS("s", "kubernetes.io/no-provisioner", "Immediate"),
         "ProvisioningFailed: no volume plugin matched name: kubernetes.io/no-provisioner"},
        {CLAIM("", OF("t"), "Pending"), CLASS("s", "kubestep.dev/hostpath", "Immediate"),
         "ProvisioningFailed: storageclass.storage.k8s.io \"t\" not found"},
        {CLAIM("", OF(""), "Pending"), CLASS("s", "kubestep.dev/hostpath", "Immediate"),
         "FailedBinding: no persistent volumes available for this claim and no storage class is set"},
        {CLAIM("", OF("s"), "Pending"), CLASS("s", "kubestep.dev/hostpath", "WaitForFirstConsumer"),
         "WaitForFirstConsumer: waiting for first consumer to be created before binding"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        kinds[KIND_CLAIMS].items = rows[i].claim;
        kinds[KIND_CLASSES].items = rows[i].class;
        up(&pv_binder_controller);
        EXPECT_EVENT(rows[i].event);
        EXPECT("POST /api/v1/persistentvolumes", 0);
        down();
    }
}
END_TEST

#define SELECTED(node) ",\"annotations\":{\"volume.kubernetes.io/selected-node\":\"" node "\"}"
#define POD_ON(node)                                                                                                   \
    "{\"metadata\":{\"name\":\"p\",\"namespace\":\"d\",\"uid\":\"P\",\"resourceVersion\":\"9\"},\"spec\":{"            \
    "\"nodeName\":\"" node "\",\"volumes\":[{\"name\":\"v\",\"persistentVolumeClaim\":{\"claimName\":\"c\"}}]}}"

/* The scheduler chose a node, and no volume was free there. */
START_TEST(the_first_consumer)
{
    struct arena a AUTO_ARENA = {0};
    kinds[KIND_CLAIMS].items = CLAIM(SELECTED("n"), OF("s"), "Pending");
    kinds[KIND_CLASSES].items = CLASS("s", "kubestep.dev/hostpath", "WaitForFirstConsumer");
    kinds[KIND_VOLUMES].items = PV("v", "", OF("s"), "Available"); /* came since: not what was decided */
    kinds[KIND_NODES].items = "{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"1\"}}";
    up(&pv_binder_controller);
    EXPECT("POST /api/v1/persistentvolumes", 1);
    EXPECT("PUT /api/v1/persistentvolumes/v", 0);
    const struct json *claim = sent(&a, kinds[KIND_CLAIMS].last);
    ck_assert(obj_is(claim, ".spec.volumeName", "pvc-U"));
    ck_assert(obj_is(claim, ".metadata.annotations[volume.kubernetes.io/selected-node]", "n"));
    down();
}
END_TEST

/* Or it reserved a volume for the claim: that is the one. */
START_TEST(what_the_scheduler_reserved)
{
    struct arena a AUTO_ARENA = {0};
    kinds[KIND_CLAIMS].items = CLAIM("", OF("s"), "Pending");
    kinds[KIND_CLASSES].items = CLASS("s", "kubernetes.io/no-provisioner", "WaitForFirstConsumer");
    kinds[KIND_VOLUMES].items = PV("v", "", OF("s") REF, "Available");
    up(&pv_binder_controller);
    EXPECT("PUT /api/v1/persistentvolumes/v/status", 1);
    ck_assert(obj_is(sent(&a, kinds[KIND_CLAIMS].last), ".spec.volumeName", "v"));
    down();
}
END_TEST

/* A pod that has a node already did not come from the scheduler: nobody chooses for its claim. */
START_TEST(nobody_chose)
{
    kinds[KIND_CLAIMS].items = CLAIM("", OF("s"), "Pending");
    kinds[KIND_CLASSES].items = CLASS("s", "kubestep.dev/hostpath", "WaitForFirstConsumer");
    kinds[KIND_NODES].items = "{\"metadata\":{\"name\":\"n\",\"resourceVersion\":\"1\"}}";
    kinds[KIND_PODS].items = POD_ON("n");
    up(&pv_binder_controller);
    EXPECT_EVENT("WaitForFirstConsumer: waiting for first consumer to be created before binding");
    EXPECT("POST /api/v1/persistentvolumes", 0);
    down();
    kinds[KIND_CLAIMS].items = CLAIM("", OF("s"), "Pending");
    kinds[KIND_CLASSES].items = CLASS("s", "kubestep.dev/hostpath", "WaitForFirstConsumer");
    kinds[KIND_PODS].items = POD_ON("");
    up(&pv_binder_controller);
    EXPECT_EVENT("WaitForPodScheduled: waiting for pod p to be scheduled");
    down();
}
END_TEST

START_TEST(the_chosen_node_is_gone)
{
    struct arena a AUTO_ARENA = {0};
    kinds[KIND_CLAIMS].items = CLAIM(SELECTED("gone"), OF("s"), "Pending");
    kinds[KIND_CLASSES].items = CLASS("s", "kubestep.dev/hostpath", "WaitForFirstConsumer");
    up(&pv_binder_controller);
    EXPECT("POST /api/v1/persistentvolumes", 0);
    ck_assert(!obj_has(sent(&a, kinds[KIND_CLAIMS].last), ".metadata.annotations[volume.kubernetes.io/selected-node]"));
    down();
}
END_TEST

START_TEST(named_and_lost)
{
    static const struct {
        const char *claim, *volumes, *phase, *event;
    } rows[] = {
        {CLAIM("", OF("") ",\"volumeName\":\"v\"", "Pending"), PV("v", "", OF("other"), "Available"), "",
         "VolumeMismatch: Cannot bind to requested volume \"v\": storageClassName does not match"},
        {CLAIM("", OF("") ",\"volumeName\":\"v\"", "Pending"),
         PV("v", "", OF("") ",\"claimRef\":{\"namespace\":\"d\",\"name\":\"x\"}", "Available"), "",
         "FailedBinding: volume \"v\" already bound to a different claim."},
        {CLAIM(BOUND, "", "Bound"), "", "Lost",
         "ClaimLost: Bound claim has lost reference to PersistentVolume. Data on the volume is lost!"},
        {CLAIM(BOUND, ",\"volumeName\":\"u-gone\"", "Bound"), "", "Lost",
         "ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!"},
        {CLAIM(BOUND, ",\"volumeName\":\"v\"", "Bound"),
         PV("v", "", ",\"claimRef\":{\"namespace\":\"d\",\"name\":\"x\",\"uid\":\"X\"}", "Bound"), "Lost",
         "ClaimMisbound: Two claims are bound to the same volume, this one is bound incorrectly"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        kinds[KIND_CLAIMS].items = rows[i].claim;
        kinds[KIND_VOLUMES].items = rows[i].volumes;
        up(&pv_binder_controller);
        EXPECT_EVENT(rows[i].event);
        if (*rows[i].phase) ck_assert(obj_is(sent(&a, kinds[KIND_CLAIMS].status), ".status.phase", rows[i].phase));
        down();
    }
}
END_TEST

/* ---- Volumes ---- */

#define PROVISIONED(by) ",\"annotations\":{\"pv.kubernetes.io/provisioned-by\":\"" by "\"}"
#define POLICY(p)       ",\"persistentVolumeReclaimPolicy\":\"" p "\""
#define GONE            ",\"claimRef\":{\"namespace\":\"d\",\"name\":\"u-gone\",\"uid\":\"T\"}"

START_TEST(phases)
{
    static const struct {
        const char *claims, *volume, *phase;
        int deletes;
    } rows[] = {
        {"", PV("v", "", "", "Pending"), "Available", 0},
        {"", PV("v", "", ",\"claimRef\":{\"namespace\":\"d\",\"name\":\"c\"}", "Pending"), "Available", 0},
        {CLAIM("", ",\"volumeName\":\"v\"", "Bound"), PV("v", "", REF, "Available"), "Bound", 0},
        {CLAIM("", "", "Pending"), PV("v", "", REF, "Available"), "", 0}, /* the claim's controller goes on */
        {CLAIM("", ",\"volumeName\":\"w\"", "Bound"), PV("v", "", REF, "Bound"), "Available", 0},
        {"", PV("v", "", GONE POLICY("Retain"), "Bound"), "Released", 0},
        {"", PV("v", PROVISIONED("kubestep.dev/hostpath"), GONE POLICY("Delete"), "Bound"), "Released", 1},
        {"", PV("v", PROVISIONED("example.com/x"), GONE POLICY("Delete"), "Bound"), "Released", 0},
        {"", PV("v", "", GONE POLICY("Recycle"), "Released"), "Failed", 0},
        {"", PV("v", "", GONE POLICY("Delete") ",\"nfs\":{}", "Released"), "Failed", 0},
        {"", PV("v", "", GONE POLICY("Delete") ",\"hostPath\":{\"path\":\"/data\"}", "Released"), "Failed", 0},
        {"", PV("v", "", GONE POLICY("Delete") ",\"hostPath\":{\"path\":\"/tmp/x\"}", "Released"), "", 1},
        {CLAIM("", ",\"volumeName\":\"w\"", "Bound"),
         PV("v", PROVISIONED("kubestep.dev/hostpath"), REF POLICY("Delete"), "Bound"), "Released", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        kinds[KIND_CLAIMS].items = rows[i].claims;
        kinds[KIND_VOLUMES].items = rows[i].volume;
        up(&pv_volume_controller);
        if (*rows[i].phase)
            ck_assert_msg(obj_is(sent(&a, kinds[KIND_VOLUMES].status), ".status.phase", rows[i].phase), "row %zu: %s",
                          i, kinds[KIND_VOLUMES].status);
        else
            ck_assert_msg(!kinds[KIND_VOLUMES].status[0], "row %zu: %s", i, kinds[KIND_VOLUMES].status);
        ck_assert_msg(fake_count(&server, "DELETE /api/v1/persistentvolumes/v") == rows[i].deletes, "row %zu", i);
        down();
    }
}
END_TEST

/* ---- Protection ---- */

#define GOING(finalizer)                                                                                               \
    ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\",\"finalizers\":[\"example.com/mine\",\"" finalizer "\"]"
#define USER(name, spec)                                                                                               \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"d\",\"uid\":\"" name                                         \
    "\",\"resourceVersion\":\"9\"},\"spec\":{" spec                                                                    \
    "\"volumes\":[{\"name\":\"v\",\"persistentVolumeClaim\":{\"claimName\":\"c\"}}]}}"

START_TEST(claims_in_use_stay)
{
    static const struct {
        const char *meta, *pods;
        int finalizers; /* of the claim that was written; -1: none was */
    } rows[] = {
        {"", "", 1},
        {",\"finalizers\":[\"kubernetes.io/pvc-protection\"]", "", -1},
        {GOING("kubernetes.io/pvc-protection"), "", 1},
        {GOING("kubernetes.io/pvc-protection"), USER("p", "\"nodeName\":\"n\","), -1},
        {GOING("kubernetes.io/pvc-protection"), USER("p", ""), 1}, /* on no node: it cannot begin to use it */
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        AUTO_FREE char *claim = xasprintf("{\"metadata\":{\"name\":\"c\",\"namespace\":\"d\",\"uid\":\"U\","
                                          "\"resourceVersion\":\"3\"%s}}",
                                          rows[i].meta);
        kinds[KIND_CLAIMS].items = claim;
        kinds[KIND_PODS].items = rows[i].pods;
        up(&pvc_protection_controller);
        ck_assert_msg(fake_count(&server, "PUT") == (rows[i].finalizers >= 0), "row %zu", i);
        if (rows[i].finalizers >= 0)
            ck_assert_int_eq((int)obj_count(sent(&a, kinds[KIND_CLAIMS].last), ".metadata.finalizers"),
                             rows[i].finalizers);
        down();
    }
}
END_TEST

START_TEST(bound_volumes_stay)
{
    static const struct {
        const char *volume;
        int writes;
    } rows[] = {
        {PV("v", "", "", "Available"), 1},
        {PV("v", ",\"finalizers\":[\"kubernetes.io/pv-protection\"]", "", "Available"), 0},
        {PV("v", GOING("kubernetes.io/pv-protection"), "", "Bound"), 0},
        {PV("v", GOING("kubernetes.io/pv-protection"), "", "Released"), 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        kinds[KIND_VOLUMES].items = rows[i].volume;
        up(&pv_protection_controller);
        ck_assert_msg(fake_count(&server, "PUT") == rows[i].writes, "row %zu", i);
        down();
    }
}
END_TEST

#define ATTRIBUTES(meta)                                                                                               \
    "{\"metadata\":{\"name\":\"gold\",\"uid\":\"A\",\"resourceVersion\":\"3\"" meta "},\"driverName\":\"x\"}"
#define NAMES_CLASS(part, member)                                                                                      \
    "{\"metadata\":{\"name\":\"c\",\"namespace\":\"d\",\"uid\":\"U\",\"resourceVersion\":\"3\"},\"" part               \
    "\":{\"" member "\":\"gold\"}}"

START_TEST(named_attributes_stay)
{
    static const struct {
        const char *class, *claim, *volume;
        int finalizers; /* of the class that was written; -1: none was */
    } rows[] = {
        {ATTRIBUTES(""), "", "", 1},
        {ATTRIBUTES(",\"finalizers\":[\"kubernetes.io/vac-protection\"]"), "", "", -1},
        {ATTRIBUTES(GOING("kubernetes.io/vac-protection")), "", "", 1},
        {ATTRIBUTES(GOING("kubernetes.io/vac-protection")), NAMES_CLASS("spec", "volumeAttributesClassName"), "", -1},
        {ATTRIBUTES(GOING("kubernetes.io/vac-protection")), NAMES_CLASS("status", "currentVolumeAttributesClassName"),
         "", -1},
        {ATTRIBUTES(GOING("kubernetes.io/vac-protection")), "", NAMES_CLASS("spec", "volumeAttributesClassName"), -1},
        {ATTRIBUTES(GOING("kubernetes.io/vac-protection")), NAMES_CLASS("spec", "volumeName"), "", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        kinds[KIND_ATTRIBUTES].items = rows[i].class;
        kinds[KIND_CLAIMS].items = rows[i].claim;
        kinds[KIND_VOLUMES].items = rows[i].volume;
        up(&vac_protection_controller);
        ck_assert_msg(fake_count(&server, "PUT") == (rows[i].finalizers >= 0), "row %zu", i);
        if (rows[i].finalizers >= 0)
            ck_assert_msg((int)obj_count(sent(&a, kinds[KIND_ATTRIBUTES].last), ".metadata.finalizers") ==
                              rows[i].finalizers,
                          "row %zu", i);
        down();
    }
}
END_TEST

TEST_MAIN("pv", binds_what_is_there, makes_what_is_missing, waits_for_others, the_first_consumer,
          what_the_scheduler_reserved, nobody_chose, the_chosen_node_is_gone, named_and_lost, phases,
          claims_in_use_stay, bound_volumes_stay, named_attributes_stay)
