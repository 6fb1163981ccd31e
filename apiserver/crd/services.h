/* services.h - which group versions definitions serve: each has an APIService as long as one does. One lock inside. */
#ifndef APISERVER_CRD_SERVICES_H
#define APISERVER_CRD_SERVICES_H

#include "base/json.h"

/* What definition `crd` (its name) is now, NULL: it is gone. Calls `look` for the APIServices that this may concern
 * ("v1.example.com"), without the lock. */
void services_set(struct str crd, const struct json *def, void (*look)(struct str name));
/* Does any definition serve it? */
bool services_wanted(struct str name);

#endif
