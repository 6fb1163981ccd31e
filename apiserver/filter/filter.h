/* filter.h - who is asking: client certificates (CN user, O groups), bearer tokens
 * (--token-auth-file, service accounts'), Impersonate-* headers, anonymous. */
#ifndef APISERVER_FILTER_FILTER_H
#define APISERVER_FILTER_FILTER_H

#include "apiserver/http/request.h"

bool authn_load_tokens(const char *path, struct err *e) MUST_USE; /* CSV: token,user,uid,"group1,group2" */
/* Fills r->user. False: 401 was set. Anonymous is let through only where `anonymous_ok(path)`: health and version. */
bool authn_request(struct request *r);
/* Whose token is it? For one of the audiences (NULL: this server); *matched: those that it is for. Texts are in the
 * arena. False: nobody's. */
bool authn_token(struct arena *a, struct str token, const struct json *audiences, struct user *u,
                 const struct json **matched) MUST_USE;

#endif
