/* small_schema.h - hand-made tables of a few of Pod's fields, for tests of what the tables drive. */
#ifndef UNIT_API_SMALL_SCHEMA_H
#define UNIT_API_SMALL_SCHEMA_H

#include "api/schema.h"
#include "base/mem.h"

#define S_FIELD(json, v, sh, number, ...)                                                                              \
    {                                                                                                                  \
        .name = STR_C(json), .value = v, .shape = sh, .proto = number, __VA_ARGS__                                     \
    }
#define STR_C(lit)                                                                                                     \
    {                                                                                                                  \
        (lit), sizeof(lit) - 1                                                                                         \
    }

enum {
    S_OMIT = API_F_OMITEMPTY,
    S_PTR = API_F_OMITEMPTY | API_F_POINTER,
    S_MERGE = API_F_OMITEMPTY | API_F_PATCH_MERGE
};

static const struct api_field small_port_fields[] = {
    S_FIELD("name", API_STRING, API_ONE, 1, .flags = S_OMIT),
    S_FIELD("hostPort", API_INT32, API_ONE, 2, .flags = S_OMIT),
    S_FIELD("containerPort", API_INT32, API_ONE, 3),
    S_FIELD("protocol", API_STRING, API_ONE, 4, .flags = S_OMIT),
    S_FIELD("hostIP", API_STRING, API_ONE, 5, .flags = S_OMIT),
};
static const uint16_t small_port_names[] = {2, 4, 1, 0, 3};
static const uint16_t small_port_numbers[] = {0, 1, 2, 3, 4};
static const struct api_type small_port = {.name = "ContainerPort",
                                           .package = "core/v1",
                                           .openapi = "",
                                           .doc = "",
                                           .fields = small_port_fields,
                                           .nfields = ARRAY_LEN(small_port_fields),
                                           .by_name = small_port_names,
                                           .by_number = small_port_numbers,
                                           .nnumbers = ARRAY_LEN(small_port_numbers)};

static const struct api_field small_env_fields[] = {
    S_FIELD("name", API_STRING, API_ONE, 1),
    S_FIELD("value", API_STRING, API_ONE, 2, .flags = S_OMIT),
};
static const uint16_t small_env_names[] = {0, 1};
static const uint16_t small_env_numbers[] = {0, 1};
static const struct api_type small_env = {.name = "EnvVar",
                                          .package = "core/v1",
                                          .openapi = "",
                                          .doc = "",
                                          .fields = small_env_fields,
                                          .nfields = ARRAY_LEN(small_env_fields),
                                          .by_name = small_env_names,
                                          .by_number = small_env_numbers,
                                          .nnumbers = ARRAY_LEN(small_env_numbers)};

static const struct api_field small_resources_fields[] = {
    S_FIELD("limits", API_QUANTITY, API_MAP, 1, .flags = S_OMIT),
    S_FIELD("requests", API_QUANTITY, API_MAP, 2, .flags = S_OMIT),
};
static const uint16_t small_resources_names[] = {0, 1};
static const uint16_t small_resources_numbers[] = {0, 1};
static const struct api_type small_resources = {.name = "ResourceRequirements",
                                                .package = "core/v1",
                                                .openapi = "",
                                                .doc = "",
                                                .fields = small_resources_fields,
                                                .nfields = ARRAY_LEN(small_resources_fields),
                                                .by_name = small_resources_names,
                                                .by_number = small_resources_numbers,
                                                .nnumbers = ARRAY_LEN(small_resources_numbers)};

