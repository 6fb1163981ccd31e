/* test_gc_graph.c - the garbage collector's graph: tables worked out by hand, and random worlds in which nothing that
 * has an owner is deleted and nothing without one stays. */
#include "gc_world.h"

static const struct {
    const char *objects, *deletes, *left;
} rows[] = {
    /* background */
    {"a b<a c<b", "a", ""},
    {"a b<a c", "a", "c"},
    {"a b<a! c<a!", "a", ""},
    {"a b*<a", "a", "b*~<a"},
    {"a b c<a,b", "a", "b c<b"},
    {"a b c<a,b", "a b", ""},
    {"a b c<a,b d<c", "a", "b c<b d<c"},
    /* owners that never were */
    {"b<z", "", ""},
    {"a b<z,a", "", "a b<a"},
    {"b<z c<b d<c", "", ""},
    /* orphan */
    {"a b<a c<b", "a:o", "b c<b"},
    {"a b<a! c<a", "a:o", "b c"},
    {"a b*<a", "a:o", "b*"},
    {"a b c<a,b", "a:o", "b c<b"},
    {"a* b<a", "a:o", "a*~ b"},
    {"a b<a,z", "a:o", "b"}, /* who is left by one does not fall with another */
    /* foreground */
    {"a b<a! c<b!", "a:f", ""},
    {"a b<a c<b", "a:f", ""},
    {"a b*<a!", "a:f", "a~ b*~<a!"},
    {"a b*<a", "a:f", "b*~<a"},
    {"a b<a! c*<b!", "a:f", "a~ b~<a! c*~<b!"},
    {"a b<a! c*<b", "a:f", "c*~<b"},
    {"a b c<a!,b", "a:f", "b c<b"},
    {"a b<a! c<a!,b!", "a:f", ""},
    {"a", "a:f", ""},
    {"a", "a:o", ""},
    /* circles */
    {"a<b b<a", "a", ""},
    {"a<b! b<a!", "a:f", ""},
    {"a<c! b<a! c<b!", "a:f", ""},
    {"a<a b", "a", "b"},
};

static void play(size_t i, uint64_t seed, bool in_order)
{
    world_begin(seed, in_order);
    world_add(rows[i].objects);
    settle();
    world_delete(rows[i].deletes);
    settle();
    ck_assert_msg(strcmp(world_text(), rows[i].left) == 0, "%s, delete %s: %s, not %s (seed %llu)", rows[i].objects,
                  rows[i].deletes, world_text(), rows[i].left, (unsigned long long)seed);
    world_end();
}

START_TEST(by_hand)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        play(i, 0, true);
        for (uint64_t seed = 1; seed < 30; seed++) play(i, seed, false);
    }
}
END_TEST

/* Owners come before their dependents, as nearly everywhere; foreground circles may stand still, upstream too. */
static void fill(int n)
{
    for (int i = 0; i < n; i++) {
        struct thing *t = &world.now[i];
        *t = (struct thing){.there = true, .held = rnd_next_below(&world.rnd, 10) == 0};
        int refs = i ? (int)rnd_next_below(&world.rnd, REFS) : 0;
        for (int k = 0; k < refs; k++) {
            int owner = rnd_next_below(&world.rnd, 12) == 0 ? THINGS - 1 : (int)rnd_next_below(&world.rnd, (uint64_t)i);
            bool twice = false;
            for (int j = 0; j < t->nowners; j++) twice = twice || t->owner[j] == owner;
            if (twice) continue;
            t->blocks[t->nowners] = rnd_next_below(&world.rnd, 2);
            t->owner[t->nowners++] = owner;
        }
        changed(i);
    }
}

static bool waits_rightly(int i)
{
    const struct thing *t = &world.now[i];
    if (t->held) return true;
    for (int d = 0; d < THINGS && t->foreground; d++)
        for (int k = 0; world.now[d].there && k < world.now[d].nowners; k++)
            if (world.now[d].owner[k] == i && world.now[d].blocks[k]) return true;
    return false;
}

static void check_rest(uint64_t seed)
{
    for (int i = 0; i < THINGS; i++) {
        const struct thing *t = &world.now[i];
        if (!t->there) continue;
        if (t->deleting) {
            ck_assert_msg(waits_rightly(i), "seed %llu: %c waits for nothing", (unsigned long long)seed, 'a' + i);
            continue;
        }
        for (int k = 0; k < t->nowners; k++)
            ck_assert_msg(exists(t, k), "seed %llu: %c<%c names an owner that is gone: %s", (unsigned long long)seed,
                          'a' + i, 'a' + t->owner[k], world_text());
        bool kept = !t->nowners;
        for (int k = 0; k < t->nowners; k++) {
            const struct thing *o = &world.now[t->owner[k]];
            kept = kept || !(o->deleting && o->foreground);
        }
        ck_assert_msg(kept, "seed %llu: %c should go", (unsigned long long)seed, 'a' + i);
    }
}

