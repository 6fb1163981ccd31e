/* rest.c - a sample. */
#include "apiserver/http/server.h"
#include "store/store.h"
#include "client/rest.h"
#include "../watch/watch.h"
