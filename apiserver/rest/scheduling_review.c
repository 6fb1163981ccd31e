/* scheduling_review.c - POST schedulingreviews: each object of the workload goes through the stages of a create but for
 * the store, then the scheduler is asked what would become of them.
 * Reads: the review, what admission reads.   Writes: the review with its status as answer; nothing is stored. */
#include "api/decode.h"
#include "api/object.h"
#include "apiserver/admission/admission.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/status.h"
#include "apiserver/rest/write.h"
#include "apiserver/sim/reviews.h"
#include "base/map.h"
#include "base/rnd.h"
#include "schema_ids.h"

static const struct api_resource *const classes = &res_scheduling_k8s_io_v1_priorityclasses;

/* What has pods, or is one: where the pods' template is. */
static const struct made {
    const struct api_resource *res;
    const char *template; /* NULL: it is the pod */
} kinds[] = {
    {&res_core_v1_pods, NULL},
    {&res_core_v1_replicationcontrollers, ".spec.template"},
    {&res_apps_v1_deployments, ".spec.template"},
    {&res_apps_v1_replicasets, ".spec.template"},
    {&res_apps_v1_statefulsets, ".spec.template"},
    {&res_apps_v1_daemonsets, ".spec.template"},
    {&res_batch_v1_jobs, ".spec.template"},
    {&res_batch_v1_cronjobs, ".spec.jobTemplate.spec.template"},
};

static const struct made *kind_of(const struct json *object)
{
    struct str group, version;
    api_split_version(obj_str(object, ".apiVersion"), &group, &version);
    const struct api_resource *res = api_find_kind(group, version, obj_str(object, ".kind"));
    for (size_t i = 0; res && i < ARRAY_LEN(kinds); i++)
        if (kinds[i].res == res) return &kinds[i];
    return NULL;
}

/* ---- Decode, validate ---- */

static enum stage_next decode(struct write *w)
{
    w->sent = write_body(w, w->res->type, w->res->group, w->res->version, w->res->kind);
    return w->sent ? STAGE_NEXT : STAGE_DONE;
}

static bool is_known(struct str kind, const char *const *texts)
{
    for (int i = 0; texts[i]; i++)
        if (str_eqc(kind, texts[i])) return true;
    return false;
}

