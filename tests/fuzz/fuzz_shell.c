/* fuzz_shell.c - any text as a script for `sh -c`; what follows a zero byte is the environment's X. What is understood
 * is a sound program, made with bounded memory; libFuzzer's -timeout bounds the time. */
#include "kubelet-sim/shell.h"
#include "script_support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    struct env env = {.a = &a};
    struct str x, text = str_cut(str_n((const char *)data, size), '\0', &x);
    env_set(&env, STR("X"), x);
    env_set(&env, STR("N"), STR("3"));
    const struct shell_context cx = {.env = &env, .hostname = STR("web-0"), .note_path = STR("/dev/termination-log")};
    struct str expanded = env_expand(&a, &env, text);
    KASSERT(expanded.n <= LOG_BYTES_MAX);
    struct str argv[] = {STR("sh"), STR("-c"), str_copy(&a, expanded)};
    struct script s;
    if (shell_compile(&a, &cx, argv, ARRAY_LEN(argv), &s)) check_script(&s);
    return 0;
}
