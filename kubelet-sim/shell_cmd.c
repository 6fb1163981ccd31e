/* shell_cmd.c - the commands whose doings are known: what they print, how long they take, what they return.
 * Reads: their words.   Writes: steps of the program. */
#include "kubelet-sim/shell_priv.h"

#include <stdio.h>

/* ---- Numbers ---- */

/* "5", "0.5", "2m", "1h", "1d"; "infinity": INT64_MAX. -1: none of them. */
static int64_t sleep_ns(struct str text)
{
    static const struct {
        char unit;
        int64_t ns;
    } units[] = {{'s', S}, {'m', 60 * S}, {'h', 3600 * S}, {'d', 86400 * S}};
    int64_t unit = S, whole = 0, part = 0;
    if (str_eqc(text, "infinity") || str_eqc(text, "inf")) return INT64_MAX;
    for (size_t i = 0; text.n && i < ARRAY_LEN(units); i++)
        if (text.p[text.n - 1] == units[i].unit) {
            unit = units[i].ns;
            text.n--;
            break;
        }
    struct str fraction, integer = str_cut(text, '.', &fraction);
    if ((integer.n && !str_to_i64(integer, &whole)) || (!integer.n && !fraction.n) || whole < 0) return -1;
    if (fraction.n > 9 || (fraction.n && !str_to_i64(fraction, &part)) || part < 0) return -1;
    if (whole > INT64_MAX / 2 / unit) return INT64_MAX;
    int64_t scale = 1;
    for (size_t i = 0; i < fraction.n; i++) scale *= 10;
    return whole * unit + part * (unit / 1000) / scale * 1000;
}

/* ---- Time and control ---- */

static int do_sleep(struct shell *sh, const struct str *argv, int argc)
{
    int64_t sum = 0;
    for (int i = 1; i < argc; i++) {
        int64_t ns = sleep_ns(argv[i]);
        if (ns < 0) return 1;
        sum = ns > INT64_MAX / 4 - sum ? INT64_MAX : sum + ns;
        if (sum == INT64_MAX) break;
    }
    if (sum == INT64_MAX)
        shell_add(sh, DO_HOLD, 0, STR_NULL);
    else if (sum)
        shell_add(sh, DO_SLEEP, sum, STR_NULL);
    return argc > 1 ? 0 : 1;
}

static int do_exit(struct shell *sh, const struct str *argv, int argc)
{
    int64_t code = sh->status;
    if (argc > 1 && !str_to_i64(argv[1], &code)) code = 2;
    if (sh->partial.n && !sh->capture) shell_print(sh, STR("\n"));
    shell_add(sh, DO_EXIT, code & 255, STR_NULL);
    return (int)(code & 255);
}

static int do_break(struct shell *sh, const struct str *argv, int argc)
{
    (void)argc;
    sh->breaking = true;
    sh->leaving = str_eqc(argv[0], "break");
    return 0;
}

static int do_true(struct shell *sh, const struct str *argv, int argc)
{
    (void)sh, (void)argv, (void)argc;
    return 0;
}

static int do_false(struct shell *sh, const struct str *argv, int argc)
{
    (void)sh, (void)argv, (void)argc;
    return 1;
}

static int do_hold(struct shell *sh, const struct str *argv, int argc)
{
    (void)argv, (void)argc;
    shell_add(sh, DO_HOLD, 0, STR_NULL);
    return 0;
}

static int do_tail(struct shell *sh, const struct str *argv, int argc)
{
    for (int i = 1; i < argc; i++)
        if (str_eqc(argv[i], "-f") || str_eqc(argv[i], "-F")) return do_hold(sh, argv, argc);
    return 0;
}

static int do_wait(struct shell *sh, const struct str *argv, int argc)
{
    return sh->background ? do_hold(sh, argv, argc) : 0;
}

static int do_exec(struct shell *sh, const struct str *argv, int argc)
{
    if (argc == 1) return 0;
    int status = shell_command(sh, argv + 1, argc - 1);
    if (status != UNKNOWN) shell_add(sh, DO_EXIT, status, STR_NULL);
    return status;
}

static int do_set(struct shell *sh, const struct str *argv, int argc)
{
    for (int i = 1; i < argc; i++)
        if (argv[i].n > 1 && str_chr(argv[i], 'e') != SIZE_MAX && !str_eqc(argv[i], "pipefail"))
            sh->errexit = argv[i].p[0] == '-';
    return 0;
}

static int do_export(struct shell *sh, const struct str *argv, int argc)
{
    for (int i = 1; i < argc; i++) {
        struct str value, name = str_cut(argv[i], '=', &value);
        if (!str_is_null(value) && shell_is_name(name)) shell_set_var(sh, name, value);
    }
    return 0;
}

/* ---- Files and tests ---- */

static int do_files(struct shell *sh, const struct str *argv, int argc)
{
    enum script_what what = str_eqc(argv[0], "rm") || str_eqc(argv[0], "rmdir") ? DO_REMOVE : DO_MAKE;
    for (int i = 1; i < argc; i++)
        if (argv[i].n && argv[i].p[0] != '-') shell_add(sh, what, 0, argv[i]);
    return 0;
}

static int compare(struct str a, struct str op, struct str b)
{
    static const char *const ops[] = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"};
    int64_t x = 0, y = 0;
    if (str_eqc(op, "=") || str_eqc(op, "==")) return !str_eq(a, b);
    if (str_eqc(op, "!=")) return str_eq(a, b);
    if (!str_to_i64(a, &x) || !str_to_i64(b, &y)) return UNKNOWN;
    const bool holds[] = {x == y, x != y, x<y, x <= y, x> y, x >= y};
    for (size_t i = 0; i < ARRAY_LEN(ops); i++)
        if (str_eqc(op, ops[i])) return !holds[i];
    return UNKNOWN;
}

