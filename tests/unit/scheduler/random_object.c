/* random_object.c - see random_object.h. Reads: chance.   Writes: objects. */
#include "random_object.h"

#include "base/kassert.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 64 * 1024 };

#define PICK(r, ...) pick((r), (const char *const[]){__VA_ARGS__, NULL})
static const char *pick(struct rnd *r, const char *const *from)
{
    int n = 0;
    while (from[n]) n++;
    return from[below(r, n)];
}

struct text { /* of one object */
    struct rnd *r;
    struct buf b;
};

/* A comma, unless something has just been opened. */
static void sep(struct text *t)
{
    if (t->b.n && !strchr("{[:,", t->b.p[t->b.n - 1])) buf_char(&t->b, ',');
}

__attribute__((format(printf, 2, 3))) static void say(struct text *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    sep(t);
    buf_vaddf(&t->b, fmt, ap);
    va_end(ap);
}

static void begin(struct text *t, struct rnd *r, const char *kind, const char *name, const char *ns)
{
    *t = (struct text){.r = r};
    buf_init(&t->b, TEXT_MAX);
    buf_addf(&t->b, "{\"apiVersion\":\"v1\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%s\",\"uid\":\"%s/%s\"", kind,
             name, ns, name);
    if (*ns) say(t, "\"namespace\":\"%s\"", ns);
}

static const struct object *end(struct text *t)
{
    struct err e = ERR_INIT;
    buf_char(&t->b, '}');
    const struct object *o = object_parse(buf_view(&t->b), NULL, &e);
    KASSERT(o != NULL);
    buf_release(&t->b);
    return o;
}

/* ---- Selectors ---- */

