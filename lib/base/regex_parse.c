/* regex_parse.c - a pattern becomes a tree.
 * Reads: the pattern.   Writes: the arena.
 * Upstream: Go's regexp/syntax/parse.go, with Perl's flags. */
#include "regex_priv.h"

#include "hex.h"
#include "utf8.h"

enum { FLAG_FOLD = 1, FLAG_DOT_NL = 2, FLAG_MULTI = 4, FLAG_LAZY = 8 };

struct parse {
    struct arena *a;
    const char *at, *end;
    int depth;
    unsigned flags;
    struct err *e;
};

static struct regex_node *parse_alternatives(struct parse *p);

static void *fail(struct parse *p, const char *why, const char *from, const char *to)
{
    (void)err_set(p->e, ERR_BAD_REQUEST, "error parsing regexp: %s: `%.*s`", why, (int)(to - from), from);
    return NULL;
}

static struct regex_node *node(struct parse *p, enum regex_kind kind)
{
    struct regex_node *n = ARENA_NEW(p->a, struct regex_node);
    n->kind = kind;
    return n;
}

static void append(struct regex_node *parent, struct regex_node *kid)
{
    if (parent->last)
        parent->last->next = kid;
    else
        parent->first = kid;
    parent->last = kid;
}

static struct regex_node *class_node(struct parse *p)
{
    struct regex_node *n = node(p, REGEX_CLASS);
    n->set = ARENA_NEW(p->a, struct regex_class);
    return n;
}

static bool looking_at(const struct parse *p, const char *text)
{
    size_t n = strlen(text);
    return (size_t)(p->end - p->at) >= n && memcmp(p->at, text, n) == 0;
}

static uint32_t next_rune(struct parse *p)
{
    uint32_t rune;
    p->at += utf8_decode(p->at, p->end, &rune);
    return rune;
}

/* ---- Escapes ---- */

/* Behind "\x". */
static bool parse_hex(struct parse *p, uint32_t *rune)
{
    bool braces = p->at < p->end && *p->at == '{';
    int digits = 0;
    *rune = 0;
    if (braces) p->at++;
    for (; p->at < p->end && hex_digit(*p->at) >= 0 && (braces || digits < 2); p->at++, digits++) {
        *rune = *rune << 4 | (uint32_t)hex_digit(*p->at);
        if (*rune > REGEX_RUNE_MAX) return false;
    }
    if (!braces) return digits == 2;
    return digits > 0 && p->at < p->end && *p->at++ == '}';
}

/* A character behind a backslash. */
static bool parse_escape(struct parse *p, uint32_t *rune)
{
    static const char letters[] = "aftnrv", values[] = "\a\f\t\n\r\v";
    const char *from = p->at - 1;
    if (p->at == p->end) return fail(p, "trailing backslash at end of expression", "", ""), false;
    char c = *p->at++;
    const char *letter = memchr(letters, c, sizeof letters - 1);
    if (letter) return *rune = (unsigned char)values[letter - letters], true;
    if (c == 'x' && parse_hex(p, rune)) return true;
    if (c >= '1' && c <= '7' && p->at < p->end && *p->at >= '0' && *p->at <= '7') p->at--, c = '0';
    if (c == '0') {
        *rune = 0;
        for (int i = 0; i < 3 && p->at < p->end && *p->at >= '0' && *p->at <= '7'; i++)
            *rune = *rune * 8 + (uint32_t)(*p->at++ - '0');
        return true;
    }
    bool word = c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    if (!word && !(c & 0x80)) return *rune = (unsigned char)c, true;
    return fail(p, "invalid escape sequence", from, p->at), false;
}

