/* remote.c - see remote.h.
 * Reads: stored APIServices.   Writes: the present state. */
#include "apiserver/aggregator/remote.h"

#include "api/object.h"
#include "apiserver/aggregator/aggregator.h"
#include "apiserver/object/object.h"
#include "apiserver/watch/cache.h"
#include "base/log.h"
#include "base/thread.h"
#include "schema_ids.h"

#include <stdio.h>
#include <stdlib.h>

static struct {
    const char *cert_pem, *key_pem;
    pthread_mutex_t lock;
    struct remotes *present;
    uint64_t generation;
    _Atomic size_t count;
} table = {.lock = MUTEX_INIT};

void remotes_init(const char *cert_pem, const char *key_pem)
{
    table.cert_pem = cert_pem;
    table.key_pem = key_pem;
}

/* ---- One ---- */

struct remote *remote_ref(struct remote *m)
{
    if (m) atomic_fetch_add(&m->refs, 1);
    return m;
}

static void free_tls(void *arg) { http_free(arg); }

void remote_unref(struct remote *m)
{
    if (!m || atomic_fetch_sub(&m->refs, 1) != 1) return;
    /* libcurl knows a connection again by its files' names, which are descriptors: they must outlive it. */
    aggregator_after(TLS_KEEP_MS, free_tls, m->tls);
    free(m->resources);
    free(m->openapi);
    free(m->swagger);
    arena_release(&m->arena);
    free(m);
}

static struct remote *remote_new(const struct json *obj, uint64_t spec)
{
    struct remote *m = xcalloc(1, sizeof *m);
    struct arena *a = &m->arena;
    struct err e = ERR_INIT;
    struct str ca = STR("");
    atomic_init(&m->refs, 1);
    m->spec = spec;
    m->name = str_copy(a, obj_name(obj));
    m->group = str_cstr(a, obj_str(obj, ".spec.group"));
    m->version = str_cstr(a, obj_str(obj, ".spec.version"));
    m->service = (struct service_ref){.ns = str_cstr(a, obj_str(obj, ".spec.service.namespace")),
                                      .name = str_cstr(a, obj_str(obj, ".spec.service.name")),
                                      .port = (int)obj_int(obj, ".spec.service.port", 443)};
    m->server = arena_printf(a, "%s.%s.svc", m->service.name, m->service.ns);
    m->group_priority = (int)obj_int(obj, ".spec.groupPriorityMinimum", 0);
    m->version_priority = (int)obj_int(obj, ".spec.versionPriority", 0);
    (void)object_unbase64(a, obj_str(obj, ".spec.caBundle"), &ca);
    const struct http_tls tls = {.ca_pem = ca.n ? str_cstr(a, ca) : NULL,
                                 .cert_pem = table.cert_pem,
                                 .key_pem = table.key_pem,
                                 .insecure = obj_bool(obj, ".spec.insecureSkipTLSVerify", false)};
    m->tls = http_new("https://aggregated.invalid", &tls, &e);
    if (m->tls) return m;
    LOG_W("APIService %.*s: %s", STR_ARG(m->name), e.text);
    arena_release(a);
    free(m);
    return NULL;
}

/* ---- All ---- */

size_t remotes_count(void) { return atomic_load(&table.count); }

struct remotes *remotes_hold(void)
{
    mutex_lock(&table.lock);
    struct remotes *s = table.present;
    if (s) atomic_fetch_add(&s->refs, 1);
    mutex_unlock(&table.lock);
    return s;
}

void remotes_release(struct remotes *s)
{
    if (!s || atomic_fetch_sub(&s->refs, 1) != 1) return;
    for (size_t i = 0; i < s->count; i++) remote_unref(s->all[i]);
    arena_release(&s->arena);
    free(s);
}

static struct remote *find_in(const struct remotes *s, struct str name)
{
    size_t from = 0, to = s ? s->count : 0;
    while (from < to) { /* caches list by key, so they are in order */
        size_t at = (from + to) / 2;
        int order = str_cmp(name, s->all[at]->name);
        if (!order) return s->all[at];
        if (order < 0)
            to = at;
        else
            from = at + 1;
    }
    return NULL;
}

struct remote *remotes_find(struct str group, struct str version)
{
    struct arena a AUTO_ARENA = {0};
    if (!remotes_count()) return NULL;
    struct str name = str_printf(&a, "%.*s.%.*s", STR_ARG(version), STR_ARG(group));
    mutex_lock(&table.lock);
    struct remote *m = remote_ref(find_in(table.present, name));
    mutex_unlock(&table.lock);
    return m;
}

bool remotes_in_namespace(struct str ns)
{
    bool found = false;
    mutex_lock(&table.lock);
    for (size_t i = 0; table.present && i < table.present->count && !found; i++)
        found = str_eqc(ns, table.present->all[i]->service.ns);
    mutex_unlock(&table.lock);
    return found;
}

/* What was told stands until the server is asked anew. */
static void inherit(struct remote *m, const struct remote *before)
{
    mutex_lock(&table.lock);
    m->current = before->current;
    m->resources = before->resources ? xstrdup(before->resources) : NULL;
    m->openapi = before->openapi ? xstrdup(before->openapi) : NULL;
    m->swagger = before->swagger ? xstrdup(before->swagger) : NULL;
    memcpy(m->swagger_etag, before->swagger_etag, sizeof m->swagger_etag);
    mutex_unlock(&table.lock);
}

