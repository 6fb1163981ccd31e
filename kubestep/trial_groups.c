/* trial_groups.c - see trial_groups.h. Reads: ReviewResults.   Writes: counts. */
#include "kubestep/trial_groups.h"

/* Doubles an array of the arena. */
static void *wider(struct arena *a, void *v, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) return v;
    *cap = *cap ? 2 * *cap : 8;
    void *more = arena_zalloc(a, *cap * size);
    if (n) memcpy(more, v, n * size);
    return more;
}

static size_t place_of(const struct map *places, struct str key) { return (size_t)(uintptr_t)map_get(places, key); }

static void set_place(struct map *places, struct str key, size_t place)
{
    map_set(places, key, (void *)(uintptr_t)place);
}

static void count(struct tally *t, struct arena *a, struct str text)
{
    size_t place = place_of(&t->places, text);
    if (!place) {
        t->v = wider(a, t->v, t->n, &t->cap, sizeof *t->v);
        t->v[t->n++] = (struct tally_row){text, 0};
        set_place(&t->places, text, place = t->n);
    }
    t->v[place - 1].count++;
}

int tally_of(const struct tally *t, struct str text)
{
    size_t place = place_of(&t->places, text);
    return place ? t->v[place - 1].count : 0;
}

static bool is_all_of(struct str s, const char *letters)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr(letters, s.p[i])) return false;
    return s.n > 0;
}

/* Behind the last '-'; STR_NULL: there is none. */
static struct str last_part(struct str name)
{
    size_t at = name.n;
    while (at > 0 && name.p[at - 1] != '-') at--;
    return at > 1 ? str_from(name, at) : STR_NULL;
}

/* A pod's name without what was made up for it: "-x7k2m", "-0". */
static struct str base_of(struct str name)
{
    struct str part = last_part(name);
    if (part.n == 5 && is_all_of(part, "bcdfghjklmnpqrstvwxz2456789")) name.n -= part.n + 1;
    part = last_part(name);
    if (is_all_of(part, "0123456789")) name.n -= part.n + 1;
    return name;
}

static struct trial_group *group_of(struct trial_groups *g, struct arena *a, const struct json *placement)
{
    struct str name = str_printf(a, "%.*s/%.*s", STR_ARG(obj_str(placement, ".namespace")),
                                 STR_ARG(base_of(obj_str(placement, ".pod"))));
    size_t place = place_of(&g->places, name);
    if (!place) {
        g->v = wider(a, g->v, g->n, &g->cap, sizeof *g->v);
        g->v[g->n++] = (struct trial_group){.name = name};
        set_place(&g->places, name, place = g->n);
    }
    return &g->v[place - 1];
}

void trial_groups_read(struct trial_groups *g, struct arena *a, const struct json *result)
{
    *g = (struct trial_groups){0};
    for (OBJ_EACH(p, result, ".placements")) {
        struct trial_group *to = group_of(g, a, p);
        struct str node = obj_str(p, ".node");
        to->pods++;
        to->placed += node.n > 0;
        if (node.n)
            count(&to->nodes, a, node);
        else
            count(&to->refusals, a, obj_str(p, ".message"));
        for (OBJ_EACH(v, p, ".victims"))
            count(&to->victims, a,
                  str_printf(a, "%.*s/%.*s (priority %lld)", STR_ARG(obj_str(v, ".namespace")),
                             STR_ARG(obj_str(v, ".name")), (long long)obj_int(v, ".priority", 0)));
    }
}

const struct trial_group *trial_group_find(const struct trial_groups *g, struct str name)
{
    size_t place = place_of(&g->places, name);
    return place ? &g->v[place - 1] : NULL;
}

static void tally_release(struct tally *t) { map_release(&t->places, NULL); }

void trial_groups_release(struct trial_groups *g)
{
    for (size_t i = 0; i < g->n; i++) {
        tally_release(&g->v[i].nodes);
        tally_release(&g->v[i].refusals);
        tally_release(&g->v[i].victims);
    }
    map_release(&g->places, NULL);
}
