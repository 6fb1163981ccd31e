/* test_schema.c - look-ups in the built-in tables, and what must hold for every row of them (lib/api/schema.h). */
#include "api/schema.h"

#include "check_main.h"
#include "schema_ids.h"

#include "base/json.h"
#include "base/mem.h"

#include <string.h>

START_TEST(test_find_resource)
{
    ck_assert_ptr_eq(api_find_resource(STR(""), STR("v1"), STR("pods")), &res_core_v1_pods);
    ck_assert_ptr_eq(api_find_resource(STR("apps"), STR("v1"), STR("replicasets")), &res_apps_v1_replicasets);
    ck_assert_ptr_null(api_find_resource(STR("apps"), STR("v1"), STR("pods")));
    ck_assert_ptr_null(api_find_resource(STR(""), STR("v2"), STR("pods")));
    ck_assert_ptr_null(api_find_resource(STR(""), STR("v1"), STR("po")));
    ck_assert_ptr_eq(api_find_kind(STR("events.k8s.io"), STR("v1"), STR("Event")), &res_events_k8s_io_v1_events);
    ck_assert_ptr_null(api_find_kind(STR(""), STR("v1"), STR("pod")));
}
END_TEST

START_TEST(test_pods)
{
    const struct api_resource *r = &res_core_v1_pods;
    ck_assert_str_eq(r->group, "");
    ck_assert_str_eq(r->list_kind, "PodList");
    ck_assert_str_eq(r->singular, "pod");
    ck_assert_str_eq(r->short_names[0], "po");
    ck_assert_ptr_null(r->short_names[1]);
    ck_assert_str_eq(r->categories[0], "all");
    ck_assert_str_eq(r->store_prefix, "/registry/pods/");
    ck_assert(r->namespaced && r->flags & API_R_GRACE && r->flags & API_R_GENERATION);
    ck_assert_ptr_eq(r->storage, r);
    const struct api_subresource *s = api_find_sub(r, STR("status"));
    ck_assert_str_eq(s->writes, ".status");
    ck_assert_ptr_eq(s->type, r->type);
    ck_assert_int_eq(s->verbs, API_GET | API_UPDATE | API_PATCH);
    s = api_find_sub(r, STR("eviction"));
    ck_assert_str_eq(s->group, "policy");
    ck_assert_str_eq(s->kind, "Eviction");
    ck_assert_ptr_null(api_find_sub(r, STR("stat")));
    ck_assert_ptr_eq(res_events_k8s_io_v1_events.storage, &res_core_v1_events);
    ck_assert_int_ne(res_events_k8s_io_v1_events.convert_hook, 0);
}
END_TEST

START_TEST(test_fields)
{
    const struct api_field *f = api_field_of(&type_core_v1_PodSpec, STR("containers"));
    ck_assert_int_eq(f->proto, 2);
    ck_assert_int_eq(f->shape, API_LIST);
    ck_assert_ptr_eq(f->type, &type_core_v1_Container);
    ck_assert_str_eq(f->merge_key, "name");
    ck_assert_str_eq(f->list_keys[0], "name");
    ck_assert(f->flags & API_F_REQUIRED && !(f->flags & API_F_OMITEMPTY) && f->flags & API_F_PATCH_MERGE);
    f = api_field_of(&type_core_v1_Container, STR("ports"));
    ck_assert_str_eq(f->list_keys[1], "protocol");
    f = api_field_of(&type_core_v1_Volume, STR("emptyDir")); /* inlined from VolumeSource */
    ck_assert_int_eq(f->proto, 2);
    ck_assert_int_eq(f->proto_outer, 2);
    f = api_field_of(&type_core_v1_Container, STR("imagePullPolicy"));
    ck_assert_int_eq(f->default_hook, HOOK_DEFAULT_image_pull_policy);
    ck_assert_ptr_nonnull(f->enums);
    f = api_field_of(&type_core_v1_Secret, STR("stringData"));
    ck_assert(f->flags & API_F_WRITE_ONLY);
    ck_assert_ptr_null(api_field_of(&type_core_v1_Container, STR("imagePullPolic")));
    ck_assert_ptr_null(api_field_of(&type_core_v1_Container, STR("")));
    ck_assert(type_meta_v1_OwnerReference.atomic);
}
END_TEST

