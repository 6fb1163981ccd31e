/* step_break.h - breakpoints as they are typed: "plugin=NodeAffinity,node=node-3,verdict=Unschedulable". */
#ifndef KUBESTEP_STEP_BREAK_H
#define KUBESTEP_STEP_BREAK_H

#include "api/object.h"

/* Adds one to holder.breakpoints, whose tree is in the arena. False: *e says which word is none, and what there is
 * instead. */
bool step_break_add(struct arena *a, struct json *holder, struct str spec, struct err *e) MUST_USE;

#endif
