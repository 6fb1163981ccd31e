/* labels.c - see labels.h.
 * Reads: trees.   Writes: compiled forms, in the memory of a keep. */
#include "scheduler/labels.h"

#include "api/label.h"

#include <stdlib.h>

enum { LINEAR_MAX = 8 }; /* so many names are searched one by one; more are sorted by address and halved */

static int compare_labels(const void *a, const void *b)
{
    const struct label *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static int compare_values(const void *a, const void *b)
{
    const struct sym *x = *(const struct sym *const *)a, *y = *(const struct sym *const *)b;
    return (x > y) - (x < y);
}

void labels_read(struct labels *out, struct keep *k, const struct json *map)
{
    struct label *v = ARENA_ARRAY(&k->arena, struct label, obj_count(map, ""));
    *out = (struct labels){.v = v};
    for (OBJ_EACH(it, map, "")) {
        if (!json_is(it, JSON_STR)) continue;
        v[out->n++] = (struct label){keep_sym(k, obj_key(it)), keep_sym(k, obj_text(it))};
    }
    if (out->n > LINEAR_MAX) qsort(v, (size_t)out->n, sizeof *v, compare_labels);
}

const struct sym *labels_get(const struct labels *l, const struct sym *key)
{
    if (l->n > LINEAR_MAX) {
        const struct label wanted = {.key = key};
        const struct label *found = bsearch(&wanted, l->v, (size_t)l->n, sizeof *l->v, compare_labels);
        return found ? found->value : NULL;
    }
    for (int i = 0; i < l->n; i++)
        if (l->v[i].key == key) return l->v[i].value;
    return NULL;
}

bool labels_equal(const struct labels *a, const struct labels *b)
{
    if (a->n != b->n) return false;
    for (int i = 0; i < a->n; i++)
        if (labels_get(b, a->v[i].key) != a->v[i].value) return false;
    return true;
}

/* ---- Reading selectors ---- */

static bool op_of(struct str text, enum select_op *op)
{
    static const struct {
        const char *text;
        enum select_op op;
    } ops[] = {{"In", SELECT_IN}, {"NotIn", SELECT_NOT_IN}, {"Exists", SELECT_EXISTS}, {"DoesNotExist", SELECT_ABSENT},
               {"Gt", SELECT_GT}, {"Lt", SELECT_LT}};
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        if (!str_eqc(text, ops[i].text)) continue;
        *op = ops[i].op;
        return true;
    }
    return false;
}

static bool are_label_values(const struct requirement *r)
{
    struct buf why AUTO_BUF = {0};
    bool ok = true;
    buf_init(&why, 1024);
    for (int i = 0; i < r->n && ok; i++) ok = label_value_ok(&why, sym_str(r->values[i]));
    return ok;
}

/* Does the operator go with these values (labels.NewRequirement)? Validation lets no other in. */
static bool makes_sense(struct requirement *r)
{
    switch (r->op) {
    case SELECT_IN:
    case SELECT_NOT_IN: return r->n > 0 && are_label_values(r);
    case SELECT_EXISTS:
    case SELECT_ABSENT: return r->n == 0;
    case SELECT_GT:
    case SELECT_LT: return r->n == 1 && str_to_i64(sym_str(r->values[0]), &r->number) && are_label_values(r);
    }
    return false;
}

/* False: it cannot be satisfied. */
static bool read_expression(struct requirement *r, struct keep *k, const struct json *e)
{
    const struct sym **values = ARENA_ARRAY(&k->arena, const struct sym *, obj_count(e, ".values"));
    if (!op_of(obj_str(e, ".operator"), &r->op)) return false;
    r->key = keep_sym(k, obj_str(e, ".key"));
    if (!r->key) return false;
    for (OBJ_EACH(v, e, ".values"))
        if (json_is(v, JSON_STR)) values[r->n++] = keep_sym(k, obj_text(v));
    r->values = values;
    if (r->n > LINEAR_MAX) qsort(values, (size_t)r->n, sizeof *values, compare_values);
    return true;
}

static void read_expressions(struct selector *out, struct requirement *v, struct keep *k, const struct json *list)
{
    for (OBJ_EACH(e, list, "")) {
        struct requirement *r = &v[out->n++];
        if (!read_expression(r, k, e) || !makes_sense(r)) out->nothing = true;
    }
}

/* Of fields: one name, which a node has or has not. */
static void read_fields(struct selector *out, struct requirement *v, struct keep *k, const struct json *list)
{
    for (OBJ_EACH(e, list, "")) {
        struct requirement *r = &v[out->n++];
        bool readable = read_expression(r, k, e) && (r->op == SELECT_IN || r->op == SELECT_NOT_IN);
        if (!readable || r->n != 1) out->nothing = true;
    }
}

