/* selector.h - label and field selectors. Parsed once, matched often.
 * Parser errors are upstream's (apimachinery pkg/labels, pkg/fields). */
#ifndef API_SELECTOR_H
#define API_SELECTOR_H

#include "base/json.h"

enum sel_op { SEL_IN, SEL_NOT_IN, SEL_EXISTS, SEL_NOT_EXISTS, SEL_EQ, SEL_NE, SEL_GT, SEL_LT };

struct sel_term {
    struct str key;
    enum sel_op op;
    struct str *values;
    int nvalues;
};

struct selector {
    struct sel_term *terms; /* all must hold; none: everything matches */
    int count;
    bool nothing; /* matches nothing (a nil LabelSelector) */
};

/* "a=b,c in (x,y),!d,e". Copies into the arena. ERR_BAD_REQUEST. */
bool sel_parse(struct arena *a, struct str text, struct selector *out, struct err *e) MUST_USE;
/* metav1.LabelSelector (matchLabels, matchExpressions). NULL node: nothing; {}: everything. */
bool sel_from_object(struct arena *a, const struct json *label_selector, struct selector *out, struct err *e) MUST_USE;
/* A plain map, as ReplicationController's and Service's selector. */
void sel_from_map(struct arena *a, const struct json *map, struct selector *out);
bool sel_match(const struct selector *s, const struct json *labels); /* labels may be NULL */
void sel_write(struct buf *out, const struct selector *s);           /* canonical text, sorted by key */

/* Field selectors: "metadata.name=x,status.phase!=Running". Values may be escaped with backslashes. */
bool field_sel_parse(struct arena *a, struct str text, struct selector *out, struct err *e) MUST_USE;
/* get(arg, label): the field's value ("" when absent). */
bool field_sel_match(const struct selector *s, struct str (*get)(void *arg, struct str label), void *arg);

#endif
