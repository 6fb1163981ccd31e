/* gc_groups.h - the resources that aggregated servers have of a group and that can be collected: listed, watched,
 * deleted. Upstream: garbagecollector.go (GetDeletableResources). */
#ifndef CONTROLLERS_GC_GROUPS_H
#define CONTROLLERS_GC_GROUPS_H

#include "api/schema.h"
#include "client/ctl.h"

struct gc_facts {                   /* of a kind that is not built in */
    const struct api_resource *res; /* of its best version; NULL: there is nothing to follow */
    const char *versions, *by;      /* those that are served: " v1 v2 "; "GROUP/KIND" */
};

struct gc_group {
    struct {
        const char *plural;
        struct gc_facts facts;
    } * items;
    size_t count;
    bool some; /* an aggregated server has a version of it */
};

/* Asks discovery; all of it is in the arena. False: of some version it could not be told, *e; those of the others are
 * there. */
bool gc_group_read(struct ctl *c, struct arena *a, struct str group, struct gc_group *out, struct err *e) MUST_USE;
/* Pure: adds what an APIResourceList has, best version first. */
void gc_group_add(struct arena *a, struct gc_group *g, struct str group, struct str version, const struct json *list);

#endif
