#pragma once

#include <cstdio>

#include "instrument/libc/next_function.h"
#include "instrument/recorder/library_calls.h"
#include "instrument/trace/library_fact.h"

namespace detaudit::instrument {

// `name` in a loaded library whose file's name begins with `library`; it stays loaded from then on.
// Null when there is none. Takes no lock of ours.
void* find_in_libraries(const char* library, const char* name);

// A library's function that a name of ours hides, wherever the library was loaded: a part of the
// program, or of what it opened by dlopen, whose symbols no other search finds.
template <typename Function>
class LibraryFunction {
 public:
  constexpr LibraryFunction(const char* library, const char* name)
      : library_(library), name_(name) {}
  Function* get() {
    void* found = address_.load(std::memory_order_relaxed);
    if (!found) [[unlikely]] {
      Inside inside;
      found = dlsym(RTLD_NEXT, name_);
      if (!found) found = find_in_libraries(library_, name_);
      address_.store(found, std::memory_order_relaxed);
    }
    return reinterpret_cast<Function*>(found);
  }
  // The library's answer, or `absent` when no library has the function.
  template <typename... Arguments>
  int call(int absent, Arguments... arguments) {
    Function* function = get();
    return function ? function(arguments...) : absent;
  }
  const char* name() const { return name_; }

 private:
  const char* library_;
  const char* name_;
  std::atomic<void*> address_{nullptr};
};

// The span of a library call that launches work: the GPU probe sees what a launch was for.
class LibraryCall {
 public:
  explicit LibraryCall(const char* call, const char* how = nullptr) {
    if (!probing()) return;
    std::snprintf(label_, sizeof label_, how ? "%s (%s)" : "%s", call, how);
    entered_ = enter_library_call(label_);
  }
  ~LibraryCall() {
    if (entered_) leave_library_call();
  }
  LibraryCall(const LibraryCall&) = delete;
  LibraryCall& operator=(const LibraryCall&) = delete;

 private:
  char label_[160];
  bool entered_ = false;
};

}  // namespace detaudit::instrument