/* Files that are asked for are there: what a pod waits for has been made by somebody. */
static int do_test(struct shell *sh, const struct str *argv, int argc)
{
    int from = 1, to = argc - (str_eqc(argv[0], "[") || str_eqc(argv[0], "[["));
    bool negated = from < to && str_eqc(argv[from], "!");
    from += negated;
    int status = UNKNOWN;
    (void)sh;
    if (to - from == 0) status = 1;
    if (to - from == 1) status = argv[from].n == 0;
    if (to - from == 2 && str_eqc(argv[from], "-z")) status = argv[from + 1].n != 0;
    if (to - from == 2 && str_eqc(argv[from], "-n")) status = argv[from + 1].n == 0;
    if (to - from == 2 && argv[from].n == 2 && memchr("defrswxL", argv[from].p[1], 8)) status = 0;
    if (to - from == 3) status = compare(argv[from], argv[from + 1], argv[from + 2]);
    return status == UNKNOWN || !negated ? status : !status;
}

/* ---- Shells ---- */

static int do_shell(struct shell *sh, const struct str *argv, int argc)
{
    for (int i = 1; i < argc; i++) {
        struct str flags = argv[i];
        if (!flags.n || (flags.p[0] != '-' && flags.p[0] != '+')) return UNKNOWN; /* a script file */
        bool letters = flags.n > 1 && flags.p[1] != '-', script = letters && str_chr(flags, 'c') != SIZE_MAX;
        if (flags.p[0] == '-' && letters && str_chr(flags, 'e') != SIZE_MAX) sh->errexit = true;
        if (str_eqc(flags, "-o")) i++;
        if (!script) continue;
        if (i + 1 == argc) return 2;
        int status = shell_script(sh, argv[i + 1]);
        return sh->failed ? UNKNOWN : status;
    }
    return 0; /* interactive, and nobody types */
}

static int do_inner(struct shell *sh, const struct str *argv, int argc) /* nice, nohup, time, env X=Y CMD */
{
    int i = 1;
    while (i < argc && (str_starts(argv[i], STR("-")) || str_chr(argv[i], '=') != SIZE_MAX)) i++;
    return i < argc ? shell_command(sh, argv + i, argc - i) : str_eqc(argv[0], "env") ? shell_env(sh, argv, 1) : 0;
}

static const struct {
    const char *name;
    command_fn *fn;
} commands[] = {
    {"echo", shell_echo},
    {"printf", shell_printf},
    {"date", shell_date},
    {"hostname", shell_hostname},
    {"env", do_inner},
    {"printenv", shell_env},
    {"seq", shell_seq},
    {"cat", shell_cat},
    {"tee", shell_tee},
    {"perl", shell_perl},
    {"sleep", do_sleep},
    {"exit", do_exit},
    {"break", do_break},
    {"continue", do_break},
    {"true", do_true},
    {":", do_true},
    {"false", do_false},
    {"tail", do_tail},
    {"wait", do_wait},
    {"exec", do_exec},
    {"set", do_set},
    {"export", do_export},
    {"local", do_export},
    {"touch", do_files},
    {"mkdir", do_files},
    {"rm", do_files},
    {"rmdir", do_files},
    {"test", do_test},
    {"[", do_test},
    {"[[", do_test},
    {"sh", do_shell},
    {"bash", do_shell},
    {"ash", do_shell},
    {"dash", do_shell},
    {"nohup", do_inner},
    {"nice", do_inner},
    {"time", do_inner},
    {"top", do_hold},
    {"watch", do_hold},
    {"pause", do_hold},
    {"nginx", do_hold},
    {"httpd", do_hold},
    {"apache2", do_hold},
    {"httpd-foreground", do_hold},
    {"redis-server", do_hold},
    {"postgres", do_hold},
    {"mysqld", do_hold},
    {"mongod", do_hold},
};

/* They do their work at once and say nothing. */
static const char *const quick[] = {
    "apk",   "apt",      "apt-get", "awk",     "basename", "cd",         "chgrp", "chmod",  "chown",  "cp",
    "curl",  "cut",      "dig",     "dirname", "dnf",      "expr",       "find",  "git",    "grep",   "gzip",
    "head",  "id",       "ip",      "jq",      "kill",     "kubectl",    "ln",    "ls",     "mount",  "mv",
    "nc",    "nslookup", "openssl", "ping",    "pip",      "pg_isready", "ps",    "pwd",    "read",   "sed",
    "shift", "sort",     "stat",    "sync",    "sysctl",   "tar",        "tr",    "trap",   "ulimit", "umask",
    "uname", "uniq",     "unset",   "unzip",   "wc",       "wget",       "which", "whoami", "xargs",  "yum",
};

int shell_command(struct shell *sh, const struct str *argv, int argc)
{
    struct str name = argv[0], words[SCRIPT_WORDS_MAX];
    for (size_t slash; (slash = str_chr(name, '/')) != SIZE_MAX;) name = str_from(name, slash + 1);
    if (argc > SCRIPT_WORDS_MAX || ++sh->depth > SCRIPT_DEPTH_MAX * 2) return UNKNOWN;
    memcpy(words, argv, sizeof *argv * (size_t)argc);
    words[0] = name;
    int status = UNKNOWN;
    bool found = false;
    for (size_t i = 0; i < ARRAY_LEN(commands) && !found; i++)
        if (str_eqc(name, commands[i].name)) {
            found = true;
            status = commands[i].fn(sh, words, argc);
        }
    for (size_t i = 0; i < ARRAY_LEN(quick) && !found; i++)
        if (str_eqc(name, quick[i])) {
            found = true;
            status = 0;
        }
    sh->depth--;
    return status;
}
