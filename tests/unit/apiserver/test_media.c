/* test_media.c - content negotiation and bodies. */
#include "request_support.h"

static const struct accept_case {
    const char *accept;
    bool ok;
    enum media media;
    enum form form;
    const char *version;
} accepts[] = {
    {"", true, MEDIA_JSON, FORM_OBJECT, "v1"},
    {"*/*", true, MEDIA_JSON, FORM_OBJECT, "v1"},
    {"application/*", true, MEDIA_JSON, FORM_OBJECT, "v1"},
    {"application/json", true, MEDIA_JSON, FORM_OBJECT, "v1"},
    {"application/yaml", true, MEDIA_YAML, FORM_OBJECT, "v1"},
    {"application/yaml;q=0.5, application/json", true, MEDIA_JSON, FORM_OBJECT, "v1"},
    {"*/*, application/yaml", true, MEDIA_YAML, FORM_OBJECT, "v1"},
    {"application/vnd.kubernetes.protobuf, application/json", true, MEDIA_JSON, FORM_OBJECT, "v1"},
    {"application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
     true, MEDIA_JSON, FORM_TABLE, "v1"},
    {"application/json;as=Table;v=v1beta1;g=meta.k8s.io, application/json", true, MEDIA_JSON, FORM_TABLE, "v1beta1"},
    {"application/json;as=Table;v=v7;g=meta.k8s.io, application/json", true, MEDIA_JSON, FORM_OBJECT, "v1"},
    {"application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", true, MEDIA_JSON, FORM_METADATA, "v1"},
    {"application/json; charset=utf-8 ; q=0.3", true, MEDIA_JSON, FORM_OBJECT, "v1"},
    {"application/json;q=0", false, MEDIA_JSON, FORM_OBJECT, ""},
    {"text/html", false, MEDIA_JSON, FORM_OBJECT, ""},
    {"application/vnd.kubernetes.protobuf", false, MEDIA_JSON, FORM_OBJECT, ""},
    {",,;;=,", false, MEDIA_JSON, FORM_OBJECT, ""},
};

START_TEST(accept_is_negotiated)
{
    for (size_t i = 0; i < ARRAY_LEN(accepts); i++) {
        const struct accept_case *c = &accepts[i];
        struct request *r = request_begin("GET", "/api/v1/pods", "Accept", c->accept, NULL);
        ck_assert_msg(media_negotiate(r) == c->ok, "%s", c->accept);
        if (c->ok) {
            ck_assert_msg(r->accept.media == c->media && r->accept.form == c->form, "%s", c->accept);
            ck_assert_str_eq(r->accept.as_version, c->version);
        } else {
            ck_assert_int_eq(r->resp.code, 406);
            ck_assert_ptr_nonnull(strstr(response_text(r), "only the following media types are accepted"));
        }
        request_end(r);
    }
}
END_TEST

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
        struct err e = ERR_INIT;
        r->body = str_of(rows[i].body);
        const struct json *j = media_decode(r, MEDIA_JSON, t, &version, &kind, &e);
        ck_assert_msg((j != NULL) == !rows[i].error, "%s: %s", rows[i].body, e.text);
        if (rows[i].error) ck_assert_msg(strncmp(e.text, rows[i].error, strlen(rows[i].error)) == 0, "%s", e.text);
        request_end(r);
    }
}
END_TEST

START_TEST(responses_in_both_media)
{
    struct buf b;
    struct request *r = request_begin("GET", "/x?pretty=true", NULL);
    ck_assert(media_negotiate(r));
    buf_init(&b, 100);
    buf_cstr(&b, "{\"a\":{\"b\":1}}");
    media_respond(r, 200, &b);
    ck_assert_str_eq(response_text(r), "{\n  \"a\": {\n    \"b\": 1\n  }\n}");
    request_end(r);

    r = request_begin("GET", "/x", "Accept", "application/yaml", NULL);
    ck_assert(media_negotiate(r));
    buf_init(&b, 100);
    buf_cstr(&b, "{\"a\":{\"b\":1}}");
    media_respond(r, 200, &b);
    ck_assert_str_eq(response_text(r), "a:\n  b: 1\n");
    ck_assert_str_eq(r->resp.content_type, "application/yaml");
    request_end(r);
}
END_TEST

TEST_MAIN("media", accept_is_negotiated, body_media, type_meta_of_bodies, responses_in_both_media)
