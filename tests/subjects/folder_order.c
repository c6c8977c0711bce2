/* folder_order FOLDER [scandir|glob|fts|nftw]: takes samples in the order of a folder's entries, as readdir gives
 * them, or as the C library's other readers do. The folder is made anew in each run, in another order: file systems
 * in memory give entries as they were made. The clean twin sorts. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <glob.h>
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

static int read_samples(const char* folder) {
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

static int scan_samples(const char* folder) {
  struct dirent** entries;
#ifdef CLEAN
  int count = scandir(folder, &entries, is_sample, alphasort);
#else
  int count = scandir(folder, &entries, is_sample, NULL);
#endif
  for (int i = 0; i < count; ++i) puts(entries[i]->d_name);
  return count;
}

static int match_samples(const char* folder) {
  char pattern[512];
  glob_t found;
  snprintf(pattern, sizeof pattern, "%s/s*", folder);
#ifdef CLEAN
  if (glob(pattern, 0, NULL, &found) != 0) return -1;
#else
  if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0) return -1;
#endif
  for (size_t i = 0; i < found.gl_pathc; ++i) puts(strrchr(found.gl_pathv[i], '/'));
  return (int)found.gl_pathc;
}

#ifdef CLEAN
static int by_name(const FTSENT** a, const FTSENT** b) { return strcmp((*a)->fts_name, (*b)->fts_name); }
#else
static int (*by_name)(const FTSENT**, const FTSENT**) = NULL;
#endif

static int walk_samples(const char* folder) {
  char* roots[] = {(char*)folder, NULL};
  FTS* walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
  int count = 0;
  for (FTSENT* entry; (entry = fts_read(walk));)
    if (entry->fts_info == FTS_F) count += puts(entry->fts_name) > 0;
  fts_close(walk);
  return count;
}

static char shown[kFiles][64];
static int shown_count;

static int show(const char* path, const struct stat* status, int type, struct FTW* where) {
  (void)status;
  if (type == FTW_F && shown_count < kFiles) snprintf(shown[shown_count++], sizeof shown[0], "%s", path + where->base);
  return 0;
}

static int compare(const void* a, const void* b) { return strcmp(a, b); }

static int show_samples(const char* folder) {
  if (nftw(folder, show, 4, FTW_PHYS) != 0) return -1;
#ifdef CLEAN
  qsort(shown, (size_t)shown_count, sizeof shown[0], compare);
#else
  (void)compare;
#endif
  for (int i = 0; i < shown_count; ++i) puts(shown[i]);
  return shown_count;
}

static int list_samples(const char* folder, const char* by) {
  if (strcmp(by, "scandir") == 0) return scan_samples(folder);
  if (strcmp(by, "glob") == 0) return match_samples(folder);
  if (strcmp(by, "fts") == 0) return walk_samples(folder);
  if (strcmp(by, "nftw") == 0) return show_samples(folder);
  return read_samples(folder);
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
  return list_samples(argv[1], argc > 2 ? argv[2] : "") == kFiles ? 0 : 1;
}
