/* fuzz_yaml.c - any text as YAML: what is accepted reads back from what we write of it. */
#include "api/yaml.h"
#include "base/kassert.h"
#include "nel_support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DOCS = 8 };

static void check_document(struct arena *a, const struct json *doc)
{
    struct err e = ERR_INIT, duplicates = ERR_INIT;
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 64 << 20);
    yaml_write(&out, doc);
    struct json *again = yaml_parse_lax(a, buf_view(&out), &duplicates, &e);
    KASSERT(again != NULL);
    KASSERT(duplicates.code == ERR_NONE);
    KASSERT(has_nel(doc) || json_equal(doc, again));
}

/* JSON's parser keeps members that occur twice, for its caller to judge; YAML has no form for them. */
static bool has_duplicates(const struct json *j)
{
    if (j->flags & JSON_F_DUP_KEYS) return true;
    JSON_FOREACH(it, j)
    if (has_duplicates(it)) return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *docs[DOCS];
    int n = 0;
    if (!yaml_parse_all(&a, str_n((const char *)data, size), docs, DOCS, &n, &e)) return 0;
    for (int i = 0; i < n; i++)
        if (!has_duplicates(docs[i])) check_document(&a, docs[i]);
    return 0;
}
