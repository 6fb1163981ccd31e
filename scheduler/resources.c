/* resources.c - see resources.h.
 * Reads: resource maps of pods and nodes.   Writes: vectors. */
#include "scheduler/resources.h"

#include "api/quantity.h"
#include "base/thread.h"

enum { DEFAULT_MILLI_CPU = 100, DEFAULT_MEMORY = 200 * 1024 * 1024 };

static pthread_mutex_t names_lock = MUTEX_INIT; /* guards the two below */
static const char *names[RES_MAX] = {"cpu", "memory", "ephemeral-storage"};
static int names_count = RES_FIRST_EXTENDED;

int res_id(struct str name)
{
    mutex_lock(&names_lock);
    int id = 0;
    while (id < names_count && !str_eqc(name, names[id])) id++;
    if (id == names_count) {
        if (names_count == RES_MAX)
            id = -1;
        else
            names[names_count++] = str_dup(name);
    }
    mutex_unlock(&names_lock);
    return id;
}

const char *res_name(int id) { return names[id]; }

static int64_t amount(int id, struct str text)
{
    struct qty q;
    struct err e = ERR_INIT;
    if (!qty_parse(text, &q, &e)) return 0;
    return id == RES_CPU ? qty_milli(&q) : qty_value(&q);
}

/* Member id becomes value. */
static void set(struct res *r, int id, int64_t value)
{
    for (; r->count <= id; r->count++) r->v[r->count] = 0;
    r->v[id] = value;
}

void res_from_map(struct res *out, const struct json *map)
{
    out->count = 0;
    for (OBJ_EACH(it, map, "")) {
        if (str_eqc(obj_key(it), "pods")) continue;
        int id = res_id(obj_key(it));
        if (id >= 0) set(out, id, amount(id, obj_text(it)));
    }
}

void res_add(struct res *a, const struct res *b)
{
    for (; a->count < b->count; a->count++) a->v[a->count] = 0;
    for (int i = 0; i < b->count; i++) a->v[i] += b->v[i];
}

void res_sub(struct res *a, const struct res *b)
{
    for (; a->count < b->count; a->count++) a->v[a->count] = 0;
    for (int i = 0; i < b->count; i++) a->v[i] -= b->v[i];
}

void res_max(struct res *a, const struct res *b)
{
    for (; a->count < b->count; a->count++) a->v[a->count] = 0;
    for (int i = 0; i < b->count; i++) a->v[i] = MAX(a->v[i], b->v[i]);
}

bool res_fits(const struct res *need, const struct res *have)
{
    for (int i = 0; i < need->count; i++)
        if (need->v[i] > (i < have->count ? have->v[i] : 0)) return false;
    return true;
}

/* One container's requests, plain and with the defaults that scoring uses. */
struct ask {
    struct res plain;
    int64_t cpu, memory;
};

static void ask_of(const struct json *container, struct ask *out)
{
    const struct json *requests = obj_get(container, ".resources.requests");
    res_from_map(&out->plain, requests);
    out->cpu = obj_has(requests, ".cpu") ? out->plain.v[RES_CPU] : DEFAULT_MILLI_CPU;
    out->memory = obj_has(requests, ".memory") ? out->plain.v[RES_MEMORY] : DEFAULT_MEMORY;
}

static void ask_add(struct ask *a, const struct ask *b)
{
    res_add(&a->plain, &b->plain);
    a->cpu += b->cpu;
    a->memory += b->memory;
}

static void ask_max(struct ask *a, const struct ask *b)
{
    res_max(&a->plain, &b->plain);
    a->cpu = MAX(a->cpu, b->cpu);
    a->memory = MAX(a->memory, b->memory);
}

void res_of_pod(const struct json *pod, struct res *out, int64_t *non_zero_cpu, int64_t *non_zero_memory)
{
    struct ask total = {.cpu = 0}, sidecars = {.cpu = 0}, steps = {.cpu = 0};
    for (OBJ_EACH(c, pod, ".spec.containers")) {
        struct ask one;
        ask_of(c, &one);
        ask_add(&total, &one);
    }
    for (OBJ_EACH(c, pod, ".spec.initContainers")) {
        struct ask one;
        ask_of(c, &one);
        if (obj_is(c, ".restartPolicy", "Always")) {
            ask_add(&total, &one);
            ask_add(&sidecars, &one);
            one = sidecars;
        } else {
            ask_add(&one, &sidecars);
        }
        ask_max(&steps, &one);
    }
    ask_max(&total, &steps);
    struct res more;
    res_from_map(&more, obj_get(pod, ".spec.resources.requests"));
    for (int i = 0; i < more.count; i++) {
        if (str_is_null(obj_map_str(pod, ".spec.resources.requests", str_of(res_name(i))))) continue;
        set(&total.plain, i, more.v[i]);
        if (i == RES_CPU) total.cpu = more.v[i];
        if (i == RES_MEMORY) total.memory = more.v[i];
    }
    res_from_map(&more, obj_get(pod, ".spec.overhead"));
    res_add(&total.plain, &more);
    total.cpu += more.count > RES_CPU ? more.v[RES_CPU] : 0;
    total.memory += more.count > RES_MEMORY ? more.v[RES_MEMORY] : 0;
    *out = total.plain;
    *non_zero_cpu = total.cpu;
    *non_zero_memory = total.memory;
}
