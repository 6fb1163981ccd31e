/* history.h - ControllerRevisions: the former templates of a StatefulSet or DaemonSet, to which it can go back.
 * A revision's data is a patch that restores the template; revisions of one owner are numbered upwards, the newest is
 * the present one. Thread: the reconcile's.
 * Upstream: pkg/controller/history/controller_history.go. */
#ifndef CONTROLLERS_HISTORY_H
#define CONTROLLERS_HISTORY_H

#include "client/ctl.h"

/* {"spec":{"template":{"$patch":"replace",...}}}, members sorted as Go sorts those of a map. */
struct json *history_data(struct arena *a, const struct json *tmpl);
/* Eight to ten characters that name the data; collisions: how often such a name was taken by other data. */
struct str history_hash(struct arena *a, const struct json *data, int64_t collisions);
/* The number after the highest. */
int64_t history_next(const struct objs *revisions);
/* Of those that hold this data the one with the highest number; borrowed, NULL: none. */
const struct object *history_find(const struct objs *revisions, const struct json *data);

/* Adds owner's revisions, oldest first; adopts those of nobody that match its selector. */
void history_list(struct ctl *c, const struct object *owner, struct objs *revisions, struct outcome *out);
/* The revision of owner's present spec.template: found, perhaps with a new number, or made. hash_label: the label of
 * revisions that holds their hash. *collisions grows for each name that other data has. Referenced. NULL: out has
 * failed. */
const struct object *history_update(struct ctl *c, const struct object *owner, const char *hash_label,
                                    const struct objs *revisions, int64_t *collisions, struct outcome *out);
/* Deletes the oldest that are not live, `surplus` at most. live: one per revision. */
void history_truncate(struct ctl *c, const struct objs *revisions, const bool *live, int64_t surplus,
                      struct outcome *out);

#endif
