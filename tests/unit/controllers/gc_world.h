/* gc_world.h - a small world for the garbage collector's graph: objects with the API server's rules of deletion, events
 * that arrive late and in any order between objects, and a collector that does what gc_decide says. Objects are single
 * lower-case letters; their text is "a b*<a!,c d~": * held by a finalizer of its own, <a!,c owners (! blocks), ~ being
 * deleted. */
#ifndef UNIT_CONTROLLERS_GC_WORLD_H
#define UNIT_CONTROLLERS_GC_WORLD_H

#include "api/schema.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "check_main.h"
#include "controllers/gc_graph.h"

#include <ctype.h>
#include <stdio.h>

enum { THINGS = 26, REFS = 4, LAGS = 64 };

struct thing {
    bool there, held, deleting, foreground, orphan, user_deleted, collected;
    bool was_foreground; /* its dependents may go from then on, also when something else holds it later */
    int owner[REFS], nowners;
    bool blocks[REFS];
};

static struct {
    struct thing now[THINGS];       /* the server's */
    struct thing seen[THINGS];      /* the collector's cache */
    struct thing lag[THINGS][LAGS]; /* events under way, per object in order */
    int nlag[THINGS];
    struct gc_graph graph;
    bool todo[THINGS];
    const struct api_resource *res;
    struct rnd rnd;
    bool in_order; /* events arrive at once */
} world;

static const char uids[] = "abcdefghijklmnopqrstuvwxyz";
static inline struct str uid_of(int i) { return str_n(&uids[i], 1); }

static inline struct gc_ref ref_to(const struct thing *t, int k)
{
    return (struct gc_ref){uid_of(t->owner[k]), {world.res, STR("d"), uid_of(t->owner[k])}, t->blocks[k]};
}

/* ---- Events ---- */

static inline void take(struct gc_todo *todo)
{
    for (size_t i = 0; i < todo->count; i++) world.todo[todo->uids[i].p[0] - 'a'] = true;
    gc_todo_release(todo);
}

static inline void deliver(int i)
{
    struct thing t = world.lag[i][0];
    struct gc_todo todo = {0};
    struct gc_ref refs[REFS];
    memmove(world.lag[i], world.lag[i] + 1, sizeof(struct thing) * (size_t)(--world.nlag[i]));
    world.seen[i] = t;
    for (int k = 0; k < t.nowners; k++) refs[k] = ref_to(&t, k);
    struct gc_object o = {.uid = uid_of(i),
                          .place = {world.res, STR("d"), uid_of(i)},
                          .deleting = t.deleting,
                          .foreground = t.foreground,
                          .orphan = t.orphan,
                          .refs = refs,
                          .nrefs = (size_t)t.nowners};
    if (t.there)
        gc_graph_put(&world.graph, &o, &todo);
    else
        gc_graph_remove(&world.graph, uid_of(i), &todo);
    take(&todo);
}

static inline void changed(int i)
{
    ck_assert_int_lt(world.nlag[i], LAGS);
    world.lag[i][world.nlag[i]++] = world.now[i];
    if (world.in_order) deliver(i);
}

/* ---- The server ---- */

static inline void end_if_free(int i)
{
    struct thing *t = &world.now[i];
    if (t->deleting && !t->held && !t->foreground && !t->orphan) t->there = false;
    changed(i);
}

static inline void serve_delete(int i, char policy)
{
    struct thing *t = &world.now[i];
    t->foreground = policy == 'f';
    t->was_foreground = t->was_foreground || t->foreground;
    t->orphan = policy == 'o';
    t->deleting = true;
    end_if_free(i);
}

static inline bool exists(const struct thing *t, int k) { return world.now[t->owner[k]].there; }

/* Is there an owner that keeps it? */
static inline bool has_solid_owner(const struct thing *t)
{
    for (int k = 0; k < t->nowners; k++)
        if (exists(t, k) && !world.now[t->owner[k]].was_foreground) return true;
    return false;
}

/* ---- The collector ---- */

static inline enum gc_owner ask(const struct gc_ref *ref)
{
    const struct thing *o = &world.now[ref->uid.p[0] - 'a'];
    if (o->there)
        return !o->deleting    ? GC_OWNER_SOLID
               : o->foreground ? GC_OWNER_WAITING
               : o->orphan     ? GC_OWNER_LEAVING
                               : GC_OWNER_SOLID;
    gc_graph_absent(&world.graph, ref);
    ck_assert_int_eq(gc_graph_owner(&world.graph, ref, STR("d"), NULL), GC_OWNER_ABSENT); /* asked once */
    return GC_OWNER_ABSENT;
}

static inline bool same_owners(const struct thing *a, const struct thing *b)
{
    return a->nowners == b->nowners && memcmp(a->owner, b->owner, sizeof(int) * (size_t)a->nowners) == 0;
}

