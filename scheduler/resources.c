/* resources.c - see resources.h.
 * Reads: resource lists of pods and nodes.   Writes: amounts. */
#include "scheduler/resources.h"

#include "api/quantity.h"
#include "base/thread.h"

#include <stdlib.h>

/* ---- Names ---- */

static pthread_mutex_t names_lock = MUTEX_INIT; /* guards the two below */
static struct {
    const char *name, *lacking;
} names[RES_MAX] = {{"cpu", "Insufficient cpu"},
                    {"memory", "Insufficient memory"},
                    {"ephemeral-storage", "Insufficient ephemeral-storage"}};
static int names_count = RES_FIRST_SCALAR;

int res_id(struct str name)
{
    mutex_lock(&names_lock);
    int id = 0;
    while (id < names_count && !str_eqc(name, names[id].name)) id++;
    if (id == names_count && names_count < RES_MAX) {
        names[id].name = str_dup(name);
        names[id].lacking = xasprintf("Insufficient %.*s", STR_ARG(name));
        names_count++;
    }
    mutex_unlock(&names_lock);
    return id < RES_MAX ? id : -1;
}

const char *res_name(int id) { return names[id].name; }
const char *res_lacking(int id) { return names[id].lacking; }

bool res_is_extended(int id)
{
    struct str name = str_of(res_name(id)), suffix, domain = str_cut(name, '/', &suffix);
    if (str_is_null(suffix) || str_starts(name, STR("requests."))) return false;
    return !str_eqc(domain, "kubernetes.io") && !str_ends(domain, STR(".kubernetes.io"));
}

/* ---- Amounts ---- */

static int place_of(const struct amounts *a, int id)
{
    int at = 0;
    while (at < a->n && a->scalars[at].id < id) at++;
    return at;
}

int64_t amounts_get(const struct amounts *a, int id)
{
    if (id < RES_FIRST_SCALAR) return a->basic[id];
    int at = place_of(a, id);
    return at < a->n && a->scalars[at].id == id ? a->scalars[at].v : 0;
}

