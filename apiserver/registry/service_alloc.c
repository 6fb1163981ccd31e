/* service_alloc.c - the pools of service_alloc.h.
 * Reads: stored Services, changes of them.   Writes: the pools. */
#include "apiserver/registry/service_alloc.h"

#include "api/object.h"
#include "apiserver/object/ip.h"
#include "apiserver/registry/limits.h"
#include "apiserver/registry/numbers.h"
#include "apiserver/registry/service_address.h"
#include "apiserver/watch/cache.h"
#include "base/thread.h"
#include "schema_ids.h"

#include <stdio.h>

static struct {
    pthread_mutex_t lock; /* covers the two pools */
    struct numbers ips, ports;
    uint32_t ip_base, port_base; /* number 0; these and the texts are fixed after init */
    char ip_range[64], port_range[32];
} all = {.lock = MUTEX_INIT};

enum { DRY_PORT = 32768 }; /* before the first port that a dry run makes up */

/* An item of a claim or of a Service's holdings: an address's number, or a port's with this bit. */
#define PORT_TAG (UINT32_C(1) << 31)

/* ---- Flags ---- */

static bool parse_ips(const char *text, struct err *e)
{
    struct ip net;
    int bits;
    if (!cidr_parse(str_of(text), &net, &bits) || net.v6)
        return err_set(e, ERR_USAGE, "--service-cluster-ip-range: \"%s\" is no IPv4 range", text);
    if (bits < SERVICE_IP_BITS_MIN || bits > SERVICE_IP_BITS_MAX)
        return err_set(e, ERR_USAGE, "--service-cluster-ip-range: %s: the mask must be between /%d and /%d", text,
                       SERVICE_IP_BITS_MIN, SERVICE_IP_BITS_MAX);
    uint32_t size = UINT32_C(1) << (32 - bits), net4 = ip_v4(&net) & ~(size - 1);
    /* Neither the network's own address nor the broadcast one. */
    numbers_init(&all.ips, size - 2, numbers_band(size, IP_BAND_MIN, IP_BAND_STEP, IP_BAND_MAX));
    all.ip_base = net4 + 1;
    snprintf(all.ip_range, sizeof all.ip_range, "%u.%u.%u.%u/%d", net4 >> 24, net4 >> 16 & 255, net4 >> 8 & 255,
             net4 & 255, bits);
    return true;
}

static bool parse_ports(const char *text, struct err *e)
{
    struct str high, low = str_cut(str_of(text), '-', &high);
    int64_t from, to;
    if (!str_to_i64(low, &from) || !str_to_i64(high, &to) || from < 1 || to > 65535 || from > to)
        return err_set(e, ERR_USAGE, "--service-node-port-range: \"%s\" is no range of ports", text);
    uint32_t size = (uint32_t)(to - from + 1);
    numbers_init(&all.ports, size, numbers_band(size, PORT_BAND_MIN, PORT_BAND_STEP, PORT_BAND_MAX));
    all.port_base = (uint32_t)from;
    snprintf(all.port_range, sizeof all.port_range, "%lld-%lld", (long long)from, (long long)to);
    return true;
}

bool service_alloc_init(const char *ip_range, const char *port_range, struct err *e)
{
    service_alloc_release();
    if (!parse_ips(ip_range, e) || !parse_ports(port_range, e)) return false;
    return numbers_take(&all.ips, 0);
}

void service_alloc_release(void)
{
    numbers_release(&all.ips);
    numbers_release(&all.ports);
}

/* ---- Texts and numbers ---- */

