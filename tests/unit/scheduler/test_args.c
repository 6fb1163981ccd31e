/* test_args.c - what plugins say of arguments that are wrong, in upstream's words (validation_pluginargs.go, 1.36.3).
 */
#include "check_main.h"
#include "scheduler/framework.h"

#define NAME_RULE                                                                                                      \
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " \
    "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "                                      \
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
#define PREFIX_RULE                                                                                                    \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "   \
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "                        \
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

static const struct {
    const char *plugin, *args, *text; /* "": nothing is wrong */
} rows[] = {
    {"NodeResourcesFit", "{}", ""},
    {"NodeResourcesFit",
     "{\"ignoredResources\":[\"cpu\",\"example.com/gpu\"],\"ignoredResourceGroups\":[\"example.com\"]}", ""},
    {"NodeResourcesFit", "{\"ignoredResources\":[\"-bad\"]}",
     "ignoredResources[0]: Invalid value: \"-bad\": name part " NAME_RULE},
    {"NodeResourcesFit", "{\"ignoredResources\":[\"ok\",\"\"]}",
     "[ignoredResources[1]: Invalid value: \"\": name part must be non-empty, ignoredResources[1]: Invalid value: "
     "\"\": name part " NAME_RULE "]"},
    {"NodeResourcesFit", "{\"ignoredResources\":[\"a/b/c\"]}",
     "ignoredResources[0]: Invalid value: \"a/b/c\": a valid label key " NAME_RULE
     " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"},
    {"NodeResourcesFit", "{\"ignoredResources\":[\"/x\"]}",
     "ignoredResources[0]: Invalid value: \"/x\": prefix part must be non-empty"},
    {"NodeResourcesFit", "{\"ignoredResources\":[\"UPPER.com/-x\"]}",
     "[ignoredResources[0]: Invalid value: \"UPPER.com/-x\": prefix part " PREFIX_RULE
     ", ignoredResources[0]: Invalid value: \"UPPER.com/-x\": name part " NAME_RULE "]"},
    {"NodeResourcesFit", "{\"ignoredResourceGroups\":[\"example.com/\"]}",
     "[ignoredResourceGroups[0]: Invalid value: \"example.com/\": resource group name can't contain '/', "
     "ignoredResourceGroups[0]: Invalid value: \"example.com/\": name part must be non-empty, "
     "ignoredResourceGroups[0]: Invalid value: \"example.com/\": name part " NAME_RULE "]"},
    {"NodeResourcesFit", "{\"ignoredResourceGroups\":[\"a\\\"b/c\"]}",
     "[ignoredResourceGroups[0]: Invalid value: \"a\\\"b/c\": resource group name can't contain '/', "
     "ignoredResourceGroups[0]: Invalid value: \"a\\\"b/c\": prefix part " PREFIX_RULE "]"},
    {"NodeResourcesFit", "{\"scoringStrategy\":{\"type\":\"LeastAllocated\"}}", ""},
    {"NodeResourcesFit", "{\"scoringStrategy\":{}}",
     "scoringStrategy.type: Unsupported value: \"\": supported values: \"LeastAllocated\", \"MostAllocated\", "
     "\"RequestedToCapacityRatio\""},
    {"NodeResourcesFit", "{\"scoringStrategy\":{\"type\":\"Fewest\"}}",
     "scoringStrategy.type: Unsupported value: \"Fewest\": supported values: \"LeastAllocated\", \"MostAllocated\", "
     "\"RequestedToCapacityRatio\""},
    {"NodeResourcesFit",
     "{\"scoringStrategy\":{\"type\":\"MostAllocated\",\"resources\":[{\"name\":\"cpu\",\"weight\":0},{\"name\":"
     "\"memory\",\"weight\":101},{\"name\":\"x.y/z\",\"weight\":-1}]}}",
     "[scoringStrategy.resources[1].weight: Invalid value: 101: resource weight of memory not in valid range (0, 100], "
     "scoringStrategy.resources[2].weight: Invalid value: -1: resource weight of x.y/z not in valid range (0, 100]]"},
    {"NodeResourcesFit",
     "{\"scoringStrategy\":{\"type\":\"MostAllocated\",\"resources\":[{\"name\":\"cpu\",\"weight\":100},{\"name\":"
     "\"cpu\",\"weight\":1}]}}",
     ""},
    {"NodeResourcesFit", "{\"scoringStrategy\":{\"type\":\"RequestedToCapacityRatio\"}}",
     "scoringStrategy.requestedToCapacityRatio: Required value: must be specified when type is "
     "RequestedToCapacityRatio"},
    {"NodeResourcesFit",
     "{\"scoringStrategy\":{\"type\":\"RequestedToCapacityRatio\",\"requestedToCapacityRatio\":{}}}",
     "scoringStrategy.requestedToCapacityRatio.shape: Required value: at least one point must be specified"},
    {"NodeResourcesFit",
     "{\"scoringStrategy\":{\"type\":\"RequestedToCapacityRatio\",\"requestedToCapacityRatio\":{\"shape\":[]}}}",
     "scoringStrategy.requestedToCapacityRatio.shape: Required value: at least one point must be specified"},
    {"NodeResourcesFit",
     "{\"scoringStrategy\":{\"type\":\"LeastAllocated\",\"requestedToCapacityRatio\":{\"shape\":[{\"utilization\":0,"
     "\"score\":1}]}}}",
     "scoringStrategy.requestedToCapacityRatio: Forbidden: must be nil when type is not RequestedToCapacityRatio"},
    {"NodeResourcesFit",
     "{\"scoringStrategy\":{\"type\":\"RequestedToCapacityRatio\",\"requestedToCapacityRatio\":{\"shape\":[{"
     "\"utilization\":10,\"score\":1},{\"utilization\":10,\"score\":2},{\"utilization\":5,\"score\":2}]}}}",
     "scoringStrategy.requestedToCapacityRatio.shape[1].utilization: Invalid value: 10: values must be sorted in "
     "increasing order"},
    {"NodeResourcesFit",
     "{\"scoringStrategy\":{\"type\":\"RequestedToCapacityRatio\",\"requestedToCapacityRatio\":{\"shape\":[{"
     "\"utilization\":-1,\"score\":-1},{\"utilization\":101,\"score\":11}]}}}",
     "[scoringStrategy.requestedToCapacityRatio.shape[0].utilization: Invalid value: -1: not in valid range [0, 100], "
     "scoringStrategy.requestedToCapacityRatio.shape[0].score: Invalid value: -1: not in valid range [0, 10], "
     "scoringStrategy.requestedToCapacityRatio.shape[1].utilization: Invalid value: 101: not in valid range [0, 100], "
     "scoringStrategy.requestedToCapacityRatio.shape[1].score: Invalid value: 11: not in valid range [0, 10]]"},
    {"NodeResourcesFit",
     "{\"scoringStrategy\":{\"type\":\"RequestedToCapacityRatio\",\"requestedToCapacityRatio\":{\"shape\":[{"
     "\"utilization\":0,\"score\":0},{\"utilization\":100,\"score\":10}]}}}",
     ""},
    {"NodeResourcesFit",
     "{\"ignoredResources\":[\"a/"
     "\"],\"scoringStrategy\":{\"type\":\"Worst\",\"resources\":[{\"name\":\"cpu\",\"weight\":500}],"
     "\"requestedToCapacityRatio\":{}}}",
     "[ignoredResources[0]: Invalid value: \"a/\": name part must be non-empty, ignoredResources[0]: Invalid value: "
     "\"a/\": name part " NAME_RULE
     ", scoringStrategy.type: Unsupported value: \"Worst\": supported values: \"LeastAllocated\", \"MostAllocated\", "
     "\"RequestedToCapacityRatio\", scoringStrategy.resources[0].weight: Invalid value: 500: resource weight of cpu "
     "not in valid range (0, 100], scoringStrategy.requestedToCapacityRatio: Forbidden: must be nil when type is not "
     "RequestedToCapacityRatio]"},
    {"NodeResourcesBalancedAllocation", "{}", ""},
    {"NodeResourcesBalancedAllocation",
     "{\"resources\":[{\"name\":\"cpu\",\"weight\":1},{\"name\":\"example.com/gpu\"}]}", ""},
    {"NodeResourcesBalancedAllocation", "{\"resources\":[{\"name\":\"cpu\",\"weight\":2}]}",
     "resources[0].weight: Invalid value: 2: must be 1"},
    {"NodeResourcesBalancedAllocation",
     "{\"resources\":[{\"name\":\"cpu\",\"weight\":1},{\"name\":\"memory\",\"weight\":1},{\"name\":\"cpu\",\"weight\":-"
     "3}]}",
     "[resources[2].name: Duplicate value: \"cpu\", resources[2].weight: Invalid value: -3: must be 1]"},
    {"NodeResourcesBalancedAllocation", "{\"resources\":[{\"name\":\"cpu\",\"weight\":0}]}", ""},
    {"DynamicResources", "{}", ""},
    {"DynamicResources", "{\"filterTimeout\":\"0s\",\"bindingTimeout\":\"1s\"}", ""},
    {"DynamicResources", "{\"filterTimeout\":\"-1s\"}",
     "filterTimeout: Invalid value: \"-1s\": must be zero or positive"},
    {"DynamicResources", "{\"bindingTimeout\":\"999ms\"}",
     "bindingTimeout: Invalid value: \"999ms\": must be at least 1 second"},
    {"DynamicResources", "{\"filterTimeout\":\"-1500ms\",\"bindingTimeout\":\"0\"}",
     "[filterTimeout: Invalid value: \"-1.5s\": must be zero or positive, bindingTimeout: Invalid value: \"0s\": must "
     "be at least 1 second]"},
    {"DynamicResources", "{\"filterTimeout\":\"soon\"}", "time: invalid duration \"soon\""},
};

