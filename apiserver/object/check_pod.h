/* check_pod.h - the rules of pods and pod templates, topic by topic (pkg/apis/core/validation/validation.go). The order
 * in which they are asked is upstream's, and so is the order of the errors. Private to apiserver/object/check_*.c of
 * pods, but for the pieces at the end. */
#ifndef APISERVER_OBJECT_CHECK_POD_H
#define APISERVER_OBJECT_CHECK_POD_H

#include "api/object.h"
#include "apiserver/object/check_path.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/member_index.h"
#include "apiserver/object/name_set.h"

/* What an old spec has that new ones may not: an update may keep it (pkg/api/pod/util.go). All false on create. */
struct pod_leeway {
    bool deletion_cost;   /* a bad number in the annotation */
    bool hugepages;       /* no multiple of the page's size */
    bool selector_values; /* bad label values in affinity's selectors */
    bool node_values;     /* the same in the required node affinity */
    bool spread_selector; /* a bad selector of a spread constraint */
    bool spread_keys;     /* bad matchLabelKeys of one: the older rule holds */
    bool token_path;      /* a token's path that leaves the volume */
    bool host_sysctls;    /* sysctls of namespaces that the pod shares with the host */
    bool selinux_policy;  /* any seLinuxChangePolicy */
    bool init_restart;    /* resize policy RestartContainer of a plain init container */
    bool user_ns_network; /* hostUsers false beside hostNetwork */
    bool user_ns_devices; /* the same beside volume devices */
};

struct pod_rules {
    struct check *c;
    const struct json *spec, *annotations;
    const struct json *meta; /* of a pod; NULL: a template, whose name says nothing */
    struct pod_leeway leeway;
    struct name_set volumes;        /* name -> Volume, those without errors */
    struct name_set claims;         /* names of spec.resourceClaims */
    const struct json *claim_names; /* those names in order, once an error wants them */
    const struct json *grace;       /* terminationGracePeriodSeconds, or NULL */
    bool host_users, host_network;
    struct name_set texts;          /* annotations of one kind, by container */
    int containers, host_processes; /* as counted for Windows */
    bool has_file_refs;             /* a variable comes from a file; with it: */
    struct name_set all_volumes;    /* name -> Volume, good or bad */
};

/* ---- Reading nodes ---- */

static inline const struct json *member_at(const struct json *node, const char *key)
{
    const struct json *v = json_getc(node, key);
    return v && v->type != JSON_NULL ? v : NULL;
}
static inline struct str text_at(const struct json *node, const char *key) { return json_string(json_getc(node, key)); }
static inline int64_t int_at(const struct json *node, const char *key, int64_t absent)
{
    const struct json *v = json_getc(node, key);
    return json_is(v, JSON_INT) ? v->u.i : absent;
}
static inline bool true_at(const struct json *node, const char *key)
{
    const struct json *v = json_getc(node, key);
    return json_is(v, JSON_BOOL) && v->u.b;
}
static inline bool false_at(const struct json *node, const char *key)
{
    const struct json *v = json_getc(node, key);
    return json_is(v, JSON_BOOL) && !v->u.b;
}
static inline size_t count_at(const struct json *node, const char *key)
{
    const struct json *v = json_getc(node, key);
    return v && (v->type == JSON_ARR || v->type == JSON_OBJ) ? v->count : 0;
}

/* ---- Whole specs ---- */

/* Looks what old (NULL: nothing) leaves open. Paths of c do not matter. */
void pod_leeway_of(struct pod_leeway *out, struct arena *a, const struct json *old, const struct json *old_annotations);
/* At "...spec". */
void check_pod_spec(struct pod_rules *r);
/* spec.containers and so on, at the spec's place: fn with every container of every kind, init containers first. */
typedef void pod_container_fn(struct pod_rules *r, const struct json *container);
void check_each_container(struct pod_rules *r, pod_container_fn *fn);

/* At "metadata.annotations", or "template.annotations". */
void check_pod_annotations(struct pod_rules *r);
void check_pod_annotation_changes(struct check *c, const struct json *now, const struct json *old);
/* Annotations and fields that say the same must agree. At the spec. */
void check_seccomp_agrees(struct pod_rules *r);
void check_apparmor_agrees(struct pod_rules *r);

/* Between old and new, after all else. At the root. */
void check_pod_change(struct pod_rules *r, const struct json *old);
void check_pod_status(struct check *c, const struct json *pod, const struct json *old);

/* ---- Topics; at the spec unless said otherwise ---- */

void check_volumes(struct pod_rules *r);
void check_containers(struct pod_rules *r);
void check_init_containers(struct pod_rules *r);
void check_ephemeral_containers(struct pod_rules *r);
/* At the container. */
void check_env(struct pod_rules *r, const struct json *container);
void check_mounts(struct pod_rules *r, const struct json *container);
void check_probes(struct pod_rules *r, const struct json *container);
void check_lifecycle(struct pod_rules *r, const struct json *container);
void check_resources(struct pod_rules *r, const char *member, const struct json *resources, bool of_pod);
void check_container_security(struct pod_rules *r, const struct json *container);
/* Of pods, not of templates: no space around an image's name. */
void check_image_spaces(struct pod_rules *r);
/* fileKeyRef wants an emptyDir. */
void check_env_files(struct pod_rules *r);
void check_pod_resources(struct pod_rules *r);
void check_resource_claims(struct pod_rules *r);
void check_pod_security(struct pod_rules *r);
void check_windows_options(struct check *c, const struct json *options);
void check_host_processes(struct pod_rules *r);
void check_pod_os(struct pod_rules *r);
void check_affinity(struct pod_rules *r);
void check_topology_spread(struct pod_rules *r);
void check_dns_config(struct pod_rules *r);
void check_host_aliases(struct pod_rules *r);

/* ---- Pieces ---- */

/* Without the space around it, all that Unicode calls so among it. */
struct str check_trimmed(struct str text);
/* absent or empty is an error of its own, unless `required` is NULL; else it must be one of the words. */
void check_word(struct check *c, const char *member, const struct json *value, const char *const *words,
                const char *required);
void check_id(struct check *c, const char *member, const struct json *id); /* of a user or group */
void check_tolerations(struct check *c, const char *member, const struct json *tolerations);
/* fieldRef and resourceFieldRef, of variables and of files. */
void check_field_ref(struct check *c, const struct json *ref, bool in_volume);
void check_resource_field_ref(struct check *c, const struct json *ref, bool in_volume);
/* Of a resource "hugepages-SIZE". */
struct qty;
bool resource_is_divisible(struct str name, const struct qty *amount);
void check_seccomp_profile(struct check *c, const struct json *profile);
void check_apparmor_profile(struct check *c, const struct json *profile);
bool sysctl_shares_host(const struct json *spec, struct str name, const char **why);
/* matchLabelKeys and mismatchLabelKeys against the selector, at the term. */
void check_label_keys(struct check *c, const struct json *keys, const struct json *not_keys,
                      const struct json *selector);

#endif
