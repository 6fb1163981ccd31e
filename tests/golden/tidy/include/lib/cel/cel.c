/* cel.c - a sample. */
#include "api/object.h"
#include "client/rest.h"
