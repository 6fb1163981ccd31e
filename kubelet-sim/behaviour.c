/* behaviour.c - see behaviour.h.
 * Reads: pods.   Writes: struct behaviour. */
#include "kubelet-sim/behaviour.h"

#include <stdlib.h>

enum { SIGTERM_CODE = 143 };
#define DURATION_MAX_NS (INT64_MAX / 4) /* 73 years: may be added to any time of a cluster */

static const struct script_op hold[] = {{.what = DO_HOLD}};
/* Most containers run for ever and say nothing: they share this one. */
static const struct behaviour runs_for_ever = {
    .script = {hold, 1}, .term_code = SIGTERM_CODE, .unready_after_ns = INT64_MAX, .live_until_ns = INT64_MAX};

struct str image_base(struct str reference)
{
    struct str digest, name = str_cut(reference, '@', &digest), tag;
    for (size_t slash; (slash = str_chr(name, '/')) != SIZE_MAX;) name = str_from(name, slash + 1);
    return str_cut(name, ':', &tag);
}

bool behaviour_duration(struct str text, int64_t *out_ns)
{
    int64_t whole;
    if (str_to_i64(text, &whole))
        *out_ns = whole < 0 ? -1 : MIN(whole, DURATION_MAX_NS / S) * S;
    else if (!text.n || !clk_parse_go_duration(text.p, text.n, out_ns))
        return false;
    *out_ns = MIN(*out_ns, DURATION_MAX_NS);
    return *out_ns >= 0;
}

static struct str move_text(char **at, struct str text)
{
    struct str moved = {*at, text.n};
    if (str_is_null(text)) return text;
    if (text.n) memcpy(*at, text.p, text.n);
    *at += text.n;
    return moved;
}

/* In one piece of memory, and no larger than it must be: there is one for each container. */
static const struct behaviour *keep(const struct behaviour *b)
{
    size_t size = sizeof *b + sizeof *b->script.ops * (size_t)b->script.count;
    size += b->note.n + b->start_error.n + b->pull_error.n;
    for (int i = 0; i < b->script.count; i++) size += b->script.ops[i].text.n;
    struct behaviour *own = xmalloc(size);
    struct script_op *ops = (struct script_op *)(own + 1);
    char *at = (char *)(ops + b->script.count);
    *own = *b;
    own->script.ops = ops;
    for (int i = 0; i < b->script.count; i++) {
        ops[i] = b->script.ops[i];
        ops[i].text = move_text(&at, ops[i].text);
    }
    own->note = move_text(&at, b->note);
    own->start_error = move_text(&at, b->start_error);
    own->pull_error = move_text(&at, b->pull_error);
    return own;
}

static bool is_plain(const struct behaviour *b)
{
    struct behaviour same = *b;
    same.script = runs_for_ever.script;
    bool holds = b->script.count == 1 && b->script.ops[0].what == DO_HOLD;
    return holds && same.term_code == SIGTERM_CODE && !same.ignores_term && !same.term_after_ns && !same.end_reason &&
           str_is_null(same.note) && str_is_null(same.start_error) && !same.started_after_ns && !same.ready_after_ns &&
           same.unready_after_ns == INT64_MAX && same.live_until_ns == INT64_MAX && !same.tells_ready;
}

const struct behaviour *behaviour_of(const struct json *pod, const struct json *container, bool init,
                                     const struct env *env)
{
    struct arena scratch AUTO_ARENA = {0};
    struct behaviour b = runs_for_ever;
    struct str host = obj_str(pod, ".spec.hostname");
    const struct shell_context cx = {.env = env,
                                     .hostname = host.n ? host : obj_name(pod),
                                     .note_path = obj_str(container, ".terminationMessagePath")};
    if (!catalogue_find(&scratch, container, &cx, &b) && init) {
        static const struct script_op done[] = {{.what = DO_EXIT}}; /* an init container is there to end */
        b.script = (struct script){done, 1};
    }
    behaviour_note(&scratch, pod, obj_str(container, ".name"), &b);
    return is_plain(&b) ? &runs_for_ever : keep(&b);
}

void behaviour_free(const struct behaviour *b)
{
    if (b != &runs_for_ever) free((void *)b);
}

void behaviour_pull(struct arena *a, const struct json *pod, const struct json *container, struct behaviour *out)
{
    *out = runs_for_ever;
    out->pull_error = catalogue_pull_error(a, obj_str(container, ".image"));
    if (!str_is_null(out->pull_error)) out->pull_failures = INT32_MAX;
    behaviour_note(a, pod, obj_str(container, ".name"), out);
}
