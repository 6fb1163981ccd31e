/* workload_pod.c - what the pods of each kind of controller look like. Pure.
 * Reads: controllers' objects.   Writes: trees in the arena. */
#include "scheduler/workload_priv.h"

#include "base/map.h"

#define HASH_LABEL "pod-template-hash"
#define JOB_INDEX  "batch.kubernetes.io/job-completion-index"

enum {
    NAME_MAX_BYTES = 253,
    SUFFIX = 5,            /* letters behind generateName */
    LETTERS = 27,          /* to choose from */
    SUFFIXES = 14348907,   /* LETTERS to the power of SUFFIX */
    SUFFIX_STEP = 1000003, /* no factor in common with SUFFIXES: so many steps, so many suffixes */
    SUFFIX_FIRST = 5432109,
};

static const char letters[LETTERS + 1] = "bcdfghjklmnpqrstvwxz2456789";

/* ---- Names ---- */

/* The suffix of the i-th pod: the same in every run, and no other has it. */
static const char *suffix(struct arena *a, int i)
{
    char text[SUFFIX + 1] = {0};
    uint64_t n = ((uint64_t)i * SUFFIX_STEP + SUFFIX_FIRST) % SUFFIXES;
    for (int k = 0; k < SUFFIX; k++, n /= LETTERS) text[k] = letters[n % LETTERS];
    return arena_strdup(a, text);
}

/* A template's, as letters. Not upstream's value: that is of Go's own rendering of the template. */
static const char *template_hash(struct arena *a, const struct json *tmpl)
{
    enum { HASH_LETTERS = 9 };
    struct buf text AUTO_BUF = {0};
    char out[HASH_LETTERS + 1] = {0};
    uint64_t hash = 14695981039346656037U;
    buf_init(&text, SIZE_MAX);
    json_write(&text, tmpl);
    for (size_t i = 0; i < text.n; i++) hash = (hash ^ (uint8_t)text.p[i]) * 1099511628211U;
    for (int i = 0; i < HASH_LETTERS; i++, hash /= LETTERS) out[i] = letters[hash % LETTERS];
    return arena_strdup(a, out);
}

static struct str cut(struct str s, size_t n) { return str_n(s.p, MIN(s.n, n)); }

/* ---- Kinds ---- */

static int64_t one(const struct json *spec)
{
    (void)spec;
    return 1;
}

static int64_t replicas(const struct json *spec) { return obj_int(spec, ".replicas", 1); }

static int64_t at_once(const struct json *spec)
{
    int64_t parallelism = obj_int(spec, ".parallelism", 1);
    return MIN(parallelism, obj_int(spec, ".completions", parallelism));
}

/* A new tree of that kind and name that stands for a controller in between. */
static struct json *controller(struct arena *a, const struct maker *m, const char *api_version, const char *kind)
{
    struct json *c = obj_new(a, api_version, kind);
    obj_put_str(a, c, ".metadata.name", m->base);
    obj_put_str(a, c, ".metadata.namespace", m->ns);
    obj_put_fmt(a, c, ".metadata.uid", "trial-%d-%.*s", m->number, STR_ARG(m->base));
    obj_put_owner(a, c, m->owner);
    return c;
}

static void replica_set(struct arena *a, struct maker *m)
{
    struct str hash = str_of(template_hash(a, m->tmpl));
    m->base = str_printf(a, "%.*s-%.*s", STR_ARG(cut(m->base, NAME_MAX_BYTES - hash.n - 1)), STR_ARG(hash));
    obj_map_put_str(a, m->tmpl, ".metadata.labels", STR(HASH_LABEL), hash);
    struct json *rs = controller(a, m, "apps/v1", "ReplicaSet");
    obj_put_copy(a, rs, ".spec.selector", obj_get(m->spec, ".selector"));
    obj_map_put_str(a, rs, ".spec.selector.matchLabels", STR(HASH_LABEL), hash);
    m->owner = rs;
}

