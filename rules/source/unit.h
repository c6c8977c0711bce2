#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "rules/source/definitions.h"

namespace detaudit::rules::source {

// A translation unit as the rules see it: the code outside of system headers, with the
// instantiations that it asks for. The CXTranslationUnit must outlive it.
class Unit {
 public:
  explicit Unit(CXTranslationUnit unit);

  CXTranslationUnit translation_unit() const { return unit_; }
  const std::deque<Function>& functions() const { return functions_; }

  // Calls of a function, launches of a kernel, and places that take its address.
  const std::vector<Site>& uses(CXCursor function) const;
  // Declared in a header and not defined here: somebody else's.
  bool is_foreign(CXCursor function) const;

  const Definitions& definitions() const { return definitions_; }
  // All that may give a class's members their values is in this unit.
  bool sees_whole(CXCursor record) const;
  // Its code, or null where this unit does not have it or it is in a system header.
  const Function* code_of(CXCursor function) const;

 private:
  void add_declarations(CXCursor parent);
  void add(CXCursor cursor);
  void note_uses(const Function& function);

  CXTranslationUnit unit_;
  std::deque<Function> functions_;
  std::deque<CXCursor> waiting_;  // instantiations that were asked for
  std::unordered_set<CXCursor, CursorHash, CursorEqual> seen_;
  std::unordered_map<CXCursor, std::vector<Site>, CursorHash, CursorEqual> uses_;
  std::unordered_map<CXCursor, const Function*, CursorHash, CursorEqual> code_;
  Definitions definitions_;
};

}  // namespace detaudit::rules::source
