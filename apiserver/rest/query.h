/* query.h - parameters of a query as upstream's decoder reads them (apimachinery pkg/runtime/conversion.go), with its
 * words for what it cannot read. */
#ifndef APISERVER_REST_QUERY_H
#define APISERVER_REST_QUERY_H

#include "apiserver/http/request.h"

/* There, and neither "0" nor any spelling of "false". */
bool query_flag(const struct request *r, const char *name);
/* The same; -1 when it is not there. */
int query_flag_or_unset(const struct request *r, const char *name);
/* *out stays when it is not there. False: *r was answered with 400. */
bool query_int(struct request *r, const char *name, int64_t *out) MUST_USE;
/* A resourceVersion: "" is 0. False: *why (in the request's arena) is upstream's error, without a status. */
bool query_revision(struct request *r, struct str text, uint64_t *out, struct str *why) MUST_USE;

#endif
