/* scheduler_config.c - what becomes of configurations of the scheduler, by files of cases.
 * Reads: a .cases file (README.md tells its form).   Writes: the same file to stdout, with the outcomes that are true
 * now; cases.sh compares. */
#include "scheduler/config_priv.h"

#include "api/decode.h"
#include "api/object.h"
#include "base/io.h"

#include <stdio.h>

enum { FILE_MAX = 4 << 20, OUT_MAX = 16 << 20, CASE_MAX = 1 << 20 };

static const char head[] = "apiVersion: " CONFIG_VERSION "\nkind: " CONFIG_KIND "\n";
static const char indent[] = "    ";

static const enum config_point shown_order[CP_COUNT] = {
    CP_PRE_ENQUEUE, CP_QUEUE_SORT, CP_PRE_FILTER, CP_FILTER, CP_POST_FILTER, CP_PRE_SCORE,          CP_SCORE,
    CP_RESERVE,     CP_PERMIT,     CP_PRE_BIND,   CP_BIND,   CP_POST_BIND,   CP_PLACEMENT_GENERATE, CP_PLACEMENT_SCORE,
};

/* ---- One outcome ---- */

static void write_plan(struct buf *out, const struct point_plan *plan)
{
    if (!plan->n) buf_cstr(out, "none");
    for (int i = 0; i < plan->n; i++) {
        buf_addf(out, "%s%s", i ? ", " : "", plan->rows[i]->name);
        if (plan->weights) buf_addf(out, " %lld", (long long)plan->weights[i]);
    }
}

/* Decoded once more, the defaults are in their places too. */
static struct str args_text(struct arena *a, const struct config_args_row *row, const struct json *args)
{
    struct buf text AUTO_BUF = {0};
    struct json *copy = obj_copy(a, args);
    struct err e = ERR_INIT;
    buf_init(&text, CASE_MAX);
    if (api_decode(a, config_args_type(row), copy, NULL, &e))
        json_write(&text, copy);
    else
        buf_cstr(&text, e.text);
    struct str members = str_from(buf_view(&text), 1);
    return str_printf(a, "{\"kind\":\"%s\",\"apiVersion\":\"" CONFIG_VERSION "\"%s%.*s", row->type,
                      members.n > 1 ? "," : "", STR_ARG(members));
}

static struct str usual_args(struct arena *a, const struct config_draft *usual, const struct config_args_row *row)
{
    for (OBJ_EACH(one, usual->profiles[0].plugin_config, ""))
        if (obj_is(one, ".name", row->plugin)) return args_text(a, row, obj_get(one, ".args"));
    return STR_NULL;
}

static void write_profile(struct buf *out, struct config_draft *d, const struct profile_draft *p,
                          struct config_draft *usual)
{
    struct point_plan plan[CP_COUNT], usual_plan[CP_COUNT];
    buf_addf(out, "= profile %.*s", STR_ARG(p->scheduler));
    if (p->percentage) buf_addf(out, ", %lld %% of the nodes", (long long)obj_number(p->percentage, 0));
    buf_char(out, '\n');
    if (!config_plan(d, p, plan) || !config_plan(usual, &usual->profiles[0], usual_plan)) return;
    for (int i = 0; i < CP_COUNT; i++) {
        struct buf text AUTO_BUF = {0}, was AUTO_BUF = {0};
        buf_init(&text, CASE_MAX);
        buf_init(&was, CASE_MAX);
        write_plan(&text, &plan[shown_order[i]]);
        write_plan(&was, &usual_plan[shown_order[i]]);
        if (str_eq(buf_view(&text), buf_view(&was))) continue;
        buf_addf(out, "=   %s: %.*s\n", config_points[shown_order[i]].name, STR_ARG(buf_view(&text)));
    }
    for (OBJ_EACH(one, p->plugin_config, "")) {
        const struct config_args_row *row = config_args_of(obj_str(one, ".name"));
        if (!row) continue;
        struct str text = args_text(&d->arena, row, obj_get(one, ".args"));
        if (!str_eq(text, usual_args(&d->arena, usual, row)))
            buf_addf(out, "=   args %s %.*s\n", row->plugin, STR_ARG(text));
    }
}