START_TEST(what_is_wrong_is_said)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct sched_plugin *plugin = sched_plugins[plugin_find(str_of(rows[i].plugin))];
        struct err e = ERR_INIT;
        struct arena a AUTO_ARENA = {0};
        const struct json *args = json_parse(&a, str_of(rows[i].args), &e);
        ck_assert_ptr_nonnull(args);
        void *configured = plugin->configure(args, &e);
        ck_assert_msg(strcmp(e.text, rows[i].text) == 0, "%s:\n%s\nis not\n%s", rows[i].args, e.text, rows[i].text);
        ck_assert_int_eq(e.code, *rows[i].text ? ERR_INVALID : ERR_NONE);
        if (*rows[i].text) ck_assert_ptr_null(configured);
        if (plugin->unconfigure) plugin->unconfigure(configured);
    }
}
END_TEST

START_TEST(no_arguments_are_the_defaults)
{
    int asked = 0;
    for (int i = 0; sched_plugins[i]; i++) {
        struct err e = ERR_INIT;
        if (!sched_plugins[i]->configure) continue;
        void *configured = sched_plugins[i]->configure(NULL, &e);
        ck_assert_int_eq(e.code, ERR_NONE);
        if (sched_plugins[i]->unconfigure) sched_plugins[i]->unconfigure(configured);
        asked++;
    }
    ck_assert_int_ge(asked, 3);
}
END_TEST

TEST_MAIN("args", what_is_wrong_is_said, no_arguments_are_the_defaults)
