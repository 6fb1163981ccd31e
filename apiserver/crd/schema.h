/* schema.h - the JSON schema of a custom resource, compiled: what pruning, defaulting and validation walk.
 * Made once from a CustomResourceDefinition (normalised, structural or not), const afterwards; everything is in the
 * arena that it was compiled in. */
#ifndef APISERVER_CRD_SCHEMA_H
#define APISERVER_CRD_SCHEMA_H

#include "base/json.h"
#include "base/regex.h"

enum { /* struct api_schema .types: bits */
       SCHEMA_OBJECT = 1,
       SCHEMA_ARRAY = 2,
       SCHEMA_STRING = 4,
       SCHEMA_INTEGER = 8,
       SCHEMA_NUMBER = 16,
       SCHEMA_BOOLEAN = 32,
};

enum schema_list { SCHEMA_LIST_ATOMIC, SCHEMA_LIST_SET, SCHEMA_LIST_MAP };

/* A rule that few schemas have. */
struct schema_rules {
    double maximum, minimum, multiple_of;
    bool has_maximum, has_minimum, has_multiple_of, exclusive_maximum, exclusive_minimum;
    int64_t max_length, min_length, max_items, min_items, max_properties, min_properties; /* -1: none */
    bool unique_items;
    struct str pattern;
    const struct regex *regex; /* NULL: none, or it does not compile */
    const char *pattern_error; /* why not */
    const struct json *enums;  /* array, or NULL */
    struct str format;         /* "": none that is supported */
    const struct api_schema **all_of, **any_of, **one_of;
    uint32_t nall_of, nany_of, none_of;
    const struct api_schema * not ;
};

struct schema_prop {
    struct str name;
    const struct api_schema *schema;
};

struct api_schema {
    uint8_t types; /* 0: any */
    uint8_t list;  /* enum schema_list */
    bool int_or_string, nullable, preserve, embedded, map_atomic;
    bool has_additional;    /* additionalProperties is said */
    bool additional_allows; /* .. and true, or a schema */
    bool has_defaults;      /* here or below */
    bool has_embedded;      /* here or below */
    bool has_rules;         /* in CEL, here or below */
    bool has_lists;         /* of type set or map, here or below */
    uint32_t nprops, nrequired, nkeys;
    struct schema_prop *props; /* by name */
    const struct api_schema *additional, *items;
    const struct json *dflt; /* NULL: none (null is none, too) */
    struct str *required;
    struct str *keys;                 /* of a list of type map */
    const struct schema_rules *rules; /* NULL: none */
};

/* NULL schema (of a version without one): everything goes. */
const struct api_schema *schema_compile(struct arena *a, const struct json *schema);
const struct schema_prop *schema_prop(const struct api_schema *s, struct str name);    /* NULL: none */
const struct api_schema *schema_property(const struct api_schema *s, struct str name); /* NULL: none */
/* The schema of a member: a property's, or that of additional ones; NULL: none. */
const struct api_schema *schema_member(const struct api_schema *s, struct str name);

#endif
