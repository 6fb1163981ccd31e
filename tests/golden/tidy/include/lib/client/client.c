/* client.c - a sample. */
#include "store/store.h"
# include "rest.h"
