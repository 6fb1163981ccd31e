/* include.c - includes point down: who may include whom, as DESIGN section 2 has it.
 * Reads: the #include lines of a file.   Writes: findings. */
#include "tidy.h"

#include <stdio.h>
#include <string.h>

enum area {
    BASE,
    HTTP,
    API,
    CEL,
    CLIENT,
    STORE,
    APISERVER,
    SCHEDULER,
    CONTROLLERS,
    KUBELET_SIM,
    KUBESTEP,
    TESTS,
    TOOLS,
    AREAS
};
#define MAY(area) (1u << (area))
#define COMPONENT (MAY(BASE) | MAY(HTTP) | MAY(API) | MAY(CLIENT))
#define ANY       (~0u)

/* An area may always include itself. `prefix` is how its headers are written in an #include. */
static const struct {
    const char *folder, *prefix;
    unsigned may;
} areas[AREAS] = {
    [BASE] = {"lib/base", "base", 0},
    [HTTP] = {"lib/http", "http", MAY(BASE)},
    [API] = {"lib/api", "api", MAY(BASE)},
    [CEL] = {"lib/cel", "cel", MAY(BASE) | MAY(API)},
    [CLIENT] = {"lib/client", "client", MAY(BASE) | MAY(HTTP) | MAY(API)},
    [STORE] = {"store", "store", MAY(BASE) | MAY(HTTP)},
    [APISERVER] = {"apiserver", "apiserver", MAY(BASE) | MAY(HTTP) | MAY(API) | MAY(CEL) | MAY(STORE)},
    [SCHEDULER] = {"scheduler", "scheduler", COMPONENT},
    [CONTROLLERS] = {"controllers", "controllers", COMPONENT},
    [KUBELET_SIM] = {"kubelet-sim", "kubelet-sim", COMPONENT},
    [KUBESTEP] = {"kubestep", "kubestep", COMPONENT},
    [TESTS] = {"tests", "tests", ANY},
    [TOOLS] = {"tools", "tools", ANY},
};

/* Headers that the build writes, and whose they are. */
static const struct {
    const char *name;
    enum area area;
} generated[] = {{"schema_ids.h", API}, {"schema_convert.h", API}};

static enum area area_of_file(const char *path)
{
    for (int a = 0; a < AREAS; a++)
        if (path_below(path, areas[a].folder)) return (enum area)a;
    return AREAS;
}

/* AREAS: it belongs to nobody we know (a header beside the file, or of a library). */
static enum area area_of_include(const char *name)
{
    for (size_t i = 0; i < COUNT(generated); i++)
        if (strcmp(name, generated[i].name) == 0) return generated[i].area;
    for (int a = 0; a < AREAS; a++)
        if (path_below(name, areas[a].prefix) && strchr(name, '/')) return (enum area)a;
    return AREAS;
}

/* The quoted name of an #include line, into name. */
static bool quoted_include(const struct line *l, char *name, size_t max)
{
    const char *p = l->code + strspn(l->code, " ");
    if (*p != '#') return false;
    p += 1 + strspn(p + 1, " ");
    if (strncmp(p, "include", 7) != 0) return false;
    const char *from = strchr(l->text, '"'), *to = from ? strchr(from + 1, '"') : NULL;
    if (!to || (size_t)(to - from) > max) return false;
    snprintf(name, max, "%.*s", (int)(to - from - 1), from + 1);
    return true;
}

static const char *relation(enum area from, enum area to)
{
    if (to >= APISERVER && to <= KUBESTEP) return "another program's header";
    if (to >= TESTS) return "not part of the product";
    return areas[to].may & MAY(from) ? "goes up" : "goes sideways";
}

void check_include(const struct file *f, const struct rule *r)
{
    enum area from = area_of_file(f->path);
    char name[256];
    if (from == AREAS) return;
    for (size_t i = 0; i < f->count; i++) {
        if (!quoted_include(&f->lines[i], name, sizeof name)) continue;
        if (areas[from].may != ANY && strstr(name, "..")) {
            report(f, i + 1, r->name, "\"%s\": write the path from the root or from lib/", name);
            continue;
        }
        enum area to = area_of_include(name);
        if (to == AREAS || to == from || (areas[from].may & MAY(to))) continue;
        report(f, i + 1, r->name, "\"%s\": %s (%s may not include %s)", name, relation(from, to), areas[from].folder,
               areas[to].folder);
    }
}
