/* file.c - a file in memory, with its code and its comments apart.
 * Reads: one file.   Writes: nothing. */
#include "tidy.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 16 << 20 }; /* a source file is far smaller; anything above is a mistake in the tree */

static void *must(void *p)
{
    if (p) return p;
    fputs("tidy: out of memory\n", stderr);
    exit(2);
}

/* NUL-terminated; NULL with the reason said. */
static char *slurp(const char *root, const char *path, size_t *n)
{
    char full[4096];
    snprintf(full, sizeof full, "%s/%s", root, path);
    FILE *in = fopen(full, "rb");
    if (!in) {
        perror(full);
        return NULL;
    }
    char *text = must(malloc(FILE_BYTES_MAX + 1));
    *n = fread(text, 1, FILE_BYTES_MAX, in);
    bool whole = feof(in) && !ferror(in);
    fclose(in);
    text[*n] = '\0';
    if (whole && !memchr(text, '\0', *n)) return must(realloc(text, *n + 1));
    fprintf(stderr, "tidy: %s: too long, unreadable, or not text\n", full);
    free(text);
    return NULL;
}

static char *copy(const char *text, size_t n)
{
    char *p = must(malloc(n + 1));
    memcpy(p, text, n);
    p[n] = '\0';
    return p;
}

static void split_lines(struct file *f, size_t n)
{
    f->lines = must(calloc(n + 1, sizeof *f->lines)); /* no more lines than bytes */
    for (size_t at = 0; at < n;) {
        f->lines[f->count++] = (struct line){f->text + at, f->code + at, f->comment + at};
        while (at < n && f->text[at] != '\n') at++;
        f->text[at] = f->code[at] = f->comment[at] = '\0';
        at++;
    }
}

bool file_load(struct file *f, const char *root, const char *path, enum kind kind)
{
    size_t n;
    *f = (struct file){.path = path, .kind = kind, .text = slurp(root, path, &n)};
    if (!f->text) return false;
    f->code = copy(f->text, n);
    f->comment = copy(f->text, n);
    if (kind & (KIND_CODE | KIND_ROWS)) lex_split(f->text, n, f->code, f->comment);
    split_lines(f, n);
    return true;
}

void file_release(struct file *f)
{
    free(f->lines);
    free(f->text);
    free(f->code);
    free(f->comment);
}

/* ---- Lexer ---- */

void lex_split(const char *text, size_t n, char *code, char *comment)
{
    enum { CODE, BLOCK, LINE, STRING, CHARACTER } state = CODE;
    for (size_t i = 0; i < n; i++) {
        char c = text[i], next = i + 1 < n ? text[i + 1] : '\0';
        bool literal = state == STRING || state == CHARACTER, pair = false;
        if (c == '\n') {
            if (state != BLOCK && (i == 0 || text[i - 1] != '\\')) state = CODE;
            continue;
        }
        bool in_comment = state == BLOCK || state == LINE;
        if (state == CODE && c == '/' && (next == '*' || next == '/')) {
            state = next == '*' ? BLOCK : LINE;
            in_comment = pair = true;
        } else if (state == BLOCK && c == '*' && next == '/') {
            state = CODE;
            pair = true;
        } else if (state == CODE && (c == '"' || c == '\'')) {
            state = c == '"' ? STRING : CHARACTER;
        } else if (literal && c == '\\' && next && next != '\n') {
            pair = true;
        } else if ((state == STRING && c == '"') || (state == CHARACTER && c == '\'')) {
            state = CODE;
            literal = false; /* quotes stay, so that code still shows a literal is there */
        }
        for (size_t k = i; k <= i + pair; k++) {
            if (in_comment || literal) code[k] = text[k] == '\t' ? '\t' : ' ';
            if (!in_comment) comment[k] = ' ';
        }
        i += pair;
    }
}

const char *next_word(const char *p, const char *start, size_t *n)
{
    for (; *p; p++) {
        if (!isalpha((unsigned char)*p) && *p != '_') continue;
        if (p > start && (isalnum((unsigned char)p[-1]) || p[-1] == '_')) continue;
        for (*n = 1; isalnum((unsigned char)p[*n]) || p[*n] == '_';) ++*n;
        return p;
    }
    return NULL;
}

bool word_is(const char *p, size_t n, const char *word) { return strlen(word) == n && memcmp(p, word, n) == 0; }

/* ---- Paths ---- */

bool path_below(const char *path, const char *prefix)
{
    size_t n = strlen(prefix);
    return n == 0 || (strncmp(path, prefix, n) == 0 && (path[n] == '/' || path[n] == '\0'));
}

bool path_below_any(const char *path, const char *const *prefixes)
{
    for (; prefixes && *prefixes; prefixes++)
        if (path_below(path, *prefixes)) return true;
    return false;
}
