/* share.c - see share.h. Reads: trees.   Writes: its table of parts.
 * A tree is walked three times: hashes of all lists and maps, what is shared, the copy. */
#include "api/share.h"

#include "api/field_name.h"
#include "api/node.h"
#include "base/kassert.h"
#include "base/mem.h"
#include "base/thread.h"

enum {
    SLOTS = 8192,    /* parts that are remembered; one that has several users is not forgotten */
    NODES_MIN = 4,   /* below a part: fewer are not worth the part's own memory */
    NODES_MAX = 256, /* more have hardly their like */
    TREE_MAX = 4096, /* a larger object is copied as it is */
};

struct share {     /* lies in its own arena */
    uint32_t refs; /* under the lock */
    uint32_t slot;
    struct json node; /* the list or map, without key */
    struct shared uses;
    struct arena arena;
};

static struct slot {
    uint64_t hash;
    struct share *share; /* not referenced; NULL: seen, but not kept yet */
} table[SLOTS];
static pthread_mutex_t lock = MUTEX_INIT;

/* ---- What a tree has, in the order of a walk ---- */

struct part {
    uint64_t hash;
    uint32_t nodes;    /* below it */
    uint32_t inside;   /* lists and maps among them */
    struct share *use; /* referenced; NULL: copied */
};

struct walk {
    struct part *parts;
    uint32_t at;
};

static bool is_many(const struct json *j) { return j->type == JSON_ARR || j->type == JSON_OBJ; }
static bool is_text(const struct json *j) { return j->type == JSON_STR || j->type == JSON_REAL || j->type == JSON_RAW; }

static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

static void count(const struct json *j, uint32_t *nodes, uint32_t *many)
{
    JSON_FOREACH(it, j)
    {
        ++*nodes;
        *many += is_many(it);
        count(it, nodes, many);
    }
}

static uint64_t hash_of(struct walk *w, const struct json *j)
{
    uint64_t h = mix(j->type, j->empties);
    if (is_text(j)) return mix(h, str_hash(j->u.s, 0));
    if (j->type == JSON_INT) return mix(h, (uint64_t)j->u.i);
    if (j->type == JSON_BOOL) return mix(h, j->u.b);
    if (!is_many(j)) return h;
    struct part *p = &w->parts[w->at++];
    uint32_t from = w->at, nodes = 0;
    JSON_FOREACH(it, j)
    {
        uint32_t inner = w->at;
        h = mix(mix(h, str_hash(it->key, 1)), hash_of(w, it));
        nodes += 1 + (is_many(it) ? w->parts[inner].nodes : 0);
    }
    *p = (struct part){.hash = h, .nodes = nodes, .inside = w->at - from};
    return h;
}

static bool same_str(struct str a, struct str b) { return !a.p == !b.p && str_eq(a, b); }

/* Node for node, in the same order. */
static bool same(const struct json *a, const struct json *b)
{
    if (a->type != b->type || a->flags != b->flags || a->empties != b->empties || a->count != b->count) return false;
    if (is_text(a)) return str_eq(a->u.s, b->u.s);
    if (a->type == JSON_INT) return a->u.i == b->u.i;
    if (a->type == JSON_BOOL) return a->u.b == b->u.b;
    const struct json *y = json_kids(b);
    JSON_FOREACH(x, a)
    {
        if (!y || !same_str(x->key, y->key) || !same(x, y)) return false;
        y = y->next;
    }
    return !y;
}

/* ---- Copies ---- */

static size_t text_bytes(struct str s) { return s.p ? (s.n + 1 + 7) & ~(size_t)7 : 0; }

/* What the copy of what is below j takes from an arena. */
static size_t bytes_below(struct walk *w, const struct json *j)
{
    size_t n = 0;
    JSON_FOREACH(it, j)
    {
        n += sizeof *it + (field_name(it->key).n ? 0 : text_bytes(it->key)) + (is_text(it) ? text_bytes(it->u.s) : 0);
        if (!is_many(it)) continue;
        const struct part *p = &w->parts[w->at++];
        if (p->use)
            w->at += p->inside;
        else
            n += bytes_below(w, it);
    }
    return n;
}

static void copy_below(struct arena *a, struct walk *w, struct json *to, const struct json *from)
{
    to->u.kids.head = to->u.kids.tail = NULL;
    to->count = 0;
    JSON_FOREACH(it, from)
    {
        struct json *copy = arena_memdup(a, it, sizeof *it);
        struct str name = field_name(it->key);
        copy->next = NULL;
        if (is_text(it)) copy->u.s = str_copy(a, it->u.s);
        node_add(to, name.n ? name : it->key.p ? str_copy(a, it->key) : STR_NULL, copy);
        if (!is_many(it)) continue;
        const struct part *p = &w->parts[w->at++];
        if (p->use) {
            copy->u = p->use->node.u;
            copy->count = p->use->node.count;
            w->at += p->inside;
        } else {
            copy_below(a, w, copy, it);
        }
    }
}

