/* gen.h - what schemagen holds in memory between reading .api files and writing tables.
 * The tool runs once and exits: nothing is freed. It uses libc only, because lib/base
 * is built beside it, not before it. */
#ifndef SCHEMAGEN_GEN_H
#define SCHEMAGEN_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* ---- text.c: memory, lists, words, diagnostics ---- */
struct pos {
    const char *file;
    int line;
};

struct list { /* of pointers */
    void **items;
    size_t count, cap;
};

enum {
    LINE_MAX_BYTES = 4096, /* a field line with its doc sentence needs a tenth of it */
    WORDS_MAX = 64,        /* words on one line */
    DIAGS_MAX = 20,        /* more than anybody reads at once */
    FIELDS_MAX = 256,      /* of one type: six times the largest of Kubernetes; indices are 16 bits */
};

void *gen_alloc(size_t n); /* zeroed, never NULL */
char *gen_dup(const char *s, size_t n);
__attribute__((format(printf, 1, 2))) char *gen_printf(const char *fmt, ...);
void list_add(struct list *l, void *item);
#define LIST_EACH(type, it, l)                                                                                         \
    for (size_t it##_i = 0; it##_i < (l)->count; it##_i++)                                                             \
        for (type *it = (l)->items[it##_i], *it##_once = it; it##_once; it##_once = NULL)
bool list_has_text(const struct list *l, const char *text); /* items are strings */
void list_add_text(struct list *l, const char *text);       /* unless it is there */
struct list split_text(const char *text, char sep);         /* "a,b" -> a, b; empty parts too */

/* Prints "FILE:LINE: message" to stderr and counts it. */
__attribute__((format(printf, 2, 3))) void diag(struct pos at, const char *fmt, ...);
int diag_count(void);

/* One line cut into words; a word may hold a "quoted part" with spaces. */
struct line {
    struct pos at;
    bool indented;
    int nwords;
    char *words[WORDS_MAX];
    const char *doc; /* behind #, or "" */
};
bool line_cut(struct line *l, const char *text); /* false: said why */

/* ---- the model ---- */
struct group {
    struct pos at;
    const char *name; /* "" for core */
    const char *version, *package, *openapi;
    int priority;
};

struct type_ref {      /* the type of one value */
    const char *value; /* "API_STRING" */
    bool pointer;
    char shape;        /* '1' one, 'L' list, 'M' map */
    const char *enums; /* "A|B", or NULL */
    const char *name;  /* of a struct as written: "Container", "meta/v1.ObjectMeta" */
    struct type *type; /* resolved */
};

struct field {
    struct pos at;
    const char *name;
    bool is_inline;
    int proto, proto_outer;
    const char *outer; /* names of the structs that it is inlined from, "RuleWithOperations.Rule", or NULL */
    struct type_ref ref;
    bool required, omitempty, keepempty, omitzero, atomic, set, merge, replace, retain_keys, write_only, unchecked,
        granular, empty_key;
    const char *list_keys, *merge_key, *default_text, *rule, *doc;
    const char *default_json, *default_hook; /* default_text, told apart */
};

struct type {
    struct pos at;
    struct group *group;
    const char *name, *doc;
    bool atomic, whole;
    const char *form; /* "list", "union" or NULL */
    const char *default_hook, *check_hook;
    struct list fields; /* as written */
    struct list flat;   /* inlined ones in place */
    int flattening;     /* 0 not yet, 1 on the way, 2 done */
};

struct column {
    struct pos at;
    const char *name, *type, *format, *path, *hook, *doc;
    const char *priority_text;
    int priority;
};

struct sub {
    struct pos at;
    const char *name, *kind_text, *writes, *verbs_text;
    struct list verbs;
    struct type *type; /* of its body */
    bool own_kind;     /* kind= was said */
};

struct select {
    struct pos at;
    const char *label, *path, *otherwise; /* otherwise: the label whose value stands in for an empty one, or NULL */
};

struct resource {
    struct pos at;
    struct group *group;
    const char *kind, *plural, *singular, *list_kind, *type_name, *store, *storage_text, *cats, *hooks, *convert;
    const char *name_rule;
    struct list short_names, verbs, subs, columns, selects;
    bool namespaced, has_verbs;
    bool generation, put_creates, put_needs_rv, delete_gives_object, grace, is_virtual, orphans, no_gc;
    struct type *type;
    struct resource *storage;
    int id;
};

enum hook_kind {
    HOOK_DEFAULT,
    HOOK_TYPE_DEFAULT,
    HOOK_RULE,
    HOOK_CHECK,
    HOOK_COLUMN,
    HOOK_STRATEGY,
    HOOK_CONVERT,
    HOOK_KINDS
};

struct model {
    struct list groups, types, resources;
    struct list hooks[HOOK_KINDS]; /* names, sorted; number = index + 1 */
};

/* ---- parse.c ---- */
bool parse_file(struct model *m, const char *path);
/* parse_type.c: "?[Container]"; false: said why. */
bool parse_type_ref(struct pos at, const char *text, struct type_ref *out);
bool is_hook_name(struct pos at, const char *s); /* false: said why */
struct attr;
bool parse_attrs(const struct line *l, int from, const struct attr *attrs, size_t nattrs, void *base);

enum attr_kind { ATTR_FLAG, ATTR_TEXT, ATTR_FLAG_OR_TEXT };
struct attr {
    const char *name;
    enum attr_kind kind;
    size_t flag_at, text_at; /* offsets in the struct */
    bool is_hook;            /* the text is a hook's name, perhaps behind "fn:" */
};

/* ---- resolve.c, check.c ---- */
void resolve_model(struct model *m); /* links names, inlines, numbers hooks, makes list types */
void check_model(const struct model *m);
struct type *model_find_type(const struct model *m, const char *package, const char *name);
void hook_use(struct model *m, enum hook_kind k, const char *name);
int hook_number(const struct model *m, enum hook_kind k, const char *name); /* 0: NULL name */

/* ---- emit.c, emit_hooks.c ---- */
void emit_tables(FILE *f, const struct model *m);
void emit_ids(FILE *f, const struct model *m);
void emit_hooks_header(FILE *f, const struct model *m);
void emit_hooks(FILE *f, const struct model *m);
void emit_convert_header(FILE *f, const struct model *m);
void emit_convert(FILE *f, const struct model *m);
const char *type_id(const struct type *t);         /* "type_core_v1_Pod" */
const char *resource_id(const struct resource *r); /* "res_core_v1_pods" */
struct hook_words {
    const char *constant, *prefix, *element, *array; /* "DEFAULT", "default_", "api_default_fn", "api_default_hooks" */
};
extern const struct hook_words hook_words[HOOK_KINDS];

#endif
