/* resources.c - see resources.h.
 * Reads: resource lists of pods and nodes.   Writes: amounts. */
#include "scheduler/resources.h"

#include "api/label.h"
#include "api/quantity.h"
#include "base/map.h"
#include "base/thread.h"

#include <stdlib.h>

/* ---- Names ---- */

struct res_row {
    const char *name, *lacking;
    bool extended;
};

static pthread_mutex_t names_lock = MUTEX_INIT; /* guards the three below; rows that are there never change */
static struct res_row names[RES_MAX] = {
    {"cpu", "Insufficient cpu", false},
    {"memory", "Insufficient memory", false},
    {"ephemeral-storage", "Insufficient ephemeral-storage", false},
};
static int names_count = RES_FIRST_SCALAR;
static struct map ids; /* name -> its row */

static bool is_native_prefixed(struct str name) { return name.n && memmem(name.p, name.n, "kubernetes.io/", 14); }

/* Some vendor's: with a prefix that is not ours, and a name that a quota could have as "requests.NAME". */
static bool is_extended(struct str name)
{
    if (str_chr(name, '/') == SIZE_MAX || is_native_prefixed(name) || str_starts(name, STR("requests."))) return false;
    struct arena scratch AUTO_ARENA = {0};
    struct buf problems AUTO_BUF = {0};
    buf_init(&problems, RES_NAME_MAX);
    return label_key_ok(&problems, str_printf(&scratch, "requests.%.*s", STR_ARG(name)));
}

/* scheduler/util IsScalarResourceName. */
static bool is_scalar(struct str name)
{
    return is_native_prefixed(name) || str_starts(name, STR("hugepages-")) ||
           str_starts(name, STR("attachable-volumes-")) || is_extended(name);
}

static struct res_row *add_name(struct str name)
{
    struct res_row *row = &names[names_count++];
    *row = (struct res_row){
        .name = str_dup(name), .lacking = xasprintf("Insufficient %.*s", STR_ARG(name)), .extended = is_extended(name)};
    map_set(&ids, name, row);
    return row;
}

int res_id(struct str name)
{
    mutex_lock(&names_lock);
    for (uint32_t i = ids.count; i < RES_FIRST_SCALAR; i++) map_set(&ids, str_of(names[i].name), &names[i]);
    struct res_row *row = map_get(&ids, name);
    if (!row && names_count < RES_MAX && name.n <= RES_NAME_MAX && is_scalar(name)) row = add_name(name);
    mutex_unlock(&names_lock);
    return row ? (int)(row - names) : -1;
}

const char *res_name(int id) { return names[id].name; }
const char *res_lacking(int id) { return names[id].lacking; }
bool res_is_extended(int id) { return names[id].extended; }

/* ---- Amounts ---- */

