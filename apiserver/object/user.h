/* user.h - a user as objects tell of one (UserInfo, a CertificateSigningRequest's spec). */
#ifndef APISERVER_OBJECT_USER_H
#define APISERVER_OBJECT_USER_H

#include "apiserver/http/request.h"
#include "base/json.h"

/* Puts username, uid, groups and extra into `to`, which has none of them. */
void user_put(struct arena *a, struct json *to, const struct user *u);

#endif
