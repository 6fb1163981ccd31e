/* openapi_schemas.c - types as schemas, with the extensions that kubectl patches and explains by.
 * Reads: api_resources and their types.   Writes: JSON text.
 * Upstream: k8s.io/kube-openapi pkg/builder, pkg/builder3. */
#include "apiserver/discovery/openapi_notes.h"
#include "apiserver/discovery/openapi_parts.h"

#include "base/json.h"
#include "base/map.h"
#include "schema_ids.h"

#include <stdlib.h>

/* Types that are no struct in JSON. */
static const struct {
    enum api_value value;
    const char *name, *v2, *v3;
} special_types[] = {
    {API_TIME, "io.k8s.apimachinery.pkg.apis.meta.v1.Time", "{\"type\":\"string\",\"format\":\"date-time\"}", NULL},
    {API_MICROTIME, "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", "{\"type\":\"string\",\"format\":\"date-time\"}",
     NULL},
    {API_DURATION, "io.k8s.apimachinery.pkg.apis.meta.v1.Duration", "{\"type\":\"string\"}", NULL},
    {API_QUANTITY, "io.k8s.apimachinery.pkg.api.resource.Quantity", "{\"type\":\"string\"}",
     "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}"},
    {API_INT_OR_STRING, "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
     "{\"type\":\"string\",\"format\":\"int-or-string\"}",
     "{\"format\":\"int-or-string\",\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}"},
    {API_RAW, "io.k8s.apimachinery.pkg.runtime.RawExtension", "{\"type\":\"object\"}", NULL},
    {API_ANY, "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON", "{\"description\":\"Any JSON.\"}", NULL},
    {API_FIELDS_V1, "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", "{\"type\":\"object\"}", NULL},
    {API_STRUCT, "io.k8s.apimachinery.pkg.apis.meta.v1.Patch", "{\"type\":\"object\"}", NULL}, /* bodies of PATCH */
};

/* Schemas still to be written and those already written: name -> something. */
struct schemas {
    struct buf *out;
    enum openapi_version v;
    const struct group_version *gvs;
    int ngvs;
    struct map seen;
    const struct api_type **queue; /* as many as there are types */
    int queued, written;
    unsigned specials; /* which special_types something refers to: 1 << enum api_value */
    const char *comma;
};

void openapi_write_ref(struct buf *b, enum openapi_version v, const char *openapi_name)
{
    buf_addf(b, "\"$ref\":\"#/%s/%s\"", v == OPENAPI_V2 ? "definitions" : "components/schemas", openapi_name);
}

static const char *special_name(enum api_value v)
{
    for (size_t i = 0; i < ARRAY_LEN(special_types); i++)
        if (special_types[i].value == v) return special_types[i].name;
    return NULL;
}

static void schema_head(struct schemas *s, const char *name)
{
    buf_addf(s->out, "%s\"%s\":", s->comma, name);
    s->comma = ",";
}

static void want_type(struct schemas *s, const struct api_type *t)
{
    if (map_has(&s->seen, str_of(t->openapi))) return;
    map_set(&s->seen, str_of(t->openapi), s);
    s->queue[s->queued++] = t;
}

static void write_description(struct buf *b, const char *doc)
{
    if (!doc || !*doc) return;
    buf_cstr(b, "\"description\":");
    json_write_string(b, str_of(doc));
    buf_char(b, ',');
}

/* ---- Fields ---- */

/* A field that Go always writes, as it does structs, has a default in version 3, its type's zero, and so has what is in
 * lists and maps
 * (`plain`). Others have one when the type's marker says so. NULL: none. */
static const char *default_of(const struct schemas *s, const struct api_type *owner, const struct api_field *f,
                              bool plain)
{
    static const char *const zeros[] = {[API_STRING] = "\"\"", [API_INT32] = "0",  [API_INT64] = "0",
                                        [API_BOOL] = "false",  [API_DOUBLE] = "0", [API_STRUCT] = "{}"};
    const char *said = plain ? NULL : openapi_default(owner, f);
    if (s->v == OPENAPI_V2) return NULL;
    bool is_struct = f->value == API_STRUCT, left_out = f->flags & API_F_OMITEMPTY && !is_struct;
    if (said || (!plain && (left_out || f->flags & API_F_POINTER))) return said;
    if (is_struct && f->type->form != API_FORM_STRUCT) return NULL;
    return f->value < ARRAY_LEN(zeros) ? zeros[f->value] : NULL;
}

