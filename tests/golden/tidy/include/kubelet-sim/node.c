/* node.c - a sample. */
#include "scheduler/cache.h"
