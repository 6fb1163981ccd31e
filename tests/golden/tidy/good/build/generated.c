typedef struct {
    int a;
} b;