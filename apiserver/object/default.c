/* default.c - the defaulting pass, and small helpers of the hooks.
 * Reads: the schema's defaults, api_default_hooks, api_type_default_hooks.   Writes: a normalised tree, in place. */
#include "apiserver/object/object.h"

#include "api/quantity.h"
#include "apiserver/object/hooks.h"

static bool is_zero(const struct json *v)
{
    switch (v ? v->type : JSON_NULL) {
    case JSON_NULL: return true;
    case JSON_BOOL: return !v->u.b;
    case JSON_INT: return v->u.i == 0;
    case JSON_STR: return v->u.s.n == 0;
    case JSON_ARR: return v->count == 0;
    default: return false;
    }
}

/* A pointer field is set when it is there; any other when it is not zero. */
static bool wants_default(const struct api_field *f, const struct json *v)
{
    if (!f->default_json && !f->default_hook) return false;
    return f->flags & API_F_POINTER ? !v || v->type == JSON_NULL : is_zero(v);
}

/* Amounts of resources have thousandths and nothing below (SetDefaults_ResourceList). */
static void round_amounts(struct arena *a, struct json *amounts)
{
    enum { NANO_PER_MILLI = 1000000 };
    JSON_FOREACH(it, amounts)
    {
        struct str text = json_string(it);
        struct qty q;
        struct err e = ERR_INIT;
        char out[QTY_TEXT_MAX];
        bool small = text.n && (text.p[text.n - 1] == 'n' || text.p[text.n - 1] == 'u');
        if (!small && str_chr(text, 'e') == SIZE_MAX && str_chr(text, '.') == SIZE_MAX) continue;
        if (!qty_parse(text, &q, &e) || q.nano % NANO_PER_MILLI == 0) continue;
        q.nano += (q.nano > 0 ? NANO_PER_MILLI : -NANO_PER_MILLI) - q.nano % NANO_PER_MILLI; /* away from zero */
        it->u.s = str_copy(a, str_of(qty_write(&q, out)));
    }
}

static void default_children(struct arena *a, const struct api_field *f, struct json *v)
{
    if (v && f->value == API_QUANTITY && f->shape == API_MAP) round_amounts(a, v);
    if (f->value != API_STRUCT || !v) return;
    if (f->shape == API_ONE) {
        object_default(a, f->type, v);
        return;
    }
    JSON_FOREACH(it, v) object_default(a, f->type, it);
}

void object_default(struct arena *a, const struct api_type *t, struct json *node)
{
    if (!json_is(node, JSON_OBJ)) return;
    uint32_t before = node->count;
    /* Members are in schema order: walk them beside the fields. */
    struct json *it = node->u.kids.head;
    for (int i = 0; i < t->nfields; i++) {
        const struct api_field *f = &t->fields[i];
        struct json *v = it && str_eq(it->key, f->name) ? it : NULL;
        if (v) it = it->next;
        if (wants_default(f, v)) {
            struct err e = ERR_INIT;
            if (f->default_hook)
                api_default_hooks[f->default_hook](a, node, f);
            else
                json_set(a, node, f->name, json_parse(a, str_of(f->default_json), &e));
            v = json_get(node, f->name);
        }
        default_children(a, f, v);
    }
    if (t->default_hook && api_type_default_hooks[t->default_hook]) api_type_default_hooks[t->default_hook](a, node);
    if (node->count != before) object_order(t, node, a);
}

/* ---- Base64 ---- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct str object_base64(struct arena *a, struct str bytes)
{
    size_t n = (bytes.n + 2) / 3 * 4;
    char *out = arena_alloc(a, n + 1), *o = out;
    for (size_t i = 0; i < bytes.n; i += 3) {
        uint32_t v = (uint32_t)(uint8_t)bytes.p[i] << 16;
        if (i + 1 < bytes.n) v |= (uint32_t)(uint8_t)bytes.p[i + 1] << 8;
        if (i + 2 < bytes.n) v |= (uint8_t)bytes.p[i + 2];
        *o++ = alphabet[v >> 18];
        *o++ = alphabet[v >> 12 & 63];
        *o++ = i + 1 < bytes.n ? alphabet[v >> 6 & 63] : '=';
        *o++ = i + 2 < bytes.n ? alphabet[v & 63] : '=';
    }
    *o = '\0';
    return str_n(out, n);
}

bool object_unbase64(struct arena *a, struct str text, struct str *bytes)
{
    while (text.n && text.p[text.n - 1] == '=') text.n--;
    char *out = arena_alloc(a, text.n / 4 * 3 + 4), *o = out;
    uint32_t v = 0;
    int bits = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char *at = text.p[i] ? strchr(alphabet, text.p[i]) : NULL;
        if (!at) return false;
        v = v << 6 | (uint32_t)(at - alphabet);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *o++ = (char)(v >> bits);
        }
    }
    *bytes = str_n(out, (size_t)(o - out));
    return true;
}
