/* step_prompt.h - one stop of a stepped cycle: shown, and what is to be done asked for: by keys on a terminal, by lines
 * from anything else. */
#ifndef KUBESTEP_STEP_PROMPT_H
#define KUBESTEP_STEP_PROMPT_H

#include "kubestep/step_session.h"

struct step_prompt {
    struct step_session *session;
    struct arena *arena; /* of the spec */
    struct json *spec;   /* of the stepper: its breakpoints */
    bool keys;           /* stdin is a terminal */
    bool quit;           /* the pods go on by themselves from now on */
};

void step_prompt_show(const struct json *park);
/* Asks until the pod goes on; it has gone on afterwards. */
void step_prompt_ask(struct step_prompt *p, const struct json *park);

#endif
