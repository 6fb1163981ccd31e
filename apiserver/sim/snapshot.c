/* snapshot.c - POST /apis/sim.kubestep.dev/v1/snapshot {"path": FILE}: the running store copies itself.
 * Reads: the store.
 * Writes: FILE, as the user the API server runs as: only for system:masters, only a file that is not there yet. */
#include "apiserver/sim/sim_priv.h"

#include "apiserver/rest/status.h"
#include "apiserver/watch/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool copy(const char *path, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600); /* nothing that is there is ever overwritten */
    if (fd < 0) return err_set(e, errno == EEXIST ? ERR_ALREADY_EXISTS : ERR_IO, "%.512s: %s", path, strerror(errno));
    close(fd);
    if (store_snapshot(cache_store(), path, e)) return true;
    unlink(path);
    return false;
}

static void run(struct request *r) /* worker: as long as the copy takes */
{
    struct err e = ERR_INIT;
    if (copy(r->ctx, &e)) {
        sim_ok(r);
        return;
    }
    status_fail(r, &e);
    rest_finish(r);
}

void snapshot_post(struct request *r)
{
    if (!sim_is_master(&r->user)) {
        sim_fail(r, ERR_FORBIDDEN, "only system:masters may copy the store");
        return;
    }
    const struct json *body = sim_body(r);
    if (!body) return;
    struct str path = obj_str(body, ".path");
    if (!path.n || path.p[0] != '/' || path.n > SNAPSHOT_PATH_MAX || memchr(path.p, 0, path.n)) {
        sim_fail(r, ERR_BAD_REQUEST, "path: must be the absolute path of a new file");
        return;
    }
    r->ctx = str_cstr(&r->arena, path);
    request_later(r, run);
}
