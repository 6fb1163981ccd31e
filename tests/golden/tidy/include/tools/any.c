/* any.c - a sample. */
#include "apiserver/rest/rest.h"
