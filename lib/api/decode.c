/* decode.c - structs, lists and maps of a tree by the schema (see decode.h): members are matched to fields, usually
 * the next one in order, because clients send in order; then they are linked again in the order of the schema.
 * Reads: the schema.   Writes: the tree, in place.
 * Upstream: sigs.k8s.io/json internal/golang/encoding/json decode.go (UnmarshalStrict), encode.go (omitempty). */
#include "decode_priv.h"

#include "node.h"
#include "quote.h"

enum {
    SLOTS_ON_STACK = 64, /* fields of the largest built-in struct are 42; a CRD's may be more */
    GUESSES = 8,         /* about what a binary search costs */
};

static void note(const struct decode_pass *ps, const char *what, const struct decode_place *at, struct str name)
{
    if (!ps->notes) return;
    if (ps->notes->count == DECODE_WARNINGS_MAX) {
        ps->notes->more++;
        return;
    }
    struct buf path AUTO_BUF = {0}, text AUTO_BUF = {0};
    struct decode_place here = {.up = at, .name = name};
    buf_init(&path, DECODE_PATH_MAX);
    buf_init(&text, 4 * DECODE_PATH_MAX + 64); /* quoted, a byte may become four */
    decode_path(&path, &here, true);
    buf_addf(&text, "%s field ", what);
    quote_go(&text, buf_view(&path));
    ps->notes->items[ps->notes->count++] = str_copy(ps->a, buf_view(&text));
}

static bool decode_struct(const struct decode_pass *ps, const struct api_type *t, struct json *j,
                          const struct decode_place *at);
static bool decode_list(const struct decode_pass *ps, const struct api_type *owner, const struct api_field *f,
                        struct json *list, const struct decode_place *at);
static bool decode_union(const struct decode_pass *ps, const struct api_type *owner, const struct api_type *t,
                         struct json *v, const struct decode_place *at);

static bool decode_one(const struct decode_pass *ps, const struct api_type *owner, const struct api_field *f,
                       struct json *v, const struct decode_place *at)
{
    if (f->value != API_STRUCT) return decode_scalar(ps, owner, f, v, at);
    if (f->type->form == API_FORM_UNION) return decode_union(ps, owner, f->type, v, at);
    bool is_list = f->type->form == API_FORM_LIST;
    if (v->type != (is_list ? JSON_ARR : JSON_OBJ)) return decode_mismatch(ps, owner, f, v, at, false);
    if (is_list) return decode_list(ps, owner, &f->type->fields[0], v, at);
    return decode_struct(ps, f->type, v, at);
}

/* Go's decoders of the unions of schemas (apiextensions v1 marshal.go): one that may be a bool refuses what it is not,
 * the others read over it; an empty list is nothing. */
static bool decode_union(const struct decode_pass *ps, const struct api_type *owner, const struct api_type *t,
                         struct json *v, const struct decode_place *at)
{
    const struct api_field *f = api_union_field(t, v->type);
    if (!f && api_union_field(t, JSON_BOOL)) return err_set(ps->e, ERR_BAD_REQUEST, "boolean or JSON schema expected");
    if (!f || (f->shape == API_LIST && !v->count)) {
        v->type = JSON_NULL;
        return true;
    }
    struct str first = STR_NULL;
    struct decode_pass inner = *ps;
    inner.first = &first;
    inner.notes = NULL; /* such a decoder passes over what it does not know */
    if (!inner.owner) inner.owner = owner;
    if (!(f->shape == API_LIST ? decode_list(&inner, t, f, v, at) : decode_one(&inner, t, f, v, at))) return false;
    return str_is_null(first) || err_set(ps->e, ERR_BAD_REQUEST, "%.*s", STR_ARG(first));
}

bool decode_alone(struct arena *a, const struct api_type *t, struct json *v, struct err *e)
{
    const struct decode_pass ps = {.a = a, .e = e};
    return decode_union(&ps, NULL, t, v, NULL);
}

/* ---- Lists and maps ---- */

