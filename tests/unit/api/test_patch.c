/* test_patch.c - the three kinds of patch against tables that upstream's libraries produced
 * (json-patch.v4 4.12, apimachinery 0.34), and limits. */
#include "api/patch.h"
#include "check_main.h"
#include "small_schema.h"

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
    {json_doc, "[{\"op\":\"replace\",\"path\":\"\",\"value\":5}]", false,
     "{\"a\":{\"b\":1,\"c\":[1,2,3],\"n\":null},\"e\":{},\"l\":[{\"k\":\"v\"}],\"s\":\"x\",\"x/y\":{\"~\":2}}"},
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

static const struct row strategic_rows[] = {
    {pod_doc, "{\"metadata\": {\"labels\": {\"c\": \"3\"}}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"},\"name\":"
     "\"p\"},\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":"
     "\"E2\",\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"labels\": {\"a\": null}}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"b\":\"2\"},\"name\":\"p\"},\"spec\":{"
     "\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\",\"value\":"
     "\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{\"containerPort\":"
     "443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{\"k\":\"v\"},"
     "\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":["
     "{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"labels\": null}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"name\":\"p\"},\"spec\":{\"containers\":[{\"command\":["
     "\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\",\"value\":\"2\"}],\"image\":\"i1\","
     "\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{\"containerPort\":443}]},{\"image\":\"i2\","
     "\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\","
     "\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],"
     "\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"labels\": {\"zz\": null}}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"annotations\": {\"x\": \"y\", \"n\": null}}}", false,
     "{\"metadata\":{\"annotations\":{\"x\":\"y\"},\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":"
     "\"2\"},\"name\":\"p\"},\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":"
     "\"1\"},{\"name\":\"E2\",\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,"
     "\"name\":\"http\"},{\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}]"
     ",\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,"
     "\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{"
     "\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"finalizers\": [\"f4\"]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f4\",\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"finalizers\": [\"f3\", \"f4\", \"f1\"]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f2\",\"f3\",\"f4\",\"f1\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"$deleteFromPrimitiveList/finalizers\": [\"f2\"]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},\"spec\":{"
     "\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\",\"value\":"
     "\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{\"containerPort\":"
     "443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{\"k\":\"v\"},"
     "\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":["
     "{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"$deleteFromPrimitiveList/finalizers\": [\"f2\", \"zz\"], \"finalizers\": [\"f9\"]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f9\",\"f1\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"$deleteFromPrimitiveList/annotations\": [\"f2\"]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"$deleteFromPrimitiveList\": [\"f2\"]}}", true,
     "invalid patch format of primitive list"},
    {pod_doc, "{\"metadata\": {\"$deleteFromPrimitiveListX/finalizers\": [\"f2\"]}}", true,
     "invalid patch format of primitive list"},
    {pod_doc, "{\"metadata\": {\"$setElementOrder/finalizers\": [\"f3\", \"f1\", \"f2\"]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f3\",\"f1\",\"f2\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"$setElementOrder/finalizers\": [\"f3\", \"f9\", \"f1\"], \"finalizers\": [\"f9\"]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f2\",\"f3\",\"f9\",\"f1\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"$setElementOrder/finalizers\": [\"f1\"], \"finalizers\": [\"f9\"]}}", true,
     "The order in patch list:\n[f9]\n doesn't match $setElementOrder list:\n[f1]\n"},
    {pod_doc,
     "{\"metadata\": {\"$setElementOrder/finalizers\": [\"f3\"], \"$deleteFromPrimitiveList/finalizers\": [\"f1\"]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},\"spec\":{"
     "\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\",\"value\":"
     "\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{\"containerPort\":"
     "443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{\"k\":\"v\"},"
     "\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":["
     "{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"finalizers\": []}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"finalizers\": [\"f1\", 5]}}", true,
     "list element types are not identical: [[f1 f2 f3] [f1 5]]"},
    {pod_doc, "{\"metadata\": {\"finalizers\": [[\"f1\"]]}}", true,
     "list element types are not identical: [[f1 f2 f3] [[f1]]]"},
    {pod_doc, "{\"metadata\": {\"finalizers\": \"x\"}}", false,
     "{\"metadata\":{\"finalizers\":\"x\",\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},\"spec\":{"
     "\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\",\"value\":"
     "\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{\"containerPort\":"
     "443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{\"k\":\"v\"},"
     "\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":["
     "{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"finalizers\": [\"f5\", \"f5\"]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f5\",\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"containers\": [{\"name\": \"b\", \"image\": \"new\"}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"new\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"containers\": [{\"name\": \"d\", \"image\": \"new\"}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"image\":\"new\",\"name\":\"d\"},{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":"
     "\"E1\",\"value\":\"1\"},{\"name\":\"E2\",\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{"
     "\"containerPort\":80,\"name\":\"http\"},{\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":"
     "\"i3\",\"name\":\"c\"}],\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{"
     "\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},"
     "\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc,
     "{\"spec\": {\"containers\": [{\"name\": \"c\", \"image\": \"n3\"}, {\"name\": \"d\", \"image\": \"n4\"}, "
     "{\"name\": \"a\", \"image\": \"n1\"}]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"n3\",\"name\":\"c\"},{\"image\":\"n4\","
     "\"name\":\"d\"},{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\",\"value\":"
     "\"2\"}],\"image\":\"n1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{\"containerPort\":"
     "443}]}],\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,"
     "\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{"
     "\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"containers\": [{\"name\": \"b\", \"$patch\": \"delete\"}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":"
     "\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],"
     "\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"containers\": [{\"name\": \"zz\", \"$patch\": \"delete\"}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"containers\": [{\"$patch\": \"delete\"}]}}", true,
     "map: map[$patch:delete] does not contain declared merge key: name"},
    {pod_doc, "{\"spec\": {\"containers\": [{\"$patch\": \"replace\"}, {\"name\": \"z\"}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"name\":\"z\"}],\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\","
     "\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],"
     "\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"containers\": [{\"$patch\": \"replace\"}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[],\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{"
     "\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},"
     "\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"containers\": [{\"$patch\": \"merge\", \"name\": \"a\"}]}}", true,
     "merging lists cannot yet be specified in the patch"},
    {pod_doc, "{\"spec\": {\"containers\": [{\"$patch\": \"frob\", \"name\": \"a\"}]}}", true,
     "unknown patch type: frob in map: map[$patch:frob name:a]"},
    {pod_doc, "{\"spec\": {\"containers\": [{\"image\": \"x\"}]}}", true,
     "map: map[image:x] does not contain declared merge key: name"},
    {pod_doc, "{\"spec\": {\"containers\": [\"x\"]}}", true,
     "list element types are not identical: [[map[command:[x y] env:[map[name:E1 value:1] map[name:E2 value:2]] "
     "image:i1 name:a ports:[map[containerPort:80 name:http] map[containerPort:443]]] map[image:i2 name:b] "
     "map[image:i3 name:c]] [x]]"},
    {pod_doc, "{\"spec\": {\"containers\": [{\"name\": \"a\", \"image\": null, \"command\": null}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\",\"value\":\"2\"}],"
     "\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{\"containerPort\":443}]},{\"image\":\"i2\","
     "\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\","
     "\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],"
     "\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc,
     "{\"spec\": {\"containers\": [{\"name\": \"n\", \"image\": null, \"env\": [{\"name\": \"q\", \"value\": "
     "null}]}]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"env\":[{\"name\":\"q\",\"value\":null}],\"image\":null,\"name\":\"n\"},{\"command\":"
     "[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\",\"value\":\"2\"}],\"image\":\"i1\","
     "\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{\"containerPort\":443}]},{\"image\":\"i2\","
     "\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\","
     "\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],"
     "\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc,
     "{\"spec\": {\"containers\": [{\"name\": \"a\", \"ports\": [{\"containerPort\": 80, \"protocol\": \"TCP\"}]}]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\","
     "\"protocol\":\"TCP\"},{\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":"
     "\"c\"}],\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,"
     "\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{"
     "\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc,
     "{\"spec\": {\"containers\": [{\"name\": \"a\", \"ports\": [{\"containerPort\": 443, \"$patch\": \"delete\"}, "
     "{\"containerPort\": 90}]}]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":90},{\"containerPort\":80,"
     "\"name\":\"http\"}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc,
     "{\"spec\": {\"containers\": [{\"name\": \"a\", \"env\": [{\"name\": \"E0\"}, {\"name\": \"E2\", \"value\": "
     "\"9\"}]}]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E0\"},{\"name\":\"E1\",\"value\":\"1\"}"
     ",{\"name\":\"E2\",\"value\":\"9\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":"
     "\"http\"},{\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],"
     "\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,"
     "\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{"
     "\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"containers\": [{\"name\": \"a\", \"command\": [\"z\"]}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"z\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc,
     "{\"spec\": {\"$setElementOrder/containers\": [{\"name\": \"c\"}, {\"name\": \"a\"}, {\"name\": \"b\"}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"image\":\"i3\",\"name\":\"c\"},{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\","
     "\"value\":\"1\"},{\"name\":\"E2\",\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{"
     "\"containerPort\":80,\"name\":\"http\"},{\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"}],"
     "\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,"
     "\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{"
     "\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"$setElementOrder/containers\": [{\"name\": \"c\"}, {\"name\": \"a\"}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"},{\"command\":["
     "\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\",\"value\":\"2\"}],\"image\":\"i1\","
     "\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{\"containerPort\":443}]}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc,
     "{\"spec\": {\"$setElementOrder/containers\": [{\"name\": \"a\"}, {\"name\": \"n\"}, {\"name\": \"b\"}, "
     "{\"name\": \"c\"}], \"containers\": [{\"name\": \"n\", \"image\": \"x\"}]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"x\",\"name\":\"n\"},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\","
     "\"name\":\"c\"}],\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":"
     "5,\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"}"
     ",{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc,
     "{\"spec\": {\"$setElementOrder/containers\": [{\"name\": \"c\"}, {\"name\": \"b\"}], \"containers\": [{\"name\": "
     "\"b\", \"image\": \"x\"}, {\"name\": \"c\", \"image\": \"y\"}]}}",
     true,
     "The order in patch list:\n[map[image:x name:b] map[image:y name:c]]\n doesn't match $setElementOrder "
     "list:\n[map[name:c] map[name:b]]\n"},
    {pod_doc,
     "{\"spec\": {\"$setElementOrder/containers\": [{\"name\": \"c\"}, {\"name\": \"b\"}], \"containers\": [{\"name\": "
     "\"a\", \"$patch\": \"delete\"}, {\"name\": \"b\", \"image\": \"x\"}]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"image\":\"i3\",\"name\":\"c\"},{\"image\":\"x\",\"name\":\"b\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"$setElementOrder/containers\": [{\"name\": \"a\"}], \"containers\": [{\"name\": \"n\"}]}}",
     true, "The order in patch list:\n[map[name:n]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n"},
    {pod_doc, "{\"spec\": {\"$setElementOrder/containers\": \"x\"}}", true,
     "expected a []interface {}, but received a string"},
    {pod_doc, "{\"spec\": {\"$setElementOrder/containers\": [{\"x\": 1}]}}", true,
     "map: map[x:1] does not contain declared merge key: name"},
    {pod_doc, "{\"spec\": {\"$setElementOrder/containers\": [\"a\"]}}", true, "value for key 0 is not a map"},
    {pod_doc, "{\"spec\": {\"$setElementOrder\": [{\"name\": \"a\"}]}}", true,
     "invalid patch format of setElementOrder list"},
    {pod_doc, "{\"spec\": {\"$setElementOrder/zz\": [{\"name\": \"a\"}]}}", true,
     "unable to find api field in struct PodSpec for the json field \"zz\""},
    {pod_doc, "{\"spec\": {\"$setElementOrder/restartPolicy\": [{\"name\": \"a\"}]}}", true,
     "expected a []interface {}, but received a string"},
    {pod_doc, "{\"spec\": {\"$setElementOrder/containers\": [{\"name\": \"a\"}], \"containers\": null}}", true,
     "expected a []interface {}, but received a %!s(<nil>)"},
    {pod_doc,
     "{\"spec\": {\"containers\": [{\"name\": \"a\", \"$setElementOrder/env\": [{\"name\": \"E2\"}, {\"name\": "
     "\"E3\"}, {\"name\": \"E1\"}], \"env\": [{\"name\": \"E3\", \"value\": \"3\"}]}]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E2\",\"value\":\"2\"},{\"name\":\"E3\","
     "\"value\":\"3\"},{\"name\":\"E1\",\"value\":\"1\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{"
     "\"containerPort\":80,\"name\":\"http\"},{\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":"
     "\"i3\",\"name\":\"c\"}],\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{"
     "\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},"
     "\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc,
     "{\"spec\": {\"volumes\": [{\"name\": \"v1\", \"$retainKeys\": [\"name\", \"hostPath\"], \"hostPath\": {\"path\": "
     "\"/y\"}}]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"hostPath\":{\"path\":\"/"
     "y\"},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc,
     "{\"spec\": {\"volumes\": [{\"name\": \"v1\", \"$retainKeys\": [\"name\"], \"hostPath\": {\"path\": \"/y\"}}]}}",
     true, "invalid patch format of retainKeys"},
    {pod_doc,
     "{\"spec\": {\"volumes\": [{\"name\": \"v1\", \"$retainKeys\": [\"name\", \"hostPath\"], \"hostPath\": {\"path\": "
     "\"/y\"}, \"emptyDir\": null}]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"hostPath\":{\"path\":\"/"
     "y\"},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"volumes\": [{\"name\": \"v1\", \"$retainKeys\": \"name\"}]}}", true,
     "invalid patch format of retainKeys"},
    {pod_doc, "{\"spec\": {\"$retainKeys\": [\"containers\"], \"containers\": [{\"name\": \"a\"}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}]}}"},
    {pod_doc, "{\"spec\": {\"$retainKeys\": [\"containers\", 5]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}]}}"},
    {pod_doc, "{\"spec\": {\"$patch\": \"replace\", \"containers\": [{\"name\": \"q\"}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"name\":\"q\"}]}}"},
    {pod_doc, "{\"spec\": {\"$patch\": \"delete\"}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{}}"},
    {pod_doc, "{\"spec\": {\"$patch\": \"frob\", \"x\": {\"a\": [1, \"b\"], \"z\": null}}}", true,
     "unknown patch type: frob in map: map[$patch:frob x:map[a:[1 b] z:<nil>]]"},
    {pod_doc, "{\"spec\": {\"$patch\": 5}}", true, "unknown patch type: %!s(int64=5) in map: map[$patch:5]"},
    {pod_doc, "{\"$patch\": \"replace\", \"metadata\": {\"name\": \"q\"}}", false, "{\"metadata\":{\"name\":\"q\"}}"},
    {pod_doc, "{\"$patch\": \"delete\"}", false, "{}"},
    {pod_doc, "{\"spec\": {\"nodeSelector\": {\"$patch\": \"replace\", \"z\": \"1\"}}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"z\":\"1\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"nodeSelector\": {\"$patch\": \"delete\"}}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{}"
     ",\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":"
     "[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"nodeSelector\": {\"k\": {\"a\": \"b\"}}}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":{\"a\":\"b\"}},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,"
     "2]},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"nodeSelector\": 5}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":5,"
     "\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":["
     "{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"tolerations\": [{\"key\": \"t2\"}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t2\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"tolerations\": []}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"tolerations\": [{\"key\": \"t2\", \"$patch\": \"delete\"}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"$patch\":\"delete\",\"key\":\"t2\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{"
     "\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"securityContext\": {\"supplementalGroups\": [3]}}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[3]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"securityContext\": {\"runAsUser\": null, \"runAsNonRoot\": true}}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsNonRoot\":true,\"supplementalGroups\":[1,2]"
     "},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"restartPolicy\": \"Never\", \"nodeName\": \"n\"}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeName\":\"n\","
     "\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Never\",\"securityContext\":{\"runAsUser\":5,"
     "\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{"
     "\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"unknown\": {\"a\": {\"b\": null, \"c\": 1}}}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"unknown\":{\"a\":{\"c\":1}},\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{"
     "\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"unknownTop\": [1, {\"a\": null}]}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]},\"unknownTop\":[1,{}]}"},
    {pod_doc, "{\"spec\": {\"restartPolicy\": null, \"dnsPolicy\": null}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}"
     "],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": null}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"}}"},
    {pod_doc, "{}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"securityContext\": {\"$patch\": \"replace\", \"runAsUser\": 9}}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":9},\"tolerations\":[{\"key\":\"t1\"}"
     "],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"annotations\": {\"$patch\": \"replace\", \"a\": \"b\"}}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"annotations\": {\"a\": {\"$patch\": \"delete\"}, \"b\": \"c\"}}}", false,
     "{\"metadata\":{\"annotations\":{\"b\":\"c\"},\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":"
     "\"2\"},\"name\":\"p\"},\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":"
     "\"1\"},{\"name\":\"E2\",\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,"
     "\"name\":\"http\"},{\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}]"
     ",\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,"
     "\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{"
     "\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"volumes\": [{\"name\": \"v3\", \"emptyDir\": {\"$patch\": \"replace\"}}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{\"$patch\":\"replace\"},\"name\":\"v3\"},{"
     "\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc,
     "{\"spec\": {\"containers\": [{\"name\": \"a\", \"image\": \"1\"}, {\"name\": \"a\", \"command\": [\"2\"]}]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"2\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc,
     "{\"spec\": {\"containers\": [{\"name\": \"new\", \"image\": \"1\"}, {\"name\": \"new\", \"command\": [\"2\"]}]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"2\"],\"image\":\"1\",\"name\":\"new\"},{\"command\":[\"x\",\"y\"],"
     "\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\",\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\","
     "\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{"
     "\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\","
     "\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],"
     "\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc,
     "{\"spec\": {\"containers\": [{\"name\": \"c\", \"image\": \"1\"}, {\"name\": \"b\", \"image\": \"2\"}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"1\",\"name\":\"c\"},{\"image\":\"2\",\"name\":\"b\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"containers\": [{\"name\": 5}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"name\":5},{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{"
     "\"name\":\"E2\",\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":"
     "\"http\"},{\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],"
     "\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,"
     "\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{"
     "\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": {\"containers\": [null]}}", true,
     "list element types are not identical: [[map[command:[x y] env:[map[name:E1 value:1] map[name:E2 value:2]] "
     "image:i1 name:a ports:[map[containerPort:80 name:http] map[containerPort:443]]] map[image:i2 name:b] "
     "map[image:i3 name:c]] [<nil>]]"},
    {pod_doc, "{\"spec\": {\"containers\": {\"a\": 1}}}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":{\"a\":1},\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\","
     "\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],"
     "\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"spec\": [1]}", false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":[1]}"},
    {pod_doc, "{\"metadata\": {\"finalizers\": [\"a\", \"b\", \"f2\"]}}", false,
     "{\"metadata\":{\"finalizers\":[\"a\",\"b\",\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":"
     "\"p\"},\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":"
     "\"E2\",\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc, "{\"metadata\": {\"finalizers\": [\"f2\", \"x\", \"f1\"]}}", false,
     "{\"metadata\":{\"finalizers\":[\"f2\",\"x\",\"f1\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\","
     "\"value\":\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{"
     "\"containerPort\":443}]},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"}],\"nodeSelector\":{"
     "\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,\"supplementalGroups\":[1,2]},"
     "\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{\"hostPath\":{\"path\":\"/"
     "x\"},\"name\":\"v2\"}]}}"},
    {pod_doc,
     "{\"spec\": {\"containers\": [{\"name\": \"x\"}, {\"name\": \"c\"}, {\"name\": \"y\"}, {\"name\": \"a\"}]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"f1\",\"f2\",\"f3\"],\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"name\":\"p\"},"
     "\"spec\":{\"containers\":[{\"name\":\"x\"},{\"image\":\"i2\",\"name\":\"b\"},{\"image\":\"i3\",\"name\":\"c\"},{"
     "\"name\":\"y\"},{\"command\":[\"x\",\"y\"],\"env\":[{\"name\":\"E1\",\"value\":\"1\"},{\"name\":\"E2\",\"value\":"
     "\"2\"}],\"image\":\"i1\",\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"name\":\"http\"},{\"containerPort\":"
     "443}]}],\"nodeSelector\":{\"k\":\"v\"},\"restartPolicy\":\"Always\",\"securityContext\":{\"runAsUser\":5,"
     "\"supplementalGroups\":[1,2]},\"tolerations\":[{\"key\":\"t1\"}],\"volumes\":[{\"emptyDir\":{},\"name\":\"v1\"},{"
     "\"hostPath\":{\"path\":\"/x\"},\"name\":\"v2\"}]}}"},
    {odd_doc, "{\"spec\": {\"containers\": [{\"name\": \"a\", \"image\": \"x\"}]}}", true,
     "map: map[image:nokey] does not contain declared merge key: name"},
    {odd_doc, "{\"spec\": {\"volumes\": []}}", false,
     "{\"metadata\":{\"finalizers\":[\"a\",\"b\",\"a\"]},\"spec\":{\"containers\":[{\"name\":\"a\"},{\"image\":"
     "\"nokey\"}],\"tolerations\":[{\"key\":\"a\"},5],\"volumes\":[]}}"},
    {odd_doc, "{\"spec\": {\"$setElementOrder/volumes\": []}}", true, "no elements in any of the given slices"},
    {odd_doc, "{\"spec\": {\"volumes\": [{\"name\": \"x\"}]}}", false,
     "{\"metadata\":{\"finalizers\":[\"a\",\"b\",\"a\"]},\"spec\":{\"containers\":[{\"name\":\"a\"},{\"image\":"
     "\"nokey\"}],\"tolerations\":[{\"key\":\"a\"},5],\"volumes\":[{\"name\":\"x\"}]}}"},
    {odd_doc, "{\"metadata\": {\"$deleteFromPrimitiveList/finalizers\": [\"a\"]}}", false,
     "{\"metadata\":{\"finalizers\":[\"b\"]},\"spec\":{\"containers\":[{\"name\":\"a\"},{\"image\":\"nokey\"}],"
     "\"tolerations\":[{\"key\":\"a\"},5],\"volumes\":[]}}"},
    {odd_doc,
     "{\"spec\": {\"$setElementOrder/volumes\": [{\"name\": \"z\"}, {\"name\": \"x\"}], \"volumes\": [{\"name\": "
     "\"z\"}, {\"name\": \"x\"}]}}",
     false,
     "{\"metadata\":{\"finalizers\":[\"a\",\"b\",\"a\"]},\"spec\":{\"containers\":[{\"name\":\"a\"},{\"image\":"
     "\"nokey\"}],\"tolerations\":[{\"key\":\"a\"},5],\"volumes\":[{\"name\":\"z\"},{\"name\":\"x\"}]}}"},
};

enum kind { JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH };

static struct json *parse(struct arena *a, const char *text)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(a, str_of(text), &e);
    ck_assert_msg(j != NULL, "%s: %s", text, e.text);
    return j;
}