static void put_job_labels(struct arena *a, struct maker *m)
{
    static const char *const names[] = {"job-name", "batch.kubernetes.io/job-name"},
                             *const uids[] = {"controller-uid", "batch.kubernetes.io/controller-uid"};
    struct str uid = obj_uid(m->owner);
    if (obj_has(m->spec, ".selector")) return; /* whoever wrote it made the labels, too */
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        obj_map_put_str(a, m->tmpl, ".metadata.labels", str_of(names[i]), m->base);
        obj_map_put_str(a, m->tmpl, ".metadata.labels", str_of(uids[i]), uid);
    }
}

static void job_of_run(struct arena *a, struct maker *m)
{
    m->base = str_printf(a, "%.*s-1", STR_ARG(m->base));
    m->owner = controller(a, m, "batch/v1", "Job");
    put_job_labels(a, m);
}

static void add_toleration(struct arena *a, struct json *tmpl, const char *key, const char *effect)
{
    struct json *t = obj_append(a, tmpl, ".spec.tolerations");
    obj_put_cstr(a, t, ".key", key);
    obj_put_cstr(a, t, ".operator", "Exists");
    obj_put_cstr(a, t, ".effect", effect);
}

static void daemon_tolerations(struct arena *a, struct maker *m)
{
    static const struct {
        const char *key, *effect;
    } always[] = {
        {"node.kubernetes.io/not-ready", "NoExecute"},      {"node.kubernetes.io/unreachable", "NoExecute"},
        {"node.kubernetes.io/disk-pressure", "NoSchedule"}, {"node.kubernetes.io/memory-pressure", "NoSchedule"},
        {"node.kubernetes.io/pid-pressure", "NoSchedule"},  {"node.kubernetes.io/unschedulable", "NoSchedule"},
    };
    for (size_t i = 0; i < ARRAY_LEN(always); i++) add_toleration(a, m->tmpl, always[i].key, always[i].effect);
    if (obj_bool(m->tmpl, ".spec.hostNetwork", false))
        add_toleration(a, m->tmpl, "node.kubernetes.io/network-unavailable", "NoSchedule");
}

/* ---- What makes one pod another than the next ---- */

static void shape_daemon(struct arena *a, const struct maker *m, struct json *pod, int index)
{
    static const char path[] = ".spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
    struct json *required = obj_empty(a);
    obj_put(a, pod, path, required); /* instead of the template's own, which the node meets */
    struct json *field = obj_append(a, obj_append(a, required, ".nodeSelectorTerms"), ".matchFields");
    obj_put_cstr(a, field, ".key", "metadata.name");
    obj_put_cstr(a, field, ".operator", "In");
    obj_append_str(a, field, ".values", m->nodes[index]);
}

static bool is_indexed(const struct maker *m) { return obj_is(m->spec, ".completionMode", "Indexed"); }

static void shape_job(struct arena *a, const struct maker *m, struct json *pod, int index)
{
    if (!is_indexed(m)) return;
    struct str number = str_printf(a, "%d", index);
    obj_put_fmt(a, pod, ".metadata.name", "%.*s-%d-%s", STR_ARG(m->base), index, suffix(a, index));
    obj_put_fmt(a, pod, ".spec.hostname", "%.*s-%d", STR_ARG(m->base), index);
    obj_map_put_str(a, pod, ".metadata.annotations", STR(JOB_INDEX), number);
    obj_map_put_str(a, pod, ".metadata.labels", STR(JOB_INDEX), number);
}

static int64_t ordinal_of(const struct maker *m, int index) { return obj_int(m->spec, ".ordinals.start", 0) + index; }

static struct str claim_name(struct arena *a, const struct maker *m, const struct json *claim, int index)
{
    return str_printf(a, "%.*s-%.*s-%lld", STR_ARG(obj_name(claim)), STR_ARG(m->base), (long long)ordinal_of(m, index));
}

