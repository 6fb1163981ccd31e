/* kubelet.h - what the API server asks kubelets for. The conversations have threads of their own, bounded; a response
 * is relayed as it comes, so that one may be followed for hours. */
#ifndef APISERVER_REST_KUBELET_H
#define APISERVER_REST_KUBELET_H

#include "apiserver/http/request.h"

/* Once, at start: how this process proves who it is to kubelets. The texts live as long as the process. */
void kubelet_init(const char *cert_pem, const char *key_pem);
/* Takes the request over: GETs path (in the request's arena) from the kubelet of that node and relays what it answers,
 * or answers with a Status: the kubelet's error, 500 when it cannot be reached. Any thread. */
void kubelet_relay(struct request *r, struct str node, const char *path);

#endif
