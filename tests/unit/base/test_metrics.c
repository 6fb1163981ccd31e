/* test_metrics.c - the text form: grouping, labels, cumulative buckets. */
#include "base/metrics.h"

#include "check_main.h"

START_TEST(text)
{
    struct metric *get = metric_counter("requests_total", "verb=\"GET\"", "Requests by verb.");
    metric_add(metric_counter("requests_total", "verb=\"POST\"", "Requests by verb."), 3);
    metric_add(get, 1);
    ck_assert_ptr_eq(get, metric_counter("requests_total", "verb=\"GET\"", "Requests by verb."));
    struct metric *depth = metric_gauge("depth", NULL, "Depth.");
    metric_set(depth, 9);
    metric_add(depth, -4);
    struct metric *h = metric_histogram("seconds", "verb=\"GET\"", "Time.");
    metric_observe_ns(h, 5000000);
    metric_observe_ns(h, 1000000000);
    metric_observe_ns(h, 1000000000000);
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 1 << 16);
    metrics_write(&out);
    ck_assert(str_starts(buf_view(&out), STR("# HELP depth Depth.\n# TYPE depth gauge\ndepth 5\n"
                                             "# HELP requests_total Requests by verb.\n"
                                             "# TYPE requests_total counter\n"
                                             "requests_total{verb=\"GET\"} 1\n"
                                             "requests_total{verb=\"POST\"} 3\n"
                                             "# HELP seconds Time.\n# TYPE seconds histogram\n"
                                             "seconds_bucket{verb=\"GET\",le=\"0.005\"} 1\n")));
    ck_assert_ptr_nonnull(strstr(out.p, "seconds_bucket{verb=\"GET\",le=\"0.8\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(out.p, "seconds_bucket{verb=\"GET\",le=\"1\"} 2\n"));
    ck_assert_ptr_nonnull(strstr(out.p, "seconds_bucket{verb=\"GET\",le=\"60\"} 2\n"));
    ck_assert_ptr_nonnull(strstr(out.p, "seconds_bucket{verb=\"GET\",le=\"+Inf\"} 3\n"));
    ck_assert_ptr_nonnull(strstr(out.p, "seconds_sum{verb=\"GET\"} 1001.005\nseconds_count{verb=\"GET\"} 3\n"));
}
END_TEST

TEST_MAIN("metrics", text)
