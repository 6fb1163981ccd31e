/* jwt.h - JSON Web Tokens that the server signs with its one key: ES256, compact form (RFC 7515, 7518).
 * Thread: any, after jwt_init. */
#ifndef APISERVER_FILTER_JWT_H
#define APISERVER_FILTER_JWT_H

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

/* The EC P-256 key that signs and verifies. Before the server starts. */
bool jwt_init(const char *key_pem, struct err *e) MUST_USE;
/* claims: JSON text of an object. *token is in the arena. */
bool jwt_sign(struct arena *a, struct str claims, struct str *token, struct err *e) MUST_USE;
/* Three parts: worth verifying. */
bool jwt_looks_like(struct str token);
/* Did jwt_sign make this token, with this key? Then *claims, in the arena, is what it was given. What they mean, and
 * until when, is the caller's matter. Hostile input is welcome; a token without our header costs one comparison. */
bool jwt_verify(struct arena *a, struct str token, struct str *claims) MUST_USE;

#endif
