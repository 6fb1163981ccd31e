/* yaml_scalar.h - what a plain YAML 1.1 scalar means. Private to lib/api. */
#ifndef API_YAML_SCALAR_H
#define API_YAML_SCALAR_H

#include "base/str.h"

enum yaml_kind { YAML_NULL, YAML_BOOL, YAML_INT, YAML_FLOAT, YAML_STR, YAML_TIMESTAMP, YAML_MERGE };

struct yaml_scalar {
    enum yaml_kind kind;
    bool b;
    bool negative;
    uint64_t size; /* YAML_INT: the amount */
    double real;   /* YAML_FLOAT */
};

/* As go-yaml v2 resolves it (resolve.go). */
void yaml_scalar_resolve(struct str text, struct yaml_scalar *out);

enum { YAML_REAL_MAX = 40 };
/* The shortest text that reads back as v, as Go's encoding/json writes a float64; v is finite. */
char *yaml_real_text(double v, char out[YAML_REAL_MAX]);
/* The same as Go's 'g' format, which go-yaml writes: "1e+21", "1e-07". */
char *yaml_real_general(double v, char out[YAML_REAL_MAX]);

#endif
