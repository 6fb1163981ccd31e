/* a.c - a sample. */
int a; 

int b;
   
