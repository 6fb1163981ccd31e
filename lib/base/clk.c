/* clk.c - the cluster's virtual clock and its timers. Reads real time (mono.h); one thread, started
 * with the first timer, sleeps until the next timer is due and runs it. */
#include "clk.h"

#include "kassert.h"
#include "mono.h"
#include "thread.h"

#include <math.h>
#include <stddef.h>

enum { NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

static pthread_mutex_t lock = MUTEX_INIT; /* covers everything below */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int64_t base_virtual_ns, base_mono_ns;
static double rate = 1;
static bool paused;

static struct heap timers;
static uint64_t next_order;
static struct clk_timer *running; /* whose callback runs now; compared only, the owner may have freed it */
static int64_t running_due_ns;
static pthread_cond_t wake; /* for the timer thread: something changed */
static pthread_cond_t done; /* a callback returned, or the due-change function did */
static bool thread_up, thread_stop;
static pthread_t thread_id;

static void (*told_fn)(void *arg);
static void *told_arg;
static int64_t told_due_ns = INT64_MAX;
static int telling; /* calls of told_fn under way */

static _Thread_local bool inside_timer, inside_told;

static bool timer_less(const struct heap_item *a, const struct heap_item *b)
{
    const struct clk_timer *x = CONTAINER_OF(a, const struct clk_timer, heap);
    const struct clk_timer *y = CONTAINER_OF(b, const struct clk_timer, heap);
    return x->due_ns != y->due_ns ? x->due_ns < y->due_ns : x->order < y->order;
}

static void first_use(void)
{
    base_virtual_ns = mono_wall_ms() * NS_PER_MS;
    base_mono_ns = mono_ns();
    heap_init(&timers, timer_less);
    cond_init_mono(&wake);
    cond_init_mono(&done);
}

static void enter(void)
{
    pthread_once(&once, first_use);
    mutex_lock(&lock);
}

static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? INT64_MAX : INT64_MIN;
}

/* d as an integer that fits; doubles near 2^63 do not convert. */
static int64_t to_i64(double d) { return d >= 9.2e18 ? INT64_MAX : d <= -9.2e18 ? INT64_MIN : (int64_t)d; }

static int64_t now_locked(void)
{
    if (paused) return base_virtual_ns;
    int64_t elapsed = mono_ns() - base_mono_ns;
    return add_saturated(base_virtual_ns, rate == 1 ? elapsed : to_i64((double)elapsed * rate));
}

/* When, in real time, the clock will show due_ns; INT64_MAX while it stands still. */
static int64_t mono_of(int64_t due_ns)
{
    if (paused || due_ns == INT64_MAX) return INT64_MAX;
    int64_t ahead;
    if (__builtin_sub_overflow(due_ns, base_virtual_ns, &ahead)) return due_ns < 0 ? 0 : INT64_MAX;
    return add_saturated(base_mono_ns, rate == 1 ? ahead : to_i64(ceil((double)ahead / rate)));
}

int64_t clk_ns(void)
{
    enter();
    int64_t ns = now_locked();
    mutex_unlock(&lock);
    return ns;
}

int64_t clk_ms(void) { return clk_ns() / NS_PER_MS; }
int64_t clk_s(void) { return clk_ns() / NS_PER_S; }

static bool was_set; /* under lock: by clk_set; until then the clock was only a guess */

void clk_set(const struct clk_state *s)
{
    enter();
    int64_t now = now_locked();
    base_virtual_ns = s->at_ns > now || !was_set ? s->at_ns : now;
    was_set = true;
    base_mono_ns = mono_ns();
    bool moves = s->rate > 0 && isfinite(s->rate); /* a clock of rate 0 stands still */
    paused = s->paused || !moves;
    if (moves) rate = s->rate;
    pthread_cond_signal(&wake);
    mutex_unlock(&lock);
}

void clk_get(struct clk_state *out)
{
    enter();
    *out = (struct clk_state){.at_ns = now_locked(), .rate = rate, .paused = paused};
    mutex_unlock(&lock);
}

static struct clk_timer *first_timer(void)
{
    struct heap_item *it = heap_peek(&timers);
    return it ? CONTAINER_OF(it, struct clk_timer, heap) : NULL;
}

