/* openapi.c - /openapi/v3: an index and one document per group version, written from the tables when
 * first asked for and kept.
 * Reads: api_resources and their types.   Writes: documents, r->resp. */
#include "apiserver/discovery/discovery_priv.h"

#include "apiserver/discovery/openapi_paths.h"
#include "base/json.h"
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>

enum { OPENAPI_MAX = 64 << 20 };

static pthread_mutex_t openapi_lock = MUTEX_INIT; /* building; documents are const once made */
static struct document index_doc;
static struct document version_doc[GROUP_VERSIONS_MAX];
static struct group_version versions[GROUP_VERSIONS_MAX];
static int nversions;

/* Types that are no struct in JSON: schema text and our sentence. */
static const struct {
    enum api_value value;
    const char *name, *schema;
} special_types[] = {
    {API_TIME, "io.k8s.apimachinery.pkg.apis.meta.v1.Time", "{\"type\":\"string\",\"format\":\"date-time\"}"},
    {API_MICROTIME, "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", "{\"type\":\"string\",\"format\":\"date-time\"}"},
    {API_DURATION, "io.k8s.apimachinery.pkg.apis.meta.v1.Duration", "{\"type\":\"string\"}"},
    {API_QUANTITY, "io.k8s.apimachinery.pkg.api.resource.Quantity",
     "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}"},
    {API_INT_OR_STRING, "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
     "{\"format\":\"int-or-string\",\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}"},
    {API_RAW, "io.k8s.apimachinery.pkg.runtime.RawExtension", "{\"type\":\"object\"}"},
    {API_FIELDS_V1, "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", "{\"type\":\"object\"}"},
    {API_STRUCT, "io.k8s.apimachinery.pkg.apis.meta.v1.Patch", "{\"type\":\"object\"}"}, /* bodies of PATCH alone */
};

/* Schemas still to be written and those already written: name -> something. */
struct schemas {
    struct buf *out;
    struct map seen;
    const struct api_type *queue[4096];
    int queued, written;
    const char *comma;
};

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
    if (map_has(&s->seen, str_of(t->openapi)) || s->queued == (int)ARRAY_LEN(s->queue)) return;
    map_set(&s->seen, str_of(t->openapi), s);
    s->queue[s->queued++] = t;
}

static void write_ref(struct buf *b, const char *name, const char *before)
{
    buf_addf(b, "%s\"$ref\":\"#/components/schemas/%s\"}", before, name);
}

/* The schema of one value, without the list or map around it. `plain`: no default, for use inside lists. */
static void write_value(struct schemas *s, const struct api_field *f, bool plain)
{
    static const char *const scalars[] = {
        [API_STRING] = "\"type\":\"string\"",
        [API_INT32] = "\"type\":\"integer\",\"format\":\"int32\"",
        [API_INT64] = "\"type\":\"integer\",\"format\":\"int64\"",
        [API_BOOL] = "\"type\":\"boolean\"",
        [API_DOUBLE] = "\"type\":\"number\",\"format\":\"double\"",
        [API_BYTES] = "\"type\":\"string\",\"format\":\"byte\"",
    };
    const char *ref = f->value == API_STRUCT ? f->type->openapi : special_name(f->value);
    if (f->value == API_STRUCT) want_type(s, f->type);
    if (ref) {
        buf_cstr(s->out, "\"allOf\":[{");
        write_ref(s->out, ref, "");
        buf_char(s->out, ']');
        if (f->value == API_STRUCT && !(f->flags & API_F_POINTER) && !f->default_json)
            buf_cstr(s->out, ",\"default\":{}");
    } else if (f->value < ARRAY_LEN(scalars) && scalars[f->value]) {
        buf_cstr(s->out, scalars[f->value]);
    }
    if (f->enums && !ref) {
        buf_cstr(s->out, ",\"enum\":[");
        for (int i = 0; f->enums[i]; i++) {
            if (i) buf_char(s->out, ',');
            json_write_string(s->out, str_of(f->enums[i]));
        }
        buf_char(s->out, ']');
    }
    if (!plain && f->default_json) buf_addf(s->out, ",\"default\":%s", f->default_json);
}

