/* old_kinds.h - kinds that are known and not served. Any thread. */
#ifndef APISERVER_REST_OLD_KINDS_H
#define APISERVER_REST_OLD_KINDS_H

#include "base/str.h"

enum old_kind {
    OLD_NONE, /* nobody knows it */
    OLD_KIND, /* of the version named */
    OLD_META, /* at home in meta/v1, whatever version is named */
};

enum old_kind old_kind_of(struct str group, struct str version, struct str kind);

#endif
