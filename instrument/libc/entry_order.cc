#include "instrument/libc/entry_order.h"

#include <cstdio>
#include <cstring>

#include "instrument/recorder/facts.h"

namespace detaudit::instrument {
namespace {

uint64_t mixed(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ (hash >> 32);
}

}  // namespace

bool comes_before(uint64_t order, const char* a, const char* b) {
  if (order > 1) {
    const uint64_t x = mixed(order, text_hash(a)), y = mixed(order, text_hash(b));
    if (x != y) return x < y;
  }
  return std::strcmp(a, b) < 0;
}

void SeenOrder::note(const char* name) {
  if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) return;
  const uint64_t hash = text_hash(name);
  order_ = mixed(order_, hash);
  names_ += hash;
}

// "order names", by which runs are compared: equal names in another order, or other names.
void SeenOrder::tell(const char* path) const {
  if (names_ == 0) return;
  char digest[40];
  std::snprintf(digest, sizeof digest, "%016llx %016llx", static_cast<unsigned long long>(order_),
                static_cast<unsigned long long>(names_));
  note_fact(SourceKind::kFolderRead, digest, path, 1);
}

}  // namespace detaudit::instrument