static void write_extensions(struct buf *b, const struct api_field *f)
{
    if (f->shape == API_LIST) {
        if (f->list_keys) {
            buf_cstr(b, ",\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-map-keys\":[");
            for (int i = 0; f->list_keys[i]; i++) buf_addf(b, "%s\"%s\"", i ? "," : "", f->list_keys[i]);
            buf_char(b, ']');
        } else if (f->flags & (API_F_SET | API_F_ATOMIC)) {
            buf_addf(b, ",\"x-kubernetes-list-type\":\"%s\"", f->flags & API_F_SET ? "set" : "atomic");
        }
    } else if (f->flags & API_F_ATOMIC || (f->value == API_STRUCT && f->shape == API_ONE && f->type->atomic)) {
        buf_cstr(b, ",\"x-kubernetes-map-type\":\"atomic\"");
    }
    if (f->merge_key) buf_addf(b, ",\"x-kubernetes-patch-merge-key\":\"%s\"", f->merge_key);
    const char *strategy = "";
    if ((f->flags & API_F_RETAIN_KEYS) && (f->flags & API_F_PATCH_MERGE))
        strategy = "merge,retainKeys";
    else if (f->flags & API_F_RETAIN_KEYS)
        strategy = "retainKeys";
    else if (f->flags & API_F_PATCH_MERGE)
        strategy = "merge";
    else if (f->flags & API_F_PATCH_REPLACE)
        strategy = "replace";
    if (*strategy) buf_addf(b, ",\"x-kubernetes-patch-strategy\":\"%s\"", strategy);
}

static void write_field(struct schemas *s, const struct api_field *f)
{
    struct buf *b = s->out;
    json_write_string(b, f->name);
    buf_cstr(b, ":{");
    if (f->doc && *f->doc) {
        buf_cstr(b, "\"description\":");
        json_write_string(b, str_of(f->doc));
        buf_char(b, ',');
    }
    if (f->shape == API_LIST) buf_cstr(b, "\"type\":\"array\",\"items\":{");
    if (f->shape == API_MAP) buf_cstr(b, "\"type\":\"object\",\"additionalProperties\":{");
    size_t mark = b->n;
    write_value(s, f, f->shape != API_ONE);
    if (f->shape != API_ONE)
        buf_char(b, '}');
    else if (b->n == mark)
        buf_cstr(b, "\"x-kubernetes-preserve-unknown-fields\":true"); /* API_ANY */
    write_extensions(b, f);
    buf_char(b, '}');
}

static void write_gvk(struct buf *b, const struct api_resource *res, const char *kind)
{
    buf_addf(b, ",\"x-kubernetes-group-version-kind\":[{\"group\":\"%s\",\"kind\":\"%s\",\"version\":\"%s\"}]",
             res->group, kind, res->version);
}

/* res: the resource whose kind, or list kind, t is; NULL: neither. */
static void write_type(struct schemas *s, const struct api_type *t, const struct api_resource *res)
{
    struct buf *b = s->out;
    schema_head(s, t->openapi);
    buf_char(b, '{');
    if (t->doc && *t->doc) {
        buf_cstr(b, "\"description\":");
        json_write_string(b, str_of(t->doc));
        buf_char(b, ',');
    }
    buf_cstr(b, "\"type\":\"object\",\"properties\":{");
    const char *comma = "";
    bool required = false;
    for (int i = 0; i < t->nfields; i++) {
        buf_cstr(b, comma);
        comma = ",";
        write_field(s, &t->fields[i]);
        required = required || (t->fields[i].flags & API_F_REQUIRED);
    }
    buf_char(b, '}');
    comma = ",\"required\":[";
    for (int i = 0; i < t->nfields && required; i++) {
        if (!(t->fields[i].flags & API_F_REQUIRED)) continue;
        buf_cstr(b, comma);
        json_write_string(b, t->fields[i].name);
        comma = ",";
    }
    if (required) buf_char(b, ']');
    if (res) write_gvk(b, res, t->name);
    if (t->atomic) buf_cstr(b, ",\"x-kubernetes-map-type\":\"atomic\"");
    buf_char(b, '}');
}