/* A callback that runs still counts as due: the process is not quiet. */
static int64_t next_due_locked(void)
{
    struct clk_timer *first = first_timer();
    int64_t due = first ? first->due_ns : INT64_MAX;
    return running && running_due_ns < due ? running_due_ns : due;
}

int64_t clk_next_due_ns(void)
{
    enter();
    int64_t due = next_due_locked();
    mutex_unlock(&lock);
    return due;
}

/* Lets the lock go after a change of the timers and tells whoever wants to know. */
static void leave_changed(void)
{
    int64_t due = next_due_locked();
    bool tell = told_fn && due != told_due_ns;
    told_due_ns = due;
    void (*fn)(void *) = told_fn;
    void *arg = told_arg;
    telling += tell;
    mutex_unlock(&lock);
    if (!tell) return;
    bool nested = inside_told;
    inside_told = true;
    fn(arg);
    inside_told = nested;
    mutex_lock(&lock);
    telling--;
    pthread_cond_broadcast(&done);
    mutex_unlock(&lock);
}

void clk_on_due_change(void (*fn)(void *arg), void *arg)
{
    enter();
    told_fn = fn;
    told_arg = arg;
    told_due_ns = next_due_locked();
    /* The former function's argument may go away as soon as this returns. */
    while (telling && !inside_told) cond_wait_until(&done, &lock, INT64_MAX);
    mutex_unlock(&lock);
}

/* Runs the first timer; the lock is let go meanwhile. */
static void fire_first(void)
{
    struct clk_timer *t = first_timer();
    heap_pop(&timers);
    running = t;
    running_due_ns = t->due_ns;
    void (*fn)(void *) = t->fn;
    void *arg = t->arg;
    mutex_unlock(&lock);
    fn(arg);
    mutex_lock(&lock);
    running = NULL;
    pthread_cond_broadcast(&done);
    leave_changed();
    mutex_lock(&lock);
}

static void *timer_thread(void *unused)
{
    (void)unused;
    inside_timer = true;
    mutex_lock(&lock);
    while (!thread_stop) {
        struct clk_timer *t = first_timer();
        if (t && t->due_ns <= now_locked())
            fire_first();
        else
            cond_wait_until(&wake, &lock, t ? mono_of(t->due_ns) : INT64_MAX);
    }
    mutex_unlock(&lock);
    return NULL;
}

void clk_timer_init(struct clk_timer *t, void (*fn)(void *arg), void *arg)
{
    *t = (struct clk_timer){.fn = fn, .arg = arg};
}

/* Called with the lock held; lets it go. */
static void start_locked(struct clk_timer *t, int64_t due_ns)
{
    heap_remove(&timers, &t->heap);
    t->due_ns = due_ns < INT64_MAX ? due_ns : INT64_MAX - 1; /* the last value says that there is no timer */
    t->order = next_order++;
    heap_push(&timers, &t->heap);
    if (!thread_up) {
        thread_up = true;
        thread_id = thread_start("clk", timer_thread, NULL);
    } else if (first_timer() == t) {
        pthread_cond_signal(&wake);
    }
    leave_changed();
}

void clk_timer_start_ms(struct clk_timer *t, int64_t after_ms)
{
    int64_t after_ns;
    if (after_ms < 0) after_ms = 0;
    if (__builtin_mul_overflow(after_ms, (int64_t)NS_PER_MS, &after_ns)) after_ns = INT64_MAX;
    enter();
    start_locked(t, add_saturated(now_locked(), after_ns));
}

void clk_timer_start_at_ns(struct clk_timer *t, int64_t due_ns)
{
    enter();
    start_locked(t, due_ns);
}

bool clk_timer_stop(struct clk_timer *t)
{
    enter();
    bool stopped = t->heap.pos != 0;
    heap_remove(&timers, &t->heap);
    while (running == t && !inside_timer) {
        cond_wait_until(&done, &lock, INT64_MAX);
        stopped |= t->heap.pos != 0; /* its callback had started it again */
        heap_remove(&timers, &t->heap);
    }
    leave_changed();
    return stopped;
}

void clk_shutdown(void)
{
    KASSERT(!inside_timer);
    enter();
    bool up = thread_up;
    thread_stop = true;
    pthread_cond_signal(&wake);
    mutex_unlock(&lock);
    if (up) thread_join(thread_id);
    mutex_lock(&lock);
    thread_up = thread_stop = false;
    mutex_unlock(&lock);
}
