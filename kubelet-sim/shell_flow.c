/* shell_flow.c - loops and conditions of the shell: those that end are unrolled, one that does not ends the program.
 * Reads: tokens.   Writes: the steps of a program. */
#include "kubelet-sim/shell_priv.h"

struct mark { /* where the program stood */
    int count, nvars;
    struct env_var vars[SCRIPT_VARS_MAX];
};

static void remember(const struct shell *sh, struct mark *m)
{
    m->count = sh->count;
    m->nvars = sh->nvars;
    memcpy(m->vars, sh->vars, sizeof m->vars);
}

static void go_back(struct shell *sh, const struct mark *m)
{
    sh->count = m->count;
    sh->nvars = m->nvars;
    memcpy(sh->vars, m->vars, sizeof m->vars);
    buf_clear(&sh->partial);
}

/* Variables that grew by the same amount in a round are numbers that depend on the round. */
static void mark_counters(struct shell *sh, const struct mark *before, const struct mark *after)
{
    for (int i = 0; i < before->nvars; i++) {
        int64_t a, b;
        if (!str_to_i64(before->vars[i].value, &a) || !str_to_i64(after->vars[i].value, &b) || a == b) continue;
        int64_t step = (int64_t)((uint64_t)b - (uint64_t)a);
        sh->vars[i].value =
            str_printf(sh->a, "%c%lld;%lld%c", SCRIPT_COUNT, (long long)a, (long long)step, SCRIPT_COUNT_END);
    }
}

static void one_round(struct shell *sh, int from)
{
    sh->at = from;
    shell_asked(sh, true);
    shell_expect(sh, "do");
    shell_list(sh, true);
    shell_expect(sh, "done");
}

/* A loop whose condition holds for ever: one round, again and again. */
static int endless(struct shell *sh, int from)
{
    struct mark *before = ARENA_NEW(sh->a, struct mark), *after = ARENA_NEW(sh->a, struct mark);
    remember(sh, before);
    one_round(sh, from);
    bool left = sh->leaving;
    sh->breaking = sh->leaving = false;
    if (left || sh->ended || sh->failed) return 0;
    remember(sh, after);
    go_back(sh, before);
    mark_counters(sh, before, after);
    one_round(sh, from);
    sh->breaking = sh->leaving = false;
    bool prints = false, sleeps = false;
    for (int i = before->count; i < sh->count; i++) {
        prints = prints || sh->ops[i].what == DO_PRINT;
        sleeps = sleeps || sh->ops[i].what == DO_SLEEP;
    }
    bool again = prints && sleeps; /* a loop that never waits prints once: enough for whoever looks */
    shell_add(sh, again ? DO_AGAIN : DO_HOLD, again ? before->count : 0, STR_NULL);
    return 0;
}

/* Does the condition depend on anything that may change? */
static bool is_fixed(const struct shell *sh, int from, int to)
{
    for (int i = from; i < to; i++) {
        struct str t = sh->tokens->items[i].text;
        if (str_chr(t, '$') != SIZE_MAX || str_chr(t, '`') != SIZE_MAX) return false;
    }
    return true;
}

static int skip_loop(struct shell *sh)
{
    shell_list(sh, false);
    shell_expect(sh, "do");
    shell_list(sh, false);
    shell_expect(sh, "done");
    return 0;
}

int shell_loop(struct shell *sh, bool on, bool until)
{
    int from = sh->at, status = 0, idle = 0; /* rounds that added no step */
    if (!shell_live(sh, on)) return skip_loop(sh);
    if (++sh->depth > SCRIPT_DEPTH_MAX) sh->failed = true;
    while (!sh->failed) {
        int before = sh->count;
        sh->at = from;
        bool enter = (shell_asked(sh, true) == 0) != until;
        bool fixed = is_fixed(sh, from, sh->at);
        shell_expect(sh, "do");
        if (!enter || sh->ended) {
            shell_list(sh, false);
            shell_expect(sh, "done");
            break;
        }
        if (fixed) {
            sh->count = before;
            status = endless(sh, from);
            break;
        }
        status = shell_list(sh, true);
        shell_expect(sh, "done");
        bool left = sh->leaving;
        sh->breaking = sh->leaving = false;
        if (left || sh->ended) break;
        if (sh->count == before && ++idle > SCRIPT_OPS_MAX) sh->failed = true; /* nothing changes, ever */
    }
    sh->depth--;
    return status;
}

/* The words after `in`, split at blanks where they come from $. */
static int for_words(struct shell *sh, struct str *out, bool on)
{
    int n = 0;
    for (; shell_now(sh)->what == T_WORD; sh->at++) {
        struct str raw = shell_now(sh)->text, rest = on ? shell_word(sh, raw) : STR("");
        bool splits = str_chr(raw, '$') != SIZE_MAX || str_chr(raw, '`') != SIZE_MAX;
        while (rest.n && n < SCRIPT_WORDS_MAX) {
            size_t end = 0;
            while (end < rest.n && !(splits && !shell_is_quoted(raw) && memchr(" \n\t", rest.p[end], 3))) end++;
            if (end) out[n++] = str_n(rest.p, end);
            rest = str_from(rest, end + 1);
        }
        if (rest.n) sh->failed = true;
    }
    return n;
}

int shell_for(struct shell *sh, bool on)
{
    struct str words[SCRIPT_WORDS_MAX], name = shell_now(sh)->text;
    int status = 0;
    sh->at++;
    if (!shell_is_name(name)) sh->failed = true;
    shell_expect(sh, "in");
    int n = for_words(sh, words, shell_live(sh, on));
    shell_newlines(sh);
    shell_expect(sh, "do");
    int body = sh->at;
    if (++sh->depth > SCRIPT_DEPTH_MAX) sh->failed = true;
    for (int i = 0; i < n && shell_live(sh, on); i++) {
        sh->at = body;
        shell_set_var(sh, name, words[i]);
        status = shell_list(sh, true);
        bool left = sh->leaving;
        sh->breaking = sh->leaving = false;
        if (left) break;
    }
    sh->depth--;
    sh->at = body;
    shell_list(sh, false);
    shell_expect(sh, "done");
    return status;
}

int shell_if(struct shell *sh, bool on)
{
    int status = 0;
    bool done = false;
    for (bool more = true; more && !sh->failed;) {
        bool holds = shell_asked(sh, on && !done) == 0;
        shell_expect(sh, "then");
        int s = shell_list(sh, on && !done && holds);
        if (holds && !done) status = s;
        done = done || holds;
        more = shell_take(sh, "elif");
    }
    if (shell_take(sh, "else")) {
        int s = shell_list(sh, on && !done);
        if (!done) status = s;
    }
    shell_expect(sh, "fi");
    return status;
}