static void check_kind(struct check *c, const struct json *object)
{
    static const char *const texts[] = {
        "CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "ReplicationController", "StatefulSet", NULL};
    if (!json_is(object, JSON_OBJ))
        check_invalid(c, NULL, object, "must be an object");
    else if (!obj_str(object, ".kind").n)
        check_required(c, "kind", "");
    else if (!obj_str(object, ".apiVersion").n)
        check_required(c, "apiVersion", "");
    else if (is_known(obj_str(object, ".kind"), texts) && !kind_of(object))
        check_invalid(c, "apiVersion", obj_get(object, ".apiVersion"), "has no such kind");
    else if (!kind_of(object))
        check_not_supported(c, "kind", obj_get(object, ".kind"), texts);
}

static void check_workload(struct check *c, const struct json *workload)
{
    size_t i = 0, n = obj_count(workload, "");
    if (!n) check_required(c, "workload", "what is to be placed");
    if (n > REVIEW_OBJECTS_MAX) {
        check_too_many(c, "workload", n, REVIEW_OBJECTS_MAX);
        return;
    }
    for (OBJ_EACH(it, workload, "")) {
        size_t mark = check_into(c, "workload", i++);
        check_kind(c, it);
        check_pop(c, mark);
    }
}

static void check_spec(struct check *c, const struct json *spec)
{
    static const char *const configurations[] = {"configuration", "compareWith"};
    int64_t replicas = obj_int(spec, ".replicas", 0);
    size_t mark = check_member(c, "spec");
    check_workload(c, obj_get(spec, ".workload"));
    if (replicas < 0 || replicas > REVIEW_REPLICAS_MAX)
        check_invalidf(c, "replicas", obj_get(spec, ".replicas"), "must be between 0 and %d, inclusive",
                       REVIEW_REPLICAS_MAX);
    for (size_t i = 0; i < ARRAY_LEN(configurations); i++) {
        const struct json *given = json_getc(spec, configurations[i]);
        if (given && !json_is(given, JSON_OBJ) && !json_is(given, JSON_NULL))
            check_invalid(c, configurations[i], given, "must be an object");
    }
    check_pop(c, mark);
}

static enum stage_next validate(struct write *w)
{
    struct check *c = ARENA_NEW(&w->r->arena, struct check);
    check_init(c, &w->r->arena);
    check_spec(c, obj_get(w->sent, ".spec"));
    if (!c->count) return STAGE_NEXT;
    status_invalid(w->r, w->res->kind, w->res->group, obj_name(w->sent), c);
    return STAGE_DONE;
}

/* ---- The workload ---- */

/* The pods that a controller will make pass admission then; what it says of them is in the template already now. */
static bool admit_template(struct write *one, const struct made *kind)
{
    struct request *r = one->r;
    struct arena *a = &r->arena;
    const struct json *template = obj_get(one->obj, kind->template);
    struct json *pod = obj_empty(a);
    obj_put_copy(a, pod, ".metadata", obj_get(template, ".metadata"));
    obj_put_str(a, pod, ".metadata.namespace", one->ns);
    obj_put_copy(a, pod, ".spec", obj_get(template, ".spec"));
    struct admission ad = {.r = r, .res = &res_core_v1_pods, .verb = VERB_CREATE, .ns = one->ns, .obj = pod};
    r->target.res = ad.res; /* who is refused */
    r->target.name = str_printf(a, "%.*s-", STR_ARG(one->name));
    if (!admission_mutate(&ad) || !admission_validate(&ad)) return false;
    obj_put_copy(a, one->obj, arena_printf(a, "%s.spec", kind->template), obj_get(pod, ".spec"));
    return true;
}

/* As a create of it would be, up to the store. NULL: answered as that create would be. */
static struct json *make(struct write *w, const struct made *kind, const struct json *object, struct rnd *chance)
{
    static write_stage_fn *const stages[] = {write_decode,  write_own,      write_mutate,
                                             write_prepare, write_validate, write_admit};
    struct request *r = w->r;
    struct str ns = obj_ns(object);
    r->target = (struct target){.res = kind->res, .ns = ns.n ? ns : STR("default"), .verb = VERB_CREATE};
    struct write *one = ARENA_NEW(&r->arena, struct write);
    *one = (struct write){.r = r,
                          .opts = w->opts,
                          .verb = VERB_CREATE,
                          .res = kind->res,
                          .storage = kind->res->storage,
                          .ns = r->target.ns,
                          .sent = obj_copy(&r->arena, object),
                          .chance = chance};
    obj_del(one->sent, ".apiVersion");
    obj_del(one->sent, ".kind");
    if (!write_tree(one, kind->res->type, kind->res->version, kind->res->kind, one->sent)) return NULL;
    for (size_t i = 0; i < ARRAY_LEN(stages); i++)
        if (stages[i](one) != STAGE_NEXT) return NULL;
    if (kind->template && !admit_template(one, kind)) return NULL;
    return one->obj;
}

static void write_object(struct buf *out, const struct made *kind, const struct json *object)
{
    char version[API_VERSION_MAX];
    const char *comma = ",";
    buf_addf(out, "{\"apiVersion\":\"%s\",\"kind\":\"%s\"", api_version_of(kind->res->storage, version),
             kind->res->kind);
    for (OBJ_EACH(it, object, "")) {
        buf_cstr(out, comma);
        json_write_string(out, obj_key(it));
        buf_char(out, ':');
        json_write(out, it);
    }
    buf_char(out, '}');
}

/* The scheduler keeps no PriorityClasses: it gets those that the workload's pods have, each once. */
static void write_class(struct buf *out, struct map *seen, const struct made *kind, const struct json *object)
{
    const struct json *pod = kind->template ? obj_get(object, kind->template) : object;
    struct str name = obj_str(pod, ".spec.priorityClassName");
    struct item *class = !name.n || map_has(seen, name) ? NULL : cache_get(classes, STR_NULL, name);
    if (!class) return;
    map_set(seen, name, seen);
    buf_cstr(out, ",{\"apiVersion\":\"scheduling.k8s.io/v1\",\"kind\":\"PriorityClass\",");
    buf_str(out, str_from(blob_str(class->blob), 1));
    item_unref(class);
}

/* False: answered. */
static bool write_workload(struct write *w, struct buf *out)
{
    const struct target kept = w->r->target;
    struct rnd chance; /* a review draws nothing that others would have drawn */
    struct map seen = {0};
    const char *comma = "";
    bool good = true;
    rnd_stream(&chance, (uint64_t)obj_int(w->sent, ".spec.seed", 0));
    buf_cstr(out, "\"workload\":[");
    for (const struct json *it = obj_first(w->sent, ".spec.workload"); it && good; it = obj_next(it)) {
        const struct made *kind = kind_of(it);
        const struct json *made = make(w, kind, it, &chance);
        good = made != NULL;
        if (!good) break;
        buf_cstr(out, comma);
        write_object(out, kind, made);
        write_class(out, &seen, kind, made);
        comma = ",";
    }
    buf_char(out, ']');
    map_release(&seen, NULL);
    w->r->target = kept;
    return good;
}

/* ---- The question ---- */

static void write_rest(struct buf *out, const struct json *spec)
{
    static const char *const members[] = {"replicas", "configuration", "compareWith", "fill", "seed"};
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const struct json *value = json_getc(spec, members[i]);
        if (!value || json_is(value, JSON_NULL)) continue;
        buf_addf(out, ",\"%s\":", members[i]);
        json_write(out, value);
    }
}

