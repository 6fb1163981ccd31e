/* test_token.c - tokens of service accounts: what is signed, what of it is believed, and for how long. */
#include "api/object.h"
#include "apiserver/filter/account_token.h"
#include "apiserver/filter/filter.h"
#include "apiserver/filter/jwt.h"
#include "apiserver/filter/limits.h"
#include "apiserver/http/certs.h"
#include "base/clk.h"
#include "cache_support.h"
#include "object_support.h"
#include "request_support.h"

static struct certs certs, strangers;
static int64_t now_s;

static void use_key(const struct certs *c)
{
    struct err e = ERR_INIT;
    ck_assert_msg(jwt_init(c->pair[CERT_SERVICE_ACCOUNT].key_pem, &e), "%s", e.text);
}

static void begin(void)
{
    struct err e = ERR_INIT;
    if (!certs.pair[CERT_CA].key_pem)
        ck_assert(certs_generate(&certs, NULL, &e) && certs_generate(&strangers, NULL, &e));
    use_key(&certs);
}

/* ---- The signature ---- */

static struct str sign(struct arena *a, const char *claims)
{
    struct str token = STR_NULL;
    struct err e = ERR_INIT;
    ck_assert_msg(jwt_sign(a, str_of(claims), &token, &e), "%s", e.text);
    return token;
}

START_TEST(signed_and_read_back)
{
    struct arena a AUTO_ARENA = {0};
    static const char *const rows[] = {"{}", "{\"a\":1}", "{\"a\":12}", "{\"a\":123}", "{\"\xc3\xbc\":\"\xff\"}"};
    struct str claims;
    begin();
    for (size_t i = 0; i < 50 * ARRAY_LEN(rows); i++) { /* often: r and s begin with zeros now and then */
        const char *text = rows[i % ARRAY_LEN(rows)];
        struct str token = sign(&a, text);
        ck_assert_msg(jwt_looks_like(token) && jwt_verify(&a, token, &claims), "%.*s", STR_ARG(token));
        ck_assert_strn_eq(claims, text);
    }
    struct str token = sign(&a, "{}"), rest, signature;
    str_cut(token, '.', &rest);
    ck_assert_strn_eq(str_cut(rest, '.', &signature), "e30");
    ck_assert_uint_eq(signature.n, 86); /* 64 bytes: r and s, no DER */
}
END_TEST

START_TEST(every_character_counts)
{
    struct arena a AUTO_ARENA = {0};
    struct str claims;
    begin();
    struct str token = sign(&a, "{\"sub\":\"x\"}");
    for (size_t i = 0; i < token.n; i++) {
        char *other = str_cstr(&a, token);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        ck_assert_msg(!jwt_verify(&a, str_of(other), &claims), "character %zu", i);
        ck_assert_msg(!jwt_verify(&a, str_n(token.p, i), &claims), "cut to %zu", i);
    }
    use_key(&strangers);
    ck_assert(!jwt_verify(&a, token, &claims));
}
END_TEST

START_TEST(not_ours)
{
    struct arena a AUTO_ARENA = {0};
    struct str claims, header, payload, signature;
    begin();
    struct str token = sign(&a, "{}");
    header = str_cut(token, '.', &payload);
    payload = str_cut(payload, '.', &signature);
    const char *h = str_cstr(&a, header), *p = str_cstr(&a, payload), *s = str_cstr(&a, signature);
    char *zeros = arena_zalloc(&a, signature.n + 1), *long_one = arena_zalloc(&a, ACCOUNT_TOKEN_MAX + 2);
    memset(zeros, 'A', signature.n);
    memset(long_one, 'A', ACCOUNT_TOKEN_MAX + 1);
    long_one[3] = long_one[6] = '.';
    char *loose = str_cstr(&a, signature); /* the last character has four bits that say nothing */
    loose[signature.n - 1]++;
    const char *const rows[] = {
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "\xff.\xfe.\xfd",
        arena_printf(&a, "%s..", h),
        arena_printf(&a, "%s.%s.", h, p),
        arena_printf(&a, "%s.%s.%s.", h, p, s),
        arena_printf(&a, "%s.%s.%s==", h, p, s),
        arena_printf(&a, "%s.%s.%s\n", h, p, s),
        arena_printf(&a, "%s.%s=.%s", h, p, s),
        arena_printf(&a, " %s.%s.%s", h, p, s),
        arena_printf(&a, "%s.%s.%s", h, p, zeros),
        arena_printf(&a, "%s.%s.%s", h, p, loose),
        arena_printf(&a, "%s.%s.%sAA", h, p, s),
        arena_printf(&a, "eyJhbGciOiJub25lIn0.%s.", p),       /* {"alg":"none"} */
        arena_printf(&a, "eyJhbGciOiJIUzI1NiJ9.%s.%s", p, s), /* {"alg":"HS256"} */
        arena_printf(&a, "eyJhbGciOiJFUzI1NiJ9.%s.%s", p, s), /* {"alg":"ES256"}, without our kid */
        long_one,
    };
    ck_assert(jwt_verify(&a, token, &claims));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_msg(!jwt_verify(&a, str_of(rows[i]), &claims), "row %zu: %s", i, rows[i]);
}
END_TEST

