/* keeper.h - what upstream's controllers inside the API server do for CustomResourceDefinitions: names, conditions,
 * the end of a definition's objects, the APIServices of what they serve. One thread, which looks at a definition
 * whenever it has changed. */
#ifndef APISERVER_CRD_KEEPER_H
#define APISERVER_CRD_KEEPER_H

#include "base/str.h"

void keeper_start(void);
void keeper_stop(void); /* before the store closes; joins */
/* At a definition, or at the APIService of that name. Any thread; before keeper_start, too. */
void keeper_look(struct str name);
void keeper_look_service(struct str name);

#endif