static bool apply(enum kind kind, struct arena *a, struct json **doc, const struct json *patch, struct err *e)
{
    if (kind == JSON_PATCH) return patch_json(a, doc, patch, e);
    if (kind == STRATEGIC_PATCH) return patch_strategic(a, &small_pod, *doc, patch, e);
    patch_merge(a, doc, patch);
    return true;
}

static void check_row(enum kind kind, const struct row *row)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *doc = parse(&a, row->doc), *patch = parse(&a, row->patch), *before = json_copy(&a, patch);
    bool ok = apply(kind, &a, &doc, patch, &e);
    struct buf got AUTO_BUF;
    buf_init(&got, 65536);
    if (ok) json_write(&got, doc);
    ck_assert_msg(ok != row->bad, "%s\n%s %s", row->patch, e.text, buf_view(&got).p);
    ck_assert_msg(json_equal(patch, before), "%s was changed", row->patch);
    if (ok)
        ck_assert_msg(json_equal(doc, parse(&a, row->result)), "%s\n got %s\nwant %s", row->patch, got.p, row->result);
    else
        ck_assert_str_eq(e.text, row->result);
}

START_TEST(test_json)
{
    for (size_t i = 0; i < ARRAY_LEN(json_rows); i++) check_row(JSON_PATCH, &json_rows[i]);
}
END_TEST

