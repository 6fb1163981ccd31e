/* openapi_paths.c - one path item per collection, object and subresource, each operation with its action, kind and
 * options. kubectl reads from here which options a PATCH takes (fieldValidation, dryRun) and which path serves a kind.
 * Reads: api_resources.   Writes: JSON text. */
#include "apiserver/discovery/openapi_parts.h"

#include "api/schema.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdio.h>

enum place { ON_COLLECTION = 1, ON_OBJECT = 2 };

/* Operations in upstream's order of methods; `id`: the verb of the operationId; `write`: takes dryRun, fieldManager,
 * fieldValidation. */
static const struct operation {
    const char *method, *action, *id;
    uint32_t verb;
    int place;
    bool write, has_body;
} operations[] = {
    {"get", "list", "list", API_LIST_VERB, ON_COLLECTION, false, false},
    {"post", "post", "create", API_CREATE, ON_COLLECTION, true, true},
    {"delete", "deletecollection", "delete", API_DELETECOLLECTION, ON_COLLECTION, false, false},
    {"get", "get", "read", API_GET, ON_OBJECT, false, false},
    {"put", "put", "replace", API_UPDATE, ON_OBJECT, true, true},
    {"post", "post", "create", API_CREATE, ON_OBJECT, true, true}, /* subresources such as binding */
    {"patch", "patch", "patch", API_PATCH, ON_OBJECT, true, true},
    {"delete", "delete", "delete", API_DELETE, ON_OBJECT, false, false},
};

static const char *const patch_types[] = {"application/json-patch+json", "application/merge-patch+json",
                                          "application/strategic-merge-patch+json"};
/* Custom resources take no strategic merge, and say that they can be applied. */
static const char *const custom_patch_types[] = {"application/json-patch+json", "application/merge-patch+json",
                                                 "application/apply-patch+yaml"};
static const char *const any_type[] = {"*/*"}, *const texts[] = {"application/json", "application/yaml"};
#define STATUS_TYPE "io.k8s.apimachinery.pkg.apis.meta.v1.Status"
#define PATCH_TYPE  "io.k8s.apimachinery.pkg.apis.meta.v1.Patch"

struct path {
    const struct api_resource *res;
    const struct api_subresource *sub;
    enum place place;
    bool all_namespaces; /* the cluster-wide list of a namespaced resource */
};

/* Where the text goes and in which version's words. */
struct paths {
    struct buf *out;
    enum openapi_version v;
    const char *comma;
};

/* ---- Parameters and bodies ---- */

static void parameter(struct paths *w, const char *name, const char *in, const char *type, const char *comma)
{
    const char *required = strcmp(in, "path") == 0 ? "\"required\":true," : "";
    buf_addf(w->out, "%s{\"name\":\"%s\",\"in\":\"%s\",%s", comma, name, in, required);
    buf_addf(w->out,
             w->v == OPENAPI_V2 ? "\"type\":\"%s\",\"uniqueItems\":true}"
                                : "\"schema\":{\"type\":\"%s\",\"uniqueItems\":true}}",
             type);
}

static void body_schema(struct paths *w, const char *openapi_name)
{
    buf_cstr(w->out, "{\"schema\":{");
    openapi_write_ref(w->out, w->v, openapi_name);
    buf_cstr(w->out, "}}");
}

static void parameters(struct paths *w, const struct path *p, const struct operation *op, const char *type)
{
    static const char *const writes[] = {"dryRun", "fieldManager", "fieldValidation"};
    static const char *const lists[] = {"allowWatchBookmarks:boolean",
                                        "continue:string",
                                        "fieldSelector:string",
                                        "labelSelector:string",
                                        "limit:integer",
                                        "resourceVersion:string",
                                        "resourceVersionMatch:string",
                                        "sendInitialEvents:boolean",
                                        "timeoutSeconds:integer",
                                        "watch:boolean"};
    bool patch = strcmp(op->method, "patch") == 0;
    const char *comma = "";
    buf_cstr(w->out, "\"parameters\":[");
    if (w->v == OPENAPI_V2 && op->has_body) {
        buf_cstr(w->out, "{\"name\":\"body\",\"in\":\"body\",\"required\":true,\"schema\":{");
        openapi_write_ref(w->out, w->v, patch ? PATCH_TYPE : type);
        buf_cstr(w->out, "}}");
        comma = ",";
    }
    for (size_t i = 0; op->write && i < ARRAY_LEN(writes); i++, comma = ",")
        parameter(w, writes[i], "query", "string", comma);
    if (patch) parameter(w, "force", "query", "boolean", comma);
    for (size_t i = 0; p->place == ON_COLLECTION && !op->write && i < ARRAY_LEN(lists); i++, comma = ",") {
        struct str of_type, name = str_cut(str_of(lists[i]), ':', &of_type);
        char copy[64];
        snprintf(copy, sizeof copy, "%.*s", STR_ARG(name));
        parameter(w, copy, "query", of_type.p, comma);
    }
    if (op->verb == API_DELETE) {
        parameter(w, "dryRun", "query", "string", "");
        parameter(w, "gracePeriodSeconds", "query", "integer", ",");
        parameter(w, "propagationPolicy", "query", "string", ",");
    }
    buf_char(w->out, ']');
}

