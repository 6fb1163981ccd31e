/* io.c - whole files, directories and the ready pipe. */
#include "io.h"

#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fd(const int *fd)
{
    if (*fd > STDIN_FILENO) close(*fd);
}
#define AUTO_FD __attribute__((cleanup(close_fd)))

bool io_read_file(const char *path, struct buf *out, struct err *e)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd AUTO_FD = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return err_errno(e, "cannot open %s", path);
    for (;;) {
        char piece[16384];
        ssize_t n = read(fd, piece, sizeof piece);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_errno(e, "cannot read %s", is_stdin ? "standard input" : path);
        buf_add(out, piece, (size_t)n);
        if (!buf_ok(out)) return err_set(e, ERR_TOO_LARGE, "%s is larger than %zu bytes", path, out->max);
        if (n == 0) return true;
    }
}

bool io_write_all(int fd, const void *p, size_t n, struct err *e)
{
    for (const char *at = p; n;) {
        ssize_t done = write(fd, at, n);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return err_errno(e, "cannot write");
        at += done;
        n -= (size_t)done;
    }
    return true;
}

/* The rename itself must reach the disk too. */
static bool sync_folder_of(const char *path, struct err *e)
{
    const char *slash = strrchr(path, '/');
    char *folder AUTO_FREE = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
    int fd AUTO_FD = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) return err_errno(e, "cannot sync %s", folder);
    return true;
}

static bool fill_temporary(const char *temporary, int fd, struct str bytes, mode_t mode, bool durable, struct err *e)
{
    if (fchmod(fd, mode) != 0) return err_errno(e, "cannot set the mode of %s", temporary);
    if (!io_write_all(fd, bytes.p, bytes.n, e)) return err_context(e, "%s", temporary);
    if (durable && fsync(fd) != 0) return err_errno(e, "cannot sync %s", temporary);
    return true;
}

bool io_write_file(const char *path, struct str bytes, mode_t mode, bool durable, struct err *e)
{
    char *temporary AUTO_FREE = xasprintf("%s.XXXXXX", path);
    int fd AUTO_FD = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) return err_errno(e, "cannot create %s", path);
    bool ok = fill_temporary(temporary, fd, bytes, mode, durable, e);
    if (ok && rename(temporary, path) != 0) ok = err_errno(e, "cannot rename %s to %s", temporary, path);
    if (!ok) unlink(temporary);
    return ok && (!durable || sync_folder_of(path, e));
}

bool io_mkdirs(const char *path, mode_t mode, struct err *e)
{
    char *part AUTO_FREE = xstrdup(path);
    for (char *at = part;; at++) {
        if (*at != '/' && *at != '\0') continue;
        char stop = *at;
        *at = '\0';
        if (*part && mkdir(part, mode) != 0 && errno != EEXIST) return err_errno(e, "cannot create folder %s", part);
        *at = stop;
        if (!stop) break;
    }
    struct stat st;
    if (stat(path, &st) != 0) return err_errno(e, "cannot create folder %s", path);
    if (!S_ISDIR(st.st_mode)) return err_set(e, ERR_IO, "cannot create folder %s: a file of that name exists", path);
    return true;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

bool io_remove_tree(const char *path, struct err *e)
{
    enum { OPEN_FOLDERS = 16 };
    if (nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT) return true;
    return err_errno(e, "cannot remove %s", path);
}

bool io_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

void io_signal_ready(int fd, const char *line)
{
    if (fd < 0) return;
    char *text AUTO_FREE = xasprintf("%s\n", line);
    struct err ignored; /* a parent that left needs no answer */
    if (!io_write_all(fd, text, strlen(text), &ignored)) errno = 0;
    close(fd);
}
