/* fuzz_quantity.c - any text as a quantity: what is accepted reads back as the same value. */
#include "api/quantity.h"
#include "base/kassert.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct str text = str_n((const char *)data, size), kept, again;
    struct qty q, back;
    char out[QTY_TEXT_MAX];
    if (qty_parse(text, &q, &e)) {
        KASSERT(qty_parse(str_of(qty_write(&q, out)), &back, &e));
        KASSERT(qty_cmp(&q, &back) == 0);
        struct qty sum = qty_add(&q, &back), difference = qty_sub(&sum, &back);
        KASSERT(qty_cmp(&difference, &q) == 0 || qty_value(&sum) == INT64_MAX || qty_value(&sum) == -INT64_MAX);
    }
    if (qty_canonical(&a, text, &kept, &e)) {
        KASSERT(qty_canonical(&a, kept, &again, &e));
        KASSERT(str_eq(kept, again));
    }
    return 0;
}
