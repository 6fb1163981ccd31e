/* fake_rest.h - a rest client of a fake_server, through a kubeconfig in a temporary file. */
#ifndef SUPPORT_FAKE_REST_H
#define SUPPORT_FAKE_REST_H

#include "base/io.h"
#include "client/rest.h"
#include "fake_server.h"

static inline struct rest *fake_rest(const struct fake_server *s)
{
    char path[] = "/tmp/kubestep-test-XXXXXX";
    struct err e;
    AUTO_FREE char *text = xasprintf(
        "{\"current-context\":\"c\",\"contexts\":[{\"name\":\"c\",\"context\":{\"cluster\":\"k\",\"user\":\"u\"}}],"
        "\"clusters\":[{\"name\":\"k\",\"cluster\":{\"server\":\"http://127.0.0.1:%d\"}}],"
        "\"users\":[{\"name\":\"u\",\"user\":{\"token\":\"secret\"}}]}",
        s->port);
    int fd = mkstemp(path);
    if (fd < 0 || !io_write_all(fd, text, strlen(text), &e)) abort();
    close(fd);
    struct rest *r = rest_new(path, "test", &e);
    unlink(path);
    if (!r) {
        fprintf(stderr, "%s\n", e.text);
        abort();
    }
    return r;
}

#endif
