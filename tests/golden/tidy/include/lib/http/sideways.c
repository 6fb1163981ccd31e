/* sideways.c - a sample. */
#include "api/object.h"
#include "base/buf.h"
