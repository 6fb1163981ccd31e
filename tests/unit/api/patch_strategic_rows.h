/* patch_strategic_rows.h - the table of strategic merge patches, beside patch_rows.h. */
#ifndef UNIT_API_PATCH_STRATEGIC_ROWS_H
#define UNIT_API_PATCH_STRATEGIC_ROWS_H

#include "patch_rows.h"

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

#endif
