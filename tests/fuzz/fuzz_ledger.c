/* fuzz_ledger.c - any JSON as a ledger over a table of five nodes and three plugins: what is accepted can be written
 * out, in bounds and as JSON. Text before a zero byte is the table, if there is one. */
#include "api/ledger.h"
#include "base/kassert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_json(const struct buf *text)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    KASSERT(buf_ok(text) && json_parse(&a, buf_view(text), &e));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct str text = str_n((const char *)data, size), table;
    size_t zero = str_chr(text, '\0');
    if (zero != SIZE_MAX) {
        table = str_n(text.p, zero);
        text = str_from(text, zero + 1);
    } else {
        table = STR("{\"nodes\":[\"a\",\"b\",\"c\",\"d\",\"e\"],\"plugins\":[{\"name\":\"F\"},{\"name\":\"G\"},{}]}");
    }
    const struct json *names = json_parse(&a, table, &e), *tree = json_parse(&a, text, &e);
    struct ledger_table *t = names && tree ? ledger_table_read(names, &e) : NULL;
    struct ledger l;
    if (t && ledger_read(&l, &a, tree, t, &e) && l.size < 1 << 20) {
        struct buf nodes AUTO_BUF, plugins AUTO_BUF = {0};
        buf_init(&nodes, 2 << 20);
        buf_init(&plugins, 1 << 20);
        ledger_write_nodes(&nodes, &l);
        ledger_write_plugins(&plugins, &l);
        KASSERT(nodes.n <= l.size);
        check_json(&nodes);
        check_json(&plugins);
    }
    ledger_table_free(t);
    return 0;
}
