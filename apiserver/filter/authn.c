/* authn.c - who is asking.
 * Reads: the client certificate that http/ verified, Authorization, Impersonate-* headers, the token file; the
 * accounts and objects that tokens of service accounts name.
 * Writes: r->user, or a 401 or 403 in r->resp. */
#include "apiserver/filter/filter.h"

#include "api/object.h"
#include "apiserver/filter/account_token.h"
#include "apiserver/filter/front_proxy.h"
#include "apiserver/filter/jwt.h"
#include "apiserver/filter/limits.h"
#include "apiserver/http/ws.h"
#include "apiserver/rest/status.h"
#include "apiserver/rest/write.h"
#include "base/io.h"
#include "base/map.h"

enum { TOKEN_FILE_MAX = 1 << 20, TOKEN_GROUPS_MAX = 16 };

struct token_user {
    char *name, *uid;
    char *groups[TOKEN_GROUPS_MAX];
    int ngroups;
};

static struct map tokens; /* token -> struct token_user; written before the server starts, const afterwards */

/* Certificates of our own processes: what they say of walks and decisions is believed. */
static const struct {
    const char *cn, *component;
} component_certs[] = {
    {"system:kube-scheduler", "scheduler"},
    {"system:kube-controller-manager", "controllers"},
    {"system:kubelet-sim", "kubelet-sim"},
};
static const char component_group[] = "kubestep:components";

/* Paths that anyone may read, as upstream's system:public-info-viewer. */
static const char *const anonymous_paths[] = {"/healthz", "/livez", "/readyz", "/version"};

/* One CSV field: quoted or plain. Moves *line behind its comma. */
static struct str csv_field(struct str *line)
{
    struct str rest = STR_NULL, field;
    if (line->n && line->p[0] == '"') {
        struct str inside = str_from(*line, 1);
        size_t end = str_chr(inside, '"');
        field = str_n(inside.p, MIN(end, inside.n));
        str_cut(str_from(inside, field.n + 1), ',', &rest);
    } else {
        field = str_trim(str_cut(*line, ',', &rest));
    }
    *line = rest;
    return field;
}

static bool token_line(struct str line, int number, struct err *e)
{
    struct str token = csv_field(&line), name = csv_field(&line), uid = csv_field(&line), groups = csv_field(&line);
    if (!token.n || !name.n) return err_set(e, ERR_USAGE, "line %d: want token,user,uid[,\"group1,group2\"]", number);
    if (map_get(&tokens, token)) return err_set(e, ERR_USAGE, "line %d: the token occurs twice", number);
    struct token_user *u = xcalloc(1, sizeof *u);
    u->name = str_dup(name);
    u->uid = str_dup(uid);
    while (groups.n && u->ngroups < TOKEN_GROUPS_MAX) {
        struct str g = str_trim(str_cut(groups, ',', &groups));
        if (g.n) u->groups[u->ngroups++] = str_dup(g);
    }
    (void)map_set(&tokens, token, u);
    return true;
}

bool authn_load_tokens(const char *path, struct err *e)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, TOKEN_FILE_MAX);
    if (!io_read_file(path, &text, e)) return false;
    struct str rest = buf_view(&text);
    for (int number = 1; rest.n; number++) {
        struct str line = str_cut(rest, '\n', &rest);
        if (line.n && line.p[line.n - 1] == '\r') line.n--;
        line = str_trim(line);
        if (line.n == 0 || line.p[0] == '#') continue;
        if (!token_line(line, number, e)) return err_context(e, "%s", path);
    }
    return true;
}

static bool user_in(const struct user *u, const char *group)
{
    for (int i = 0; i < u->ngroups; i++)
        if (str_eqc(u->groups[i], group)) return true;
    return false;
}

static void user_set(struct arena *a, struct user *u, struct str name, struct str uid, const struct str *groups,
                     int ngroups)
{
    u->name = str_copy(a, name);
    u->uid = uid.n ? str_copy(a, uid) : STR_NULL;
    u->groups = ARENA_ARRAY(a, struct str, ngroups + 1);
    u->ngroups = u->nextra = 0;
    for (int i = 0; i < ngroups; i++) u->groups[u->ngroups++] = str_copy(a, groups[i]);
    if (str_eqc(name, "system:anonymous") && !user_in(u, "system:unauthenticated"))
        u->groups[u->ngroups++] = STR("system:unauthenticated");
    else if (!user_in(u, "system:authenticated") && !user_in(u, "system:unauthenticated"))
        u->groups[u->ngroups++] = STR("system:authenticated");
}

static bool unauthorized(struct request *r)
{
    status_failf(r, ERR_UNAUTHORIZED, "Unauthorized");
    return false;
}

/* There is room in u->extra. */
static void add_extra(struct user *u, const char *key, struct str value)
{
    if (value.n) u->extra[u->nextra++] = (struct user_extra){key, value};
}

/* Upstream: ServiceAccountInfo.UserInfo in apiserver pkg/authentication/serviceaccount/util.go. */
static bool by_account_token(struct arena *a, struct str token, const struct json *audiences, struct user *u,
                             const struct json **matched)
{
    struct account_identity who;
    if (!account_token_check(a, token, audiences, &who)) return false;
    const struct str groups[] = {STR("system:serviceaccounts"),
                                 str_printf(a, "system:serviceaccounts:%.*s", STR_ARG(who.ns))};
    user_set(a, u, account_user_name(a, who.ns, who.name), who.uid, groups, ARRAY_LEN(groups));
    u->extra = ARENA_ARRAY(a, struct user_extra, TOKEN_EXTRA_MAX);
    add_extra(u, "authentication.kubernetes.io/credential-id", str_printf(a, "JTI=%.*s", STR_ARG(who.token_id)));
    add_extra(u, "authentication.kubernetes.io/pod-name", who.pod.name);
    add_extra(u, "authentication.kubernetes.io/pod-uid", who.pod.uid);
    add_extra(u, "authentication.kubernetes.io/node-name", who.node.name);
    add_extra(u, "authentication.kubernetes.io/node-uid", who.node.uid);
    *matched = who.audiences;
    return true;
}

