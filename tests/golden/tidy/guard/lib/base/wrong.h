/* wrong.h - a sample. */
#ifndef WRONG_H
#define WRONG_H

int a;
#endif
