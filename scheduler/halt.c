/* halt.c - see halt.h. */
#include "scheduler/halt.h"

bool pattern_matches(struct str pattern, struct str s)
{
    size_t p = 0, i = 0, star = SIZE_MAX, from = 0; /* the last *, and where the text that it stands for ends */
    while (i < s.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            from = i;
        } else if (p < pattern.n && pattern.p[p] == s.p[i]) {
            p++;
            i++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            i = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*') p++;
    return p == pattern.n;
}

static bool fits(struct str pattern, struct str s) { return !pattern.n || pattern_matches(pattern, s); }

bool breakpoint_hits(const struct breakpoint *b, const struct halt *h)
{
    if ((b->point >= 0 && b->point != (int)h->point) || (b->verdict >= 0 && b->verdict != (int)h->verdict))
        return false;
    if (b->plugin.n && !str_eq(b->plugin, h->plugin)) return false;
    if (b->node.n && (!h->node.n || !pattern_matches(b->node, h->node))) return false;
    return fits(b->ns, h->ns) && fits(b->pod, h->pod);
}

void course_read(struct course *c, const struct json *list)
{
    c->n = 0;
    for (OBJ_EACH(b, list, "")) {
        if (c->n == BREAKPOINTS_READ) break;
        c->v[c->n++] = (struct breakpoint){.point = name_index(point_names, obj_str(b, ".point")),
                                           .verdict = name_index(verdict_names, obj_str(b, ".verdict")),
                                           .plugin = obj_str(b, ".plugin"),
                                           .ns = obj_str(b, ".namespace"),
                                           .pod = obj_str(b, ".pod"),
                                           .node = obj_str(b, ".node")};
    }
}

bool course_concerns(const struct course *c, struct str ns, struct str pod)
{
    for (int i = 0; i < c->n; i++)
        if (fits(c->v[i].ns, ns) && fits(c->v[i].pod, pod)) return true;
    return c->n == 0;
}

bool course_stops(const struct course *c, const struct halt *h)
{
    if (c->to == GO_END) return false;
    if (c->to == GO_PLUGIN || (c->to == GO_POINT && c->at != (int)h->point)) return true;
    for (int i = 0; i < c->n; i++)
        if (breakpoint_hits(&c->v[i], h)) return true;
    return false;
}
