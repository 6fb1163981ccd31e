/* fuzz_dump.c - any text as what kubectl printed of a cluster: each object that is told is a line of JSON. */
#include "base/kassert.h"
#include "kubestep/dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool check(void *arg, struct str line, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    (void)arg;
    KASSERT(line.n > 1 && memchr(line.p, '\n', line.n) == line.p + line.n - 1);
    KASSERT(json_parse(&a, line, e) != NULL);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = ERR_INIT;
    if (!dump_each(str_n((const char *)data, size), check, NULL, &e)) KASSERT(e.text[0]);
    return 0;
}