/* \d \pL and the like, behind the backslash; false: it is none, or *failed. */
static bool parse_set_escape(struct parse *p, struct regex_class *c, bool *failed)
{
    const char *from = p->at - 1;
    if (p->at == p->end) return false;
    if (strchr("dwsDWS", *p->at)) return regex_class_add_named(p->a, c, *p->at++), true;
    if (*p->at != 'p' && *p->at != 'P') return false;
    bool negated = *p->at++ == 'P';
    struct str name = p->at < p->end ? str_n(p->at, 1) : STR("");
    if (name.n && *p->at == '{') {
        const char *close = memchr(p->at, '}', (size_t)(p->end - p->at));
        name = close ? str_n(p->at + 1, (size_t)(close - p->at - 1)) : STR("");
        p->at = close ? close + 1 : p->end;
    } else {
        p->at += name.n;
    }
    if (name.n && name.p[0] == '^') {
        negated = !negated;
        name = str_from(name, 1);
    }
    if (regex_class_add_property(c, name, negated)) return true;
    *failed = true;
    fail(p, "invalid character class range", from, p->at);
    return false;
}

/* ---- [..] ---- */

static bool parse_bound(struct parse *p, const char *from, uint32_t *rune)
{
    if (p->at == p->end) return fail(p, "missing closing ]", from, p->end), false;
    if (*p->at != '\\') return *rune = next_rune(p), true;
    p->at++;
    return parse_escape(p, rune);
}

/* "[:alpha:]" within a class. False: it is none, or *failed. */
static bool parse_posix(struct parse *p, struct regex_class *c, bool *failed)
{
    if (!looking_at(p, "[:")) return false;
    const char *close = memmem(p->at + 2, (size_t)(p->end - p->at - 2), ":]", 2), *from = p->at;
    if (!close) return false;
    struct str name = str_n(p->at + 2, (size_t)(close - p->at - 2));
    bool negated = name.n && name.p[0] == '^';
    if (regex_class_add_posix(p->a, c, str_from(name, negated), negated)) return p->at = close + 2, true;
    *failed = true;
    fail(p, "invalid character class range", from, close + 2);
    return false;
}

static bool parse_class_item(struct parse *p, struct regex_class *c, const char *from)
{
    bool failed = false;
    uint32_t low, high;
    if (parse_posix(p, c, &failed)) return true;
    if (failed) return false;
    if (*p->at == '\\') {
        p->at++;
        if (parse_set_escape(p, c, &failed)) return true;
        if (failed) return false;
        p->at--;
    }
    const char *begin = p->at;
    if (!parse_bound(p, from, &low)) return false;
    high = low;
    if (p->end - p->at >= 2 && p->at[0] == '-' && p->at[1] != ']') {
        p->at++;
        if (!parse_bound(p, from, &high)) return false;
        if (high < low) return fail(p, "invalid character class range", begin, p->at), false;
    }
    regex_class_add(p->a, c, low, high);
    return true;
}

static struct regex_node *parse_class(struct parse *p)
{
    struct regex_node *n = class_node(p);
    const char *from = p->at++;
    if (p->at < p->end && *p->at == '^') {
        p->at++;
        n->set->negated = true;
    }
    for (bool first = true; p->at < p->end && (*p->at != ']' || first); first = false)
        if (!parse_class_item(p, n->set, from)) return NULL;
    if (p->at == p->end) return fail(p, "missing closing ]", from, p->end);
    p->at++;
    if (p->flags & FLAG_FOLD) regex_class_fold(p->a, n->set);
    return n;
}

/* ---- Groups ---- */

static bool parse_flags(struct parse *p, const char *from, bool *group)
{
    unsigned flags = p->flags;
    bool off = false;
    for (; p->at < p->end; p->at++) {
        static const char letters[] = "ismU";
        const char *letter = memchr(letters, *p->at, sizeof letters - 1);
        if (letter) {
            unsigned bit = (unsigned[]){FLAG_FOLD, FLAG_DOT_NL, FLAG_MULTI, FLAG_LAZY}[letter - letters];
            flags = off ? flags & ~bit : flags | bit;
        } else if (*p->at == '-' && !off) {
            off = true;
        } else {
            break;
        }
    }
    if (p->at == p->end || (*p->at != ':' && *p->at != ')'))
        return fail(p, "invalid or unsupported Perl syntax", from, p->at < p->end ? p->at + 1 : p->end), false;
    *group = *p->at++ == ':';
    p->flags = flags;
    return true;
}