static enum stage_next ask(struct write *w)
{
    struct request *r = w->r;
    struct buf text AUTO_BUF = {0};
    struct review_answer *answer = ARENA_NEW(&r->arena, struct review_answer);
    buf_init(&text, REVIEW_TEXT_MAX);
    if (!write_workload(w, &text)) return STAGE_DONE;
    write_rest(&text, obj_get(w->sent, ".spec"));
    if (!buf_ok(&text)) {
        status_failf(r, ERR_TOO_LARGE, "limit is %d", REVIEW_TEXT_MAX);
        return STAGE_DONE;
    }
    r->ctx = answer;
    w->stage++; /* where it goes on, maybe on another thread before this one returns */
    if (reviews_ask(r, buf_view(&text), answer, write_continue)) return STAGE_WAIT;
    w->stage--;
    return STAGE_NEXT;
}

/* ---- The answer ---- */

static enum stage_next refuse(struct request *r, enum review_end why)
{
    static const struct {
        enum err_code code;
        const char *text;
    } rows[] = {
        [REVIEW_LATE] = {ERR_TIMEOUT, "request did not complete within the allotted timeout"},
        [REVIEW_NOBODY] = {ERR_UNAVAILABLE, "no scheduler is connected"},
        [REVIEW_FULL] = {ERR_TOO_MANY, "Too many requests, please try again later."},
        [REVIEW_GONE] = {ERR_TIMEOUT, "request did not complete within the allotted timeout"},
        [REVIEW_CLOSED] = {ERR_UNAVAILABLE, "the API server is shutting down"},
    };
    status_failf(r, rows[why].code, "%s", rows[why].text);
    return STAGE_DONE;
}

/* "PATH: Invalid value: ..." -> the path; STR_NULL: it has none. *type: what is wrong there. */
static struct str path_of(struct str text, enum field_error_type *type)
{
    static const struct {
        const char *words;
        enum field_error_type type;
    } rows[] = {{"Invalid value: ", FE_INVALID},
                {"Required value", FE_REQUIRED},
                {"Duplicate value: ", FE_DUPLICATE},
                {"Unsupported value: ", FE_NOT_SUPPORTED},
                {"Forbidden: ", FE_FORBIDDEN}};
    struct str rest, path = str_cut(text, ':', &rest);
    rest = str_trim(rest);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!str_starts(rest, str_of(rows[i].words)) || str_chr(path, ' ') != SIZE_MAX) continue;
        *type = rows[i].type;
        return path;
    }
    *type = FE_INVALID;
    return STR_NULL;
}

/* at: which configuration; complaints: what the scheduler says of it. */
static enum stage_next refuse_configuration(struct write *w, struct str at, const struct json *complaints)
{
    struct arena *a = &w->r->arena;
    struct check *c = ARENA_NEW(a, struct check);
    check_init(c, a);
    c->cap = (int)MIN(obj_count(complaints, ""), (size_t)CHECK_ERRORS_MAX);
    c->errors = ARENA_ARRAY(a, struct field_error, c->cap + 1);
    for (const struct json *it = obj_first(complaints, ""); it && c->count < c->cap; it = obj_next(it)) {
        struct field_error *e = &c->errors[c->count++];
        struct str text = obj_text(it), path = path_of(text, &e->type);
        e->field = str_printf(a, "spec.%.*s%s%.*s", STR_ARG(at), path.n ? "." : "", STR_ARG(path));
        e->text = path.n ? str_trim(str_from(text, path.n + 1)) : text;
    }
    status_invalid(w->r, w->res->kind, w->res->group, obj_name(w->sent), c);
    return STAGE_DONE;
}

static enum stage_next respond(struct write *w)
{
    struct request *r = w->r;
    struct arena *a = &r->arena;
    const struct review_answer *answer = r->ctx;
    struct err e = ERR_INIT;
    char version[API_VERSION_MAX];
    if (answer->end != REVIEW_ANSWERED) return refuse(r, answer->end);
    const struct json *told = json_parse(a, answer->text, &e);
    if (obj_count(told, ".complaints"))
        return refuse_configuration(w, obj_str(told, ".at"), obj_get(told, ".complaints"));
    if (!told || obj_has(told, ".code")) {
        enum err_code code = told ? err_from_http((int)obj_int(told, ".code", 500), NULL) : ERR_INTERNAL;
        struct str why = obj_str(told, ".message");
        status_failf(r, code ? code : ERR_INTERNAL, "%.*s", STR_ARG(told ? why : str_of(e.text)));
        return STAGE_DONE;
    }
    obj_del(w->sent, ".status");
    obj_put_copy(a, w->sent, ".status.results", obj_get(told, ".results"));
    if (!api_decode(a, w->res->type, w->sent, NULL, &e)) {
        status_failf(r, ERR_INTERNAL, "%s", e.text);
        return STAGE_DONE;
    }
    struct json *whole = obj_new(a, api_version_of(w->res, version), w->res->kind);
    for (OBJ_EACH(it, w->sent, "")) json_add(whole, obj_key(it), json_copy(a, it));
    media_respond_tree(r, 201, w->res, whole, 0, w->include_object);
    return STAGE_NEXT;
}

const struct write_stage scheduling_stages[] = {
    {"decode", decode}, {"validate", validate}, {"workload", ask}, {"respond", respond}, {NULL, NULL}};
