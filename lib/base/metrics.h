/* metrics.h - counters, gauges and histograms in Prometheus text form. A metric
 * is registered once at start, then updated with atomics. Thread: any. */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include "buf.h"

struct metric;
/* labels: `verb="GET",code="200"` or NULL. The same name+labels gives the same metric. */
struct metric *metric_counter(const char *name, const char *labels, const char *help);
struct metric *metric_gauge(const char *name, const char *labels, const char *help);
/* Buckets in seconds, upstream's defaults for request durations. */
struct metric *metric_histogram(const char *name, const char *labels, const char *help);
void metric_add(struct metric *m, int64_t delta);
void metric_set(struct metric *m, int64_t value);
void metric_observe_ns(struct metric *m, int64_t ns);
void metrics_write(struct buf *out); /* everything, grouped by name */

#endif
