/* warnings.h - what one answer says in Warning headers: each text once, and not more than a client can want to read
 * (apiserver pkg/endpoints/filters/warning.go). Memory is the arena's; one owner, as the request has. */
#ifndef APISERVER_OBJECT_WARNINGS_H
#define APISERVER_OBJECT_WARNINGS_H

#include "base/mem.h"
#include "base/str.h"

enum {
    WARNINGS_RUNES_MAX = 4096, /* upstream's: of all texts together; more, and each is cut: */
    WARNING_RUNES_MAX = 256,   /* to so much */
};

struct warnings {
    struct arena *arena;
    struct str *texts; /* as they were told, in their order */
    size_t count, cap;
    size_t runes; /* of what is sent */
    bool cutting; /* they were too much: those sent are cut */
};

void warnings_init(struct warnings *ws, struct arena *a);
/* What to do about the headers when a text was added. */
enum warnings_next {
    WARNINGS_SAME,  /* nothing: it was told before, there is no room, or no header can say it (empty, no UTF-8, control
                       characters) */
    WARNINGS_ADDED, /* one more, the last text */
    WARNINGS_CUT,   /* all anew: from now on they are cut */
};
enum warnings_next warnings_add(struct warnings *ws, struct str text);
/* Nothing that is added now will be sent. */
bool warnings_full(const struct warnings *ws);
/* `299 - "text"`, in the arena. */
const char *warnings_header(const struct warnings *ws, size_t i);

#endif