START_TEST(test_types)
{
    ck_assert_ptr_eq(api_find_type("meta/v1", "DeleteOptions"), &type_meta_v1_DeleteOptions);
    ck_assert_ptr_eq(api_find_type("core/v1", "PodList"), &type_core_v1_PodList);
    ck_assert_ptr_null(api_find_type("core/v1", "DeleteOptions"));
    for (int i = 1; i < api_type_count; i++)
        ck_assert_int_lt(strcmp(api_types[i - 1]->openapi, api_types[i]->openapi), 0);
}
END_TEST

static void check_field_row(const struct api_type *t, const struct api_field *f)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    ck_assert_int_eq(f->name.n, strlen(f->name.p));
    ck_assert_msg((f->value == API_STRUCT) == (f->type != NULL), "%s.%s", t->name, f->name.p);
    ck_assert_ptr_nonnull(f->doc);
    ck_assert_ptr_eq(api_field_of(t, f->name), f);
    if (f->default_json)
        ck_assert_msg(json_parse(&a, str_of(f->default_json), &e) != NULL, "default of %s.%s: %s", t->name, f->name.p,
                      e.text);
    for (int i = 0; f->list_keys && f->list_keys[i]; i++)
        ck_assert_ptr_nonnull(api_field_of(f->type, str_of(f->list_keys[i])));
}

START_TEST(test_every_type)
{
    for (int i = 0; i < api_type_count; i++) {
        const struct api_type *t = api_types[i];
        ck_assert_ptr_nonnull(t->doc);
        ck_assert_ptr_eq(api_find_type(t->package, t->name), t);
        for (int k = 0; k < t->nfields; k++) check_field_row(t, &t->fields[k]);
    }
}
END_TEST

START_TEST(test_every_resource)
{
    ck_assert_int_gt(api_resource_count, 12);
    ck_assert_str_eq(api_resources[0]->group, ""); /* discovery begins with core */
    for (int i = 0; i < api_resource_count; i++) {
        const struct api_resource *r = api_resources[i];
        ck_assert_int_eq(r->id, i);
        ck_assert_ptr_nonnull(r->short_names);
        ck_assert_ptr_nonnull(r->categories);
        ck_assert_ptr_nonnull(api_field_of(r->type, STR("metadata")));
        ck_assert(r->flags & API_R_VIRTUAL || r->store_prefix);
        if (r->verbs & API_LIST_VERB) ck_assert_ptr_nonnull(api_find_type(r->type->package, r->list_kind));
        for (int k = 0; k < r->nsubs; k++) ck_assert_ptr_nonnull(r->subs[k].type);
        for (int k = 0; k < r->ncolumns; k++) ck_assert(!r->columns[k].path == (r->columns[k].hook != 0));
    }
}
END_TEST

START_TEST(test_versions)
{
    char out[API_VERSION_MAX];
    struct str group, version;
    ck_assert_str_eq(api_version_of(&res_core_v1_pods, out), "v1");
    ck_assert_str_eq(api_version_of(&res_apps_v1_replicasets, out), "apps/v1");
    api_split_version(STR("apps/v1"), &group, &version);
    ck_assert(str_eq(group, STR("apps")) && str_eq(version, STR("v1")));
    api_split_version(STR("v1"), &group, &version);
    ck_assert(str_eq(group, STR("")) && str_eq(version, STR("v1")));
    api_split_version(STR("a/b/c"), &group, &version);
    ck_assert(str_eq(group, STR("a")) && str_eq(version, STR("b/c")));
}
END_TEST

/* kubectl explain has nothing else to say. TypeMeta and ListMeta are left to their own types. */
START_TEST(test_every_field_says_what_it_is)
{
    for (int i = 0; i < api_type_count; i++) {
        const struct api_type *t = api_types[i];
        if (strncmp(t->package, "sim.", 4) == 0) continue;
        for (int k = 0; k < t->nfields; k++) {
            const struct api_field *f = &t->fields[k];
            if (str_eqc(f->name, "apiVersion") || str_eqc(f->name, "kind")) continue;
            if (str_ends(str_of(t->name), STR("List")) && k < 4) continue;
            ck_assert_msg(f->doc && *f->doc, "%s.%.*s", t->openapi, STR_ARG(f->name));
        }
    }
}
END_TEST

TEST_MAIN("schema", test_every_field_says_what_it_is, test_find_resource, test_pods, test_fields, test_types,
          test_every_type, test_every_resource, test_versions)
