/* check_volume.c - the volumes of a pod: names, one source each, and the sources with few rules.
 * Reads: spec.volumes of a defaulted tree.   Writes: struct check; r->volumes. */
#include "apiserver/object/check_volume.h"

#include "apiserver/object/check_text.h"

#include <stdio.h>

enum {
    INITIATOR_ROOM = 64,
    PVC_TEXT_MAX = 64 << 10,
    POD_NAME_USED_MAX = 1024, /* bytes of the pod's name, of which every claim gets a copy; a longer one is refused */
};

/* ---- Sources with a rule or two ---- */

static void empty_dir(struct check *c, const struct json *s)
{
    if (str_starts(text_at(s, "sizeLimit"), STR("-")))
        check_forbidden(c, "sizeLimit", "SizeLimit field must be a valid resource quantity");
}

static void git_repo(struct check *c, const struct json *s)
{
    check_relative_path(c, "directory", text_at(s, "directory"));
}

static void named_secret(struct check *c, const struct json *s)
{
    const struct json *ref = member_at(s, "secretRef");
    if (ref && !text_at(ref, "name").n) check_required(c, "secretRef.name", "");
}

static void storage_os(struct check *c, const struct json *s)
{
    struct str name = text_at(s, "volumeName"), ns = text_at(s, "volumeNamespace");
    if (name.n) check_name_by(c, "volumeName", name, name_dns1123_label);
    if (ns.n) check_name_by(c, "volumeNamespace", ns, name_dns1123_label);
    named_secret(c, s);
}

static void csi(struct check *c, const struct json *s)
{
    const struct json *ref = member_at(s, "nodePublishSecretRef");
    struct str name = text_at(ref, "name");
    check_driver_name(c, "driver", text_at(s, "driver"));
    if (!ref) return;
    if (name.n)
        check_name_by(c, "name", name, name_dns1123_subdomain); /* upstream's place */
    else
        check_required(c, "nodePublishSecretRef.name", "");
}

static void image(struct pod_rules *r, const struct json *s)
{
    static const char *const policies[] = {"Always", "IfNotPresent", "Never", NULL};
    if (r->meta && !text_at(s, "reference").n) check_required(r->c, "reference", "");
    check_word(r->c, "pullPolicy", member_at(s, "pullPolicy"), policies, "");
}

/* ---- The table, in upstream's order ---- */

enum { REQUIRED_MAX = 3 };

static const struct source {
    const char *name; /* of the member */
    void (*check)(struct check *c, const struct json *source);
    const char *required[REQUIRED_MAX]; /* members that must not be empty; looked at first */
    const char *errors_at;              /* upstream's path of its errors, where it is another */
    const char *second_at;              /* and of its being one too many */
    void (*check_in)(struct pod_rules *r, const struct json *source); /* rules that look at the pod too */
} sources[] = {
    {"emptyDir", empty_dir, {0}, NULL, NULL, NULL},
    {"hostPath", volume_host_path, {"path"}, NULL, NULL, NULL},
    {"gitRepo", git_repo, {"repository"}, NULL, NULL, NULL},
    {"gcePersistentDisk", volume_partition, {"pdName"}, "persistentDisk", NULL, NULL},
    {"awsElasticBlockStore", volume_partition, {"volumeID"}, NULL, NULL, NULL},
    {"secret", volume_secret, {"secretName"}, NULL, NULL, NULL},
    {"nfs", volume_nfs, {"server", "path"}, NULL, NULL, NULL},
    {"iscsi", volume_iscsi, {0}, NULL, NULL, NULL},
    {"glusterfs", NULL, {"endpoints", "path"}, NULL, NULL, NULL},
    {"flocker", volume_flocker, {0}, NULL, NULL, NULL},
    {"persistentVolumeClaim", NULL, {"claimName"}, NULL, NULL, NULL},
    {"rbd", NULL, {"monitors", "image"}, NULL, NULL, NULL},
    {"cinder", named_secret, {"volumeID"}, NULL, NULL, NULL},
    {"cephfs", NULL, {"monitors"}, NULL, "cephFS", NULL},
    {"quobyte", volume_quobyte, {0}, NULL, NULL, NULL},
    {"downwardAPI", volume_downward_api, {0}, NULL, "downwarAPI", NULL},
    {"fc", volume_fibre, {0}, NULL, NULL, NULL},
    {"flexVolume", volume_flex, {"driver"}, NULL, NULL, NULL},
    {"configMap", volume_secret, {"name"}, NULL, NULL, NULL},
    {"azureFile", NULL, {"secretName", "shareName"}, NULL, NULL, NULL},
    {"vsphereVolume", NULL, {"volumePath"}, NULL, NULL, NULL},
    {"photonPersistentDisk", NULL, {"pdID"}, NULL, NULL, NULL},
    {"portworxVolume", NULL, {"volumeID"}, NULL, NULL, NULL},
    {"azureDisk", volume_azure_disk, {"diskName", "diskURI"}, NULL, NULL, NULL},
    {"storageos", storage_os, {"volumeName"}, NULL, NULL, NULL},
    {"projected", NULL, {0}, NULL, NULL, volume_projected},
    {"scaleIO", NULL, {"gateway", "system", "volumeName"}, NULL, NULL, NULL},
    {"csi", csi, {0}, NULL, NULL, NULL},
    {"ephemeral", volume_ephemeral, {0}, NULL, NULL, NULL},
    {"image", NULL, {0}, NULL, NULL, image},
};

