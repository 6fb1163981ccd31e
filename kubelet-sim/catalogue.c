/* catalogue.c - the images that are known: what they run when they are told nothing, what that does, and which do not
 * exist. Everything else exists and runs for ever.
 * Reads: images, commands, arguments.   Writes: struct behaviour. */
#include "kubelet-sim/behaviour.h"
#include "kubelet-sim/images.h"

#include <stdio.h>

/* ---- Images ---- */

struct image_row {
    const char *name;       /* without registry, path, tag */
    const char *entrypoint; /* stays when the pod gives arguments; "": they are the command */
    const char *command;    /* what is run without arguments */
    const char *line;       /* printed at the start by that command, or NULL */
    int term_code;          /* of that command */
    const char *needs;      /* environment: one of these must be set, or it ends with 1 */
};
enum { TERM_DEFAULT = 143 };

static const struct image_row images[] = {
    {"nginx", "", "nginx", "nginx: master process is up, workers take requests", 0, NULL},
    {"httpd", "", "httpd-foreground", "httpd: up, takes requests", 0, NULL},
    {"redis", "", "redis-server", "redis: ready to accept connections", 0, NULL},
    {"postgres", "", "postgres", "postgres: ready to accept connections", 0,
     "POSTGRES_PASSWORD POSTGRES_PASSWORD_FILE POSTGRES_HOST_AUTH_METHOD"},
    {"mysql", "", "mysqld", "mysqld: ready for connections", 0,
     "MYSQL_ROOT_PASSWORD MYSQL_ROOT_PASSWORD_FILE MYSQL_ALLOW_EMPTY_PASSWORD MYSQL_RANDOM_ROOT_PASSWORD"},
    {"mariadb", "", "mysqld", "mariadbd: ready for connections", 0,
     "MARIADB_ROOT_PASSWORD MARIADB_ROOT_PASSWORD_HASH MARIADB_ROOT_PASSWORD_FILE MARIADB_ALLOW_EMPTY_ROOT_PASSWORD "
     "MARIADB_RANDOM_ROOT_PASSWORD MYSQL_ROOT_PASSWORD MYSQL_ALLOW_EMPTY_PASSWORD MYSQL_RANDOM_ROOT_PASSWORD"},
    {"mongo", "", "mongod", "mongod: waiting for connections", 0, NULL},
    {"busybox", "", "sh", NULL, TERM_DEFAULT, NULL},
    {"alpine", "", "sh", NULL, TERM_DEFAULT, NULL},
    {"bash", "", "bash", NULL, TERM_DEFAULT, NULL},
    {"ubuntu", "", "bash", NULL, TERM_DEFAULT, NULL},
    {"debian", "", "bash", NULL, TERM_DEFAULT, NULL},
    {"fedora", "", "bash", NULL, TERM_DEFAULT, NULL},
    {"centos", "", "bash", NULL, TERM_DEFAULT, NULL},
    {"rockylinux", "", "bash", NULL, TERM_DEFAULT, NULL},
    {"amazonlinux", "", "bash", NULL, TERM_DEFAULT, NULL},
    {"golang", "", "bash", NULL, TERM_DEFAULT, NULL},
    {"python", "", "true", NULL, TERM_DEFAULT, NULL}, /* interpreters with nothing on their input */
    {"node", "", "true", NULL, TERM_DEFAULT, NULL},
    {"perl", "", "true", NULL, TERM_DEFAULT, NULL},
    {"ruby", "", "true", NULL, TERM_DEFAULT, NULL},
    {"curl", "curl", "", NULL, TERM_DEFAULT, NULL},
    {"pause", "pause", "", NULL, 0, NULL},
    {"hello-world", "", "echo Hello from a container that did nothing else.", NULL, 0, NULL},
    {"agnhost", "agnhost", "pause", NULL, TERM_DEFAULT, NULL},
    {"liveness", "liveness", "", NULL, TERM_DEFAULT, NULL},
};

static const struct image_row *find_image(struct str reference)
{
    struct str base = image_base(reference);
    for (size_t i = 0; i < ARRAY_LEN(images); i++)
        if (str_eqc(base, images[i].name)) return &images[i];
    return NULL;
}

/* ---- What is run ---- */

struct argv {
    struct str words[SCRIPT_WORDS_MAX];
    int count;
};

static void add_word(struct argv *v, struct str word)
{
    if (v->count < SCRIPT_WORDS_MAX) v->words[v->count++] = word;
}

static void add_text(struct argv *v, const char *text)
{
    struct str rest = str_of(text);
    while (rest.n) add_word(v, str_cut(rest, ' ', &rest));
}

static void add_list(struct argv *v, struct arena *a, const struct json *container, const char *path,
                     const struct env *e)
{
    for (OBJ_EACH(it, container, path)) add_word(v, env_expand(a, e, obj_text(it)));
}

/* command replaces the image's entry point and its arguments, args its arguments alone. */
static void find_argv(struct arena *a, const struct json *container, const struct image_row *image, const struct env *e,
                      struct argv *v)
{
    bool command = obj_count(container, ".command") > 0, args = obj_count(container, ".args") > 0;
    v->count = 0;
    if (command)
        add_list(v, a, container, ".command", e);
    else if (image)
        add_text(v, image->entrypoint);
    if (args)
        add_list(v, a, container, ".args", e);
    else if (image && !command)
        add_text(v, image->command);
}

/* ---- agnhost, the image of the conformance tests ---- */

