/* warn_storage.c - warnings of volumes, claims and what belongs to them.
 * Reads: the request's trees.   Writes: struct warnings.
 * Upstream: pkg/api/{persistentvolume,persistentvolumeclaim,storage}/util.go, pkg/registry/storage/csidriver. */
#include "apiserver/object/check_pod.h"
#include "apiserver/object/node_label.h"
#include "apiserver/object/warn.h"

/* ---- Volumes and claims ---- */

static void warn_volume_kinds(struct warn *w, const struct json *spec)
{
    static const struct {
        const char *member, *shown, *text;
    } kinds[] = {
        {"cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"},
        {"photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"},
        {"scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"},
        {"storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"},
        {"glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"},
        {"rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"},
    };
    size_t mark = check_member(&w->at, "spec");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (member_at(spec, kinds[i].member)) warn_at(w, kinds[i].shown, "%s", kinds[i].text);
    check_pop(&w->at, mark);
}

void warn_volume(struct warn *w, const struct json *volume, const struct json *old)
{
    static const struct warn_key keys[] = {
        {"volume.beta.kubernetes.io/storage-class",
         "deprecated since v1.8; use \"storageClassName\" attribute instead"},
        {"volume.beta.kubernetes.io/mount-options", "deprecated since v1.31; use \"mountOptions\" attribute instead"},
        {NULL, NULL}};
    size_t i = 0;
    (void)old;
    warn_annotations(w, volume, keys);
    if (obj_is(volume, ".spec.persistentVolumeReclaimPolicy", "Recycle"))
        warn_at(w, "spec.persistentVolumeReclaimPolicy",
                "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic "
                "provisioning.");
    for (OBJ_EACH(it, volume, ".spec.nodeAffinity.required.nodeSelectorTerms")) {
        size_t mark = check_into(&w->at, "spec.nodeAffinity.required.nodeSelectorTerms", i++);
        warn_node_term(w, it, false);
        check_pop(&w->at, mark);
    }
    warn_volume_kinds(w, obj_get(volume, ".spec"));
}

void warn_claim_spec(struct warn *w, const struct json *spec)
{
    const struct json *resources = member_at(spec, "resources");
    warn_fraction(w, "resources.requests", member_at(resources, "requests"), "storage");
    warn_fraction(w, "resources.limits", member_at(resources, "limits"), "storage");
}

void warn_claim(struct warn *w, const struct json *claim, const struct json *old)
{
    static const struct warn_key keys[] = {{"volume.beta.kubernetes.io/storage-class",
                                            "deprecated since v1.8; use \"storageClassName\" attribute instead"},
                                           {NULL, NULL}};
    (void)old;
    warn_annotations(w, claim, keys);
    size_t mark = check_member(&w->at, "spec");
    warn_claim_spec(w, obj_get(claim, ".spec"));
    check_pop(&w->at, mark);
}

/* ---- Classes, drivers, capacities ---- */

void warn_storage_class(struct warn *w, const struct json *class, const struct json *old)
{
    size_t i = 0;
    (void)old;
    for (OBJ_EACH(term, class, ".allowedTopologies")) {
        size_t mark = check_into(&w->at, "allowedTopologies", i++), k = 0;
        JSON_FOREACH(it, member_at(term, "matchLabelExpressions"))
        {
            const char *why = node_label_deprecated(text_at(it, "key"));
            size_t at = check_into(&w->at, "matchLabelExpressions", k++);
            if (why) warn_at(w, "key", "%s", why);
            check_pop(&w->at, at);
        }
        check_pop(&w->at, mark);
    }
}

void warn_csi_driver(struct warn *w, const struct json *driver, const struct json *old)
{
    const struct json *tokens = obj_get(driver, ".spec.tokenRequests"), *were = obj_get(old, ".spec.tokenRequests");
    if (!json_kids(tokens) || obj_has(driver, ".spec.serviceAccountTokenInSecrets")) return;
    if (old && were && json_equal(tokens, were)) return;
    warn_bare(w, "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent "
                 "possible logging of tokens in volume attributes");
}

void warn_capacity(struct warn *w, const struct json *capacity, const struct json *old)
{
    size_t mark = check_member(&w->at, "nodeTopology");
    (void)old;
    warn_node_term(w, obj_get(capacity, ".nodeTopology"), false);
    for (OBJ_EACH(it, capacity, ".nodeTopology.matchLabels")) {
        const char *why = node_label_deprecated(obj_key(it));
        if (why) warn_bare(w, "nodeTopology.matchLabels.%.*s: %s", STR_ARG(obj_key(it)), why);
    }
    check_pop(&w->at, mark);
}
