/* kassert.h - assertions that stay on in release builds.
 * KASSERT states what the programmer believes. It is never reached by bad
 * input: what the world does wrong is a `struct err`. */
#ifndef BASE_KASSERT_H
#define BASE_KASSERT_H

/* Prints the place and the condition to stderr and aborts. Thread: any. */
_Noreturn void kassert_fail(const char *file, int line, const char *condition);

#define KASSERT(cond) ((cond) ? (void)0 : kassert_fail(__FILE__, __LINE__, #cond))

#endif
