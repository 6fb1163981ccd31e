/* text.c - memory, lists, the words of a line, diagnostics.
 * Reads one line of text at a time; writes diagnostics to stderr. */
#include "gen.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* All memory hangs here until the process ends. */
static struct block {
    struct block *older;
    max_align_t bytes[];
} * blocks;

void *gen_alloc(size_t n)
{
    struct block *b = calloc(1, sizeof(*b) + n);
    if (!b) {
        fputs("schemagen: out of memory\n", stderr);
        exit(2);
    }
    b->older = blocks;
    blocks = b;
    return b->bytes;
}

char *gen_dup(const char *s, size_t n)
{
    char *d = gen_alloc(n + 1);
    memcpy(d, s, n);
    return d;
}

char *gen_printf(const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *s = gen_alloc((size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    return s;
}

void list_add(struct list *l, void *item)
{
    if (l->count == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 8;
        void **items = gen_alloc(cap * sizeof(*items));
        if (l->count) memcpy(items, l->items, l->count * sizeof(*items));
        l->items = items;
        l->cap = cap;
    }
    l->items[l->count++] = item;
}

bool list_has_text(const struct list *l, const char *text)
{
    for (size_t i = 0; i < l->count; i++)
        if (!strcmp(l->items[i], text)) return true;
    return false;
}

void list_add_text(struct list *l, const char *text)
{
    if (!list_has_text(l, text)) list_add(l, gen_dup(text, strlen(text)));
}

struct list split_text(const char *text, char sep)
{
    struct list l = {0};
    for (;;) {
        const char *end = strchr(text, sep);
        list_add(&l, gen_dup(text, end ? (size_t)(end - text) : strlen(text)));
        if (!end) return l;
        text = end + 1;
    }
}

static int diags;

void diag(struct pos at, const char *fmt, ...)
{
    if (++diags > DIAGS_MAX) return;
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "%s:%d: ", at.file, at.line);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

int diag_count(void) { return diags; }

/* The end of the word at p, quoted parts skipped; NULL: a quote is not closed. */
static const char *word_end(const char *p)
{
    bool quoted = false;
    for (; *p && (quoted || !strchr(" \t\r\n", *p)); p++) {
        if (quoted && *p == '\\' && p[1])
            p++;
        else if (*p == '"')
            quoted = !quoted;
    }
    return quoted ? NULL : p;
}

bool line_cut(struct line *l, const char *text)
{
    l->indented = *text == ' ' || *text == '\t';
    l->nwords = 0;
    l->doc = "";
    for (const char *p = text + strspn(text, " \t\r\n"); *p; p += strspn(p, " \t\r\n")) {
        if (*p == '#') {
            const char *from = p + strspn(p, "# \t"), *to = from + strlen(from);
            while (to > from && strchr(" \t\r\n", to[-1])) to--;
            l->doc = gen_dup(from, (size_t)(to - from));
            return true;
        }
        const char *end = word_end(p);
        if (!end) return diag(l->at, "a quote is not closed"), false;
        if (l->nwords == WORDS_MAX) return diag(l->at, "more than %d words on a line", WORDS_MAX), false;
        l->words[l->nwords++] = gen_dup(p, (size_t)(end - p));
        p = end;
    }
    return true;
}
