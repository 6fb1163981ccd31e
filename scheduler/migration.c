/* migration.c - see migration.h. Reads: volumes.   Writes: nothing outside. */
#include "scheduler/migration.h"

#include <stdlib.h>
#include <strings.h>

#define ZONE        "topology.kubernetes.io/zone"
#define REGION      "topology.kubernetes.io/region"
#define BETA_ZONE   "failure-domain.beta.kubernetes.io/zone"
#define BETA_REGION "failure-domain.beta.kubernetes.io/region"

typedef bool handle_fn(struct arena *a, const struct json *source, const struct json *pv, struct str *handle,
                       struct err *e);
static handle_fn gce_handle, ebs_handle, azure_handle, plain_handle;

static const struct {
    const char *plugin, *driver;
    const char *source;   /* the member of a volume or a spec */
    const char *topology; /* the key of the driver's zones; NULL: zones stay as they are */
    handle_fn *handle;    /* NULL: its driver is not asked yet, so nothing is counted */
} rows[] = {
    {NULL, NULL, NULL, NULL, NULL},
    {"kubernetes.io/gce-pd", "pd.csi.storage.gke.io", ".gcePersistentDisk", "topology.gke.io/zone", gce_handle},
    {"kubernetes.io/aws-ebs", "ebs.csi.aws.com", ".awsElasticBlockStore", "topology.ebs.csi.aws.com/zone", ebs_handle},
    {"kubernetes.io/cinder", "cinder.csi.openstack.org", ".cinder", "topology.cinder.csi.openstack.org/zone",
     plain_handle},
    {"kubernetes.io/azure-disk", "disk.csi.azure.com", ".azureDisk", NULL, azure_handle},
    {"kubernetes.io/portworx-volume", "pxd.portworx.com", ".portworxVolume", NULL, plain_handle},
    {"kubernetes.io/azure-file", "file.csi.azure.com", ".azureFile", NULL, NULL},
    {"kubernetes.io/vsphere-volume", "csi.vsphere.vmware.com", ".vsphereVolume", NULL, NULL},
};

int migration_of_source(const struct json *source)
{
    for (size_t i = 1; i < ARRAY_LEN(rows); i++)
        if (obj_has(source, rows[i].source)) return (int)i;
    return MIGRATION_NONE;
}

int migration_of_name(struct str plugin)
{
    for (size_t i = 1; i < ARRAY_LEN(rows); i++)
        if (str_eqc(plugin, rows[i].plugin)) return (int)i;
    return MIGRATION_NONE;
}

const char *migration_driver(int plugin) { return rows[plugin].driver; }
bool migration_is_on(int plugin) { return rows[plugin].handle != NULL; }

unsigned migration_of_csinode(const struct json *csinode)
{
    struct str rest =
        obj_map_str(csinode, ".metadata.annotations", STR("storage.alpha.kubernetes.io/migrated-plugins"));
    unsigned bits = 0;
    while (rest.n) bits |= 1u << migration_of_name(str_cut(rest, ',', &rest));
    return bits & ~1u;
}

/* ---- Handles ---- */

/* "a__b": the text up to the delimiter; *rest is NULL behind the last. */
static struct str next_zone(struct str text, struct str *rest)
{
    for (size_t i = 0; i + 1 < text.n; i++) {
        if (text.p[i] != '_' || text.p[i + 1] != '_') continue;
        *rest = str_from(text, i + 2);
        return str_n(text.p, i);
    }
    *rest = STR_NULL;
    return text;
}

/* What stands before the last of three parts: us-east1-b is in us-east1. */
static bool gce_region(struct str zone, struct str *region, struct err *e)
{
    int dashes = 0;
    size_t last = 0;
    for (size_t i = 0; i < zone.n; i++) {
        if (zone.p[i] != '-') continue;
        dashes++;
        last = i;
    }
    *region = str_n(zone.p, last);
    return dashes == 2 || err_set(e, ERR_INVALID,
                                  "failed to get region from zones: zone in unexpected format, expected: "
                                  "{locale}-{region}-{zone}, got: %.*s",
                                  STR_ARG(zone));
}

static bool gce_handle(struct arena *a, const struct json *source, const struct json *pv, struct str *handle,
                       struct err *e)
{
    struct str disk = obj_str(source, ".pdName"), zones = obj_map_str(pv, ".metadata.labels", STR(BETA_ZONE)), rest;
    const char *kind = "zones";
    if (!zones.n) zones = obj_map_str(pv, ".metadata.labels", STR(ZONE));
    struct str place = next_zone(zones, &rest);
    if (!str_is_null(rest)) {
        struct str region, other;
        kind = "regions";
        if (!gce_region(place, &region, e)) return false;
        while (!str_is_null(rest)) {
            if (!gce_region(next_zone(rest, &rest), &other, e)) return false;
            if (!str_eq(region, other))
                return err_set(e, ERR_INVALID,
                               "failed to get region from zones: multiple or no regions gotten from zones");
        }
        place = region;
    }
    if (!place.n) place = STR("UNSPECIFIED");
    *handle = str_printf(a, "projects/UNSPECIFIED/%s/%.*s/disks/%.*s", kind, STR_ARG(place), STR_ARG(disk));
    return true;
}

