/* ledger.c - see ledger.h: reading, with all checks.
 * Reads: trees of what a scheduler sent.   Writes: struct ledger. */
#include "api/ledger.h"

#include <stdlib.h>

/* ---- Tables ---- */

static size_t text_of(const struct json *list, const char *path, size_t *count)
{
    size_t n = 0;
    *count = 0;
    for (OBJ_EACH(it, list, path)) {
        n += obj_text(it).n;
        ++*count;
    }
    return n;
}

static char *add_text(char *at, struct str s)
{
    if (s.n) memcpy(at, s.p, s.n);
    return at + s.n;
}

static struct str add_name(char **at, struct str s)
{
    const char *p = *at;
    *at = add_text(*at, s);
    return str_n(p, s.n);
}

struct ledger_table *ledger_table_read(const struct json *j, struct err *e)
{
    size_t nodes, plugins, bytes = text_of(j, ".nodes", &nodes);
    (void)text_of(j, ".plugins", &plugins);
    if (nodes > LEDGER_TABLE_NODES || plugins > LEDGER_PLUGINS_MAX) {
        err_set(e, ERR_BAD_REQUEST, "a table has at most %d nodes and %d plugins", LEDGER_TABLE_NODES,
                LEDGER_PLUGINS_MAX);
        return NULL;
    }
    for (OBJ_EACH(p, j, ".plugins")) bytes += obj_str(p, ".name").n + obj_str(p, ".source").n;
    struct ledger_table *t = xcalloc(1, sizeof *t);
    t->at = xcalloc(nodes + 1, sizeof *t->at);
    char *at = t->text = xmalloc(bytes + 1);
    for (OBJ_EACH(it, j, ".nodes")) {
        at = add_text(at, obj_text(it));
        t->longest = MAX(t->longest, obj_text(it).n);
        t->at[++t->nnodes] = (uint32_t)(at - t->text);
    }
    for (OBJ_EACH(p, j, ".plugins")) {
        t->plugins[t->nplugins] = add_name(&at, obj_str(p, ".name"));
        t->sources[t->nplugins++] = add_name(&at, obj_str(p, ".source"));
    }
    t->bytes = sizeof *t + (nodes + 1) * sizeof *t->at + bytes + 1;
    return t;
}

void ledger_table_free(struct ledger_table *t)
{
    if (!t) return;
    free(t->at);
    free(t->text);
    free(t);
}

/* ---- The parts of a ledger ---- */

static bool wrong(struct err *e, const char *part)
{
    err_set(e, ERR_BAD_REQUEST, "the ledger's %s are not what its table allows", part);
    return false;
}

/* How many nodes; -1: not all of them are in the table, or there are more than in it. */
static int64_t places(struct str text, int64_t n)
{
    struct runs_reader r = runs_of(text);
    int64_t at = -1, step, total = 0;
    for (uint32_t count; runs_next(&r, &step, &count);) {
        total += count;
        if (total > n || step > n || step < -n) return -1;
        int64_t first = at + step, last = at + step * count; /* below 2^40 each */
        if (MIN(first, last) < 0 || MAX(first, last) >= n) return -1;
        at = last;
    }
    return r.bad ? -1 : total;
}

static bool read_nodes(struct ledger *l, struct err *e)
{
    int64_t n = places(l->nodes, l->table->nnodes);
    l->evaluated = n < 0 ? 0 : (uint32_t)n;
    return n >= 0 || wrong(e, "nodes");
}

static bool read_plugins(uint8_t *out, int *n, const struct ledger *l, struct str text, struct err *e)
{
    struct runs_cursor c = runs_cursor(text);
    for (*n = 0; c.left || c.r.p < c.r.end;) {
        int64_t plugin = runs_one(&c);
        if (c.r.bad || plugin < 0 || plugin >= l->table->nplugins + l->nextenders || *n == LEDGER_PLUGINS_MAX)
            return wrong(e, "plugins");
        out[(*n)++] = (uint8_t)plugin;
    }
    return true;
}

