/* walk_view.c - see walk_view.h.
 * Reads: Walk objects, the table of the steps.   Writes: stdout. */
#include "kubestep/walk_view.h"

#include "api/steps.h"
#include "kubestep/term.h"

#include <stdio.h>

const struct json *walk_step(const struct json *walk, int number)
{
    for (OBJ_EACH(s, walk, ".status.steps"))
        if (obj_int(s, ".number", 0) == number) return s;
    return NULL;
}

bool walk_step_done(const struct json *step) { return step && !obj_bool(step, ".pending", false); }

/* ---- Facts in a few words, one function per kind of step ---- */

typedef void facts_fn(struct buf *out, const struct json *f);

static void fact(struct buf *out, const char *before, const struct json *f, const char *path, const char *after)
{
    struct str s = obj_str(f, path);
    if (s.n)
        buf_addf(out, "%s%s%.*s%s", out->n ? " " : "", before, STR_ARG(s), after);
    else if (obj_has(f, path))
        buf_addf(out, "%s%s%lld%s", out->n ? " " : "", before, (long long)obj_int(f, path, 0), after);
}

/* "/api/v1/namespaces/default/pods?x" -> "pods" */
static struct str last_part(struct str path)
{
    struct str rest;
    path = str_cut(path, '?', &rest);
    for (size_t slash; (slash = str_chr(path, '/')) != SIZE_MAX;) path = str_from(path, slash + 1);
    return path;
}

static void facts_request(struct buf *out, const struct json *f)
{
    fact(out, "", f, ".verb", "");
    buf_addf(out, " %.*s", STR_ARG(last_part(obj_str(f, ".path"))));
    if (obj_has(f, ".bytes")) buf_addf(out, ", %lld B", (long long)obj_int(f, ".bytes", 0));
}

static void facts_commit(struct buf *out, const struct json *f)
{
    fact(out, "rev ", f, ".revision", "");
    fact(out, "(answered ", f, ".code", ")");
}

static void facts_event(struct buf *out, const struct json *f)
{
    buf_cstr(out, "watch");
    fact(out, "", f, ".type", "");
    fact(out, "rev ", f, ".revision", "");
}

static bool cached(struct buf *out, const struct json *f)
{
    if (obj_bool(f, ".message", true)) return false;
    fact(out, "from its cache, rev ", f, ".revision", "");
    return true;
}

static void facts_nodes_asked(struct buf *out, const struct json *f)
{
    if (obj_has(f, ".verb"))
        facts_request(out, f);
    else
        fact(out, "from its cache, rev ", f, ".revision", "");
}

static void facts_nodes_read(struct buf *out, const struct json *f)
{
    if (cached(out, f)) return;
    fact(out, "rev ", f, ".revision", ",");
    fact(out, "", f, ".count", " nodes");
}

static void facts_nodes_returned(struct buf *out, const struct json *f)
{
    fact(out, "", f, ".count", " nodes");
    fact(out, "in ", f, ".bytes", " B");
}

static void facts_placement(struct buf *out, const struct json *f)
{
    buf_addf(out, "%lld of %lld fit", (long long)obj_int(f, ".fit", 0), (long long)obj_int(f, ".nodes", 0));
    if (obj_has(f, ".node")) buf_addf(out, ": %.*s", STR_ARG(obj_str(f, ".node")));
    fact(out, "(", f, ".score", " points)");
}

static void facts_binding(struct buf *out, const struct json *f)
{
    facts_request(out, f);
    fact(out, "-> ", f, ".node", "");
}

static void facts_containers(struct buf *out, const struct json *f)
{
    fact(out, "sandbox ", f, ".sandbox", "");
    for (OBJ_EACH(c, f, ".containers")) {
        struct str id = obj_str(c, ".id"), waiting = obj_str(c, ".waiting");
        buf_addf(out, ", %.*s %.*s", STR_ARG(obj_str(c, ".image")), STR_ARG(waiting.n ? waiting : id));
    }
}

static void facts_wrapped(struct buf *out, const struct json *f)
{
    fact(out, "", f, ".podIP", ",");
    fact(out, "", f, ".running", " running");
}

static void facts_status(struct buf *out, const struct json *f)
{
    fact(out, "", f, ".verb", "");
    fact(out, "status ", f, ".phase", "");
    fact(out, "", f, ".reason", "");
}

