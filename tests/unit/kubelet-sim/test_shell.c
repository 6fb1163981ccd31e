/* test_shell.c - what scripts amount to, and how programs run over time. */
#include "check_main.h"
#include "kubelet-sim/shell.h"

#include <stdio.h>

#define START (INT64_C(1800000000) * S) /* 2027-01-15T08:00:00Z, a Friday */

static void on_line(void *arg, int64_t at_ns, struct str text)
{
    buf_addf(arg, "%lld:%.*s|", (long long)((at_ns - START) / S), STR_ARG(text));
}

static void on_note(void *arg, struct str text) { buf_addf(arg, "note:%.*s|", STR_ARG(text)); }

/* "T:LINE|..." and "exit CODE at T" or "runs". */
static void transcript(const struct script *s, int64_t until_s, struct buf *out)
{
    const struct script_out to = {out, on_line, on_note};
    struct process p;
    int code;
    process_begin(&p, START);
    if (script_run(s, &p, START + until_s * S, &to, &code))
        buf_addf(out, "exit %d at %lld", code, (long long)((p.at_ns - START) / S));
    else
        buf_cstr(out, "runs");
}

static struct env *test_env(struct arena *a)
{
    struct env *e = ARENA_NEW(a, struct env);
    e->a = a;
    env_set(e, STR("WHO"), STR("world"));
    env_set(e, STR("N"), STR("3"));
    return e;
}

static void expect_script(const char *script, int64_t until_s, const char *want)
{
    struct arena a AUTO_ARENA = {0};
    struct buf got AUTO_BUF = {0};
    struct script s;
    const struct shell_context cx = {
        .env = test_env(&a), .hostname = STR("web"), .note_path = STR("/dev/termination-log")};
    const struct str argv[] = {STR("/bin/sh"), STR("-c"), str_of(script)};
    buf_init(&got, 65536);
    if (shell_compile(&a, &cx, argv, 3, &s))
        transcript(&s, until_s, &got);
    else
        buf_cstr(&got, "unknown");
    ck_assert_msg(str_eqc(buf_view(&got), want), "%s\n gives %s\n  want %s", script, got.n ? got.p : "", want);
}

