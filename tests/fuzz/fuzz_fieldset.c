/* fuzz_fieldset.c - any text as a fieldsV1: what is read is written and read again as the same set, and computing with
 * it keeps the rules of sets. */
#include "api/fieldset.h"
#include "base/kassert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str write(struct arena *a, const struct fieldset *s)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 16 << 20);
    fieldset_write(&text, s);
    return str_copy(a, buf_view(&text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct fieldset *s, *again;
    if (!fieldset_parse(&a, str_n((const char *)data, size), &s, &e)) return 0;
    struct str text = write(&a, s);
    KASSERT(fieldset_parse(&a, text, &again, &e));
    KASSERT(str_eq(text, write(&a, again)));
    KASSERT(fieldset_equal(fieldset_union(&a, again, again), again));
    KASSERT(fieldset_equal(fieldset_both(&a, again, again), again));
    KASSERT(!fieldset_less(&a, again, again) && !fieldset_less_all(&a, again, again));
    return 0;
}
