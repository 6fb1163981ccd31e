/* kubeconfig.c - one context of a kubeconfig file.
 * Reads: the file ($KUBECONFIG or ~/.kube/config when none is named), files it names.   Writes: nothing. */
#include "kubeconfig.h"

#include "api/object.h"
#include "api/yaml.h"
#include "base/io.h"
#include "limits.h"

#include <stdlib.h>

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* NUL-terminated in the arena; NULL on junk. */
static char *base64_decode(struct arena *a, struct str s)
{
    char *out = arena_alloc(a, s.n / 4 * 3 + 4);
    size_t n = 0;
    unsigned bits = 0, acc = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '=' || c == '\n' || c == '\r') continue;
        int d = base64_digit(c);
        if (d < 0) return NULL;
        acc = acc << 6 | (unsigned)d;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out[n++] = (char)(acc >> bits & 255);
    }
    out[n] = 0;
    return out;
}

/* The arena copy of a file; a relative name is relative to the kubeconfig. */
static const char *file_text(struct kubeconfig *k, const char *config, struct str name, struct err *e)
{
    const char *slash = strrchr(config, '/');
    int dir = name.p[0] != '/' && slash ? (int)(slash - config) + 1 : 0;
    const char *path = arena_printf(&k->arena, "%.*s%.*s", dir, config, STR_ARG(name));
    struct buf b AUTO_BUF = {0};
    buf_init(&b, KUBECONFIG_BYTES_MAX);
    if (!io_read_file(path, &b, e)) return NULL;
    return str_cstr(&k->arena, buf_view(&b));
}

/* FIELD-data holds base64, FIELD the name of a file. */
static bool pem_of(struct kubeconfig *k, const char *config, const struct json *j, const char *field, const char **out,
                   struct err *e)
{
    struct str data = obj_str(j, arena_printf(&k->arena, ".%s-data", field));
    struct str name = obj_str(j, arena_printf(&k->arena, ".%s", field));
    *out = NULL;
    if (data.n) {
        *out = base64_decode(&k->arena, data);
        return *out || err_set(e, ERR_USAGE, "%s: %s-data is not base64", config, field);
    }
    if (!name.n) return true;
    *out = file_text(k, config, name, e);
    return *out != NULL;
}

static bool read_user(struct kubeconfig *k, const char *path, const struct json *user, struct err *e)
{
    if (!pem_of(k, path, user, "client-certificate", &k->cert_pem, e)) return false;
    if (!pem_of(k, path, user, "client-key", &k->key_pem, e)) return false;
    struct str token = obj_str(user, ".token"), file = obj_str(user, ".tokenFile");
    if (token.n) {
        k->token = str_cstr(&k->arena, token);
    } else if (file.n) {
        char *text = (char *)file_text(k, path, file, e);
        if (!text) return false;
        text[strcspn(text, "\r\n")] = 0;
        k->token = text;
    }
    if (obj_has(user, ".exec") || obj_has(user, ".auth-provider"))
        return err_set(e, ERR_USAGE, "%s: users with exec or auth-provider are not supported", path);
    return true;
}

static bool read_context(struct kubeconfig *k, const char *path, const char *context, const struct json *j,
                         struct err *e)
{
    struct str name = context ? str_of(context) : obj_str(j, ".current-context");
    if (!name.n) return err_set(e, ERR_USAGE, "%s: no current-context", path);
    const struct json *c = obj_find(j, ".contexts", "name", name);
    if (!c) return err_set(e, ERR_USAGE, "%s: context \"%.*s\" does not exist", path, STR_ARG(name));
    struct str cluster_name = obj_str(c, ".context.cluster"), user_name = obj_str(c, ".context.user");
    const struct json *cluster = obj_find(j, ".clusters", "name", cluster_name);
    const struct json *user = obj_find(j, ".users", "name", user_name);
    struct str server = obj_str(cluster, ".cluster.server"), ns = obj_str(c, ".context.namespace");
    struct str tls_name = obj_str(cluster, ".cluster.tls-server-name");
    if (!server.n) return err_set(e, ERR_USAGE, "%s: cluster \"%.*s\" has no server", path, STR_ARG(cluster_name));
    if (user_name.n && !user)
        return err_set(e, ERR_USAGE, "%s: user \"%.*s\" does not exist", path, STR_ARG(user_name));
    k->context = str_cstr(&k->arena, name);
    k->server = str_cstr(&k->arena, server);
    if (ns.n) k->ns = str_cstr(&k->arena, ns);
    if (tls_name.n) k->tls_server_name = str_cstr(&k->arena, tls_name);
    k->insecure = obj_bool(cluster, ".cluster.insecure-skip-tls-verify", false);
    if (!pem_of(k, path, obj_get(cluster, ".cluster"), "certificate-authority", &k->ca_pem, e)) return false;
    return !user || read_user(k, path, obj_get(user, ".user"), e);
}

/* kubectl's default: the first file of $KUBECONFIG, else ~/.kube/config. */
static const char *default_path(struct kubeconfig *k)
{
    const char *list = getenv("KUBECONFIG"), *home = getenv("HOME");
    struct str rest = str_of(list ? list : "");
    while (rest.n) {
        struct str one = str_cut(rest, ':', &rest);
        const char *path = str_cstr(&k->arena, one);
        if (one.n && (io_exists(path) || !rest.n)) return path;
    }
    return home ? arena_printf(&k->arena, "%s/.kube/config", home) : NULL;
}

bool kubeconfig_load(const char *path, const char *context, struct kubeconfig *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    if (!path) path = default_path(out);
    struct buf text AUTO_BUF = {0};
    buf_init(&text, KUBECONFIG_BYTES_MAX);
    bool ok = path ? io_read_file(path, &text, e)
                   : err_set(e, ERR_USAGE, "no kubeconfig: neither KUBECONFIG nor HOME is set");
    if (ok) {
        struct json *j = yaml_parse(&out->arena, str_copy(&out->arena, buf_view(&text)), e);
        ok = j ? read_context(out, path, context, j, e) : err_context(e, "%s", path);
    }
    if (!ok) kubeconfig_release(out);
    return ok;
}

void kubeconfig_release(struct kubeconfig *k)
{
    arena_release(&k->arena);
    memset(k, 0, sizeof *k);
}