static const struct {
    const char *script;
    int64_t until_s;
    const char *want;
} scripts[] = {
    {"exit 3", 0, "exit 3 at 0"},
    {"true", 0, "exit 0 at 0"},
    {"false", 0, "exit 1 at 0"},
    {"", 0, "exit 0 at 0"},
    {"echo a; sleep 5; echo b", 4, "0:a|runs"},
    {"echo a; sleep 5; echo b", 5, "0:a|5:b|exit 0 at 5"},
    {"echo a\nsleep 1m\nexit 300", 60, "0:a|exit 44 at 60"},
    {"false && echo no; echo $?; false || echo yes", 0, "0:1|0:yes|exit 0 at 0"},
    {"true && exit 2 || exit 4", 0, "exit 2 at 0"},
    {"! true; echo $?", 0, "0:1|exit 0 at 0"},
    {"echo \"hello $WHO\" '$WHO' \\$WHO ${WHO} ${NOPE:-none} $NOPE.", 0,
     "0:hello world $WHO $WHO world none .|exit 0 at 0"},
    {"X=1 Y=two; echo $X$Y; export Z=3; echo $Z", 0, "0:1two|0:3|exit 0 at 0"},
    {"echo $((N + 2 * 4)) $((10 / 3 - 1)) $(( (1+2)*3 ))", 0, "0:11 2 9|exit 0 at 0"},
    {"echo -n a; echo b; printf 'x%s-%d\\n' y 7; printf z", 0, "0:ab|0:xy-7|0:z|exit 0 at 0"},
    {"echo -e 'a\\nb'", 0, "0:a|0:b|exit 0 at 0"},
    {"for i in 1 2 3; do echo $i; sleep 1; done; exit $i", 9, "0:1|1:2|2:3|exit 3 at 3"},
    {"for i in $(seq 1 3); do echo -n $i; done", 0, "0:123|exit 0 at 0"},
    {"for i in a b c; do if [ $i = b ]; then continue; fi; echo $i; done", 0, "0:a|0:c|exit 0 at 0"},
    {"i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done", 0, "0:0|0:1|0:2|exit 0 at 0"},
    {"i=3; until [ $i -eq 0 ]; do i=$((i-1)); sleep 2; done; echo $i", 9, "6:0|exit 0 at 6"},
    {"while true; do sleep 30; done", 1000000, "runs"},
    {"while true; do echo x; sleep 10; done", 25, "0:x|10:x|20:x|runs"},
    {"while sleep 10; do echo x; done", 25, "10:x|20:x|runs"},
    {"while :; do echo x; break; done; echo y", 0, "0:x|0:y|exit 0 at 0"},
    {"while true; do echo x; exit 7; done", 0, "0:x|exit 7 at 0"},
    {"while true; do echo busy; done", 9, "0:busy|runs"},
    {"i=0; while true; do echo \"$i: $(date)\"; i=$((i+1)); sleep 1; done", 2,
     "0:0: Fri Jan 15 08:00:00 UTC 2027|1:1: Fri Jan 15 08:00:01 UTC 2027|2:2: Fri Jan 15 08:00:02 UTC 2027|runs"},
    {"i=10; while true; do i=$((i+5)); echo $i $((i*1+1)); sleep 1; done", 1, "0:15 16|1:20 21|runs"},
    {"if false; then echo a; elif test -n x; then echo b; else echo c; fi", 0, "0:b|exit 0 at 0"},
    {"if [ \"$WHO\" != world ]; then exit 1; fi; [ $N -ge 3 ] && echo big", 0, "0:big|exit 0 at 0"},
    {"until nslookup db; do echo waiting; sleep 2; done", 0, "exit 0 at 0"},
    {"{ echo a; echo b; } > /dev/null; (echo c)", 0, "0:c|exit 0 at 0"},
    {"for i in a b; do echo $i; done >/dev/null; while true; do echo x; sleep 1; done 2>&1", 1, "0:x|1:x|runs"},
    {"echo a > /tmp/f; echo b 2>&1; echo c >&2; echo d >/dev/stdout", 0, "0:b|0:c|0:d|exit 0 at 0"},
    {"echo sorry > /dev/termination-log; exit 1", 0, "note:sorry|exit 1 at 0"},
    {"echo a | cat; echo b | grep b; echo c | tee /tmp/x", 0, "0:a|0:c|exit 0 at 0"},
    {"sleep 100 & echo started; wait", 0, "0:started|exit 0 at 0"},
    {"sleep infinity & wait", 9, "runs"},
    {"tail -f /dev/null", 9, "runs"},
    {"exec sleep 5", 9, "exit 0 at 5"},
    {"set -e; false; echo no", 0, "exit 1 at 0"},
    {"set -e; false || true; if false; then :; fi; echo yes", 0, "0:yes|exit 0 at 0"},
    {"sh -c 'echo inner; exit 5'; echo $?", 0, "0:inner|exit 5 at 0"},
    {"hostname; echo $HOSTNAME; printenv WHO", 0, "0:web|0:web|0:world|exit 0 at 0"},
    {"sleep 0.5; sleep .5; echo a", 1, "1:a|exit 0 at 1"},
    {"echo a # b\necho c \\\n d", 0, "0:a|0:c d|exit 0 at 0"},
    {"i=0; while [ $i -lt 40 ]; do i=$((i+1)); done; echo $i", 0, "0:40|exit 0 at 0"},
    {"true &</dev/null echo b", 0, "0:b|exit 0 at 0"},
    {"X=-9223372036854775808; echo $((-X))", 0, "0:-9223372036854775808|exit 0 at 0"},
    {"x=1; while :; do x=$((x+4611686018427387904)); echo $x; sleep 1; done", 2,
     "0:4611686018427387905|1:-9223372036854775807|2:-4611686018427387903|runs"},
    {"sh -; env '' true; echo $?", 0, "unknown"},
    {"/app/server --port 80", 0, "unknown"},
    {"echo 'open", 0, "unknown"},
    {"case x in y) echo;; esac", 0, "unknown"},
    {"if true; then echo a", 0, "unknown"},
    {"while true; do echo", 0, "unknown"},
    {")", 0, "unknown"},
};

START_TEST(scripts_and_what_they_do)
{
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
        expect_script(scripts[i].script, scripts[i].until_s, scripts[i].want);
}
END_TEST

/* Work that grows with the depth, not to a power of it. */
START_TEST(hostile_scripts_end)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 14; i++) buf_cstr(&b, "for i in 1 2 3 4 5 6 7 8 9 0; do ");
    buf_cstr(&b, ":");
    for (int i = 0; i < 14; i++) buf_cstr(&b, "; done");
    expect_script(b.p, 0, "unknown");
    buf_clear(&b);
    for (int i = 0; i < 100000; i++) buf_cstr(&b, "(");
    expect_script(b.p, 0, "unknown");
    buf_clear(&b);
    for (int i = 0; i < 100000; i++) buf_cstr(&b, "echo $(");
    expect_script(b.p, 0, "unknown");
    buf_clear(&b);
    buf_cstr(&b, "echo ");
    for (int i = 0; i < 100000; i++) buf_cstr(&b, "${A:-");
    for (int i = 0; i < 100000; i++) buf_cstr(&b, "}");
    expect_script(b.p, 0, "unknown");
    buf_clear(&b); /* in the background, too */
    for (int i = 0; i < 8; i++) buf_cstr(&b, "for i in 1 2 3 4 5 6 7 8 9 0; do { ");
    buf_cstr(&b, ":");
    for (int i = 0; i < 8; i++) buf_cstr(&b, "; } & done");
    expect_script(b.p, 0, "unknown");
    buf_clear(&b); /* 160 MB of words */
    buf_cstr(&b, "X=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 0; do X=$X$X; done; ");
    for (int i = 0; i < 4; i++) buf_cstr(&b, "for i in 1 2 3 4 5 6 7 8 9 0; do ");
    buf_cstr(&b, "true $X");
    for (int i = 0; i < 4; i++) buf_cstr(&b, "; done");
    expect_script(b.p, 0, "unknown");
    expect_script("x=1; while [ $x = 1 ]; do :; done", 0, "unknown");
    expect_script("i=0; while [ $i -lt 100000 ]; do sleep 1; i=$((i+1)); done", 0, "unknown");
}
END_TEST

