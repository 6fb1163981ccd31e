/* nel_support.h - YAML does not bring back a NEL in a value: as upstream's, ours folds it (yaml_write.c). */
#ifndef FUZZ_NEL_SUPPORT_H
#define FUZZ_NEL_SUPPORT_H

#include "base/json.h"

#include <string.h>

static inline bool has_nel(const struct json *j)
{
    struct str s = json_string(j);
    for (size_t i = 0; i + 1 < s.n; i++)
        if (!memcmp(s.p + i, "\xc2\x85", 2)) return true;
    JSON_FOREACH(it, j)
    if (has_nel(it)) return true;
    return false;
}

#endif