static bool parse_group_name(struct parse *p, const char *from)
{
    p->at += looking_at(p, "?P<") ? 3 : 2;
    const char *close = memchr(p->at, '>', (size_t)(p->end - p->at));
    if (!close) return fail(p, "invalid named capture", from, p->end), false;
    bool ok = close > p->at;
    for (const char *c = p->at; c < close; c++)
        ok = ok && (*c == '_' || (*c >= '0' && *c <= '9') || ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z'));
    if (!ok) return fail(p, "invalid named capture", from, close + 1), false;
    p->at = close + 1;
    return true;
}

static struct regex_node *parse_group(struct parse *p)
{
    const char *from = p->at++;
    unsigned outer = p->flags;
    bool group = true;
    if (looking_at(p, "?P<") || looking_at(p, "?<")) {
        if (!parse_group_name(p, from)) return NULL;
    } else if (looking_at(p, "?")) {
        p->at++;
        if (!parse_flags(p, from, &group)) return NULL;
        if (!group) return node(p, REGEX_EMPTY); /* they hold to the end of the group around */
    }
    if (++p->depth > REGEX_DEPTH_MAX) return fail(p, "expression nests too deeply", from, p->end);
    struct regex_node *n = parse_alternatives(p);
    p->depth--;
    if (!n) return NULL;
    if (p->at == p->end) return fail(p, "missing closing )", p->end - (p->end - from), p->end);
    p->at++;
    p->flags = outer;
    return n;
}

/* ---- One thing, and how often ---- */

static struct regex_node *rune_node(struct parse *p, uint32_t rune)
{
    struct regex_node *n = class_node(p);
    regex_class_add(p->a, n->set, rune, rune);
    if (p->flags & FLAG_FOLD) regex_class_fold(p->a, n->set);
    return n;
}

/* \Q..\E */
static struct regex_node *parse_quoted(struct parse *p)
{
    struct regex_node *n = node(p, REGEX_CAT);
    while (p->at < p->end && !looking_at(p, "\\E")) append(n, rune_node(p, next_rune(p)));
    p->at += looking_at(p, "\\E") ? 2 : 0;
    return n;
}

static struct regex_node *parse_backslash(struct parse *p)
{
    static const struct {
        char c;
        enum regex_kind kind;
    } asserts[] = {{'A', REGEX_BEGIN_TEXT}, {'z', REGEX_END_TEXT}, {'b', REGEX_WORD}, {'B', REGEX_NOT_WORD}};
    bool failed = false;
    uint32_t rune;
    p->at++;
    for (size_t i = 0; p->at < p->end && i < ARRAY_LEN(asserts); i++)
        if (*p->at == asserts[i].c) return p->at++, node(p, asserts[i].kind);
    if (p->at < p->end && *p->at == 'Q') return p->at++, parse_quoted(p);
    struct regex_node *n = class_node(p);
    if (parse_set_escape(p, n->set, &failed)) {
        if (p->flags & FLAG_FOLD) regex_class_fold(p->a, n->set);
        return n;
    }
    if (failed || !parse_escape(p, &rune)) return NULL;
    return rune_node(p, rune);
}

static struct regex_node *parse_atom(struct parse *p)
{
    struct regex_node *n;
    switch (*p->at) {
    case '(': return parse_group(p);
    case '[': return parse_class(p);
    case '\\': return parse_backslash(p);
    case '^': return p->at++, node(p, p->flags & FLAG_MULTI ? REGEX_BEGIN_LINE : REGEX_BEGIN_TEXT);
    case '$': return p->at++, node(p, p->flags & FLAG_MULTI ? REGEX_END_LINE : REGEX_END_TEXT);
    case '.':
        p->at++;
        n = class_node(p);
        if (!(p->flags & FLAG_DOT_NL)) regex_class_add(p->a, n->set, '\n', '\n');
        n->set->negated = true;
        return n;
    case '*':
    case '+':
    case '?': return fail(p, "missing argument to repetition operator", p->at, p->at + 1);
    default: return rune_node(p, next_rune(p));
    }
}

static bool parse_int(struct parse *p, int *out)
{
    const char *from = p->at;
    *out = 0;
    for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++)
        if (*out <= REGEX_REPEAT_MAX) *out = *out * 10 + (*p->at - '0');
    return p->at > from && (*from != '0' || p->at == from + 1);
}

