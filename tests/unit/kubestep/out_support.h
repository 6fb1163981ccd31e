/* out_support.h - what a function prints, as text. */
#ifndef UNIT_KUBESTEP_OUT_SUPPORT_H
#define UNIT_KUBESTEP_OUT_SUPPORT_H

#include "api/object.h"
#include "check_main.h"

#include <stdio.h>
#include <unistd.h>

static inline int out_begin(FILE *into)
{
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    ck_assert(saved >= 0 && dup2(fileno(into), STDOUT_FILENO) >= 0);
    return saved;
}

/* stdout goes back to where it was; the text, the caller's to free. */
static inline char *out_end(FILE *into, int saved)
{
    static char text[64 * 1024];
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    rewind(into);
    size_t n = fread(text, 1, sizeof text - 1, into);
    fclose(into);
    return xstrndup(text, n);
}

/* statement's output into `char *var`, freed at the end of the scope. */
#define CAPTURE(var, statement)                                                                                        \
    FILE *var##_file = tmpfile();                                                                                      \
    int var##_saved = out_begin(var##_file);                                                                           \
    statement;                                                                                                         \
    AUTO_FREE char *var = out_end(var##_file, var##_saved)

static inline const struct json *tree(struct arena *a, const char *text)
{
    struct err e = ERR_INIT;
    const struct json *j = json_parse(a, str_of(text), &e);
    ck_assert_msg(j != NULL, "%s: %s", e.text, text);
    return j;
}

#endif
