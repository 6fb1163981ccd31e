/* tidy.c - checks layering and house rules over the whole tree, as a test.
 * Reads: every source file below the root.   Writes: FILE:LINE: RULE: what, on stdout; exit 1 when there is any. */
#include "tidy.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_LENGTH_MAX = 1024, DEPTH_MAX = 32 };

struct name_kind {
    const char *name;
    enum kind kind;
};
/* What a file is, by its whole path or by the end of its name. */
static const struct name_kind paths[] = {
    {"dev", KIND_SCRIPT},
    {".ci/run", KIND_SCRIPT},
    {"completion/kubestep", KIND_SCRIPT},
};
static const struct name_kind ends[] = {
    {".c", KIND_C},       {".h", KIND_H},       {".def", KIND_ROWS},     {".api", KIND_SCRIPT},
    {".py", KIND_SCRIPT}, {".sh", KIND_SCRIPT}, {".cmake", KIND_SCRIPT}, {"CMakeLists.txt", KIND_SCRIPT},
    {".md", KIND_TEXT},   {".yaml", KIND_TEXT}, {".1", KIND_TEXT},       {".8", KIND_TEXT},
};

/* Folders that hold no source of ours: what was built, and input that is meant to be wrong. */
static const char *const skipped[] = {"tests/golden/tidy", "tests/fuzz/corpus", NULL};
static const char *const skipped_names[] = {".git", ".cache", "__pycache__", "node_modules"};

static size_t findings, files;

void report(const struct file *f, size_t line, const char *rule, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    printf("%s:%zu: %s: ", f->path, line, rule);
    vprintf(fmt, ap);
    putchar('\n');
    va_end(ap);
    findings++;
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

static enum kind kind_of(const char *path)
{
    for (size_t i = 0; i < COUNT(paths); i++)
        if (strcmp(path, paths[i].name) == 0) return paths[i].kind;
    for (size_t i = 0; i < COUNT(ends); i++)
        if (ends_with(path, ends[i].name)) return ends[i].kind;
    return 0;
}

static bool check_file(const char *root, const char *path)
{
    struct file f;
    enum kind kind = kind_of(path);
    if (!kind) return true;
    if (!file_load(&f, root, path, kind)) return false;
    for (size_t i = 0; i < rule_count; i++)
        if (rules[i].kinds & kind) rules[i].check(&f, &rules[i]);
    file_release(&f);
    files++;
    return true;
}

/* Build folders are build and build-*, at the top only. */
static bool is_skipped(const char *path, const char *name, int depth)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return true;
    if (depth == 0 && (strcmp(name, "build") == 0 || strncmp(name, "build-", 6) == 0)) return true;
    for (size_t i = 0; i < COUNT(skipped_names); i++)
        if (strcmp(name, skipped_names[i]) == 0) return true;
    return path_below_any(path, skipped);
}

/* folder is relative to the root, "" at the top. In order of names, so that the output is the same everywhere. */
static bool walk(const char *root, const char *folder, int depth)
{
    char full[2 * PATH_LENGTH_MAX], path[PATH_LENGTH_MAX];
    struct dirent **entries;
    struct stat st;
    bool ok = depth < DEPTH_MAX;
    snprintf(full, sizeof full, "%s/%s", root, folder);
    int count = ok ? scandir(full, &entries, NULL, alphasort) : -1;
    if (count < 0) {
        perror(full);
        return false;
    }
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        int n = snprintf(path, sizeof path, "%s%s%s", folder, *folder ? "/" : "", name);
        snprintf(full, sizeof full, "%s/%s", root, path);
        if (n >= (int)sizeof path)
            ok = false;
        else if (!is_skipped(path, name, depth) && lstat(full, &st) == 0) {
            if (S_ISDIR(st.st_mode))
                ok = walk(root, path, depth + 1) && ok;
            else if (S_ISREG(st.st_mode))
                ok = check_file(root, path) && ok;
        }
        free(entries[i]);
    }
    free(entries);
    return ok;
}

static int usage(FILE *to, int code)
{
    fputs("Usage: tidy [ROOT]\n\nChecks the sources below ROOT (default: here). Exit codes: 0 tidy, 1 findings, 2 "
          "failed.\n\nRules:\n",
          to);
    for (size_t i = 0; i < rule_count; i++) fprintf(to, "  %-15s %s\n", rules[i].name, rules[i].about);
    return code;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) return usage(stdout, 0);
    if (argc > 2 || (argc == 2 && argv[1][0] == '-')) return usage(stderr, 2);
    if (!walk(argc == 2 ? argv[1] : ".", "", 0)) return 2;
    fprintf(stderr, "tidy: %zu files, %zu findings\n", files, findings);
    return findings ? 1 : 0;
}
