/* shell_priv.h - the parts of the shell: tokens (shell_lex.c), words (shell_word.c), commands (shell_cmd.c) and grammar
 * (shell.c). One struct shell per compilation; no locks. */
#ifndef KUBELET_SIM_SHELL_PRIV_H
#define KUBELET_SIM_SHELL_PRIV_H

#include "kubelet-sim/shell.h"

enum { UNKNOWN = -1 }; /* in place of a status: nobody knows what this command does */

struct token {
    enum { T_WORD, T_OP, T_REDIRECT, T_END } what;
    struct str text; /* raw, with its quotes */
};
struct tokens { /* in the arena */
    struct token *items;
    int count; /* the last one is T_END */
    /* Where the command and the and-or list that begin here end, once they have been read over; 0: not yet. Without
     * this, looking ahead would double the work at every level. */
    int *command_end, *list_end;
};
bool shell_lex(struct arena *a, struct str text, struct tokens *out);

struct shell {
    struct arena *a;
    const struct shell_context *cx;
    struct script_op *ops;
    int count, cap;
    struct env_var vars[SCRIPT_VARS_MAX]; /* beside those of cx->env */
    int nvars;
    const struct tokens *tokens; /* of the script that is read */
    int at;
    int status;          /* $? */
    int work;            /* commands read so far */
    size_t text_bytes;   /* of their words: they stay in the arena */
    int depth;           /* scripts and loops around */
    int nesting;         /* blocks around, read or run */
    int conditions;      /* lists around whose status is only asked */
    bool errexit;        /* set -e */
    bool ended;          /* exit, or a loop for ever: nothing that follows is reached */
    bool held;           /* it was a loop for ever */
    bool breaking;       /* break or continue, up to the end of the loop's body */
    bool leaving;        /* it was break */
    bool failed;         /* not understood */
    bool background;     /* something that is started with & goes on for ever: `wait` does too */
    struct buf *capture; /* output goes here: $(..) and all but the last part of a pipe; NULL: it is printed */
    struct str piped;    /* what the command before | printed */
    struct buf partial;  /* printed without a newline yet */
    struct str output;   /* file that > names, or STR_NULL */
};

void shell_add(struct shell *sh, enum script_what what, int64_t value, struct str text);
void shell_print(struct shell *sh, struct str text); /* where the output goes at present */
/* One command, its words expanded: its status, or UNKNOWN. */
int shell_command(struct shell *sh, const struct str *argv, int argc);
/* sh -c */
int shell_script(struct shell *sh, struct str text);

/* ---- Commands that print (shell_print.c) ---- */
typedef int command_fn(struct shell *sh, const struct str *argv, int argc);
command_fn shell_echo, shell_printf, shell_date, shell_hostname, shell_env, shell_seq, shell_cat, shell_tee, shell_perl;

/* ---- Grammar ---- on: what is read is also done. All give the status of what was done. */
const struct token *shell_now(const struct shell *sh);
bool shell_is(const struct shell *sh, const char *text);
bool shell_take(struct shell *sh, const char *text);   /* reads on if that is next */
void shell_expect(struct shell *sh, const char *text); /* or the script is not understood */
void shell_newlines(struct shell *sh);
bool shell_live(const struct shell *sh, bool on); /* and nothing before has ended it */
int shell_list(struct shell *sh, bool on);        /* up to a word that closes */
int shell_asked(struct shell *sh, bool on);       /* the same, for its status */
/* Behind `while` or `until`, `for`, `if`: */
int shell_loop(struct shell *sh, bool on, bool until);
int shell_for(struct shell *sh, bool on);
int shell_if(struct shell *sh, bool on);

/* The value of a word: quotes and $ resolved. */
struct str shell_word(struct shell *sh, struct str raw);
bool shell_is_quoted(struct str raw);
struct str shell_var(const struct shell *sh, struct str name);
void shell_set_var(struct shell *sh, struct str name, struct str value);
bool shell_is_name(struct str s);

#endif
