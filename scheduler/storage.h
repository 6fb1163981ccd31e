/* storage.h - claims, volumes and what there is about them, compiled: what plugins ask of each pod on each node. Part
 * of the cache, fed from what is listed, under the cache's lock; what it gives is valid until that lock is given back.
 * Also what is assumed: volumes and claims that are about to be written, until their written version comes.
 * Upstream: client-go's listers, plugins/volumebinding/passive_assume_cache.go. */
#ifndef SCHEDULER_STORAGE_H
#define SCHEDULER_STORAGE_H

#include "api/quantity.h"
#include "scheduler/labels.h"
#include "scheduler/listers.h"
#include "scheduler/symmap.h"

struct stored {               /* first in all below */
    struct symmap_item item;  /* namespace (NULL: of the cluster) and name */
    struct symmap_item other; /* by what else it is found; a NULL: by nothing */
    struct keep keep;
    uint64_t rv;
};

enum { ACCESS_ONCE_POD = 1 << 3 };

struct claim_info {
    struct stored stored;
    struct str uid, owner;               /* owner: uid of its controller */
    const struct sym *volume;            /* spec.volumeName; NULL: none */
    const struct sym *class;             /* "" when it names none */
    const struct sym *selected;          /* annotation selected-node; NULL: absent */
    const struct sym *assumed;           /* the node that will be in that annotation; NULL: nothing is assumed */
    const struct sym *mode, *attributes; /* volumeMode; volumeAttributesClassName, "" when absent */
    unsigned modes;                      /* access modes, ACCESS_ONCE_POD among them */
    bool bound;                          /* it has a volume, and the controller is through with it */
    bool lost, deleting, annotated;
    bool asks; /* for an amount */
    struct qty request;
    bool has_selector;
    struct selector selector;
};

struct claim_ref {
    const struct sym *ns, *name; /* ns NULL: no claim */
    struct str uid;              /* empty: whichever has the name */
};

struct volume_info {
    struct stored stored; /* other: those that are free by class (NULL first), else by claim */
    const struct sym *class, *mode, *attributes;
    struct qty capacity;
    unsigned modes;
    bool available, deleting;
    struct claim_ref claim;  /* as assumed */
    struct claim_ref listed; /* as it was read */
    struct keep assumed;     /* of the names of an assumed claim */
    bool is_assumed;
    struct labels labels;
    bool has_affinity, has_migrated_affinity;
    struct node_terms affinity;
    struct node_terms migrated; /* affinity as the driver that took over has it */
    int plugin;                 /* migration.h */
    const char *bad;            /* why that driver cannot take it; NULL: it can */
    const struct sym *driver;   /* CSI; NULL: none */
    const struct sym *handle;
    bool is_csi;   /* by itself: nobody took it over */
    uint64_t mark; /* scratch of whoever has the lock */
};

struct class_info {
    struct stored stored;
    const struct sym *provisioner, *driver; /* driver: the provisioner, or who took it over; NULL: not counted */
    int plugin;                             /* migration.h */
    bool provisions;                        /* volumes are made on demand */
    bool has_mode, waits;                   /* waits: WaitForFirstConsumer */
    bool has_topologies;
    struct node_terms topologies;
};

struct volume_limit {
    const struct sym *driver;
    int64_t count;
};

struct csinode_info {
    struct stored stored;
    unsigned migrated; /* plugins, as bits */
    const struct volume_limit *limits;
    int nlimits;
};

struct driver_info {
    struct stored stored;
    bool tracks_capacity;
};

struct attachment_info {
    struct stored stored; /* other: by node */
    const struct sym *driver, *volume;
};

struct capacity_info {
    struct stored stored; /* other: by class and the value of a label that its nodes have, or NULL */
    bool limited;         /* it says how much there is */
    int64_t limit;        /* bytes of one volume */
    struct selector nodes;
};

struct storage;
struct storage *storage_new(void);
void storage_free(struct storage *s);
/* now NULL: it is gone. Kinds that are not kept are passed over. */
void storage_put(struct storage *s, enum listed kind, const struct object *was, const struct object *now);

const struct claim_info *storage_claim(const struct storage *s, const struct sym *ns, const struct sym *name);
const struct volume_info *storage_volume(const struct storage *s, const struct sym *name);
const struct class_info *storage_class(const struct storage *s, const struct sym *name);
const struct csinode_info *storage_csinode(const struct storage *s, const struct sym *node);
const struct driver_info *storage_driver(const struct storage *s, const struct sym *name);
const struct attachment_info *storage_attached(const struct storage *s, const struct sym *node); /* the first */
const struct attachment_info *storage_next_attached(const struct attachment_info *a);
/* Volumes of a class that nobody has, and those of a claim, whatever their class: the first of them. */
struct volume_info *storage_free_volume(const struct storage *s, const struct sym *class);
struct volume_info *storage_volume_of(const struct storage *s, const struct claim_info *c);
struct volume_info *storage_next_volume(const struct volume_info *v);
/* Can a volume of the class and of so many bytes be made that is reached from a node with these labels? */
bool storage_has_capacity(const struct storage *s, const struct sym *class, int64_t bytes, const struct labels *node);
uint64_t storage_next_mark(struct storage *s); /* greater than every mark of a volume */

/* ---- What is assumed: over the version that is listed, and gone with it ---- */

void storage_assume_volume(struct storage *s, const struct volume_info *v, const struct claim_info *c);
void storage_assume_claim(struct storage *s, const struct claim_info *c, const struct sym *node);
/* Of that version; another one has nothing assumed any more. */
void storage_restore_volume(struct storage *s, struct str name, uint64_t rv);
void storage_restore_claim(struct storage *s, struct str ns, struct str name, uint64_t rv);

/* All that is assumed at one time, to be assumed again of a copy that lists the same; of what has another version there
 * nothing is. */
struct storage_assumed { /* zero-initialised is empty */
    struct keep keep;
    struct assumption *first, *last;
};
void storage_collect(const struct storage *s, struct storage_assumed *out);
void storage_assume(struct storage *s, const struct storage_assumed *what);
void storage_assumed_release(struct storage_assumed *what);

/* ---- Pure ---- */

/* A reference with the claim's name, and with its uid if there is any. */
bool volume_is_for(const struct volume_info *v, const struct claim_info *c);
/* The node affinity; csinode (or NULL) says whether a driver took over. *why (may be NULL): the volume is unusable. */
bool volume_fits_node(const struct volume_info *v, const struct csinode_info *csinode, const struct labels *node,
                      const char **why);
static inline const struct sym *claim_node(const struct claim_info *c) { return c->assumed ? c->assumed : c->selected; }

#endif
