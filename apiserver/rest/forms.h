/* forms.h - the forms in other versions that the owners of fields are compared in, of kinds that a webhook converts. */
#ifndef APISERVER_REST_FORMS_H
#define APISERVER_REST_FORMS_H

#include "apiserver/managed/managed.h"
#include "apiserver/rest/write.h"

/* For own_owner: where they are; NULL: the kind needs none. */
struct managed_forms *forms_of(const struct write *w);
/* At the head of a stage that compares owners: has made what was wanted when it ran last. STAGE_WAIT: the stage begins
 * once more when it is there, or w->convert_error says why not. */
enum stage_next forms_make(struct write *w);
/* Something was wanted in vain: the stage's outcome counts for nothing. */
bool forms_missed(const struct write *w);
void forms_free(struct forms *f); /* NULL is fine */

#endif
