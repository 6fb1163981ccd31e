/* server.h - the kubelets' HTTPS port, one for all nodes of the process: what the API server asks kubelets for.
 * Answers GET /containerLogs/NAMESPACE/POD/CONTAINER (pkg/kubelet/server/server.go), to clients whose certificate the
 * cluster's CA signed for the API server. Listens on loopback. */
#ifndef KUBELET_SIM_SERVER_H
#define KUBELET_SIM_SERVER_H

#include "client/informer.h"
#include "kubelet-sim/logs.h"

struct kubelet_server;
/* Binds a free port; nothing is answered before kubelet_server_start, but clients may connect. NULL: no socket. */
struct kubelet_server *kubelet_server_new(struct err *e) MUST_USE;
int kubelet_server_port(const struct kubelet_server *s);
/* kubeconfig: whose certificate it shows and whose CA it believes. pods and logs outlive the server. */
bool kubelet_server_start(struct kubelet_server *s, const char *kubeconfig, struct informer *pods, struct logs *logs,
                          struct err *e) MUST_USE;
void kubelet_server_free(struct kubelet_server *s); /* ends all answers under way */

#endif