static bool decode_list(const struct decode_pass *ps, const struct api_type *owner, const struct api_field *f,
                        struct json *list, const struct decode_place *at)
{
    struct decode_place item = {.up = at};
    if (list->type != JSON_ARR) return decode_mismatch(ps, owner, f, list, at, true);
    JSON_FOREACH(it, list)
    {
        if (it->type == JSON_NULL)
            decode_zero(ps->a, f, it);
        else if (!decode_one(ps, owner, f, it, &item))
            return false;
        item.index++;
    }
    return true;
}

/* Of members with one key, which lie side by side, the last is kept: Go's map has it. */
static void drop_duplicates(const struct decode_pass *ps, struct json *map, const struct decode_place *at)
{
    struct json **link = &map->u.kids.head;
    for (struct json *it = *link; it; it = it->next) {
        if (it->next && str_eq(it->key, it->next->key)) {
            note(ps, "duplicate", at, it->key);
            *link = it->next;
            map->count--;
        } else {
            link = &it->next;
        }
    }
}

static bool decode_map(const struct decode_pass *ps, const struct api_type *owner, const struct api_field *f,
                       struct json *map, const struct decode_place *at)
{
    bool sorted = true;
    if (map->type != JSON_OBJ) return decode_mismatch(ps, owner, f, map, at, true);
    JSON_FOREACH(it, map)
    {
        struct decode_place here = {.up = at, .name = it->key, .is_key = true};
        if (it->type == JSON_NULL)
            decode_zero(ps->a, f, it);
        else if (!decode_one(ps, owner, f, it, &here))
            return false;
        sorted = sorted && (!it->next || str_cmp(it->key, it->next->key) < 0);
    }
    if (sorted) return true;
    json_sort_keys(map); /* stable */
    drop_duplicates(ps, map, at);
    return true;
}

/* ---- What Go's encoder leaves out, and what it writes though nobody sent it ---- */

static bool is_zero(const struct json *v)
{
    switch (v->type) {
    case JSON_NULL: return true;
    case JSON_BOOL: return !v->u.b;
    case JSON_INT: return v->u.i == 0;
    case JSON_REAL: return json_number(v) == 0;
    case JSON_STR:
    case JSON_RAW: return v->u.s.n == 0;
    case JSON_ARR: return v->count == 0;
    default: break;
    }
    for (const struct json *it = v->u.kids.head; it; it = it->next)
        if (!is_zero(it)) return false;
    return true;
}

/* Go structs, to which omitempty never applies: our structs and the helper types that are structs in Go. */
static bool is_go_struct(const struct api_field *f)
{
    if (f->shape != API_ONE) return false;
    switch (f->value) {
    case API_STRUCT: return f->type->form != API_FORM_LIST;
    case API_TIME:
    case API_MICROTIME:
    case API_DURATION:
    case API_QUANTITY:
    case API_INT_OR_STRING:
    case API_RAW:
    case API_FIELDS_V1: return true;
    default: return false;
    }
}

static bool is_omitted(const struct api_field *f, const struct json *v)
{
    if (f->flags & API_F_POINTER) return false;
    if ((f->flags & API_F_OMITZERO) && is_zero(v)) return true;
    if (!(f->flags & API_F_OMITEMPTY) || is_go_struct(f)) return false;
    if (v->type == JSON_OBJ) return v->count == 0 && f->shape == API_MAP;
    return f->value != API_ANY || f->shape != API_ONE ? is_zero(v) : v->type == JSON_NULL;
}

static bool is_written_absent(const struct api_field *f)
{
    if (f->flags & API_F_OMITZERO) return false;
    if (!(f->flags & API_F_OMITEMPTY)) return true;
    return is_go_struct(f) && !(f->flags & API_F_POINTER);
}

static struct json *absent_value(struct arena *a, const struct api_field *f)
{
    struct json *v = json_null(a);
    bool is_nil = f->flags & API_F_POINTER || f->shape != API_ONE || f->value == API_BYTES;
    if (!is_nil && !(f->value == API_STRUCT && f->type->form != API_FORM_STRUCT)) decode_zero(a, f, v);
    return v;
}

struct json *api_zero(struct arena *a, const struct api_type *t)
{
    struct json *j = json_obj(a);
    for (int i = 0; i < t->nfields; i++)
        if (is_written_absent(&t->fields[i])) node_add(j, t->fields[i].name, absent_value(a, &t->fields[i]));
    return j;
}

/* ---- What was sent and is not written ---- */