static void facts_told(struct buf *out, const struct json *f)
{
    if (obj_is(f, ".how", "response")) {
        fact(out, "", f, ".code", ",");
        buf_addf(out, " held %.1f ms", json_number(obj_get(f, ".heldMs")));
    } else if (obj_is(f, ".how", "watch")) {
        facts_event(out, f);
    } else {
        fact(out, "", f, ".verb", "");
        buf_addf(out, " %.*s", STR_ARG(last_part(obj_str(f, ".path"))));
    }
}

static facts_fn *const facts_of[STEP_COUNT] = {
    facts_request,        facts_commit,    facts_event,   facts_nodes_asked, facts_nodes_read,
    facts_nodes_returned, facts_placement, facts_binding, facts_commit,      facts_event,
    facts_containers,     facts_wrapped,   facts_status,  facts_commit,      facts_told,
};

/* ---- Lines ---- */

void walk_head(bool textbook)
{
    if (textbook)
        printf("Textbook order; * = Kubernetes really differs (see below, or --flow real).\n\n");
    else
        printf("Real order: components watch and use their caches, as in Kubernetes.\n\n");
    printf("%s   ms  step                    from -> to              facts%s\n", term(BOLD), term(PLAIN));
}

void walk_step_line(const struct json *step, bool textbook)
{
    int number = (int)obj_int(step, ".number", 1);
    const struct step_info *info = step_info((enum step)number);
    char path[64], ms[16] = "    -";
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 4096);
    snprintf(path, sizeof path, "%s%s%s", info->from, info->to ? " -> " : "", info->to ? info->to : "");
    if (obj_has(step, ".ms")) snprintf(ms, sizeof ms, "%5.1f", json_number(obj_get(step, ".ms")));
    if (walk_step_done(step))
        facts_of[number - 1](&text, obj_get(step, ".facts"));
    else
        buf_cstr(&text, "pending: no client has read or watched it yet");
    int room = term_is_tty() ? term_width() - 57 : 200;
    printf("%s %s%c%2d %-20s%s %-23s %s%.*s%s\n", ms, term(walk_step_done(step) ? CYAN : DIM),
           textbook && info->differs ? '*' : ' ', number, info->slug, term(PLAIN), path, term(DIM),
           room > 10 ? room : 10, text.p ? text.p : "", term(PLAIN));
    fflush(stdout);
}

void walk_notes(bool textbook)
{
    char lead = '*';
    for (int i = 0; textbook && i < STEP_COUNT; i++) {
        const char *why = step_table[i].differs;
        bool told = false;
        for (int k = 0; why && k < i; k++)
            told = told || (step_table[k].differs && strcmp(step_table[k].differs, why) == 0);
        if (!why || told) continue;
        printf("%s%c ", term(DIM), lead);
        const char *comma = "";
        for (int k = i; k < STEP_COUNT; k++) {
            if (!step_table[k].differs || strcmp(step_table[k].differs, why) != 0) continue;
            printf("%s%d", comma, k + 1);
            comma = ",";
        }
        printf(" %s.%s\n", why, term(PLAIN));
        lead = ' ';
    }
}

void walk_json(const struct json *walk)
{
    struct arena a AUTO_ARENA = {0};
    struct buf out AUTO_BUF = {0};
    arena_init(&a, 16 * 1024);
    buf_init(&out, 16 << 20);
    struct json *j = obj_empty(&a);
    obj_put_str(&a, j, ".pod", obj_str(walk, ".spec.pod"));
    obj_put_str(&a, j, ".namespace", obj_ns(walk));
    obj_put_str(&a, j, ".flow", obj_str(walk, ".spec.flow"));
    obj_put_str(&a, j, ".phase", obj_str(walk, ".status.phase"));
    if (obj_has(walk, ".status.reason")) obj_put_str(&a, j, ".reason", obj_str(walk, ".status.reason"));
    if (obj_has(walk, ".status.message")) obj_put_str(&a, j, ".reasonMessage", obj_str(walk, ".status.message"));
    obj_put(&a, j, ".steps", obj_list(&a));
    for (OBJ_EACH(s, walk, ".status.steps")) {
        struct json *step = obj_append(&a, j, ".steps");
        for (OBJ_EACH(m, s, ""))
            if (!str_eqc(obj_key(m), "facts"))
                obj_put_copy(&a, step, arena_printf(&a, ".%.*s", STR_ARG(obj_key(m))), m);
        for (OBJ_EACH(f, s, ".facts")) {
            const char *path = arena_printf(&a, ".%.*s", STR_ARG(obj_key(f)));
            if (!obj_has(step, path)) obj_put_copy(&a, step, path, f);
        }
    }
    json_write(&out, j);
    printf("%s\n", out.p);
}
