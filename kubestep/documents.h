/* documents.h - the objects of one file: JSON, one after the other; YAML documents; or one object in protobuf. */
#ifndef KUBESTEP_DOCUMENTS_H
#define KUBESTEP_DOCUMENTS_H

#include "api/codec.h"

enum { DOCUMENTS_MAX = 100000 }; /* of one file; a cluster's dump fits */

struct documents {
    struct codec_object *items;
    size_t count, cap;
};

/* Reads and decodes all of text. A v1 List stands for its items. Everything is the arena's, and text must live as long.
 * Errors name the document when there are several. strict: as codec_from_tree, and keys that YAML has twice. */
bool documents_read(struct arena *a, struct str text, bool strict, struct documents *out, struct err *e) MUST_USE;

#endif
