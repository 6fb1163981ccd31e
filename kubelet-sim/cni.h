/* cni.h - pod addresses: each node has a /24 and hands out its addresses in turn. Owner's lock. */
#ifndef KUBELET_SIM_CNI_H
#define KUBELET_SIM_CNI_H

#include "base/str.h"
#include "kubelet-sim/limits.h"

enum { CNI_TEXT_MAX = 24 };

struct cni {
    uint32_t net;               /* first address of the node's /24 */
    uint8_t used[NODE_IPS + 2]; /* by last byte; .0 and .1 are the net and the bridge */
    int next;
};

void cni_init(struct cni *c, int node, int nodes);
char *cni_cidr(const struct cni *c, char out[CNI_TEXT_MAX]); /* "10.244.3.0/24" */
bool cni_take(struct cni *c, char out[CNI_TEXT_MAX]);        /* false: all are taken */
void cni_mark(struct cni *c, struct str ip);                 /* taken before we started */
void cni_give(struct cni *c, struct str ip);                 /* foreign addresses are ignored */
/* Address of the node itself. */
char *cni_node_ip(int node, char out[CNI_TEXT_MAX]);

#endif
