/* test_old_kinds.c - kinds that are known and not served. */
#include "check_main.h"

#include "apiserver/rest/old_kinds.h"
#include "base/mem.h"

START_TEST(which_are_known)
{
    static const struct {
        const char *group, *version, *kind;
        enum old_kind want;
    } rows[] = {{"apps", "v1beta1", "Deployment", OLD_KIND},
                {"extensions", "v1beta1", "Ingress", OLD_KIND},
                {"apps", "v1beta1", "DaemonSet", OLD_NONE},
                {"apps", "v1beta3", "Deployment", OLD_NONE},
                {"apps", "v1", "DeploymentList", OLD_KIND},
                {"extensions", "v1beta1", "IngressList", OLD_KIND},
                {"", "v1", "List", OLD_META},
                {"apps", "v1", "List", OLD_NONE},
                {"batch", "v1beta1", "ListOptions", OLD_META},
                {"example.com", "v1", "ListOptions", OLD_NONE},
                {"apps", "v1", "WidgetList", OLD_NONE},
                {"policy", "v1beta1", "Eviction", OLD_KIND},
                {"apps", "v1beta1", "", OLD_NONE}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_msg(old_kind_of(str_of(rows[i].group), str_of(rows[i].version), str_of(rows[i].kind)) == rows[i].want,
                      "%s/%s %s", rows[i].group, rows[i].version, rows[i].kind);
}
END_TEST

TEST_MAIN("old_kinds", which_are_known)