static const struct api_field small_http_get_fields[] = {
    S_FIELD("path", API_STRING, API_ONE, 1, .flags = S_OMIT),
    S_FIELD("port", API_INT_OR_STRING, API_ONE, 2),
    S_FIELD("host", API_STRING, API_ONE, 3, .flags = S_OMIT),
    S_FIELD("scheme", API_STRING, API_ONE, 4, .flags = S_OMIT),
};
static const uint16_t small_http_get_names[] = {2, 0, 1, 3};
static const uint16_t small_http_get_numbers[] = {0, 1, 2, 3};
static const struct api_type small_http_get = {.name = "HTTPGetAction",
                                               .package = "core/v1",
                                               .openapi = "",
                                               .doc = "",
                                               .fields = small_http_get_fields,
                                               .nfields = ARRAY_LEN(small_http_get_fields),
                                               .by_name = small_http_get_names,
                                               .by_number = small_http_get_numbers,
                                               .nnumbers = ARRAY_LEN(small_http_get_numbers)};

/* httpGet sits in the inlined ProbeHandler, message field 1. */
static const struct api_field small_probe_fields[] = {
    S_FIELD("httpGet", API_STRUCT, API_ONE, 2, .flags = S_PTR, .proto_outer = 1, .type = &small_http_get),
    S_FIELD("initialDelaySeconds", API_INT32, API_ONE, 2, .flags = S_OMIT),
    S_FIELD("timeoutSeconds", API_INT32, API_ONE, 3, .flags = S_OMIT),
    S_FIELD("periodSeconds", API_INT32, API_ONE, 4, .flags = S_OMIT),
    S_FIELD("successThreshold", API_INT32, API_ONE, 5, .flags = S_OMIT),
    S_FIELD("failureThreshold", API_INT32, API_ONE, 6, .flags = S_OMIT),
    S_FIELD("terminationGracePeriodSeconds", API_INT64, API_ONE, 7, .flags = S_PTR),
};
static const uint16_t small_probe_names[] = {5, 0, 1, 3, 4, 6, 2};
static const uint16_t small_probe_numbers[] = {0, 1, 2, 3, 4, 5, 6};
static const struct api_type small_probe = {.name = "Probe",
                                            .package = "core/v1",
                                            .openapi = "",
                                            .doc = "",
                                            .fields = small_probe_fields,
                                            .nfields = ARRAY_LEN(small_probe_fields),
                                            .by_name = small_probe_names,
                                            .by_number = small_probe_numbers,
                                            .nnumbers = ARRAY_LEN(small_probe_numbers)};

static const struct api_field small_container_fields[] = {
    S_FIELD("name", API_STRING, API_ONE, 1),
    S_FIELD("image", API_STRING, API_ONE, 2, .flags = S_OMIT),
    S_FIELD("command", API_STRING, API_LIST, 3, .flags = S_OMIT),
    S_FIELD("args", API_STRING, API_LIST, 4, .flags = S_OMIT),
    S_FIELD("workingDir", API_STRING, API_ONE, 5, .flags = S_OMIT),
    S_FIELD("ports", API_STRUCT, API_LIST, 6, .flags = S_MERGE, .type = &small_port, .merge_key = "containerPort"),
    S_FIELD("env", API_STRUCT, API_LIST, 7, .flags = S_MERGE, .type = &small_env, .merge_key = "name"),
    S_FIELD("resources", API_STRUCT, API_ONE, 8, .flags = S_OMIT, .type = &small_resources),
    S_FIELD("livenessProbe", API_STRUCT, API_ONE, 10, .flags = S_PTR, .type = &small_probe),
    S_FIELD("terminationMessagePath", API_STRING, API_ONE, 13, .flags = S_OMIT),
    S_FIELD("imagePullPolicy", API_STRING, API_ONE, 14, .flags = S_OMIT),
    S_FIELD("stdin", API_BOOL, API_ONE, 16, .flags = S_OMIT),
    S_FIELD("stdinOnce", API_BOOL, API_ONE, 17, .flags = S_OMIT),
    S_FIELD("tty", API_BOOL, API_ONE, 18, .flags = S_OMIT),
    S_FIELD("terminationMessagePolicy", API_STRING, API_ONE, 20, .flags = S_OMIT),
};
static const uint16_t small_container_names[] = {3, 2, 6, 1, 10, 8, 0, 5, 7, 11, 12, 9, 14, 13, 4};
static const uint16_t small_container_numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
static const struct api_type small_container = {.name = "Container",
                                                .package = "core/v1",
                                                .openapi = "",
                                                .doc = "",
                                                .fields = small_container_fields,
                                                .nfields = ARRAY_LEN(small_container_fields),
                                                .by_name = small_container_names,
                                                .by_number = small_container_numbers,
                                                .nnumbers = ARRAY_LEN(small_container_numbers)};

