/* shell.c - the grammar of the shell, worked out while it is read: see shell.h.
 * Reads: tokens.   Writes: the steps of a program. */
#include "kubelet-sim/shell_priv.h"

#include <stdio.h>

/* ---- Steps ---- */

void shell_add(struct shell *sh, enum script_what what, int64_t value, struct str text)
{
    if (sh->ended) return;
    if (sh->count == SCRIPT_OPS_MAX) {
        sh->failed = true;
        return;
    }
    if (sh->count == sh->cap) {
        struct script_op *more = ARENA_ARRAY(sh->a, struct script_op, sh->cap ? 2 * sh->cap : 8);
        if (sh->count) memcpy(more, sh->ops, sizeof *more * (size_t)sh->count);
        sh->cap = sh->cap ? 2 * sh->cap : 8;
        sh->ops = more;
    }
    sh->ops[sh->count++] = (struct script_op){what, value, text};
    sh->ended = what == DO_EXIT || what == DO_HOLD || what == DO_AGAIN;
    sh->held = what == DO_HOLD || what == DO_AGAIN;
}

static bool is_nowhere(struct str path) { return str_eqc(path, "/dev/null"); }

static bool is_log(struct str path)
{
    static const char *const logs[] = {"/dev/stdout", "/dev/stderr", "/proc/1/fd/1", "/proc/1/fd/2", "/dev/console"};
    for (size_t i = 0; i < ARRAY_LEN(logs); i++)
        if (str_eqc(path, logs[i])) return true;
    return false;
}

/* Only whole lines are printed. */
void shell_print(struct shell *sh, struct str text)
{
    if (!str_is_null(sh->output) && !is_log(sh->output)) {
        if (str_eq(sh->output, sh->cx->note_path) && text.n) {
            struct str note = text.p[text.n - 1] == '\n' ? str_n(text.p, text.n - 1) : text;
            shell_add(sh, DO_NOTE, 0, str_copy(sh->a, note));
        }
        return;
    }
    if (sh->capture) {
        buf_str(sh->capture, text);
        return;
    }
    buf_str(&sh->partial, text);
    for (size_t n; (n = str_chr(buf_view(&sh->partial), '\n')) != SIZE_MAX;) {
        shell_add(sh, DO_PRINT, 0, str_copy(sh->a, str_n(sh->partial.p, n)));
        buf_drop_front(&sh->partial, n + 1);
    }
}

/* ---- Reading tokens ---- */

const struct token *shell_now(const struct shell *sh) { return &sh->tokens->items[sh->at]; }
static bool at_end(const struct shell *sh) { return shell_now(sh)->what == T_END; }
bool shell_is(const struct shell *sh, const char *text) { return !at_end(sh) && str_eqc(shell_now(sh)->text, text); }

bool shell_take(struct shell *sh, const char *text)
{
    if (!shell_is(sh, text)) return false;
    sh->at++;
    return true;
}

void shell_expect(struct shell *sh, const char *text)
{
    if (!shell_take(sh, text)) sh->failed = true;
}

void shell_newlines(struct shell *sh)
{
    while (shell_take(sh, "\n") || shell_take(sh, ";")) {}
}

bool shell_live(const struct shell *sh, bool on) { return on && !sh->ended && !sh->breaking && !sh->failed; }

static int command(struct shell *sh, bool on);

int shell_asked(struct shell *sh, bool on)
{
    sh->conditions++;
    int status = shell_list(sh, on);
    sh->conditions--;
    return status;
}

/* ---- Simple commands ---- */

static void redirect(struct shell *sh, bool on)
{
    struct str how = shell_now(sh)->text;
    sh->at++;
    if (how.n > 1 && how.p[how.n - 2] == '&' && how.p[how.n - 1] != '>') return; /* 2>&1 and the like */
    if (shell_now(sh)->what != T_WORD) {
        sh->failed = true;
        return;
    }
    struct str path = on ? shell_word(sh, shell_now(sh)->text) : STR("");
    sh->at++;
    if (!on || how.p[0] == '<' || how.p[0] == '2') return;
    sh->output = path;
    if (!is_nowhere(path) && !is_log(path) && !str_eq(path, sh->cx->note_path)) shell_add(sh, DO_MAKE, 0, path);
}

