/* selector_field.c - field selectors: "metadata.name=x,status.phase!=Running".
 * Reads: text.   Writes: struct selector in the caller's arena.   Upstream: apimachinery pkg/fields/selector.go. */
#include "selector.h"

#include <stdlib.h>

/* The part up to the first comma without a backslash before it; *rest as str_cut. */
static struct str cut_term(struct str s, struct str *rest)
{
    bool escaped = false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ',' && !escaped) {
            *rest = str_from(s, i + 1);
            return str_n(s.p, i);
        }
        escaped = !escaped && s.p[i] == '\\';
    }
    *rest = STR_NULL;
    return s;
}

static bool split_term(struct str term, struct str *label, enum sel_op *op, struct str *value)
{
    for (size_t i = 0; i < term.n; i++) {
        struct str rest = str_from(term, i);
        bool differs = str_starts(rest, STR("!="));
        if (!differs && rest.p[0] != '=') continue;
        *label = str_n(term.p, i);
        *op = differs ? SEL_NE : SEL_EQ;
        *value = str_from(rest, differs || str_starts(rest, STR("==")) ? 2 : 1);
        return true;
    }
    return false;
}

/* Bytes of the character at p, for messages. */
static int character_length(struct str s)
{
    unsigned char c = (unsigned char)s.p[0];
    int want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    return want <= (int)s.n ? want : (int)s.n;
}

static bool unescape(struct arena *a, struct str s, struct str *out, struct err *e)
{
    char *text = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '=' || s.p[i] == ',')
            return err_set(e, ERR_BAD_REQUEST, "invalid field selector: unescaped character in value: %d", s.p[i]);
        if (s.p[i] == '\\') {
            struct str rest = str_from(s, ++i);
            if (!rest.n || !memchr("\\,=", rest.p[0], 3))
                return err_set(e, ERR_BAD_REQUEST, "invalid field selector: invalid escape sequence: \\%.*s",
                               rest.n ? character_length(rest) : 0, rest.p);
        }
        text[n++] = s.p[i];
    }
    *out = str_n(text, n);
    return true;
}

static int compare_str(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

bool field_sel_parse(struct arena *a, struct str text, struct selector *out, struct err *e)
{
    *out = (struct selector){0};
    size_t max = 1, nparts = 0;
    for (size_t i = 0; i < text.n; i++) max += text.p[i] == ',';
    struct str *parts = ARENA_ARRAY(a, struct str, max);
    for (struct str rest = text; !str_is_null(rest);) parts[nparts++] = cut_term(rest, &rest);
    if (nparts > 1) qsort(parts, nparts, sizeof *parts, compare_str); /* the order of errors and of terms upstream */
    out->terms = ARENA_ARRAY(a, struct sel_term, max);
    for (size_t i = 0; i < nparts; i++) {
        struct sel_term *t = &out->terms[out->count];
        struct str value;
        if (!parts[i].n) continue;
        if (!split_term(parts[i], &t->key, &t->op, &value))
            return err_set(e, ERR_BAD_REQUEST, "invalid selector: '%.*s'; can't understand '%.*s'", STR_ARG(text),
                           STR_ARG(parts[i]));
        t->values = ARENA_NEW(a, struct str);
        t->nvalues = 1;
        if (!unescape(a, value, t->values, e)) return false;
        if (!t->key.n && !t->values[0].n) continue; /* "=" selects everything */
        t->key = str_copy(a, t->key);
        out->count++;
    }
    return true;
}

bool field_sel_match(const struct selector *s, struct str (*get)(void *arg, struct str label), void *arg)
{
    if (s->nothing) return false;
    for (int i = 0; i < s->count; i++) {
        const struct sel_term *t = &s->terms[i];
        if (str_eq(get(arg, t->key), t->values[0]) != (t->op == SEL_EQ)) return false;
    }
    return true;
}
