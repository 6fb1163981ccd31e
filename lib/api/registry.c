/* registry.c - see registry.h.
 * Reads: built-in tables.   Writes: the table of custom kinds. */
#include "api/registry.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/thread.h"

#include <stdlib.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct map by_name; /* -> struct api_custom *, referenced */
static struct api_custom **sorted;
static size_t count, cap;
static _Atomic uint64_t epoch = 1;
static _Atomic uint32_t last_epoch;

/* ---- One kind ---- */

void api_custom_init(struct api_custom *c)
{
    *c = (struct api_custom){.epoch = atomic_fetch_add(&last_epoch, 1) + 1};
    atomic_init(&c->refs, 1);
}

struct api_custom *api_custom_ref(struct api_custom *c)
{
    if (c) atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void api_custom_unref(struct api_custom *c)
{
    if (c && atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1) c->release(c);
}

void api_custom_prepare(struct api_custom *c)
{
    static pthread_mutex_t preparing = MUTEX_INIT;
    if (atomic_load_explicit(&c->prepared, memory_order_acquire)) return;
    mutex_lock(&preparing);
    if (!atomic_load_explicit(&c->prepared, memory_order_relaxed)) {
        if (c->prepare) c->prepare(c);
        atomic_store_explicit(&c->prepared, true, memory_order_release);
    }
    mutex_unlock(&preparing);
}

const struct api_resource *api_custom_version(const struct api_custom *c, struct str version)
{
    for (int i = 0; i < c->nversions; i++)
        if (str_eqc(version, c->versions[i].version)) return &c->versions[i];
    return NULL;
}

/* ---- The table ---- */

static size_t place_of(struct str name)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (str_cmp(sorted[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void api_registry_put(struct api_custom *c)
{
    pthread_rwlock_wrlock(&lock);
    size_t at = place_of(c->name);
    struct api_custom *former = map_set(&by_name, c->name, api_custom_ref(c));
    if (!former) {
        if (count == cap) {
            cap = cap ? cap * 2 : 16;
            sorted = xreallocarray(sorted, cap, sizeof(struct api_custom *));
        }
        memmove(sorted + at + 1, sorted + at, (count++ - at) * sizeof(struct api_custom *));
    }
    sorted[at] = c;
    atomic_fetch_add(&epoch, 1);
    pthread_rwlock_unlock(&lock);
    api_custom_unref(former);
}

void api_registry_drop(struct str name)
{
    pthread_rwlock_wrlock(&lock);
    struct api_custom *former = map_take(&by_name, name);
    if (former) {
        size_t at = place_of(name);
        memmove(sorted + at, sorted + at + 1, (--count - at) * sizeof(struct api_custom *));
        atomic_fetch_add(&epoch, 1);
    }
    pthread_rwlock_unlock(&lock);
    api_custom_unref(former);
}

uint64_t api_registry_epoch(void) { return atomic_load(&epoch); }

/* ---- Looking up ---- */

static bool is_served(const struct api_resource *r) { return !(r->flags & API_R_UNSERVED); }

static struct api_custom *custom_hold(struct str name)
{
    pthread_rwlock_rdlock(&lock);
    struct api_custom *c = api_custom_ref(map_get(&by_name, name));
    pthread_rwlock_unlock(&lock);
    return c;
}

const struct api_resource *api_resource_hold(struct str group, struct str version, struct str plural)
{
    enum { NAME_MAX_BYTES = 512 };
    char name[NAME_MAX_BYTES];
    const struct api_resource *r = api_find_resource(group, version, plural);
    if (r || plural.n + 1 + group.n > sizeof name) return r;
    char *p = mempcpy(name, plural.p, plural.n);
    *p++ = '.';
    if (group.n) memcpy(p, group.p, group.n);
    struct api_custom *c = custom_hold(str_n(name, plural.n + 1 + group.n));
    if (!c) return NULL;
    r = api_custom_version(c, version);
    if (r && is_served(r)) {
        api_custom_prepare(c);
        return r;
    }
    api_custom_unref(c);
    return NULL;
}

const struct api_resource *api_kind_hold(struct str group, struct str version, struct str kind)
{
    const struct api_resource *r = api_find_kind(group, version, kind);
    if (r) return r;
    pthread_rwlock_rdlock(&lock);
    for (size_t i = 0; i < count && !r; i++)
        for (int v = 0; v < sorted[i]->nversions && !r; v++) {
            const struct api_resource *x = &sorted[i]->versions[v];
            if (is_served(x) && str_eqc(kind, x->kind) && str_eqc(version, x->version) && str_eqc(group, x->group)) {
                r = x;
                api_custom_ref(sorted[i]);
            }
        }
    pthread_rwlock_unlock(&lock);
    if (r) api_custom_prepare(r->custom);
    return r;
}

void api_resource_release(const struct api_resource *r)
{
    if (r) api_custom_unref(r->custom);
}

bool api_registry_has(struct str group, struct str version)
{
    bool has = false;
    for (int i = 0; i < api_resource_count && !has; i++)
        has = str_eqc(group, api_resources[i]->group) &&
              (str_is_null(version) || str_eqc(version, api_resources[i]->version));
    pthread_rwlock_rdlock(&lock);
    for (size_t i = 0; i < count && !has; i++)
        for (int v = 0; v < sorted[i]->nversions && !has; v++) {
            const struct api_resource *x = &sorted[i]->versions[v];
            has = sorted[i]->shown && is_served(x) && str_eqc(group, x->group) &&
                  (str_is_null(version) || str_eqc(version, x->version));
        }
    pthread_rwlock_unlock(&lock);
    return has;
}

void api_customs_hold(struct api_customs *out)
{
    pthread_rwlock_rdlock(&lock);
    out->count = count;
    out->items = xreallocarray(NULL, count + 1, sizeof(struct api_custom *));
    for (size_t i = 0; i < count; i++) out->items[i] = api_custom_ref(sorted[i]);
    out->epoch = atomic_load(&epoch);
    pthread_rwlock_unlock(&lock);
}

void api_customs_release(struct api_customs *l)
{
    for (size_t i = 0; i < l->count; i++) api_custom_unref(l->items[i]);
    free(l->items);
    *l = (struct api_customs){0};
}

/* ---- Versions ---- */

struct version_rank {
    int64_t major, minor;
    int stage; /* 2: stable, 1: beta, 0: alpha */
};

/* "v1", "v2beta3" (apimachinery pkg/version/helpers.go). */
static bool rank_of(struct str v, struct version_rank *out)
{
    static const struct {
        const char *word;
        int stage;
    } stages[] = {{"alpha", 0}, {"beta", 1}};
    size_t n = 1;
    if (v.n < 2 || v.p[0] != 'v') return false;
    while (n < v.n && v.p[n] >= '0' && v.p[n] <= '9') n++;
    *out = (struct version_rank){.stage = 2};
    if (n == 1 || v.p[1] == '0' || !str_to_i64(str_n(v.p + 1, n - 1), &out->major)) return false;
    struct str rest = str_from(v, n);
    if (!rest.n) return true;
    for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
        if (!str_starts(rest, str_of(stages[i].word))) continue;
        struct str number = str_from(rest, strlen(stages[i].word));
        out->stage = stages[i].stage;
        return number.n && number.p[0] >= '1' && number.p[0] <= '9' && str_to_i64(number, &out->minor);
    }
    return false;
}

static int by_number(int64_t a, int64_t b) { return (a < b) - (a > b); }

int api_version_order(struct str a, struct str b)
{
    struct version_rank x, y;
    bool xok = rank_of(a, &x), yok = rank_of(b, &y);
    if (xok != yok) return xok ? -1 : 1;
    if (!xok) return str_cmp(a, b);
    if (x.stage != y.stage) return y.stage - x.stage;
    if (x.major != y.major) return by_number(x.major, y.major);
    return by_number(x.minor, y.minor);
}
