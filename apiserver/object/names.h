/* names.h - what Kubernetes allows as a name, a key or a value (apimachinery pkg/util/validation).
 * Each returns NULL when s is fine, else upstream's sentences of all that is wrong, with NAME_SEPARATOR between them;
 * the text lives until the thread's next call of any of them. */
#ifndef APISERVER_OBJECT_NAMES_H
#define APISERVER_OBJECT_NAMES_H

#include "base/str.h"

enum { NAME_SEPARATOR = '\x1e' };
typedef const char *name_rule(struct str);

const char *name_dns1123_label(struct str s);
const char *name_dns1123_subdomain(struct str s);
const char *name_dns1035_label(struct str s);
const char *name_label_value(struct str s);
const char *name_config_key(struct str s);
const char *name_env(struct str s);
const char *name_port(struct str s);
const char *name_http_header(struct str s);
const char *name_search_domain(struct str s); /* a subdomain that may have underscores */
const char *name_path_segment(struct str s);
const char *name_path_prefix(struct str s);        /* of a path segment: it may be "." */
const char *name_wildcard_subdomain(struct str s); /* "*.example.com" */
const char *name_qualified(struct str s);          /* a key with an optional DNS prefix */
/* What generateName gives is looked at with its trailing '-' masked. out has room for n + 1 bytes. */
struct str name_mask_prefix(struct str prefix, char *out);

#endif
