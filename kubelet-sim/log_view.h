/* log_view.h - which lines of a container's output a reader wants, and how they are written (v1.PodLogOptions;
 * pkg/kubelet/kuberuntime/logs). Pure. */
#ifndef KUBELET_SIM_LOG_VIEW_H
#define KUBELET_SIM_LOG_VIEW_H

#include "kubelet-sim/logs.h"

struct log_options {
    bool follow, previous, timestamps;
    int64_t tail;        /* lines from the end; -1: all */
    int64_t since_ns;    /* only lines from this cluster time on; INT64_MIN: all */
    int64_t limit_bytes; /* -1: none */
};
#define LOG_OPTIONS_INIT                                                                                               \
    {                                                                                                                  \
        .tail = -1, .since_ns = INT64_MIN, .limit_bytes = -1                                                           \
    }

/* Only lines of the last so many seconds. */
void log_options_since(struct log_options *o, int64_t seconds, int64_t now_ns);

struct log_view { /* one reader's place */
    struct log_options options;
    bool began;
    int64_t left; /* bytes it may still get; -1: any number */
};
void log_view_init(struct log_view *v, const struct log_options *o);
/* Appends what the reader gets of these newly read lines; the tail counts for the first ones alone. False: the limit of
 * bytes is reached, nothing more will follow. */
bool log_view_write(struct log_view *v, const struct log_lines *lines, struct buf *out);

#endif