static struct str ip_text(struct arena *a, uint32_t n)
{
    uint32_t ip = all.ip_base + n;
    return str_printf(a, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
}

static bool ip_number(struct str text, uint32_t *n)
{
    struct ip ip;
    if (!ip_parse(text, &ip) || ip.v6 || ip_v4(&ip) < all.ip_base) return false;
    *n = ip_v4(&ip) - all.ip_base;
    return *n < all.ips.size;
}

static bool port_number(int64_t port, uint32_t *n)
{
    *n = (uint32_t)(port - all.port_base);
    return port >= all.port_base && port < (int64_t)all.port_base + all.ports.size;
}

struct str service_alloc_first_ip(struct arena *a) { return ip_text(a, 0); }

const char *service_alloc_ip_range(void) { return all.ip_range; }

/* ---- Claims ---- */

static struct numbers *pool_of(uint32_t item) { return item & PORT_TAG ? &all.ports : &all.ips; }
static bool take(uint32_t item) { return numbers_take(pool_of(item), item & ~PORT_TAG); }

/* The first address stays taken whatever becomes of the Service that holds it: it is made again. */
static void give(uint32_t item)
{
    if (item) numbers_give(pool_of(item), item & ~PORT_TAG);
}

void claim_init(struct claim *c, struct arena *a) { *c = (struct claim){.arena = a}; }

static void note(struct claim *c, uint32_t item)
{
    if (c->count == c->cap) {
        int cap = c->cap ? c->cap * 2 : 8;
        uint32_t *grown = ARENA_ARRAY(c->arena, uint32_t, cap);
        if (c->count) memcpy(grown, c->items, sizeof *grown * (size_t)c->count);
        c->items = grown;
        c->cap = cap;
    }
    c->items[c->count++] = item;
}

static bool claim_item(struct claim *c, uint32_t item)
{
    mutex_lock(&all.lock);
    bool ok = take(item);
    mutex_unlock(&all.lock);
    if (ok) note(c, item);
    return ok;
}

static bool claim_any(struct claim *c, uint32_t tag, uint32_t *n)
{
    mutex_lock(&all.lock);
    bool ok = numbers_any(pool_of(tag), n);
    mutex_unlock(&all.lock);
    if (ok) note(c, *n | tag);
    return ok;
}

const char *claim_ip(struct claim *c, struct str ip)
{
    uint32_t n;
    if (ip_number(ip, &n)) return claim_item(c, n) ? NULL : "provided IP is already allocated";
    return "the provided network does not match the current range";
}

const char *claim_port(struct claim *c, int64_t port)
{
    uint32_t n;
    if (port_number(port, &n)) return claim_item(c, n | PORT_TAG) ? NULL : "provided port is already allocated";
    return arena_printf(c->arena, "provided port is not in the valid range. The range of valid ports is %s",
                        all.port_range);
}

const char *claim_any_ip(struct claim *c, struct str *ip)
{
    uint32_t n;
    if (c->dry) { /* the network's own address */
        *ip = ip_text(c->arena, UINT32_MAX);
        return NULL;
    }
    if (!claim_any(c, 0, &n)) return "range is full";
    *ip = ip_text(c->arena, n);
    return NULL;
}

/* The port behind all that this write has. */
static int64_t made_up_port(struct claim *c)
{
    int64_t last = c->made_up;
    for (int i = 0; i < c->count; i++)
        if (c->items[i] & PORT_TAG) last = MAX(last, (int64_t)all.port_base + (c->items[i] & ~PORT_TAG));
    return c->made_up = (last ? last : DRY_PORT) + 1;
}

const char *claim_any_port(struct claim *c, int64_t *port)
{
    uint32_t n;
    if (c->dry) {
        *port = made_up_port(c);
        return NULL;
    }
    if (!claim_any(c, PORT_TAG, &n)) return "range is full";
    *port = (int64_t)all.port_base + n;
    return NULL;
}

void claim_give_back(struct claim *c)
{
    mutex_lock(&all.lock);
    for (int i = 0; i < c->count; i++) give(c->items[i]);
    mutex_unlock(&all.lock);
    c->count = 0;
}

/* ---- What stored Services hold ---- */

static void add_ports(const struct json *svc, struct claim *held)
{
    uint32_t n;
    for (OBJ_EACH(p, svc, ".spec.ports"))
        if (port_number(obj_int(p, ".nodePort", 0), &n)) note(held, n | PORT_TAG);
    if (port_number(obj_int(svc, ".spec.healthCheckNodePort", 0), &n)) note(held, n | PORT_TAG);
}

/* Fields that are there without meaning (a node port of an ExternalName) were never claimed. b: NULL: nothing. */
static void held_by(const struct blob *b, struct claim *held)
{
    struct err e = ERR_INIT;
    const struct json *svc = b ? json_parse(held->arena, blob_str(b), &e) : NULL;
    struct str type = obj_str(svc, ".spec.type");
    uint32_t n;
    if (str_eqc(type, "ExternalName")) return;
    for (OBJ_EACH(ip, svc, ".spec.clusterIPs"))
        if (ip_number(obj_text(ip), &n)) note(held, n);
    if (str_eqc(type, "NodePort") || str_eqc(type, "LoadBalancer")) add_ports(svc, held);
}

static bool holds(const struct claim *c, uint32_t item)
{
    for (int i = 0; i < c->count; i++)
        if (c->items[i] == item) return true;
    return false;
}

/* Addresses that the Service got or lost: each has an IPAddress. */
static void tell_addresses(struct arena *a, struct str key, const struct claim *was, const struct claim *now)
{
    for (int i = 0; i < was->count; i++)
        if (!(was->items[i] & PORT_TAG) && !holds(now, was->items[i])) service_address_drop(ip_text(a, was->items[i]));
    for (int i = 0; i < now->count; i++)
        if (!(now->items[i] & PORT_TAG) && !holds(was, now->items[i]))
            service_address_add(ip_text(a, now->items[i]), key);
}

/* From one version of a Service to the next, either NULL. */
static void change(struct str key, const struct blob *prev, const struct blob *next)
{
    struct arena a AUTO_ARENA = {0};
    struct claim was, now;
    claim_init(&was, &a);
    claim_init(&now, &a);
    held_by(prev, &was);
    held_by(next, &now);
    mutex_lock(&all.lock);
    for (int i = 0; i < was.count; i++) give(was.items[i]);
    for (int i = 0; i < now.count; i++) (void)take(now.items[i]);
    mutex_unlock(&all.lock);
    tell_addresses(&a, key, &was, &now);
}

bool service_alloc_load(struct err *e)
{
    struct cache_list l;
    const struct list_query q = {.res = &res_core_v1_services, .ns = STR_NULL, .start = STR_NULL};
    if (!cache_list(&q, &l, e)) return false;
    for (size_t i = 0; i < l.count; i++) change(l.items[i]->key, NULL, l.items[i]->blob);
    cache_list_release(&l);
    return true;
}

void service_alloc_on_commit(const struct store_event *events, int count)
{
    struct str prefix = str_of(res_core_v1_services.store_prefix);
    for (int i = 0; i < count; i++)
        if (str_starts(events[i].key, prefix)) change(events[i].key, events[i].prev, events[i].value);
}

uint32_t service_alloc_ips_taken(void) { return all.ips.taken; }
uint32_t service_alloc_ports_taken(void) { return all.ports.taken; }
