/* gen.c - a sample. */
void *a(void) { return malloc(1); }
void b(char *p) { strcat(p, ""); }
