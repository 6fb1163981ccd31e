/* object.c - objects of custom kinds on their way in, into the store and out of it.
 * Reads: the kind's tables.   Writes: trees of the caller's arena.
 * Upstream: apiextensions-apiserver pkg/apiserver/customresource_handler.go (unstructuredSchemaCoercer),
 * pkg/apiserver/conversion/nop_converter.go. */
#include "apiserver/crd/crd.h"

#include "api/object.h"
#include "apiserver/crd/normal.h"
#include "base/kassert.h"

#include <stdlib.h>

const struct crd_version *crd_version_of(const struct api_resource *r)
{
    const struct crd_kind *k = crd_kind_of(r);
    return &k->versions[r - k->base.versions];
}

void crd_drop_type_meta(struct json *j)
{
    json_del(j, STR("apiVersion"));
    json_del(j, STR("kind"));
}

void crd_add_type_meta(struct arena *a, const struct api_resource *r, struct json *j)
{
    char version[API_VERSION_MAX];
    json_set(a, j, STR("apiVersion"), json_str(a, str_of(arena_strdup(a, api_version_of(r, version)))));
    json_set(a, j, STR("kind"), json_str(a, str_of(r->kind)));
}

static int by_text(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

static void note_unknown(struct arena *a, const struct unknown_fields *u, struct decode_notes *notes)
{
    if (u->count) qsort(u->paths, u->count, sizeof *u->paths, by_text);
    for (size_t i = 0; i < u->count && notes->count < DECODE_WARNINGS_MAX; i++)
        notes->items[notes->count++] = str_printf(a, "unknown field \"%.*s\"", STR_ARG(u->paths[i]));
}

static void prune(struct arena *a, struct json *j, const struct api_schema *s, struct decode_notes *notes)
{
    struct unknown_fields u = {.arena = a};
    buf_init(&u.at, SIZE_MAX);
    normal_prune_root(j, s, notes ? &u : NULL);
    if (notes) note_unknown(a, &u, notes);
    buf_release(&u.at);
}

/* Of the object's own metadata first, then what pruning found, then of metadata within. */
static void join_notes(struct decode_notes *to, const struct decode_notes *meta, bool own)
{
    static const char *const words[] = {"unknown field \"metadata.", "duplicate field \"metadata."};
    for (int i = 0; i < meta->count && to->count < DECODE_WARNINGS_MAX; i++) {
        bool is_own = str_starts(meta->items[i], str_of(words[0])) || str_starts(meta->items[i], str_of(words[1]));
        if (is_own == own) to->items[to->count++] = meta->items[i];
    }
}

bool crd_decode(struct arena *a, const struct api_resource *r, struct json *j, struct decode_notes *notes,
                struct err *e)
{
    const struct api_schema *s = crd_version_of(r)->schema;
    if (notes) notes->count = notes->more = 0;
    if (!json_is(j, JSON_OBJ)) return err_set(e, ERR_BAD_REQUEST, "json: cannot unmarshal into Go value");
    crd_drop_type_meta(j);
    struct decode_notes *meta = notes ? ARENA_NEW(a, struct decode_notes) : NULL;
    normal_values(a, j, notes);
    if (!normal_metadata(a, j, s, false, true, meta, e)) return false;
    if (notes) join_notes(notes, meta, true);
    prune(a, j, s, notes);
    if (notes) join_notes(notes, meta, false);
    normal_drop_nulls(j, s);
    return true;
}

void crd_default(struct arena *a, const struct api_resource *r, struct json *j)
{
    normal_default(a, j, crd_version_of(r)->schema);
}

struct json *crd_zero(struct arena *a, const struct api_resource *r)
{
    struct json *j = json_obj(a);
    crd_add_type_meta(a, r, j);
    json_add(j, STR("metadata"), json_obj(a));
    return j;
}

/* Between versions nothing but apiVersion changes, and what the other schema does not know. */
static void become(struct arena *a, struct json *j, const struct api_resource *to)
{
    const struct api_schema *s = crd_version_of(to)->schema;
    struct err ignored = ERR_INIT;
    crd_drop_type_meta(j);
    bool ok = normal_metadata(a, j, s, true, true, NULL, &ignored); /* what does not fit is dropped */
    KASSERT(ok);
    prune(a, j, s, NULL);
    normal_drop_nulls(j, s);
}

void crd_read(struct arena *a, struct json *j, const struct api_resource *from, const struct api_resource *to)
{
    (void)from;
    api_custom_prepare(to->custom);
    become(a, j, to);
    crd_default(a, to, j);
    crd_add_type_meta(a, to, j);
    normal_sort(j);
}

void crd_take_converted(struct arena *a, struct json *j, const struct api_resource *to)
{
    become(a, j, to);
    crd_add_type_meta(a, to, j);
    normal_sort(j);
}

struct json *crd_stored(struct arena *a, const struct api_resource *r, struct json *j)
{
    const struct api_resource *storage = crd_kind_of(r)->webhook ? r : &r->custom->versions[r->custom->storage];
    if (storage != r) become(a, j, storage); /* defaults come when it is read */
    crd_add_type_meta(a, storage, j);
    normal_sort(j);
    return j;
}

bool crd_is_current(const struct blob *b, const struct api_resource *from, const struct api_resource *to)
{
    return from == to && atomic_load_explicit(&b->tag, memory_order_relaxed) == to->custom->epoch;
}

void crd_set_current(const struct blob *b, const struct api_resource *r)
{
    struct blob *mine = (struct blob *)b; /* what is known about the bytes is not part of them */
    atomic_store_explicit(&mine->tag, r->custom->epoch, memory_order_relaxed);
}