/* The claims as volumes, then the template's own but for those with the name of a claim. */
static void put_claims(struct arena *a, const struct maker *m, struct json *pod, int index)
{
    struct json *holder = obj_empty(a);
    struct map claims = {0};
    for (OBJ_EACH(t, m->spec, ".volumeClaimTemplates")) {
        struct json *v = obj_append(a, holder, ".volumes");
        obj_put_str(a, v, ".name", obj_name(t));
        obj_put_str(a, v, ".persistentVolumeClaim.claimName", claim_name(a, m, t, index));
        map_set(&claims, obj_name(t), v);
    }
    for (OBJ_EACH(v, pod, ".spec.volumes")) {
        if (map_has(&claims, obj_str(v, ".name"))) continue;
        struct json *copy = obj_append(a, holder, ".volumes");
        for (OBJ_EACH(member, v, "")) obj_put_copy(a, copy, arena_printf(a, ".%.*s", STR_ARG(obj_key(member))), member);
    }
    if (claims.count) obj_put_copy(a, pod, ".spec.volumes", obj_get(holder, ".volumes"));
    map_release(&claims, NULL);
}

static void shape_stateful(struct arena *a, const struct maker *m, struct json *pod, int index)
{
    struct str number = str_printf(a, "%lld", (long long)ordinal_of(m, index)),
               name = str_printf(a, "%.*s-%.*s", STR_ARG(m->base), STR_ARG(number));
    obj_put_str(a, pod, ".metadata.name", name);
    obj_map_put_str(a, pod, ".metadata.labels", STR("statefulset.kubernetes.io/pod-name"), name);
    obj_map_put_str(a, pod, ".metadata.labels", STR("apps.kubernetes.io/pod-index"), number);
    obj_put_str(a, pod, ".spec.hostname", name);
    put_claims(a, m, pod, index);
}

/* ---- The table ---- */

static const struct maker_kind kinds[] = {
    {"v1", "Pod", ".spec", "", one, NULL, NULL, false},
    {"v1", "PodTemplate", ".template.spec", ".template", one, NULL, NULL, false},
    {"v1", "ReplicationController", ".spec", ".spec.template", replicas, NULL, NULL, true},
    {"apps/v1", "ReplicaSet", ".spec", ".spec.template", replicas, NULL, NULL, true},
    {"apps/v1", "Deployment", ".spec", ".spec.template", replicas, replica_set, NULL, true},
    {"apps/v1", "StatefulSet", ".spec", ".spec.template", replicas, NULL, shape_stateful, true},
    {"apps/v1", "DaemonSet", ".spec", ".spec.template", one, daemon_tolerations, shape_daemon, true},
    {"batch/v1", "Job", ".spec", ".spec.template", at_once, put_job_labels, shape_job, true},
    {"batch/v1", "CronJob", ".spec.jobTemplate.spec", ".spec.jobTemplate.spec.template", at_once, job_of_run, shape_job,
     true},
};

const struct maker_kind *maker_kind_of(const struct json *object)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (obj_is(object, ".kind", kinds[i].kind) && obj_is(object, ".apiVersion", kinds[i].api_version))
            return &kinds[i];
    return NULL;
}

bool maker_is_daemon(const struct maker *m) { return m->kind->shape == shape_daemon; }

bool maker_has_claims(const struct maker *m)
{
    bool claims = m->kind->shape == shape_stateful && obj_count(m->spec, ".volumeClaimTemplates");
    for (OBJ_EACH(v, m->tmpl, ".spec.volumes")) claims = claims || obj_has(v, ".ephemeral.volumeClaimTemplate");
    return claims;
}

/* ---- Reading ---- */

/* The name of what is given: of a Pod it may be left to the server. */
static struct str name_of(const struct json *object)
{
    struct str name = obj_name(object), generate = obj_str(object, ".metadata.generateName");
    if (name.n) return name;
    while (generate.n && generate.p[generate.n - 1] == '-') generate.n--;
    return generate;
}

