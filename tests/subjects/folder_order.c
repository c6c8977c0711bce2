/* Takes samples in the order of a folder's entries. The folder is made anew in each run, in another order:
 * file systems in memory give entries as they were made. The clean twin sorts. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { kFiles = 8 };

static void make(const char* folder, int which) {
  char path[512];
  snprintf(path, sizeof path, "%s/sample-%d", folder, which);
  close(open(path, O_CREAT | O_WRONLY, 0644));
}

static void clear(const char* folder) {
  char path[512];
  for (int i = 0; i < kFiles; ++i) {
    snprintf(path, sizeof path, "%s/sample-%d", folder, i);
    unlink(path);
  }
}

static int is_sample(const struct dirent* entry) { return entry->d_name[0] == 's'; }

static int list_samples(const char* folder) {
#ifdef CLEAN
  struct dirent** entries;
  int count = scandir(folder, &entries, is_sample, alphasort);
  for (int i = 0; i < count; ++i) puts(entries[i]->d_name);
  return count;
#else
  int count = 0;
  DIR* stream = opendir(folder);
  for (struct dirent* entry; stream && (entry = readdir(stream));)
    if (is_sample(entry)) count += puts(entry->d_name) > 0;
  return count;
#endif
}

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  unsigned char drawn[kFiles];
  int order[kFiles];
  if (getrandom(drawn, sizeof drawn, 0) != sizeof drawn) return 1;
  mkdir(argv[1], 0755);
  clear(argv[1]);
  for (int i = 0; i < kFiles; ++i) order[i] = i;
  for (int i = kFiles - 1; i > 0; --i) {
    int other = drawn[i] % (i + 1), kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
  for (int i = 0; i < kFiles; ++i) make(argv[1], order[i]);
  return list_samples(argv[1]) == kFiles ? 0 : 1;
}