/* What a body may be. */
static const char *const *bodies_of(const struct api_resource *res, const struct operation *op, size_t *n)
{
    bool patch = strcmp(op->method, "patch") == 0;
    *n = patch ? ARRAY_LEN(patch_types) : res->custom ? ARRAY_LEN(texts) : ARRAY_LEN(any_type);
    if (res->custom) return patch ? custom_patch_types : texts;
    return patch ? patch_types : any_type;
}

/* What version 3 says apart and version 2 among the parameters. */
static void request_body(struct paths *w, const struct api_resource *res, const struct operation *op, const char *type)
{
    size_t n;
    const char *const *types = bodies_of(res, op, &n);
    if (!op->has_body) return;
    buf_cstr(w->out, ",\"requestBody\":{\"content\":{");
    for (size_t i = 0; i < n; i++) {
        buf_addf(w->out, "%s\"%s\":", i ? "," : "", types[i]);
        body_schema(w, strcmp(op->method, "patch") == 0 ? PATCH_TYPE : type);
    }
    buf_cstr(w->out, "},\"required\":true}");
}

static void media_types(struct paths *w, const struct api_resource *res, const struct operation *op)
{
    buf_addf(w->out,
             ",\"schemes\":[\"https\"],\"produces\":[\"application/json\",\"application/yaml\"%s],\"consumes\":[",
             res->custom ? "" : ",\"application/vnd.kubernetes.protobuf\"");
    size_t n;
    const char *const *types = bodies_of(res, op, &n);
    for (size_t i = 0; i < n; i++) buf_addf(w->out, "%s\"%s\"", i ? "," : "", types[i]);
    buf_char(w->out, ']');
}

static void response(struct paths *w, const char *code, const char *description, const char *type, size_t ntypes)
{
    buf_addf(w->out, "\"%s\":{\"description\":\"%s\",", code, description);
    if (w->v == OPENAPI_V2) {
        buf_cstr(w->out, "\"schema\":{");
        openapi_write_ref(w->out, w->v, type);
        buf_cstr(w->out, "}}");
        return;
    }
    buf_cstr(w->out, "\"content\":{");
    for (size_t i = 0; i < ntypes; i++) {
        buf_addf(w->out, "%s\"%s\":", i ? "," : "", texts[i]);
        body_schema(w, type);
    }
    buf_cstr(w->out, "}}");
}

static void responses(struct paths *w, const struct api_resource *res, const struct operation *op, const char *type)
{
    static const struct {
        const char *code, *description;
        uint32_t verbs;
    } more[] = {{"201", "Created", API_CREATE | API_UPDATE}, {"202", "Accepted", API_CREATE | API_DELETE}};
    buf_cstr(w->out, ",\"responses\":{");
    response(w, "200", "OK", type, res->custom ? ARRAY_LEN(texts) : 1);
    for (size_t i = 0; res->custom && i < ARRAY_LEN(more); i++) {
        if (!(op->verb & more[i].verbs)) continue;
        buf_char(w->out, ',');
        response(w, more[i].code, more[i].description, type, ARRAY_LEN(texts));
    }
    if (res->custom) buf_cstr(w->out, ",\"401\":{\"description\":\"Unauthorized\"}");
    buf_char(w->out, '}');
}

static const char *answer_of(const struct api_resource *res, const struct operation *op, const char *type,
                             const char *list)
{
    if (res->custom && op->verb & (API_DELETE | API_DELETECOLLECTION)) return STATUS_TYPE;
    return op->verb == API_LIST_VERB ? list : type;
}

/* ---- Operations ---- */

/* "rbac.authorization.k8s.io", "-name" -> "RbacAuthorization", "Name": a word after each dot or dash. */
static void camel(struct buf *b, const char *text, bool upper)
{
    struct str s = str_of(text);
    if (str_ends(s, STR(".k8s.io"))) s.n -= strlen(".k8s.io");
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.' || s.p[i] == '-')
            upper = true;
        else
            buf_char(b, upper ? (char)toupper((unsigned char)s.p[i]) : s.p[i]), upper = false;
    }
}

/* readCoreV1NamespacedPodStatus, listAppsV1DeploymentForAllNamespaces, deleteCoreV1CollectionNode: generated clients
 * name their methods so. */
