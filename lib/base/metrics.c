/* metrics.c - counters, gauges and histograms: registered under a lock, updated with atomics, printed in
 * Prometheus' text form in order of name and labels. They live as long as the process. */
#include "metrics.h"

#include "kassert.h"
#include "mem.h"
#include "omap.h"
#include "thread.h"

#include <stdatomic.h>

enum kind { COUNTER, GAUGE, HISTOGRAM };
static const char *const kind_names[] = {"counter", "gauge", "histogram"};

/* Upper bounds of apiserver_request_duration_seconds (staging/src/k8s.io/apiserver/pkg/endpoints/metrics). */
static const struct {
    int64_t ns;
    const char *text;
} buckets[] = {
    {5000000, "0.005"},  {25000000, "0.025"}, {50000000, "0.05"},  {100000000, "0.1"},  {200000000, "0.2"},
    {400000000, "0.4"},  {600000000, "0.6"},  {800000000, "0.8"},  {1000000000, "1"},   {1250000000, "1.25"},
    {1500000000, "1.5"}, {2000000000, "2"},   {3000000000, "3"},   {4000000000, "4"},   {5000000000, "5"},
    {6000000000, "6"},   {8000000000, "8"},   {10000000000, "10"}, {15000000000, "15"}, {20000000000, "20"},
    {30000000000, "30"}, {45000000000, "45"}, {60000000000, "60"},
};

struct metric {
    enum kind kind;
    const char *name, *labels, *help; /* copies; labels "" if none */
    _Atomic int64_t value;            /* of a histogram: the sum in ns */
    _Atomic uint64_t in_bucket[ARRAY_LEN(buckets) + 1];
};

static pthread_mutex_t lock = MUTEX_INIT;
static struct omap registry; /* under lock; key: name, NUL, labels */

static struct metric *get_or_make(enum kind kind, const char *name, const char *labels, const char *help)
{
    if (!labels) labels = "";
    char *key AUTO_FREE = xasprintf("%s%c%s", name, '\0', labels);
    struct str key_text = str_n(key, strlen(name) + 1 + strlen(labels));
    mutex_lock(&lock);
    struct metric *m = omap_get(&registry, key_text);
    if (!m) {
        m = xcalloc(1, sizeof *m);
        m->kind = kind;
        m->name = xstrdup(name);
        m->labels = xstrdup(labels);
        m->help = xstrdup(help);
        omap_set(&registry, key_text, m);
    }
    mutex_unlock(&lock);
    KASSERT(m->kind == kind);
    return m;
}

struct metric *metric_counter(const char *name, const char *labels, const char *help)
{
    return get_or_make(COUNTER, name, labels, help);
}

struct metric *metric_gauge(const char *name, const char *labels, const char *help)
{
    return get_or_make(GAUGE, name, labels, help);
}

struct metric *metric_histogram(const char *name, const char *labels, const char *help)
{
    return get_or_make(HISTOGRAM, name, labels, help);
}

void metric_add(struct metric *m, int64_t delta)
{
    KASSERT(m->kind == GAUGE || (m->kind == COUNTER && delta >= 0));
    atomic_fetch_add_explicit(&m->value, delta, memory_order_relaxed);
}

void metric_set(struct metric *m, int64_t value)
{
    KASSERT(m->kind == GAUGE);
    atomic_store_explicit(&m->value, value, memory_order_relaxed);
}

void metric_observe_ns(struct metric *m, int64_t ns)
{
    KASSERT(m->kind == HISTOGRAM);
    size_t i = 0;
    while (i < ARRAY_LEN(buckets) && ns > buckets[i].ns) i++;
    atomic_fetch_add_explicit(&m->in_bucket[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->value, ns, memory_order_relaxed);
}

static void write_histogram(struct buf *out, const struct metric *m)
{
    const char *comma = *m->labels ? "," : "", *open = *m->labels ? "{" : "", *close = *m->labels ? "}" : "";
    uint64_t total = 0;
    for (size_t i = 0; i <= ARRAY_LEN(buckets); i++) {
        total += atomic_load_explicit(&m->in_bucket[i], memory_order_relaxed);
        const char *bound = i < ARRAY_LEN(buckets) ? buckets[i].text : "+Inf";
        buf_addf(out, "%s_bucket{%s%sle=\"%s\"} %llu\n", m->name, m->labels, comma, bound, (unsigned long long)total);
    }
    double sum = (double)atomic_load_explicit(&m->value, memory_order_relaxed) / 1e9;
    buf_addf(out, "%s_sum%s%s%s %.9g\n", m->name, open, m->labels, close, sum);
    buf_addf(out, "%s_count%s%s%s %llu\n", m->name, open, m->labels, close, (unsigned long long)total);
}

static void write_value(struct buf *out, const struct metric *m)
{
    const char *open = *m->labels ? "{" : "", *close = *m->labels ? "}" : "";
    int64_t value = atomic_load_explicit(&m->value, memory_order_relaxed);
    buf_addf(out, "%s%s%s%s %lld\n", m->name, open, m->labels, close, (long long)value);
}

void metrics_write(struct buf *out)
{
    const char *group = "";
    void *p;
    struct omap_cursor c;
    mutex_lock(&lock);
    for (omap_seek(&registry, STR(""), &c); omap_next(&c, NULL, &p);) {
        const struct metric *m = p;
        if (strcmp(group, m->name) != 0)
            buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name, kind_names[m->kind]);
        group = m->name;
        if (m->kind == HISTOGRAM)
            write_histogram(out, m);
        else
            write_value(out, m);
    }
    mutex_unlock(&lock);
}
