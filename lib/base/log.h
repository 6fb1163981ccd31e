/* log.h - one line per message to stderr, in klog's form:
 * I1121 04:30:16.123456 component] message key="value". Thread: any. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_init(const char *component, int verbosity); /* verbosity as klog -v: 0 info, 4 and above debug */
bool log_on(enum log_level level);
__attribute__((format(printf, 2, 3))) void log_write(enum log_level level, const char *fmt, ...);

#define LOG_E(...) log_write(LOG_ERROR, __VA_ARGS__)
#define LOG_W(...) log_write(LOG_WARN, __VA_ARGS__)
#define LOG_I(...) log_write(LOG_INFO, __VA_ARGS__)
#define LOG_D(...) (log_on(LOG_DEBUG) ? log_write(LOG_DEBUG, __VA_ARGS__) : (void)0)

#endif
