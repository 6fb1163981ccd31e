/* container.c - see container.h. Reads: the query, the pod.   Writes: a Status. */
#include "apiserver/rest/container.h"

#include "api/object.h"
#include "apiserver/rest/status.h"

static const char *const lists[] = {".spec.initContainers", ".spec.containers", ".spec.ephemeralContainers"};

static bool has_container(const struct json *pod, struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (obj_find(pod, lists[i], "name", name)) return true;
    return false;
}

static struct str all_names(struct arena *a, const struct json *pod)
{
    struct buf names AUTO_BUF = {0};
    buf_init(&names, ERR_TEXT_MAX);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (OBJ_EACH(c, pod, lists[i])) buf_addf(&names, "%s%.*s", names.n ? " " : "", STR_ARG(obj_str(c, ".name")));
    return str_copy(a, buf_view(&names));
}

bool container_pick(struct request *r, const struct json *pod, struct str *name)
{
    *name = request_arg_str(r, "container");
    if (name->n) {
        if (has_container(pod, *name)) return true;
        status_failf(r, ERR_BAD_REQUEST, "container %.*s is not valid for pod %.*s", STR_ARG(*name),
                     STR_ARG(obj_name(pod)));
        return false;
    }
    if (obj_count(pod, ".spec.containers") == 1) {
        *name = obj_str(obj_first(pod, ".spec.containers"), ".name");
        return true;
    }
    status_failf(r, ERR_BAD_REQUEST, "a container name must be specified for pod %.*s, choose one of: [%.*s]",
                 STR_ARG(obj_name(pod)), STR_ARG(all_names(&r->arena, pod)));
    return false;
}
