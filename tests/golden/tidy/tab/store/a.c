/* a.c - a sample. */
int	a;
/*	b */
const char *c = "\t";
