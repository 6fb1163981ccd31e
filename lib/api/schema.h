/* schema.h - what the API is, as const tables. Built-in kinds come from
 * lib/api/schema/NAME.api through tools/schemagen; a CRD builds the same structs
 * at run time. Tables hold data and hook NUMBERS, never logic: the hooks
 * themselves live in the apiserver (apiserver/object/hooks.h), which alone
 * links the generated hook arrays; a missing hook is a link error there. */
#ifndef API_SCHEMA_H
#define API_SCHEMA_H

#include "base/json.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum api_value { /* type of one value */
                 API_STRING,
                 API_INT32,
                 API_INT64,
                 API_BOOL,
                 API_DOUBLE,
                 API_BYTES,     /* base64 in JSON */
                 API_TIME,      /* RFC 3339, seconds */
                 API_MICROTIME, /* RFC 3339, microseconds */
                 API_DURATION,  /* Go text */
                 API_QUANTITY,
                 API_INT_OR_STRING,
                 API_RAW, /* RawExtension: any JSON object */
                 API_FIELDS_V1,
                 API_ANY,    /* any JSON */
                 API_STRUCT, /* .type */
};

enum api_shape { API_ONE, API_LIST, API_MAP };

enum {                            /* struct api_field .flags */
       API_F_REQUIRED = 1,        /* OpenAPI required */
       API_F_OMITEMPTY = 2,       /* Go's omitempty: absent when empty (structs are never empty for it) */
       API_F_OMITZERO = 4,        /* absent when zero, structs too */
       API_F_POINTER = 8,         /* absent differs from zero */
       API_F_ATOMIC = 16,         /* listType/mapType/structType atomic */
       API_F_SET = 32,            /* listType set */
       API_F_PATCH_MERGE = 64,    /* strategic merge: patchStrategy merge */
       API_F_PATCH_REPLACE = 128, /* patchStrategy replace (said, not the default) */
       API_F_RETAIN_KEYS = 256,   /* patchStrategy retainKeys */
       API_F_WRITE_ONLY = 512,    /* never stored (Secret.stringData) */
       API_F_UNCHECKED = 1024,    /* the kind's own check knows which values of the enum may be */
       API_F_GRANULAR = 2048,     /* mapType granular: of a struct that is atomic elsewhere */
       API_F_EMPTY_KEY = 4096,    /* OpenAPI default "": a key of a list's element that does not have it */
};

struct api_type;

struct api_field {
    struct str name; /* JSON */
    uint8_t value, shape;
    uint16_t flags;
    uint16_t proto;              /* protobuf field number; 0: none */
    uint16_t proto_outer;        /* number of the inlined message it sits in, 0: directly; and, times 256, of the one in
                                    that message */
    const char *outer;           /* names of the structs that it is inlined from, with dots between them; NULL: none */
    const struct api_type *type; /* API_STRUCT */
    const char *const *enums;    /* NULL-terminated, or NULL */
    const char *default_json;    /* static default, JSON text, or NULL */
    uint16_t default_hook;       /* index into api_default_hooks, 0: none */
    uint16_t rule_hook;          /* index into api_rule_hooks, 0: none */
    const char *const *list_keys; /* listType map: NULL-terminated, or NULL */
    const char *merge_key;        /* strategic merge key, or NULL */
    const char *doc;              /* our own short sentence, or "" */
};

enum { /* struct api_type .form */
       API_FORM_STRUCT,
       API_FORM_LIST,  /* in JSON the list that is its only field; in protobuf a message around it (meta/v1 Verbs) */
       API_FORM_UNION, /* in JSON the value of whichever field fits it; in protobuf a message (JSONSchemaPropsOrBool) */
};

struct api_type {
    const char *name;               /* "Container" */
    const char *package;            /* "core/v1" */
    const char *openapi;            /* "io.k8s.api.core.v1.Container" */
    const struct api_field *fields; /* in Go's order = JSON output order; inlined ones flattened in place */
    uint16_t nfields;
    bool atomic;               /* structType atomic */
    bool open;                 /* of a custom kind: members that it does not list are any JSON */
    uint8_t form;              /* API_FORM_STRUCT, or a named wrapper */
    const uint16_t *by_name;   /* indices into fields sorted by name (byte order) */
    const uint16_t *by_number; /* indices of the fields that protobuf has, in the order of the wire: what stands in one
                                  inlined message is together, at that message's number */
    uint16_t nnumbers;         /* 0: no protobuf form */
    uint16_t default_hook;     /* whole-struct defaulting after the fields', 0: none */
    uint16_t check_hook;       /* whole-struct validation, 0: none */
    bool whole;                /* that hook looks at all there is below; of an object, at its metadata too */
    const struct api_schema *schema; /* of a custom kind; NULL: built in */
    const char *doc;
};

