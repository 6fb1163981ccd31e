/* json.c - making, reading and changing JSON trees. */
#include "json.h"

#include "kassert.h"
#include "map.h"

#include <stdlib.h>

/* Objects with more members than this are compared through a map: a client chooses their size. */
enum { LINEAR_COMPARE_MAX = 32 };

static struct json *node(struct arena *a, enum json_type type)
{
    struct json *j = arena_zalloc(a, sizeof *j);
    j->type = (uint8_t)type;
    return j;
}

struct json *json_null(struct arena *a) { return node(a, JSON_NULL); }

struct json *json_bool(struct arena *a, bool v)
{
    struct json *j = node(a, JSON_BOOL);
    j->u.b = v;
    return j;
}

struct json *json_int(struct arena *a, int64_t v)
{
    struct json *j = node(a, JSON_INT);
    j->u.i = v;
    return j;
}

struct json *json_real(struct arena *a, struct str number_text)
{
    struct json *j = node(a, JSON_REAL);
    j->u.s = number_text;
    return j;
}

struct json *json_str(struct arena *a, struct str v)
{
    struct json *j = node(a, JSON_STR);
    j->u.s = v;
    return j;
}

struct json *json_raw(struct arena *a, struct str text)
{
    struct json *j = node(a, JSON_RAW);
    j->u.s = text;
    return j;
}

struct json *json_strc(struct arena *a, const char *v) { return json_str(a, str_of(v)); }
struct json *json_arr(struct arena *a) { return node(a, JSON_ARR); }
struct json *json_obj(struct arena *a) { return node(a, JSON_OBJ); }

static bool has_kids(const struct json *j) { return j->type == JSON_ARR || j->type == JSON_OBJ; }

static void append(struct json *parent, struct json *child)
{
    child->next = NULL;
    if (parent->u.kids.tail)
        parent->u.kids.tail->next = child;
    else
        parent->u.kids.head = child;
    parent->u.kids.tail = child;
    parent->count++;
}

struct json *json_copy(struct arena *a, const struct json *j)
{
    struct json *copy = arena_memdup(a, j, sizeof *j);
    copy->next = NULL;
    if (!has_kids(j)) return copy;
    copy->count = 0;
    copy->u.kids.head = copy->u.kids.tail = NULL;
    JSON_FOREACH(kid, j) append(copy, json_copy(a, kid));
    return copy;
}

struct json *json_get(const struct json *obj, struct str key)
{
    if (!json_is(obj, JSON_OBJ)) return NULL;
    JSON_FOREACH(m, obj)
    if (str_eq(m->key, key)) return m;
    return NULL;
}

struct json *json_getc(const struct json *obj, const char *key) { return json_get(obj, str_of(key)); }

struct json *json_at(const struct json *arr, size_t index)
{
    if (!json_is(arr, JSON_ARR) || index >= arr->count) return NULL;
    struct json *it = arr->u.kids.head;
    while (index--) it = it->next;
    return it;
}

double json_number(const struct json *j)
{
    if (json_is(j, JSON_INT)) return (double)j->u.i;
    if (!json_is(j, JSON_REAL)) return 0;
    char small[64];
    if (j->u.s.n < sizeof small) {
        memcpy(small, j->u.s.p, j->u.s.n);
        small[j->u.s.n] = '\0';
        return strtod(small, NULL);
    }
    char *text AUTO_FREE = str_dup(j->u.s);
    return strtod(text, NULL);
}

static bool equal_members_by_map(const struct json *a, const struct json *b)
{
    struct map members = {0};
    bool same = true;
    JSON_FOREACH(m, b)
    if (!map_has(&members, m->key)) map_set(&members, m->key, m);
    JSON_FOREACH(m, a)
    {
        const struct json *other = map_get(&members, m->key);
        same = other && json_equal(m, other);
        if (!same) break;
    }
    map_release(&members, NULL);
    return same;
}

static bool equal_members(const struct json *a, const struct json *b)
{
    const struct json *guess = b->u.kids.head; /* most often the order is the same too */
    JSON_FOREACH(m, a)
    {
        bool hit = guess && str_eq(m->key, guess->key);
        if (!hit && a->count > LINEAR_COMPARE_MAX) return equal_members_by_map(a, b);
        const struct json *other = hit ? guess : json_get(b, m->key);
        if (!other || !json_equal(m, other)) return false;
        guess = guess ? guess->next : NULL;
    }
    return true;
}

static bool equal_items(const struct json *a, const struct json *b)
{
    const struct json *other = b->u.kids.head;
    for (const struct json *it = a->u.kids.head; it; it = it->next, other = other->next)
        if (!json_equal(it, other)) return false;
    return true;
}