static const struct api_field small_empty_dir_fields[] = {
    S_FIELD("medium", API_STRING, API_ONE, 1, .flags = S_OMIT),
    S_FIELD("sizeLimit", API_QUANTITY, API_ONE, 2, .flags = S_PTR),
};
static const uint16_t small_empty_dir_names[] = {0, 1};
static const uint16_t small_empty_dir_numbers[] = {0, 1};
static const struct api_type small_empty_dir = {.name = "EmptyDirVolumeSource",
                                                .package = "core/v1",
                                                .openapi = "",
                                                .doc = "",
                                                .fields = small_empty_dir_fields,
                                                .nfields = ARRAY_LEN(small_empty_dir_fields),
                                                .by_name = small_empty_dir_names,
                                                .by_number = small_empty_dir_numbers,
                                                .nnumbers = ARRAY_LEN(small_empty_dir_numbers)};

static const struct api_field small_host_path_fields[] = {
    S_FIELD("path", API_STRING, API_ONE, 1),
    S_FIELD("type", API_STRING, API_ONE, 2, .flags = S_PTR),
};
static const uint16_t small_host_path_names[] = {0, 1};
static const uint16_t small_host_path_numbers[] = {0, 1};
static const struct api_type small_host_path = {.name = "HostPathVolumeSource",
                                                .package = "core/v1",
                                                .openapi = "",
                                                .doc = "",
                                                .fields = small_host_path_fields,
                                                .nfields = ARRAY_LEN(small_host_path_fields),
                                                .by_name = small_host_path_names,
                                                .by_number = small_host_path_numbers,
                                                .nnumbers = ARRAY_LEN(small_host_path_numbers)};

static const struct api_field small_volume_fields[] = {
    S_FIELD("name", API_STRING, API_ONE, 1),
    S_FIELD("hostPath", API_STRUCT, API_ONE, 1, .flags = S_PTR, .proto_outer = 2, .type = &small_host_path),
    S_FIELD("emptyDir", API_STRUCT, API_ONE, 2, .flags = S_PTR, .proto_outer = 2, .type = &small_empty_dir),
};
static const uint16_t small_volume_names[] = {2, 1, 0};
static const uint16_t small_volume_numbers[] = {0, 1, 2};
static const struct api_type small_volume = {.name = "Volume",
                                             .package = "core/v1",
                                             .openapi = "",
                                             .doc = "",
                                             .fields = small_volume_fields,
                                             .nfields = ARRAY_LEN(small_volume_fields),
                                             .by_name = small_volume_names,
                                             .by_number = small_volume_numbers,
                                             .nnumbers = ARRAY_LEN(small_volume_numbers)};

static const struct api_field small_toleration_fields[] = {
    S_FIELD("key", API_STRING, API_ONE, 1, .flags = S_OMIT),
    S_FIELD("operator", API_STRING, API_ONE, 2, .flags = S_OMIT),
    S_FIELD("value", API_STRING, API_ONE, 3, .flags = S_OMIT),
    S_FIELD("effect", API_STRING, API_ONE, 4, .flags = S_OMIT),
    S_FIELD("tolerationSeconds", API_INT64, API_ONE, 5, .flags = S_PTR),
};
static const uint16_t small_toleration_names[] = {3, 0, 1, 4, 2};
static const uint16_t small_toleration_numbers[] = {0, 1, 2, 3, 4};
static const struct api_type small_toleration = {.name = "Toleration",
                                                 .package = "core/v1",
                                                 .openapi = "",
                                                 .doc = "",
                                                 .fields = small_toleration_fields,
                                                 .nfields = ARRAY_LEN(small_toleration_fields),
                                                 .by_name = small_toleration_names,
                                                 .by_number = small_toleration_numbers,
                                                 .nnumbers = ARRAY_LEN(small_toleration_numbers)};

