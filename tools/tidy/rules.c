/* rules.c - the house rules that a program can check, one function and one row each.
 * Reads: one file.   Writes: findings. */
#include "tidy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LINES_MAX = 800, GUARD_MAX = 256 };

/* ---- Calls ---- */

static const char *const only_base[] = {"lib/base", NULL};
/* Tools come before lib/base in the build and have nothing but libc; tests look at the world from outside. */
static const char *const base_tests_tools[] = {"lib/base", "tests", "tools", NULL};
static const char *const base_tools[] = {"lib/base", "tools", NULL};
static const char *const nobody[] = {NULL};

/* Calls of libc with what to use instead, and the folders that may. */
static const struct {
    const char *names[12]; /* ends with NULL */
    const char *instead;
    const char *const *free_folders;
} calls[] = {
    {{"time", "gettimeofday", "clock_gettime", "timespec_get"},
     "use clk.h (cluster time) or mono.h (real time)",
     base_tests_tools},
    {{"sleep", "usleep", "nanosleep", "clock_nanosleep"}, "wait for a condition with a deadline", only_base},
    {{"rand", "rand_r", "srand", "random", "srandom", "drand48", "getrandom", "getentropy", "arc4random"},
     "use rnd.h",
     base_tools},
    {{"malloc", "calloc", "realloc", "reallocarray", "strdup", "strndup", "asprintf", "vasprintf"},
     "use mem.h",
     base_tests_tools},
    {{"strcpy", "strcat", "sprintf", "vsprintf", "gets", "stpcpy"}, "use buf.h or snprintf", nobody},
};

static const char *before(const char *p, const char *start)
{
    while (p > start && p[-1] == ' ') p--;
    return p;
}

static bool is_call(const char *word, size_t n, const char *start)
{
    const char *after = word + n + strspn(word + n, " "), *prior = before(word, start);
    if (*after != '(') return false;
    return !(prior > start && prior[-1] == '.') && !(prior > start + 1 && prior[-1] == '>' && prior[-2] == '-');
}

static void check_call(const struct file *f, const struct rule *r)
{
    for (size_t i = 0; i < f->count; i++) {
        const char *code = f->lines[i].code;
        size_t n;
        for (const char *w = next_word(code, code, &n); w; w = next_word(w + n, code, &n)) {
            if (!is_call(w, n, code)) continue;
            for (size_t row = 0; row < COUNT(calls); row++)
                for (const char *const *name = calls[row].names; *name; name++)
                    if (word_is(w, n, *name) && !path_below_any(f->path, calls[row].free_folders))
                        report(f, i + 1, r->name, "%s(): %s", *name, calls[row].instead);
        }
    }
}

/* ---- What stands in the code ---- */

static void check_json_node(const struct file *f, const struct rule *r)
{
    static const char *const owners[] = {"lib/base", "lib/api", "apiserver", "tests", "tools", NULL};
    if (path_below_any(f->path, owners)) return;
    for (size_t i = 0; i < f->count; i++)
        if (strstr(f->lines[i].code, "->u."))
            report(f, i + 1, r->name, "the inside of a JSON node: use obj_* of api/object.h");
}

static void check_typedef(const struct file *f, const struct rule *r)
{
    for (size_t i = 0; i < f->count; i++) {
        const char *code = f->lines[i].code;
        size_t n;
        const char *w = next_word(code, code, &n);
        if (!w || !word_is(w, n, "typedef") || strchr(code, '(')) continue; /* a function's type may return a struct */
        w = next_word(w + n, code, &n);
        if (w && (word_is(w, n, "struct") || word_is(w, n, "union")))
            report(f, i + 1, r->name, "no typedef for a %.*s", (int)n, w);
    }
}

/* NAME, then (#7) or #7: the issue that will do it. */
static bool has_issue(const char *p)
{
    p += *p == '(';
    p += strspn(p, " ");
    return *p == '#' && isdigit((unsigned char)p[1]);
}

