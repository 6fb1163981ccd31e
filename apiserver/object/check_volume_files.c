/* check_volume_files.c - volumes that are made of files: secret, configMap, downwardAPI and what projected puts
 * together. Reads: sources of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_volume.h"

enum { TOKEN_SECONDS_MIN = 600 };
static const int64_t token_seconds_max = INT64_C(1) << 32;

/* ---- Keys as files ---- */

static void check_item(struct check *c, const struct json *item)
{
    struct str path = text_at(item, "path");
    if (!text_at(item, "key").n) check_required(c, "key", "");
    if (!path.n) check_required(c, "path", "");
    check_local_path(c, "path", path);
    check_file_mode(c, "mode", member_at(item, "mode"));
}

void volume_secret(struct check *c, const struct json *source)
{
    size_t i = 0;
    check_file_mode(c, "defaultMode", member_at(source, "defaultMode"));
    JSON_FOREACH(item, member_at(source, "items"))
    {
        size_t mark = check_member(c, "items");
        check_index(c, i++);
        check_item(c, item);
        check_pop(c, mark);
    }
}

/* ---- The pod's own fields as files ---- */

/* At the source: upstream does not say which file. */
static void check_file(struct check *c, const struct json *file)
{
    const struct json *field = member_at(file, "fieldRef"), *resource = member_at(file, "resourceFieldRef");
    struct str path = text_at(file, "path");
    if (!path.n) check_required(c, "path", "");
    check_local_path(c, "path", path);
    if (field) {
        check_field_ref(c, field, true);
        if (resource)
            check_invalid_str(c, NULL, STR("resource"),
                              "fieldRef and resourceFieldRef can not be specified simultaneously");
    } else if (resource) {
        check_resource_field_ref(c, resource, true);
    } else {
        check_required(c, NULL, "one of fieldRef and resourceFieldRef is required");
    }
    check_file_mode(c, "mode", member_at(file, "mode"));
}

void volume_downward_api(struct check *c, const struct json *source)
{
    check_file_mode(c, "defaultMode", member_at(source, "defaultMode"));
    JSON_FOREACH(file, member_at(source, "items")) check_file(c, file);
}

/* ---- Several sources in one directory ---- */

struct projection {
    struct pod_rules *r;
    struct name_set paths;
    size_t volume; /* mark of the path: the volume's source */
};

/* Errors of the whole are reported at the volume. */
static void conflict(struct projection *p, struct str path, struct str value)
{
    struct check *c = p->r->c;
    if (!path.n || name_set_add(&p->paths, path, NULL)) return;
    size_t n = c->path_n;
    char cut = c->path[p->volume];
    check_pop(c, p->volume);
    check_invalid_str(c, NULL, value, "conflicting duplicate paths");
    c->path[p->volume] = cut; /* without a member the error left the rest of the path as it was */
    c->path_n = n;
}

static void project_keys(struct projection *p, const struct json *source)
{
    struct check *c = p->r->c;
    struct str name = text_at(source, "name");
    size_t i = 0;
    if (!name.n) check_required(c, "name", "");
    JSON_FOREACH(item, member_at(source, "items"))
    {
        size_t mark = check_member(c, "items");
        check_index(c, i++);
        check_item(c, item);
        conflict(p, text_at(item, "path"), name);
        check_pop(c, mark);
    }
}

static void project_fields(struct projection *p, const struct json *source)
{
    JSON_FOREACH(file, member_at(source, "items"))
    {
        check_file(p->r->c, file);
        conflict(p, text_at(file, "path"), text_at(file, "path"));
    }
}

static void project_token(struct projection *p, const struct json *source)
{
    struct check *c = p->r->c;
    const struct json *seconds = member_at(source, "expirationSeconds");
    struct str path = text_at(source, "path");
    if (json_is(seconds, JSON_INT) && seconds->u.i < TOKEN_SECONDS_MIN)
        check_invalid(c, "expirationSeconds", seconds, "may not specify a duration less than 10 minutes");
    if (json_is(seconds, JSON_INT) && seconds->u.i > token_seconds_max)
        check_invalid(c, "expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds");
    check_pop(c, p->volume); /* upstream's place for the path; the caller restores */
    if (!path.n)
        check_required(c, "path", "");
    else if (!p->r->leeway.token_path)
        check_local_path(c, "path", path);
}

/* clusterTrustBundle and podCertificate have no rules: their feature gates are off, and preparation drops them. */
static const struct {
    const char *name;
    void (*check)(struct projection *p, const struct json *source);
} kinds[] = {
    {"secret", project_keys},
    {"configMap", project_keys},
    {"downwardAPI", project_fields},
    {"serviceAccountToken", project_token},
};

static void check_projection(struct projection *p, const struct json *source, size_t index)
{
    struct check *c = p->r->c;
    int count = 0;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct json *one = member_at(source, kinds[i].name);
        if (!one) continue;
        check_member(c, "sources");
        check_index(c, index);
        check_member(c, kinds[i].name);
        kinds[i].check(p, one);
        check_pop(c, p->volume);
        count++;
    }
    if (count <= 1) return;
    check_member(c, "sources");
    check_index(c, index);
    check_forbidden(c, NULL, "may not specify more than 1 volume type per source");
    check_pop(c, p->volume);
}

void volume_projected(struct pod_rules *r, const struct json *source)
{
    struct projection p = {.r = r, .volume = r->c->path_n};
    size_t i = 0;
    name_set_init(&p.paths);
    check_file_mode(r->c, "defaultMode", member_at(source, "defaultMode"));
    JSON_FOREACH(one, member_at(source, "sources")) check_projection(&p, one, i++);
    name_set_release(&p.paths);
}
