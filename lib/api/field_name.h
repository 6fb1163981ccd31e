/* field_name.h - the texts of all names of fields, once for the process: objects that are kept need no copy of theirs.
 */
#ifndef API_FIELD_NAME_H
#define API_FIELD_NAME_H

#include "base/str.h"

/* The schema's own text of that name, which lives as long as the process; STR_NULL: no field is called so. Any thread.
 */
struct str field_name(struct str key);

#endif
