/* own.h - what rest/ shares of the ownership of fields. */
#ifndef APISERVER_REST_OWN_H
#define APISERVER_REST_OWN_H

#include "apiserver/managed/managed.h"
#include "apiserver/rest/write.h"

/* Who makes this write, of what. */
struct owner own_owner(const struct write *w);
/* metadata.managedFields of an object; NULL: none. */
const struct json *own_list(const struct json *obj);
/* The entries of w->old_tree. */
void own_read_live(const struct write *w, struct managed *m);
/* A tree of the storage version in that of the request; what a new object is compared with when there is none. */
const struct json *own_in_version(const struct write *w, const struct json *tree);
/* The entry of who sent an object that is answered and never stored. */
void own_sent(const struct owner *o, struct json *obj);
/* The entries become those of w->obj. */
void own_put(struct write *w, struct managed *m);

/* apply.c: the decode stage of a server-side apply: w->obj is what it makes, in the version of the request. False:
 * answered. */
bool write_apply(struct write *w);
/* Its parts, for Scales: the configuration, without TypeMeta, and what it makes of `live`: NULL when it changes
 * nothing. False: answered. */
bool apply_read(struct write *w, const struct owner *o);
bool apply_run(struct write *w, const struct owner *o, const struct json *live, struct managed *m, struct json **out);
/* Unless duplicate keys are refused. False: answered. */
bool apply_check_strict(struct write *w);

#endif
