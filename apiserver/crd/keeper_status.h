/* keeper_status.h - the status of a CustomResourceDefinition: which write comes next. Pure but for names.h. */
#ifndef APISERVER_CRD_KEEPER_STATUS_H
#define APISERVER_CRD_KEEPER_STATUS_H

#include "base/json.h"

/* Changes def.status by one step of upstream's controllers. False: there is nothing to do. */
bool status_next(struct arena *a, struct json *def);
/* One condition; its time moves when its status does. */
void status_set(struct arena *a, struct json *def, const char *type, const char *status, const char *reason,
                const char *message);

#endif
