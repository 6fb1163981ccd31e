/* write.c - walks a write through its stages; the stages around the store.
 * Reads: the request, the present version.   Writes: the store, r->resp, the trace. */
#include "apiserver/rest/write.h"

#include "api/convert.h"
#include "api/decode.h"
#include "api/object.h"
#include "apiserver/crd/crd.h"
#include "apiserver/discovery/discovery.h"
#include "apiserver/object/table.h"
#include "apiserver/registry/service_alloc.h"
#include "apiserver/rest/forms.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/options.h"
#include "apiserver/rest/status_priv.h"
#include "apiserver/sim/gate.h"
#include "apiserver/sim/reset.h"
#include "apiserver/sim/trace.h"
#include "base/clk.h"
#include "base/log.h"
#include "base/rnd.h"
#include "schema_ids.h"

const struct write_stage write_stages[] = {
    {"form", write_old_form},   {"decode", write_decode},     {"own", write_own},         {"mutate", write_mutate},
    {"prepare", write_prepare}, {"validate", write_validate}, {"admit", write_admit},     {"form", write_stored_form},
    {"store", write_store},     {"form", write_answer_form},  {"respond", write_respond}, {NULL, NULL},
};

static const struct write_gate create_gates[] = {
    {STEP_REQUEST_RECEIVED, "the API server has read the request to create the pod and takes it in"},
    {STEP_PERSISTED, "the API server writes the new pod to the store"},
    {STEP_NONE, NULL},
};
static const struct write_gate status_gates[] = {
    {STEP_STATUS_PERSISTED, "the API server writes the pod's status to the store"},
    {STEP_NONE, NULL},
};

/* Keys with an end: cluster time, as upstream's --event-ttl. */
static struct {
    const char *prefix;
    int64_t ms; /* fixed once requests are served */
} ttls[] = {{"/registry/events/", EVENT_TTL_MS}};

void write_set_event_ttl(int64_t ms) { ttls[0].ms = ms; }

/* ---- Walking the table ---- */

struct write *write_new(struct request *r, const struct write_stage *stages)
{
    struct write *w = ARENA_NEW(&r->arena, struct write);
    w->r = r;
    w->stages = stages;
    w->verb = r->target.verb;
    w->res = r->target.res;
    w->storage = w->res->custom ? w->res : w->res->storage; /* those are worked on in the version of the request */
    w->sub = r->target.sub;
    w->ns = r->target.ns;
    w->name = r->target.name;
    r->write = w;
    return w;
}

static bool is_pod(const struct write *w) { return w->storage == &res_core_v1_pods; }

static void drop_version(struct write *w)
{
    if (w->claim) claim_give_back(w->claim);
    w->claim = NULL;
    item_unref(w->old);
    item_unref(w->pinned);
    item_unref(w->outgoing);
    item_unref(w->answer);
    forms_free(w->forms);
    w->forms = NULL;
    w->pinned = w->outgoing = w->answer = NULL;
    blob_unref(w->blob);
    blob_unref(w->beside.value);
    w->old = NULL;
    w->old_tree = NULL;
    w->blob = NULL;
    w->beside.value = NULL;
}

static void write_end(struct write *w)
{
    struct request *r = w->r;
    bool created = w->stages == write_stages && w->verb == VERB_CREATE && is_pod(w),
         stored = w->submitted && w->outcome == WRITE_STORED;
    if (stored && !w->deletes) w->claim = NULL; /* the stored object's own, since the commit */
    drop_version(w);
    r->write = NULL;
    rest_end_work();
    if (created && w->traced && !stored) trace_abandon(r);
    if (created && stored && trace_hold(r)) return; /* the trace finishes it */
    rest_finish(r);
}

/* Once more on the newest version. False: often enough. */
static bool begin_again(struct write *w)
{
    drop_version(w);
    w->stage = 0;
    w->submitted = w->unchanged = w->deletes = false;
    if (++w->attempts < RETRY_MAX && w->r->arena.total < RETRY_ARENA_MAX) return true;
    status_conflict(w->r,
                    "the object has been modified; please apply your changes to the latest version and try again");
    return false;
}

void write_run(struct write *w)
{
    while (w->stages[w->stage].name) {
        switch (w->stages[w->stage].run(w)) {
        case STAGE_NEXT: w->stage++; break;
        case STAGE_WAIT: return; /* w is somebody else's now */
        case STAGE_AGAIN:
            if (begin_again(w)) break;
            /* fall through */
        case STAGE_DONE: write_end(w); return;
        }
    }
    write_end(w);
}

void write_continue(struct request *r) { write_run(r->write); }