START_TEST(test_merge)
{
    for (size_t i = 0; i < ARRAY_LEN(merge_rows); i++) check_row(MERGE_PATCH, &merge_rows[i]);
}
END_TEST

START_TEST(test_strategic)
{
    for (size_t i = 0; i < ARRAY_LEN(strategic_rows); i++) check_row(STRATEGIC_PATCH, &strategic_rows[i]);
}
END_TEST

static enum err_code code_of(enum kind kind, const char *text, const char *patch)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *doc = parse(&a, text);
    return apply(kind, &a, &doc, parse(&a, patch), &e) ? ERR_NONE : e.code;
}

START_TEST(test_codes)
{
    ck_assert_int_eq(code_of(JSON_PATCH, "{}", "{}"), ERR_BAD_REQUEST);
    ck_assert_int_eq(code_of(JSON_PATCH, "{}", "[{\"op\":\"remove\",\"path\":\"/a\"}]"), ERR_INVALID);
    ck_assert_int_eq(code_of(JSON_PATCH, "{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":2}]"), ERR_INVALID);
    ck_assert_int_eq(code_of(STRATEGIC_PATCH, "{}", "[]"), ERR_BAD_REQUEST);
    ck_assert_int_eq(code_of(STRATEGIC_PATCH, "{}", "{\"metadata\":{\"$retainKeys\":5}}"), ERR_NONE);
    ck_assert_int_eq(code_of(STRATEGIC_PATCH, "{\"metadata\":{}}", "{\"metadata\":{\"$retainKeys\":5}}"),
                     ERR_BAD_REQUEST);
    ck_assert_int_eq(code_of(STRATEGIC_PATCH, "{\"spec\":{}}", "{\"spec\":{\"$patch\":\"x\"}}"), ERR_INTERNAL);
}
END_TEST

