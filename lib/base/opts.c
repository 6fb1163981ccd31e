/* opts.c - command lines read by table. Two passes: the first only checks, so that --help shows the
 * defaults and an error leaves everything as it was. Error texts follow kubectl's. */
#include "opts.h"

#include "buf.h"
#include "clk.h"
#include "kassert.h"
#include "mem.h"
#include "str.h"

#include <stdio.h>

enum { OPTS_MAX = 128 /* rows of one table */, HELP_COLUMN = 34 };

struct walk {
    const struct opt_spec *spec;
    int argc, at; /* at: the word being read */
    char **argv;
    bool apply;          /* second pass: store values */
    bool seen[OPTS_MAX]; /* a list given on the command line replaces the default */
    int args;
    bool help;
    struct err *e;
};

/* The words of the usage line before its first placeholder: what --help can be asked of. */
static struct str command_name(const struct opt_spec *spec)
{
    struct str s = str_of(spec->usage);
    for (size_t i = 0; i < s.n; i++)
        if (i && s.p[i - 1] == ' ' && !(s.p[i] >= 'a' && s.p[i] <= 'z')) return str_n(s.p, i - 1);
    return s;
}

static bool fail(const struct walk *w, const char *text)
{
    return err_set(w->e, ERR_USAGE, "%s; see '%.*s --help'", text, STR_ARG(command_name(w->spec)));
}

static const struct opt *find_name(const struct opt_spec *spec, struct str name)
{
    for (const struct opt *o = spec->opts; o && o->name; o++)
        if (str_eqc(name, o->name)) return o;
    return NULL;
}

static const struct opt *find_letter(const struct opt_spec *spec, char letter)
{
    for (const struct opt *o = spec->opts; o && o->name; o++)
        if (o->letter == letter) return o;
    return NULL;
}

static bool is_choice(const char *choices, struct str value)
{
    for (struct str rest = str_of(choices), one; !str_is_null(rest);) {
        one = str_cut(rest, '|', &rest);
        if (str_eq(one, value)) return true;
    }
    return false;
}

static bool read_bool(struct str v, bool *out)
{
    *out = str_eqc(v, "true") || str_eqc(v, "1");
    return *out || str_eqc(v, "false") || str_eqc(v, "0");
}

/* Go text ("1m30s") or plain seconds; not negative. */
static bool read_duration_ms(struct str v, int64_t *ms)
{
    int64_t ns;
    if (str_to_i64(v, ms)) return *ms >= 0 && !__builtin_mul_overflow(*ms, 1000, ms);
    if (!clk_parse_go_duration(v.p, v.n, &ns)) return false;
    *ms = ns / 1000000;
    return ns >= 0;
}

/* Reads the value into *o's place, or only checks it. NULL, or what it should have been. */
static const char *take_value(struct walk *w, const struct opt *o, const char *value)
{
    struct str v = str_of(value);
    int64_t number = 0;
    bool flag = false;
    struct opt_list *list = o->into;
    size_t row = (size_t)(o - w->spec->opts);
    if (o->choices && !is_choice(o->choices, v)) return o->choices;
    if (o->kind == OPT_FLAG && !read_bool(v, &flag)) return "true|false";
    if (o->kind == OPT_INT && !str_to_i64(v, &number)) return "a whole number";
    if (o->kind == OPT_DURATION_MS && !read_duration_ms(v, &number)) return "a duration like 30s or 1m30s";
    if (o->kind == OPT_LIST) {
        int count = w->seen[row] ? list->count : 0;
        if (w->apply && count == (int)ARRAY_LEN(list->items)) return "given less often";
    }
    if (!w->apply) return NULL;
    switch (o->kind) {
    case OPT_FLAG: *(bool *)o->into = flag; break;
    case OPT_STRING: *(const char **)o->into = value; break;
    case OPT_INT:
    case OPT_DURATION_MS: *(int64_t *)o->into = number; break;
    case OPT_LIST:
        if (!w->seen[row]) list->count = 0;
        list->items[list->count++] = value;
    }
    w->seen[row] = true;
    return NULL;
}

static bool set_value(struct walk *w, const struct opt *o, const char *value)
{
    const char *wanted = take_value(w, o, value);
    if (!wanted) return true;
    char *text AUTO_FREE = xasprintf("invalid argument \"%s\" for \"--%s\": must be %s%s", value, o->name,
                                     strchr(wanted, '|') ? "one of " : "", wanted);
    return fail(w, text);
}

/* The value of an option that was given without "=": the next word. */
static bool next_word(struct walk *w, const struct opt *o, const char **value)
{
    if (w->at + 1 < w->argc) {
        *value = w->argv[++w->at];
        return true;
    }
    char *text AUTO_FREE = xasprintf("flag needs an argument: --%s", o->name);
    return fail(w, text);
}

static bool read_long(struct walk *w, const char *word)
{
    struct str value, name = str_cut(str_of(word + 2), '=', &value);
    const struct opt *o = find_name(w->spec, name);
    if (!o && str_eqc(name, "help")) {
        w->help = true;
        return true;
    }
    if (!o) {
        char *text AUTO_FREE = xasprintf("unknown flag: --%.*s", STR_ARG(name));
        return fail(w, text);
    }
    const char *v = value.p;
    if (!v && o->kind == OPT_FLAG) v = "true";
    if (!v && !next_word(w, o, &v)) return false;
    return set_value(w, o, v);
}

