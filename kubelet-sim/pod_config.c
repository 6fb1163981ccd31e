/* pod_config.c - see pod_config.h.
 * Reads: pods; ConfigMaps, Secrets (GET).   Writes: environments in the arena. */
#include "kubelet-sim/pod_config.h"

#include <stdio.h>

enum { FETCHED_MAX = 16 };

struct source_kind {
    const char *resource, *word, *kind;
    const char *missing; /* what upstream says of a key that a volume names and that is not there */
};
static const struct source_kind config_map = {"v1/configmaps", "configmap", "ConfigMap",
                                              "configmap references non-existent config key"};
static const struct source_kind secret = {"v1/secrets", "secret", "Secret", "references non-existent secret key"};

struct fetched { /* each object is asked for once */
    const struct pod_config *cf;
    struct {
        const struct source_kind *kind;
        struct str name;
        const struct object *object;
    } items[FETCHED_MAX];
    int count;
};

static void fetched_release(struct fetched *f)
{
    for (int i = 0; i < f->count; i++) object_unref(f->items[i].object);
}

/* Borrowed. NULL with an error; NULL without one: it is not there and need not be. */
static const struct json *fetch(struct fetched *f, const struct source_kind *kind, struct str name, bool optional,
                                struct err *why)
{
    const struct object *o = NULL;
    for (int i = 0; i < f->count; i++)
        if (f->items[i].kind == kind && str_eq(f->items[i].name, name)) return f->items[i].object->root;
    if (!rest_get(f->cf->rest, kind->resource, obj_ns(f->cf->pod), name, &o, why)) {
        if (why->code == ERR_NOT_FOUND) err_set(why, ERR_NOT_FOUND, "%s \"%.*s\" not found", kind->word, STR_ARG(name));
        if (why->code == ERR_NOT_FOUND && optional) why->code = ERR_NONE;
        return NULL;
    }
    if (f->count == FETCHED_MAX) object_unref(f->items[--f->count].object);
    f->items[f->count].kind = kind;
    f->items[f->count].name = name;
    f->items[f->count++].object = o;
    return o->root;
}

static bool failed(const struct err *why) { return why->code != ERR_NONE; }

/* ---- Values ---- */

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static struct str decode64(struct arena *a, struct str s)
{
    char *out = arena_alloc(a, s.n + 1);
    size_t n = 0;
    uint32_t bits = 0, have = 0;
    for (size_t i = 0; i < s.n && digit(s.p[i]) >= 0; i++) {
        bits = bits << 6 | (uint32_t)digit(s.p[i]);
        have += 6;
        if (have < 8) continue;
        have -= 8;
        out[n++] = (char)(bits >> have & 255);
    }
    return str_n(out, n);
}

static struct str value_of(struct arena *a, const struct source_kind *kind, const struct json *it)
{
    return kind == &secret ? decode64(a, obj_text(it)) : str_copy(a, obj_text(it));
}

static const struct json *data_key(const struct json *object, struct str key)
{
    static const char *const maps[] = {".data", ".binaryData"};
    for (size_t i = 0; i < ARRAY_LEN(maps); i++)
        for (OBJ_EACH(it, object, maps[i]))
            if (str_eq(obj_key(it), key)) return it;
    return NULL;
}

/* ---- Environment ---- */

static struct str pod_field(const struct pod_config *cf, struct str path)
{
    struct str rest, map = str_cut(path, '[', &rest);
    if (str_eqc(path, "status.podIP") || str_eqc(path, "status.podIPs")) return str_of(cf->pod_ip);
    if (str_eqc(path, "status.hostIP") || str_eqc(path, "status.hostIPs")) return str_of(cf->host_ip);
    const char *at = arena_printf(cf->arena, ".%.*s", STR_ARG(map));
    if (str_is_null(rest)) return obj_str(cf->pod, at);
    if (rest.n < 4) return STR("");
    return obj_map_str(cf->pod, at, str_n(rest.p + 1, rest.n - 3)); /* ['KEY'] */
}

static bool key_ref(struct fetched *f, const struct source_kind *kind, const struct json *ref, struct env *out,
                    struct str name, struct err *why)
{
    struct str key = obj_str(ref, ".key"), ns = obj_ns(f->cf->pod), from = obj_str(ref, ".name");
    bool optional = obj_bool(ref, ".optional", false);
    const struct json *object = fetch(f, kind, from, optional, why);
    if (!object) return !failed(why);
    const struct json *it = data_key(object, key);
    if (it) env_set(out, name, value_of(f->cf->arena, kind, it));
    if (it || optional) return true;
    return err_set(why, ERR_NOT_FOUND, "couldn't find key %.*s in %s %.*s/%.*s", STR_ARG(key), kind->kind, STR_ARG(ns),
                   STR_ARG(from));
}

