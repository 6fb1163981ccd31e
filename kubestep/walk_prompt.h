/* walk_prompt.h - the stops of a stepped walk: what is about to happen, and the keys. */
#ifndef KUBESTEP_WALK_PROMPT_H
#define KUBESTEP_WALK_PROMPT_H

#include "kubestep/walk_session.h"

struct walk_prompt {
    int64_t pace_ms; /* 0: ask; else go on after so long */
    int64_t last_id; /* the park that was let go last */
    char *before;    /* the object as it was shown last; owned */
    bool running;    /* q was pressed */
};

void walk_prompt_init(struct walk_prompt *p, int64_t pace_ms);
void walk_prompt_release(struct walk_prompt *p);
/* Shows the park and lets it go when the user says so. True: it was a new one (and it went). */
bool walk_prompt_ask(struct walk_prompt *p, struct walk_session *s, const struct json *park);

#endif
