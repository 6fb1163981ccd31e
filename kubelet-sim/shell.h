/* shell.h - a command line, or a script given to `sh -c`, worked out into the program (script.h) it amounts to.
 * What commands return is known beforehand, so conditions are decided here, loops that end are unrolled, and what is
 * left is a list of steps and at most one loop that is run for ever. Pure; all text is in the caller's arena.
 *
 * Understood: ; newline & && || | ! ( ) { }, if/elif/else, while, until, for, break, 'quotes' "quotes" \, $X ${X}
 * ${X:-Y} $(..) $((..)), redirections, and the commands of shell_cmd.c. Everything else makes the script "unknown". */
#ifndef KUBELET_SIM_SHELL_H
#define KUBELET_SIM_SHELL_H

#include "base/err.h"
#include "kubelet-sim/script.h"

struct env_var {
    struct str name, value;
};
struct env { /* at most ENV_MAX; in the arena */
    struct arena *a;
    struct env_var *items;
    int count, cap;
};
void env_set(struct env *e, struct str name, struct str value); /* replaces; the last one wins, as upstream */
struct str env_get(const struct env *e, struct str name);       /* STR_NULL: not set */
/* $(NAME) as in command and args of a container: unknown names stay, $$ is $. */
struct str env_expand(struct arena *a, const struct env *e, struct str text);

struct shell_context {
    const struct env *env;
    struct str hostname;
    struct str note_path; /* terminationMessagePath: what is written there becomes the termination message */
};
/* False: a command that we do not know, or syntax that we do not understand. */
bool shell_compile(struct arena *a, const struct shell_context *cx, const struct str *argv, int argc,
                   struct script *out) MUST_USE;

#endif
