/* scan.c - extents of JSON values in a text. Reads: the text.   Writes: nothing. */
#include "scan.h"

#include "base/json_scan.h"

static size_t skip_space(struct str s, size_t i)
{
    while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\n' || s.p[i] == '\t' || s.p[i] == '\r')) i++;
    return i;
}

/* Behind the string that begins at i; s.n when it does not end. */
static size_t skip_string(struct str s, size_t i)
{
    const char *p = s.p + i + 1, *end = s.p + s.n;
    while (p < end) {
        p = json_skip_plain(p, end);
        if (p >= end) break;
        if (*p == '"') return (size_t)(p - s.p) + 1;
        p += *p == '\\' ? 2 : 1;
    }
    return s.n;
}

/* Behind the value that begins at i. */
static size_t skip_value(struct str s, size_t i)
{
    size_t depth = 0;
    while (i < s.n) {
        char c = s.p[i];
        if (c == '"') {
            i = skip_string(s, i);
        } else if (c == '{' || c == '[') {
            depth++;
            i++;
        } else if (c == '}' || c == ']') {
            if (depth == 0) return i;
            depth--;
            i++;
        } else if (depth == 0 && (c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t')) {
            return i;
        } else {
            i++;
            continue;
        }
        if (depth == 0) return i;
    }
    return s.n;
}

struct str scan_member(struct str object, const char *name)
{
    size_t i = skip_space(object, 0), want = strlen(name);
    if (i >= object.n || object.p[i] != '{') return STR_NULL;
    i = skip_space(object, i + 1);
    while (i < object.n && object.p[i] == '"') {
        size_t key = i + 1, key_end = skip_string(object, i);
        i = skip_space(object, key_end);
        if (i >= object.n || object.p[i] != ':') return STR_NULL;
        size_t value = skip_space(object, i + 1), end = skip_value(object, value);
        if (key_end - 1 - key == want && memcmp(object.p + key, name, want) == 0)
            return str_n(object.p + value, end - value);
        i = skip_space(object, end);
        if (i < object.n && object.p[i] == ',') i = skip_space(object, i + 1);
    }
    return STR_NULL;
}

bool scan_element(struct str array, size_t *at, struct str *element)
{
    size_t i = skip_space(array, *at);
    if (i >= array.n || array.p[i] != (*at ? ',' : '[')) return false;
    i = skip_space(array, i + 1);
    size_t end = skip_value(array, i);
    if (end == i) return false;
    *element = str_n(array.p + i, end - i);
    *at = end;
    return true;
}

struct str scan_plain_string(struct str text)
{
    if (text.n < 2 || text.p[0] != '"' || text.p[text.n - 1] != '"') return STR_NULL;
    const char *end = text.p + text.n - 1;
    return json_skip_plain(text.p + 1, end) == end ? str_n(text.p + 1, text.n - 2) : STR_NULL;
}

bool scan_event(struct str line, struct str *type, struct str *object)
{
    static const struct str head = {"{\"type\":\"", 9}, middle = {"\",\"object\":", 11};
    while (line.n && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' ')) line.n--;
    if (str_starts(line, head) && line.p[line.n - 1] == '}') {
        struct str rest = str_from(line, head.n);
        size_t quote = str_chr(rest, '"');
        if (quote != SIZE_MAX && str_starts(str_from(rest, quote), middle)) {
            *type = str_n(rest.p, quote);
            *object = str_from(rest, quote + middle.n);
            object->n--;
            return true;
        }
    }
    *type = scan_plain_string(scan_member(line, "type"));
    *object = scan_member(line, "object");
    return type->p && object->p;
}
