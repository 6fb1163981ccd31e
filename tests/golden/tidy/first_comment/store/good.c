
/* good.c - blank lines may come first. */