void maker_read(struct arena *a, struct maker *m, const struct json *object, int number)
{
    const struct maker_kind *k = maker_kind_of(object);
    const struct json *tmpl = obj_get(object, k->tmpl);
    struct str ns = obj_ns(object);
    *m = (struct maker){.kind = k,
                        .object = object,
                        .spec = obj_get(object, k->spec),
                        .ns = ns.n ? ns : STR("default"),
                        .base = name_of(object),
                        .tmpl = obj_empty(a),
                        .number = number};
    obj_put(a, m->tmpl, ".metadata", obj_empty(a));
    obj_put(a, m->tmpl, ".spec", obj_empty(a));
    obj_put_copy(a, m->tmpl, ".metadata.labels", obj_get(tmpl, ".metadata.labels"));
    obj_put_copy(a, m->tmpl, ".metadata.annotations", obj_get(tmpl, ".metadata.annotations"));
    obj_put_copy(a, m->tmpl, ".spec", obj_get(tmpl, ".spec"));
    if (k->has_owner) {
        struct json *owner = obj_new(a, k->api_version, k->kind);
        struct str uid = obj_uid(object);
        obj_put_str(a, owner, ".metadata.name", m->base);
        obj_put_str(a, owner, ".metadata.uid", uid.n ? uid : str_printf(a, "trial-%d", number));
        m->owner = owner;
    }
    if (k->between) k->between(a, m);
}

struct json *maker_pod(struct arena *a, const struct maker *m, int index)
{
    struct json *pod = obj_new(a, "v1", "Pod");
    obj_put_copy(a, pod, ".metadata", obj_get(m->tmpl, ".metadata"));
    obj_put_copy(a, pod, ".spec", obj_get(m->tmpl, ".spec"));
    bool alone = !m->owner && m->count == 1 && index == 0 && m->kind->tmpl[0] == '\0';
    if (alone)
        obj_put_str(a, pod, ".metadata.name", m->base);
    else
        obj_put_fmt(a, pod, ".metadata.name", "%.*s-%s", STR_ARG(cut(m->base, NAME_MAX_BYTES - SUFFIX - 1)),
                    suffix(a, index));
    obj_put_str(a, pod, ".metadata.namespace", m->ns);
    obj_put_fmt(a, pod, ".metadata.uid", "trial-%d-%d", m->number, index);
    if (m->owner) obj_put_owner(a, pod, m->owner);
    if (m->kind->shape) m->kind->shape(a, m, pod, index);
    return pod;
}

/* ---- Claims ---- */

static struct json *claim_of(struct arena *a, const struct maker *m, const struct json *tmpl, struct str name)
{
    struct json *c = obj_new(a, "v1", "PersistentVolumeClaim");
    obj_put_copy(a, c, ".metadata.labels", obj_get(tmpl, ".metadata.labels"));
    obj_put_copy(a, c, ".metadata.annotations", obj_get(tmpl, ".metadata.annotations"));
    obj_put_str(a, c, ".metadata.name", name);
    obj_put_str(a, c, ".metadata.namespace", m->ns);
    obj_put_fmt(a, c, ".metadata.uid", "trial-claim-%d-%.*s", m->number, STR_ARG(name));
    obj_put_copy(a, c, ".spec", obj_get(tmpl, ".spec"));
    obj_put_cstr(a, c, ".status.phase", "Pending");
    return c;
}

void maker_claims(struct arena *a, const struct maker *m, const struct json *pod, int index, maker_claim_fn *fn,
                  void *arg)
{
    if (m->kind->shape == shape_stateful)
        for (OBJ_EACH(t, m->spec, ".volumeClaimTemplates")) fn(arg, a, claim_of(a, m, t, claim_name(a, m, t, index)));
    for (OBJ_EACH(v, pod, ".spec.volumes")) {
        const struct json *t = obj_get(v, ".ephemeral.volumeClaimTemplate");
        if (!t) continue;
        struct str name = str_printf(a, "%.*s-%.*s", STR_ARG(obj_name(pod)), STR_ARG(obj_str(v, ".name")));
        struct json *claim = claim_of(a, m, t, name);
        obj_put_owner(a, claim, pod);
        fn(arg, a, claim);
    }
}
