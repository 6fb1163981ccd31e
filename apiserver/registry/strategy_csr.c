/* strategy_csr.c - CertificateSigningRequests: who made one, and what each subresource may change
 * (pkg/registry/certificates/certificates/strategy.go).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

#include "apiserver/http/request.h"
#include "apiserver/object/csr.h"
#include "apiserver/object/user.h"
#include "base/clk.h"
#include "base/map.h"

static void csr_prepare_user(struct arena *a, struct json *csr, const struct user *by)
{
    static const char *const own[] = {".spec.username", ".spec.uid", ".spec.groups", ".spec.extra"};
    for (size_t i = 0; i < ARRAY_LEN(own); i++) obj_del(csr, own[i]);
    if (!obj_has(csr, ".spec")) obj_put(a, csr, ".spec", obj_empty(a));
    user_put(a, obj_edit(csr, ".spec"), by);
}

/* ---- Conditions ---- */

static struct str type_and_status(struct arena *a, const struct json *condition)
{
    return str_printf(a, "%.*s/%.*s", STR_ARG(obj_str(condition, ".type")), STR_ARG(obj_str(condition, ".status")));
}

/* Times that the client did not say: a status that does not change began when it began. */
static void put_times(struct arena *a, struct json *csr, const struct json *old)
{
    struct map former = {0};
    for (OBJ_EACH(it, old, ".status.conditions"))
        if (obj_has(it, ".lastTransitionTime") && !map_has(&former, type_and_status(a, it)))
            map_set(&former, type_and_status(a, it), (void *)(uintptr_t)json_getc(it, "lastTransitionTime"));
    JSON_FOREACH(it, obj_edit(csr, ".status.conditions"))
    {
        const struct json *since = map_get(&former, type_and_status(a, it));
        if (!obj_has(it, ".lastUpdateTime")) obj_put_time(a, it, ".lastUpdateTime", clk_s());
        if (obj_has(it, ".lastTransitionTime")) continue;
        if (since)
            obj_put_copy(a, it, ".lastTransitionTime", since);
        else
            obj_put_time(a, it, ".lastTransitionTime", clk_s());
    }
    map_release(&former, NULL);
}

/* The status subresource does not touch what approval decided, unless it adds or removes (which is refused). */
static void keep_decision(struct arena *a, struct json *csr, const struct json *old, const char *type)
{
    const struct json *was = NULL;
    size_t before = 0, now = 0, i = 0, at = 0;
    for (OBJ_EACH(it, old, ".status.conditions")) {
        if (!obj_is(it, ".type", type)) continue;
        before++;
        was = it;
    }
    for (OBJ_EACH(it, csr, ".status.conditions")) {
        if (obj_is(it, ".type", type)) {
            now++;
            at = i;
        }
        i++;
    }
    if (before == 1 && now == 1) obj_put_copy(a, csr, arena_printf(a, ".status.conditions[%zu]", at), was);
}

static void csr_prepare_update(struct arena *a, struct json *csr, const struct json *old, const char *sub)
{
    if (!sub) {
        obj_put_copy(a, csr, ".spec", obj_get(old, ".spec"));
        return;
    }
    if (strcmp(sub, "status") == 0) {
        keep_decision(a, csr, old, "Approved");
        keep_decision(a, csr, old, "Denied");
    }
    put_times(a, csr, old);
}

static void csr_check_create(struct check *c, const struct json *csr) { check_csr(c, csr, NULL, NULL); }

const struct strategy strategy_csr = {.prepare_user = csr_prepare_user,
                                      .prepare_update = csr_prepare_update,
                                      .check_create = csr_check_create,
                                      .check_update = check_csr};
