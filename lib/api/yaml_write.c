/* yaml_write.c - JSON trees as YAML, as sigs.k8s.io/yaml writes them, keys in tree order; and the order it has them in.
 * Reads: trees.   Writes: a buf, through libyaml's emitter.   Upstream: go.yaml.in/yaml/v2 encode.go, sorter.go. */
#include "yaml.h"

#include "yaml_scalar.h"

#include <math.h>
#include <stdio.h>
#include <yaml.h>

struct writer {
    yaml_emitter_t emitter;
    bool ok;
};

static int add_bytes(void *out, unsigned char *bytes, size_t n)
{
    buf_add(out, bytes, n);
    return 1;
}

/* `made`: the event was initialised. */
static void emit(struct writer *w, yaml_event_t *event, int made)
{
    if (!made)
        w->ok = false;
    else if (!yaml_emitter_emit(&w->emitter, event))
        w->ok = false;
}

static void write_plain(struct writer *w, struct str text, yaml_scalar_style_t style)
{
    yaml_event_t event;
    emit(w, &event,
         yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)(text.n ? text.p : ""), (int)text.n, 1,
                                      1, style));
}

/* "1:30" and "190:20:30.5": numbers to other YAML 1.1 readers. */
static bool is_base60(struct str s)
{
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+'), start = i, colons = 0;
    while (i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] == '_' && i > start))) i++;
    if (i == start) return false;
    while (i + 1 < s.n && s.p[i] == ':') {
        size_t digits = 1;
        if (s.p[i + 1] < '0' || s.p[i + 1] > '9') return false;
        if (i + 2 < s.n && s.p[i + 2] >= '0' && s.p[i + 2] <= '9') digits = s.p[i + 1] <= '5' ? 2 : 0;
        if (!digits) return false;
        i += 1 + digits;
        colons++;
    }
    if (i < s.n && s.p[i] == '.')
        for (i++; i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_');) i++;
    return colons && i == s.n;
}

static bool is_nel(struct str s, size_t i) { return i + 1 < s.n && !memcmp(s.p + i, "\xc2\x85", 2); }

static bool has_nel(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (is_nel(s, i)) return true;
    return false;
}

/* A NEL is a line break to YAML 1.1, and upstream reads the JSON text of an object as YAML before it writes it: lines
 * are folded there, so a NEL and the spaces about it become one space, or n NELs n - 1 line ends. Keys keep theirs, in
 * quotes: upstream's detour fails at them. */
static void fold_nels(struct buf *out, struct str s)
{
    for (size_t i = 0, end; i < s.n; i = end) {
        size_t nels = 0;
        for (end = i; end < s.n && (s.p[end] == ' ' || is_nel(s, end)); end += s.p[end] == ' ' ? 1 : 2)
            nels += s.p[end] != ' ';
        if (!nels) {
            end = MAX(end, i + 1);
            buf_str(out, str_n(s.p + i, end - i));
        } else if (nels == 1) {
            buf_char(out, ' ');
        } else {
            while (--nels) buf_char(out, '\n');
        }
    }
}

/* A break that only quotes keep: libyaml puts spaces behind LS and PS at the end of a text. */
static bool has_odd_break(struct str s)
{
    return has_nel(s) || str_ends(s, STR("\xe2\x80\xa8")) || str_ends(s, STR("\xe2\x80\xa9"));
}

/* "<<" is a word of its own only as a key: there upstream's text would merge. */
static void write_text(struct writer *w, struct str s, bool is_key)
{
    if (!is_key && has_nel(s)) {
        struct buf folded AUTO_BUF = {0};
        buf_init(&folded, s.n + 1);
        fold_nels(&folded, s);
        write_text(w, buf_view(&folded), is_key);
        return;
    }
    struct yaml_scalar v;
    yaml_scalar_resolve(s.n ? s : STR(""), &v);
    bool plain = (v.kind == YAML_STR || (v.kind == YAML_MERGE && !is_key)) && !is_base60(s);
    yaml_scalar_style_t style = plain ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    if (s.n && memchr(s.p, '\n', s.n)) style = YAML_LITERAL_SCALAR_STYLE;
    if (has_odd_break(s)) style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    write_plain(w, s, style);
}

static void write_number(struct writer *w, const struct json *j)
{
    char text[YAML_REAL_MAX];
    struct str s = j->u.s; /* whole numbers beyond int64 stay as they are */
    bool whole = true;
    if (j->type == JSON_INT)
        snprintf(text, sizeof text, "%lld", (long long)j->u.i);
    else
        for (size_t i = 0; i < s.n; i++) whole &= s.p[i] != '.' && s.p[i] != 'e' && s.p[i] != 'E';
    double v = json_number(j);
    bool as_written = j->type == JSON_REAL && (whole || !isfinite(v)); /* 1e999 is a number in JSON, and no float64 */
    if (j->type == JSON_REAL && !as_written) yaml_real_general(v, text);
    write_plain(w, as_written ? s : str_of(text), YAML_PLAIN_SCALAR_STYLE);
}

