/* plugins.h - the functions behind the rows of admission.c. False: rejected, r->resp is set. */
#ifndef APISERVER_ADMISSION_PLUGINS_H
#define APISERVER_ADMISSION_PLUGINS_H

#include "apiserver/admission/admission.h"

bool namespace_lifecycle(struct admission *a);        /* plugin/pkg/admission/namespace/lifecycle */
bool service_account_name(struct admission *a);       /* plugin/pkg/admission/serviceaccount: the name alone */
bool pod_priority(struct admission *a);               /* plugin/pkg/admission/priority */
bool default_toleration_seconds(struct admission *a); /* plugin/pkg/admission/defaulttolerationseconds */

#endif
