/* fuzz_proto.c - any bytes as a protobuf message (the first byte picks the type): what is accepted can be written,
 * and what was written reads back the same. */
#include "../unit/api/small_schema.h"
#include "api/proto.h"
#include "base/kassert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct api_type *const types[] = {&small_pod, &small_spec, &small_container, &small_meta};
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    if (!size) return 0;
    struct str body = str_n((const char *)data + 1, size - 1), version, kind, raw;
    (void)!proto_open(body, &version, &kind, &raw, &e);
    const struct api_type *t = types[data[0] % ARRAY_LEN(types)];
    struct json *j = proto_decode(&a, t, body, &e);
    if (!j) return 0;
    struct buf first AUTO_BUF, second AUTO_BUF = {0};
    buf_init(&first, 64 << 20);
    buf_init(&second, 64 << 20);
    if (!proto_encode(&first, t, j, &e)) return 0;
    struct json *again = proto_decode(&a, t, buf_view(&first), &e);
    KASSERT(again != NULL);
    KASSERT(proto_encode(&second, t, again, &e));
    KASSERT(str_eq(buf_view(&first), buf_view(&second)));
    return 0;
}
