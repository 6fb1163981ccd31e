/* gzip.c - long answers, compressed for clients that take it.
 * Reads: Accept-Encoding, r->resp.body.   Writes: r->resp.
 * Upstream: apiserver pkg/endpoints/handlers/responsewriters/writers.go. */
#include "apiserver/http/gzip.h"

#include "base/kassert.h"

#include <zlib.h>

enum {
    LEVEL = 1,             /* upstream's: the others cost more than they save on a cluster's network */
    WINDOW_BITS = 15 + 16, /* 32 KB, with the header of gzip */
    MEMORY_LEVEL = 8,
};

/* As upstream the bare word alone counts: "gzip;q=1" does not. */
bool gzip_accepted(struct str accept_encoding)
{
    while (accept_encoding.n)
        if (str_eqc(str_trim(str_cut(accept_encoding, ',', &accept_encoding)), "gzip")) return true;
    return false;
}

void gzip_response(struct request *r)
{
    struct buf *body = &r->resp.body, out;
    z_stream z = {.next_in = (Bytef *)body->p, .avail_in = (uInt)body->n};
    if (body->n > UINT32_MAX) return;
    KASSERT(deflateInit2(&z, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t bound = deflateBound(&z, body->n);
    buf_init(&out, bound);
    buf_reserve(&out, bound);
    z.next_out = (Bytef *)out.p;
    z.avail_out = (uInt)bound;
    int rc = deflate(&z, Z_FINISH);
    out.n = z.total_out;
    (void)deflateEnd(&z);
    KASSERT(rc == Z_STREAM_END); /* it was given room for the worst case */
    buf_release(body);
    *body = out;
    response_header(r, "Content-Encoding", "gzip");
    response_header(r, "Vary", "Accept-Encoding");
}
