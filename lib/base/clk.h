/* clk.h - the cluster's virtual time. One clock per process, kept equal across
 * processes by the `clocks` object (lib/client/sim.c applies it; the apiserver
 * owns it). virtual = base_virtual + rate * (mono - base_mono), or stands still
 * when paused. Never goes backwards. Thread: any; own lock inside. */
#ifndef BASE_CLK_H
#define BASE_CLK_H

#include "heap.h"

#include <stdbool.h>
#include <stdint.h>

int64_t clk_ns(void); /* Unix time in virtual ns */
int64_t clk_ms(void);
int64_t clk_s(void);

struct clk_state {
    int64_t at_ns; /* virtual Unix ns at the moment of clk_set */
    double rate;   /* virtual seconds per real second; 1 = real time */
    bool paused;
};

/* Before the first clk_set the clock is the wall clock, rate 1. A state whose
 * at_ns lies before the present virtual time keeps the present time; only the first clk_set may step back, for the wall
 * clock was a guess until then. Wakes all timers. */
void clk_set(const struct clk_state *s);
void clk_get(struct clk_state *out); /* at_ns = now */

/* Timers on virtual time: one thread per process fires them in order of due
 * time, ties in order of starting. A callback runs on the timer thread, takes no
 * long time and may start or stop timers. A struct timer is its owner's memory. */
struct clk_timer {
    struct heap_item heap;
    int64_t due_ns;
    uint64_t order;
    void (*fn)(void *arg);
    void *arg;
};

void clk_timer_init(struct clk_timer *t, void (*fn)(void *arg), void *arg);
void clk_timer_start_ms(struct clk_timer *t, int64_t after_ms); /* (re)starts; <= 0 fires at once */
void clk_timer_start_at_ns(struct clk_timer *t, int64_t due_ns);
bool clk_timer_stop(
    struct clk_timer *t); /* true: it will not fire. Waits for a callback that runs now (unless called from it). */
/* When the next timer is due in virtual ns, INT64_MAX when there is none: for turns and settle. */
int64_t clk_next_due_ns(void);
/* Told (from any thread, no lock held) whenever clk_next_due_ns changed; NULL removes. */
void clk_on_due_change(void (*fn)(void *arg), void *arg);
void clk_shutdown(void); /* stops the timer thread */

/* Text. All of them write into out, NUL-terminated, and return it. */
enum { CLK_TEXT_MAX = 40 };
char *clk_rfc3339(int64_t unix_s, char out[CLK_TEXT_MAX]);        /* 2006-01-02T15:04:05Z (metav1.Time) */
char *clk_rfc3339_micro(int64_t unix_ns, char out[CLK_TEXT_MAX]); /* 2006-01-02T15:04:05.000000Z (metav1.MicroTime) */
char *clk_rfc3339_parts(int64_t unix_s, int32_t ns, char out[CLK_TEXT_MAX]); /* the same, of any year */
/* RFC 3339 with any fraction and offset; false on junk. Years that int64 ns cannot hold (before 1677,
 * after 2262) give INT64_MIN or INT64_MAX. */
bool clk_parse_rfc3339(const char *p, unsigned long n, int64_t *unix_ns);
/* The same, of any year: whole seconds, rounded down, and the ns behind them. */
bool clk_parse_rfc3339_parts(const char *p, unsigned long n, int64_t *unix_s, int32_t *ns);
/* metav1.HumanDuration ("5m30s", "3d4h"); api-facts/printers.md has the rule. */
char *clk_human(int64_t duration_ns, char out[CLK_TEXT_MAX]);
/* Go's time.Duration.String() ("1h0m0s", "1.5ms", "0s"). */
char *clk_go_duration(int64_t duration_ns, char out[CLK_TEXT_MAX]);
bool clk_parse_go_duration(const char *p, unsigned long n, int64_t *out_ns);

#endif
