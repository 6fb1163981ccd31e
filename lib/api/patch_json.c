/* patch_json.c - JSON patch: add, remove, replace, move, copy, test.
 * Reads: a list of operations.   Writes: the target tree, in place.
 * Upstream: gopkg.in/evanphx/json-patch.v4 patch.go (its messages and its leniencies). */
#include "patch.h"

#include "quote.h"

struct patch_op {
    const struct json *op; /* the object */
    const char *name;
    struct str path, from;
};

struct patcher {
    struct arena *arena;
    struct json **root;
    size_t copied; /* bytes that copy operations added */
    struct err *e;
};

/* Where a pointer leads: a member or an item of `parent`, there or not. */
struct spot {
    struct json *parent; /* NULL: the path does not exist */
    struct str key;      /* decoded */
    int depth;           /* containers on the way, parent included */
};

/* ---- Pointers ---- */

/* "~1" is "/", "~0" is "~", anything else stays. */
static struct str decode_key(struct arena *a, struct str raw)
{
    if (str_chr(raw, '~') == SIZE_MAX) return raw;
    char *text = arena_alloc(a, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        bool escaped = raw.p[i] == '~' && i + 1 < raw.n && (raw.p[i + 1] == '0' || raw.p[i + 1] == '1');
        if (escaped) i++;
        text[n++] = escaped ? (raw.p[i] == '1' ? '/' : '~') : raw.p[i];
    }
    return str_n(text, n);
}

/* As strconv.Atoi; says why not in its words. */
static bool parse_index(struct str key, int64_t *out, struct err *e)
{
    if (str_to_i64(key, out)) return true;
    size_t digits = key.n && (key.p[0] == '-' || key.p[0] == '+');
    bool number = key.n > digits;
    for (size_t i = digits; i < key.n; i++) number &= key.p[i] >= '0' && key.p[i] <= '9';
    return err_set(e, ERR_INVALID, "strconv.Atoi: parsing \"%.*s\": %s", STR_ARG(key),
                   number ? "value out of range" : "invalid syntax");
}

static bool bad_index(int64_t index, struct err *e)
{
    return err_set(e, ERR_INVALID, "Unable to access invalid index: %lld: invalid index referenced", (long long)index);
}

/* The index of an item among `size`; negative ones count from the end. */
static bool find_index(struct str key, size_t size, size_t *out, struct err *e)
{
    int64_t index;
    if (!parse_index(key, &index, e)) return false;
    if (index >= (int64_t)size || index < -(int64_t)size) return bad_index(index, e);
    *out = (size_t)(index < 0 ? index + (int64_t)size : index);
    return true;
}

/* *out is NULL when an object has no such member; false for an index that leads nowhere. */
static bool spot_get(const struct spot *s, struct json **out, struct err *e)
{
    size_t index;
    if (s->parent->type == JSON_OBJ) {
        *out = json_get(s->parent, s->key);
        return true;
    }
    if (!find_index(s->key, s->parent->count, &index, e)) return false;
    *out = json_at(s->parent, index);
    return true;
}

static bool is_container(const struct json *j) { return json_is(j, JSON_OBJ) || json_is(j, JSON_ARR); }

static struct spot find_spot(struct patcher *p, struct str path)
{
    struct spot s = {.parent = *p->root};
    struct err unused = ERR_INIT;
    struct str rest;
    str_cut(path, '/', &rest);
    if (str_is_null(rest)) return (struct spot){0};
    for (;;) {
        struct str next;
        s.key = decode_key(p->arena, str_cut(rest, '/', &next));
        s.depth++;
        if (str_is_null(next)) return s;
        struct json *kid;
        if (!spot_get(&s, &kid, &unused) || !is_container(kid)) return (struct spot){0};
        s.parent = kid;
        rest = next;
    }
}

static int depth_of(const struct json *j)
{
    int deepest = 0;
    JSON_FOREACH(it, j)
    {
        int below = depth_of(it); /* once: MAX would ask twice, and so on each level */
        deepest = MAX(deepest, below);
    }
    return is_container(j) ? deepest + 1 : 0;
}

/* Operations can pile up what no parser would have let in. */
static bool fits(const struct patcher *p, const struct spot *s, const struct json *value)
{
    return s->depth + depth_of(value) <= JSON_DEPTH_MAX || err_set(p->e, ERR_BAD_REQUEST, "exceeded max depth");
}