static bool is_number(const struct json *j) { return j->type == JSON_INT || j->type == JSON_REAL; }

bool json_equal(const struct json *a, const struct json *b)
{
    if (a == b) return true;
    if (!a || !b) return false;
    if (a->type != b->type) return is_number(a) && is_number(b) && json_number(a) == json_number(b);
    switch (a->type) {
    case JSON_BOOL: return a->u.b == b->u.b;
    case JSON_INT: return a->u.i == b->u.i;
    case JSON_REAL: return str_eq(a->u.s, b->u.s) || json_number(a) == json_number(b);
    case JSON_STR:
    case JSON_RAW: return str_eq(a->u.s, b->u.s);
    case JSON_ARR: return a->count == b->count && equal_items(a, b);
    case JSON_OBJ: return a->count == b->count && equal_members(a, b);
    default: return true;
    }
}

void json_set(struct arena *a, struct json *obj, struct str key, struct json *value)
{
    (void)a; /* a member needs no memory of its own: the value is the member */
    KASSERT(obj->type == JSON_OBJ);
    struct json *old = json_get(obj, key);
    value->key = key;
    if (old)
        json_replace(obj, old, value);
    else
        append(obj, value);
}

void json_add(struct json *obj, struct str key, struct json *value)
{
    KASSERT(obj->type == JSON_OBJ);
    value->key = key;
    append(obj, value);
}

bool json_del(struct json *obj, struct str key)
{
    struct json *m = json_get(obj, key);
    if (m) json_remove(obj, m);
    return m != NULL;
}

void json_push(struct json *arr, struct json *value)
{
    KASSERT(arr->type == JSON_ARR);
    value->key = STR_NULL;
    append(arr, value);
}

void json_insert(struct json *arr, size_t index, struct json *value)
{
    KASSERT(arr->type == JSON_ARR && index <= arr->count);
    if (index == arr->count) {
        json_push(arr, value);
        return;
    }
    struct json **at = &arr->u.kids.head;
    while (index--) at = &(*at)->next;
    value->key = STR_NULL;
    value->next = *at;
    *at = value;
    arr->count++;
}

/* The pointer that leads to child, and the sibling before it (NULL: none). */
static struct json **find_link(struct json *parent, const struct json *child, struct json **before)
{
    struct json **at = &parent->u.kids.head;
    *before = NULL;
    while (*at != child) {
        KASSERT(*at != NULL);
        *before = *at;
        at = &(*at)->next;
    }
    return at;
}

void json_remove(struct json *parent, struct json *child)
{
    KASSERT(has_kids(parent));
    struct json *before, **at = find_link(parent, child, &before);
    *at = child->next;
    if (parent->u.kids.tail == child) parent->u.kids.tail = before;
    child->next = NULL;
    parent->count--;
}

void json_replace(struct json *parent, struct json *old, struct json *value)
{
    KASSERT(has_kids(parent));
    if (old == value) return;
    struct json *before, **at = find_link(parent, old, &before);
    value->key = old->key;
    value->next = old->next;
    *at = value;
    if (parent->u.kids.tail == old) parent->u.kids.tail = value;
    old->next = NULL;
}

/* Merges two key-ordered chains; equal keys keep their order. */
static struct json *merge(struct json *a, struct json *b, json_order_fn *order)
{
    struct json *head = NULL, **at = &head;
    while (a && b) {
        struct json **from = order(b->key, a->key) < 0 ? &b : &a;
        *at = *from;
        *from = (*from)->next;
        at = &(*at)->next;
    }
    *at = a ? a : b;
    return head;
}

void json_sort_by(struct json *obj, json_order_fn *order)
{
    KASSERT(obj->type == JSON_OBJ);
    struct json *runs[32] = {NULL}, *next, *sorted = NULL; /* runs[i] is a sorted chain of 2^i members or NULL */
    for (struct json *m = obj->u.kids.head; m; m = next) {
        next = m->next;
        m->next = NULL;
        size_t i = 0;
        for (; runs[i]; i++) {
            m = merge(runs[i], m, order);
            runs[i] = NULL;
        }
        runs[i] = m;
    }
    for (size_t i = 0; i < ARRAY_LEN(runs); i++)
        if (runs[i]) sorted = merge(runs[i], sorted, order);
    obj->u.kids.head = obj->u.kids.tail = sorted;
    while (obj->u.kids.tail && obj->u.kids.tail->next) obj->u.kids.tail = obj->u.kids.tail->next;
}

void json_sort_keys(struct json *obj) { json_sort_by(obj, str_cmp); }
