/* parse_type.c - the small languages inside a line: types such as ?[Container] and attributes such as listkeys=a,b. */
#include "gen.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *word, *value;
} builtin_types[] = {
    {"string", "API_STRING"},
    {"int32", "API_INT32"},
    {"int64", "API_INT64"},
    {"bool", "API_BOOL"},
    {"double", "API_DOUBLE"},
    {"bytes", "API_BYTES"},
    {"time", "API_TIME"},
    {"microtime", "API_MICROTIME"},
    {"duration", "API_DURATION"},
    {"quantity", "API_QUANTITY"},
    {"intorstring", "API_INT_OR_STRING"},
    {"raw", "API_RAW"},
    {"fieldsv1", "API_FIELDS_V1"},
    {"any", "API_ANY"},
};

/* A value with blanks is quoted. */
static char *without_quotes(const char *text, size_t n)
{
    char *out = gen_dup(text, n), *o = out;
    for (const char *p = out; *p; p++)
        if (*p != '"') *o++ = *p;
    *o = '\0';
    return out;
}

static bool parse_enum(struct pos at, const char *text, struct type_ref *out)
{
    size_t n = strlen(text);
    if (n < 7 || text[n - 1] != ')') return diag(at, "bad enum \"%s\": want enum(A|B)", text), false;
    out->value = "API_STRING";
    out->enums = without_quotes(text + 5, n - 6);
    struct list values = split_text(out->enums, '|'), seen = {0};
    LIST_EACH(char, v, &values)
    {
        if (list_has_text(&seen, v)) return diag(at, "enum value \"%s\" is there twice", v), false;
        list_add_text(&seen, v);
    }
    return true;
}

bool parse_type_ref(struct pos at, const char *text, struct type_ref *out)
{
    const char *whole = text;
    *out = (struct type_ref){.shape = '1'};
    if (*text == '?') {
        out->pointer = true;
        text++;
    }
    if (*text == '[' || *text == '{') {
        char close = *text == '[' ? ']' : '}';
        size_t n = strlen(text);
        if (text[n - 1] != close) return diag(at, "bad type \"%s\": no closing %c", whole, close), false;
        out->shape = close == ']' ? 'L' : 'M';
        text = gen_dup(text + 1, n - 2);
    }
    if (out->pointer && out->shape != '1')
        return diag(at, "bad type \"%s\": a list or map is no pointer", whole), false;
    if (!strncmp(text, "enum(", 5)) return parse_enum(at, text, out);
    for (size_t i = 0; i < sizeof(builtin_types) / sizeof(builtin_types[0]); i++) {
        if (strcmp(text, builtin_types[i].word) != 0) continue;
        out->value = builtin_types[i].value;
        return true;
    }
    const char *dot = strrchr(text, '.');
    const char *name = strchr(text, '/') && dot ? dot + 1 : text;
    if (!isupper((unsigned char)*name)) return diag(at, "unknown type \"%s\"", whole), false;
    out->value = "API_STRUCT";
    out->name = text;
    return true;
}

bool is_hook_name(struct pos at, const char *s)
{
    const char *p = s;
    while (islower((unsigned char)*p) || (p > s && (isdigit((unsigned char)*p) || *p == '_'))) p++;
    if (*s && !*p) return true;
    return diag(at, "\"%s\" is no name of a hook", s), false;
}

static bool set_attr(struct pos at, const struct attr *a, const char *value, void *base)
{
    bool *flag = (bool *)((char *)base + a->flag_at);
    const char **text = (const char **)((char *)base + a->text_at);
    if (value && a->kind == ATTR_FLAG) return diag(at, "\"%s\" takes no value", a->name), false;
    if ((!value || !*value) && a->kind == ATTR_TEXT) return diag(at, "\"%s\" needs a value", a->name), false;
    if (a->kind == ATTR_TEXT ? *text != NULL : *flag) return diag(at, "\"%s\" is given twice", a->name), false;
    if (value && a->is_hook) {
        if (!strncmp(value, "fn:", 3)) value += 3;
        if (!is_hook_name(at, value)) return false;
    }
    if (a->kind != ATTR_TEXT) *flag = true;
    if (value) *text = value;
    return true;
}

bool parse_attrs(const struct line *l, int from, const struct attr *attrs, size_t nattrs, void *base)
{
    for (int i = from; i < l->nwords; i++) {
        char *word = l->words[i], *eq = strchr(word, '=');
        size_t n = eq ? (size_t)(eq - word) : strlen(word), k = 0;
        while (k < nattrs && !(strlen(attrs[k].name) == n && !memcmp(attrs[k].name, word, n))) k++;
        if (k == nattrs) return diag(l->at, "unknown attribute \"%.*s\"", (int)n, word), false;
        if (!set_attr(l->at, &attrs[k], eq ? eq + 1 : NULL, base)) return false;
    }
    return true;
}
