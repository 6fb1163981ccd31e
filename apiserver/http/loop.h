/* loop.h - the stream thread: one epoll loop with descriptors, posted calls and timers. Private to http/
 * (others use stream.h). Only loop_post, loop_add, loop_del and loop_cancel may be called from other threads. */
#ifndef APISERVER_HTTP_LOOP_H
#define APISERVER_HTTP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/* Embedded by its owner; fn runs on the loop's thread with the epoll events (edge triggered). */
struct loop_io {
    void (*fn)(struct loop_io *io, uint32_t events);
};

/* round: called once per turn, after events, posts and timers; true: there is more to do at once.
 * last: called when no round follows: on the thread, and once more by loop_stop after late posts. Dies when the kernel
 * gives no descriptors. */
void loop_start(bool (*round)(void), void (*last)(void));
void loop_stop(void); /* runs what is posted, joins */
bool loop_running(void);

/* Whoever calls loop_del may free io only in a call posted afterwards: an event may be on its way. */
void loop_add(int fd, uint32_t events, struct loop_io *io);
void loop_mod(int fd, uint32_t events, struct loop_io *io);
void loop_del(int fd);

/* In order of posting. False: the loop does not run and fn will not be called. */
bool loop_post(void (*fn)(void *arg), void *arg);
uint64_t loop_at(int64_t mono_due_ns, void (*fn)(void *arg), void *arg); /* loop thread */
void loop_cancel(uint64_t id); /* loop thread; a fired or unknown id is fine */

#endif
