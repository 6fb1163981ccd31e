/* test_opts.c - words of a command line to values, help, and what errors say. */
#include "base/opts.h"

#include "base/mem.h"
#include "check_main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool quiet;
static const char *output;
static int64_t nodes, timeout_ms;
static struct opt_list labels;

static const struct opt rows[] = {
    {"quiet", 'q', OPT_FLAG, &quiet, NULL, "say nothing", NULL},
    {"output", 'o', OPT_STRING, &output, "FORMAT", "form of the output", "text|json"},
    {"nodes", 'n', OPT_INT, &nodes, "N", "number of nodes", NULL},
    {"timeout", 0, OPT_DURATION_MS, &timeout_ms, "TIME", "give up after this long", NULL},
    {"label", 'l', OPT_LIST, &labels, "K=V", "may be repeated", NULL},
    {0},
};
static struct opt_spec spec;

static struct opt_args args;
static struct err e;

/* Parses the words of `line`, separated by spaces. */
static bool parse(const char *line)
{
    static char text[256];
    static char *argv[32];
    int argc = 0;
    snprintf(text, sizeof text, "%s", line);
    for (char *at = text, *word; (word = strsep(&at, " "));) argv[argc++] = word;
    argv[argc] = NULL;
    return opts_parse(&spec, argc, argv, &args, &e);
}

static void reset(void)
{
    quiet = false;
    output = "text";
    nodes = 3;
    timeout_ms = 90000;
    labels = (struct opt_list){.items = {"app=x"}, .count = 1};
    spec = (struct opt_spec){.usage = "kubestep up [flags]",
                             .about = "Starts a cluster.",
                             .opts = rows,
                             .max_args = -1,
                             .examples = "  kubestep up --nodes 3"};
}

START_TEST(all_ways_to_give_a_value)
{
    reset();
    ck_assert(parse("x --quiet --output=json --nodes 5 --timeout 1m30s one -l a=b -l=c=d -le=f -- --two"));
    ck_assert(quiet && nodes == 5 && timeout_ms == 90000);
    ck_assert_str_eq(output, "json");
    ck_assert_int_eq(labels.count, 3);
    ck_assert_str_eq(labels.items[0], "a=b");
    ck_assert_str_eq(labels.items[1], "c=d");
    ck_assert_str_eq(labels.items[2], "e=f");
    ck_assert_int_eq(args.count, 2);
    ck_assert_str_eq(args.args[0], "one");
    ck_assert_str_eq(args.args[1], "--two");
    ck_assert(parse("x --quiet=false --timeout 7 -n-2 -"));
    ck_assert(!quiet && timeout_ms == 7000 && nodes == -2 && args.count == 1);
    ck_assert(parse("x -qo json") && quiet);
}
END_TEST

START_TEST(defaults_stay)
{
    reset();
    ck_assert(parse("x"));
    ck_assert(!quiet && nodes == 3 && labels.count == 1 && args.count == 0 && !args.help);
}
END_TEST

START_TEST(stops_at_the_first_argument)
{
    reset();
    spec.stop_at_arg = true;
    ck_assert(parse("x -q sh -c --nodes"));
    ck_assert(quiet && args.count == 3);
    ck_assert_str_eq(args.args[2], "--nodes");
}
END_TEST

START_TEST(errors)
{
    static const char *const lines[][2] = {
        {"x --foo", "unknown flag: --foo; see 'kubestep up --help'"},
        {"x --foo=1 --help", "unknown flag: --foo; see 'kubestep up --help'"},
        {"x -z", "unknown shorthand flag: 'z' in -z; see 'kubestep up --help'"},
        {"x --nodes", "flag needs an argument: --nodes; see 'kubestep up --help'"},
        {"x --nodes=many",
         "invalid argument \"many\" for \"--nodes\": must be a whole number; see 'kubestep up --help'"},
        {"x -o xml", "invalid argument \"xml\" for \"--output\": must be one of text|json; see 'kubestep up --help'"},
        {"x --timeout=-1s", "invalid argument \"-1s\" for \"--timeout\": must be a duration like 30s or 1m30s; see "
                            "'kubestep up --help'"},
        {"x --quiet=maybe", "invalid argument \"maybe\" for \"--quiet\": must be one of true|false; see "
                            "'kubestep up --help'"},
    };
    reset();
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        ck_assert(!parse(lines[i][0]));
        ck_assert_str_eq(e.text, lines[i][1]);
        ck_assert_int_eq(e.code, ERR_USAGE);
    }
    ck_assert(!parse("x --nodes 9 --foo"));
    ck_assert_int_eq(nodes, 3); /* nothing is stored when anything is wrong */
    spec.max_args = 0;
    ck_assert(!parse("x y"));
    spec.min_args = spec.max_args = 1;
    ck_assert(!parse("x"));
    ck_assert(!parse("x y z"));
    ck_assert(parse("x y"));
}
END_TEST

START_TEST(help)
{
    reset();
    quiet = true;
    char text[2048];
    int ends[2], kept = dup(STDOUT_FILENO);
    ck_assert_int_eq(pipe(ends), 0);
    fflush(stdout);
    dup2(ends[1], STDOUT_FILENO);
    bool ok = parse("x --nodes 99 -h");
    dup2(kept, STDOUT_FILENO);
    close(ends[1]);
    close(kept);
    ssize_t n = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    ck_assert(ok && args.help && n > 0);
    text[n] = '\0';
    ck_assert_str_eq(text, "Usage: kubestep up [flags]\n\nStarts a cluster.\n\nFlags:\n"
                           "  -q, --quiet                     say nothing (default true)\n"
                           "  -o, --output FORMAT             form of the output: text|json (default text)\n"
                           "  -n, --nodes N                   number of nodes (default 3)\n"
                           "      --timeout TIME              give up after this long (default 1m30s)\n"
                           "  -l, --label K=V                 may be repeated (default app=x)\n"
                           "  -h, --help                      print this and exit\n"
                           "\nExamples:\n  kubestep up --nodes 3\n");
}
END_TEST

TEST_MAIN("opts", all_ways_to_give_a_value, defaults_stay, stops_at_the_first_argument, errors, help)
