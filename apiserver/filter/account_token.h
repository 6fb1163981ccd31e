/* account_token.h - tokens of service accounts: what is claimed in them, and whom they still prove.
 * Thread: any, after jwt_init. */
#ifndef APISERVER_FILTER_ACCOUNT_TOKEN_H
#define APISERVER_FILTER_ACCOUNT_TOKEN_H

#include "base/err.h"
#include "base/json.h"

/* The issuer, and the audience that this server is. */
#define ACCOUNT_ISSUER "https://kubernetes.default.svc.cluster.local"

struct account_bound { /* name STR_NULL: not bound */
    struct str name, uid;
};

struct account_identity {
    struct str ns, name, uid;
    struct account_bound pod, secret, node; /* node: beside a pod it is where the pod runs */
    struct str token_id;                    /* jti; STR_NULL in a new one */
    struct json *audiences;                 /* those asked for that the token is for; NULL in a new one */
};

/* "system:serviceaccount:NS:NAME" */
struct str account_user_name(struct arena *a, struct str ns, struct str name);

/* Cluster time from now_s on. audiences: a list of strings. *token is in the arena. */
bool account_token_issue(struct arena *a, const struct account_identity *who, const struct json *audiences,
                         int64_t now_s, int64_t seconds, struct str *token, struct err *e) MUST_USE;

/* Signed here, for one of the audiences (NULL: for us), valid now; the account and what it is bound to are those that
 * they were. Texts are in the arena. False: it proves nobody. */
bool account_token_check(struct arena *a, struct str token, const struct json *audiences,
                         struct account_identity *who) MUST_USE;

#endif
