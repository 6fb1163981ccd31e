/* mono.c - real time from the kernel. */
#include "mono.h"

#include <errno.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t mono_ns(void) { return read_clock(CLOCK_MONOTONIC); }
int64_t mono_ms(void) { return mono_ns() / 1000000; }
int64_t mono_wall_ms(void) { return read_clock(CLOCK_REALTIME) / 1000000; }
int64_t mono_cpu_ns(void) { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

void mono_sleep_ms(int64_t ms)
{
    if (ms <= 0) return;
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&left, &left) == -1 && errno == EINTR) continue;
}