/* NAME=value before the command, or alone. */
static bool assignment(struct shell *sh, struct str raw, bool on)
{
    size_t eq = str_chr(raw, '=');
    if (eq == SIZE_MAX || !shell_is_name(str_n(raw.p, eq))) return false;
    if (on) shell_set_var(sh, str_n(raw.p, eq), shell_word(sh, str_from(raw, eq + 1)));
    return true;
}

static int simple(struct shell *sh, bool on)
{
    struct str argv[SCRIPT_WORDS_MAX], file = sh->output;
    int argc = 0, status = 0;
    bool any = false;
    for (; shell_now(sh)->what == T_WORD || shell_now(sh)->what == T_REDIRECT; any = true) {
        struct str raw = shell_now(sh)->text;
        if (shell_now(sh)->what == T_REDIRECT) {
            redirect(sh, on);
        } else if (argc || !assignment(sh, raw, on)) {
            struct str word = on ? shell_word(sh, raw) : STR("x");
            if (argc == SCRIPT_WORDS_MAX) sh->failed = true;
            if (argc < SCRIPT_WORDS_MAX && (word.n || shell_is_quoted(raw))) argv[argc++] = word;
            sh->at++;
        } else {
            sh->at++;
        }
        if (sh->failed) return 1;
    }
    if (!any) sh->failed = true;
    if (shell_live(sh, on)) status = argc ? shell_command(sh, argv, argc) : 0;
    sh->output = file;
    if (status == UNKNOWN) sh->failed = true;
    return status;
}

/* ---- Lists ---- */

static int read_command(struct shell *sh, bool on)
{
    if (sh->failed || ++sh->work > SCRIPT_WORK_MAX) {
        sh->failed = true;
        return 1;
    }
    if (shell_take(sh, "!")) {
        bool odd = true;
        while (shell_take(sh, "!")) odd = !odd;
        int status = command(sh, on);
        return odd ? !status : status;
    }
    if (shell_take(sh, "while")) return shell_loop(sh, on, false);
    if (shell_take(sh, "until")) return shell_loop(sh, on, true);
    if (shell_take(sh, "for")) return shell_for(sh, on);
    if (shell_take(sh, "if")) return shell_if(sh, on);
    bool brace = shell_is(sh, "{");
    if (!brace && !shell_is(sh, "(")) return simple(sh, on);
    sh->at++;
    int status = shell_list(sh, on);
    shell_expect(sh, brace ? "}" : ")");
    return status;
}

static bool is_compound(const struct shell *sh)
{
    static const char *const openers[] = {"while", "until", "for", "if", "{", "("};
    for (size_t i = 0; i < ARRAY_LEN(openers); i++)
        if (shell_is(sh, openers[i])) return true;
    return false;
}

/* `while ..; done > FILE`: the redirection stands behind what it is for. */
static int compound(struct shell *sh, bool on)
{
    struct str file = sh->output;
    int from = sh->at, status = 0;
    if (++sh->nesting > SCRIPT_NESTING_MAX) sh->failed = true;
    read_command(sh, false);
    while (shell_now(sh)->what == T_REDIRECT && !sh->failed) redirect(sh, shell_live(sh, on));
    int end = sh->at;
    sh->at = from;
    if (on && !sh->failed) status = read_command(sh, true);
    sh->at = end;
    sh->output = file;
    sh->nesting--;
    return status;
}

static int command(struct shell *sh, bool on)
{
    int *end = &sh->tokens->command_end[sh->at];
    if (!on && *end) {
        sh->at = *end;
        return 0;
    }
    int status = is_compound(sh) ? compound(sh, on) : read_command(sh, on);
    *end = sh->at;
    return status;
}