/* The remote of an object: the former one when its spec is the same. */
static struct remote *remote_of(const struct remotes *former, const struct json *obj)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, MERGED_BYTES_MAX);
    json_write(&text, obj_get(obj, ".spec"));
    uint64_t spec = str_hash(buf_view(&text), str_hash(obj_uid(obj), 0));
    struct remote *before = find_in(former, obj_name(obj)), *m;
    m = before && before->spec == spec ? remote_ref(before) : remote_new(obj, spec);
    if (m && before && m != before) inherit(m, before);
    if (m) atomic_store(&m->available, obj_condition_true(obj, "Available"));
    return m;
}

static struct remotes *read_all(const struct remotes *former)
{
    const struct list_query q = {.res = &res_apiregistration_k8s_io_v1_apiservices};
    struct cache_list l;
    if (!cache_list(&q, &l, &(struct err){0})) return NULL;
    struct remotes *s = xcalloc(1, sizeof *s);
    atomic_init(&s->refs, 1);
    s->rev = l.rev;
    s->all = ARENA_ARRAY(&s->arena, struct remote *, l.count + 1);
    s->priorities = ARENA_ARRAY(&s->arena, struct priority, l.count + 1);
    for (size_t i = 0; i < l.count; i++) {
        struct arena a AUTO_ARENA = {0};
        const struct json *obj = json_parse(&a, blob_str(l.items[i]->blob), &(struct err){0});
        struct remote *m = obj_has(obj, ".spec.service") ? remote_of(former, obj) : NULL;
        if (m) s->all[s->count++] = m;
        s->priorities[s->npriorities++] = (struct priority){
            str_cstr(&s->arena, obj_str(obj, ".spec.group")), str_cstr(&s->arena, obj_str(obj, ".spec.version")),
            (int)obj_int(obj, ".spec.groupPriorityMinimum", 0), (int)obj_int(obj, ".spec.versionPriority", 0)};
    }
    cache_list_release(&l);
    return s;
}

bool remotes_any_stored(void)
{
    const struct list_query q = {.res = &res_apiregistration_k8s_io_v1_apiservices};
    struct cache_list l;
    bool found = false;
    if (!cache_list(&q, &l, &(struct err){0})) return false;
    for (size_t i = 0; i < l.count && !found; i++) {
        struct arena a AUTO_ARENA = {0};
        found = obj_has(json_parse(&a, blob_str(l.items[i]->blob), &(struct err){0}), ".spec.service");
    }
    cache_list_release(&l);
    return found;
}

/* Those of `of` that are not in `other`. */
static size_t difference(struct arena *a, const struct remotes *of, const struct remotes *other, struct remote ***out)
{
    size_t n = 0;
    *out = ARENA_ARRAY(a, struct remote *, (of ? of->count : 0) + 1);
    for (size_t i = 0; of && i < of->count; i++)
        if (find_in(other, of->all[i]->name) != of->all[i]) (*out)[n++] = remote_ref(of->all[i]);
    return n;
}

bool remotes_renew(struct arena *a, struct remote ***fresh, size_t *nfresh, struct remote ***gone, size_t *ngone)
{
    struct remotes *former = remotes_hold(), *now = NULL;
    *nfresh = *ngone = 0;
    if (!former || former->rev < cache_changed_rev(&res_apiregistration_k8s_io_v1_apiservices)) now = read_all(former);
    if (now) {
        *nfresh = difference(a, now, former, fresh);
        *ngone = difference(a, former, now, gone);
        mutex_lock(&table.lock);
        struct remotes *old = table.present;
        table.present = now;
        table.generation++;
        atomic_store(&table.count, now->count);
        mutex_unlock(&table.lock);
        remotes_release(old);
    }
    remotes_release(former);
    return now != NULL;
}

/* ---- What servers tell ---- */

void remotes_lock(void) { mutex_lock(&table.lock); }
void remotes_unlock(void) { mutex_unlock(&table.lock); }

static bool same_text(const char *a, const char *b) { return a && b ? strcmp(a, b) == 0 : a == b; }

static void set_text(char **to, char *text, bool changed)
{
    char *old = text;
    mutex_lock(&table.lock);
    if (!same_text(*to, text)) {
        old = *to;
        *to = text;
        changed = true;
    }
    table.generation += changed;
    mutex_unlock(&table.lock);
    free(old);
}

void remote_set_resources(struct remote *m, char *resources, bool current)
{
    mutex_lock(&table.lock);
    bool changed = m->current != current;
    m->current = current;
    mutex_unlock(&table.lock);
    set_text(&m->resources, resources, changed);
}

void remote_set_openapi(struct remote *m, char *openapi) { set_text(&m->openapi, openapi, false); }

void remote_set_swagger(struct remote *m, char *swagger, const char *etag)
{
    mutex_lock(&table.lock);
    snprintf(m->swagger_etag, sizeof m->swagger_etag, "%s", etag);
    mutex_unlock(&table.lock);
    set_text(&m->swagger, swagger, false);
}

uint64_t remotes_generation(void)
{
    mutex_lock(&table.lock);
    uint64_t n = table.generation;
    mutex_unlock(&table.lock);
    return n;
}
