/* patch_rows.h - documents, patches and what upstream's libraries made of them; the tables of test_patch.c. */
#ifndef UNIT_API_PATCH_ROWS_H
#define UNIT_API_PATCH_ROWS_H

#include <stdbool.h>

struct row {
    const char *doc, *patch;
    bool bad;
    const char *result; /* the document, or the message */
};

static const char json_doc[] =
    "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"s\":\"x\",\"e\":{},\"l\":[{\"k\":\"v\"}],\"x/y\":{\"~\":2}}";
static const char merge_doc[] = "{\"a\":{\"b\":1,\"c\":[1]},\"d\":null,\"e\":\"x\",\"l\":[{\"a\":1}]}";
static const char pod_doc[] =
    "{\"metadata\":{\"name\":\"p\",\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"finalizers\":[\"f1\",\"f2\",\"f3\"]},"
    "\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"i1\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
    "\"containerPort\":443}],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\",\"value\":\"2\"}],\"command\":"
    "[\"x\",\"y\"]},{\"name\":\"b\",\"image\":\"i2\"},{\"name\":\"c\",\"image\":\"i3\"}],\"volumes\":[{\"name\":\"v1\","
    "\"emptyDir\":{}},{\"name\":\"v2\",\"hostPath\":{\"path\":\"/"
    "x\"}}],\"nodeSelector\":{\"k\":\"v\"},\"tolerations\":[{\"key\":\"t1\"}],\"restartPolicy\":\"Always\","
    "\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]}}}";
static const char odd_doc[] = "{\"spec\":{\"containers\":[{\"name\":\"a\"},{\"image\":\"nokey\"}],\"volumes\":[],"
                              "\"tolerations\":[{\"key\":\"a\"},5]},\"metadata\":{\"finalizers\":[\"a\",\"b\",\"a\"]}}";

