/* check_volume_disks.c - volumes that pods have and PersistentVolumes have otherwise or not: iSCSI, and claims made for
 * a pod. Reads: sources of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_volume.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_storage.h"

/* ---- iSCSI ---- */

static void check_iscsi_name(struct check *c, const char *member, struct str name)
{
    bool known = str_starts(name, STR("iqn")) || str_starts(name, STR("eui")) || str_starts(name, STR("naa"));
    if (!known)
        check_invalid_str(c, member, name, "must be valid format starting with iqn, eui, or naa");
    else if (!volume_is_iscsi_name(name))
        check_invalid_str(c, member, name, "must be valid format");
}

void volume_iscsi(struct check *c, const struct json *s)
{
    struct str iqn = text_at(s, "iqn");
    if (!text_at(s, "targetPortal").n) check_required(c, "targetPortal", "");
    if (iqn.n)
        check_iscsi_name(c, "iqn", iqn);
    else
        check_required(c, "iqn", "");
    volume_byte(c, s, "lun", "must be between 0 and 255, inclusive");
    if ((true_at(s, "chapAuthDiscovery") || true_at(s, "chapAuthSession")) && !member_at(s, "secretRef"))
        check_required(c, "secretRef", "");
    if (member_at(s, "initiatorName")) check_iscsi_name(c, "initiatorname", text_at(s, "initiatorName"));
}

/* ---- A claim that is made for the pod ---- */

void volume_ephemeral(struct check *c, const struct json *s)
{
    const struct json *template = member_at(s, "volumeClaimTemplate");
    if (!template) {
        check_required(c, "volumeClaimTemplate", "");
        return;
    }
    size_t mark = check_member(c, "volumeClaimTemplate");
    check_template_meta(c, member_at(template, "metadata"));
    check_claim_spec(c, member_at(template, "spec"), NULL);
    check_pop(c, mark);
}
