#include <stdio.h>
/* Late. */
