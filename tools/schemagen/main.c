/* schemagen - compiles .api files (docs/schema-format.md) into const tables.
 * Reads: the .api files of its arguments.   Writes: schema_tables.c, schema_ids.h, schema_hooks.[ch] and
 * schema_convert.[ch] in DIR, only when there is nothing to complain about.
 * Exit codes: 0 done, 1 the files are wrong, 2 usage or a file that cannot be read or written. */
#include "gen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int usage(void)
{
    fputs("usage: schemagen -o DIR FILE.api...\n", stderr);
    return 2;
}

static bool write_file(const char *dir, const char *name, void (*emit)(FILE *, const struct model *),
                       const struct model *m)
{
    const char *path = gen_printf("%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    if (f) emit(f, m);
    if (!f || fflush(f) || ferror(f) || fclose(f)) {
        fprintf(stderr, "schemagen: %s: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}

static int by_path(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(int argc, char **argv)
{
    if (argc < 4 || strcmp(argv[1], "-o") != 0) return usage();
    struct model m = {0};
    qsort(argv + 3, (size_t)(argc - 3), sizeof(*argv),
          by_path); /* the output does not depend on the order of arguments */
    for (int i = 3; i < argc; i++)
        if (!parse_file(&m, argv[i])) return 2;
    if (!diag_count()) resolve_model(&m);
    if (!diag_count()) check_model(&m);
    if (diag_count()) return 1;
    bool ok = write_file(argv[2], "schema_tables.c", emit_tables, &m) &&
              write_file(argv[2], "schema_ids.h", emit_ids, &m) &&
              write_file(argv[2], "schema_hooks.h", emit_hooks_header, &m) &&
              write_file(argv[2], "schema_hooks.c", emit_hooks, &m) &&
              write_file(argv[2], "schema_convert.h", emit_convert_header, &m) &&
              write_file(argv[2], "schema_convert.c", emit_convert, &m);
    return ok ? 0 : 2;
}
