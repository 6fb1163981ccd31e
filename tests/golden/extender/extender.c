/* extender.c - what is said to extenders and what is made of their answers, by files of cases.
 * Reads: a .cases file (README.md tells its form).   Writes: the same file to stdout, with the outcomes that are true
 * now; cases.sh compares. */
#include "tests/support/fake_server.h"

#include "api/decode.h"
#include "base/io.h"
#include "scheduler/extender_wire.h"

enum { FILE_MAX = 1 << 20, OUT_MAX = 4 << 20, NODES_MAX = 16, PODS_MAX = 8 };

static const char indent[] = "    ";

struct victims_line {
    struct str node;
    struct str pods[PODS_MAX];
    int n;
};

struct run {
    struct arena arena; /* of the case */
    struct buf out;
    struct fake_server server;
    struct str extender, pod;
    struct str nodes[NODES_MAX];
    int nnodes;
    struct victims_line victims[NODES_MAX];
    int nvictims;
    int status;
    struct buf answer;
    bool hang;
    struct buf sent;
};

/* ---- The server ---- */

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    struct run *r = arg;
    buf_addf(&r->sent, "%.*s %.*s %.*s", STR_ARG(rq->method), STR_ARG(rq->path), STR_ARG(rq->body));
    rp->status = r->status;
    rp->hold = r->hang;
    buf_str(&rp->body, buf_view(&r->answer));
}

/* ---- Objects as the API server has them ---- */

static const struct object *object_from(struct run *r, struct str text, const char *kind)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(&r->arena, text, &e);
    if (!j || !api_decode(&r->arena, api_find_type("core/v1", kind), j, NULL, &e)) {
        fprintf(stderr, "%s: %.*s\n", e.text, STR_ARG(text));
        exit(2);
    }
    return object_of(j);
}

static const struct pod_info *pod_from(struct run *r, struct str text)
{
    const struct object *o AUTO_OBJ = object_from(r, text, "Pod");
    return pod_info_new(o, true);
}

static struct str victim_text(struct run *r, struct str name)
{
    return str_printf(&r->arena, "{\"metadata\":{\"name\":\"%.*s\",\"namespace\":\"default\",\"uid\":\"u-%.*s\"}}",
                      STR_ARG(name), STR_ARG(name));
}

/* ---- Outcomes ---- */

static void say_error(struct run *r, const struct err *e)
{
    char url[64], *text = xstrdup(e->text);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", r->server.port);
    buf_cstr(&r->out, "! ");
    for (char *p = text; *p; p++) {
        bool whole = strncmp(p, url, strlen(url)) == 0, host = strncmp(p, url + 7, strlen(url) - 7) == 0;
        if (whole || host) {
            buf_cstr(&r->out, whole ? "URL" : "HOST");
            p += strlen(url) - (whole ? 1 : 8);
        } else {
            buf_char(&r->out, *p);
        }
    }
    buf_char(&r->out, '\n');
    free(text);
}

static void say_filtered(struct run *r, const struct wire_filtered *f)
{
    buf_cstr(&r->out, "= passes");
    for (int i = 0; i < r->nnodes; i++)
        if (f->passed[i]) buf_addf(&r->out, " %.*s", STR_ARG(r->nodes[i]));
    buf_char(&r->out, '\n');
    for (int i = 0; i < r->nnodes; i++)
        if (f->why[i])
            buf_addf(&r->out, "= %s %.*s: %s\n", f->unresolvable[i] ? "hopeless" : "fails", STR_ARG(r->nodes[i]),
                     f->why[i]);
}

static int compare_victims(const void *a, const void *b)
{
    return str_cmp(((const struct wire_victims *)a)->node, ((const struct wire_victims *)b)->node);
}

static void say_victims(struct run *r, struct wire_victims *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, compare_victims);
    if (!n) buf_cstr(&r->out, "= nobody\n");
    for (int i = 0; i < n; i++) {
        buf_addf(&r->out, "= %.*s breaks %lld:", STR_ARG(v[i].node), (long long)v[i].violations);
        for (int k = 0; k < v[i].n; k++) buf_addf(&r->out, " %.*s", STR_ARG(v[i].uids[k]));
        buf_char(&r->out, '\n');
    }
}

/* ---- Questions ---- */

struct question {
    struct run *r;
    const struct extender *x;
    const struct pod_info *pod;
    const struct sym *names[NODES_MAX];
    struct texts *texts;
    struct buf body, answer;
    struct err e;
};

static bool call(struct question *q, enum extender_verb verb)
{
    return extender_call(q->x, verb, buf_view(&q->body), &q->answer, &q->e);
}

