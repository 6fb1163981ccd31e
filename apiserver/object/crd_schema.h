/* crd_schema.h - the rules of a JSON schema in a CustomResourceDefinition. Trees are normalised: JSONSchemaProps.
 * All report below the present place, which is the schema's. */
#ifndef APISERVER_OBJECT_CRD_SCHEMA_H
#define APISERVER_OBJECT_CRD_SCHEMA_H

#include "api/object.h"
#include "apiserver/object/check.h"
#include "apiserver/object/member_index.h"

/* Invariants of structural schemas (apiextensions-apiserver pkg/apiserver/schema/{validation,complete}.go), in the
 * order of their texts. */
void check_structural(struct check *c, struct member_index *ix, const struct json *schema);
/* Why it cannot even be made structural (pkg/apiserver/schema/convert.go); NULL: it can. It can when it is convertible
 * itself, and all schemas in it are. */
const char *schema_not_convertible(const struct json *schema);
bool schema_convertible_itself(const struct json *schema);

/* What OpenAPI v3 schemas of custom resources may say (pkg/apis/apiextensions/validation), the rules in CEL aside. */
void check_crd_openapi(struct check *c, struct member_index *ix, const struct json *schema);

/* The schema that a path such as ".spec.replicas" leads to, starting at schema; NULL: *why. arrays: ['name'] is a step,
 * too. *path: its steps joined with dots. */
const struct json *schema_at(struct arena *a, struct member_index *ix, const struct json *schema, struct str json_path,
                             bool arrays, struct str *path, const char **why);

/* Visits schema and all schemas in it, in upstream's order (SchemaHas), until visit() says true. */
typedef bool schema_visit_fn(const struct json *schema, void *ctx);
bool schema_has(const struct json *schema, schema_visit_fn *visit, void *ctx);

#endif
