/* cmd_whatif.c - kubestep whatif: where pods would land, without creating them.
 * Reads: manifests, configurations of schedulers; a SchedulingReview's answer.   Writes: stdout. */
#include "kubestep/kubestep.h"

#include "api/object.h"
#include "api/yaml.h"
#include "base/io.h"
#include "kubestep/cluster.h"

#include <stdio.h>

enum {
    MANIFEST_MAX = 3 << 20,     /* the API server takes no longer requests */
    ANSWER_MAX = 64 << 20,      /* a review of 3 MB with its results, as JSON */
    PATIENCE_MS = 40 * 1000,    /* the API server gives up before */
};

struct whatif {
    const char *file, *config, *compare, *ns, *output;
    int64_t replicas, seed;
    bool fill;
};

/* ---- What is asked ---- */

static bool makes_pods(const struct json *object)
{
    static const char *const kinds[] = {"Pod",         "ReplicationController", "Deployment", "ReplicaSet",
                                        "StatefulSet", "DaemonSet",             "Job",        "CronJob"};
    struct str kind = obj_str(object, ".kind");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_eqc(kind, kinds[i])) return true;
    return false;
}

static void add(struct arena *a, struct json *review, const struct whatif *w, const struct json *object)
{
    if (obj_is(object, ".kind", "List")) {
        for (OBJ_EACH(it, object, ".items")) add(a, review, w, it);
        return;
    }
    if (!makes_pods(object)) {
        fprintf(stderr, "kubestep: left out, for it makes no pods: %.*s %.*s\n", STR_ARG(obj_str(object, ".kind")),
                STR_ARG(obj_name(object)));
        return;
    }
    struct json *copy = obj_copy(a, object);
    if (!obj_ns(copy).n) obj_put_cstr(a, copy, ".metadata.namespace", w->ns);
    json_push(obj_edit(review, ".spec.workload"), copy);
}

/* All documents of a file; their texts live as long as `text`. */
static bool read_trees(struct arena *a, const char *file, struct buf *text, struct json **docs, int *n, struct err *e)
{
    buf_init(text, MANIFEST_MAX);
    if (!io_read_file(file, text, e)) return false;
    return yaml_parse_all(a, buf_view(text), docs, YAML_DOCS_MAX, n, e) ||
           err_context(e, "%s", strcmp(file, "-") == 0 ? "stdin" : file);
}
