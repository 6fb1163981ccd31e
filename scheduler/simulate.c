/* simulate.c - see simulate.h. Reads: a descriptor, whoever wrote to it; configuration files.   Writes: an answer. */
#include "scheduler/simulate.h"

#include "base/io.h"
#include "scheduler/limits.h"
#include "scheduler/trial.h"
#include "scheduler/workload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024 };

struct simulation {
    struct arena arena;         /* of the answer */
    struct arena scratch;       /* of one line */
    const struct object *order; /* the first line; NULL: it has not come yet */
    struct sandbox *sandbox;
    int64_t lines;
    struct buf *why;
};

/* ---- Lines ---- */

static const char *const drop[] = {".metadata.managedFields", ".status.conditions", NULL};

static bool wrong(struct simulation *s, const struct err *e)
{
    buf_addf(s->why, "line %lld: %s", (long long)s->lines, e->text);
    return false;
}

static bool add_object(struct simulation *s, const struct object *o, struct err *e)
{
    if (!sandbox_takes(o->api_version, o->kind)) return true;
    if (!o->name.n) return err_set(e, ERR_INVALID, "a %.*s without a name", STR_ARG(o->kind));
    return sandbox_add(s->sandbox, o, e);
}

static bool take_line(struct simulation *s, struct str line)
{
    struct err e = ERR_INIT;
    s->lines++;
    if (!str_trim(line).n) return true;
    bool first = !s->order;
    const struct object *o = object_parse_in(&s->scratch, line, first ? NULL : drop, NULL, &e);
    if (!o) return wrong(s, &e);
    if (first) {
        s->order = o;
        return true;
    }
    bool ok = add_object(s, o, &e);
    object_unref(o);
    return ok || wrong(s, &e);
}

/* Whole lines of what is there; the rest stays. last: all of it. */
static bool take_lines(struct simulation *s, struct buf *b, bool last)
{
    struct str all = buf_view(b);
    size_t done = 0;
    bool ok = true;
    while (ok && done < all.n) {
        const char *end = memchr(all.p + done, '\n', all.n - done);
        if (!end && !last) break;
        size_t to = end ? (size_t)(end - all.p) : all.n;
        ok = take_line(s, str_n(all.p + done, to - done));
        done = MIN(to + 1, all.n);
    }
    buf_drop_front(b, done);
    return ok;
}

static bool read_all(struct simulation *s, int fd)
{
    struct buf b AUTO_BUF = {0};
    AUTO_FREE char *chunk = xmalloc(READ_BYTES);
    buf_init(&b, SIMULATE_LINE_MAX + READ_BYTES);
    for (ssize_t n = 1; n > 0;) {
        n = read(fd, chunk, READ_BYTES);
        if (n < 0 && errno == EINTR) {
            n = 1;
            continue;
        }
        if (n < 0) {
            buf_addf(s->why, "stdin: %s", strerror(errno));
            return false;
        }
        /* Only what is new may end a line: a long one is not searched again and again. */
        buf_add(&b, chunk, (size_t)n);
        if ((n == 0 || memchr(chunk, '\n', (size_t)n)) && !take_lines(s, &b, n == 0)) return false;
        if (b.n > SIMULATE_LINE_MAX) {
            buf_addf(s->why, "line %lld: longer than %d bytes", (long long)s->lines + 1, SIMULATE_LINE_MAX);
            return false;
        }
    }
    if (!s->order) buf_cstr(s->why, "nothing to try: the first line has to say what");
    return s->order != NULL;
}

/* ---- The trials ---- */

static struct trial_order order_of(const struct simulation *s, const struct sched_config *config)
{
    const struct json *root = s->order->root, *workload = obj_get(root, ".workload");
    int64_t replicas = obj_int(root, ".replicas", 0);
    return (struct trial_order){.config = config,
                                .workload = workload,
                                .replicas = (int)MAX(INT32_MIN, MIN(replicas, INT32_MAX)),
                                .fill = obj_bool(root, ".fill", workload_makers(workload) == 1),
                                .seed = (uint64_t)obj_int(root, ".seed", 1)};
}

static bool try_it(struct simulation *s, struct sandbox *on, const char *path, const char *name, struct json *results)
{
    AUTO_FREE char *file = str_dup(obj_str(s->order->root, path));
    const struct sched_config *config = *file ? config_load(file, s->why) : config_default();
    struct err e = ERR_INIT;
    if (!config) return false;
    const struct trial_order o = order_of(s, config);
    struct json *result = trial_run(&s->arena, on, &o, &e);
    config_unref(config);
    if (!result) {
        buf_cstr(s->why, e.text);
        return false;
    }
    obj_put_cstr(&s->arena, result, ".name", name);
    json_push(results, result);
    return true;
}

static bool run(struct simulation *s, struct buf *answer)
{
    bool compares = obj_has(s->order->root, ".compare"), given = obj_has(s->order->root, ".config");
    struct json *root = obj_empty(&s->arena), *results = obj_list(&s->arena);
    struct sandbox *first = compares ? sandbox_copy(s->sandbox) : s->sandbox;
    bool ok = try_it(s, first, ".config", given ? "Given" : "Default", results) &&
              (!compares || try_it(s, s->sandbox, ".compare", "Compared", results));
    if (compares) sandbox_free(first);
    if (!ok) return false;
    obj_put(&s->arena, root, ".results", results);
    json_write(answer, root);
    return buf_ok(answer);
}

bool simulate(int fd, struct buf *answer, struct buf *why)
{
    struct simulation s = {.sandbox = sandbox_new(), .why = why};
    bool ok = read_all(&s, fd) && run(&s, answer);
    sandbox_free(s.sandbox);
    object_unref(s.order);
    arena_release(&s.scratch);
    arena_release(&s.arena);
    return ok;
}

int simulate_main(int in, int out)
{
    struct buf answer AUTO_BUF = {0}, why AUTO_BUF = {0};
    struct err e = ERR_INIT;
    buf_init(&answer, SIZE_MAX);
    buf_init(&why, MESSAGE_MAX);
    bool ok = simulate(in, &answer, &why);
    if (!ok) {
        fprintf(stderr, "%.*s\n", STR_ARG(buf_view(&why)));
        return 1;
    }
    buf_char(&answer, '\n');
    if (io_write_all(out, answer.p, answer.n, &e)) return 0;
    fprintf(stderr, "stdout: %s\n", e.text);
    return 1;
}