static void operation_id(struct buf *b, const struct path *p, const struct operation *op)
{
    const struct api_resource *res = p->res;
    buf_cstr(b, op->id);
    camel(b, *res->group ? res->group : "core", true);
    camel(b, res->version, true);
    if (op->verb == API_DELETECOLLECTION) buf_cstr(b, "Collection");
    if (res->namespaced && !p->all_namespaces) buf_cstr(b, "Namespaced");
    buf_cstr(b, res->kind);
    if (p->sub) camel(b, p->sub->name, true);
    if (p->all_namespaces) buf_cstr(b, "ForAllNamespaces");
}

static void write_operation(struct paths *w, const struct path *p, const struct operation *op)
{
    const struct api_resource *res = p->res;
    struct buf *b = w->out;
    bool foreign = p->sub && p->sub->kind;
    const char *type = (foreign && p->sub->type ? p->sub->type : res->type)->openapi;
    char list[1024];
    if (res->custom) /* the kind of its lists is its own to name */
        snprintf(list, sizeof list, "%.*s%s", (int)(strlen(type) - strlen(res->kind)), res->type->openapi,
                 res->list_kind);
    else
        snprintf(list, sizeof list, "%sList", res->type->openapi);
    buf_addf(b, "\"%s\":{\"tags\":[\"", op->method);
    camel(b, *res->group ? res->group : "core", false);
    buf_addf(b, "_%s\"],\"description\":\"%s %s%s%s\",\"operationId\":\"", res->version, op->action, res->plural,
             p->sub ? "/" : "", p->sub ? p->sub->name : "");
    operation_id(b, p, op);
    buf_cstr(b, "\",");
    parameters(w, p, op, type);
    if (w->v == OPENAPI_V3)
        request_body(w, res, op, type);
    else
        media_types(w, res, op);
    responses(w, res, op, answer_of(res, op, type, list));
    foreign = foreign && !res->custom; /* a Scale of custom kinds goes by the name of its kind */
    const char *group = foreign && p->sub->group ? p->sub->group : res->group;
    const char *version = foreign && p->sub->version ? p->sub->version : res->version;
    buf_addf(b,
             ",\"x-kubernetes-action\":\"%s\",\"x-kubernetes-group-version-kind\":{\"group\":\"%s\",\"kind\":\"%s\","
             "\"version\":\"%s\"}}",
             op->action, group, foreign ? p->sub->kind : res->kind, version);
}

static void write_path(struct paths *w, const struct path *p)
{
    const struct api_resource *res = p->res;
    struct buf *b = w->out;
    uint32_t verbs = p->sub ? p->sub->verbs : p->all_namespaces ? res->verbs & API_LIST_VERB : res->verbs;
    bool any = false;
    for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
        const struct operation *op = &operations[i];
        if (op->place != (int)p->place || !(verbs & op->verb)) continue;
        if (op->verb == API_CREATE && p->place == ON_OBJECT && !p->sub) continue; /* POST goes to the collection */
        if (!any) {
            buf_addf(b, "%s\"/%s%s/%s%s/%s%s%s%s\":{", w->comma, *res->group ? "apis/" : "api", res->group,
                     res->version, res->namespaced && !p->all_namespaces ? "/namespaces/{namespace}" : "", res->plural,
                     p->place == ON_OBJECT ? "/{name}" : "", p->sub ? "/" : "", p->sub ? p->sub->name : "");
            w->comma = ",";
        } else {
            buf_char(b, ',');
        }
        any = true;
        write_operation(w, p, op);
    }
    if (!any) return;
    buf_cstr(b, ",\"parameters\":[");
    const char *sep = "";
    if (p->place == ON_OBJECT) parameter(w, "name", "path", "string", sep), sep = ",";
    if (res->namespaced && !p->all_namespaces) parameter(w, "namespace", "path", "string", sep);
    buf_cstr(b, "]}");
}

static void write_paths_of(struct paths *w, const struct api_resource *res)
{
    if (res->namespaced) write_path(w, &(struct path){res, NULL, ON_COLLECTION, true});
    write_path(w, &(struct path){res, NULL, ON_COLLECTION, false});
    write_path(w, &(struct path){res, NULL, ON_OBJECT, false});
    for (int s = 0; s < res->nsubs; s++) write_path(w, &(struct path){res, &res->subs[s], ON_OBJECT, false});
}

void openapi_write_paths(struct buf *b, enum openapi_version v, const struct group_version *gvs, int n)
{
    struct paths w = {.out = b, .v = v, .comma = ""};
    for (int at = 0; at < n; at++)
        for (int i = 0; i < gvs[at].count; i++) write_paths_of(&w, gvs[at].resources[i]);
}
