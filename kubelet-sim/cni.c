/* cni.c - see cni.h.
 * Reads, writes: struct cni. */
#include "kubelet-sim/cni.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { SMALL_CLUSTER = 256 };
#define NET(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static char *ip_text(uint32_t ip, char out[CNI_TEXT_MAX])
{
    snprintf(out, CNI_TEXT_MAX, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
    return out;
}

void cni_init(struct cni *c, int node, int nodes)
{
    memset(c, 0, sizeof *c);
    /* kubeadm's usual 10.244.0.0/16 holds 256 nodes; larger clusters need the wider range. */
    c->net = (nodes <= SMALL_CLUSTER ? NET(10, 244, 0, 0) : NET(10, 128, 0, 0)) + (uint32_t)node * 256;
    c->used[0] = c->used[1] = 1;
    c->next = 2;
}

char *cni_cidr(const struct cni *c, char out[CNI_TEXT_MAX])
{
    char ip[CNI_TEXT_MAX];
    snprintf(out, CNI_TEXT_MAX, "%.18s/24", ip_text(c->net, ip));
    return out;
}

bool cni_take(struct cni *c, char out[CNI_TEXT_MAX])
{
    for (int tries = 0; tries < NODE_IPS; tries++) {
        int at = c->next;
        c->next = at == NODE_IPS ? 2 : at + 1;
        if (c->used[at]) continue;
        c->used[at] = 1;
        ip_text(c->net + (uint32_t)at, out);
        return true;
    }
    return false;
}

/* The last byte of an address of ours, or -1. */
static int offset_of(const struct cni *c, struct str ip)
{
    char text[CNI_TEXT_MAX];
    struct in_addr parsed;
    snprintf(text, sizeof text, "%.*s", STR_ARG(ip));
    if (inet_pton(AF_INET, text, &parsed) != 1) return -1;
    uint32_t at = ntohl(parsed.s_addr) - c->net;
    return at >= 2 && at <= NODE_IPS ? (int)at : -1;
}

void cni_mark(struct cni *c, struct str ip)
{
    int at = offset_of(c, ip);
    if (at >= 0) c->used[at] = 1;
}

void cni_give(struct cni *c, struct str ip)
{
    int at = offset_of(c, ip);
    if (at >= 0) c->used[at] = 0;
}

char *cni_node_ip(int node, char out[CNI_TEXT_MAX]) { return ip_text(NET(172, 18, 0, 2) + (uint32_t)node, out); }
