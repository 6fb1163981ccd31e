/* test_any.c - a sample. */
#include "scheduler/cache.h"
#include "../support/check_main.h"
