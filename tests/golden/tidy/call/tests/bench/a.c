/* a.c - a sample. */
void b(void) { sleep(1); }
