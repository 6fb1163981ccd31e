/* test_a.c - a sample. */
void *a(void) { return malloc(time(0)); }
void b(void) { sleep(1); }
