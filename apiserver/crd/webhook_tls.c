/* webhook_tls.c - see webhook_tls.h. curl tells apart less than clients of a Kubernetes API server are used to read, so
 * a server that was not believed is asked once more, and nothing is sent to it.
 * Reads: the server's certificate, real time.   Writes: the arena.
 * Upstream: Go crypto/x509 (Certificate.Verify, HostnameError, CertificateInvalidError). */
#include "apiserver/crd/webhook_tls.h"

#include "base/buf.h"
#include "base/clk.h"
#include "base/mono.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_S = 5, NAME_MAX_BYTES = 512, NAMES_SHOWN = 100, TEXT_MAX = 64 << 10 };

static const char unknown[] = "x509: certificate signed by unknown authority";

/* ---- The certificate ---- */

static bool is_address(const char *name)
{
    struct in6_addr address;
    return inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1;
}

static int connect_to(const char *host, const char *port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const struct timeval wait = {.tv_sec = WAIT_S};
    struct addrinfo *found;
    int fd = -1;
    if (getaddrinfo(host, port, &hints, &found) != 0) return -1;
    for (const struct addrinfo *it = found; it && fd < 0; it = it->ai_next) {
        fd = socket(it->ai_family, it->ai_socktype | SOCK_CLOEXEC, it->ai_protocol);
        if (fd < 0) continue;
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        if (connect(fd, it->ai_addr, it->ai_addrlen) == 0) break;
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

/* The first certificate that the server shows; false: it shows none. */
static bool take_leaf(int fd, const char *name, gnutls_x509_crt_t leaf)
{
    gnutls_session_t s;
    gnutls_certificate_credentials_t nobodys;
    if (gnutls_certificate_allocate_credentials(&nobodys) < 0) return false;
    if (gnutls_init(&s, GNUTLS_CLIENT) < 0) {
        gnutls_certificate_free_credentials(nobodys);
        return false;
    }
    gnutls_set_default_priority(s);
    gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, nobodys);
    if (!is_address(name)) gnutls_server_name_set(s, GNUTLS_NAME_DNS, name, strlen(name));
    gnutls_transport_set_int(s, fd);
    gnutls_handshake_set_timeout(s, WAIT_S * 1000);
    int rc;
    do rc = gnutls_handshake(s);
    while (rc < 0 && !gnutls_error_is_fatal(rc) && rc != GNUTLS_E_AGAIN);
    unsigned n = 0;
    const gnutls_datum_t *chain = rc == 0 ? gnutls_certificate_get_peers(s, &n) : NULL;
    bool ok = chain && n && gnutls_x509_crt_import(leaf, &chain[0], GNUTLS_X509_FMT_DER) >= 0;
    gnutls_deinit(s);
    gnutls_certificate_free_credentials(nobodys);
    return ok;
}

/* ---- Time ---- */

static const char *time_text(struct arena *a, time_t t)
{
    char text[CLK_TEXT_MAX];
    return arena_strdup(a, clk_rfc3339((int64_t)t, text));
}

static const char *out_of_time(struct arena *a, gnutls_x509_crt_t leaf)
{
    static const char head[] = "x509: certificate has expired or is not yet valid: current time";
    time_t now = (time_t)(mono_wall_ms() / 1000), from = gnutls_x509_crt_get_activation_time(leaf),
           to = gnutls_x509_crt_get_expiration_time(leaf);
    if (now < from) return arena_printf(a, "%s %s is before %s", head, time_text(a, now), time_text(a, from));
    if (now > to) return arena_printf(a, "%s %s is after %s", head, time_text(a, now), time_text(a, to));
    return NULL;
}

/* ---- Names ---- */

/* Those of one kind in the certificate, "a, b"; empty: none. *any: it has names of some kind. */
static void names_of(struct buf *out, gnutls_x509_crt_t leaf, bool addresses, bool *any)
{
    for (unsigned i = 0; i < NAMES_SHOWN; i++) {
        char name[NAME_MAX_BYTES], text[INET6_ADDRSTRLEN];
        size_t n = sizeof name - 1;
        int type = gnutls_x509_crt_get_subject_alt_name(leaf, i, name, &n, NULL);
        if (type < 0) return;
        *any = true;
        if (type != (addresses ? GNUTLS_SAN_IPADDRESS : GNUTLS_SAN_DNSNAME)) continue;
        if (addresses && !inet_ntop(n == 4 ? AF_INET : AF_INET6, name, text, sizeof text)) continue;
        name[n] = '\0';
        buf_addf(out, "%s%s", out->n ? ", " : "", addresses ? text : name);
    }
}

static const char *wrong_name(struct arena *a, gnutls_x509_crt_t leaf, const char *name)
{
    struct buf names AUTO_BUF = {0};
    bool any = false, address = is_address(name);
    buf_init(&names, TEXT_MAX);
    names_of(&names, leaf, address, &any);
    if (names.n && gnutls_x509_crt_check_hostname(leaf, name)) return NULL;
    if (names.n) return arena_printf(a, "x509: certificate is valid for %s, not %s", names.p, name);
    if (address)
        return arena_printf(a, "x509: cannot validate certificate for %s because it doesn't contain any IP SANs", name);
    if (!any && gnutls_x509_crt_check_hostname(leaf, name))
        return "x509: certificate relies on legacy Common Name field, use SANs instead";
    return arena_printf(a, "x509: certificate is not valid for any names, but wanted to match %s", name);
}

/* "https://host:port", "https://[::1]:port" */
static bool split(struct arena *a, const char *base, const char **host, const char **port)
{
    struct str rest = str_of(base);
    const char *slashes = strstr(base, "://");
    if (slashes) rest = str_of(slashes + 3);
    size_t colon = rest.n;
    while (colon && rest.p[colon - 1] != ':' && rest.p[colon - 1] != ']') colon--;
    bool has_port = colon && rest.p[colon - 1] == ':';
    struct str name = has_port ? str_n(rest.p, colon - 1) : rest;
    if (name.n > 1 && name.p[0] == '[') name = str_n(name.p + 1, name.n - 2);
    *host = str_cstr(a, name);
    *port = has_port ? str_cstr(a, str_from(rest, colon)) : "443";
    return name.n > 0;
}

/* In the order in which Go looks. Whoever asks knows that something is wrong: what is left is who signed it. */
const char *webhook_tls_problem(struct arena *a, const char *base, const char *name)
{
    const char *host, *port, *why = NULL;
    gnutls_x509_crt_t leaf;
    if (!split(a, base, &host, &port) || gnutls_x509_crt_init(&leaf) < 0) return unknown;
    int fd = connect_to(host, port);
    if (!name) name = host;
    if (fd >= 0 && take_leaf(fd, name, leaf)) {
        why = out_of_time(a, leaf);
        if (!why) why = wrong_name(a, leaf, name);
    }
    if (fd >= 0) close(fd);
    gnutls_x509_crt_deinit(leaf);
    return why ? why : unknown;
}
