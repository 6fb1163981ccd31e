/* go_form.c - see go_form.h. Reads: the schema.   Writes: a tree in the arena.
 * Types of meta/v1 have JSON names in Go as well and stay as they are. */
#include "apiserver/object/go_form.h"

#include "base/mem.h"

/* Names that are not the JSON name with a capital first letter. */
static const struct {
    const char *type, *json, *go; /* type NULL: any */
} names[] = {
    {"DeviceAttribute", "int", "IntValue"},
    {"DeviceAttribute", "bool", "BoolValue"},
    {"DeviceAttribute", "string", "StringValue"},
    {"DeviceAttribute", "version", "VersionValue"},
    {"DeviceAttribute", "ints", "IntValues"},
    {"DeviceAttribute", "bools", "BoolValues"},
    {"DeviceAttribute", "strings", "StringValues"},
    {"DeviceAttribute", "versions", "VersionValues"},
    {NULL, "apiGroup", "APIGroup"},
    {NULL, "apiVersion", "APIVersion"},
    {NULL, "awsElasticBlockStore", "AWSElasticBlockStore"},
    {NULL, "cel", "CEL"},
    {NULL, "cephfs", "CephFS"},
    {NULL, "cidrs", "CIDRs"},
    {NULL, "csi", "CSI"},
    {NULL, "fc", "FC"},
    {NULL, "fsType", "FSType"},
    {NULL, "gcePersistentDisk", "GCEPersistentDisk"},
    {NULL, "ips", "IPs"},
    {NULL, "iscsi", "ISCSI"},
    {NULL, "nfs", "NFS"},
    {NULL, "rbd", "RBD"},
    {NULL, "storageos", "StorageOS"},
    {NULL, "uid", "UID"},
};

static struct str go_name(struct arena *a, const struct api_type *t, struct str json)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_eqc(json, names[i].json) && (!names[i].type || strcmp(names[i].type, t->name) == 0))
            return str_of(names[i].go);
    char *p = str_cstr(a, json);
    if (*p >= 'a' && *p <= 'z') *p = (char)(*p - 32);
    return str_n(p, json.n);
}

static bool has_json_names(const struct api_type *t) { return strcmp(t->package, "meta/v1") == 0; }

static struct json *zero(struct arena *a, const struct api_field *f)
{
    if (f->shape != API_ONE || f->flags & API_F_POINTER) return json_null(a);
    switch (f->value) {
    case API_STRING: return json_strc(a, "");
    case API_QUANTITY: return json_strc(a, "0");
    case API_INT32:
    case API_INT64: return json_int(a, 0);
    case API_BOOL: return json_bool(a, false);
    case API_STRUCT: return has_json_names(f->type) ? json_obj(a) : go_form(a, f->type, NULL);
    default: return json_null(a);
    }
}

static struct json *one(struct arena *a, const struct api_field *f, const struct json *v)
{
    return f->value == API_STRUCT && !has_json_names(f->type) ? go_form(a, f->type, v) : json_copy(a, v);
}

static struct json *value_of(struct arena *a, const struct api_field *f, const struct json *v)
{
    if (!v || v->type == JSON_NULL) return zero(a, f);
    if (f->shape == API_ONE) return one(a, f, v);
    if (f->value != API_STRUCT) return json_copy(a, v);
    struct json *all = f->shape == API_LIST ? json_arr(a) : json_obj(a);
    JSON_FOREACH(it, v)
    {
        if (f->shape == API_LIST)
            json_push(all, one(a, f, it));
        else
            json_set(a, all, it->key, one(a, f, it));
    }
    return all;
}

struct json *go_form(struct arena *a, const struct api_type *t, const struct json *node)
{
    struct json *out = json_obj(a);
    for (int i = 0; i < t->nfields; i++)
        json_set(a, out, go_name(a, t, t->fields[i].name), value_of(a, &t->fields[i], json_get(node, t->fields[i].name)));
    return out;
}