enum { /* verbs, bits */
       API_GET = 1,
       API_LIST_VERB = 2,
       API_WATCH = 4,
       API_CREATE = 8,
       API_UPDATE = 16,
       API_PATCH = 32,
       API_DELETE = 64,
       API_DELETECOLLECTION = 128,
};

struct api_column {
    const char *name, *type, *format, *description;
    int32_t priority;
    const char *path; /* ".spec.nodeName", or NULL when hook */
    uint16_t hook;    /* index into api_column_hooks */
};

struct api_subresource {
    const char *name;                   /* "status" */
    const char *group, *version, *kind; /* of its body; NULL kind: the parent's own */
    uint32_t verbs;
    const char *writes;          /* ".status": the part it may change; NULL: a handler of its own */
    const struct api_type *type; /* of its body */
};

struct api_selectable {
    const char *label;     /* as clients write it: "spec.nodeName" */
    const char *path;      /* ".spec.nodeName" */
    const char *otherwise; /* the label whose value counts when this one is empty, or NULL */
};

enum {                                /* struct api_resource .flags */
       API_R_GENERATION = 1,          /* metadata.generation counts spec changes */
       API_R_PUT_CREATES = 2,         /* PUT of an absent object creates it */
       API_R_PUT_NEEDS_RV = 4,        /* PUT without resourceVersion is refused */
       API_R_DELETE_GIVES_OBJECT = 8, /* DELETE answers with the object, not a Status */
       API_R_VIRTUAL = 16,            /* not in the store: a handler of its own (bindings, sim.kubestep.dev) */
       API_R_GRACE = 32,              /* deletion has a grace period (pods) */
       API_R_ORPHANS = 64,            /* DELETE that names no policy leaves the dependents (Jobs) */
       API_R_NO_GC = 128,             /* owns nothing and is owned by nothing (Events) */
       API_R_UNSERVED = 256,          /* of a custom kind: stored in this version once, or to be; no requests */
};

struct api_custom; /* registry.h */
struct api_schema; /* apiserver/crd/schema.h: what a JSON schema says beyond the fields */

struct api_resource {
    const char *group, *version, *kind, *list_kind, *plural, *singular;
    const char *const *short_names; /* NULL-terminated, may be empty */
    const char *const *categories;
    bool namespaced;
    uint16_t flags;
    uint32_t verbs;
    const struct api_type *type;
    const char *store_prefix;           /* "/registry/pods/"; then NS/NAME or NAME */
    const struct api_resource *storage; /* the version it is stored in; itself for most */
    const struct api_subresource *subs;
    uint16_t nsubs;
    const struct api_column *columns;
    uint16_t ncolumns;
    const struct api_selectable *selectable; /* metadata.name and metadata.namespace included */
    uint16_t nselectable;
    uint16_t strategy_hook;    /* index into api_strategy_hooks, 0: none */
    uint16_t convert_hook;     /* storage version <-> this one, 0: none */
    uint16_t id;               /* place in api_resources */
    uint16_t name_rule_hook;   /* rule for metadata.name */
    struct api_custom *custom; /* made at run time: what keeps these tables alive; NULL: built in */
};

/* All built-in resources, in discovery order (group priority, version, plural). With those made at run time:
 * registry.h. */
extern const struct api_resource *const api_resources[];
extern const uint16_t api_resource_count;

/* NULL when there is none. group "" is core. */
const struct api_resource *api_find_resource(struct str group, struct str version, struct str plural);
const struct api_resource *api_find_kind(struct str group, struct str version, struct str kind);
const struct api_subresource *api_find_sub(const struct api_resource *r, struct str name);
/* Field by JSON name; NULL when unknown. O(log n). */
const struct api_field *api_field_of(const struct api_type *t, struct str name);
/* The field of a union that a JSON value of this type belongs to: a struct takes objects, a list arrays, a bool
 * booleans. NULL: none does. */
const struct api_field *api_union_field(const struct api_type *t, enum json_type type);
/* Type by OpenAPI name or by ("meta/v1","DeleteOptions"): NULL when unknown. */
const struct api_type *api_find_type(const char *package, const char *name);
/* The type of an object by its TypeMeta, lists, options and Status included; NULL when unknown. */
const struct api_type *api_find_object_type(struct str api_version, struct str kind);
extern const struct api_type *const api_types[]; /* every type, sorted by openapi name */
extern const uint16_t api_type_count;

/* "v1" or "apps/v1" into out (NUL-terminated); returns out. */
enum { API_VERSION_MAX = 320 };
char *api_version_of(const struct api_resource *r, char out[API_VERSION_MAX]);
/* Splits "apps/v1" / "v1". */
void api_split_version(struct str api_version, struct str *group, struct str *version);

#endif