static int place_of(const struct amounts *a, int id)
{
    int from = 0, to = a->n;
    while (from < to) {
        int middle = from + (to - from) / 2;
        if (a->scalars[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

int64_t amounts_get(const struct amounts *a, int id)
{
    if (id < 0) return 0;
    if (id < RES_FIRST_SCALAR) return a->basic[id];
    int at = place_of(a, id);
    return at < a->n && a->scalars[at].id == id ? a->scalars[at].v : 0;
}

/* The place of a scalar that may not be there yet. There is room for it. */
static int64_t *scalar(struct amounts *a, int id)
{
    int at = place_of(a, id);
    if (at == a->n || a->scalars[at].id != id) {
        memmove(&a->scalars[at + 1], &a->scalars[at], (size_t)(a->n - at) * sizeof *a->scalars);
        a->scalars[at] = (struct amount){.id = id};
        a->n++;
    }
    return &a->scalars[at].v;
}

static int64_t *amount(struct amounts *a, int id) { return id < RES_FIRST_SCALAR ? &a->basic[id] : scalar(a, id); }

bool amounts_fit(const struct amounts *wanted, const struct amounts *in)
{
    for (int id = 0; id < RES_FIRST_SCALAR; id++)
        if (wanted->basic[id] > 0 && wanted->basic[id] > in->basic[id]) return false;
    for (int i = 0; i < wanted->n; i++)
        if (wanted->scalars[i].v > 0 && wanted->scalars[i].v > amounts_get(in, wanted->scalars[i].id)) return false;
    return true;
}

bool amounts_grew(const struct amounts *was, const struct amounts *now, const struct amounts *wanted)
{
    for (int id = 0; id < RES_FIRST_SCALAR; id++)
        if ((!wanted || wanted->basic[id] > 0) && now->basic[id] > was->basic[id]) return true;
    const struct amounts *of = wanted ? wanted : now;
    for (int i = 0; i < of->n; i++) {
        int id = of->scalars[i].id;
        if (of->scalars[i].v > 0 && amounts_get(now, id) > amounts_get(was, id)) return true;
    }
    return false;
}

void amounts_add(struct amounts *to, const struct amounts *of, int sign)
{
    for (int i = 0; i < RES_FIRST_SCALAR; i++) to->basic[i] = wrap_add(to->basic[i], wrap_mul(sign, of->basic[i]));
    if (of->n && to->n + of->n > to->cap) {
        to->cap = 2 * (to->n + of->n);
        to->scalars = xreallocarray(to->scalars, (size_t)to->cap, sizeof *to->scalars);
    }
    for (int i = 0; i < of->n; i++) {
        int64_t *v = scalar(to, of->scalars[i].id);
        *v = wrap_add(*v, wrap_mul(sign, of->scalars[i].v));
    }
}

void amounts_release(struct amounts *a)
{
    if (a->cap) free(a->scalars);
    *a = (struct amounts){0};
}

/* More cores than have room in thousandths read as none: upstream's MilliValue overflows to 0. */
static int64_t amount_of(int id, struct str text)
{
    struct qty q;
    struct err e = ERR_INIT;
    if (!qty_parse(text, &q, &e)) return 0;
    int64_t whole = qty_value(&q);
    if (id != RES_CPU) return whole;
    return whole > INT64_MAX / 1000 ? 0 : qty_milli(&q);
}

void amounts_read(struct amounts *out, struct arena *a, const struct json *map)
{
    *out = (struct amounts){.scalars = ARENA_ARRAY(a, struct amount, MIN(obj_count(map, ""), RES_MAX))};
    for (OBJ_EACH(it, map, "")) {
        int id = res_id(obj_key(it));
        if (id >= 0) *amount(out, id) = amount_of(id, obj_text(it));
    }
}

bool amounts_equal(const struct amounts *a, const struct amounts *b)
{
    if (memcmp(a->basic, b->basic, sizeof a->basic) != 0 || a->n != b->n) return false;
    for (int i = 0; i < a->n; i++)
        if (a->scalars[i].id != b->scalars[i].id || a->scalars[i].v != b->scalars[i].v) return false;
    return true;
}

/* ---- A pod's request ---- */

enum { DEFAULT_MILLI_CPU = 100, DEFAULT_MEMORY = 200 * 1024 * 1024 };
enum { HAS_CPU = 1u << RES_CPU, HAS_MEMORY = 1u << RES_MEMORY };

struct ask { /* plain, and as scoring counts */
    struct amounts plain;
    struct non_zero non_zero;
    unsigned has; /* which of cpu and memory somebody named, be it with 0 */
    int room;     /* for scalars */
};

static void ask_room(struct arena *a, struct ask *to, int more)
{
    if (to->plain.n + more <= to->room) return;
    to->room = 2 * (to->plain.n + more);
    struct amount *v = ARENA_ARRAY(a, struct amount, to->room);
    if (to->plain.n) memcpy(v, to->plain.scalars, (size_t)to->plain.n * sizeof *v);
    to->plain.scalars = v;
}

static void join(int64_t *to, int64_t v, bool most) { *to = most ? MAX(*to, v) : wrap_add(*to, v); }

/* Adds, or takes the larger of each. */
static void ask_join(struct arena *a, struct ask *to, const struct ask *of, bool most)
{
    ask_room(a, to, of->plain.n);
    for (int i = 0; i < RES_FIRST_SCALAR; i++) join(&to->plain.basic[i], of->plain.basic[i], most);
    for (int i = 0; i < of->plain.n; i++)
        join(scalar(&to->plain, of->plain.scalars[i].id), of->plain.scalars[i].v, most);
    join(&to->non_zero.cpu, of->non_zero.cpu, most);
    join(&to->non_zero.memory, of->non_zero.memory, most);
    to->has |= of->has;
}

static void ask_read(struct arena *a, struct ask *out, const struct json *requests)
{
    *out = (struct ask){.has = (obj_has(requests, ".cpu") ? HAS_CPU : 0) |
                               (obj_has(requests, ".memory") ? HAS_MEMORY : 0)};
    amounts_read(&out->plain, a, requests);
}

/* The most of what is asked, given and in effect; when a resize cannot be, without what is asked. */
static void ask_read_resized(struct arena *a, struct ask *out, const struct json *pod, const struct json *asked,
                             const struct json *given, const struct json *now)
{
    const struct json *pending = obj_condition(pod, "PodResizePending");
    const struct json *all[] = {obj_is(pending, ".reason", "Infeasible") ? NULL : asked, given, now};
    *out = (struct ask){0};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct ask one;
        ask_read(a, &one, all[i]);
        ask_join(a, out, &one, true);
    }
}

static bool is_sidecar(const struct json *container) { return obj_is(container, ".restartPolicy", "Always"); }

/* status: of the container; NULL when none is to be looked at. */
static void ask_of(struct arena *a, const struct json *pod, const struct json *container, const struct json *status,
                   struct ask *out)
{
    const struct json *asked = obj_get(container, ".resources.requests");
    if (obj_has(status, ".resources"))
        ask_read_resized(a, out, pod, asked, obj_get(status, ".allocatedResources"),
                         obj_get(status, ".resources.requests"));
    else
        ask_read(a, out, asked);
    out->non_zero.cpu = out->has & HAS_CPU ? out->plain.basic[RES_CPU] : DEFAULT_MILLI_CPU;
    out->non_zero.memory = out->has & HAS_MEMORY ? out->plain.basic[RES_MEMORY] : DEFAULT_MEMORY;
}

static void note_statuses(struct map *by_name, const struct json *pod, const char *list)
{
    for (OBJ_EACH(s, pod, list))
        if (obj_str(s, ".name").n) map_set(by_name, obj_str(s, ".name"), (void *)(uintptr_t)s);
}

/* statuses: those that count, by names of containers. */
static void ask_containers(struct arena *a, const struct json *pod, const struct map *statuses, struct ask *total)
{
    struct ask sidecars = {0}, steps = {0}, one;
    for (OBJ_EACH(c, pod, ".spec.containers")) {
        ask_of(a, pod, c, map_get(statuses, obj_str(c, ".name")), &one);
        ask_join(a, total, &one, false);
    }
    for (OBJ_EACH(c, pod, ".spec.initContainers")) {
        bool sidecar = is_sidecar(c);
        ask_of(a, pod, c, sidecar ? map_get(statuses, obj_str(c, ".name")) : NULL, &one);
        if (sidecar) {
            ask_join(a, total, &one, false);
            ask_join(a, &sidecars, &one, false);
        } else {
            ask_join(a, &one, &sidecars, false);
        }
        ask_join(a, &steps, sidecar ? &sidecars : &one, true);
    }
    ask_join(a, total, &steps, true);
}

static void ask_overhead(struct arena *a, const struct json *pod, struct ask *out)
{
    ask_read(a, out, obj_get(pod, ".spec.overhead"));
    out->non_zero = (struct non_zero){out->plain.basic[RES_CPU], out->plain.basic[RES_MEMORY]};
}

/* spec.resources may speak of these alone. */
static bool is_pod_level(struct str name)
{
    return str_eqc(name, "cpu") || str_eqc(name, "memory") || str_starts(name, STR("hugepages-"));
}

/* Where spec.resources says something it stands in for the sum of the containers. A pod that says something there has
 * no defaults for cpu and memory that any of its containers names. */
static void put_pod_level(struct arena *a, const struct json *pod, struct ask *total, unsigned has)
{
    const struct json *requests = obj_get(pod, ".spec.resources.requests");
    struct ask own;
    bool any = false;
    if (obj_has(pod, ".status.resources"))
        ask_read_resized(a, &own, pod, requests, obj_get(pod, ".status.allocatedResources"),
                         obj_get(pod, ".status.resources.requests"));
    else
        ask_read(a, &own, requests);
    ask_room(a, total, own.plain.n);
    for (OBJ_EACH(it, requests, "")) {
        int id = is_pod_level(obj_key(it)) ? res_id(obj_key(it)) : -1;
        if (id < 0) continue;
        *amount(&total->plain, id) = amounts_get(&own.plain, id);
        if (id == RES_CPU) has |= HAS_CPU;
        if (id == RES_MEMORY) has |= HAS_MEMORY;
        any = true;
    }
    if (any && has & HAS_CPU) total->non_zero.cpu = total->plain.basic[RES_CPU];
    if (any && has & HAS_MEMORY) total->non_zero.memory = total->plain.basic[RES_MEMORY];
}

void pod_request(const struct json *pod, struct arena *a, struct amounts *out, struct non_zero *non_zero)
{
    struct ask total = {0}, overhead;
    struct map statuses = {0};
    note_statuses(&statuses, pod, ".status.containerStatuses");
    note_statuses(&statuses, pod, ".status.initContainerStatuses");
    ask_containers(a, pod, &statuses, &total);
    map_release(&statuses, NULL);
    ask_overhead(a, pod, &overhead);
    put_pod_level(a, pod, &total, total.has | overhead.has);
    ask_join(a, &total, &overhead, false);
    *out = total.plain;
    *non_zero = total.non_zero;
}

bool pod_request_of_containers(const struct json *pod, struct arena *a, struct amounts *out, struct non_zero *non_zero)
{
    struct ask total = {0}, overhead;
    if (!obj_count(pod, ".spec.resources.requests")) return false;
    ask_containers(a, pod, &(struct map){0}, &total);
    ask_overhead(a, pod, &overhead);
    ask_join(a, &total, &overhead, false);
    *out = total.plain;
    *non_zero = total.non_zero;
    return true;
}
