/* check_volume.h - the sources of volumes that have many rules; each at the source's place. Members that must not be
 * empty are rows of the table in check_volume.c. */
#ifndef APISERVER_OBJECT_CHECK_VOLUME_H
#define APISERVER_OBJECT_CHECK_VOLUME_H

#include "api/quote.h"
#include "apiserver/object/check_pod.h"
#include "apiserver/object/volume_source.h"

/* check_volume_files.c */
void volume_secret(struct check *c, const struct json *source); /* and configMap */
void volume_downward_api(struct check *c, const struct json *source);
void volume_projected(struct pod_rules *r, const struct json *source);

/* check_volume_disks.c */
void volume_iscsi(struct check *c, const struct json *source);
void volume_ephemeral(struct check *c, const struct json *source);

#endif
