/* a.h - a sample. */
#ifndef X_A_H
#define X_A_H

int a;
#endif