START_TEST(a_leap_prints_only_what_is_kept)
{
    struct arena a AUTO_ARENA = {0};
    struct buf got AUTO_BUF = {0};
    struct script s;
    const struct shell_context cx = {.env = test_env(&a)};
    const struct str argv[] = {STR("sh"), STR("-c"), STR("n=0; while true; do echo $n; n=$((n+1)); sleep 2; done")};
    ck_assert(shell_compile(&a, &cx, argv, 3, &s));
    buf_init(&got, 1 << 20);
    transcript(&s, 100000, &got);
    ck_assert(got.n < (LOG_LINES_MAX + 5) * 16);
    ck_assert_ptr_nonnull(strstr(got.p, "|100000:50000|runs"));
    ck_assert_ptr_nonnull(strstr(got.p, "|99998:49999|"));
}
END_TEST

START_TEST(a_leap_of_long_rounds)
{
    struct arena a AUTO_ARENA = {0};
    struct buf text AUTO_BUF = {0}, got AUTO_BUF = {0};
    struct script s;
    const struct shell_context cx = {.env = test_env(&a)};
    buf_init(&text, 1 << 16);
    buf_init(&got, 1 << 22);
    buf_cstr(&text, "while true; do sleep 1; ");
    for (int i = 0; i < 100; i++) buf_cstr(&text, "echo x; ");
    buf_cstr(&text, "done");
    const struct str argv[] = {STR("sh"), STR("-c"), buf_view(&text)};
    ck_assert(shell_compile(&a, &cx, argv, 3, &s));
    transcript(&s, 100000, &got);
    int lines = 0;
    for (size_t i = 0; i < got.n; i++) lines += got.p[i] == '|';
    ck_assert_int_ge(lines, LOG_LINES_MAX);
    ck_assert_int_lt(lines, 2 * LOG_LINES_MAX);
}
END_TEST

START_TEST(ends_beyond_all_times)
{
    struct arena a AUTO_ARENA = {0};
    struct script s;
    struct process p;
    int64_t from, until;
    const struct shell_context cx = {.env = test_env(&a)};
    const struct str argv[] = {STR("sh"), STR("-c"),
                               STR("for i in 1 2 3 4 5; do sleep 2000000000; done; touch /f; echo a")};
    ck_assert(shell_compile(&a, &cx, argv, 3, &s));
    process_begin(&p, START);
    ck_assert_int_eq(script_end_ns(&s, &p), INT64_MAX);
    ck_assert_int_eq(script_line_ns(&s, &p), INT64_MAX);
    ck_assert(!script_file_ns(&s, STR("/f"), &from, &until));
}
END_TEST

START_TEST(when_it_prints_and_ends)
{
    struct arena a AUTO_ARENA = {0};
    struct script s;
    struct process p;
    int64_t from, until;
    const struct shell_context cx = {.env = test_env(&a)};
    const struct str argv[] = {STR("sh"), STR("-c"), STR("touch /f; sleep 3; echo a; rm -f /f; sleep 4")};
    ck_assert(shell_compile(&a, &cx, argv, 3, &s));
    process_begin(&p, START);
    ck_assert_int_eq(script_end_ns(&s, &p), START + 7 * S);
    ck_assert_int_eq(script_line_ns(&s, &p), START + 3 * S);
    ck_assert(script_file_ns(&s, STR("/f"), &from, &until) && from == 0 && until == 3 * S);
    ck_assert(!script_file_ns(&s, STR("/g"), &from, &until));
}
END_TEST

START_TEST(names_in_commands)
{
    static const struct {
        const char *text, *want;
    } rows[] = {{"$(WHO)", "world"},
                {"a$(WHO)b$(N)", "aworldb3"},
                {"$(NOPE)", "$(NOPE)"},
                {"$$(WHO)", "$(WHO)"},
                {"$WHO $", "$WHO $"},
                {"$(WHO", "$(WHO"},
                {"", ""}};
    struct arena a AUTO_ARENA = {0};
    const struct env *e = test_env(&a);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str got = env_expand(&a, e, str_of(rows[i].text));
        ck_assert_msg(str_eqc(got, rows[i].want), "%s gives %.*s", rows[i].text, STR_ARG(got));
    }
}
END_TEST

TEST_MAIN("shell", scripts_and_what_they_do, hostile_scripts_end, a_leap_prints_only_what_is_kept,
          a_leap_of_long_rounds, ends_beyond_all_times, when_it_prints_and_ends, names_in_commands)
