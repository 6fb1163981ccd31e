/* term.h - the terminal: colour when it is one, single keys, its width. */
#ifndef KUBESTEP_TERM_H
#define KUBESTEP_TERM_H

#include "base/buf.h"

#include <stdbool.h>

enum colour { PLAIN, BOLD, DIM, GREEN, YELLOW, RED, CYAN };

bool term_is_tty(void);          /* stdout; NO_COLOR and TERM=dumb turn colour off */
const char *term(enum colour c); /* the escape, or "" */
int term_width(void);            /* columns; 80 when unknown */
/* One key from the terminal without waiting for Enter ('\n' for Enter); EOF when there is no input left. */
int term_key(void);
/* A line of stdin, without its end; what does not fit is dropped. False: there is no input left. */
bool term_line(struct buf *line);
/* From now on SIGINT and SIGTERM end the process with 128 + the signal, after fn(arg), on a thread of its own. Called
 * once, before other threads are started. */
void term_on_signal(void (*fn)(void *arg), void *arg);
void term_restore(void); /* the settings that an interrupted term_key left; any thread */

#endif