static int pipeline(struct shell *sh, bool on)
{
    struct buf out AUTO_BUF = {0}, *outer = sh->capture;
    struct str piped = sh->piped;
    int status = 0;
    buf_init(&out, LOG_LINE_MAX);
    for (bool more = true; more && !sh->failed;) {
        int from = sh->at;
        command(sh, false); /* is there a | behind it? */
        more = shell_is(sh, "|");
        sh->at = from;
        buf_clear(&out);
        sh->capture = more ? &out : outer;
        status = command(sh, on);
        sh->piped = str_copy(sh->a, buf_view(&out));
        if (more) shell_expect(sh, "|");
        if (more) shell_newlines(sh);
    }
    sh->capture = outer;
    sh->piped = piped;
    return status;
}

static int read_and_or(struct shell *sh, bool on)
{
    int from = sh->at, status;
    sh->conditions++; /* all but the last may fail under set -e */
    status = pipeline(sh, on);
    bool alone = !shell_is(sh, "&&") && !shell_is(sh, "||");
    for (bool both; (both = shell_is(sh, "&&")) || shell_is(sh, "||");) {
        sh->at++;
        shell_newlines(sh);
        bool runs = (status == 0) == both;
        int s = pipeline(sh, on && runs);
        if (runs) status = s;
    }
    sh->conditions--;
    if (shell_live(sh, on)) sh->status = status;
    if (alone && from != sh->at && status && sh->errexit && !sh->conditions && shell_live(sh, on))
        shell_add(sh, DO_EXIT, status, STR_NULL);
    return status;
}

static int and_or(struct shell *sh, bool on)
{
    int *end = &sh->tokens->list_end[sh->at];
    if (!on && *end) {
        sh->at = *end;
        return 0;
    }
    int status = read_and_or(sh, on);
    *end = sh->at;
    return status;
}

/* `X &`: what it prints and does besides is not followed. */
static void in_background(struct shell *sh, int from, bool on)
{
    struct shell copy = *sh;
    if (!shell_live(sh, on)) return;
    copy.at = from;
    buf_init(&copy.partial, LOG_LINE_MAX);
    and_or(&copy, true);
    buf_release(&copy.partial);
    sh->background = sh->background || copy.held;
    sh->failed = copy.failed;
    sh->work = copy.work;
    sh->text_bytes = copy.text_bytes;
}

int shell_list(struct shell *sh, bool on)
{
    static const char *const closers[] = {"do", "done", "then", "elif", "else", "fi", "}", ")"};
    int status = 0;
    for (shell_newlines(sh); !at_end(sh) && !sh->failed; shell_newlines(sh)) {
        for (size_t i = 0; i < ARRAY_LEN(closers); i++)
            if (shell_is(sh, closers[i])) return status;
        int from = sh->at;
        and_or(sh, false);
        bool background = shell_is(sh, "&");
        sh->at = from;
        int s = and_or(sh, on && !background);
        if (background) {
            in_background(sh, from, on);
            s = 0;
            sh->at++;
        }
        if (on) status = s;
        if (!background && !shell_is(sh, ";") && !shell_is(sh, "\n")) break;
    }
    return status;
}

int shell_script(struct shell *sh, struct str text)
{
    struct tokens tokens;
    const struct tokens *outer = sh->tokens;
    int at = sh->at, status = 1;
    if (++sh->depth > SCRIPT_DEPTH_MAX || !shell_lex(sh->a, text, &tokens)) sh->failed = true;
    if (!sh->failed) {
        sh->tokens = &tokens;
        sh->at = 0;
        status = shell_list(sh, true);
        if (!at_end(sh)) sh->failed = true;
        sh->tokens = outer;
        sh->at = at;
    }
    sh->depth--;
    return status;
}

bool shell_compile(struct arena *a, const struct shell_context *cx, const struct str *argv, int argc,
                   struct script *out)
{
    struct shell *sh = ARENA_NEW(a, struct shell);
    sh->a = a;
    sh->cx = cx;
    buf_init(&sh->partial, LOG_LINE_MAX);
    int status = shell_command(sh, argv, argc);
    if (sh->partial.n) shell_print(sh, STR("\n"));
    if (status != UNKNOWN && !sh->ended) shell_add(sh, DO_EXIT, status, STR_NULL);
    buf_release(&sh->partial);
    *out = (struct script){sh->ops, sh->count};
    return status != UNKNOWN && !sh->failed;
}