static const struct row json_rows[] = {
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/d\",\"value\":5}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"d\":5,\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/c/1\",\"value\":9}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,9,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/c/-\",\"value\":9}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3,9],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/c/3\",\"value\":9}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3,9],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/c/4\",\"value\":9}]", true,
     "error in add for path: '/a/c/4': Unable to access invalid index: 4: invalid index referenced"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/c/-1\",\"value\":9}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3,9],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/c/-5\",\"value\":9}]", true,
     "error in add for path: '/a/c/-5': Unable to access invalid index: -5: invalid index referenced"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/c/x\",\"value\":9}]", true,
     "error in add for path: '/a/c/x': value was not a proper array index: 'x': strconv.Atoi: parsing \"x\": invalid "
     "syntax"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/c/99999999999999999999\",\"value\":9}]", true,
     "error in add for path: '/a/c/99999999999999999999': value was not a proper array index: '99999999999999999999': "
     "strconv.Atoi: parsing \"99999999999999999999\": value out of range"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/q/d\",\"value\":5}]", true,
     "add operation does not apply: doc is missing path: \"/q/d\": missing value"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/s/d\",\"value\":5}]", true,
     "add operation does not apply: doc is missing path: \"/s/d\": missing value"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"\",\"value\":{}}]", true,
     "add operation does not apply: doc is missing path: \"\": missing value"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"q\",\"value\":5}]", true,
     "add operation does not apply: doc is missing path: \"q\": missing value"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/d\"}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"d\":null,\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/"
     "y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/d\",\"value\":null}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"d\":null,\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/"
     "y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"add\",\"value\":1}]", true, "add operation failed to decode path: missing value"},
    {json_doc, "[{\"op\":\"add\",\"path\":5,\"value\":1}]", true, "add operation failed to decode path: missing value"},
    {json_doc, "[{\"op\":\"add\",\"path\":null,\"value\":1}]", true,
     "add operation failed to decode path: missing value"},
    {json_doc, "[{\"op\":\"remove\",\"path\":\"/a/b\"}]", false,
     "{\"a\":{\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"remove\",\"path\":\"/a/zz\"}]", true,
     "error in remove for path: '/a/zz': Unable to remove nonexistent key: zz: missing value"},
    {json_doc, "[{\"op\":\"remove\",\"path\":\"/zz/a\"}]", true,
     "remove operation does not apply: doc is missing path: \"/zz/a\": missing value"},
    {json_doc, "[{\"op\":\"remove\",\"path\":\"/a/c/0\"}]", false,
     "{\"a\":{\"b\":1,\"c\":[2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"remove\",\"path\":\"/a/c/3\"}]", true,
     "error in remove for path: '/a/c/3': Unable to access invalid index: 3: invalid index referenced"},
    {json_doc, "[{\"op\":\"remove\",\"path\":\"/a/c/-1\"}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"remove\",\"path\":\"/a/c/-9\"}]", true,
     "error in remove for path: '/a/c/-9': Unable to access invalid index: -9: invalid index referenced"},
    {json_doc, "[{\"op\":\"remove\",\"path\":\"/a/c/x\"}]", true,
     "error in remove for path: '/a/c/x': strconv.Atoi: parsing \"x\": invalid syntax"},
    {json_doc, "[{\"op\":\"remove\",\"path\":\"\"}]", true,
     "remove operation does not apply: doc is missing path: \"\": missing value"},
    {json_doc, "[{\"op\":\"remove\"}]", true, "remove operation failed to decode path: missing value"},
    {json_doc, "[{\"op\":\"replace\",\"path\":\"/a/b\",\"value\":7}]", false,
     "{\"a\":{\"b\":7,\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"replace\",\"path\":\"/a/zz\",\"value\":7}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null,\"zz\":7},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/"
     "y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"replace\",\"path\":\"/zz/zz\",\"value\":7}]", true,
     "replace operation does not apply: doc is missing path: /zz/zz: missing value"},
    {json_doc, "[{\"op\":\"replace\",\"path\":\"/a/c/0\",\"value\":7}]", false,
     "{\"a\":{\"b\":1,\"c\":[7,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"replace\",\"path\":\"/a/c/3\",\"value\":7}]", true,
     "replace operation does not apply: doc is missing key: /a/c/3: missing value"},
    {json_doc, "[{\"op\":\"replace\",\"path\":\"/a/c/-\",\"value\":7}]", true,
     "replace operation does not apply: doc is missing key: /a/c/-: missing value"},
    {json_doc, "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"z\":1}}]", false, "{\"z\":1}"},
    {json_doc, "[{\"op\":\"replace\",\"path\":\"\",\"value\":5}]", true,
     "replace operation value must be object or array: %!w(<nil>)"},
    {json_doc, "[{\"op\":\"replace\",\"path\":\"\",\"value\":[1]}]", false, "[1]"},
    {json_doc, "[{\"op\":\"replace\"}]", true,
     "replace operation failed to decode path: operation missing path field: missing value"},
    {json_doc, "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/bb\"}]", false,
     "{\"a\":{\"c\":[1,2,3],\"n\":null},\"bb\":1,\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"move\",\"from\":\"/a/zz\",\"path\":\"/bb\"}]", true,
     "error in move for path: 'zz': Unable to remove nonexistent key: zz: missing value"},
    {json_doc, "[{\"op\":\"move\",\"from\":\"/zz/zz\",\"path\":\"/bb\"}]", true,
     "move operation does not apply: doc is missing from path: /zz/zz: missing value"},
    {json_doc, "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]", true,
     "move operation does not apply: doc is missing destination path: /a/b: missing value"},
    {json_doc, "[{\"op\":\"move\",\"from\":\"/a/c/0\",\"path\":\"/a/c/-\"}]", false,
     "{\"a\":{\"b\":1,\"c\":[2,3,1],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"move\",\"from\":\"/a/c/9\",\"path\":\"/a/c/-\"}]", true,
     "error in move for path: '9': Unable to access invalid index: 9: invalid index referenced"},
    {json_doc, "[{\"op\":\"move\",\"path\":\"/a\"}]", true,
     "move operation failed to decode from: operation, missing from field: missing value"},
    {json_doc, "[{\"op\":\"move\",\"from\":\"/a\"}]", true,
     "move operation failed to decode path: operation missing path field: missing value"},
    {json_doc, "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/q/z\"}]", true,
     "move operation does not apply: doc is missing destination path: /q/z: missing value"},
    {json_doc, "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/a/c/x\"}]", true,
     "error in move for path: '/a/c/x': value was not a proper array index: 'x': strconv.Atoi: parsing \"x\": invalid "
     "syntax"},
    {json_doc, "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/z\"}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/"
     "y\":{\"~\":2},\"z\":{\"b\":1,\"c\":[1,2,3],\"n\":null}}"},
    {json_doc, "[{\"op\":\"copy\",\"from\":\"/a/zz\",\"path\":\"/z\"}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/"
     "y\":{\"~\":2},\"z\":null}"},
    {json_doc, "[{\"op\":\"copy\",\"from\":\"/zz/zz\",\"path\":\"/z\"}]", true,
     "copy operation does not apply: doc is missing from path: /zz/zz: missing value"},
    {json_doc, "[{\"op\":\"copy\",\"from\":\"/a/c/9\",\"path\":\"/z\"}]", true,
     "error in copy for from: '/a/c/9': Unable to access invalid index: 9: invalid index referenced"},
    {json_doc, "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/zz/z\"}]", true,
     "copy operation does not apply: doc is missing destination path: /zz/z: missing value"},
    {json_doc, "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/c/x\"}]", true,
     "error while adding value during copy: value was not a proper array index: 'x': strconv.Atoi: parsing \"x\": "
     "invalid syntax"},
    {json_doc, "[{\"op\":\"copy\",\"path\":\"/z\"}]", true,
     "copy operation failed to decode from: operation, missing from field: missing value"},
    {json_doc, "[{\"op\":\"copy\",\"from\":\"/a\"}]", true, "copy operation failed to decode path: missing value"},
    {json_doc, "[{\"op\":\"test\",\"path\":\"/a/b\",\"value\":1}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"test\",\"path\":\"/a/b\",\"value\":2}]", true, "testing value /a/b failed: test failed"},
    {json_doc, "[{\"op\":\"test\",\"path\":\"/a/n\",\"value\":null}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"test\",\"path\":\"/a/zz\",\"value\":null}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"test\",\"path\":\"/a/zz\",\"value\":1}]", true, "testing value /a/zz failed: test failed"},
    {json_doc, "[{\"op\":\"test\",\"path\":\"/zz/a\",\"value\":1}]", true,
     "test operation does not apply: is missing path: /zz/a: missing value"},
    {json_doc, "[{\"op\":\"test\",\"path\":\"/a/b\"}]", true, "testing value /a/b failed: test failed"},
    {json_doc, "[{\"op\":\"test\",\"path\":\"/a/c\",\"value\":[1,2,3]}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"test\",\"path\":\"/a/c\",\"value\":[1,3,2]}]", true,
     "testing value /a/c failed: test failed"},
    {json_doc, "[{\"op\":\"test\",\"path\":\"/a/c/9\",\"value\":1}]", true,
     "error in test for path: '/a/c/9': Unable to access invalid index: 9: invalid index referenced"},
    {json_doc, "[{\"op\":\"test\",\"path\":\"/l/0\",\"value\":{\"k\":\"v\"}}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"test\",\"path\":\"\",\"value\":{\"a\":1}}]", true, "testing value  failed: test failed"},
    {json_doc, "[{\"op\":\"test\",\"value\":1}]", true,
     "test operation failed to decode path: operation missing path field: missing value"},
    {json_doc, "[{\"op\":\"test\",\"path\":\"/x~1y/~0\",\"value\":2}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"test\",\"path\":\"/x~1y/~2\",\"value\":2}]", true,
     "testing value /x~1y/~2 failed: test failed"},
    {json_doc, "[{\"op\":\"frob\",\"path\":\"/a\"}]", true, "Unexpected kind: frob"},
    {json_doc, "[{\"path\":\"/a\"}]", true, "Unexpected kind: unknown"},
    {json_doc, "[{\"op\":5}]", true, "Unexpected kind: unknown"},
    {json_doc, "[null]", true, "Unexpected kind: unknown"},
    {json_doc, "[5]", true, "json: cannot unmarshal number into Go value of type jsonpatch.Operation"},
    {json_doc, "[\"x\"]", true, "json: cannot unmarshal string into Go value of type jsonpatch.Operation"},
    {json_doc, "{}", true, "json: cannot unmarshal object into Go value of type jsonpatch.Patch"},
    {json_doc, "null", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "5", true, "json: cannot unmarshal number into Go value of type jsonpatch.Patch"},
    {json_doc, "[]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc,
     "[{\"op\":\"add\",\"path\":\"/e/a\",\"value\":{\"q\":[1,{\"z\":null}]}},{\"op\":\"test\",\"path\":\"/e/a/q/1/"
     "z\",\"value\":null},{\"op\":\"remove\",\"path\":\"/e/a/q/0\"}]",
     false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"e\":{\"a\":{\"q\":[{\"z\":null}]}},\"l\":[{\"k\":\"v\"}],\"s\":\"x\","
     "\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/c/00\",\"value\":1}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/c/+1\",\"value\":1}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/c/\",\"value\":1}]", true,
     "error in add for path: '/a/c/': value was not a proper array index: '': strconv.Atoi: parsing \"\": invalid "
     "syntax"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/\",\"value\":1}]", false,
     "{\"\":1,\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/a/n/x\",\"value\":1}]", true,
     "add operation does not apply: doc is missing path: \"/a/n/x\": missing value"},
    {json_doc, "[{\"op\":\"remove\",\"path\":\"/a/n\"}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3]},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"replace\",\"path\":\"/a/n\",\"value\":3}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":3},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
    {json_doc, "[{\"op\":\"add\",\"path\":\"/l/0/k2/\",\"value\":1}]", true,
     "add operation does not apply: doc is missing path: \"/l/0/k2/\": missing value"},
    {json_doc,
     "[{\"op\":\"test\",\"path\":\"/s\",\"value\":\"x\"},{\"op\":\"replace\",\"path\":\"/s\",\"value\":\"y\"}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"y\",\"x/y\":{\"~\":2}}"},
};

