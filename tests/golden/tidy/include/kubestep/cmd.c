/* cmd.c - a sample. */
#include "client/rest.h"
#include "apiserver/rest/rest.h"
#include "tests/support/fake_rest.h"