START_TEST(test_too_many_operations)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *doc = json_obj(&a), *ops = json_arr(&a);
    const char *op = "{\"op\":\"add\",\"path\":\"/a\",\"value\":1}";
    for (int i = 0; i < PATCH_OPS_MAX; i++) json_push(ops, parse(&a, op));
    ck_assert(patch_json(&a, &doc, ops, &e));
    json_push(ops, parse(&a, op));
    ck_assert(!patch_json(&a, &doc, ops, &e));
    ck_assert_int_eq(e.code, ERR_TOO_LARGE);
    ck_assert_str_eq(e.text, "The allowed maximum operations in a JSON patch is 10000, got 10001");
}
END_TEST

START_TEST(test_copy_bomb)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *doc = parse(&a, "{\"a\":{\"x\":\"0123456789\"}}"), *ops = json_arr(&a);
    for (int i = 0; i < 40; i++)
        json_push(ops, parse(&a, str_printf(&a, "{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/c%d\"}", i).p));
    ck_assert(!patch_json(&a, &doc, ops, &e));
    ck_assert_int_eq(strncmp(e.text, "Unable to complete the copy, the accumulated size increase of copy is ", 70), 0);
    ck_assert_uint_lt(a.total, 200u << 20);
}
END_TEST

/* No single operation is deep, and yet they would pile up what the recursion of its readers could not bear. */
START_TEST(test_depth_bomb)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *doc = parse(&a, "{\"a\":{}}"), *ops = json_arr(&a);
    struct buf path AUTO_BUF;
    buf_init(&path, 65536);
    for (int i = 0; i < 600; i++) {
        buf_cstr(&path, "/a");
        json_push(ops, parse(&a, str_printf(&a, "{\"op\":\"add\",\"path\":\"%s\",\"value\":{}}", path.p).p));
    }
    ck_assert(!patch_json(&a, &doc, ops, &e));
    ck_assert_int_eq(e.code, ERR_BAD_REQUEST);
    ck_assert_int_eq(strncmp(e.text, "error in add for path: '/a/a", 28), 0);
}
END_TEST

/* 100,000 members on either side are merged without comparing each with each. */
START_TEST(test_large_objects)
{
    enum { MEMBERS = 100000 };
    struct arena a AUTO_ARENA = {0};
    struct json *doc = json_obj(&a), *patch = json_obj(&a);
    struct buf text[2];
    for (int side = 0; side < 2; side++) {
        buf_init(&text[side], 16 << 20);
        for (int i = 0; i < MEMBERS; i++)
            buf_addf(&text[side], "%s\"k%d\":%s", i ? "," : "{", i + side * MEMBERS / 2, side && i % 2 ? "null" : "1");
        buf_char(&text[side], '}');
    }
    doc = parse(&a, text[0].p);
    patch = parse(&a, text[1].p);
    patch_merge(&a, &doc, patch);
    ck_assert_uint_eq(doc->count, MEMBERS / 2 + MEMBERS / 4 + MEMBERS / 4);
    buf_release(&text[0]);
    buf_release(&text[1]);
}
END_TEST

TEST_MAIN("patch", test_json, test_merge, test_strategic, test_codes, test_too_many_operations, test_copy_bomb,
          test_depth_bomb, test_large_objects)
