/* shell_word.c - words of the shell: variables, quotes, $(..) and $((..)); $(NAME) of containers.
 * Reads: variables, environment.   Writes: text in the arena. */
#include "kubelet-sim/shell_priv.h"

/* ---- Environment ---- */

void env_set(struct env *e, struct str name, struct str value)
{
    for (int i = 0; i < e->count; i++)
        if (str_eq(e->items[i].name, name)) {
            e->items[i].value = value;
            return;
        }
    if (e->count == ENV_MAX) return;
    if (e->count == e->cap) {
        struct env_var *more = ARENA_ARRAY(e->a, struct env_var, e->cap ? 2 * e->cap : 8);
        if (e->count) memcpy(more, e->items, sizeof *more * (size_t)e->count);
        e->cap = e->cap ? 2 * e->cap : 8;
        e->items = more;
    }
    e->items[e->count++] = (struct env_var){name, value};
}

struct str env_get(const struct env *e, struct str name)
{
    for (int i = e->count; i-- > 0;)
        if (str_eq(e->items[i].name, name)) return e->items[i].value;
    return STR_NULL;
}

/* Upstream: third_party/forked/golang/expansion. */
struct str env_expand(struct arena *a, const struct env *e, struct str text)
{
    struct buf b AUTO_BUF = {0};
    if (str_chr(text, '$') == SIZE_MAX) return text;
    buf_init(&b, LOG_BYTES_MAX);
    for (size_t i = 0; i < text.n; i++) {
        char next = text.p[i] == '$' && i + 1 < text.n ? text.p[i + 1] : 0;
        if (next == '$') {
            buf_char(&b, '$');
            i++;
        } else if (next == '(') {
            struct str rest = str_from(text, i + 2);
            size_t end = str_chr(rest, ')');
            struct str value = end == SIZE_MAX ? STR_NULL : env_get(e, str_n(rest.p, end));
            if (str_is_null(value)) {
                buf_char(&b, '$');
                continue;
            }
            buf_str(&b, value);
            i += end + 2;
        } else {
            buf_char(&b, text.p[i]);
        }
    }
    return str_copy(a, buf_view(&b));
}

/* ---- Variables ---- */

bool shell_is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && !(i && c >= '0' && c <= '9')) return false;
    }
    return s.n > 0;
}

struct str shell_var(const struct shell *sh, struct str name)
{
    for (int i = 0; i < sh->nvars; i++)
        if (str_eq(sh->vars[i].name, name)) return sh->vars[i].value;
    if (str_eqc(name, "HOSTNAME")) return sh->cx->hostname;
    return env_get(sh->cx->env, name);
}

void shell_set_var(struct shell *sh, struct str name, struct str value)
{
    for (int i = 0; i < sh->nvars; i++)
        if (str_eq(sh->vars[i].name, name)) {
            sh->vars[i].value = value;
            return;
        }
    if (sh->nvars == SCRIPT_VARS_MAX)
        sh->failed = true;
    else
        sh->vars[sh->nvars++] = (struct env_var){name, value};
}

/* ---- Arithmetic: numbers, names and ( ) with + - * / %, from left to right by precedence ---- */

struct sum { /* base + step * round of the loop */
    int64_t base, step;
};
struct arithmetic {
    struct shell *sh;
    struct str rest;
};

static int64_t wrap_mul(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }
static int64_t wrap_add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }

static struct sum number(struct str text)
{
    struct sum v = {0, 0};
    if (text.n > 2 && text.p[0] == SCRIPT_COUNT) {
        struct str step, base = str_cut(str_n(text.p + 1, text.n - 2), ';', &step);
        if (str_to_i64(base, &v.base) && str_to_i64(step, &v.step)) return v;
    }
    if (!str_to_i64(text, &v.base)) v.base = 0;
    return v;
}

static char peek(struct arithmetic *x)
{
    x->rest = str_trim(x->rest);
    return x->rest.n ? x->rest.p[0] : 0;
}

static struct sum add_up(struct arithmetic *x, int depth);

static struct sum operand(struct arithmetic *x, int depth)
{
    char c = peek(x);
    if (c == '-' || c == '(') {
        x->rest = str_from(x->rest, 1);
        struct sum v =
            depth < SCRIPT_DEPTH_MAX ? c == '(' ? add_up(x, depth + 1) : operand(x, depth + 1) : (struct sum){0, 0};
        if (c == '(' && peek(x) == ')') x->rest = str_from(x->rest, 1);
        return c == '-' ? (struct sum){wrap_mul(-1, v.base), wrap_mul(-1, v.step)} : v;
    }
    if (c == '$') x->rest = str_from(x->rest, 1);
    size_t n = 0;
    while (n < x->rest.n && !memchr(" \t+-*/%()", x->rest.p[n], 9)) n++;
    struct str text = str_n(x->rest.p, n);
    x->rest = str_from(x->rest, n);
    return number(shell_is_name(text) ? shell_var(x->sh, text) : text);
}

static struct sum multiply(struct arithmetic *x, int depth)
{
    struct sum v = operand(x, depth);
    for (char c; (c = peek(x)) == '*' || c == '/' || c == '%';) {
        x->rest = str_from(x->rest, 1);
        struct sum w = operand(x, depth);
        bool defined = c == '*' || (w.base != 0 && w.base != -1);
        bool line = c == '*' ? !v.step || !w.step : !v.step && !w.step; /* as the rounds go */
        if (!defined || !line) {
            x->sh->failed = true;
            return v;
        }
        if (c == '*')
            v = (struct sum){wrap_mul(v.base, w.base), wrap_add(wrap_mul(v.base, w.step), wrap_mul(v.step, w.base))};
        else
            v.base = c == '/' ? v.base / w.base : v.base % w.base;
    }
    return v;
}