static const struct api_field small_security_fields[] = {
    S_FIELD("runAsUser", API_INT64, API_ONE, 2, .flags = S_PTR),
    S_FIELD("runAsNonRoot", API_BOOL, API_ONE, 3, .flags = S_PTR),
    S_FIELD("supplementalGroups", API_INT64, API_LIST, 4, .flags = S_OMIT),
};
static const uint16_t small_security_names[] = {1, 0, 2};
static const uint16_t small_security_numbers[] = {0, 1, 2};
static const struct api_type small_security = {.name = "PodSecurityContext",
                                               .package = "core/v1",
                                               .openapi = "",
                                               .doc = "",
                                               .fields = small_security_fields,
                                               .nfields = ARRAY_LEN(small_security_fields),
                                               .by_name = small_security_names,
                                               .by_number = small_security_numbers,
                                               .nnumbers = ARRAY_LEN(small_security_numbers)};

static const struct api_field small_spec_fields[] = {
    S_FIELD("volumes", API_STRUCT, API_LIST, 1, .flags = S_MERGE | API_F_RETAIN_KEYS, .type = &small_volume,
            .merge_key = "name"),
    S_FIELD("containers", API_STRUCT, API_LIST, 2, .flags = API_F_PATCH_MERGE, .type = &small_container,
            .merge_key = "name"),
    S_FIELD("restartPolicy", API_STRING, API_ONE, 3, .flags = S_OMIT),
    S_FIELD("terminationGracePeriodSeconds", API_INT64, API_ONE, 4, .flags = S_PTR),
    S_FIELD("dnsPolicy", API_STRING, API_ONE, 6, .flags = S_OMIT),
    S_FIELD("nodeSelector", API_STRING, API_MAP, 7, .flags = S_OMIT),
    S_FIELD("serviceAccountName", API_STRING, API_ONE, 8, .flags = S_OMIT),
    S_FIELD("nodeName", API_STRING, API_ONE, 10, .flags = S_OMIT),
    S_FIELD("hostNetwork", API_BOOL, API_ONE, 11, .flags = S_OMIT),
    S_FIELD("securityContext", API_STRUCT, API_ONE, 14, .flags = S_PTR, .type = &small_security),
    S_FIELD("tolerations", API_STRUCT, API_LIST, 22, .flags = S_OMIT, .type = &small_toleration),
};
static const uint16_t small_spec_names[] = {1, 4, 8, 7, 5, 2, 9, 6, 3, 10, 0};
static const uint16_t small_spec_numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
static const struct api_type small_spec = {.name = "PodSpec",
                                           .package = "core/v1",
                                           .openapi = "",
                                           .doc = "",
                                           .fields = small_spec_fields,
                                           .nfields = ARRAY_LEN(small_spec_fields),
                                           .by_name = small_spec_names,
                                           .by_number = small_spec_numbers,
                                           .nnumbers = ARRAY_LEN(small_spec_numbers)};