/* Beside a $ref nothing else may stand. */
static void write_reference(struct schemas *s, const char *name, bool alone)
{
    bool wrapped = s->v == OPENAPI_V3 && !alone;
    if (wrapped) buf_cstr(s->out, "\"allOf\":[{");
    openapi_write_ref(s->out, s->v, name);
    if (wrapped) buf_cstr(s->out, "}]");
}

static void write_enum(struct buf *b, const struct api_type *owner, const struct api_field *f)
{
    const char *values[OPENAPI_ENUM_MAX];
    int n = openapi_enum(owner, f, values);
    for (int i = 0; i < n; i++) {
        buf_cstr(b, i ? "," : ",\"enum\":[");
        json_write_string(b, str_of(values[i]));
    }
    if (n) buf_char(b, ']');
}

static void write_shaped(struct schemas *s, const struct api_type *owner, const struct api_field *f);

/* The schema of one value, without the list or map around it. `plain`: inside one. */
static void write_value(struct schemas *s, const struct api_type *owner, const struct api_field *f, bool plain)
{
    static const char *const scalars[] = {
        [API_STRING] = "\"type\":\"string\"",
        [API_INT32] = "\"type\":\"integer\",\"format\":\"int32\"",
        [API_INT64] = "\"type\":\"integer\",\"format\":\"int64\"",
        [API_BOOL] = "\"type\":\"boolean\"",
        [API_DOUBLE] = "\"type\":\"number\",\"format\":\"double\"",
        [API_BYTES] = "\"type\":\"string\",\"format\":\"byte\"",
    };
    const char *dflt = default_of(s, owner, f, plain);
    bool named_list = f->value == API_STRUCT && f->type->form == API_FORM_LIST; /* OpenAPI has no name for it */
    const char *ref = named_list ? NULL : f->value == API_STRUCT ? f->type->openapi : special_name(f->value);
    if (f->value == API_STRUCT && !named_list) want_type(s, f->type);
    if (ref && f->value != API_STRUCT) s->specials |= 1U << f->value;
    if (named_list)
        write_shaped(s, f->type, &f->type->fields[0]);
    else if (ref)
        write_reference(s, ref, plain && !dflt);
    else if (f->value < ARRAY_LEN(scalars) && scalars[f->value])
        buf_cstr(s->out, scalars[f->value]);
    if (!ref) write_enum(s->out, owner, f);
    if (dflt) buf_addf(s->out, ",\"default\":%s", dflt);
}

static void write_list_type(struct buf *b, const struct api_field *f)
{
    if (f->list_keys) {
        buf_cstr(b, ",\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-map-keys\":[");
        for (int i = 0; f->list_keys[i]; i++) buf_addf(b, "%s\"%s\"", i ? "," : "", f->list_keys[i]);
        buf_char(b, ']');
    } else if (f->flags & (API_F_SET | API_F_ATOMIC)) {
        buf_addf(b, ",\"x-kubernetes-list-type\":\"%s\"", f->flags & API_F_SET ? "set" : "atomic");
    }
}

static void write_extensions(struct buf *b, const struct api_field *f)
{
    static const struct {
        uint16_t flags;
        const char *strategy;
    } strategies[] = {{API_F_RETAIN_KEYS | API_F_PATCH_MERGE, "merge,retainKeys"},
                      {API_F_RETAIN_KEYS, "retainKeys"},
                      {API_F_PATCH_MERGE, "merge"},
                      {API_F_PATCH_REPLACE, "replace"}};
    if (f->shape == API_LIST)
        write_list_type(b, f);
    else if (f->flags & (API_F_ATOMIC | API_F_GRANULAR))
        buf_addf(b, ",\"x-kubernetes-map-type\":\"%s\"", f->flags & API_F_ATOMIC ? "atomic" : "granular");
    if (f->merge_key) buf_addf(b, ",\"x-kubernetes-patch-merge-key\":\"%s\"", f->merge_key);
    for (size_t i = 0; i < ARRAY_LEN(strategies); i++) {
        if ((f->flags & strategies[i].flags) != strategies[i].flags) continue;
        buf_addf(b, ",\"x-kubernetes-patch-strategy\":\"%s\"", strategies[i].strategy);
        break;
    }
}

