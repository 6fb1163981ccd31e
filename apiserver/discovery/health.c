/* health.c - /healthz /livez /readyz, with ?verbose, ?exclude= and one check by name.
 * Reads: the ready flag and the store's last error.   Writes: r->resp. */
#include "apiserver/discovery/discovery.h"

#include "apiserver/discovery/discovery_priv.h"

#include <stdatomic.h>
#include <stdio.h>

static _Atomic bool ready;
static pthread_mutex_t store_lock = MUTEX_INIT;
static char store_error[256]; /* under store_lock; empty: fine */

void health_set_ready(bool now) { atomic_store(&ready, now); }

void health_set_store_error(const char *why)
{
    static _Atomic bool failing; /* the good case costs no lock */
    if (!why && !atomic_load(&failing)) return;
    mutex_lock(&store_lock);
    snprintf(store_error, sizeof store_error, "%s", why ? why : "");
    atomic_store(&failing, why != NULL);
    mutex_unlock(&store_lock);
}

struct str health_store_error(struct arena *a)
{
    mutex_lock(&store_lock);
    struct str why = str_copy(a, str_of(store_error));
    mutex_unlock(&store_lock);
    return why;
}

static bool check_ping(void) { return true; }
static bool check_ready(void) { return atomic_load(&ready); }
static bool check_store(void)
{
    mutex_lock(&store_lock);
    bool ok = store_error[0] == '\0';
    mutex_unlock(&store_lock);
    return ok;
}

enum { ON_HEALTHZ = 1, ON_LIVEZ = 2, ON_READYZ = 4 };
static const struct {
    const char *name;
    int on;
    bool (*ok)(void);
} health_checks[] = {
    {"ping", ON_HEALTHZ | ON_LIVEZ | ON_READYZ, check_ping},
    {"log", ON_HEALTHZ | ON_LIVEZ | ON_READYZ, check_ping},
    {"etcd", ON_HEALTHZ | ON_READYZ, check_store}, /* the store stands in for etcd, and clients look for the name */
    {"shutdown", ON_READYZ, check_ready},
};

static bool excluded(const struct request *r, const char *name)
{
    for (int i = 0; i < r->nargs; i++)
        if (str_eqc(r->args[i].key, "exclude") && str_eqc(r->args[i].value, name)) return true;
    return false;
}

/* `only`: one check's name, or STR_NULL for all. False: no such check. */
static bool run_checks(struct request *r, const char *path, int on, struct str only)
{
    struct buf *out = &r->resp.body;
    buf_init(out, 64 * 1024);
    bool all_ok = true, found = str_is_null(only);
    for (size_t i = 0; i < ARRAY_LEN(health_checks); i++) {
        if (!(health_checks[i].on & on)) continue;
        if (!str_is_null(only) && !str_eqc(only, health_checks[i].name)) continue;
        found = true;
        if (excluded(r, health_checks[i].name)) {
            buf_addf(out, "[+]%s excluded: ok\n", health_checks[i].name);
            continue;
        }
        bool ok = health_checks[i].ok();
        all_ok = all_ok && ok;
        buf_addf(out, ok ? "[+]%s ok\n" : "[-]%s failed: reason withheld\n", health_checks[i].name);
    }
    bool verbose = request_arg(r, "verbose") != NULL;
    if (all_ok && (!verbose || !str_is_null(only))) {
        buf_clear(out);
        buf_cstr(out, "ok");
    } else {
        buf_addf(out, "%s check %s\n", path + 1, all_ok ? "passed" : "failed");
    }
    r->resp.code = all_ok ? 200 : 500;
    r->resp.content_type = "text/plain; charset=utf-8";
    if (!found) buf_release(out);
    return found;
}

bool health_handle(struct request *r)
{
    static const struct {
        const char *path;
        int on;
    } roots[] = {{"/healthz", ON_HEALTHZ}, {"/livez", ON_LIVEZ}, {"/readyz", ON_READYZ}};
    for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
        struct str root = str_of(roots[i].path);
        if (!str_starts(r->path, root)) continue;
        struct str rest = str_from(r->path, root.n);
        if (rest.n == 0) return run_checks(r, roots[i].path, roots[i].on, STR_NULL);
        if (rest.p[0] == '/') return run_checks(r, roots[i].path, roots[i].on, str_from(rest, 1));
    }
    return false;
}