bool amounts_has(const struct amounts *a, int id)
{
    int at = place_of(a, id);
    return id < RES_FIRST_SCALAR || (at < a->n && a->scalars[at].id == id);
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

void amounts_add(struct amounts *to, const struct amounts *of, int sign)
{
    for (int i = 0; i < RES_FIRST_SCALAR; i++) to->basic[i] += sign * of->basic[i];
    if (of->n && to->n + of->n > to->cap) {
        to->cap = 2 * (to->n + of->n);
        to->scalars = xreallocarray(to->scalars, (size_t)to->cap, sizeof *to->scalars);
    }
    for (int i = 0; i < of->n; i++) *scalar(to, of->scalars[i].id) += sign * of->scalars[i].v;
}

void amounts_release(struct amounts *a)
{
    if (a->cap) free(a->scalars);
    *a = (struct amounts){0};
}

static int64_t amount_of(int id, struct str text)
{
    struct qty q;
    struct err e = ERR_INIT;
    if (!qty_parse(text, &q, &e)) return 0;
    return id == RES_CPU ? qty_milli(&q) : qty_value(&q);
}

void amounts_read(struct amounts *out, struct arena *a, const struct json *map)
{
    *out = (struct amounts){.scalars = ARENA_ARRAY(a, struct amount, obj_count(map, ""))};
    for (OBJ_EACH(it, map, "")) {
        int id = str_eqc(obj_key(it), "pods") ? -1 : res_id(obj_key(it));
        if (id < 0) continue;
        int64_t v = amount_of(id, obj_text(it));
        if (id < RES_FIRST_SCALAR)
            out->basic[id] = v;
        else
            *scalar(out, id) = v;
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

struct ask { /* plain, and as scoring counts */
    struct amounts plain;
    struct non_zero non_zero;
};

static struct amounts copy_of(struct arena *a, const struct amounts *of, int more)
{
    struct amounts out = *of;
    out.scalars = ARENA_ARRAY(a, struct amount, of->n + more);
    out.cap = 0;
    if (of->n) memcpy(out.scalars, of->scalars, (size_t)of->n * sizeof *of->scalars);
    return out;
}

static void ask_join(struct arena *a, struct ask *to, const struct ask *of, bool most)
{
    to->plain = copy_of(a, &to->plain, of->plain.n);
    for (int i = 0; i < RES_FIRST_SCALAR; i++) {
        int64_t *v = &to->plain.basic[i];
        *v = most ? MAX(*v, of->plain.basic[i]) : *v + of->plain.basic[i];
    }
    for (int i = 0; i < of->plain.n; i++) {
        int64_t *v = scalar(&to->plain, of->plain.scalars[i].id);
        *v = most ? MAX(*v, of->plain.scalars[i].v) : *v + of->plain.scalars[i].v;
    }
    struct non_zero *z = &to->non_zero;
    z->cpu = most ? MAX(z->cpu, of->non_zero.cpu) : z->cpu + of->non_zero.cpu;
    z->memory = most ? MAX(z->memory, of->non_zero.memory) : z->memory + of->non_zero.memory;
}

static const struct json *status_of(const struct json *pod, const struct json *container)
{
    struct str name = obj_str(container, ".name");
    const struct json *s = obj_find(pod, ".status.containerStatuses", "name", name);
    return s ? s : obj_find(pod, ".status.initContainerStatuses", "name", name);
}

static void ask_read(struct arena *a, struct ask *out, const struct json *requests)
{
    amounts_read(&out->plain, a, requests);
    out->non_zero.cpu = obj_has(requests, ".cpu") ? out->plain.basic[RES_CPU] : DEFAULT_MILLI_CPU;
    out->non_zero.memory = obj_has(requests, ".memory") ? out->plain.basic[RES_MEMORY] : DEFAULT_MEMORY;
}

/* A container that is being resized counts with the most of what is asked, given and in effect; when the resize cannot
 * be, without what is asked. */
static void ask_of(struct arena *a, const struct json *pod, const struct json *container, struct ask *out)
{
    const struct json *status = status_of(pod, container), *given = obj_get(status, ".allocatedResources");
    const struct json *now = obj_get(status, ".resources.requests"), *pending = obj_condition(pod, "PodResizePending");
    ask_read(a, out, obj_get(container, ".resources.requests"));
    if (!given && !now) return;
    struct ask more;
    if (pending && obj_is(pending, ".reason", "Infeasible")) {
        ask_read(a, out, given ? given : now);
    } else if (given) {
        ask_read(a, &more, given);
        ask_join(a, out, &more, true);
    }
    if (!now) return;
    ask_read(a, &more, now);
    ask_join(a, out, &more, true);
}

/* spec.resources stands in for the sum of the containers where it says something. */
static void put_pod_level(struct arena *a, const struct json *pod, struct ask *total)
{
    const struct json *requests = obj_get(pod, ".spec.resources.requests");
    struct amounts own;
    amounts_read(&own, a, requests);
    total->plain = copy_of(a, &total->plain, own.n);
    for (OBJ_EACH(it, requests, "")) {
        int id = res_id(obj_key(it));
        if (id < 0) continue;
        int64_t v = amounts_get(&own, id);
        if (id >= RES_FIRST_SCALAR)
            *scalar(&total->plain, id) = v;
        else
            total->plain.basic[id] = v;
        if (id == RES_CPU) total->non_zero.cpu = v;
        if (id == RES_MEMORY) total->non_zero.memory = v;
    }
}

void pod_request(const struct json *pod, struct arena *a, struct amounts *out, struct non_zero *non_zero)
{
    struct ask total = {0}, sidecars = {0}, steps = {0}, overhead = {0};
    for (OBJ_EACH(c, pod, ".spec.containers")) {
        struct ask one;
        ask_of(a, pod, c, &one);
        ask_join(a, &total, &one, false);
    }
    for (OBJ_EACH(c, pod, ".spec.initContainers")) {
        struct ask one;
        ask_of(a, pod, c, &one);
        if (obj_is(c, ".restartPolicy", "Always")) {
            ask_join(a, &total, &one, false);
            ask_join(a, &sidecars, &one, false);
            one = sidecars;
        } else {
            ask_join(a, &one, &sidecars, false);
        }
        ask_join(a, &steps, &one, true);
    }
    ask_join(a, &total, &steps, true);
    put_pod_level(a, pod, &total);
    amounts_read(&overhead.plain, a, obj_get(pod, ".spec.overhead"));
    overhead.non_zero = (struct non_zero){overhead.plain.basic[RES_CPU], overhead.plain.basic[RES_MEMORY]};
    ask_join(a, &total, &overhead, false);
    *out = total.plain;
    *non_zero = total.non_zero;
}