START_TEST(at_random)
{
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        world_begin(seed, false);
        int n = 3 + (int)rnd_next_below(&world.rnd, THINGS - 4);
        fill(n);
        for (int round = 0; round < 6; round++) {
            int steps = (int)rnd_next_below(&world.rnd, 40);
            while (steps-- && step()) {}
            int i = (int)rnd_next_below(&world.rnd, (uint64_t)n);
            if (!world.now[i].there || world.now[i].deleting) continue;
            world.now[i].user_deleted = true;
            serve_delete(i, "bfo"[rnd_next_below(&world.rnd, 3)]);
        }
        settle();
        check_rest(seed);
        for (int i = 0; i < n; i++) /* nothing goes that nobody deleted */
            ck_assert(world.now[i].there || world.now[i].user_deleted || world.now[i].collected);
        world_end();
    }
}
END_TEST

/* ---- References that point elsewhere ---- */

static enum gc_owner state_of(const struct gc_ref *ref, const char *ns, bool *elsewhere)
{
    return gc_graph_owner(&world.graph, ref, str_of(ns), elsewhere);
}

START_TEST(places)
{
    struct gc_todo todo = {0};
    const struct api_resource *pv = api_find_resource(STR(""), STR("v1"), STR("persistentvolumes"));
    bool elsewhere;
    world_begin(1, true);
    struct gc_object owner = {.uid = STR("u"), .place = {world.res, STR("d"), STR("o")}};
    gc_graph_put(&world.graph, &owner, &todo);
    struct gc_ref right = {.uid = STR("u"), .place = {world.res, STR("d"), STR("o")}}, wrong = right, bad = right;
    ck_assert_int_eq(state_of(&right, "d", &elsewhere), GC_OWNER_SOLID);
    ck_assert(!elsewhere);

    wrong.place.ns = STR("e"); /* of a dependent in another namespace: the server is asked once */
    struct gc_object lost = {.uid = STR("l"), .place = {world.res, STR("e"), STR("l")}, .refs = &wrong, .nrefs = 1};
    gc_graph_put(&world.graph, &lost, &todo);
    ck_assert_uint_eq(todo.count, 1);
    ck_assert(str_eqc(todo.uids[0], "l"));
    ck_assert_int_eq(state_of(&wrong, "e", &elsewhere), GC_OWNER_UNKNOWN);
    ck_assert(elsewhere);
    gc_graph_absent(&world.graph, &wrong);
    ck_assert_int_eq(state_of(&wrong, "e", NULL), GC_OWNER_ABSENT);
    ck_assert_int_eq(state_of(&right, "d", NULL), GC_OWNER_SOLID);

    wrong = right;
    wrong.place.name = STR("other");
    ck_assert_int_eq(state_of(&wrong, "d", &elsewhere), GC_OWNER_UNKNOWN);
    ck_assert(!elsewhere);
    wrong.place = (struct gc_place){pv, STR(""), STR("o")};
    ck_assert_int_eq(state_of(&wrong, "d", NULL), GC_OWNER_UNKNOWN);

    bad.place.ns = STR(""); /* of something in no namespace */
    ck_assert_int_eq(state_of(&bad, "", &elsewhere), GC_OWNER_BAD);
    ck_assert(elsewhere);
    bad.place.res = NULL;
    ck_assert_int_eq(state_of(&bad, "d", NULL), GC_OWNER_BAD);
    struct gc_view v = {.dependents = 0};
    bool drop[2];
    enum gc_owner with_bad[] = {GC_OWNER_ABSENT, GC_OWNER_BAD};
    ck_assert_int_eq(gc_decide(&v, with_bad, 2, drop), GC_NOTHING); /* what is not understood is left alone */
    gc_todo_release(&todo);
    world_end();
}
END_TEST

/* What is gone is remembered as long as somebody names it, and no longer. */
START_TEST(memory)
{
    struct gc_todo todo = {0};
    world_begin(1, true);
    struct gc_ref ref = {.uid = STR("u"), .place = {world.res, STR("d"), STR("o")}};
    struct gc_object owner = {.uid = STR("u"), .place = ref.place};
    struct gc_object dep = {.uid = STR("x"), .place = {world.res, STR("d"), STR("x")}, .refs = &ref, .nrefs = 1};
    gc_graph_put(&world.graph, &dep, &todo);
    gc_graph_put(&world.graph, &owner, &todo);
    gc_graph_remove(&world.graph, STR("u"), &todo);
    ck_assert_int_eq(gc_graph_owner(&world.graph, &ref, STR("d"), NULL), GC_OWNER_ABSENT);
    ck_assert_uint_eq(world.graph.nodes.count, 2);
    gc_graph_remove(&world.graph, STR("x"), &todo);
    ck_assert_uint_eq(world.graph.nodes.count, 0);
    gc_graph_remove(&world.graph, STR("never"), &todo);
    gc_todo_release(&todo);
    world_end();
}
END_TEST

TEST_MAIN("gc_graph", by_hand, at_random, places, memory)
