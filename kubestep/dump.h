/* dump.h - the objects of a cluster that was printed (`kubectl get nodes,pods -A -o yaml`, or json), one at a time: a
 * dump of hundreds of megabytes is never one tree. */
#ifndef KUBESTEP_DUMP_H
#define KUBESTEP_DUMP_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

enum { DUMP_MAX = 1 << 30 }; /* bytes of one file: it is in memory while it is read */

/* Tells of each object that is of a built-in kind, as one line of JSON in the version in which Kubernetes stores it;
 * what this version does not know of it is left out. False: *e, with the object's name. */
typedef bool dump_fn(void *arg, struct str line, struct err *e);
bool dump_each(struct str text, dump_fn *fn, void *arg, struct err *e) MUST_USE;

#endif