static void write_node(struct writer *w, const struct json *j);

static void write_raw(struct writer *w, struct str text)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *j = json_parse(&a, text, &e);
    if (j)
        write_node(w, j);
    else
        write_plain(w, STR("null"), YAML_PLAIN_SCALAR_STYLE);
}

static void write_node(struct writer *w, const struct json *j)
{
    yaml_event_t event;
    switch (j->type) {
    case JSON_NULL: write_plain(w, STR("null"), YAML_PLAIN_SCALAR_STYLE); return;
    case JSON_BOOL: write_plain(w, j->u.b ? STR("true") : STR("false"), YAML_PLAIN_SCALAR_STYLE); return;
    case JSON_INT:
    case JSON_REAL: write_number(w, j); return;
    case JSON_STR: write_text(w, j->u.s, false); return;
    case JSON_RAW: write_raw(w, j->u.s); return;
    case JSON_ARR:
        emit(w, &event, yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
        JSON_FOREACH(it, j) write_node(w, it);
        emit(w, &event, yaml_sequence_end_event_initialize(&event));
        return;
    default:
        emit(w, &event, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
        JSON_FOREACH(it, j)
        {
            write_text(w, it->key, true);
            write_node(w, it);
        }
        emit(w, &event, yaml_mapping_end_event_initialize(&event));
    }
}

void yaml_write(struct buf *out, const struct json *j)
{
    struct writer w = {.ok = true};
    yaml_event_t event;
    size_t before = out->n;
    if (yaml_emitter_initialize(&w.emitter)) {
        yaml_emitter_set_output(&w.emitter, add_bytes, out);
        yaml_emitter_set_unicode(&w.emitter, 1);
        emit(&w, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
        emit(&w, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
        write_node(&w, j);
        emit(&w, &event, yaml_document_end_event_initialize(&event, 1));
        emit(&w, &event, yaml_stream_end_event_initialize(&event));
        yaml_emitter_delete(&w.emitter);
    } else {
        w.ok = false;
    }
    if (w.ok) {
        /* libyaml says "..." behind text that ends with empty lines; go-yaml does not. */
        if (out->n - before > 5 && !memcmp(out->p + out->n - 5, "\n...\n", 5)) out->n -= 4;
        return;
    }
    /* Text that is no UTF-8 has no YAML form; JSON, which is YAML too, can show it. */
    out->n = before;
    json_write_indent(out, j, 2);
    buf_char(out, '\n');
}

/* ---- The order of keys ---- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c & 0x80; }

/* Is there a digit other than 0 in the run of digits that ends before s[at]? */
static bool continues_number(struct str s, size_t at)
{
    while (at > 0 && is_digit(s.p[at - 1]))
        if (s.p[--at] != '0') return true;
    return false;
}

/* The value of the digits from s[*at] on, moving *at behind them. It wraps, as upstream's does. */
static int64_t number_at(struct str s, size_t *at, bool carried)
{
    uint64_t v = carried;
    for (; *at < s.n && is_digit(s.p[*at]); (*at)++) v = v * 10 + (uint64_t)(s.p[*at] - '0');
    return (int64_t)v;
}

/* a and b differ first at i. Comparing bytes of UTF-8 is comparing characters. */
static int order_at(struct str a, struct str b, size_t i)
{
    bool a_letter = is_letter(a.p[i]), b_letter = is_letter(b.p[i]);
    int by_byte = (unsigned char)a.p[i] < (unsigned char)b.p[i] ? -1 : 1;
    if (a_letter && b_letter) return by_byte;
    if (a_letter || b_letter) return b_letter ? -1 : 1;
    bool carried = (a.p[i] == '0' || b.p[i] == '0') && continues_number(a, i);
    size_t a_end = i, b_end = i;
    int64_t a_number = number_at(a, &a_end, carried), b_number = number_at(b, &b_end, carried);
    if (a_number != b_number) return a_number < b_number ? -1 : 1;
    if (a_end != b_end) return a_end < b_end ? -1 : 1;
    return by_byte;
}

static int key_order(struct str a, struct str b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++)
        if (a.p[i] != b.p[i]) return order_at(a, b, i);
    return a.n < b.n ? -1 : a.n > b.n;
}

void yaml_sort(struct json *j)
{
    if (json_is(j, JSON_OBJ)) json_sort_by(j, key_order);
    JSON_FOREACH(it, j) yaml_sort(it);
}
