/* fuzz_media.c - any bytes as Accept, Content-Type and Accept-Encoding (zero bytes between them; the first byte picks
 * what is asked for): some form of an answer comes out, or a 406 that can be written. */
#include "api/proto.h"
#include "apiserver/http/conn.h"
#include "apiserver/http/gzip.h"
#include "apiserver/rest/rest.h"
#include "base/kassert.h"
#include "schema_ids.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct request *request_of(struct header headers[3], struct str text)
{
    static const char *const names[] = {"Accept", "Content-Type", "Accept-Encoding"};
    struct exchange *x = exchange_new("/api/v1/pods");
    x->r.method = STR("GET");
    x->headers = headers;
    for (int i = 0; i < 3; i++)
        headers[i] = (struct header){names[i], str_cstr(&x->r.arena, str_cut(text, '\0', &text))};
    x->nheaders = 3;
    return &x->r;
}

static void respond(struct request *r)
{
    struct buf text;
    buf_init(&text, 1024);
    buf_cstr(&text, "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\"}}");
    media_respond(r, 200, &text);
    KASSERT(r->resp.code == 200 && r->resp.body.n > 0);
    KASSERT((r->accept.media == MEDIA_PROTOBUF) == proto_is_envelope(buf_view(&r->resp.body)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct api_resource *const resources[] = {&res_core_v1_configmaps, &res_core_v1_bindings,
                                                           &res_sim_kubestep_dev_v1_clocks, NULL};
    struct header headers[3];
    enum media m;
    if (!size) return 0;
    struct request *r = request_of(headers, str_n((const char *)data + 1, size - 1));
    r->target.res = resources[data[0] % ARRAY_LEN(resources)];
    if (accept_negotiate(r)) {
        struct accept a = r->accept;
        KASSERT(a.form != FORM_TABLE || a.media != MEDIA_PROTOBUF);
        KASSERT(a.gzip == gzip_accepted(str_of(headers[2].value)));
        KASSERT(accept_fits(r, data[0] & 64) || r->resp.code == 406);
        r->accept = a;
        respond(r);
    } else {
        KASSERT(r->resp.code == 406 && r->resp.body.n > 0);
    }
    accept_negotiate_error(r);
    KASSERT(r->accept.form == FORM_OBJECT);
    respond(r);
    KASSERT(media_of_body(r, &m) || r->resp.code == 415);
    exchange_unref(exchange_of(r));
    return 0;
}
