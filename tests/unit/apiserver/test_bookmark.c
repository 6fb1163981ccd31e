/* test_bookmark.c - what bookmarks carry: an object of the kind and version that is watched, without a name. */
#include "bookmark_rows.h"

#include "api/object.h"
#include "apiserver/object/table.h"
#include "apiserver/watch/item.h"
#include "check_main.h"

#include <stdio.h>

enum { REV = 7 };

static const struct api_resource *resource_of(const struct bookmark_row *row)
{
    const struct api_resource *res = api_find_resource(str_of(row->group), str_of(row->version), str_of(row->plural));
    ck_assert_msg(res != NULL, "%s", row->plural);
    return res;
}

START_TEST(objects)
{
    int wrong = 0;
    for (size_t i = 0; i < ARRAY_LEN(bookmark_rows); i++) {
        const struct api_resource *res = resource_of(&bookmark_rows[i]);
        struct item *it = item_bookmark(res->storage, FORM_OBJECT, false);
        struct buf out AUTO_BUF = {0};
        buf_init(&out, 1 << 16);
        item_write(&out, it, res, true, REV);
        if (strcmp(out.p, bookmark_rows[i].json) != 0) {
            fprintf(stderr, " got %s\nwant %s\n", out.p, bookmark_rows[i].json);
            wrong++;
        }
        item_unref(it);
    }
    ck_assert_int_eq(wrong, 0);
}
END_TEST

/* Everything that can be watched has its row. */
START_TEST(all_of_them)
{
    size_t n = 0;
    for (int i = 0; i < api_resource_count; i++)
        n += (api_resources[i]->verbs & API_WATCH) && !strstr(api_resources[i]->group, "kubestep.dev");
    ck_assert_uint_eq(n, ARRAY_LEN(bookmark_rows));
}
END_TEST

START_TEST(metadata_alone)
{
    static const char *const plurals[] = {"pods", "daemonsets"};
    for (size_t i = 0; i < ARRAY_LEN(bookmark_rows); i++) {
        if (strcmp(bookmark_rows[i].plural, plurals[0]) != 0 && strcmp(bookmark_rows[i].plural, plurals[1]) != 0)
            continue;
        struct item *it = item_bookmark(resource_of(&bookmark_rows[i])->storage, FORM_METADATA, true);
        struct buf out AUTO_BUF = {0};
        buf_init(&out, 1 << 16);
        partial_write(&out, it, REV, "v1", false);
        ck_assert_str_eq(out.p,
                         "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":"
                         "{\"resourceVersion\":\"7\",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}");
        item_unref(it);
    }
}
END_TEST

/* Cells of nothing: as upstream's printers show it. */
START_TEST(tables)
{
    static const struct {
        const char *plural, *cells;
    } rows[] = {
        {"pods",
         "\"cells\":[\"\",\"0/0\",\"\",\"0\",\"\\u003cunknown\\u003e\",\"\\u003cnone\\u003e\",\"\\u003cnone\\u003e\","
         "\"\\u003cnone\\u003e\",\"\\u003cnone\\u003e\"]"},
        {"storageclasses", "\"cells\":[\"\",\"\",\"Delete\",\"Immediate\",false,\"\\u003cunknown\\u003e\"]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows) * ARRAY_LEN(bookmark_rows); i++) {
        const struct bookmark_row *row = &bookmark_rows[i % ARRAY_LEN(bookmark_rows)];
        if (strcmp(row->plural, rows[i / ARRAY_LEN(bookmark_rows)].plural) != 0) continue;
        const struct api_resource *res = resource_of(row);
        struct item *it = item_bookmark(res->storage, FORM_TABLE, false);
        struct buf out AUTO_BUF = {0};
        buf_init(&out, 1 << 16);
        table_event_write(&out, res, it, REV, false, "None", "v1");
        ck_assert_msg(strstr(out.p, rows[i / ARRAY_LEN(bookmark_rows)].cells) != NULL, "%s", out.p);
        item_unref(it);
    }
}
END_TEST

TEST_MAIN("bookmark", objects, all_of_them, metadata_alone, tables)
