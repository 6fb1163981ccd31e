/* tables.h - what a version's requests need beyond its row: schema, columns, and the type that patches go by. */
#ifndef APISERVER_CRD_TABLES_H
#define APISERVER_CRD_TABLES_H

#include "apiserver/crd/crd.h"

/* version: of the definition's spec.versions. Everything goes into the arena, which outlives the row. */
void tables_fill(struct arena *a, struct api_resource *r, struct crd_version *v, const struct json *version);

#endif
