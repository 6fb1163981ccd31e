/* sym.h - names as pointers: two equal texts are one struct sym, so what a scheduler compares all day (label keys and
 * values, namespaces, node names, topology domains, images) is compared by address.
 * Counted: a text that nobody holds any more is forgotten. Thread: any. */
#ifndef SCHEDULER_SYM_H
#define SCHEDULER_SYM_H

#include "base/mem.h"
#include "base/str.h"

struct sym {
    struct sym *next; /* of its bucket */
    uint32_t refs;    /* under the table's lock */
    uint32_t n;
    uint64_t hash;
    char text[]; /* n bytes and a NUL */
};

const struct sym *sym_get(struct str text); /* one reference, the caller's; STR_NULL is the empty text */
void sym_unref(const struct sym *s);        /* NULL is fine */
size_t sym_count(void);                     /* texts that are held by somebody */
static inline struct str sym_str(const struct sym *s) { return s ? (struct str){s->text, s->n} : STR_NULL; }

/* What a compact object lives in: its memory, and the names it holds. Zero-initialised is empty. */
struct keep {
    struct arena arena;
    struct sym_link *syms;
};

const struct sym *keep_sym(struct keep *k, struct str text); /* as long as k; STR_NULL gives NULL */
void keep_release(struct keep *k);

#endif