/* With the list or map around it. */
static void write_shaped(struct schemas *s, const struct api_type *owner, const struct api_field *f)
{
    struct buf *b = s->out;
    if (f->shape == API_LIST) buf_cstr(b, "\"type\":\"array\",\"items\":{");
    if (f->shape == API_MAP) buf_cstr(b, "\"type\":\"object\",\"additionalProperties\":{");
    write_value(s, owner, f, f->shape != API_ONE);
    if (f->shape != API_ONE) buf_char(b, '}');
}

static void write_field(struct schemas *s, const struct api_type *owner, const struct api_field *f)
{
    struct buf *b = s->out;
    json_write_string(b, f->name);
    buf_cstr(b, ":{");
    write_description(b, f->doc);
    write_shaped(s, owner, f);
    write_extensions(b, f);
    buf_char(b, '}');
}

/* ---- Types ---- */

struct kind_list {
    struct buf *out;
    const char *sep;
};

static void add_kind(struct kind_list *l, const char *group, const char *version, const char *kind)
{
    buf_addf(l->out, "%s{\"group\":\"%s\",\"kind\":\"%s\",\"version\":\"%s\"}", l->sep, group, kind, version);
    l->sep = ",";
}

static bool is_in(const struct api_resource *res, const struct group_version *gv)
{
    return strcmp(res->group, gv->group) == 0 && strcmp(res->version, gv->version) == 0;
}

/* Types that are a kind without being a resource's. */
enum { OF_CORE, OF_EVERY_GROUP };
static const struct {
    const char *name;
    int where;
    bool in_v2_alone;
} meta_kinds[] = {
    {"DeleteOptions", OF_EVERY_GROUP, false},
    {"WatchEvent", OF_EVERY_GROUP, false},
    {"Status", OF_CORE, false},
    {"APIGroup", OF_CORE, true},
    {"APIGroupList", OF_CORE, true},
    {"APIResourceList", OF_CORE, false},
    {"APIVersions", OF_CORE, true},
};

static void add_meta_kinds(struct kind_list *l, const struct schemas *s, const struct api_type *t)
{
    for (size_t i = 0; i < ARRAY_LEN(meta_kinds); i++) {
        if (strcmp(meta_kinds[i].name, t->name) != 0) continue;
        bool core_too = s->v == OPENAPI_V3 && meta_kinds[i].where == OF_EVERY_GROUP && *s->gvs[0].group;
        if (core_too) add_kind(l, "", "v1", t->name);
        for (int k = 0; k < (meta_kinds[i].where == OF_CORE ? 0 : s->ngvs); k++)
            add_kind(l, s->gvs[k].group, s->gvs[k].version, t->name);
        if (meta_kinds[i].where == OF_CORE) add_kind(l, "", "v1", t->name);
    }
}

/* The group, version and kind as which t is sent: of a resource, a list, or the body of a subresource. */
static const struct api_resource *resource_of(const struct schemas *s, const struct api_type *t,
                                              const struct api_subresource **sub)
{
    *sub = NULL;
    for (int i = 0; i < api_resource_count; i++) {
        const struct api_resource *res = api_resources[i];
        if (res->type == t) return res;
        if (s->ngvs == 1 && !is_in(res, s->gvs)) continue; /* all, or one */
        if (strcmp(res->list_kind, t->name) == 0 && strcmp(res->type->package, t->package) == 0) return res;
        for (int n = 0; n < res->nsubs; n++)
            if (res->subs[n].type == t && res->subs[n].kind) {
                *sub = &res->subs[n];
                return res;
            }
    }
    return NULL;
}

