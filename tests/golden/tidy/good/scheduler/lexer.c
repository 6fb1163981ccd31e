/* lexer.c - a sample. */
int is_comment; /* time(0); // malloc(1) */
const char *url = "http://x/*"; // sleep(1)
char quote = '"', back = '\\', apostrophe = '\'';
const char *text = "a \" strcpy(b, c) \
 sprintf(d, e)";
/* "an open string
 * gets(f) ' */
struct calls { long (*time)(int); void *(*malloc)(int); };
long methods(struct calls *p) { return p->time(1) + (p->malloc)(2) + p -> time(3); }
int runtime(int), mytime(int), time_of(int);