START_TEST(keys_that_are_no_use)
{
    struct err e = ERR_INIT;
    ck_assert(!jwt_init("", &e) && !jwt_init("no key", &e));
    ck_assert(!jwt_init(strangers.pair[CERT_CA].cert_pem, &e));
    begin();
}
END_TEST

/* ---- The claims ---- */

static void put(const char *place, const char *name, const char *uid, const char *more)
{
    AUTO_FREE char *key = xasprintf("/registry/%s/%s", place, name);
    AUTO_FREE char *text = xasprintf("{\"metadata\":{\"name\":\"%s\",\"uid\":\"%s\","
                                     "\"creationTimestamp\":\"2026-01-01T00:00:00Z\"%s}}",
                                     name, uid, more);
    const struct blob *b AUTO_BLOB = blob_new(str_of(text));
    submit(&(struct store_op){.kind = STORE_PUT, .key = str_of(key), .expect_rev = STORE_ANY_REV, .value = b});
}

static void drop(const char *key)
{
    submit(&(struct store_op){.kind = STORE_DELETE, .key = str_of(key), .expect_rev = STORE_ANY_REV});
}

static void advance_to(int64_t s)
{
    clk_set(&(struct clk_state){.at_ns = s * INT64_C(1000000000), .rate = 1, .paused = true});
    now_s = clk_s();
}

static void begin_cluster(void)
{
    begin();
    open_store();
    open_cache();
    advance_to(MAX(clk_s(), 1800000000));
    put("serviceaccounts/ns", "sa", "u-sa", "");
    put("pods/ns", "p", "u-p", "");
    put("secrets/ns", "s", "u-s", "");
    put("minions", "n", "u-n", "");
}

static const struct account_identity plain = {.ns = {"ns", 2}, .name = {"sa", 2}, .uid = {"u-sa", 4}};

static struct str issue(struct arena *a, const struct account_identity *who, const char *audiences, int64_t from_s)
{
    struct str token = STR_NULL;
    struct err e = ERR_INIT;
    const struct json *list = json_parse(a, str_of(arena_strdup(a, audiences)), &e);
    ck_assert_msg(account_token_issue(a, who, list, from_s, 600, &token, &e), "%s", e.text);
    return token;
}

#define OURS "[\"x\",\"" ACCOUNT_ISSUER "\"]"

static bool proves(struct str token)
{
    struct arena a AUTO_ARENA = {0};
    struct account_identity who;
    return account_token_check(&a, token, NULL, &who);
}

START_TEST(what_is_claimed)
{
    struct arena a AUTO_ARENA = {0};
    struct account_identity who = plain, got;
    struct str text;
    struct err e = ERR_INIT;
    begin_cluster();
    who.pod = (struct account_bound){STR("p"), STR("u-p")};
    who.node = (struct account_bound){STR("gone"), STR_NULL}; /* beside a pod it only informs */
    struct str token = issue(&a, &who, OURS, 1800000000);
    ck_assert(jwt_verify(&a, token, &text));
    struct json *claims = json_parse(&a, text, &e);
    ck_assert_uint_eq(obj_str(claims, ".jti").n, 36);
    obj_del(claims, ".jti");
    ck_assert_str_eq(text_of(&a, claims),
                     "{\"aud\":[\"x\",\"" ACCOUNT_ISSUER "\"],\"exp\":1800000600,\"iat\":1800000000,"
                     "\"iss\":\"" ACCOUNT_ISSUER "\",\"kubernetes.io\":{\"namespace\":\"ns\","
                     "\"node\":{\"name\":\"gone\"},\"pod\":{\"name\":\"p\",\"uid\":\"u-p\"},"
                     "\"serviceaccount\":{\"name\":\"sa\",\"uid\":\"u-sa\"}},\"nbf\":1800000000,"
                     "\"sub\":\"system:serviceaccount:ns:sa\"}");
    token = issue(&a, &who, OURS, now_s);
    ck_assert(account_token_check(&a, token, NULL, &got));
    ck_assert_strn_eq(got.ns, "ns");
    ck_assert_strn_eq(got.name, "sa");
    ck_assert_strn_eq(got.uid, "u-sa");
    ck_assert_strn_eq(got.pod.uid, "u-p");
    ck_assert_strn_eq(got.node.name, "gone");
    ck_assert_uint_eq(got.token_id.n, 36);
    close_all();
}
END_TEST

START_TEST(for_whom_and_when)
{
    struct arena a AUTO_ARENA = {0};
    begin_cluster();
    ck_assert(!proves(issue(&a, &plain, "[]", now_s)));
    ck_assert(!proves(issue(&a, &plain, "[\"other\"]", now_s)));
    ck_assert(proves(issue(&a, &plain, OURS, now_s + TOKEN_LEEWAY_S)));
    ck_assert(!proves(issue(&a, &plain, OURS, now_s + TOKEN_LEEWAY_S + 1)));
    struct str token = issue(&a, &plain, OURS, now_s);
    advance_to(now_s + 600 + TOKEN_LEEWAY_S);
    ck_assert(proves(token));
    advance_to(now_s + 1);
    ck_assert(!proves(token));
    close_all();
}
END_TEST

