/* volume_source.h - rules of sources that pods and PersistentVolumes share, at the source's place. That what they need
 * is there at all is in the tables of check_volume.c and check_pv_source.c. */
#ifndef APISERVER_OBJECT_VOLUME_SOURCE_H
#define APISERVER_OBJECT_VOLUME_SOURCE_H

#include "apiserver/object/check.h"

void volume_partition(struct check *c, const struct json *source);
void volume_host_path(struct check *c, const struct json *source);
void volume_nfs(struct check *c, const struct json *source);
void volume_quobyte(struct check *c, const struct json *source);
void volume_flocker(struct check *c, const struct json *source);
void volume_fibre(struct check *c, const struct json *source);
void volume_azure_disk(struct check *c, const struct json *source);
void volume_flex(struct check *c, const struct json *source);

/* ---- Parts ---- */

/* source[member] is a byte; detail: what is said of any other number. */
void volume_byte(struct check *c, const struct json *source, const char *member, const char *detail);
bool volume_is_iscsi_name(struct str name);

#endif
