/* image.h - references of images: [DOMAIN/]PATH[:TAG][@DIGEST] (github.com/distribution/reference). */
#ifndef APISERVER_OBJECT_IMAGE_H
#define APISERVER_OBJECT_IMAGE_H

#include "base/str.h"

/* Does the reference mean the tag "latest", said or not? What is no reference means nothing. */
bool image_is_latest(struct str image);

#endif
