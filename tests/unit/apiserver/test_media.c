/* test_media.c - bodies in, answers out. */
#include "request_support.h"

#include "api/object.h"
#include "api/proto.h"
#include "apiserver/rest/status.h"

START_TEST(body_media)
{
    static const struct {
        const char *type;
        bool ok;
        enum media media;
    } rows[] = {
        {"", true, MEDIA_JSON},
        {"application/json; charset=utf-8", true, MEDIA_JSON},
        {"Application/YAML", true, MEDIA_YAML},
        {"application/vnd.kubernetes.protobuf", true, MEDIA_PROTOBUF},
        {"application/json;", true, MEDIA_JSON},
        {"application/json ; a=\"b;c\\\"d\" ; e=f", true, MEDIA_JSON},
        {"application/json; charset", false, MEDIA_JSON},
        {"application/json; a=1; A=2", false, MEDIA_JSON},
        {"application/json; a=\"b", false, MEDIA_JSON},
        {"application/json, application/yaml", false, MEDIA_JSON},
        {"application/json a=b", false, MEDIA_JSON},
        {"text/plain", false, MEDIA_JSON},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request *r = request_begin("POST", "/api/v1/namespaces/a/pods", "Content-Type", rows[i].type, NULL);
        enum media m;
        ck_assert_msg(media_of_body(r, &m) == rows[i].ok, "%s", rows[i].type);
        if (rows[i].ok)
            ck_assert_int_eq(m, rows[i].media);
        else
            ck_assert_int_eq(r->resp.code, 415);
        request_end(r);
    }
}
END_TEST

START_TEST(type_meta_of_bodies)
{
    static const struct {
        const char *body, *error;
    } rows[] = {
        {"{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}", NULL},
        {"null", NULL},
        {"", "couldn't get version/kind; json parse error: unexpected end of JSON input"},
        {"hello", "couldn't get version/kind; json parse error: invalid character 'h' looking for beginning of value"},
        {"{\"kind\":1}", "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct "
                         "field .kind of type string"},
        {"[]",
         "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct {"},
    };
    const struct api_type *t = api_find_type("core/v1", "Pod");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request *r = request_begin("POST", "/api/v1/namespaces/a/pods", NULL);
        struct str version, kind;
        struct err e = ERR_INIT, duplicates;
        r->body = str_of(rows[i].body);
        const struct json *j = media_decode(r, MEDIA_JSON, t, &version, &kind, &duplicates, &e);
        ck_assert_msg((j != NULL) == !rows[i].error, "%s: %s", rows[i].body, e.text);
        if (rows[i].error) ck_assert_msg(strncmp(e.text, rows[i].error, strlen(rows[i].error)) == 0, "%s", e.text);
        request_end(r);
    }
}
END_TEST

START_TEST(responses_in_all_media)
{
    struct buf b;
    struct request *r = request_begin("GET", "/x?pretty=true", NULL);
    ck_assert(accept_negotiate(r));
    buf_init(&b, 100);
    buf_cstr(&b, "{\"a\":{\"b\":1}}");
    media_respond(r, 200, &b);
    ck_assert_str_eq(response_text(r), "{\n  \"a\": {\n    \"b\": 1\n  }\n}");
    request_end(r);

    r = request_begin("GET", "/x", "Accept", "application/yaml", NULL);
    ck_assert(accept_negotiate(r));
    buf_init(&b, 100);
    buf_cstr(&b, "{\"a\":{\"b\":1}}");
    media_respond(r, 200, &b);
    ck_assert_str_eq(response_text(r), "a:\n  b: 1\n");
    ck_assert_str_eq(r->resp.content_type, "application/yaml");
    request_end(r);

    r = request_begin("GET", "/x", "Accept", "application/vnd.kubernetes.protobuf", NULL);
    status_failf(r, ERR_BAD_REQUEST, "no");
    ck_assert_str_eq(r->resp.content_type, "application/vnd.kubernetes.protobuf");
    struct str wire = buf_view(&r->resp.body), version, kind, raw;
    struct err e = ERR_INIT;
    ck_assert(proto_open(wire, &version, &kind, &raw, &e));
    ck_assert(str_eqc(version, "v1") && str_eqc(kind, "Status"));
    const struct json *status = proto_decode(&r->arena, api_find_type("meta/v1", "Status"), raw, &e);
    ck_assert(str_eqc(obj_str(status, ".message"), "no"));
    ck_assert_int_eq(obj_int(status, ".code", 0), 400);
    request_end(r);
}
END_TEST

TEST_MAIN("media", body_media, type_meta_of_bodies, responses_in_all_media)
