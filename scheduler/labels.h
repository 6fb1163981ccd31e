/* labels.h - labels and the selectors over them, compiled: what is compared are names (sym.h). Pure, but for reading.
 * Upstream: apimachinery/pkg/labels/selector.go, component-helpers/scheduling/corev1/nodeaffinity. */
#ifndef SCHEDULER_LABELS_H
#define SCHEDULER_LABELS_H

#include "api/object.h"
#include "scheduler/sym.h"

struct label {
    const struct sym *key, *value;
};

struct labels {
    const struct label *v;
    int n;
};

void labels_read(struct labels *out, struct keep *k, const struct json *map);
const struct sym *labels_get(const struct labels *l, const struct sym *key); /* NULL: absent */
bool labels_equal(const struct labels *a, const struct labels *b);

enum select_op { SELECT_IN, SELECT_NOT_IN, SELECT_EXISTS, SELECT_ABSENT, SELECT_GT, SELECT_LT };

struct requirement {
    const struct sym *key;
    enum select_op op;
    const struct sym *const *values;
    int n;
    int64_t number; /* of SELECT_GT and SELECT_LT */
};

struct selector { /* all of them hold; none: everything matches */
    const struct requirement *v;
    int n;
    bool nothing; /* matches nothing: there was no selector, or it cannot be satisfied */
};

/* A LabelSelector; NULL (or null) matches nothing, {} everything. */
void selector_read(struct selector *out, struct keep *k, const struct json *label_selector);
/* A map of labels that must be there (nodeSelector, a Service's selector); NULL or {} matches everything. */
void selector_read_map(struct selector *out, struct keep *k, const struct json *map);
bool selector_matches(const struct selector *s, const struct labels *l);
/* A selector of labels (no Gt, Lt) over a map that was not read. */
bool selector_matches_map(const struct selector *s, const struct json *map);

struct node_term { /* of a NodeSelector */
    struct selector labels;
    struct selector fields; /* over metadata.name alone */
    int weight;             /* of a preferred term; else 0 */
};

struct node_terms {
    const struct node_term *v;
    int n;
};

/* nodeSelectorTerms, or preferredDuringScheduling... ([{weight, preference}]). A term that asks nothing matches
 * nothing. */
void node_terms_read(struct node_terms *out, struct keep *k, const struct json *terms);
bool node_term_fits(const struct node_term *t, const struct sym *name, const struct labels *l);
/* Any of them. */
bool node_terms_fit(const struct node_terms *t, const struct sym *name, const struct labels *l);

#endif