static bool one_variable(struct fetched *f, const struct json *var, struct env *out, struct err *why)
{
    struct str name = obj_str(var, ".name"), value = obj_str(var, ".value");
    const struct json *from = obj_get(var, ".valueFrom");
    if (obj_has(from, ".configMapKeyRef"))
        return key_ref(f, &config_map, obj_get(from, ".configMapKeyRef"), out, name, why);
    if (obj_has(from, ".secretKeyRef")) return key_ref(f, &secret, obj_get(from, ".secretKeyRef"), out, name, why);
    if (obj_has(from, ".fieldRef"))
        value = pod_field(f->cf, obj_str(from, ".fieldRef.fieldPath"));
    else if (!from)
        value = env_expand(f->cf->arena, out, value);
    env_set(out, name, value.p ? value : STR(""));
    return true;
}

static bool all_keys(struct fetched *f, const struct json *source, struct env *out, struct err *why)
{
    bool is_secret = obj_has(source, ".secretRef");
    const struct source_kind *kind = is_secret ? &secret : &config_map;
    const struct json *ref = obj_get(source, is_secret ? ".secretRef" : ".configMapRef");
    struct str prefix = obj_str(source, ".prefix");
    const struct json *object = fetch(f, kind, obj_str(ref, ".name"), obj_bool(ref, ".optional", false), why);
    if (!object) return !failed(why);
    for (OBJ_EACH(it, object, ".data"))
        env_set(out, str_printf(f->cf->arena, "%.*s%.*s", STR_ARG(prefix), STR_ARG(obj_key(it))),
                value_of(f->cf->arena, kind, it));
    return true;
}

bool pod_config_env(const struct pod_config *cf, const struct json *container, struct env *out, struct err *why)
{
    struct fetched f = {.cf = cf};
    bool ok = true;
    *why = (struct err)ERR_INIT;
    for (OBJ_EACH(source, container, ".envFrom")) ok = ok && all_keys(&f, source, out, why);
    for (OBJ_EACH(var, container, ".env")) ok = ok && one_variable(&f, var, out, why);
    fetched_release(&f);
    return ok;
}

/* ---- Volumes ---- */

static bool check_source(struct fetched *f, const struct source_kind *kind, const struct json *source, struct str name,
                         struct err *why)
{
    bool optional = obj_bool(source, ".optional", false);
    /* Every namespace is given this one; no pod waits for it. */
    if (!source || (kind == &config_map && str_eqc(name, "kube-root-ca.crt"))) return true;
    const struct json *object = fetch(f, kind, name, optional, why);
    if (!object) return !failed(why);
    for (OBJ_EACH(item, source, ".items")) {
        struct str key = obj_str(item, ".key");
        if (data_key(object, key) || optional) continue;
        return err_set(why, ERR_NOT_FOUND, "%s: %.*s", kind->missing, STR_ARG(key));
    }
    return true;
}

static bool check_volume(struct fetched *f, const struct json *v, struct err *why)
{
    const struct json *cm = obj_get(v, ".configMap"), *s = obj_get(v, ".secret");
    if (!check_source(f, &config_map, cm, obj_str(cm, ".name"), why)) return false;
    if (!check_source(f, &secret, s, obj_str(s, ".secretName"), why)) return false;
    for (OBJ_EACH(p, v, ".projected.sources")) {
        cm = obj_get(p, ".configMap");
        s = obj_get(p, ".secret");
        if (!check_source(f, &config_map, cm, obj_str(cm, ".name"), why)) return false;
        if (!check_source(f, &secret, s, obj_str(s, ".name"), why)) return false;
    }
    return true;
}

bool pod_config_volumes(const struct pod_config *cf, struct str *volume, struct err *why)
{
    struct fetched f = {.cf = cf};
    bool ok = true;
    *why = (struct err)ERR_INIT;
    for (OBJ_EACH(v, cf->pod, ".spec.volumes")) {
        if (!ok) break;
        *volume = obj_str(v, ".name");
        ok = check_volume(&f, v, why);
    }
    fetched_release(&f);
    return ok;
}
