/* step_prompt.c - see step_prompt.h.
 * Reads: stdin.   Writes: stdout; the stepper. */
#include "kubestep/step_prompt.h"

#include "kubestep/step_break.h"
#include "kubestep/term.h"
#include "kubestep/why_view.h"

#include <stdio.h>

enum { LINE_BYTES_MAX = 4096, KNOWN_MS = 10000 };

static struct str or_dash(struct str s) { return s.n ? s : STR("-"); }

void step_prompt_show(const struct json *park)
{
    printf("%.*s/%.*s %s%.*s%s %.*s %.*s ", STR_ARG(obj_str(park, ".namespace")), STR_ARG(obj_str(park, ".pod")),
           term(BOLD), STR_ARG(obj_str(park, ".point")), term(PLAIN), STR_ARG(or_dash(obj_str(park, ".plugin"))),
           STR_ARG(or_dash(obj_str(park, ".node"))));
    struct str verdict = obj_str(park, ".verdict"), message = obj_str(park, ".message");
    bool good = str_eqc(verdict, "Success") || str_eqc(verdict, "Skip");
    printf("%s%.*s%s", good ? term(GREEN) : term(YELLOW), STR_ARG(verdict), term(PLAIN));
    if (obj_has(park, ".score")) printf(" %lld", (long long)obj_int(park, ".score", 0));
    if (message.n) printf(": %.*s", STR_ARG(message));
    putchar('\n');
    fflush(stdout);
}

/* ---- Looking ---- */

static void tell_so_far(const struct json *park)
{
    const struct json *d = obj_get(park, ".facts");
    if (!d) {
        printf("nothing yet: the pod has just come off the queue\n");
        return;
    }
    printf("so far: %lld of %lld nodes looked at, %lld fit", (long long)obj_int(d, ".status.evaluated", 0),
           (long long)obj_int(d, ".status.allNodes", 0), (long long)obj_int(d, ".status.feasible", 0));
    if (obj_has(d, ".status.node")) printf("; chosen: %.*s", STR_ARG(obj_str(d, ".status.node")));
    putchar('\n');
    if (obj_count(d, ".status.nodes"))
        why_table(d);
    else if (obj_int(d, ".status.evaluated", 0) || obj_bool(d, ".status.cut", false))
        printf("They are too many to be shown here: kubestep why tells of all when the pod is through.\n");
}

static void source(const struct json *park)
{
    struct str file = obj_str(park, ".source");
    if (file.n)
        printf("%.*s is in %.*s\n", STR_ARG(obj_str(park, ".plugin")), STR_ARG(file));
    else
        printf("no plugin stands here\n");
}

/* ---- Doing ---- */

static void add_breakpoint(struct step_prompt *p, struct str words)
{
    struct err e = ERR_INIT;
    bool ok = step_break_add(p->arena, p->spec, str_trim(words), &e) &&
              step_session_breaks(p->session, obj_get(p->spec, ".breakpoints"), KNOWN_MS, &e);
    if (!ok) printf("%s\n", e.text);
}

static void go(struct step_prompt *p, const struct json *park, const char *to)
{
    struct err e = ERR_INIT;
    if (step_session_go(p->session, obj_int(park, ".id", 0), to, &e) || e.code == ERR_NOT_FOUND) return;
    printf("%s\n", e.code == ERR_CONFLICT ? "it has gone on by itself" : e.text);
}

/* ---- Asking ---- */

static const struct command {
    int key;
    const char *word, *to; /* to: it goes on so far; NULL: it stands */
} commands[] = {{'n', "next", "plugin"},         {'\n', "", "plugin"}, {'p', "point", "point"},
                {'c', "continue", "breakpoint"}, {'b', "break", NULL}, {'w', "what", NULL},
                {'s', "source", NULL},           {'q', "quit", "end"}, {EOF, NULL, "end"}};

static const struct command *of_key(int key)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (commands[i].key == key) return &commands[i];
    return NULL;
}

static const struct command *of_word(struct str word)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        const struct command *c = &commands[i];
        if (c->word && (str_eqc(word, c->word) || (word.n == 1 && (unsigned char)word.p[0] == c->key))) return c;
    }
    return NULL;
}

/* One key, and for b the rest of a line. NULL: none of ours. */
static const struct command *by_key(struct buf *line)
{
    printf("%s[n]ext [p]oint [c]ontinue [b]reak [w]hat so far [s]ource [q] let it run >%s ", term(YELLOW), term(PLAIN));
    fflush(stdout);
    const struct command *c = of_key(term_key());
    putchar('\n');
    if (!c || c->key != 'b') return c;
    printf("break at KEY=VALUE,... (point, plugin, namespace, pod, node, verdict): ");
    fflush(stdout);
    return term_line(line) ? c : of_key(EOF);
}

static const struct command *by_line(struct buf *line)
{
    struct str words;
    if (!term_line(line)) return of_key(EOF);
    const struct command *c = of_word(str_cut(str_trim(buf_view(line)), ' ', &words));
    struct str rest = str_is_null(words) ? STR("") : str_trim(words);
    if (rest.n) memmove(line->p, rest.p, rest.n); /* what stands behind the command */
    line->n = rest.n;
    return c;
}

/* True: it went on. */
static bool obey(struct step_prompt *p, const struct json *park, const struct command *c, struct str words)
{
    if (!c) printf("commands: n(ext), p(oint), c(ontinue), b(reak) KEY=VALUE[,...], w(hat), s(ource), q(uit)\n");
    if (c && c->key == 'b') add_breakpoint(p, words);
    if (c && c->key == 'w') tell_so_far(park);
    if (c && c->key == 's') source(park);
    if (!c || !c->to) return false;
    p->quit = c->key == 'q' || c->key == EOF;
    go(p, park, c->to);
    return true;
}

void step_prompt_ask(struct step_prompt *p, const struct json *park)
{
    struct buf line AUTO_BUF = {0};
    bool went;
    buf_init(&line, LINE_BYTES_MAX);
    do {
        buf_clear(&line);
        const struct command *c = p->keys ? by_key(&line) : by_line(&line);
        went = obey(p, park, c, buf_view(&line));
        fflush(stdout);
    } while (!went);
}
