/* own.c - the own stage: metadata.managedFields says who set which field; and owners that are named twice are dropped.
 * Reads: w->obj, w->old_tree, the options.   Writes: w->obj, w->managed.
 * Upstream: apiserver pkg/endpoints/handlers/{create,update,patch}.go. */
#include "apiserver/rest/own.h"

#include "api/convert.h"
#include "api/decode.h"
#include "api/object.h"
#include "apiserver/rest/forms.h"
#include "apiserver/rest/limits.h"
#include "base/clk.h"
#include "base/map.h"
#include "base/utf8.h"
#include "schema_ids.h"

/* ---- Owners of objects ---- */

/* Is there an equal one before it? Members are in the schema's order: equal ones have equal texts. */
static bool is_repeated(struct map *seen, const struct json *ref)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, BODY_MAX);
    json_write(&text, ref);
    bool repeated = map_has(seen, buf_view(&text));
    map_set(seen, buf_view(&text), seen);
    return repeated;
}

static void drop_repeated_owners(struct write *w)
{
    struct arena *a = &w->r->arena;
    struct json *kept = obj_list(a);
    struct buf uids AUTO_BUF = {0};
    struct map seen = {0};
    buf_init(&uids, OWNERS_TEXT_MAX);
    for (OBJ_EACH(it, w->obj, ".metadata.ownerReferences")) {
        if (is_repeated(&seen, it))
            buf_addf(&uids, "%s%.*s", uids.n ? ", " : "", STR_ARG(obj_str(it, ".uid")));
        else
            json_push(kept, json_copy(a, it));
    }
    map_release(&seen, NULL);
    if (uids.n) obj_put(a, w->obj, ".metadata.ownerReferences", kept);
    if (!uids.n) return;
    const char *when = w->verb == VERB_PATCH ? " after mutating admission happens" : ""; /* so upstream sees it */
    write_warn(w->r, str_printf(a,
                                ".metadata.ownerReferences contains duplicate entries%s; API server dedups owner "
                                "references in 1.20+, and may reject such requests as early as 1.24; please fix your "
                                "requests; duplicate UID(s) observed: %.*s",
                                when, STR_ARG(buf_view(&uids))));
}

/* ---- Owners of fields ---- */

/* What stands before the slash in User-Agent, as far as it can be printed. */
static struct str agent_name(struct request *r)
{
    struct str rest, name = str_cut(request_header(r, "User-Agent"), '/', &rest);
    char *out = arena_alloc(&r->arena, FIELD_MANAGER_MAX + 1);
    size_t n = 0;
    for (size_t i = 0, len; i < name.n; i += len) {
        bool plain = (unsigned char)name.p[i] < 0x80;
        len = plain ? 1 : (size_t)MAX(utf8_length(name.p + i, name.n - i), 1);
        if (plain && ((unsigned char)name.p[i] < ' ' || name.p[i] == 0x7f)) continue;
        if (n + len > FIELD_MANAGER_MAX) break;
        memcpy(out + n, name.p + i, len);
        n += len;
    }
    return str_n(out, n);
}

struct owner own_owner(const struct write *w)
{
    return (struct owner){
        .a = &w->r->arena,
        .res = w->res,
        .type = w->res->type,
        .group = w->res->group,
        .version = w->res->version,
        .kind = w->res->kind,
        .subresource = w->sub ? w->sub->name : NULL,
        .manager = w->opts.field_manager.n ? w->opts.field_manager : agent_name(w->r),
        .now_s = clk_s(),
        .exists = w->old_tree != NULL,
        .forms = forms_of(w),
    };
}

const struct json *own_list(const struct json *obj) { return obj_get(obj, ".metadata.managedFields"); }

void own_read_live(const struct write *w, struct managed *m)
{
    struct err e = ERR_INIT;
    const struct json *known = own_list(w->old_tree);
    if (!managed_read(&w->r->arena, known, known, m, &e)) *m = (struct managed){.a = &w->r->arena};
}

/* A list that is empty, or of one empty entry, takes all entries away. */
static bool is_reset(const struct json *meta, const struct json *list)
{
    if (!list) return api_sent_empty(meta, &type_meta_v1_ObjectMeta, "managedFields");
    return obj_count(list, "") == 1 && !json_kids(json_kids(list));
}

/* The entries before this write: the client's when it sent some, for it may change them. */
static void read_entries(const struct write *w, const struct json *list, struct managed *m)
{
    struct err e = ERR_INIT;
    struct arena *a = &w->r->arena;
    *m = (struct managed){.a = a};
    if (!w->sub && is_reset(obj_get(w->obj, ".metadata"), list)) return;
    if (w->sub || !managed_read(a, list, own_list(w->old_tree), m, &e) || !m->count) own_read_live(w, m);
}

const struct json *own_in_version(const struct write *w, const struct json *tree)
{
    struct arena *a = &w->r->arena;
    if (!tree) return api_zero(a, w->res->type);
    if (w->res == w->storage) return tree;
    struct json *copy = json_copy(a, tree);
    api_convert(a, copy, w->storage, w->res);
    return copy;
}

void own_put(struct write *w, struct managed *m)
{
    struct json *list = managed_write(m);
    const struct json *before = own_list(w->old_tree);
    w->managed = list;
    w->only_times = list && before && managed_same_but_times(list, before) && !json_equal(list, before);
    if (list)
        obj_put(&w->r->arena, w->obj, ".metadata.managedFields", json_copy(&w->r->arena, list));
    else
        obj_del(w->obj, ".metadata.managedFields");
}

void own_sent(const struct owner *o, struct json *obj)
{
    struct managed m = {.a = o->a};
    obj_del(obj, ".metadata.managedFields");
    managed_update(o, api_zero(o->a, o->type), obj, &m);
    struct json *list = managed_write(&m);
    if (list) obj_put(o->a, obj, ".metadata.managedFields", list);
}

static void own_update(struct write *w)
{
    struct managed m;
    struct owner o = own_owner(w);
    struct json *sent = o.forms ? json_copy(o.a, w->obj) : NULL;
    read_entries(w, own_list(w->obj), &m);
    obj_del(w->obj, ".metadata.managedFields");
    managed_update(&o, own_in_version(w, w->old_tree), own_in_version(w, w->obj), &m);
    if (forms_missed(w))
        w->obj = sent; /* once more, with the forms */
    else
        own_put(w, &m);
}

/* Who owns what cannot be told: upstream then says nothing at all. */
static void own_nothing(struct write *w)
{
    w->convert_error = NULL;
    w->managed = NULL;
    obj_del(w->obj, ".metadata.managedFields");
}

/* Of a POST the server sets these itself, whatever the client says. */
static void drop_server_set(struct write *w)
{
    obj_del(w->obj, ".metadata.deletionTimestamp");
    obj_del(w->obj, ".metadata.deletionGracePeriodSeconds");
}

enum stage_next write_own(struct write *w)
{
    bool patch = w->verb == VERB_PATCH, owners = obj_count(w->obj, ".metadata.ownerReferences") > 1;
    if (w->r->target.verb == VERB_CREATE) drop_server_set(w);
    if (owners && !patch) drop_repeated_owners(w);
    if (!w->opts.apply) {
        do {
            if (forms_make(w) == STAGE_WAIT) return STAGE_WAIT;
            if (w->convert_error)
                own_nothing(w);
            else
                own_update(w);
        } while (forms_missed(w));
    }
    if (owners && patch) drop_repeated_owners(w);
    return STAGE_NEXT;
}
