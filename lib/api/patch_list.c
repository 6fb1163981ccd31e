/* patch_list.c - strategic merge patch: lists that are merged by a key, and their order.
 * Reads: a patch.   Writes: the target list, in place.
 * Upstream: apimachinery pkg/util/strategicpatch/patch.go (mergeSlice, normalizeElementOrder). */
#include "patch_strategic.h"

#include "base/map.h"
#include "node.h"
#include "quote.h"

#include <stdlib.h>

struct item {
    struct json *node;
    struct str id;   /* the value, or the merge key's value, as typed text */
    size_t rank, at; /* place it should have; place it has */
};

struct items {
    struct item *v;
    size_t n, cap;
};

/* id -> place of its first item + 1 */
struct places {
    struct map map;
};

static void places_add(struct places *p, struct str id, size_t at)
{
    if (!map_has(&p->map, id)) map_set(&p->map, id, (void *)(uintptr_t)(at + 1));
}

static size_t places_find(const struct places *p, struct str id) /* SIZE_MAX: not there */
{
    return (size_t)(uintptr_t)map_get(&p->map, id) - 1;
}

static void places_of(struct places *p, const struct items *l)
{
    *p = (struct places){0};
    for (size_t i = 0; i < l->n; i++) places_add(p, l->v[i].id, i);
}

static void places_release(struct places *p) { map_release(&p->map, NULL); }

static void push(struct strategic *s, struct items *l, struct json *node, struct str id)
{
    if (l->n == l->cap) {
        struct item *more = ARENA_ARRAY(s->arena, struct item, l->cap ? l->cap * 2 : 8);
        if (l->n) memcpy(more, l->v, l->n * sizeof *more);
        l->cap = l->cap ? l->cap * 2 : 8;
        l->v = more;
    }
    l->v[l->n++] = (struct item){.node = node, .id = id};
}

/* ---- Identity ---- */

static struct str typed_text(struct strategic *s, const struct json *j)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, (size_t)INT32_MAX);
    buf_char(&text, (char)('0' + j->type));
    json_write(&text, j);
    return str_copy(s->arena, buf_view(&text));
}

/* The id of an item; false when it has no merge key. */
static bool identify(struct strategic *s, const char *merge_key, const struct json *j, struct str *id)
{
    if (merge_key && j->type != JSON_OBJ) return strategic_fail_type(s, "map[string]interface {}", j);
    const struct json *value = merge_key ? json_getc(j, merge_key) : j;
    if (!value) {
        struct str after = str_printf(s->arena, " does not contain declared merge key: %s", merge_key);
        return strategic_fail_value(s, "map: ", j, after.p);
    }
    *id = typed_text(s, value);
    return true;
}

/* `copies`: the items are the patch's, and what enters the target is a copy. */
static bool collect(struct strategic *s, const char *merge_key, const struct json *list, bool copies, struct items *out)
{
    JSON_FOREACH(it, list)
    {
        struct str id;
        if (!identify(s, merge_key, it, &id)) return false;
        push(s, out, copies ? json_copy(s->arena, it) : it, id);
    }
    return true;
}

static bool types_differ(struct strategic *s, const struct json *a, const struct json *b)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, ERR_TEXT_MAX);
    print_go(&text, a ? a : json_arr(s->arena));
    buf_char(&text, ' ');
    print_go(&text, b ? b : json_arr(s->arena));
    return strategic_fail(s, "list element types are not identical: [%.*s]", STR_ARG(buf_view(&text)));
}

/* All items of both lists (each may be NULL) are of one type; *type is JSON_NULL when there are none. */
static bool item_type(struct strategic *s, const struct json *a, const struct json *b, enum json_type *type)
{
    const struct json *lists[] = {a, b}, *first = NULL;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        JSON_FOREACH(it, lists[i])
        {
            if (!first) first = it;
            if (first->type == JSON_ARR) return err_set(s->e, ERR_INVALID, "lists of lists are not supported");
            if (it->type == JSON_NULL || !strategic_same_type(first, it)) return types_differ(s, a, b);
        }
    }
    *type = first ? (enum json_type)first->type : JSON_NULL;
    return true;
}

