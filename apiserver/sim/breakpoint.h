/* breakpoint.h - the breakpoints of a Stepper: read from what a client sent. The scheduler, which gets them as they
 * are written here, compares. */
#ifndef APISERVER_SIM_BREAKPOINT_H
#define APISERVER_SIM_BREAKPOINT_H

#include "apiserver/object/check.h"

/* spec.breakpoints of body, checked, as a JSON list into out; nothing when there are none. False: complaints are in c.
 */
bool breakpoints_read(struct check *c, const struct json *body, struct buf *out) MUST_USE;

#endif
