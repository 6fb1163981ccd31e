/* table.c - Tables by the column rows of the schema.
 * Reads: items or trees, api_column_hooks.   Writes: JSON text. */
#include "apiserver/object/table.h"

#include "apiserver/object/hooks.h"
#include "base/clk.h"
#include "schema_ids.h"

#include <stdlib.h>

enum { ITEM_TEXT_MAX = 8 << 20 };

void list_meta_write(struct buf *out, const struct list_meta *m)
{
    buf_cstr(out, "{\"resourceVersion\":\"");
    buf_u64(out, m->rev);
    buf_char(out, '"');
    if (m->cont.n) {
        buf_cstr(out, ",\"continue\":");
        json_write_string(out, m->cont);
        if (m->remaining != SIZE_MAX) {
            buf_cstr(out, ",\"remainingItemCount\":");
            buf_u64(out, m->remaining);
        }
    }
    buf_char(out, '}');
}

/* The default convertor's columns, for kinds without a printer. */
static const struct api_column default_columns[] = {
    {.name = "Name",
     .type = "string",
     .format = "name",
     .description = "Name within the namespace.",
     .path = ".metadata.name"},
    {.name = "Created At",
     .type = "date",
     .format = "",
     .description = "When the object was created.",
     .path = ".metadata.creationTimestamp"},
};

static const struct api_column *columns_of(const struct api_resource *res, int *count)
{
    *count = res->ncolumns ? res->ncolumns : (int)ARRAY_LEN(default_columns);
    return res->ncolumns ? res->columns : default_columns;
}

static void write_columns(struct buf *out, const struct api_resource *res)
{
    int n;
    const struct api_column *columns = columns_of(res, &n);
    buf_cstr(out, "\"columnDefinitions\":[");
    for (int i = 0; i < n; i++) {
        buf_addf(out, "%s{\"name\":\"%s\",\"type\":\"%s\",\"format\":\"%s\",\"description\":", i ? "," : "",
                 columns[i].name, columns[i].type, columns[i].format ? columns[i].format : "");
        json_write_string(out, str_of(columns[i].description ? columns[i].description : ""));
        buf_addf(out, ",\"priority\":%d}", (int)columns[i].priority);
    }
    buf_cstr(out, "],");
}

static void write_cells(struct buf *out, struct arena *a, const struct api_resource *res, const struct json *obj)
{
    int n;
    int64_t now = clk_ns();
    const struct api_column *columns = columns_of(res, &n);
    buf_cstr(out, "{\"cells\":[");
    for (int i = 0; i < n; i++) {
        if (i) buf_char(out, ',');
        const struct json *cell =
            columns[i].hook ? api_column_hooks[columns[i].hook](a, obj, now) : obj_get(obj, columns[i].path);
        if (cell)
            json_write(out, cell);
        else
            buf_cstr(out, strcmp(columns[i].type, "integer") == 0 ? "0" : "\"\"");
    }
    buf_char(out, ']');
}

/* Finished pods say so in the row's conditions; kubectl get --watch-only hides them by it. */
static void write_conditions(struct buf *out, const struct api_resource *res, const struct json *obj)
{
    if (strcmp(res->kind, "Pod") != 0 || *res->group) return;
    bool succeeded = obj_is(obj, ".status.phase", "Succeeded");
    if (!succeeded && !obj_is(obj, ".status.phase", "Failed")) return;
    buf_addf(out, ",\"conditions\":[{\"type\":\"Completed\",\"status\":\"True\",\"reason\":\"%s\",\"message\":\"%s\"}]",
             succeeded ? "Succeeded" : "Failed", succeeded ? "The pod has completed successfully." : "The pod failed.");
}

/* The metadata member of an object's text: items begin with it. */
static struct str metadata_text(struct arena *a, const struct json *obj)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, ITEM_TEXT_MAX);
    const struct json *meta = obj_get(obj, ".metadata");
    if (meta)
        json_write(&b, meta);
    else
        buf_cstr(&b, "{}");
    return str_copy(a, buf_view(&b));
}

static void write_object(struct buf *out, struct arena *a, const struct json *obj, struct str text, const char *include,
                         const char *version)
{
    if (include && strcmp(include, "None") == 0) return;
    buf_cstr(out, ",\"object\":");
    if (include && strcmp(include, "Object") == 0) {
        buf_str(out, text);
        return;
    }
    buf_addf(out, "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/%s\",\"metadata\":", version);
    buf_str(out, metadata_text(a, obj));
    buf_char(out, '}');
}

static void write_row(struct buf *out, struct arena *a, const struct api_resource *res, const struct json *obj,
                      struct str text, const char *include, const char *version)
{
    write_cells(out, a, res, obj);
    write_conditions(out, res, obj);
    write_object(out, a, obj, text, include, version);
    buf_char(out, '}');
}

