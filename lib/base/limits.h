/* limits.h - bounds of base/, with their reasons. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    JSON_DEPTH_MAX = 512, /* open lists and maps: what walks a tree recurses, on threads with small stacks. Upstream's
                             decoder gives up at 10,000, with the words that ours has */
};

#endif
