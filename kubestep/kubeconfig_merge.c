/* kubeconfig_merge.c - see kubeconfig_merge.h.
 * Reads: the cluster's kubeconfig, the user's.   Writes: the user's. */
#include "kubestep/kubeconfig_merge.h"

#include "api/yaml.h"
#include "base/io.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>

enum { KUBECONFIG_MAX = 16 << 20 };

static struct json *load(struct arena *a, const char *path, bool must, struct err *e)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, KUBECONFIG_MAX);
    if (!must && !io_exists(path)) {
        struct json *fresh = obj_empty(a);
        obj_put_cstr(a, fresh, ".apiVersion", "v1");
        obj_put_cstr(a, fresh, ".kind", "Config");
        return fresh;
    }
    if (!io_read_file(path, &text, e)) return NULL;
    struct json *j = yaml_parse(a, str_copy(a, buf_view(&text)), e);
    if (!j) err_context(e, "%s", path);
    return j;
}

/* The entry of that name in list becomes {"name":.., member: value}. */
static void put_entry(struct arena *a, struct json *config, const char *list, const char *name, const char *member,
                      const struct json *value)
{
    struct json *entry = NULL;
    for (OBJ_EACH(it, config, list))
        if (obj_is(it, ".name", name)) entry = (struct json *)it;
    if (!entry) entry = obj_append(a, config, list);
    obj_put_cstr(a, entry, ".name", name);
    obj_put_copy(a, entry, member, value);
}

static void user_path(char *out, size_t max)
{
    const char *env = getenv("KUBECONFIG"), *home = getenv("HOME");
    if (env && *env)
        snprintf(out, max, "%.*s", (int)strcspn(env, ":"), env);
    else
        snprintf(out, max, "%s/.kube/config", home ? home : "");
}

bool kubeconfig_merge(const struct cluster *c, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct buf text AUTO_BUF = {0};
    char path[CLUSTER_PATH_MAX], folder[CLUSTER_PATH_MAX], name[CLUSTER_NAME_MAX + 16];
    arena_init(&a, 16 * 1024);
    user_path(path, sizeof path);
    struct json *ours = load(&a, c->kubeconfig, true, e), *config = ours ? load(&a, path, false, e) : NULL;
    if (!config) return false;
    snprintf(name, sizeof name, "kubestep-%s", c->name);
    put_entry(&a, config, ".clusters", name, ".cluster", obj_get(ours, ".clusters[0].cluster"));
    put_entry(&a, config, ".users", name, ".user", obj_get(ours, ".users[0].user"));
    struct json *context = obj_empty(&a);
    obj_put_cstr(&a, context, ".cluster", name);
    obj_put_cstr(&a, context, ".user", name);
    put_entry(&a, config, ".contexts", name, ".context", context);
    obj_put_cstr(&a, config, ".current-context", name);
    buf_init(&text, KUBECONFIG_MAX);
    yaml_write(&text, config);
    snprintf(folder, sizeof folder, "%s", path);
    return io_mkdirs(dirname(folder), 0700, e) && io_write_file(path, buf_view(&text), 0600, true, e);
}
