/* late.h - a sample. */
int a;
#ifndef STORE_LATE_H
#define STORE_LATE_H
#endif
