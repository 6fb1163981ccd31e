/* schema.c - look-ups in the tables.
 * Reads: what tools/schemagen wrote.   Writes: nothing. */
#include "api/schema.h"

#include <stdio.h>

static bool names(const struct api_resource *r, struct str group, struct str version)
{
    return str_eqc(group, r->group) && str_eqc(version, r->version);
}

const struct api_resource *api_find_resource(struct str group, struct str version, struct str plural)
{
    for (int i = 0; i < api_resource_count; i++)
        if (str_eqc(plural, api_resources[i]->plural) && names(api_resources[i], group, version))
            return api_resources[i];
    return NULL;
}

const struct api_resource *api_find_kind(struct str group, struct str version, struct str kind)
{
    for (int i = 0; i < api_resource_count; i++)
        if (str_eqc(kind, api_resources[i]->kind) && names(api_resources[i], group, version)) return api_resources[i];
    return NULL;
}

const struct api_subresource *api_find_sub(const struct api_resource *r, struct str name)
{
    for (int i = 0; i < r->nsubs; i++)
        if (str_eqc(name, r->subs[i].name)) return &r->subs[i];
    return NULL;
}

const struct api_field *api_field_of(const struct api_type *t, struct str name)
{
    int low = 0, high = t->nfields;
    while (low < high) {
        int middle = (low + high) / 2;
        const struct api_field *f = &t->fields[t->by_name[middle]];
        int order = str_cmp(name, f->name);
        if (order == 0) return f;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct api_field *api_union_field(const struct api_type *t, enum json_type type)
{
    for (int i = 0; i < t->nfields; i++) {
        const struct api_field *f = &t->fields[i];
        if (f->shape == API_LIST
                ? type == JSON_ARR
                : (f->value == API_STRUCT && type == JSON_OBJ) || (f->value == API_BOOL && type == JSON_BOOL))
            return f;
    }
    return NULL;
}

const struct api_type *api_find_type(const char *package, const char *name)
{
    for (int i = 0; i < api_type_count; i++)
        if (strcmp(api_types[i]->name, name) == 0 && strcmp(api_types[i]->package, package) == 0) return api_types[i];
    return NULL;
}

const struct api_type *api_find_object_type(struct str api_version, struct str kind)
{
    char package[API_VERSION_MAX], name[API_VERSION_MAX];
    struct str group, version;
    api_split_version(api_version, &group, &version);
    if (str_eqc(group, "meta.k8s.io")) {
        group = STR("meta");
        version = STR("v1"); /* v1beta1 has the same types, but for the numbers of its list */
    }
    if (!group.n) group = STR("core");
    snprintf(package, sizeof package, "%.*s/%.*s", STR_ARG(group), STR_ARG(version));
    snprintf(name, sizeof name, "%.*s", STR_ARG(kind));
    const struct api_type *t = api_find_type(package, name);
    return t || !str_eqc(api_version, "v1") ? t : api_find_type("meta/v1", name); /* Status is at home in v1 too */
}

char *api_version_of(const struct api_resource *r, char out[API_VERSION_MAX])
{
    snprintf(out, API_VERSION_MAX, "%s%s%s", r->group, *r->group ? "/" : "", r->version);
    return out;
}

void api_split_version(struct str api_version, struct str *group, struct str *version)
{
    *group = str_cut(api_version, '/', version);
    if (!str_is_null(*version)) return;
    *version = *group;
    *group = STR("");
}