static void write_config(struct buf *out, struct config_draft *d)
{
    struct config_errors none = {0};
    struct config_draft usual = {.errors = &none};
    buf_addf(out, "= back-off %lld..%lld s, %lld %% of the nodes, parallelism %lld, %zu extenders\n",
             (long long)obj_int(d->tree, ".podInitialBackoffSeconds", 0),
             (long long)obj_int(d->tree, ".podMaxBackoffSeconds", 0),
             (long long)obj_int(d->tree, ".percentageOfNodesToScore", 0),
             (long long)obj_int(d->tree, ".parallelism", 0), obj_count(d->tree, ".extenders"));
    if (config_decode(&usual, str_of(head))) config_set_defaults(&usual);
    for (int i = 0; i < d->nprofiles; i++) write_profile(out, d, &d->profiles[i], &usual);
    arena_release(&usual.arena);
    config_errors_release(&none);
}

static void write_errors(struct buf *out, const struct config_errors *w)
{
    for (int i = 0; i < w->n; i++) {
        buf_cstr(out, "! ");
        for (size_t k = 0; k < w->items[i].n; k++) {
            if (w->items[i].p[k] == '\n')
                buf_cstr(out, "\\n");
            else
                buf_char(out, w->items[i].p[k]);
        }
        buf_char(out, '\n');
    }
}

static void write_outcome(struct buf *out, struct str text)
{
    struct config_errors w = {0};
    struct config_draft d = {.errors = &w};
    const struct sched_config *c = NULL;
    if (config_decode(&d, text)) {
        config_set_defaults(&d);
        if (config_check(&d)) c = config_build(&d);
    }
    if (c) write_config(out, &d);
    write_errors(out, &w);
    config_unref(c);
    arena_release(&d.arena);
    config_errors_release(&w);
}

/* ---- A file ---- */

struct run {
    struct buf out, text;
    bool open; /* a case is being read */
};

static void finish(struct run *r)
{
    if (r->open) write_outcome(&r->out, buf_view(&r->text));
    r->open = false;
    buf_clear(&r->text);
}

static void one_line(struct run *r, struct str line)
{
    bool is_body = str_starts(line, STR(indent));
    if (str_starts(line, STR("= ")) || str_starts(line, STR("! "))) return;
    if (!is_body) finish(r);
    buf_str(&r->out, line);
    buf_char(&r->out, '\n');
    if (str_starts(line, STR("case "))) buf_cstr(&r->text, head);
    if (str_starts(line, STR("case ")) || str_starts(line, STR("file "))) r->open = true;
    if (!is_body || !r->open) return;
    buf_str(&r->text, str_from(line, sizeof indent - 1));
    buf_char(&r->text, '\n');
}

int main(int argc, char **argv)
{
    struct buf file AUTO_BUF = {0};
    struct run r = {0};
    struct err e = ERR_INIT;
    buf_init(&file, FILE_MAX);
    buf_init(&r.out, OUT_MAX);
    buf_init(&r.text, CASE_MAX);
    if (argc != 2 || !io_read_file(argv[1], &file, &e)) {
        fprintf(stderr, "usage: golden_scheduler_config FILE.cases; %s\n", e.text);
        return 2;
    }
    for (struct str rest = buf_view(&file); rest.n;) one_line(&r, str_cut(rest, '\n', &rest));
    finish(&r);
    bool ok = buf_ok(&r.out) && fwrite(r.out.p, 1, r.out.n, stdout) == r.out.n;
    buf_release(&r.out);
    buf_release(&r.text);
    return ok ? 0 : 2;
}
