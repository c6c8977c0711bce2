#pragma once

#include <dirent.h>

#include <cstddef>
#include <cstdint>

#include "instrument/libc/entry_order.h"

namespace detaudit::instrument {

// What is known of a folder that is being read: the names so far, and where the run wants its
// entries in another order than they come, all of them, on pages of its own.
class FolderStream {
 public:
  using Next = dirent64*(DIR*);

  void open(DIR* stream);
  void close();          // gives the pages back
  void begin_again();

  // The next entry: as it comes, noted; or by the run's order.
  dirent64* next(Next* read, uint64_t order);
  bool is_ordered() const { return pages_ != nullptr; }
  long place() const { return static_cast<long>(at_); }
  void go_to(long place);

 private:
  void read_all(Next* read, uint64_t order);
  bool keep(const dirent64& entry);
  void note_end() const;

  DIR* stream_ = nullptr;
  char* pages_ = nullptr;       // the entries; behind them, in the same mapping, where each begins
  size_t bytes_ = 0, used_ = 0;
  size_t* places_ = nullptr;
  size_t places_bytes_ = 0, count_ = 0, at_ = 0;
  bool failed_ = false;  // no memory: as they come
  SeenOrder seen_;
};

}  // namespace detaudit::instrument
