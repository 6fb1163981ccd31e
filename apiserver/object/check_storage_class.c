/* check_storage_class.c - validation of StorageClasses (pkg/apis/storage/validation/validation.go).
 * Reads: defaulted trees.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_storage.h"
#include "apiserver/object/check_value.h"
#include "base/map.h"

#include <stdlib.h>

enum { PARAMETERS_MAX = 512, PARAMETERS_BYTES_MAX = 256 << 10, TERM_TEXT_MAX = 4 << 20 };

/* ---- Provisioner and parameters ---- */

void check_provisioner(struct check *c, const char *member, struct str provisioner)
{
    if (provisioner.n)
        check_name_by(c, member, str_lower(c->arena, provisioner), name_qualified);
    else
        check_required(c, member, "");
}

void check_class_parameters(struct check *c, const struct json *parameters)
{
    size_t bytes = 0;
    if (obj_count(parameters, "") > PARAMETERS_MAX) {
        check_too_long(c, "parameters", PARAMETERS_MAX);
        return;
    }
    for (OBJ_EACH(it, parameters, "")) {
        if (!obj_key(it).n) check_invalid_str(c, "parameters", STR(""), "field can not be empty.");
        bytes += obj_key(it).n + obj_text(it).n;
    }
    if (bytes > PARAMETERS_BYTES_MAX) check_too_long(c, "parameters", PARAMETERS_BYTES_MAX);
}

/* ---- Topologies ---- */

static void check_topology_values(struct check *c, const struct json *rule)
{
    struct map seen = {0};
    size_t i = 0;
    if (!obj_count(rule, ".values")) check_required(c, "values", "");
    for (OBJ_EACH(v, rule, ".values")) {
        size_t mark = check_into(c, "values", i++);
        (void)check_unique(c, NULL, obj_text(v), &seen);
        check_pop(c, mark);
    }
    map_release(&seen, NULL);
}

static void check_term(struct check *c, const struct json *term)
{
    struct map keys = {0};
    size_t i = 0;
    for (OBJ_EACH(rule, term, ".matchLabelExpressions")) {
        struct str key = obj_str(rule, ".key");
        size_t mark = check_into(c, "matchLabelExpressions", i++);
        check_topology_values(c, rule);
        check_name_by(c, "key", key, name_qualified);
        (void)check_unique(c, "key", key, &keys);
        check_pop(c, mark);
    }
    map_release(&keys, NULL);
}

static int by_text(const void *x, const void *y) { return str_cmp(*(const struct str *)x, *(const struct str *)y); }

/* The values as a set: sorted, each once. */
static void write_set(struct arena *a, struct buf *out, const struct json *values)
{
    struct str *texts = ARENA_ARRAY(a, struct str, obj_count(values, "") + 1);
    size_t n = 0;
    for (OBJ_EACH(v, values, "")) texts[n++] = obj_text(v);
    qsort(texts, n, sizeof *texts, by_text);
    for (size_t i = 0; i < n; i++)
        if (!i || !str_eq(texts[i], texts[i - 1])) json_write_string(out, texts[i]);
}

struct rule {
    struct str key;
    const struct json *values;
    size_t at;
};

static int by_key(const void *x, const void *y)
{
    const struct rule *a = x, *b = y;
    int order = str_cmp(a->key, b->key);
    return order ? order : (a->at > b->at) - (a->at < b->at);
}

/* What the term says, as one text: equal for equal terms. Of a key that comes twice the last rule counts. */
static struct str term_text(struct arena *a, const struct json *term)
{
    struct rule *rules = ARENA_ARRAY(a, struct rule, obj_count(term, ".matchLabelExpressions") + 1);
    struct buf text AUTO_BUF = {0};
    size_t n = 0;
    buf_init(&text, TERM_TEXT_MAX);
    for (OBJ_EACH(it, term, ".matchLabelExpressions")) {
        rules[n] = (struct rule){obj_str(it, ".key"), obj_get(it, ".values"), n};
        n++;
    }
    qsort(rules, n, sizeof *rules, by_key);
    for (size_t i = 0; i < n; i++) {
        if (i + 1 < n && str_eq(rules[i].key, rules[i + 1].key)) continue;
        json_write_string(&text, rules[i].key);
        buf_char(&text, ':');
        write_set(a, &text, rules[i].values);
    }
    return str_copy(a, buf_view(&text));
}

/* Upstream compares each term with those before it, and an empty one with as many empty ones as there are terms. */
static void check_topologies(struct check *c, const struct json *terms)
{
    struct map counts = {0};
    size_t i = 0, all = obj_count(terms, "");
    for (OBJ_EACH(term, terms, "")) {
        size_t mark = check_into(c, "allowedTopologies", i++);
        struct str text = term_text(c->arena, term);
        size_t *count = map_get(&counts, text);
        if (!count) {
            map_set(&counts, text, count = ARENA_NEW(c->arena, size_t));
            *count = text.n ? 0 : all;
        }
        check_term(c, term);
        for (size_t k = 0; k < *count && c->count < CHECK_ERRORS_MAX; k++)
            check_duplicate(c, "matchLabelExpressions", json_strc(c->arena, ""));
        ++*count;
        check_pop(c, mark);
    }
    map_release(&counts, NULL);
}

/* ---- The whole ---- */

/* type StorageClass check=fn:storage_class whole */
void check_storage_class(struct check *c, const struct json *class, const struct json *old)
{
    static const char *const policies[] = {"Delete", "Retain", NULL};
    static const char *const modes[] = {"Immediate", "WaitForFirstConsumer", NULL};
    static const char *const fixed[] = {"parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"};
    struct str policy = obj_str(class, ".reclaimPolicy");
    check_meta(c);
    check_provisioner(c, "provisioner", obj_str(class, ".provisioner"));
    check_class_parameters(c, obj_get(class, ".parameters"));
    if (policy.n) check_one_of(c, "reclaimPolicy", policy, policies);
    check_one_of(c, "volumeBindingMode", obj_str(class, ".volumeBindingMode"), modes);
    check_topologies(c, obj_get(class, ".allowedTopologies"));
    if (!old) return;
    check_meta_update(c);
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        check_same(c, fixed[i], json_getc(class, fixed[i]), json_getc(old, fixed[i]));
}
