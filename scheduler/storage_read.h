/* storage_read.h - compiles the objects that storage.h keeps, one reader a kind. Pure but for the names held. */
#ifndef SCHEDULER_STORAGE_READ_H
#define SCHEDULER_STORAGE_READ_H

#include "scheduler/storage.h"

/* Fill in *it (zeroed, with item set), in the memory of its keep. */
void claim_read(struct stored *it, const struct object *o);
void volume_read(struct stored *it, const struct object *o);
void class_read(struct stored *it, const struct object *o);
void csinode_read(struct stored *it, const struct object *o);
void driver_read(struct stored *it, const struct object *o);
void attachment_read(struct stored *it, const struct object *o);
void capacity_read(struct stored *it, const struct object *o);

#endif
