/* mem.c - a sample. */
void *a(void) { return malloc(time(0)); }
void b(char *p) { strcpy(p, ""); }
