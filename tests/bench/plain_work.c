/* plain_work WHAT FILE: a program that only computes, or only writes, for the libc probe's figures. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int compute(void) {
  enum { kSize = 256, kTimes = 500 };
  static float a[kSize][kSize], b[kSize][kSize], c[kSize][kSize];
  for (int i = 0; i < kSize; ++i)
    for (int j = 0; j < kSize; ++j) a[i][j] = (float)(i - j), b[i][j] = (float)(i ^ j);
  for (int t = 0; t < kTimes; ++t)
    for (int i = 0; i < kSize; ++i)
      for (int k = 0; k < kSize; ++k)
        for (int j = 0; j < kSize; ++j) c[i][j] += a[i][k] * b[k][j];
  return printf("%g\n", (double)c[17][23]) < 0;
}

static int write_blocks(const char* path, size_t bytes, long times) {
  static char block[1 << 16];
  memset(block, 'x', sizeof block);
  int file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
  for (long i = 0; i < times; ++i)
    if (write(file, block, bytes) != (ssize_t)bytes) return 1;
  return close(file);
}

static int print_characters(const char* path) {
  FILE* file = fopen(path, "w");
  for (long i = 0; i < 40000000; ++i) putc('a' + (int)(i % 26), file);
  return fclose(file);
}

static int print_lines(const char* path) {
  FILE* file = fopen(path, "w");
  for (long i = 0; i < 4000000; ++i) fprintf(file, "%ld\n", i);
  return fclose(file);
}

static int save_again(const char* path) {
  for (int i = 0; i < 20; ++i)
    if (write_blocks(path, 1 << 16, 320) != 0) return 1;
  return 0;
}

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  const char *what = argv[1], *path = argv[2];
  if (!strcmp(what, "compute")) return compute();
  if (!strcmp(what, "small writes")) return write_blocks(path, 16, 1000000);
  if (!strcmp(what, "large writes")) return write_blocks(path, 1 << 16, 8192);
  if (!strcmp(what, "characters")) return print_characters(path);
  if (!strcmp(what, "lines")) return print_lines(path);
  if (!strcmp(what, "checkpoints under one name")) return save_again(path);
  return 64;
}
