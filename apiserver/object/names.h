/* names.h - what Kubernetes allows as a name, a key or a value (apimachinery pkg/util/validation).
 * Each returns NULL when s is fine, else upstream's sentence (static text). */
#ifndef APISERVER_OBJECT_NAMES_H
#define APISERVER_OBJECT_NAMES_H

#include "base/str.h"

const char *name_dns1123_label(struct str s);
const char *name_dns1123_subdomain(struct str s);
const char *name_dns1035_label(struct str s);
const char *name_label_value(struct str s);
const char *name_config_key(struct str s);
const char *name_env(struct str s);
const char *name_port(struct str s);
const char *name_path_segment(struct str s);
/* A key with an optional DNS prefix. May return a text that lives until the thread's next call. */
const char *name_qualified(struct str s);
const char *name_qualified_text(void); /* what it says of a name with other characters */
const char *name_c_identifier(struct str s);
const char *name_condition_reason(struct str s);
/* A name that generateName gives: a trailing '-' is fine. */
const char *name_generate_prefix(const char *(*rule)(struct str), struct str prefix);

#endif
