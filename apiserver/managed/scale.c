/* scale.c - spec.replicas as a Scale has it and as its parent has it: the same field, of the same managers.
 * Reads and writes: entries.
 * Upstream: apimachinery pkg/util/managedfields/scalehandler.go. */
#include "apiserver/managed/managed.h"

#include "api/object.h"

/* One path in both: all built-in parents have it there. */
static const struct fieldset *replicas(struct arena *a) { return fieldset_of_path(a, "spec.replicas"); }

static bool has_replicas(struct managed *m, struct manager *it)
{
    return fieldset_both(m->a, managed_set(m, it), replicas(m->a)) != NULL;
}

void managed_to_scale(const struct managed *parent, struct managed *scale)
{
    struct managed from = managed_copy(parent);
    *scale = (struct managed){.a = parent->a};
    for (size_t i = 0; i < from.count; i++) {
        if (!has_replicas(&from, &from.items[i])) continue;
        struct manager entry = from.items[i];
        entry.api_version = STR("autoscaling/v1");
        if (managed_find(scale, &entry)) continue;
        managed_put_set(scale, managed_add(scale, &entry), replicas(parent->a));
    }
}

void managed_from_scale(struct managed *parent, struct managed *scale, struct str api_version)
{
    for (size_t i = parent->count; i-- > 0;) {
        struct manager *it = &parent->items[i];
        if (!has_replicas(parent, it)) continue;
        /* Upstream knows an updater by its version too, and so finds none of them again. */
        struct manager *there = it->applied ? managed_find(scale, it) : NULL;
        if (there) {
            managed_remove(scale, there);
            continue;
        }
        managed_put_set(parent, it, fieldset_less(parent->a, managed_set(parent, it), replicas(parent->a)));
        if (!it->set) managed_remove(parent, it);
    }
    for (size_t i = 0; i < scale->count; i++) {
        struct manager entry = scale->items[i], *there = entry.applied ? managed_find(parent, &entry) : NULL;
        if (!has_replicas(scale, &scale->items[i])) continue;
        entry.api_version = api_version;
        entry.time = there ? there->time : STR_NULL; /* as upstream, which looks for it among the parent's */
        entry.time_s = there ? there->time_s : 0;
        if (!there) there = managed_add(parent, &entry);
        *there = entry;
        managed_put_set(parent, there, replicas(parent->a));
    }
}
