/* swagger_rows.h - documents of OpenAPI v2 and what kube-openapi (pkg/aggregator) makes of them: each of `more` is
 * filtered by its prefix and merged, one after the other. */
#ifndef UNIT_APISERVER_SWAGGER_ROWS_H
#define UNIT_APISERVER_SWAGGER_ROWS_H

struct swagger_row {
    const char *name, *ours;
    struct {
        const char *prefix, *document;
    } more[4];
    const char *want;
};

static const struct swagger_row swagger_rows[] = {
    {"what is not of the version goes, with what only it used",
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}}},\"definitions\":{\""
     "A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"Meta\":{\"type\":\"obje"
     "ct\",\"description\":\"ours\"},\"O\":{\"type\":\"object\",\"x-kubernetes-group-version-kind\":[{\"group\""
     ":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]}}}",
     {{"/apis/b/v1/",
       "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/b/v1/y\":{\"get\":{\"respo"
       "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/B\"}}}}},\"/apis/c/v1/z\":{\""
       "get\":{\"responses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/C\"}}}}},\"/ver"
       "sion/\":{\"get\":{\"responses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/V\"}}"
       "}}}},\"definitions\":{\"B\":{\"type\":\"object\",\"properties\":{\"n\":{\"$ref\":\"#/definitions/N\"}}},\"N"
       "\":{\"type\":\"object\"},\"C\":{\"type\":\"object\",\"properties\":{\"n\":{\"$ref\":\"#/definitions/N\"},\"k\":"
       "{\"$ref\":\"#/definitions/K\"}}},\"K\":{\"type\":\"object\"},\"V\":{\"type\":\"object\"},\"Unused\":{\"type\":"
       "\"object\"}}}"}},
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}},\"/apis/b/v1/y\":{\""
     "get\":{\"responses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/B\"}}}}}},\"def"
     "initions\":{\"A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"B\":{\"ty"
     "pe\":\"object\",\"properties\":{\"n\":{\"$ref\":\"#/definitions/N\"}}},\"Meta\":{\"description\":\"ours\",\""
     "type\":\"object\"},\"N\":{\"type\":\"object\"},\"O\":{\"type\":\"object\",\"x-kubernetes-group-version-kin"
     "d\":[{\"group\":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]},"
     "\"Unu"
     "sed\":{\"type\":\"object\"}}}"},
    {"an equal definition is shared, another one gets a name of its own",
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}}},\"definitions\":{\""
     "A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"Meta\":{\"type\":\"obje"
     "ct\",\"description\":\"ours\"},\"O\":{\"type\":\"object\",\"x-kubernetes-group-version-kind\":[{\"group\""
     ":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]}}}",
     {{"/apis/b/v1/",
       "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/b/v1/y\":{\"get\":{\"respo"
       "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/B\"}}}}}},\"definitions\":{\""
       "B\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"},\"l\":{\"type\":\"array\",\"i"
       "tems\":{\"$ref\":\"#/definitions/Meta\"}},\"x\":{\"additionalProperties\":{\"$ref\":\"#/definitions/Me"
       "ta\"},\"type\":\"object\"},\"e\":{\"allOf\":[{\"$ref\":\"#/definitions/Meta\"}]}}},\"Meta\":{\"type\":\"obje"
       "ct\",\"description\":\"theirs\"},\"A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/"
       "Meta\"}}}}}"}},
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}},\"/apis/b/v1/y\":{\""
     "get\":{\"responses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/B\"}}}}}},\"def"
     "initions\":{\"A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"B\":{\"ty"
     "pe\":\"object\",\"properties\":{\"e\":{\"allOf\":[{\"$ref\":\"#/definitions/Meta_v2\"}]},\"l\":{\"type\":\"a"
     "rray\",\"items\":{\"$ref\":\"#/definitions/Meta_v2\"}},\"m\":{\"$ref\":\"#/definitions/Meta_v2\"},\"x\":{"
     "\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/definitions/Meta_v2\"}}}},\"Meta\":{\"descri"
     "ption\":\"ours\",\"type\":\"object\"},\"Meta_v2\":{\"description\":\"theirs\",\"type\":\"object\"},\"O\":{\"ty"
     "pe\":\"object\",\"x-kubernetes-group-version-kind\":[{\"group\":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{\""
     "group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]}}}"},
    {"names that are taken are passed over, and used again when the content is the same",
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}}},\"definitions\":{\""
     "A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"Meta\":{\"type\":\"obje"
     "ct\",\"description\":\"ours\"},\"O\":{\"type\":\"object\",\"x-kubernetes-group-version-kind\":[{\"group\""
     ":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]}}}",
     {{"/apis/b/v1/",
       "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/b/v1/y\":{\"get\":{\"respo"
       "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/Meta\"}}}}}},\"definitions\""
       ":{\"Meta\":{\"type\":\"object\",\"description\":\"two\"}}}"},
      {"/apis/c/v1/",
       "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/c/v1/y\":{\"get\":{\"respo"
       "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/Meta\"}}}}}},\"definitions\""
       ":{\"Meta\":{\"type\":\"object\",\"description\":\"three\"}}}"},
      {"/apis/d/v1/",
       "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/d/v1/y\":{\"get\":{\"respo"
       "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/Meta\"}}}}}},\"definitions\""
       ":{\"Meta\":{\"type\":\"object\",\"description\":\"two\"}}}"},
      {"/apis/e/v1/",
       "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/e/v1/y\":{\"get\":{\"respo"
       "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/Meta\"}}}}},\"/apis/e/v1/w\""
       ":{\"get\":{\"responses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/Meta_v4\"}}"
       "}}}},\"definitions\":{\"Meta\":{\"type\":\"object\",\"description\":\"five\"},\"Meta_v4\":{\"type\":\"strin"
       "g\"}}}"}},
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}},\"/apis/b/v1/y\":{\""
     "get\":{\"responses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/Meta_v2\"}}}}}"
     ",\"/apis/c/v1/y\":{\"get\":{\"responses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definit"
     "ions/Meta_v3\"}}}}},\"/apis/d/v1/y\":{\"get\":{\"responses\":{\"200\":{\"description\":\"ok\",\"schema\":"
     "{\"$ref\":\"#/definitions/Meta_v2\"}}}}},\"/apis/e/v1/w\":{\"get\":{\"responses\":{\"200\":{\"descripti"
     "on\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/Meta_v4\"}}}}},\"/apis/e/v1/y\":{\"get\":{\"responses\":"
     "{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/Meta_v5\"}}}}}},\"definitions\":{\""
     "A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"Meta\":{\"description"
     "\":\"ours\",\"type\":\"object\"},\"Meta_v2\":{\"description\":\"two\",\"type\":\"object\"},\"Meta_v3\":{\"desc"
     "ription\":\"three\",\"type\":\"object\"},\"Meta_v4\":{\"type\":\"string\"},\"Meta_v5\":{\"description\":\"fi"
     "ve\",\"type\":\"object\"},\"O\":{\"type\":\"object\",\"x-kubernetes-group-version-kind\":[{\"group\":\"g\","
     "\"kind\":\"B\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]}}}"},
    {"kinds of equal definitions come together, sorted",
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}}},\"definitions\":{\""
     "A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"Meta\":{\"type\":\"obje"
     "ct\",\"description\":\"ours\"},\"O\":{\"type\":\"object\",\"x-kubernetes-group-version-kind\":[{\"group\""
     ":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]}}}",
     {{"/apis/b/v1/",
       "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/b/v1/y\":{\"get\":{\"respo"
       "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/O\"}}}}}},\"definitions\":{\""
       "O\":{\"type\":\"object\",\"x-kubernetes-group-version-kind\":[{\"group\":\"g\",\"kind\":\"C\",\"version\":\""
       "v1\"},{\"group\":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"A\",\"version\":\"v1\"}]}"
       "}}"}},
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}},\"/apis/b/v1/y\":{\""
     "get\":{\"responses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/O\"}}}}}},\"def"
     "initions\":{\"A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"Meta\":{"
     "\"description\":\"ours\",\"type\":\"object\"},\"O\":{\"type\":\"object\",\"x-kubernetes-group-version-kin"
     "d\":[{\"group\":\"g\",\"kind\":\"A\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{"
     "\"grou"
     "p\":\"g\",\"kind\":\"C\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]}}}"},
    {"a path that is there stays",
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}}},\"definitions\":{\""
     "A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"Meta\":{\"type\":\"obje"
     "ct\",\"description\":\"ours\"},\"O\":{\"type\":\"object\",\"x-kubernetes-group-version-kind\":[{\"group\""
     ":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]}}}",
     {{"/apis/a/v1/",
       "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
       "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/Q\"}}}}},\"/apis/a/v1/w\":{\""
       "get\":{\"responses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/R\"}}}}}},\"def"
       "initions\":{\"Q\":{\"type\":\"object\"},\"R\":{\"type\":\"object\"}}}"},
      {"/apis/a/v1/",
       "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
       "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/S\"}}}}}},\"definitions\":{\""
       "S\":{\"type\":\"object\"}}}"}},
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/w\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/R\"}}}}},\"/apis/a/v1/x\":{\""
     "get\":{\"responses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}}},\"def"
     "initions\":{\"A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"Meta\":{"
     "\"description\":\"ours\",\"type\":\"object\"},\"O\":{\"type\":\"object\",\"x-kubernetes-group-version-kin"
     "d\":[{\"group\":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]},"
     "\"R\":"
     "{\"type\":\"object\"}}}"},
    {"parameters",
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"param"
     "eters\":[{\"$ref\":\"#/parameters/p\"}],\"responses\":{\"200\":{\"description\":\"ok\"}}}}},\"definition"
     "s\":{},\"parameters\":{\"p\":{\"in\":\"query\",\"name\":\"p\",\"type\":\"string\"}}}",
     {{"/apis/b/v1/",
       "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/b/v1/x\":{\"parameters\":"
       "[{\"$ref\":\"#/parameters/p\"},{\"$ref\":\"#/parameters/q\"},{\"in\":\"body\",\"name\":\"b\",\"schema\":{\"$r"
       "ef\":\"#/definitions/B\"}}],\"get\":{\"responses\":{\"200\":{\"description\":\"ok\"}}}},\"/apis/c/v1/x\":"
       "{\"get\":{\"parameters\":[{\"$ref\":\"#/parameters/r\"}],\"responses\":{\"200\":{\"description\":\"ok\"}}}"
       "}},\"definitions\":{\"B\":{\"type\":\"object\"}},\"parameters\":{\"p\":{\"in\":\"query\",\"name\":\"p\","
       "\"type\""
       ":\"integer\"},\"q\":{\"in\":\"query\",\"name\":\"q\",\"type\":\"string\"},\"r\":{\"in\":\"query\",\"name\":"
       "\"r\",\"ty"
       "pe\":\"string\"}}}"}},
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"param"
     "eters\":[{\"$ref\":\"#/parameters/p\"}],\"responses\":{\"200\":{\"description\":\"ok\"}}}},\"/apis/b/v1/"
     "x\":{\"get\":{\"responses\":{\"200\":{\"description\":\"ok\"}}},\"parameters\":[{\"$ref\":\"#/parameters/p"
     "_v2\"},{\"$ref\":\"#/parameters/q\"},{\"name\":\"b\",\"in\":\"body\",\"schema\":{\"$ref\":\"#/definitions/B\""
     "}}]}},\"definitions\":{\"B\":{\"type\":\"object\"}},\"parameters\":{\"p\":{\"type\":\"string\",\"name\":\"p\","
     "\"in\":\"query\"},\"p_v2\":{\"type\":\"integer\",\"name\":\"p\",\"in\":\"query\"},\"q\":{\"type\":\"string\","
     "\"name"
     "\":\"q\",\"in\":\"query\"},\"r\":{\"type\":\"string\",\"name\":\"r\",\"in\":\"query\"}}}"},
    {"a property called $ref, a default that looks like a reference",
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}}},\"definitions\":{\""
     "A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"Meta\":{\"type\":\"obje"
     "ct\",\"description\":\"ours\"},\"O\":{\"type\":\"object\",\"x-kubernetes-group-version-kind\":[{\"group\""
     ":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]}}}",
     {{"/apis/b/v1/",
       "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/b/v1/y\":{\"get\":{\"respo"
       "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/B\"}}}}}},\"definitions\":{\""
       "B\":{\"type\":\"object\",\"default\":{\"$ref\":\"#/definitions/Meta\"},\"properties\":{\"$ref\":{\"type\":\""
       "string\"},\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"Meta\":{\"type\":\"object\",\"description\":\"theirs"
       "\"}}}"}},
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}},\"/apis/b/v1/y\":{\""
     "get\":{\"responses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/B\"}}}}}},\"def"
     "initions\":{\"A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"B\":{\"ty"
     "pe\":\"object\",\"default\":{\"$ref\":\"#/definitions/Meta\"},\"properties\":{\"$ref\":{\"type\":\"string\""
     "},\"m\":{\"$ref\":\"#/definitions/Meta_v2\"}}},\"Meta\":{\"description\":\"ours\",\"type\":\"object\"},\"Me"
     "ta_v2\":{\"description\":\"theirs\",\"type\":\"object\"},\"O\":{\"type\":\"object\",\"x-kubernetes-group-v"
     "ersion-kind\":[{\"group\":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":"
     "\"v"
     "1\"}]}}}"},
    {"no paths, no definitions",
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}}},\"definitions\":{\""
     "A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"Meta\":{\"type\":\"obje"
     "ct\",\"description\":\"ours\"},\"O\":{\"type\":\"object\",\"x-kubernetes-group-version-kind\":[{\"group\""
     ":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]}}}",
     {{"/apis/b/v1/", "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{},\"definitions\":{"
                      "\"X\":{\"type\":"
                      "\"object\"}}}"},
      {"/apis/b/v1/",
       "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/b/v1/y\":{\"get\":{\"respo"
       "nses\":{\"200\":{\"description\":\"ok\"}}}}}}"}},
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}},\"/apis/b/v1/y\":{\""
     "get\":{\"responses\":{\"200\":{\"description\":\"ok\"}}}}},\"definitions\":{\"A\":{\"type\":\"object\",\"pro"
     "perties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"Meta\":{\"description\":\"ours\",\"type\":\"object\""
     "},\"O\":{\"type\":\"object\",\"x-kubernetes-group-version-kind\":[{\"group\":\"g\",\"kind\":\"B\",\"version"
     "\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]}}}"},
    {"definitions that refer to themselves",
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}}},\"definitions\":{\""
     "A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"Meta\":{\"type\":\"obje"
     "ct\",\"description\":\"ours\"},\"O\":{\"type\":\"object\",\"x-kubernetes-group-version-kind\":[{\"group\""
     ":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]}}}",
     {{"/apis/b/v1/",
       "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/b/v1/y\":{\"get\":{\"respo"
       "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/L\"}}}}},\"/other\":{\"get\":{"
       "\"responses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/P\"}}}}}},\"definitio"
       "ns\":{\"L\":{\"type\":\"object\",\"properties\":{\"next\":{\"$ref\":\"#/definitions/L\"},\"m\":{\"$ref\":\"#/d"
       "efinitions/M\"}}},\"M\":{\"type\":\"object\",\"properties\":{\"l\":{\"$ref\":\"#/definitions/L\"}}},\"P\":{"
       "\"type\":\"object\",\"properties\":{\"q\":{\"$ref\":\"#/definitions/Q\"}}},\"Q\":{\"type\":\"object\",\"prope"
       "rties\":{\"p\":{\"$ref\":\"#/definitions/P\"}}}}}"}},
     "{\"swagger\":\"2.0\",\"info\":{\"title\":\"t\",\"version\":\"1\"},\"paths\":{\"/apis/a/v1/x\":{\"get\":{\"respo"
     "nses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/A\"}}}}},\"/apis/b/v1/y\":{\""
     "get\":{\"responses\":{\"200\":{\"description\":\"ok\",\"schema\":{\"$ref\":\"#/definitions/L\"}}}}}},\"def"
     "initions\":{\"A\":{\"type\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/Meta\"}}},\"L\":{\"ty"
     "pe\":\"object\",\"properties\":{\"m\":{\"$ref\":\"#/definitions/M\"},\"next\":{\"$ref\":\"#/definitions/L\""
     "}}},\"M\":{\"type\":\"object\",\"properties\":{\"l\":{\"$ref\":\"#/definitions/L\"}}},\"Meta\":{\"descripti"
     "on\":\"ours\",\"type\":\"object\"},\"O\":{\"type\":\"object\",\"x-kubernetes-group-version-kind\":[{\"grou"
     "p\":\"g\",\"kind\":\"B\",\"version\":\"v1\"},{\"group\":\"g\",\"kind\":\"D\",\"version\":\"v1\"}]}}}"},
};

#endif
