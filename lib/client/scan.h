/* scan.h - finds parts of a JSON text without parsing it: an object inside a watch event, the items of a list page.
 * Only extents are told; whoever parses a part checks it. Private to lib/client. */
#ifndef CLIENT_SCAN_H
#define CLIENT_SCAN_H

#include "base/str.h"

/* The text of member `name` of an object (STR_NULL: absent or not an object). The key is compared as it is written. */
struct str scan_member(struct str object, const char *name);
/* Walks the elements of an array text: *at is 0 at first. False at the end or on junk. */
bool scan_element(struct str array, size_t *at, struct str *element);
/* A watch event: its type and its object's text. False on junk. The order our server writes is found without a scan. */
bool scan_event(struct str line, struct str *type, struct str *object);
/* The inside of a string text without escapes: `"abc"` gives abc; else STR_NULL. */
struct str scan_plain_string(struct str text);

#endif
