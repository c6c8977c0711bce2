// A subject for the libc probe's tests: walk FOLDER: makes a tree there and lists it by each of the
// C library's readers, one line for each thing shown: the reader, what it was asked, what it
// showed.
#include <dirent.h>
#include <fts.h>
#include <ftw.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace {

std::string g_asked;

void make_tree() {
  for (const char* folder : {"tree", "tree/z", "tree/b", "tree/b/inner", "tree/empty"})
    mkdir(folder, 0755);
  for (const char* file : {"tree/m", "tree/a", "tree/z/2", "tree/z/1", "tree/b/inner/leaf"})
    std::ofstream(file) << file;
  // A link to a file, one to nothing, one up the tree, and a second way to a folder.
  if (symlink("m", "tree/link") || symlink("nowhere", "tree/dangling") ||
      symlink("..", "tree/b/up") || symlink("../b/inner", "tree/z/inner"))
    std::exit(2);
}

int show(const char* path, const struct stat* status, int type, FTW* where) {
  char here[4096] = "";
  if (g_asked.find("chdir") != std::string::npos && !getcwd(here, sizeof here)) return 9;
  const char* tree = std::strstr(here, "/tree");
  std::printf("%s %s %d base=%d level=%d directory=%d %s\n", g_asked.c_str(), path, type,
              where->base, where->level, type != FTW_NS && S_ISDIR(status->st_mode),
              tree ? tree : "");
  return 0;
}

int show_plainly(const char* path, const struct stat*, int type) {
  std::printf("%s %s %d\n", g_asked.c_str(), path, type);
  return 0;
}

int stop(const char* path, const struct stat*, int, FTW*) {
  return std::strcmp(path, "tree") == 0 ? 0 : 77;
}

int show_nested(const char* path, const struct stat* status, int type, FTW* where) {
  if (where->level == 1 && type == FTW_D) {
    g_asked = "within";
    nftw(path, show, 2, FTW_PHYS);
    g_asked = "nested";
  }
  return show(path, status, type, where);
}

void walk(const char* asked, const char* root, int flags, __nftw_func_t by = show) {
  g_asked = asked;
  errno = 0;
  const int result = nftw(root, by, 3, flags);
  std::printf("%s returned %d: %s\n", asked, result, result < 0 ? std::strerror(errno) : "");
}

void shown_walks() {
  walk("physical", "tree", FTW_PHYS);
  walk("logical", "tree/", 0);
  walk("depth", "tree", FTW_PHYS | FTW_DEPTH);
  walk("logical-depth", "tree", FTW_DEPTH);
  walk("chdir", "tree", FTW_PHYS | FTW_CHDIR);
  walk("mount", ".", FTW_PHYS | FTW_MOUNT);
  walk("file", "tree/m", 0);
  walk("link", "tree/link", FTW_PHYS);
  walk("missing", "tree/none", 0);
  walk("dangling", "tree/dangling", 0);
  walk("stopped", "tree", 0, stop);
  walk("nested", "tree", FTW_PHYS, show_nested);
  walk("actions", "tree", FTW_PHYS | FTW_ACTIONRETVAL);
  g_asked = "plain";
  std::printf("plain returned %d\n", ftw("tree", show_plainly, 3));
}

void fts_walks() {
  char z[] = "tree/z", b[] = "tree/b", none[] = "none";
  char* const roots[] = {z, none, b, nullptr};
  FTS* stream = fts_open(roots, FTS_PHYSICAL, nullptr);
  while (const FTSENT* entry = fts_read(stream)) {
    std::printf("fts %s %d level=%d\n", entry->fts_path, entry->fts_info, entry->fts_level);
    if (entry->fts_info == FTS_D && entry->fts_level == 0)
      for (const FTSENT* child = fts_children(stream, 0); child; child = child->fts_link)
        std::printf("child %s of %s\n", child->fts_name, entry->fts_path);
  }
  fts_close(stream);
}

void listings() {
  auto no_dots = [](const dirent* entry) -> int { return entry->d_name[0] != '.'; };
  dirent** entries = nullptr;
  for (int i = 0, count = scandir("tree", &entries, no_dots, nullptr); i < count; ++i)
    std::printf("scandir %s\n", entries[i]->d_name);
  for (int i = 0, count = scandir("tree", &entries, nullptr, alphasort); i < count; ++i)
    std::printf("sorted%02d %s\n", i, entries[i]->d_name);
  errno = 0;
  std::printf("missing %d", scandir("none", &entries, nullptr, nullptr));
  std::printf(" %d\n", errno);
  std::printf("left out %d\n", scandir(
                                   "tree", &entries, [](const dirent*) { return 0; }, nullptr));
  glob_t found;
  found.gl_offs = 2;
  for (int flags : {GLOB_NOSORT, 0}) {
    const int status = glob("tree/{z,b}/*", flags | GLOB_BRACE | GLOB_DOOFFS, nullptr, &found);
    std::printf("glob %d status=%d again=%d\n", flags, status, found.gl_flags & GLOB_ALTDIRFUNC);
    for (size_t i = 0; i < found.gl_pathc; ++i)
      std::printf("glob %d %s\n", flags, found.gl_pathv[found.gl_offs + i]);
    globfree(&found);
  }
  std::printf("no match %d\n", glob("tree/x*", GLOB_NOSORT, nullptr, &found));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || chdir(argv[1]) != 0) return 64;
  make_tree();
  shown_walks();
  fts_walks();
  listings();
  return 0;
}
