/* ip.h - IP addresses and ranges as Kubernetes reads them: leading zeros in IPv4 are decimal ("sloppy"), an IPv4
 * address within IPv6 counts as IPv4 (k8s.io/utils/net). */
#ifndef APISERVER_OBJECT_IP_H
#define APISERVER_OBJECT_IP_H

#include "apiserver/object/check.h"

struct ip {
    bool v6;
    bool zeros, mapped; /* written with leading zeros; as IPv4 within IPv6 */
    uint8_t bytes[16];  /* the first 4 of an IPv4 address; network order */
};

enum { IP_TEXT_MAX = 48 };

bool ip_parse(struct str text, struct ip *out);
bool ip_is_v6(struct str text);                             /* parses, and as IPv6 */
char *ip_write(const struct ip *ip, char out[IP_TEXT_MAX]); /* in canonical form (RFC 5952) */
/* "10.96.0.0/16"; *bits: length of the prefix. The address is not masked. */
bool cidr_parse(struct str text, struct ip *out, int *bits);
bool cidr_contains(const struct ip *net, int bits, const struct ip *ip);
uint32_t ip_v4(const struct ip *ip); /* of an IPv4 address, in host order */

/* Report at the present place what is no address or range, or could be read in two ways: leading zeros, IPv4 within
 * IPv6, bits beyond the prefix. True: it is fine. Upstream: IsValidIPForLegacyField, IsValidCIDRForLegacyField. */
bool check_ip(struct check *c, const char *member, const struct json *value);
bool check_cidr(struct check *c, const char *member, struct str value);
/* The same, and nothing but the canonical form (IsValidIP). */
bool check_canonical_ip(struct check *c, const char *member, const struct json *value);
/* What is none where pods can be reached: loopback, link-local, unspecified (ValidateEndpointIP). */
bool check_endpoint_ip(struct check *c, const char *member, const struct json *value);

/* For new fields: no leading zeros, no IPv4 within IPv6, and written as Go would. The first is a rule of names.h; texts
 * live until the thread's next call. Upstream: IsValidIP, IsValidCIDR. */
const char *name_ip(struct str s);
const char *name_cidr(struct str s);
/* An address with the length of its network's prefix, as an interface has it (IsValidInterfaceAddress). */
const char *name_interface_address(struct str s);

#endif
