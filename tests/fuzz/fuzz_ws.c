/* fuzz_ws.c - any bytes as a WebSocket client's frames: what is read does not depend on where they are cut. */
#include "apiserver/http/ws.h"
#include "base/kassert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A digest of the events. */
static uint64_t read_in_pieces(struct str bytes, size_t step)
{
    struct ws_reader w = {0};
    uint64_t digest = 0;
    for (size_t at = 0; at < bytes.n; at += step) {
        struct str piece = str_n(bytes.p + at, MIN(step, bytes.n - at));
        enum ws_status status;
        for (enum ws_event ev; (ev = ws_read(&w, &piece, &status)) != WS_NEED_MORE;) {
            KASSERT(w.control_n <= WS_CONTROL_MAX && (ev == WS_BAD) == (status != WS_NORMAL));
            digest = str_hash(str_n((const char *)w.control, w.control_n), digest + (uint64_t)ev * 31 + status);
            if (ev == WS_BAD) return digest;
        }
        KASSERT(piece.n == 0);
    }
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size) return 0;
    struct str bytes = str_n((const char *)data + 1, size - 1);
    KASSERT(read_in_pieces(bytes, SIZE_MAX / 2) == read_in_pieces(bytes, 1 + data[0] % 20));
    return 0;
}
