/* test_url.c - URLs taken apart as Go's net/url does. Errors were compared with Go 1.26. */
#include "apiserver/object/url.h"

#include "base/mem.h"
#include "check_main.h"

static const struct {
    const char *text, *scheme, *host, *path, *query, *fragment, *user;
} good[] = {
    {"https://a.b:8443/c/d?e=f#g", "https", "a.b:8443", "/c/d", "e=f", "g", NULL},
    {"https://me:pw@a/", "https", "a", "/", "", "", "me:pw"},
    {"https://me@you@a", "https", "a", "", "", "", "me@you"},
    {"//a/b", "", "a", "/b", "", "", NULL},
    {"/a/b", "", "", "/a/b", "", "", NULL},
    {"a/b:c", "", "", "a/b:c", "", "", NULL},
    {"mailto:a@b", "mailto", "", "", "", "", NULL},
    {"https://[::1]:80/", "https", "[::1]:80", "/", "", "", NULL},
    {"https://a:/", "https", "a:", "/", "", "", NULL},
    {"", "", "", "", "", "", NULL},
};

START_TEST(parts)
{
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct arena a AUTO_ARENA = {0};
        struct url u;
        const char *why = NULL;
        ck_assert_msg(url_parse(&a, str_of(good[i].text), &u, &why), "%s: %s", good[i].text, why);
        ck_assert_msg(str_eqc(u.scheme, good[i].scheme) && str_eqc(u.host, good[i].host), "%s", good[i].text);
        ck_assert_msg(str_eqc(u.path, good[i].path) && str_eqc(u.query, good[i].query), "%s", good[i].text);
        ck_assert_msg(str_eqc(u.fragment, good[i].fragment), "%s", good[i].text);
        ck_assert_msg(u.has_user == (good[i].user != NULL), "%s", good[i].text);
        if (good[i].user) ck_assert_msg(str_eqc(u.user, good[i].user), "%s", good[i].text);
    }
}
END_TEST

START_TEST(errors)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"https://a\n", "net/url: invalid control character in URL"},
        {":8080", "missing protocol scheme"},
        {"1.2.3.4:80/d", "first path segment in URL cannot contain colon"},
        {"https://a:b/", "invalid port \":b\" after host"},
        {"https://a b/", "invalid character \" \" in host name"},
        {"https://[::1", "missing ']' in host"},
        {"https://a/%zz", "invalid URL escape \"%zz\""},
        {"https://a/%a", "invalid URL escape \"%a\""},
        {"https://a/#%", "invalid URL escape \"%\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct arena a AUTO_ARENA = {0};
        struct url u;
        const char *why = NULL;
        ck_assert_msg(!url_parse(&a, str_of(bad[i].text), &u, &why), "%s", bad[i].text);
        ck_assert_str_eq(why, bad[i].why);
    }
}
END_TEST

TEST_MAIN("url", parts, errors)