static bool read_class(struct ledger *l, struct ledger_class *c, const struct json *j, struct err *e)
{
    int64_t plugin = obj_int(j, ".plugin", -1);
    *c = (struct ledger_class){.plugin = -1,
                               .nominated = obj_bool(j, ".nominated", false),
                               .code = obj_str(j, ".code"),
                               .detail = obj_str(j, ".detail"),
                               .reasons = obj_get(j, ".reasons")};
    for (int i = 0; i < l->nfilters && c->plugin < 0; i++)
        if (l->filters[i] == plugin) c->plugin = i;
    bool good = c->plugin >= 0 && c->code.n && obj_count(j, ".reasons") <= LEDGER_REASONS_MAX &&
                obj_count(j, ".lacking") <= LEDGER_AMOUNTS_MAX;
    for (const struct json *it = good ? obj_first(j, ".lacking") : NULL; it; it = obj_next(it)) {
        int64_t at = obj_number(it, -1);
        good = good && at >= 0 && at < l->namounts;
        c->lacking[c->nlacking++] = (uint8_t)at;
    }
    return good || wrong(e, "classes");
}

/* A string in JSON is at most six times as long. */
static size_t text_size(struct str s) { return 6 * s.n + 32; }

static size_t filters_size(const struct ledger *l, int n)
{
    size_t size = 64;
    for (int i = 0; i < n; i++) size += text_size(ledger_plugin(l, l->filters[i]));
    return size;
}

static size_t class_size(const struct ledger *l, const struct ledger_class *c)
{
    size_t size = filters_size(l, c->plugin + 1) + text_size(c->code) + text_size(c->detail) + 32;
    for (OBJ_EACH(it, c->reasons, "")) size += text_size(obj_text(it));
    for (uint32_t i = 0; i < c->nlacking; i++) size += text_size(l->amounts[c->lacking[i]].resource) + 96;
    return size;
}

static bool read_amounts(struct ledger *l, const struct json *list, struct err *e)
{
    if (obj_count(list, "") > LEDGER_AMOUNTS_MAX) return wrong(e, "amounts");
    for (OBJ_EACH(it, list, ""))
        l->amounts[l->namounts++] = (struct ledger_amounts){obj_str(it, ".resource"), obj_str(it, ".values")};
    return true;
}

static bool read_classes(struct ledger *l, struct arena *a, const struct json *list, struct err *e)
{
    size_t n = obj_count(list, "");
    if (n > LEDGER_CLASSES_MAX) return wrong(e, "classes");
    l->classes = ARENA_ARRAY(a, struct ledger_class, n);
    for (OBJ_EACH(it, list, "")) {
        struct ledger_class *c = &l->classes[l->nclasses++];
        if (!read_class(l, c, it, e)) return false;
        c->size = class_size(l, c);
    }
    return true;
}

/* How many values; SIZE_MAX: it is no such text, or more than `most`. */
static size_t values(struct str text, size_t most)
{
    struct runs_reader r = runs_of(text);
    size_t total = 0;
    int64_t v;
    for (uint32_t n; total <= most && runs_next(&r, &v, &n);) total += n;
    return r.bad || total > most ? SIZE_MAX : total;
}

/* One verdict a node, and as many amounts as they call for. */
static bool read_verdicts(struct ledger *l, struct err *e)
{
    struct runs_reader r = runs_of(l->verdicts);
    size_t total = 0, needs[LEDGER_AMOUNTS_MAX] = {0}, fits = filters_size(l, l->nfilters);
    int64_t v;
    for (uint32_t n; runs_next(&r, &v, &n);) {
        total += n;
        if (v < 0 || v > l->nclasses || total > l->evaluated) return wrong(e, "verdicts");
        const struct ledger_class *c = v ? &l->classes[v - 1] : NULL;
        for (uint32_t i = 0; c && i < c->nlacking; i++) needs[c->lacking[i]] += n;
        l->size += (c ? c->size : fits) * n;
        if (!v) l->feasible += n;
        if (l->size > LEDGER_SIZE_MAX) return wrong(e, "sizes");
    }
    l->size += l->evaluated * (6 * l->table->longest + 32);
    if (l->size > LEDGER_SIZE_MAX) return wrong(e, "sizes");
    if (r.bad || total != l->evaluated) return wrong(e, "verdicts");
    for (int i = 0; i < l->namounts; i++)
        if (values(l->amounts[i].values, needs[i]) != needs[i]) return wrong(e, "amounts");
    return true;
}

