/* generated.c - a sample. */
#include "schema_ids.h"
