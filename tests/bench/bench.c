/* bench.c - ./dev bench: measures what the issues name and prints a table. Never a test: the machine is noisy, so rates
 * are to be read beside CPU per operation, and beside what the real control plane needed on a machine of this size.
 * Usage: bench [--bin DIR] [-o text|json] [--quick]
 *   [cluster|running|rollout|idle|garbage|memory|scheduler|api|watch|custom ...] */
#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RESULTS_MAX = 100 };

static struct {
    char name[80];
    const char *unit;
    double value, goal, real;
    enum better better;
} results[RESULTS_MAX];
static int nresults;

const char *bench_bin = "build/bin";

void result(const char *name, double value, const char *unit, enum better better, double goal, double real)
{
    if (nresults == RESULTS_MAX) return;
    snprintf(results[nresults].name, sizeof results[0].name, "%s", name);
    results[nresults].unit = unit;
    results[nresults].value = value;
    results[nresults].better = better;
    results[nresults].goal = goal;
    results[nresults++].real = real;
    fprintf(stderr, "  %s: %.1f %s\n", name, value, unit);
}

void bench_die(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("bench: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double ratio(int i)
{
    if (results[i].real == 0 || results[i].value == 0) return 0;
    return results[i].better == HIGHER ? results[i].value / results[i].real : results[i].real / results[i].value;
}

void results_print(bool json)
{
    if (json)
        printf("[");
    else
        printf("%-46s %12s %-10s %10s %12s %8s\n", "WHAT", "MEASURED", "UNIT", "GOAL", "REAL K8S", "TIMES");
    for (int i = 0; i < nresults; i++) {
        bool met = results[i].goal == 0 || (results[i].better == HIGHER ? results[i].value >= results[i].goal
                                                                        : results[i].value <= results[i].goal);
        if (json) {
            printf("%s{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"goal\":%.3f,\"real\":%.3f,\"times\":%.2f,"
                   "\"met\":%s}",
                   i ? "," : "", results[i].name, results[i].value, results[i].unit, results[i].goal, results[i].real,
                   ratio(i), met ? "true" : "false");
            continue;
        }
        char goal[32] = "", real[32] = "", times[32] = "";
        if (results[i].goal != 0)
            snprintf(goal, sizeof goal, "%s%.0f", results[i].better == HIGHER ? ">=" : "<=", results[i].goal);
        if (results[i].real != 0) snprintf(real, sizeof real, "%.0f", results[i].real);
        if (ratio(i) != 0) snprintf(times, sizeof times, "%.1fx", ratio(i));
        printf("%-46s %12.1f %-10s %10s %12s %8s%s\n", results[i].name, results[i].value, results[i].unit, goal, real,
               times, met ? "" : "  short");
    }
    if (json) printf("]\n");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(bool quick);
    } scenarios[] = {{"cluster", bench_cluster},     {"running", bench_running}, {"rollout", bench_rollout},
                     {"idle", bench_idle},           {"garbage", bench_garbage}, {"memory", bench_memory},
                     {"scheduler", bench_scheduler}, {"api", bench_api},         {"watch", bench_watch},
                     {"custom", bench_custom}};
    bool json = false, quick = false, chosen[10] = {false}, any = false;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--quick"))
            quick = true;
        else if (!strcmp(argv[i], "--bin") && i + 1 < argc)
            bench_bin = argv[++i];
        else if (!strcmp(argv[i], "-o") && i + 1 < argc)
            json = !strcmp(argv[++i], "json");
        else {
            size_t k = 0;
            while (k < ARRAY_LEN(scenarios) && strcmp(argv[i], scenarios[k].name) != 0) k++;
            if (k == ARRAY_LEN(scenarios))
                bench_die("usage: bench [--bin DIR] [-o text|json] [--quick] "
                          "[cluster|running|rollout|idle|garbage|memory|scheduler|api|watch|custom ...]");
            chosen[k] = any = true;
        }
    }
    for (size_t k = 0; k < ARRAY_LEN(scenarios); k++)
        if (!any || chosen[k]) scenarios[k].run(quick);
    results_print(json);
    return 0;
}
