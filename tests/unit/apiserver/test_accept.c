/* test_accept.c - content negotiation: Accept, what is not there, ?pretty, compression. */
#include "accept_rows.h"
#include "request_support.h"

#include "apiserver/http/gzip.h"
#include "schema_ids.h"

#include <zlib.h>

static struct request *asks(const char *path, const char *accept)
{
    struct request *r = request_begin("GET", path, "Accept", accept, NULL);
    r->target.res = &res_core_v1_pods;
    return r;
}

static void check_outcome(const struct request *r, const char *header, const struct outcome *want)
{
    ck_assert_msg(r->accept.media == want->media && r->accept.form == want->form &&
                      strcmp(r->accept.as_version, want->version) == 0 && r->accept.pretty == want->pretty,
                  "%s: media %d, form %d of %s, pretty %d", header, r->accept.media, r->accept.form,
                  r->accept.as_version, r->accept.pretty);
}

START_TEST(as_upstream)
{
    for (size_t i = 0; i < ARRAY_LEN(accept_rows); i++)
        for (int at = AT_PODS; at <= AT_EVICTION; at++) {
            const struct accept_row *row = &accept_rows[i];
            struct request *r = asks("/api/v1/pods", row->header);
            if (at == AT_EVICTION) r->target.sub = api_find_sub(r->target.res, STR("eviction"));
            ck_assert_msg(accept_negotiate(r) == row->at[at].ok, "%s", row->header);
            if (row->at[at].ok)
                check_outcome(r, row->header, &row->at[at]);
            else
                ck_assert_int_eq(r->resp.code, 406);
            request_end(r);
        }
}
END_TEST

START_TEST(failures_as_upstream)
{
    static const struct outcome otherwise = {true, MEDIA_JSON, FORM_OBJECT, "v1", true};
    for (size_t i = 0; i < ARRAY_LEN(accept_rows); i++) {
        const struct accept_row *row = &accept_rows[i];
        struct request *r = asks("/api/v1/pods", row->header);
        accept_negotiate_error(r);
        check_outcome(r, row->header, row->at[AT_FAILURE].ok ? &row->at[AT_FAILURE] : &otherwise);
        request_end(r);
    }
}
END_TEST

/* Upstream's router knows whole types only; objects of built-in kinds alone come from it. */
START_TEST(the_router_looks_first)
{
    static const struct {
        const char *accept, *sub;
        bool ok;
    } rows[] = {{"application/json", NULL, true}, {"", NULL, true},
                {"*/*;q=0.1", NULL, true},        {"text/html, application/yaml;q=0.2", NULL, true},
                {"application/*", NULL, false},   {"Application/JSON", NULL, false},
                {"text/html", NULL, false},       {"text/plain", NULL, false},
                {"text/plain", "log", true},      {"application/json;as=Foo", NULL, true}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request *r = asks("/api/v1/pods", rows[i].accept);
        if (rows[i].sub) r->target.sub = api_find_sub(r->target.res, str_of(rows[i].sub));
        ck_assert_msg(accept_route(r) == rows[i].ok, "%s", rows[i].accept);
        request_end(r);
    }
    struct request *r = asks("/api/v1/pods", "text/html");
    r->target.verb = VERB_LIST;
    ck_assert(!accept_route(r));
    ck_assert_ptr_nonnull(strstr(response_text(r),
                                 "\"message\": \"406: Not Acceptable\\n\\nAvailable representations: "
                                 "application/json, application/yaml, "
                                 "application/vnd.kubernetes.protobuf, application/json;stream=watch, "
                                 "application/vnd.kubernetes.protobuf;stream=watch\""));
    request_end(r);
}
END_TEST

START_TEST(says_what_there_is)
{
    struct request *r = asks("/api/v1/pods", "text/html");
    ck_assert(!accept_negotiate(r));
    ck_assert_str_eq(response_text(r),
                     "{\n  \"kind\": \"Status\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {},\n  \"status\": "
                     "\"Failure\",\n  \"message\": \"only the following media types are accepted: application/json, "
                     "application/yaml, application/vnd.kubernetes.protobuf\",\n  \"reason\": \"NotAcceptable\",\n  "
                     "\"code\": 406\n}");
    request_end(r);

    r = asks("/api/v1/pods?watch=1", "application/yaml");
    ck_assert(accept_negotiate(r));
    ck_assert(!accept_stream(r));
    ck_assert_int_eq(r->resp.code, 406);
    ck_assert_str_eq(r->resp.content_type, "application/yaml");
    ck_assert_ptr_nonnull(strstr(response_text(r), "application/json;stream=watch"));
    request_end(r);
}
END_TEST

/* No protobuf where the schema has no numbers: its clause is passed over. */
START_TEST(kinds_without_numbers)
{
    struct request *r =
        asks("/apis/sim.kubestep.dev/v1/clocks", "application/vnd.kubernetes.protobuf,application/json");
    r->target.res = &res_sim_kubestep_dev_v1_clocks;
    ck_assert(accept_negotiate(r));
    ck_assert_int_eq(r->accept.media, MEDIA_JSON);
    request_end(r);
}
END_TEST

