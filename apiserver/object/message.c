/* message.c - objects as protobuf messages in their envelope.
 * Reads: items, JSON text, the schema's field numbers.   Writes: a buf.
 * Upstream: apimachinery pkg/runtime/serializer/protobuf, pkg/util/framer; apiserver pkg/endpoints/handlers/watch.go.
 */
#include "apiserver/object/message.h"

#include "api/object.h"
#include "schema_ids.h"

#include <endian.h>
#include <stdio.h>

enum {
    ITEM_WIDTH = 2,    /* of the length of a usual object: 128 bytes to 16 KB */
    JSON_PER_WIRE = 2, /* an object's JSON is some twice as long as its message */
};

struct form_of { /* whole objects of res, or PartialObjectMetadata */
    const struct api_resource *res;
    const struct api_type *type;
    bool partial;
    char api_version[API_VERSION_MAX];
};

static void form_init(struct form_of *f, const struct api_resource *res, bool partial, const char *version)
{
    f->res = res;
    f->partial = partial;
    f->type = partial ? &type_meta_v1_PartialObjectMetadata : res->type;
    api_version_of(partial ? &(struct api_resource){.group = "meta.k8s.io", .version = version} : res, f->api_version);
}

/* The message alone. */
static bool put_item(struct buf *out, struct arena *a, const struct form_of *f, const struct item *it, uint64_t rev,
                     struct err *e)
{
    if (!f->partial) return proto_encode(out, f->type, item_tree(a, it, f->res, rev), e);
    struct buf text AUTO_BUF = {0};
    buf_init(&text, out->max);
    partial_write(&text, it, rev, "v1", false);
    const struct json *tree = json_parse(a, buf_view(&text), e);
    return tree && proto_encode(out, f->type, tree, e);
}

bool message_item(struct buf *out, const struct api_resource *res, const struct item *it, uint64_t rev, bool partial,
                  const char *version, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct form_of f;
    form_init(&f, res, partial, version);
    const char *kind = partial ? "PartialObjectMetadata" : res->kind;
    struct wire_mark m = proto_envelope_open(out, str_of(f.api_version), str_of(kind), ITEM_WIDTH);
    bool ok = put_item(out, &a, &f, it, rev, e);
    proto_envelope_close(out, m);
    return ok;
}

/* ---- Lists ---- */

static void put_list_meta(struct buf *out, uint32_t number, const struct list_meta *meta)
{
    char rev[24];
    struct wire_mark m = wire_open(out, number, 1);
    (void)snprintf(rev, sizeof rev, "%llu", (unsigned long long)meta->rev);
    wire_put_bytes(out, 1, STR("")); /* selfLink */
    wire_put_bytes(out, 2, str_of(rev));
    wire_put_bytes(out, 3, meta->cont);
    if (meta->cont.n && meta->remaining != SIZE_MAX) wire_put_int(out, 4, meta->remaining);
    wire_close(out, m);
}

static bool put_items(struct buf *out, uint32_t number, const struct form_of *f, struct item *const *items, size_t n,
                      struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    bool ok = true;
    arena_init(&a, 0);
    for (size_t i = 0; i < n && ok; i++) {
        arena_reset(&a);
        struct wire_mark m = wire_open(out, number, ITEM_WIDTH);
        ok = put_item(out, &a, f, items[i], 0, e);
        wire_close(out, m);
    }
    return ok && (buf_ok(out) || err_set(e, ERR_TOO_LARGE, "the list is longer than %zu bytes", out->max));
}

bool message_list(struct buf *out, const struct api_resource *res, struct item *const *items, size_t n,
                  const struct list_meta *meta, bool partial, const char *version, struct err *e)
{
    struct form_of f;
    size_t bytes = 0;
    form_init(&f, res, partial, version);
    for (size_t i = 0; i < n; i++) bytes += (partial ? items[i]->meta_end : items[i]->blob->n) / JSON_PER_WIRE;
    buf_reserve(out, bytes + bytes / 4);
    const char *kind = partial ? "PartialObjectMetadataList" : res->list_kind;
    struct wire_mark m = proto_envelope_open(out, str_of(f.api_version), str_of(kind), wire_width(bytes));
    bool items_first = partial && strcmp(version, "v1beta1") == 0; /* alone of all lists */
    if (!items_first) put_list_meta(out, 1, meta);
    bool ok = put_items(out, items_first ? 1 : 2, &f, items, n, e);
    if (items_first) put_list_meta(out, 2, meta);
    proto_envelope_close(out, m);
    return ok;
}

/* ---- Text ---- */

bool message_text(struct buf *out, struct str json, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    const struct json *tree = json_parse(&a, json, e);
    if (!tree) return false;
    struct str version = obj_str(tree, ".apiVersion"), kind = obj_str(tree, ".kind");
    const struct api_type *t = api_find_object_type(version.n ? version : STR("v1"), kind);
    if (!t || !t->nnumbers)
        return err_set(e, ERR_NOT_ACCEPTABLE, "%.*s of %.*s has no protobuf form", STR_ARG(kind), STR_ARG(version));
    struct wire_mark m = proto_envelope_open(out, version, kind, ITEM_WIDTH);
    bool ok = proto_encode(out, t, tree, e);
    proto_envelope_close(out, m);
    return ok;
}

/* ---- Watch events ---- */

struct message_event message_event_open(struct buf *out, const char *type)
{
    struct message_event ev = {.at = out->n};
    buf_add(out, &(uint32_t){0}, sizeof(uint32_t));
    wire_put_bytes(out, 1, str_of(type));
    ev.object = wire_open(out, 2, ITEM_WIDTH);
    ev.raw = wire_open(out, 1, ITEM_WIDTH);
    return ev;
}

void message_event_close(struct buf *out, const struct message_event *ev)
{
    wire_close(out, ev->raw);
    wire_close(out, ev->object);
    if (!buf_ok(out)) return;
    uint32_t length = htobe32((uint32_t)(out->n - ev->at - sizeof length));
    memcpy(out->p + ev->at, &length, sizeof length);
}