enum {
    EMPTY_BYTES = 15, /* bit of the one field of bytes that a struct has */
    EMPTY_LAST = 14,  /* of its fifteenth list or map, and of all behind it */
};

static bool is_many(const struct api_field *f)
{
    return f->shape != API_ONE || (f->value == API_STRUCT && f->type->form == API_FORM_LIST);
}

/* The bit of a field in .empties; nth: of the lists and maps of its struct. 0: the field has none. */
static uint16_t empty_bit(const struct api_field *f, int nth)
{
    if (is_many(f)) return (uint16_t)(1U << MIN(nth, EMPTY_LAST));
    return f->value == API_BYTES ? (uint16_t)(1U << EMPTY_BYTES) : 0;
}

/* The field of that name when its bit is set. */
static const struct api_field *noted_field(const struct json *node, const struct api_type *t, const char *name)
{
    if (!json_is(node, JSON_OBJ) || !node->empties) return NULL;
    for (int i = 0, nth = 0; i < t->nfields; nth += is_many(&t->fields[i++]))
        if (str_eqc(t->fields[i].name, name))
            return node->empties & empty_bit(&t->fields[i], nth) ? &t->fields[i] : NULL;
    return NULL;
}

bool api_sent_empty(const struct json *node, const struct api_type *t, const char *name)
{
    return noted_field(node, t, name) && !json_getc(node, name);
}

bool api_sent(const struct json *node, const struct api_type *t, const char *name)
{
    const struct json *v = json_getc(node, name);
    return v ? v->type != JSON_NULL : noted_field(node, t, name) != NULL;
}

const struct json *api_shown(struct arena *a, const struct json *node, const struct api_type *t, const char *name)
{
    const struct json *v = json_getc(node, name);
    const struct api_field *f = v ? NULL : noted_field(node, t, name);
    if (!f) return v;
    return f->shape == API_MAP ? json_obj(a) : is_many(f) ? json_arr(a) : json_strc(a, "");
}

const struct api_field *api_empty_bytes(const struct json *node, const struct api_type *t)
{
    if (!(node->empties & 1U << EMPTY_BYTES)) return NULL;
    for (int i = 0; i < t->nfields; i++)
        if (t->fields[i].value == API_BYTES && t->fields[i].shape == API_ONE) return &t->fields[i];
    return NULL;
}

bool api_has_empties(const struct json *tree, const struct api_type *t)
{
    if (json_is(tree, JSON_ARR)) {
        JSON_FOREACH(it, tree)
        if (api_has_empties(it, t)) return true;
        return false;
    }
    if (!json_is(tree, JSON_OBJ)) return false;
    for (int i = 0; i < t->nfields; i++) {
        const struct api_field *f = &t->fields[i];
        const struct json *v = json_get(tree, f->name);
        if (!v && tree->empties && is_many(f) && noted_field(tree, t, f->name.p)) return true;
        if (!v || f->value != API_STRUCT) continue;
        if (f->shape != API_MAP && api_has_empties(v, f->type)) return true;
        if (f->shape != API_MAP) continue;
        JSON_FOREACH(it, v)
        if (api_has_empties(it, f->type)) return true;
    }
    return false;
}

/* ---- Structs ---- */

/* Index of the field named key. The next few from `guess` on are tried first: clients send in order, with gaps. */
static int field_index(const struct api_type *t, struct str key, int guess)
{
    int end = MIN(guess + GUESSES, (int)t->nfields);
    for (int i = guess; i < end; i++) {
        struct str name = t->fields[i].name;
        if (name.n == key.n && name.n && name.p[0] == key.p[0] && !memcmp(name.p, key.p, key.n)) return i;
    }
    const struct api_field *f = api_field_of(t, key);
    return f ? (int)(f - t->fields) : -1;
}

static bool decode_field(const struct decode_pass *ps, const struct api_type *t, const struct api_field *f,
                         struct json *v, const struct decode_place *at)
{
    struct decode_place here = {.up = at, .name = f->name, .inlined = f->inlined};
    if (v->type == JSON_NULL) return true; /* Go: no-op */
    if (f->shape == API_LIST) return decode_list(ps, t, f, v, &here);
    if (f->shape == API_MAP) return decode_map(ps, t, f, v, &here);
    return decode_one(ps, t, f, v, &here);
}