static bool is_empty(const struct json *v)
{
    if (!v) return true;
    return v->type == JSON_STR ? !v->u.s.n : v->count == 0;
}

static void check_source(struct pod_rules *r, const struct source *row, const struct json *source)
{
    size_t mark = check_member(r->c, row->errors_at ? row->errors_at : row->name);
    for (int i = 0; i < REQUIRED_MAX && row->required[i]; i++)
        if (is_empty(member_at(source, row->required[i]))) check_required(r->c, row->required[i], "");
    if (row->check) row->check(r->c, source);
    if (row->check_in) row->check_in(r, source);
    check_pop(r->c, mark);
}

/* ---- One volume ---- */

/* The claim of an ephemeral volume is named after pod and volume. */
static void check_claim_name(struct pod_rules *r, struct str volume)
{
    struct str pod = text_at(r->meta, "name");
    if (!pod.n || !volume.n) return;
    pod.n = MIN(pod.n, POD_NAME_USED_MAX);
    struct str claim = str_printf(r->c->arena, "%.*s-%.*s", STR_ARG(pod), STR_ARG(volume));
    struct str whys = str_of(name_dns1123_subdomain(claim));
    while (whys.n) {
        struct str why = str_cut(whys, NAME_SEPARATOR, &whys);
        struct buf text AUTO_BUF = {0};
        buf_init(&text, PVC_TEXT_MAX);
        quote_go(&text, claim);
        check_invalidf(r->c, "name", json_str(r->c->arena, volume), "PVC name %.*s: %.*s", STR_ARG(buf_view(&text)),
                       STR_ARG(why));
    }
}

static void check_initiator(struct pod_rules *r, struct str volume, const struct json *iscsi)
{
    if (member_at(iscsi, "initiatorName") && volume.n + 1 + text_at(iscsi, "targetPortal").n > INITIATOR_ROOM)
        check_invalid_str(r->c, "name", volume,
                          "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if "
                          "iscsi.initiatorName is specified.");
}

/* What the rows cannot say: rules that know the volume's name. */
static void check_beside(struct pod_rules *r, const struct source *row, bool first, struct str volume,
                         const struct json *source)
{
    if (row->check == volume_iscsi) check_initiator(r, volume, source);
    if (row->check == volume_ephemeral && first) check_claim_name(r, volume);
}

static void check_sources(struct pod_rules *r, const struct json *volume, struct str name)
{
    const struct json *found[ARRAY_LEN(sources)] = {0};
    int count = 0;
    JSON_FOREACH(it, volume)
    {
        if (it->type == JSON_NULL) continue;
        for (size_t i = 0; i < ARRAY_LEN(sources); i++)
            if (str_eqc(it->key, sources[i].name)) {
                found[i] = it;
                break;
            }
    }
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        if (!found[i]) continue;
        const char *at = sources[i].second_at ? sources[i].second_at : sources[i].name;
        if (count++)
            check_forbidden(r->c, at, "may not specify more than 1 volume type");
        else
            check_source(r, &sources[i], found[i]);
        check_beside(r, &sources[i], count == 1, name, found[i]);
    }
    if (!count) check_required(r->c, NULL, "must specify a volume type");
}

/* ---- All of them ---- */

static void check_volume(struct pod_rules *r, const struct json *volume)
{
    struct str name = text_at(volume, "name");
    int before = r->c->count;
    check_sources(r, volume, name);
    if (name.n)
        check_name_by(r->c, "name", name, name_dns1123_label);
    else
        check_required(r->c, "name", "");
    if (name_set_has(&r->volumes, name)) check_duplicate(r->c, "name", member_at(volume, "name"));
    if (r->c->count == before) name_set_add(&r->volumes, name, volume);
}

/* Does an ephemeral volume of the pod make that claim, POD-VOLUME? made: the names of those volumes. */
static bool makes_claim(const struct pod_rules *r, const struct name_set *made, struct str claim)
{
    struct str pod = text_at(r->meta, "name");
    return pod.n && str_starts(claim, pod) && claim.n > pod.n && claim.p[pod.n] == '-' &&
           name_set_has(made, str_from(claim, pod.n + 1));
}

void check_volumes(struct pod_rules *r)
{
    struct name_set made AUTO_NAME_SET = {0};
    const struct json *volumes = member_at(r->spec, "volumes");
    size_t outer = check_member(r->c, "volumes"), i = 0;
    JSON_FOREACH(volume, volumes)
    if (member_at(volume, "ephemeral")) name_set_add(&made, text_at(volume, "name"), NULL);
    JSON_FOREACH(volume, volumes)
    {
        size_t mark = check_index(r->c, i++);
        const struct json *claim = member_at(member_at(volume, "persistentVolumeClaim"), "claimName");
        check_volume(r, volume);
        if (claim && makes_claim(r, &made, json_string(claim)))
            check_invalid(r->c, "persistentVolumeClaim.claimName", claim,
                          "must not reference a PVC that gets created for an ephemeral volume");
        check_pop(r->c, mark);
    }
    check_pop(r->c, outer);
}
