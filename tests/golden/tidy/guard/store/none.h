/* none.h - a sample. */