/* apiVersion and kind of the root travel beside the tree. f: the field of that name, NULL when there is none; one with
 * a protobuf number is the type's own (ObjectReference), not TypeMeta's. */
static bool is_root_meta(const struct decode_place *at, struct str key, const struct api_field *f)
{
    return !at && (!f || !f->proto) && (str_eq(key, STR("kind")) || str_eq(key, STR("apiVersion")));
}

/* Puts the members of j into slots by field, decoded. */
static bool collect(const struct decode_pass *ps, const struct api_type *t, struct json *j,
                    const struct decode_place *at, struct json **slots)
{
    int guess = 0;
    bool meta[2] = {false, false}; /* apiVersion and kind were there */
    JSON_FOREACH(it, j)
    {
        int i = field_index(t, it->key, guess);
        if (is_root_meta(at, it->key, i < 0 ? NULL : &t->fields[i])) {
            bool *seen = &meta[it->key.p[0] == 'k'];
            if (*seen) note(ps, "duplicate", at, it->key);
            *seen = true;
            continue;
        }
        if (i < 0) {
            note(ps, "unknown", at, it->key);
            continue;
        }
        guess = i + 1;
        if (slots[i]) note(ps, "duplicate", at, it->key);
        if (!decode_field(ps, t, &t->fields[i], it, at)) return false;
        slots[i] = it;
    }
    return true;
}

static bool is_lost_in_store(const struct api_type *t, const struct api_field *f, const struct json *v)
{
    return f->shape != API_ONE && !v->count && t->nnumbers && !(f->flags & (API_F_OMITEMPTY | API_F_POINTER));
}

static bool decode_struct(const struct decode_pass *ps, const struct api_type *t, struct json *j,
                          const struct decode_place *at)
{
    struct json *room[SLOTS_ON_STACK], **slots = room;
    if (t->nfields > SLOTS_ON_STACK)
        slots = ARENA_ARRAY(ps->a, struct json *, t->nfields);
    else
        memset(room, 0, t->nfields * sizeof(*room));
    if (!collect(ps, t, j, at, slots)) return false;
    j->u.kids.head = j->u.kids.tail = NULL;
    j->count = j->empties = 0;
    j->flags &= (uint8_t)~JSON_F_DUP_KEYS;
    for (int i = 0, nth = 0; i < t->nfields; nth += is_many(&t->fields[i++])) {
        const struct api_field *f = &t->fields[i];
        if (!slots[i] && !is_written_absent(f)) continue;
        bool sent = slots[i] && slots[i]->type != JSON_NULL;
        if (sent && ps->to_store && is_lost_in_store(t, f, slots[i])) slots[i]->type = JSON_NULL;
        if (sent && !is_omitted(f, slots[i]))
            node_add(j, f->name, slots[i]);
        else if (sent)
            j->empties |= empty_bit(f, nth);
        else if (!sent && is_written_absent(f))
            node_add(j, f->name, absent_value(ps->a, f));
    }
    return true;
}

static bool decode_root(struct decode_pass ps, const struct api_type *t, struct json *j)
{
    struct str version, first = STR_NULL;
    ps.first = &first;
    if (json_is(j, JSON_OBJ)) {
        if (!decode_struct(&ps, t, j, NULL)) return false;
        return str_is_null(first) || err_set(ps.e, ERR_BAD_REQUEST, "%.*s", STR_ARG(first));
    }
    str_cut(str_of(t->package), '/', &version);
    return err_set(ps.e, ERR_BAD_REQUEST, "json: cannot unmarshal %s into Go value of type %.*s.%s", json_type_word(j),
                   STR_ARG(version), t->name);
}

bool api_decode(struct arena *a, const struct api_type *t, struct json *j, struct decode_notes *notes, struct err *e)
{
    const struct decode_pass ps = {.a = a, .notes = notes, .e = e};
    if (notes) notes->count = notes->more = 0;
    return decode_root(ps, t, j);
}

bool api_decode_for_store(struct arena *a, const struct api_type *t, struct json *j, struct err *e)
{
    const struct decode_pass ps = {.a = a, .e = e, .to_store = true};
    return decode_root(ps, t, j);
}