/* The tree of a custom resource in the version of the request, without TypeMeta. */
static void old_as_custom(struct write *w, const struct item *shown)
{
    struct arena *a = &w->r->arena;
    if (!crd_is_current(shown->blob, shown->storage, w->res)) crd_read(a, w->old_tree, shown->storage, w->res);
    crd_drop_type_meta(w->old_tree);
}

bool write_load_old(struct write *w)
{
    struct err e = ERR_INIT;
    w->old = w->pinned ? item_ref(w->pinned) : cache_get(w->storage, w->ns, w->name);
    if (!w->old) return false;
    if (!item_has_form(w->old, w->res)) { /* it came behind write_old_form: as if it did later still */
        item_unref(w->old);
        w->old = NULL;
        return false;
    }
    const struct item *shown = item_form(w->old, w->res);
    w->old_tree = obj_parse_stored(&w->r->arena, blob_str(shown->blob), &e);
    if (w->old_tree && w->res->custom) old_as_custom(w, shown);
    if (!w->old_tree) LOG_E("stored object %.*s is not JSON: %s", STR_ARG(w->old->key), e.text);
    return w->old_tree != NULL;
}

/* What a create on a subresource, or of a binding, really does. */
static const struct write_stage *stages_of(const struct request *r)
{
    static const struct {
        const char *name;
        const struct write_stage *stages;
    } rows[] = {{"binding", binding_stages},
                {"bindings", binding_stages},
                {"eviction", eviction_stages},
                {"scale", scale_stages},
                {"schedulingreviews", scheduling_stages},
                {"token", token_stages}};
    const char *name = r->target.sub ? r->target.sub->name : r->target.res->plural;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(name, rows[i].name) == 0) return rows[i].stages;
    return review_of(r->target.res) ? review_stages : write_stages;
}

void rest_write(struct request *r)
{
    struct write *w = write_new(r, stages_of(r));
    struct err e = ERR_INIT;
    w->code = w->verb == VERB_CREATE ? 201 : 200;
    if (!write_options_parse(r, &w->opts, &e) || !table_options_parse(r, &w->include_object))
        write_end(w);
    else
        write_run(w);
}

/* ---- The store ---- */

/* As upstream tells what etcd and its client refuse. */
static void refuse_size(struct request *r, size_t n)
{
    struct str why = STR("etcdserver: request is too large");
    if (n > ETCD_MESSAGE_MAX)
        why = str_printf(
            &r->arena, "rpc error: code = ResourceExhausted desc = trying to send message larger than max (%zu vs. %d)",
            n, ETCD_MESSAGE_MAX);
    status_plain_error(r, 500, why);
}

void write_make_blob(struct write *w)
{
    struct err e = ERR_INIT;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, BODY_MAX);
    struct json *stored = w->obj;
    /* Hooks append members; the bytes are in schema order, and equal objects have equal bytes. */
    bool kept = !(w->storage->flags & API_R_VIRTUAL), custom = w->storage->custom != NULL;
    if (!custom && !(kept ? api_decode_for_store(&w->r->arena, w->storage->type, w->obj, &e)
                          : api_decode(&w->r->arena, w->storage->type, w->obj, NULL, &e))) {
        status_failf(w->r, ERR_INTERNAL, "%s", e.text);
        return;
    }
    if (w->old || !w->opts.dry_run) obj_del(w->obj, ".metadata.resourceVersion"); /* on trial a new object keeps it */
    if (w->storage->custom) stored = crd_stored(&w->r->arena, w->storage, json_copy(&w->r->arena, w->obj));
    buf_reserve(&text, w->r->body.n + BLOB_EXTRA);
    json_write(&text, stored);
    if ((!buf_ok(&text) || text.n > VALUE_MAX) && w->managed && !w->opts.apply) { /* better no owners than no object */
        w->managed = NULL;
        obj_del(stored, ".metadata.managedFields");
        obj_del(w->obj, ".metadata.managedFields");
        buf_clear(&text);
        json_write(&text, stored);
    }
    if (!buf_ok(&text) || text.n > VALUE_MAX) {
        refuse_size(w->r, text.n);
        return;
    }
    w->blob = blob_new(buf_view(&text));
    if (w->storage->custom && w->storage == w->storage->storage) crd_set_current(w->blob, w->storage);
}

static int64_t expires_at(struct str key)
{
    for (size_t i = 0; i < ARRAY_LEN(ttls); i++)
        if (str_starts(key, str_of(ttls[i].prefix))) return clk_ms() + ttls[i].ms;
    return 0;
}

static void tell_health(const struct err *e)
{
    static _Atomic bool failing;
    if (!e && !atomic_load_explicit(&failing, memory_order_relaxed)) return;
    atomic_store(&failing, e != NULL);
    health_set_store_error(e ? e->text : NULL);
}