/* ---- Order ---- */

static int compare_items(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* Go's stable sort when its comparison says of what the order does not know that it is less than anything, and that
 * anything is less than it: what is new comes to the front, the last one first. */
static void insert_sorted(struct items *l)
{
    for (size_t i = 1; i < l->n; i++)
        for (size_t j = i; j > 0; j--) {
            struct item right = l->v[j], left = l->v[j - 1];
            if (right.rank != SIZE_MAX && left.rank != SIZE_MAX && right.rank >= left.rank) break;
            l->v[j] = left;
            l->v[j - 1] = right;
        }
}

/* Items that the order does not know occur where a $setElementOrder is empty. */
static void sort_by(struct items *l, const struct places *order)
{
    enum { GO_INSERTS = 20 }; /* Go's blockSize; of more the outcome is an accident, and ours puts new ones last */
    bool knows = true;
    for (size_t i = 0; i < l->n; i++) {
        l->v[i].rank = places_find(order, l->v[i].id);
        l->v[i].at = i;
        knows = knows && l->v[i].rank != SIZE_MAX;
    }
    if (!knows && l->n <= GO_INSERTS)
        insert_sorted(l);
    else if (l->n > 1)
        qsort(l->v, l->n, sizeof *l->v, compare_items);
}

static void set_items(struct json *target, const struct items *l)
{
    target->count = 0;
    target->u.kids.head = target->u.kids.tail = NULL;
    for (size_t i = 0; i < l->n; i++) node_add(target, STR_NULL, l->v[i].node);
}

/* Puts items into the target: those that `wanted` names in its order, the others (the server's own) in the order they
 * had; where both occur in the old order they are interleaved by it. */
static void arrange(struct strategic *s, struct json *target, const struct items *merged, const struct places *wanted,
                    const struct places *old)
{
    struct items named = {0}, own = {0};
    for (size_t i = 0; i < merged->n; i++)
        push(s, places_find(wanted, merged->v[i].id) != SIZE_MAX ? &named : &own, merged->v[i].node, merged->v[i].id);
    sort_by(&named, wanted);
    sort_by(&own, old);
    target->count = 0;
    target->u.kids.head = target->u.kids.tail = NULL;
    for (size_t i = 0, j = 0; i < own.n || j < named.n;) {
        bool take_own = j >= named.n;
        if (i < own.n && j < named.n) {
            size_t left = places_find(old, own.v[i].id), right = places_find(old, named.v[j].id);
            take_own = left != SIZE_MAX && right != SIZE_MAX && left < right;
        }
        node_add(target, STR_NULL, take_own ? own.v[i++].node : named.v[j++].node);
    }
}

/* ---- Scalars ---- */

static bool merge_scalars(struct strategic *s, struct json *target, const struct json *patch, bool deletes)
{
    struct items old = {0}, changes = {0}, merged = {0};
    if (!collect(s, NULL, target, false, &old) || !collect(s, NULL, patch, true, &changes)) return false;
    struct places had, named, seen = {0};
    places_of(&had, &old);
    places_of(&named, &changes);
    for (size_t i = 0; i < old.n; i++) {
        bool drop = deletes && places_find(&named, old.v[i].id) != SIZE_MAX;
        bool again = !deletes && places_find(&seen, old.v[i].id) != SIZE_MAX;
        places_add(&seen, old.v[i].id, i);
        if (!drop && !again) push(s, &merged, old.v[i].node, old.v[i].id);
    }
    for (size_t i = 0; i < changes.n && !deletes; i++) {
        if (places_find(&seen, changes.v[i].id) == SIZE_MAX) push(s, &merged, changes.v[i].node, changes.v[i].id);
        places_add(&seen, changes.v[i].id, i);
    }
    if (deletes)
        set_items(target, &merged);
    else
        arrange(s, target, &merged, &named, &had);
    places_release(&had);
    places_release(&named);
    places_release(&seen);
    return true;
}

/* ---- Maps ---- */

/* Sorts the patch's items into plain ones and directives: ids to delete, or "replace". */
static bool read_directives(struct strategic *s, const char *merge_key, const struct json *patch, struct json *plain,
                            struct places *dead, bool *replaces)
{
    JSON_FOREACH(it, patch)
    {
        const struct json *directive = json_getc(it, DIRECTIVE);
        struct str text = json_string(directive), id;
        if (!directive) {
            node_add(plain, STR_NULL, json_copy(s->arena, it));
        } else if (str_eqc(text, "delete")) {
            if (!identify(s, merge_key, it, &id)) return false;
            places_add(dead, id, 0);
        } else if (str_eqc(text, "replace")) {
            *replaces = true;
        } else if (str_eqc(text, "merge")) {
            return strategic_fail(s, "merging lists cannot yet be specified in the patch");
        } else {
            return strategic_fail_directive(s, directive, it);
        }
    }
    return true;
}

/* Merges the changes into `merged`, appending what is new. */
static bool merge_items(struct strategic *s, const struct patch_meta *m, struct items *merged,
                        const struct items *changes)
{
    struct places places;
    bool ok = true;
    places_of(&places, merged);
    for (size_t i = 0; i < changes->n && ok; i++) {
        size_t at = places_find(&places, changes->v[i].id);
        if (at != SIZE_MAX) {
            ok = strategic_map(s, m, merged->v[at].node, changes->v[i].node);
        } else {
            places_add(&places, changes->v[i].id, merged->n);
            push(s, merged, changes->v[i].node, changes->v[i].id);
        }
    }
    places_release(&places);
    return ok;
}

static bool merge_plain(struct strategic *s, const struct patch_meta *m, struct json *target, const struct json *plain,
                        const struct places *dead)
{
    struct items old = {0}, merged = {0}, changes = {0};
    if (!collect(s, m->merge_key, target, false, &old)) return false;
    for (size_t i = 0; i < old.n; i++)
        if (places_find(dead, old.v[i].id) == SIZE_MAX) push(s, &merged, old.v[i].node, old.v[i].id);
    struct places had, named;
    places_of(&had, &merged); /* what the patch takes away and brings again is new */
    bool ok = collect(s, m->merge_key, plain, false, &changes) && merge_items(s, m, &merged, &changes);
    places_of(&named, &changes);
    if (ok) arrange(s, target, &merged, &named, &had);
    places_release(&had);
    places_release(&named);
    return ok;
}

static bool merge_maps(struct strategic *s, const struct patch_meta *m, struct json *target, const struct json *patch)
{
    if (!m->merge_key) return strategic_fail(s, "cannot merge lists without merge key for %s", m->kind);
    struct json *plain = json_arr(s->arena);
    struct places dead = {0};
    struct items replaced = {0};
    bool replaces = false, ok = read_directives(s, m->merge_key, patch, plain, &dead, &replaces);
    if (ok && replaces) {
        ok = collect(s, m->merge_key, plain, false, &replaced); /* each must have its key */
        target->count = plain->count;
        target->u = plain->u;
    } else if (ok) {
        ok = merge_plain(s, m, target, plain, &dead);
    }
    places_release(&dead);
    return ok;
}

bool strategic_list(struct strategic *s, const struct patch_meta *m, struct json *target, const struct json *patch,
                    bool deletes)
{
    enum json_type type;
    if (!item_type(s, target, patch, &type)) return false;
    if (type == JSON_NULL) return true;
    return type == JSON_OBJ ? merge_maps(s, m, target, patch) : merge_scalars(s, target, patch, deletes);
}

/* ---- $setElementOrder ---- */

static bool is_directive(const struct json *j) { return json_getc(j, DIRECTIVE) != NULL; }

static bool is_deletion(const struct json *j) { return str_eqc(json_string(json_getc(j, DIRECTIVE)), "delete"); }

/* What the patch holds must occur in the order list, and in that order; deletions aside. */
static bool check_order(struct strategic *s, const char *merge_key, const struct json *patch, const struct json *order)
{
    if (!json_kids(patch) || !json_kids(order)) return true;
    const struct json *p = json_kids(patch), *o = json_kids(order);
    while (p && o) {
        struct str have, want;
        if (is_directive(p)) {
            p = p->next;
            continue;
        }
        if (!identify(s, merge_key, p, &have) || !identify(s, merge_key, o, &want)) return false;
        if (str_eq(have, want)) p = p->next;
        o = o->next;
    }
    while (p && is_deletion(p)) p = p->next;
    if (!p) return true;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, ERR_TEXT_MAX);
    buf_cstr(&text, "The order in patch list:\n");
    print_go(&text, patch);
    buf_cstr(&text, "\n doesn't match $setElementOrder list:\n");
    print_go(&text, order);
    buf_char(&text, '\n');
    return strategic_fail(s, "%.*s", STR_ARG(buf_view(&text)));
}

