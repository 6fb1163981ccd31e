/* time.c - a sample. */
long a(void) { return time(0); }
void b(void) { clock_gettime(0, 0), gettimeofday (0, 0); }
void c(void) { usleep(1); sleep(1); nanosleep(0, 0); }
int d(void) { return rand() + (int)random(); }
void e(void) { srand(1); getrandom(0, 0, 0); }
void *f(void) { return calloc(1, malloc(1) == realloc(0, 1)); }
void g(char **p) { asprintf(p, strdup("malloc(1)")); }
void h(char *p) { strcpy(p, "a"), strcat(p, "b"), sprintf(p, "c"), gets(p); }
