/* args.h - what is wrong with a plugin's arguments, in upstream's words; paths begin below the arguments
 * ("scoringStrategy.type"). On the stack of a configure function.
 * Upstream: apis/config/validation/validation_pluginargs.go, apimachinery/pkg/util/validation/field/errors.go. */
#ifndef SCHEDULER_ARGS_H
#define SCHEDULER_ARGS_H

#include "api/object.h"
#include "base/buf.h"
#include "base/err.h"

struct args_check {
    struct buf text;
    int n;
};

void args_begin(struct args_check *c);
/* One finding, whole: "PATH: Invalid value: 0: not in valid range (0, inf)". */
__attribute__((format(printf, 2, 3))) void args_say(struct args_check *c, const char *fmt, ...);
/* "PATH: Invalid value: "NAME": ..." for each rule of qualified names that a name breaks. */
void args_qualified(struct args_check *c, const char *list, int at, struct str name);
/* True: nothing was found. Otherwise ERR_INVALID, several as "[one, other]". */
bool args_end(struct args_check *c, struct err *e);

#endif
