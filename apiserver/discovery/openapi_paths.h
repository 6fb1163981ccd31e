/* openapi_paths.h - the paths part of an OpenAPI v3 document. */
#ifndef APISERVER_DISCOVERY_OPENAPI_PATHS_H
#define APISERVER_DISCOVERY_OPENAPI_PATHS_H

#include "base/buf.h"

/* Comma-separated members of "paths" for one group version. */
void openapi_write_paths(struct buf *b, const char *group, const char *version);

#endif
