/* store.c - a sample. */
#include "schema_ids.h"
#include "http/http.h"
