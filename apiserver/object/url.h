/* url.h - the parts of a URL, as Go's net/url takes them apart. */
#ifndef APISERVER_OBJECT_URL_H
#define APISERVER_OBJECT_URL_H

#include "base/str.h"

struct url {
    struct str scheme, user, host, path, query, fragment; /* as written; host with its port */
    bool has_user;
};

/* False: *why is Go's error without `parse "TEXT": `, in the arena. */
bool url_parse(struct arena *a, struct str text, struct url *u, const char **why);

#endif
