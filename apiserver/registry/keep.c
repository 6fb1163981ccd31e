/* keep.c - see keep.h. Reads and writes: the request's trees. */
#include "apiserver/registry/keep.h"

#include "api/object.h"

void keep_part(struct arena *a, struct json *obj, const struct json *old, const char *path)
{
    const struct json *was = obj_get(old, path);
    if (was)
        obj_put_copy(a, obj, path, was);
    else
        obj_del(obj, path);
}

void keep_metadata_of(struct arena *a, struct json *obj, const struct json *old)
{
    static const char *const paths[] = {".metadata.labels", ".metadata.annotations", ".metadata.finalizers",
                                        ".metadata.ownerReferences"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) keep_part(a, obj, old, paths[i]);
}
