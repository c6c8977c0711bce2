#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "instrument/libc/next_function.h"
#include "instrument/libc/seeded_stream.h"
#include "instrument/libc/seen_calls.h"
#include "instrument/libc/writers.h"
#include "instrument/libc/written_file.h"
#include "instrument/recorder/facts.h"

// Names that the C library draws by itself, out of sight. Where entropy is pinned, they are drawn
// from its stream.
namespace detaudit::instrument {
namespace {

constexpr size_t kDrawn = 6;  // letters for "XXXXXX"

constinit NextFunction<int(const char*, int, ...)> g_open("open");
constinit NextFunction<int(char*, int, int)> g_mkostemps("mkostemps");
constinit NextFunction<char*(char*)> g_mkdtemp("mkdtemp");
constinit NextFunction<char*(char*)> g_mktemp("mktemp");
constinit NextFunction<char*(const char*, const char*)> g_tempnam("tempnam");

// In a ProbeScope: that `path` was made of its pattern, in which the drawn letters end `after` bytes
// before its end.
void note_name(const char* path, size_t after) {
  char name[PATH_MAX], pattern[PATH_MAX];
  if (!absolute_name(AT_FDCWD, path, name) || !is_judged(name)) return;
  const size_t length = std::strlen(name);
  if (length < kDrawn + after) return;
  std::strcpy(pattern, name);
  std::memset(pattern + length - after - kDrawn, 'X', kDrawn);
  note_fact(SourceKind::kNameMade, pattern, name, 1);
}

// Notes the drawing; true when it is ours to make. `letters` is in the subject's pattern.
bool takes_over(const char* function, const void* site) {
  ProbeScope scope;
  if (!scope) return false;
  note_source(SourceKind::kEntropy, function, site);
  return entropy_is_pinned();
}

// The pattern's letters; null when it is none, which the C library is left to say.
char* letters_of(char* pattern, size_t after) {
  const size_t length = std::strlen(pattern);
  if (length < kDrawn + after) return nullptr;
  char* letters = pattern + length - after - kDrawn;
  return std::memcmp(letters, "XXXXXX", kDrawn) == 0 ? letters : nullptr;
}

void draw_letters(char* letters) {
  static constexpr char kLetters[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  ProbeScope scope;
  unsigned char drawn[kDrawn];
  fill_pinned(drawn, sizeof drawn);
  for (size_t i = 0; i < kDrawn; ++i) letters[i] = kLetters[drawn[i] % (sizeof kLetters - 1)];
}

// As the C library does it: until there is none of the name.
template <typename Make>
int make_drawn(char* letters, Make make) {
  for (int attempt = 0; attempt < 10000; ++attempt) {
    draw_letters(letters);
    const int made = make();
    if (made >= 0 || errno != EEXIST) return made;
  }
  return -1;
}

int make_file(const char* function, char* pattern, int suffix, int flags, const void* site) {
  const size_t after = suffix > 0 ? static_cast<size_t>(suffix) : 0;
  char* letters = suffix < 0 ? nullptr : letters_of(pattern, after);
  int file;
  if (letters && takes_over(function, site)) {
    file = make_drawn(letters, [&] {
      return g_open.get()(pattern, (flags & ~O_ACCMODE) | O_RDWR | O_CREAT | O_EXCL, 0600);
    });
  } else {
    file = g_mkostemps.get()(pattern, suffix, flags);
  }
  if (file < 0) return file;
  forget_descriptors();
  {
    ProbeScope scope;
    if (scope) note_name(pattern, after);
  }
  note_written(function, file);
  return file;
}

void note_made(const char* path) {
  ProbeScope scope;
  if (scope) note_name(path, 0);
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

#define DETAUDIT_MKSTEMP(name)                                           \
  DETAUDIT_INTERPOSED int name(char* pattern) {                          \
    return make_file("mkstemp", pattern, 0, 0, DETAUDIT_CALL_SITE);      \
  }
DETAUDIT_MKSTEMP(mkstemp)
DETAUDIT_MKSTEMP(mkstemp64)

#define DETAUDIT_MKOSTEMP(name)                                          \
  DETAUDIT_INTERPOSED int name(char* pattern, int flags) {               \
    return make_file("mkostemp", pattern, 0, flags, DETAUDIT_CALL_SITE); \
  }
DETAUDIT_MKOSTEMP(mkostemp)
DETAUDIT_MKOSTEMP(mkostemp64)

#define DETAUDIT_MKSTEMPS(name)                                               \
  DETAUDIT_INTERPOSED int name(char* pattern, int suffix) {                   \
    return make_file("mkstemps", pattern, suffix, 0, DETAUDIT_CALL_SITE);     \
  }
DETAUDIT_MKSTEMPS(mkstemps)
DETAUDIT_MKSTEMPS(mkstemps64)

#define DETAUDIT_MKOSTEMPS(name)                                              \
  DETAUDIT_INTERPOSED int name(char* pattern, int suffix, int flags) {        \
    return make_file("mkostemps", pattern, suffix, flags, DETAUDIT_CALL_SITE); \
  }
DETAUDIT_MKOSTEMPS(mkostemps)
DETAUDIT_MKOSTEMPS(mkostemps64)

DETAUDIT_INTERPOSED char* mkdtemp(char* pattern) noexcept {
  char* letters = letters_of(pattern, 0);
  char* made = pattern;
  if (letters && takes_over("mkdtemp", DETAUDIT_CALL_SITE)) {
    if (make_drawn(letters, [&] { return mkdir(pattern, 0700); }) < 0) return nullptr;
  } else {
    made = g_mkdtemp.get()(pattern);
  }
  if (made) note_made(made);
  return made;
}

// Names alone: what is made of them is not there yet.
DETAUDIT_INTERPOSED char* mktemp(char* pattern) noexcept {
  char* letters = letters_of(pattern, 0);
  if (letters && takes_over("mktemp", DETAUDIT_CALL_SITE)) {
    make_drawn(letters, [&] { return access(pattern, F_OK) == 0 ? (errno = EEXIST, -1) : 0; });
  } else {
    pattern = g_mktemp.get()(pattern);
  }
  if (pattern && *pattern) note_made(pattern);
  return pattern;
}

DETAUDIT_INTERPOSED char* tempnam(const char* folder, const char* prefix) noexcept {
  char* name = g_tempnam.get()(folder, prefix);
  if (name && std::strlen(name) > kDrawn && takes_over("tempnam", DETAUDIT_CALL_SITE)) {
    char* letters = name + std::strlen(name) - kDrawn;
    make_drawn(letters, [&] { return access(name, F_OK) == 0 ? (errno = EEXIST, -1) : 0; });
  }
  if (name) note_made(name);
  return name;
}
