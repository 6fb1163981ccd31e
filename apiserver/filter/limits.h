/* limits.h - bounds of filter/, with their reasons. */
#ifndef APISERVER_FILTER_LIMITS_H
#define APISERVER_FILTER_LIMITS_H

#include "apiserver/limits.h"

enum {
    TOKEN_EXTRA_MAX = 5,         /* what a token of a service account tells: its id, pod and node */
    ACCOUNT_TOKEN_MAX = 8 << 10, /* ours have about 1 KiB; many audiences make them longer */
    TOKEN_LEEWAY_S = 60,         /* upstream's jwt.DefaultLeeway: for ends, beginnings and deletions */
    CLAIMS_MAX = BODY_MAX,       /* audiences come from one request's body */
};

#endif
