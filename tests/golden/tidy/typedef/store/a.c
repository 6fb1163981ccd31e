/* a.c - a sample. */
typedef struct { int a; } b;
  typedef union c d;
typedef struct e *f;
typedef struct g *h(int of_a_function);
typedef int i;
