/* fuzz_ip.c - any text as an address and a range; it and what follows a zero byte as the ranges of Services. Whatever
 * inet_pton reads is read alike. */
#include "apiserver/object/ip.h"
#include "apiserver/registry/service_alloc.h"
#include "base/kassert.h"

#include <arpa/inet.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_address(struct arena *a, struct str text)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    char again[INET6_ADDRSTRLEN];
    struct ip ip, back;
    uint8_t want[16] = {0};
    const char *c = str_cstr(a, text);
    bool v4 = inet_pton(AF_INET, c, want) == 1, v6 = !v4 && inet_pton(AF_INET6, c, want) == 1;
    if (v6 && memcmp(want, mapped, sizeof mapped) == 0) memmove(want, want + 12, 4), v4 = true, v6 = false;
    if (!ip_parse(text, &ip)) {
        KASSERT(!v4 && !v6);
        return;
    }
    if (v4 || v6) KASSERT(ip.v6 == v6 && memcmp(ip.bytes, want, v6 ? 16 : 4) == 0);
    KASSERT(inet_ntop(ip.v6 ? AF_INET6 : AF_INET, ip.bytes, again, sizeof again));
    KASSERT(ip_parse(str_of(again), &back) && back.v6 == ip.v6 && memcmp(ip.bytes, back.bytes, ip.v6 ? 16 : 4) == 0);
    KASSERT(ip_is_v6(text) == ip.v6);
    char canonical[IP_TEXT_MAX];
    KASSERT(ip_parse(str_of(ip_write(&ip, canonical)), &back) && back.v6 == ip.v6);
    KASSERT(memcmp(ip.bytes, back.bytes, ip.v6 ? 16 : 4) == 0 && strlen(canonical) <= strlen(again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct str ports, range = str_cut(str_n((const char *)data, size), '\0', &ports);
    struct ip net;
    int bits;
    check_address(&a, range);
    if (cidr_parse(range, &net, &bits)) {
        KASSERT(bits >= 0 && bits <= (net.v6 ? 128 : 32) && cidr_contains(&net, bits, &net));
        struct ip other = net;
        other.bytes[0] ^= 0x80;
        KASSERT(cidr_contains(&net, bits, &other) == !bits);
    }
    if (!str_is_null(ports) && !service_alloc_init(str_cstr(&a, range), str_cstr(&a, ports), &e)) KASSERT(e.text[0]);
    service_alloc_release();
    return 0;
}