/* Writer thread. A plain answer is a few microseconds and made here; anything else goes back to a worker. */
static void stored(struct store_txn *t, const struct store_result *res)
{
    struct write *w = CONTAINER_OF(t, struct write, txn);
    w->outcome = res->ok ? WRITE_STORED : res->conflict ? WRITE_CONFLICT : WRITE_FAILED;
    w->rev = res->rev;
    if (w->outcome == WRITE_FAILED) {
        w->store_err = res->err;
        if (res->err.code != ERR_CLOSED) tell_health(&res->err);
        request_later(w->r, write_continue);
        return;
    }
    if (w->outcome == WRITE_CONFLICT) {
        request_later(w->r, write_continue);
        return;
    }
    tell_health(NULL);
    if (w->r->walk) trace_committed(w->r, w->ops[0].key, w->rev);
    if (w->deletes && is_pod(w)) trace_pod_deleted(w->ns, w->name, w->old->uid);
    if (media_is_plain(w->r, w->blob ? w->blob->n : 0))
        write_run(w);
    else
        request_later(w->r, write_continue);
}

static enum stage_next submit(struct write *w)
{
    struct store_op *op = &w->ops[0];
    *op = (struct store_op){
        .kind = w->deletes ? STORE_DELETE : STORE_PUT,
        .key = cache_key(&w->r->arena, w->storage, w->ns, w->name),
        .expect_rev = w->expect_rev,
        .value = w->deletes ? NULL : w->blob,
    };
    if (!w->deletes) op->expires_at_ms = expires_at(op->key);
    w->ops[1] = w->beside;
    w->txn = (struct store_txn){.ops = w->ops, .nops = w->beside.value ? 2 : 1, .done = stored};
    w->submitted = true;
    store_submit(cache_store(), &w->txn);
    return STAGE_WAIT;
}

void write_generate_name(struct write *w)
{
    char random[GENERATE_RANDOM + 1];
    struct str base = obj_str(w->obj, ".metadata.generateName");
    base.n = MIN(base.n, (size_t)GENERATE_BASE_MAX);
    if (w->chance)
        rnd_name_of(w->chance, random, GENERATE_RANDOM);
    else
        rnd_name(random, GENERATE_RANDOM);
    w->name = str_printf(&w->r->arena, "%.*s%s", STR_ARG(base), random);
    w->r->target.name = w->name;
    obj_put_str(&w->r->arena, w->obj, ".metadata.name", w->name);
}

static enum stage_next name_taken(struct write *w)
{
    if (w->r->target.verb != VERB_CREATE) { /* a PUT or apply that was to create: now it updates */
        w->verb = w->r->target.verb;
        w->code = 200;
        return STAGE_AGAIN;
    }
    if (!w->generated || ++w->attempts == GENERATE_TRIES) {
        struct item *there = cache_get(w->storage, w->ns, w->name);
        status_already_exists(w->r, w->name, there && there->deleting, obj_str(w->obj, ".metadata.generateName").n > 0);
        item_unref(there);
        return STAGE_DONE;
    }
    write_generate_name(w);
    blob_unref(w->blob);
    w->blob = NULL;
    w->submitted = w->traced = false; /* another name is another walk */
    if (!w->outgoing) return write_store(w);
    item_unref(w->outgoing);
    w->outgoing = NULL;
    w->stage -= 2; /* to write_stored_form */
    return STAGE_NEXT;
}

static enum stage_next outcome(struct write *w)
{
    switch (w->outcome) {
    case WRITE_STORED: return STAGE_NEXT;
    case WRITE_CONFLICT: return w->expect_rev == 0 ? name_taken(w) : STAGE_AGAIN;
    default: break;
    }
    if (w->store_err.code == ERR_CLOSED)
        status_failf(w->r, ERR_UNAVAILABLE, "the API server is shutting down");
    else
        status_failf(w->r, ERR_INTERNAL, "%s", w->store_err.text);
    return STAGE_DONE;
}

/* Asked before the store is: a create that cannot succeed is no walk, and a dry run says what a real one would. */
static bool is_taken(const struct write *w)
{
    if (w->expect_rev != 0) return false;
    struct item *there = cache_get(w->storage, w->ns, w->name);
    item_unref(there);
    return there != NULL;
}

static void tell_trace(struct write *w)
{
    if (w->traced || !is_pod(w) || w->deletes) return;
    w->traced = true;
    if (w->verb == VERB_CREATE && !w->sub) {
        trace_create(w->r, w->obj);
        w->gates = create_gates;
    } else if (w->sub && strcmp(w->sub->name, "status") == 0) {
        trace_status(w->r, w->obj, w->old_tree);
        if (w->r->walk) w->gates = status_gates; /* the status that the walk waits for, none on the way there */
    }
}

