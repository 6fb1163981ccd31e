/* test_crd_status.c - which names definitions get, and what their status says step by step. */
#include "api/object.h"
#include "apiserver/crd/keeper_status.h"
#include "apiserver/crd/names.h"
#include "check_main.h"

#include <stdio.h>

static struct json *definition(struct arena *a, const char *group, const char *names, const char *more)
{
    struct err e = ERR_INIT;
    const char *text =
        arena_printf(a, "{\"metadata\":{%s},\"spec\":{\"group\":\"%s\",\"names\":%s}}", more, group, names);
    struct json *def = json_parse(a, str_of(text), &e);
    ck_assert_msg(def != NULL, "%s", e.text);
    return def;
}

/* "Type=Status(Reason) .." in the definition's order */
static const char *conditions(const struct json *def)
{
    static char out[1024];
    size_t n = 0;
    out[0] = '\0';
    for (OBJ_EACH(c, def, ".status.conditions"))
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s=%.*s(%.*s)", n ? " " : "", STR_ARG(obj_str(c, ".type")),
                              STR_ARG(obj_str(c, ".status")), STR_ARG(obj_str(c, ".reason")));
    return out;
}

#define WIDGETS                                                                                                        \
    "{\"plural\":\"widgets\",\"singular\":\"widget\",\"kind\":\"Widget\",\"listKind\":\"WidgetList\",\"shortNames\":[" \
    "\"w\"]}"
#define GADGETS(short_name)                                                                                            \
    "{\"plural\":\"gadgets\",\"singular\":\"gadget\",\"kind\":\"Gadget\",\"listKind\":\"GadgetList\",\"shortNames\":[" \
    "\"" short_name "\"]}"

static void accept(const char *crd, const struct json *def)
{
    names_set(str_of(crd), obj_str(def, ".spec.group"), obj_get(def, ".status.acceptedNames"), true);
}

START_TEST(a_definition_gets_its_names_and_is_established)
{
    struct arena a AUTO_ARENA = {0};
    struct json *def = definition(&a, "g", WIDGETS, "");
    ck_assert(status_next(&a, def));
    ck_assert_str_eq(conditions(def), "NamesAccepted=True(NoConflicts) Established=False(Installing)");
    ck_assert(json_equal(obj_get(def, ".status.acceptedNames"), obj_get(def, ".spec.names")));
    ck_assert(status_next(&a, def));
    ck_assert_str_eq(conditions(def), "NamesAccepted=True(NoConflicts) Established=True(InitialNamesAccepted)");
    ck_assert(!status_next(&a, def));
}
END_TEST

START_TEST(two_of_a_group_never_share_a_name)
{
    struct arena a AUTO_ARENA = {0};
    struct json *first = definition(&a, "g", WIDGETS, ""), *second = definition(&a, "g", GADGETS("w"), ""),
                *elsewhere = definition(&a, "h", GADGETS("w"), "");
    ck_assert(status_next(&a, first));
    accept("widgets.g", first);
    ck_assert(status_next(&a, second));
    ck_assert_str_eq(conditions(second), "NamesAccepted=False(ShortNamesConflict) Established=False(NotAccepted)");
    ck_assert(obj_is(obj_condition(second, "NamesAccepted"), ".message", "\"w\" is already in use"));
    ck_assert(!obj_has(second, ".status.acceptedNames.shortNames"));
    ck_assert(obj_is(second, ".status.acceptedNames.kind", "Gadget"));
    ck_assert(!status_next(&a, second)); /* till the name is free */
    ck_assert(status_next(&a, elsewhere));
    ck_assert(obj_condition_true(elsewhere, "NamesAccepted"));
    names_set(STR("widgets.g"), STR(""), NULL, false);
    ck_assert(status_next(&a, second));
    ck_assert_str_eq(conditions(second), "NamesAccepted=True(NoConflicts) Established=False(Installing)");
}
END_TEST

START_TEST(groups_of_the_community_want_an_approval)
{
    static const struct {
        const char *annotation, *want;
    } cases[] = {{"", "False(MissingAnnotation)"},
                 {"unapproved, a trial", "False(UnapprovedAnnotation)"},
                 {"https://github.com/kubernetes/kubernetes/pull/1", "True(ApprovedAnnotation)"},
                 {"yes", "False(InvalidAnnotation)"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena a AUTO_ARENA = {0};
        const char *more =
            arena_printf(&a, "\"annotations\":{\"api-approved.kubernetes.io\":\"%s\"}", cases[i].annotation);
        struct json *def = definition(&a, "x.k8s.io", WIDGETS, more);
        ck_assert(status_next(&a, def));
        const char *want = arena_printf(&a, "KubernetesAPIApprovalPolicyConformant=%s", cases[i].want);
        ck_assert_str_eq(conditions(def), want);
    }
}
END_TEST

static int waiting;
static void count_one(struct str crd)
{
    ck_assert(str_eqc(crd, "gadgets.g"));
    waiting++;
}

START_TEST(names_are_counted)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *w = json_parse(&a, STR(WIDGETS), &e), *g = json_parse(&a, STR(GADGETS("w")), &e);
    names_set(STR("widgets.g"), STR("g"), w, true);
    names_set(STR("gadgets.g"), STR("g"), g, false);
    ck_assert(names_has(STR("g"), false, STR("widgets")) && names_has(STR("g"), false, STR("w")));
    ck_assert(names_has(STR("g"), true, STR("WidgetList")));
    ck_assert(!names_has(STR("g"), true, STR("widgets")) && !names_has(STR("g"), false, STR("Widget")));
    ck_assert(!names_has(STR("h"), false, STR("w")));
    names_each_waiting(STR("g"), STR("widgets.g"), count_one);
    names_each_waiting(STR("g"), STR("gadgets.g"), count_one); /* not itself */
    names_each_waiting(STR("h"), STR(""), count_one);
    ck_assert_int_eq(waiting, 1);
    names_set(STR("widgets.g"), STR(""), NULL, false);
    ck_assert(names_has(STR("g"), false, STR("w"))); /* the other one has it, too */
    names_set(STR("gadgets.g"), STR(""), NULL, false);
    ck_assert(!names_has(STR("g"), false, STR("w")));
}
END_TEST

TEST_MAIN("crd_status", a_definition_gets_its_names_and_is_established, two_of_a_group_never_share_a_name,
          groups_of_the_community_want_an_approval, names_are_counted)
