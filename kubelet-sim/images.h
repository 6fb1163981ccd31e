/* images.h - image references, and which images a node already has. Owner's lock. */
#ifndef KUBELET_SIM_IMAGES_H
#define KUBELET_SIM_IMAGES_H

#include "base/map.h"
#include "base/mem.h"
#include "kubelet-sim/limits.h"

struct images {
    struct map present; /* normalised reference -> this */
};

/* "nginx" -> "docker.io/library/nginx:latest"; STR_NULL: no valid reference. */
struct str image_normalize(struct arena *a, struct str reference);
/* Id as a runtime reports it: "docker.io/library/nginx@sha256:...", derived from the name, so always the same. */
struct str image_id(struct arena *a, struct str normalized);
int64_t image_size(struct str normalized); /* bytes; derived from the name */

bool images_has(const struct images *im, struct str normalized);
void images_add(struct images *im, struct str normalized);
void images_release(struct images *im);

#endif
