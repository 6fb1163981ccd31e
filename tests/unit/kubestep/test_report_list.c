/* test_report_list.c - lists page by page into a file: all of them, as much as there is room for, and what becomes of a
 * server that fails on the way. */
#include "kubestep/report_list.h"
#include "check_main.h"
#include "fake_rest.h"

enum { ITEMS = 10 };

struct script {
    int fails_at; /* the page that is answered with 410; -1: none */
};

/* Three objects a page; a token is the place of the first. */
static void answer(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    const struct script *s = arg;
    AUTO_FREE char *path = str_dup(rq->path);
    const char *token = strstr(path, "&continue=");
    int from = token ? atoi(token + 11) : 0; /* "c3" */
    ck_assert_ptr_nonnull(strstr(path, "/api/v1/things?limit=3"));
    if (from / 3 == s->fails_at) {
        rp->status = 410;
        buf_cstr(
            &rp->body,
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"Expired\",\"code\":410}");
        return;
    }
    buf_cstr(&rp->body, "{\"kind\":\"ThingList\",\"apiVersion\":\"v1\",\"metadata\":{");
    if (from + 3 < ITEMS) buf_addf(&rp->body, "\"continue\":\"c%d\"", from + 3);
    buf_cstr(&rp->body, "},\"items\":[");
    for (int i = from; i < from + 3 && i < ITEMS; i++) buf_addf(&rp->body, "%s{\"n\":%d}", i > from ? "," : "", i);
    buf_cstr(&rp->body, "]}");
}

START_TEST(pages)
{
    static const struct {
        int fails_at;
        size_t max, items;
        bool ok, cut;
        const char *token;
    } rows[] = {
        {-1, 1000, 10, true, false, NULL}, {0, 1000, 0, false, false, NULL}, /* nothing could be read */
        {2, 1000, 6, true, true, "c6"},                                      /* too old by now */
        {-1, 35, 4, true, true, "c3"}, /* 7 bytes the first, 9 each of the others; that page again has the rest */
        {-1, 6, 0, true, true, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fake_server server;
        struct script script = {rows[i].fails_at};
        struct arena a AUTO_ARENA = {0};
        struct buf text AUTO_BUF = {0};
        struct err e = ERR_INIT;
        char file[] = "/tmp/kubestep-test-XXXXXX";
        buf_init(&text, 4096);
        close(mkstemp(file));
        unlink(file);
        fake_start(&server, 0, answer, &script);
        struct rest *rest = fake_rest(&server);
        struct report_list l = {.path = "/api/v1/things", .file = file, .page = 3, .max = rows[i].max};
        ck_assert(report_list_save(&l, rest, &e) == rows[i].ok);
        rest_free(rest);
        fake_stop(&server);
        ck_assert_uint_eq(l.items, rows[i].items);
        ck_assert(l.cut == rows[i].cut);
        ck_assert(io_exists(file) == rows[i].ok);
        if (!rows[i].ok) continue;
        ck_assert(io_read_file(file, &text, &e));
        unlink(file);
        const struct json *list = json_parse(&a, buf_view(&text), &e);
        ck_assert_msg(list != NULL, "%s", e.text);
        ck_assert(obj_is(list, ".kind", "ThingList") && obj_is(list, ".apiVersion", "v1"));
        int64_t n = 0;
        for (OBJ_EACH(it, list, ".items")) ck_assert_int_eq(obj_int(it, ".n", -1), n++);
        ck_assert_int_eq(n, (int64_t)rows[i].items);
        ck_assert(rows[i].token ? obj_is(list, ".metadata.continue", rows[i].token)
                                : !obj_has(list, ".metadata.continue"));
    }
}
END_TEST

START_TEST(no_file)
{
    struct fake_server server;
    struct script script = {-1};
    struct err e = ERR_INIT;
    fake_start(&server, 0, answer, &script);
    struct rest *rest = fake_rest(&server);
    struct report_list l = {.path = "/api/v1/things", .file = "/nowhere/at/all", .page = 3, .max = 100};
    ck_assert(!report_list_save(&l, rest, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "/nowhere/at/all"));
    rest_free(rest);
    fake_stop(&server);
}
END_TEST

TEST_MAIN("report_list", pages, no_file)
