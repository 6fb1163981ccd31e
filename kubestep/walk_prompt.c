/* walk_prompt.c - see walk_prompt.h.
 * Reads: keys, the pod.   Writes: stdout; opens gates. */
#include "kubestep/walk_prompt.h"

#include "api/steps.h"
#include "api/yaml.h"
#include "base/mono.h"
#include "kubestep/term.h"
#include "kubestep/why_view.h"

#include <stdio.h>
#include <stdlib.h>

enum { OBJECT_MAX = 4 << 20 };

void walk_prompt_init(struct walk_prompt *p, int64_t pace_ms) { *p = (struct walk_prompt){.pace_ms = pace_ms}; }
void walk_prompt_release(struct walk_prompt *p) { free(p->before); }

static void show(const struct json *park)
{
    int step = (int)obj_int(park, ".step", 1);
    printf("\n%snext %2d %s%s (held: %.*s)\n      %.*s\n", term(BOLD), step, step_info((enum step)step)->slug,
           term(PLAIN), STR_ARG(obj_str(park, ".component")), STR_ARG(obj_str(park, ".message")));
    if (step == STEP_PLACEMENT_COMPUTED && obj_has(park, ".facts.status.nodes")) {
        putchar('\n');
        why_table(obj_get(park, ".facts"));
    }
}

static void why(const struct json *park)
{
    const struct step_info *info = step_info((enum step)obj_int(park, ".step", 1));
    printf("\n  step %d, %s: from %s%s%s.\n", info->number, info->slug, info->from, info->to ? " to " : "",
           info->to ? info->to : "");
    if (info->differs) printf("  In Kubernetes: %s.\n", info->differs);
    if (obj_has(park, ".facts.status.nodes")) {
        putchar('\n');
        why_sentence(obj_get(park, ".facts"));
        why_numbers(obj_get(park, ".facts"));
    }
}

/* Is `line` (n bytes) one of the lines of text? */
static bool has_line(const char *text, const char *line, size_t n)
{
    for (const char *at = text; at && *at;) {
        size_t len = strcspn(at, "\n");
        if (len == n && memcmp(at, line, n) == 0) return true;
        at += len + (at[len] == '\n');
    }
    return false;
}

/* The pod as it is now; lines that were not there the last time are marked. */
static void object(struct walk_prompt *p, struct walk_session *s)
{
    const struct object *pod AUTO_OBJ = NULL;
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct buf text;
    if (!rest_get(s->rest, "v1/pods", str_of(s->ns), str_of(s->pod), &pod, &e)) {
        printf("\n  %s\n", e.text);
        return;
    }
    buf_init(&text, OBJECT_MAX);
    struct json *shown = obj_copy(&a, pod->root);
    obj_del(shown, ".metadata.managedFields"); /* as kubectl does */
    yaml_write(&text, shown);
    putchar('\n');
    for (const char *at = text.p; *at;) {
        size_t n = strcspn(at, "\n");
        bool changed = p->before && !has_line(p->before, at, n);
        printf("%s%c %.*s%s\n", changed ? term(GREEN) : "", changed ? '+' : ' ', (int)n, at,
               changed ? term(PLAIN) : "");
        at += n + (at[n] == '\n');
    }
    free(p->before);
    p->before = buf_take(&text);
}

static void let_go(struct walk_session *s, int64_t id)
{
    struct err e = ERR_INIT;
    if (!walk_session_release(s, id, &e) && e.code != ERR_NOT_FOUND) printf("  %s\n", e.text);
}

/* True: go on. */
static bool one_key(struct walk_prompt *p, struct walk_session *s, const struct json *park)
{
    struct err e = ERR_INIT;
    printf("%s[Enter] do it  [w] why  [y] object  [q] let it run >%s ", term(YELLOW), term(PLAIN));
    fflush(stdout);
    int key = term_key();
    switch (key) {
    case '\n': putchar('\n'); return true;
    case 'w': why(park); return false;
    case 'y': object(p, s); return false;
    case 'q':
    case EOF:
        printf("\n");
        p->running = true;
        if (!walk_session_run(s, &e)) printf("  %s\n", e.text);
        return true;
    default: printf("\n  keys: Enter, w, y, q\n"); return false;
    }
}

bool walk_prompt_ask(struct walk_prompt *p, struct walk_session *s, const struct json *park)
{
    int64_t id = obj_int(park, ".id", 0);
    if (p->running || id == p->last_id) return false;
    p->last_id = id;
    show(park);
    if (p->pace_ms > 0)
        mono_sleep_ms(p->pace_ms);
    else
        while (!one_key(p, s, park)) continue;
    if (!p->running) let_go(s, id);
    return true;
}
