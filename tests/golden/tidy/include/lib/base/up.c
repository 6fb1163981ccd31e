/* up.c - a sample. */
#include "http/http.h"
#include "buf.h"
#include <stdio.h>
