/* a.c - a sample. */
/* TODO: later */
int a; // FIXME soon
int b; /* XXX */
const char *TODO = "TODO";
/* TODO(#12): with an issue; FIXME #3 too. TODOS is another word, mktemp XXXX too. */
