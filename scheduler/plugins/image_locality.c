/* image_locality.c - prefers nodes that have the pod's images, the more so the larger they are and the more nodes have
 * them, so that pods do not heap up on the one that pulled first (plugins/imagelocality/image_locality.go). */
#include "scheduler/framework.h"

#define MIB        INT64_C(1048576)
#define MOST_BYTES (INT64_C(1) << 46) /* of one image; so many of a pod's images still have a sum */

static int64_t bytes_there(const struct node_info *n, const struct sym *image, int all_nodes)
{
    const struct node_image *there = node_image_find(n, image);
    if (!there) return 0;
    double share = (double)there->bytes * ((double)*there->nodes / (double)all_nodes);
    return share >= (double)MOST_BYTES ? MOST_BYTES : (int64_t)share;
}

static int64_t image_score(struct cycle *cy, const void *state, const struct node_info *n)
{
    (void)state;
    const struct pod_info *p = cycle_pod(cy);
    const int64_t least = 23 * MIB, most = 1000 * MIB * p->ncontainers;
    int all_nodes;
    int64_t sum = 0;
    cycle_nodes(cy, &all_nodes);
    for (int i = 0; n->nimages && i < p->nimages; i++) sum += bytes_there(n, p->images[i], all_nodes);
    sum = MIN(MAX(sum, least), most);
    return most > least ? 100 * (sum - least) / (most - least) : 0;
}

const struct sched_plugin plugin_image_locality = {
    .name = "ImageLocality",
    .source = "scheduler/plugins/image_locality.c",
    .score = image_score,
    .weight = 1,
};
