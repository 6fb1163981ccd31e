/* test_options.c - options in queries and bodies, continue tokens. */
#include "request_support.h"

#include "apiserver/rest/options.h"

#include <stdio.h>

static struct request *routed(const char *method, const char *uri)
{
    struct request *r = request_begin(method, uri, NULL);
    struct err e = ERR_INIT;
    ck_assert(route_parse(r, &e));
    return r;
}

START_TEST(bad_list_options)
{
    static const struct {
        const char *query;
        int code;
        const char *text;
    } rows[] = {
        {"limit=x", 400, "strconv.ParseInt: parsing \\\"x\\\": invalid syntax"},
        {"labelSelector=a%20%3D%3D%3D", 400, "unable to parse requirement"},
        {"fieldSelector=spec.x%3D1", 400, "\"field label not supported: spec.x\""},
        {"resourceVersionMatch=Exact", 422, "resourceVersionMatch is forbidden unless resourceVersion is provided"},
        {"resourceVersionMatch=Exact&resourceVersion=0", 422, "is forbidden for resourceVersion \\\"0\\\""},
        {"resourceVersionMatch=Huh&resourceVersion=1", 422, "Unsupported value"},
        {"sendInitialEvents=true", 422, "sendInitialEvents is forbidden for list"},
        {"watch=1&sendInitialEvents=true", 422,
         "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"},
        {"watch=1&resourceVersionMatch=NotOlderThan", 422,
         "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char uri[256];
        snprintf(uri, sizeof uri, "/api/v1/pods?%s", rows[i].query);
        struct request *r = routed("GET", uri);
        struct list_options o;
        ck_assert_msg(!list_options_parse(r, &o), "%s", uri);
        ck_assert_msg(r->resp.code == rows[i].code && strstr(response_text(r), rows[i].text), "%s: %s", uri,
                      response_text(r));
        request_end(r);
    }
}
END_TEST

START_TEST(good_list_options)
{
    struct request *r =
        routed("GET", "/api/v1/pods?limit=5&labelSelector=a%3Db&fieldSelector=spec.nodeName%3Dn&resourceVersion=7"
                      "&resourceVersionMatch=NotOlderThan");
    struct list_options o;
    ck_assert(list_options_parse(r, &o));
    ck_assert_uint_eq(o.limit, 5);
    ck_assert(o.has_labels && o.has_fields && !o.only_name);
    ck_assert(str_eqc(o.rv_text, "7"));
    ck_assert_int_eq(o.match, RV_MATCH_NOT_OLDER);
    request_end(r);

    r = routed("GET", "/api/v1/configmaps?fieldSelector=x%3D1");
    ck_assert(!list_options_parse(r, &o));
    ck_assert_ptr_nonnull(strstr(
        response_text(r), "is not a known field selector: only \\\"metadata.name\\\", \\\"metadata.namespace\\\""));
    request_end(r);

    r = routed("GET", "/api/v1/watch/namespaces/a/pods/web");
    ck_assert(list_options_parse(r, &o));
    ck_assert(o.has_fields && o.fields.count == 1 && str_eqc(o.fields.terms[0].values[0], "web"));
    request_end(r);
}
END_TEST

START_TEST(options_of_writes)
{
    struct write_options o;
    struct err e = ERR_INIT;
    struct request *r = routed("POST", "/api/v1/namespaces/a/pods?dryRun=All&fieldValidation=Strict&fieldManager=me");
    ck_assert(write_options_parse(r, &o, &e));
    ck_assert(o.dry_run && o.field_validation == FV_STRICT && str_eqc(o.field_manager, "me"));
    request_end(r);

    r = routed("POST", "/api/v1/namespaces/a/pods?dryRun=Some");
    ck_assert(!write_options_parse(r, &o, &e));
    ck_assert_int_eq(r->resp.code, 422);
    ck_assert_ptr_nonnull(strstr(response_text(r),
                                 "CreateOptions.meta.k8s.io \\\"\\\" is invalid: dryRun: Unsupported value: "
                                 "[\\\"Some\\\"]: supported values: \\\"All\\\""));
    request_end(r);

    r = routed("PATCH", "/api/v1/namespaces/a/pods/b?force=true");
    ck_assert(!write_options_parse(r, &o, &e));
    ck_assert_ptr_nonnull(strstr(response_text(r), "force: Forbidden: may not be specified for non-apply patch"));
    request_end(r);

    r = routed("PUT", "/api/v1/namespaces/a/pods/b?fieldManager=a%0Ab&fieldValidation=maybe");
    ck_assert(!write_options_parse(r, &o, &e));
    ck_assert_ptr_nonnull(strstr(response_text(r), "invalid character U+000A (at position 1)"));
    ck_assert_ptr_nonnull(strstr(response_text(r), "fieldValidation: Unsupported value: \\\"maybe\\\""));
    request_end(r);
}
END_TEST

START_TEST(options_of_deletions)
{
    struct delete_options o;
    struct request *r =
        routed("DELETE", "/api/v1/namespaces/a/pods/b?gracePeriodSeconds=3&propagationPolicy=Background");
    ck_assert(delete_options_parse(r, &o));
    ck_assert_int_eq(o.grace_s, 3);
    request_end(r);

    r = routed("DELETE", "/api/v1/namespaces/a/pods/b");
    r->body = STR(
        "{\"gracePeriodSeconds\":-5,\"preconditions\":{\"uid\":\"u\",\"resourceVersion\":\"9\"},\"dryRun\":[\"All\"]}");
    ck_assert(delete_options_parse(r, &o));
    ck_assert(o.grace_s == 1 && o.dry_run && str_eqc(o.uid, "u") && str_eqc(o.rv, "9"));
    request_end(r);

    r = routed("DELETE", "/api/v1/namespaces/a/pods/b");
    r->body = STR("{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":\"Maybe\"}");
    ck_assert(!delete_options_parse(r, &o));
    ck_assert_int_eq(r->resp.code, 422);
    request_end(r);

    r = routed("DELETE", "/api/v1/namespaces/a/pods/b");
    r->body = STR("{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}");
    ck_assert(!delete_options_parse(r, &o));
    ck_assert_int_eq(r->resp.code, 400);
    request_end(r);
}
END_TEST

START_TEST(continue_tokens)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    int64_t rev;
    struct str start;
    arena_init(&a, 0);
    /* What upstream's EncodeContinue gives for these. */
    struct str token = continue_write(&a, 42, str_n("web\0", 4));
    ck_assert_msg(str_eqc(token, "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NDIsInN0YXJ0Ijoid2ViXHUwMDAwIn0"), "%.*s",
                  STR_ARG(token));
    ck_assert(continue_parse(&a, token, &rev, &start, &e));
    ck_assert(rev == 42 && str_eq(start, str_n("web\0", 4)));
    ck_assert(continue_parse(&a, continue_write(&a, -1, STR("x/y")), &rev, &start, &e) && rev == -1);

    static const char *const bad[] = {"!",
                                      "abcde",
                                      "e30",
                                      "bnVsbA",
                                      "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIuLi94In0",
                                      "eyJ2IjoidjkiLCJydiI6MSwic3RhcnQiOiJ4In0"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        ck_assert_msg(!continue_parse(&a, str_of(bad[i]), &rev, &start, &e), "%s", bad[i]);
        ck_assert_int_eq(e.code, ERR_BAD_REQUEST);
        ck_assert_msg(strstr(e.text, "continue key is not valid"), "%s", e.text);
    }
}
END_TEST

TEST_MAIN("options", bad_list_options, good_list_options, options_of_writes, options_of_deletions, continue_tokens)
