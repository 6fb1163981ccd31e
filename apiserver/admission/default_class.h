/* default_class.h - which of the classes of a kind is the default one (PriorityClass, StorageClass). Pods and claims
 * come all the time, classes hardly ever change: the answer is kept until they do. Thread: any; own lock. */
#ifndef APISERVER_ADMISSION_DEFAULT_CLASS_H
#define APISERVER_ADMISSION_DEFAULT_CLASS_H

#include "api/schema.h"
#include "apiserver/watch/item.h"
#include "base/json.h"

#include <pthread.h>

struct default_class {
    const struct api_resource *res;
    /* Is this class a default, and rather than best (NULL: the first one)? Asked in the order of names. */
    bool (*is_better)(const struct json *class, const struct json *best);
    pthread_mutex_t lock; /* covers what follows; PTHREAD_MUTEX_INITIALIZER at birth */
    uint64_t rev;         /* of the classes when it was looked for; 0: never */
    char name[256];
};

/* Its name in the arena; "" when there is none. */
struct str default_class_name(struct default_class *d, struct arena *a);
/* A class as a tree in the arena, for as long as `it` is held; NULL for NULL. */
const struct json *class_tree(struct arena *a, const struct item *it);

#endif
