/* a.c - a sample. */
int a(struct json *j) { return j->u.number; }
