/* conversion.c - see conversion.h.
 * Reads: items.   Writes: their forms, by way of webhooks.
 * Upstream: apiextensions-apiserver pkg/apiserver/customresource_handler.go (schemaCoercingConverter). */
#include "apiserver/crd/conversion.h"

#include "api/object.h"
#include "apiserver/crd/conversion_review.h"
#include "apiserver/crd/crd.h"
#include "apiserver/crd/limits.h"
#include "apiserver/limits.h"
#include "base/heap.h"
#include "base/kassert.h"
#include "base/rnd.h"
#include "base/thread.h"

#include <stdlib.h>

struct conversion {
    struct job job;
    struct item **items; /* referenced */
    size_t count;
    const struct api_resource *res; /* held */
    conversion_done_fn *done;
    void *arg;
};

static struct {
    pthread_mutex_t lock;
    struct pool *pool; /* made with the first call: most clusters convert nothing */
    size_t waiting;    /* or running */
    bool stopped;
} calls = {.lock = MUTEX_INIT};

/* ---- One call ---- */

struct batch {
    struct arena arena;
    const struct item *items[CONVERSION_BATCH];
    struct json *trees[CONVERSION_BATCH], *made[CONVERSION_BATCH];
    size_t count, bytes;
};

/* As it is read from the store: with the defaults of its own version. */
static struct json *tree_of(struct arena *a, const struct item *it, const struct api_resource *res)
{
    struct json *tree = json_parse(a, blob_str(it->blob), NULL);
    const struct api_resource *from = api_custom_version(res->custom, str_of(it->storage->version));
    KASSERT(tree); /* the store holds what our encoder wrote */
    if (from && !crd_is_current(it->blob, it->storage, from)) crd_read(a, tree, from, from);
    return tree;
}

static void keep_form(struct batch *b, size_t i, const struct api_resource *res)
{
    struct buf text AUTO_BUF = {0};
    const struct item *it = b->items[i];
    buf_init(&text, SIZE_MAX);
    crd_take_converted(&b->arena, b->made[i], res);
    json_write(&text, b->made[i]);
    const struct blob *blob AUTO_BLOB = blob_new(buf_view(&text));
    crd_set_current(blob, res);
    struct item *form = item_new(res, it->key, blob, it->rev, it->create_rev);
    KASSERT(form);
    item_add_form(it, res, form);
}

static const char *call(struct batch *b, const struct api_resource *res)
{
    char uid[RND_UUID_LEN + 1], version[API_VERSION_MAX];
    struct arena *a = &b->arena;
    struct webhook *h = crd_kind_of(res)->webhook;
    struct conversion_review c = {.version = webhook_review_version(h),
                                  .uid = uid,
                                  .desired = api_version_of(res, version),
                                  .asked = b->trees,
                                  .count = b->count};
    struct buf question AUTO_BUF = {0};
    struct str answer;
    const char *why;
    rnd_uuid(uid);
    if (!c.version) return "no supported conversion review versions";
    for (size_t i = 0; i < b->count; i++) b->trees[i] = tree_of(a, b->items[i], res);
    c.asked_for = arena_printf(a, "%.*s, Kind=%.*s", STR_ARG(obj_str(b->trees[0], ".apiVersion")),
                               STR_ARG(obj_str(b->trees[0], ".kind")));
    buf_init(&question, SIZE_MAX);
    conversion_review_write(&question, &c);
    if (!webhook_post(h, a, buf_view(&question), &answer, &why))
        return arena_printf(a, "conversion webhook for %s failed: %s", c.asked_for, why);
    if (!conversion_review_read(a, &c, answer, b->made, &why)) return why;
    for (size_t i = 0; i < b->count; i++) keep_form(b, i, res);
    return NULL;
}

/* ---- All that was wanted ---- */

static void finish(struct conversion *c, const char *error)
{
    mutex_lock(&calls.lock);
    calls.waiting--;
    mutex_unlock(&calls.lock);
    c->done(c->arg, error);
    for (size_t i = 0; i < c->count; i++) item_unref(c->items[i]);
    api_resource_release(c->res);
    free(c->items);
    free(c);
}

/* Takes items from *next on. An item that several want may have been converted meanwhile. */
static void fill(struct batch *b, const struct conversion *c, size_t *next)
{
    for (b->count = b->bytes = 0; *next < c->count && b->count < CONVERSION_BATCH; ++*next) {
        const struct item *it = c->items[*next];
        if (item_has_form(it, c->res)) continue;
        if (b->count && b->bytes + it->blob->n > CONVERSION_BATCH_BYTES) return;
        b->items[b->count++] = it;
        b->bytes += it->blob->n;
    }
}

static void run(struct job *j)
{
    struct conversion *c = CONTAINER_OF(j, struct conversion, job);
    struct batch *b = xcalloc(1, sizeof *b);
    const char *error = NULL;
    for (size_t next = 0; next < c->count && !error;) {
        arena_reset(&b->arena);
        fill(b, c, &next);
        if (b->count) error = call(b, c->res);
    }
    finish(c, error);
    arena_release(&b->arena);
    free(b);
}

/* NULL: it is on its way. */
static const char *submit(struct conversion *c)
{
    const char *why = NULL;
    mutex_lock(&calls.lock);
    calls.waiting++;
    if (calls.stopped)
        why = "the API server is shutting down";
    else if (calls.waiting > CONVERSIONS_MAX)
        why = "too many objects wait for conversion";
    else if (!calls.pool)
        calls.pool = pool_new("conversion", CONVERSION_THREADS);
    if (!why) pool_submit(calls.pool, &c->job);
    mutex_unlock(&calls.lock);
    return why;
}

bool conversion_begin(struct item *const *items, size_t n, const struct api_resource *res, conversion_done_fn *done,
                      void *arg)
{
    size_t missing = 0;
    if (!res->custom || !crd_kind_of(res)->webhook) return true;
    for (size_t i = 0; i < n; i++) missing += items[i] && !item_has_form(items[i], res);
    if (!missing) return true;
    struct conversion *c = xcalloc(1, sizeof *c);
    *c = (struct conversion){.job.run = run, .res = res, .done = done, .arg = arg};
    c->items = xreallocarray(NULL, missing, sizeof(struct item *));
    for (size_t i = 0; i < n; i++)
        if (items[i] && !item_has_form(items[i], res) && c->count < missing) c->items[c->count++] = item_ref(items[i]);
    api_custom_ref(res->custom);
    const char *why = submit(c);
    if (why) finish(c, why);
    return false;
}

/* ---- For a request ---- */

struct awaiting { /* in the request's arena */
    struct request *r;
    const char **error;
    void (*then)(struct request *r);
};

static void go_on(void *arg, const char *error)
{
    struct awaiting *w = arg;
    *w->error = error ? arena_strdup(&w->r->arena, error) : NULL;
    request_later(w->r, w->then);
}

bool conversion_await(struct request *r, struct item *const *items, size_t n, const struct api_resource *res,
                      const char **error, void (*then)(struct request *r))
{
    *error = NULL;
    if (!res->custom || !crd_kind_of(res)->webhook) return true;
    struct awaiting *w = ARENA_NEW(&r->arena, struct awaiting);
    *w = (struct awaiting){r, error, then};
    return conversion_begin(items, n, res, go_on, w);
}

void conversion_stop(void)
{
    mutex_lock(&calls.lock);
    calls.stopped = true;
    struct pool *p = calls.pool;
    calls.pool = NULL;
    mutex_unlock(&calls.lock);
    webhooks_stop();
    if (p) pool_free(p);
}
