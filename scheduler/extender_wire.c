/* extender_wire.c - see extender_wire.h. Reads: pods, nodes, answers.   Writes: JSON; what answers say. */
#include "scheduler/extender_wire.h"

#include "api/gojson.h"
#include "base/map.h"

/* ---- The types of answers ---- */

#define LIST(name, type, elements)                                                                                     \
    static const struct gojson_type name = {.kind = GOJSON_LIST, .go = type, .of = elements}
#define MAP(name, type, elements)                                                                                      \
    static const struct gojson_type name = {.kind = GOJSON_MAP, .go = type, .of = elements}
#define STRUCT(name, own, ...)                                                                                         \
    static const struct gojson_field name##_fields[] = {__VA_ARGS__, {NULL, NULL}};                                    \
    static const struct gojson_type name = {                                                                           \
        .kind = GOJSON_STRUCT, .go = "v1." own, .owner = own, .fields = name##_fields}

LIST(strings, "[]string", &gojson_string);
MAP(failed_nodes, "v1.FailedNodesMap", &gojson_string);
STRUCT(object_meta, "ObjectMeta", {"name", &gojson_string});
STRUCT(node, "Node", {"metadata", &object_meta});
LIST(nodes, "[]v1.Node", &node);
STRUCT(node_list, "NodeList", {"items", &nodes});
STRUCT(filter_result, "ExtenderFilterResult", {"Nodes", &node_list}, {"NodeNames", &strings},
       {"FailedNodes", &failed_nodes}, {"FailedAndUnresolvableNodes", &failed_nodes}, {"Error", &gojson_string});
STRUCT(host_priority, "HostPriority", {"Host", &gojson_string}, {"Score", &gojson_int64});
LIST(host_priorities, "v1.HostPriorityList", &host_priority);
STRUCT(binding_result, "ExtenderBindingResult", {"Error", &gojson_string});
STRUCT(meta_pod, "MetaPod", {"UID", &gojson_string});
LIST(meta_pods, "[]*v1.MetaPod", &meta_pod);
STRUCT(meta_victims, "MetaVictims", {"Pods", &meta_pods}, {"NumPDBViolations", &gojson_int64});
MAP(victims_by_node, "map[string]*v1.MetaVictims", &meta_victims);
STRUCT(preemption_result, "ExtenderPreemptionResult", {"NodeNameToMetaVictims", &victims_by_node});

/* ---- Nodes that are asked about ---- */

static void write_pod(struct buf *out, const struct object *pod)
{
    buf_cstr(out, "{\"Pod\":");
    texts_write(out, pod->root);
}

static bool whole_or_not(const struct buf *out, struct err *e)
{
    return buf_ok(out) || err_set(e, ERR_TOO_LARGE, "the request is longer than %d bytes", EXTENDER_REQUEST_MAX);
}

bool wire_nodes(struct buf *out, const struct extender *x, const struct object *pod, const struct sym *const *names,
                int n, struct texts *texts, struct err *e)
{
    write_pod(out, pod);
    buf_cstr(out, x->cache_capable ? ",\"Nodes\":null,\"NodeNames\":[" : ",\"Nodes\":{\"metadata\":{},\"items\":[");
    for (int i = 0; i < n; i++) {
        struct str name = sym_str(names[i]);
        if (i) buf_char(out, ',');
        if (x->cache_capable)
            json_write_string(out, name);
        else if (!texts_add_node(texts, out, name))
            return err_set(e, ERR_NOT_FOUND, "node \"%.*s\" is not there to be sent", STR_ARG(name));
    }
    buf_cstr(out, x->cache_capable ? "]}" : "]},\"NodeNames\":null}");
    return whole_or_not(out, e);
}

/* name -> its place, from 1 on */
static void index_names(struct map *places, const struct sym *const *names, int n)
{
    for (int i = 0; i < n; i++) map_set(places, sym_str(names[i]), (void *)(uintptr_t)(i + 1));
}

static int place_of(const struct map *places, struct str name)
{
    return (int)(uintptr_t)map_get(places, str_is_null(name) ? STR("") : name) - 1;
}

static void read_failed(struct arena *a, const struct json *failed, const struct map *places, bool unresolvable,
                        struct wire_filtered *out)
{
    for (OBJ_EACH(it, failed, "")) {
        int at = place_of(places, obj_key(it));
        if (at < 0) continue;
        out->why[at] = str_cstr(a, obj_text(it));
        out->unresolvable[at] = unresolvable;
    }
}

static bool pass(const struct extender *x, struct str name, const struct map *places, struct wire_filtered *out,
                 struct err *e)
{
    int at = place_of(places, name);
    if (at < 0)
        return err_set(e, ERR_BAD_REQUEST,
                       "extender \"%s\" claims a filtered node \"%.*s\" which is not found in the input node list",
                       x->url, (int)MIN(name.n, 253), name.p);
    return out->passed[at] = true;
}

static bool read_passed(const struct extender *x, const struct json *j, const struct map *places,
                        struct wire_filtered *out, struct err *e)
{
    const struct json *names = x->cache_capable ? gojson_get(j, "NodeNames") : NULL;
    const struct json *list = names ? NULL : gojson_get(j, "Nodes");
    out->whole = list != NULL;
    for (OBJ_EACH(it, names, ""))
        if (!pass(x, obj_text(it), places, out, e)) return false;
    for (OBJ_EACH(it, gojson_get(list, "items"), ""))
        if (!pass(x, obj_text(gojson_get(gojson_get(it, "metadata"), "name")), places, out, e)) return false;
    return true;
}

/* Go's message, or ours of another kind: no more of it than an error holds. */
static bool told(const struct json *error, struct err *e)
{
    struct str text = obj_text(error);
    return !text.n || err_set(e, ERR_INTERNAL, "%.*s", STR_ARG(text));
}

bool wire_read_filtered(struct arena *a, const struct extender *x, struct str answer, const struct sym *const *names,
                        int n, struct wire_filtered *out, struct err *e)
{
    struct map places = {0};
    const struct json *j = gojson_read(a, answer, &filter_result, e);
    *out = (struct wire_filtered){.passed = ARENA_ARRAY(a, bool, n),
                                  .why = ARENA_ARRAY(a, const char *, n),
                                  .unresolvable = ARENA_ARRAY(a, bool, n)};
    if (!j || !told(gojson_get(j, "Error"), e)) return false;
    index_names(&places, names, n);
    bool ok = read_passed(x, j, &places, out, e);
    read_failed(a, gojson_get(j, "FailedNodes"), &places, false, out);
    read_failed(a, gojson_get(j, "FailedAndUnresolvableNodes"), &places, true, out); /* it counts more */
    map_release(&places, NULL);
    return ok;
}

bool wire_read_points(struct arena *a, struct str answer, const struct sym *const *names, int n, int64_t **points,
                      struct err *e)
{
    struct map places = {0};
    const struct json *j = gojson_read(a, answer, &host_priorities, e);
    *points = ARENA_ARRAY(a, int64_t, n);
    if (!j) return false;
    index_names(&places, names, n);
    for (OBJ_EACH(it, j, "")) {
        int at = place_of(&places, obj_text(gojson_get(it, "Host")));
        const struct json *score = gojson_get(it, "Score");
        if (at >= 0 && score) (*points)[at] = wrap_add((*points)[at], obj_number(score, 0));
    }
    map_release(&places, NULL);
    return true;
}

/* ---- Binding ---- */

static void write_text(struct buf *out, const char *before, struct str text)
{
    buf_cstr(out, before);
    json_write_string(out, text);
}

void wire_binding(struct buf *out, const struct object *pod, struct str node_name)
{
    write_text(out, "{\"PodName\":", pod->name);
    write_text(out, ",\"PodNamespace\":", pod->ns);
    write_text(out, ",\"PodUID\":", pod->uid);
    write_text(out, ",\"Node\":", node_name);
    buf_char(out, '}');
}

bool wire_read_bound(struct str answer, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    const struct json *j = gojson_read(&a, answer, &binding_result, e);
    return j && told(gojson_get(j, "Error"), e);
}

/* ---- Victims ---- */

static bool write_victim(struct buf *out, const struct extender *x, const struct pod_info *p, struct texts *texts,
                         struct err *e)
{
    struct str ns = sym_str(p->ns);
    if (x->cache_capable) {
        write_text(out, "{\"UID\":", p->uid);
        buf_char(out, '}');
        return true;
    }
    return texts_add_pod(texts, out, ns, p->name, p->uid) ||
           err_set(e, ERR_NOT_FOUND, "pod \"%.*s/%.*s\" is not there to be sent", STR_ARG(ns), STR_ARG(p->name));
}

bool wire_preemption(struct buf *out, const struct extender *x, const struct object *pod, const struct wire_victims *v,
                     int n, struct texts *texts, struct err *e)
{
    write_pod(out, pod);
    buf_cstr(out,
             x->cache_capable ? ",\"NodeNameToVictims\":null,\"NodeNameToMetaVictims\":{" : ",\"NodeNameToVictims\":{");
    for (int i = 0; i < n; i++) {
        if (i) buf_char(out, ',');
        json_write_string(out, v[i].node);
        buf_cstr(out, ":{\"Pods\":[");
        for (int k = 0; k < v[i].n; k++) {
            if (k) buf_char(out, ',');
            if (!write_victim(out, x, v[i].pods[k], texts, e)) return false;
        }
        buf_addf(out, "],\"NumPDBViolations\":%lld}", (long long)v[i].violations);
    }
    buf_cstr(out, x->cache_capable ? "}}" : "},\"NodeNameToMetaVictims\":null}");
    return whole_or_not(out, e);
}

static struct wire_victims read_one(struct arena *a, const struct json *it)
{
    const struct json *pods = gojson_get(it, "Pods");
    struct wire_victims v = {.node = obj_key(it),
                             .violations = obj_number(gojson_get(it, "NumPDBViolations"), 0),
                             .uids = ARENA_ARRAY(a, struct str, obj_count(pods, ""))};
    for (OBJ_EACH(p, pods, "")) v.uids[v.n++] = obj_text(gojson_get(p, "UID"));
    return v;
}

bool wire_read_victims(struct arena *a, struct str answer, struct wire_victims **out, int *n, struct err *e)
{
    struct map places = {0};
    const struct json *j = gojson_read(a, answer, &preemption_result, e);
    *n = 0;
    if (!j) return false;
    const struct json *by_node = gojson_get(j, "NodeNameToMetaVictims");
    *out = ARENA_ARRAY(a, struct wire_victims, obj_count(by_node, ""));
    for (OBJ_EACH(it, by_node, "")) {
        int at = place_of(&places, obj_key(it));
        if (at < 0) map_set(&places, obj_key(it), (void *)(uintptr_t)(++*n));
        (*out)[at < 0 ? *n - 1 : at] = read_one(a, it);
    }
    map_release(&places, NULL);
    return true;
}
