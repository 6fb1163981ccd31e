/* omap.c - ordered map: a B+ tree. Leaves hold the entries and are linked in key order; inner nodes
 * hold separators and the number of entries below each child. Both kinds are kept at least a quarter
 * full, so the depth stays logarithmic whatever is deleted. */
#include "omap.h"

#include "kassert.h"
#include "mem.h"

#include <stdlib.h>

enum { FANOUT = 64, FEW = FANOUT / 4, DEPTH_MAX = 16 /* 16^16 entries */ };

struct okey {
    uint32_t n;
    char p[];
};

struct omap_node {
    bool leaf;
    int n;                     /* entries of a leaf, children of an inner node */
    struct okey *keys[FANOUT]; /* inner: keys[i] <= everything below child i, > everything before; keys[0] unused */
};

struct leaf {
    struct omap_node node;
    void *values[FANOUT];
    struct omap_node *next;
};

struct inner {
    struct omap_node node;
    struct omap_node *kids[FANOUT];
    size_t counts[FANOUT];
};

static struct leaf *as_leaf(struct omap_node *n) { return (struct leaf *)n; }
static struct inner *as_inner(struct omap_node *n) { return (struct inner *)n; }

static struct okey *key_new(const char *p, size_t n)
{
    KASSERT(n < UINT32_MAX);
    struct okey *k = xmalloc(sizeof *k + n);
    k->n = (uint32_t)n;
    if (n) memcpy(k->p, p, n);
    return k;
}

static struct str key_str(const struct okey *k) { return str_n(k->p, k->n); }

/* The shortest key that is > low and <= high, for a separator. */
static struct okey *key_between(const struct okey *low, const struct okey *high)
{
    size_t n = 0;
    while (n < low->n && n < high->n && low->p[n] == high->p[n]) n++;
    return key_new(high->p, MIN(n + 1, (size_t)high->n));
}

