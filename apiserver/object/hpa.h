/* hpa.h - what the two versions of HorizontalPodAutoscaler share. */
#ifndef APISERVER_OBJECT_HPA_H
#define APISERVER_OBJECT_HPA_H

#include "api/object.h"

/* Takes away the annotations in which v1 carries what it has no field for: v2 has fields. */
void hpa_drop_annotations(struct json *hpa);

#endif