/* An item as text with TypeMeta and revision, and as a tree. */
static const struct json *item_tree(struct arena *a, const struct api_resource *res, const struct item *it,
                                    uint64_t rev, struct str *text)
{
    struct buf b AUTO_BUF = {0};
    struct err e = ERR_INIT;
    buf_init(&b, ITEM_TEXT_MAX);
    item_write(&b, it, res, true, rev);
    *text = str_copy(a, buf_view(&b));
    return json_parse(a, *text, &e);
}

static void table_head(struct buf *out, const struct list_meta *meta, const char *version)
{
    buf_addf(out, "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/%s\",\"metadata\":", version);
    list_meta_write(out, meta);
    buf_char(out, ',');
}

/* Kinds whose rows do not come in the order of their names: by a number, then by name. */
static const struct {
    const struct api_resource *res;
    const char *path;
} ordered[] = {{&res_flowcontrol_apiserver_k8s_io_v1_flowschemas, ".spec.matchingPrecedence"}};

struct place {
    struct item *item;
    int64_t number;
};

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->number != y->number) return x->number < y->number ? -1 : 1;
    return str_cmp(x->item->name, y->item->name);
}

/* The items as the table shows them, in the arena. */
static struct item *const *in_order(struct arena *a, const struct api_resource *res, struct item *const *items,
                                    size_t n)
{
    const char *path = NULL;
    for (size_t i = 0; i < ARRAY_LEN(ordered); i++)
        if (ordered[i].res == res) path = ordered[i].path;
    if (!path || n < 2) return items;
    struct place *places = ARENA_ARRAY(a, struct place, n);
    struct item **out = ARENA_ARRAY(a, struct item *, n);
    for (size_t i = 0; i < n; i++) {
        struct arena one AUTO_ARENA = {0};
        struct str text;
        arena_init(&one, 0);
        places[i] = (struct place){items[i], obj_int(item_tree(&one, res, items[i], 0, &text), path, 0)};
    }
    qsort(places, n, sizeof *places, by_place);
    for (size_t i = 0; i < n; i++) out[i] = places[i].item;
    return out;
}

void table_write(struct buf *out, const struct api_resource *res, struct item *const *items, size_t n,
                 const struct list_meta *meta, const char *include_object, const char *version)
{
    table_head(out, meta, version);
    write_columns(out, res);
    buf_cstr(out, "\"rows\":[");
    struct arena a AUTO_ARENA = {0}, order AUTO_ARENA = {0};
    arena_init(&a, 0);
    items = in_order(&order, res, items, n);
    for (size_t i = 0; i < n; i++) {
        struct str text;
        arena_reset(&a);
        if (i) buf_char(out, ',');
        write_row(out, &a, res, item_tree(&a, res, items[i], 0, &text), text, include_object, version);
    }
    buf_cstr(out, "]}");
}

void table_write_trees(struct buf *out, const struct api_resource *res, const struct json *const *trees, size_t n,
                       const struct list_meta *meta, const char *include_object, const char *version)
{
    table_head(out, meta, version);
    write_columns(out, res);
    buf_cstr(out, "\"rows\":[");
    struct arena a AUTO_ARENA = {0};
    arena_init(&a, 0);
    for (size_t i = 0; i < n; i++) {
        struct buf text AUTO_BUF = {0};
        arena_reset(&a);
        buf_init(&text, ITEM_TEXT_MAX);
        json_write(&text, trees[i]);
        if (i) buf_char(out, ',');
        write_row(out, &a, res, trees[i], buf_view(&text), include_object, version);
    }
    buf_cstr(out, "]}");
}

void table_event_write(struct buf *out, const struct api_resource *res, const struct item *it, uint64_t rev,
                       bool with_columns, const char *include_object)
{
    struct arena a AUTO_ARENA = {0};
    struct str text;
    arena_init(&a, 0);
    table_head(out, &(struct list_meta){.rev = rev ? rev : it->rev, .remaining = SIZE_MAX}, "v1");
    if (with_columns)
        write_columns(out, res);
    else
        buf_cstr(out, "\"columnDefinitions\":null,");
    buf_cstr(out, "\"rows\":[");
    write_row(out, &a, res, item_tree(&a, res, it, rev, &text), text, include_object, "v1");
    buf_cstr(out, "]}");
}

void partial_write(struct buf *out, const struct api_resource *res, const struct item *it, uint64_t rev)
{
    struct arena a AUTO_ARENA = {0};
    struct str text;
    arena_init(&a, 0);
    buf_cstr(out, "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":");
    buf_str(out, metadata_text(&a, item_tree(&a, res, it, rev, &text)));
    buf_char(out, '}');
}

void partial_list_write(struct buf *out, const struct api_resource *res, struct item *const *items, size_t n,
                        const struct list_meta *meta)
{
    buf_cstr(out, "{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":");
    list_meta_write(out, meta);
    buf_cstr(out, ",\"items\":[");
    for (size_t i = 0; i < n; i++) {
        if (i) buf_char(out, ',');
        partial_write(out, res, items[i], 0);
    }
    buf_cstr(out, "]}");
}