START_TEST(lists_and_objects)
{
    static const struct {
        const char *form, *error;
        const struct api_resource *res;
        bool list;
    } rows[] = {
        {"PartialObjectMetadata", NULL, &res_core_v1_pods, false},
        {"PartialObjectMetadataList", NULL, &res_core_v1_pods, true},
        {"Table", NULL, &res_core_v1_pods, true},
        {"PartialObjectMetadata",
         "you requested PartialObjectMetadata, but the requested object is a list (*core.PodList)", &res_core_v1_pods,
         true},
        {"PartialObjectMetadataList",
         "you requested PartialObjectMetadataList, but the requested object is not a list (*apps.Deployment)",
         &res_apps_v1_deployments, false},
        {"PartialObjectMetadata",
         "you requested PartialObjectMetadata, but the requested object is a list (*core.EventList)",
         &res_events_k8s_io_v1_events, true},
        {"PartialObjectMetadataList",
         "you requested PartialObjectMetadataList, but the requested object is not a list (*rbac.Role)",
         &res_rbac_authorization_k8s_io_v1_roles, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_FREE char *header = xasprintf("application/json;g=meta.k8s.io;v=v1;as=%s", rows[i].form);
        struct request *r = asks("/x", header);
        r->target.res = rows[i].res;
        ck_assert(accept_negotiate(r));
        ck_assert(accept_fits(r, rows[i].list) == !rows[i].error);
        if (rows[i].error) {
            ck_assert_int_eq(r->resp.code, 406);
            ck_assert_msg(strstr(response_text(r), rows[i].error) != NULL, "%s", response_text(r));
        }
        request_end(r);
    }
}
END_TEST

START_TEST(who_gets_it_pretty)
{
    static const struct {
        const char *uri, *agent;
        bool pretty;
    } rows[] = {
        {"/x", "go-client", false},         {"/x", "curl/7.88.1", true},       {"/x", "Wget/1.21", true},
        {"/x", "Mozilla/5.0 (X11)", true},  {"/x?pretty=1", "go", true},       {"/x?pretty=true", "go", true},
        {"/x?pretty=TRUE", "go", true},     {"/x?pretty=tRUE", "curl", false}, {"/x?pretty=0", "curl", false},
        {"/x?pretty=false", "curl", false}, {"/x?pretty=yes", "curl", false},  {"/x?pretty=", "curl", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request *r = request_begin("GET", rows[i].uri, "User-Agent", rows[i].agent, NULL);
        ck_assert(accept_negotiate(r));
        ck_assert_msg(r->accept.pretty == rows[i].pretty, "%s %s", rows[i].uri, rows[i].agent);
        request_end(r);
    }
}
END_TEST

START_TEST(too_many_clauses)
{
    struct buf header AUTO_BUF = {0};
    buf_init(&header, 1 << 20);
    for (int i = 0; i < 5000; i++) buf_cstr(&header, "text/html,");
    buf_cstr(&header, "application/json");
    struct request *r = asks("/x", header.p);
    ck_assert(!accept_negotiate(r)); /* those behind the limit are not looked at */
    request_end(r);
}
END_TEST

START_TEST(who_takes_gzip)
{
    static const struct {
        const char *header;
        bool gzip;
    } rows[] = {{"gzip", true},        {"deflate, gzip", true}, {" gzip ,br", true}, {"", false},
                {"gzip;q=1.0", false}, {"identity", false},     {"*", false},        {"gzipped", false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_msg(gzip_accepted(str_of(rows[i].header)) == rows[i].gzip, "%s", rows[i].header);
}
END_TEST

/* An answer of n bytes (the line end included) to a client that takes gzip. */
static struct request *answered(size_t n)
{
    struct request *r = request_begin("GET", "/x", "Accept-Encoding", "gzip", NULL);
    struct buf b;
    ck_assert(accept_negotiate(r));
    buf_init(&b, n);
    buf_char(&b, '"');
    while (b.n < n - 2) buf_add(&b, &"abcdefgh"[b.n % 8], 1);
    buf_char(&b, '"');
    media_respond(r, 200, &b);
    return r;
}

START_TEST(long_answers_are_compressed)
{
    struct request *r = answered(GZIP_MIN);
    ck_assert_uint_eq(r->resp.body.n, GZIP_MIN);
    ck_assert_ptr_null(header_of(r, "Content-Encoding"));
    ck_assert_ptr_null(header_of(r, "Vary"));
    request_end(r);

    r = answered(GZIP_MIN + 1);
    ck_assert_uint_lt(r->resp.body.n, 4096);
    ck_assert_str_eq(header_of(r, "Content-Encoding"), "gzip");
    ck_assert_str_eq(header_of(r, "Vary"), "Accept-Encoding");
    static char plain[GZIP_MIN + 2];
    z_stream z = {.next_in = (Bytef *)r->resp.body.p,
                  .avail_in = (uInt)r->resp.body.n,
                  .next_out = (Bytef *)plain,
                  .avail_out = sizeof plain};
    ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
    ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
    ck_assert_uint_eq(z.total_out, GZIP_MIN + 1);
    ck_assert_mem_eq(plain, "\"bcdefgha", 9);
    ck_assert_int_eq(plain[GZIP_MIN], '\n');
    inflateEnd(&z);
    request_end(r);
}
END_TEST

TEST_MAIN("accept", as_upstream, failures_as_upstream, the_router_looks_first, says_what_there_is,
          kinds_without_numbers, lists_and_objects, who_gets_it_pretty, too_many_clauses, who_takes_gzip,
          long_answers_are_compressed)
