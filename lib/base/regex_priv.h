/* regex_priv.h - the tree between a pattern and its program. Private to regex*.c. */
#ifndef BASE_REGEX_PRIV_H
#define BASE_REGEX_PRIV_H

#include "regex.h"

struct regex_range {
    uint32_t low, high;
};

/* A set of characters: ranges, and properties that the C library knows. */
struct regex_class {
    struct regex_range *ranges;
    size_t nranges, cap;
    uint32_t properties, without; /* bits of enum regex_property: in it, and all that do not have it */
    bool negated;
};

enum regex_property {
    REGEX_LETTER = 1,
    REGEX_UPPER = 2,
    REGEX_LOWER = 4,
    REGEX_DIGIT = 8,
    REGEX_PUNCT = 16,
    REGEX_SPACE = 32,
    REGEX_SYMBOL = 64, /* beyond ASCII the C library tells no symbol from other punctuation: both */
};

enum regex_kind {
    REGEX_EMPTY,
    REGEX_CLASS,
    REGEX_CAT,    /* kids */
    REGEX_ALT,    /* kids */
    REGEX_REPEAT, /* kids[0], min to max times; max -1: any number */
    REGEX_BEGIN_TEXT,
    REGEX_END_TEXT,
    REGEX_BEGIN_LINE,
    REGEX_END_LINE,
    REGEX_WORD,
    REGEX_NOT_WORD,
};

struct regex_node {
    enum regex_kind kind;
    struct regex_class *set;
    struct regex_node *first, *last, *next; /* kids, sibling */
    int min, max;
};

enum { REGEX_RUNE_MAX = 0x10FFFF };

/* regex_parse.c */
struct regex_node *regex_parse(struct arena *a, struct str pattern, struct err *e);
/* regex_class.c */
void regex_class_add(struct arena *a, struct regex_class *c, uint32_t low, uint32_t high);
void regex_class_add_named(struct arena *a, struct regex_class *c, char name); /* d, w, s and D, W, S */
bool regex_class_add_posix(struct arena *a, struct regex_class *c, struct str name, bool negated); /* "alpha" */
bool regex_class_add_property(struct regex_class *c, struct str name, bool negated);               /* "Lu" */
void regex_class_fold(struct arena *a, struct regex_class *c); /* letters of either case */
bool regex_class_has(const struct regex_class *c, uint32_t rune);

#endif
