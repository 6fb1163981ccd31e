/* registry.h - the resources that are known now: the built-in tables, and kinds made at run time (custom resources).
 *
 * A custom kind is one refcounted whole: the rows of all its versions and whatever its owner put beside them. It is
 * const once it is put, and another one takes its place when its definition changes; whoever holds the old one goes on
 * with the old tables. Built-in look-ups take no lock. Any thread. */
#ifndef API_REGISTRY_H
#define API_REGISTRY_H

#include "api/schema.h"

#include <stdatomic.h>

struct api_custom {
    _Atomic uint32_t refs;
    _Atomic bool prepared;
    struct str name;               /* "widgets.example.com" */
    struct api_resource *versions; /* all of them, as discovery lists them */
    uint16_t nversions;
    uint16_t storage;  /* index of the stored one */
    uint16_t nindexed; /* rows of every version's .selectable: its own nselectable, then those of the other versions */
    bool shown;        /* in discovery, too */
    uint64_t print;    /* of the definition's bytes: equal ones have equal prints */
    uint32_t epoch;    /* no two kinds of a process have the same; never 0 */
    void *home;        /* where the program keeps the kind's objects */
    /* Makes what a version's requests need; once, before the first of them. */
    void (*prepare)(struct api_custom *c);
    void (*release)(struct api_custom *c); /* the last reference is gone: frees all */
};

/* refs 1, a new epoch; all else is the caller's to fill in. */
void api_custom_init(struct api_custom *c);
struct api_custom *api_custom_ref(struct api_custom *c); /* NULL gives NULL */
void api_custom_unref(struct api_custom *c);
void api_custom_prepare(struct api_custom *c);
/* The row of that version, served or not; NULL: none. */
const struct api_resource *api_custom_version(const struct api_custom *c, struct str version);

/* Publishes it in place of one of its name; takes a reference. */
void api_registry_put(struct api_custom *c);
/* The kind of that name is no more. */
void api_registry_drop(struct str name);
uint64_t api_registry_epoch(void); /* changes with every put and drop */

/* A served version, built in or not, held until api_resource_release. NULL: there is none. */
const struct api_resource *api_resource_hold(struct str group, struct str version, struct str plural);
const struct api_resource *api_kind_hold(struct str group, struct str version, struct str kind);
void api_resource_release(const struct api_resource *r); /* NULL and built-in ones are fine */
/* Is anything served, built in or custom, in the group (and version, unless STR_NULL)? */
bool api_registry_has(struct str group, struct str version);

/* All custom kinds by name, held. */
struct api_customs {
    struct api_custom **items;
    size_t count;
    uint64_t epoch;
};
void api_customs_hold(struct api_customs *out);
void api_customs_release(struct api_customs *l);

/* Kubernetes' order of versions, best first: v2, v1, v1beta1, v1alpha1, then others by name. */
int api_version_order(struct str a, struct str b);

#endif