static bool read_columns(struct ledger *l, const struct json *list, struct err *e)
{
    if (obj_count(list, "") > LEDGER_PLUGINS_MAX) return wrong(e, "scores");
    for (OBJ_EACH(it, list, "")) {
        int64_t plugin = obj_int(it, ".plugin", -1);
        struct ledger_column *c = &l->columns[l->ncolumns++];
        if (plugin < 0 || plugin >= l->table->nplugins + l->nextenders) return wrong(e, "scores");
        c->plugin = (uint8_t)plugin;
        c->weight = obj_int(it, ".weight", 1);
        c->raw = obj_str(it, ".raw");
        c->normalized = obj_has(it, ".normalized") ? obj_str(it, ".normalized") : c->raw;
        if (values(c->raw, l->feasible) != l->feasible || values(c->normalized, l->feasible) != l->feasible)
            return wrong(e, "scores");
        l->size += l->feasible * (text_size(ledger_plugin(l, (int)plugin)) + 160);
        if (l->size > LEDGER_SIZE_MAX) return wrong(e, "sizes");
    }
    return true;
}

static bool read_hopeless(struct ledger *l, const struct json *list, struct err *e)
{
    if (obj_count(list, "") > LEDGER_HOPELESS_MAX) return wrong(e, "hopeless");
    for (OBJ_EACH(it, list, "")) {
        struct ledger_hopeless *h = &l->hopeless[l->nhopeless++];
        *h = (struct ledger_hopeless){obj_str(it, ".code"), obj_str(it, ".nodes"), obj_get(it, ".reasons")};
        int64_t n = places(h->nodes, l->table->nnodes);
        if (n < 0 || obj_count(h->reasons, "") > LEDGER_REASONS_MAX) return wrong(e, "hopeless");
        size_t size = text_size(h->code) + 64;
        for (OBJ_EACH(r, h->reasons, "")) size += text_size(obj_text(r));
        l->size += size * (size_t)n;
        if (l->size > LEDGER_SIZE_MAX) return wrong(e, "sizes");
    }
    return true;
}

static bool read_extenders(struct ledger *l, const struct json *list, struct err *e)
{
    if (obj_count(list, "") > LEDGER_PLUGINS_MAX - l->table->nplugins) return wrong(e, "extenders");
    for (OBJ_EACH(it, list, "")) {
        l->extenders[l->nextenders++] = obj_text(it);
        l->size += text_size(obj_text(it)) + 64;
    }
    return l->size <= LEDGER_SIZE_MAX || wrong(e, "sizes");
}

struct str ledger_plugin(const struct ledger *l, int place)
{
    int plugins = (int)l->table->nplugins;
    return place < plugins ? l->table->plugins[place] : l->extenders[place - plugins];
}

bool ledger_read(struct ledger *l, struct arena *a, const struct json *j, const struct ledger_table *t, struct err *e)
{
    *l = (struct ledger){.table = t,
                         .size = 64 + 4 * LEDGER_PLUGINS_MAX * 64,
                         .nodes = obj_str(j, ".nodes"),
                         .verdicts = obj_str(j, ".verdicts")};
    return read_extenders(l, obj_get(j, ".extenders"), e) && read_nodes(l, e) &&
           read_plugins(l->filters, &l->nfilters, l, obj_str(j, ".filters"), e) &&
           read_plugins(l->skipped, &l->nskipped, l, obj_str(j, ".skipped"), e) &&
           read_plugins(l->unscored, &l->nunscored, l, obj_str(j, ".unscored"), e) &&
           read_amounts(l, obj_get(j, ".amounts"), e) && read_classes(l, a, obj_get(j, ".classes"), e) &&
           read_verdicts(l, e) && read_columns(l, obj_get(j, ".scores"), e) &&
           read_hopeless(l, obj_get(j, ".hopeless"), e);
}