static const struct api_resource *resource_of_type(const struct api_type *t, const struct group_version *gv)
{
    for (int i = 0; i < api_resource_count; i++) {
        const struct api_resource *res = api_resources[i];
        bool is_kind = res->type == t,
             is_list = strcmp(res->list_kind, t->name) == 0 && strcmp(res->type->package, t->package) == 0;
        if ((is_kind || is_list) && strcmp(res->group, gv->group) == 0 && strcmp(res->version, gv->version) == 0)
            return res;
    }
    return NULL;
}

static void write_schemas(struct schemas *s, const struct group_version *gv)
{
    for (int i = 0; i < api_resource_count; i++) {
        const struct api_resource *res = api_resources[i];
        if (strcmp(res->group, gv->group) != 0 || strcmp(res->version, gv->version) != 0) continue;
        want_type(s, res->type);
        const struct api_type *list = *res->list_kind ? api_find_type(res->type->package, res->list_kind) : NULL;
        if (list) want_type(s, list);
        for (int k = 0; k < res->nsubs; k++)
            if (res->subs[k].type) want_type(s, res->subs[k].type);
    }
    static const char *const meta_types[] = {"DeleteOptions", "Status", "APIResourceList"};
    for (size_t i = 0; i < ARRAY_LEN(meta_types); i++) {
        const struct api_type *t = api_find_type("meta/v1", meta_types[i]);
        if (t) want_type(s, t);
    }
    while (s->written < s->queued) {
        const struct api_type *t = s->queue[s->written++];
        write_type(s, t, resource_of_type(t, gv));
    }
    for (size_t i = 0; i < ARRAY_LEN(special_types); i++) {
        schema_head(s, special_types[i].name);
        buf_cstr(s->out, special_types[i].schema);
    }
}

static void build_version(int at)
{
    struct buf b;
    buf_init(&b, OPENAPI_MAX);
    buf_cstr(&b,
             "{\"openapi\":\"3.0.0\",\"info\":{\"title\":\"Kubernetes\",\"version\":\"v1.36.3+kubestep\"},\"paths\":{");
    openapi_write_paths(&b, versions[at].group, versions[at].version);
    buf_cstr(&b, "},\"components\":{\"schemas\":{");
    struct schemas *s = xcalloc(1, sizeof *s);
    s->out = &b;
    s->comma = "";
    write_schemas(s, &versions[at]);
    map_release(&s->seen, NULL);
    free(s);
    buf_cstr(&b, "}}}\n");
    document_make(&version_doc[at], &b, "application/json");
}

/* "api/v1" or "apis/G/V" */
static void version_path(struct buf *b, const struct group_version *gv)
{
    buf_cstr(b, *gv->group ? "apis/" : "api/");
    if (*gv->group) buf_addf(b, "%s/", gv->group);
    buf_cstr(b, gv->version);
}

static void build_all(void)
{
    mutex_lock(&openapi_lock);
    if (!index_doc.text.p) {
        nversions = group_versions(versions);
        struct buf b;
        buf_init(&b, OPENAPI_MAX);
        buf_cstr(&b, "{\"paths\":{");
        for (int i = 0; i < nversions; i++) {
            build_version(i);
            buf_cstr(&b, i ? ",\"" : "\"");
            version_path(&b, &versions[i]);
            buf_cstr(&b, "\":{\"serverRelativeURL\":\"/openapi/v3/");
            version_path(&b, &versions[i]);
            buf_addf(&b, "?hash=%.16s\"}", version_doc[i].etag + 1);
        }
        buf_cstr(&b, "}}\n");
        document_make(&index_doc, &b, "application/json");
    }
    mutex_unlock(&openapi_lock);
}

bool openapi_handle(struct request *r)
{
    struct str path = str_from(r->path, strlen("/openapi/"));
    if (path.n && path.p[path.n - 1] == '/') path.n--;
    if (!str_eqc(path, "v3") && !str_starts(path, STR("v3/"))) return false;
    build_all();
    if (str_eqc(path, "v3")) return document_answer(r, &index_doc), true;
    path = str_from(path, 3);
    for (int i = 0; i < nversions; i++) {
        char name[API_VERSION_MAX];
        snprintf(name, sizeof name, "%s%s%s%s", *versions[i].group ? "apis/" : "api/", versions[i].group,
                 *versions[i].group ? "/" : "", versions[i].version);
        if (!str_eqc(path, name)) continue;
        document_answer(r, &version_doc[i]);
        return true;
    }
    return false;
}