static bool spot_add(struct patcher *p, const struct spot *s, struct json *value)
{
    if (!fits(p, s, value)) return false;
    if (s->parent->type == JSON_OBJ) {
        json_set(p->arena, s->parent, s->key, value);
        return true;
    }
    size_t index = s->parent->count;
    if (!str_eqc(s->key, "-") && !find_index(s->key, index + 1, &index, p->e)) {
        if (strncmp(p->e->text, "strconv", 7) != 0) return false;
        return err_context(p->e, "value was not a proper array index: '%.*s'", STR_ARG(s->key));
    }
    json_insert(s->parent, index, value);
    return true;
}

static bool spot_remove(struct patcher *p, const struct spot *s)
{
    struct json *kid;
    if (!spot_get(s, &kid, p->e)) return false;
    if (!kid)
        return err_set(p->e, ERR_INVALID, "Unable to remove nonexistent key: %.*s: missing value", STR_ARG(s->key));
    json_remove(s->parent, kid);
    return true;
}

/* ---- Operations ---- */

static bool missing(struct patcher *p, const char *text, struct str path)
{
    return err_set(p->e, ERR_INVALID, "%s: %.*s: missing value", text, STR_ARG(path));
}

static struct json *value_copy(struct patcher *p, const struct patch_op *op)
{
    const struct json *value = json_getc(op->op, "value");
    return value ? json_copy(p->arena, value) : json_null(p->arena);
}

static bool op_add(struct patcher *p, const struct patch_op *op)
{
    struct spot s = find_spot(p, op->path);
    if (!s.parent)
        return err_set(p->e, ERR_INVALID, "add operation does not apply: doc is missing path: \"%.*s\": missing value",
                       STR_ARG(op->path));
    return spot_add(p, &s, value_copy(p, op)) || err_context(p->e, "error in add for path: '%.*s'", STR_ARG(op->path));
}

static bool op_remove(struct patcher *p, const struct patch_op *op)
{
    struct spot s = find_spot(p, op->path);
    if (!s.parent)
        return err_set(p->e, ERR_INVALID,
                       "remove operation does not apply: doc is missing path: \"%.*s\": missing value",
                       STR_ARG(op->path));
    return spot_remove(p, &s) || err_context(p->e, "error in remove for path: '%.*s'", STR_ARG(op->path));
}

static bool op_replace(struct patcher *p, const struct patch_op *op)
{
    if (!op->path.n) {
        if (!is_container(json_getc(op->op, "value")))
            return err_set(p->e, ERR_INVALID, "replace operation value must be object or array: %%!w(<nil>)");
        *p->root = value_copy(p, op);
        return true;
    }
    struct spot s = find_spot(p, op->path);
    if (!s.parent) return missing(p, "replace operation does not apply: doc is missing path", op->path);
    struct json *old;
    if (!spot_get(&s, &old, p->e)) return missing(p, "replace operation does not apply: doc is missing key", op->path);
    if (!old) return spot_add(p, &s, value_copy(p, op)); /* upstream adds the member */
    struct json *value = value_copy(p, op);
    if (!fits(p, &s, value)) return false;
    json_replace(s.parent, old, value);
    return true;
}

static bool op_move(struct patcher *p, const struct patch_op *op)
{
    struct spot s = find_spot(p, op->from);
    struct json *value;
    if (!s.parent) return missing(p, "move operation does not apply: doc is missing from path", op->from);
    if (!spot_get(&s, &value, p->e) || !spot_remove(p, &s))
        return err_context(p->e, "error in move for path: '%.*s'", STR_ARG(s.key));
    s = find_spot(p, op->path);
    if (!s.parent) return missing(p, "move operation does not apply: doc is missing destination path", op->path);
    return spot_add(p, &s, value) || err_context(p->e, "error in move for path: '%.*s'", STR_ARG(op->path));
}

/* Copies double what they copy; their sum is bounded as upstream bounds it. */
static bool count_copy(struct patcher *p, const struct json *value)
{
    struct buf text;
    buf_init(&text, PATCH_COPY_BYTES_MAX + 1);
    json_write(&text, value);
    p->copied += buf_ok(&text) ? text.n : PATCH_COPY_BYTES_MAX + 1;
    buf_release(&text);
    if (p->copied <= PATCH_COPY_BYTES_MAX) return true;
    return err_set(p->e, ERR_INVALID,
                   "Unable to complete the copy, the accumulated size increase of copy is %zu, exceeding the limit %d",
                   p->copied, PATCH_COPY_BYTES_MAX);
}

