/* shell_lex.c - shell text as tokens.
 * Reads: text.   Writes: tokens in the arena. */
#include "kubelet-sim/shell_priv.h"

/* Longest first. */
static const char *const operators[] = {"&&", "||", ";;", ";", "&", "|", "(", ")", "\n"};
static const char *const redirects[] = {"2>&1", "1>&2", ">&2", ">&1", "&>>", "&>", "2>>",
                                        "2>",   "1>>",  "1>",  ">>",  ">",   "<"};

/* The length of the longest of list that s begins with, or 0. */
static size_t begins(struct str s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_starts(s, str_of(list[i]))) return strlen(list[i]);
    return 0;
}

/* The length of $(..), `..`, "..", '..' or \x at the start of s; 0: none, or it does not end. */
static size_t group(struct str s, int depth)
{
    char close = s.p[0] == '$' ? ')' : s.p[0];
    if (depth > SCRIPT_NESTING_MAX) return 0;
    if (s.p[0] == '\\') return MIN((size_t)2, s.n);
    if (s.p[0] == '$' && (s.n < 2 || s.p[1] != '(')) return 1;
    for (size_t i = s.p[0] == '$' ? 2 : 1; i < s.n;) {
        if (s.p[i] == close) return i + 1;
        bool nests = s.p[i] == '\\' || (s.p[i] == '$' && close != '\'') ||
                     (close == ')' && (s.p[i] == '"' || s.p[i] == '\'' || s.p[i] == '('));
        if (close == '\'') nests = false;
        if (!nests) {
            i++;
            continue;
        }
        if (s.p[i] == '(') { /* of arithmetic */
            size_t open = 1;
            for (i++; i < s.n && open; i++) open += s.p[i] == '(' ? 1 : s.p[i] == ')' ? (size_t)-1 : 0;
            continue;
        }
        size_t n = group(str_from(s, i), depth + 1);
        if (!n) return 0;
        i += n;
    }
    return 0;
}

static bool ends_word(struct str s)
{
    return s.p[0] == ' ' || s.p[0] == '\t' || begins(s, operators, ARRAY_LEN(operators)) ||
           begins(s, redirects + 2, ARRAY_LEN(redirects) - 2);
}

/* The length of the word at the start of s; 0: an open quote. */
static size_t word(struct str s)
{
    size_t i = 0;
    while (i < s.n && !ends_word(str_from(s, i))) {
        bool opens = memchr("$`\"'\\", s.p[i], 5) != NULL;
        size_t n = opens ? group(str_from(s, i), 0) : 1;
        if (!n) return 0;
        i += n;
    }
    return i;
}

static size_t blanks(struct str s)
{
    size_t i = 0;
    for (;;) {
        while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\r')) i++;
        if (i + 1 < s.n && s.p[i] == '\\' && s.p[i + 1] == '\n') {
            i += 2;
            continue;
        }
        if (i < s.n && s.p[i] == '#')
            while (i < s.n && s.p[i] != '\n') i++;
        return i;
    }
}

bool shell_lex(struct arena *a, struct str text, struct tokens *out)
{
    out->items = arena_alloc(a, (text.n + 1) * sizeof *out->items); /* no token is empty */
    out->count = 0;
    for (;;) {
        text = str_from(text, blanks(text));
        struct token *t = &out->items[out->count++];
        if (!text.n) {
            *t = (struct token){T_END, STR("")};
            out->command_end = ARENA_ARRAY(a, int, out->count);
            out->list_end = ARENA_ARRAY(a, int, out->count);
            return true;
        }
        size_t n = begins(text, redirects, ARRAY_LEN(redirects));
        t->what = T_REDIRECT;
        if (!n) {
            n = begins(text, operators, ARRAY_LEN(operators));
            t->what = T_OP;
        }
        if (!n) {
            n = word(text);
            t->what = T_WORD;
        }
        if (!n) return false;
        t->text = str_n(text.p, n);
        text = str_from(text, n);
    }
}