/* "{2}", "{2,}", "{2,3}"; false: it is none of these, and means itself. */
static bool parse_counts(struct parse *p, int *min, int *max)
{
    struct parse q = *p;
    q.at++;
    if (!parse_int(&q, min)) return false;
    *max = *min;
    if (q.at < q.end && *q.at == ',') {
        q.at++;
        *max = -1;
        if (q.at < q.end && *q.at != '}' && !parse_int(&q, max)) return false;
    }
    if (q.at == q.end || *q.at != '}') return false;
    p->at = q.at + 1;
    return true;
}

/* How often counted repetitions within repeat their inside, at most. */
static int64_t repeats_in(const struct regex_node *n)
{
    int64_t most = 1;
    for (const struct regex_node *kid = n->first; kid; kid = kid->next) {
        int64_t below = repeats_in(kid);
        if (below > most) most = below;
    }
    int64_t own = n->kind == REGEX_REPEAT ? (n->max > n->min ? n->max : n->min) : 1;
    return own > 1 ? own * most : most;
}

static struct regex_node *repeat(struct parse *p, struct regex_node *what, int min, int max, const char *from)
{
    struct regex_node *n = node(p, REGEX_REPEAT);
    append(n, what);
    n->min = min;
    n->max = max;
    bool counted = p->at[-1] == '}';
    if (p->at < p->end && *p->at == '?') p->at++; /* which match is taken does not matter */
    bool bad = min > REGEX_REPEAT_MAX || max > REGEX_REPEAT_MAX || (max >= 0 && min > max) ||
               (counted && repeats_in(n) > REGEX_REPEAT_MAX);
    return bad ? fail(p, "invalid repeat count", from, p->at) : n;
}

static struct regex_node *parse_repeated(struct parse *p)
{
    struct regex_node *n = parse_atom(p);
    const char *last = NULL;
    while (n && p->at < p->end) {
        const char *from = p->at;
        int min = *from == '+', max = *from == '?' ? 1 : -1;
        if (*from == '*' || *from == '+' || *from == '?')
            p->at++;
        else if (*from != '{' || !parse_counts(p, &min, &max))
            break;
        if (last) return fail(p, "invalid nested repetition operator", last, p->at);
        last = from;
        n = repeat(p, n, min, max, from);
    }
    return n;
}

static struct regex_node *parse_sequence(struct parse *p)
{
    struct regex_node *n = node(p, REGEX_CAT);
    while (p->at < p->end && *p->at != '|' && *p->at != ')') {
        struct regex_node *kid = parse_repeated(p);
        if (!kid) return NULL;
        append(n, kid);
    }
    return n;
}

static struct regex_node *parse_alternatives(struct parse *p)
{
    struct regex_node *n = node(p, REGEX_ALT), *kid;
    for (;;) {
        if (!(kid = parse_sequence(p))) return NULL;
        append(n, kid);
        if (p->at == p->end || *p->at != '|') return n;
        p->at++;
    }
}

struct regex_node *regex_parse(struct arena *a, struct str pattern, struct err *e)
{
    struct parse p = {a, pattern.p, pattern.p + pattern.n, 0, 0, e};
    if (!str_is_utf8(pattern)) return fail(&p, "invalid UTF-8", p.at, p.end);
    struct regex_node *n = parse_alternatives(&p);
    if (n && p.at < p.end) return fail(&p, "unexpected )", pattern.p, p.end);
    return n;
}