static bool flag(const struct argv *v, const char *name, struct str *value)
{
    size_t n = strlen(name);
    for (int i = 0; i < v->count; i++) {
        if (!str_starts(v->words[i], str_of(name))) continue;
        if (v->words[i].n > n && v->words[i].p[n] == '=')
            *value = str_from(v->words[i], n + 1);
        else if (v->words[i].n == n && i + 1 < v->count)
            *value = v->words[i + 1];
        else
            continue;
        return true;
    }
    return false;
}

static void generate_logs(struct arena *a, const struct argv *v, struct behaviour *b)
{
    struct str total_text, duration_text;
    int64_t total = 0, duration = 0;
    if (flag(v, "--log-lines-total", &total_text)) str_to_i64(total_text, &total);
    if (flag(v, "--run-duration", &duration_text)) behaviour_duration(duration_text, &duration);
    total = MIN(MAX(total, 0), (int64_t)(SCRIPT_OPS_MAX / 2 - 1));
    struct script_op *ops = ARENA_ARRAY(a, struct script_op, 2 * total + 1);
    int n = 0;
    for (int64_t i = 0; i < total; i++) {
        ops[n++] = (struct script_op){
            DO_PRINT, 0,
            str_printf(a, "%lld GET /api/v1/namespaces/default/pods/p%lld 200", (long long)i, (long long)(i % 97))};
        ops[n++] = (struct script_op){DO_SLEEP, duration / total, STR_NULL};
    }
    ops[n++] = (struct script_op){DO_EXIT, 0, STR_NULL};
    b->script = (struct script){ops, n};
}

static bool find_agnhost(struct arena *a, const struct argv *v, struct behaviour *b)
{
    static const char *const servers[] = {"pause",  "netexec", "serve-hostname",      "test-webserver",
                                          "porter", "nettest", "grpc-health-checking"};
    struct str verb = v->count > 1 ? v->words[1] : STR("pause");
    for (size_t i = 0; i < ARRAY_LEN(servers); i++)
        if (str_eqc(verb, servers[i])) return true;
    if (str_eqc(verb, "liveness")) b->live_until_ns = 10 * S; /* healthy for ten seconds, then not */
    if (str_eqc(verb, "logs-generator")) generate_logs(a, v, b);
    return str_eqc(verb, "liveness") || str_eqc(verb, "logs-generator");
}

/* ---- Together ---- */

static bool has_one_of(const struct env *e, const char *names)
{
    struct str rest = str_of(names);
    while (rest.n)
        if (env_get(e, str_cut(rest, ' ', &rest)).n) return true;
    return false;
}

static void put_lines(struct arena *a, struct behaviour *b, const char *line, enum script_what then, int64_t value)
{
    struct script_op *ops = ARENA_ARRAY(a, struct script_op, 2);
    ops[0] = (struct script_op){DO_PRINT, 0, str_of(line)};
    ops[1] = (struct script_op){then, value, STR_NULL};
    b->script = (struct script){ops, 2};
}

/* The image's own command, as the pod leaves it. */
static bool run_image(struct arena *a, const struct image_row *image, const struct env *e, struct behaviour *b)
{
    b->term_code = image->term_code;
    if (image->needs && !has_one_of(e, image->needs)) {
        put_lines(a, b, arena_printf(a, "%s: no password was given: set one of %s", image->name, image->needs), DO_EXIT,
                  1);
        return true;
    }
    if (image->line) put_lines(a, b, image->line, DO_HOLD, 0);
    return image->line != NULL;
}

bool catalogue_find(struct arena *scratch, const struct json *container, const struct shell_context *cx,
                    struct behaviour *b)
{
    const struct image_row *image = find_image(obj_str(container, ".image"));
    struct argv *v = ARENA_NEW(scratch, struct argv);
    struct script script;
    bool plain = !obj_count(container, ".command") && !obj_count(container, ".args");
    find_argv(scratch, container, image, cx->env, v);
    if (image && plain && run_image(scratch, image, cx->env, b)) return true;
    if (!v->count) return false;
    struct str program = image_base(v->words[0]); /* the last part of a path */
    if (str_eqc(program, "agnhost")) return find_agnhost(scratch, v, b);
    if (image && str_eqc(image_base(str_of(image->name)), "liveness")) {
        b->live_until_ns = 10 * S;
        return true;
    }
    if (!shell_compile(scratch, cx, v->words, v->count, &script)) return false;
    b->script = script;
    if (image && plain) b->term_code = image->term_code;
    return true;
}

/* ---- Images that are not there ---- */

static bool says_absent(struct str s)
{
    static const char *const words[] = {"does-not-exist", "doesnotexist", "nonexistent", "non-existent",
                                        "no-such-image",  "nosuchimage",  "nosuchtag",   "no-such-tag"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (s.n >= strlen(words[i]) && memmem(s.p, s.n, words[i], strlen(words[i]))) return true;
    return false;
}

struct str catalogue_pull_error(struct arena *a, struct str reference)
{
    struct str full = image_normalize(a, reference), path, host;
    if (str_is_null(full)) return STR_NULL;
    host = str_cut(full, '/', &path);
    struct str port, name = str_cut(host, ':', &port);
    if (str_ends(name, STR(".invalid")))
        return str_printf(
            a,
            "failed to pull and unpack image \"%.*s\": failed to resolve reference \"%.*s\": failed to do "
            "request: dial tcp: lookup %.*s: no such host",
            STR_ARG(full), STR_ARG(full), STR_ARG(name));
    if (!says_absent(path)) return STR_NULL;
    return str_printf(a,
                      "rpc error: code = NotFound desc = failed to pull and unpack image \"%.*s\": failed to resolve "
                      "reference \"%.*s\": %.*s: not found",
                      STR_ARG(full), STR_ARG(full), STR_ARG(full));
}
