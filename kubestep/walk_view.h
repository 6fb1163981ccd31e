/* walk_view.h - a walk (sim.kubestep.dev/v1) as lines for people and as JSON for programs. */
#ifndef KUBESTEP_WALK_VIEW_H
#define KUBESTEP_WALK_VIEW_H

#include "api/object.h"

void walk_head(bool textbook); /* the column heads, and what * means */
void walk_step_line(const struct json *step, bool textbook);
void walk_notes(bool textbook); /* where the textbook differs from Kubernetes */
/* {"pod":..,"flow":..,"steps":[{"number":..,"slug":..,..facts}]}: facts are flat members of their step. */
void walk_json(const struct json *walk);
const struct json *walk_step(const struct json *walk, int number); /* NULL: it has not come */
bool walk_step_done(const struct json *step);

#endif
