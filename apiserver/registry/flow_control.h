/* flow_control.h - the priority levels and flow schemas that every cluster has
 * (apiserver pkg/apis/flowcontrol/bootstrap/default.go). */
#ifndef APISERVER_REGISTRY_FLOW_CONTROL_H
#define APISERVER_REGISTRY_FLOW_CONTROL_H

#include "base/json.h"

struct flow_object {
    const char *name, *spec; /* JSON */
    bool mandatory;          /* the spec may not be another */
};

extern const struct flow_object flow_schemas[], priority_levels[]; /* end with .name = NULL */

/* NULL: none of that name. */
const struct flow_object *flow_object_find(const struct flow_object *table, struct str name);
struct json *flow_object_spec(struct arena *a, const struct flow_object *o);

/* The object as bootstrap writes it. */
struct json *flow_object_new(struct arena *a, const struct flow_object *o);
/* The status of a FlowSchema whose priority level exists. */
void flow_schema_found(struct arena *a, struct json *schema, int64_t now_s);

#endif