static const struct row merge_rows[] = {
    {merge_doc, "{\"a\": {\"b\": null}}", false, "{\"a\":{\"c\":[1]},\"d\":null,\"e\":\"x\",\"l\":[{\"a\":1}]}"},
    {merge_doc, "{\"a\": {\"q\": {\"n\": null, \"z\": [null, {\"y\": null}]}}}", false,
     "{\"a\":{\"b\":1,\"c\":[1],\"q\":{\"z\":[null,{}]}},\"d\":null,\"e\":\"x\",\"l\":[{\"a\":1}]}"},
    {merge_doc, "{\"a\": 5}", false, "{\"a\":5,\"d\":null,\"e\":\"x\",\"l\":[{\"a\":1}]}"},
    {merge_doc, "{\"a\": [null]}", false, "{\"a\":[null],\"d\":null,\"e\":\"x\",\"l\":[{\"a\":1}]}"},
    {merge_doc, "{\"d\": {\"x\": null}}", false, "{\"a\":{\"b\":1,\"c\":[1]},\"d\":{},\"e\":\"x\",\"l\":[{\"a\":1}]}"},
    {merge_doc, "{\"e\": {\"x\": null, \"y\": 1}}", false,
     "{\"a\":{\"b\":1,\"c\":[1]},\"d\":null,\"e\":{\"y\":1},\"l\":[{\"a\":1}]}"},
    {merge_doc, "{\"l\": [{\"b\": null}]}", false, "{\"a\":{\"b\":1,\"c\":[1]},\"d\":null,\"e\":\"x\",\"l\":[{}]}"},
    {merge_doc, "{\"a\": null, \"e\": null}", false, "{\"d\":null,\"l\":[{\"a\":1}]}"},
    {merge_doc, "{}", false, "{\"a\":{\"b\":1,\"c\":[1]},\"d\":null,\"e\":\"x\",\"l\":[{\"a\":1}]}"},
    {merge_doc, "{\"z\": null}", false, "{\"a\":{\"b\":1,\"c\":[1]},\"d\":null,\"e\":\"x\",\"l\":[{\"a\":1}]}"},
    {merge_doc, "{\"d\": null}", false, "{\"a\":{\"b\":1,\"c\":[1]},\"e\":\"x\",\"l\":[{\"a\":1}]}"},
    {merge_doc, "[1, {\"a\": null}]", false, "[1,{}]"},
    {merge_doc, "{\"l\": {\"a\": null}}", false, "{\"a\":{\"b\":1,\"c\":[1]},\"d\":null,\"e\":\"x\",\"l\":{}}"},
    {merge_doc, "{\"a\": {\"c\": {\"x\": null, \"y\": 2}}}", false,
     "{\"a\":{\"b\":1,\"c\":{\"y\":2}},\"d\":null,\"e\":\"x\",\"l\":[{\"a\":1}]}"},
};

#endif
