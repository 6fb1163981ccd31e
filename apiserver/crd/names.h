/* names.h - which names the definitions of a group have accepted, so that two never share one. One lock inside. */
#ifndef APISERVER_CRD_NAMES_H
#define APISERVER_CRD_NAMES_H

#include "base/json.h"

/* What definition `crd` (its name) has accepted now: status.acceptedNames, NULL when it is gone. satisfied: nothing
 * more is asked for. */
void names_set(struct str crd, struct str group, const struct json *accepted, bool satisfied);
/* Is it a resource's name (plural, singular, short), or a kind's, that somebody in the group has accepted? */
bool names_has(struct str group, bool is_kind, struct str name);
/* Calls fn for all other definitions of the group whose names wait for others to go. Without the lock. */
void names_each_waiting(struct str group, struct str but, void (*fn)(struct str crd));

#endif
