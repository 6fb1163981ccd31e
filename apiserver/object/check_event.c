/* check_event.c - validation of Events: of those of old, which name times and a count, and of new ones, which name an
 * eventTime; events.k8s.io makes the latter only (pkg/apis/core/validation/events.go).
 * Reads: trees as core/v1 stores them.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/inner.h"
#include "apiserver/object/same.h"
#include "schema_ids.h"

enum { NOTE_MAX = 1024, WORD_MAX = 128, SERIES_LEAST = 2 };

/* ---- What holds for all ---- */

static void check_length(struct check *c, const struct json *event, const char *path, size_t max)
{
    if (obj_str(event, path).n > max)
        check_invalidf(c, path + 1, json_strc(c->arena, ""), "can have at most %zu characters", max);
}

static void check_word(struct check *c, const struct json *event, const char *path)
{
    if (!obj_str(event, path).n) check_required(c, path + 1, "");
    check_length(c, event, path, WORD_MAX);
}

static void refuse_namespace(struct check *c, struct str about)
{
    check_invalid_str(c, "involvedObject.namespace", about.p ? about : STR(""), "does not match event.namespace");
}

static void check_of_old(struct check *c, struct str ns, struct str about)
{
    bool fits = about.n ? str_eq(ns, about) : !ns.n || str_eqc(ns, "default");
    if (!fits) refuse_namespace(c, about);
}

static void check_new(struct check *c, const struct json *event, struct str ns, struct str about, bool core)
{
    const char *reporter = core ? "reportingComponent" : "reportingController";
    struct str who = obj_str(event, ".reportingComponent");
    if (!about.n && !str_eqc(ns, "default") && !str_eqc(ns, "kube-system")) refuse_namespace(c, about);
    if (!who.n) check_required(c, reporter, "");
    check_name_by(c, reporter, who, name_qualified);
    check_word(c, event, ".reportingInstance");
    check_word(c, event, ".action");
    check_word(c, event, ".reason");
    check_length(c, event, ".message", NOTE_MAX);
}

static void check_loosely(struct check *c, const struct json *event, bool core)
{
    struct str ns = obj_ns(event), about = obj_str(event, ".involvedObject.namespace");
    if (obj_has(event, ".eventTime"))
        check_new(c, event, ns, about, core);
    else
        check_of_old(c, ns, about);
    check_name_by(c, "namespace", ns, name_dns1123_subdomain);
}

/* ---- What events.k8s.io asks for beyond that ---- */

static void check_series(struct check *c, const struct json *event)
{
    if (!obj_has(event, ".series")) return;
    if (obj_int(event, ".series.count", 0) < SERIES_LEAST)
        check_invalid_str(c, "series.count", STR(""), "should be at least 2");
    if (!obj_has(event, ".series.lastObservedTime")) check_required(c, "series.lastObservedTime", "");
}

static void check_strictly(struct check *c, const struct json *event)
{
    static const char *const types[] = {"Normal", "Warning", NULL};
    static const char unset[] = "needs to be unset";
    struct str type = obj_str(event, ".type");
    check_meta(c);
    check_series(c, event);
    if (!obj_has(event, ".eventTime")) check_required(c, "eventTime", "");
    if (!check_is_among(type, types))
        check_invalidf(c, "type", json_strc(c->arena, ""), "has invalid value: %.*s", STR_ARG(type));
    if (obj_has(event, ".firstTimestamp")) check_invalid_str(c, "firstTimestamp", STR(""), unset);
    if (obj_has(event, ".lastTimestamp")) check_invalid_str(c, "lastTimestamp", STR(""), unset);
    if (obj_int(event, ".count", 0)) check_invalid_str(c, "count", STR(""), unset);
    if (obj_str(event, ".source.component").n || obj_str(event, ".source.host").n)
        check_invalid_str(c, "source", STR(""), unset);
}

/* Only the series goes on; upstream asks for the reason twice. Errors have core's names, but the reporter's. */
static void check_change(struct check *c, const struct json *event, const struct json *old)
{
    static const struct {
        const char *member, *name; /* NULL: the same */
    } fixed[] = {{"involvedObject", NULL},
                 {"reason", NULL},
                 {"message", NULL},
                 {"source", NULL},
                 {"firstTimestamp", NULL},
                 {"lastTimestamp", NULL},
                 {"count", NULL},
                 {"reason", NULL},
                 {"type", NULL},
                 {"eventTime", NULL},
                 {"action", NULL},
                 {"related", NULL},
                 {"reportingComponent", "reportingController"},
                 {"reportingInstance", NULL}};
    const struct api_type *t = &type_core_v1_Event;
    check_meta_update(c);
    if (!object_same_member(t, "series", event, old)) check_series(c, event);
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        if (!object_same_member(t, fixed[i].member, event, old))
            check_invalid_member(c, fixed[i].name ? fixed[i].name : fixed[i].member, t, fixed[i].member, event,
                                 "field is immutable");
}

/* type Event check=fn:event whole */
void check_event(struct check *c, const struct json *event, const struct json *old)
{
    bool core = !c->asked || c->asked == c->res;
    check_loosely(c, event, core);
    if (core) return; /* no more, for the sake of those who wrote them first */
    if (old)
        check_change(c, event, old);
    else
        check_strictly(c, event);
}