static bool check_order_items(struct strategic *s, const char *merge_key, const struct json *order)
{
    size_t at = 0;
    for (const struct json *it = json_kids(order); it && merge_key; it = it->next, at++)
        if (it->type != JSON_OBJ) return strategic_fail(s, "value for key %zu is not a map", at);
    return true;
}

/* The list as it is before it is put into order. */
static struct json *merge_unordered(struct strategic *s, const struct patch_meta *m, struct json *target,
                                    const struct json *patch)
{
    if (!patch) return target;
    if (!target) return strategic_clean_copy(s, patch);
    if (!m->merge) return json_copy(s->arena, patch);
    return strategic_list(s, m, target, patch, false) ? target : NULL;
}

/* The old order as upstream sees it after a merge of maps: deletions moved the items behind them up, in place, and what
 * the patch adds stands where there is room now. */
static void shift_old(struct strategic *s, const struct patch_meta *m, const struct json *patch, struct items *old)
{
    struct items left = {0};
    struct places dead = {0}, had = {0};
    bool replaces = false;
    size_t room = old->n;
    JSON_FOREACH(it, patch)
    {
        const struct json *id = json_getc(it, m->merge_key);
        if (is_deletion(it) && id) places_add(&dead, typed_text(s, id), 0);
        replaces = replaces || (is_directive(it) && !is_deletion(it));
    }
    for (size_t i = 0; i < old->n; i++)
        if (places_find(&dead, old->v[i].id) == SIZE_MAX) push(s, &left, old->v[i].node, old->v[i].id);
    places_of(&had, &left);
    for (struct json *it = json_kids(patch); it && !replaces && left.n < room; it = it->next) {
        const struct json *id = json_getc(it, m->merge_key);
        struct str text = id && !is_directive(it) ? typed_text(s, id) : STR_NULL;
        if (str_is_null(text) || places_find(&had, text) != SIZE_MAX) continue;
        places_add(&had, text, left.n);
        push(s, &left, it, text);
    }
    places_release(&dead);
    places_release(&had);
    *old = left;
}

bool strategic_ordered(struct strategic *s, const struct patch_meta *m, struct json *target, const struct json *patch,
                       const struct json *order, struct json **out)
{
    enum json_type type;
    struct items old = {0}, merged = {0}, asked = {0};
    if (!check_order(s, m->merge_key, patch, order) || !item_type(s, target, patch, &type)) return false;
    if (type == JSON_NULL) return strategic_fail(s, "no elements in any of the given slices");
    if (type == JSON_OBJ && !m->merge_key)
        return strategic_fail(s, "cannot merge lists without merge key for %s", m->kind);
    if (target && !collect(s, m->merge_key, target, false, &old)) return false;
    struct json *list = merge_unordered(s, m, target, patch);
    if (!list || !collect(s, m->merge_key, list, false, &merged) || !check_order_items(s, m->merge_key, order) ||
        !collect(s, m->merge_key, order, false, &asked))
        return false;
    if (type == JSON_OBJ && m->merge && target && patch) shift_old(s, m, patch, &old);
    struct places had, named;
    places_of(&had, &old);
    places_of(&named, &asked);
    *out = json_arr(s->arena);
    arrange(s, *out, &merged, &named, &had);
    places_release(&had);
    places_release(&named);
    return true;
}
