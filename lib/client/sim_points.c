/* sim_points.c - steppers that stop inside scheduling cycles: whose, and the stops themselves.
 * Reads: the state of sim.c.   Writes: parks. */
#include "sim_priv.h"

#include "base/log.h"
#include "base/thread.h"

static bool stops(const struct stepper *st, const struct sim_subject *pod, bool made)
{
    if (!st->points) return false;
    if (st->pod[0]) return str_eqc(pod->name, st->pod) && str_eqc(pod->ns, st->ns);
    return (!st->ns[0] || str_eqc(pod->ns, st->ns)) && (!made || st->components);
}

/* Under the lock. */
static void copy_out(const struct stepper *st, struct arena *a, struct sim_points *out)
{
    struct err e = ERR_INIT;
    *out = (struct sim_points){
        .stepper = str_copy(a, str_of(st->name)), .named = st->pod[0], .others_wait = st->others_wait};
    if (st->breakpoints) out->breakpoints = json_parse(a, str_copy(a, str_of(st->breakpoints)), &e);
}

bool sim_points_of(struct sim *s, const struct sim_subject *pod, bool made, struct arena *a, struct sim_points *out)
{
    bool found = false;
    if (!s || !atomic_load(&s->points)) return false;
    mutex_lock(&s->lock);
    for (int named = 1; named >= 0 && !found; named--) /* its own stepper comes first */
        for (int i = 0; i < s->nsteppers && !found; i++) {
            const struct stepper *st = &s->steppers[i];
            found = !!st->pod[0] == named && stops(st, pod, made);
            if (found) copy_out(st, a, out);
        }
    mutex_unlock(&s->lock);
    return found;
}

bool sim_points_now(struct sim *s, struct str stepper, struct arena *a, struct sim_points *out)
{
    bool found = false;
    if (!atomic_load(&s->points)) return false;
    mutex_lock(&s->lock);
    for (int i = 0; i < s->nsteppers && !found; i++) {
        found = s->steppers[i].points && str_eqc(stepper, s->steppers[i].name);
        if (found) copy_out(&s->steppers[i], a, out);
    }
    mutex_unlock(&s->lock);
    return found;
}

struct str sim_park(struct sim *s, struct str stepper, const struct json *body, struct arena *a)
{
    const struct object *answer AUTO_OBJ = NULL;
    struct err e = ERR_INIT;
    if (!atomic_load(&s->points)) return STR_NULL;
    struct rest_call c = {.method = "POST",
                          .path = rest_path(a, "sim.kubestep.dev/v1/steppers", STR_NULL, stepper, "park"),
                          .body = body,
                          .timeout_ms = SIM_PARK_MS};
    if (!rest_do(s->rest, &c, &answer, &e)) {
        LOG_D("a cycle is not held: %s", e.text);
        return STR_NULL;
    }
    struct str to = obj_str(answer->root, ".to");
    return to.n ? str_copy(a, to) : STR_NULL;
}