static void check_later(const struct file *f, const struct rule *r)
{
    static const char *const marks[] = {"TODO", "FIXME", "XXX"};
    for (size_t i = 0; i < f->count; i++) {
        const char *text = f->lines[i].comment;
        size_t n;
        for (const char *w = next_word(text, text, &n); w; w = next_word(w + n, text, &n))
            for (size_t m = 0; m < COUNT(marks); m++)
                if (word_is(w, n, marks[m]) && !has_issue(w + n))
                    report(f, i + 1, r->name, "%s without the number of an issue", marks[m]);
    }
}

/* ---- How a file looks ---- */

static void check_length(const struct file *f, const struct rule *r)
{
    if (f->count > LINES_MAX)
        report(f, LINES_MAX + 1, r->name, "%zu lines; split it by noun (at most %d)", f->count, LINES_MAX);
}

static void check_first_comment(const struct file *f, const struct rule *r)
{
    size_t i = 0;
    while (i < f->count && f->lines[i].text[strspn(f->lines[i].text, " ")] == '\0') i++;
    if (i == f->count || strncmp(f->lines[i].text, "/*", 2) != 0)
        report(f, i < f->count ? i + 1 : 1, r->name,
               "begin with a comment: what it does, what it reads, what it writes");
}

/* lib/base/buf.h -> BASE_BUF_H: the path without lib/, tests/ or tools/. */
static void guard_of(const char *path, char *guard)
{
    static const char *const silent[] = {"lib", "tests", "tools"};
    for (size_t i = 0; i < COUNT(silent); i++)
        if (path_below(path, silent[i])) {
            path += strlen(silent[i]) + 1;
            break;
        }
    size_t n = 0;
    for (; path[n] && n < GUARD_MAX - 1; n++)
        guard[n] = isalnum((unsigned char)path[n]) ? (char)toupper((unsigned char)path[n]) : '_';
    guard[n] = '\0';
}

static bool directive_is(const char *code, const char *directive, const char *name)
{
    char a[16] = "", b[GUARD_MAX] = "";
    return sscanf(code, " # %15s %255s", a, b) == 2 && strcmp(a, directive) == 0 && strcmp(b, name) == 0;
}

static void check_guard(const struct file *f, const struct rule *r)
{
    char guard[GUARD_MAX];
    guard_of(f->path, guard);
    for (size_t i = 0; i < f->count; i++) {
        const char *code = f->lines[i].code;
        if (code[strspn(code, " ")] == '\0') continue;
        if (!directive_is(code, "ifndef", guard) || i + 1 == f->count ||
            !directive_is(f->lines[i + 1].code, "define", guard))
            report(f, i + 1, r->name, "begin with #ifndef %s and #define %s", guard, guard);
        return;
    }
    report(f, 1, r->name, "no #ifndef %s", guard);
}

static void check_tab(const struct file *f, const struct rule *r)
{
    for (size_t i = 0; i < f->count; i++)
        if (strchr(f->lines[i].text, '\t'))
            report(f, i + 1, r->name, "a tab: indent with spaces, write \\t in literals");
}

static void check_trailing_space(const struct file *f, const struct rule *r)
{
    for (size_t i = 0; i < f->count; i++) {
        size_t n = strlen(f->lines[i].text);
        if (n > 0 && isspace((unsigned char)f->lines[i].text[n - 1]))
            report(f, i + 1, r->name, "space at the end of the line");
    }
}

const struct rule rules[] = {
    {"include", "includes point down (DESIGN section 2)", KIND_CODE, check_include},
    {"length", "a file has at most 800 lines", KIND_CODE | KIND_ROWS | KIND_SCRIPT, check_length},
    {"call", "time, randomness, memory and strings go through lib/base", KIND_CODE, check_call},
    {"json-node", "only lib/base, lib/api and apiserver see the inside of JSON nodes", KIND_CODE, check_json_node},
    {"first-comment", "a file begins with what it is", KIND_CODE, check_first_comment},
    {"guard", "a header's guard is its path", KIND_H, check_guard},
    {"later", "what is left to do has an issue", KIND_CODE | KIND_ROWS | KIND_SCRIPT, check_later},
    {"tab", "no tabs in C", KIND_CODE | KIND_ROWS, check_tab},
    {"trailing-space", "no space at the end of a line", KIND_ALL, check_trailing_space},
    {"typedef", "structs are called struct", KIND_CODE, check_typedef},
};
const size_t rule_count = COUNT(rules);
