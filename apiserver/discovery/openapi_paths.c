/* openapi_paths.c - one path item per collection, object and subresource, each operation with its action, kind and
 * options. kubectl reads from here which options a PATCH takes (fieldValidation, dryRun) and which path serves a kind.
 * Reads: api_resources.   Writes: JSON text. */
#include "apiserver/discovery/openapi_paths.h"

#include "api/schema.h"
#include "base/mem.h"

#include <stdio.h>

enum place { ON_COLLECTION = 1, ON_OBJECT = 2 };

/* Operations in upstream's order of methods; `write`: takes dryRun, fieldManager, fieldValidation. */
static const struct operation {
    const char *method, *action;
    uint32_t verb;
    int place;
    bool write, has_body;
} operations[] = {
    {"get", "list", API_LIST_VERB, ON_COLLECTION, false, false},
    {"post", "post", API_CREATE, ON_COLLECTION, true, true},
    {"delete", "deletecollection", API_DELETECOLLECTION, ON_COLLECTION, false, false},
    {"get", "get", API_GET, ON_OBJECT, false, false},
    {"put", "put", API_UPDATE, ON_OBJECT, true, true},
    {"post", "post", API_CREATE, ON_OBJECT, true, true}, /* subresources such as binding */
    {"patch", "patch", API_PATCH, ON_OBJECT, true, true},
    {"delete", "delete", API_DELETE, ON_OBJECT, false, false},
};

struct path {
    const struct api_resource *res;
    const struct api_subresource *sub;
    enum place place;
    bool all_namespaces; /* the cluster-wide list of a namespaced resource */
};

static void parameter(struct buf *b, const char *name, const char *in, const char *type, const char *comma)
{
    buf_addf(b, "%s{\"name\":\"%s\",\"in\":\"%s\",%s\"schema\":{\"type\":\"%s\",\"uniqueItems\":true}}", comma, name,
             in, strcmp(in, "path") == 0 ? "\"required\":true," : "", type);
}

static void parameters(struct buf *b, const struct path *p, const struct operation *op)
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
    buf_cstr(b, "\"parameters\":[");
    const char *comma = "";
    for (size_t i = 0; op->write && i < ARRAY_LEN(writes); i++, comma = ",")
        parameter(b, writes[i], "query", "string", comma);
    if (strcmp(op->method, "patch") == 0) parameter(b, "force", "query", "boolean", comma);
    for (size_t i = 0; p->place == ON_COLLECTION && !op->write && i < ARRAY_LEN(lists); i++, comma = ",") {
        struct str type, name = str_cut(str_of(lists[i]), ':', &type);
        char copy[64];
        snprintf(copy, sizeof copy, "%.*s", STR_ARG(name));
        parameter(b, copy, "query", type.p, comma);
    }
    if (op->verb == API_DELETE) {
        parameter(b, "dryRun", "query", "string", "");
        parameter(b, "gracePeriodSeconds", "query", "integer", ",");
        parameter(b, "propagationPolicy", "query", "string", ",");
    }
    buf_char(b, ']');
}

static void body_schema(struct buf *b, const char *openapi_name)
{
    buf_addf(b, "{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}", openapi_name);
}

static void request_body(struct buf *b, const struct path *p, const struct operation *op, const char *type)
{
    if (!op->has_body) return;
    buf_cstr(b, ",\"requestBody\":{\"content\":{");
    if (strcmp(op->method, "patch") == 0) {
        static const char *const patches[] = {"application/json-patch+json", "application/merge-patch+json",
                                              "application/strategic-merge-patch+json"};
        for (size_t i = 0; i < ARRAY_LEN(patches); i++) {
            buf_addf(b, "%s\"%s\":", i ? "," : "", patches[i]);
            body_schema(b, "io.k8s.apimachinery.pkg.apis.meta.v1.Patch");
        }
    } else {
        buf_cstr(b, "\"*/*\":");
        body_schema(b, type);
    }
    buf_cstr(b, "},\"required\":true}");
    (void)p;
}