static const struct api_field small_managed_fields[] = {
    S_FIELD("manager", API_STRING, API_ONE, 1, .flags = S_OMIT),
    S_FIELD("operation", API_STRING, API_ONE, 2, .flags = S_OMIT),
    S_FIELD("apiVersion", API_STRING, API_ONE, 3, .flags = S_OMIT),
    S_FIELD("time", API_TIME, API_ONE, 4, .flags = S_PTR),
    S_FIELD("fieldsType", API_STRING, API_ONE, 6, .flags = S_OMIT),
    S_FIELD("fieldsV1", API_FIELDS_V1, API_ONE, 7, .flags = S_PTR),
    S_FIELD("subresource", API_STRING, API_ONE, 8, .flags = S_OMIT),
};
static const uint16_t small_managed_names[] = {2, 4, 5, 0, 1, 6, 3};
static const uint16_t small_managed_numbers[] = {0, 1, 2, 3, 4, 5, 6};
static const struct api_type small_managed = {.name = "ManagedFieldsEntry",
                                              .package = "meta/v1",
                                              .openapi = "",
                                              .doc = "",
                                              .fields = small_managed_fields,
                                              .nfields = ARRAY_LEN(small_managed_fields),
                                              .by_name = small_managed_names,
                                              .by_number = small_managed_numbers,
                                              .nnumbers = ARRAY_LEN(small_managed_numbers)};

static const struct api_field small_meta_fields[] = {
    S_FIELD("name", API_STRING, API_ONE, 1, .flags = S_OMIT),
    S_FIELD("generateName", API_STRING, API_ONE, 2, .flags = S_OMIT),
    S_FIELD("namespace", API_STRING, API_ONE, 3, .flags = S_OMIT),
    S_FIELD("selfLink", API_STRING, API_ONE, 4, .flags = S_OMIT),
    S_FIELD("uid", API_STRING, API_ONE, 5, .flags = S_OMIT),
    S_FIELD("resourceVersion", API_STRING, API_ONE, 6, .flags = S_OMIT),
    S_FIELD("generation", API_INT64, API_ONE, 7, .flags = S_OMIT),
    S_FIELD("creationTimestamp", API_TIME, API_ONE, 8, .flags = API_F_OMITZERO),
    S_FIELD("deletionTimestamp", API_TIME, API_ONE, 9, .flags = S_PTR),
    S_FIELD("deletionGracePeriodSeconds", API_INT64, API_ONE, 10, .flags = S_PTR),
    S_FIELD("labels", API_STRING, API_MAP, 11, .flags = S_OMIT),
    S_FIELD("annotations", API_STRING, API_MAP, 12, .flags = S_OMIT),
    S_FIELD("finalizers", API_STRING, API_LIST, 14, .flags = S_MERGE | API_F_SET),
    S_FIELD("managedFields", API_STRUCT, API_LIST, 17, .flags = S_OMIT, .type = &small_managed),
};
static const uint16_t small_meta_names[] = {11, 7, 9, 8, 12, 1, 6, 10, 13, 0, 2, 5, 3, 4};
static const uint16_t small_meta_numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
static const struct api_type small_meta = {.name = "ObjectMeta",
                                           .package = "meta/v1",
                                           .openapi = "",
                                           .doc = "",
                                           .fields = small_meta_fields,
                                           .nfields = ARRAY_LEN(small_meta_fields),
                                           .by_name = small_meta_names,
                                           .by_number = small_meta_numbers,
                                           .nnumbers = ARRAY_LEN(small_meta_numbers)};

static const struct api_field small_pod_fields[] = {
    S_FIELD("metadata", API_STRUCT, API_ONE, 1, .flags = S_OMIT, .type = &small_meta),
    S_FIELD("spec", API_STRUCT, API_ONE, 2, .flags = S_OMIT, .type = &small_spec),
};
static const uint16_t small_pod_names[] = {0, 1};
static const uint16_t small_pod_numbers[] = {0, 1};
static const struct api_type small_pod = {.name = "Pod",
                                          .package = "core/v1",
                                          .openapi = "",
                                          .doc = "",
                                          .fields = small_pod_fields,
                                          .nfields = ARRAY_LEN(small_pod_fields),
                                          .by_name = small_pod_names,
                                          .by_number = small_pod_numbers,
                                          .nnumbers = ARRAY_LEN(small_pod_numbers)};

#endif
