/* shell_print.c - the commands that are there to print something.
 * Reads: their words, the environment.   Writes: steps of the program. */
#include "kubelet-sim/shell_priv.h"

/* \n, \t and \\; false: \c, which ends the output. */
static bool add_escape(struct buf *b, char c)
{
    static const char from[] = "nt\\r0\"'", to[] = {'\n', '\t', '\\', '\r', '\0', '"', '\''};
    const char *at = c ? strchr(from, c) : NULL;
    if (c == 'c') return false;
    if (!at) buf_char(b, '\\');
    buf_char(b, at ? to[at - from] : c);
    return true;
}

static bool add_escaped(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n) {
            if (!add_escape(b, s.p[++i])) return false;
        } else {
            buf_char(b, s.p[i]);
        }
    }
    return true;
}

int shell_echo(struct shell *sh, const struct str *argv, int argc)
{
    struct buf b AUTO_BUF = {0};
    bool newline = true, escapes = false;
    int i = 1;
    for (; i < argc &&
           (str_eqc(argv[i], "-n") || str_eqc(argv[i], "-e") || str_eqc(argv[i], "-ne") || str_eqc(argv[i], "-en"));
         i++) {
        newline = newline && str_chr(argv[i], 'n') == SIZE_MAX;
        escapes = escapes || str_chr(argv[i], 'e') != SIZE_MAX;
    }
    buf_init(&b, LOG_LINE_MAX);
    for (int first = i; i < argc; i++) {
        if (i > first) buf_char(&b, ' ');
        if (!escapes)
            buf_str(&b, argv[i]);
        else if (!add_escaped(&b, argv[i]))
            newline = false;
    }
    if (newline) buf_char(&b, '\n');
    shell_print(sh, buf_view(&b));
    return 0;
}

int shell_printf(struct shell *sh, const struct str *argv, int argc)
{
    struct buf b AUTO_BUF = {0};
    struct str f = argc > 1 ? argv[1] : STR("");
    int next = 2;
    buf_init(&b, LOG_LINE_MAX);
    do
        for (size_t i = 0; i < f.n; i++) {
            char c = i + 1 < f.n ? f.p[i + 1] : 0;
            if (f.p[i] == '%' && c == '%')
                buf_char(&b, '%');
            else if (f.p[i] == '%' && (c == 's' || c == 'd' || c == 'i'))
                buf_str(&b, next < argc ? argv[next] : c == 's' ? STR("") : STR("0")), next++;
            else if (f.p[i] == '%' && c == 'b')
                add_escaped(&b, next < argc ? argv[next] : STR("")), next++;
            else if (f.p[i] == '\\' && c)
                add_escape(&b, c);
            else {
                buf_char(&b, f.p[i]);
                continue;
            }
            i++;
        }
    while (next < argc && next > 2 && buf_ok(&b)); /* the format again for what is left */
    shell_print(sh, buf_view(&b));
    return 0;
}

int shell_date(struct shell *sh, const struct str *argv, int argc)
{
    static const char text[] = {SCRIPT_DATE, '\n'}; /* in one format, whatever +FORMAT says */
    (void)argv, (void)argc;
    shell_print(sh, str_n(text, sizeof text));
    return 0;
}

int shell_hostname(struct shell *sh, const struct str *argv, int argc)
{
    (void)argv, (void)argc;
    shell_print(sh, sh->cx->hostname);
    shell_print(sh, STR("\n"));
    return 0;
}

int shell_env(struct shell *sh, const struct str *argv, int argc)
{
    const struct env *e = sh->cx->env;
    if (argc > 1) { /* printenv NAME */
        struct str value = shell_var(sh, argv[1]);
        if (str_is_null(value)) return 1;
        shell_print(sh, str_printf(sh->a, "%.*s\n", STR_ARG(value)));
        return 0;
    }
    shell_print(sh, str_printf(sh->a, "HOSTNAME=%.*s\n", STR_ARG(sh->cx->hostname)));
    for (int i = 0; i < e->count; i++)
        shell_print(sh, str_printf(sh->a, "%.*s=%.*s\n", STR_ARG(e->items[i].name), STR_ARG(e->items[i].value)));
    return 0;
}

int shell_seq(struct shell *sh, const struct str *argv, int argc)
{
    int64_t from = 1, step = 1, to = 0;
    if (argc < 2 || argc > 4 || !str_to_i64(argv[argc - 1], &to)) return UNKNOWN;
    if (argc > 2 && !str_to_i64(argv[1], &from)) return UNKNOWN;
    if (argc == 4 && (!str_to_i64(argv[2], &step) || step == 0)) return UNKNOWN;
    const int64_t numbers[] = {from, step, to};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) /* so that nothing below overflows */
        if (numbers[i] > SCRIPT_NUMBER_MAX || numbers[i] < -SCRIPT_NUMBER_MAX) return UNKNOWN;
    bool up = step > 0;
    if ((to - from) / step > SCRIPT_OPS_MAX) return UNKNOWN;
    for (int64_t i = from; up ? i <= to : i >= to; i += step)
        shell_print(sh, str_printf(sh->a, "%lld\n", (long long)i));
    return 0;
}

/* Without a file: what came through the pipe. Files are empty here, but their being there is known. */
int shell_cat(struct shell *sh, const struct str *argv, int argc)
{
    (void)argv;
    if (argc == 1) shell_print(sh, sh->piped);
    return 0;
}

int shell_tee(struct shell *sh, const struct str *argv, int argc)
{
    for (int i = 1; i < argc; i++)
        if (argv[i].n && argv[i].p[0] != '-') shell_add(sh, DO_MAKE, 0, argv[i]);
    shell_print(sh, sh->piped);
    return 0;
}

/* The classic Job of the tutorials: it has something to do for a while, then prints so many digits (here: the first).
 */
int shell_perl(struct shell *sh, const struct str *argv, int argc)
{
    for (int i = 1; i < argc; i++)
        if (str_starts(argv[i], STR("print bpi("))) {
            shell_add(sh, DO_SLEEP, 5 * S, STR_NULL);
            shell_print(sh, STR("3.14159265358979323846264338327950288419716939937510...\n"));
            return 0;
        }
    return UNKNOWN;
}