/* {key, operator, values} over a label. */
static void requirement(struct text *t, const char *key, const char *const *values, bool numbers)
{
    static const char *const some[] = {"In", "NotIn", "Exists", "DoesNotExist", NULL};
    static const char *const all[] = {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", NULL};
    const char *op = pick(t->r, numbers ? all : some);
    say(t, "{\"key\":\"%s\",\"operator\":\"%s\"", key, op);
    if (op[0] == 'G' || op[0] == 'L')
        say(t, "\"values\":[\"%d\"]", below(t->r, 5));
    else if (op[0] == 'I' || op[0] == 'N')
        say(t, "\"values\":[\"%s\",\"%s\"]", pick(t->r, values), pick(t->r, values));
    buf_char(&t->b, '}');
}

static const char *const apps[] = {"a", "b", "c", NULL}, *const revs[] = {"1", "2", NULL};
static const char *const zones[] = {"z0", "z1", "z2", NULL}, *const disks[] = {"ssd", "hdd", NULL};

static void pod_selector(struct text *t, const char *name, bool may_be_empty)
{
    say(t, "\"%s\":{", name);
    if (!may_be_empty || chance(t->r, 70)) say(t, "\"matchLabels\":{\"app\":\"%s\"}", pick(t->r, apps));
    if (chance(t->r, 30)) {
        say(t, "\"matchExpressions\":[");
        if (chance(t->r, 50))
            requirement(t, "app", apps, false);
        else
            requirement(t, "rev", revs, false);
        buf_char(&t->b, ']');
    }
    buf_char(&t->b, '}');
}

/* fields: a term of a volume has none. */
static void node_term(struct text *t, bool fields)
{
    buf_char(&t->b, '{');
    if (!fields || chance(t->r, 90)) {
        say(t, "\"matchExpressions\":[");
        for (int i = below(t->r, 3); i >= 0; i--) {
            switch (below(t->r, 3)) {
            case 0: requirement(t, "topology.kubernetes.io/zone", zones, false); break;
            case 1: requirement(t, "disk", disks, false); break;
            default: requirement(t, "tier", revs, true);
            }
        }
        buf_char(&t->b, ']');
    }
    if (fields && chance(t->r, 15))
        say(t, "\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"%s\",\"values\":[\"n%d\"]}]",
            PICK(t->r, "In", "NotIn"), below(t->r, 6));
    buf_char(&t->b, '}');
}

static void node_terms(struct text *t, const char *name, bool fields)
{
    say(t, "\"%s\":{\"nodeSelectorTerms\":[", name);
    node_term(t, fields);
    if (chance(t->r, 30)) {
        buf_char(&t->b, ',');
        node_term(t, fields);
    }
    buf_cstr(&t->b, "]}");
}

/* ---- Nodes ---- */

static void taints(struct text *t)
{
    say(t, "\"taints\":[");
    for (int i = below(t->r, 2); i >= 0; i--)
        say(t, "{\"key\":\"%s\",\"value\":\"%s\",\"effect\":\"%s\"}", PICK(t->r, "gpu", "team"),
            PICK(t->r, "", "x", "y"), PICK(t->r, "NoSchedule", "NoSchedule", "NoExecute", "PreferNoSchedule"));
    buf_char(&t->b, ']');
}

const struct object *random_node(struct rnd *r, int number)
{
    struct text t;
    AUTO_FREE char *name = xasprintf("n%d", number);
    begin(&t, r, "Node", name, "");
    say(&t, "\"labels\":{");
    if (chance(r, 95)) say(&t, "\"kubernetes.io/hostname\":\"%s\"", name);
    if (chance(r, 85)) say(&t, "\"topology.kubernetes.io/zone\":\"%s\"", pick(r, zones));
    if (chance(r, 50)) say(&t, "\"topology.kubernetes.io/region\":\"r%d\"", below(r, 2));
    if (chance(r, 60)) say(&t, "\"disk\":\"%s\"", pick(r, disks));
    if (chance(r, 50)) say(&t, "\"tier\":\"%s\"", PICK(r, "0", "1", "2", "3", "10", "x", ""));
    buf_cstr(&t.b, "}},\"spec\":{");
    if (chance(r, 25)) taints(&t);
    if (chance(r, 8)) say(&t, "\"unschedulable\":true");
    buf_cstr(&t.b, "},\"status\":{\"allocatable\":{");
    if (chance(r, 97)) say(&t, "\"cpu\":\"%s\"", PICK(r, "500m", "1", "2", "3500m", "4", "8"));
    if (chance(r, 97)) say(&t, "\"memory\":\"%s\"", PICK(r, "512Mi", "1Gi", "2Gi", "4Gi", "8G"));
    say(&t, "\"pods\":\"%d\"", chance(r, 20) ? below(r, 3) : 4 + below(r, 8));
    if (chance(r, 40)) say(&t, "\"ephemeral-storage\":\"%dGi\"", below(r, 4));
    if (chance(r, 40)) say(&t, "\"example.com/gpu\":\"%d\"", below(r, 4));
    if (chance(r, 20)) say(&t, "\"hugepages-2Mi\":\"%dMi\"", 2 * below(r, 5));
    buf_char(&t.b, '}');
    if (chance(r, 30))
        say(&t, "\"images\":[{\"names\":[\"nginx:latest\",\"i%d\"],\"sizeBytes\":%d000000}]", below(r, 2),
            1 + below(r, 900));
    buf_char(&t.b, '}');
    return end(&t);
}

/* ---- Pods ---- */

static void requests(struct text *t)
{
    buf_char(&t->b, '{');
    if (chance(t->r, 70)) say(t, "\"cpu\":\"%s\"", PICK(t->r, "0", "100m", "250m", "0.5", "1", "1500m"));
    if (chance(t->r, 60)) say(t, "\"memory\":\"%s\"", PICK(t->r, "0", "64Mi", "200Mi", "512Mi", "1Gi", "1e8"));
    if (chance(t->r, 10)) say(t, "\"ephemeral-storage\":\"%s\"", PICK(t->r, "0", "1Gi", "2Gi"));
    if (chance(t->r, 12)) say(t, "\"example.com/gpu\":\"%d\"", below(t->r, 3));
    if (chance(t->r, 4)) say(t, "\"hugepages-2Mi\":\"%dMi\"", 2 * below(t->r, 3));
    buf_char(&t->b, '}');
}

static void ports(struct text *t)
{
    say(t, "\"ports\":[");
    for (int i = below(t->r, 2); i >= 0; i--) {
        say(t, "{\"containerPort\":8080");
        if (chance(t->r, 90)) say(t, "\"hostPort\":%d", 80 + below(t->r, 3));
        if (chance(t->r, 60)) say(t, "\"protocol\":\"%s\"", PICK(t->r, "TCP", "TCP", "UDP"));
        if (chance(t->r, 40)) say(t, "\"hostIP\":\"%s\"", PICK(t->r, "0.0.0.0", "10.0.0.1", "10.0.0.2"));
        buf_char(&t->b, '}');
    }
    buf_char(&t->b, ']');
}

static void containers(struct text *t, const char *name, int n, bool init)
{
    say(t, "\"%s\":[", name);
    for (int i = 0; i < n; i++) {
        say(t, "{\"name\":\"%s%d\",\"image\":\"%s\"", name, i, PICK(t->r, "nginx", "i0", "i1", "other"));
        if (init && chance(t->r, 50)) say(t, "\"restartPolicy\":\"Always\"");
        if (chance(t->r, 85)) {
            say(t, "\"resources\":{\"requests\":");
            requests(t);
            buf_char(&t->b, '}');
        }
        if (chance(t->r, 20)) ports(t);
        buf_char(&t->b, '}');
    }
    buf_char(&t->b, ']');
}

static const char *topology(struct text *t)
{
    return PICK(t->r, "kubernetes.io/hostname", "topology.kubernetes.io/zone", "topology.kubernetes.io/zone",
                "topology.kubernetes.io/region", "disk");
}

static void affinity_term(struct text *t)
{
    buf_addf(&t->b, "{\"topologyKey\":\"%s\"", topology(t));
    if (chance(t->r, 95)) pod_selector(t, "labelSelector", true);
    if (chance(t->r, 15)) say(t, "\"namespaces\":[\"s%d\"]", below(t->r, 2));
    if (chance(t->r, 15)) {
        say(t, "\"namespaceSelector\":{");
        if (chance(t->r, 60)) say(t, "\"matchLabels\":{\"team\":\"%s\"}", PICK(t->r, "x", "y"));
        buf_char(&t->b, '}');
    }
    buf_char(&t->b, '}');
}

static void pod_terms(struct text *t, const char *name, unsigned required, unsigned preferred)
{
    say(t, "\"%s\":{", name);
    if (chance(t->r, required)) {
        say(t, "\"requiredDuringSchedulingIgnoredDuringExecution\":[");
        affinity_term(t);
        if (chance(t->r, 25)) {
            buf_char(&t->b, ',');
            affinity_term(t);
        }
        buf_char(&t->b, ']');
    }
    if (chance(t->r, preferred)) {
        say(t, "\"preferredDuringSchedulingIgnoredDuringExecution\":[{\"weight\":%d,\"podAffinityTerm\":",
            1 + below(t->r, 100));
        affinity_term(t);
        buf_cstr(&t->b, "}]");
    }
    buf_char(&t->b, '}');
}

static void affinity(struct text *t)
{
    say(t, "\"affinity\":{");
    if (chance(t->r, 40)) {
        say(t, "\"nodeAffinity\":{");
        if (chance(t->r, 80)) node_terms(t, "requiredDuringSchedulingIgnoredDuringExecution", true);
        if (chance(t->r, 30)) {
            say(t, "\"preferredDuringSchedulingIgnoredDuringExecution\":[{\"weight\":%d,\"preference\":",
                1 + below(t->r, 100));
            node_term(t, true);
            buf_cstr(&t->b, "}]");
        }
        buf_char(&t->b, '}');
    }
    if (chance(t->r, 45)) pod_terms(t, "podAffinity", 70, 40);
    if (chance(t->r, 55)) pod_terms(t, "podAntiAffinity", 80, 30);
    buf_char(&t->b, '}');
}

static void spreading(struct text *t)
{
    say(t, "\"topologySpreadConstraints\":[");
    for (int i = below(t->r, 2); i >= 0; i--) {
        bool hard = chance(t->r, 75);
        say(t, "{\"topologyKey\":\"%s\",\"maxSkew\":%d,\"whenUnsatisfiable\":\"%s\"", topology(t), 1 + below(t->r, 3),
            hard ? "DoNotSchedule" : "ScheduleAnyway");
        if (chance(t->r, 95)) pod_selector(t, "labelSelector", false); /* an empty one is a case of its own upstream */
        if (hard && chance(t->r, 30)) say(t, "\"minDomains\":%d", 1 + below(t->r, 4));
        if (chance(t->r, 20)) say(t, "\"nodeAffinityPolicy\":\"%s\"", PICK(t->r, "Honor", "Ignore"));
        if (chance(t->r, 20)) say(t, "\"nodeTaintsPolicy\":\"%s\"", PICK(t->r, "Honor", "Ignore"));
        if (chance(t->r, 15)) say(t, "\"matchLabelKeys\":[\"rev\"]");
        buf_char(&t->b, '}');
    }
    buf_char(&t->b, ']');
}

static void tolerations(struct text *t)
{
    say(t, "\"tolerations\":[");
    for (int i = below(t->r, 2); i >= 0; i--) {
        bool exists = chance(t->r, 50);
        say(t, "{\"operator\":\"%s\"", exists ? "Exists" : "Equal");
        if (!exists || chance(t->r, 80))
            say(t, "\"key\":\"%s\"", PICK(t->r, "gpu", "team", "node.kubernetes.io/unschedulable"));
        if (!exists) say(t, "\"value\":\"%s\"", PICK(t->r, "", "x", "y"));
        if (chance(t->r, 60)) say(t, "\"effect\":\"%s\"", PICK(t->r, "NoSchedule", "NoExecute", "PreferNoSchedule"));
        buf_char(&t->b, '}');
    }
    buf_char(&t->b, ']');
}

static void volumes(struct text *t)
{
    say(t, "\"volumes\":[");
    for (int i = below(t->r, 2), first = below(t->r, CLAIMS); i >= 0; i--)
        say(t, "{\"name\":\"v%d\",\"persistentVolumeClaim\":{\"claimName\":\"c%d\"}}", i, (first + i) % CLAIMS);
    buf_char(&t->b, ']');
}

const struct object *random_pod(struct rnd *r, int number)
{
    struct text t;
    AUTO_FREE char *name = xasprintf("p%d", number), *ns = xasprintf("s%d", chance(r, 25));
    begin(&t, r, "Pod", name, ns);
    say(&t, "\"labels\":{");
    if (chance(r, 90)) say(&t, "\"app\":\"%s\"", pick(r, apps));
    if (chance(r, 70)) say(&t, "\"rev\":\"%s\"", pick(r, revs));
    buf_cstr(&t.b, "}},\"spec\":{\"schedulerName\":\"default-scheduler\"");
    containers(&t, "containers", 1 + below(r, 2), false);
    if (chance(r, 20)) containers(&t, "initContainers", 1 + below(r, 3), true);
    if (chance(r, 10)) say(&t, "\"overhead\":{\"cpu\":\"100m\",\"memory\":\"16Mi\"}");
    if (chance(r, 30)) say(&t, "\"priority\":%d", below(r, 3));
    if (chance(r, 12)) say(&t, "\"nodeSelector\":{\"%s\":\"%s\"}", "disk", pick(r, disks));
    if (chance(r, 40)) affinity(&t);
    if (chance(r, 25)) spreading(&t);
    if (chance(r, 40)) tolerations(&t);
    if (chance(r, 15)) volumes(&t);
    buf_char(&t.b, '}');
    return end(&t);
}

/* ---- Volumes and namespaces ---- */

const struct object *random_namespace(struct rnd *r, int number)
{
    struct text t;
    AUTO_FREE char *name = xasprintf("s%d", number);
    begin(&t, r, "Namespace", name, "");
    say(&t, "\"labels\":{");
    if (chance(r, 80)) say(&t, "\"team\":\"%s\"", PICK(r, "x", "y"));
    buf_cstr(&t.b, "}}");
    return end(&t);
}

const struct object *random_claim(struct rnd *r, int ns, int number)
{
    struct text t;
    AUTO_FREE char *name = xasprintf("c%d", number), *in = xasprintf("s%d", ns);
    begin(&t, r, "PersistentVolumeClaim", name, in);
    if (chance(r, 10)) say(&t, "\"deletionTimestamp\":\"2027-01-15T08:00:00Z\"");
    say(&t, "\"annotations\":{\"pv.kubernetes.io/bind-completed\":\"yes\"}");
    buf_addf(&t.b,
             "},\"spec\":{\"accessModes\":[\"%s\"],\"volumeName\":\"v-s%d-c%d\"},\"status\":{\"phase\":\"Bound\"}",
             PICK(r, "ReadWriteOnce", "ReadWriteOncePod"), ns, number);
    return end(&t);
}

const struct object *random_volume(struct rnd *r, int ns, int number)
{
    struct text t;
    AUTO_FREE char *name = xasprintf("v-s%d-c%d", ns, number);
    begin(&t, r, "PersistentVolume", name, "");
    say(&t, "\"labels\":{");
    if (chance(r, 30)) say(&t, "\"topology.kubernetes.io/zone\":\"%s\"", pick(r, zones));
    if (chance(r, 10)) say(&t, "\"topology.kubernetes.io/region\":\"r%d\"", below(r, 2));
    buf_addf(&t.b,
             "}},\"spec\":{\"capacity\":{\"storage\":\"1Gi\"},\"accessModes\":[\"ReadWriteOnce\"],"
             "\"claimRef\":{\"namespace\":\"s%d\",\"name\":\"c%d\"}",
             ns, number);
    if (chance(r, 50)) {
        say(&t, "\"nodeAffinity\":{");
        node_terms(&t, "required", false);
        buf_char(&t.b, '}');
    }
    buf_cstr(&t.b, "},\"status\":{\"phase\":\"Bound\"}");
    return end(&t);
}

/* ---- Changes ---- */

const struct object *random_change(struct rnd *r, const struct object *pod)
{
    struct arena a AUTO_ARENA = {0};
    arena_init(&a, 4096);
    struct json *copy = obj_copy(&a, pod->root);
    if (chance(r, 40))
        obj_put_cstr(&a, copy, ".metadata.deletionTimestamp", "2027-01-15T08:00:00Z");
    else
        obj_put_cstr(&a, copy, ".metadata.labels.app", pick(r, apps));
    return object_of(copy);
}

const struct object *pod_on(const struct object *pod, const char *node)
{
    struct arena a AUTO_ARENA = {0};
    arena_init(&a, 4096);
    struct json *copy = obj_copy(&a, pod->root);
    obj_put_cstr(&a, copy, ".spec.nodeName", node);
    return object_of(copy);
}
