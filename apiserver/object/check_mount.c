/* check_mount.c - where a container mounts volumes, and which it uses as block devices.
 * Reads: volumeMounts and volumeDevices; r->volumes.   Writes: struct check. */
#include "apiserver/object/check_pod.h"

/* Names and paths of the one list, which the other may not use. */
struct places {
    struct name_set names, paths;
};

/* Of a name that occurs twice the last path counts. */
static void places_of(struct places *p, const struct json *list, const char *path)
{
    name_set_init(&p->names);
    name_set_init(&p->paths);
    JSON_FOREACH(it, list) name_set_put(&p->names, text_at(it, "name"), it);
    JSON_FOREACH(it, list)
    if (name_set_get(&p->names, text_at(it, "name")) == it) name_set_add(&p->paths, text_at(it, path), NULL);
}

static void places_release(struct places *p)
{
    name_set_release(&p->names);
    name_set_release(&p->paths);
}

/* ---- Mounts ---- */

/* At the list: upstream does not say which mount. */
static void check_sub_paths(struct check *c, const struct json *mount, size_t i)
{
    struct str path = text_at(mount, "subPath"), expr = text_at(mount, "subPathExpr");
    if (path.n) check_relative_path(c, "subPath", path);
    if (!expr.n) return;
    if (path.n) {
        size_t mark = check_index(c, i);
        check_invalid_str(c, "subPathExpr", expr, "subPathExpr and subPath are mutually exclusive");
        check_pop(c, mark);
    }
    check_relative_path(c, "subPathExpr", expr);
}

static void check_propagation(struct check *c, const struct json *mount, bool privileged)
{
    static const char *const words[] = {"Bidirectional", "HostToContainer", "None", NULL};
    const struct json *mode = member_at(mount, "mountPropagation");
    if (!mode) return;
    if (!check_is_among(json_string(mode), words)) check_not_supported(c, "mountPropagation", mode, words);
    if (str_eqc(json_string(mode), "Bidirectional") && !privileged)
        check_forbidden(c, "mountPropagation",
                        "Bidirectional mount propagation is available only to privileged containers");
}

static void check_recursive(struct check *c, const struct json *mount)
{
    static const char *const words[] = {"Disabled", "Enabled", "IfPossible", NULL};
    const struct json *value = member_at(mount, "recursiveReadOnly");
    struct str mode = text_at(mount, "mountPropagation");
    if (!value || str_eqc(json_string(value), "Disabled")) return;
    if (!check_is_among(json_string(value), words)) {
        check_not_supported(c, "recursiveReadOnly", value, words);
        return;
    }
    if (!true_at(mount, "readOnly"))
        check_forbidden(c, "recursiveReadOnly", "may only be specified when readOnly is true");
    if (member_at(mount, "mountPropagation") && !str_eqc(mode, "None"))
        check_forbidden(c, "recursiveReadOnly", "may only be specified when mountPropagation is None or not specified");
}

static void check_mount(struct pod_rules *r, const struct json *mount, struct name_set *seen,
                        const struct places *devices)
{
    struct check *c = r->c;
    struct str name = text_at(mount, "name"), path = text_at(mount, "mountPath");
    if (!name.n) check_required(c, "name", "");
    if (!name_set_has(&r->volumes, name)) check_not_found(c, "name", json_str(c->arena, name));
    if (!path.n) check_required(c, "mountPath", "");
    if (!name_set_add(seen, path, NULL)) check_invalid_str(c, "mountPath", path, "must be unique");
    if (name_set_has(&devices->names, name))
        check_invalid_str(c, "name", name, "must not already exist in volumeDevices");
    if (name_set_has(&devices->paths, path))
        check_invalid_str(c, "mountPath", path, "must not already exist as a path in volumeDevices");
}

static void check_all_mounts(struct pod_rules *r, const struct json *container, const struct json *mounts)
{
    struct name_set seen AUTO_NAME_SET = {0};
    struct places devices;
    bool privileged = true_at(member_at(container, "securityContext"), "privileged");
    size_t outer = check_member(r->c, "volumeMounts"), i = 0;
    places_of(&devices, member_at(container, "volumeDevices"), "devicePath");
    JSON_FOREACH(mount, mounts)
    {
        size_t mark = check_index(r->c, i);
        check_mount(r, mount, &seen, &devices);
        check_pop(r->c, mark);
        check_sub_paths(r->c, mount, i++);
        check_propagation(r->c, mount, privileged);
        check_recursive(r->c, mount);
    }
    places_release(&devices);
    check_pop(r->c, outer);
}

/* ---- Devices ---- */

static bool has_backstep(struct str path)
{
    while (!str_is_null(path))
        if (str_eqc(str_cut(path, '/', &path), "..")) return true;
    return false;
}

static void check_device(struct pod_rules *r, const struct json *device, struct places *seen,
                         const struct places *mounts)
{
    struct check *c = r->c;
    struct str name = text_at(device, "name"), path = text_at(device, "devicePath");
    const struct json *volume = name_set_get(&r->volumes, name);
    if (!name.n) check_required(c, "name", "");
    if (name_set_has(&seen->names, name)) check_invalid_str(c, "name", name, "must be unique");
    if (!volume)
        check_not_found(c, "name", json_str(c->arena, name));
    else if (!member_at(volume, "persistentVolumeClaim") && !member_at(volume, "ephemeral"))
        check_invalid_str(c, "name", name,
                          "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
    if (!path.n) check_required(c, "devicePath", "");
    if (name_set_has(&seen->paths, path)) check_invalid_str(c, "devicePath", path, "must be unique");
    if (has_backstep(path))
        check_invalid_str(c, "devicePath", path, "can not contain backsteps ('..')");
    else
        name_set_add(&seen->paths, path, NULL);
    if (name_set_has(&mounts->names, name))
        check_invalid_str(c, "name", name, "must not already exist in volumeMounts");
    if (name_set_has(&mounts->paths, path))
        check_invalid_str(c, "devicePath", path, "must not already exist as a path in volumeMounts");
    if (name.n) name_set_add(&seen->names, name, NULL);
}

static void check_all_devices(struct pod_rules *r, const struct json *container, const struct json *devices)
{
    struct places seen, mounts;
    size_t outer = check_member(r->c, "volumeDevices"), i = 0;
    places_of(&seen, NULL, "");
    places_of(&mounts, member_at(container, "volumeMounts"), "mountPath");
    JSON_FOREACH(device, devices)
    {
        size_t mark = check_index(r->c, i++);
        check_device(r, device, &seen, &mounts);
        check_pop(r->c, mark);
    }
    places_release(&seen);
    places_release(&mounts);
    check_pop(r->c, outer);
}

void check_mounts(struct pod_rules *r, const struct json *container)
{
    const struct json *mounts = member_at(container, "volumeMounts"), *devices = member_at(container, "volumeDevices");
    if (mounts) check_all_mounts(r, container, mounts);
    if (devices) check_all_devices(r, container, devices);
}
