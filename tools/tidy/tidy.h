/* tidy.h - what the parts of tidy share: a file in memory, its code and comments apart, findings.
 * A rule is a function over one file; rules.c lists them. One thread; every path is relative to the root. */
#ifndef TIDY_TIDY_H
#define TIDY_TIDY_H

#include <stdbool.h>
#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum kind {                  /* what a file is, by its name; a set of bits */
            KIND_C = 1,      /* .c */
            KIND_H = 2,      /* .h */
            KIND_ROWS = 4,   /* .def: rows that C includes */
            KIND_SCRIPT = 8, /* shell, Python, CMake, .api: all with # comments */
            KIND_TEXT = 16,  /* documents and manifests */
            KIND_CODE = KIND_C | KIND_H,
            KIND_ALL = 31,
};

/* Lines end with NUL instead of a newline. `code` has comments and the insides of literals blanked, `comment` has all
 * that is no comment blanked; both are as long as `text`. Without a lexer for its kind all three are the same. */
struct line {
    const char *text, *code, *comment;
};

struct file {
    const char *path; /* relative to the root: lib/base/buf.h */
    enum kind kind;
    struct line *lines;
    size_t count;
    char *text, *code, *comment; /* what the lines point into */
};

/* Reads root/path. False: it cannot be read or holds a NUL byte (said on stderr). */
bool file_load(struct file *f, const char *root, const char *path, enum kind kind);
void file_release(struct file *f);

/* Blanks in `code` what is comment or inside a literal, and in `comment` what is not comment. All three hold n bytes.
 */
void lex_split(const char *text, size_t n, char *code, char *comment);

/* True when path is `prefix` itself or below it: lib/base is not below lib/bas. An empty prefix has all below it. */
bool path_below(const char *path, const char *prefix);
/* As path_below for any of a list that ends with NULL; a missing list has nothing. */
bool path_below_any(const char *path, const char *const *prefixes);

/* Prints FILE:LINE: RULE: text on stdout and counts it; lines count from 1. */
__attribute__((format(printf, 4, 5))) void report(const struct file *f, size_t line, const char *rule, const char *fmt,
                                                  ...);

/* The next identifier in code at or behind p, NULL when there is none. *n gets its length. */
const char *next_word(const char *p, const char *start, size_t *n);
bool word_is(const char *p, size_t n, const char *word);

struct rule {
    const char *name, *about;
    unsigned kinds; /* enum kind bits */
    void (*check)(const struct file *f, const struct rule *r);
};
extern const struct rule rules[];
extern const size_t rule_count;

void check_include(const struct file *f, const struct rule *r); /* include.c */

#endif
