/* a.h - a sample. */
#ifndef SUPPORT_A_H
#define SUPPORT_A_H

int a;
#endif
