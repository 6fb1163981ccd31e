/* table.c - Tables by the column rows of the schema.
 * Reads: items or trees, api_column_hooks.   Writes: JSON text. */
#include "apiserver/object/table.h"

#include "apiserver/crd/crd.h"
#include "apiserver/object/hooks.h"
#include "base/clk.h"
#include "schema_ids.h"

#include <stdlib.h>

void list_meta_write(struct buf *out, const struct list_meta *m)
{
    buf_char(out, '{');
    if (m->rev) {
        buf_cstr(out, "\"resourceVersion\":\"");
        buf_u64(out, m->rev);
        buf_char(out, '"');
    }
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

/* Of a custom kind: the name, and what its definition says. */
static void write_custom_columns(struct buf *out, const struct crd_version *v)
{
    buf_cstr(out, "\"columnDefinitions\":[{\"name\":\"Name\",\"type\":\"string\",\"format\":\"name\","
                  "\"description\":\"Name within the namespace.\",\"priority\":0}");
    for (int i = 0; i < v->ncolumns; i++) {
        const struct crd_column *c = &v->columns[i];
        const struct {
            const char *key, *value;
        } texts[] = {{"name", c->name}, {"type", c->type}, {"format", c->format}, {"description", c->description}};
        for (size_t k = 0; k < ARRAY_LEN(texts); k++) {
            buf_addf(out, "%s\"%s\":", k ? "," : ",{", texts[k].key);
            json_write_string(out, str_of(texts[k].value));
        }
        buf_addf(out, ",\"priority\":%d}", (int)c->priority);
    }
    buf_cstr(out, "],");
}

static void write_custom_cells(struct buf *out, struct arena *a, const struct crd_version *v, const struct json *obj)
{
    int64_t now = clk_ns();
    buf_cstr(out, "{\"cells\":[");
    json_write_string(out, obj_name(obj));
    for (int i = 0; i < v->ncolumns; i++) {
        buf_char(out, ',');
        json_write(out, crd_cell(a, &v->columns[i], obj, now));
    }
    buf_char(out, ']');
}

static void write_columns(struct buf *out, const struct api_resource *res)
{
    int n;
    if (res->custom) {
        write_custom_columns(out, crd_version_of(res));
        return;
    }
    const struct api_column *columns = columns_of(res, &n);
    buf_cstr(out, "\"columnDefinitions\":[");
    for (int i = 0; i < n; i++) {
        if (strcmp(columns[i].name, "-") == 0) continue; /* the last one of its kind: a cell alone */
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
    if (res->custom) {
        write_custom_cells(out, a, crd_version_of(res), obj);
        return;
    }
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

/* What a row is about: in the cache, or a tree alone. */
struct subject {
    const struct api_resource *res;
    const struct item *item; /* NULL: the tree is all there is */
    uint64_t rev;
    const struct json *tree;
};

static void write_object(struct buf *out, const struct subject *s, const char *include, const char *version)
{
    if (include && strcmp(include, "None") == 0) {
        buf_cstr(out, ",\"object\":null");
        return;
    }
    buf_cstr(out, ",\"object\":");
    if (include && strcmp(include, "Object") == 0) {
        if (s->item)
            item_write(out, s->item, s->res, true, s->rev);
        else
            json_write(out, s->tree);
    } else if (s->item) {
        partial_write(out, s->item, s->rev, version, false);
    } else {
        partial_write_tree(out, s->tree, version);
    }
}

static void write_row(struct buf *out, struct arena *a, const struct subject *s, const char *include,
                      const char *version)
{
    write_cells(out, a, s->res, s->tree);
    write_conditions(out, s->res, s->tree);
    write_object(out, s, include, version);
    buf_char(out, '}');
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

/* A table's rows: items, or trees alone. */
struct rows {
    const struct api_resource *res;
    struct item *const *items;
    const struct json *const *trees;
    size_t n;
};

/* The tree of an item goes into the arena. */
static struct subject row_at(const struct rows *rows, size_t i, struct arena *a)
{
    if (!rows->items) return (struct subject){rows->res, NULL, 0, rows->trees[i]};
    return (struct subject){rows->res, rows->items[i], 0, item_tree(a, rows->items[i], rows->res, 0)};
}

struct place {
    size_t at;
    int64_t number;
};

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->number != y->number) return x->number < y->number ? -1 : 1;
    return x->at < y->at ? -1 : 1; /* they come by name */
}

/* Where the rows are, as the table shows them; NULL: as they come. */
static const struct place *in_order(struct arena *a, const struct rows *rows)
{
    const char *path = NULL;
    for (size_t i = 0; i < ARRAY_LEN(ordered); i++)
        if (ordered[i].res == rows->res) path = ordered[i].path;
    if (!path) return NULL;
    struct place *places = ARENA_ARRAY(a, struct place, rows->n + 1);
    for (size_t i = 0; i < rows->n; i++) {
        struct arena one AUTO_ARENA = {0};
        arena_init(&one, 0);
        places[i] = (struct place){i, obj_int(row_at(rows, i, &one).tree, path, 0)};
    }
    qsort(places, rows->n, sizeof *places, by_place);
    return places;
}

static void write_rows(struct buf *out, const struct rows *rows, const struct list_meta *meta,
                       const char *include_object, const char *version)
{
    table_head(out, meta, version);
    write_columns(out, rows->res);
    buf_cstr(out, "\"rows\":[");
    struct arena a AUTO_ARENA = {0}, order AUTO_ARENA = {0};
    arena_init(&a, 0);
    arena_init(&order, 0);
    const struct place *places = in_order(&order, rows);
    for (size_t i = 0; i < rows->n; i++) {
        arena_reset(&a);
        struct subject s = row_at(rows, places ? places[i].at : i, &a);
        if (i) buf_char(out, ',');
        write_row(out, &a, &s, include_object, version);
    }
    buf_cstr(out, "]}");
}

void table_write(struct buf *out, const struct api_resource *res, struct item *const *items, size_t n,
                 const struct list_meta *meta, const char *include_object, const char *version)
{
    struct rows rows = {res, items, NULL, n};
    write_rows(out, &rows, meta, include_object, version);
}

void table_write_trees(struct buf *out, const struct api_resource *res, const struct json *const *trees, size_t n,
                       const struct list_meta *meta, const char *include_object, const char *version)
{
    struct rows rows = {res, NULL, trees, n};
    write_rows(out, &rows, meta, include_object, version);
}

void table_event_write(struct buf *out, const struct api_resource *res, const struct item *it, uint64_t rev,
                       bool with_columns, const char *include_object, const char *version)
{
    struct arena a AUTO_ARENA = {0};
    struct subject s = {res, it, rev, NULL};
    arena_init(&a, 0);
    s.tree = item_tree(&a, it, res, rev);
    table_head(out, &(struct list_meta){.rev = rev ? rev : it->rev, .remaining = SIZE_MAX}, version);
    if (with_columns)
        write_columns(out, res);
    else
        buf_cstr(out, "\"columnDefinitions\":null,");
    buf_cstr(out, "\"rows\":[");
    write_row(out, &a, &s, include_object, version);
    buf_cstr(out, "]}");
}

/* ---- PartialObjectMetadata ---- */

static void partial_head(struct buf *out, const char *version)
{
    buf_cstr(out, "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/");
    buf_cstr(out, version);
    buf_cstr(out, "\",\"metadata\":");
}

void partial_write(struct buf *out, const struct item *it, uint64_t rev, const char *version, bool bare)
{
    partial_head(out, version);
    item_write_metadata(out, it, rev, bare);
    buf_char(out, '}');
}

void partial_write_tree(struct buf *out, const struct json *obj, const char *version)
{
    const struct json *meta = obj_get(obj, ".metadata");
    partial_head(out, version);
    if (meta)
        json_write(out, meta);
    else
        buf_cstr(out, "{}");
    buf_char(out, '}');
}

void partial_list_write(struct buf *out, struct item *const *items, size_t n, const struct list_meta *meta,
                        const char *version, bool bare)
{
    buf_addf(out, "{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/%s\",\"metadata\":", version);
    list_meta_write(out, meta);
    buf_cstr(out, ",\"items\":[");
    for (size_t i = 0; i < n; i++) {
        if (i) buf_char(out, ',');
        partial_write(out, items[i], 0, version, bare);
    }
    buf_cstr(out, "]}");
}