/* -x value, -xvalue, -x=value, and flags run together: -wA. */
static bool read_short(struct walk *w, const char *word)
{
    for (const char *p = word + 1; *p; p++) {
        const struct opt *o = find_letter(w->spec, *p);
        if (!o && *p == 'h') {
            w->help = true;
            return true;
        }
        if (!o) {
            char *text AUTO_FREE = xasprintf("unknown shorthand flag: '%c' in %s", *p, word);
            return fail(w, text);
        }
        const char *v = p[1] == '=' ? p + 2 : p[1] && o->kind != OPT_FLAG ? p + 1 : NULL;
        if (v) return set_value(w, o, v);
        if (o->kind == OPT_FLAG) {
            if (!set_value(w, o, "true")) return false;
            continue;
        }
        return next_word(w, o, &v) && set_value(w, o, v);
    }
    return true;
}

/* One pass over the words; positional ones move to the front of argv when values are stored. */
static bool walk_words(struct walk *w)
{
    bool only_args = false;
    for (w->at = 1; w->at < w->argc && !w->help; w->at++) {
        const char *word = w->argv[w->at];
        bool option = !only_args && word[0] == '-' && word[1];
        if (option && strcmp(word, "--") == 0) {
            only_args = true;
        } else if (option) {
            if (!(word[1] == '-' ? read_long(w, word) : read_short(w, word))) return false;
        } else {
            w->args++;
            if (w->apply) w->argv[w->args] = w->argv[w->at];
            only_args |= w->spec->stop_at_arg;
        }
    }
    return true;
}

static bool check_count(struct walk *w)
{
    const struct opt_spec *spec = w->spec;
    if (w->args < spec->min_args) return fail(w, "missing argument");
    if (spec->max_args < 0 || w->args <= spec->max_args) return true;
    return fail(w, spec->max_args ? "too many arguments" : "no arguments are expected");
}

bool opts_parse(const struct opt_spec *spec, int argc, char **argv, struct opt_args *out, struct err *e)
{
    size_t rows = 0;
    while (spec->opts && spec->opts[rows].name) rows++;
    KASSERT(rows <= OPTS_MAX);
    struct walk check = {.spec = spec, .argc = argc, .argv = argv, .e = e};
    *out = (struct opt_args){0};
    if (!walk_words(&check)) return false;
    if (check.help) {
        opts_help(spec);
        out->help = true;
        return true;
    }
    if (!check_count(&check)) return false;
    struct walk apply = {.spec = spec, .argc = argc, .argv = argv, .e = e, .apply = true};
    if (!walk_words(&apply)) return false;
    out->args = argc > 0 ? argv + 1 : argv;
    out->count = apply.args;
    return true;
}

static void add_default(struct buf *b, const struct opt *o)
{
    const struct opt_list *list = o->into;
    char text[CLK_TEXT_MAX];
    if (o->kind == OPT_FLAG && *(bool *)o->into) buf_cstr(b, " (default true)");
    if (o->kind == OPT_STRING && *(const char **)o->into && **(const char **)o->into)
        buf_addf(b, " (default %s)", *(const char **)o->into);
    if (o->kind == OPT_INT) buf_addf(b, " (default %lld)", (long long)*(int64_t *)o->into);
    if (o->kind == OPT_DURATION_MS) buf_addf(b, " (default %s)", clk_go_duration(*(int64_t *)o->into * 1000000, text));
    if (o->kind == OPT_LIST)
        for (int i = 0; i < list->count; i++)
            buf_addf(b, "%s%s%s", i ? "," : " (default ", list->items[i], i + 1 == list->count ? ")" : "");
}

static void print_row(const struct opt *o)
{
    struct buf left AUTO_BUF, right AUTO_BUF = {0};
    buf_init(&left, 1024);
    buf_init(&right, 4096);
    if (o->letter)
        buf_addf(&left, "  -%c, --%s", o->letter, o->name);
    else
        buf_addf(&left, "      --%s", o->name);
    if (o->arg) buf_addf(&left, " %s", o->arg);
    buf_cstr(&right, o->help);
    if (o->choices) buf_addf(&right, ": %s", o->choices);
    if (o->into) add_default(&right, o);
    /* A long flag gets a line of its own, so that the column holds. */
    printf("%-*s%s", HELP_COLUMN, left.p, left.n >= HELP_COLUMN ? "\n" : "");
    printf("%*s%s\n", left.n >= HELP_COLUMN ? HELP_COLUMN : 0, "", right.p);
}

void opts_help(const struct opt_spec *spec)
{
    printf("Usage: %s\n", spec->usage);
    if (spec->about) printf("\n%s\n", spec->about);
    printf("\nFlags:\n");
    for (const struct opt *o = spec->opts; o && o->name; o++) print_row(o);
    const struct opt help = {.name = "help", .letter = find_letter(spec, 'h') ? 0 : 'h', .help = "print this and exit"};
    if (!find_name(spec, STR("help"))) print_row(&help);
    if (spec->examples) printf("\nExamples:\n%s\n", spec->examples);
    fflush(stdout);
}