START_TEST(claims_that_do_not_agree)
{
    static const char *const rows[] = {
        "[]",
        "null",
        "{}",
        "{\"aud\":[\"" ACCOUNT_ISSUER "\"]}",
        "{",
        "",
        "{\"aud\":[\"" ACCOUNT_ISSUER "\"],\"exp\":9000000000,\"nbf\":0,\"iss\":\"other\",\"kubernetes.io\":{"
        "\"namespace\":\"ns\",\"serviceaccount\":{\"name\":\"sa\",\"uid\":\"u-sa\"}},"
        "\"sub\":\"system:serviceaccount:ns:sa\"}",
        "{\"aud\":[\"" ACCOUNT_ISSUER "\"],\"exp\":9000000000,\"nbf\":0,\"iss\":\"" ACCOUNT_ISSUER
        "\",\"kubernetes.io\":{"
        "\"namespace\":\"ns\",\"serviceaccount\":{\"name\":\"sa\",\"uid\":\"u-sa\"}},"
        "\"sub\":\"system:serviceaccount:ns:admin\"}",
    };
    struct arena a AUTO_ARENA = {0};
    begin_cluster();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) ck_assert_msg(!proves(sign(&a, rows[i])), "row %zu", i);
    close_all();
}
END_TEST

START_TEST(ends_with_what_it_is_bound_to)
{
    static const struct {
        const char *place, *name, *uid;
    } rows[] = {{"serviceaccounts/ns", "sa", "u-sa"},
                {"pods/ns", "p", "u-p"},
                {"secrets/ns", "s", "u-s"},
                {"minions", "n", "u-n"}};
    struct arena a AUTO_ARENA = {0};
    begin_cluster();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct account_identity who = plain;
        struct account_bound *const members[] = {NULL, &who.pod, &who.secret, &who.node};
        if (members[i]) *members[i] = (struct account_bound){str_of(rows[i].name), str_of(rows[i].uid)};
        struct str token = issue(&a, &who, OURS, now_s);
        char text[CLK_TEXT_MAX];
        ck_assert_msg(proves(token), "%s", rows[i].place);
        put(rows[i].place, rows[i].name, "another", "");
        ck_assert_msg(!proves(token), "%s", rows[i].place);
        clk_rfc3339(now_s - TOKEN_LEEWAY_S, text);
        put(rows[i].place, rows[i].name, rows[i].uid, arena_printf(&a, ",\"deletionTimestamp\":\"%s\"", text));
        ck_assert_msg(proves(token), "%s: going", rows[i].place);
        clk_rfc3339(now_s - TOKEN_LEEWAY_S - 1, text);
        put(rows[i].place, rows[i].name, rows[i].uid, arena_printf(&a, ",\"deletionTimestamp\":\"%s\"", text));
        ck_assert_msg(!proves(token), "%s: gone long since", rows[i].place);
        drop(arena_printf(&a, "/registry/%s/%s", rows[i].place, rows[i].name));
        ck_assert_msg(!proves(token), "%s", rows[i].place);
        put(rows[i].place, rows[i].name, rows[i].uid, "");
    }
    close_all();
}
END_TEST

START_TEST(the_user_of_a_request)
{
    struct arena a AUTO_ARENA = {0};
    begin_cluster();
    const char *value = arena_printf(&a, "Bearer %s", str_cstr(&a, issue(&a, &plain, OURS, now_s)));
    struct request *r = request_begin("GET", "/api/v1/pods", "Authorization", value, NULL);
    ck_assert(authn_request(r));
    ck_assert_strn_eq(r->user.name, "system:serviceaccount:ns:sa");
    ck_assert_strn_eq(r->user.uid, "u-sa");
    ck_assert_int_eq(r->user.ngroups, 3);
    ck_assert_strn_eq(r->user.groups[0], "system:serviceaccounts");
    ck_assert_strn_eq(r->user.groups[1], "system:serviceaccounts:ns");
    ck_assert_strn_eq(r->user.groups[2], "system:authenticated");
    ck_assert_int_eq(r->user.nextra, 1);
    request_end(r);
    drop("/registry/serviceaccounts/ns/sa");
    r = request_begin("GET", "/healthz", "Authorization", value, NULL);
    ck_assert(!authn_request(r));
    ck_assert_int_eq(r->resp.code, 401);
    request_end(r);
    close_all();
    certs_release(&certs);
    certs_release(&strangers);
}
END_TEST

TEST_MAIN("token", signed_and_read_back, every_character_counts, not_ours, keys_that_are_no_use, what_is_claimed,
          for_whom_and_when, claims_that_do_not_agree, ends_with_what_it_is_bound_to, the_user_of_a_request)