static bool ask_filter(struct question *q)
{
    struct wire_filtered f;
    struct run *r = q->r;
    bool ok = wire_nodes(&q->body, q->x, q->pod->object, q->names, r->nnodes, q->texts, &q->e) &&
              call(q, EXTENDER_FILTER) &&
              wire_read_filtered(&r->arena, q->x, buf_view(&q->answer), q->names, r->nnodes, &f, &q->e);
    if (r->sent.n) buf_addf(&r->out, "= sent %.*s\n", STR_ARG(buf_view(&r->sent)));
    if (ok) say_filtered(r, &f);
    return ok;
}

static bool ask_points(struct question *q)
{
    int64_t *points;
    struct run *r = q->r;
    bool ok = wire_nodes(&q->body, q->x, q->pod->object, q->names, r->nnodes, q->texts, &q->e) &&
              call(q, EXTENDER_PRIORITIZE) &&
              wire_read_points(&r->arena, buf_view(&q->answer), q->names, r->nnodes, &points, &q->e);
    if (r->sent.n) buf_addf(&r->out, "= sent %.*s\n", STR_ARG(buf_view(&r->sent)));
    for (int i = 0; ok && i < r->nnodes; i++)
        buf_addf(&r->out, "= %.*s %lld\n", STR_ARG(r->nodes[i]), (long long)points[i]);
    return ok;
}

static bool ask_victims(struct question *q)
{
    struct run *r = q->r;
    struct wire_victims v[NODES_MAX], *left;
    const struct pod_info *pods[NODES_MAX][PODS_MAX];
    int n;
    for (int i = 0; i < r->nvictims; i++) {
        for (int k = 0; k < r->victims[i].n; k++) pods[i][k] = pod_from(r, victim_text(r, r->victims[i].pods[k]));
        v[i] = (struct wire_victims){.node = r->victims[i].node, .pods = pods[i], .n = r->victims[i].n};
    }
    bool ok = wire_preemption(&q->body, q->x, q->pod->object, v, r->nvictims, q->texts, &q->e) &&
              call(q, EXTENDER_PREEMPT) && wire_read_victims(&r->arena, buf_view(&q->answer), &left, &n, &q->e);
    if (r->sent.n) buf_addf(&r->out, "= sent %.*s\n", STR_ARG(buf_view(&r->sent)));
    if (ok) say_victims(r, left, n);
    for (int i = 0; i < r->nvictims; i++)
        for (int k = 0; k < v[i].n; k++) pod_info_unref(pods[i][k]);
    return ok;
}

static bool ask_bind(struct question *q, struct str node)
{
    wire_binding(&q->body, q->pod->object, node);
    bool ok = call(q, EXTENDER_BIND) && wire_read_bound(buf_view(&q->answer), &q->e);
    if (q->r->sent.n) buf_addf(&q->r->out, "= sent %.*s\n", STR_ARG(buf_view(&q->r->sent)));
    if (ok) buf_cstr(&q->r->out, "= bound\n");
    return ok;
}

/* ---- A case ---- */

static struct extenders *extender_of(struct run *r)
{
    struct err e = ERR_INIT;
    struct json *list = obj_list(&r->arena), *x = json_parse(&r->arena, r->extender, &e);
    if (!obj_has(x, ".urlPrefix")) obj_put_fmt(&r->arena, x, ".urlPrefix", "http://127.0.0.1:%d/", r->server.port);
    json_push(list, x);
    struct extenders *all = extenders_new(list, &e);
    if (all) return all;
    fprintf(stderr, "%s\n", e.text);
    exit(2);
}

static struct texts *texts_of(struct run *r)
{
    struct texts *texts = texts_new(NULL);
    for (int i = 0; i < r->nnodes; i++) {
        const struct object *o AUTO_OBJ =
            object_from(r, str_printf(&r->arena, "{\"metadata\":{\"name\":\"%.*s\"}}", STR_ARG(r->nodes[i])), "Node");
        texts_put(texts, TEXTS_NODES, o);
    }
    for (int i = 0; i < r->nvictims; i++)
        for (int k = 0; k < r->victims[i].n; k++) {
            const struct object *o AUTO_OBJ = object_from(r, victim_text(r, r->victims[i].pods[k]), "Pod");
            texts_put(texts, TEXTS_PODS, o);
        }
    return texts;
}