static void write_operation(struct buf *b, const struct path *p, const struct operation *op)
{
    const struct api_resource *res = p->res;
    bool foreign = p->sub && p->sub->kind;
    const struct api_type *type = foreign && p->sub->type ? p->sub->type : res->type;
    buf_addf(b, "\"%s\":{\"tags\":[\"%s_%s\"],\"description\":\"%s %s%s%s\",\"operationId\":\"%s%s%s%s%s%s%s\",",
             op->method, *res->group ? res->group : "core", res->version, op->action, res->plural, p->sub ? "/" : "",
             p->sub ? p->sub->name : "", op->action, res->version,
             res->namespaced && !p->all_namespaces ? "Namespaced" : "", res->kind, p->sub ? "_" : "",
             p->sub ? p->sub->name : "", p->all_namespaces ? "ForAllNamespaces" : "");
    parameters(b, p, op);
    request_body(b, p, op, type->openapi);
    buf_cstr(b, ",\"responses\":{\"200\":{\"description\":\"OK\",\"content\":{\"application/json\":{\"schema\":{");
    buf_addf(b, "\"$ref\":\"#/components/schemas/%s%s\"}}}}}", type->openapi, op->verb == API_LIST_VERB ? "List" : "");
    const char *group = foreign && p->sub->group ? p->sub->group : res->group;
    const char *version = foreign && p->sub->version ? p->sub->version : res->version;
    buf_addf(b,
             ",\"x-kubernetes-action\":\"%s\",\"x-kubernetes-group-version-kind\":{\"group\":\"%s\",\"kind\":\"%s\","
             "\"version\":\"%s\"}}",
             op->action, group, foreign ? p->sub->kind : res->kind, version);
}

static void write_path(struct buf *b, const struct path *p, const char **comma)
{
    const struct api_resource *res = p->res;
    uint32_t verbs = p->sub ? p->sub->verbs : p->all_namespaces ? res->verbs & API_LIST_VERB : res->verbs;
    bool any = false;
    for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
        const struct operation *op = &operations[i];
        if (op->place != (int)p->place || !(verbs & op->verb)) continue;
        if (op->verb == API_CREATE && p->place == ON_OBJECT && !p->sub) continue; /* POST goes to the collection */
        if (!any) {
            buf_addf(b, "%s\"/%s%s%s/%s%s/%s%s%s%s\":{", *comma, *res->group ? "apis/" : "api", res->group, "",
                     res->version, res->namespaced && !p->all_namespaces ? "/namespaces/{namespace}" : "", res->plural,
                     p->place == ON_OBJECT ? "/{name}" : "", p->sub ? "/" : "", p->sub ? p->sub->name : "");
            *comma = ",";
        } else {
            buf_char(b, ',');
        }
        any = true;
        write_operation(b, p, op);
    }
    if (!any) return;
    buf_cstr(b, ",\"parameters\":[");
    const char *sep = "";
    if (p->place == ON_OBJECT) parameter(b, "name", "path", "string", sep), sep = ",";
    if (res->namespaced && !p->all_namespaces) parameter(b, "namespace", "path", "string", sep);
    buf_cstr(b, "]}");
}

void openapi_write_paths(struct buf *b, const char *group, const char *version)
{
    const char *comma = "";
    for (int i = 0; i < api_resource_count; i++) {
        const struct api_resource *res = api_resources[i];
        if (strcmp(res->group, group) != 0 || strcmp(res->version, version) != 0) continue;
        if (res->namespaced) write_path(b, &(struct path){res, NULL, ON_COLLECTION, true}, &comma);
        write_path(b, &(struct path){res, NULL, ON_COLLECTION, false}, &comma);
        write_path(b, &(struct path){res, NULL, ON_OBJECT, false}, &comma);
        for (int s = 0; s < res->nsubs; s++)
            write_path(b, &(struct path){res, &res->subs[s], ON_OBJECT, false}, &comma);
    }
}
