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
        if (!entry.applied) entry.subresource = from.items[i].subresource;
        entry.api_version = STR("autoscaling/v1");
        if (managed_find(scale, &entry)) continue;
        managed_put_set(scale, managed_add(scale, &entry), replicas(parent->a));
    }
}

/* An entry of the scale for one of the parent: of updates the version in the key is the scale's own. */
static struct manager *scale_entry(struct managed *scale, const struct manager *it)
{
    struct manager id = *it;
    id.api_version = STR("autoscaling/v1");
    return managed_find(scale, &id);
}

void managed_from_scale(struct managed *parent, struct managed *scale, struct str api_version)
{
    for (size_t i = parent->count; i-- > 0;) {
        struct manager *it = &parent->items[i], *there;
        if (!has_replicas(parent, it)) continue;
        there = scale_entry(scale, it);
        if (there) {
            managed_remove(scale, there);
            continue;
        }
        managed_put_set(parent, it, fieldset_less(parent->a, managed_set(parent, it), replicas(parent->a)));
        if (!it->set) managed_remove(parent, it);
    }
    for (size_t i = 0; i < scale->count; i++) {
        struct manager entry = scale->items[i];
        if (!has_replicas(scale, &scale->items[i])) continue;
        entry.api_version = api_version;
        struct manager *there = managed_find(parent, &entry);
        entry.time = there ? there->time : STR_NULL; /* as upstream, which looks for it among the parent's */
        entry.time_s = there ? there->time_s : 0;
        if (!there) there = managed_add(parent, &entry);
        *there = entry;
        managed_put_set(parent, there, replicas(parent->a));
    }
}