static struct sum add_up(struct arithmetic *x, int depth)
{
    struct sum v = multiply(x, depth);
    for (char c; (c = peek(x)) == '+' || c == '-';) {
        x->rest = str_from(x->rest, 1);
        struct sum w = multiply(x, depth);
        int64_t sign = c == '+' ? 1 : -1;
        v = (struct sum){wrap_add(v.base, wrap_mul(sign, w.base)), wrap_add(v.step, wrap_mul(sign, w.step))};
    }
    return v;
}

static void add_arithmetic(struct shell *sh, struct buf *b, struct str text)
{
    struct arithmetic x = {sh, text};
    struct sum v = add_up(&x, 0);
    if (peek(&x)) sh->failed = true; /* comparisons, assignments */
    if (v.step)
        buf_addf(b, "%c%lld;%lld%c", SCRIPT_COUNT, (long long)v.base, (long long)v.step, SCRIPT_COUNT_END);
    else
        buf_i64(b, v.base);
}

/* ---- Words ---- */

/* What a command prints, without the newlines at its end. */
static void add_output(struct shell *sh, struct buf *b, struct str script)
{
    struct buf out AUTO_BUF = {0}, *outer = sh->capture;
    struct str file = sh->output;
    buf_init(&out, LOG_LINE_MAX);
    sh->capture = &out;
    sh->output = STR_NULL;
    sh->status = shell_script(sh, script);
    sh->capture = outer;
    sh->output = file;
    while (out.n && out.p[out.n - 1] == '\n') out.n--;
    buf_str(b, buf_view(&out));
}

/* ${..} without its braces. */
static void add_parameter(struct shell *sh, struct buf *b, struct str text)
{
    size_t n = 0;
    while (n < text.n && shell_is_name(str_n(text.p, n + 1))) n++;
    struct str name = str_n(text.p, n), rest = str_from(text, n), value = shell_var(sh, name);
    bool otherwise = str_starts(rest, STR(":-")) || str_starts(rest, STR(":="));
    if (rest.n && !otherwise && rest.p[0] != '-') sh->failed = true;
    if (++sh->nesting > SCRIPT_NESTING_MAX)
        sh->failed = true;
    else if (!rest.n || (otherwise ? value.n > 0 : !str_is_null(value)))
        buf_str(b, value);
    else
        buf_str(b, shell_word(sh, str_from(rest, otherwise ? 2 : 1)));
    sh->nesting--;
}

static size_t closing(struct str s, char open, char close)
{
    size_t depth = 0;
    for (size_t i = 0; i < s.n; i++) {
        depth += s.p[i] == open;
        if (s.p[i] == close && --depth == 0) return i;
    }
    return s.n;
}

/* $.. at the start of s; returns its length. */
static size_t add_dollar(struct shell *sh, struct buf *b, struct str s)
{
    char c = s.n > 1 ? s.p[1] : 0;
    if (c == '(' || c == '{') {
        size_t end = closing(str_from(s, 1), c, c == '(' ? ')' : '}');
        struct str inner = str_n(s.p + 2, end > 1 ? end - 1 : 0);
        if (c == '{')
            add_parameter(sh, b, inner);
        else if (inner.n > 1 && inner.p[0] == '(' && inner.p[inner.n - 1] == ')')
            add_arithmetic(sh, b, str_n(inner.p + 1, inner.n - 2));
        else
            add_output(sh, b, inner);
        return MIN(end + 2, s.n);
    }
    if (c == '?') buf_i64(b, sh->status);
    if (c == '$') buf_cstr(b, "1");
    if (c && memchr("?$#@*0", c, 6)) return 2;
    size_t n = 0;
    while (n + 1 < s.n && shell_is_name(str_n(s.p + 1, n + 1))) n++;
    if (n)
        buf_str(b, shell_var(sh, str_n(s.p + 1, n)));
    else
        buf_char(b, '$');
    return n + 1;
}

bool shell_is_quoted(struct str raw) { return raw.n && (raw.p[0] == '"' || raw.p[0] == '\''); }

struct str shell_word(struct shell *sh, struct str raw)
{
    struct buf b AUTO_BUF = {0};
    bool in = false; /* double quotes */
    buf_init(&b, LOG_LINE_MAX);
    for (size_t i = 0; i < raw.n;) {
        char c = raw.p[i];
        if (c == '\'' && !in) {
            size_t n = MIN(str_chr(str_from(raw, i + 1), '\''), raw.n - i - 1);
            buf_add(&b, raw.p + i + 1, n);
            i += n + 2;
        } else if (c == '"') {
            in = !in;
            i++;
        } else if (c == '\\' && i + 1 < raw.n) {
            bool takes = !in || memchr("$`\"\\\n", raw.p[i + 1], 5);
            if (!takes) buf_char(&b, '\\');
            if (raw.p[i + 1] != '\n') buf_char(&b, raw.p[i + 1]);
            i += 2;
        } else if (c == '$') {
            i += add_dollar(sh, &b, str_from(raw, i));
        } else if (c == '`') {
            size_t n = MIN(str_chr(str_from(raw, i + 1), '`'), raw.n - i - 1);
            add_output(sh, &b, str_n(raw.p + i + 1, n));
            i += n + 2;
        } else {
            buf_char(&b, c);
            i++;
        }
    }
    sh->text_bytes += b.n;
    if (sh->text_bytes > SCRIPT_TEXT_MAX) sh->failed = true;
    return sh->failed ? STR("") : str_copy(sh->a, buf_view(&b));
}
