/* emit_hooks.c - the names that C code uses: identifiers of types, resources and hooks, and the hook arrays.
 * Reads: a resolved model.   Writes: schema_ids.h, schema_hooks.h, schema_hooks.c; for lib/api, which converts between
 * versions without a server, schema_convert.h and schema_convert.c. */
#include "gen.h"

static const char heading[] = "/* Written by tools/schemagen from lib/api/schema: do not edit. */\n";

const struct hook_words hook_words[HOOK_KINDS] = {
    [HOOK_DEFAULT] = {"DEFAULT", "default_", "api_default_fn", "api_default_hooks"},
    [HOOK_TYPE_DEFAULT] = {"TYPE_DEFAULT", "type_default_", "api_type_default_fn", "api_type_default_hooks"},
    [HOOK_RULE] = {"RULE", "rule_", "api_rule_fn", "api_rule_hooks"},
    [HOOK_CHECK] = {"CHECK", "check_", "api_check_fn", "api_check_hooks"},
    [HOOK_COLUMN] = {"COLUMN", "column_", "api_column_fn", "api_column_hooks"},
    [HOOK_STRATEGY] = {"STRATEGY", "strategy_", NULL, "api_strategy_hooks"},
    [HOOK_CONVERT] = {"CONVERT", "convert_", "api_convert_fn", "api_convert_hooks"},
};

void emit_ids(FILE *f, const struct model *m)
{
    fputs(heading, f);
    fputs("#ifndef SCHEMA_IDS_H\n#define SCHEMA_IDS_H\n\n#include \"api/schema.h\"\n\n", f);
    LIST_EACH(struct resource, r, &m->resources)
    fprintf(f, "extern const struct api_resource %s;\n", resource_id(r));
    fputc('\n', f);
    LIST_EACH(struct type, t, &m->types) fprintf(f, "extern const struct api_type %s;\n", type_id(t));
    for (int k = 0; k < HOOK_KINDS; k++) {
        fprintf(f, "\nenum {\n    HOOK_%s_NONE,\n", hook_words[k].constant);
        LIST_EACH(char, name, &m->hooks[k]) fprintf(f, "    HOOK_%s_%s,\n", hook_words[k].constant, name);
        fprintf(f, "    HOOK_%s_COUNT\n};\n", hook_words[k].constant);
    }
    fputs("\n#endif\n", f);
}

static void declare(FILE *f, const struct model *m, enum hook_kind k)
{
    fputc('\n', f);
    LIST_EACH(char, name, &m->hooks[k])
    if (hook_words[k].element)
        fprintf(f, "extern %s %s%s;\n", hook_words[k].element, hook_words[k].prefix, name);
    else
        fprintf(f, "extern const struct strategy %s%s;\n", hook_words[k].prefix, name);
}

static void define(FILE *f, const struct model *m, enum hook_kind k)
{
    const struct hook_words *w = &hook_words[k];
    fprintf(f, "\n%s%s *const %s[] = {\n    NULL,\n", w->element ? "" : "const struct ",
            w->element ? w->element : "strategy", w->array);
    LIST_EACH(char, name, &m->hooks[k]) fprintf(f, "    %s%s%s,\n", w->element ? "" : "&", w->prefix, name);
    fputs("};\n", f);
}

void emit_hooks_header(FILE *f, const struct model *m)
{
    fputs(heading, f);
    fputs("#ifndef SCHEMA_HOOKS_H\n#define SCHEMA_HOOKS_H\n\n#include \"apiserver/object/hooks.h\"\n", f);
    for (int k = 0; k < HOOK_KINDS; k++)
        if (k != HOOK_CONVERT) declare(f, m, (enum hook_kind)k);
    fputs("\n#endif\n", f);
}

void emit_hooks(FILE *f, const struct model *m)
{
    fputs(heading, f);
    fputs("#include \"schema_hooks.h\"\n", f);
    for (int k = 0; k < HOOK_KINDS; k++)
        if (k != HOOK_CONVERT) define(f, m, (enum hook_kind)k);
}

void emit_convert_header(FILE *f, const struct model *m)
{
    fputs(heading, f);
    fputs("#ifndef SCHEMA_CONVERT_H\n#define SCHEMA_CONVERT_H\n\n#include \"api/convert.h\"\n", f);
    declare(f, m, HOOK_CONVERT);
    fputs("\n#endif\n", f);
}

void emit_convert(FILE *f, const struct model *m)
{
    fputs(heading, f);
    fputs("#include \"schema_convert.h\"\n", f);
    define(f, m, HOOK_CONVERT);
}