/* Index of the first entry of a leaf with key >= `key`; *equal if it is that very key. */
static int leaf_find(const struct omap_node *l, struct str key, bool *equal)
{
    int low = 0, high = l->n;
    *equal = false;
    while (low < high) {
        int mid = (low + high) / 2, c = str_cmp(key_str(l->keys[mid]), key);
        if (c == 0) {
            *equal = true;
            return mid;
        }
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* The child in which `key` belongs: the last whose separator is <= key. */
static int inner_find(const struct omap_node *in, struct str key)
{
    int low = 1, high = in->n;
    while (low < high) {
        int mid = (low + high) / 2;
        if (str_cmp(key_str(in->keys[mid]), key) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low - 1;
}

static struct omap_node *find_leaf(const struct omap *m, struct str key)
{
    struct omap_node *n = m->root;
    while (n && !n->leaf) n = as_inner(n)->kids[inner_find(n, key)];
    return n;
}

static struct omap_node *node_new(bool leaf)
{
    struct omap_node *n = xcalloc(1, leaf ? sizeof(struct leaf) : sizeof(struct inner));
    n->leaf = leaf;
    return n;
}

static size_t node_entries(struct omap_node *n)
{
    if (n->leaf) return (size_t)n->n;
    size_t sum = 0;
    for (int i = 0; i < n->n; i++) sum += as_inner(n)->counts[i];
    return sum;
}

/* Moves `count` slots (keys and what goes with them) from one node or place to another of the same kind. */
static void move_slots(struct omap_node *to, int at, struct omap_node *from, int first, int count)
{
    size_t n = (size_t)count;
    memmove(to->keys + at, from->keys + first, n * sizeof to->keys[0]);
    if (to->leaf) {
        memmove(as_leaf(to)->values + at, as_leaf(from)->values + first, n * sizeof(void *));
    } else {
        memmove(as_inner(to)->kids + at, as_inner(from)->kids + first, n * sizeof(struct omap_node *));
        memmove(as_inner(to)->counts + at, as_inner(from)->counts + first, n * sizeof(size_t));
    }
}

static void open_slot(struct omap_node *n, int at)
{
    move_slots(n, at + 1, n, at, n->n - at);
    n->n++;
}

static void close_slot(struct omap_node *n, int at)
{
    move_slots(n, at, n, at + 1, n->n - at - 1);
    n->n--;
}

void omap_init(struct omap *m) { *m = (struct omap){0}; }

static void node_free(struct omap_node *n, void (*free_value)(void *))
{
    for (int i = 0; i < n->n; i++) {
        if (n->leaf || i > 0) free(n->keys[i]);
        if (!n->leaf)
            node_free(as_inner(n)->kids[i], free_value);
        else if (free_value && as_leaf(n)->values[i])
            free_value(as_leaf(n)->values[i]);
    }
    free(n);
}

void omap_release(struct omap *m, void (*free_value)(void *))
{
    if (m->root) node_free(m->root, free_value);
    *m = (struct omap){0};
}

void *omap_get(const struct omap *m, struct str key)
{
    struct omap_node *l = find_leaf(m, key);
    bool equal = false;
    int at = l ? leaf_find(l, key, &equal) : 0;
    return equal ? as_leaf(l)->values[at] : NULL;
}

/* Splits the full child `at` of `in`, which has room. A child that grows at its end (keys in rising order)
 * is left nearly full. */
static void split(struct omap_node *in, int at, bool at_end)
{
    struct omap_node *left = as_inner(in)->kids[at], *right = node_new(left->leaf);
    int keep = at_end ? FANOUT - 1 : FANOUT / 2;
    if (!left->leaf && at_end) keep = FANOUT - FEW; /* an inner node must not get too few children */
    right->n = left->n - keep;
    move_slots(right, 0, left, keep, right->n);
    left->n = keep;
    struct okey *separator = right->keys[0];
    if (left->leaf) {
        separator = key_between(left->keys[keep - 1], right->keys[0]);
        as_leaf(right)->next = as_leaf(left)->next;
        as_leaf(left)->next = right;
    } else {
        right->keys[0] = NULL;
    }
    open_slot(in, at + 1);
    in->keys[at + 1] = separator;
    as_inner(in)->kids[at + 1] = right;
    as_inner(in)->counts[at] = node_entries(left);
    as_inner(in)->counts[at + 1] = node_entries(right);
}

static void grow_root(struct omap *m)
{
    struct omap_node *root = node_new(false);
    root->n = 1;
    as_inner(root)->kids[0] = m->root;
    as_inner(root)->counts[0] = m->count;
    m->root = root;
}

static void *replace_value(struct omap *m, struct str key, void *value, bool *found)
{
    struct omap_node *l = find_leaf(m, key);
    int at = l ? leaf_find(l, key, found) : 0;
    if (!*found) return NULL;
    void *former = as_leaf(l)->values[at];
    as_leaf(l)->values[at] = value;
    return former;
}

void *omap_set(struct omap *m, struct str key, void *value)
{
    bool found = false;
    void *former = replace_value(m, key, value, &found);
    if (found) return former;
    if (!m->root) m->root = node_new(true);
    if (m->root->n == FANOUT) grow_root(m);
    struct omap_node *n = m->root;
    bool rightmost = true;
    while (!n->leaf) { /* full children are split on the way down, so that there is always room above */
        int i = inner_find(n, key);
        struct omap_node *kid = as_inner(n)->kids[i];
        rightmost = rightmost && i == n->n - 1;
        if (kid->n == FANOUT) {
            bool beyond = kid->leaf && str_cmp(key, key_str(kid->keys[FANOUT - 1])) > 0;
            split(n, i, rightmost && (beyond || !kid->leaf));
            i = inner_find(n, key);
        }
        as_inner(n)->counts[i]++;
        n = as_inner(n)->kids[i];
    }
    int at = leaf_find(n, key, &found);
    open_slot(n, at);
    n->keys[at] = key_new(key.p, key.n);
    as_leaf(n)->values[at] = value;
    m->count++;
    return NULL;
}

/* Children i and i+1 of `in` become one, or share their slots evenly if they are too many for one. */
static void join(struct omap_node *in, int i)
{
    struct inner *p = as_inner(in);
    struct omap_node *left = p->kids[i], *right = p->kids[i + 1];
    int total = left->n + right->n, keep = total / 2;
    if (!left->leaf)
        right->keys[0] = in->keys[i + 1]; /* the separator comes down */
    else
        free(in->keys[i + 1]);
    if (total <= FANOUT) {
        move_slots(left, left->n, right, 0, right->n);
        left->n = total;
        if (left->leaf) as_leaf(left)->next = as_leaf(right)->next;
        free(right);
        p->counts[i] += p->counts[i + 1];
        close_slot(in, i + 1);
        return;
    }
    if (left->n < keep) {
        int more = keep - left->n;
        move_slots(left, left->n, right, 0, more);
        move_slots(right, 0, right, more, right->n - more);
    } else {
        int more = left->n - keep;
        move_slots(right, more, right, 0, right->n);
        move_slots(right, 0, left, keep, more);
    }
    left->n = keep;
    right->n = total - keep;
    in->keys[i + 1] = left->leaf ? key_between(left->keys[keep - 1], right->keys[0]) : right->keys[0];
    if (!left->leaf) right->keys[0] = NULL;
    p->counts[i] = node_entries(left);
    p->counts[i + 1] = node_entries(right);
}

static void shrink_root(struct omap *m)
{
    while (m->root && !m->root->leaf && m->root->n == 1) {
        struct omap_node *only = as_inner(m->root)->kids[0];
        free(m->root);
        m->root = only;
    }
    if (m->root && m->root->n == 0) {
        free(m->root);
        m->root = NULL;
    }
}

void *omap_take(struct omap *m, struct str key)
{
    struct omap_node *path[DEPTH_MAX], *n = m->root;
    int index[DEPTH_MAX], depth = 0;
    if (!n) return NULL;
    for (; !n->leaf; depth++) {
        KASSERT(depth < DEPTH_MAX);
        path[depth] = n;
        index[depth] = inner_find(n, key);
        n = as_inner(n)->kids[index[depth]];
    }
    bool equal;
    int at = leaf_find(n, key, &equal);
    if (!equal) return NULL;
    void *value = as_leaf(n)->values[at];
    free(n->keys[at]);
    close_slot(n, at);
    m->count--;
    while (depth--) {
        struct omap_node *in = path[depth];
        int i = index[depth];
        as_inner(in)->counts[i]--;
        if (as_inner(in)->kids[i]->n < FEW && in->n > 1) join(in, i ? i - 1 : i);
    }
    shrink_root(m);
    return value;
}

void omap_seek(const struct omap *m, struct str key, struct omap_cursor *c)
{
    bool equal;
    c->leaf = find_leaf(m, key);
    c->at = c->leaf ? leaf_find(c->leaf, key, &equal) : 0;
}

bool omap_next(struct omap_cursor *c, struct str *key, void **value)
{
    while (c->leaf && c->at >= c->leaf->n) {
        c->leaf = as_leaf(c->leaf)->next;
        c->at = 0;
    }
    if (!c->leaf) return false;
    if (key) *key = key_str(c->leaf->keys[c->at]);
    if (value) *value = as_leaf(c->leaf)->values[c->at];
    c->at++;
    return true;
}

/* Number of keys < key. */
static size_t rank(const struct omap *m, struct str key)
{
    size_t before = 0;
    struct omap_node *n = m->root;
    if (!n) return 0;
    while (!n->leaf) {
        int i = inner_find(n, key);
        for (int k = 0; k < i; k++) before += as_inner(n)->counts[k];
        n = as_inner(n)->kids[i];
    }
    bool equal;
    return before + (size_t)leaf_find(n, key, &equal);
}

size_t omap_count_range(const struct omap *m, struct str from, struct str to)
{
    size_t begin = rank(m, from), end = str_is_null(to) ? m->count : rank(m, to);
    return end > begin ? end - begin : 0;
}