static void ask(struct run *r, struct str what)
{
    struct extenders *all = extender_of(r);
    struct question q = {.r = r, .x = &all->v[0], .pod = pod_from(r, r->pod), .texts = texts_of(r)};
    struct str node, verb = str_cut(what, ' ', &node);
    buf_init(&q.body, OUT_MAX);
    for (int i = 0; i < r->nnodes; i++) q.names[i] = sym_get(r->nodes[i]);
    bool ok = true;
    if (str_eqc(verb, "filter")) ok = ask_filter(&q);
    if (str_eqc(verb, "prioritize")) ok = ask_points(&q);
    if (str_eqc(verb, "preempt")) ok = ask_victims(&q);
    if (str_eqc(verb, "bind")) ok = ask_bind(&q, node);
    if (str_eqc(verb, "interest"))
        buf_addf(&r->out, "= %s\n", extender_wants(q.x, EXTENDER_FILTER, q.pod) ? "interested" : "not interested");
    if (!ok) say_error(r, &q.e);
    for (int i = 0; i < r->nnodes; i++) sym_unref(q.names[i]);
    buf_release(&q.body);
    buf_release(&q.answer);
    pod_info_unref(q.pod);
    texts_free(q.texts);
    extenders_free(all);
    buf_clear(&r->sent);
}

static void begin(struct run *r)
{
    arena_reset(&r->arena);
    r->extender = STR("{}");
    r->pod = STR("{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\"}}");
    r->nodes[0] = STR("n1");
    r->nodes[1] = STR("n2");
    r->nodes[2] = STR("n3");
    r->nnodes = 3;
    r->nvictims = 0;
    r->status = 200;
    r->hang = false;
    buf_clear(&r->answer);
}

static void read_answer(struct run *r, struct str text)
{
    struct str body, status = str_cut(text, ' ', &body);
    int64_t code = 200;
    r->hang = str_eqc(text, "hang");
    if (!r->hang && !str_to_i64(status, &code)) exit(2);
    r->status = (int)code;
    buf_clear(&r->answer);
    for (size_t i = 0; i < body.n; i++) {
        bool end = body.p[i] == '\\' && i + 1 < body.n && body.p[i + 1] == 'n';
        buf_char(&r->answer, end ? '\n' : body.p[i]);
        i += end;
    }
}

static void read_victims(struct run *r, struct str text)
{
    if (r->nvictims == NODES_MAX) exit(2);
    struct victims_line *v = &r->victims[r->nvictims++];
    struct str rest;
    *v = (struct victims_line){.node = str_cut(text, ':', &rest)};
    for (rest = str_trim(rest); rest.n && v->n < PODS_MAX;) v->pods[v->n++] = str_cut(rest, ' ', &rest);
}

static void one_line(struct run *r, struct str line)
{
    if (str_starts(line, STR("= ")) || str_starts(line, STR("! "))) return;
    buf_str(&r->out, line);
    buf_char(&r->out, '\n');
    if (str_starts(line, STR("case "))) begin(r);
    if (!str_starts(line, STR(indent))) return;
    struct str rest, word = str_cut(str_from(line, sizeof indent - 1), ' ', &rest);
    if (str_eqc(word, "extender")) r->extender = rest;
    if (str_eqc(word, "pod")) r->pod = rest;
    if (str_eqc(word, "answer")) read_answer(r, rest);
    if (str_eqc(word, "victims")) read_victims(r, rest);
    if (str_eqc(word, "nodes"))
        for (r->nnodes = 0; rest.n && r->nnodes < NODES_MAX;) r->nodes[r->nnodes++] = str_cut(rest, ' ', &rest);
    if (str_eqc(word, "ask")) ask(r, rest);
}

int main(int argc, char **argv)
{
    struct buf file AUTO_BUF = {0};
    static struct run r;
    struct err e = ERR_INIT;
    buf_init(&file, FILE_MAX);
    buf_init(&r.out, OUT_MAX);
    buf_init(&r.answer, FILE_MAX);
    buf_init(&r.sent, OUT_MAX);
    if (argc != 2 || !io_read_file(argv[1], &file, &e)) {
        fprintf(stderr, "usage: golden_extender FILE.cases; %s\n", e.text);
        return 2;
    }
    fake_start(&r.server, 0, handler, &r);
    for (struct str rest = buf_view(&file); rest.n;) one_line(&r, str_cut(rest, '\n', &rest));
    fake_stop(&r.server);
    bool ok = buf_ok(&r.out) && fwrite(r.out.p, 1, r.out.n, stdout) == r.out.n;
    buf_release(&r.out);
    buf_release(&r.answer);
    buf_release(&r.sent);
    arena_release(&r.arena);
    return ok ? 0 : 2;
}
