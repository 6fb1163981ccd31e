/* node_tree.c - see node_tree.h.
 * Reads: nodes' labels.   Writes: the tree. */
#include "scheduler/node_tree.h"

#include <stdlib.h>

static struct str label_text(const struct node_info *n, const char *key)
{
    for (int i = 0; i < n->labels.n; i++)
        if (str_eqc(sym_str(n->labels.v[i].key), key)) return sym_str(n->labels.v[i].value);
    return STR("");
}

/* Region and zone; the labels of old first, as upstream. */
static char *zone_key(const struct node_info *n)
{
    static const char *const regions[] = {"failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"};
    static const char *const zones[] = {"failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"};
    struct str region = STR(""), zone = STR("");
    for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
        if (!region.n) region = label_text(n, regions[i]);
        if (!zone.n) zone = label_text(n, zones[i]);
    }
    return region.n || zone.n ? xasprintf("%.*s:\x01:%.*s", STR_ARG(region), STR_ARG(zone)) : xstrdup("");
}

static int find(const struct node_tree *t, const char *key)
{
    int at = 0;
    while (at < t->n && strcmp(t->zones[at].key, key) != 0) at++;
    return at;
}

void node_tree_add(struct node_tree *t, struct node_info *node)
{
    char *key = zone_key(node);
    int at = find(t, key);
    if (at == t->n) {
        if (t->n == t->cap) {
            t->cap = t->cap ? 2 * t->cap : 8;
            t->zones = xreallocarray(t->zones, (size_t)t->cap, sizeof *t->zones);
        }
        t->zones[t->n++] = (struct zone){.key = key};
    } else {
        free(key);
    }
    struct zone *z = &t->zones[at];
    if (z->n == z->cap) {
        z->cap = z->cap ? 2 * z->cap : 16;
        z->nodes = xreallocarray(z->nodes, (size_t)z->cap, sizeof *z->nodes);
    }
    z->nodes[z->n++] = node;
    t->count++;
}

static void take_out(struct node_tree *t, const struct node_info *node, const char *key)
{
    int zone = find(t, key), at = 0;
    if (zone == t->n) return;
    struct zone *z = &t->zones[zone];
    while (at < z->n && z->nodes[at] != node) at++;
    if (at == z->n) return;
    memmove(&z->nodes[at], &z->nodes[at + 1], (size_t)(--z->n - at) * sizeof *z->nodes);
    t->count--;
    if (z->n) return;
    free(z->key);
    free(z->nodes);
    memmove(z, z + 1, (size_t)(--t->n - zone) * sizeof *z);
}

void node_tree_remove(struct node_tree *t, struct node_info *node)
{
    AUTO_FREE char *key = zone_key(node);
    take_out(t, node, key);
}

bool node_tree_move(struct node_tree *t, struct node_info *node, const struct node_info *was)
{
    AUTO_FREE char *from = zone_key(was);
    AUTO_FREE char *to = zone_key(node);
    if (strcmp(from, to) == 0) return false;
    take_out(t, node, from);
    node_tree_add(t, node);
    return true;
}

void node_tree_list(const struct node_tree *t, struct node_info **out)
{
    int done = 0;
    for (int round = 0; done < t->count; round++)
        for (int z = 0; z < t->n; z++)
            if (round < t->zones[z].n) out[done++] = t->zones[z].nodes[round];
}

void node_tree_copy(struct node_tree *to, const struct node_tree *from, struct node_info *const *by_slot)
{
    to->n = to->cap = from->n;
    to->count = from->count;
    to->zones = xcalloc((size_t)from->n + 1, sizeof *to->zones);
    for (int z = 0; z < from->n; z++) {
        const struct zone *was = &from->zones[z];
        to->zones[z] = (struct zone){.key = xstrdup(was->key), .n = was->n, .cap = was->n};
        to->zones[z].nodes = xcalloc((size_t)was->n + 1, sizeof *was->nodes);
        for (int i = 0; i < was->n; i++) to->zones[z].nodes[i] = by_slot[was->nodes[i]->slot];
    }
}

void node_tree_release(struct node_tree *t)
{
    for (int z = 0; z < t->n; z++) {
        free(t->zones[z].key);
        free(t->zones[z].nodes);
    }
    free(t->zones);
    *t = (struct node_tree){0};
}
