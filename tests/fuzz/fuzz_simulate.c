/* fuzz_simulate.c - any text as a workload and a cluster to try it on: an answer or a complaint. */
#include "base/io.h"
#include "base/kassert.h"
#include "scheduler/simulate.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Names of files are not for strangers, and thousands of pods not for a second. */
static bool is_fair(struct str text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.n; i++) {
        digits = text.p[i] >= '0' && text.p[i] <= '9' ? digits + 1 : 0;
        if (digits > 3 || str_starts(str_from(text, i), STR("config")) || str_starts(str_from(text, i), STR("compare")))
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf answer AUTO_BUF = {0}, why AUTO_BUF = {0};
    struct err e = ERR_INIT;
    if (!is_fair(str_n((const char *)data, size))) return 0;
    int fd = memfd_create("simulate", MFD_CLOEXEC);
    KASSERT(fd >= 0 && io_write_all(fd, data, size, &e) && lseek(fd, 0, SEEK_SET) == 0);
    buf_init(&answer, 256 << 20);
    buf_init(&why, 1 << 20);
    bool ok = simulate(fd, &answer, &why);
    KASSERT(ok ? answer.n > 0 : why.n > 0);
    close(fd);
    return 0;
}
