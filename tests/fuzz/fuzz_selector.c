/* fuzz_selector.c - any text as a label selector and as a field selector: what is accepted can be written and read
 * again. */
#include "api/selector.h"
#include "base/kassert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str field_of(void *arg, struct str label) { return label.n % 2 ? *(struct str *)arg : label; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct str text = str_n((const char *)data, size);
    struct selector s, again;
    struct buf first AUTO_BUF, second AUTO_BUF = {0};
    buf_init(&first, 1 << 20);
    buf_init(&second, 1 << 20);
    if (sel_parse(&a, text, &s, &e)) {
        struct json *labels = json_obj(&a);
        json_set(&a, labels, STR("a"), json_strc(&a, "1"));
        sel_write(&first, &s);
        KASSERT(sel_parse(&a, buf_view(&first), &again, &e));
        sel_write(&second, &again);
        KASSERT(str_eq(buf_view(&first), buf_view(&second)));
        KASSERT(sel_match(&s, labels) == sel_match(&again, labels));
        KASSERT(sel_match(&s, NULL) == sel_match(&again, NULL));
    }
    if (field_sel_parse(&a, text, &s, &e)) (void)field_sel_match(&s, field_of, &text);
    return 0;
}
