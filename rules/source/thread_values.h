#pragma once

#include "rules/source/threads.h"

namespace detaudit::rules::source {

// What is a thread's own among the values and places that its code names, and what others have too.
class ThreadValues {
 public:
  ThreadValues(const Unit& unit, const Launch& launch) : unit_(unit), launch_(launch) {}

  // A place that other threads change too. `code`: the lambda or function around it, which the
  // thread's code is or calls; of a member function whose object is the thread's own, `own_object`.
  bool is_shared(Site target, Site code, bool own_object = false) const;

  // A number that no other thread has: its index, or what the loop that starts threads counts.
  bool is_own(Site expression, int depth = 0) const;

  // Before `site`: `ready.wait(lock, [&] { return turn == mine; })`, `while (turn != mine)`.
  bool waits_for_turn(Site site, Site code) const;

 private:
  bool is_shared_variable(Site name, Site code, bool led, int depth) const;
  bool is_shared_at(Site target, Site code, bool own_object, int depth) const;
  bool is_own_variable(CXCursor variable, Site name, int depth) const;
  bool is_of_loop(CXCursor variable) const;
  bool is_own_argument(CXCursor parameter, int depth) const;
  bool is_of_launched_code(CXCursor parameter) const;

  const Unit& unit_;
  const Launch& launch_;
};

}  // namespace detaudit::rules::source
