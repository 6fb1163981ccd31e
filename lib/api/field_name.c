/* field_name.c - a table of the schema's names. Reads: the schema.   Writes: its table, once. */
#include "api/field_name.h"

#include "api/schema.h"
#include "base/kassert.h"

#include <pthread.h>

enum { SLOTS = 4096, NAMES_MAX = SLOTS / 2 /* there are some 1,100 */ };

static struct str slots[SLOTS]; /* open addressing */
static pthread_once_t made = PTHREAD_ONCE_INIT;

/* Names differ in their lengths and ends; those that do not stand side by side. */
static unsigned slot_of(struct str s)
{
    unsigned h = (unsigned)s.n;
    const unsigned char *p = (const unsigned char *)s.p;
    h = h * 31 + p[0];
    h = h * 31 + p[s.n / 2];
    h = h * 31 + p[s.n - 1];
    h = h * 31 + p[s.n / 4];
    return (h ^ h >> 12) % SLOTS;
}

static struct str *find(struct str key)
{
    unsigned at = slot_of(key);
    while (slots[at].n && !str_eq(slots[at], key)) at = (at + 1) % SLOTS;
    return &slots[at];
}

static void make(void)
{
    unsigned count = 0;
    for (int i = 0; i < api_type_count; i++)
        for (int k = 0; k < api_types[i]->nfields; k++) {
            struct str name = api_types[i]->fields[k].name;
            struct str *s = name.n ? find(name) : NULL;
            if (!s || s->n) continue;
            *s = name;
            KASSERT(++count <= NAMES_MAX);
        }
}

struct str field_name(struct str key)
{
    pthread_once(&made, make);
    return key.n ? *find(key) : STR_NULL;
}
