/* plugins.h - the functions behind the rows of admission.c. False: rejected, r->resp is set. */
#ifndef APISERVER_ADMISSION_PLUGINS_H
#define APISERVER_ADMISSION_PLUGINS_H

#include "apiserver/admission/admission.h"

bool custom_kind_lives(struct admission *a);
bool namespace_lifecycle(struct admission *a);        /* plugin/pkg/admission/namespace/lifecycle */
bool service_account_name(struct admission *a);       /* plugin/pkg/admission/serviceaccount: the name alone */
bool taint_new_node(struct admission *a);             /* plugin/pkg/admission/nodetaint */
bool pod_priority(struct admission *a);               /* priority.c: plugin/pkg/admission/priority */
bool priority_class_default(struct admission *a);     /* the same: one default class at most */
bool system_class_stays(struct admission *a);         /* pkg/registry/scheduling/priorityclass/storage: of one DELETE */
bool default_toleration_seconds(struct admission *a); /* plugin/pkg/admission/defaulttolerationseconds */
bool default_ingress_class(struct admission *a);      /* plugin/pkg/admission/network/defaultingressclass */
bool default_storage_class(struct admission *a);      /* plugin/pkg/admission/storage/storageclass/setdefault */
bool storage_in_use_protection(struct admission *a);  /* plugin/pkg/admission/storage/storageobjectinuseprotection */
bool claim_resize(struct admission *a);               /* plugin/pkg/admission/storage/persistentvolume/resize */
bool pod_topology_labels(struct admission *a);        /* plugin/pkg/admission/podtopologylabels */
bool runtime_class_set(struct admission *a);          /* runtime_class.c: plugin/pkg/admission/runtimeclass */
bool runtime_class_check(struct admission *a);        /* the same, on the finished pod */
bool certificate_subject_restriction(struct admission *a); /* plugin/pkg/admission/certificates/subjectrestriction */

#endif
