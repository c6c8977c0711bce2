/* A program that draws its number from a library, which it opens by the path that it is given. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char** argv) {
  void* library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
  if (!library) return 1;
  int (*draw)(void) = (int (*)(void))dlsym(library, "draw");
  if (!draw) return 1;
  printf("%d\n", draw());
  return 0;
}