/* A write that changes nothing but the times of managedFields changes nothing at all (upstream's
 * IgnoreManagedFieldsTimestampsTransformer). */
static void keep_times(struct write *w)
{
    struct arena *a = &w->r->arena;
    const struct json *before = obj_get(w->old_tree, ".metadata.managedFields");
    obj_del(w->obj, ".metadata.resourceVersion");
    obj_put(a, w->obj, ".metadata.managedFields", json_copy(a, before));
    if (!json_equal(w->obj, w->old_tree)) obj_put(a, w->obj, ".metadata.managedFields", json_copy(a, w->managed));
}

bool write_value(struct write *w)
{
    if (w->only_times) keep_times(w);
    write_make_blob(w);
    return w->blob != NULL;
}

enum stage_next write_store(struct write *w)
{
    if (w->submitted) return outcome(w);
    if (w->obj && (!w->blob || w->outgoing)) {
        if (!w->blob && !write_value(w)) return STAGE_DONE;
        w->unchanged = w->old && !w->deletes && str_eq(blob_str(w->blob), blob_str(w->old->blob));
    }
    if (w->unchanged) {
        w->rev = w->old->rev;
        return STAGE_NEXT;
    }
    if (is_taken(w)) return name_taken(w);
    if (w->opts.dry_run) { /* all but the commit */
        w->rev = w->old ? w->old->rev : 0;
        return STAGE_NEXT;
    }
    tell_trace(w);
    while (w->gates && w->gates->step) {
        const struct write_gate *g = w->gates++;
        if (gate_hold(w->r, g->step, w->ns, w->name, write_continue, g->message)) return STAGE_WAIT;
    }
    if (w->r->target.verb == VERB_CREATE && !reset_admits_create(w->r, w->obj)) return STAGE_DONE;
    return submit(w);
}

/* ---- The response ---- */

/* A dry run's new object, or a review, has no revision: written from the bytes as they are. */
static void respond_unstored(struct write *w)
{
    char version[API_VERSION_MAX];
    struct request *r = w->r;
    struct str text = blob_str(w->blob);
    struct buf out, converted AUTO_BUF = {0};
    struct err e = ERR_INIT;
    buf_init(&out, RESPONSE_MAX);
    buf_init(&converted, RESPONSE_MAX);
    if (w->res->custom) {
        struct json *tree = w->outgoing ? json_copy(&r->arena, w->obj) : json_parse(&r->arena, text, &e);
        crd_read(&r->arena, tree, w->res->storage, w->res);
        crd_drop_type_meta(tree);
        json_write(&converted, tree);
        text = buf_view(&converted);
    } else if (w->res != w->storage && w->res->convert_hook) {
        api_convert(&r->arena, w->obj, w->storage, w->res);
        json_write(&converted, w->obj);
        text = buf_view(&converted);
    }
    buf_addf(&out, "{\"kind\":\"%s\",\"apiVersion\":\"%s\",", w->res->kind, api_version_of(w->res, version));
    buf_str(&out, str_from(text, 1));
    if (r->accept.form == FORM_OBJECT) {
        media_respond(r, w->code, &out);
        return;
    }
    const struct json *tree = json_parse(&r->arena, buf_view(&out), &e);
    if (tree)
        media_respond_tree(r, w->code, w->res, tree, 0, w->include_object);
    else
        status_fail(r, &e);
    buf_release(&out);
}

/* What was just stored is in the cache, unless somebody has written since; a write that changes nothing has it at hand.
 */
static struct item *stored_item(const struct write *w, const struct blob *b, uint64_t rev)
{
    struct str key = cache_key(&w->r->arena, w->storage, w->ns, w->name);
    if (w->unchanged && !w->res->custom) return item_ref(w->old);
    struct item *there = w->res->custom ? NULL : cache_get(w->storage, w->ns, w->name);
    if (there && there->blob == b && there->rev == rev) return there;
    item_unref(there);
    return item_new(w->storage->storage, key, b, rev, w->old ? w->old->create_rev : rev);
}

void write_respond_object(struct write *w, const struct blob *b, uint64_t rev)
{
    struct request *r = w->r;
    if (!rev) {
        respond_unstored(w);
        return;
    }
    struct item *it = w->answer ? item_ref(w->answer) : stored_item(w, b, rev);
    if (it)
        media_respond_item(r, w->code, w->res, it, rev, w->include_object);
    else
        status_failf(r, ERR_INTERNAL, "the stored object cannot be read back");
    item_unref(it);
}

enum stage_next write_respond(struct write *w)
{
    write_respond_object(w, w->blob, w->deletes ? w->old->rev : w->rev);
    return STAGE_NEXT;
}
