/* fuzz_patch.c - any document of some kinds and any patch, from its bytes to the decoded result. The first byte is the
 * kind of patch, the kind of object and how unknown fields are taken; a zero byte stands between document and patch. */
#include "api/patch.h"
#include "api/unstructured.h"
#include "apiserver/http/conn.h"
#include "apiserver/rest/patch.h"
#include "base/kassert.h"
#include "schema_ids.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_MAX = 64 << 20 };

/* All kinds of values, of lists and of maps occur in these. */
static const struct api_type *const types[] = {
    &type_core_v1_Pod,
    &type_core_v1_Secret,
    &type_apps_v1_Deployment,
    &type_core_v1_Service,
    &type_autoscaling_v2_HorizontalPodAutoscaler,
    &type_coordination_k8s_io_v1_Lease,
    &type_certificates_k8s_io_v1_CertificateSigningRequest,
    &type_apiextensions_k8s_io_v1_CustomResourceDefinition,
};

static struct str text_of(struct arena *a, const struct json *j)
{
    struct buf out AUTO_BUF = {0};
    buf_init(&out, OUT_MAX);
    json_write(&out, j);
    return str_copy(a, buf_view(&out));
}

static bool apply(struct arena *a, enum patch_kind kind, const struct api_type *t, struct json **doc,
                  const struct json *patch, struct err *e)
{
    if (kind == PATCH_JSON) return patch_json(a, doc, patch, e);
    if (kind == PATCH_STRATEGIC) return patch_strategic(a, t, *doc, patch, e);
    patch_merge(a, doc, patch);
    return true;
}

/* What is decoded and written is decoded to the same. */
static void decode(struct arena *a, const struct api_type *t, struct json *doc, bool strict)
{
    struct err e = ERR_INIT;
    struct decode_notes *notes = strict ? ARENA_NEW(a, struct decode_notes) : NULL;
    if (!api_decode(a, t, doc, notes, &e)) {
        KASSERT(e.code == ERR_BAD_REQUEST && e.text[0]);
        return;
    }
    struct str text = text_of(a, doc);
    struct json *again = json_parse(a, text, &e);
    KASSERT(again && api_decode(a, t, again, notes, &e));
    KASSERT(!notes || !notes->count);
    KASSERT(str_eq(text, text_of(a, again)));
}

static void use(struct write *w, enum patch_kind kind, const struct api_type *t, struct json *doc)
{
    struct arena *a = &w->r->arena;
    struct err e = ERR_INIT;
    struct decode_notes *notes = ARENA_NEW(a, struct decode_notes);
    if (!patch_read(w, kind, notes)) {
        KASSERT(w->r->resp.code >= 400);
        return;
    }
    struct str before = text_of(a, w->sent);
    if (apply(a, kind, t, &doc, w->sent, &e)) {
        bool fits = kind != PATCH_STRATEGIC || api_from_unstructured(a, t, doc, &e);
        KASSERT(fits || e.code == ERR_BAD_REQUEST);
        KASSERT(json_parse(a, text_of(a, doc), &e) != NULL);
        if (fits) decode(a, t, doc, w->opts.field_validation != FV_IGNORE);
    }
    KASSERT(str_eq(before, text_of(a, w->sent))); /* it may be applied again */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t validations[] = {FV_IGNORE, FV_WARN, FV_STRICT};
    struct err e = ERR_INIT;
    if (!size) return 0;
    struct exchange *x = exchange_new("/");
    struct write w = {.r = &x->r};
    struct str rest, text = str_cut(str_n((const char *)data + 1, size - 1), 0, &rest);
    struct json *doc = str_is_null(rest) ? NULL : json_parse(&x->r.arena, text, &e);
    if (doc && (doc->type == JSON_OBJ || doc->type == JSON_ARR)) {
        x->r.body = rest;
        w.opts.field_validation = validations[data[0] / 3 % ARRAY_LEN(validations)];
        use(&w, (enum patch_kind)(data[0] % 3), types[data[0] / 9 % ARRAY_LEN(types)], doc);
    }
    exchange_unref(x);
    return 0;
}