static void read_map(struct selector *out, struct requirement *v, struct keep *k, const struct json *map)
{
    for (OBJ_EACH(it, map, "")) {
        const struct sym **value = ARENA_ARRAY(&k->arena, const struct sym *, 1);
        value[0] = keep_sym(k, obj_text(it));
        v[out->n++] = (struct requirement){.key = keep_sym(k, obj_key(it)), .op = SELECT_IN, .values = value, .n = 1};
    }
}

void selector_read(struct selector *out, struct keep *k, const struct json *s)
{
    *out = (struct selector){.nothing = !json_is(s, JSON_OBJ)};
    size_t n = obj_count(s, ".matchLabels") + obj_count(s, ".matchExpressions");
    struct requirement *v = ARENA_ARRAY(&k->arena, struct requirement, n);
    out->v = v;
    read_map(out, v, k, obj_get(s, ".matchLabels"));
    read_expressions(out, v, k, obj_get(s, ".matchExpressions"));
}

void selector_read_map(struct selector *out, struct keep *k, const struct json *map)
{
    *out = (struct selector){0};
    struct requirement *v = ARENA_ARRAY(&k->arena, struct requirement, obj_count(map, ""));
    out->v = v;
    read_map(out, v, k, map);
}

void node_terms_read(struct node_terms *out, struct keep *k, const struct json *terms)
{
    struct node_term *v = ARENA_ARRAY(&k->arena, struct node_term, obj_count(terms, ""));
    *out = (struct node_terms){.v = v};
    for (OBJ_EACH(it, terms, "")) {
        const struct json *term = obj_has(it, ".preference") ? obj_get(it, ".preference") : it;
        const struct json *labels = obj_get(term, ".matchExpressions"), *fields = obj_get(term, ".matchFields");
        struct node_term *t = &v[out->n++];
        struct requirement *of_labels = ARENA_ARRAY(&k->arena, struct requirement, obj_count(labels, ""));
        struct requirement *of_fields = ARENA_ARRAY(&k->arena, struct requirement, obj_count(fields, ""));
        t->weight = (int)obj_int(it, ".weight", 0);
        t->labels.v = of_labels;
        t->fields.v = of_fields;
        read_expressions(&t->labels, of_labels, k, labels);
        read_fields(&t->fields, of_fields, k, fields);
        t->labels.nothing = t->labels.nothing || (t->labels.n == 0 && t->fields.n == 0);
    }
}

/* ---- Matching ---- */

static bool is_among(const struct requirement *r, const struct sym *value)
{
    if (r->n > LINEAR_MAX) return bsearch(&value, r->values, (size_t)r->n, sizeof *r->values, compare_values) != NULL;
    for (int i = 0; i < r->n; i++)
        if (r->values[i] == value) return true;
    return false;
}

static bool holds(const struct requirement *r, const struct sym *value)
{
    int64_t number;
    switch (r->op) {
    case SELECT_IN: return value && is_among(r, value);
    case SELECT_NOT_IN: return !value || !is_among(r, value);
    case SELECT_EXISTS: return value != NULL;
    case SELECT_ABSENT: return value == NULL;
    case SELECT_GT: return value && str_to_i64(sym_str(value), &number) && number > r->number;
    case SELECT_LT: return value && str_to_i64(sym_str(value), &number) && number < r->number;
    }
    return false;
}

bool selector_matches(const struct selector *s, const struct labels *l)
{
    if (s->nothing) return false;
    for (int i = 0; i < s->n; i++)
        if (!holds(&s->v[i], labels_get(l, s->v[i].key))) return false;
    return true;
}

static bool text_holds(const struct requirement *r, const struct json *value)
{
    bool among = false;
    for (int i = 0; value && i < r->n && !among; i++) among = str_eq(sym_str(r->values[i]), obj_text(value));
    switch (r->op) {
    case SELECT_IN: return among;
    case SELECT_NOT_IN: return !among;
    case SELECT_EXISTS: return value != NULL;
    case SELECT_ABSENT: return value == NULL;
    default: return false;
    }
}

bool selector_matches_map(const struct selector *s, const struct json *map)
{
    if (s->nothing) return false;
    for (int i = 0; i < s->n; i++)
        if (!text_holds(&s->v[i], json_get(map, sym_str(s->v[i].key)))) return false;
    return true;
}

bool node_term_fits(const struct node_term *t, const struct sym *name, const struct labels *l)
{
    if (t->fields.nothing || !selector_matches(&t->labels, l)) return false;
    for (int i = 0; i < t->fields.n; i++) { /* validation lets no other field in */
        if (!str_eqc(sym_str(t->fields.v[i].key), "metadata.name") || !holds(&t->fields.v[i], name)) return false;
    }
    return true;
}

bool node_terms_fit(const struct node_terms *t, const struct sym *name, const struct labels *l)
{
    for (int i = 0; i < t->n; i++)
        if (node_term_fits(&t->v[i], name, l)) return true;
    return false;
}
