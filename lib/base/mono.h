/* mono.h - real time, for the outside world only: I/O, reconnects, TLS and token
 * validity, shutdown, traces, benches. What is stamped into objects or decides
 * behaviour is cluster time: clk.h. Thread: any. */
#ifndef BASE_MONO_H
#define BASE_MONO_H

#include <stdint.h>

int64_t mono_ns(void); /* CLOCK_MONOTONIC */
int64_t mono_ms(void);
int64_t mono_wall_ms(void);     /* CLOCK_REALTIME, Unix ms */
void mono_sleep_ms(int64_t ms); /* real sleep; for back-off against the outside world */
int64_t mono_cpu_ns(void);      /* CPU time of this process so far */

#endif
