/* patch.h - what the parts of PATCH share: patch_read.c reads the body, patch.c applies it. */
#ifndef APISERVER_REST_PATCH_H
#define APISERVER_REST_PATCH_H

#include "api/decode.h"
#include "apiserver/rest/write.h"

enum patch_kind { PATCH_JSON, PATCH_MERGE, PATCH_STRATEGIC, PATCH_APPLY, PATCH_NONE };

/* The kind that Content-Type says. PATCH_NONE: it says none; kind_of answered 415. */
enum patch_kind patch_type_of(struct request *r);
enum patch_kind patch_kind_of(struct request *r);

/* Sets w->sent to the patch, of repeated members the last one; notes of those, and of members that operations do not
 * have, unless fieldValidation is Ignore. False: answered. */
bool patch_read(struct write *w, enum patch_kind kind, struct decode_notes *notes);

#endif