static bool op_copy(struct patcher *p, const struct patch_op *op)
{
    struct spot s = find_spot(p, op->from);
    struct json *value;
    if (!s.parent) return missing(p, "copy operation does not apply: doc is missing from path", op->from);
    if (!spot_get(&s, &value, p->e)) return err_context(p->e, "error in copy for from: '%.*s'", STR_ARG(op->from));
    s = find_spot(p, op->path);
    if (!s.parent) return missing(p, "copy operation does not apply: doc is missing destination path", op->path);
    if (value && !count_copy(p, value)) return false;
    return spot_add(p, &s, value ? json_copy(p->arena, value) : json_null(p->arena)) ||
           err_context(p->e, "error while adding value during copy");
}

/* An absent member and null are the same to test. */
static bool is_nothing(const struct json *j) { return !j || j->type == JSON_NULL; }

static bool op_test(struct patcher *p, const struct patch_op *op)
{
    struct json *have = *p->root;
    const struct json *want = json_getc(op->op, "value");
    if (op->path.n) {
        struct spot s = find_spot(p, op->path);
        if (!s.parent) return missing(p, "test operation does not apply: is missing path", op->path);
        if (!spot_get(&s, &have, p->e)) return err_context(p->e, "error in test for path: '%.*s'", STR_ARG(op->path));
    }
    bool same = is_nothing(have) || is_nothing(want) ? is_nothing(have) && is_nothing(want) : json_equal(have, want);
    return same || err_set(p->e, ERR_INVALID, "testing value %.*s failed: test failed", STR_ARG(op->path));
}

/* ---- The list ---- */

static const struct {
    const char *name;
    bool (*apply)(struct patcher *p, const struct patch_op *op);
    bool from;         /* has a "from" */
    bool wraps_detail; /* says what is wrong with a path that cannot be read */
} kinds[] = {
    {"add", op_add, false, false}, {"remove", op_remove, false, false}, {"replace", op_replace, false, true},
    {"move", op_move, true, true}, {"test", op_test, false, true},      {"copy", op_copy, true, false},
};

/* "path" or "from" as text; *e says what is wrong with it. */
static bool read_pointer(const struct json *op, const char *member, const char *absent, struct str *out, struct err *e)
{
    const struct json *j = json_getc(op, member);
    *out = json_string(j);
    if (!str_is_null(*out)) return true;
    if (is_nothing(j)) return err_set(e, ERR_INVALID, "%s: missing value", absent);
    return err_set(e, ERR_INVALID, "json: cannot unmarshal %s into Go value of type string", json_type_word(j));
}

static bool apply_one(struct patcher *p, const struct json *j)
{
    struct patch_op op = {.op = j};
    struct str name = json_string(json_getc(j, "op"));
    size_t k = 0;
    if (str_is_null(name)) name = STR("unknown");
    while (k < ARRAY_LEN(kinds) && !str_eqc(name, kinds[k].name)) k++;
    if (k == ARRAY_LEN(kinds)) return err_set(p->e, ERR_INVALID, "Unexpected kind: %.*s", STR_ARG(name));
    if (kinds[k].from && !read_pointer(j, "from", "operation, missing from field", &op.from, p->e))
        return err_context(p->e, "%s operation failed to decode from", kinds[k].name);
    if (!read_pointer(j, "path", "operation missing path field", &op.path, p->e)) {
        if (!kinds[k].wraps_detail) err_set(p->e, ERR_INVALID, "missing value");
        return err_context(p->e, "%s operation failed to decode path", kinds[k].name);
    }
    return kinds[k].apply(p, &op);
}

static bool check_list(const struct json *ops, struct err *e)
{
    if (ops->type == JSON_NULL) return true;
    if (ops->type != JSON_ARR)
        return err_set(e, ERR_BAD_REQUEST, "json: cannot unmarshal %s into Go value of type jsonpatch.Patch",
                       json_type_word(ops));
    JSON_FOREACH(it, ops)
    {
        if (it->type == JSON_OBJ || it->type == JSON_NULL) continue;
        return err_set(e, ERR_BAD_REQUEST, "json: cannot unmarshal %s into Go value of type jsonpatch.Operation",
                       json_type_word(it));
    }
    if (ops->count <= PATCH_OPS_MAX) return true;
    return err_set(e, ERR_TOO_LARGE, "The allowed maximum operations in a JSON patch is %d, got %u", PATCH_OPS_MAX,
                   ops->count);
}

bool patch_json(struct arena *a, struct json **target, const struct json *ops, struct err *e)
{
    struct patcher p = {.arena = a, .root = target, .e = e};
    if (!check_list(ops, e)) return false;
    JSON_FOREACH(it, ops)
    if (!apply_one(&p, it)) return false;
    return true;
}