/* A token of the file is for this server and for nobody else. */
static const struct json *our_audience(struct arena *a, const struct json *audiences)
{
    struct json *us = obj_list(a);
    json_push(us, json_strc(a, ACCOUNT_ISSUER));
    for (OBJ_EACH(it, audiences, ""))
        if (str_eqc(obj_text(it), ACCOUNT_ISSUER)) return us;
    return audiences ? NULL : us;
}

bool authn_token(struct arena *a, struct str token, const struct json *audiences, struct user *u,
                 const struct json **matched)
{
    const struct token_user *t = map_get(&tokens, token);
    if (!t) return jwt_looks_like(token) && by_account_token(a, token, audiences, u, matched);
    struct str groups[TOKEN_GROUPS_MAX];
    *matched = our_audience(a, audiences);
    for (int i = 0; i < t->ngroups; i++) groups[i] = str_of(t->groups[i]);
    user_set(a, u, str_of(t->name), str_of(t->uid), groups, t->ngroups);
    return *matched != NULL;
}

static void by_certificate(struct request *r)
{
    user_set(&r->arena, &r->user, r->cert_cn, STR_NULL, r->cert_orgs, r->ncert_orgs);
    if (!user_in(&r->user, component_group)) return;
    for (size_t i = 0; i < ARRAY_LEN(component_certs); i++)
        if (str_eqc(r->cert_cn, component_certs[i].cn)) r->user.component = component_certs[i].component;
}

static bool anonymous(struct request *r)
{
    for (size_t i = 0; i < ARRAY_LEN(anonymous_paths); i++) {
        struct str path = str_of(anonymous_paths[i]);
        if (!str_starts(r->path, path) || (r->path.n > path.n && r->path.p[path.n] != '/')) continue;
        r->user.name = STR("system:anonymous");
        r->user.groups = ARENA_ARRAY(&r->arena, struct str, 1);
        r->user.groups[r->user.ngroups++] = STR("system:unauthenticated");
        return true;
    }
    return unauthorized(r);
}

/* Fills `groups` with whom the user is to be in; the array has room for all headers. */
static int impersonated_groups(struct request *r, struct str user, struct str *groups)
{
    const struct header *headers;
    int n = 0, all = request_headers(r, &headers);
    for (int i = 0; i < all; i++)
        if (strcasecmp(headers[i].name, "Impersonate-Group") == 0) groups[n++] = str_of(headers[i].value);
    struct str name, ns = user;
    bool account =
        n == 0 && str_eqc(str_cut(ns, ':', &ns), "system") && str_eqc(str_cut(ns, ':', &ns), "serviceaccount");
    ns = str_cut(ns, ':', &name);
    if (!account || !ns.n || !name.n || str_chr(name, ':') != SIZE_MAX) return n;
    groups[n++] = STR("system:serviceaccounts");
    groups[n++] = str_printf(&r->arena, "system:serviceaccounts:%.*s", STR_ARG(ns));
    return n;
}

/* Acting for another user. The component stays who it is: kubelet-sim acts for its nodes. */
static bool impersonate(struct request *r)
{
    struct str as = request_header(r, "Impersonate-User");
    if (str_is_null(as)) return true;
    if (!user_in(&r->user, "system:masters")) {
        status_failf(
            r, ERR_FORBIDDEN,
            "users \"%.*s\" is forbidden: User \"%.*s\" cannot impersonate resource \"users\" in API group \"\" "
            "at the cluster scope",
            STR_ARG(as), STR_ARG(r->user.name));
        return false;
    }
    const struct header *headers;
    struct str *groups = ARENA_ARRAY(&r->arena, struct str, request_headers(r, &headers) + 2);
    int ngroups = impersonated_groups(r, as, groups);
    const char *component = r->user.component;
    user_set(&r->arena, &r->user, as, request_header(r, "Impersonate-Uid"), groups, ngroups);
    r->user.component = component;
    return true;
}

/* "Bearer TOKEN"; STR_NULL: there is none (pkg/authentication/request/bearertoken). */
static struct str bearer_token(struct request *r)
{
    static const struct str scheme = {"bearer", 6};
    struct str rest, word = str_cut(str_trim(request_header(r, "Authorization")), ' ', &rest), token;
    if (str_is_null(rest) || word.n != scheme.n || strncasecmp(word.p, scheme.p, scheme.n) != 0) return STR_NULL;
    token = str_cut(rest, ' ', &rest);
    if (token.n) return token;
    write_warn(r,
               STR("the provided Authorization header contains extra space before the bearer token, and is ignored"));
    return STR_NULL;
}

bool authn_request(struct request *r)
{
    if (front_proxy_user(r)) return impersonate(r);
    struct str token = bearer_token(r);
    if (str_is_null(token) && !ws_bearer_token(r, &token)) return unauthorized(r);
    if (!str_is_null(token)) {
        const struct json *audiences;
        if (!authn_token(&r->arena, token, NULL, &r->user, &audiences)) return unauthorized(r);
    } else if (r->bad_cert || !str_is_null(r->proxy_cn)) {
        return unauthorized(r);
    } else if (!str_is_null(r->cert_cn)) {
        by_certificate(r);
    } else if (!anonymous(r)) {
        return false;
    }
    return impersonate(r);
}