static uint32_t after(const struct part *parts, uint32_t i) { return i + 1 + (parts[i].use ? parts[i].inside : 0); }

static uint32_t count_uses(const struct part *parts, uint32_t n)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i = after(parts, i)) count += parts[i].use != NULL;
    return count;
}

/* The references go over. */
static struct shared take_uses(struct arena *a, const struct part *parts, uint32_t n, uint32_t count)
{
    struct shared s = {.count = 0};
    if (count) s.parts = ARENA_ARRAY(a, struct share *, count);
    for (uint32_t i = 0; i < n; i = after(parts, i))
        if (parts[i].use) s.parts[s.count++] = parts[i].use;
    return s;
}

/* ---- Parts (lock held) ---- */

static void decide_below(struct part *parts, uint32_t n, const struct json *j);

/* parts: those inside j. */
static struct share *share_new(const struct json *j, struct part *parts, uint32_t n, uint32_t slot)
{
    struct arena a;
    decide_below(parts, n, j);
    uint32_t uses = count_uses(parts, n);
    arena_init(&a, sizeof(struct share) + bytes_below(&(struct walk){.parts = parts}, j) + uses * sizeof(void *));
    struct share *s = arena_alloc(&a, sizeof *s);
    *s = (struct share){.refs = 1, .slot = slot, .node = *j};
    s->node.key = STR_NULL;
    s->node.next = NULL;
    copy_below(&a, &(struct walk){.parts = parts}, &s->node, j);
    s->uses = take_uses(&a, parts, n, uses);
    s->arena = a;
    return s;
}

/* Referenced; NULL: j's content is copied, as far as it is known. */
static struct share *find_or_make(const struct json *j, struct part *p)
{
    if (p->nodes < NODES_MIN || p->nodes > NODES_MAX) return NULL;
    uint32_t at = (uint32_t)(p->hash % SLOTS);
    struct slot *s = &table[at];
    if (s->hash != p->hash) {
        if (!s->share || s->share->refs == 1) *s = (struct slot){.hash = p->hash};
        return NULL;
    }
    if (!s->share) { /* what is inside may have taken the slot meanwhile */
        struct share *made = share_new(j, p + 1, p->inside, at);
        *s = (struct slot){p->hash, made};
        return made;
    }
    if (!same(&s->share->node, j)) return NULL;
    s->share->refs++;
    return s->share;
}

static void decide_below(struct part *parts, uint32_t n, const struct json *j)
{
    uint32_t at = 0;
    JSON_FOREACH(it, j)
    {
        if (!is_many(it)) continue;
        struct part *p = &parts[at];
        p->use = find_or_make(it, p);
        if (!p->use) decide_below(p + 1, p->inside, it);
        at += 1 + p->inside;
    }
    KASSERT(at == n);
}

static void unref(struct share *s)
{
    if (--s->refs) return;
    if (table[s->slot].share == s) table[s->slot] = (struct slot){0};
    for (uint32_t i = 0; i < s->uses.count; i++) unref(s->uses.parts[i]);
    struct arena a = s->arena;
    arena_release(&a);
}

/* ---- Objects ---- */

struct json *share_copy(struct arena *a, const struct json *root, struct shared *out)
{
    uint32_t nodes = 0, many = 1;
    struct arena scratch AUTO_ARENA = {0};
    *out = (struct shared){0};
    count(root, &nodes, &many);
    struct walk w = {.parts = arena_zalloc(&scratch, many * sizeof *w.parts)};
    (void)hash_of(&w, root);
    uint32_t n = is_many(root) ? many - 1 : 0;
    if (nodes <= TREE_MAX) {
        mutex_lock(&lock);
        decide_below(w.parts + 1, n, root);
        mutex_unlock(&lock);
    }
    struct walk inner = {.parts = w.parts + 1};
    uint32_t uses = count_uses(w.parts + 1, n);
    arena_init(a, sizeof *root + bytes_below(&inner, root) + (is_text(root) ? text_bytes(root->u.s) : 0) +
                      uses * sizeof(void *));
    struct json *copy = arena_memdup(a, root, sizeof *root);
    copy->key = STR_NULL;
    copy->next = NULL;
    inner.at = 0;
    if (is_many(root)) copy_below(a, &inner, copy, root);
    if (is_text(root)) copy->u.s = str_copy(a, root->u.s);
    *out = take_uses(a, w.parts + 1, n, uses);
    return copy;
}

void share_release(struct shared *s)
{
    if (!s->count) return;
    mutex_lock(&lock);
    for (uint32_t i = 0; i < s->count; i++) unref(s->parts[i]);
    mutex_unlock(&lock);
    *s = (struct shared){0};
}
