/* test_services.c - which group versions definitions serve, as they come, change and go. */
#include "apiserver/crd/services.h"

#include "base/buf.h"
#include "base/err.h"
#include "check_main.h"

static struct buf looked; /* " v1.g", in the order of looks */

static void look(struct str name) { buf_addf(&looked, " %.*s", STR_ARG(name)); }

static void define(const char *crd, const char *definition, const char *looks)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    buf_clear(&looked);
    services_set(str_of(crd), definition ? json_parse(&a, str_of(definition), &e) : NULL, look);
    ck_assert_msg(str_eqc(buf_view(&looked), looks), "%s: looked at%.*s", crd, STR_ARG(buf_view(&looked)));
}

#define V1                                                                                                             \
    "{\"spec\":{\"group\":\"g\",\"versions\":[{\"name\":\"v1\",\"served\":true},{\"name\":\"v2\",\"served\":false}]}}"
#define V1_V2                                                                                                          \
    "{\"spec\":{\"group\":\"g\",\"versions\":[{\"name\":\"v1\",\"served\":true},{\"name\":\"v2\",\"served\":true}]}}"

START_TEST(as_long_as_one_serves_it)
{
    buf_init(&looked, 4096);
    define("a.g", V1, " v1.g");
    ck_assert(services_wanted(STR("v1.g")) && !services_wanted(STR("v2.g")));
    define("b.g", V1, " v1.g");
    define("a.g", V1, "");
    define("a.g", V1_V2, " v1.g v1.g v2.g");
    ck_assert(services_wanted(STR("v2.g")));
    define("a.g", NULL, " v1.g v2.g");
    ck_assert(services_wanted(STR("v1.g")) && !services_wanted(STR("v2.g")));
    define("b.g", NULL, " v1.g");
    ck_assert(!services_wanted(STR("v1.g")));
    define("b.g", NULL, "");
    buf_release(&looked);
}
END_TEST

TEST_MAIN("services", as_long_as_one_serves_it)
