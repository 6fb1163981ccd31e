/* config_priv.h - what the parts of the configuration share: config_decode.c reads the file, config_default.c fills in
 * what it does not say, config_plugins.c knows the plugins and where they are asked, config_check.c and config_args.c
 * validate, config_build.c makes profiles. Private to the scheduler's configuration and its tests. */
#ifndef SCHEDULER_CONFIG_PRIV_H
#define SCHEDULER_CONFIG_PRIV_H

#include "scheduler/config.h"

#define CONFIG_VERSION "kubescheduler.config.k8s.io/v1"
#define CONFIG_GROUP   "kubescheduler.config.k8s.io"
#define CONFIG_KIND    "KubeSchedulerConfiguration"

struct config_errors { /* zero-initialised is empty */
    struct arena arena;
    struct str items[CONFIG_ERRORS_MAX];
    int n, more; /* more: that were not kept */
};
void config_errors_release(struct config_errors *w);

/* NULL with what is wrong. */
const struct sched_config *config_parse(struct str text, struct config_errors *w);

/* Extension points in the order in which upstream builds them, which is that of its complaints. */
enum config_point {
    CP_PRE_FILTER,
    CP_FILTER,
    CP_POST_FILTER,
    CP_RESERVE,
    CP_PRE_SCORE,
    CP_SCORE,
    CP_PRE_BIND,
    CP_BIND,
    CP_POST_BIND,
    CP_PERMIT,
    CP_PRE_ENQUEUE,
    CP_QUEUE_SORT,
    CP_PLACEMENT_GENERATE,
    CP_PLACEMENT_SCORE,
    CP_COUNT,
    CP_MULTI = CP_COUNT, /* wherever a plugin has something to do */
    CP_SETS,
};

struct config_point_row {
    const char *name;    /* in the file */
    const char *go_type; /* in messages */
    int point;           /* enum point; -1: our cycles have no such point */
};
extern const struct config_point_row config_points[CP_COUNT];

struct config_plugin_row { /* one of upstream's plugins */
    const char *name;
    unsigned points; /* 1 << CP_* */
    int weight;      /* of its score in the default profile */
    bool usual;      /* in the default profile */
};
extern const struct config_plugin_row config_plugin_rows[];
extern const int config_plugin_count;
const struct config_plugin_row *config_plugin(struct str name); /* NULL: unknown */

/* ---- One profile on its way ---- */

struct named_plugin {
    struct str name;
    int32_t weight; /* 0: not said */
};

struct plugin_set {
    struct named_plugin *enabled;
    struct str *disabled;
    int nenabled, ndisabled;
};

struct profile_draft {
    struct str scheduler;
    const struct json *percentage;   /* NULL: not said */
    struct plugin_set sets[CP_SETS]; /* the file's merged into the default ones */
    struct json *plugin_config;      /* list of {name, args}; args of known kinds are decoded and defaulted */
};

struct config_draft {
    struct arena arena;
    struct json *tree; /* decoded and defaulted, but for the profiles */
    struct profile_draft *profiles;
    int nprofiles;
    struct config_errors *errors;
};

/* Each returns false when something was wrong, and says what in d->errors. */
bool config_decode(struct config_draft *d, struct str text);
void config_set_defaults(struct config_draft *d);
bool config_check(struct config_draft *d);
struct sched_config *config_build(struct config_draft *d);

/* The plugins of one point after what is said for all points was spread to it; in the order they are asked. */
struct point_plan {
    const struct config_plugin_row **rows;
    int64_t *weights; /* of CP_SCORE and CP_PLACEMENT_SCORE */
    int n;
};
/* Upstream: framework/runtime/framework.go NewFramework. */
bool config_plan(struct config_draft *d, const struct profile_draft *p, struct point_plan plan[CP_COUNT]);

/* ---- Arguments of plugins ---- */

struct config_args_row {
    const char *plugin, *type;
    void (*set_defaults)(struct arena *a, struct json *args); /* NULL: none */
    void (*check)(struct config_draft *d, const char *path, const struct json *args);
    bool late; /* checked when the plugin is made, not with the rest; its path is empty then */
};
const struct config_args_row *config_args_of(struct str plugin);    /* NULL: takes none */
const struct config_args_row *config_args_of_kind(struct str kind); /* "NodeAffinityArgs" */
const struct api_type *config_args_type(const struct config_args_row *row);

void node_affinity_args_check(struct config_draft *d, const char *path, const struct json *args);
void fit_args_check(struct config_draft *d, const char *path, const struct json *args);
void spread_args_check(struct config_draft *d, const char *path, const struct json *args);

/* ---- Messages ---- path: of a field ---- */

__attribute__((format(printf, 2, 3))) bool config_say(struct config_errors *w, const char *fmt, ...); /* false */
/* The list as one text: "what" or "[what, what]", without those that are there twice. */
void config_errors_join(struct buf *out, const struct config_errors *w);
__attribute__((format(printf, 4, 5))) void config_invalid_int(struct config_errors *w, const char *path, int64_t value,
                                                              const char *fmt, ...);
void config_invalid_str(struct config_errors *w, const char *path, struct str value, const char *what);
/* The value as JSON. */
void config_invalid_json(struct config_errors *w, const char *path, const struct json *value, const char *what);
void config_duplicate(struct config_errors *w, const char *path, struct str value);
void config_unsupported(struct config_errors *w, const char *path, struct str value, const char *supported);
/* As Go's %q writes it; in the list's arena. */
const char *config_quote(struct config_errors *w, struct str s);
/* What is wrong with a label's name, a complaint for each. True: nothing. */
bool config_check_label_name(struct config_errors *w, const char *path, struct str name);

#define AT(d, ...) arena_printf(&(d)->arena, __VA_ARGS__) /* a path */

#endif
