/* buf.h - a sample. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

int a;
#endif
