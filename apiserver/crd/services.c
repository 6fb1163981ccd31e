/* services.c - see services.h. Reads: what it is told.   Writes: an index of group versions.
 * Upstream: pkg/controlplane/controller/crdregistration. */
#include "apiserver/crd/services.h"

#include "api/object.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/thread.h"

#include <stdlib.h>

static pthread_mutex_t lock = MUTEX_INIT;
static struct map served; /* name of the definition -> " v1.g v2.g": a char *, owned */
static struct map counts; /* "v1.g" -> by how many definitions it is served */

static void count(struct str names, intptr_t by)
{
    for (struct str rest = names; !str_is_null(rest);) {
        struct str name = str_cut(rest, ' ', &rest);
        if (!name.n) continue;
        intptr_t now = (intptr_t)map_get(&counts, name) + by;
        if (now > 0)
            (void)map_set(&counts, name, (void *)now);
        else
            (void)map_take(&counts, name);
    }
}

static struct str names_of(struct arena *a, const struct json *def)
{
    struct buf names AUTO_BUF = {0};
    struct str group = obj_str(def, ".spec.group");
    buf_init(&names, SIZE_MAX);
    for (OBJ_EACH(v, def, ".spec.versions"))
        if (obj_bool(v, ".served", false)) buf_addf(&names, " %.*s.%.*s", STR_ARG(obj_str(v, ".name")), STR_ARG(group));
    return str_copy(a, buf_view(&names));
}

void services_set(struct str crd, const struct json *def, void (*look)(struct str name))
{
    struct arena a AUTO_ARENA = {0};
    struct str now = def ? names_of(&a, def) : STR("");
    mutex_lock(&lock);
    char *before = map_take(&served, crd);
    struct str was = before ? str_copy(&a, str_of(before)) : STR("");
    if (!str_eq(was, now)) {
        count(now, 1);
        count(was, -1);
    }
    if (now.n) (void)map_set(&served, crd, str_dup(now));
    mutex_unlock(&lock);
    free(before);
    if (str_eq(was, now)) return;
    for (struct str rest = str_printf(&a, "%.*s%.*s", STR_ARG(was), STR_ARG(now)); !str_is_null(rest);) {
        struct str name = str_cut(rest, ' ', &rest);
        if (name.n) look(name);
    }
}

bool services_wanted(struct str name)
{
    mutex_lock(&lock);
    bool wanted = map_has(&counts, name);
    mutex_unlock(&lock);
    return wanted;
}
