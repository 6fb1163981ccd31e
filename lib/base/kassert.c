/* kassert.c - prints the broken belief and aborts. Reads and writes nothing else. */
#include "kassert.h"

#include <stdio.h>
#include <stdlib.h>

void kassert_fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
    abort();
}
