/* half.h - a sample. */
#ifndef STORE_HALF_H
int a;
#endif