static void write_kinds(const struct schemas *s, const struct api_type *t)
{
    struct kind_list l = {s->out, ",\"x-kubernetes-group-version-kind\":["};
    const struct api_subresource *sub;
    const struct api_resource *res = resource_of(s, t, &sub);
    if (strcmp(t->package, "meta/v1") == 0)
        add_meta_kinds(&l, s, t);
    else if (res)
        add_kind(&l, sub && sub->group ? sub->group : res->group, sub && sub->version ? sub->version : res->version,
                 t->name);
    if (*l.sep == ',' && !l.sep[1]) buf_char(s->out, ']');
}

static void write_type(struct schemas *s, const struct api_type *t)
{
    struct buf *b = s->out;
    const char *comma = "";
    schema_head(s, t->openapi);
    buf_char(b, '{');
    write_description(b, t->doc);
    if (t->form == API_FORM_UNION) { /* its description is all that a schema can say */
        if (b->p[b->n - 1] == ',') b->n--;
        buf_char(b, '}');
        return;
    }
    buf_cstr(b, "\"type\":\"object\",\"properties\":{");
    for (int i = 0; i < t->nfields; i++, comma = ",") {
        buf_cstr(b, comma);
        write_field(s, t, &t->fields[i]);
    }
    buf_char(b, '}');
    const char *sep = ",\"required\":[";
    for (int i = 0; i < t->nfields; i++) {
        if (!(t->fields[i].flags & API_F_REQUIRED)) continue;
        buf_cstr(b, sep);
        json_write_string(b, t->fields[i].name);
        sep = ",";
    }
    if (!sep[1]) buf_char(b, ']');
    write_kinds(s, t);
    if (t->atomic) buf_cstr(b, ",\"x-kubernetes-map-type\":\"atomic\"");
    if (openapi_union(t)) buf_addf(b, ",\"x-kubernetes-unions\":[%s]", openapi_union(t));
    buf_char(b, '}');
}

/* A custom kind's schemas are its definition's; what they refer to are types. */
static void want_custom(struct schemas *s, const struct api_resource *res)
{
    want_type(s, &type_meta_v1_ObjectMeta);
    want_type(s, &type_meta_v1_ListMeta);
    for (int k = 0; k < res->nsubs; k++)
        if (res->subs[k].type) want_type(s, res->subs[k].type);
    buf_cstr(s->out, s->comma);
    s->comma = ",";
    openapi_write_custom(s->out, s->v, res);
}

static void want_types_of(struct schemas *s, const struct api_resource *res)
{
    if (res->custom) {
        want_custom(s, res);
        return;
    }
    want_type(s, res->type);
    const struct api_type *list = *res->list_kind ? api_find_type(res->type->package, res->list_kind) : NULL;
    if (list) want_type(s, list);
    for (int k = 0; k < res->nsubs; k++)
        if (res->subs[k].type) want_type(s, res->subs[k].type);
}

void openapi_write_schemas(struct buf *b, enum openapi_version v, const struct group_version *gvs, int n)
{
    struct schemas s = {.out = b, .v = v, .gvs = gvs, .ngvs = n, .comma = "", .specials = 1U << API_STRUCT};
    s.queue = xcalloc(api_type_count, sizeof *s.queue);
    for (int k = 0; k < n; k++)
        for (int i = 0; i < gvs[k].count; i++) want_types_of(&s, gvs[k].resources[i]);
    for (size_t i = 0; i < ARRAY_LEN(meta_kinds); i++) {
        const struct api_type *t = api_find_type("meta/v1", meta_kinds[i].name);
        if (t && (v == OPENAPI_V2 || !meta_kinds[i].in_v2_alone)) want_type(&s, t);
    }
    while (s.written < s.queued) write_type(&s, s.queue[s.written++]);
    for (size_t i = 0; i < ARRAY_LEN(special_types); i++) {
        if (!(s.specials >> special_types[i].value & 1)) continue;
        schema_head(&s, special_types[i].name);
        buf_cstr(b, v == OPENAPI_V3 && special_types[i].v3 ? special_types[i].v3 : special_types[i].v2);
    }
    map_release(&s.seen, NULL);
    free(s.queue);
}