static inline void collect(int i, char policy)
{
    struct thing *t = &world.now[i];
    if (!t->there || !same_owners(t, &world.seen[i])) { /* a conflict: tried again */
        world.todo[i] = t->there;
        return;
    }
    ck_assert_msg(t->deleting || !has_solid_owner(t), "%c has an owner", 'a' + i);
    t->collected = true;
    serve_delete(i, policy);
}

static inline void drop_refs(int i, const bool *drop)
{
    struct thing *t = &world.now[i];
    const struct thing *seen = &world.seen[i];
    if (!t->there) return;
    for (int k = 0; k < seen->nowners; k++)
        for (int j = 0; drop[k] && j < t->nowners; j++) {
            if (t->owner[j] != seen->owner[k]) continue;
            t->owner[j] = t->owner[--t->nowners];
            t->blocks[j] = t->blocks[t->nowners];
        }
    changed(i);
}

static inline void look_at(int i)
{
    struct gc_view v;
    struct gc_todo todo = {0};
    enum gc_owner owners[REFS];
    bool drop[REFS + 1];
    const struct thing *seen = &world.seen[i];
    if (!gc_graph_get(&world.graph, uid_of(i), &v)) return;
    for (int k = 0; k < seen->nowners; k++) {
        struct gc_ref ref = ref_to(seen, k);
        owners[k] = gc_graph_owner(&world.graph, &ref, STR("d"), NULL);
        if (owners[k] == GC_OWNER_UNKNOWN) owners[k] = ask(&ref);
    }
    switch (gc_decide(&v, owners, (size_t)seen->nowners, drop)) {
    case GC_NOTHING: break;
    case GC_LOOK_AT_DEPENDENTS:
        gc_graph_dependents(&world.graph, uid_of(i), &todo);
        take(&todo);
        break;
    case GC_END_FOREGROUND: world.now[i].foreground = false, end_if_free(i); break;
    case GC_END_ORPHAN: world.now[i].orphan = false, end_if_free(i); break;
    case GC_DROP_REFS: drop_refs(i, drop); break;
    case GC_DELETE: collect(i, v.orphan ? 'o' : v.foreground ? 'f' : 'b'); break;
    case GC_UNBLOCK_AND_DELETE:
        memset(world.now[i].blocks, 0, sizeof world.now[i].blocks);
        changed(i);
        collect(i, 'f');
        break;
    case GC_DELETE_FOREGROUND: collect(i, 'f'); break;
    }
}

/* One thing that can happen, chosen by the seed. False: nothing can. */
static inline bool step(void)
{
    int can[2 * THINGS], n = 0;
    for (int i = 0; i < THINGS; i++) {
        if (world.nlag[i]) can[n++] = i;
        if (world.todo[i]) can[n++] = THINGS + i;
    }
    if (!n) return false;
    int pick = can[rnd_next_below(&world.rnd, (uint64_t)n)];
    if (pick < THINGS) {
        deliver(pick);
    } else {
        world.todo[pick - THINGS] = false;
        look_at(pick - THINGS);
    }
    return true;
}

static inline void settle(void)
{
    for (int i = 0; step(); i++) ck_assert_msg(i < 200000, "it does not come to rest");
}

/* ---- Texts ---- */

static inline void world_begin(uint64_t seed, bool in_order)
{
    memset(&world, 0, sizeof world);
    world.res = api_find_resource(STR(""), STR("v1"), STR("configmaps"));
    world.in_order = in_order;
    rnd_stream(&world.rnd, seed);
}

static inline void world_end(void) { gc_graph_release(&world.graph); }

static inline void world_add(const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == ' ') continue;
        struct thing *t = &world.now[*p - 'a'];
        int i = *p - 'a';
        *t = (struct thing){.there = true};
        while (p[1] && p[1] != ' ') {
            p++;
            if (*p == '*') t->held = true;
            if (*p == '!') t->blocks[t->nowners - 1] = true;
            if (islower((unsigned char)*p)) t->owner[t->nowners++] = *p - 'a';
        }
        changed(i);
    }
}

/* "a:f b": foreground, background. */
static inline void world_delete(const char *text)
{
    for (const char *p = text; *p; p++) {
        if (!islower((unsigned char)*p)) continue;
        int i = *p - 'a';
        char policy = p[1] == ':' ? p[2] : 'b';
        if (p[1] == ':') p += 2;
        if (!world.now[i].there) continue;
        world.now[i].user_deleted = true;
        serve_delete(i, policy);
    }
}

static inline const char *world_text(void)
{
    static char out[THINGS * 16];
    size_t n = 0;
    out[0] = '\0';
    for (int i = 0; i < THINGS; i++) {
        const struct thing *t = &world.now[i];
        if (!t->there) continue;
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%c%s%s", n ? " " : "", 'a' + i, t->held ? "*" : "",
                              t->deleting ? "~" : "");
        for (int k = 0; k < t->nowners; k++)
            n += (size_t)snprintf(out + n, sizeof out - n, "%c%c%s", k ? ',' : '<', 'a' + t->owner[k],
                                  t->blocks[k] ? "!" : "");
    }
    return out;
}

#endif