/* "vol-1", or "aws://ZONE/vol-1". */
static bool ebs_handle(struct arena *a, const struct json *source, const struct json *pv, struct str *handle,
                       struct err *e)
{
    (void)pv;
    struct str id = obj_str(source, ".volumeID"), rest = id;
    if (!str_starts(id, STR("aws://"))) {
        *handle = str_copy(a, id);
        return true;
    }
    str_cut(str_from(id, 6), '/', &rest);
    while (rest.n && rest.p[0] == '/') rest = str_from(rest, 1);
    while (rest.n && rest.p[rest.n - 1] == '/') rest.n--;
    if (!str_starts(rest, STR("vol-")) || str_chr(rest, '/') != SIZE_MAX)
        return err_set(e, ERR_INVALID,
                       "failed to translate Kubernetes ID to EBS Volume ID Invalid format for AWS volume (%.*s)",
                       STR_ARG(id));
    *handle = str_copy(a, rest);
    return true;
}

static bool azure_handle(struct arena *a, const struct json *source, const struct json *pv, struct str *handle,
                         struct err *e)
{
    (void)pv;
    struct str kind = obj_str(source, ".kind");
    if (!str_is_null(kind) && (kind.n != 7 || strncasecmp(kind.p, "managed", 7) != 0))
        return err_set(e, ERR_INVALID, "kind(%.*s) is not supported in csi migration", STR_ARG(kind));
    *handle = str_copy(a, obj_str(source, ".diskURI"));
    return true;
}

static bool plain_handle(struct arena *a, const struct json *source, const struct json *pv, struct str *handle,
                         struct err *e)
{
    (void)pv, (void)e;
    *handle = str_copy(a, obj_str(source, ".volumeID"));
    return true;
}

bool migration_inline_handle(struct arena *a, int plugin, const struct json *source, struct str *handle, struct err *e)
{
    return rows[plugin].handle(a, obj_get(source, rows[plugin].source), NULL, handle, e);
}

bool migration_volume_handle(struct arena *a, int plugin, const struct json *pv, struct str *handle, struct err *e)
{
    return rows[plugin].handle(a, obj_get(obj_get(pv, ".spec"), rows[plugin].source), pv, handle, e);
}

/* ---- Where ---- */

static bool names_key(const struct json *terms, const char *key)
{
    for (OBJ_EACH(term, terms, ""))
        for (OBJ_EACH(e, term, ".matchExpressions"))
            if (obj_is(e, ".key", key)) return true;
    return false;
}

/* Did the plugin write today's keys, or those from before? */
static bool uses_beta(const struct json *pv, const struct json *terms)
{
    const char *const labels = ".metadata.labels";
    if (names_key(terms, ZONE)) return false;
    if (names_key(terms, BETA_ZONE)) return true;
    return str_is_null(obj_map_str(pv, labels, STR(ZONE))) && !str_is_null(obj_map_str(pv, labels, STR(BETA_ZONE)));
}

static bool has_values(const struct json *terms, const char *key)
{
    for (OBJ_EACH(term, terms, ""))
        for (OBJ_EACH(e, term, ".matchExpressions"))
            if (obj_is(e, ".key", key) && obj_count(e, ".values")) return true;
    return false;
}

/* Another key in place of one. */
struct renaming {
    const char *from, *to;
};

static void put_expression(struct arena *a, struct json *term, const struct json *given, const struct renaming *r,
                           int renamings)
{
    struct json *e = obj_append(a, term, ".matchExpressions");
    struct str key = obj_str(given, ".key");
    for (int i = 0; i < renamings; i++)
        if (str_eqc(key, r[i].from)) key = str_of(r[i].to);
    obj_put_str(a, e, ".key", key);
    obj_put_copy(a, e, ".operator", obj_get(given, ".operator"));
    obj_put_copy(a, e, ".values", obj_get(given, ".values"));
}

/* "KEY in these zones"; NULL: the label names none. */
static const struct json *zones_asked(struct arena *a, struct str label, const char *key)
{
    struct json *e = obj_empty(a);
    for (struct str rest = label; !str_is_null(rest);) {
        struct str zone = str_trim(next_zone(rest, &rest));
        if (zone.n) obj_append_str(a, e, ".values", zone);
    }
    obj_put_cstr(a, e, ".key", key);
    obj_put_cstr(a, e, ".operator", "In");
    return obj_count(e, ".values") ? e : NULL;
}

const struct json *migration_terms(struct arena *a, int plugin, const struct json *pv)
{
    const struct json *given = obj_get(pv, ".spec.nodeAffinity.required.nodeSelectorTerms"), *more = NULL;
    const char *key = rows[plugin].topology;
    bool beta = uses_beta(pv, given);
    const char *zone = beta ? BETA_ZONE : ZONE;
    struct str label = obj_map_str(pv, ".metadata.labels", str_of(zone));
    struct renaming r[2];
    int n = 0;
    if (!key) return given;
    if (has_values(given, zone))
        r[n++] = (struct renaming){zone, key};
    else if (!str_is_null(label))
        more = zones_asked(a, label, key);
    if (beta && has_values(given, BETA_REGION)) r[n++] = (struct renaming){BETA_REGION, REGION};
    if (!given && !more) return NULL;
    struct json *holder = obj_empty(a);
    for (OBJ_EACH(term, given, "")) {
        struct json *to = obj_append(a, holder, ".terms");
        obj_put_copy(a, to, ".matchFields", obj_get(term, ".matchFields"));
        for (OBJ_EACH(e, term, ".matchExpressions")) put_expression(a, to, e, r, n);
        if (more) put_expression(a, to, more, NULL, 0);
    }
    if (!obj_count(given, "") && more) put_expression(a, obj_append(a, holder, ".terms"), more, NULL, 0);
    const struct json *terms = obj_get(holder, ".terms");
    return terms ? terms : given;
}
