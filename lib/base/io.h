/* io.h - files and child processes, with errors that name the file. */
#ifndef BASE_IO_H
#define BASE_IO_H

#include "buf.h"
#include "err.h"

#include <sys/types.h>

bool io_read_file(const char *path, struct buf *out, struct err *e) MUST_USE; /* "-" reads stdin; bounded by out->max */
/* Writes a temporary file beside it, fsyncs when `durable`, renames. */
bool io_write_file(const char *path, struct str bytes, mode_t mode, bool durable, struct err *e) MUST_USE;
bool io_mkdirs(const char *path, mode_t mode, struct err *e) MUST_USE;
bool io_remove_tree(const char *path, struct err *e) MUST_USE; /* nothing there is fine */
bool io_exists(const char *path);
bool io_write_all(int fd, const void *p, size_t n, struct err *e) MUST_USE;
/* The "ready" handshake: a parent passes a pipe's write end as --ready-fd; the
 * child writes one line ("ready ...") and closes it. */
void io_signal_ready(int fd, const char *line);

#endif
